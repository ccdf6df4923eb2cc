#!/usr/bin/env python3
"""Holds what the module declares to ctypes against the headers of the C API,
and against the sizes and offsets that a C compiler gives its structs.

    declarations_test.py INCLUDE COMPILER
"""

import ctypes
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest
from ctypes import POINTER

import orderstore
from declarations import Headers
from orderstore import _library as declared

INCLUDE = pathlib.Path()
COMPILER = ""

# How each type of C is declared, where there is one way.
TYPES = {
    "void": None, "void*": ctypes.c_void_p, "double": ctypes.c_double,
    "int32_t": ctypes.c_int32, "int64_t": ctypes.c_int64,
    "uint8_t": ctypes.c_uint8, "uint32_t": ctypes.c_uint32,
    "uint64_t": ctypes.c_uint64, "size_t": ctypes.c_size_t,
    "orderstore_code": ctypes.c_int32, "char[38]": ctypes.c_char * 38,
    "const char*": ctypes.c_char_p, "const char**": POINTER(ctypes.c_char_p),
    "int32_t*": POINTER(ctypes.c_int32), "int64_t*": POINTER(ctypes.c_int64),
    "uint32_t*": POINTER(ctypes.c_uint32),
    "uint64_t*": POINTER(ctypes.c_uint64), "size_t*": POINTER(ctypes.c_size_t),
    "const int32_t*": POINTER(ctypes.c_int32),
    "const int64_t*": POINTER(ctypes.c_int64),
    "const uint8_t*": POINTER(ctypes.c_uint8),
    "const orderstore_text*": POINTER(declared.GivenText),
    "orderstore_finding_fn": declared.FindingFunction,
    "orderstore_notice_fn": declared.NoticeFunction,
    "char*": POINTER(ctypes.c_char),
    "int64_t[ORDERSTORE_SYNC_TIME_BUCKETS]": ctypes.c_int64 * 20,
}
HANDLES = ("orderstore_t", "orderstore_txn_t", "orderstore_view_t",
           "orderstore_reader_t", "orderstore_log_t", "orderstore_cancel_t")
for handle in HANDLES:
  TYPES[f"{handle}*"] = TYPES[f"const {handle}*"] = ctypes.c_void_p
  TYPES[f"{handle}**"] = POINTER(ctypes.c_void_p)

ENUMS = {
    "orderstore_code": orderstore.Code,
    "orderstore_option_key": declared.OptionKey,
    "orderstore_schema_revision": orderstore.SchemaRevision,
    "orderstore_finding_kind": orderstore.FindingKind,
    "orderstore_change_kind": orderstore.ChangeKind,
    "orderstore_severity": orderstore.Severity,
    "orderstore_notice_kind": orderstore.NoticeKind,
}
# What the module does by other means: texts of Python know their length, and to
# destroy a transaction aborts it.
NOT_NEEDED = {"orderstore_text_of", "orderstore_txn_abort"}
# What stands in front of the names of enumerators; others have ORDERSTORE_.
PREFIXES = {
    "orderstore_option_key": "ORDERSTORE_OPTION_",
    "orderstore_schema_revision": "ORDERSTORE_REVISION_",
    "orderstore_finding_kind": "ORDERSTORE_FINDING_",
    "orderstore_severity": "ORDERSTORE_SEVERITY_",
    "orderstore_notice_kind": "ORDERSTORE_NOTICE_",
}
# These are numbers in the module, beside the words that callers use.
NUMBERS = {
    "orderstore_durability": {"ORDERSTORE_DURABILITY_DEFAULT": 0,
                              "ORDERSTORE_SYNC": 1, "ORDERSTORE_ASYNC": 2},
    "orderstore_read_level": {"ORDERSTORE_READ_DEFAULT": 0,
                              "ORDERSTORE_READ_LATEST": 1},
    "orderstore_barcode_filter": {"ORDERSTORE_BARCODES_ALL": 0,
                                  "ORDERSTORE_BARCODES_USED": 1,
                                  "ORDERSTORE_BARCODES_UNUSED": 2},
}


def class_of(struct: str) -> type[ctypes.Structure]:
  """NewOrderStruct for `orderstore_new_order`."""
  words = struct.removeprefix("orderstore_").split("_")
  return getattr(declared, "".join(map(str.capitalize, words)) + "Struct")


class DeclarationsTest(unittest.TestCase):

  @classmethod
  def setUpClass(cls):
    cls.headers = Headers(INCLUDE)
    cls.structs = {name: class_of(name) for name in cls.headers.structs()
                   if name != "orderstore_text"}

  def type_of(self, c_type: str, is_given: bool):
    """The type of ctypes. Texts that are given hold on to their bytes."""
    if c_type == "orderstore_text":
      return declared.GivenText if is_given else declared.Text
    if c_type in TYPES:
      return TYPES[c_type]
    name = c_type.removeprefix("const ").removesuffix("*")
    struct = self.structs[name]
    return POINTER(struct) if c_type.endswith("*") else struct

  def test_the_headers_were_read(self):
    count = self.headers.text.count
    self.assertEqual(len(self.headers.functions()), count("ORDERSTORE_EXPORT "))
    self.assertEqual(len(self.headers.structs()),
                     count("typedef struct ") - len(HANDLES))
    self.assertEqual(len(self.headers.enums()), count("typedef enum "))
    self.assertEqual(self.headers.functions()["orderstore_salvage"], [
        "orderstore_code", "const char*", "const char*",
        "const orderstore_cancel_t*", "orderstore_finding_fn", "void*",
        "orderstore_salvage_report*", "size_t"])

  def test_each_function_is_declared_with_its_types(self):
    functions = {
        name: types for name, types in self.headers.functions().items()
        if name not in NOT_NEEDED}
    self.assertEqual(sorted(functions), sorted(declared.FUNCTIONS))
    for name, (result, *taken) in functions.items():
      with self.subTest(name):
        self.assertEqual(list(declared.FUNCTIONS[name]), [
            self.type_of(result, is_given=False),
            *(self.type_of(argument, is_given=True) for argument in taken)])
        function = getattr(declared.library, name)
        self.assertEqual([function.restype, *function.argtypes],
                         list(declared.FUNCTIONS[name]))

  def test_each_function_that_is_declared_is_called(self):
    folder = pathlib.Path(declared.__file__).parent
    text = "\n".join(path.read_text(encoding="utf-8")
                     for path in folder.glob("*.py"))
    called = re.findall(r"(?:library|loaded)\.(orderstore_\w+)", text)
    self.assertEqual(set(called), set(declared.FUNCTIONS))

  def test_each_struct_has_its_fields_with_their_types(self):
    texts = self.headers.structs()["orderstore_text"]
    for struct in (declared.Text, declared.GivenText):
      self.assertEqual([name for name, _ in struct._fields_],
                       [field.name for field in texts])
    for name, struct in self.structs.items():
      with self.subTest(name):
        is_given = name.startswith("orderstore_new_")
        self.assertEqual(struct._fields_, [
            (field.name, self.type_of(field.type, is_given))
            for field in self.headers.structs()[name]])

  def test_each_field_is_where_c_has_it(self):
    structs = {**self.structs, "orderstore_text": declared.Text}
    lines = []
    for name, struct in structs.items():
      lines.append((name, "", "sizeof(%s)" % name, ctypes.sizeof(struct)))
      for field, kind in struct._fields_:
        lines.append((name, field, f"offsetof({name}, {field})",
                      getattr(struct, field).offset))
        lines.append((name, field, f"sizeof((({name}*)0)->{field})",
                      ctypes.sizeof(kind)))
    self.assertGreater(len(lines), 200)
    printed = self.run_c([line[2] for line in lines])
    for (name, field, what, expected), number in zip(lines, printed,
                                                     strict=True):
      with self.subTest(struct=name, field=field, what=what):
        self.assertEqual(number, expected)
    self.assertEqual(ctypes.sizeof(declared.GivenText),
                     ctypes.sizeof(declared.Text))
    for field in ("data", "size"):
      self.assertEqual(getattr(declared.GivenText, field).offset,
                       getattr(declared.Text, field).offset)

  def test_enumerators_have_their_numbers(self):
    for name, enumerators in self.headers.enums().items():
      with self.subTest(name):
        if name in NUMBERS:
          self.assertEqual(enumerators, NUMBERS[name])
          continue
        prefix = PREFIXES.get(name, "ORDERSTORE_")
        self.assertEqual(enumerators, {
            prefix + member.name: member.value for member in ENUMS[name]})

  def test_the_content_type_is_that_of_c(self):
    header = INCLUDE / "orderstore/c/stats.h"
    self.assertIn(f'"{orderstore.PROMETHEUS_CONTENT_TYPE}"',
                  header.read_text(encoding="utf-8"))

  def run_c(self, expressions: list[str]) -> list[int]:
    """What these are, of type size_t, for the compiler."""
    prints = "\n".join(f'  printf("%zu\\n", {expression});'
                       for expression in expressions)
    with tempfile.TemporaryDirectory() as folder:
      source = pathlib.Path(folder) / "sizes.c"
      source.write_text(f'#include <stddef.h>\n#include <stdio.h>\n'
                        f'#include "orderstore/c.h"\n'
                        f'int main(void) {{\n{prints}\n  return 0;\n}}\n',
                        encoding="utf-8")
      program = source.with_suffix("")
      subprocess.run([COMPILER, "-std=c99", f"-I{INCLUDE}", str(source), "-o",
                      str(program)], check=True)
      done = subprocess.run([str(program)], stdout=subprocess.PIPE, text=True,
                            check=True)
    return [int(line) for line in done.stdout.split()]


if __name__ == "__main__":
  INCLUDE, COMPILER = pathlib.Path(sys.argv[1]), sys.argv[2]
  unittest.main(argv=sys.argv[:1])

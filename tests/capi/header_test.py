#!/usr/bin/env python3
"""Proves of each rule in header.py that it can fail, and that headers without a
breach pass."""

import os
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import header  # pylint: disable=wrong-import-position

TREE = {
    "include/orderstore/c.h": '#include "orderstore/c/a.h"\n',
    "include/orderstore/c/a.h": """// What it is.
#ifndef ORDERSTORE_C_A_H_
#define ORDERSTORE_C_A_H_

#include <stdint.h>

#include "orderstore/export.h"

// ---- Things ----

// How many.
#define ORDERSTORE_MANY 3

// A thing.
typedef struct orderstore_thing {
  int32_t id;  // of the thing
} orderstore_thing;

// Makes one; see orderstore_other(thing).
ORDERSTORE_EXPORT orderstore_thing
orderstore_make(int32_t id);

#endif
""",
    "tests/capi/make_test.cc": "TEST(A, B) { orderstore_make(1); }\n",
}
LINKED = ["orderstore_make"]


class HeaderTest(unittest.TestCase):

  def setUp(self):
    folder = tempfile.TemporaryDirectory()
    self.addCleanup(folder.cleanup)
    self.root = folder.name
    for path, text in TREE.items():
      self.write(path, text)

  def write(self, path: str, text: str):
    place = os.path.join(self.root, path)
    os.makedirs(os.path.dirname(place), exist_ok=True)
    with open(place, "w", encoding="utf-8") as file:
      file.write(text)

  def replace(self, old: str, new: str):
    text = TREE["include/orderstore/c/a.h"]
    self.assertIn(old, text)
    self.write("include/orderstore/c/a.h", text.replace(old, new))

  def expect(self, *parts: str, linked=None):
    breaches = header.check(self.root, LINKED if linked is None else linked)
    self.assertEqual(len(breaches), len(parts), breaches)
    for breach, part in zip(breaches, parts):
      self.assertIn(part, breach)

  def test_headers_without_a_breach_pass(self):
    self.expect()

  def test_declarations_without_a_comment(self):
    for comment in ("// Makes one; see orderstore_other(thing).\n",
                    "// A thing.\n", "// How many.\n"):
      with self.subTest(comment):
        self.replace(comment, "")
        self.expect("has no comment above it")

  def test_a_section_is_no_comment(self):
    self.replace("// A thing.\n", "// ---- Things ----\n")
    self.expect("has no comment above it")

  def test_includes_of_cpp(self):
    for name in ('"orderstore/store.h"', "<string>"):
      with self.subTest(name):
        self.replace("<stdint.h>", name)
        self.expect("includes " + name.strip('"<>'))

  def test_headers_that_the_umbrella_leaves_out(self):
    self.write("include/orderstore/c/b.h", "// Nothing.\n")
    self.expect("does not include orderstore/c/b.h")

  def test_functions_that_are_not_linked(self):
    self.expect("does not link orderstore_make", linked=[])

  def test_functions_that_are_not_declared(self):
    self.expect("which no header declares", linked=LINKED + ["orderstore_x"])

  def test_functions_without_a_test(self):
    self.write("tests/capi/make_test.cc", "orderstore_maker(1)\n")
    self.expect("no test calls orderstore_make")


if __name__ == "__main__":
  unittest.main()

#!/usr/bin/env python3
"""Proves of each rule in symbols.py that it can fail, and that a library
without a problem passes."""

import os
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import symbols  # pylint: disable=wrong-import-position

HEADER = """
#include "orderstore/export.h"
#define ORDERSTORE_EXPORT __attribute__((visibility("default")))
// ORDERSTORE_EXPORT Text();
class Engine;
class ORDERSTORE_EXPORT Store {
 public:
  Lsn Sync();
};
class ORDERSTORE_EXPORT View : public Reader {
};
struct Options {
};
ORDERSTORE_EXPORT absl::StatusOr<Report> VerifyStore(
    const std::string& folder);
"""
C_HEADER = """
ORDERSTORE_EXPORT orderstore_code orderstore_open(const char* folder);
"""
API = symbols.api_of(iter((HEADER, C_HEADER)))

SHARED = """\
0000000000001000 T orderstore::Store::Sync()
0000000000001010 T orderstore::Store::~Store()
0000000000001010 T orderstore::Store::name[abi:cxx11]() const
0000000000001020 T orderstore::View::operator=(orderstore::View&&)
0000000000001030 T orderstore::VerifyStore(std::string const&)
0000000000001040 T orderstore_open
"""
STATIC = """\

File: liborderstore.a(store.cc.o)

Symbol table '.symtab' contains 8 entries:
   Num:    Value          Size Type    Bind   Vis      Ndx Name
     1: 0000000000000000     0 FILE    LOCAL  DEFAULT  ABS store.cc
     2: 0000000000000000  4660 FUNC    GLOBAL DEFAULT    4 orderstore::Store::Sync()
     3: 0000000000000010    18 FUNC    GLOBAL DEFAULT    4 orderstore::Store::~Store()
     4: 0000000000000020 0x1a2b3 FUNC    GLOBAL HIDDEN     4 orderstore::table::Rows::Find(int)
     5: 0000000000000030    18 FUNC    GLOBAL HIDDEN     4 orderstore::table::Check(int)
     6: 0000000000000040    18 FUNC    WEAK   HIDDEN     6 orderstore::Options::Options()
     7: 0000000000000050    18 FUNC    LOCAL  DEFAULT    4 orderstore::Store::Local()
     8: 0000000000000000     0 FUNC    GLOBAL DEFAULT  UND orderstore::Store::Other()
"""
DYNAMIC = """\
 0x0000000000000001 (NEEDED)             Shared library: [libc.so.6]
 0x000000000000000e (SONAME)             Library soname: [libshop.so.0.1]
"""


def problems(shared: str = SHARED, static: str = STATIC,
             dynamic: str = DYNAMIC) -> list[str]:
  found = symbols.Symbols(symbols.shown_in(shared),
                          symbols.functions_in(static),
                          symbols.soname_in(dynamic))
  return list(symbols.problems(API, found, "libshop.so.0.1"))


class SymbolsTest(unittest.TestCase):

  def test_the_marked_names_of_headers_are_found(self):
    self.assertEqual(API, symbols.Api({"Store", "View", "Options"},
                                      {"Store", "View"},
                                      {"VerifyStore", "orderstore_open"}))

  def test_a_library_without_a_problem_passes(self):
    self.assertEqual(problems(), [])

  def test_what_is_shown_and_not_public(self):
    for name in ("orderstore::table::Rows::Find(int)",
                 "orderstore::Store::Call::Row(int)",
                 "orderstore::Options::Options()",
                 "orderstore::Repair(std::string const&)",
                 "orderstore_close",
                 "std::vector<orderstore::Order>::push_back(orderstore::Order)",
                 "void orderstore::Store::Transact<int>(int)",
                 "absl::Cord::Append(int)",
                 "vtable for orderstore::Store"):
      with self.subTest(name):
        self.assertEqual(problems(f"{SHARED}0000000000002000 W {name}\n"),
                         [f"shown, and not public: {name}"])

  def test_functions_that_are_marked_and_not_shown(self):
    for name in ("VerifyStore", "orderstore_open"):
      with self.subTest(name):
        shared = "".join(line for line in SHARED.splitlines(keepends=True)
                         if name not in line)
        self.assertEqual(problems(shared),
                         [f"marked, and not shown: {name}()"])

  def test_classes_that_are_marked_and_not_shown(self):
    shared = "".join(line for line in SHARED.splitlines(keepends=True)
                     if "View" not in line)
    self.assertEqual(problems(shared), ["marked, and not shown: class View"])

  def test_what_is_public_and_not_marked(self):
    for name in ("orderstore::Store::Close()",
                 "orderstore::Options::Validate() const",
                 "orderstore::SalvageStore(std::string const&)",
                 "orderstore_close"):
      with self.subTest(name):
        line = f"     9: 0000000000000060    18 FUNC    GLOBAL HIDDEN     4 {name}"
        self.assertEqual(problems(static=f"{STATIC}{line}\n"),
                         [f"public, and not shown: {name}"])

  def test_another_name_of_the_library(self):
    self.assertEqual(problems(dynamic=DYNAMIC.replace("0.1]", "0.2]")),
                     ["its name is 'libshop.so.0.2', not 'libshop.so.0.1'"])
    self.assertEqual(problems(dynamic=""),
                     ["its name is '', not 'libshop.so.0.1'"])


if __name__ == "__main__":
  unittest.main()

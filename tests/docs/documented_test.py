#!/usr/bin/env python3
"""Proves what tools/doxygen/documented.py makes of a header."""

import os
import pathlib
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True
sys.path.insert(0, os.fspath(ROOT / "tools/doxygen"))
import documented  # pylint: disable=wrong-import-position

HEADERS = ROOT / "include/orderstore"


def lines_of(text: str, name: str = "x.h") -> list[str]:
  """What Doxygen sees of a header with this text in the library's namespace,
  behind the file's comment, without empty lines."""
  header = (f"// A file.\n\n#ifndef X_\n#define X_\n\nnamespace orderstore {{\n\n"
            f"{text}\n}}  // namespace orderstore\n\n#endif  // X_\n")
  with tempfile.TemporaryDirectory() as folder:
    path = pathlib.Path(folder) / "orderstore" / name
    path.parent.mkdir()
    path.write_text(header, encoding="utf-8")
    shown = documented.Header(path).documented().split("\n")
  shown = [line for line in shown if line]
  assert shown[:3] == ["/// @file", "/// A file.", "namespace orderstore {"]
  assert shown[-1] == "}  // namespace orderstore", shown[-1]
  return shown[3:-1]


class DocumentedTest(unittest.TestCase):

  def test_a_comment_is_of_all_up_to_a_blank_line(self):
    self.assertEqual(
        lines_of("// Both.\nint A();\nint B(\n    int x);\n\nint C();\n"),
        ["/// Both.", "int A();", "/// Both.", "int B(", "    int x);",
         "int C();"])

  def test_a_comment_that_stands_alone_is_of_all_up_to_the_next(self):
    self.assertEqual(
        lines_of("// All.\n\nint A();\n\nint B();\n\n// Its own.\nint C();\n\n"
                 "int D();\n"),
        ["/// All.", "int A();", "/// All.", "int B();", "/// Its own.",
         "int C();", "int D();"])

  def test_a_comment_behind_a_member_is_its_own(self):
    self.assertEqual(
        lines_of("// A struct. More.\nstruct S {\n  int a;  // the first\n"
                 "  int b;\n  // Of c.\n  int c = 1;  // one\n};\n"),
        ["/// A struct. More.", "struct S {", "  int a; /**< the first */",
         "/// A struct.", "  int b;", "/// Of c.", "  int c = 1; /**< one */",
         "};"])

  def test_methods_need_comments_of_their_own(self):
    self.assertEqual(lines_of("// A struct.\nstruct S {\n  int a();\n};\n"),
                     ["/// A struct.", "struct S {", "  int a();", "};"])

  def test_values_of_an_enum(self):
    self.assertEqual(
        lines_of("// When.\nenum class E {\n  kNow,   // at once\n  kLater,\n"
                 "};\n"),
        ["/// When.", "enum class E {", "  kNow, /**< at once */", "/// When.",
         "  kLater,", "};"])

  def test_headings_begin_groups(self):
    self.assertEqual(
        lines_of("// C.\nclass C {\n public:\n  // ---- Reads. O(1). ----\n"
                 "  int A();\n  int B();\n\n  // ---- Writes ----\n\n"
                 "  // Writes.\n  void D();\n};\n"),
        ["/// C.", "class C {", " public:",
         "/// @name Reads. O(1)", "/// @{", "/// Reads. O(1).", "  int A();",
         "/// Reads. O(1).", "  int B();",
         "/// @}", "/// @name Writes", "/// @{", "/// Writes.", "  void D();",
         "/// @}", "};"])

  def test_code_and_tables_in_a_comment(self):
    self.assertEqual(
        lines_of("// As:\n//   int x = f();  // calls it\n//\n//   use(x);\n"
                 "// Errors:\n//   NotFound  there is\n//             none\n"
                 "int f();\n"),
        ["/// As:", "/// @code{.cpp}", "/// int x = f();  // calls it", "/// ",
         "/// use(x);", "/// @endcode", "/// Errors:", "/// @code{.unparsed}",
         "/// NotFound  there is", "///           none", "/// @endcode",
         "int f();"])

  def test_the_files_comment_is_its_class_s(self):
    self.assertEqual(
        lines_of("class ReadView {\n public:\n  // F.\n  int f();\n};\n",
                 "read_view.h"),
        ["/// @copydoc orderstore/read_view.h", "class ReadView {", " public:",
         "/// F.", "  int f();", "};"])

  def test_what_is_not_for_users_is_left_out(self):
    self.assertEqual(
        lines_of("namespace inner {\nclass A;\n}\nclass Forward;\n\n"
                 "// C.\nclass C {\n public:\n"
                 "  C(const C&) = delete;\n"
                 "  C& operator=(const C&) = delete;\n"
                 "  // Closes it.\n  ~C();\n\n  C(C&& other) noexcept;\n"
                 "  friend bool operator==(const C&,\n"
                 "                         const C&) = default;\n"
                 "  template <typename H>\n  friend H Hash(H state) {\n"
                 "    return state;\n  }\n\n"
                 "  // ---- Not of a temporary ----\n  // Else wrong.\n"
                 "  void f() const&& = delete;\n\n"
                 " protected:\n  // Mine.\n  int x_;\n\n"
                 " private:\n  class Call;\n};\n\n// F.\nint f();\n"),
        ["/// C.", "class C {", " public:", "/// Closes it.", "  ~C();", "};",
         "/// F.", "int f();"])

  def test_bodies_stay_and_their_comments_are_none(self):
    self.assertEqual(
        lines_of("// F.\ninline int f() {\n  // Why.\n  return 1;\n}\n"
                 "int g();\n"),
        ["/// F.", "inline int f() {", "  // Why.", "  return 1;", "}",
         "/// F.", "int g();"])

  def test_code_is_shown_as_the_parser_takes_it(self):
    self.assertEqual(
        lines_of("// X.\ninline constexpr T kMin{\n    f(-1'000'000)};\n"
                 "// Y.\nusing Y = Id<struct YTag>;\n"
                 "// Z.\nclass ORDERSTORE_EXPORT Z {\n public:\n};\n"),
        ["/// X.", "inline constexpr T kMin = {", "    f(-1000000)};", "/// Y.",
         "using Y = Id<YTag>;", "/// Z.", "class Z {", " public:", "};"])


class HeadersTest(unittest.TestCase):

  def test_declarations_keep_their_lines_where_they_can(self):
    path = HEADERS / "store.h"
    shown = documented.Header(path).documented().split("\n")
    written = path.read_text(encoding="utf-8").split("\n")
    for was, becomes in (("class ORDERSTORE_EXPORT Store {", "class Store {"),
                         ("  absl::Status Close();",) * 2):
      self.assertEqual(shown.index(becomes), written.index(was))

  def test_the_main_page_names_every_header(self):
    page = (ROOT / "tools/doxygen/mainpage.dox").read_text(encoding="utf-8")
    for path in sorted(HEADERS.rglob("*.h")):
      self.assertIn(f"\n  - {path.relative_to(HEADERS.parent)}: ", page)


if __name__ == "__main__":
  unittest.main()

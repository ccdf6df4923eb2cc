#!/usr/bin/env python3
"""Proves of each rule in structure.py that it can fail, and that a tree
without a breach passes."""

import os
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import structure  # pylint: disable=wrong-import-position

EXAMPLE = "int main() {\n\n}\n"


def header(guard: str, *includes: str) -> str:
  lines = "".join(f'#include "{name}"\n' for name in includes)
  return (f"// What it is.\n\n#ifndef {guard}\n#define {guard}\n\n{lines}\n"
          f"#endif  // {guard}\n")


# A small tree in which every include is one that the layers allow.
GOOD_TREE = {
    ".gitignore": "/build/\n",
    "CMakeLists.txt": "project(orderstore)\n",
    "LICENSE": "MIT\n",
    "README.md": f"# orderstore\n```cpp\n{EXAMPLE}```\n",
    "include/orderstore/ids.h": header("ORDERSTORE_IDS_H_"),
    "include/orderstore/store.h": header(
        "ORDERSTORE_STORE_H_", "orderstore/ids.h", "absl/status/statusor.h"),
    "src/io/file.h": header("ORDERSTORE_IO_FILE_H_"),
    "src/wal/frame.h": header("ORDERSTORE_WAL_FRAME_H_", "io/file.h"),
    "src/table/rows.h": header(
        "ORDERSTORE_TABLE_ROWS_H_", "orderstore/ids.h", "absl/types/span.h"),
    "src/snapshot/snapshot.h": header(
        "ORDERSTORE_SNAPSHOT_SNAPSHOT_H_", "table/rows.h", "io/file.h"),
    "src/txn/engine.h": header(
        "ORDERSTORE_TXN_ENGINE_H_", "orderstore/store.h", "table/rows.h",
        "wal/frame.h", "io/file.h"),
    "src/txn/engine.cc":
        'std::fprintf(stderr,\n             "a view is open");\nstd::abort();\n',
    "src/recovery/recovery.h": header(
        "ORDERSTORE_RECOVERY_RECOVERY_H_", "txn/engine.h",
        "snapshot/snapshot.h", "wal/frame.h"),
    "src/csv/parser.h": header("ORDERSTORE_CSV_PARSER_H_", "orderstore/store.h"),
    "tools/orderstore/process.h": header(
        "ORDERSTORE_TOOLS_PROCESS_H_", "csv/parser.h",
        "orderstore/store.h"),
    "tools/orderstore/main.cc": '#include "process.h"\n',
    "bench/lookup.cc": '#include "orderstore/store.h"\n',
    "tests/table/rows_test.cc": '#include "table/rows.h"\n',
    "tests/embedding/first.cc": EXAMPLE,
}


class StructureTest(unittest.TestCase):

  def setUp(self):
    self.folder = tempfile.TemporaryDirectory()
    self.addCleanup(self.folder.cleanup)
    self.root = self.folder.name
    for path, text in GOOD_TREE.items():
      self.write(path, text)

  def write(self, path: str, text: str):
    place = os.path.join(self.root, path)
    os.makedirs(os.path.dirname(place), exist_ok=True)
    with open(place, "w", encoding="utf-8") as file:
      file.write(text)

  def include(self, path: str, included: str):
    """Adds a line to a file of the tree, and keeps its guard."""
    text = GOOD_TREE[path]
    line = f'#include "{included}"\n'
    at = text.find("\n#endif")
    self.write(path, text + line if at < 0 else text[:at] + line + text[at:])

  def breaches(self) -> list[tuple[str, str]]:
    return [(breach.path, breach.rule) for breach in structure.check(self.root)]

  def expect(self, path: str, rule: str):
    self.assertEqual(self.breaches(), [(path, rule)])

  def test_a_tree_without_a_breach_passes(self):
    self.assertEqual(structure.check(self.root), [])

  def test_files_at_the_top(self):
    self.write("notes.txt", "")
    self.expect("notes.txt", "top-level")

  def test_folders_at_the_top(self):
    self.write("docs/design.md", "")
    self.expect("docs", "top-level")

  def test_banned_names_of_folders_and_files(self):
    for path in ("src/table/string_util.cc", "tests/common/x.cc",
                 "tools/helpers/x.py", "src/txn/log-manager.cc",
                 "bench/misc.cc", "src/io/file_impl2.cc"):
      with self.subTest(path):
        self.write(path, "")
        self.expect(path, "name")
        os.remove(os.path.join(self.root, path))

  def test_includes_against_the_layers(self):
    for path, included in (
        ("src/io/file.h", "orderstore/ids.h"),
        ("src/io/file.h", "wal/frame.h"),
        ("src/wal/frame.h", "table/rows.h"),
        ("src/wal/frame.h", "orderstore/ids.h"),
        ("src/table/rows.h", "orderstore/store.h"),
        ("src/table/rows.h", "txn/engine.h"),
        ("src/table/rows.h", "io/file.h"),
        ("src/snapshot/snapshot.h", "txn/engine.h"),
        ("src/snapshot/snapshot.h", "wal/frame.h"),
        ("src/txn/engine.h", "recovery/recovery.h"),
        ("src/txn/engine.h", "snapshot/snapshot.h"),
        ("src/csv/parser.h", "table/rows.h"),
        ("tools/orderstore/main.cc", "txn/engine.h"),
        ("tools/orderstore/main.cc", "../../src/table/rows.h"),
        ("bench/lookup.cc", "table/rows.h"),
        ("bench/lookup.cc", "csv/parser.h"),
        ("include/orderstore/ids.h", "table/rows.h"),
        ("include/orderstore/ids.h", "absl/container/flat_hash_map.h"),
    ):
      with self.subTest(f"{path} -> {included}"):
        self.include(path, included)
        self.expect(path, "layer")
        self.write(path, GOOD_TREE[path])

  def test_includes_in_angle_brackets_count(self):
    self.write("bench/lookup.cc", "#  include <table/rows.h>\n")
    self.expect("bench/lookup.cc", "layer")

  def test_folders_of_src_without_a_layer(self):
    self.write("src/cache/cache.cc", "")
    self.expect("src/cache/cache.cc", "layer")

  def test_files_of_src_without_a_folder(self):
    self.write("src/cache.cc", "")
    self.expect("src/cache.cc", "layer")

  def test_include_guards_name_the_file(self):
    self.write("src/io/file.h", header("ORDERSTORE_FILE_H_"))
    self.expect("src/io/file.h", "guard")

  def test_headers_without_include_guard(self):
    self.write("bench/timer.h", "#pragma once\n")
    self.expect("bench/timer.h", "guard")

  def test_long_files(self):
    limit = structure.SOURCE_LINES_MAX
    self.write("bench/lookup.cc", "\n" * limit)
    self.assertEqual(self.breaches(), [])
    self.write("bench/lookup.cc", "\n" * (limit + 1))
    self.expect("bench/lookup.cc", "length")

  def test_unfinished_work(self):
    for word in ("TO" + "DO", "FIX" + "ME", "X" + "XX"):
      with self.subTest(word):
        self.write("tools/setup", f"# {word}: later\n")
        self.expect("tools/setup", "text")

  def test_paths_of_one_machine(self):
    for folder in ("work", "home", "root"):
      with self.subTest(folder):
        self.write("tools/demo", f"cd /{folder}/somebody\n")
        self.expect("tools/demo", "text")
    self.write("tools/demo", "cd tests/work/x build/home/x\n")
    self.assertEqual(self.breaches(), [])

  def test_binary_files_are_not_read(self):
    for name in ("segment.bin", "0000000001.log", "7.snapshot"):
      self.write(f"tests/store/golden/{name}", "X" + "XX")
    self.assertEqual(self.breaches(), [])

  def test_volatile(self):
    self.write("bench/lookup.cc", "vola" + "tile int x;\n")
    self.expect("bench/lookup.cc", "text")

  def test_c_is_code(self):
    self.write("bench/lookup.c", '#include "table/rows.h"\n')
    self.expect("bench/lookup.c", "layer")

  def test_libraries_that_print(self):
    for line in ("std::cout << 1;", "std::cerr << 1;", "std::clog << 1;",
                 'printf("1");', 'std::printf ("1");', 'puts("1");',
                 'absl::PrintF("1");', 'perror("1");', "putchar('1');",
                 'std::fprintf(stderr, "1");', 'std::fputs("1", stdout);'):
      for path in ("src/io/file.cc", "include/orderstore/inline.cc"):
        with self.subTest(f"{path}: {line}"):
          self.write(path, f"{line}\nstd::abort();\n")
          self.expect(path, "silence")
          os.remove(os.path.join(self.root, path))

  def test_what_prints_nothing_or_is_no_library(self):
    self.write("src/io/file.cc", "// std::cerr << 1;\nint outputs(int cout);\n"
               'snprintf(text, size, "1");\nstd::fprintf(file, "1");\n')
    self.write("tools/orderstore/main.cc", "std::cout << 1;\n")
    self.assertEqual(self.breaches(), [])

  def test_last_words_after_which_the_process_goes_on(self):
    self.write("src/txn/engine.cc", 'std::fprintf(stderr, "1");\n')
    self.expect("src/txn/engine.cc", "silence")
    self.write("src/txn/engine.cc", 'std::fprintf(stderr, "1");\n' + "\n" *
               structure.LAST_WORDS_LINES_MAX + "std::abort();\n")
    self.expect("src/txn/engine.cc", "silence")

  def test_readme_examples_that_no_test_compiles(self):
    self.write("README.md", "# orderstore\n```cpp\nint main() {}\n```\n")
    self.expect("README.md", "readme")

  def test_readmes_without_example(self):
    self.write("README.md", "# orderstore\n")
    self.expect("README.md", "readme")

  def test_files_that_git_ignores_are_left_out(self):
    def git(*words: str):
      subprocess.run(["git", "-C", self.root, *words], check=True,
                     capture_output=True)

    try:
      git("init")
    except FileNotFoundError:
      self.skipTest("git is not installed")
    self.write("build/misc.cc", "")
    self.assertEqual(self.breaches(), [])
    self.write("src/io/misc.cc", "")
    self.expect("src/io/misc.cc", "name")  # new, and not in git yet
    git("add", "--all")
    self.expect("src/io/misc.cc", "name")


if __name__ == "__main__":
  unittest.main()

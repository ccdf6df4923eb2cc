#!/usr/bin/env python3
"""Checks the layout, layers and names of a source tree.

    structure.py ROOT

prints one line for each breach, `FILE[:LINE]: RULE: TEXT`, and exits with 1 if
there is any. Files that git ignores are not looked at.
"""

import os
import re
import subprocess
import sys
from typing import Iterator, NamedTuple

TOP_LEVEL = {
    "CMakeLists.txt", "CMakePresets.json", "LICENSE", "README.md", "bench",
    "include", "src", "tests", "tools",
}

# Words that no folder or file is named with: what has no better name has no
# home yet.
BANNED_NAMES = {
    "common", "helper", "helpers", "impl2", "manager", "managers", "misc",
    "util", "utils",
}

SOURCE_LINES_MAX = 600

# Layers: folder -> what its files may include of ours, beside the folder
# itself. PUBLIC is include/orderstore; RECORDS are those of its headers that
# describe rows and figures and know nothing of transactions. Folders of src
# that are not listed here have no place in the order of layers yet.
PUBLIC = "include/orderstore"
RECORDS = "records"
# What the log names, which knows no rows.
SCHEMA = f"{PUBLIC}/schema_revision.h"
SYNC_TIMES = f"{PUBLIC}/sync_times.h"
RECORDS_HEADERS = {
    f"{PUBLIC}/{name}"
    for name in ("ids.h", "options.h", "records.h", "schema_revision.h",
                 "stats.h")
}
MAY_INCLUDE = {
    PUBLIC: set(),
    "src/io": set(),
    "src/thread": set(),
    "src/wal": {"src/io", "src/thread", SCHEMA, SYNC_TIMES},
    "src/table": {"src/thread", RECORDS},
    "src/snapshot": {"src/table", "src/io", RECORDS},
    "src/txn": {"src/table", "src/wal", "src/io", "src/thread", PUBLIC},
    "src/recovery": {
        "src/txn", "src/snapshot", "src/table", "src/wal", "src/io", PUBLIC
    },
    "src/store": {
        "src/recovery", "src/txn", "src/snapshot", "src/table", "src/wal",
        "src/io", "src/thread", PUBLIC
    },
    "src/csv": {PUBLIC},
    "src/sql": {PUBLIC},
    "src/capi": {PUBLIC},
    "tools": {"src/csv", "src/sql", PUBLIC},
    "bench": {PUBLIC},
}
# What public headers use of Abseil.
PUBLIC_ABSEIL = {"absl/status/status.h", "absl/status/statusor.h"}

CODE = (".c", ".cc", ".cpp", ".h")
BINARY = (".bin", ".gz", ".log", ".png", ".snapshot", ".zst")

# Patterns are written so that they do not match this file.
BANNED_TEXT = [
    (re.compile(r"\bT[O]DO\b|\bF[I]XME\b|\bX[X]X\b"),
     "finish it or leave it out"),
    (re.compile(r"(?<![\w.})])/(?:work|home|root)[/]"),
     "a path of one machine"),
]
BANNED_CODE = [
    (re.compile(r"\bvola[t]ile\b"), "use std::atomic"),
]

# The library prints nothing: callers hear of what happens by what they are
# returned and by Options::logger. But for the last words of a process that a
# file ends in the lines below them.
PRINTS = re.compile(
    r"\bstd::w?(?:cout|cerr|clog)\b|\b(?:stdout|stderr)\b"
    r"|\b(?:v?printf|PrintF|puts|putchar|perror)\s*\(")
LAST_WORDS = {"src/txn/engine.cc"}
LAST_WORDS_LINES_MAX = 3

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]')

README_EXAMPLE = "tests/embedding/first.cc"


class Breach(NamedTuple):
  path: str
  line: int  # 0: the file as a whole
  rule: str
  text: str

  def __str__(self) -> str:
    place = f"{self.path}:{self.line}" if self.line else self.path
    return f"{place}: {self.rule}: {self.text}"


def list_files(root: str) -> list[str]:
  """Paths of the tree's files, relative to `root`, that git does not ignore."""
  def git(*words: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        ["git", "-c", "safe.directory=*", "-C", root, *words],
        capture_output=True, text=True, check=False)

  try:
    top = git("rev-parse", "--show-toplevel")
    if top.returncode == 0 and os.path.samefile(top.stdout.strip(), root):
      listed = git("ls-files", "-z", "--cached", "--others",
                   "--exclude-standard")
      if listed.returncode == 0:
        return sorted(path for path in set(listed.stdout.split("\0"))
                      if path and os.path.isfile(os.path.join(root, path)))
  except FileNotFoundError:
    pass  # No git: a tree without its history is checked all the same.
  paths = []
  for folder, folders, files in os.walk(root):
    folders[:] = [name for name in folders
                  if name not in (".git", "build", "__pycache__")]
    paths += [os.path.relpath(os.path.join(folder, name), root)
              for name in files]
  return sorted(paths)


class Tree:
  """The files of a source tree and their text."""

  def __init__(self, root: str):
    self.root = root
    self.paths = list_files(root)
    self._known = set(self.paths)
    self._lines: dict[str, list[str]] = {}

  def has(self, path: str) -> bool:
    return path in self._known

  def lines(self, path: str) -> list[str]:
    if path not in self._lines:
      with open(os.path.join(self.root, path), encoding="utf-8",
                errors="replace") as file:
        self._lines[path] = file.read().split("\n")
    return self._lines[path]

  def code(self) -> list[str]:
    return [path for path in self.paths if path.endswith(CODE)]


def layer_of(path: str) -> str:
  """The layer a file is in: its key in MAY_INCLUDE, or its folder."""
  parts = path.split("/")
  if parts[0] in ("src", "include"):
    return "/".join(parts[:2]) if len(parts) > 2 else parts[0]
  return parts[0]


def resolve(tree: Tree, path: str, included: str) -> str | None:
  """The file of ours that `path` includes, or None for another's."""
  folders = ["include", "src", os.path.dirname(path), path.split("/")[0], ""]
  for folder in folders:
    candidate = os.path.normpath(os.path.join(folder, included))
    if tree.has(candidate):
      return candidate
  return None


def check_top_level(tree: Tree) -> Iterator[Breach]:
  for name in sorted({path.split("/")[0] for path in tree.paths}):
    if name not in TOP_LEVEL and not name.startswith("."):
      yield Breach(name, 0, "top-level", "does not belong at the top")


def check_names(tree: Tree) -> Iterator[Breach]:
  for path in tree.paths:
    banned = BANNED_NAMES.intersection(re.split(r"[/._-]", path.lower()))
    for word in sorted(banned):
      yield Breach(path, 0, "name", f"'{word}' says nothing; name what it is")


def check_layers(tree: Tree) -> Iterator[Breach]:
  for path in tree.code():
    layer = layer_of(path)
    if layer == "tests":
      continue
    if layer not in MAY_INCLUDE:
      yield Breach(path, 0, "layer", f"{layer} is not a layer")
      continue
    allowed = MAY_INCLUDE[layer]
    for number, line in enumerate(tree.lines(path), 1):
      match = INCLUDE.match(line)
      if not match:
        continue
      included = match.group(1)
      target = resolve(tree, path, included)
      if target is None:
        if (layer == PUBLIC and included.startswith("absl/")
            and included not in PUBLIC_ABSEIL):
          yield Breach(path, number, "layer",
                       f"public headers do not include {included}")
        continue
      if layer_of(target) == layer or layer_of(target) in allowed:
        continue
      if target in allowed:
        continue
      if RECORDS in allowed and target in RECORDS_HEADERS:
        continue
      yield Breach(path, number, "layer", f"{layer} may not include {target}")


def check_guards(tree: Tree) -> Iterator[Breach]:
  for path in tree.paths:
    if not path.endswith(".h"):
      continue
    inner = re.sub(r"^(include/orderstore|src)/", "", path)
    inner = inner.replace("tools/orderstore/", "tools/")
    guard = "ORDERSTORE_" + re.sub(r"[^A-Z0-9]", "_", inner.upper()) + "_"
    lines = [line for line in tree.lines(path)
             if line and not line.startswith("//")]
    if (lines[:2] != [f"#ifndef {guard}", f"#define {guard}"]
        or lines[-1] != f"#endif  // {guard}"):
      yield Breach(path, 0, "guard", f"the include guard is not {guard}")


def check_lengths(tree: Tree) -> Iterator[Breach]:
  for path in tree.paths:
    if path.endswith(CODE + (".py", ".sh", ".cmake")):
      count = len(tree.lines(path)) - 1
      if count > SOURCE_LINES_MAX:
        yield Breach(path, 0, "length",
                     f"{count} lines, more than {SOURCE_LINES_MAX}")


def check_text(tree: Tree) -> Iterator[Breach]:
  for path in tree.paths:
    if path.endswith(BINARY):
      continue
    banned = BANNED_TEXT + (BANNED_CODE if path.endswith(CODE) else [])
    for number, line in enumerate(tree.lines(path), 1):
      for pattern, advice in banned:
        match = pattern.search(line)
        if match:
          yield Breach(path, number, "text", f"'{match.group()}': {advice}")


def check_silence(tree: Tree) -> Iterator[Breach]:
  for path in tree.code():
    if not path.startswith(("include/", "src/")):
      continue
    lines = [line.partition("//")[0] for line in tree.lines(path)]
    for number, line in enumerate(lines, 1):
      match = PRINTS.search(line)
      if not match:
        continue
      behind = lines[number:number + LAST_WORDS_LINES_MAX]
      if path in LAST_WORDS and "std::abort();" in map(str.strip, behind):
        continue
      yield Breach(path, number, "silence",
                   f"'{match.group()}': the library prints nothing")


def check_readme(tree: Tree) -> Iterator[Breach]:
  """The README's C++ example is the one that a test compiles and runs."""
  if not tree.has("README.md") or not tree.has(README_EXAMPLE):
    yield Breach("README.md", 0, "readme", f"needs itself and {README_EXAMPLE}")
    return
  shown = between(tree.lines("README.md"), "```cpp", "```")
  if shown != tree.lines(README_EXAMPLE)[:-1]:
    yield Breach("README.md", 0, "readme",
                 f"the C++ example is not {README_EXAMPLE}")


def between(lines: list[str], first: str, last: str) -> list[str]:
  """The lines after the first `first` and before the next `last`."""
  if first not in lines:
    return []
  rest = lines[lines.index(first) + 1:]
  return rest[:rest.index(last)] if last in rest else []


CHECKS = (check_top_level, check_names, check_layers, check_guards,
          check_lengths, check_text, check_silence, check_readme)


def check(root: str) -> list[Breach]:
  tree = Tree(root)
  return [breach for rule in CHECKS for breach in rule(tree)]


def main() -> int:
  if len(sys.argv) != 2:
    print(__doc__, file=sys.stderr)
    return 2
  breaches = check(sys.argv[1])
  for breach in breaches:
    print(breach)
  return 1 if breaches else 0


if __name__ == "__main__":
  sys.exit(main())

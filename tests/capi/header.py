#!/usr/bin/env python3
"""Checks the headers of the C API.

    header.py ROOT FUNCTIONS

prints one line for each breach, `FILE[:LINE]: TEXT`, and exits with 1 if there
is any. ROOT is the source tree; FUNCTIONS is the program of functions.c, which
names the functions that it has linked.

What is declared has a comment right above it, is linked by functions.c, and is
called by a test. c.h includes every header of include/orderstore/c, and each
of them nothing but the like and C's own.
"""

import os
import re
import subprocess
import sys
from typing import Iterator

FOLDER = "include/orderstore"
# What has to have a comment right above it.
DECLARATION = re.compile(r"(ORDERSTORE_EXPORT |typedef |#define ORDERSTORE_)")
GUARD = re.compile(r"#define ORDERSTORE_\w+_H_$")
NAME = re.compile(r"\b(orderstore_\w+)\s*\(")
INCLUDE = re.compile(r'\s*#\s*include\s*([<"])([^>"]+)[>"]')


class Headers:
  """The headers' lines, by their paths under ROOT."""

  def __init__(self, root: str):
    self.root = root
    paths = [f"{FOLDER}/c.h"] + [
        f"{FOLDER}/c/{name}"
        for name in sorted(os.listdir(f"{root}/{FOLDER}/c"))]
    self.lines = {path: self.read(path).split("\n") for path in paths}

  def read(self, path: str) -> str:
    with open(f"{self.root}/{path}", encoding="utf-8") as file:
      return file.read()

  def functions(self) -> dict[str, str]:
    """The functions that are declared, and where."""
    found = {}
    for path, lines in self.lines.items():
      code = "\n".join(re.sub(r"//.*", "", line) for line in lines)
      for declaration in re.findall(r"^ORDERSTORE_EXPORT [^;]*;", code,
                                    re.MULTILINE):
        found[NAME.search(declaration).group(1)] = path
    return found


def check_comments(headers: Headers) -> Iterator[str]:
  for path, lines in headers.lines.items():
    for number, line in enumerate(lines, 1):
      if not DECLARATION.match(line) or GUARD.match(line):
        continue
      above = lines[number - 2]
      if above.startswith("#define "):
        continue  # of a pair that shares its comment
      if not above.startswith("//") or above.startswith("// ----"):
        yield f"{path}:{number}: has no comment above it: {line}"


def check_includes(headers: Headers) -> Iterator[str]:
  umbrella = f"{FOLDER}/c.h"
  included = set()
  for path, lines in headers.lines.items():
    for number, line in enumerate(lines, 1):
      match = INCLUDE.match(line)
      if not match:
        continue
      kind, name = match.groups()
      if path == umbrella:
        included.add(name)
      is_c = (name in ("stddef.h", "stdint.h") if kind == "<" else
              name == "orderstore/export.h" or
              name.startswith("orderstore/c/"))
      if not is_c:
        yield f"{path}:{number}: a header of the C API includes {name}"
  for path in headers.lines:
    name = path.removeprefix("include/")
    if path != umbrella and name not in included:
      yield f"{umbrella}: does not include {name}"


def check_linked(headers: Headers, linked: list[str]) -> Iterator[str]:
  declared = headers.functions()
  for name, path in declared.items():
    if name not in linked:
      yield f"{path}: functions.c does not link {name}"
  for name in linked:
    if name not in declared:
      yield f"functions.c: links {name}, which no header declares"


def check_tested(headers: Headers, tests: str) -> Iterator[str]:
  words = set(re.findall(r"\w+", tests))
  for name, path in headers.functions().items():
    if name not in words:
      yield f"{path}: no test calls {name}"


def tests_of(root: str) -> str:
  folder = f"{root}/tests/capi"
  texts = []
  for name in sorted(os.listdir(folder)):
    if name.endswith("_test.cc"):
      with open(f"{folder}/{name}", encoding="utf-8") as file:
        texts.append(file.read())
  return "\n".join(texts)


def check(root: str, linked: list[str]) -> list[str]:
  headers = Headers(root)
  return [
      *check_comments(headers), *check_includes(headers),
      *check_linked(headers, linked), *check_tested(headers, tests_of(root))]


def main() -> int:
  if len(sys.argv) != 3:
    print(__doc__, file=sys.stderr)
    return 2
  root, program = sys.argv[1:]
  result = subprocess.run([program], stdout=subprocess.PIPE, text=True,
                          check=True)
  breaches = check(root, result.stdout.split())
  for breach in breaches:
    print(breach)
  return 1 if breaches else 0


if __name__ == "__main__":
  sys.exit(main())

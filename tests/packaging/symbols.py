#!/usr/bin/env python3
"""Checks that a shared library shows the public API, all of it and nothing
else.

    symbols.py --include FOLDER --shared FILE --static FILE --soname NAME

Public is what the headers mark with ORDERSTORE_EXPORT. What they do not mark
and the static library has as a function of the public API is a mark that was
forgotten. Prints one line a problem, and exits with 1 if there is any.
"""

import argparse
import pathlib
import re
import subprocess
import sys
from typing import Iterator, NamedTuple

sys.dont_write_bytecode = True

# A function of the namespace orderstore or of one class there, and its class.
MEMBER = re.compile(
    r"orderstore::(?:(\w+)::)?(~?\w+|operator[^\w\s(]+)(?:\[abi:\w+\])?\(")


class Api(NamedTuple):
  """Names in the public headers."""
  classes: set[str]  # of C++, marked or not
  marked_classes: set[str]
  functions: set[str]  # of C++ and C, marked


class Symbols(NamedTuple):
  """What the libraries define, demangled."""
  shared: list[str]
  static: list[str]  # functions that are not inline
  soname: str


def api_of(headers: Iterator[str]) -> Api:
  api = Api(set(), set(), set())
  for text in headers:
    text = re.sub(r"^\s*#.*$|//.*$", "", text, flags=re.MULTILINE)
    for marked, name in re.findall(
        r"^(?:class|struct) (ORDERSTORE_EXPORT )?(\w+)[^;]*?\{", text,
        re.MULTILINE):
      api.classes.add(name)
      if marked:
        api.marked_classes.add(name)
    api.functions.update(re.findall(
        r"(?<!class )(?<!struct )\bORDERSTORE_EXPORT\s+[^;({]*?(\w+)\(", text))
  return api


def problems(api: Api, symbols: Symbols, soname: str) -> Iterator[str]:
  shown_classes, shown_functions = set(), set()
  for name in symbols.shared:
    match = MEMBER.match(name)
    if match and match[1] in api.marked_classes:
      shown_classes.add(match[1])
    elif match and not match[1] and match[2] in api.functions:
      shown_functions.add(match[2])
    elif name in api.functions:  # of C
      shown_functions.add(name)
    else:
      yield f"shown, and not public: {name}"
  for name in sorted(api.marked_classes - shown_classes):
    yield f"marked, and not shown: class {name}"
  for name in sorted(api.functions - shown_functions):
    yield f"marked, and not shown: {name}()"
  shared = set(symbols.shared)
  for name in symbols.static:
    match = MEMBER.match(name)
    is_public = (match and (not match[1] or match[1] in api.classes)
                 or re.fullmatch(r"orderstore_\w+", name))
    if is_public and name not in shared:
      yield f"public, and not shown: {name}"
  if symbols.soname != soname:
    yield f"its name is '{symbols.soname}', not '{soname}'"


# ---- What the tools say -----------------------------------------------------


def output(*command) -> str:
  return subprocess.run([str(word) for word in command], check=True,
                        stdout=subprocess.PIPE, text=True).stdout


def shown_in(nm: str) -> list[str]:
  return re.findall(r"^[0-9a-f]+ \w (.+)$", nm, re.MULTILINE)


def functions_in(readelf: str) -> list[str]:
  """Those that are defined, and not inline. Not by nm: it would tell of the
  intermediate code beside the machine code, where inline ones are no others."""
  return re.findall(
      r"^ *\d+: [0-9a-f]+ +\w+ FUNC +GLOBAL +\w+ +(?!UND)\w+ (.+)$", readelf,
      re.MULTILINE)


def soname_in(readelf: str) -> str:
  match = re.search(r"\(SONAME\).*\[(.+)\]", readelf)
  return match[1] if match else ""


def main() -> int:
  parser = argparse.ArgumentParser(
      description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
  for option in ("--include", "--shared", "--static"):
    parser.add_argument(option, type=pathlib.Path, required=True)
  parser.add_argument("--soname", required=True)
  options = parser.parse_args()
  api = api_of(path.read_text() for path in options.include.rglob("*.h"))
  symbols = Symbols(
      shown_in(output("nm", "-DC", "--defined-only", options.shared)),
      functions_in(output("readelf", "--symbols", "--wide", "--demangle",
                          options.static)),
      soname_in(output("readelf", "-d", options.shared)))
  found = list(problems(api, symbols, options.soname))
  print("\n".join(found))
  return 1 if found else 0


if __name__ == "__main__":
  sys.exit(main())

#!/usr/bin/env python3
"""Compiles one case of a file that must not compile.

    compile_case.py FILE Control COMPILER [FLAG]...
    compile_case.py FILE CASE    COMPILER [FLAG]...

A case is a block

    #ifdef CASE  // error: PATTERN
    code that must not compile
    #endif

With CASE defined, the compiler must report an error in that block whose text
matches the regular expression PATTERN, and no error in another place of the
file. As Control, without any case, the file must compile.
"""

import os
import re
import subprocess
import sys

sys.dont_write_bytecode = True


def main() -> int:
  if len(sys.argv) < 4:
    print(__doc__, file=sys.stderr)
    return 2
  path, case, *command = sys.argv[1:]
  if case != "Control":
    first, last, pattern = find_case(path, case)
    command.append(f"-D{case}")
  result = subprocess.run(
      command + [path], capture_output=True, text=True, check=False,
      env={**os.environ, "LC_ALL": "C"})
  print(result.stderr)
  if case == "Control":
    return result.returncode
  if result.returncode == 0:
    print(f"{path}:{first}: compiles")
    return 1

  errors = re.findall(rf"^{re.escape(path)}:(\d+):\d+: error: (.*)$",
                      result.stderr, re.MULTILINE)
  for line, text in errors:
    if not first < int(line) < last:
      print(f"{path}:{line}: an error outside of the case")
      return 1
  if not any(re.search(pattern, text) for _, text in errors):
    print(f"{path}:{first}: no error in the case matches '{pattern}'")
    return 1
  return 0


def find_case(path: str, case: str) -> tuple[int, int, str]:
  """Line numbers of the case's #ifdef and #endif, and its pattern."""
  with open(path, encoding="utf-8") as file:
    lines = file.read().split("\n")
  for first, line in enumerate(lines):
    match = re.fullmatch(rf"#ifdef {re.escape(case)}  // error: (.+)", line)
    if match:
      return first + 1, lines.index("#endif", first) + 1, match.group(1)
  sys.exit(f"{path}: no line '#ifdef {case}  // error: PATTERN'")


if __name__ == "__main__":
  sys.exit(main())

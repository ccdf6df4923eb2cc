#!/usr/bin/env python3
"""Compiles a file with cases that must not compile.

    compile_cases.py FILE COMPILER [FLAG]...

A case is a block

    #ifdef CASE  // error: PATTERN
    code that must not compile
    #endif

Without any case, the file must compile. With all of them at once, the compiler
must report an error in each block whose text matches the regular expression
PATTERN, and no error outside of the blocks. So blocks declare different names.
"""

import os
import re
import subprocess
import sys

sys.dont_write_bytecode = True


def main() -> int:
  if len(sys.argv) < 3:
    print(__doc__, file=sys.stderr)
    return 2
  path, *command = sys.argv[1:]
  with open(path, encoding="utf-8") as file:
    cases = find_cases(path, file.read().split("\n"))
  status, output = compile_with(command, path, [])
  if status != 0:
    print(f"{output}\n{path}: does not compile without any case")
    return 1

  _, output = compile_with(command, path, [name for name, *_ in cases])
  errors = [(int(line), text) for line, text in
            re.findall(rf"^{re.escape(path)}:(\d+):\d+: error: (.*)$", output,
                       re.MULTILINE)]
  problems = []
  for name, first, last, pattern in cases:
    inside = [text for line, text in errors if first < line < last]
    if not any(re.search(pattern, text) for text in inside):
      problems.append(f"{path}:{first}: {name}: no error matches '{pattern}'")
  for line, text in errors:
    if not any(first < line < last for _, first, last, _ in cases):
      problems.append(f"{path}:{line}: an error outside of the cases: {text}")
  if problems:
    print("\n".join([output, *problems]))
  return 1 if problems else 0


def compile_with(command: list[str], path: str,
                 names: list[str]) -> tuple[int, str]:
  limit = "-ferror-limit=0" if "clang" in command[0] else "-fmax-errors=0"
  result = subprocess.run(
      [*command, limit, *(f"-D{name}" for name in names), path],
      capture_output=True, text=True, check=False,
      env={**os.environ, "LC_ALL": "C"})
  return result.returncode, result.stderr


def find_cases(path: str,
               lines: list[str]) -> list[tuple[str, int, int, str]]:
  """Names, line numbers of #ifdef and #endif, and patterns of the cases."""
  cases = []
  for first, line in enumerate(lines):
    if not line.startswith("#ifdef "):
      continue
    match = re.fullmatch(r"#ifdef (\w+)  // error: (.+)", line)
    if not match:
      sys.exit(f"{path}:{first + 1}: no '#ifdef CASE  // error: PATTERN'")
    last = lines.index("#endif", first)
    cases.append((match.group(1), first + 1, last + 1, match.group(2)))
  if not cases:
    sys.exit(f"{path}: no case")
  return cases


if __name__ == "__main__":
  sys.exit(main())

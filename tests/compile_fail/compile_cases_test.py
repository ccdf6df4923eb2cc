#!/usr/bin/env python3
"""Proves that compile_cases.py fails for files whose cases do not hold.

    compile_cases_test.py COMPILER
"""

import os
import subprocess
import sys
import tempfile

HOLDS = """\
#ifdef HOLDS  // error: declared
  x = y;
#endif
"""
# What stands in a function, and whether it passes.
BODIES = {
    "the case holds": (HOLDS, True),
    "two cases hold": (
        HOLDS + HOLDS.replace("HOLDS", "TOO").replace("y", "z"), True),
    "the case compiles": (HOLDS + """\
#ifdef COMPILES  // error: declared
  x = 2;
#endif
""", False),
    "another error": (HOLDS + """\
#ifdef OTHER_ERROR  // error: conver
  x = y;
#endif
""", False),
    "an error elsewhere": (HOLDS + """\
#ifdef ERROR_ELSEWHERE  // error: declared
  x = y;
#define ELSEWHERE
#endif
#if defined(ELSEWHERE)
  x = y;
#endif
""", False),
    "no pattern": ("#ifdef NO_PATTERN\n  x = y;\n#endif\n", False),
    "no case": ("", False),
    "never compiles": (HOLDS + "  x = y;\n", False),
}


def main() -> int:
  script = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                        "compile_cases.py")
  wrong = 0
  with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "cases.cc")
    for name, (body, passes) in BODIES.items():
      with open(path, "w", encoding="utf-8") as file:
        file.write(f"int Twice(int x) {{\n{body}  return 2 * x;\n}}\n")
      result = subprocess.run(
          [sys.executable, script, path, sys.argv[1], "-fsyntax-only"],
          capture_output=True, text=True, check=False)
      if (result.returncode == 0) != passes:
        print(f"{name}: exit status {result.returncode}\n"
              f"{result.stdout}{result.stderr}")
        wrong += 1
  return 1 if wrong else 0


if __name__ == "__main__":
  sys.exit(main())

#!/usr/bin/env python3
"""Proves that compile_case.py fails for cases that do not hold.

    compile_case_test.py COMPILER
"""

import os
import subprocess
import sys
import tempfile

SOURCE = """\
int Twice(int x) {
#ifdef HOLDS  // error: declared
  x = y;
#endif
#ifdef COMPILES  // error: declared
  x = 2;
#endif
#ifdef OTHER_ERROR  // error: conver
  x = y;
#endif
#ifdef ERROR_ELSEWHERE  // error: declared
#define ELSEWHERE
#endif
#ifdef ELSEWHERE
  x = y;
#endif
#ifdef NO_PATTERN
  x = y;
#endif
  return 2 * x;
}
"""
EXPECTED = {
    "Control": True, "HOLDS": True, "COMPILES": False, "OTHER_ERROR": False,
    "ERROR_ELSEWHERE": False, "NO_PATTERN": False, "MISSING": False,
}


def main() -> int:
  script = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                        "compile_case.py")
  wrong = 0
  with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "cases.cc")
    with open(path, "w", encoding="utf-8") as file:
      file.write(SOURCE)
    for case, passes in EXPECTED.items():
      result = subprocess.run(
          [sys.executable, script, path, case, sys.argv[1], "-fsyntax-only"],
          capture_output=True, text=True, check=False)
      if (result.returncode == 0) != passes:
        print(f"{case}: exit status {result.returncode}\n{result.stdout}")
        wrong += 1
  return 1 if wrong else 0


if __name__ == "__main__":
  sys.exit(main())

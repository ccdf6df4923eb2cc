#!/usr/bin/env python3
"""Runs a program with a new folder as its last argument, gone afterwards.

    in_new_folder.py PROGRAM [ARGUMENT]...
"""

import subprocess
import sys
import tempfile


def main() -> int:
  if len(sys.argv) < 2:
    print(__doc__, file=sys.stderr)
    return 2
  with tempfile.TemporaryDirectory() as folder:
    return subprocess.run([*sys.argv[1:], folder], check=False).returncode


if __name__ == "__main__":
  sys.exit(main())

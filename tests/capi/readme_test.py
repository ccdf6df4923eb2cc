#!/usr/bin/env python3
"""Compiles the README's example in C, as the body of a program.

    readme_test.py ROOT COMPILER

ROOT is the source tree, COMPILER a C compiler.
"""

import pathlib
import subprocess
import sys
import unittest

ROOT = pathlib.Path()
COMPILER = ""


def example() -> str:
  """The README's first block of C."""
  readme = (ROOT / "README.md").read_text(encoding="utf-8").split("\n")
  begin = readme.index("```c") + 1
  return "\n".join(readme[begin:readme.index("```", begin)])


def complaints(body: str) -> str:
  """What the compiler says of a program that does this."""
  return subprocess.run(
      [COMPILER, "-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror",
       "-fsyntax-only", f"-I{ROOT / 'include'}", "-x", "c", "-"],
      input=f'#include <stdio.h>\n\n#include "orderstore/c.h"\n\n'
            f'int main(void) {{\n{body}\n  return 0;\n}}\n',
      capture_output=True, text=True, check=False).stderr


class ReadmeTest(unittest.TestCase):

  def test_the_example_is_c99(self):
    self.assertEqual(complaints(example()), "")

  def test_another_one_is_refused(self):
    for right, wrong in (("orderstore_view_open(", "orderstore_view_opn("),
                         ("&ann)", "ann)"), ("NULL, 0, ", "NULL, ")):
      with self.subTest(wrong):
        self.assertIn(right, example())
        self.assertIn("error: ", complaints(example().replace(right, wrong)))


if __name__ == "__main__":
  ROOT, COMPILER = pathlib.Path(sys.argv[1]), sys.argv[2]
  unittest.main(argv=sys.argv[:1])

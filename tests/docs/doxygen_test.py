#!/usr/bin/env python3
"""Proves that Doxygen makes pages of the public headers without a warning, and
what is in them.

    doxygen_test.py DOXYFILE
"""

import html
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

HEADERS = pathlib.Path(__file__).resolve().parents[2] / "include/orderstore"
DOXYFILE = pathlib.Path()


def run_doxygen(folder: str, *settings: str) -> subprocess.CompletedProcess:
  """With the settings in the place of those of the same name."""
  text = "\n".join([DOXYFILE.read_text(encoding="utf-8"),
                    f'OUTPUT_DIRECTORY = "{folder}"', *settings, ""])
  return subprocess.run(["doxygen", "-"], input=text, capture_output=True,
                        text=True, check=False)


def text_of(page: pathlib.Path) -> str:
  """What is to be read on a page, with single blanks."""
  text = re.sub(r"<[^>]*>", " ", page.read_text(encoding="utf-8"))
  return re.sub(r"\s+", " ", html.unescape(text))


class DoxygenTest(unittest.TestCase):

  @classmethod
  def setUpClass(cls):
    folder = tempfile.TemporaryDirectory()
    cls.addClassCleanup(folder.cleanup)
    cls.done = run_doxygen(folder.name)
    cls.pages = pathlib.Path(folder.name) / "docs"

  def page(self, name: str) -> str:
    return text_of(self.pages / f"{name}.html")

  def test_there_is_no_warning(self):
    self.assertEqual(self.done.stderr, "")
    self.assertEqual(self.done.stdout, "")
    self.assertEqual(self.done.returncode, 0)

  def test_what_has_no_comment_would_be_one(self):
    with tempfile.TemporaryDirectory() as folder:
      header = pathlib.Path(folder) / "orderstore/bare.h"
      header.parent.mkdir()
      header.write_text("// A file.\n\nnamespace orderstore {\n\n"
                        "// A class.\nclass Bare {\n public:\n  int f();\n};\n"
                        "\n}  // namespace orderstore\n", encoding="utf-8")
      done = run_doxygen(folder, f'INPUT = "{header.parent}"')
    self.assertNotEqual(done.returncode, 0)
    self.assertRegex(done.stderr, r"bare\.h:8: .*Bare.*not documented")

  def test_each_header_has_a_page_that_the_first_one_leads_to(self):
    first = (self.pages / "index.html").read_text(encoding="utf-8")
    pages = set(re.findall(r'href="(\w+_8h\.html)"', first))
    self.assertEqual(len(pages), len(list(HEADERS.rglob("*.h"))), pages)
    for page in pages:
      self.assertTrue((self.pages / page).is_file(), page)

  def test_a_class_has_its_files_comment_and_example(self):
    page = self.page("classorderstore_1_1Store")
    self.assertIn("An embedded, transactional store of customers", page)
    self.assertIn("Thread-safety: all methods may be called", page)
    self.assertIn("return txn. Redeem (scanned);".replace(" ", ""),
                  page.replace(" ", ""))

  def test_functions_of_c_are_there(self):
    page = self.page("durability_8h")
    self.assertIn("Waits until commit lsn is durable; it may be still to come.",
                  page)
    self.assertIn(" DEADLINE_EXCEEDED it was not until the time was over", page)

  def test_groups_and_tables_are_there(self):
    page = self.page("classorderstore_1_1Store")
    for title in ("Opening", "Writing", "Durability", "Watching"):
      self.assertIn(f" {title} ", page)
    self.assertIn(" DataLoss something is damaged or missing;", page)
    self.assertNotIn("///", page)

  def test_a_comment_of_several_members_is_at_each(self):
    page = self.page("structorderstore_1_1OpenReport")
    self.assertEqual(
        page.count("and of a transaction written in part. It was cut off."), 2)

  def test_what_is_not_for_users_is_not_there(self):
    for path in sorted(self.pages.glob("*.html")):
      text = path.read_text(encoding="utf-8")
      for name in ("engine_", "opened_", "follower_", "WaitIfSync", "ViewSlot",
                   "OpenStore", "LogFollower", "orderstore::txn",
                   "orderstore::table", "AbslHashValue"):
        self.assertNotRegex(text, rf"\b{name}\b", path.name)


if __name__ == "__main__":
  if len(sys.argv) != 2:
    sys.exit(__doc__)
  DOXYFILE = pathlib.Path(sys.argv[1])
  unittest.main(argv=sys.argv[:1])

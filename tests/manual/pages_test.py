#!/usr/bin/env python3
"""Proves that the man pages are complete, sound and true of the command.

    pages_test.py COMMAND FOLDER-OF-PAGES
"""

import collections
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import help_text  # pylint: disable=wrong-import-position

PROSE = pathlib.Path(__file__).resolve().parents[2] / "tools/manual"
COMMAND = ""
PAGES = pathlib.Path()


def page_of(subcommand: str) -> pathlib.Path:
  return PAGES / f"orderstore-{subcommand}.1"


def plain(roff: str) -> str:
  """What a page shows, without its layout."""
  roff = re.sub(r"\\f[BIR]|\\&", "", roff)
  for shown, written in (("-", r"\-"), ("'", r"\(aq"), ("^", r"\(ha"),
                         ("~", r"\(ti"), ("`", r"\(ga"), ("\\", r"\e")):
    roff = roff.replace(written, shown)
  return roff


# ---- Command lines in prose --------------------------------------------------


def example_lines(text: str) -> list[str]:
  """Command lines of `orderstore` in indented text, without what the shell
  makes of the rest of the line."""
  text = re.sub(r"\\\n", " ", text)
  text = re.sub(r"\$\(\(.*?\)\)", "1", text)
  found = []
  for line in text.split("\n"):
    if not line.startswith("  "):
      continue
    line = re.sub(r"\s\d?[<>]{1,2}&?\s*\S+", " ", line)
    parts = re.split(r"\|\|?|&&|;", line)
    found += [part.strip() for part in parts
              if part.strip().startswith("orderstore ")]
  return found


def mentions(text: str) -> list[str]:
  """Command lines in running text; they may lack arguments."""
  return re.findall(r"`(orderstore [^`]+)`", re.sub(r"\s+", " ", text))


def problem_of(line: str, is_whole: bool) -> str:
  """What the command does not have of a command line; nothing: it is right."""
  words = shlex.split(line)[1:]
  if words[0].startswith("-"):
    known = help_text.usage(COMMAND).options
    return "" if words[0] in known else f"no option {words[0]}"
  if words[0] not in help_text.subcommands(COMMAND):
    return f"no subcommand {words[0]}"
  usage = help_text.usage(COMMAND, words[0])
  arguments = 0
  words = words[1:]
  while words:
    word = words.pop(0)
    # A revision may be -1.
    if not re.match(r"-[^\d]", word):
      arguments += 1
      continue
    name, _, value = word.partition("=")
    if name not in usage.options:
      return f"no option {name}"
    if usage.options[name] and not value:
      if not words:
        return f"{name} has no value"
      words.pop(0)
  if arguments > usage.arguments_max:
    return f"{arguments} arguments, more than {usage.arguments_max}"
  if is_whole and arguments < usage.arguments_min:
    return f"{arguments} arguments, less than {usage.arguments_min}"
  return ""


class PagesTest(unittest.TestCase):

  @classmethod
  def setUpClass(cls):
    cls.subcommands = help_text.subcommands(COMMAND)
    cls.pages = [PAGES / "orderstore.1", *map(page_of, cls.subcommands)]

  def test_each_subcommand_has_a_page_and_each_page_a_subcommand(self):
    self.assertGreater(len(self.subcommands), 10)
    self.assertEqual(sorted(PAGES.glob("*.1")), sorted(self.pages))

  def test_each_option_is_in_its_page(self):
    for words in [(), *((name,) for name in self.subcommands)]:
      page = page_of(*words) if words else self.pages[0]
      terms = re.findall(r"\\fB(-[^\\]+)\\fR",
                         page.read_text(encoding="utf-8").replace(r"\-", "-"))
      options = help_text.usage(COMMAND, *words).options
      self.assertIn("--help", options)
      self.assertEqual(set(options) - set(terms), set(), page.name)

  def test_nothing_that_the_help_says_is_lost(self):
    # The titles of lists, and what CLI11 says of an argument's type.
    titles = {"Usage", "Positionals", "Options", "Subcommands", "TEXT",
              "REQUIRED", "Excludes", "Exit", "codes", "Example", "Examples"}
    for name in self.subcommands:
      # An argument whose type is called as itself stands there twice.
      text = re.sub(r"\b([A-Z]+) \1\b", r"\1", help_text.ask(COMMAND, name))
      said = collections.Counter(re.findall(r"\w+", text))
      shown = collections.Counter(re.findall(
          r"\w+", plain(page_of(name).read_text(encoding="utf-8"))))
      lost = {word for word in said - shown if word not in titles}
      self.assertEqual(lost, set(), name)

  def test_the_shells_page_has_its_commands(self):
    text = plain(page_of("shell").read_text(encoding="utf-8"))
    for term in ("begin [read]", "redeem VALUE", "dump [full]", "quit"):
      self.assertIn(f"\n.TP\n{term}\n", text)

  def test_groff_has_nothing_to_complain_of(self):
    done = subprocess.run(
        ["groff", "-K", "utf8", "-man", "-ww", "-Tutf8", "-Z", *self.pages],
        capture_output=True, text=True, check=False)
    self.assertEqual((done.returncode, done.stderr), (0, ""))

  def test_groff_would_complain(self):
    done = subprocess.run(
        ["groff", "-K", "utf8", "-man", "-ww", "-Tutf8", "-Z"],
        input=".TH X 1\n.SH NAME\nx \\- y\n.NOSUCH\n",
        capture_output=True, text=True, check=False)
    self.assertIn("NOSUCH", done.stderr)

  def test_references_lead_to_pages(self):
    for page in self.pages:
      text = plain(page.read_text(encoding="utf-8"))
      for name in re.findall(r"\b(orderstore[\w-]*)\(1\)", text):
        self.assertIn(PAGES / f"{name}.1", self.pages, page.name)

  def test_the_same_page_comes_out_at_any_time(self):
    with tempfile.TemporaryDirectory() as folder:
      again = pathlib.Path(folder) / "again.1"
      subprocess.run(
          [sys.executable, PROSE / "page.py", COMMAND,
           PROSE / "migrate.prose", again],
          env={**os.environ, "SOURCE_DATE_EPOCH": "1", "TZ": "Asia/Tokyo"},
          check=True)
      self.assertEqual(again.read_bytes(), page_of("migrate").read_bytes())


class ExamplesTest(unittest.TestCase):

  def test_examples_have_what_the_command_has(self):
    count = 0
    for path in sorted(PROSE.glob("*.prose")):
      text = path.read_text(encoding="utf-8")
      for line in example_lines(text):
        self.assertEqual(problem_of(line, is_whole=True), "",
                         f"{path.name}: {line}")
        count += 1
      for line in mentions(text):
        self.assertEqual(problem_of(line, is_whole=False), "",
                         f"{path.name}: {line}")
    self.assertGreater(count, 20)

  def test_details_of_the_help_fit_a_terminal_and_its_examples_line_up(self):
    count = 0
    for name in help_text.subcommands(COMMAND):
      lines = help_text.details(COMMAND, name)
      self.assertEqual([line for line in lines if len(line) > 80], [], name)
      before = ""
      for line in filter(None, lines):
        if before:
          goes_on = before.endswith(("\\", "&&"))
          self.assertRegex(line, r"^    \S" if goes_on else r"^  \S", name)
          count += 1
        if before or line.startswith("Example"):
          before = line
    self.assertGreater(count, 20)

  def test_wrong_examples_are_noticed(self):
    for line, problem in (
        ("orderstore frobnicate shop", "no subcommand frobnicate"),
        ("orderstore --nonsense", "no option --nonsense"),
        ("orderstore export shop --nonsense", "no option --nonsense"),
        ("orderstore export shop --format", "--format has no value"),
        ("orderstore backup shop", "1 arguments, less than 2"),
        ("orderstore report shop shop", "2 arguments, more than 1")):
      self.assertEqual(problem_of(line, is_whole=True), problem)
    for line in ("orderstore export shop --format=csv --file x",
                 "orderstore migrate shop downgrade -1",
                 "orderstore process - b.csv --top 3", "orderstore --version"):
      self.assertEqual(problem_of(line, is_whole=True), "")

  def test_examples_are_found_in_shell_lines(self):
    self.assertEqual(
        example_lines("  echo x | orderstore shell shop > y 2>&1 || orderstore "
                      "log shop --from $((n + 1))\n"
                      "  orderstore report \\\n    shop <<END\n"
                      "orderstore is a word here\n"),
        ["orderstore shell shop", "orderstore log shop --from 1",
         "orderstore report      shop"])
    self.assertEqual(mentions("a `orderstore\nlog DIR` b `orders`"),
                     ["orderstore log DIR"])


if __name__ == "__main__":
  if len(sys.argv) != 3:
    sys.exit(__doc__)
  COMMAND, PAGES = sys.argv[1], pathlib.Path(sys.argv[2])
  unittest.main(argv=sys.argv[:1])

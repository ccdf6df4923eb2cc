#!/usr/bin/env python3
"""Drives the completion for bash as bash does.

    completion_test.py COMMAND
"""

import os
import pathlib
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import help_text  # pylint: disable=wrong-import-position

SCRIPT = (pathlib.Path(__file__).resolve().parents[2]
          / "tools/completion/orderstore")
COMMAND = ""

# Bash allows `compopt` during a completion only: here it tells what was asked
# for.
DRIVER = r"""
set -u
compopt() { echo "$*"; }
source "$1"
COMP_WORDS=("${@:3}")
COMP_CWORD=$(($# - 3))
_orderstore "$2"
((${#COMPREPLY[@]} == 0)) || printf '%s\n' "${COMPREPLY[@]}"
"""

FOLDERS = ["-o dirnames"]
FILES = ["-o default"]


class CompletionTest(unittest.TestCase):

  def complete(self, *words: str) -> list[str]:
    """What is offered for the last of the words, which bash divides at = and :
    as they are here. Bash's own completion of names shows as its option."""
    done = subprocess.run(
        ["bash", "--norc", "--noprofile", "-c", DRIVER, "bash", SCRIPT, COMMAND,
         "orderstore", *words],
        capture_output=True, text=True, check=True)
    self.assertEqual(done.stderr, "")
    return sorted(done.stdout.split("\n")[:-1])

  def test_all_subcommands_are_offered(self):
    names = help_text.subcommands(COMMAND)
    self.assertEqual(self.complete(""), sorted(names))
    self.assertEqual(self.complete("sal"), ["salvage"])
    self.assertEqual(self.complete("sh"), ["shell"])
    self.assertEqual(self.complete("nonsense"), [])

  def test_all_options_of_all_subcommands_are_offered(self):
    self.assertEqual(self.complete("-"),
                     sorted(help_text.usage(COMMAND).options))
    for name in help_text.subcommands(COMMAND):
      options = help_text.usage(COMMAND, name).options
      self.assertIn("--help", options)
      self.assertEqual(self.complete(name, "-"), sorted(options), name)
      self.assertEqual(self.complete(name, "DIR", "-"), sorted(options), name)

  def test_an_option_is_completed(self):
    self.assertEqual(self.complete("export", "shop", "--part"),
                     ["--partition-by"])
    self.assertEqual(self.complete("process", "-", "b.csv", "--js"), ["--json"])

  def test_values_that_there_is_a_choice_of(self):
    self.assertEqual(self.complete("shell", "--durability", ""),
                     ["async", "sync"])
    self.assertEqual(self.complete("export", "shop", "--format", "c"), ["csv"])
    self.assertEqual(self.complete("archive", "--format", ""), ["sql", "store"])
    self.assertEqual(self.complete("import", "shop", "--duplicates", ""),
                     ["drop-all", "keep-first", "prefer-sold"])

  def test_values_behind_an_equals_sign(self):
    self.assertEqual(self.complete("export", "--format", "=", ""),
                     ["csv", "sql"])
    self.assertEqual(self.complete("export", "--format", "="), ["csv", "sql"])
    self.assertEqual(self.complete("export", "--format", "=", "s"), ["sql"])
    # Where bash does not divide words there.
    self.assertEqual(self.complete("export", "--format=s"), ["--format=sql"])

  def test_a_value_that_more_has_to_follow(self):
    self.assertEqual(self.complete("export", "--partition-by", "c"),
                     ["-o nospace", "customer-hash:"])
    self.assertEqual(self.complete("export", "--partition-by", "o"),
                     ["order-month"])
    self.assertEqual(
        self.complete("export", "--partition-by", "customer-hash", ":", "1"),
        [])

  def test_values_that_nobody_knows(self):
    for words in (("report", "--top", ""), ("export", "shop", "--to", ""),
                  ("archive", "shop", "--before", "")):
      self.assertEqual(self.complete(*words), [], words)

  def test_files_and_folders(self):
    self.assertEqual(self.complete("import", ""), FOLDERS)
    self.assertEqual(self.complete("backup", "shop", ""), FOLDERS)
    self.assertEqual(self.complete("salvage", "shop", "s"), FOLDERS)
    self.assertEqual(self.complete("process", ""), FILES)
    self.assertEqual(self.complete("import", "shop", "o.csv", ""), FILES)
    self.assertEqual(self.complete("import", "shop", "--rejects", ""), FILES)
    self.assertEqual(self.complete("import", "shop", "--from", ""), FILES)
    # Also of a snapshot file.
    self.assertEqual(self.complete("report", ""), FILES)

  def test_arguments_are_counted_without_options_and_their_values(self):
    before = ["import", "--top", "3", "--strict", "--customers", "c.csv"]
    self.assertEqual(self.complete(*before, ""), FOLDERS)
    self.assertEqual(self.complete(*before, "shop", ""), FILES)
    self.assertEqual(
        self.complete("import", "--from", "postgresql", ":", "///tickets", ""),
        FOLDERS)
    # All are given: options remain.
    self.assertIn("--json", self.complete("report", "shop", ""))

  def test_actions_and_revisions_of_migrate(self):
    self.assertEqual(self.complete("migrate", ""), FOLDERS)
    self.assertEqual(self.complete("migrate", "shop", ""),
                     ["current", "downgrade", "history", "upgrade"])
    self.assertEqual(self.complete("migrate", "shop", "upgrade", ""),
                     ["0001", "0002", "0003", "head"])
    self.assertEqual(self.complete("migrate", "shop", "upgrade", "h"), ["head"])

  def test_a_command_that_is_not_there_offers_nothing(self):
    done = subprocess.run(
        ["bash", "--norc", "--noprofile", "-c", DRIVER, "bash", SCRIPT,
         "/nonexistent/orderstore", "orderstore", "export", "-"],
        capture_output=True, text=True, check=True)
    self.assertEqual((done.stdout, done.stderr), ("", ""))


if __name__ == "__main__":
  if len(sys.argv) != 2:
    sys.exit(__doc__)
  COMMAND = sys.argv[1]
  unittest.main(argv=sys.argv[:1])

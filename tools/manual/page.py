#!/usr/bin/env python3
"""Makes a man page of what a command says of itself and of prose.

    page.py COMMAND PROSE PAGE

PROSE is a file NAME.prose, where NAME is a subcommand, or `orderstore` for the
command as a whole. Arguments, options and details come from the help text, so
that they are never older than the program. A line `[SECTION]` begins a section
of the prose, which is written as roff.py says.

A page has no date: the same program and prose give the same bytes.
"""

import pathlib
import re
import subprocess
import sys

sys.dont_write_bytecode = True  # The folder is the source's.
from roff import (  # pylint: disable=wrong-import-position
    blocks_of, bold, escape, indent_of, marked, split_row, tagged)

SECTIONS = (
    "NAME", "SYNOPSIS", "DESCRIPTION", "ARGUMENTS", "OPTIONS", "SUBCOMMANDS",
    "COMMANDS", "DETAILS", "EXIT STATUS", "DIAGNOSTICS", "ENVIRONMENT", "FILES",
    "EXAMPLES", "SEE ALSO")


def run(command: list[str], text: str = "") -> str:
  return subprocess.run(command, input=text, capture_output=True, text=True,
                        check=True).stdout


# ---- What the command says ---------------------------------------------------


def entries_of(lines: list[str]) -> list[tuple[str, str]]:
  """Names and meanings in a list of arguments, options or subcommands."""
  entries = []
  for line in lines:
    if indent_of(line) == 2:
      entries.append(split_row(line.strip(), 0))
    else:
      name, meaning = entries.pop()
      entries.append((name, f"{meaning} {line.strip()}".strip()))
  return entries


def argument(name: str, meaning: str) -> list[str]:
  word, *kind = name.split(" ")
  kind = [k for k in kind if k not in ("TEXT", "REQUIRED", word)]
  return tagged(" ".join([bold(word), *map(escape, kind)]), [meaning + "."])


def option(name: str, meaning: str) -> list[str]:
  name, _, excluded = name.partition(" Excludes: ")
  names, *value = name.removesuffix(" REQUIRED").split(" ")
  term = ", ".join(map(bold, names.split(",")))
  if excluded:
    meaning += f"; not with {' or '.join(excluded.split(' '))}"
  return tagged(" ".join([term, *(f"\\fI{escape(v)}\\fR" for v in value)]),
                [meaning + "."])


def subcommand(name: str, meaning: str) -> list[str]:
  return tagged(marked(f"orderstore-{name}(1)"), [meaning])


LISTS = {"Positionals:": ("ARGUMENTS", argument),
         "Options:": ("OPTIONS", option),
         "Subcommands:": ("SUBCOMMANDS", subcommand)}


def statuses(text: str) -> list[list[str]]:
  """`0 done; 1 failed. More.` as a table, and what else is said."""
  codes, *others = re.split(r"(?:\. |; )(?=[A-Z])", text, maxsplit=1)
  rows = re.split(r"; (?=\d )", codes.rstrip("."))
  return [[line for row in sorted(rows)
           for line in tagged(bold(row[0]), [row[2:] + "."])],
          *blocks_of(others)]


def shell_commands(command: str) -> list[list[str]]:
  """What the shell's `help` says of each of its commands."""
  names = re.findall(r"^    (\w+)", run([command, "shell"], "help\n"), re.M)
  answers = run([command, "shell"], "".join(f"help {n}\n" for n in names))
  texts = [text.split("\n")[:-1] for text in answers.split("ok\n")[:-1]]
  return [tagged(bold(usage.strip()), [line[4:] for line in meaning])
          for usage, *meaning in texts]


def read_help(command: str, words: list[str]) -> dict[str, list[list[str]]]:
  """The sections of a page that come from the command, as blocks of roff."""
  lists, _, footer = run([command, *words[1:], "--help"]).partition("\n\n\n")
  head, *lists = lists.strip().split("\n\n")
  summary, usage = head.split("\nUsage: ")
  name = " ".join(words)
  page = {title: [] for title in SECTIONS}
  page["SYNOPSIS"] = [[bold(name) + escape(usage.removeprefix(name))]]
  page["DESCRIPTION"] = blocks_of(summary.split("\n"))
  for text in lists:
    kind, *lines = text.split("\n")
    title, show = LISTS[kind]
    page[title] = [show(*entry) for entry in entries_of(lines)]
  if words[1:] == ["shell"]:
    page["COMMANDS"] = shell_commands(command)
  for text in re.split(r"\n\n|\n(?=Exit codes: )", footer.strip()):
    lines = text.split("\n")
    if text.startswith("Exit codes: "):
      page["EXIT STATUS"] += statuses(" ".join(lines)[len("Exit codes: "):])
    elif text.startswith("Example"):
      is_bare = lines[0] in ("Example:", "Examples:")
      page["EXAMPLES"] += blocks_of(lines[1:] if is_bare else lines)
    else:
      page["DETAILS"] += blocks_of(lines)
  return page


# ---- The page ----------------------------------------------------------------


def read_prose(path: pathlib.Path) -> dict[str, list[list[str]]]:
  _, *parts = re.split(r"^\[(.+)\]\n", path.read_text(encoding="utf-8"),
                       flags=re.M)
  return {title.upper(): blocks_of(text.split("\n"))
          for title, text in zip(parts[::2], parts[1::2])}


def make_page(command: str, prose_path: pathlib.Path) -> str:
  words = ["orderstore"]
  if prose_path.stem != words[0]:
    words.append(prose_path.stem)
  page = read_help(command, words)
  for title, blocks in read_prose(prose_path).items():
    page[title] += blocks
  name = escape("-".join(words))
  page["NAME"] = [[f"{name} \\- {page['NAME'][0][1]}"]]
  roff = ['.\\" Made by tools/manual/page.py.',
          f'.TH {name.upper()} 1 "" "{run([command, "--version"]).strip()}"'
          ' "User Commands"', ".nh", ".ad l"]
  for title, blocks in page.items():
    if blocks:
      roff += [f".SH {title}", *sum(blocks, [])]
  return "\n".join(roff) + "\n"


def main() -> int:
  if len(sys.argv) != 4:
    print(__doc__, file=sys.stderr)
    return 2
  command, prose, page = sys.argv[1:]
  text = make_page(command, pathlib.Path(prose))
  pathlib.Path(page).write_text(text, encoding="utf-8")
  return 0


if __name__ == "__main__":
  sys.exit(main())

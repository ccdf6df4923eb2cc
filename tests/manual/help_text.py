"""What the command's help says of subcommands, options and arguments."""

import functools
import re
import subprocess
from typing import NamedTuple


class Usage(NamedTuple):
  options: dict[str, str]  # by name: what its value is; of a flag nothing
  arguments_min: int
  arguments_max: int


@functools.cache
def ask(command: str, *words: str) -> str:
  return subprocess.run([command, *words, "--help"], capture_output=True,
                        text=True, check=True).stdout


def entries(text: str, title: str) -> list[str]:
  """The lines of a list in a help text that begin an entry."""
  lists = text.partition("\n\n\n")[0]
  found = re.search(rf"^{title}:\n((?: +.*\n?)*)", lists, re.M)
  lines = found[1].split("\n") if found else []
  return [line.strip() for line in lines if re.match(r"  \S", line)]


def details(command: str, *words: str) -> list[str]:
  """The lines of what a help text says behind its lists."""
  return ask(command, *words).partition("\n\n\n")[2].split("\n")


def subcommands(command: str) -> list[str]:
  return [entry.split()[0] for entry in entries(ask(command), "Subcommands")]


def usage(command: str, *words: str) -> Usage:
  text = ask(command, *words)
  options = {}
  for entry in entries(text, "Options"):
    left = re.split(r" {2,}| Excludes: ", entry)[0].split(" ")
    value = left[1] if len(left) > 1 else ""
    options.update({name: value for name in left[0].split(",")})
  line = re.search(r"^Usage: .*\[OPTIONS\](.*)", text, re.M)
  arguments = line[1].split()
  required = [word for word in arguments if not word.startswith("[")]
  return Usage(options, len(required), len(arguments))

#!/usr/bin/env python3
"""Prints a public header as Doxygen wants to have it.

    documented.py HEADER

The headers are for those who read them: with plain comments, one of which may
speak of several declarations. Here these become what Doxygen takes:

  the file's first comment      documents the file, and its class if the file is
                                named for one
  a comment above declarations  documents each of them, up to a blank line
  a comment that stands alone   documents each declaration without a comment, up
                                to the next comment
  MEMBER;  // TEXT              documents the member
  a struct's comment            its first sentence documents data without another
  // ---- TITLE ----            within a class, begins a group; without more text
                                it also documents what comes next
  indented lines in a comment   are code, or a table if two blanks divide them

Left out is what is not for users: private and protected parts, friends, what
the compiler writes, declarations of inner classes, all outside of the library's
namespace, and what is for the preprocessor. Where that is possible, lines keep
their numbers, for messages.
"""

import pathlib
import re
import sys
from typing import NamedTuple

HEADING = re.compile(r"// -{4} (.*?)(?: -{4,})?$")
TRAILING = re.compile(r"^(.*?\S)\s+// (.*)$")
TYPE = re.compile(r"(?:template <.*> )?(?:typedef )?"
                  r"(class|struct|enum class|enum|union)\b ?(\w*).*\{$")
FORWARD = re.compile(r"(?:class|struct|enum class) \w+;$")
FRIEND = re.compile(r"(?:template <.*> )?friend\b")
# Without a comment these do what everybody expects.
SPECIAL = re.compile(r"(?:~\w+\(\)|(\w+)\(\1&&.*\)|\w+& operator=\(\w+&&.*\))"
                     r"(?: noexcept)?;$")


def indent_of(line: str) -> int:
  return len(line) - len(line.lstrip())


def simplified(code: str) -> str:
  """Without what Doxygen's parser may take for something else: macros of the
  library, digits in groups, values in braces, types that are only named."""
  code = re.sub(r"\bORDERSTORE_[A-Z_]+ (?=[\w~])", "", code)
  code = re.sub(r"(?<=\d)'(?=\d)", "", code)
  code = re.sub(r"^([^=(]*\w)\{", r"\1 = {", code)
  return code.replace("<struct ", "<")


def documentation(comment: list[str]) -> list[str]:
  texts = [line.strip()[2:] for line in comment]
  doc = []
  while texts:
    if not texts[0].startswith("   "):
      doc.append("///" + texts.pop(0))
      continue
    block = []
    while texts and (not texts[0] or texts[0].startswith("   ")):
      block.append(texts.pop(0)[3:])
    while not block[-1]:
      texts.insert(0, block.pop())
    is_table = any(re.search(r"\S {2,}\S", line.partition("//")[0].rstrip())
                   for line in block)
    # Not @verbatim: Doxygen 1.9.4 shows the slashes in it.
    kind = "unparsed" if is_table else "cpp"
    doc += [f"/// @code{{.{kind}}}", *(f"/// {line}" for line in block),
            "/// @endcode"]
  return doc


def first_sentence(doc: list[str]) -> list[str]:
  text = " ".join(line[4:] for line in doc).partition(". ")[0]
  return [f"/// {text.rstrip('.')}."] if text else []


class Scope(NamedTuple):
  kind: str
  indent: int
  # Of data without another comment.
  default: list[str]


class Header:

  def __init__(self, path: pathlib.Path):
    self._lines = path.read_text(encoding="utf-8").split("\n")
    self._name = "/".join(path.parts[-2:])
    self._class = "".join(map(str.capitalize, path.stem.split("_")))
    self._at = 0
    self._scopes = [Scope("file", 0, [])]
    self._group = ""         # the title of a group that is still to begin
    self._in_group = False
    self._alone = []         # a comment that stands alone in this scope
    self._cover = []         # what the next declaration is documented with
    self._is_above = False   # it stands right above that
    self._outer = []         # of the scopes around: what stands alone there
    self._out = []

  def documented(self) -> str:
    self._take_file_comment()
    while self._at < len(self._lines):
      line = self._lines[self._at].strip()
      if not line:
        self._cover = self._alone
        self._is_above = False
        self._at += 1
      elif line.startswith("#"):
        self._skip_directive()
      elif line.startswith("//"):
        self._take_comment()
      elif line.startswith("}"):
        self._leave()
      elif re.match(r"(private|protected):$", line):
        self._skip_to_end(self._scopes[-1].indent)
      else:
        self._take_declaration()
    return "\n".join(self._out) + "\n"

  # ---- Lines ----

  def _put(self, at: int, doc: list[str], code: list[str]):
    self._out += [""] * (at - len(doc) - len(self._out)) + doc + code

  def _skip_directive(self):
    while self._lines[self._at].endswith("\\"):
      self._at += 1
    self._at += 1

  def _skip_to_end(self, indent: int):
    """Up to a line that closes what begins at this indent."""
    while not self._lines[self._at].startswith(" " * indent + "}"):
      self._at += 1

  def _take_block(self) -> list[str]:
    begin = self._at
    while self._lines[self._at].lstrip().startswith("//"):
      self._at += 1
    return self._lines[begin:self._at]

  # ---- Comments ----

  def _take_file_comment(self):
    self._put(0, ["/// @file", *documentation(self._take_block())], [])

  def _take_comment(self):
    comment = self._take_block()
    heading = HEADING.match(comment[0].strip())
    self._cover = []
    if heading:
      comment = comment[1:]
      self._group = heading[1].rstrip(".")
      if not comment and self._in_type():
        self._cover = [f"/// {heading[1]}"]
    if comment:
      self._cover = documentation(comment)
    is_alone = not self._lines[self._at].strip()
    self._alone = self._cover if comment and is_alone else []
    self._is_above = bool(comment) and not is_alone

  # ---- Declarations ----

  def _in_type(self) -> bool:
    return self._scopes[-1].kind not in ("file", "namespace")

  def _take_declaration(self):
    begin = self._at
    code, trailing = self._take_statement()
    text = " ".join(line.strip() for line in code)
    is_type = TYPE.match(text)
    if re.match(r'(namespace orderstore|extern "C") \{$', text):
      self._enter("namespace", 0, [])
      self._put(begin, [], code)
    elif text.startswith("namespace "):
      self._skip_to_end(0)
      self._at += 1
    elif text == "public:":
      self._put(begin, [], code)
    elif is_type:
      self._take_type(begin, code, is_type[1], is_type[2])
    else:
      if text.endswith("{"):
        body = self._at
        self._skip_to_end(indent_of(code[0]))
        self._at += 1
        code += self._lines[body:self._at]
      if not self._is_left_out(text, bool(trailing)):
        self._put_member(begin, code, text, trailing)

  def _take_statement(self) -> tuple[list[str], str]:
    """Up to a line that ends one, or opens a body; and a comment behind it."""
    code = []
    trailing = ""
    while True:
      line = self._lines[self._at]
      self._at += 1
      found = TRAILING.match(line)
      if found:
        line, trailing = found[1], found[2]
      code.append(simplified(line))
      is_end = line.endswith((";", "{", "}", "public:"))
      if self._scopes[-1].kind.startswith("enum"):
        is_end = True
      if is_end and not code[-1].endswith("= {"):
        return code, trailing

  def _is_left_out(self, text: str, has_trailing: bool) -> bool:
    return bool(
        text.endswith(("= delete;", "= default;"))
        or FORWARD.match(text) or FRIEND.match(text)
        or (SPECIAL.match(text) and not self._cover and not has_trailing))

  def _take_type(self, begin: int, code: list[str], kind: str, name: str):
    doc = self._cover
    default = first_sentence(doc) if kind != "class" else []
    if name == self._class and not self._is_above:
      doc = [f"/// @copydoc {self._name}"]
      default = []
    self._put(begin, self._group_lines() + doc, code)
    self._enter(kind, indent_of(code[0]), default)

  def _put_member(self, begin: int, code: list[str], text: str, trailing: str):
    doc = self._cover
    if trailing and not self._is_above:
      doc = []
    is_data = "(" not in text.partition(" = ")[0]
    if not doc and not trailing and is_data:
      doc = self._scopes[-1].default
    if trailing:
      code[-1] += f" /**< {trailing} */"
    self._put(begin, self._group_lines() + doc, code)
    self._is_above = False

  # ---- Scopes and groups ----

  def _group_lines(self) -> list[str]:
    """What begins the group that is still to begin, and ends another."""
    if not self._group or not self._in_type():
      return []
    lines = ["/// @}", ""] if self._in_group else []
    lines += [f"/// @name {self._group}", "/// @{", ""]
    self._group = ""
    self._in_group = True
    return lines

  def _enter(self, kind: str, indent: int, default: list[str]):
    self._outer.append((self._alone, self._in_group))
    self._scopes.append(Scope(kind, indent, default))
    self._alone = self._cover = []
    self._is_above = False
    self._group = ""
    self._in_group = False

  def _leave(self):
    doc = ["", "/// @}"] if self._in_group else []
    self._put(self._at, doc, [simplified(self._lines[self._at])])
    self._at += 1
    is_namespace = self._scopes.pop().kind == "namespace"
    self._alone, self._in_group = self._outer.pop()
    self._group = ""
    self._cover = []
    if is_namespace:
      # What specializes others' templates.
      self._at = len(self._lines)


def main() -> int:
  if len(sys.argv) != 2:
    print(__doc__, file=sys.stderr)
    return 2
  sys.stdout.write(Header(pathlib.Path(sys.argv[1])).documented())
  return 0


if __name__ == "__main__":
  sys.exit(main())

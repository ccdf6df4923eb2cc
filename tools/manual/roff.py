"""Text as it stands in help texts and prose, turned into roff.

Lines at the margin are paragraphs. Lines that are indented stay as they are, or,
if two or more blanks divide one of them, are a table of terms and what they
mean; rows of such a table may also begin at the margin. `Words` in backquotes
are to be typed.
"""

import re

ROW = re.compile(r"(\S.*?) {2,}(\S.*)")
ROW_AT_MARGIN = re.compile(r"\S+ {2,}\S")


def escape(text: str) -> str:
  """Shown, and copied from the page, character by character."""
  for plain, roff in (("\\", "\\e"), ("-", "\\-"), ("'", "\\(aq"),
                      ("^", "\\(ha"), ("~", "\\(ti"), ("`", "\\(ga")):
    text = text.replace(plain, roff)
  return "\\&" + text if text.startswith(".") else text


def bold(text: str) -> str:
  return f"\\fB{escape(text)}\\fR"


def marked(text: str) -> str:
  """With what is between backquotes, and names of pages, in bold."""
  def with_pages(words: str) -> str:
    return re.sub(r"([a-z][\w\\-]*)(\(\d\))", r"\\fB\1\\fR\2", escape(words))

  return "".join(bold(part) if i % 2 else with_pages(part)
                 for i, part in enumerate(text.split("`")))


def indent_of(line: str) -> int:
  return len(line) - len(line.lstrip())


def blocks_of(lines: list[str]) -> list[list[str]]:
  """Each paragraph, table, or text that stays as it is, as lines of roff."""
  blocks = []
  lines = list(lines)
  while lines:
    block = [lines.pop(0)]
    if not block[0].strip():
      continue
    margin = indent_of(block[0])
    is_table = bool(ROW_AT_MARGIN.match(block[0]))
    while lines and lines[0].strip():
      if margin > 0:
        goes_on = indent_of(lines[0]) >= margin
      elif is_table:
        goes_on = (indent_of(lines[0]) > 0
                   or split_row(lines[0], column_of(block))[1] != "")
      else:
        goes_on = (indent_of(lines[0]) == 0
                   and not ROW_AT_MARGIN.match(lines[0]))
      if not goes_on:
        break
      block.append(lines.pop(0))
    block = [line[margin:] for line in block]
    if margin == 0 and not is_table:
      blocks.append([".PP", marked(" ".join(block))])
    elif column_of(block) > 0:
      blocks.append(table(block))
    else:
      blocks.append([".PP", ".RS 4", ".nf", *map(escape, block), ".fi", ".RE"])
  return blocks


def column_of(block: list[str]) -> int:
  """Where the meanings in a table begin; 0: it is none."""
  rows = [ROW.match(line) for line in block if indent_of(line) == 0]
  return min((row.start(2) for row in rows if row), default=0)


def split_row(line: str, column: int) -> tuple[str, str]:
  """A term, and its meaning if the line has that."""
  row = ROW.match(line)
  if row:
    return row[1], row[2]
  # A term that nearly reaches the meanings' column has one blank behind it.
  term = line[:column]
  if term.endswith(" ") and " " not in term.strip():
    return term.strip(), line[column:]
  return line, ""


def table(block: list[str]) -> list[str]:
  column = column_of(block)
  rows: list[tuple[str, list[str]]] = []
  begin = column
  for line in block:
    if indent_of(line) == 0:
      term, meaning = split_row(line, column)
      rows.append((term, [meaning]))
      begin = len(line) - len(meaning) if meaning else column
    else:
      rows[-1][1].append(line[min(begin, indent_of(line)):])
  return [line for term, meaning in rows
          for line in tagged(bold(term), meaning)]


def tagged(term: str, meaning: list[str]) -> list[str]:
  """A term, in roff, and what it means."""
  first, *others = blocks_of(meaning) or [[".PP", "\\&"]]
  if first[0] != ".PP":  # A table in a table.
    first, others = [".PP", "\\&"], [first, *others]
  roff = [".TP", term, *first[1:]]
  if others:
    roff += [".RS", *sum(others, []), ".RE"]
  return roff

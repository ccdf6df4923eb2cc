"""What the headers of the C API declare, as text: functions with the types of
what they return and take, structs with their fields, enumerators."""

import pathlib
import re
from typing import NamedTuple


class Field(NamedTuple):
  type: str
  name: str


class Headers:
  """The headers below a folder `include`."""

  def __init__(self, include: pathlib.Path):
    paths = sorted((include / "orderstore/c").glob("*.h"))
    text = "\n".join(path.read_text(encoding="utf-8") for path in paths)
    text = re.sub(r"//.*", "", text)
    text = re.sub(r"^\s*#.*", "", text, flags=re.MULTILINE)
    self.text = re.sub(r"\s+", " ", text)  # of all, without comments

  def functions(self) -> dict[str, list[str]]:
    """The type that each returns, and the types of what it takes."""
    found = {}
    for declaration in re.findall(r"ORDERSTORE_EXPORT ([^;]*);", self.text):
      head, arguments = declaration.rstrip(") ").split("(", 1)
      result = _field(head)
      taken = [] if arguments == "void" else [
          _field(argument).type for argument in arguments.split(",")]
      found[result.name] = [result.type, *taken]
    return found

  def structs(self) -> dict[str, list[Field]]:
    """The fields of each, in order."""
    return {name: [_field(field) for field in body.split(";") if field.strip()]
            for body, name in re.findall(
                r"typedef struct \w+ \{([^}]*)\} (\w+);", self.text)}

  def enums(self) -> dict[str, dict[str, int]]:
    """The enumerators of each, and their values."""
    return {name: {key: int(value) for key, value in re.findall(
                       r"(\w+) = (\w+)", body)}
            for body, name in re.findall(
                r"typedef enum \w+ \{([^}]*)\} (\w+);", self.text)}


def _field(declaration: str) -> Field:
  """Of `const char* file` or `char store_uuid[38]`."""
  words, name, array = re.fullmatch(r"\s*(.*?)\s*(\w+)(\[\w+\])?\s*",
                                    declaration).groups()
  return Field(words + (array or ""), name)

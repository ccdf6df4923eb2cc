"""What callers give, as the C API takes it.

ctypes cuts a number that is too large down to the bits that fit, and ends a
path at a NUL: so both are looked at here.
"""

from __future__ import annotations

import ctypes
import math
import os
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from operator import index
from typing import Any, Literal

from orderstore._library import GivenText, OptionKey, OptionStruct
from orderstore.errors import InvalidArgument

# A folder or file.
Path = str | bytes | os.PathLike[str] | os.PathLike[bytes]
# A time: a datetime with a time zone, or microseconds since 1970 in UTC.
Time = datetime | int
Durability = Literal["sync", "async"]

ID_MAX = 2**31 - 1
_INT64_MAX = 2**63 - 1
_UINT64_MAX = 2**64 - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MICROSECOND = timedelta(microseconds=1)
_DURABILITIES: dict[str | None, int] = {None: 0, "sync": 1, "async": 2}


# ---- Ids, texts, times ------------------------------------------------------


def key_id(id: int) -> int:
  """The id to look for; 0, which no row has, for what is no id."""
  number = index(id)
  return number if 0 < number <= ID_MAX else 0


def row_id(id: int) -> int:
  """The id of a row that is written, or referred to."""
  number = index(id)
  if not 0 < number <= ID_MAX:
    raise InvalidArgument(f"{number} is no id: ids are 1 to {ID_MAX}; nothing "
                          f"was done")
  return number


def optional_id(id: int | None) -> int:
  """The same, or 0 for none."""
  return 0 if id is None else row_id(id)


def encode(text: str, errors: str = "surrogatepass") -> bytes:
  """What is no text for the store, such as half a surrogate pair, becomes
  bytes that it finds nowhere and refuses."""
  if not isinstance(text, str):
    raise TypeError(f"a text is a str, not {type(text).__name__}")
  return text.encode("utf-8", errors)


def given(text: str) -> GivenText:
  data = encode(text)
  return GivenText(data, len(data))


def given_all(texts: Iterable[str]) -> Any:
  """An array of them."""
  encoded = [encode(text) for text in texts]
  array = (GivenText * len(encoded))()
  for place, data in zip(array, encoded):
    place.data = data
    place.size = len(data)
  return array


def key_ids(ids: Iterable[int]) -> Any:
  """An array of ids to look for."""
  keys = [key_id(id) for id in ids]
  return (ctypes.c_int32 * len(keys))(*keys)


def microseconds(time: Time) -> int:
  """Since 1970, in UTC."""
  if isinstance(time, datetime):
    if time.utcoffset() is None:
      raise InvalidArgument(
          f"{time!r} has no time zone; what is meant in UTC gets it by "
          f".replace(tzinfo=timezone.utc)")
    return (time - _EPOCH) // _MICROSECOND
  number = index(time)
  if not -_INT64_MAX <= number <= _INT64_MAX:
    raise InvalidArgument(f"{number} microseconds since 1970 are out of the "
                          f"store's range")
  return number


def optional_time(time: Time | None) -> Any:
  """A pointer to it, or None."""
  if time is None:
    return None
  return ctypes.pointer(ctypes.c_int64(microseconds(time)))


def datetime_of(time_us: int) -> datetime:
  """The opposite of microseconds()."""
  try:
    return _EPOCH + timedelta(microseconds=time_us)
  except OverflowError:
    raise OverflowError(
        f"{time_us} microseconds since 1970 are no time of the years 1 to "
        f"9999, which is what a datetime can be; the attribute whose name ends "
        f"in _us has the number") from None


# ---- How and where to -------------------------------------------------------


def path_bytes(path: Path) -> bytes:
  try:
    encoded = os.fsencode(path)
  except UnicodeEncodeError as error:
    raise InvalidArgument(f"the path {path!r} is none of a file system: "
                          f"{error.reason}") from None
  if b"\0" in encoded:
    raise InvalidArgument(f"the path {path!r} has a NUL character")
  return encoded


def c_string(text: str) -> bytes:
  """UTF-8 that C reads up to a NUL, and gives back."""
  try:
    encoded = encode(text, "strict")
  except UnicodeEncodeError as error:
    raise InvalidArgument(f"the text {text!r} is not Unicode: "
                          f"{error.reason}") from None
  if b"\0" in encoded:
    raise InvalidArgument(f"the text {text!r} has a NUL character")
  return encoded


def lsn_number(lsn: int) -> int:
  number = index(lsn)
  if not 0 <= number <= _UINT64_MAX:
    raise InvalidArgument(f"{number} is no LSN: they are 0 to {_UINT64_MAX}")
  return number


def count_number(count: int) -> int:
  number = index(count)
  if not 0 <= number <= _INT64_MAX:
    raise InvalidArgument(f"{number} is no number of rows")
  return number


def timeout_ms(timeout: float | None) -> int:
  """Of seconds; None, and more than anybody lives, is without end."""
  if timeout is None:
    return -1
  if not timeout >= 0:
    raise InvalidArgument(f"a timeout is a number of seconds from 0 on, or "
                          f"None; {timeout} is none")
  return math.ceil(min(timeout * 1000, 1e15))


def durability_number(durability: Durability | None) -> int:
  """None: as the store was opened with."""
  number = _DURABILITIES.get(durability)
  if number is None:
    raise InvalidArgument(f"there is no durability {durability!r}; there are "
                          f"'sync' and 'async'")
  return number


def options_array(**options: int | None) -> Any:
  """Options by the names of their keys, in small letters; None is the
  default."""
  chosen = [(name, index(value)) for name, value in options.items()
            if value is not None]
  for name, value in chosen:
    if not -_INT64_MAX <= value <= _INT64_MAX:
      raise InvalidArgument(f"{name} is out of range: {value}")
  return (OptionStruct * len(chosen))(*[
      OptionStruct(OptionKey[name.upper()], value) for name, value in chosen])

"""What a store tells while it runs, beside what its calls return and raise."""

from __future__ import annotations

import ctypes
import enum
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from orderstore._library import LoggerStruct, NoticeFunction


class Severity(enum.IntEnum):
  """How bad it is."""

  INFO = 1  # all is well
  WARNING = 2  # nothing is lost; look at it some time
  # Something does not work until somebody does something.
  ERROR = 3

  @property
  def level(self) -> int:
    """That of the module logging."""
    return {Severity.INFO: logging.INFO, Severity.WARNING: logging.WARNING,
            Severity.ERROR: logging.ERROR}[self]


class NoticeKind(enum.IntEnum):
  """What happened."""

  OPENED = 1
  SNAPSHOT_PASSED_OVER = 2  # it is damaged
  TAIL_CUT = 3  # what a crash had left
  SNAPSHOT_WRITTEN = 4
  SNAPSHOT_FAILED = 5
  # The snapshot is good, and some of the files that it replaces are still
  # there.
  OLD_FILES_REMAIN = 6
  # For good: nothing can be committed until the store is opened again.
  LOG_FAILED = 7
  # A commit was refused for lack of room; once, however many are.
  DISK_FULL = 8
  ROOM_AGAIN = 9  # a commit found it
  # A write that makes commits durable, or a transaction, took as long as the
  # option slow_sync_us or slow_transaction_us, or longer.
  SLOW_SYNC = 10
  SLOW_TRANSACTION = 11


@dataclass(frozen=True, slots=True)
class Notice:
  """What the store tells."""

  severity: Severity
  # A later version of the library may tell of more: then it is a number.
  kind: NoticeKind | int
  # One sentence or two in English, without a line end: what happened, what
  # holds now, and what to do, if there is anything. No rows of the store are in
  # it.
  message: str


OnNotice = Callable[[Notice], object] | None


class Listener:
  """Stands between the library and who hears of a store; lives as long as the
  store."""

  def __init__(self, on_notice: Callable[[Notice], object]) -> None:
    if not callable(on_notice):
      raise TypeError(f"on_notice is called with a Notice, and "
                      f"{type(on_notice).__name__} cannot be called")
    self._on_notice = on_notice
    self._logger = LoggerStruct(NoticeFunction(self._hear), None)
    self.address = ctypes.addressof(self._logger)

  def _hear(self, context: int | None, notice: Any) -> None:
    told = notice.contents
    kind: NoticeKind | int = told.kind
    if kind in tuple(NoticeKind):
      kind = NoticeKind(kind)
    self._on_notice(Notice(Severity(told.severity), kind,
                           told.message.decode("utf-8", "replace")))

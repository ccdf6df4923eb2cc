"""What the store raises: one class a code of the C API, all of them
OrderstoreError. Where Python has an exception that says the same, the class is
that as well, so that `except TimeoutError` and `except ValueError` work.

The methods say which they raise; besides these, any may raise InvalidArgument,
OutOfMemory, and Internal, for what nobody expects. An argument of a wrong type
is a TypeError, as everywhere.
"""

from __future__ import annotations

import enum


class Code(enum.IntEnum):
  """How a call ends; the numbers are those of orderstore/c/code.h."""

  OK = 0
  CANCELLED = 1
  UNKNOWN = 2
  INVALID_ARGUMENT = 3
  DEADLINE_EXCEEDED = 4
  NOT_FOUND = 5
  ALREADY_EXISTS = 6
  PERMISSION_DENIED = 7
  RESOURCE_EXHAUSTED = 8
  FAILED_PRECONDITION = 9
  OUT_OF_RANGE = 11
  INTERNAL = 13
  UNAVAILABLE = 14
  DATA_LOSS = 15
  OUT_OF_MEMORY = 100
  SCHEMA_MISMATCH = 101
  UNKNOWN_FORMAT = 102


class OrderstoreError(Exception):
  """Something was not done. The text says to which row or file it happened,
  what holds now, and what to do.

  code     of Code; or its number, where a library gave one that this module
           does not know: then the error is of no subclass
  message  the text
  """

  code: int = Code.UNKNOWN

  def __init__(self, message: str, code: int | None = None) -> None:
    super().__init__(message)
    self.message = message
    if code is not None:
      self.code = code


class Cancelled(OrderstoreError):
  """What was asked to be cancelled was cancelled."""

  code = Code.CANCELLED


class Unknown(OrderstoreError):
  """Whether it happened is not known: the log failed meanwhile, and once the
  store is opened again it is known; or, of a commit, there was no memory to
  wait for the disk, and store.sync() makes it durable."""

  code = Code.UNKNOWN


class InvalidArgument(OrderstoreError, ValueError):
  """An argument is wrong, whatever the store holds. Nothing has changed."""

  code = Code.INVALID_ARGUMENT


class DeadlineExceeded(OrderstoreError, TimeoutError):
  """The time to wait was over."""

  code = Code.DEADLINE_EXCEEDED


class NotFound(OrderstoreError, LookupError):
  """There is no such row, store or file; or too few barcodes are left."""

  code = Code.NOT_FOUND


class AlreadyExists(OrderstoreError):
  """The id, email or value is taken; or a folder has files."""

  code = Code.ALREADY_EXISTS


class PermissionDenied(OrderstoreError, PermissionError):
  """The file system refuses, or the store is open to read only."""

  code = Code.PERMISSION_DENIED


class ResourceExhausted(OrderstoreError):
  """A limit is reached: of memory, of ids, of the disk."""

  code = Code.RESOURCE_EXHAUSTED


class FailedPrecondition(OrderstoreError):
  """The state does not admit it: the barcode is used, the transaction has
  ended, the store or view is closed, another process has the store open."""

  code = Code.FAILED_PRECONDITION


class OutOfRange(OrderstoreError):
  """The files do not reach back to this LSN, or end before it."""

  code = Code.OUT_OF_RANGE


class Internal(OrderstoreError):
  """A failure of the library that nobody expects. A transaction can only abort
  after it; a commit has aborted it."""

  code = Code.INTERNAL


class Unavailable(OrderstoreError):
  """The store is closed or its log has failed, or the disk has an error."""

  code = Code.UNAVAILABLE


class DataLoss(OrderstoreError):
  """Files are damaged. The text names file, offset and LSNs."""

  code = Code.DATA_LOSS


class OutOfMemory(OrderstoreError, MemoryError):
  """The system gave no memory. What only reads, and what opens, can be tried
  again; a transaction can only abort after it; a commit has aborted it."""

  code = Code.OUT_OF_MEMORY


class SchemaMismatch(FailedPrecondition):
  """The store has a schema revision that this library does not know: another
  version of the library helps."""

  code = Code.SCHEMA_MISMATCH


class UnknownFormat(FailedPrecondition):
  """A file has a format that this library does not know: the version of the
  library that wrote it reads it."""

  code = Code.UNKNOWN_FORMAT


_CLASSES: dict[int, type[OrderstoreError]] = {
    kind.code: kind
    for kind in (Cancelled, Unknown, InvalidArgument, DeadlineExceeded,
                 NotFound, AlreadyExists, PermissionDenied, ResourceExhausted,
                 FailedPrecondition, OutOfRange, Internal, Unavailable,
                 DataLoss, OutOfMemory, SchemaMismatch, UnknownFormat)
}


def error_of(code: int, message: str) -> OrderstoreError:
  """The error with this code."""
  kind = _CLASSES.get(code)
  return OrderstoreError(message, code) if kind is None else kind(message)

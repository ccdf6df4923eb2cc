"""A store's log as committed transactions, one after the other, for followers
that keep a copy."""

from __future__ import annotations

import ctypes
import enum
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType

from orderstore._library import ChangeStruct, LoggedTxnStruct, check, library
from orderstore.arguments import Path, datetime_of, lsn_number, path_bytes
from orderstore.errors import Code
from orderstore.handles import OneOfItsKind, PartHandle
from orderstore.rows import text_of


class ChangeKind(enum.IntEnum):
  """What happened to a row."""

  CUSTOMER_INSERTED = 1
  CUSTOMER_UPDATED = 2
  CUSTOMER_DELETED = 3
  ORDER_INSERTED = 4
  ORDER_UPDATED = 5
  ORDER_DELETED = 6
  BARCODE_INSERTED = 7
  BARCODE_UPDATED = 8
  BARCODE_DELETED = 9


@dataclass(frozen=True, slots=True)
class Change:
  """A row that a transaction changed: the columns as they are afterwards. What
  the kind does not have is None; a deletion has the id alone."""

  kind: ChangeKind
  id: int
  customer_id: int | None  # of an order
  order_id: int | None  # of a barcode; None: it is unassigned
  is_used: bool | None  # of a barcode
  # Of a customer, and of a barcode; None in an update: they stay as they are.
  email: str | None
  name: str | None
  value: str | None
  created_at_us: int | None  # of a row that was inserted
  updated_at_us: int | None


@dataclass(frozen=True, slots=True)
class LoggedTransaction:
  """A transaction: its changes in the order in which they were made; a row may
  change several times."""

  lsn: int
  changes: tuple[Change, ...]  # at least one
  # The newest updated_at_us that it gave to a row, which is the time of the
  # commit but for rows that were given times; None: it only deleted.
  time_us: int | None

  @property
  def time(self) -> datetime | None:
    """In UTC. OverflowError: not of the years 1 to 9999."""
    return None if self.time_us is None else datetime_of(self.time_us)


class ChangeLog(OneOfItsKind):
  """The log of a store, opened by open_log():

    with orderstore.open_log("shop", after=applied_lsn) as log:
      for transaction in log:
        apply(transaction)  # and remember its LSN, together with the changes

  The loop ends at the durable end of the log; a later loop goes on there. What
  it gives is on stable storage: a copy never gets ahead of the store. Whoever
  falls behind so far that the writer has removed what comes next begins anew,
  with a copy of the store.

  Threads: any may use it; calls from several at a time go one after the other.

  Every method raises FailedPrecondition once the log is closed.
  """

  def __init__(self, handle: PartHandle) -> None:
    """By open_log()."""
    self._handle = handle
    # What was read last, until it is given; else its LSN is 0.
    self._logged = LoggedTxnStruct()

  def __del__(self) -> None:
    # Ctrl-C may have come before it had any.
    handle = self.__dict__.get("_handle")
    if handle is not None:
      handle.close_unused()

  def __enter__(self) -> ChangeLog:
    return self

  def __exit__(self, kind: type[BaseException] | None,
               error: BaseException | None,
               traceback: TracebackType | None) -> None:
    self.close()

  def __iter__(self) -> Iterator[LoggedTransaction]:
    """The transactions up to the durable end. Errors as of next()."""
    while (transaction := self.next()) is not None:
      yield transaction

  def next(self) -> LoggedTransaction | None:
    """The next transaction; None: this is the durable end of the log, where a
    later call may find more. O(bytes of the transaction). Does not wait for a
    commit; it waits 0.2 s at most where a writer is just at work on what it
    reads. OutOfRange: the writer has removed what comes next. Others as
    open_log()'s; after an error of the store the call may be made again. After
    another exception, as Ctrl-C, which may come just before the caller has it,
    open the log anew after the LSN that was applied last."""
    with self._handle.lock:
      address, logged = self._handle.address(), self._logged
      # Where Ctrl-C came in between, it comes again.
      if logged.lsn == 0:
        code = library.orderstore_log_next(address, ctypes.byref(logged))
        if code == Code.NOT_FOUND:
          return None
        check(code)
      changes = logged.changes[:logged.change_count]
      transaction = LoggedTransaction(
          logged.lsn, tuple(_change_of(change) for change in changes),
          logged.time_us if logged.has_time else None)
      logged.lsn = 0
      return transaction

  @property
  def lsn(self) -> int:
    """The LSN of the transaction that was given last; before, the one that the
    log is read after."""
    lsn = ctypes.c_uint64()
    with self._handle.lock:
      check(library.orderstore_log_get_lsn(self._handle.address(),
                                           ctypes.byref(lsn)))
      return lsn.value if self._logged.lsn == 0 else lsn.value - 1

  @property
  def store_uuid(self) -> str:
    """The store's UUID. A copy of the store's folder has the same, a backup
    another one."""
    uuid = ctypes.c_char_p()
    with self._handle.lock:
      check(library.orderstore_log_get_store_uuid(self._handle.address(),
                                                  ctypes.byref(uuid)))
      return (uuid.value or b"").decode()

  def close(self) -> None:
    """Closes the log; does nothing if it is closed."""
    self._handle.close()


def open_log(folder: Path, *, after: int | None = None) -> ChangeLog:
  """Opens the log of the store in `folder`, to read from the transaction after
  LSN `after` on, where 0 is the state of an empty store; or, with None, from
  the oldest transaction that the log has. Works beside a process that has the
  store open to write, without its lock, and changes nothing in the folder.
  O(segments), and reads one of them.

    OutOfRange          the log does not reach back so far; the text names the
                        oldest LSN that it has
    FailedPrecondition  the log ends before `after`: what has been applied is
                        not of this store, or of a time that it was set back
                        from
    UnknownFormat, SchemaMismatch
                        it is of a format, or has a schema revision, that is
                        not known here
    NotFound            there is no store
    DataLoss            the log is damaged
    PermissionDenied, ResourceExhausted, Unavailable
                        from the file system
  """
  path = path_bytes(folder)
  handle = PartHandle(library.orderstore_log_destroy, "the log is closed",
                      set())
  log = ChangeLog(handle)  # closes what is opened, whatever comes now
  if after is None:
    check(library.orderstore_log_open_oldest(path, ctypes.byref(handle.made)))
  else:
    check(library.orderstore_log_open(path, lsn_number(after),
                                      ctypes.byref(handle.made)))
  return log


_CUSTOMER_TEXTS = (ChangeKind.CUSTOMER_INSERTED, ChangeKind.CUSTOMER_UPDATED)
_ORDER_COLUMNS = (ChangeKind.ORDER_INSERTED, ChangeKind.ORDER_UPDATED)
_BARCODE_COLUMNS = (ChangeKind.BARCODE_INSERTED, ChangeKind.BARCODE_UPDATED)
_INSERTED = (ChangeKind.CUSTOMER_INSERTED, ChangeKind.ORDER_INSERTED,
             ChangeKind.BARCODE_INSERTED)
_DELETED = (ChangeKind.CUSTOMER_DELETED, ChangeKind.ORDER_DELETED,
            ChangeKind.BARCODE_DELETED)


def _change_of(change: ChangeStruct) -> Change:
  kind = ChangeKind(change.kind)
  of_customer = kind in _CUSTOMER_TEXTS and change.has_text != 0
  of_barcode = kind in _BARCODE_COLUMNS
  return Change(
      kind=kind, id=change.id,
      customer_id=change.customer_id if kind in _ORDER_COLUMNS else None,
      order_id=(change.order_id or None) if of_barcode else None,
      is_used=change.is_used != 0 if of_barcode else None,
      email=text_of(change.email) if of_customer else None,
      name=text_of(change.name) if of_customer else None,
      value=text_of(change.value) if of_barcode and change.has_text else None,
      created_at_us=change.created_at_us if kind in _INSERTED else None,
      updated_at_us=None if kind in _DELETED else change.updated_at_us)

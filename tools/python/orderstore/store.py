"""A store that is open: how it is opened, written, read and looked after."""

from __future__ import annotations

import ctypes
import enum
import weakref
from collections.abc import Callable
from operator import index
from types import TracebackType
from typing import TypeVar

from orderstore._library import check, failure, library
from orderstore.arguments import (Durability, Path, durability_number,
                                  lsn_number, options_array, path_bytes,
                                  timeout_ms)
from orderstore.cancel import Cancel
from orderstore.errors import (Code, FailedPrecondition, InvalidArgument,
                               OrderstoreError)
from orderstore.handles import OneOfItsKind, PartHandle, StoreHandle
from orderstore.notices import Listener, OnNotice
from orderstore.reports import (OpenReport, Stats, open_report_of,
                                prometheus_text_of, stats_of)
from orderstore.transaction import Transaction
from orderstore.view import View


class SchemaRevision(enum.IntEnum):
  """What the tables have on a server that the store is exported to. In memory
  a store always has all of it."""

  TABLES = 1
  INDEXES = 2  # new stores are here
  TICKET_COUNT = 3


# Of an answer that has Store.prometheus_text().
PROMETHEUS_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_Part = TypeVar("_Part", View, Transaction)


class Store(OneOfItsKind):
  """A store that is open, by orderstore.open() and its like:

    with orderstore.open("shop") as store:
      ...

  The block closes it at its end. So does the end of the interpreter, or the
  collector of garbage once nobody has the store, its transactions or its views:
  as where the block ends by an exception in the middle of a transaction without
  a block of its own, which a note of the exception tells.

  Threads: every method may be called from any thread at any time; calls release
  the interpreter's lock. Transactions run one at a time; a reader never waits
  for a writer, a writer never for a reader, neither for a snapshot (but a
  commit that waits for the disk shares that with it). A call that waits is not
  interrupted by Ctrl-C, which comes through when it returns: give it a timeout,
  in seconds. Python itself loses one that comes while something is being
  collected, which then may stay open, a transaction too, as long as the process
  lives: a block does not leave that to the collector. Do not call methods in
  signal handlers, but Cancel.request().

  Every method raises FailedPrecondition once the store is closed.
  """

  def __init__(self, handle: StoreHandle, syncs: bool) -> None:
    """By orderstore.open() and its like."""
    self._handle = handle
    self._syncs = syncs  # unless a commit says otherwise
    # The end of the interpreter closes the handle itself.
    weakref.finalize(self, handle.close_collected).atexit = False

  def __enter__(self) -> Store:
    return self

  def __exit__(self, kind: type[BaseException] | None,
               error: BaseException | None,
               traceback: TracebackType | None) -> None:
    try:
      self.close()
    except FailedPrecondition as refused:
      if error is None:
        raise
      # The exception left it open, and says more.
      error.add_note(f"The store was not closed: {refused}")

  def close(self) -> None:
    """Makes all commits durable, closes the views that are open, and unlocks
    the folder; does nothing if it is closed. Waits for the open transaction and
    for calls that are under way; a snapshot being written is given up.

      FailedPrecondition  this thread has an open transaction, or is in a call
                          of the store, as on_notice may be; it is not closed
      Unknown, Unavailable, ResourceExhausted
                          the log has failed, or could not be marked as closed;
                          what is up to the durable LSN is durable. It is closed
    """
    self._handle.close()

  # ---- Writing and reading ----

  def transaction(self, *, timeout: float | None = None,
                  durability: Durability | None = None) -> Transaction:
    """Begins a transaction; waits for the one that is open, if any. Its commit
    is "sync" or "async" as `durability` says, or as the store was opened with.

      FailedPrecondition  this thread has an open transaction of this store
      DeadlineExceeded    another one was open until the time was over
      Unavailable         the log has failed, or the store is being closed
      PermissionDenied    it is open to read only
    """
    durability_number(durability)
    return self._open_part(
        library.orderstore_begin, (timeout_ms(timeout),),
        library.orderstore_txn_destroy, "the transaction has ended",
        lambda part: Transaction(self, part, durability))

  def view(self, *, latest: bool = False) -> View:
    """Opens a view of the newest commit that no crash can take back; in a store
    that is not durable by default, or with `latest`, of the newest of all.
    Never waits."""
    # Of orderstore_read_level.
    return self._open_view(library.orderstore_view_open, 1 if latest else 0)

  def view_at_least(self, lsn: int, *, timeout: float | None = None) -> View:
    """Opens a view that shows commit `lsn`; waits until that is durable. Errors
    as of wait_durable()."""
    return self._open_view(library.orderstore_view_open_at_least,
                           lsn_number(lsn), timeout_ms(timeout))

  # ---- Durability ----

  @property
  def durable_lsn(self) -> int:
    """The LSN of the newest commit that no crash takes back."""
    return self._lsn_of(library.orderstore_get_durable_lsn)

  def log_error(self) -> OrderstoreError | None:
    """Unavailable, not raised, if nothing can be committed any more: the log
    has failed, or the store is being closed; the text says which, and why. None
    also for a store without a log: in memory, or read only."""
    with self._handle.lock:
      address = self._handle.address()
      code = library.orderstore_log_status(address)
      return None if code == Code.OK else failure(code)

  def wait_durable(self, lsn: int, *, timeout: float | None = None) -> None:
    """Waits until commit `lsn` is durable; it may be still to come.

      DeadlineExceeded    it was not until the time was over
      Unknown             the log has failed; open the store again to learn
                          whether it is
      Unavailable         the log has failed or the store was closed, and there
                          is no such LSN
      FailedPrecondition  there is no such LSN yet, in a store without a log: in
                          memory, where a commit counts as durable at once, or
                          read only
    """
    number, wait = lsn_number(lsn), timeout_ms(timeout)
    with self._handle.lock:
      address = self._handle.address()
      check(library.orderstore_wait_durable(address, number, wait))

  def _wait_as_opened(self, lsn: int) -> None:
    """In a store that was opened with "sync", waits until commit `lsn` is
    durable; a store that is closed has made it so. Errors as of
    wait_durable()."""
    if self._syncs:
      try:
        self.wait_durable(lsn)
      except FailedPrecondition:
        pass

  def sync(self) -> int:
    """Makes everything committed so far durable, and returns the LSN of the
    newest commit of it. Errors as of wait_durable()."""
    return self._lsn_of(library.orderstore_sync)

  # ---- Snapshots and backups ----

  def write_snapshot(self) -> int:
    """Writes the state of a durable commit to a snapshot file in the store's
    folder, and returns its LSN; the next opening begins there. Older snapshots
    and the log before the oldest kept go. Writes nothing if the newest snapshot
    is of that state, or nothing was ever committed. Waits for one that is being
    written. O(rows); transactions go on meanwhile.

      FailedPrecondition  the store has no folder, or is open to read only
      Unavailable         it is being closed
      Cancelled           it was closed meanwhile
      Unknown             the log has failed
      DataLoss            the rows in memory are not those that were committed
      PermissionDenied, ResourceExhausted
                          from the file system; nothing is lost. That older
                          files could not be removed is no error:
                          snapshot_error() tells
    """
    return self._lsn_of(library.orderstore_write_snapshot)

  def snapshot_error(self) -> OrderstoreError | None:
    """The error with which the last snapshot ended that was tried since the
    store was opened, or the removal of the older files that it replaced, also
    in the background, where nobody else hears of it. None: all went well, or
    none was tried."""
    with self._handle.lock:
      address = self._handle.address()
      code = library.orderstore_snapshot_status(address)
      return None if code == Code.OK else failure(code)

  def backup(self, folder: Path, *, cancel: Cancel | None = None) -> int:
    """Writes a copy of the store, as a view shows it, to `folder`, which must
    be missing or empty, and returns its LSN; the copy can be opened as a store
    of its own. Works also when the log has failed. O(rows); transactions go on
    meanwhile.

    Errors, after which there is no store there:
      AlreadyExists  the folder has files
      NotFound       its parent is missing
      Cancelled      `cancel` was requested
      PermissionDenied, ResourceExhausted, Unavailable
                     from the file system
    """
    path = path_bytes(folder)
    wish = None if cancel is None else cancel.address
    lsn = ctypes.c_uint64()
    with self._handle.lock:
      address = self._handle.address()
      check(library.orderstore_backup(address, path, wish, ctypes.byref(lsn)))
    return lsn.value

  # ---- Watching ----

  def stats(self) -> Stats:
    """Sizes, memory and durability. Never waits for another thread."""
    with self._handle.lock:
      address = self._handle.address()
      return stats_of(address)

  def prometheus_text(self, store_name: str | None = None) -> str:
    """The figures, and what opening the store found, in Prometheus' text
    exposition format: an answer with PROMETHEUS_CONTENT_TYPE. With a name,
    every sample has the label store="NAME". Never waits for another thread."""
    with self._handle.lock:
      address = self._handle.address()
      return prometheus_text_of(address, store_name)

  def check(self, *, timeout: float | None = None) -> None:
    """Recomputes every index, count, digest and ranking from the rows and
    compares. Waits for the open transaction and holds up later ones meanwhile.
    O(rows).

      DataLoss            they differ; the text names the first difference
      FailedPrecondition  this thread has an open transaction
      DeadlineExceeded    another one was open until the time was over
    """
    wait = timeout_ms(timeout)
    with self._handle.lock:
      address = self._handle.address()
      check(library.orderstore_check(address, wait))

  def open_report(self) -> OpenReport:
    """What opening the store found and did."""
    with self._handle.lock:
      address = self._handle.address()
      return open_report_of(address)

  @property
  def schema_revision(self) -> SchemaRevision:
    """The revision that the store's files say; see migrate()."""
    revision = ctypes.c_uint32()
    with self._handle.lock:
      address = self._handle.address()
      check(library.orderstore_get_schema_revision(address,
                                                   ctypes.byref(revision)))
    return SchemaRevision(revision.value)

  # ---- How it is done ----

  def _lsn_of(self, question: Callable[..., int]) -> int:
    lsn = ctypes.c_uint64()
    with self._handle.lock:
      address = self._handle.address()
      check(question(address, ctypes.byref(lsn)))
    return lsn.value

  def _open_view(self, opening: Callable[..., int], *arguments: int) -> View:
    return self._open_part(
        opening, arguments, library.orderstore_view_destroy,
        "the view is closed", lambda part: View(self, part))

  def _open_part(self, opening: Callable[..., int], arguments: tuple[int, ...],
                 destroy: Callable[[int], None], gone: str,
                 part_of: Callable[[PartHandle], _Part]) -> _Part:
    """A part of the store, known to it before anybody can close it."""
    with self._handle.lock:
      address = self._handle.address()
      part = PartHandle(destroy, gone, self._handle.parts)
      try:
        check(opening(address, *arguments, ctypes.byref(part.made)))
        return part_of(part)
      except BaseException:
        part.close()
        raise


# ---- Opening ----------------------------------------------------------------


def open(folder: Path, *, durability: Durability = "sync",
         memory_bytes_max: int | None = None, huge_pages: bool | None = None,
         async_delay_max_us: int | None = None,
         async_bytes_max: int | None = None, segment_bytes: int | None = None,
         snapshot_interval_s: int | None = None,
         snapshot_log_bytes: int | None = None,
         snapshots_kept: int | None = None,
         snapshot_compression: bool | None = None, on_notice: OnNotice = None,
         slow_transaction_us: int | None = None,
         slow_sync_us: int | None = None) -> Store:
  """Opens the store in `folder` to read and write, or makes one if the folder
  is empty or missing (its parent must exist). One process can at a time.
  O(rows).

  durability            what commits wait for unless they are told otherwise:
                        "sync" returns once they are on stable storage, "async"
                        at once: they are there a little later
  memory_bytes_max      the most memory that rows, versions and indexes may
                        take; 0, the default, is no limit. Inserts and updates
                        that would pass it are refused
  huge_pages            asks the kernel for huge pages; by default there are
                        none
  async_delay_max_us    an asynchronous commit is durable after this time, by
                        default 10000 microseconds
  async_bytes_max       and waits while more bytes than these are not, by
                        default 4 MiB
  segment_bytes         the size of each file of the log: 16 KiB to 1 GiB, by
                        default 16 MiB
  snapshot_interval_s   a snapshot is written in the background when something
                        was committed, and so many seconds have come since the
                        newest one, by default 3600; 0: never for this reason
  snapshot_log_bytes    or so many bytes of log, by default 1 GiB; 0: never for
                        this reason
  snapshots_kept        how many are kept, and the log back to the oldest of
                        them; at least 1, by default 2
  snapshot_compression  writes snapshots of half the size in more time; by
                        default it does not
  on_notice             is called with each Notice of what happens to the store
                        beside what its calls return: that a snapshot failed,
                        the log, the disk is full, something was slow
  slow_transaction_us   it hears also of transactions that took so many
                        microseconds or more, by default 1000000; 0: of none
  slow_sync_us          and of writes that make commits durable, alike

    log = logging.getLogger("shop")
    orderstore.open("shop", on_notice=lambda notice: log.log(
        notice.severity.level, "%s", notice.message))

  on_notice is called by the thread that met the cause, in a call that opens,
  commits, aborts, waits for durability, writes a snapshot or closes, or by one
  of the store's own threads; by several at once, and before open() has
  returned. That thread goes on when it returns. Of the store, it may call
  view(), stats(), prometheus_text(), log_error(), snapshot_error(),
  durable_lsn, open_report() and schema_revision, which wait for nobody; other
  methods may wait for the very thread that is in it. What it raises is lost,
  but for sys.unraisablehook.

  None is the default. Errors, after which the folder is as it was, but for what
  a crash had left half done, and the beginnings of a store in one that was
  missing or empty:
    DataLoss            something is damaged or missing; see verify()
    FailedPrecondition  a process has the store open (the text has its id)
    UnknownFormat, SchemaMismatch
                        it is of a format, or has a schema revision, that is
                        not known here
    InvalidArgument     an option is out of range, or this is no folder, or one
                        of something else
    NotFound            the folder's parent is missing
    PermissionDenied, ResourceExhausted, Unavailable
                        from the file system, or no memory, address space or
                        thread
  """
  number = durability_number(durability)
  if number == 0:
    raise InvalidArgument("a store's durability is 'sync' or 'async'")
  return _open(
      library.orderstore_open, path_bytes(folder), on_notice=on_notice,
      syncs=durability == "sync", memory_bytes_max=memory_bytes_max,
      huge_pages=huge_pages, durability=number,
      async_delay_max_us=async_delay_max_us, async_bytes_max=async_bytes_max,
      segment_bytes=segment_bytes, snapshot_interval_s=snapshot_interval_s,
      snapshot_log_bytes=snapshot_log_bytes, snapshots_kept=snapshots_kept,
      snapshot_compression=snapshot_compression,
      slow_transaction_us=slow_transaction_us, slow_sync_us=slow_sync_us)


def open_read_only(folder: Path, *, huge_pages: bool | None = None,
                   on_notice: OnNotice = None) -> Store:
  """Opens the store in `folder` as it was at the newest durable commit there,
  and changes nothing in it. Works beside a process that has it open to write.
  Errors as of open(); NotFound: there is no store."""
  return _open(library.orderstore_open_read_only, path_bytes(folder),
               on_notice=on_notice, huge_pages=huge_pages)


def open_as_of(folder: Path, lsn: int, *, huge_pages: bool | None = None,
               on_notice: OnNotice = None) -> Store:
  """The same, as the store was at commit `lsn`, 0 the empty store. OutOfRange:
  the files do not reach back so far, or the store ends before."""
  return _open(library.orderstore_open_as_of, path_bytes(folder),
               lsn_number(lsn), on_notice=on_notice, huge_pages=huge_pages)


def open_snapshot(file: Path, *, huge_pages: bool | None = None,
                  on_notice: OnNotice = None) -> Store:
  """Opens one snapshot file to read only, as the store was at its LSN.
  NotFound: there is no such file. DataLoss: it is damaged, or its name says
  that it is of another LSN. Others as of open()."""
  return _open(library.orderstore_open_snapshot, path_bytes(file),
               on_notice=on_notice, huge_pages=huge_pages)


def in_memory(*, memory_bytes_max: int | None = None,
              huge_pages: bool | None = None, on_notice: OnNotice = None,
              slow_transaction_us: int | None = None) -> Store:
  """An empty store that lives in memory only; every commit counts as durable.
  The options are those of open(). InvalidArgument: one is out of range.
  ResourceExhausted: no address space is left; a store reserves 640 GiB, of
  which only what holds data takes memory."""
  return _open(library.orderstore_open_in_memory, on_notice=on_notice,
               memory_bytes_max=memory_bytes_max, huge_pages=huge_pages,
               slow_transaction_us=slow_transaction_us)


def migrate(folder: Path, to: SchemaRevision | int, *,
            segment_bytes: int | None = None,
            snapshots_kept: int | None = None,
            snapshot_compression: bool | None = None) -> SchemaRevision:
  """Gives the store in `folder`, which nobody has open, the revision `to`, and
  returns the one that it had. The rows stay as they are. A crash at any moment
  leaves one revision or the other. O(rows).

  Errors, after which the store has one of the two: InvalidArgument, there is no
  such revision; NotFound, there is no store; others as of open()."""
  revision = index(to)
  if revision not in tuple(SchemaRevision):
    raise InvalidArgument(f"there is no schema revision {revision}; they are 1 "
                          f"to {len(SchemaRevision)}")
  options = options_array(segment_bytes=segment_bytes,
                          snapshots_kept=snapshots_kept,
                          snapshot_compression=snapshot_compression)
  before = ctypes.c_uint32()
  check(library.orderstore_migrate(path_bytes(folder), revision, options,
                                   len(options), ctypes.byref(before)))
  return SchemaRevision(before.value)


def _open(opening: Callable[..., int], *place: bytes | int,
          on_notice: OnNotice, syncs: bool = True,
          **options: int | None) -> Store:
  listener = None if on_notice is None else Listener(on_notice)
  array = options_array(
      logger=None if listener is None else listener.address, **options)
  handle = StoreHandle(listener)
  try:
    check(opening(*place, array, len(array), ctypes.byref(handle.made)))
    return Store(handle, syncs)
  except BaseException:
    handle.close_unused()
    raise

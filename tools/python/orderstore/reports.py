"""What is told of a store and its files, in figures and texts."""

from __future__ import annotations

import ctypes
import enum
import os
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from orderstore._library import (FindingStruct, OpenReportStruct,
                                 SalvageReportStruct, StatsStruct,
                                 TableMemoryStruct, VerifyReportStruct, check,
                                 library)
from orderstore.arguments import c_string, datetime_of
from orderstore.errors import Code
from orderstore.rows import Counts, counts_of

# ---- Of a store that is open ------------------------------------------------


@dataclass(frozen=True, slots=True)
class OpenReport:
  """What opening a store found and did."""

  lsn: int  # of the state that was found
  counts: Counts  # as of `lsn`
  snapshot_lsn: int  # of the snapshot that was loaded; 0: none
  # When that was written, as its file tells; None: there is none, or it does
  # not tell.
  snapshot_time_us: int | None
  # Why snapshots were passed over: the file of each, and what is wrong with
  # it. What is older served.
  bad_snapshots: tuple[str, ...]
  replayed: int  # transactions that were replayed from the log
  # What a crash left of transactions that nobody was told of as committed: of
  # a torn write, and of a transaction written in part. It was cut off.
  torn_bytes: int
  unfinished_bytes: int
  removed_files: int  # temporary ones
  snapshot_seconds: float
  replay_seconds: float
  total_seconds: float
  created: bool  # the store is new
  closed_cleanly: bool  # so the last session ended

  @property
  def snapshot_time(self) -> datetime | None:
    """In UTC. OverflowError: not of the years 1 to 9999."""
    time_us = self.snapshot_time_us
    return None if time_us is None else datetime_of(time_us)


@dataclass(frozen=True, slots=True)
class TableMemory:
  """Memory of one table, in bytes."""

  row_bytes: int  # row slots, with the text that fits
  id_directory_bytes: int  # id -> row
  hash_index_bytes: int  # email or barcode value -> row
  child_index_bytes: int  # rows that refer to this table's rows


@dataclass(frozen=True, slots=True)
class SyncTimes:
  """How long the writes of the log took that made commits durable."""

  # Writes that took at most 10, 20, 50, 100, 200, 500 us and so on up to 10 s,
  # and longer than the bound before; the last one is of what took longer.
  counts: tuple[int, ...]
  sum_us: int  # of all writes


@dataclass(frozen=True, slots=True)
class Stats:
  """Figures of an open store. Every one is current when it is read; figures of
  one report may be some commits apart."""

  lsn: int  # of the newest commit
  counts: Counts  # as of `lsn`

  customers: TableMemory
  orders: TableMemory
  barcodes: TableMemory
  long_text_bytes: int  # text that did not fit into its slot
  unassigned_index_bytes: int
  ranking_bytes: int
  version_bytes: int  # old versions of rows that a view may still see
  memory_bytes: int  # the sum of all bytes above
  memory_bytes_max: int  # the option; 0: no limit

  # In a store without a folder, all is durable at once.
  durable_lsn: int  # no crash takes back what is up to it
  # What a crash now could lose: commits, their bytes in the log, and how long
  # ago the oldest was made.
  unsynced_transactions: int
  unsynced_bytes: int
  unsynced_age_us: int
  # False: the store is not open to write in a folder, and figures of the log
  # and of what was written are zeros.
  has_log: bool
  log_bytes: int  # written since the store was opened
  sync_times: SyncTimes  # since then

  snapshot_lsn: int  # of the newest snapshot; 0: there is none
  # How long ago it was written; None: there is none, or its file does not tell.
  snapshot_age_us: int | None
  # How long the last one took; None: none was written since the opening.
  snapshot_duration_us: int | None
  snapshot_being_written: bool  # now

  versions: int  # old versions of rows held
  read_views_open: int
  oldest_read_view_lsn: int  # `lsn` when no view is open
  # How long ago the first transaction ended that the oldest open view does not
  # see; 0: there is none. For so long, versions of rows that change are kept
  # for that view.
  oldest_read_view_lag_us: int


def open_report_of(store: int) -> OpenReport:
  """Of the store with this address."""
  report = OpenReportStruct()
  check(library.orderstore_get_open_report(store, ctypes.byref(report),
                                           ctypes.sizeof(report)))
  bad_snapshots = []
  for i in range(report.bad_snapshots):
    why = ctypes.c_char_p()
    check(library.orderstore_get_bad_snapshot(store, i, ctypes.byref(why)))
    bad_snapshots.append(_message(why.value))
  return OpenReport(**_figures_of(
      report, counts=counts_of(report.counts),
      snapshot_time_us=(report.snapshot_time_us if report.has_snapshot_time
                        else None),
      bad_snapshots=tuple(bad_snapshots), created=report.created != 0,
      closed_cleanly=report.closed_cleanly != 0))


def stats_of(store: int) -> Stats:
  """Of the store with this address."""
  stats = StatsStruct()
  check(library.orderstore_get_stats(store, ctypes.byref(stats),
                                     ctypes.sizeof(stats)))
  return Stats(**_figures_of(
      stats, counts=counts_of(stats.counts),
      customers=_memory_of(stats.customers), orders=_memory_of(stats.orders),
      barcodes=_memory_of(stats.barcodes),
      sync_times=SyncTimes(tuple(stats.sync_times.counts),
                           stats.sync_times.sum_us),
      has_log=stats.has_log != 0,
      snapshot_age_us=(stats.snapshot_age_us if stats.has_snapshot_age
                       else None),
      snapshot_duration_us=(
          stats.snapshot_duration_us if stats.has_snapshot_duration else None),
      snapshot_being_written=stats.snapshot_being_written != 0))


def prometheus_text_of(store: int, store_name: str | None) -> str:
  """Of the store with this address."""
  name = None if store_name is None else c_string(store_name)
  size = ctypes.c_size_t()
  capacity = 16 << 10
  while True:
    text = ctypes.create_string_buffer(capacity)
    code = library.orderstore_prometheus_text(store, name, text, capacity,
                                              ctypes.byref(size))
    if code != Code.OUT_OF_RANGE:
      check(code)
      return text.raw[:size.value].decode()
    # Its numbers may become longer until the next call.
    capacity = 2 * size.value


def _memory_of(memory: TableMemoryStruct) -> TableMemory:
  return TableMemory(**_figures_of(memory))


# ---- Of a store's files -----------------------------------------------------


class FindingKind(enum.IntEnum):
  """What a finding is."""

  # Something is wrong with a file, or it is missing.
  PROBLEM = 1
  # It should not be there and does no harm: temporary files that a crash left,
  # files of somebody else.
  WARNING = 2
  # The store does not open; `what` is what open() would say.
  DOES_NOT_OPEN = 3
  # Transactions behind the state that was saved: that are nowhere, and that
  # are there and could not be applied.
  LOST = 4
  UNAPPLIED = 5


@dataclass(frozen=True, slots=True)
class Finding:
  """Something that was found about the files of a store."""

  kind: FindingKind
  file: str  # its name in the folder; may be empty
  what: str  # in English, without the file's name; may be empty
  offset: int | None  # where in the file; None: all of it, or no file
  # The transactions that cannot be read because of it, or that the kind speaks
  # of, both included. None for the first: none; for the last: nobody knows how
  # far.
  first_lsn: int | None
  last_lsn: int | None


@dataclass(frozen=True, slots=True)
class VerifyReport:
  """What verify() found."""

  findings: tuple[Finding, ...]
  problems: int
  warnings: int
  opens: bool  # whether open() would open it
  open_lsn: int  # of the state that open() would find
  # Of the state that salvage() would save; None: nothing could be saved, or
  # the log was not replayed.
  provable_lsn: int | None
  newest_lsn: int  # the newest LSN that any file tells of
  # What a crash left of transactions that nobody was told of as committed; the
  # next opening cuts it off. No problem.
  torn_bytes: int
  unfinished_bytes: int
  store_uuid: str


@dataclass(frozen=True, slots=True)
class SalvageReport:
  """What salvage() saved."""

  findings: tuple[Finding, ...]  # problems, and what is lost
  problems: int
  is_whole: bool  # everything was saved, as far as the files tell
  lsn: int  # of the state that was saved
  counts: Counts  # as of `lsn`
  snapshot_lsn: int  # the snapshot it comes from; 0: the empty store
  newest_lsn: int  # the newest LSN that any file tells of
  store_uuid: str  # of the damaged store
  new_store_uuid: str  # of what was saved: a store of its own


def finding_of(finding: FindingStruct) -> Finding:
  return Finding(
      FindingKind(finding.kind), os.fsdecode(finding.file),
      _message(finding.what), None if finding.offset < 0 else finding.offset,
      finding.first_lsn or None, finding.last_lsn or None)


def verify_report_of(report: VerifyReportStruct,
                     findings: list[Finding]) -> VerifyReport:
  provable = report.provable_lsn if report.has_provable_lsn else None
  return VerifyReport(**_figures_of(
      report, findings=tuple(findings), opens=report.opens != 0,
      provable_lsn=provable, store_uuid=report.store_uuid.decode()))


def salvage_report_of(report: SalvageReportStruct,
                      findings: list[Finding]) -> SalvageReport:
  return SalvageReport(**_figures_of(
      report, findings=tuple(findings), counts=counts_of(report.counts),
      is_whole=report.is_whole != 0, store_uuid=report.store_uuid.decode(),
      new_store_uuid=report.new_store_uuid.decode()))


# ---- From the library -------------------------------------------------------


def _figures_of(struct: Any, **others: Any) -> dict[str, Any]:
  """The fields by name, but for those that say whether another one counts; in
  their place, or beside them, the others."""
  return {name: getattr(struct, name) for name, _ in struct._fields_
          if not name.startswith("has_")} | others


def _message(text: bytes | None) -> str:
  return (text or b"").decode("utf-8", "replace")

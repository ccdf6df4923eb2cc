#!/usr/bin/env python3
"""Opening and closing, options, durability, snapshots, backups, figures and
revisions."""

import os
import pathlib
import subprocess
import sys
import tempfile
import textwrap
import threading
import unittest
from datetime import timezone

import orderstore
from orderstore import (AlreadyExists, Cancelled, DataLoss, DeadlineExceeded,
                        FailedPrecondition, InvalidArgument, NotFound,
                        OutOfRange, PermissionDenied, ResourceExhausted)
from store_case import (SMALL, FolderCase, StoreCase, on_another_thread,
                        segment_file, snapshot_file)

README = pathlib.Path(__file__).resolve().parents[2] / "README.md"


class OpenTest(FolderCase):

  def test_a_store_is_made_and_found_again(self):
    self.assertTrue(self.store.open_report().created)
    self.put("A")
    self.store.close()
    self.open()
    report = self.store.open_report()
    self.assertFalse(report.created)
    self.assertTrue(report.closed_cleanly)
    self.assertEqual((report.lsn, report.replayed, report.snapshot_lsn),
                     (1, 1, 0))
    self.assertEqual(report.counts, orderstore.Counts(0, 0, 1, 1, 1))
    self.assertEqual((report.snapshot_time_us, report.snapshot_time),
                     (None, None))
    self.assertIsNone(self.store.log_error())
    self.assertEqual((report.torn_bytes, report.unfinished_bytes,
                      report.removed_files, report.bad_snapshots),
                     (0, 0, 0, ()))
    self.assertGreater(report.total_seconds, 0)
    self.assertEqual(self.barcodes(), ["A"])

  def test_folders_are_texts_or_paths(self):
    for folder in (str(self.folder / "text"), self.folder / "päth",
                   os.fsencode(self.folder / "bytes")):
      with orderstore.open(folder) as store:
        self.assertTrue(store.open_report().created)
      self.assertTrue(os.path.isdir(folder))

  def test_a_path_does_not_end_at_a_nul(self):
    path = str(self.folder / "new\0/shop")
    for opening in (orderstore.open, orderstore.open_read_only,
                    orderstore.open_snapshot, orderstore.verify,
                    orderstore.open_log, self.store.backup,
                    lambda path: orderstore.open_as_of(path, 1),
                    lambda path: orderstore.migrate(path, 1),
                    lambda path: orderstore.salvage(path, self.folder / "x"),
                    lambda path: orderstore.salvage(self.shop, path)):
      with self.raises(InvalidArgument, "NUL"):
        opening(path)
    self.assertEqual(os.listdir(self.folder), ["shop"])

  def test_half_a_surrogate_pair_is_in_no_path(self):
    for opening in (orderstore.open, orderstore.verify, self.store.backup):
      with self.raises(InvalidArgument, "surrogates"):
        opening(str(self.folder / "\ud83c"))
    # But this is how Python spells a byte that is not UTF-8.
    with orderstore.open(self.folder / "\udcff"):
      self.assertTrue(os.path.isdir(os.fsencode(self.folder) + b"/\xff"))

  def test_what_is_no_path_is_a_type_error(self):
    for wrong in (None, 5, object()):
      with self.assertRaises(TypeError):
        orderstore.open(wrong)

  def test_a_read_only_store_works_beside_a_writer(self):
    self.put("A")
    with orderstore.open_read_only(self.shop, huge_pages=True) as other:
      self.put("B")
      self.assertEqual(self.barcodes(other), ["A"])
      with self.raises(PermissionDenied, "read only"):
        other.transaction()
      with self.raises(FailedPrecondition, "read only"):
        other.write_snapshot()

  def test_a_store_is_read_as_of_an_lsn(self):
    self.put("A")
    self.put("B")
    for lsn, expected in ((0, []), (1, ["A"]), (2, ["A", "B"])):
      with orderstore.open_as_of(self.shop, lsn) as old:
        self.assertEqual(self.barcodes(old), expected)
    for lsn in (3, 2**64 - 1):
      with self.raises(OutOfRange, str(lsn)):
        orderstore.open_as_of(self.shop, lsn)
    for lsn in (-1, 2**64, 2**64 + 1):
      with self.raises(InvalidArgument, "no LSN"):
        orderstore.open_as_of(self.shop, lsn)

  def test_a_snapshot_file_is_read(self):
    self.put("A")
    self.store.write_snapshot()
    self.put("B")
    file = self.shop / snapshot_file(1)
    with orderstore.open_snapshot(file) as old:
      self.assertEqual(self.barcodes(old), ["A"])
      self.assertEqual(old.open_report().snapshot_lsn, 1)
    with self.raises(NotFound, "none"):
      orderstore.open_snapshot(self.shop / "none.snapshot")

  def test_what_does_not_open_says_why(self):
    self.put("A", "B", "C")
    self.put("D")
    with self.raises(FailedPrecondition, str(os.getpid())):
      orderstore.open(self.shop)
    with self.raises(NotFound, "no"):
      orderstore.open(self.folder / "no/shop")
    with self.raises(NotFound, "none"):
      orderstore.open_read_only(self.folder / "none")
    (self.folder / "file").write_text("text", encoding="utf-8")
    with self.raises(InvalidArgument, "file"):
      orderstore.open(self.folder / "file")
    self.store.close()
    self.flip_byte(segment_file(1), 4096 + 80)
    with self.raises(DataLoss, segment_file(1)):
      orderstore.open(self.shop)

  def test_a_bad_snapshot_is_passed_over_and_named(self):
    self.put("A")
    self.store.write_snapshot()
    self.put("B")
    self.store.write_snapshot()
    self.store.close()
    self.flip_byte(snapshot_file(2), 5000)
    self.open()
    [why] = self.store.open_report().bad_snapshots
    self.assertIn(snapshot_file(2), why)
    self.assertEqual(self.barcodes(), ["A", "B"])

  def test_options_are_set(self):
    self.store.close()
    self.open(durability="async", memory_bytes_max=10 << 20, huge_pages=True,
              async_delay_max_us=3600 * 10**6, async_bytes_max=1 << 20,
              segment_bytes=32 << 10, snapshot_interval_s=0,
              snapshot_log_bytes=0, snapshots_kept=1,
              snapshot_compression=True)
    self.assertEqual(self.store.stats().memory_bytes_max, 10 << 20)
    self.put("A")
    self.assertEqual(self.store.stats().unsynced_transactions, 1, "async")
    self.store.write_snapshot()
    self.put("B")
    self.store.write_snapshot()
    self.assertEqual([path.name for path in self.shop.glob("*.snapshot")],
                     [snapshot_file(2)])
    self.assertIn(32 << 10, {path.stat().st_size
                             for path in self.shop.glob("*.log")})

  def test_options_out_of_range_are_refused(self):
    for option in ({"memory_bytes_max": -1}, {"memory_bytes_max": 2**63},
                   {"memory_bytes_max": 2**64}, {"huge_pages": 2},
                   {"async_delay_max_us": -1}, {"async_bytes_max": -1},
                   {"segment_bytes": 1}, {"snapshot_interval_s": -1},
                   {"snapshot_log_bytes": -1}, {"snapshots_kept": 0},
                   {"snapshots_kept": 2**32 + 1},
                   {"snapshot_compression": -1}, {"durability": "often"},
                   {"durability": None}):
      with self.subTest(**option), self.raises(InvalidArgument):
        orderstore.open(self.folder / "other", **option)
    with self.assertRaises(TypeError):
      orderstore.open(self.folder / "other", segment_bytes="large")
    self.assertFalse((self.folder / "other").exists())


class CloseTest(FolderCase):

  def test_closing_unlocks_the_folder(self):
    self.put("A")
    self.store.close()
    self.open()
    self.assertTrue(self.store.open_report().closed_cleanly)

  def test_closing_twice_does_nothing(self):
    self.store.close()
    self.store.close()

  def test_a_block_closes_it_also_by_an_exception(self):
    for error in (None, KeyError("x")):
      with self.subTest(error=error):
        self.store.close()
        try:
          with orderstore.open(self.shop, **SMALL):
            if error:
              raise error
        except KeyError as caught:
          self.assertIs(caught, error)
        self.open()

  def test_an_exception_in_a_transaction_goes_on(self):
    self.store.close()
    try:
      with orderstore.open(self.shop, **SMALL) as store:
        txn = store.transaction()
        txn.insert_order(99)
    except NotFound as error:
      [note] = error.__notes__
    self.assertIn("not closed: this thread has an open transaction", note)
    del store, txn
    self.open()
    self.assertTrue(self.store.open_report().closed_cleanly)

  def test_this_threads_transaction_keeps_it_open(self):
    with self.store.transaction() as txn:
      txn.insert_barcode("A")
      with self.raises(FailedPrecondition, "transaction"):
        self.store.close()
    self.assertEqual(self.barcodes(), ["A"])

  def test_closing_waits_for_another_threads_transaction(self):
    begun, closing = threading.Event(), threading.Event()

    def sell():
      with self.store.transaction() as txn:
        begun.set()
        closing.wait()
        txn.insert_barcode("A")

    thread = threading.Thread(target=sell)
    thread.start()
    begun.wait()
    closer = threading.Thread(target=self.store.close)
    closer.start()
    closing.set()
    thread.join()
    closer.join()
    self.open()
    self.assertEqual(self.barcodes(), ["A"])


class DurabilityTest(FolderCase):

  def test_a_commit_is_as_durable_as_it_is_asked_to_be(self):
    self.assertEqual(self.put("A"), 1)
    self.assertEqual(self.store.durable_lsn, 1)
    with self.store.transaction() as txn:
      txn.insert_barcode("B")
      self.assertEqual(txn.commit("async"), 2)
    self.put("C", durability="async")
    self.assertEqual(self.store.durable_lsn, 1)
    self.assertEqual(self.store.stats().unsynced_transactions, 2)
    with self.store.transaction(durability="async") as txn:
      txn.insert_barcode("D")
      txn.commit("sync")
    self.assertEqual(self.store.durable_lsn, 4)
    with self.raises(InvalidArgument, "often"):
      self.store.transaction(durability="often")
    with self.store.transaction() as txn, self.raises(InvalidArgument):
      txn.commit("often")

  def test_an_async_store_commits_so_and_syncs_when_asked(self):
    self.store.close()
    self.open(durability="async")
    self.put("A")
    self.assertEqual(self.store.durable_lsn, 0)
    self.put("B", durability="sync")
    self.assertEqual(self.store.durable_lsn, 2)
    self.put("C")
    self.assertEqual(self.store.sync(), 3)
    self.assertEqual(self.store.durable_lsn, 3)

  def test_a_view_shows_what_is_durable_unless_it_is_asked_for_the_latest(self):
    self.put("A", durability="async")
    self.assertEqual(self.barcodes(), [])
    with self.store.view(latest=True) as view:
      self.assertEqual(view.lsn, 1)
      self.assertEqual([row.value for row in view.barcodes()], ["A"])
    self.store.sync()
    self.assertEqual(self.barcodes(), ["A"])

  def test_a_commit_is_waited_for(self):
    self.put("A", durability="async")
    self.store.wait_durable(1)
    self.store.wait_durable(1, timeout=0)
    for wait in (self.store.wait_durable, self.store.view_at_least):
      for timeout in (0, 0.001):
        with self.raises(DeadlineExceeded):
          wait(2, timeout=timeout)
    with self.store.view_at_least(1) as view:
      self.assertEqual(view.lsn, 1)

  def test_a_commit_to_come_is_waited_for(self):
    seen = []

    def wait():
      with self.store.view_at_least(1, timeout=600) as view:
        seen.append(view.counts().barcodes)

    thread = threading.Thread(target=wait)
    thread.start()
    self.put("A")
    thread.join()
    self.assertEqual(seen, [1])

  def test_a_timeout_is_a_number_of_seconds_from_0_on(self):
    self.put("A")
    for timeout in (None, 0, 0.5, 10**30, float("inf")):
      self.store.wait_durable(1, timeout=timeout)
    for timeout in (-1, -0.001, float("-inf"), float("nan")):
      with self.subTest(timeout), self.raises(InvalidArgument, "timeout"):
        self.store.wait_durable(1, timeout=timeout)
    with self.assertRaises(TypeError):
      self.store.wait_durable(1, timeout="1")
    for lsn in (-1, 2**64):
      with self.raises(InvalidArgument, "no LSN"):
        self.store.wait_durable(lsn)
      with self.raises(InvalidArgument, "no LSN"):
        self.store.view_at_least(lsn)

  def test_an_aborted_block_waits_for_what_it_has_read(self):
    self.put("A", durability="async")
    with self.assertRaises(KeyError):
      with self.store.transaction() as txn:
        self.assertIsNotNone(txn.find_barcode_by_value("A"))
        raise KeyError("A")
    self.assertEqual(txn.lsn, 1)
    self.assertEqual(self.store.durable_lsn, 1)

  def test_in_an_async_store_it_does_not(self):
    self.store.close()
    self.open(durability="async")
    self.put("A")
    with self.assertRaises(KeyError):
      with self.store.transaction():
        raise KeyError("A")
    self.assertEqual(self.store.durable_lsn, 0)


class CopiesTest(FolderCase):

  def test_a_snapshot_is_written_and_opened(self):
    self.put("A")
    self.assertEqual(self.store.write_snapshot(), 1)
    self.assertIsNone(self.store.snapshot_error())
    stats = self.store.stats()
    self.assertEqual((stats.snapshot_lsn, stats.has_log), (1, True))
    self.assertIsNotNone(stats.snapshot_age_us)
    self.assertIsNotNone(stats.snapshot_duration_us)
    self.assertEqual(sum(stats.sync_times.counts), 1)
    self.store.close()
    self.open()
    report = self.store.open_report()
    self.assertEqual(report.snapshot_lsn, 1)
    self.assertIs(report.snapshot_time.tzinfo, timezone.utc)
    self.assertIsNone(self.store.stats().snapshot_duration_us)

  def test_a_snapshot_that_failed_is_told_of(self):
    self.put("A")
    # In the place of the temporary file that it writes.
    (self.shop / (snapshot_file(1) + ".tmp")).mkdir()
    with self.assertRaises(orderstore.OrderstoreError) as caught:
      self.store.write_snapshot()
    error = self.store.snapshot_error()
    self.assertIs(type(error), type(caught.exception))
    self.assertEqual(str(error), str(caught.exception))

  def test_a_backup_is_a_store_of_its_own(self):
    self.put("A")
    copy = self.folder / "copy"
    self.assertEqual(self.store.backup(copy), 1)
    with orderstore.open(copy) as store:
      self.assertEqual(self.barcodes(store), ["A"])
    with self.raises(AlreadyExists, "copy"):
      self.store.backup(copy)
    with self.raises(NotFound):
      self.store.backup(self.folder / "no/copy")

  def test_a_backup_is_cancelled(self):
    self.put("A")
    cancel = orderstore.Cancel()
    copy = self.folder / "copy"
    on_another_thread(cancel.request)
    with self.raises(Cancelled):
      self.store.backup(copy, cancel=cancel)
    self.assertEqual(self.store.backup(copy, cancel=orderstore.Cancel()), 1)

  def test_the_same_rows_have_the_same_digests(self):
    self.put_shop()
    self.store.backup(self.folder / "copy")
    with (orderstore.open_read_only(self.folder / "copy") as copy,
          copy.view() as view, self.store.view() as own):
      self.assertEqual(view.digests(), own.digests())
      self.assertNotEqual(view.digests().barcodes, 0)
    self.put("X")
    with self.store.view() as newer:
      self.assertNotEqual(newer.digests(), own_digests(self.folder / "copy"))


def own_digests(folder) -> orderstore.Digests:
  with orderstore.open_read_only(folder) as store, store.view() as view:
    return view.digests()


class FiguresTest(StoreCase):

  def test_stats_tell_of_the_store(self):
    self.put_shop()
    with self.store.view():
      self.put("X")
      stats = self.store.stats()
    self.assertEqual(stats.counts, orderstore.Counts(2, 3, 8, 4, 7))
    self.assertEqual((stats.lsn, stats.durable_lsn, stats.snapshot_lsn),
                     (2, 2, 0))
    self.assertEqual((stats.read_views_open, stats.oldest_read_view_lsn),
                     (1, 1))
    self.assertEqual(stats.memory_bytes_max, 0)
    self.assertEqual((stats.has_log, stats.log_bytes, stats.snapshot_age_us,
                      stats.snapshot_duration_us, stats.snapshot_being_written),
                     (False, 0, None, None, False))
    self.assertEqual(stats.sync_times, orderstore.SyncTimes((0,) * 20, 0))
    tables = (stats.customers, stats.orders, stats.barcodes)
    self.assertEqual(stats.memory_bytes, stats.long_text_bytes +
                     stats.unassigned_index_bytes + stats.ranking_bytes +
                     stats.version_bytes + sum(
                         table.row_bytes + table.id_directory_bytes +
                         table.hash_index_bytes + table.child_index_bytes
                         for table in tables))

  def test_the_rows_are_checked(self):
    self.put_shop()
    self.store.check()
    with self.store.transaction():
      with self.raises(DeadlineExceeded):
        on_another_thread(lambda: self.store.check(timeout=0))
      with self.raises(FailedPrecondition):
        self.store.check()

  def test_memory_is_limited_when_asked(self):
    self.store.close()
    self.store = orderstore.in_memory(memory_bytes_max=1 << 20,
                                      huge_pages=False)
    with self.raises(ResourceExhausted, "memory_bytes_max"):
      with self.store.transaction() as txn:
        txn.insert_barcodes([orderstore.NewBarcode(f"{i:0200}")
                             for i in range(10000)])
    self.assertEqual(self.barcodes(), [])
    with self.raises(InvalidArgument):
      orderstore.in_memory(memory_bytes_max=-1)

  def test_prometheus_reads_the_figures(self):
    self.put_shop()
    text = self.store.prometheus_text()
    self.assertRegex(text, r"(?m)^orderstore_\w+ \d")
    self.assertNotIn("store=", text)
    named = self.store.prometheus_text("shöp \"1\"\\")
    self.assertIn('store="shöp \\"1\\"\\\\"', named)
    long = "é" * 10000
    self.assertIn(f'store="{long}"', self.store.prometheus_text(long))
    with self.raises(InvalidArgument, "NUL"):
      self.store.prometheus_text("shop\0")
    for half in ("\udc80", "shop \ud83c"):
      with self.raises(InvalidArgument, "surrogates"):
        self.store.prometheus_text(half)
    with self.assertRaises(TypeError):
      self.store.prometheus_text(b"shop")

  def test_in_memory_all_is_durable_and_nothing_has_files(self):
    self.put("A")
    self.assertEqual(self.store.durable_lsn, 1)
    self.store.wait_durable(1)
    with self.raises(FailedPrecondition):
      self.store.wait_durable(2)
    with self.raises(FailedPrecondition, "folder"):
      self.store.write_snapshot()


class MigrateTest(FolderCase):

  def test_a_store_is_migrated(self):
    self.put("A")
    self.assertIs(self.store.schema_revision,
                  orderstore.SchemaRevision.INDEXES)
    with self.raises(FailedPrecondition, str(self.shop)):
      orderstore.migrate(self.shop, 3)
    self.store.close()
    self.assertIs(
        orderstore.migrate(self.shop, orderstore.SchemaRevision.TICKET_COUNT,
                           segment_bytes=16 << 10, snapshots_kept=1,
                           snapshot_compression=True),
        orderstore.SchemaRevision.INDEXES)
    self.assertIs(orderstore.migrate(self.shop, 3, segment_bytes=16 << 10),
                  orderstore.SchemaRevision.TICKET_COUNT)
    self.open()
    self.assertIs(self.store.schema_revision,
                  orderstore.SchemaRevision.TICKET_COUNT)
    self.assertEqual(self.barcodes(), ["A"])

  def test_a_migration_to_nowhere_is_refused(self):
    for none in (0, 4, -1, 2**32 + 1):
      with self.raises(InvalidArgument, "no schema revision"):
        orderstore.migrate(self.shop, none)
    for wrong in ("1", 1.0, None):
      with self.assertRaises(TypeError):
        orderstore.migrate(self.shop, wrong)
    with self.raises(NotFound, "none"):
      orderstore.migrate(self.folder / "none", 1)


class DocumentationTest(unittest.TestCase):

  def expect_one_ticket_more_each_time(self, program: str):
    """In a new folder, and again where the store is then."""
    with tempfile.TemporaryDirectory() as folder:
      for count in (1, 2):
        done = subprocess.run(
            [sys.executable, "-X", "dev", "-c", program], cwd=folder,
            capture_output=True, text=True, check=False)
        self.assertEqual((done.stdout, done.stderr), (f"1 {count}\n", ""))

  def test_the_modules_example_does_what_it_says(self):
    lines = orderstore.__doc__.split("\n")
    begin = lines.index("  import orderstore")
    end = next(i for i in range(begin, len(lines))
               if lines[i] and not lines[i].startswith(" "))
    self.expect_one_ticket_more_each_time(
        textwrap.dedent("\n".join(lines[begin:end])))

  def test_the_readmes_example_does_what_it_says(self):
    lines = README.read_text(encoding="utf-8").split("\n")
    begin = lines.index("```python") + 1
    self.expect_one_ticket_more_each_time(
        "\n".join(lines[begin:lines.index("```", begin)]))

  def test_a_version_has_three_numbers(self):
    self.assertRegex(orderstore.__version__, r"^\d+\.\d+\.\d+$")

  def test_what_all_names_is_there_and_explained(self):
    for name in orderstore.__all__:
      value = getattr(orderstore, name)
      if callable(value):
        with self.subTest(name):
          self.assertTrue(value.__doc__)


if __name__ == "__main__":
  unittest.main()

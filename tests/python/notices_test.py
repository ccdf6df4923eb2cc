#!/usr/bin/env python3
"""Who hears of a store: of what, in which thread, what it may call, and that
nothing it does ends the process."""

import gc
import logging
import sys
import threading
import unittest
from unittest import mock

import orderstore
from orderstore import FailedPrecondition, Notice, NoticeKind, Severity
from orderstore._library import NoticeStruct
from orderstore.notices import Listener
from store_case import FolderCase, run_python

# The store's own thread hears as the interpreter ends, again and again.
AT_EXIT = """
import sys, threading
import orderstore
heard = threading.Event()
store = orderstore.open(sys.argv[1], segment_bytes=16 << 10,
                        durability="async", async_delay_max_us=1,
                        slow_sync_us=1, on_notice=lambda notice: heard.set())
for i in range(100):
  with store.transaction() as txn:
    txn.insert_barcode(str(i))
heard.wait()
print("ended")
"""


class NoticesTest(FolderCase):

  def setUp(self):
    super().setUp()
    self.heard = []

  def open_heard(self, **options):
    """Nothing is slow unless it is said so."""
    self.store.close()
    self.open(**({"on_notice": self.heard.append, "slow_transaction_us": 0,
                  "slow_sync_us": 0} | options))

  def kinds(self) -> list[NoticeKind]:
    return [notice.kind for notice in self.heard]

  # ---- Of what ----

  def test_what_happens_to_a_store_is_told(self):
    self.open_heard()
    self.put("A")
    self.store.write_snapshot()
    self.assertEqual(self.kinds(), [NoticeKind.OPENED,
                                    NoticeKind.SNAPSHOT_WRITTEN])
    for notice in self.heard:
      self.assertIs(type(notice), Notice)
      self.assertIs(notice.severity, Severity.INFO)
      self.assertIn(str(self.shop), notice.message)

  def test_what_was_slow_is_told_when_asked(self):
    self.open_heard(slow_transaction_us=1, slow_sync_us=1)
    self.put("A")
    self.assertEqual(set(self.kinds()[1:]), {NoticeKind.SLOW_TRANSACTION,
                                             NoticeKind.SLOW_SYNC})
    self.assertEqual({notice.severity for notice in self.heard[1:]},
                     {Severity.WARNING})

  def test_a_damaged_snapshot_is_told(self):
    self.put("A")
    self.store.write_snapshot()
    self.put("B")
    self.store.write_snapshot()
    self.store.close()
    self.flip_byte(f"{2:020}.snapshot", 5000)
    self.open_heard()
    self.assertEqual(set(self.kinds()), {NoticeKind.SNAPSHOT_PASSED_OVER,
                                         NoticeKind.OPENED})

  def test_every_opening_may_have_one(self):
    self.put("A")
    self.store.write_snapshot()
    for opening in (
        lambda: orderstore.open_read_only(self.shop,
                                          on_notice=self.heard.append),
        lambda: orderstore.open_as_of(self.shop, 1,
                                      on_notice=self.heard.append),
        lambda: orderstore.open_snapshot(self.shop / f"{1:020}.snapshot",
                                         on_notice=self.heard.append)):
      opening().close()
    self.assertEqual(self.kinds(), [NoticeKind.OPENED] * 3)
    with orderstore.in_memory(on_notice=self.heard.append,
                              slow_transaction_us=1) as store:
      with store.transaction() as txn:
        txn.insert_barcode("A")
    self.assertIn(NoticeKind.SLOW_TRANSACTION, self.kinds())

  def test_a_notice_of_a_later_version_is_told_as_well(self):
    heard = []
    listener = Listener(heard.append)
    listener._hear(None, mock.Mock(contents=NoticeStruct(3, 99, b"new \xff")))
    self.assertEqual(heard, [Notice(Severity.ERROR, 99, "new \ufffd")])

  def test_what_cannot_be_called_is_a_type_error(self):
    for wrong in (5, "print", logging):
      with self.assertRaises(TypeError):
        orderstore.open(self.folder / "other", on_notice=wrong)

  def test_severities_are_levels_of_logging(self):
    self.assertEqual([severity.level for severity in Severity],
                     [logging.INFO, logging.WARNING, logging.ERROR])

  # ---- In which thread, and what it may call ----

  def test_it_may_look_at_the_store(self):
    seen = []

    def look(notice):
      if notice.kind is NoticeKind.SLOW_TRANSACTION:
        with self.store.view(latest=True) as view:
          seen.append(view.find_barcode_by_value("A").value)
        self.store.stats()
        self.store.prometheus_text()
        self.assertIsNone(self.store.log_error())
        self.assertIsNone(self.store.snapshot_error())
        seen.append(self.store.durable_lsn)
        self.store.open_report()
        seen.append(self.store.schema_revision)

    self.open_heard(on_notice=look, slow_transaction_us=1)
    self.put("A")
    self.assertEqual(seen, ["A", 1, 2])

  def test_it_cannot_close_the_store_under_its_call(self):
    told = []

    def close(notice):
      if notice.kind is NoticeKind.SNAPSHOT_WRITTEN:
        with self.raises(FailedPrecondition, "in a call of the store"):
          self.store.close()
        told.append(notice.kind)

    self.open_heard(on_notice=close)
    self.put("A")
    self.assertEqual(self.store.write_snapshot(), 1)
    self.assertEqual(told, [NoticeKind.SNAPSHOT_WRITTEN])
    self.put("B")

  def test_the_stores_own_thread_is_heard(self):
    own, threads = threading.Event(), set()

    def hear(notice):
      threads.add(threading.get_ident())
      if threading.get_ident() != threading.main_thread().ident:
        own.set()

    self.open_heard(on_notice=hear, durability="async", async_delay_max_us=1,
                    slow_sync_us=1)
    self.put("A")
    own.wait()

  def test_what_it_raises_is_lost(self):
    lost = []

    def hear(notice):
      raise KeyError(notice.kind)

    with mock.patch.object(sys, "unraisablehook",
                           lambda error: lost.append(error.exc_value)):
      self.open_heard(on_notice=hear)
      self.put("A")
    self.assertEqual([type(error) for error in lost], [KeyError])
    self.assertEqual(self.barcodes(), ["A"])

  def test_the_message_of_an_error_stays(self):
    def hear(notice):
      with self.assertRaises(FailedPrecondition):
        orderstore.open(self.shop)

    self.open_heard(on_notice=hear, slow_transaction_us=1)
    (self.shop / f"{1:020}.snapshot.tmp").mkdir()
    self.put("A")
    with self.assertRaises(orderstore.OrderstoreError) as caught:
      self.store.write_snapshot()
    self.assertIn(".snapshot.tmp", str(caught.exception))

  # ---- Lifetimes ----

  def test_it_lives_as_long_as_the_store(self):
    heard = self.heard
    self.open_heard(on_notice=lambda notice: heard.append(notice))
    gc.collect()
    self.put("A")
    self.store.write_snapshot()
    self.assertIn(NoticeKind.SNAPSHOT_WRITTEN, self.kinds())

  def test_a_store_that_goes_in_its_own_notice_is_closed(self):
    self.store.close()
    gone, held = threading.Event(), []

    def hear(notice):
      if held and threading.get_ident() != threading.main_thread().ident:
        held.clear()
        gc.collect()
        gone.set()

    held.append(orderstore.open(
        self.shop, on_notice=hear, durability="async", segment_bytes=16 << 10,
        async_delay_max_us=1, slow_sync_us=1))
    with held[0].transaction() as txn:
      txn.insert_barcode("A")
    del txn
    gone.wait()
    self.open_once_it_is_closed()
    self.assertTrue(self.store.open_report().closed_cleanly)
    self.assertEqual(self.barcodes(), ["A"])

  def test_a_collected_store_is_closed(self):
    self.open_heard()
    self.store = None
    gc.collect()
    self.open_once_it_is_closed()
    self.assertTrue(self.store.open_report().closed_cleanly)

  def open_once_it_is_closed(self):
    """By a thread that nobody else knows of."""
    while True:
      try:
        self.store = orderstore.open(self.shop)
        return
      except FailedPrecondition as error:
        self.assertIn("is open in process", str(error))

  def test_the_end_of_the_interpreter_comes_in_between(self):
    for _ in range(5):
      shop = self.folder / "at exit"
      done = run_python(AT_EXIT, str(shop))
      self.assertEqual((done.returncode, done.stdout), (0, "ended\n"),
                       done.stderr)
      with orderstore.open(shop) as store:
        self.assertTrue(store.open_report().closed_cleanly)
        with store.transaction() as txn:
          for row in list(txn.barcodes()):
            txn.delete_barcode(row.id)


if __name__ == "__main__":
  unittest.main()

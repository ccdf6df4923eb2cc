#!/usr/bin/env python3
"""Several threads: whose a transaction is, who waits for whom, and that no
interleaving of use and closing ends the process."""

import random
import sys
import threading
import unittest

import orderstore
from orderstore import (Cancelled, FailedPrecondition, NewBarcode,
                        Unavailable)
from orderstore._library import failure, library
from store_case import FolderCase, StoreCase, on_another_thread


class OwnerTest(StoreCase):

  def test_another_threads_transaction_is_refused_and_goes_on(self):
    self.put_shop()
    with self.store.transaction() as txn:
      txn.insert_barcode("mine")
      for call in (lambda: txn.redeem("A"), lambda: txn.insert_barcode("X"),
                   lambda: txn.insert_barcodes([NewBarcode("X")]),
                   lambda: txn.assign_barcodes(1, 1), txn.commit,
                   lambda: txn.find_barcode(1), lambda: txn.counts(),
                   lambda: txn.find_barcodes([1]), lambda: txn.orders_of(1),
                   lambda: list(txn.barcodes()), lambda: txn.ticket_count(1)):
        with self.raises(FailedPrecondition, "the thread that began it"):
          on_another_thread(call)
      txn.redeem("A")
    self.assertIn("mine", self.barcodes())

  def test_another_thread_may_abort_it(self):
    txn = self.store.transaction()
    txn.insert_barcode("A")
    on_another_thread(txn.abort)
    with self.raises(FailedPrecondition, "has ended"):
      txn.insert_barcode("B")
    self.put("C")
    self.assertEqual(self.barcodes(), ["C"])

  def test_a_block_that_another_thread_aborted_does_not_end_in_silence(self):
    with self.raises(FailedPrecondition, "has ended"):
      with self.store.transaction() as txn:
        txn.insert_barcode("A")
        on_another_thread(txn.abort)
    self.assertEqual(self.barcodes(), [])

  def test_a_view_is_used_by_any_thread(self):
    self.put("A")
    view = self.store.view()
    self.assertEqual(on_another_thread(
        lambda: view.find_barcode(1)).value, "A")
    on_another_thread(view.close)
    with self.raises(FailedPrecondition, "the view is closed"):
      view.counts()

  def test_a_message_is_the_threads_own(self):
    code = library.orderstore_sync(None, None)
    on_another_thread(lambda: library.orderstore_log_next(None, None))
    self.assertIn("store is NULL", str(failure(code)))


class WaitTest(FolderCase):

  def test_a_thread_waits_for_the_open_transaction(self):
    begun = threading.Event()

    def sell():
      begun.set()
      with self.store.transaction() as txn:
        txn.insert_barcode("second")

    thread = threading.Thread(target=sell)
    with self.store.transaction() as txn:
      thread.start()
      begun.wait()
      txn.insert_barcode("first")
    thread.join()
    self.assertEqual(self.barcodes(), ["first", "second"])

  def test_a_thread_that_waits_lets_others_run(self):
    done = threading.Event()

    def wait():
      self.store.wait_durable(3)
      done.set()

    thread = threading.Thread(target=wait)
    thread.start()
    for value in "ABC":
      self.put(value)
    thread.join()
    self.assertTrue(done.is_set())

  def test_who_waits_for_a_commit_is_told_that_the_store_closes(self):
    for wait in (lambda: self.store.wait_durable(99),
                 lambda: self.store.view_at_least(99)):
      begun, told = threading.Event(), []

      def wait_for_it():
        begun.set()
        try:
          wait()
        except (Unavailable, FailedPrecondition) as error:
          told.append(error)

      thread = threading.Thread(target=wait_for_it)
      thread.start()
      begun.wait()
      self.store.close()
      thread.join()
      self.assertEqual(len(told), 1)
      self.open()


class RaceTest(FolderCase):
  """A crash here is one of the process: the test would not be heard of
  again."""

  def setUp(self):
    super().setUp()
    # As many interleavings as there can be.
    self.addCleanup(sys.setswitchinterval, sys.getswitchinterval())
    sys.setswitchinterval(1e-6)

  def run_all(self, *works) -> None:
    """Each in a thread of its own, all at the same time."""
    start, errors = threading.Barrier(len(works)), []

    def run(work):
      start.wait()
      try:
        work()
      except BaseException as error:  # pylint: disable=broad-except
        errors.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
      thread.start()
    for thread in threads:
      thread.join()
    self.assertEqual(errors, [])

  def until_closed(self, use) -> None:
    """Again and again, until it is refused because it is closed."""
    while True:
      try:
        use()
      except FailedPrecondition as error:
        self.assertRegex(str(error), "is closed|has ended|open transaction")
        if "open transaction" not in str(error):
          return
      except (Cancelled, Unavailable):
        pass  # it is being closed

  def test_a_store_is_closed_under_everything(self):
    for round in range(20):
      store = self.store

      def sell():
        with store.transaction() as txn:
          txn.insert_barcode(f"{round} {random.random()}")

      def scan():
        with store.view() as view:
          for row in view.barcodes():
            view.find_barcode_by_value(row.value)

      self.run_all(lambda: self.until_closed(sell),
                   lambda: self.until_closed(scan),
                   lambda: self.until_closed(scan),
                   lambda: self.until_closed(store.stats),
                   lambda: self.until_closed(store.sync),
                   lambda: self.until_closed(store.write_snapshot),
                   store.close, store.close)
      self.open()
      self.assertTrue(self.store.open_report().closed_cleanly)
    self.store.check()

  def test_a_view_is_closed_under_its_users(self):
    with self.store.transaction() as txn:
      txn.insert_barcodes([NewBarcode(str(i)) for i in range(1000)])
    for _ in range(50):
      view = self.store.view()

      def find():
        self.assertEqual(view.find_barcode(1).value, "0")
        self.assertEqual(view.find_barcodes([1, 1000])[1].value, "999")

      self.run_all(lambda: self.until_closed(find),
                   lambda: self.until_closed(lambda: list(view.barcodes())),
                   lambda: self.until_closed(lambda: view.barcodes_of(1)),
                   view.close, view.close)
    self.assertEqual(self.store.stats().read_views_open, 0)

  def test_a_transaction_is_aborted_under_its_owner(self):
    for _ in range(50):
      begun, txns = threading.Event(), []

      def sell():
        txns.append(self.store.transaction())
        begun.set()
        self.until_closed(lambda: txns[0].insert_barcode(
            str(random.random())))

      def abort():
        begun.wait()
        txns[0].abort()

      self.run_all(sell, abort, abort)
    self.assertEqual(self.barcodes(), [])

  def test_a_log_is_closed_under_its_users(self):
    for value in "ABC":
      self.put(value)
    for _ in range(50):
      log = orderstore.open_log(self.shop)
      self.run_all(lambda: self.until_closed(log.next),
                   lambda: self.until_closed(lambda: log.lsn),
                   lambda: self.until_closed(lambda: list(log)), log.close)

  def test_threads_that_sell_get_different_tickets(self):
    sellers, each = 4, 50
    with self.store.transaction() as txn:
      customer = txn.insert_customer("ann@x")
      txn.insert_barcodes([NewBarcode(str(i))
                           for i in range(sellers * each)])
    sold = []

    def sell():
      for _ in range(each):
        with self.store.transaction() as txn:
          [ticket] = txn.assign_barcodes(txn.insert_order(customer), 1)
          txn.redeem(ticket.value)
        sold.append(ticket.value)

    self.run_all(*[sell] * sellers)
    self.assertEqual(sorted(sold, key=int),
                     [str(i) for i in range(sellers * each)])
    with self.store.view() as view:
      self.assertEqual(view.ticket_count(customer), sellers * each)
      self.assertEqual(view.counts().unused_barcodes, 0)


if __name__ == "__main__":
  unittest.main()

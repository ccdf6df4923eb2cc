#!/usr/bin/env python3
"""What is closed refuses its use; what nobody has is closed, in whatever order;
no order and no fork harms the process or the store."""

import contextlib
import copy
import gc
import itertools
import os
import pickle
import unittest
import weakref
from unittest import mock

import orderstore
from orderstore import FailedPrecondition
from orderstore._library import (FindingFunction, FindingStruct, failure,
                                 library)
from orderstore.handles import PartHandle
from store_case import (FolderCase, StoreCase, on_another_thread, run_python)

MINOR = orderstore.__version__.rpartition(".")[0]
# Ends an interpreter in all ways, with everything open.
AT_EXIT = """
import sys, threading
import orderstore
store = orderstore.open(sys.argv[1], segment_bytes=16 << 10,
                        durability="async", async_delay_max_us=3600 * 10**6)
with store.transaction() as txn:
  txn.insert_barcode("kept")
view = store.view(latest=True)
scan = view.barcodes()
next(scan)
log = orderstore.open_log(sys.argv[1])
how = sys.argv[2]
if how == "own":
  open_txn = store.transaction()
  open_txn.insert_barcode("lost")
elif how == "daemon":
  begun = threading.Event()
  def hold():
    with store.transaction() as txn:
      txn.insert_barcode("lost")
      begun.set()
      threading.Event().wait()
  threading.Thread(target=hold, daemon=True).start()
  begun.wait()
elif how == "waiting":
  begun = threading.Event()
  def wait():
    begun.set()
    store.wait_durable(99)
  threading.Thread(target=wait, daemon=True).start()
  begun.wait()
  store.sync()
elif how == "cycle":
  store.itself = view.itself = (store, view)
  del store, view, scan
print("ended")
"""


class ClosedTest(FolderCase):

  def test_a_closed_store_refuses_everything(self):
    self.store.close()
    store = self.store
    for call in (store.transaction, store.view, store.sync, store.stats,
                 lambda: store.view_at_least(0),
                 lambda: store.wait_durable(0), lambda: store.durable_lsn,
                 store.write_snapshot, store.snapshot_error,
                 lambda: store.backup(self.folder / "copy"), store.check,
                 store.open_report, lambda: store.schema_revision,
                 store.log_error, store.prometheus_text):
      with self.raises(FailedPrecondition, "the store is closed"):
        call()
    self.assertFalse((self.folder / "copy").exists())

  def test_closing_a_store_closes_its_views(self):
    self.put("A")
    views = [self.store.view() for _ in range(3)]
    scan = views[1].barcodes()
    views[2].close()
    self.store.close()
    for call in (lambda: views[0].find_barcode(1), lambda: list(scan),
                 lambda: views[0].counts(), lambda: views[1].lsn,
                 lambda: views[0].find_barcodes([1]),
                 lambda: views[0].barcodes_of(1),
                 lambda: views[0].ticket_count(1)):
      with self.raises(FailedPrecondition, "the view is closed"):
        call()
    for view in views:
      view.close()
    self.open()

  def test_a_view_is_closed_by_its_block_and_by_hand(self):
    with self.store.view() as view:
      self.assertEqual(self.store.stats().read_views_open, 1)
    with self.raises(FailedPrecondition, "the view is closed"):
      view.counts()
    view = self.store.view()
    view.close()
    view.close()
    self.assertEqual(self.store.stats().read_views_open, 0)

  def test_a_closed_log_refuses_everything(self):
    self.put("A")
    with orderstore.open_log(self.shop) as log:
      self.assertEqual(log.next().lsn, 1)
    for call in (log.next, lambda: list(log), lambda: log.lsn,
                 lambda: log.store_uuid):
      with self.raises(FailedPrecondition, "the log is closed"):
        call()
    log.close()

  def test_an_ended_transaction_outlives_its_store(self):
    with self.store.transaction() as txn:
      pass
    self.store.close()
    with self.raises(FailedPrecondition, "has ended"):
      txn.counts()
    txn.abort()
    self.assertEqual(txn.lsn, 0)


class CollectedTest(FolderCase):

  def test_what_nobody_has_is_closed(self):
    self.put("A")
    view = self.store.view()
    scan = view.barcodes()
    next(scan)
    del view
    self.assertEqual(self.store.stats().read_views_open, 1, "the scan's")
    del scan
    self.assertEqual(self.store.stats().read_views_open, 0)
    txn = self.store.transaction()
    txn.insert_barcode("B")
    del txn
    self.assertEqual(self.barcodes(), ["A"])
    self.put("B")

  def test_a_store_lives_as_long_as_its_view_or_transaction(self):
    self.put("A")
    view = self.store.view()
    gone = weakref.ref(self.store)
    self.store = None
    gc.collect()
    self.assertEqual(view.find_barcode(1).value, "A")
    del view
    self.assertIsNone(gone())
    self.open()
    txn = self.store.transaction()
    gone = weakref.ref(self.store)
    self.store = None
    gc.collect()
    txn.insert_barcode("B")
    txn.commit()
    del txn
    self.assertIsNone(gone())
    self.open()
    self.assertTrue(self.store.open_report().closed_cleanly)
    self.assertEqual(self.barcodes(), ["A", "B"])

  def test_they_go_in_any_order(self):
    for order in itertools.permutations(("store", "view", "txn", "scan")):
      with self.subTest(order=order):
        self.put(f"{order}")
        view = self.store.view()
        held = {"store": self.store, "view": view, "scan": view.barcodes(),
                "txn": self.store.transaction()}
        self.store = None
        del view
        next(held["scan"])
        held["txn"].insert_barcode("lost")
        for name in order:
          del held[name]
        self.open()
        self.assertTrue(self.store.open_report().closed_cleanly)
        self.assertNotIn("lost", self.barcodes())

  def test_a_cycle_is_closed_by_the_collector(self):
    self.put("A")
    store = self.store
    view, txn = store.view(), store.transaction()
    for one in (store, view, txn):
      one.all = (store, view, txn)
    del store, view, txn, one
    self.store = None
    gc.collect()
    self.open()
    self.assertTrue(self.store.open_report().closed_cleanly)

  def test_another_thread_may_be_the_last_one_to_have_it(self):
    held = [self.store.transaction(), self.store.view()]
    held[0].insert_barcode("lost")
    on_another_thread(held.clear)
    self.put("A")
    self.assertEqual(self.barcodes(), ["A"])
    self.assertEqual(self.store.stats().read_views_open, 0)

  def test_the_message_of_an_error_is_not_that_of_a_collected_store(self):
    # The collector may close a store between a call and its message.
    code = library.orderstore_sync(None, None)
    self.store = None
    gc.collect()
    error = failure(code)
    self.assertIs(type(error), orderstore.InvalidArgument)
    self.assertIn("ORDERSTORE_INVALID_ARGUMENT", str(error))
    self.open()


class InterruptedTest(FolderCase):
  """Ctrl-C during a call comes through when that returns, and leaves nothing
  open that nobody has."""

  @contextlib.contextmanager
  def interrupted(self, function: str):
    """In this call of the library."""
    call = getattr(library, function)

    def work(*arguments):
      call(*arguments)
      raise KeyboardInterrupt

    with (mock.patch.object(library, function, work),
          self.assertRaises(KeyboardInterrupt)):
      yield

  def test_a_transaction_that_was_just_begun_is_aborted(self):
    for function in ("orderstore_begin", "orderstore_txn_reader",
                     "orderstore_get_lsn"):
      with self.subTest(function), self.interrupted(function):
        self.store.transaction()
      self.put(function)

  def test_a_view_that_was_just_opened_is_closed(self):
    for function in ("orderstore_view_open", "orderstore_view_reader"):
      with self.subTest(function), self.interrupted(function):
        self.store.view()
      self.assertEqual(self.store.stats().read_views_open, 0)

  def test_a_store_that_was_just_opened_is_closed(self):
    self.put("A")
    self.store.close()
    heard = []
    with self.interrupted("orderstore_open"):
      orderstore.open(self.shop, on_notice=heard.append)
    self.assertEqual(len(heard), 1)
    self.open()
    self.assertTrue(self.store.open_report().closed_cleanly)

  def test_a_log_that_was_just_opened_is_closed(self):
    self.put("A")
    for after, function in ((0, "orderstore_log_open"),
                            (None, "orderstore_log_open_oldest")):
      with mock.patch.object(library, "orderstore_log_destroy",
                             wraps=library.orderstore_log_destroy) as destroy:
        with self.interrupted(function):
          orderstore.open_log(self.shop, after=after)
        destroy.assert_called_once()

  def test_a_transaction_of_a_log_is_not_passed_over(self):
    self.put("A")
    self.put("B")
    with orderstore.open_log(self.shop) as log:
      for lsn in (1, 2):
        with self.interrupted("orderstore_log_next"):
          log.next()
        self.assertEqual(log.lsn, lsn - 1)
        self.assertEqual(log.next().lsn, lsn)
        self.assertEqual(log.lsn, lsn)
      self.assertIsNone(log.next())

  def test_a_store_that_was_being_closed_can_be_closed(self):
    view = self.store.view()
    with (mock.patch.object(PartHandle, "close",
                            side_effect=KeyboardInterrupt),
          self.assertRaises(KeyboardInterrupt)):
      self.store.close()
    self.store.close()
    with self.raises(FailedPrecondition, "the view is closed"):
      view.counts()
    self.open()

  def test_what_is_found_meanwhile_does_not_hide_it(self):
    def find(*arguments):
      hear = next(argument for argument in arguments
                  if isinstance(argument, FindingFunction))
      hear(None, FindingStruct(99, b"", b"", -1, 0, 0))
      return orderstore.Code.UNAVAILABLE

    with (mock.patch.object(library, "orderstore_verify", find),
          mock.patch.object(library, "orderstore_salvage", find),
          mock.patch("orderstore.files.finding_of",
                     side_effect=KeyboardInterrupt)):
      with self.assertRaises(KeyboardInterrupt):
        orderstore.verify(self.shop)
      with self.assertRaises(KeyboardInterrupt):
        orderstore.salvage(self.shop, self.folder / "saved")


class CopiedTest(FolderCase):

  def test_what_has_a_handle_is_neither_copied_nor_pickled(self):
    self.put("A")
    with (self.store.view() as view, self.store.transaction() as txn,
          orderstore.open_log(self.shop) as log):
      for one in (self.store, view, txn, log, orderstore.Cancel()):
        for work in (copy.copy, copy.deepcopy, pickle.dumps):
          with (self.subTest(type(one).__name__, work=work.__name__),
                self.assertRaisesRegex(TypeError, type(one).__name__)):
            work(one)
      self.assertEqual((view.lsn, txn.counts().barcodes, log.next().lsn),
                       (1, 1, 1))

  def test_rows_are(self):
    self.put_shop()
    with self.store.view() as view:
      rows = [*view.customers(), *view.orders(), *view.barcodes(),
              view.counts(), orderstore.NewBarcode("A"), orderstore.UNCHANGED]
    self.assertEqual(copy.deepcopy(rows), rows)
    self.assertEqual(pickle.loads(pickle.dumps(rows)), rows)


class ProcessTest(FolderCase):

  def test_the_end_of_the_interpreter_closes_what_is_open(self):
    self.store.close()
    for how, is_clean in (("plain", True), ("own", True), ("daemon", True),
                          ("waiting", False), ("cycle", True)):
      with self.subTest(how):
        shop = self.folder / how
        done = run_python(AT_EXIT, str(shop), how)
        self.assertEqual((done.returncode, done.stdout), (0, "ended\n"),
                         done.stderr)
        with orderstore.open(shop) as store:
          self.assertEqual(self.barcodes(store), ["kept"])
          self.assertIs(store.open_report().closed_cleanly, is_clean)

  def test_a_forked_child_leaves_its_parents_store_alone(self):
    self.put("A")
    view, log = self.store.view(), orderstore.open_log(self.shop)
    with self.store.transaction() as txn:
      txn.insert_barcode("B")
      child = os.fork()
      if child == 0:
        os._exit(self.in_child(txn, view, log))
      self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), 0)
      txn.insert_barcode("C")
    self.put("D")
    self.store.check()
    self.store.close()
    self.open()
    self.assertEqual(self.barcodes(), ["A", "B", "C", "D"])

  def in_child(self, txn, view, log) -> int:
    """0: all is as it should be."""
    try:
      for call in (self.store.stats, self.store.transaction,
                   lambda: view.find_barcode(1), txn.commit,
                   lambda: txn.insert_barcode("X")):
        try:
          call()
          return 1
        except FailedPrecondition as error:
          if "forked" not in str(error):
            return 2
      if log.next().lsn != 1:
        return 3
      try:
        with txn:
          pass
        return 5
      except FailedPrecondition:
        pass
      for one in (txn, view, self.store, log):
        (one.abort if one is txn else one.close)()
      with orderstore.open(self.folder / "of the child") as store:
        store.view().close()
      return 0
    except BaseException:  # pylint: disable=broad-except
      return 4


class LibraryTest(StoreCase):

  IMPORT = "import orderstore; print(orderstore.__version__)"

  def run_with(self, library: str) -> str:
    """What an import says that fails."""
    done = run_python(f"import os; os.environ['ORDERSTORE_LIBRARY'] = "
                      f"{library!r}; {self.IMPORT}")
    self.assertNotEqual(done.returncode, 0)
    self.assertIn("ImportError", done.stderr)
    self.assertIn(f"the package liborderstore{MINOR}", done.stderr)
    return done.stderr

  def test_the_variable_names_the_library(self):
    done = run_python(self.IMPORT)
    self.assertEqual(done.stdout, f"{orderstore.__version__}\n", done.stderr)

  def test_a_library_that_is_not_there(self):
    self.assertIn("no/such.so", self.run_with("/no/such.so"))

  def test_a_library_of_something_else(self):
    self.assertIn("no library of orderstore", self.run_with("libc.so.6"))

  def test_the_version_of_another_interface(self):
    program = (
        "import ctypes\n"
        "from unittest import mock\n"
        "real = ctypes.CDLL\n"
        "def load(name, *arguments):\n"
        "  library = mock.Mock(wraps=real(name, *arguments))\n"
        "  library.orderstore_version = lambda: b'99.0.0'\n"
        "  return library\n"
        "with mock.patch('ctypes.CDLL', load):\n"
        "  import orderstore\n")
    done = run_python(program)
    self.assertNotEqual(done.returncode, 0)
    self.assertRegex(done.stderr, r"ImportError: .* is version 99\.0\.0 .* "
                                  rf"this module is for {MINOR}\.")


if __name__ == "__main__":
  unittest.main()

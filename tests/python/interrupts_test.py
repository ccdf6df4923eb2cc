#!/usr/bin/env python3
"""Ctrl-C, wherever in the module it comes through, leaves a store that is
closed, and a transaction or view that nobody has open."""

import contextlib
import sys
import threading
import unittest
from collections.abc import Callable
from unittest import mock

import orderstore
from orderstore.handles import PartHandle, _stores
from orderstore.reader import Reader
from store_case import FolderCase

# Only what waits for ever takes so long.
HANG_S = 120


class Interrupt:
  """Raises KeyboardInterrupt at the n-th place where the interpreter would:
  where a function of Python begins, and where one of C has returned."""

  def __init__(self, n: int) -> None:
    self.n = n
    self.at = ""  # where it was

  def __enter__(self) -> None:
    sys.setprofile(self._count)

  def __exit__(self, *error: object) -> None:
    sys.setprofile(None)

  def _count(self, frame, event: str, function) -> None:
    if event not in ("call", "c_return"):
      return
    self.n -= 1
    if self.n == 0:
      name = frame.f_code.co_qualname if event == "call" else function
      self.at = f"{event} {name}, line {frame.f_lineno}"
      raise KeyboardInterrupt  # which ends the counting


class EverywhereTest(FolderCase):

  def setUp(self):
    super().setUp()
    self.put("A")
    self.lost = []  # in a __del__, as Python says
    hook = mock.patch.object(sys, "unraisablehook",
                             lambda lost: self.lost.append(lost.exc_type))
    hook.start()
    self.addCleanup(hook.stop)

  def interrupt(self, use: Callable[[], object],
                expect: Callable[[], None]) -> None:
    """At each place in it, and expects this then. What is begun in it nobody
    has then."""
    for n in range(1, 10000):
      interrupt = Interrupt(n)
      with contextlib.suppress(KeyboardInterrupt), interrupt:
        use()
      if not interrupt.at:
        self.assertGreater(n, 10, "it is interrupted at all")
        return
      try:
        self.assertLessEqual(set(self.lost), {KeyboardInterrupt})
        self.in_time(expect)
      except BaseException as error:
        error.add_note(f"It was interrupted at {interrupt.at}.")
        raise
      self.lost.clear()

  def in_time(self, work: Callable[[], None]) -> None:
    errors = []

    def run():
      try:
        work()
      except BaseException as error:  # pylint: disable=broad-except
        errors.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(HANG_S)
    if thread.is_alive():
      self.store = orderstore.in_memory()  # which can be closed at the end
      self.fail("it waits for ever")
    for error in errors:
      raise error

  def expect_it_is_whole(self) -> None:
    self.assertEqual(self.store.stats().read_views_open, 0)
    self.store.transaction(timeout=0).abort()  # waits for no other one
    self.expect_it_is_closed_and_opened()

  def expect_it_is_closed_and_opened(self) -> None:
    self.store.close()
    self.open()
    self.assertTrue(self.store.open_report().closed_cleanly)
    self.assertEqual(self.barcodes(), ["A"])

  def test_a_view(self):
    def use():
      with self.store.view() as view:
        view.counts()

    self.interrupt(use, self.expect_it_is_whole)

  def test_a_view_without_a_block(self):
    def expect():
      # Lost in its __del__, it leaves it open until the store is closed.
      if not self.lost:
        self.assertEqual(self.store.stats().read_views_open, 0)
      self.expect_it_is_closed_and_opened()

    self.interrupt(lambda: self.store.view().counts(), expect)

  def test_a_transaction(self):
    def use():
      with self.store.transaction() as txn:
        txn.insert_barcode("B")
        raise KeyboardInterrupt

    self.interrupt(use, self.expect_it_is_whole)

  def test_calls_of_a_store(self):
    def use():
      self.store.stats()
      self.store.sync()
      self.store.log_error()

    self.interrupt(use, self.expect_it_is_whole)

  def test_the_opening_of_a_store(self):
    self.store.close()

    def expect():
      # Lost as the collector closes it, it leaves it to the end of the
      # interpreter.
      if self.lost:
        for handle in list(_stores):
          handle.close_unused()
      self.open()
      self.assertEqual(self.barcodes(), ["A"])
      self.store.close()

    self.interrupt(lambda: orderstore.open(self.shop).stats(), expect)

  def test_the_closing_of_a_store(self):
    view = self.store.view()

    def expect():
      nonlocal view
      self.store.close()
      with self.raises(orderstore.FailedPrecondition, "the view is closed"):
        view.counts()
      self.open()
      view = self.store.view()

    self.interrupt(lambda: self.store.close(), expect)


class UnusedTest(FolderCase):
  """What the collector closes."""

  def test_a_store_is_closed_by_the_next_to_try(self):
    self.put("A")
    view = self.store.view()
    handle = self.store._handle
    with (mock.patch.object(PartHandle, "close_unused",
                            side_effect=KeyboardInterrupt),
          self.assertRaises(KeyboardInterrupt)):
      handle.close_unused()
    self.assertIn(handle, _stores, "whom the library may call lives on")
    self.assertEqual(view.counts().barcodes, 1)
    self.put("B")
    handle.close_unused()
    self.assertNotIn(handle, _stores)
    self.open()
    self.assertTrue(self.store.open_report().closed_cleanly)

  def test_a_store_in_a_call_is_left_open(self):
    handle = self.store._handle
    taken, done = threading.Event(), threading.Event()

    def call():
      with handle.lock:
        handle.close_unused()  # as the collector may in the middle of a call
        handle.address()
        taken.set()
        done.wait()

    thread = threading.Thread(target=call)
    thread.start()
    taken.wait()
    handle.close_unused()
    self.assertEqual(self.store.stats().read_views_open, 0)
    done.set()
    thread.join()
    self.put("A")

  def test_what_never_had_a_handle_says_nothing(self):
    with mock.patch.object(sys, "unraisablehook") as hook:
      for kind in (Reader, orderstore.ChangeLog):
        kind.__new__(kind).__del__()
    hook.assert_not_called()


if __name__ == "__main__":
  unittest.main()

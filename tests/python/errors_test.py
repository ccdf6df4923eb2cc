#!/usr/bin/env python3
"""Each class of errors: its code, what it is beside, and that the store raises
it where it can be made to."""

import copy
import pickle
import unittest

import orderstore
from orderstore import Code, errors
from orderstore._library import check, library
from store_case import FolderCase, segment_file

# Each class, and the exception of Python that it is as well.
CLASSES = {
    Code.CANCELLED: (orderstore.Cancelled, Exception),
    Code.UNKNOWN: (orderstore.Unknown, Exception),
    Code.INVALID_ARGUMENT: (orderstore.InvalidArgument, ValueError),
    Code.DEADLINE_EXCEEDED: (orderstore.DeadlineExceeded, TimeoutError),
    Code.NOT_FOUND: (orderstore.NotFound, LookupError),
    Code.ALREADY_EXISTS: (orderstore.AlreadyExists, Exception),
    Code.PERMISSION_DENIED: (orderstore.PermissionDenied, PermissionError),
    Code.RESOURCE_EXHAUSTED: (orderstore.ResourceExhausted, Exception),
    Code.FAILED_PRECONDITION: (orderstore.FailedPrecondition, Exception),
    Code.OUT_OF_RANGE: (orderstore.OutOfRange, Exception),
    Code.INTERNAL: (orderstore.Internal, Exception),
    Code.UNAVAILABLE: (orderstore.Unavailable, Exception),
    Code.DATA_LOSS: (orderstore.DataLoss, Exception),
    Code.OUT_OF_MEMORY: (orderstore.OutOfMemory, MemoryError),
    Code.SCHEMA_MISMATCH: (orderstore.SchemaMismatch,
                           orderstore.FailedPrecondition),
    Code.UNKNOWN_FORMAT: (orderstore.UnknownFormat,
                          orderstore.FailedPrecondition),
}


class ClassesTest(unittest.TestCase):

  def test_each_code_has_its_class(self):
    self.assertEqual({*CLASSES, Code.OK}, set(Code))
    for code, (kind, builtin) in CLASSES.items():
      with self.subTest(code.name):
        error = errors.error_of(code, "what happened, é")
        self.assertIs(type(error), kind)
        self.assertIsInstance(error, builtin)
        self.assertIsInstance(error, orderstore.OrderstoreError)
        self.assertEqual((error.code, str(error), error.message),
                         (code, "what happened, é", "what happened, é"))
        self.assertEqual(kind.__name__.upper(), code.name.replace("_", ""))

  def test_a_code_that_is_not_known_is_kept(self):
    error = errors.error_of(77, "text")
    self.assertIs(type(error), orderstore.OrderstoreError)
    self.assertEqual((error.code, str(error)), (77, "text"))

  def test_an_error_is_copied_and_pickled(self):
    for code in (*CLASSES, 77):
      error = errors.error_of(code, "text")
      for other in (copy.copy(error), pickle.loads(pickle.dumps(error))):
        self.assertEqual((type(other), other.code, other.message, str(other)),
                         (type(error), code, "text", "text"))


class RaisedTest(FolderCase):
  """What other tests of this folder do not raise."""

  def test_a_closed_store_is_unavailable_to_who_waits(self):
    # As another thread finds it while close() waits for that thread's call.
    handle = self.store._handle
    with handle.lock:
      check(library.orderstore_close(handle.address()))
    with self.raises(orderstore.Unavailable, "closed"):
      self.store.transaction()
    with self.raises(orderstore.Unavailable, "closed"):
      self.store.write_snapshot()
    self.assertIs(type(self.store.log_error()), orderstore.Unavailable)
    with self.raises(orderstore.Unavailable):
      self.store.wait_durable(1)

  def test_a_missing_file_is_data_loss(self):
    self.put("A")
    self.store.close()
    (self.shop / segment_file(1)).unlink()
    with self.raises(orderstore.DataLoss):
      orderstore.open(self.shop)

  def test_a_message_is_of_its_own_call(self):
    with self.store.transaction() as txn:
      for value in ("one", "two"):
        with self.raises(orderstore.NotFound, value):
          txn.redeem(value)
      txn.insert_barcode("A")
      with self.raises(orderstore.FailedPrecondition, "A"):
        txn.redeem("A")

  def test_a_message_may_have_any_text(self):
    with self.store.transaction() as txn:
      for value in ("é", "日本語", "🎫", "a\nb", "\x1b[31m", "\u0085"):
        with self.subTest(value):
          with self.assertRaises(orderstore.NotFound) as caught:
            txn.redeem(value)
          self.assertNotIn("\n", str(caught.exception))
          if value.isprintable():
            self.assertIn(value, str(caught.exception))


if __name__ == "__main__":
  unittest.main()

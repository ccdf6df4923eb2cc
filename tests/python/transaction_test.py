#!/usr/bin/env python3
"""Every statement of a transaction, how it ends, and what it refuses."""

import unittest
from datetime import datetime, timedelta, timezone, tzinfo
from unittest import mock

import orderstore
from orderstore import (UNCHANGED, AlreadyExists, Code, DeadlineExceeded,
                        FailedPrecondition, Internal, InvalidArgument,
                        NewBarcode, NewCustomer, NewOrder, NotFound,
                        OutOfMemory, ResourceExhausted)
from orderstore._library import library
from store_case import StoreCase, on_another_thread

# What is no id of a row that is written or referred to. Without a look at them,
# some would be cut down to ids that there are.
NO_IDS = (0, -1, 2**31, 2**32 + 1, -2**32 + 1, 2**64 + 1)
# What no email or barcode value is.
NO_TEXTS = ("", "A\0", "\0", "\ud800", "x" * 256, "é" * 256)


class NoZone(tzinfo):
  """What makes no time of a zone of it."""

  def utcoffset(self, when):
    return None


class TransactionCase(StoreCase):

  def setUp(self):
    super().setUp()
    self.put_shop()
    self.txn = self.store.transaction()
    self.addCleanup(lambda: self.txn.abort())

  def customer(self, id: int) -> orderstore.Customer:
    return self.txn.find_customer(id)

  def barcode(self, value: str) -> orderstore.Barcode:
    return self.txn.find_barcode_by_value(value)


class CustomersTest(TransactionCase):

  def test_a_customer_is_inserted(self):
    self.assertEqual(self.txn.insert_customer("cat@x", "Cat"), 3)
    self.assertEqual(self.txn.insert_customer("nameless@x"), 4)
    self.assertEqual(self.txn.insert_customer("given@x", id=10), 10)
    self.assertEqual(self.txn.insert_customer("after@x"), 11)
    self.assertEqual((self.customer(3).email, self.customer(3).name),
                     ("cat@x", "Cat"))
    self.assertEqual(self.customer(4).name, "")

  def test_what_is_taken_is_refused(self):
    with self.raises(AlreadyExists, "ann@x"):
      self.txn.insert_customer("ann@x")
    with self.raises(AlreadyExists, "1"):
      self.txn.insert_customer("new@x", id=1)

  def test_a_customer_is_found_or_created(self):
    self.assertEqual(self.txn.find_or_create_customer("ann@x", "Other"), 1)
    self.assertEqual(self.customer(1).name, "Ann")
    self.assertEqual(self.txn.find_or_create_customer("new@x", "New"), 3)
    self.assertEqual(self.txn.find_or_create_customer("bare@x"), 4)

  def test_a_customer_is_updated_in_what_is_given(self):
    self.txn.update_customer(1, name="Anna")
    self.assertEqual((self.customer(1).email, self.customer(1).name),
                     ("ann@x", "Anna"))
    self.txn.update_customer(1, email="anna@x")
    self.assertEqual((self.customer(1).email, self.customer(1).name),
                     ("anna@x", "Anna"))
    self.txn.update_customer(1, name="")
    self.assertEqual(self.customer(1).name, "")
    before = self.customer(1)
    self.txn.update_customer(1)
    self.assertEqual(self.customer(1), before)
    self.txn.update_customer(1, updated_at=7)
    self.assertEqual(self.customer(1).updated_at_us, 7)
    with self.raises(AlreadyExists, "bob@x"):
      self.txn.update_customer(1, email="bob@x")
    with self.raises(NotFound, "99"):
      self.txn.update_customer(99, name="X")

  def test_a_customer_without_orders_is_deleted(self):
    with self.raises(FailedPrecondition, "order"):
      self.txn.delete_customer(1)
    self.txn.delete_customer(self.txn.insert_customer("new@x"))
    self.assertIsNone(self.customer(3))
    with self.raises(NotFound, "3"):
      self.txn.delete_customer(3)


class OrdersTest(TransactionCase):

  def test_an_order_is_inserted(self):
    self.assertEqual(self.txn.insert_order(2), 4)
    self.assertEqual(self.txn.insert_order(2, id=20), 20)
    self.assertEqual([row.id for row in self.txn.orders_of(2)], [3, 4, 20])
    with self.raises(NotFound, "99"):
      self.txn.insert_order(99)
    with self.raises(AlreadyExists, "20"):
      self.txn.insert_order(1, id=20)

  def test_an_order_moves_to_another_customer(self):
    self.txn.update_order(1, customer_id=2)
    self.assertEqual(self.txn.ticket_count(2), 4)
    self.txn.update_order(1, updated_at=7)
    order = self.txn.find_order(1)
    self.assertEqual((order.customer_id, order.updated_at_us), (2, 7))
    for id, customer in ((99, 1), (1, 99)):
      with self.raises(NotFound, "99"):
        self.txn.update_order(id, customer_id=customer)

  def test_an_order_without_barcodes_is_deleted(self):
    self.txn.delete_order(2)
    self.assertIsNone(self.txn.find_order(2))
    with self.raises(FailedPrecondition, "barcode"):
      self.txn.delete_order(1)
    with self.raises(NotFound, "2"):
      self.txn.delete_order(2)


class BarcodesTest(TransactionCase):

  def test_a_barcode_is_inserted(self):
    self.assertEqual(self.txn.insert_barcode("H"), 8)
    self.assertEqual(self.txn.insert_barcode("I", 2, is_used=True, id=20), 20)
    row = self.barcode("I")
    self.assertEqual((row.id, row.order_id, row.is_used), (20, 2, True))
    self.assertEqual((self.barcode("H").order_id, self.barcode("H").is_used),
                     (None, False))
    with self.raises(AlreadyExists, "A"):
      self.txn.insert_barcode("A")
    with self.raises(AlreadyExists, "20"):
      self.txn.insert_barcode("new", id=20)
    with self.raises(NotFound, "99"):
      self.txn.insert_barcode("new", 99)

  def test_values_are_inserted_on_an_order_all_or_none(self):
    self.assertEqual(self.txn.insert_barcode_values(2, iter("HI")), [8, 9])
    self.assertEqual(self.txn.insert_barcode_values(2, []), [])
    with self.raises(AlreadyExists, "values[1]"):
      self.txn.insert_barcode_values(2, ["J", "A"])
    with self.raises(InvalidArgument, "values[2]"):
      self.txn.insert_barcode_values(2, ["J", "K", "L\0"])
    with self.raises(NotFound, "99"):
      self.txn.insert_barcode_values(99, ["J"])
    self.assertIsNone(self.barcode("J"))
    self.assertEqual([row.value for row in self.txn.barcodes_of(2)],
                     ["H", "I"])

  def test_a_barcode_is_updated_in_what_is_given(self):
    self.txn.update_barcode(1, value="AA")
    row = self.barcode("AA")
    self.assertEqual((row.id, row.order_id, row.is_used), (1, 1, False))
    self.txn.update_barcode(1, order_id=None)
    self.assertIsNone(self.barcode("AA").order_id)
    self.txn.update_barcode(1, order_id=UNCHANGED, is_used=True)
    self.txn.update_barcode(1, order_id=3)
    row = self.barcode("AA")
    self.assertEqual((row.order_id, row.is_used), (3, True))
    self.txn.update_barcode(1, is_used=False, updated_at=7)
    row = self.barcode("AA")
    self.assertEqual((row.is_used, row.updated_at_us), (False, 7))
    self.txn.update_barcode(1)
    self.assertEqual(self.barcode("AA"), row)
    with self.raises(AlreadyExists, "B"):
      self.txn.update_barcode(1, value="B")
    for id, order in ((99, 1), (1, 99)):
      with self.raises(NotFound, "99"):
        self.txn.update_barcode(id, order_id=order)

  def test_a_barcode_is_deleted(self):
    self.txn.delete_barcode(1)
    self.assertIsNone(self.barcode("A"))
    with self.raises(NotFound, "1"):
      self.txn.delete_barcode(1)


class ManyRowsTest(TransactionCase):

  def test_many_rows_are_inserted_in_order(self):
    time = datetime(2026, 5, 1, tzinfo=timezone.utc)
    self.assertEqual(self.txn.insert_customers([
        NewCustomer("c@x", "C", created_at=time, updated_at=5),
        NewCustomer("d@x", id=10)]), [3, 10])
    self.assertEqual((self.customer(3).created_at, self.customer(3).name,
                      self.customer(3).updated_at_us), (time, "C", 5))
    self.assertEqual(self.txn.insert_orders(iter([
        NewOrder(3, created_at=7), NewOrder(10, id=30)])), [4, 30])
    self.assertEqual(self.txn.find_order(4).created_at_us, 7)
    self.assertEqual(self.txn.insert_barcodes([
        NewBarcode("H", 30, True, 90, 1, 2), NewBarcode("I")]), [90, 91])
    row = self.barcode("H")
    self.assertEqual((row.order_id, row.is_used, row.created_at_us,
                      row.updated_at_us), (30, True, 1, 2))
    self.assertIsNone(self.barcode("I").order_id)

  def test_none_is_inserted_as_well(self):
    for insert in (self.txn.insert_customers, self.txn.insert_orders,
                   self.txn.insert_barcodes):
      self.assertEqual(insert([]), [])

  def test_all_are_inserted_or_none(self):
    counts = self.txn.counts()
    with self.raises(AlreadyExists, "rows[1]"):
      self.txn.insert_customers([NewCustomer("new@x"), NewCustomer("ann@x")])
    with self.raises(NotFound, "rows[2]"):
      self.txn.insert_orders([NewOrder(1), NewOrder(2), NewOrder(99)])
    with self.raises(InvalidArgument, "rows[0]"):
      self.txn.insert_barcodes([NewBarcode(""), NewBarcode("new")])
    self.assertEqual(self.txn.counts(), counts)

  def test_texts_live_while_they_are_needed(self):
    rows = [NewBarcode(f"{i} " + "é" * (i % 200)) for i in range(2000)]
    self.txn.insert_barcodes(rows)
    self.assertEqual([row.value for row in self.txn.barcodes(7)],
                     [row.value for row in rows])


class DomainTest(TransactionCase):

  def test_the_lowest_unassigned_barcodes_are_assigned(self):
    taken = self.txn.assign_barcodes(2, 2)
    self.assertEqual([(row.value, row.order_id) for row in taken],
                     [("E", 2), ("F", 2)])
    self.assertEqual(self.txn.assign_barcodes(2, 0), [])
    self.assertEqual(taken, self.txn.barcodes_of(2))

  def test_too_many_are_refused_and_none_is_taken(self):
    for n in (4, 10**6, 2**31, 2**32, 2**63 - 1):
      with self.raises(NotFound, str(n)):
        self.txn.assign_barcodes(2, n)
    for n in (-1, 2**63, 2**64):
      with self.raises(InvalidArgument, "number of rows"):
        self.txn.assign_barcodes(2, n)
    with self.raises(NotFound, "99"):
      self.txn.assign_barcodes(99, 1)
    self.assertEqual(self.txn.barcodes_of(2), [])

  def test_a_barcode_is_assigned_by_its_value(self):
    self.txn.assign_barcode("G", 2)
    self.assertEqual(self.barcode("G").order_id, 2)
    with self.raises(FailedPrecondition, "G"):
      self.txn.assign_barcode("G", 1)
    for value, order in (("none", 1), ("E", 99)):
      with self.raises(NotFound):
        self.txn.assign_barcode(value, order)

  def test_a_barcode_is_redeemed_once(self):
    self.txn.redeem("A")
    self.assertTrue(self.barcode("A").is_used)
    with self.raises(FailedPrecondition, "A"):
      self.txn.redeem("A")
    with self.raises(FailedPrecondition, "E"):
      self.txn.redeem("E")
    with self.raises(NotFound, "none"):
      self.txn.redeem("none")

  def test_a_redeemed_barcode_is_unredeemed(self):
    self.txn.unredeem("B")
    self.txn.unredeem("B")
    self.assertFalse(self.barcode("B").is_used)
    with self.raises(NotFound, "none"):
      self.txn.unredeem("none")


class RefusedTest(TransactionCase):
  """Whatever is refused has changed nothing, and the transaction goes on."""

  def tearDown(self):
    self.assertEqual(self.txn.counts(), orderstore.Counts(2, 3, 7, 3, 6))
    lsn = self.store.stats().lsn
    self.assertEqual(self.txn.commit(), lsn, "it changed nothing")
    super().tearDown()

  def test_numbers_that_are_no_ids(self):
    txn = self.txn
    for id in NO_IDS:
      for statement in (
          lambda: txn.insert_customer("new@x", id=id),
          lambda: txn.update_customer(id, name="X"),
          lambda: txn.delete_customer(id),
          lambda: txn.insert_order(id), lambda: txn.insert_order(1, id=id),
          lambda: txn.update_order(id), lambda: txn.delete_order(id),
          lambda: txn.update_order(1, customer_id=id),
          lambda: txn.insert_barcode("new", id),
          lambda: txn.insert_barcode("new", id=id),
          lambda: txn.insert_barcode_values(id, ["new"]),
          lambda: txn.update_barcode(id, value="new"),
          lambda: txn.update_barcode(1, order_id=id),
          lambda: txn.delete_barcode(id),
          lambda: txn.insert_customers([NewCustomer("new@x", id=id)]),
          lambda: txn.insert_orders([NewOrder(id)]),
          lambda: txn.insert_orders([NewOrder(1, id)]),
          lambda: txn.insert_barcodes([NewBarcode("new", id)]),
          lambda: txn.insert_barcodes([NewBarcode("new", id=id)]),
          lambda: txn.assign_barcodes(id, 1),
          lambda: txn.assign_barcode("E", id)):
        with self.raises(InvalidArgument, f"{id} is no id"):
          statement()

  def test_texts_that_no_row_has(self):
    txn = self.txn
    for text in NO_TEXTS:
      for statement in (
          lambda: txn.insert_customer(text),
          lambda: txn.find_or_create_customer(text),
          lambda: txn.update_customer(1, email=text),
          lambda: txn.insert_barcode(text),
          lambda: txn.insert_barcode_values(1, [text]),
          lambda: txn.update_barcode(1, value=text),
          lambda: txn.insert_customers([NewCustomer(text)]),
          lambda: txn.insert_barcodes([NewBarcode(text)]),
          lambda: txn.redeem(text), lambda: txn.unredeem(text),
          lambda: txn.assign_barcode(text, 1)):
        with self.subTest(text), self.raises(InvalidArgument):
          statement()
    for text in NO_TEXTS[1:]:  # a name may be empty
      for statement in (
          lambda: txn.insert_customer("new@x", text),
          lambda: txn.find_or_create_customer("new@x", text),
          lambda: txn.update_customer(1, name=text),
          lambda: txn.insert_customers([NewCustomer("new@x", text)])):
        with self.subTest(text), self.raises(InvalidArgument):
          statement()

  def test_times_that_no_row_has(self):
    txn = self.txn
    for time in (2**63, -2**63, 2**64, -210866803200000001,
                 datetime(2026, 5, 1),
                 datetime(2026, 5, 1, tzinfo=NoZone())):
      for statement in (
          lambda: txn.insert_customer("new@x", created_at=time),
          lambda: txn.insert_customer("new@x", updated_at=time),
          lambda: txn.update_customer(1, updated_at=time),
          lambda: txn.insert_order(1, created_at=time),
          lambda: txn.insert_order(1, updated_at=time),
          lambda: txn.update_order(1, updated_at=time),
          lambda: txn.insert_barcode("new", created_at=time),
          lambda: txn.insert_barcode("new", updated_at=time),
          lambda: txn.update_barcode(1, updated_at=time),
          lambda: txn.insert_orders([NewOrder(1, created_at=time)])):
        with self.subTest(time), self.raises(InvalidArgument):
          statement()

  def test_values_of_another_type(self):
    txn = self.txn
    for statement in (
        lambda: txn.insert_customer(b"new@x"),
        lambda: txn.insert_customer("new@x", None),
        lambda: txn.insert_customer("new@x", id="7"),
        lambda: txn.insert_customer("new@x", created_at="2026-05-01"),
        lambda: txn.insert_customer("new@x", created_at=1.5),
        lambda: txn.insert_order("1"), lambda: txn.insert_order(None),
        lambda: txn.insert_order(1.0), lambda: txn.insert_barcode(7),
        lambda: txn.insert_barcode_values(1, [7]),
        lambda: txn.insert_barcodes([NewBarcode(None)]),
        lambda: txn.assign_barcodes(1, 1.5), lambda: txn.redeem(None)):
      with self.assertRaises(TypeError):
        statement()


class TimesTest(TransactionCase):

  def test_a_row_has_the_times_that_it_was_given(self):
    zone = timezone(timedelta(hours=2))
    times = (datetime(2026, 5, 1, 20, 30, 5, 123456, zone),
             datetime(1, 1, 1, tzinfo=timezone.utc),
             datetime(9999, 12, 31, 23, 59, 59, 999999, timezone.utc),
             datetime(1969, 12, 31, 23, 59, 59, 999999, timezone.utc))
    for i, time in enumerate(times):
      id = self.txn.insert_customer(f"{i}@x", created_at=time)
      self.assertEqual(self.customer(id).created_at, time)
      self.assertEqual(self.customer(id).created_at.utcoffset(), timedelta())
    self.assertEqual(self.customer(3).created_at_us, 1777660205123456)
    self.assertEqual(self.customer(6).created_at_us, -1)

  def test_a_time_beyond_datetime_is_a_number(self):
    first = datetime(1, 1, 1, tzinfo=timezone.utc)
    last = datetime(9999, 12, 31, 23, 59, 59, 999999, timezone.utc)
    before = (first - datetime(1970, 1, 1, tzinfo=timezone.utc)
              ) // timedelta(microseconds=1) - 1
    after = (last - datetime(1970, 1, 1, tzinfo=timezone.utc)
             ) // timedelta(microseconds=1) + 1
    for i, time_us in enumerate((before, after, -210866803200000000,
                                 2**63 - 1)):
      id = self.txn.insert_order(1, id=100 + i, created_at=time_us,
                                 updated_at=time_us)
      order = self.txn.find_order(id)
      self.assertEqual((order.created_at_us, order.updated_at_us),
                       (time_us, time_us))
      with self.assertRaisesRegex(OverflowError, str(time_us)):
        order.created_at.isoformat()
      with self.assertRaisesRegex(OverflowError, "_us"):
        order.updated_at.isoformat()

  def test_a_row_without_times_gets_the_transactions(self):
    with self.store.view() as view:
      rows = [*view.customers(), *view.orders()]
    self.assertEqual({(row.created_at_us, row.updated_at_us) for row in rows},
                     {(rows[0].created_at_us, rows[0].created_at_us)})


class TextsTest(TransactionCase):

  def test_a_text_comes_back_as_it_was_given(self):
    for text in ("é", "日本語", "🎫" * 255, "é" * 255, "x" * 255,
                 "e\u0301",
                 "\x7f\u0080\ufffe", " ", "a,\"b\"\n", "\U0010ffff"):
      with self.subTest(text):
        id = self.txn.insert_customer(text, text)
        self.assertEqual((self.customer(id).email, self.customer(id).name),
                         (text, text))
        self.assertEqual(self.txn.find_customer_by_email(text).id, id)
        self.txn.insert_barcode(text)
        self.assertEqual(self.barcode(text).value, text)
        self.assertEqual(self.txn.find_barcodes_by_value([text])[0].value,
                         text)

  def test_texts_are_compared_byte_by_byte(self):
    self.txn.insert_barcode_values(1, ["00123", "123", "é", "e\u0301"])
    self.assertNotEqual(self.barcode("é").id, self.barcode("e\u0301").id)
    self.assertNotEqual(self.barcode("123").id, self.barcode("00123").id)


class EndTest(StoreCase):

  def test_a_block_commits_at_its_end(self):
    with self.store.transaction() as txn:
      self.assertEqual(txn.lsn, 0)
      txn.insert_barcode("A")
      self.assertEqual(txn.lsn, 0)
    self.assertEqual(txn.lsn, 1)
    self.assertEqual(self.barcodes(), ["A"])

  def test_a_block_aborts_by_an_exception_which_goes_on(self):
    for error in (KeyError("x"), KeyboardInterrupt(), GeneratorExit()):
      with self.assertRaises(type(error)) as caught:
        with self.store.transaction() as txn:
          txn.insert_barcode("A")
          raise error
      self.assertIs(caught.exception, error)
      self.assertEqual(txn.lsn, 0)
      self.assertEqual(self.barcodes(), [])

  def test_a_block_may_end_it_itself(self):
    with self.store.transaction() as txn:
      txn.insert_barcode("A")
      self.assertEqual(txn.commit(), 1)
    with self.store.transaction() as txn:
      txn.insert_barcode("B")
      txn.abort()
    with self.assertRaises(KeyError):
      with self.store.transaction() as txn:
        txn.insert_barcode("C")
        txn.commit()
        raise KeyError("x")
    self.assertEqual(self.barcodes(), ["A", "C"])

  def test_without_a_block_it_is_ended_by_hand(self):
    txn = self.store.transaction()
    txn.insert_barcode("A")
    self.assertEqual(txn.commit(), 1)
    self.assertEqual(self.store.transaction().commit(), 1, "changed nothing")
    txn = self.store.transaction()
    txn.insert_barcode("B")
    txn.abort()
    txn.abort()
    self.assertEqual(self.barcodes(), ["A"])

  def test_what_has_ended_refuses_everything(self):
    for end in ("commit", "abort"):
      txn = self.store.transaction()
      getattr(txn, end)()
      for call in (lambda: txn.insert_customer("x"), lambda: txn.redeem("x"),
                   lambda: txn.find_order(1), lambda: txn.counts(),
                   lambda: txn.insert_barcodes([NewBarcode("x")]),
                   lambda: txn.assign_barcodes(1, 1),
                   lambda: txn.ticket_count(1), lambda: list(txn.barcodes()),
                   lambda: txn.find_orders([1]), lambda: txn.orders_of(1),
                   txn.commit):
        with self.raises(FailedPrecondition, "has ended"):
          call()

  def test_a_statement_that_failed_leaves_the_transaction_open(self):
    with self.store.transaction() as txn:
      txn.insert_barcode("A")
      with self.raises(AlreadyExists):
        txn.insert_barcode("A")
      txn.insert_barcode("B")
    self.assertEqual(self.barcodes(), ["A", "B"])

  def test_a_commit_that_broke_off_is_aborted(self):
    for code, kind in ((Code.OUT_OF_MEMORY, OutOfMemory),
                       (Code.INTERNAL, Internal)):
      with (self.raises(kind),
            mock.patch.object(library, "orderstore_txn_commit",
                              return_value=code)):
        with self.store.transaction() as txn:
          txn.insert_barcode("A")
      with self.raises(FailedPrecondition, "has ended"):
        txn.counts()
      self.assertEqual(self.barcodes(), [])
      self.put("B")
      self.assertEqual(self.barcodes(), ["B"])
      self.store.close()
      self.store = orderstore.in_memory()

  def test_a_thread_has_one_at_a_time(self):
    with self.store.transaction():
      with self.raises(FailedPrecondition, "open transaction"):
        self.store.transaction()
    self.put("A")

  def test_another_thread_waits_until_its_time_is_over(self):
    with self.store.transaction():
      for timeout in (0, 0.001):
        with self.raises(DeadlineExceeded):
          on_another_thread(
              lambda: self.store.transaction(timeout=timeout))
    with self.raises(InvalidArgument, "timeout"):
      self.store.transaction(timeout=-1)

  def test_ids_come_to_an_end(self):
    with self.store.transaction() as txn:
      txn.insert_barcode("last", id=2**31 - 1)
      self.assertEqual(txn.next_ids().barcodes, 2**31)
      with self.raises(ResourceExhausted, "id"):
        txn.insert_barcode("none")


if __name__ == "__main__":
  unittest.main()

#!/usr/bin/env python3
"""Every question, to a view and to a transaction."""

import unittest

import orderstore
from orderstore import (Barcode, CustomerTickets, FailedPrecondition,
                        InvalidArgument, NewBarcode, NewCustomer, NewOrder)
from store_case import StoreCase

# What no row has for an id.
NO_IDS = (0, -1, 99, 2**31 - 1, 2**31, 2**32 + 1, -2**32 + 1, 2**64 + 1)
# What no row has for a text.
NO_TEXTS = ("", "none", "a", "A ", "A\0", "\0", "\ud800", "Ä", "x" * 1000)


class ReaderTest(StoreCase):
  """Each test asks a view, and a transaction, of the same state."""

  def setUp(self):
    super().setUp()
    self.put_shop()

  def readers(self):
    for opening in (self.store.view, self.store.transaction):
      with opening() as reader:
        yield reader

  def values(self, rows) -> str:
    return "".join(row.value for row in rows)

  # ---- One row ----

  def test_a_row_is_found_by_its_id(self):
    for reader in self.readers():
      ann = reader.find_customer(1)
      self.assertEqual((ann.id, ann.email, ann.name), (1, "ann@x", "Ann"))
      order = reader.find_order(3)
      self.assertEqual((order.id, order.customer_id), (3, 2))
      barcode = reader.find_barcode(2)
      self.assertEqual((barcode.id, barcode.value, barcode.order_id,
                        barcode.is_used), (2, "B", 1, True))
      unassigned = reader.find_barcode(7)
      self.assertEqual((unassigned.order_id, unassigned.is_used),
                       (None, False))

  def test_a_row_is_found_by_its_text(self):
    for reader in self.readers():
      self.assertEqual(reader.find_customer_by_email("bob@x").id, 2)
      self.assertEqual(reader.find_barcode_by_value("D").id, 4)

  def test_what_is_not_there_is_none(self):
    for reader in self.readers():
      for id in NO_IDS:
        with self.subTest(id):
          self.assertIsNone(reader.find_customer(id))
          self.assertIsNone(reader.find_order(id))
          self.assertIsNone(reader.find_barcode(id))
          self.assertIsNone(reader.ticket_count(id))
          self.assertEqual(reader.orders_of(id), [])
          self.assertEqual(reader.barcodes_of(id), [])
      for text in NO_TEXTS:
        with self.subTest(text):
          self.assertIsNone(reader.find_customer_by_email(text))
          self.assertIsNone(reader.find_barcode_by_value(text))

  def test_what_is_no_id_or_text_is_a_type_error(self):
    for reader in self.readers():
      for find in (reader.find_customer, reader.find_order,
                   reader.find_barcode, reader.orders_of, reader.barcodes_of,
                   reader.ticket_count, reader.top_customers,
                   reader.customers, reader.orders, reader.barcodes,
                   reader.unassigned_barcodes):
        for wrong in ("1", 1.0, None):
          with self.subTest(find.__name__), self.assertRaises(TypeError):
            find(wrong)
      for find in (reader.find_customer_by_email,
                   reader.find_barcode_by_value):
        for wrong in (b"A", 1, None):
          with self.subTest(find.__name__), self.assertRaises(TypeError):
            find(wrong)

  # ---- Many rows at once ----

  def test_many_rows_are_found_in_the_order_of_their_keys(self):
    for reader in self.readers():
      self.assertEqual(
          [row and row.name for row in reader.find_customers([2, 9, 1, 2])],
          ["Bob", None, "Ann", "Bob"])
      self.assertEqual(
          [row and row.id for row in reader.find_customers_by_email(
              ["bob@x", "", "ann@x"])], [2, None, 1])
      self.assertEqual(
          [row and row.customer_id for row in reader.find_orders(
              iter((3, 4, 1)))], [2, None, 1])
      self.assertEqual(
          [row and row.value for row in reader.find_barcodes(range(6, 9))],
          ["F", "G", None])
      self.assertEqual(
          [row and row.id for row in reader.find_barcodes_by_value("GxA")],
          [7, None, 1])

  def test_many_that_are_not_there_are_none(self):
    for reader in self.readers():
      for find in (reader.find_customers, reader.find_orders,
                   reader.find_barcodes):
        self.assertEqual(find(NO_IDS), [None] * len(NO_IDS))
        self.assertEqual(find([]), [])
      for find in (reader.find_customers_by_email,
                   reader.find_barcodes_by_value):
        self.assertEqual(find(NO_TEXTS), [None] * len(NO_TEXTS))
        self.assertEqual(find([]), [])

  def test_one_wrong_key_is_a_type_error(self):
    for reader in self.readers():
      with self.assertRaises(TypeError):
        reader.find_orders([1, "2"])
      with self.assertRaises(TypeError):
        reader.find_barcodes_by_value(["A", b"B"])

  # ---- Rows of a parent ----

  def test_the_rows_of_a_parent_are_in_id_order(self):
    for reader in self.readers():
      self.assertEqual([row.id for row in reader.orders_of(1)], [1, 2])
      self.assertEqual([row.id for row in reader.orders_of(2)], [3])
      self.assertEqual(self.values(reader.barcodes_of(1)), "ABC")
      self.assertEqual(self.values(reader.barcodes_of(1, used=True)), "B")
      self.assertEqual(self.values(reader.barcodes_of(1, used=False)), "AC")
      self.assertEqual(reader.barcodes_of(2), [])

  def test_a_parent_may_have_many(self):
    with self.store.transaction() as txn:
      values = [f"many {i}" for i in range(1000)]
      txn.insert_barcode_values(2, values)
      txn.insert_orders([NewOrder(2)] * 999)
    for reader in self.readers():
      self.assertEqual([row.value for row in reader.barcodes_of(2)], values)
      self.assertEqual(len(reader.orders_of(2)), 1000)

  # ---- Scans ----

  def test_a_scan_gives_all_in_id_order(self):
    with self.store.transaction() as txn:
      for at in range(0, 9000, 3000):
        txn.insert_customers([NewCustomer(f"{i}@x")
                              for i in range(at, at + 3000)])
        txn.insert_orders([NewOrder(1)] * 3000)
        txn.insert_barcodes([NewBarcode(str(i), 2 if i % 2 else None)
                             for i in range(at, at + 3000)])
    for reader in self.readers():
      self.assertEqual([row.id for row in reader.customers()],
                       list(range(1, 9003)))
      self.assertEqual([row.id for row in reader.orders()],
                       list(range(1, 9004)))
      self.assertEqual([row.value for row in reader.barcodes()],
                       [*"ABCDEFG", *map(str, range(9000))])
      self.assertEqual([row.value for row in reader.unassigned_barcodes()],
                       [*"EFG", *map(str, range(0, 9000, 2))])
      self.assertEqual(len(reader.top_customers(9002)), 2)

  def test_a_scan_begins_after_an_id(self):
    for reader in self.readers():
      self.assertEqual([row.id for row in reader.customers(1)], [2])
      self.assertEqual([row.id for row in reader.orders(after=2)], [3])
      self.assertEqual(self.values(reader.barcodes(3)), "DEFG")
      self.assertEqual(self.values(reader.unassigned_barcodes(5)), "FG")
      for scan in (reader.customers, reader.orders, reader.barcodes,
                   reader.unassigned_barcodes):
        for after in (7, 2**31 - 1, 2**31, 2**32 + 1):
          self.assertEqual(list(scan(after)), [])
        for after in (-1, -2**31, -2**32 + 5):
          self.assertEqual(list(scan(after)), list(scan()))

  def test_a_scan_may_end_early_and_go_on_later(self):
    for reader in self.readers():
      scan = reader.barcodes()
      first = next(scan)
      self.assertEqual(first.value, "A")
      del scan
      self.assertEqual(self.values(reader.barcodes(first.id)), "BCDEFG")

  def test_an_empty_store_has_nothing(self):
    with orderstore.in_memory() as store, store.view() as view:
      for scan in (view.customers, view.orders, view.barcodes,
                   view.unassigned_barcodes):
        self.assertEqual(list(scan()), [])
      self.assertEqual(view.counts(), orderstore.Counts(0, 0, 0, 0, 0))
      self.assertEqual(view.digests(), orderstore.Digests(0, 0, 0))
      self.assertEqual(view.next_ids(), orderstore.NextIds(1, 1, 1))
      self.assertEqual(view.top_customers(5), [])
      self.assertEqual(view.lsn, 0)

  # ---- Analytics ----

  def test_counts_are_those_of_the_state(self):
    for reader in self.readers():
      self.assertEqual(reader.counts(), orderstore.Counts(2, 3, 7, 3, 6))
      self.assertEqual(reader.next_ids(), orderstore.NextIds(3, 4, 8))
      self.assertEqual(reader.lsn, 1)
      self.assertEqual((reader.ticket_count(1), reader.ticket_count(2)),
                       (3, 1))

  def test_digests_tell_states_apart(self):
    with self.store.view() as view:
      before = view.digests()
    self.assertNotIn(0, (before.customers, before.orders, before.barcodes))
    with self.store.transaction() as txn:
      txn.redeem("A")
      self.assertNotEqual(txn.digests().barcodes, before.barcodes)
      self.assertEqual(txn.digests().orders, before.orders)

  def test_top_customers_are_the_first_k(self):
    for reader in self.readers():
      self.assertEqual(reader.top_customers(0), [])
      self.assertEqual(reader.top_customers(1), [CustomerTickets(1, 3)])
      for k in (2, 100, 101, 10**6, 2**63 - 1):
        self.assertEqual(reader.top_customers(k), [
            CustomerTickets(1, 3), CustomerTickets(2, 1)])
      for k in (-1, 2**63, 2**64 + 1):
        with self.raises(InvalidArgument, "number of rows"):
          reader.top_customers(k)

  # ---- States ----

  def test_a_view_stays_as_it_is(self):
    with self.store.view() as view:
      with self.store.transaction() as txn:
        txn.update_customer(1, name="Anna")
        txn.redeem("A")
        txn.delete_barcode(7)
      self.assertEqual(view.find_customer(1).name, "Ann")
      self.assertFalse(view.find_barcode_by_value("A").is_used)
      self.assertEqual(view.counts().barcodes, 7)
      self.assertEqual(view.lsn, 1)
    with self.store.view() as view:
      self.assertEqual(view.find_customer(1).name, "Anna")
      self.assertEqual(view.lsn, 2)

  def test_a_transaction_reads_its_own_writes(self):
    with self.store.transaction() as txn, self.store.view() as view:
      customer = txn.insert_customer("new@x")
      txn.insert_barcodes([NewBarcode(f"new {i}") for i in range(3)])
      order = txn.insert_order(customer)
      txn.assign_barcodes(order, 6)
      self.assertEqual(txn.top_customers(1000), [
          CustomerTickets(3, 6), CustomerTickets(1, 3), CustomerTickets(2, 1)])
      self.assertEqual(txn.counts().customers, 3)
      self.assertEqual(view.counts().customers, 2)

  def test_rows_outlive_what_gave_them(self):
    with self.store.view() as view:
      rows = list(view.barcodes())
    self.store.close()
    self.assertEqual(self.values(rows), "ABCDEFG")
    self.assertEqual(rows[0], Barcode(1, "A", 1, False, rows[0].created_at_us,
                                      rows[0].updated_at_us))
    self.assertEqual(len({*rows, *rows}), 7)

  def test_a_scan_of_a_view_that_was_closed_raises(self):
    with self.store.transaction() as txn:
      txn.insert_barcodes([NewBarcode(str(i)) for i in range(100)])
    with self.store.view() as view:
      scan = view.barcodes()
      next(scan)
    with self.raises(FailedPrecondition, "the view is closed"):
      list(scan)


if __name__ == "__main__":
  unittest.main()

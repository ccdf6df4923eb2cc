#!/usr/bin/env python3
"""A store's files: what is found to be wrong, what is saved, and the log as
committed transactions."""

import os
import unittest
from datetime import datetime, timezone

import orderstore
from orderstore import (AlreadyExists, Cancelled, Change, ChangeKind, DataLoss,
                        FailedPrecondition, FindingKind, InvalidArgument,
                        NotFound, OutOfRange)
from store_case import FolderCase, segment_file, snapshot_file


class VerifyTest(FolderCase):

  def test_a_sound_store_has_no_problem(self):
    self.put("A")
    self.store.write_snapshot()
    self.put("B")
    self.store.close()
    report = orderstore.verify(self.shop)
    self.assertEqual((report.problems, report.findings), (0, ()))
    self.assertEqual((report.opens, report.open_lsn, report.provable_lsn,
                      report.newest_lsn), (True, 2, 2, 2))
    self.assertEqual((report.torn_bytes, report.unfinished_bytes), (0, 0))
    with orderstore.open_log(self.shop) as log:
      self.assertEqual(report.store_uuid, log.store_uuid)
    self.assertRegex(report.store_uuid, r"^[0-9a-f-]{36}$")

  def test_without_replay_nothing_is_proven(self):
    self.put("A")
    report = orderstore.verify(self.shop, replay=False)  # beside the writer
    self.assertEqual(report.problems, 0)
    self.assertTrue(report.opens)
    self.assertIsNone(report.provable_lsn)

  def test_each_finding_tells_where_and_what(self):
    self.put("A")
    self.put("B")
    self.store.close()
    self.flip_byte(segment_file(1), 4096 + 4096 + 80)
    (self.shop / "of somebody else é").touch()
    with open(os.fsencode(self.shop / "x") + b"\xff", "wb"):
      pass
    report = orderstore.verify(self.shop)
    self.assertGreater(report.problems, 0)
    self.assertEqual(report.warnings, 2)
    self.assertFalse(report.opens)
    problems = [finding for finding in report.findings
                if finding.kind is FindingKind.PROBLEM]
    self.assertEqual(len(problems), report.problems)
    self.assertTrue(any(
        finding.file == segment_file(1) and finding.what and
        finding.offset is not None for finding in problems))
    warnings = [finding for finding in report.findings
                if finding.kind is FindingKind.WARNING]
    self.assertEqual({finding.file for finding in warnings}, {
        "of somebody else é", os.fsdecode(b"x\xff")})
    self.assertEqual({finding.offset for finding in warnings}, {None})
    [last] = [finding for finding in report.findings
              if finding.kind is FindingKind.DOES_NOT_OPEN]
    with self.assertRaises(DataLoss) as caught:
      orderstore.open(self.shop)
    self.assertEqual(last.what, str(caught.exception))

  def test_a_store_that_is_not_there(self):
    with self.raises(NotFound, "none"):
      orderstore.verify(self.folder / "none")


class SalvageTest(FolderCase):

  def damage_the_second_of_four(self):
    self.put_shop()
    for value in "XYZ":
      self.put(value)
    self.store.close()
    self.flip_byte(segment_file(1), 2 * 4096 + 80)

  def test_what_is_proven_is_saved_and_the_rest_is_named(self):
    self.damage_the_second_of_four()
    saved = self.folder / "saved"
    report = orderstore.salvage(self.shop, saved)
    self.assertFalse(report.is_whole)
    self.assertGreater(report.problems, 0)
    self.assertEqual((report.lsn, report.snapshot_lsn, report.newest_lsn),
                     (1, 0, 4))
    self.assertNotEqual(report.store_uuid, report.new_store_uuid)
    lsns = {finding.kind: (finding.first_lsn, finding.last_lsn)
            for finding in report.findings}
    self.assertIn(FindingKind.PROBLEM, lsns)
    self.assertEqual(lsns[FindingKind.LOST], (2, 2))
    self.assertEqual(lsns[FindingKind.UNAPPLIED], (3, 4))
    with orderstore.open(saved) as store, store.view() as view:
      self.assertEqual(view.lsn, report.lsn)
      self.assertEqual(view.counts(), report.counts)

  def test_a_sound_store_is_saved_whole(self):
    self.put_shop()
    self.store.write_snapshot()
    self.store.close()
    report = orderstore.salvage(self.shop, self.folder / "saved",
                                cancel=orderstore.Cancel())
    self.assertTrue(report.is_whole)
    self.assertEqual((report.findings, report.problems), ((), 0))
    self.assertEqual((report.lsn, report.snapshot_lsn), (1, 1))

  def test_what_cannot_be_saved_is_an_error(self):
    self.put("A")
    self.store.close()
    with self.raises(AlreadyExists, "shop"):
      orderstore.salvage(self.shop, self.shop)
    with self.raises(NotFound, "none"):
      orderstore.salvage(self.folder / "none", self.folder / "saved")
    cancel = orderstore.Cancel()
    cancel.request()
    with self.raises(Cancelled):
      orderstore.salvage(self.shop, self.folder / "saved", cancel=cancel)


class LogTest(FolderCase):

  def make_history(self):
    """One transaction of each kind of change, and one that only deletes."""
    with self.store.transaction() as txn:
      txn.insert_customer("ann@x", "Ann", created_at=1, updated_at=2)
      txn.insert_orders([orderstore.NewOrder(1, created_at=3, updated_at=4)])
      txn.insert_barcode("A", created_at=5, updated_at=6)
      txn.insert_barcode("B", 1, is_used=True, created_at=7, updated_at=8)
    with self.store.transaction() as txn:
      txn.update_customer(1, name="Anna", updated_at=9)
      txn.update_customer(1, updated_at=10)
      txn.update_order(1, updated_at=11)
      txn.update_barcode(1, value="C", updated_at=12)
      txn.update_barcode(1, order_id=1, updated_at=13)
    with self.store.transaction() as txn:
      txn.delete_barcode(1)
      txn.delete_barcode(2)
      txn.delete_order(1)
      txn.delete_customer(1)

  def test_the_transactions_are_given_with_their_changes(self):
    self.make_history()
    nothing = dict(customer_id=None, order_id=None, is_used=None, email=None,
                   name=None, value=None, created_at_us=None,
                   updated_at_us=None)

    def change(kind, id, **columns):
      return Change(**(nothing | columns | {"kind": kind, "id": id}))

    with orderstore.open_log(self.shop, after=0) as log:
      self.assertEqual(log.lsn, 0)
      first, second, third = log
      self.assertEqual(log.lsn, 3)
    self.assertEqual((first.lsn, first.time_us), (1, 8))
    self.assertEqual(first.time, datetime(1970, 1, 1, 0, 0, 0, 8,
                                          timezone.utc))
    self.assertEqual(first.changes, (
        change(ChangeKind.CUSTOMER_INSERTED, 1, email="ann@x", name="Ann",
               created_at_us=1, updated_at_us=2),
        change(ChangeKind.ORDER_INSERTED, 1, customer_id=1, created_at_us=3,
               updated_at_us=4),
        change(ChangeKind.BARCODE_INSERTED, 1, value="A", is_used=False,
               created_at_us=5, updated_at_us=6),
        change(ChangeKind.BARCODE_INSERTED, 2, value="B", order_id=1,
               is_used=True, created_at_us=7, updated_at_us=8)))
    self.assertEqual((second.lsn, second.time_us), (2, 13))
    self.assertEqual(second.changes, (
        change(ChangeKind.CUSTOMER_UPDATED, 1, email="ann@x", name="Anna",
               updated_at_us=9),
        change(ChangeKind.CUSTOMER_UPDATED, 1, updated_at_us=10),
        change(ChangeKind.ORDER_UPDATED, 1, customer_id=1, updated_at_us=11),
        change(ChangeKind.BARCODE_UPDATED, 1, value="C", is_used=False,
               updated_at_us=12),
        change(ChangeKind.BARCODE_UPDATED, 1, order_id=1, is_used=False,
               updated_at_us=13)))
    self.assertEqual((third.lsn, third.time_us, third.time), (3, None, None))
    self.assertEqual(third.changes, (
        change(ChangeKind.BARCODE_DELETED, 1),
        change(ChangeKind.BARCODE_DELETED, 2),
        change(ChangeKind.ORDER_DELETED, 1),
        change(ChangeKind.CUSTOMER_DELETED, 1)))

  def test_at_the_end_there_is_nothing_and_later_more(self):
    self.put("A")
    with orderstore.open_log(self.shop, after=1) as log:
      self.assertIsNone(log.next())
      self.assertEqual(list(log), [])
      self.put("B")
      self.assertEqual([transaction.lsn for transaction in log], [2])
      self.put("C")
      self.assertEqual(log.next().changes[0].value, "C")
      self.assertIsNone(log.next())

  def test_what_the_log_does_not_have_is_an_error(self):
    self.put("A")
    with self.raises(FailedPrecondition, "2"):
      orderstore.open_log(self.shop, after=2)
    with self.raises(InvalidArgument, "no LSN"):
      orderstore.open_log(self.shop, after=-1)
    for after in (None, 0):
      with self.raises(NotFound, "none"):
        orderstore.open_log(self.folder / "none", after=after)

  def test_a_shortened_log_begins_with_its_oldest_transaction(self):
    self.make_history()
    for value in "DEFGH":
      self.put(value)
      self.store.write_snapshot()
    self.assertTrue((self.shop / snapshot_file(8)).exists())
    with self.raises(OutOfRange):
      orderstore.open_log(self.shop, after=0)
    with orderstore.open_log(self.shop) as log:
      lsns = [transaction.lsn for transaction in log]
    self.assertGreater(lsns[0], 1)
    self.assertEqual(lsns, list(range(lsns[0], 9)))

  def test_a_follower_makes_the_same_rows(self):
    self.make_history()
    self.put_shop_of_ids_from(2)
    with orderstore.in_memory() as copy:
      with orderstore.open_log(self.shop) as log:
        for transaction in log:
          with copy.transaction() as txn:
            for change in transaction.changes:
              apply(txn, change)
      with copy.view() as view, self.store.view() as own:
        self.assertEqual(view.digests(), own.digests())
        self.assertEqual(view.counts(), own.counts())

  def put_shop_of_ids_from(self, customer: int):
    with self.store.transaction() as txn:
      self.assertEqual(txn.insert_customer("é@x", "É"), customer)
      order = txn.insert_order(customer)
      txn.insert_barcode_values(order, ["x", "y"])
      txn.insert_barcode("z")
      txn.redeem("x")


def apply(txn: orderstore.Transaction, change: Change) -> None:
  """What a follower does."""
  times = {"created_at": change.created_at_us,
           "updated_at": change.updated_at_us}
  newer = {"updated_at": change.updated_at_us}
  match change.kind:
    case ChangeKind.CUSTOMER_INSERTED:
      txn.insert_customer(change.email, change.name, id=change.id, **times)
    case ChangeKind.CUSTOMER_UPDATED:
      txn.update_customer(change.id, email=change.email, name=change.name,
                          **newer)
    case ChangeKind.CUSTOMER_DELETED:
      txn.delete_customer(change.id)
    case ChangeKind.ORDER_INSERTED:
      txn.insert_order(change.customer_id, id=change.id, **times)
    case ChangeKind.ORDER_UPDATED:
      txn.update_order(change.id, customer_id=change.customer_id, **newer)
    case ChangeKind.ORDER_DELETED:
      txn.delete_order(change.id)
    case ChangeKind.BARCODE_INSERTED:
      txn.insert_barcode(change.value, change.order_id, id=change.id,
                         is_used=change.is_used, **times)
    case ChangeKind.BARCODE_UPDATED:
      txn.update_barcode(change.id, value=change.value,
                         order_id=change.order_id, is_used=change.is_used,
                         **newer)
    case ChangeKind.BARCODE_DELETED:
      txn.delete_barcode(change.id)


if __name__ == "__main__":
  unittest.main()

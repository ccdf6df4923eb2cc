"""Proves which targets the rows beside the peers have. Run by report_test.py."""

from report_fixture import ReportCase
# pylint: disable=wrong-import-order
from peer_rows import ROWS

TARGETS = {
    **{label + how: target
       for label in ("Lookup of a customer by email",
                     "Lookup of a barcode by value",
                     "Lookup of a customer by id", "Lookup of an order by id")
       for how, target in (("", 8), (", in one read transaction", 8),
                           (", 32 at a time", 30), (", not there", 8),
                           (", not there, 32 at a time", 30))},
    "Orders of a customer": 8,
    "Orders of a customer, not there": 8,
    "Unused barcodes of an order": 8,
    "Unused barcodes of an order, not there": 8,
    "Top 5 customers, computed from all rows": 3,
    "Checkouts that are not synced": 8,
    "Redemptions that are not synced": 8,
    "Durable checkouts, 1 thread": 1.2,
    "Durable checkouts, 8 threads": 3,
    "Durable checkouts, 64 threads": 5,
    "Bulk load, rows": 4,
    "Bulk load, durable at its end": 4,
    "Memory of a row": 1,
    "Backup beside a writer": 5,
    "Reopen and read all, a row": 5,
}


class RowsTest(ReportCase):

    def test_targets_are_those_that_the_store_is_built_for(self):
        self.assertEqual(TARGETS, {row.label: row.target for row in ROWS
                                   if row.target is not None})

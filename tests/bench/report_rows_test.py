"""Proves which targets the rows beside the peers have, and what the report says
where a product has no figure. Run by report_test.py."""

from report_fixture import (MAP, ROOT, SIZE, STORE, STORE_SYNC, ReportCase,
                            bench, day, latencies)
# pylint: disable=wrong-import-order
import absences
import peer_tables
import readme
import run_text
from peer_rows import ROWS
from results import Folder

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
    "Top 5 customers, computed from rows or an index": 3,
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

    # ---- What has no figure. ----

    def sentence(self, rows=ROWS):
        """Of all that was put, what `-` stands for."""
        return absences.sentence(peer_tables.Peers(Folder(self.dir), SIZE),
                                 rows, "`-`")

    def test_products_without_a_figure_are_told_with_the_reason(self):
        for work, run, told in (
                ("durable_checkout/threads_8", {}, "no files (hash maps)"),
                ("order_by_id/hit_in_read", {},
                 "no read transaction of several calls (Redis)"),
                ("memory/rows", {"bytes_a_row_resident": 84},
                 "not all rows in memory (RocksDB, PostgreSQL)"),
                ("day/rate10000_readers0", {"redeem_p99_ns": 1},
                 "not asked for 10,000 a second, as a server (PostgreSQL, "
                 "Redis)"),
                ("day/rate10000_readers1", {"reader_p99_ns": 1},
                 "no threads beside a writer (Tarantool, hash maps)")):
            with self.subTest(work):
                self.put_peers(**{
                    kind: [bench(f"{work}/{kind}", 1e5, **run)]
                    for kind in ("store", "store_sync")}, **{
                    kind: [bench(f"bulk_load/rows/{kind}", 1e5)]
                    for kind in ("map", "rocksdb_sync", "postgresql_sync",
                                 "redis_memory", "tarantool_memory")})
                self.assertIn(told, self.sentence())

    def test_latencies_are_missing_of_who_is_behind_and_of_too_few(self):
        few = day("lmdb_sync", 2000)
        del few["checkout_p99_ns"]
        self.put_peers(store_sync=[day("store_sync", 1000)],
                       sqlite_full=[day("sqlite_full", 9e5, behind_ns=2.5e9)])
        self.put("peers/lmdb.json", [few], at_risk_lmdb_sync="nothing")
        self.assertEqual(
            self.sentence([row for row in ROWS
                           if row.label == "A day synced, checkout p99"]),
            "`-`: could not keep up (SQLite); fewer than ten beyond the "
            "percentile (LMDB).")

    def test_percentiles_are_missing_where_a_thread_hardly_sold(self):
        work = "durable_checkout/threads_8"
        self.put_peers(
            store_sync=[bench(f"{work}/store_sync", 4e4, least_share=0.9,
                              **latencies("", 2e5))],
            sqlite_full=[bench(f"{work}/sqlite_full", 4e3, least_share=0.04)])
        self.assertEqual(
            self.sentence([row for row in ROWS
                           if row.label == "Durable checkouts, 8 threads, p99"]),
            "`-`: a thread hardly got to sell (SQLite).")
        text = self.report()
        self.assertIn("The least share: `sqlite_full` with 8 threads, 0.04.",
                      text)
        self.put_peers(sqlite_full=[bench(f"{work}/sqlite_full", 4e3,
                                          least_share=0.6,
                                          **latencies("", 2e5))])
        self.assertNotIn("The least share", self.report())

    def test_one_run_in_which_a_thread_hardly_sold_is_told(self):
        work = "durable_checkout/threads_8"
        fair = bench(f"{work}/sqlite_full", 4e3, least_share=0.9,
                     **latencies("", 2e5))
        self.put_peers(
            store_sync=[bench(f"{work}/store_sync", 4e4, least_share=0.9,
                              **latencies("", 2e5))],
            sqlite_full=[fair, bench(f"{work}/sqlite_full", 4e3,
                                     least_share=0.3), fair])
        self.assertEqual(
            self.sentence([row for row in ROWS
                           if row.label == "Durable checkouts, 8 threads, p99"]),
            "`-`: a thread hardly got to sell (SQLite).")
        self.assertIn("The least share: `sqlite_full` with 8 threads, 0.30.",
                      self.report())

    def test_what_did_not_run_is_said_not_to_be_measured(self):
        self.put_peers(store=STORE, map=MAP)
        self.assertIn("not measured (hash maps)", self.sentence())

    def test_nothing_is_told_where_all_have_figures(self):
        self.put_peers(store=[bench("checkout/throughput/store", 4e5)],
                       map=[bench("checkout/throughput/map", 7e5)])
        self.assertEqual(self.sentence(), "")
        self.assertNotIn("`-`:", self.report())

    def test_report_and_readme_tell_it_beside_their_tables(self):
        self.put_peers(store=STORE, store_sync=STORE_SYNC, map=MAP)
        told = self.sentence([row for row in ROWS if row.short])
        self.assertIn("no files (hash maps)", told)
        text = self.report()
        first, rest = text.split("Of each other product the best of its kinds")
        self.assertIn(told, first)
        self.assertIn(self.sentence(), rest)
        block = readme.section(Folder(self.dir), None)
        self.assertIn(told.replace("`-`", "Blank"), " ".join(block.split()))

    # ---- Percentiles. ----

    def test_how_many_make_a_percentile_is_told(self):
        self.put_peers(store=[bench("barcode_by_value/latency/store", 3e6,
                                    **latencies("", 300))])
        self.assertIn("told where ten latencies or more of each run are beyond",
                      self.report())
        self.assertIn(run_text.PERCENTILES, self.report())
        counters = (ROOT / "bench/latency_counters.h").read_text(
            encoding="utf-8")
        self.assertIn("count() * beyond < 10 * 10'000) break;", counters)

"""Proves that a reason for a loss is told only where the figures of the run do
not contradict it. Run by report_test.py."""

import unittest.mock

from report_fixture import AT_RISK, SIZE, ReportCase, bench, day
# pylint: disable=wrong-import-order
import peer_rows
import store_rows
from conditions import Lost
from limits import Limits
from losses import beside_floor, beside_peers
from peer_tables import Peers
from reasons import FLOOR_REASONS, PEER_REASONS, Reason
from results import Folder
from store_tables import StoreTables

# Beside hash maps, that look up in a quarter of the time.
BARCODE_MISS = {"barcode_by_value/miss_single/store": 10e6,
                "barcode_by_value/miss_single/map": 40e6}
ONE_RUN = "It is of one run of each, which tells little of a tail"
VIEW_OF_40_NS = {"view/open_close/store": 25e6}


class ReasonsTest(ReportCase):

    def put_figures(self, path, figures, **context):
        """`figures`: a rate, or counters, by name."""
        self.put(path, [
            bench(name, **figure) if isinstance(figure, dict)
            else bench(name, figure) for name, figure in figures.items()],
            **context)

    def of_peers(self, label, figures, own=None, **context):
        """The reasons of a loss beside peers, as one text. `own`: what was
        measured of the store beside its floor."""
        self.put_figures("peers/all.json", figures, **context, **{
            f"at_risk_{name}": risk for name, risk in AT_RISK.items()})
        self.put_figures("store/all.json", own or {})
        return self.told(label, beside_peers(Peers(Folder(self.dir), SIZE)))

    def of_floor(self, label, figures, **context):
        self.put_figures("store/all.json", figures, **context)
        return self.told(label, beside_floor(StoreTables(Folder(self.dir),
                                                         SIZE)))

    def told(self, label, losses):
        return ". ".join({loss.label: loss for loss in losses}[label].reasons)

    # ---- The rows and products of a reason. ----

    def test_reason_names_no_product_but_its_own(self):
        for reason in PEER_REASONS:
            named = {product for product, name in peer_rows.PRODUCTS.items()
                     if name.lower() in reason.text.lower()} - {"store"}
            self.assertLessEqual(named, set(reason.of), reason.text)

    def test_reason_can_be_judged_in_each_of_its_rows(self):
        limits = Limits(Folder(self.dir), SIZE)
        floor = (*store_rows.RATIOS, *store_rows.FIGURES, *store_rows.DURABLE)
        for reasons, rows in ((PEER_REASONS, peer_rows.ROWS),
                              (FLOOR_REASONS, floor)):
            by_label = {row.label: row for row in rows}
            for reason in reasons:
                for label in reason.labels:
                    lost = Lost(by_label[label], "store", ("map",), (),
                                lambda *_: 2.0, limits, None, True, aim=1.0)
                    for holds in reason.when:
                        self.assertIn(holds(lost), (True, False))

    def test_text_is_told_of_those_alone_who_win(self):
        row, one_step = "order_by_id/hit_one_view", "at its id, in one step"
        floor = "order_by_id/hit_single/floor"
        told = self.of_floor("Order by id, one view", {
            f"{row}/store": 1e6, f"{floor}_maps": 2e6, f"{floor}_arrays": 5e5})
        self.assertIn("by a directory", told)
        self.assertNotIn(one_step, told)
        self.assertIn(one_step, self.of_floor("Order by id, one view", {
            f"{row}/store": 1e6, f"{floor}_maps": 5e5, f"{floor}_arrays": 2e6}))

    def test_reason_of_some_tells_of_whom_there_is_none(self):
        disk = {"memory/rows/store_sync": {"bytes_a_row_disk": 84}}
        for others, told in (
                (("sqlite_full",), ""),
                (("sqlite_full", "lmdb_sync"), "Why, beside LMDB, is not known"),
                (("sqlite_full", "lmdb_sync", "redis_always"),
                 "Why, beside LMDB and Redis, is not known")):
            reasons = self.of_peers("Disk of a row", disk | {
                f"memory/rows/{name}": {"bytes_a_row_disk": 80}
                for name in others})
            self.assertIn("SQLite's B-tree packs", reasons)
            self.assertEqual(reasons.partition("pages. ")[2], told)
        self.assertEqual("", self.of_peers("Disk of a row", disk | {
            "memory/rows/lmdb_sync": {"bytes_a_row_disk": 80},
            "memory/rows/sqlite_full": {"bytes_a_row_disk": 90}}))

    def test_floor_whom_no_reason_tells_of_is_named(self):
        row, floor = "redeem/latency/", "redeem/latency/floor_"
        self.assertNotIn("Why,", self.of_floor("Redeem, p50", {
            f"{row}store": {"p50_ns": 500}, f"{floor}maps": {"p50_ns": 400},
            f"{floor}arrays": {"p50_ns": 400}}))
        row, floor = "barcode_by_value/hit_", "barcode_by_value/hit_single/floor_"
        self.assertIn("Why, beside arrays, is not known", self.of_one_reason(
            ("floor_maps",), "Lookup by barcode value, hit, one view", {
                f"{row}one_view/store": 1e6, f"{floor}maps": 2e6,
                f"{floor}arrays": 2e6}))

    def of_one_reason(self, of, label, figures):
        """As if it were the only one there is."""
        with unittest.mock.patch("losses.FLOOR_REASONS",
                                 (Reason("So it is", (label,), of),)):
            return self.of_floor(label, figures)

    def test_filters_are_a_reason_beside_rocksdb(self):
        told = self.of_peers("Lookup of a barcode by value, not there", {
            "barcode_by_value/miss_single/store": 10e6,
            "barcode_by_value/miss_single/rocksdb_sync": 2e6})
        self.assertIn("RocksDB has Bloom filters", told)

    def test_switching_is_a_reason_where_the_kernel_has_the_processors(self):
        row = "durable_checkout/threads_64/"
        for busy, in_kernel, sqlite, is_told in (
                (0.50, 0.25, 3e3, True), (0.49, 0.40, 3e3, False),
                (0.50, 0.24, 3e3, False), (0.50, 0.40, 12e3, False)):
            self.assertEqual("a thread to sleep" in self.of_peers(
                "Durable checkouts, 64 threads", {
                    f"{row}store_sync": {"items_per_second": 10e3,
                                         "processors_busy": busy,
                                         "processors_in_kernel": in_kernel},
                    f"{row}sqlite_full": sqlite}), is_told)
        self.assertNotIn("a thread to sleep", self.of_peers(
            "Durable checkouts, 64 threads",
            {f"{row}store_sync": 10e3, f"{row}sqlite_full": 3e3}))

    def test_small_pages_are_a_reason_on_days(self):
        row = "day/rate10000_readers1/"
        for own, small, huge, is_told in (
                (1e6, 90e3, "1", True), (1e6, 110e3, "1", False),
                (1e6, 90e3, "0", False), (1e6, None, "1", False),
                (170e3, 90e3, "1", False)):
            figures = {f"{row}store": {"lookup_p99_ns": own},
                       f"{row}lmdb_memory": {"lookup_p99_ns": 100e3}}
            if small:
                figures[f"{row}store_small_pages"] = {"lookup_p99_ns": small}
            told = self.of_peers(
                "A day not synced, with a reader beside it, lookup p99",
                figures, store_huge_pages=huge)
            self.assertEqual("hands huge pages to the store" in told, is_told)

    def test_sync_is_a_reason_beside_a_backup(self):
        row = "beside_backup/backup/"
        for quiet, later, is_told in ((1e6, 1e5, True), (1e6, 8e6, False),
                                      (1e6, None, False), (60e6, 1e5, False),
                                      (None, 1e5, False)):
            self.put("peers/synced.json", [bench(
                f"{row}store_sync", backup_p90_ns=94e6,
                **({"quiet_p90_ns": quiet} if quiet else {}))],
                at_risk_store_sync="nothing")
            self.put("peers/other.json", [bench(f"{row}redis_always",
                                                backup_p90_ns=7e6)],
                     at_risk_redis_always="nothing")
            self.put("peers/later.json", [bench(
                f"{row}store_async", backup_p90_ns=later)] if later else [],
                at_risk_store_async="something")
            told = self.told(
                "Backup beside a writer, checkout p90 during it",
                beside_peers(Peers(Folder(self.dir), SIZE)))
            self.assertEqual("Each commit's sync waits" in told, is_told)

    def test_disk_is_a_reason_where_it_was_slower_for_the_store(self):
        row = "durable_checkout/threads_1/"
        for own, other, is_told in (((2.5e3, 1.25), (3e3, 1.0), True),
                                    ((2.5e3, 1.19), (3e3, 1.0), False),
                                    ((2.5e3, 1.25), (3e3, None), False),
                                    ((2.5e3, None), (3e3, 1.0), False),
                                    ((2.3e3, 1.25), (2e3, 1.0), True),
                                    ((2.3e3, 1.19), (2e3, 1.0), False)):
            figures = {
                f"{row}{name}": {
                    "items_per_second": rate,
                    **({"ratio_to_raw": ratio} if ratio else {})}
                for name, (rate, ratio) in (("store_sync", own),
                                            ("sqlite_full", other))}
            self.assertEqual("The disk was slower" in self.of_peers(
                "Durable checkouts, 1 thread", figures), is_told, (own, other))

    def test_log_is_a_reason_where_memory_alone_meets_the_target(self):
        row = "bulk_load/rows/"
        for in_memory, sqlite, is_told in ((8e6, 2e6, True), (7e6, 2e6, False),
                                           (None, 2e6, False),
                                           (40e6, 7e6, False)):
            figures = {f"{row}store_sync": 6e6, f"{row}sqlite_full": sqlite}
            if in_memory:
                figures[f"{row}store"] = in_memory
            self.assertEqual("makes their records" in self.of_peers(
                "Bulk load, durable at its end", figures), is_told)

    def test_opening_is_quick_where_rows_are_read_later(self):
        label = "Reopen and read all, opening alone"
        for peer, is_told in (("sqlite_full", True), ("redis_always", False)):
            told = self.of_peers(label, {
                "reopen/closed/store_sync": {"open_seconds": 1},
                f"reopen/closed/{peer}": {"open_seconds": 0.1}})
            self.assertEqual(bool(told), is_told)

    def test_packing_is_no_reason_where_small_pages_are_enough(self):
        for small, is_told in ((82, True), (79, False)):
            told = self.of_peers("Memory of a row", {
                f"memory/rows/{peer}": {"bytes_a_row_resident": bytes_}
                for peer, bytes_ in (("store", 84), ("store_small_pages", small),
                                     ("sqlite_memory", 80))},
                store_huge_pages="1")
            self.assertEqual("packs numbers of few bytes" in told, is_told)
            self.assertEqual("Not all huge pages are full" in told, not is_told)

    def test_pages_that_are_not_full_are_a_reason_of_few_rows(self):
        for rows, small, is_told in ((1.0e6, None, True), (1.1e6, None, False),
                                     (1.1e6, 90, True), (1.0e6, 91, False),
                                     (1.0e6, 79, False)):
            bytes_a_row = {"store": 100, "map": 80}
            if small:
                bytes_a_row["store_small_pages"] = small
            for huge in "01":
                told = self.of_peers("Memory of a row", {
                    **{f"memory/rows/{peer}": {"bytes_a_row_resident": value}
                       for peer, value in bytes_a_row.items()},
                    "bulk_load/rows/map": rows}, store_huge_pages=huge)
                self.assertEqual("ends in a huge page" in told,
                                 is_told and huge == "1")

    def test_compression_is_a_reason_where_tarantool_wins(self):
        for peer, is_told in (("tarantool_sync", True), ("lmdb_sync", False)):
            told = self.of_peers("Disk of a row", {
                f"memory/rows/{name}": {"bytes_a_row_disk": bytes_}
                for name, bytes_ in (("store_sync", 84), (peer, 30))})
            self.assertEqual("compresses its snapshots" in told, is_told)

    def test_backup_of_a_rival_that_is_slower_is_no_reason(self):
        for seconds, is_told in ((0.5, True), (2.0, False)):
            self.put("peers/all.json", [
                bench("beside_backup/backup/store_sync", 1e6, 1.0),
                bench("beside_backup/backup/lmdb_sync", 1e6, seconds)],
                at_risk_store_sync="nothing", at_risk_lmdb_sync="nothing")
            told = self.told("Backup beside a writer", beside_peers(
                Peers(Folder(self.dir), SIZE)))
            self.assertEqual("LMDB copies the pages" in told, is_told)

    # ---- Targets that are missed, and that is all. ----

    def test_prefetching_explains_a_target_but_no_map_that_wins(self):
        row = "barcode_by_value/hit_batch32"
        label = "Lookup by barcode value, hit, 32 at a time"
        for store, is_told in ((2e6, True), (5e5, False)):
            told = self.of_floor(label, {f"{row}/store": store,
                                         f"{row}/floor_maps": 1e6})
            self.assertEqual("asks for a multiple" in told, is_told)

    def test_who_wins_after_a_crash_tells_whose_reason_is_given(self):
        row, label = "reopen/crashed", "Reopen after 20,000 checkouts and a crash"
        for peer, told, other in (("lmdb_sync", "LMDB", "SQLite"),
                                  ("sqlite_full", "SQLite", "LMDB")):
            self.put("peers/all.json", [
                bench(f"{row}/store_sync", 1e6, 1.0),
                bench(f"{row}/{peer}", 1e6, 0.5)],
                at_risk_store_sync="nothing", **{f"at_risk_{peer}": "nothing"})
            reasons = self.told(label, beside_peers(
                Peers(Folder(self.dir), SIZE)))
            self.assertIn(told, reasons)
            self.assertNotIn(other, reasons)

    def test_what_all_stores_do_is_no_reason_where_another_wins(self):
        row, label = "durable_checkout/threads_1", "Durable checkouts, 1 thread"
        own = {"disk/write_4k/machine": 1100}
        for others, is_told in (((900, 950), True), ((900, 1050), False)):
            told = self.of_peers(label, {
                f"{row}/store_sync": 1000, f"{row}/sqlite_full": others[0],
                f"{row}/rocksdb_sync": others[1]}, own)
            self.assertEqual("whatever the store" in told, is_told)

    def test_one_thread_waits_for_the_disk_only_near_its_limit(self):
        row, label = "durable_checkout/threads_1", "Durable checkouts, 1 thread"
        figures = {f"{row}/store_sync": 1000, f"{row}/sqlite_full": 900}
        for writes, is_told in ((1200, True), (2000, False)):
            told = self.of_peers(label, figures, {"disk/write_4k/machine":
                                                  writes})
            self.assertEqual("waits for the disk" in told, is_told)
        self.assertEqual(self.of_peers(label, figures), "")

    def assert_told_by_load(self, label, figures, text, told_ns, untold_ns):
        """If a load from memory takes the one time, not the other; and nothing
        is told if that is not known."""
        for load_ns, is_told in ((told_ns, True), (untold_ns, False)):
            own = {"dram_latency/huge_pages/machine": 1e9 / load_ns}
            told = self.of_peers(label, figures, own)
            self.assertEqual(text in told, is_told)
        self.assertEqual(self.of_peers(label, figures), "")

    def test_checkouts_wait_for_memory_only_as_long_as_ten_loads(self):
        row, label = "checkout/throughput", "Checkouts that are not synced"
        figures = {f"{row}/store": 5e5, f"{row}/sqlite_memory": 2.5e5}
        self.assert_told_by_load(label, figures, "some ten lines", 199, 201)
        own = {"dram_latency/huge_pages/machine": 1e8}
        self.assertEqual("", self.of_peers(
            label, {**figures, f"{row}/lmdb_memory": 1e6}, own))

    def test_target_of_less_than_a_load_is_told_if_no_store_is_better(self):
        row, label = "redeem/throughput", "Redemptions that are not synced"
        # A target of 8 x a rival that takes 4 us: 500 ns.
        figures = {f"{row}/store": 1e6, f"{row}/lmdb_memory": 2.5e5}
        self.assert_told_by_load(label, figures, "than one load from memory",
                                 501, 499)
        own = {"dram_latency/huge_pages/machine": 1e9 / 501}
        self.assertNotIn("than one load from memory", self.of_peers(
            label, {**figures, f"{row}/rocksdb_no_wal": 2e6}, own))

    # ---- Read views. ----

    def test_view_of_a_lookup_is_a_reason_only_if_one_for_all_is_enough(self):
        row, label = "customer_by_id", "Lookup of a customer by id"
        view, ids = "It is the read view", "The store finds the row by a "
        for in_read, its_in_read, told in (
                (14e6, 12e6, view), (14e6, 15e6, ids), (14e6, None, view),
                (11e6, None, ids), (None, 12e6, "")):
            reasons = self.of_peers(label, {
                f"{row}/hit_single/store": 8e6, f"{row}/hit_single/map": 12e6,
                **{f"{row}/hit_in_read/{peer}": rate for peer, rate in
                   (("store", in_read), ("map", its_in_read)) if rate}})
            self.assertTrue(reasons.startswith(told))
            self.assertNotIn(". ", reasons)
            self.assertEqual(bool(reasons), bool(told))

    def test_view_is_why_a_target_is_missed_if_it_is_met_in_one(self):
        row, label = "order_by_id", "Lookup of an order by id"
        for in_read, its_in_read, is_told in (
                (9e6, None, True), (7e6, None, False), (9e6, 1.1e6, True),
                (9e6, 1.2e6, False)):
            figures = {f"{row}/hit_single/store": 6e6,
                       f"{row}/hit_in_read/store": in_read,
                       f"{row}/hit_single/sqlite_memory": 1e6}
            if its_in_read:
                figures[f"{row}/hit_in_read/sqlite_memory"] = its_in_read
            self.assertEqual(self.of_peers(label, figures), "It is the read "
                             "view that each opens and closes: with one for "
                             "all of them the target is met" if is_told else "")
            told = self.of_peers(label, {**figures,
                                         f"{row}/hit_single/map": 6.5e6})
            self.assertNotIn("target", told)

    def test_view_beside_the_floor_is_judged_by_one_view(self):
        row = "barcode_by_value"
        for outcome, one_view, is_told in (
                ("hit", 21e6, True), ("hit", 19e6, False),
                ("miss", 14e6, True), ("miss", 13e6, False)):
            told = self.of_floor(
                f"Lookup by barcode value, {outcome}, each in a view of its "
                "own", {f"{row}/{outcome}_own_view/store": 10e6,
                        f"{row}/{outcome}_one_view/store": one_view,
                        f"{row}/{outcome}_single/floor_maps": 20e6})
            self.assertEqual("read view that each opens" in told, is_told)

    def test_view_is_most_of_a_miss_only_if_it_takes_half_of_what_is_lost(self):
        row = "order_by_id/miss_single"
        label = "Lookup of an order by id, not there"
        figures = {f"{row}/store": 20e6, f"{row}/map": 50e6}  # 30 ns are lost
        for view_ns, is_told in ((16, True), (14, False)):
            told = self.of_peers(label, figures,
                                 {"view/open_close/store": 1e9 / view_ns})
            self.assertEqual("read view that each opens" in told, is_told)
        self.assertEqual(self.of_peers(label, figures), "")

    # ---- Waiting for memory. ----

    def test_miss_waits_only_if_a_batch_saves_most_of_what_is_lost(self):
        # 75 ns are lost, of which the view takes 20 and the call 10.
        own = {"view/open_close/store": 50e6,
               "customer_by_id/miss_one_view/store": 1e9 / 15,
               "customer_by_id/miss_batch32/store": 1e9 / 5}
        label, batch = ("Lookup of a barcode by value, not there",
                        "barcode_by_value/miss_batch32/store")
        for batch_ns, is_told in ((32, True), (33, False)):
            told = self.of_peers(label, {**BARCODE_MISS, batch: 1e9 / batch_ns},
                                 own)
            self.assertEqual("wait for a line" in told, is_told)
        figures = {**BARCODE_MISS, batch: 100e6}
        self.assertIn("wait for a line", self.of_peers(label, figures, own))
        self.assertEqual(self.of_peers(label, BARCODE_MISS, own), "")
        for missing in own:
            self.assertEqual("", self.of_peers(label, figures, {
                name: rate for name, rate in own.items() if name != missing}))

    def test_miss_in_one_view_has_no_view_to_save(self):
        for batch_ns, is_told in ((52, True), (53, False)):
            told = self.of_floor("Lookup by barcode value, miss, one view", {
                "barcode_by_value/miss_one_view/store": 10e6,
                "barcode_by_value/miss_single/floor_maps": 40e6,
                "barcode_by_value/miss_batch32/store": 1e9 / batch_ns,
                "customer_by_id/miss_one_view/store": 1e9 / 15,
                "customer_by_id/miss_batch32/store": 1e9 / 5,
                **VIEW_OF_40_NS})
            self.assertEqual("wait for a line" in told, is_told)

    # ---- Tails. ----

    def test_transactions_are_in_a_tail_only_if_they_are_in_the_middle(self):
        for p50_ns, is_told in ((400, True), (600, False)):
            row = {"p50_ns": 500, "p99_ns": 2000, "p99.9_ns": 3000}
            other = {"p50_ns": p50_ns, "p99_ns": 1000, "p99.9_ns": 1500}
            for end in ("p99", "p99.9"):
                told = (self.of_peers(
                    f"Redemptions that are not synced, {end}",
                    {"redeem/latency/store": row, "redeem/latency/map": other}),
                        self.of_floor(f"Redeem, {end}", {
                            "redeem/latency/store": row,
                            "redeem/latency/floor_maps": other}))
                for reasons in told:
                    self.assertEqual("no transactions" in reasons, is_told)

    def test_transactions_are_no_reason_if_one_winner_is_slower(self):
        own = {"p50_ns": 500, "p99_ns": 2000}
        told = self.of_floor("Redeem, p99", {
            "redeem/latency/store": own,
            "redeem/latency/floor_maps": {"p50_ns": 600, "p99_ns": 1000},
            "redeem/latency/floor_arrays": {"p50_ns": 400, "p99_ns": 1000}})
        self.assertEqual(told, "")

    # ---- Huge pages, of a store without. ----

    def test_huge_pages_are_a_reason_only_if_small_ones_are_better(self):
        for small, pages, is_told in ((2e5, "1", True), (9e4, "1", False),
                                      (None, "1", False), (2e5, "0", False)):
            for row, label, figure in (
                    ("checkout/throughput", "Checkouts that are not synced",
                     lambda rate: rate),
                    ("checkout/latency", "Checkouts that are not synced, "
                     "p99.99", lambda rate: {"p99.99_ns": 1e9 / rate})):
                figures = {f"{row}/store": figure(1e5),
                           f"{row}/sqlite_memory": figure(3e5)}
                if small:
                    figures[f"{row}/store_small_pages"] = figure(small)
                told = self.of_peers(label, figures, store_huge_pages=pages)
                self.assertEqual("hands huge pages" in told, is_told)

    def test_pages_that_are_not_full_are_known_by_small_ones(self):
        told = "Not all huge pages are full"
        for small, pages, is_told in ((79, "1", True), (81, "1", False),
                                      (79, "0", False)):
            context = {"store_huge_pages": pages}
            for reasons in (
                    self.of_peers("Memory of a row", {
                        f"memory/rows/{peer}": {"bytes_a_row_resident": bytes_}
                        for peer, bytes_ in (("store", 84),
                                             ("store_small_pages", small),
                                             ("sqlite_memory", 80))},
                        **context),
                    self.of_floor("Bytes a row, resident", {
                        f"memory/{variant}/store": {"bytes_a_row_resident":
                                                    bytes_}
                        for variant, bytes_ in (("huge_pages", 88),
                                                ("small_pages", small + 5))} | {
                            "memory/huge_pages/floor_arrays": {
                                "bytes_a_row_resident": 77}}, **context)):
                self.assertEqual(told in reasons, is_told)

    # ---- Days, and the disk. ----

    def test_day_varies_only_if_another_reverses_it(self):
        label = "A day synced, redeem p99"
        for other, readers, rate, behind_ns, is_told in (
                (300, 2, 1000, 0, True), (50, 2, 1000, 0, False),
                (300, 2, 10_000, 0, False), (300, 1, 1000, 0, False),
                (300, 2, 1000, 3e9, False)):
            self.put_peers(
                store_sync=[day("store_sync", 200),
                            day("store_sync", 200, rate=rate, readers=readers,
                                behind_ns=behind_ns)],
                sqlite_full=[day("sqlite_full", 100),
                             *([day("sqlite_full", other, rate=rate,
                                    readers=readers)] if readers != 1 else [])])
            told = self.told(label, beside_peers(Peers(Folder(self.dir),
                                                       SIZE)))
            self.assertEqual("Not on every day" in told, is_told)

    def test_tail_of_one_run_is_told_as_such(self):
        label = "A day synced, checkout p99"
        for own, others, is_told in ((1, 1, True), (2, 1, False), (1, 2, False)):
            self.put_peers(store_sync=[day("store_sync", 200)] * own,
                           sqlite_full=[day("sqlite_full", 100)] * others)
            told = self.told(label, beside_peers(Peers(Folder(self.dir),
                                                       SIZE)))
            self.assertEqual(ONE_RUN in told, is_told)

    def test_day_is_reversed_only_for_all_who_win(self):
        def days(peer, one, two):
            return [day(peer, one), day(peer, two, readers=2)]
        self.put_peers(store_sync=days("store_sync", 200, 200),
                       sqlite_full=days("sqlite_full", 100, 300),
                       rocksdb_sync=days("rocksdb_sync", 100, 150))
        self.assertEqual(self.told("A day synced, redeem p99", beside_peers(
            Peers(Folder(self.dir), SIZE))), ONE_RUN)

    def test_day_is_reversed_only_for_all_kinds_of_who_wins(self):
        for other, is_told in ((250, True), (150, False)):
            self.put("peers/all.json", [
                day("store_sync", 200), day("store_sync", 200, readers=2),
                day("sqlite_full", 100), day("sqlite_full", 300, readers=2),
                day("sqlite_exclusive", 400),
                day("sqlite_exclusive", other, readers=2)],
                at_risk_store_sync="nothing", at_risk_sqlite_full="nothing",
                at_risk_sqlite_exclusive="nothing")
            told = self.told("A day synced, redeem p99", beside_peers(
                Peers(Folder(self.dir), SIZE)))
            self.assertEqual("Not on every day" in told, is_told)

    def test_log_is_a_reason_only_if_the_snapshot_is_small_enough(self):
        for a_row, is_told in ((40, True), (75, False)):
            told = self.of_peers(
                "Disk of a row",
                {"memory/rows/store_sync": {"bytes_a_row_disk": 84},
                 "memory/rows/rocksdb_sync": {"bytes_a_row_disk": 70}},
                {"snapshot/plain/store": {"bytes_a_row": a_row},
                 "bulk_load/rows/store": 1e6})
            self.assertEqual("left of its log" in told, is_told)

    def test_log_is_a_reason_beside_those_whose_files_are_not_packed(self):
        disk = {f"memory/rows/{peer}": {"bytes_a_row_disk": bytes_}
                for peer, bytes_ in (("store_sync", 84), ("tarantool_sync", 30))}
        own = {"snapshot/plain/store": {"bytes_a_row": 40},
               "bulk_load/rows/store": 1e6}
        self.assertNotIn("left of its log",
                         self.of_peers("Disk of a row", disk, own))
        disk["memory/rows/redis_always"] = {"bytes_a_row_disk": 70}
        told = self.of_peers("Disk of a row", disk, own)
        self.assertIn("left of its log", told)
        self.assertNotIn("Why,", told)

    def test_idle_day_is_a_reason_only_if_it_is_near(self):
        label = "A day not synced, lookup p99"
        figures = {f"day/rate10000_readers0/{peer}": {"lookup_p99_ns": ns}
                   for peer, ns in (("store", 40_000), ("map", 20_000))}
        for idle_ns, is_told in ((33_000, True), (31_000, False)):
            told = self.of_peers(label, figures, {
                "idle_day/rate10000_readers0/machine": {"p99_ns": idle_ns}})
            self.assertEqual("begin nearly as late" in told, is_told)
        self.assertEqual(self.of_peers(label, figures), ONE_RUN)

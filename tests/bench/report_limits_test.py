"""Proves which limits of the machine the report puts beside its figures. Run by
report_test.py."""

import re

from report_fixture import (FLOOR, REFUSED, ROOT, SIZE, ReportCase, backup,
                            bench)
# pylint: disable=wrong-import-order
import kind_tables
import limits
import peer_rows
import store_rows
from limits import Limits
from results import Folder

LOOKUP = ("barcode_by_value", "hit_single")


class LimitsTest(ReportCase):

    def limits(self, *runs):
        """Of all results and these of the store."""
        self.put_all()
        self.put("store/more.json", list(runs))
        return Limits(Folder(self.dir), SIZE)

    def test_limits_are_of_what_they_bound(self):
        known = self.limits(bench("snapshot/plain/store", bytes_a_row=40),
                            bench("snapshot/compressed/store", bytes_a_row=20))
        load = 90e-9
        all_bytes = 9.6e6 * 84
        for work, variant, counter, durable, figures in (
                (*LOOKUP, "rate", False, [1 / (2 * load)]),
                (*LOOKUP, "time", False, [2 * load * 1e9]),
                ("barcode_by_value", "latency", "p99_ns", False, [180]),
                ("barcode_by_value", "latency", "max_ns", False, [3e6]),
                ("barcode_by_value", "miss_one_view", "rate", False,
                 [1 / load]),
                ("barcode_by_value", "hit_batch32", "rate", False,
                 [10e9 / 128]),
                ("barcode_by_value", "miss_batch32", "rate", False,
                 [10e9 / 64]),
                ("order_by_id", "hit_single", "rate", False, [1 / load]),
                ("order_by_id", "miss_single", "rate", False, []),
                ("bulk_load", "rows", "rate", False, [10e9 / 84, 8.4e9 / 84]),
                ("bulk_load", "rows", "time", False,
                 [84 / 10e9 * 1e9, 84 / 8.4e9 * 1e9]),
                ("bulk_load", "rows", "rate", True, [10e9 / 84, 2e9 / 40]),
                ("memory", "rows", "bytes_a_row_resident", False, [40]),
                ("every_row", "warm", "time", False,
                 [9.6e6 * 64 / 10e9 * 1e9]),
                ("top_customers", "query", "time", False,
                 [6.5e6 * 64 / 10e9 * 1e9]),
                ("top_customers", "maintained", "time", False, []),
                ("beside_backup", "backup", "duration", True,
                 [0.2, 0.4 / 12]),
                ("beside_backup", "backup", "backup_bytes", True, []),
                ("beside_backup", "backup", "quiet_p90_ns", True, [150e3]),
                ("beside_backup", "backup", "quiet_max_ns", True, []),
                ("reopen", "closed", "duration", True,
                 [0.1, 0.4 / 12, all_bytes / 20e9]),
                ("reopen", "closed", "time", True,
                 [seconds / 9.6e6 * 1e9
                  for seconds in (0.1, 0.4 / 12, all_bytes / 20e9)]),
                ("reopen", "closed", "open_seconds", True, []),
                ("snapshot", "plain", "seconds", False, [9.6e6 * 40 / 2e9]),
                ("snapshot", "compressed", "rate", False, [2e9 / 20]),
                ("checkout", "throughput", "rate", True, [8420]),
                ("checkout", "latency", "p50_ns", True, [115e3]),
                ("checkout", "latency", "p99.99_ns", True, [300e3]),
                ("durable_checkout", "threads_64", "rate", True, [64 * 8420]),
                ("durable_checkout", "threads_64", "max_ns", True, []),
                ("day", "rate1000_readers1", "lookup_p99_ns", True, [180]),
                ("day", "rate1000_readers1", "reader_p99_ns", True, [180]),
                ("day", "rate1000_readers1", "checkout_p99_ns", True,
                 [197e3])):
            with self.subTest(f"{work}/{variant} {counter}"):
                lines = known.of(work, variant, counter, durable)
                self.assertEqual(len(lines), len(figures), lines)
                for (value, text), figure in zip(lines, figures):
                    self.assertAlmostEqual(value / figure, 1, msg=text)
        self.assertEqual([rate for rate, _ in known.writes_a_second()],
                         [8420, 6300, 1900])

    def test_days_are_bounded_by_those_with_nothing_to_do(self):
        known = self.limits(
            bench("idle_day/rate1000_readers1/machine",
                  **{"p99_ns": 40e3, "reader_p99.9_ns": 90e3}),
            bench("idle_day/rate10000_readers0/machine", p99_ns=20e3,
                  max_ns=5e6))
        for variant, counter, durable, figures in (
                ("rate1000_readers1", "lookup_p99_ns", True, [180, 40e3]),
                ("rate1000_readers1", "reader_p99.9_ns", False, [180, 90e3]),
                ("rate1000_readers1", "lookup_p99.9_ns", False, [180]),
                ("rate1000_readers1", "lookup_max_ns", False, [3e6]),
                ("rate1000_readers1", "redeem_p99_ns", True, [197e3]),
                ("rate10000_readers0", "redeem_p99_ns", False, [180, 20e3]),
                ("rate10000_readers0", "redeem_max_ns", False, [5e6]),
                ("rate10000_readers2", "redeem_p99_ns", False, [180])):
            with self.subTest(f"{variant} {counter}"):
                lines = known.of("day", variant, counter, durable)
                self.assertEqual([round(ns) for ns, _ in lines], figures)

    def test_checkouts_by_threads_are_bounded_by_the_disk_of_their_time(self):
        row = "durable_checkout/threads_8/"
        self.put("peers/durable.json", [
            bench(f"{row}store_sync", 1e4, raw_per_second=2e3),
            bench(f"{row}tarantool_sync", 1e4, raw_per_second=9e3)])
        known = self.limits()
        rate, = known.of("durable_checkout", "threads_8", "rate", True)
        self.assertEqual(round(rate[0]), 8 * 9000)
        rate, = known.of("durable_checkout", "threads_1", "rate", True)
        self.assertEqual(round(rate[0]), 8420)
        self.assertEqual(known.of("durable_checkout", "threads_8",
                                  "ratio_to_raw", True), [(8, "all threads")])

    def test_bare_row_is_of_a_backup_where_there_is_no_snapshot(self):
        (size_bytes, _), = self.limits().of("memory", "rows",
                                            "bytes_a_row_resident")
        self.assertAlmostEqual(size_bytes, 4e8 / 9.6e6)

    def test_every_row_has_a_limit_or_says_why_there_is_none(self):
        known = self.limits(bench("snapshot/plain/store", bytes_a_row=40),
                            bench("snapshot/compressed/store", bytes_a_row=20))
        for row in (*peer_rows.ROWS, *store_rows.RATIOS, *store_rows.FIGURES,
                    *store_rows.DURABLE):
            durable = row in peer_rows.ROWS and row.is_durable()
            told = [bool(row.unlimited), bool(getattr(row, "beside", ())),
                    bool(known.of(row.work, row.variant, row.counter, durable))]
            with self.subTest(row.label):
                self.assertTrue(any(told))
                self.assertFalse(told[0] and (told[1] or told[2]))

    def test_rows_are_those_that_were_loaded(self):
        self.put("peers/map.json", [bench("bulk_load/rows/map", 2e6, 3.0)])
        folder = Folder(self.dir)
        self.assertEqual(folder.rows(SIZE), 6e6)
        self.assertIsNone(folder.rows(1000))
        self.assertEqual(Limits(folder, SIZE).of("bulk_load", "rows", "rate"),
                         [])

    def test_what_was_not_measured_is_no_limit(self):
        self.put("store/one.json", [bench("dram_latency/huge_pages/machine",
                                          1e7)])
        known = Limits(Folder(self.dir), SIZE)
        self.assertTrue(known.of(*LOOKUP, "rate"))
        self.assertFalse(known.of("barcode_by_value", "hit_batch32", "rate"))
        self.assertFalse(known.of("memory", "rows", "bytes_a_row_resident"))

    def test_limits_are_direct_only_where_o_direct_is_not_refused(self):
        self.put_all()
        for runs, direct in ((FLOOR, True), (REFUSED, False)):
            self.put(f"store/reads-{SIZE}.json", runs)
            known = Limits(Folder(self.dir), SIZE)
            for work, variant in (("beside_backup", "backup"),
                                  ("reopen", "closed")):
                text = known.of(work, variant, "duration")[0][1]
                self.assertEqual("O_DIRECT" in text, direct)
            told = known.explanation()
            self.assertEqual("past the page cache" in told, direct)
            self.assertEqual("refuses O_DIRECT" in told, not direct)

    def test_barcodes_a_customer_are_as_the_workload_draws_them(self):
        source = (ROOT / "bench/workload.cc").read_text(encoding="utf-8")

        def found(pattern):
            matches = re.findall(pattern, source)
            self.assertEqual(len(matches), 1, pattern)
            return matches[0]

        exponent, most = found(r"pow\(random\.Unit\(\), -1\.0 / ([\d.]+)\), "
                               r"([\d.]+)\)")
        orders = sum(k ** -float(exponent) for k in range(1, int(float(most))))
        counts = list(map(int, found(r"kCounts = \{([\d, ]+)\}").split(",")))
        unassigned = int(found(r"random\.Below\(100\) < (\d+)\) add\(OrderId"))
        barcodes = orders * sum(counts) / len(counts) * (1 + unassigned / 100)
        self.assertAlmostEqual(limits.BARCODES_A_CUSTOMER / barcodes, 1,
                               delta=0.02)

    # ---- In the tables. ----

    def test_tables_tell_the_closest_limit(self):
        self.put_all()
        text = self.report()
        self.assertEqual(self.row(text, "Bulk load, rows")[-5],
                         "100 M/s, memcpy of the store's bytes")
        self.assertEqual(self.row(text, "Reopen and read all, a row")[-5],
                         "10 ns, O_DIRECT read of the store's file")
        self.assertEqual(self.row(text, "... opening alone")[-5],
                         "none: rows may be read later")

    def test_tables_without_limits_have_no_column_for_them(self):
        self.put_peers(store=[bench("barcode_by_value/hit_single/store", 4e6)])
        self.put("store/own.json", [bench("barcode_by_value/hit_one_view/store",
                                          4e6)])
        self.assertNotIn("| limit of the machine", self.report())

    def test_tables_of_all_kinds_end_with_the_limits(self):
        self.put_all()
        text = self.report().split("### Checkouts, one thread")[1]
        label = "limit of the machine"
        self.assertEqual(self.row(text, label)[1:4],
                         ["everything", "5.56 M/s", "180 ns"])
        self.assertEqual(self.row(text, label, 1)[1:4],
                         ["nothing", "8.42 k/s", "115 us"])
        text = text.split("### A day")[1]
        self.assertEqual(self.row(text, label)[1:3], ["nothing", "180 ns"])
        text = text.split("## Growth")[1]
        self.assertEqual(self.row(text, "1,000,000", 1)[1:],
                         [label, "100 M/s", "180 ns", "180 ns", "41.7 B"])

    def limit_lines(self, title):
        """The risk and the cells behind it, of each line of the limits."""
        text = self.report().split(f"### {title}")[1].split("\n\n")[1]
        return [[cell.strip() for cell in line.split("|")[2:-1]]
                for line in text.splitlines()
                if line.startswith("| limit of the machine |")]

    def test_limits_tell_the_risk_of_kinds_that_are_there(self):
        self.put_all()
        self.assertEqual([line[0] for line in self.limit_lines("Reopening")],
                         ["-"])
        title = "A backup, beside"
        self.assertEqual([line[0] for line in self.limit_lines(title)],
                         ["nothing"])
        self.put("peers/store_async.json", [backup("store_async", 0.5)],
                 at_risk_store_async="the last second")
        self.assertEqual([line[0] for line in self.limit_lines(title)],
                         ["something", "nothing"])

    def test_limit_of_a_p99_99_says_that_it_is_a_p99_9(self):
        self.put_all()
        lines = self.limit_lines("Checkouts, one thread")
        self.assertEqual(lines[0][-3:], ["180 ns", "180 ns", "3.00 ms"])
        self.assertEqual(lines[1][-3:], ["300 us", "300 us (p99.9)", "-"])

    def test_limit_of_a_p99_99_is_one_where_enough_was_written(self):
        self.put_all()
        self.put(f"store/reads-{SIZE}.json", [
            {**run, "p99.99_ns": 800_000} if "p99.9_ns" in run else run
            for run in FLOOR])
        self.assertEqual(
            Limits(Folder(self.dir), SIZE).of("durable_checkout", "threads_8",
                                              "p99.99_ns", durable=True),
            [(800e3, "O_DSYNC write of 4 KiB, p99.99")])
        lines = self.limit_lines("Checkouts, one thread")
        self.assertEqual(lines[1][-3:], ["300 us", "800 us", "-"])
        self.assertEqual(self.row(self.report(), "... O_DIRECT and O_DSYNC, "
                                  "their p99.99")[1:],
                         ["800 us"])

    def test_limits_alone_make_no_table(self):
        self.put("store/machine.json", FLOOR)
        self.put_peers(store=[bench("barcode_by_value/hit_single/store", 4e6)])
        text = self.report()
        self.assertIn("### Lookups of barcodes by value", text)
        for title, _ in kind_tables.TABLES:
            if "barcodes by value" not in title:
                self.assertNotIn(f"### {title}\n", text)

#!/usr/bin/env python3
"""Proves the report of small results made by hand: tables, targets, and what it
says where something is missing; of its pictures: report_pictures_test.py.
bench/compare reads them too."""

import json
import re
import subprocess
import sys
import unittest

from report_fixture import (FLOOR, REFUSED, ROOT, SIZE, STORE, ReportCase,
                            backup, bench, day, latencies, outside_references)
# pylint: disable=unused-import
from report_limits_test import LimitsTest
from report_losses_test import LossesTest
from report_readme_test import ReadmeTest
from report_reasons_test import ReasonsTest
from report_rows_test import RowsTest


class ReportTest(ReportCase):

    # ---- The store beside its peers. ----

    def test_first_table_names_best_kind_and_ratio(self):
        self.put_all()
        text = self.report()
        self.assertEqual(
            self.row(text, "Lookup of a barcode by value"),
            ["Lookup of a barcode by value", "4.00 M/s", "400 k/s `memory`",
             "2.70 M/s", "5.56 M/s, two dependent DRAM loads", "SQLite", "10 x",
             "8 x", "ok"])
        first_table = text.index("| work |")
        self.assertLess(text.index("orderstore beside its peers"), first_table)
        self.assertLess(first_table, text.index("Where orderstore loses"))

    def test_missed_target_says_so(self):
        self.put_all()
        cells = self.row(self.report(), "Checkouts that are not synced")
        self.assertEqual(cells[-3:], ["4 x", "8 x", "**miss**"])

    def test_durable_work_is_compared_with_durable_peers(self):
        self.put_all()
        text = self.report()
        cells = self.row(text, "Durable checkouts, 1 thread")
        self.assertEqual(cells[1:3], ["7.00 k/s `sync`", "3.00 k/s `full`"])
        self.assertEqual(cells[-3:], ["2.33 x", "1.2 x", "ok"])

    def test_less_is_better_for_times_and_memory(self):
        self.put_all()
        text = self.report()
        self.assertEqual(self.row(text, "Backup beside a writer")[-3:],
                         ["10 x", "5 x", "ok"])
        self.assertEqual(self.row(text, "Reopen and read all, a row")[-3:],
                         ["4 x", "5 x", "**miss**"])
        self.assertEqual(self.row(text, "Memory of a row")[-4:],
                         ["SQLite", "1.43 x", "1 x", "ok"])
        top = self.row(text, "Top 5 customers, computed from rows or an index")
        self.assertEqual(top[1:3], ["50.0 ms", "1.00 s `memory`"])

    def test_rounds_are_merged_by_median(self):
        self.put_peers(store=STORE)
        for turn, rate in enumerate((1e5, 5e5, 2e5)):
            self.put(f"peers/sqlite_memory-{SIZE}-round{turn}.json",
                     [bench("barcode_by_value/hit_single/sqlite_memory", rate)])
        cells = self.row(self.report(), "Lookup of a barcode by value")
        self.assertEqual(cells[2], "200 k/s `memory`")

    def test_missing_peers_are_left_out(self):
        self.put_peers(store=STORE)
        text = self.report()
        cells = self.row(text, "Lookup of a barcode by value")
        self.assertEqual(cells, ["Lookup of a barcode by value", "4.00 M/s",
                                 "-", "", "8 x", ""])
        self.assertNotIn("SQLite", text.split("Of each other product")[0])

    def test_other_sizes_say_whose_the_targets_are(self):
        self.put_peers(store=[bench("barcode_by_value/hit_single/store", 4e6,
                                    size=1000)])
        self.assertIn("The targets are for 1,000,000 customers.", self.report())

    def test_cache_that_holds_much_of_the_store_is_told(self):
        self.put_all()
        (self.dir / "machine.json").write_text(
            '{"machine": {"caches": "L2 2 GiB"}}', encoding="utf-8")
        self.assertIn("The L2 cache of this machine is as large as 100% of "
                      f"the store of {SIZE:,} customers", self.report())

    # ---- All kinds. ----

    def test_peer_that_is_behind_has_no_percentiles(self):
        self.put_all()
        text = self.report()
        text = text[text.index("A day: 1,000 operations"):]
        self.assertIn("could not keep up, 2.50 s behind",
                      self.row(text, "`sqlite_full`"))
        self.assertNotIn("900 us", self.row(text, "`sqlite_full`"))
        self.assertIn("150 us", self.row(text, "`store_sync`"))

    def test_readers_that_are_behind_have_no_percentiles(self):
        self.put_peers(store_sync=[day("store_sync", 150_000)],
                       sqlite_full=[day("sqlite_full", 900_000,
                                        reader_behind_ns=3e9)])
        text = self.report()
        text = text[text.index("### A day: 1,000 operations"):]
        self.assertEqual(text.splitlines()[2].count("p99.99"), 4)
        late = self.row(text, "`sqlite_full`")
        self.assertEqual(late[2:7], ["900 us", "4.50 ms", "6.30 ms", "8.10 ms",
                                     "90.0 ms"])
        self.assertEqual(late[17:],
                         ["the readers could not keep up, 3.00 s behind"]
                         + [""] * 4)
        self.assertEqual(self.row(text, "`store_sync`")[17:],
                         ["150 us", "750 us", "1.05 ms", "1.35 ms", "15.0 ms"])

    def test_writer_that_is_behind_hides_its_readers_too(self):
        self.put_peers(store_sync=[day("store_sync", 150_000)],
                       sqlite_full=[day("sqlite_full", 900_000, behind_ns=2.5e9,
                                        reader_behind_ns=3e9)])
        text = self.report()
        text = text[text.index("### A day: 1,000 operations"):]
        self.assertEqual(self.row(text, "`sqlite_full`")[2:],
                         ["could not keep up, 2.50 s behind"] + [""] * 19)

    def test_latencies_have_their_p99_99_and_longest_where_measured(self):
        few = latencies("", 5000)
        del few["p99.99_ns"]
        for title, name in (("Single lookups of barcodes by value",
                             "barcode_by_value/latency"),
                            ("Redemptions, one thread", "redeem/latency"),
                            ("Checkouts by threads",
                             "durable_checkout/threads_64")):
            with self.subTest(title):
                self.put_peers(
                    store_sync=[bench(f"{name}/store_sync", 1e5,
                                      **latencies("", 1000))],
                    sqlite_full=[bench(f"{name}/sqlite_full", 1e3, **few)])
                text = self.report().split(f"### {title}\n")[1]
                self.assertIn("| p99.9 | p99.99 | longest |", text)
                self.assertEqual(self.row(text, "`store_sync`")[-3:],
                                 ["7.00 us", "9.00 us", "100 us"])
                self.assertEqual(self.row(text, "`sqlite_full`")[-3:],
                                 ["35.0 us", "-", "500 us"])

    def test_files_that_were_in_the_page_cache_are_told(self):
        def reopened(name, share):
            return bench(f"reopen/{name}", 1e6, left_in_page_cache=share)
        self.put_peers(store_sync=[reopened("closed/store_sync", 0.005)],
                       sqlite_full=[reopened("crashed/sqlite_full", 0.5)])
        self.put("store/reopen.json", [reopened("snapshot/store", 0.25),
                                       reopened("log_of_pages/store", 0)])
        peers, own = self.report().split("## The store beside")
        told = "were still in the page cache when it was reopened"
        self.assertIn(f"50% of the files of `sqlite_full` {told} (`crashed`).",
                      peers)
        self.assertIn(f"25% of the files of `store` {told} (`snapshot`).", own)
        self.assertEqual((peers + own).count(told), 2)

    def test_peer_that_is_behind_in_a_backup_has_no_percentiles(self):
        self.put_peers(store_sync=[backup("store_sync", 0.5)],
                       sqlite_full=[backup("sqlite_full", 5, behind_ns=3e9)])
        text = self.report()
        text = text[text.index("### A backup"):]
        self.assertEqual(self.row(text, "`sqlite_full`")[2:5],
                         ["5.00 s", "400 MB",
                          "could not keep up, 3.00 s behind"])
        self.assertEqual(set(self.row(text, "`sqlite_full`")[5:]), {""})
        self.assertEqual(self.row(text, "`store_sync`")[4:],
                         ["270 us", "9.00 ms", "285 us", "9.50 ms"])

    def test_settings_that_are_not_known_are_not_told(self):
        self.put("store/own.json", FLOOR)
        text = self.report()
        for unknown in ("None", "uge pages of the store", "ssertions"):
            self.assertNotIn(unknown, text.split("\n## ")[0])
        for pages, told in (("1", "on"), ("0", "off")):
            self.put("store/own.json", FLOOR, store_huge_pages=pages,
                     assertions="off", GLIBC_TUNABLES="glibc.malloc.hugetlb=1")
            self.assertIn(f"Huge pages of the store {told}; malloc's settings "
                          "`glibc.malloc.hugetlb=1`; assertions off in "
                          "the store and the benchmarks.",
                          self.report())

    def test_days_are_told_alone_beside_one_and_beside_most_readers(self):
        self.put_peers(store=[day("store", 1000, readers=n)
                              for n in (0, 1, 2, 4, 16)])
        text = self.report()
        told = re.findall(r"### A day: 1,000 .* (\S+ readers?|nobody) beside",
                          text)
        self.assertEqual(told, ["nobody", "1 reader", "16 readers"])

    def test_tables_of_durable_work_tell_what_is_at_risk(self):
        self.put_all()
        text = self.report()
        text = text[text.index("### Checkouts by threads"):]
        self.assertEqual(self.row(text, "`sqlite_full`")[1], "nothing")

    def test_what_was_left_out_is_told(self):
        self.put("growth/store-1000-load.json",
                 [bench("bulk_load/rows/store", 5e6, size=1000)])
        (self.dir / "machine.json").write_text(
            json.dumps({"left_out": ["`map` at 10,000,000 customers"]}),
            encoding="utf-8")
        text = self.report()
        self.assertIn("| 1,000 | `store` | 5.00 M/s |", text)
        self.assertIn("- `map` at 10,000,000 customers", text)

    def test_growth_has_the_disk_of_those_that_have_one(self):
        row = {"bytes_a_row_resident": 84}
        self.put("growth/store.json", [bench("memory/rows/store", **row)])
        text = self.report().split("## Growth")[1]
        self.assertNotIn("on disk, a row", text)
        self.assertIn("Left out: PostgreSQL, a server whose rows are on disk,",
                      text)
        self.put("growth/rocksdb.json", [
            bench("memory/rows/rocksdb_async", bytes_a_row_disk=70, **row)])
        text = self.report().split("## Growth")[1]
        self.assertIn("| customers | peer | resident, a row | on disk, a row |",
                      text)
        told = f"| {SIZE:,} | `{{}}` | 84.0 B | {{}} |"
        self.assertIn(told.format("store", "-"), text)
        self.assertIn(told.format("rocksdb_async", "70.0 B"), text)

    # ---- The store beside its floor. ----

    def test_store_tables_have_ratios_and_targets(self):
        self.put_all()
        text = self.report()
        text = text[text.index("## The store beside"):]
        self.assertEqual(
            self.row(text, "Lookup by barcode value, hit, one view"),
            ["Lookup by barcode value, hit, one view", "4.14 M/s", "2.71 M/s",
             "3.00 M/s", "1.53", "1.38", "5.56 M/s, two dependent DRAM loads",
             "1.0", "ok"])
        self.assertEqual(self.row(text, "Checkout")[-1], "**miss**")
        self.assertEqual(self.row(text, "... resident")[-2:],
                         ["at most 85.0 B", "**miss**"])
        self.assertEqual(self.row(text, "Durable checkouts, 1 thread")[-4:],
                         ["8.42 k/s raw writes", "0.87", "at least 0.90 x",
                          "**miss**"])
        self.assertEqual(self.row(
            text, "Writes of 4 KiB, O_DIRECT and O_DSYNC, into a file already "
            "written")[1], "8.42 k/s")

    def test_batches_are_beside_the_floor_that_prefetches(self):
        self.put_all()
        text = self.report()
        text = text[text.index("## The store beside"):]
        self.assertEqual(
            self.row(text, "... hit, 32 at a time")[1:6],
            ["12.0 M/s", "10.0 M/s prefetched", "-", "1.20", "-"])
        self.assertEqual(self.row(text, "... hit, 32 at a time")[-2:],
                         ["4.0 of maps, prefetched", "**miss**"])
        self.assertEqual(
            self.row(text, "... hit, 32 at a time beside one by one")[1:6],
            ["12.0 M/s", "2.71 M/s", "3.00 M/s", "4.43", "4.00"])

    def test_bandwidth_and_overwrites_are_among_the_limits(self):
        self.put_all()
        text = self.report()
        for label, figure in (("Reading memory, one thread", "10.0 GB/s"),
                              ("... all threads", "20.0 GB/s"),
                              ("Overwrites of 4 KiB in a file already written, "
                               "fdatasync after each", "6.30 k/s")):
            self.assertEqual(self.row(text, label)[1], figure)

    def test_refused_o_direct_is_not_said_to_be_direct(self):
        self.put("store/disk.json", FLOOR)
        text = self.report()
        self.assertNotIn("refuses", text)
        self.row(text, "Writing a new file, O_DIRECT")
        self.put("store/disk.json", REFUSED)
        text = self.report()
        self.row(text, "Writing a new file, through the page cache")
        self.row(text, "Writes of 4 KiB, O_DSYNC through the page cache, into "
                 "a file already written")
        told = text.count("refuses O_DIRECT")
        self.assertGreater(told, 0)
        self.assertEqual(text.count("O_DIRECT"), told)

    def test_redeems_apart_from_snapshots_are_beside_those_with(self):
        self.put("store/snapshots.json", [bench(
            "beside_snapshot/redeem/store", per_second=9e5,
            per_second_apart=1e6, writer_ratio=0.9, max_ns=8e6,
            **{"p99.9_ns": 9000, "apart_p99.9_ns": 4000, "apart_max_ns": 2e6,
               "p99.9_ratio": 2.25})])
        text = self.report()
        self.assertEqual(self.row(text, "... p99.9")[1:3],
                         ["9.00 us", "4.00 us apart"])
        self.assertEqual(self.row(text, "... longest")[1:3],
                         ["8.00 ms", "2.00 ms apart"])

    def test_following_is_a_median_without_the_start_of_the_program(self):
        self.put("store/export.json", [
            bench("export/follow/store", rate, bare_per_second=9e4,
                  ratio_to_bare=rate / 9e4) for rate in (3e4, 4.5e4, 8e4)])
        self.assertEqual(
            self.row(self.report(), "Transactions that a copy follows, without "
                     "the start of the program")[1:4],
            ["45.0 k/s", "90.0 k/s rows by psql", "0.50"])

    def test_exports_tell_their_memory_beside_the_opened_store(self):
        self.put("store/export.json", [
            bench("export/load/store", 6e5, seconds_a_million_rows=1.7,
                  more_bytes=2.5e6),
            bench("export/text/store", 6e6, text_bytes_per_second=7e8,
                  more_bytes=1e6)])
        text = self.report()
        for nth, told in enumerate(("2.50 MB", "1.00 MB")):
            self.assertEqual(
                self.row(text, "... memory beside the opened store", nth)[1],
                told)

    def test_latencies_of_several_threads_are_beside_raw_writes(self):
        counters = {**latencies("", 200_000), **latencies("raw_", 100_000)}
        del counters["raw_p99.99_ns"]
        self.put("store/sync.json",
                 [bench("sync_checkout/threads_64/store", 9e4, **counters)])
        text = self.report()
        for label, told in (
                ("p99.9", ["1.40 ms", "700 us raw"]),
                ("p99.99", ["1.80 ms", "700 us raw, its p99.9"]),
                ("longest", ["20.0 ms", "10.0 ms raw"])):
            self.assertEqual(self.row(text, f"... 64 threads, {label}")[1:3],
                             told)

    def noise(self, *rates):
        """What the report says of the noise of runs with these rates."""
        self.put("store/sales.json", [bench("redeem/throughput/store", rate)
                                      for rate in rates])
        text = self.report()
        return text, text.split("## Noise")[1].split("\n## ")[0]

    def test_noisy_benchmarks_are_named(self):
        _, noise = self.noise(1e6, 2e6, 3e6, 4e6)
        self.assertIn("spreads over more than 10% of the rate in 1 of 1",
                      noise)
        self.assertIn(f"redeem/throughput/store/{SIZE}.", noise)

    def test_quiet_benchmarks_are_counted(self):
        _, noise = self.noise(*[1e6] * 8, 1.5e6)
        self.assertIn("10% of the rate or less in all 1 that", noise)

    def test_one_run_is_said_to_be_one_and_its_noise_unknown(self):
        text, noise = self.noise(1e6)
        self.assertIn("Medians of one run for the store beside its floor; of "
                      "one run, its figure", text)
        self.assertIn("one run, whose noise is not known: benchmarks of redeem.",
                      noise)
        self.assertNotIn("spreads", noise)

    def test_three_runs_tell_no_noise(self):
        text, noise = self.noise(1e6, 3e6, 9e6)
        self.assertIn("Medians of 3 runs", text)
        self.assertIn("3 runs, whose noise is not known: benchmarks of redeem.",
                      noise)
        self.assertNotIn("spreads", noise)

    # ---- Percentiles. ----

    def test_percentile_that_a_run_left_out_is_not_that_of_the_others(self):
        slow = backup("store_sync", 2)
        quick = backup("store_sync", 0.5)
        del quick["backup_p90_ns"]
        for runs, told in (([slow, slow], True), ([slow, quick], False)):
            self.put_peers(store_sync=runs)
            text = self.report().split("### A backup")[1].split("###")[0]
            self.assertEqual("during: p90" in text, told)

    # ---- Files. ----

    def test_page_is_one_file_with_all_tables(self):
        self.put_all()
        (self.dir / "machine.json").write_text(
            json.dumps({"machine": {"processor": "A <fast> one",
                                    "packages": {"lib": "1.2"}},
                        "run": {"took": "1:00:00"}}), encoding="utf-8")
        text = self.report()
        page = (self.dir / "report.html").read_text(encoding="utf-8")
        self.assertIn("A &lt;fast&gt; one", page)
        self.assertIn("packages: lib 1.2", page)
        self.assertEqual(text.count("| --- |"), page.count("<table>"))
        self.assertEqual(outside_references(page), [])

    def test_what_leads_out_of_a_page_is_found(self):
        for text in ('<script src="a.js">', '<a href="other.html">',
                     '<use xlink:href="a.svg#b"/>', '<img src=a.png>',
                     "fill: url('a.svg')", '@import "a.css"',
                     "see https://example.com", "<image>"):
            self.assertTrue(outside_references(text), text)
        self.assertEqual(outside_references(
            '<svg xmlns:xlink="http://www.w3.org/1999/xlink"><use '
            'xlink:href="#a" clip-path="url(#b)"/></svg>'), [])

    # ---- What goes wrong. ----

    def test_without_matplotlib_there_are_tables_and_a_warning(self):
        self.put_all()
        ran = self.run_report()
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertIn("no pictures", ran.stderr)
        self.assertIn("| work |", (self.dir / "report.md").read_text())
        self.assertNotIn("<svg", (self.dir / "report.html").read_text())

    def test_empty_folder_fails_clearly(self):
        ran = self.run_report()
        self.assertEqual(ran.returncode, 1)
        self.assertIn("bench/report: no results in", ran.stderr)
        self.assertFalse((self.dir / "report.md").exists())

    def test_what_failed_is_told_and_the_others_are_there(self):
        self.put_all()
        (self.dir / "peers/lmdb_sync-1.json").write_text('{"context": {')
        (self.dir / "machine.json").write_text(
            json.dumps({"failed": ["`peers/lmdb_sync-1` ended with 1"]}),
            encoding="utf-8")
        (self.dir / "peers/redis_always-1.json").write_text("")
        text = self.report()
        self.assertIn("- `peers/lmdb_sync-1` ended with 1", text)
        self.assertNotIn("`lmdb_sync-1.json`", text)
        self.assertIn("- `redis_always-1.json` is not whole", text)
        self.row(text, "Lookup of a barcode by value")

    # ---- bench/compare. ----

    def test_compare_reads_such_folders(self):
        self.put_all()
        ran = subprocess.run([sys.executable, ROOT / "bench/compare", self.dir,
                              self.dir, "--all"], capture_output=True,
                             text=True, check=False)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        # The same name in two of its folders is two benchmarks.
        for part in ("peers", "store"):
            self.assertIn(f" {part}: checkout/throughput/store/{SIZE}",
                          ran.stdout)

    # ---- tools/bench. ----

    def test_command_teaches_its_usage(self):
        def run(*arguments):
            return subprocess.run(
                [sys.executable, ROOT / "tools/bench", *arguments],
                capture_output=True, text=True, check=False)

        asked = run("--help")
        self.assertEqual(asked.returncode, 0)
        self.assertIn("usage: tools/bench [--quick | --full]", asked.stdout)
        for wrong in (["--fast"], ["--only", "peer"], ["--quick", "--full"]):
            ran = run(*wrong)
            self.assertEqual(ran.returncode, 2)
            self.assertIn("usage: tools/bench", ran.stderr)


if __name__ == "__main__":
    unittest.main()

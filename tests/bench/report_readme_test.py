"""Proves what the report writes into the README. Run by report_test.py."""

import json
import unittest

from report_fixture import (FLOOR, HAS_MATPLOTLIB, MAP, SIZE, STORE, ReportCase,
                            bench, day)
# pylint: disable=wrong-import-order
import readme
from results import Folder

BEFORE = "# A project\n\nProse.\n\n"
AFTER = "\n\n## More\n\nProse.\n"
STAMP = {
    "machine": {"processor": "A fast one", "cores": "2", "memory": "8.0 GiB",
                "virtualization": "KVM", "commit": "0123456789" * 4},
    "run": {"arguments": "--customers 1000000 --out /a/place --only=store,peers "
                         "--folder=/another", "began": "2026-01-01T00:00:00"},
    "failed": [],
}


class ReadmeTest(ReportCase):

    def setUp(self):
        super().setUp()
        self.path = self.dir / "project/README.md"
        self.path.parent.mkdir()
        self.put_text(f"{BEFORE}{readme.BEGIN}\nold\n{readme.END}{AFTER}")

    def put_text(self, text):
        self.path.write_text(text, encoding="utf-8")

    def put_stamp(self, **changes):
        (self.dir / "machine.json").write_text(
            json.dumps({**STAMP, **changes}), encoding="utf-8")

    def written(self):
        """What the report puts between the marks, without a picture."""
        readme.Readme(self.path).write(Folder(self.dir), drawn=[])
        return self.between()

    def between(self):
        text = self.path.read_text(encoding="utf-8")
        self.assertTrue(text.startswith(BEFORE + readme.BEGIN))
        self.assertTrue(text.endswith(readme.END + AFTER))
        return text[len(BEFORE + readme.BEGIN):-len(readme.END + AFTER)]

    def flat(self, text):
        return " ".join(text.split())

    # ---- What is written. ----

    def test_versions_are_told_without_those_of_the_packages(self):
        self.put_all()
        self.put_stamp()
        self.assertNotIn(" With ", self.flat(self.written()))
        self.put_stamp(machine={
            **STAMP["machine"], "system": "Debian GNU/Linux 12",
            "kernel": "6.1.44-custom", "file system": "ext4 /dev/sda rw",
            "compiler": "g++ (Debian 12.2.0-14) 12.2.0",
            "packages": {"tarantool": "2.6.0-1.2+b1", "libxxhash-dev": "0.8.1",
                         "redis-server": "5:7.0.15-1~deb12u10",
                         "libsqlite3-0": "3.40.1+dfsg-2"}})
        self.assertIn("With Debian GNU/Linux 12, Linux 6.1.44, ext4, g++ "
                      "12.2.0, SQLite 3.40.1, Redis 7.0.15, Tarantool 2.6.0. "
                      "Medians of", self.flat(self.written()))
        for compiler, told in (("Debian clang version 14.0.6",
                                "With Debian clang version 14.0.6. Medians"),
                               ("/a/place/c++", "memory. The bare"),
                               ("", "memory. The bare")):
            self.put_stamp(machine={**STAMP["machine"], "file system": "",
                                    "compiler": compiler})
            text = self.flat(self.written())
            self.assertIn(told, text)
            self.assertEqual(" With " in text, "clang" in compiler)
            self.assertNotIn("/a/place", text)

    def test_run_is_told_with_its_machine_and_without_places_and_dates(self):
        self.put_all()
        self.put_stamp()
        text = self.flat(self.written())
        self.assertIn(
            "From a run of `tools/bench --customers 1000000 "
            "--only=store,peers` at commit `012345678901`, on 2 cores (A fast "
            "one, virtualized) with 8.0 GiB of memory. The bare machine: "
            "dependent load from DRAM, huge pages: 90 ns; reading memory, one "
            "thread: 10.0 GB/s; ", text)
        self.assertIn("Medians of one run for the store", text)
        for private in ("/a/place", "/another", "2026"):
            self.assertNotIn(private, text)

    def test_cache_that_holds_much_of_the_store_is_told(self):
        self.put_all()  # 9.6 million rows of 84 bytes: 769 MiB
        for caches, told in (
                ("L1d 64 KiB, L2 2 MiB, L3 193 MiB (1 instance)",
                 "The L3 cache of this machine is as large as 25% of"),
                ("L2 2 GiB", "The L2 cache of this machine is as large as 100%"),
                ("L3 160 MiB", ""), ("", "")):
            self.put_stamp(machine={**STAMP["machine"], "caches": caches})
            text = self.flat(self.written())
            self.assertEqual("as large as" in text, bool(told))
            self.assertIn(told, text)
            self.assertIn("passes it. " + (told or "Blank"), text)

    def test_store_without_huge_pages_is_told_if_it_was_measured(self):
        self.put_all()
        self.assertNotIn("without huge pages", self.flat(self.written()))
        self.put_peers(store_small_pages=[
            bench("barcode_by_value/hit_single/store_small_pages", 2e6),
            bench("barcode_by_value/hit_batch32/store_small_pages", 9e6),
            bench("checkout/throughput/store_small_pages", 2e5),
            bench("bulk_load/rows/store_small_pages", 3e6),
            bench("barcode_by_value/miss_single/store_small_pages", 3e6)])
        self.assertIn("The store without huge pages: lookups of a barcode by "
                      "value 2.00 M/s, 32 at a time 9.00 M/s, checkouts "
                      "200 k/s, rows loaded in bulk 3.00 M/s.",
                      self.flat(self.written()))

    def test_store_that_writes_later_is_told_of(self):
        self.put_all()
        self.put_peers(store_async=[
            bench("checkout/throughput/store_async", 3e5)])
        self.assertIn("commits durable within 10 ms (`kAsync`): checkouts 300 "
                      "k/s.", self.flat(self.written()))

    def test_changes_and_failures_are_told(self):
        self.put_all()
        self.put_stamp(failed=["`a` at /a/place", "`b`"], machine={
            **STAMP["machine"],
            "commit": "0123456789" * 4 + ", and changes that are not committed"})
        text = self.flat(self.written())
        self.assertIn("`012345678901` and changes that are not committed", text)
        self.assertIn("Not all went well, 2 failed: figures are missing.", text)
        self.assertNotIn("/a/place", text)

    def test_programs_that_were_built_before_are_told(self):
        self.put_all()
        self.put_stamp(run={**STAMP["run"], "programs": "of --build"}, machine={
            **STAMP["machine"], "commit": "0123456789" * 4})
        self.assertIn("at commit `012345678901` with programs that need not be "
                      "of it", self.flat(self.written()))

    def test_parts_of_earlier_runs_are_told(self):
        self.put_all()
        self.put_stamp(run={**STAMP["run"], "kept of older runs":
                            "store of 2026-01-01T00:00:00, growth of 2026-01-02"})
        text = self.written()
        self.assertIn("Kept of earlier runs, which may be of other commits: "
                      "store, growth.", self.flat(text))
        self.assertNotIn("2026", text)

    def test_run_that_is_not_whole_says_so(self):
        self.put_all()
        self.put_stamp()
        self.assertNotIn("not whole", self.flat(self.written()))
        self.put_stamp(
            run={**STAMP["run"], "took": "not whole"},
            left_out=["`map` at 10,000,000 customers, which would need more",
                      "all of PostgreSQL: it cannot enter /a/place"])
        text = self.flat(self.written())
        self.assertIn("The run is not whole. Left out: `map` at 10,000,000 "
                      "customers, all of PostgreSQL.", text)
        self.assertNotIn("/a/place", text)

    def test_files_that_are_cut_off_are_counted_once(self):
        self.put_all()
        for name in ("store/sales", "peers/lmdb_sync-1"):
            (self.dir / f"{name}.json").write_text('{"context": {')
        self.put_stamp(failed=["`peers/lmdb_sync-1` ended with 1"])
        self.assertIn("Not all went well, 2 failed: figures are missing.",
                      self.flat(self.written()))

    def test_answers_are_the_same_only_if_nothing_failed(self):
        self.put_all()
        told = "all with the same answers"
        self.assertIn(told, self.flat(self.written()))
        self.put_stamp(failed=["`peers/map`: other answers"])
        self.assertNotIn(told, self.flat(self.written()))

    def test_targets_of_another_size_say_so(self):
        self.put_all()
        told = "The targets are for 1,000,000 customers."
        self.assertNotIn(told, self.flat(self.written()))
        for file in self.dir.glob("*/*.json"):
            file.write_text(file.read_text().replace(f"/{SIZE}/", "/3000/"))
        self.assertEqual(self.flat(self.written()).count(told), 2)

    def test_loader_is_told_only_if_it_was_measured(self):
        self.put_all()
        told = "the bare loader of a PostgreSQL server"
        self.assertNotIn(told, self.flat(self.written()))
        self.put("store/export.json", [bench(
            "export/load/store", seconds_a_million_rows=3.0)])
        self.assertIn(told, self.flat(self.written()))

    def test_what_is_better_than_the_store_is_bold_with_the_reason(self):
        self.put_all()
        text = self.written()
        self.assertEqual(
            self.row(text, "Checkouts that are not synced"),
            ["Checkouts that are not synced", "400 k/s", "100 k/s",
             "**700 k/s**", "5.56 M/s, two dependent DRAM loads"])
        self.assertIn("- Checkouts that are not synced (better: hash maps; the "
                      "store is 4 x as good as SQLite, target 8 x). Hash maps have no transactions",
                      self.flat(text))
        self.assertIn("Reopen and read all, a row (the store is 4 x as good as "
                      "SQLite, target 5 x). Why is not known.", self.flat(text))

    def test_store_that_could_not_keep_up_is_told(self):
        self.put_all()
        self.put_peers(store_sync=[day("store_sync", 150_000, behind_ns=3e9)])
        self.assertIn("A day synced, checkout p99 (orderstore: could not "
                      "keep up, 3.00 s behind)",
                      self.flat(self.written()))

    def test_one_reason_is_given_once(self):
        sales = ("checkout/throughput", "redeem/throughput")
        self.put_peers(store=[bench(f"{work}/store", 1e5) for work in sales],
                       map=[bench(f"{work}/map", 2e5) for work in sales])
        self.assertIn(
            "- Checkouts that are not synced (better: hash maps); Redemptions "
            "that are not synced (better: hash maps). Hash maps have no transactions, versions, "
            "constraints or threads.", self.flat(self.written()))

    def test_floor_and_disk_are_beside_their_limits(self):
        self.put_all()
        text = self.written()
        self.assertEqual(
            self.row(text, "Lookup by barcode value, hit, one view")[1:],
            ["4.14 M/s", "2.71 M/s", "3.00 M/s", "1.53", "1.38",
             "5.56 M/s, two dependent DRAM loads"])
        self.assertEqual(self.row(text, "Durable checkouts, 1 thread", 1)[1:],
                         ["7.30 k/s", "8.42 k/s raw writes", "0.87"])
        text = self.flat(text)
        self.assertIn("- Checkout (better: hash maps; target 0.6). The floors "
                      "have no", text)
        self.assertIn("Durable checkouts, 1 thread (target at least 0.90 x)",
                      text)

    def test_sizes_are_those_of_each_part(self):
        self.put_peers(store=[bench("barcode_by_value/hit_single/store", 1e6)])
        self.put("store/own.json", [
            bench("checkout/throughput/store", 1e5, size=2000),
            bench("bulk_load/rows/store", 1e4, 2.0, size=2000)])
        text = self.flat(self.written())
        self.assertIn("Beside other stores, 1,000,000 customers.", text)
        self.assertIn("beside the disk, 2,000 customers (20,000 rows); measured",
                      text)

    def test_same_results_give_the_same_text(self):
        self.put_all()
        self.put_stamp()
        self.assertEqual(self.written(), self.written())

    def test_prose_is_as_wide_as_the_rest(self):
        self.put_all()
        self.put_stamp()
        for line in self.written().splitlines():
            self.assertTrue(line.startswith("|") or len(line) <= 80, line)

    @unittest.skipUnless(HAS_MATPLOTLIB, "draws nothing")
    def test_picture_is_put_beside_it(self):
        self.put_all()
        ran = self.run_report("--readme", self.path, pictures=True)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        text = self.flat(self.between())
        self.assertIn("![orderstore beside its peers, 1,000,000 customers",
                      text)
        self.assertIn("(bench/summary.svg)", text)
        self.assertEqual(
            (self.path.parent / "bench/summary.svg").read_bytes(),
            (self.dir / "summary.svg").read_bytes())

    # ---- What is missing. ----

    def test_rows_and_columns_without_figures_are_left_out(self):
        self.put_peers(store=STORE, map=MAP)
        text = self.written()
        self.assertEqual(self.row(text, "Lookup of a barcode by value"),
                         ["Lookup of a barcode by value", "4.00 M/s",
                          "2.70 M/s"])
        for missing in ("SQLite", "Durable checkouts", "Backup", "limit of the "
                        "machine", "Beside plain hash maps", "summary.svg"):
            self.assertNotIn(missing, text)

    def test_peers_that_did_not_run_are_left_out_as_a_whole(self):
        self.put("store/own.json", FLOOR)
        text = self.written()
        self.assertIn("Beside plain hash maps", text)
        for missing in ("Beside other stores", "Where another is better"):
            self.assertNotIn(missing, text)

    def test_nothing_to_write_is_refused(self):
        self.put("growth/store.json", STORE)
        before = self.path.read_text(encoding="utf-8")
        with self.assertRaisesRegex(
                readme.Unusable, "neither the store nor its peers were"):
            self.written()
        self.assertEqual(self.path.read_text(encoding="utf-8"), before)

    def assert_refused(self, told, *options):
        """And nothing is changed."""
        before = self.path.read_text(encoding="utf-8")
        ran = self.run_report("--readme", self.path, *options)
        self.assertNotEqual(ran.returncode, 0)
        self.assertIn(told, ran.stderr)
        self.assertEqual(self.path.read_text(encoding="utf-8"), before)

    def test_readme_keeps_its_picture_where_none_can_be_drawn(self):
        self.put_all()
        self.assert_refused("bench/report: no pictures: no such module")

    def test_readme_without_marks_is_refused(self):
        self.put_all()
        for text in (BEFORE, BEFORE + readme.BEGIN + AFTER,
                     BEFORE + readme.END + readme.BEGIN + AFTER):
            self.put_text(text)
            self.assert_refused(f"has no line {readme.BEGIN}")
        self.assertFalse((self.dir / "report.md").exists())

    def test_readme_that_is_not_there_is_told(self):
        self.put_all()
        self.path = self.dir / "project"
        ran = self.run_report("--readme", self.path)
        self.assertEqual(ran.returncode, 1)
        self.assertIn("Is a directory", ran.stderr)

    def test_a_first_look_is_not_for_the_readme(self):
        self.put_all()
        self.assert_refused("not allowed with argument", "--cpu-time")

"""Proves bench/compare of small results made by hand. Run by report_test.py."""

import json
import pathlib
import re
import subprocess
import sys
import tempfile

from report_fixture import ROOT, SIZE, ReportCase, bench


class CompareTest(ReportCase):

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

    def compare_machines(self, old, new):
        """What bench/compare says of two folders of the same runs."""
        for name, machine in (("old", old), ("new", new)):
            self.put(f"{name}/store/all.json", [bench("a/b/store", 1)])
            (self.dir / name / "machine.json").write_text(
                json.dumps({"machine": machine, "run": {"took": name}}),
                encoding="utf-8")
        ran = subprocess.run(
            [sys.executable, ROOT / "bench/compare", "old", "new"],
            cwd=self.dir, capture_output=True, text=True, check=False)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        return ran.stderr

    def test_compare_warns_if_the_machines_differ(self):
        here = {"kernel": "6.1", "flags": "-O3", "commit": "a"}
        self.assertEqual(self.compare_machines(here, {**here, "commit": "b"}),
                         "")
        warning = self.compare_machines(here, {**here, "kernel": "6.9"})
        self.assertIn("the machines differ, kernel: 6.1; 6.9", warning)
        self.assertNotIn("flags", warning)

    def compare(self, old, new):
        """Exit status and output of bench/compare of two lists of runs."""
        with tempfile.TemporaryDirectory() as folder:
            for name, runs in (("old", old), ("new", new)):
                path = pathlib.Path(folder, f"{name}.json")
                text = (runs if isinstance(runs, str)
                        else json.dumps({"benchmarks": runs}))
                path.write_text(text, encoding="utf-8")
            result = subprocess.run(
                [sys.executable, ROOT / "bench/compare", "old.json",
                 "new.json"], cwd=folder, capture_output=True, text=True,
                check=False)
        return result.returncode, result.stdout + result.stderr

    def test_compare_tells_slower_from_noise(self):
        def runs(*rates):
            return [bench("checkout/throughput/store", rate) for rate in rates]
        fast = runs(10, 11, 12, 13, 14)
        self.assertEqual(self.compare(fast, runs(5, 6, 7, 8, 9))[0], 1)
        self.assertEqual(self.compare(runs(5, 6, 7, 8, 9), fast)[0], 0)
        self.assertEqual(self.compare(fast, runs(9, 11, 12, 13, 15))[0], 0)
        status, output = self.compare(runs(10), runs(1))
        self.assertEqual(status, 0)
        self.assertIn("1 have too few runs to tell", output)

    def test_compare_needs_one_count_of_instructions(self):
        def runs(count):
            return [bench("instructions/view/store", instructions=count)]
        self.assertEqual(self.compare(runs(1000), runs(1020))[0], 0)
        self.assertEqual(self.compare(runs(1000), runs(1040))[0], 1)
        self.assertEqual(self.compare(runs(1040), runs(1000))[0], 0)

    def assert_told_apart(self, name, better, worse, rate=1000.0):
        """Runs whose counters are worse are slower, in these counters alone."""
        def runs(counters):
            return [bench(name, rate, **{counter: value * (1 + i / 1000)
                                         for counter, value in counters.items()})
                    for i in range(9)]
        status, output = self.compare(runs(better), runs(worse))
        self.assertEqual(status, 1, output)
        self.assertIn(f"{len(worse)} shown, {len(worse)} slower", output)
        for counter in worse:
            self.assertRegex(output, rf" {re.escape(name)}/\S+ {counter}\n")
        self.assertEqual(self.compare(runs(worse), runs(better))[0], 0)

    def test_compare_sees_what_the_rate_does_not_tell(self):
        for name, better, worse in (
                ("day/rate1000_readers1/store", {"lookup_p99_ns": 900},
                 {"lookup_p99_ns": 990}),
                ("beside_writer_redeem/own_view/store",
                 {"reader_ratio": 0.9, "writer_ratio": 0.9},
                 {"reader_ratio": 0.8, "writer_ratio": 0.8}),
                ("beside_snapshot/redeem/store", {"writer_ratio": 0.9},
                 {"writer_ratio": 0.8}),
                ("snapshot_memory/quiet/store", {"extra_bytes": 1e6},
                 {"extra_bytes": 2e6}),
                ("memory/rows/store", {"bytes_a_row_counted": 80},
                 {"bytes_a_row_counted": 81}),
                ("checkout/latency/store", {"p99_ns": 5000},
                 {"p99_ns": 5500})):
            with self.subTest(name):
                self.assert_told_apart(name, better, worse)

    def test_compare_leaves_out_what_says_nothing(self):
        def runs(factor):
            return [bench("day/rate1000_readers1/store", factor * 1000, factor,
                          raw_p99_ns=factor, lookup_p99_ns=900 + i)
                    for i in range(9)]
        status, output = self.compare(runs(2), runs(1))
        self.assertEqual(status, 0)
        self.assertIn("1 compared, 0 shown", output)

    def test_compare_fails_on_a_file_that_is_cut_off(self):
        status, output = self.compare([bench("a/b/store", 1)], '{"benchm')
        self.assertEqual(status, 2)
        self.assertIn("new.json", output)

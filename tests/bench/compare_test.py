#!/usr/bin/env python3
"""Proves bench/compare of small results made by hand."""

import importlib.machinery
import importlib.util
import itertools
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]


def load_compare():
    loader = importlib.machinery.SourceFileLoader("compare",
                                                  str(ROOT / "bench/compare"))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


compare = load_compare()


def bench(name, rate, seconds=1.0, **counters):
    """One run of a benchmark as Google Benchmark writes it."""
    return {"name": f"{name}/1000", "run_type": "iteration",
            "real_time": seconds * 1e3, "time_unit": "ms",
            "items_per_second": rate, **counters}


class RankTest(unittest.TestCase):

    def assert_p(self, old, new, p):
        self.assertAlmostEqual(compare.rank_test(old, new), p, places=12)
        self.assertAlmostEqual(compare.rank_test(new, old), p, places=12)

    def test_full_separation_has_the_least_p_on_both_sides(self):
        self.assert_p([1, 2, 3, 4], [5, 6, 7, 8], 2 / 70)
        self.assert_p([1, 2, 3, 4], [5, 6, 7, 8, 9], 2 / 126)
        self.assert_p(list(range(9)), list(range(9, 18)), 2 / 48620)

    def test_ties_make_no_separation_likelier_than_it_is(self):
        self.assert_p([1, 1, 2, 2], [3, 3, 3, 4, 4], 2 / 126)
        self.assert_p([1, 1, 1, 1], [2, 2, 2, 2, 2], 2 / 126)
        self.assert_p([7] * 4, [7] * 5, 1)

    def test_equal_figures_share_their_ranks(self):
        # Ranks 1.5, 1.5, 3.5, 3.5 and 5: of the ten pairs the sum of two is
        # 8.5, the largest.
        self.assert_p([1, 1, 2], [2, 3], 2 * 2 / 10)
        # Ranks 1, 2, 4, 4 and 4: of the ten pairs the sum of four is 5 or less.
        self.assert_p([1, 3], [2, 3, 3], 2 * 4 / 10)

    def test_is_what_counting_all_arrangements_gives(self):
        def larger(of, others):
            return sum((a > b) + (a == b) / 2 for a in of for b in others)
        for seed in range(20):
            numbers = random.Random(seed)
            old = [numbers.randrange(6) for _ in range(4)]
            new = [numbers.randrange(3, 9) for _ in range(5)]
            told = larger(old, new)
            below = above = 0
            for chosen in itertools.combinations(range(9), 4):
                other = larger([(old + new)[i] for i in chosen],
                               [(old + new)[i] for i in range(9)
                                if i not in chosen])
                below += other <= told
                above += other >= told
            with self.subTest(seed):
                self.assert_p(old, new, min(1, 2 * min(below, above) / 126))

    def test_many_runs_come_close_to_what_is_exact(self):
        # Without the correction for continuity the first would be 0.07 off,
        # without that for ties the second 0.3.
        for n, equal, more, off_max in ((10, 1, 2, 0.02), (20, 5, 1, 0.15)):
            old = [i // equal for i in range(n)]
            new = [i // equal + more for i in range(n)]
            exact = compare.rank_test(old, new)
            with mock.patch.object(compare, "EXACT_MAX", 0):
                near = compare.rank_test(old, new)
                self.assertEqual(compare.rank_test(new, old), near)
            self.assertNotEqual(near, exact)
            self.assertAlmostEqual(near, exact, delta=off_max * exact)
        with mock.patch.object(compare, "EXACT_MAX", 0):
            self.assertEqual(compare.rank_test([7] * 4, [7] * 5), 1)


class CompareTest(unittest.TestCase):

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.dir = pathlib.Path(self.folder.name)

    def put(self, path, content):
        path = self.dir / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str)
                        else json.dumps(content), encoding="utf-8")

    def run_compare(self, old, new):
        return subprocess.run([sys.executable, ROOT / "bench/compare", old, new],
                              cwd=self.dir, capture_output=True, text=True,
                              check=False)

    def compare(self, old, new):
        """Exit status and output, of two lists of runs."""
        for name, runs in (("old", old), ("new", new)):
            self.put(f"{name}.json", {"benchmarks": runs})
        ran = self.run_compare("old.json", "new.json")
        return ran.returncode, ran.stdout + ran.stderr

    def test_tells_slower_from_noise(self):
        def runs(*rates):
            return [bench("checkout/throughput/store", rate) for rate in rates]
        fast = runs(10, 11, 12, 13, 14)
        status, output = self.compare(fast, runs(5, 6, 7, 8, 9))
        self.assertEqual(status, 1)
        self.assertIn(" 0.00794  checkout/throughput/store", output)
        self.assertEqual(self.compare(runs(5, 6, 7, 8, 9), fast)[0], 0)
        self.assertEqual(self.compare(fast, runs(9, 11, 12, 13, 15))[0], 0)
        status, output = self.compare(runs(10), runs(1))
        self.assertEqual(status, 0)
        self.assertIn("1 have too few runs to tell", output)

    def test_percentiles_in_buckets_are_told_apart_as_others(self):
        def runs(*percentiles):
            return [bench("checkout/latency/store", 1000, p99_ns=ns)
                    for ns in percentiles]
        status, output = self.compare(runs(*[5000] * 2, *[5150] * 2),
                                      runs(*[5800] * 3, *[6000] * 2))
        self.assertEqual(status, 0, output)
        self.assertEqual(self.compare(runs(*[5000] * 3, *[5150] * 2),
                                      runs(*[5800] * 3, *[6000] * 2))[0], 1)

    def test_needs_one_count_of_instructions(self):
        def runs(count):
            return [bench("instructions/view/store", 1, instructions=count)]
        self.assertEqual(self.compare(runs(1000), runs(1020))[0], 0)
        self.assertEqual(self.compare(runs(1000), runs(1040))[0], 1)
        self.assertEqual(self.compare(runs(1040), runs(1000))[0], 0)

    def test_needs_one_count_of_bytes(self):
        def runs(count):
            return [bench("memory/rows/store", 1, bytes_a_row_resident=count)]
        self.assertEqual(self.compare(runs(80), runs(82))[0], 0)
        self.assertEqual(self.compare(runs(80), runs(84))[0], 1)
        self.assertEqual(self.compare(runs(84), runs(80))[0], 0)

    def test_passes_over_small_changes(self):
        def runs(rate):
            return [bench("checkout/throughput/store", rate + i / 100)
                    for i in range(9)]
        self.assertEqual(self.compare(runs(104), runs(100))[0], 0)
        self.assertEqual(self.compare(runs(106), runs(100))[0], 1)

    def test_shows_others_and_minds_the_store(self):
        def runs(subject, rate):
            return [bench(f"checkout/throughput/{subject}", rate + i)
                    for i in range(9)]
        for subject, status in (("store", 1), ("store_sync", 1), ("lmdb_sync", 0),
                                ("floor_maps", 0)):
            with self.subTest(subject):
                told, output = self.compare(runs(subject, 1000),
                                            runs(subject, 500))
                self.assertEqual(told, status, output)
                self.assertIn("1 shown", output)

    def test_tells_what_is_missing(self):
        both = [bench("a/b/store", 1)]
        status, output = self.compare(both + [bench("c/d/store", 1)], both)
        self.assertEqual(status, 1)
        self.assertIn("missing in NEW: c/d/store", output)
        self.assertEqual(self.compare(both + [bench("c/d/map", 1)], both)[0], 0)
        status, output = self.compare(both, [bench("e/f/store", 1)])
        self.assertEqual(status, 2)
        self.assertIn("no figure in common", output)

    def test_tail_of_too_few_latencies_is_not_missing(self):
        name, rest = "beside_backup/backup/store_sync", [bench("a/b/store", 1)]
        tail = {"backup_p99.9_ns": 1000}
        old = [bench(name, 1, backup_p90_ns=900, **tail), *rest]
        status, output = self.compare(old, [
            bench(name, 1, backup_p90_ns=900), *rest])
        self.assertEqual(status, 0, output)
        status, output = self.compare(old, rest)
        self.assertEqual(status, 1)
        self.assertRegex(output, f"missing in NEW: {name}/.* backup_p99.9_ns")

    def assert_told_apart(self, name, better, worse, rate=1000.0):
        """Runs whose counters are worse are slower, in these counters alone."""
        def runs(counters):
            return [bench(name, rate, **{counter: value * (1 + i / 1000)
                                         for counter, value in counters.items()})
                    for i in range(9)]
        status, output = self.compare(runs(better), runs(worse))
        self.assertEqual(status, 1, output)
        self.assertIn(f"{len(worse)} shown; of the store {len(worse)} worse", output)
        for counter in worse:
            self.assertRegex(output, rf" {re.escape(name)}/\S+ {counter}\n")
        self.assertEqual(self.compare(runs(worse), runs(better))[0], 0)

    def test_sees_what_the_rate_does_not_tell(self):
        for name, better, worse in (
                ("day/rate1000_readers1/store",
                 {"lookup_p99_ns": 900, "checkout_p90_ns": 900},
                 {"lookup_p99_ns": 990, "checkout_p90_ns": 990}),
                ("beside_writer_redeem/own_view/store",
                 {"reader_ratio": 0.9, "writer_ratio": 0.9},
                 {"reader_ratio": 0.8, "writer_ratio": 0.8}),
                ("beside_snapshot/redeem/store", {"writer_ratio": 0.9},
                 {"writer_ratio": 0.8}),
                ("snapshot_memory/quiet/store", {"extra_bytes": 1e6},
                 {"extra_bytes": 2e6}),
                ("memory/rows/store", {"bytes_a_row_counted": 80},
                 {"bytes_a_row_counted": 84}),
                ("reopen/closed/store_sync",
                 {"open_seconds": 1, "warm_seconds": 1},
                 {"open_seconds": 2, "warm_seconds": 2}),
                ("reopen/snapshot/store",
                 {"seconds_a_million_rows": 1,
                  "first_read_seconds_a_million_rows": 1},
                 {"seconds_a_million_rows": 2,
                  "first_read_seconds_a_million_rows": 2}),
                ("checkout/latency/store",
                 {"p50_ns": 1000, "p99_ns": 5000, "p99.9_ns": 7000,
                  "p99.99_ns": 9000},
                 {"p50_ns": 1100, "p99_ns": 5500, "p99.9_ns": 7700,
                  "p99.99_ns": 9900})):
            with self.subTest(name):
                self.assert_told_apart(name, better, worse)

    def test_leaves_out_what_says_nothing(self):
        def runs(factor):
            return [bench("day/rate1000_readers1/store", factor * 1000, factor,
                          raw_p99_ns=factor, lookup_p99_ns=900 + i,
                          new_pages_seconds_a_million_rows=factor,
                          bare_seconds_a_million_rows=factor)
                    for i in range(9)]
        status, output = self.compare(runs(2), runs(1))
        self.assertEqual(status, 0)
        self.assertIn("1 compared, 0 shown", output)

    def test_fails_on_a_file_that_is_cut_off(self):
        self.put("old.json", {"benchmarks": [bench("a/b/store", 1)]})
        self.put("new.json", '{"benchm')
        ran = self.run_compare("old.json", "new.json")
        self.assertEqual(ran.returncode, 2)
        self.assertIn("new.json", ran.stderr)

    def compare_machines(self, old, new):
        """What it warns of, for two folders of the same runs."""
        for name, machine in (("old", old), ("new", new)):
            self.put(f"{name}/store/all.json",
                     {"benchmarks": [bench("a/b/store", 1)]})
            self.put(f"{name}/machine.json",
                     {"machine": machine, "run": {"took": name}})
        ran = self.run_compare("old", "new")
        self.assertEqual(ran.returncode, 0, ran.stderr)
        return ran.stderr

    def test_reader_may_have_enough(self):
        runs = [bench(f"work/{i}/store", 1e6) for i in range(5000)]
        self.put("runs.json", {"benchmarks": runs})
        ran = subprocess.run(
            ["sh", "-c", f"{sys.executable} {ROOT / 'bench/compare'} --all "
             "runs.json runs.json | head -n 1"],
            cwd=self.dir, capture_output=True, text=True, check=True)
        self.assertEqual(ran.stderr, "")
        self.assertIn("change below 0: worse", ran.stdout)

    def test_reader_may_be_gone_before_anything_is_printed(self):
        self.put("runs.json", {"benchmarks": [bench("work/store", 1e6)]})
        read, write = os.pipe()
        os.close(read)
        ran = subprocess.run(
            [sys.executable, ROOT / "bench/compare", "runs.json", "runs.json"],
            cwd=self.dir, stdout=write, stderr=subprocess.PIPE, text=True,
            check=False)
        os.close(write)
        self.assertEqual((ran.returncode, ran.stderr), (141, ""))

    def test_warns_if_the_machines_differ(self):
        here = {"kernel": "6.1", "flags": "-O3", "commit": "a"}
        self.assertEqual(self.compare_machines(here, {**here, "commit": "b"}),
                         "")
        warning = self.compare_machines(here, {**here, "kernel": "6.9"})
        self.assertIn("the machines differ, kernel: 6.1; 6.9", warning)
        self.assertNotIn("flags", warning)


if __name__ == "__main__":
    unittest.main()

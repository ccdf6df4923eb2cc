#!/usr/bin/env python3
"""Proves what the programs that measure the store write, of small data sets:
that the report finds in it what it looks for, and that figures can be. How large
they are says nothing here.

  programs_test.py FOLDER COMMAND

FOLDER has the built orderstore_bench and instruction_counts; COMMAND is the
built orderstore command.
"""

import csv
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench/report"))

# pylint: disable=wrong-import-position
import results as report_results
import store_rows

FOLDER = pathlib.Path()
COMMAND = ""
CUSTOMERS = 1000
# Benchmarks that measure for no fixed time.
FAST = ("^(customer_by|order_by|orders_of|barcode_by|unused_|top_5|unassigned_|"
        "view|checkout|redeem|bulk_load|growth|memory/|log_record|snapshot/|"
        "reopen)")
# Of so few operations there are none.
FAR_PERCENTILE = re.compile(r"p99\.\d+_ns")


class InFolder(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(temporary.cleanup)
        cls.folder = pathlib.Path(temporary.name)
        cls.scratch = cls.folder / "scratch"
        cls.scratch.mkdir()

    def assert_scratch_is_removed(self):
        self.assertEqual(list(self.scratch.iterdir()), [])


def run(*command, status=0):
    process = subprocess.run(list(map(str, command)), check=False, text=True,
                             stdin=subprocess.DEVNULL, capture_output=True)
    if process.returncode != status:
        raise AssertionError(f"{command} ended with {process.returncode}:\n"
                             f"{process.stdout[-2000:]}{process.stderr[-2000:]}")
    return process


class OrderstoreBenchTest(InFolder):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        path = cls.folder / "results.json"
        run(FOLDER / "orderstore_bench", f"--customers={CUSTOMERS}",
            f"--benchmark_filter={FAST}", f"--folder={cls.scratch}",
            f"--answers={cls.folder / 'answers'}", f"--benchmark_out={path}",
            "--benchmark_out_format=json", "--benchmark_min_time=0.001")
        cls.results = report_results.Results([path])
        cls.content = json.loads(path.read_text(encoding="utf-8"))

    def values(self, row, variant, subject, counter):
        return self.results.values(row.work, variant, subject, CUSTOMERS,
                                   counter)

    def assert_has(self, row, variant, subject, *counters):
        for counter in counters:
            if FAR_PERCENTILE.search(counter):
                continue
            values = self.values(row, variant, subject, counter)
            self.assertTrue(values, f"{row.label}: no {counter} of {subject}")
            self.assertGreaterEqual(min(values), 0, row.label)

    def test_has_each_figure_that_the_report_looks_for(self):
        looked_for = 0
        for row in store_rows.RATIOS:
            self.assert_has(row, row.variant, "store", row.counter)
            self.assert_has(row, row.floor_variant, "floor_maps", row.counter)
            looked_for += 1
        for row in (*store_rows.FIGURES, *store_rows.DURABLE):
            if re.match(FAST, f"{row.work}/"):
                counters = [row.counter, *row.beside[:1], row.ratio]
                self.assert_has(row, row.variant, "store",
                                *filter(None, counters))
                looked_for += 1
        self.assertGreater(looked_for, 60)

    def test_rates_are_of_what_was_done(self):
        rows = {run["items"] for key, runs in self.results.runs.items()
                for run in runs if key[:2] == ("bulk_load", "rows")}
        self.assertEqual(len(rows), 1, rows)
        self.assertTrue(8 * CUSTOMERS < rows.pop() < 11 * CUSTOMERS)

    def test_percentiles_rise_to_the_longest(self):
        told = 0
        for key, runs in self.results.runs.items():
            for done in runs:
                names = sorted((name for name in done
                                if re.fullmatch(r"p[\d.]+_ns", name)),
                               key=lambda name: float(name[1:-3]))
                values = [done[name] for name in [*names, "max_ns"]
                          if name in done]
                self.assertEqual(values, sorted(values), key)
                told += bool(names)
        self.assertGreater(told, 10)

    def test_a_lone_record_of_the_log_takes_a_sector(self):
        runs = self.results.runs["log_record", "lone", "store", CUSTOMERS]
        self.assertEqual([done["bytes"] for done in runs], [4096])

    def test_tells_what_the_figures_depend_on(self):
        context = self.content["context"]
        self.assertEqual(context["store_huge_pages"], "1")
        self.assertIn(context["assertions"], ("on", "off"))
        self.assertGreater(float(context["clock_overhead_ns"]), 0)
        self.assertIn("GLIBC_TUNABLES", context)
        for done in self.content["benchmarks"]:
            self.assertNotIn("error_occurred", done)

    def test_keeps_answers_and_removes_its_folder(self):
        answers = (self.folder / "answers").read_text(encoding="utf-8")
        for work in ("loaded", "checkout", "final state, "):
            self.assertRegex(answers, rf"(?m)^{CUSTOMERS} \d+ \d+ \w+ {work}")
        self.assert_scratch_is_removed()


class InstructionCountsTest(InFolder):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        told = run(FOLDER / "instruction_counts", "--quick",
                   f"--folder={cls.scratch}").stdout
        cls.runs = {done["name"].split("/")[1]: done
                    for done in json.loads(told)["benchmarks"]}
        cls.counts = {work: done["instructions"]
                      for work, done in cls.runs.items()}

    def test_has_each_count_that_the_report_looks_for(self):
        self.assertEqual(set(self.runs),
                         {work for _, work in store_rows.INSTRUCTIONS})
        for work, done in self.runs.items():
            self.assertRegex(done["name"],
                             rf"^instructions/{work}/store/\d+$")
            self.assertEqual(done["run_type"], "iteration")
            self.assertEqual(done["real_time"], done["instructions"])

    def test_what_does_more_takes_more(self):
        counts = self.counts
        self.assertGreater(counts["view"], 5)
        self.assertLess(counts["view"], counts["barcode_by_value"])
        self.assertLess(counts["customer_by_email"], counts["redeem"])
        self.assertLess(counts["redeem"], counts["checkout"])
        self.assertGreater(counts["commit_encode"], 0)
        self.assertLess(counts["recovery_row_from_snapshot"],
                        counts["recovery_row_from_log"])

    def test_removes_its_folder(self):
        self.assert_scratch_is_removed()

    def test_refuses_flags_that_there_are_not(self):
        refused = run(FOLDER / "instruction_counts", "--quickly", status=2)
        self.assertEqual(refused.stdout, "")
        self.assertIn("usage: instruction_counts", refused.stderr)


class ProcessSpeedTest(InFolder):

    def rows(self):
        """How many there are in the files that are generated."""
        run(COMMAND, "generate", "--customers", CUSTOMERS, self.folder / "data")
        rows = 0
        for name in ("customers", "orders", "barcodes"):
            with open(self.folder / f"data/{name}.csv", encoding="utf-8",
                      newline="") as file:
                rows += sum(1 for _ in csv.reader(file)) - 1
        return rows

    def test_tells_the_rows_a_second_of_each_repetition(self):
        results = self.folder / "process.json"
        told = run(ROOT / "bench/process_speed", COMMAND, "--customers",
                   CUSTOMERS, "--repetitions", 3, "--json", results).stdout
        rows = self.rows()
        self.assertEqual(len(re.findall(rf"(?m)^{rows} rows in \d+ ms: ", told)),
                         3)
        runs = json.loads(results.read_text(encoding="utf-8"))["benchmarks"]
        self.assertEqual([done["repetition_index"] for done in runs], [0, 1, 2])
        rates = []
        for done in runs:
            self.assertEqual(done["name"], f"process/csv/store/{CUSTOMERS}")
            self.assertEqual(done["run_type"], "iteration")
            self.assertAlmostEqual(
                done["items_per_second"] * done["real_time"] * 1e-9 / rows, 1,
                places=2)
            rates.append(done["items_per_second"])
        self.assertIn(f"median: {sorted(rates)[1]} rows/s", told)
        self.assertEqual(report_results.Results([results]).values(
            "process", "csv", "store", CUSTOMERS, "rate"), rates)

    def test_fails_with_the_command(self):
        refused = run(ROOT / "bench/process_speed", "false", status=1)
        self.assertNotIn("median", refused.stdout)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    FOLDER, COMMAND = pathlib.Path(sys.argv[1]), sys.argv[2]
    unittest.main(argv=sys.argv[:1])

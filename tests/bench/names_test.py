#!/usr/bin/env python3
"""Whether benchmarks have the names by which tools/bench and the report know
them: one that was renamed would run in no process, or be in no table, and
nobody would be told.

  names_test.py FOLDER

FOLDER has the built orderstore_bench and, unless that was left out, peer_bench.
"""

import pathlib
import re
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "bench/run"), str(ROOT / "bench/report")]

# pylint: disable=wrong-import-position
import parts
import peer_rows
import store_rows

FOLDER = pathlib.Path()
# What scripts measure: the work, and how each names its variants.
SCRIPTS = {
    "process": ("bench/process_speed", r"process/(\w+)/store/"),
    "export": ("bench/export_speed", r'\badd\("(\w+)"'),
}


def listed(program):
    """The names of its benchmarks, `work/variant/subject/...`."""
    lines = subprocess.run(
        [FOLDER / program, "--customers=1000", "--benchmark_list_tests"],
        stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
    return [line for line in lines if line.count("/") > 2]


def keys_of(names):
    """Work, variant and subject of each."""
    return {tuple(name.split("/")[:3]) for name in names}


class NamesTest(unittest.TestCase):

    program = ""

    @classmethod
    def setUpClass(cls):
        cls.names = listed(cls.program)
        cls.keys = keys_of(cls.names)

    def assert_listed(self, row, *keys):
        self.assertEqual(set(keys) - self.keys, set(), row.label)


class StoreNamesTest(NamesTest):

    program = "orderstore_bench"

    def test_each_benchmark_is_in_one_group(self):
        for name in self.names:
            groups = [group for group, pattern in parts.STORE_GROUPS
                      if re.search(pattern, name)]
            self.assertEqual(len(groups), 1, f"{name} is in {groups}")

    def test_each_word_of_a_group_has_a_benchmark(self):
        for group, pattern in parts.STORE_GROUPS:
            for word in re.findall(r"[a-z_\d]+", pattern):
                self.assertTrue(
                    any(re.search(pattern, name) and name.startswith(word)
                        for name in self.names), f"{word} of {group}")

    def test_each_row_has_a_benchmark_and_its_floor(self):
        for row in store_rows.RATIOS:
            self.assert_listed(row, (row.work, row.variant, "store"),
                               (row.work, row.floor_variant, "floor_maps"))
            if not row.is_batch():
                self.assert_listed(
                    row, (row.work, row.floor_variant, "floor_arrays"))

    def test_each_figure_has_a_benchmark(self):
        for row in (*store_rows.FIGURES, *store_rows.DURABLE):
            if row.work in SCRIPTS:
                path, pattern = SCRIPTS[row.work]
                text = (ROOT / path).read_text(encoding="utf-8")
                self.assertIn(row.variant, re.findall(pattern, text), row.label)
            else:
                self.assert_listed(row, (row.work, row.variant, "store"))
        for row in store_rows.MACHINE:
            self.assert_listed(row, (row.work, row.variant, "machine"))


class PeerNamesTest(NamesTest):

    program = "peer_bench"

    @classmethod
    def setUpClass(cls):
        if not (FOLDER / cls.program).exists():
            raise unittest.SkipTest(f"{cls.program} was not built")
        super().setUpClass()

    def test_each_row_has_a_benchmark_of_the_store_and_of_a_peer(self):
        for row in peer_rows.ROWS:
            self.assert_listed(row, (row.work, row.variant, row.store))
            variants = (row.variant, row.or_variant)
            self.assertTrue(
                any(work == row.work and variant in variants and
                    peer_rows.product(peer) != "store"
                    for work, variant, peer in self.keys), row.label)

    def test_each_work_that_grows_has_a_benchmark_of_each_peer(self):
        # Tarantool's are those of another program.
        peers = [peer for peer in parts.GROWTH_PEERS
                 if peer not in parts.TARANTOOL_PEERS]
        for peer in peers:
            for _, pattern in parts.GROWTH_WORKS:
                self.assertTrue(
                    any(re.search(f"^{pattern}/{peer}/", name)
                        for name in self.names), f"{pattern} of {peer}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    FOLDER = pathlib.Path(sys.argv[1])
    unittest.main(argv=sys.argv[:1])

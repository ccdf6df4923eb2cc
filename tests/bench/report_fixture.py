"""What the tests of the report are made of: small results made by hand."""

import importlib.util
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench/report"))
SIZE = 1_000_000
HAS_MATPLOTLIB = importlib.util.find_spec("matplotlib") is not None
PERCENTILES = ("p50", "p75", "p90", "p95", "p99", "p99.5", "p99.9", "p99.95",
               "p99.99")


def bench(name, rate=None, seconds=1.0, size=SIZE, **counters):
    """One run of a benchmark as Google Benchmark writes it."""
    run = {"name": f"{name}/{size}/iterations:1/manual_time",
           "run_type": "iteration", "real_time": seconds * 1e3,
           "cpu_time": seconds * 1e3, "time_unit": "ms", **counters}
    if rate is not None:
        run["items_per_second"] = rate
    return run


def latencies(what, p50_ns):
    """Counters of a whole distribution; the longest is 100 times the median."""
    counters = {f"{what}{name}_ns": p50_ns * (1 + i)
                for i, name in enumerate(PERCENTILES)}
    return {**counters, f"{what}max_ns": p50_ns * 100}


def day(peer, p50_ns, behind_ns=0, rate=1000, readers=1, reader_behind_ns=0):
    counters = {"behind_ns": behind_ns}
    for what in ("lookup_", "redeem_", "checkout_"):
        counters.update(latencies(what, p50_ns))
    if readers:
        counters.update(latencies("reader_", p50_ns),
                        reader_behind_ns=reader_behind_ns)
    return bench(f"day/rate{rate}_readers{readers}/{peer}", rate, **counters)


def backup(peer, seconds, behind_ns=0):
    steps = {f"at_{at:05}ms_max_ns": 100_000 + at for at in range(0, 2000, 50)}
    return bench(f"beside_backup/backup/{peer}", 1e6, seconds,
                 backup_bytes=4e8, behind_ns=behind_ns, **steps, **latencies("quiet_", 90_000),
                 **latencies("backup_", 95_000))


AT_RISK = {"store": "everything", "store_sync": "nothing",
           "sqlite_memory": "everything", "sqlite_full": "nothing",
           "rocksdb_sync": "nothing", "map": "everything"}
# The store: lookups at 4 M/s, checkouts 400 k/s, and so on.
STORE = [
    bench("barcode_by_value/hit_single/store", 4e6),
    bench("barcode_by_value/hit_batch32/store", 12e6),
    bench("barcode_by_value/latency/store", 3e6, **latencies("", 300)),
    bench("checkout/throughput/store", 4e5),
    bench("redeem/throughput/store", 1e6),
    bench("bulk_load/rows/store", 5e6, 9.6e6 / 5e6),
    bench("every_row/warm/store", 5, 0.2),
    bench("top_customers/query/store", 20, 0.05),
    bench("top_customers/maintained/store", 5e6),
    bench("memory/rows/store", bytes_a_row_resident=84,
          bytes_a_row_counted=83),
    bench("checkout/latency/store", 4e5, **latencies("", 2000)),
    bench("redeem/latency/store", 1e6, **latencies("", 900)),
]
STORE_SYNC = [
    bench("durable_checkout/threads_1/store_sync", 7000),
    bench("durable_checkout/threads_8/store_sync", 35000,
          **latencies("", 200_000)),
    bench("durable_checkout/threads_64/store_sync", 97000,
          **latencies("", 600_000)),
    bench("reopen/closed/store_sync", 1e6, 1.0, open_seconds=0.9),
    bench("bulk_load/rows/store_sync", 4e6),
    bench("checkout/latency/store_sync", 7e3, **latencies("", 140_000)),
    backup("store_sync", 0.5),
    day("store_sync", 150_000),
]
SQLITE_MEMORY = [
    bench("barcode_by_value/hit_single/sqlite_memory", 4e5),
    bench("barcode_by_value/hit_batch32/sqlite_memory", 6e5),
    bench("checkout/throughput/sqlite_memory", 1e5),
    bench("top_customers/query/sqlite_memory", 1, 1.0),
    bench("memory/rows/sqlite_memory", bytes_a_row_resident=120),
    bench("checkout/latency/sqlite_memory", 1e5, **latencies("", 9000)),
]
SQLITE_FULL = [
    bench("barcode_by_value/hit_single/sqlite_full", 3e5),
    bench("durable_checkout/threads_1/sqlite_full", 3000),
    bench("durable_checkout/threads_8/sqlite_full", 3000),
    bench("durable_checkout/threads_64/sqlite_full", 2500),
    bench("reopen/closed/sqlite_full", 2.5e5, 4.0, open_seconds=0.01),
    backup("sqlite_full", 5),
    day("sqlite_full", 900_000, behind_ns=2.5e9),
]
MAP = [bench("barcode_by_value/hit_single/map", 2.7e6),
       bench("checkout/throughput/map", 7e5),
       bench("memory/rows/map", bytes_a_row_resident=170)]
FLOOR = [
    bench("barcode_by_value/hit_one_view/store", 4.14e6),
    bench("barcode_by_value/hit_single/floor_maps", 2.71e6),
    bench("barcode_by_value/hit_batch32/store", 12e6),
    bench("barcode_by_value/hit_batch32/floor_maps", 10e6),
    bench("barcode_by_value/hit_single/floor_arrays", 3e6),
    bench("checkout/throughput/store", 0.3e6),
    bench("checkout/throughput/floor_maps", 0.7e6),
    bench("memory/huge_pages/store", bytes_a_row_counted=83,
          bytes_a_row_resident=90),
    bench("sync_checkout/threads_1/store", 7300, raw_per_second=8420,
          ratio_to_raw=0.87),
    bench("dram_latency/huge_pages/machine", 1e9 / 90),
    bench("clock/read/machine", 1e9 / 25),
    bench("hiccups/1s/machine", max_ns=3e6),
    bench("disk/write_4k/machine", 8420, direct=1, max_ns=4e6,
          **{"p50_ns": 115_000, "p90_ns": 150_000, "p99_ns": 197_000,
             "p99.9_ns": 300_000}),
    bench("disk/overwrite/machine", 6300),
    bench("disk/append/machine", 1900),
    bench("disk_bandwidth/write/machine", bytes_per_second=2e9, direct=1),
    bench("disk_bandwidth/read/machine", bytes_per_second=4e9, direct=1),
    bench("memory_bandwidth/read/machine", bytes_per_second=10e9),
    bench("memory_bandwidth/read_all_threads/machine", bytes_per_second=20e9),
    bench("memory_bandwidth/copy/machine", bytes_per_second=8.4e9),
    bench("memory_bandwidth/checksum/machine", bytes_per_second=12e9),
]
# Of a file system that refuses O_DIRECT.
REFUSED = [{**run, "direct": 0} if "direct" in run else run for run in FLOOR]
# The limits that each picture has as lines.
LINES = {
    "summary": ["two dependent DRAM loads", "DRAM read of 128 bytes each",
                "O_DSYNC write of 4 KiB for 8",
                "O_DIRECT read of the store's file",
                "bare row, as in a snapshot"],
    "lookups": ["two dependent DRAM loads", "DRAM read of 128 bytes each"],
    "sales": ["two dependent DRAM loads"],
    "lookup_latencies": ["two dependent DRAM loads"],
    "durable": ["O_DSYNC write each", "overwrite, fdatasync each",
                "append, fdatasync each", "O_DSYNC write for all"],
    "whole": ["DRAM read of as many bytes", "memcpy of the store's bytes",
              "DRAM read of 64 bytes a row", "DRAM read of 64 bytes a barcode",
              "O_DIRECT write of the store's file", "XXH3 over it",
              "O_DIRECT read of the store's file", "DRAM read by all threads"],
    "backup": ["O_DSYNC write of 4 KiB, p50"],
    "checkout": ["two dependent DRAM loads", "O_DSYNC write of 4 KiB, p50"],
    "redeem": ["two dependent DRAM loads"],
    "durable_latencies": ["O_DSYNC write of 4 KiB, p50"],
    "day": ["two dependent DRAM loads", "O_DSYNC write of 4 KiB, p50"],
    "growth": ["two dependent DRAM loads", "memcpy of the store's bytes",
               "bare row, as in a snapshot"],
}


def outside_references(page):
    """What of an HTML page or a picture leads out of it, or would be loaded:
    all but anchors within it."""
    page = re.sub(r'\sxmlns(:\w+)?="[^"]*"', "", page)
    named = re.findall(r"""\b(?:href|src|srcset|data|action|poster)\s*=\s*"""
                       r"""["']?([^"'\s>]*)""", page)
    named += re.findall(r"""url\(\s*["']?([^"')]*)""", page)
    return ([to for to in named if not to.startswith("#")] +
            re.findall(r"https?://\S*|@import.*|<(?:script|link|img|image|"
                       r"iframe|object|embed|base)\b.*", page))


class ReportCase(unittest.TestCase):
    """A folder of results and its report."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.dir = pathlib.Path(self.folder.name)

    def put(self, path, runs, **context):
        """A file of results."""
        path = self.dir / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"context": context, "benchmarks": runs}),
                        encoding="utf-8")

    def put_peers(self, **peers):
        context = {f"at_risk_{name}": risk for name, risk in AT_RISK.items()}
        for peer, runs in peers.items():
            self.put(f"peers/{peer}-{SIZE}-round1.json", runs, **context)

    def put_all(self):
        self.put_peers(store=STORE, store_sync=STORE_SYNC, map=MAP,
                       sqlite_memory=SQLITE_MEMORY, sqlite_full=SQLITE_FULL)
        self.put(f"store/reads-{SIZE}.json", FLOOR, assertions="off")
        self.put("growth/store.json", STORE)

    def run_report(self, *options, pictures=False):
        """Without pictures: as if matplotlib was not installed."""
        with tempfile.TemporaryDirectory() as path:
            if not pictures:
                (pathlib.Path(path) / "matplotlib.py").write_text(
                    "raise ImportError('no such module')\n", encoding="utf-8")
            return subprocess.run(
                [sys.executable, "-B", ROOT / "bench/report", self.dir,
                 *options], capture_output=True, text=True, check=False,
                env={**os.environ, "PYTHONPATH": path})

    def report(self):
        """The Markdown, of a run that went well."""
        ran = self.run_report()
        self.assertEqual(ran.returncode, 0, ran.stderr)
        return (self.dir / "report.md").read_text(encoding="utf-8")

    def losses(self, text=None):
        """The first section of them."""
        text = (text or self.report()).split("## Where orderstore loses")[1]
        return text.split("\n## ")[0]

    def row(self, text, label, nth=0):
        """Cells of the nth row of a label."""
        rows = [line for line in text.splitlines()
                if line.startswith(f"| {label} |")]
        self.assertGreater(len(rows), nth, f"no row '{label}' in:\n{text}")
        return [cell.strip() for cell in rows[nth].split("|")[1:-1]]

#!/usr/bin/env python3
"""Proves of tools/bench what needs no measuring: what is kept of a process that
fails, hangs or is killed, what does not fit into memory, whose folder is
written to, and that a report is always made. Small scripts are measured."""

import dataclasses
import datetime
import importlib.machinery
import importlib.util
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from unittest import mock

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench/run"))

# pylint: disable=wrong-import-position
import measured_process
import parts
import results_folder

DATE = datetime.datetime(2026, 3, 4, 5, 6, 7, tzinfo=datetime.timezone.utc)
CONTEXT = '{\n  "context": {\n    "caches": [\n      {\n      }\n    ]\n  },\n'
# Writes as Google Benchmark does. In front of it: CONTEXT, and BAD_PEER, which
# ends by end_badly().
PROGRAM = r"""
import os, pathlib, signal, sys, time
flags = dict(word.lstrip("-").partition("=")[::2] for word in sys.argv[1:])
if "benchmark_list_tests" in flags:
  for peer in ("store", "sqlite_memory", "lmdb_memory", "postgresql_sync"):
    print(f"bulk_load/rows/{peer}/1000")
  sys.exit(0)
peer = flags["benchmark_filter"].strip("/").split("/")[-1]
out = pathlib.Path(flags["benchmark_out"])
pathlib.Path(flags["folder"], "left").mkdir()
pathlib.Path(os.environ["TMPDIR"], "left").mkdir()
begun = CONTEXT + '  "benchmarks": [\n    {\n      "name": "bulk_load/rows/'
begun += peer + '/1000",\n      "run_type": "iteration", "real_time": 1,\n'
begun += '      "time_unit": "s", "items_per_second": 5\n    }'
if peer != BAD_PEER:
  out.write_text(begun + "\n  ]\n}\n")
else:
  out.write_text(begun + ',\n    {\n      "name": "half')
  sys.stdout.buffer.write(b"benchmark: it went bad \xff\n")
  sys.stdout.flush()
  end_badly()
"""


def load_tool(path="tools/bench"):
    loader = importlib.machinery.SourceFileLoader(pathlib.Path(path).name,
                                                  str(ROOT / path))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


class InFolder(unittest.TestCase):

    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)

    def put(self, path, text=""):
        path = self.folder / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path


class KeepFinishedTest(InFolder):

    def kept_of(self, text):
        results = self.put("a.json", text)
        return measured_process.keep_finished(results), results

    def test_a_cut_file_keeps_its_whole_runs(self):
        kept, results = self.kept_of(
            CONTEXT + '  "benchmarks": [\n    {\n      "name": "a"\n    },\n'
            '    {\n      "name": "b"\n    },\n    {\n      "name": "c')
        self.assertEqual(kept, 2)
        runs = json.loads(results.read_text(encoding="utf-8"))["benchmarks"]
        self.assertEqual([run["name"] for run in runs], ["a", "b"])

    def test_a_whole_file_stays_as_it_is(self):
        text = CONTEXT + ('  "benchmarks": [\n    {\n      "name": "a"\n    }\n'
                          '  ]\n}\n')
        kept, results = self.kept_of(text)
        self.assertEqual(kept, 1)
        self.assertEqual(results.read_text(encoding="utf-8"), text)

    def test_a_file_without_a_whole_run_is_set_aside(self):
        for text in ("", "{", CONTEXT,
                     CONTEXT + '  "benchmarks": [\n    {\n      "na',
                     CONTEXT + '  "benchmarks": [\n  ]\n}\n'):
            kept, results = self.kept_of(text)
            self.assertEqual(kept, 0)
            self.assertFalse(results.exists())
            self.assertTrue(results.with_suffix(".json.failed").exists())

    def test_there_may_be_no_file(self):
        self.assertEqual(measured_process.keep_finished(self.folder / "a"), 0)


class MeasuredProcessTest(InFolder):

    def run_script(self, script, seconds_max=60):
        return measured_process.run_to_end(
            ["sh", "-c", script], self.folder / "log", os.environ, seconds_max)

    def test_tells_how_it_ended(self):
        self.assertEqual(self.run_script("exit 0").status, 0)
        self.assertEqual(str(self.run_script("exit 3")), "ended with 3")
        killed = self.run_script("kill -KILL $$")
        self.assertTrue(killed.out_of_memory)
        self.assertIn("memory ran out", str(killed))

    def test_memory_is_that_of_the_largest_that_was_waited_for(self):
        ended = self.run_script(
            f"{sys.executable} -c 'bytearray(90_000_000)'; :")
        self.assertEqual(ended.status, 0)
        self.assertGreater(ended.peak_bytes, 90_000_000)

    def test_what_hangs_is_ended_with_all_that_it_started(self):
        pids = self.folder / "pids"
        with mock.patch.object(measured_process, "GRACE_SECONDS", 0.2):
            ended = self.run_script(
                f"trap '' TERM; sleep 100 & echo $! $$ >{pids}; wait; wait",
                seconds_max=1)
        self.assertTrue(ended.late)
        self.assertNotEqual(ended.status, 0)
        self.assertFalse(ended.out_of_memory)
        for pid in pids.read_text(encoding="ascii").split():
            self.assertTrue(has_ended(pid), pid)

    def test_folders_go_and_a_long_path_has_a_short_name(self):
        disk = self.folder / ("long" * 30)
        disk.mkdir()
        with measured_process.scratch_folders(disk) as folders:
            self.assertEqual(folders.short.resolve(), folders.disk.resolve())
            self.assertLess(len(str(folders.short)), 60)
            (folders.disk / "left").touch()
            (folders.sockets / "left").touch()
        self.assertFalse(folders.disk.exists() or folders.sockets.exists())
        self.assertTrue(disk.exists())


def has_ended(pid):
    """Or is a zombie, which nobody has waited for yet."""
    for _ in range(100):
        try:
            stat = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
        except OSError:
            return True
        if stat.rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.05)
    return False


class ResultsFolderTest(InFolder):

    def make(self, path="out"):
        return results_folder.ResultsFolder(self.folder / path, DATE)

    def made_before(self):
        """With results of all parts, and a failure in two of them."""
        folder = self.make()
        folder.date = DATE - datetime.timedelta(days=1)
        folder.begin(list(parts.PARTS))
        for name in ("store/reads-1000.json", "store/instructions.json",
                     "store/process.json", "store/export-1000.json",
                     "peers/map-1000-round1.json", "growth/map-1000-load.json",
                     "report.md", "peers.svg", "answers"):
            self.put(f"out/{name}")
        folder.note("failed", "store", "reads")
        folder.note("failed", "peers", "map")
        folder.write_stamp({"cores": "2"}, {"took": "long"})

    def files(self):
        return sorted(str(path.relative_to(self.folder / "out"))
                      for path in (self.folder / "out").glob("*/*"))

    def test_a_folder_of_somebody_else_is_refused_and_untouched(self):
        for name, text in (("notes.txt", "mine"), ("machine.json", "[]"),
                           ("machine.json", '{"machine": 1}')):
            file = self.put(f"out/{name}", text)
            with self.assertRaises(results_folder.ForeignFolder):
                self.make()
            self.assertEqual(file.read_text(encoding="utf-8"), text)
            file.unlink()
        self.put("file")
        with self.assertRaises(results_folder.ForeignFolder):
            self.make("file")

    def test_new_and_empty_folders_are_taken(self):
        (self.folder / "empty").mkdir()
        for name in ("empty", "new/deep"):
            self.make(name).begin(["peers"])
            self.assertTrue((self.folder / name / "peers").is_dir())

    def test_only_the_parts_that_run_are_replaced(self):
        self.made_before()
        folder = self.make()
        folder.begin(["peers", "programs"])
        self.assertEqual(self.files(), [
            "growth/map-1000-load.json", "store/instructions.json",
            "store/reads-1000.json"])
        self.assertFalse((self.folder / "out/report.md").exists())
        self.assertFalse((self.folder / "out/answers").exists())
        folder.write_stamp({"cores": "2"}, {"took": "short"})
        stamp = json.loads((self.folder / "out/machine.json").read_text(
            encoding="utf-8"))
        self.assertEqual(stamp["failed"], ["reads"])
        self.assertIn("store of 2026-03-03", stamp["run"]["kept of older runs"])
        self.assertNotIn("peers of", stamp["run"]["kept of older runs"])

    def test_the_store_is_replaced_without_what_is_beside_it(self):
        self.made_before()
        self.make().begin(["store"])
        self.assertEqual(self.files(), [
            "growth/map-1000-load.json", "peers/map-1000-round1.json",
            "store/export-1000.json", "store/instructions.json",
            "store/process.json"])

    def test_each_run_has_a_folder_and_latest_leads_to_the_last(self):
        first = results_folder.default_path(DATE, self.folder)
        second = results_folder.default_path(
            DATE + datetime.timedelta(seconds=1), self.folder)
        self.assertTrue(first.name.startswith("2026-03-04-050607"))
        self.assertNotEqual(first, second)
        for path in (first, second):
            path.mkdir()
            results_folder.link_latest(path)
            self.assertEqual((self.folder / "latest").resolve(), path.resolve())


class GrowthEstimateTest(unittest.TestCase):

    def test_grows_with_the_size_and_has_room_for_a_table_that_doubles(self):
        self.assertEqual(parts.growth_bytes("store", 1000, None), 0)
        self.assertAlmostEqual(
            parts.growth_bytes("store", 10_000, (1000, 100)), 1400)

    def test_the_client_of_a_server_needs_memory_too(self):
        self.assertAlmostEqual(
            parts.growth_bytes("redis_memory", 10_000, (1000, 100)), 2100)


class GrowthPeersTest(unittest.TestCase):

    def test_each_product_grows_or_the_report_says_that_it_is_left_out(self):
        sys.path.insert(0, str(ROOT / "bench/report"))
        import peer_rows  # pylint: disable=import-outside-toplevel
        import run_text  # pylint: disable=import-outside-toplevel
        growing = {peer.partition("_")[0] for peer in parts.GROWTH_PEERS}
        _, left_out = run_text.GROWTH_KINDS.split("Left out: ")
        for product, name in peer_rows.PRODUCTS.items():
            self.assertEqual(product in growing, name not in left_out, name)

    def test_they_sync_nothing_and_all_but_one_are_in_memory(self):
        source = (ROOT / "bench/peers/peer_kinds.cc").read_text(
            encoding="utf-8")
        on_disk = [peer for peer in parts.GROWTH_PEERS
                   if f'InMemory("{peer}")' not in source
                   and peer not in parts.TARANTOOL_PEERS]
        self.assertEqual(on_disk, ["rocksdb_async"])
        self.assertNotIn('Durable("rocksdb_async")', source)


class RunTest(InFolder):
    """A whole run of fakes."""

    def setUp(self):
        super().setUp()
        self.disk = self.folder / "disk"
        self.disk.mkdir()
        mock.patch.object(parts, "postgres_can_enter",
                          return_value=True).start()
        self.addCleanup(mock.patch.stopall)

    def put_program(self, name, bad_peer="", bad_end="os.abort()"):
        text = (f"#!{sys.executable}\nCONTEXT = {CONTEXT!r}\n"
                f"BAD_PEER = {bad_peer!r}\ndef end_badly(): {bad_end}\n")
        self.put(f"build/{name}", text + PROGRAM).chmod(0o755)

    def new_run(self, *names, growth=(1000, 2000, 4000)):
        self.results = results_folder.ResultsFolder(self.folder / "out", DATE)
        self.results.begin(names)
        plan = parts.Plan(customers=[1000], repetitions=1, rounds=1,
                          growth=growth, process_customers=1000,
                          program_repetitions=1)
        return parts.Run(plan, self.folder / "build", self.disk, self.results,
                         0)

    def run_parts(self, *names, **sizes):
        with open(os.devnull, "w", encoding="utf-8") as nowhere, \
                mock.patch.object(sys, "stderr", nowhere):
            run = self.new_run(*names, **sizes)
            run.machine = {}
            whole = run.measure(names)
        self.failed = "\n".join(self.results.all("failed"))
        self.left_out = "\n".join(self.results.all("left_out"))
        self.assertEqual(list(self.disk.iterdir()), [])
        return whole

    def runs_of(self, name):
        text = (self.folder / "out" / name).read_text(encoding="utf-8")
        return len(json.loads(text)["benchmarks"])

    def test_a_failed_peer_keeps_what_it_has_done_and_the_others_go_on(self):
        self.put_program("bench/peer_bench", "sqlite_memory")
        self.assertTrue(self.run_parts("peers"))
        for peer in ("store", "sqlite_memory", "lmdb_memory"):
            self.assertEqual(self.runs_of(f"peers/{peer}-1000-round1.json"), 1)
        self.assertEqual(len(self.results.all("failed")), 1)
        self.assertIn("`peers/sqlite_memory-1000-round1` ended with -6: "
                      "benchmark: it went bad", self.failed)
        self.assertIn("1 runs that were done are kept", self.failed)

    def test_another_peer_begins_each_round(self):
        run = self.new_run("peers")
        run.plan = dataclasses.replace(run.plan, rounds=3)
        run.peers = {name: [name] for name in "abcdefg"}
        with mock.patch.object(run, "run_benchmarks") as one:
            run.measure_peers()
        programs = [call.args[0][0] for call in one.call_args_list]
        self.assertEqual("".join(programs), "abcdefgcdefgabefgabcd")
        rounds = [call.args[1][-1] for call in one.call_args_list]
        self.assertEqual("".join(rounds), "1" * 7 + "2" * 7 + "3" * 7)

    def test_instructions_are_counted_on_the_disk_that_is_measured(self):
        self.put("build/bench/instruction_counts",
                 '#!/bin/sh\n[ "$#" = 1 ] && touch "${1#--folder=}/left" && '
                 'echo "$1"\n').chmod(0o755)
        self.assertTrue(self.run_parts("instructions"))
        self.assertEqual(self.failed, "")
        told = (self.folder / "out/store/instructions.json").read_text(
            encoding="utf-8")
        self.assertTrue(told.startswith(f"--folder={self.disk}/"), told)

    def stamped(self):
        self.new_run("peers").stamp("short")
        return json.loads((self.folder / "out/machine.json").read_text(
            encoding="utf-8"))

    def test_the_stamp_has_what_bench_machine_tells(self):
        stamp = self.stamped()
        self.assertEqual(stamp["machine"]["cores"], str(os.cpu_count()))
        self.assertEqual(stamp["machine"]["packages"], {})
        self.assertEqual(stamp["run"]["took"], "short")

    def test_a_machine_that_is_not_known_is_no_failure(self):
        self.put("bench/machine", "#!/bin/sh\nexit 1\n").chmod(0o755)
        with mock.patch.object(parts, "ROOT", self.folder), \
                mock.patch("builtins.print"):
            self.assertEqual(self.stamped()["machine"], {
                "machine": "not known, as bench/machine failed"})

    def test_what_was_not_built_is_left_out(self):
        self.put_program("bench/peer_bench")
        self.run_parts("peers", "instructions")
        for product in ("redis", "tarantool", "rocksdb"):
            self.assertIn(f"`{product}`, which was not built", self.left_out)
        self.assertIn("all of `instructions`", self.left_out)
        self.assertNotIn("lmdb", self.left_out)

    def test_postgresql_is_left_out_once_where_its_user_cannot_enter(self):
        self.put_program("bench/peer_bench")
        self.put_program("bench/bare_load")
        self.put_program("tools/orderstore/orderstore")
        with mock.patch.object(parts, "postgres_can_enter", return_value=False):
            self.run_parts("peers", "programs")
        self.assertEqual(self.left_out.count("--folder names another"), 1)
        self.assertNotIn("postgresql", self.failed)
        self.assertNotIn("export", self.failed)

    def test_a_peer_that_hangs_is_ended(self):
        self.put_program("bench/peer_bench", "sqlite_memory", "time.sleep(100)")
        with mock.patch.object(parts, "SECONDS_MAX", 2):
            self.run_parts("peers")
        self.assertIn("round1` was ended, as it took too long", self.failed)
        self.assertEqual(self.runs_of("peers/lmdb_memory-1000-round1.json"), 1)

    def test_a_peer_that_runs_out_of_memory_grows_no_further(self):
        self.put_program("bench/peer_bench", "sqlite_memory",
                         "os.kill(os.getpid(), signal.SIGKILL)")
        self.run_parts("growth")
        self.assertIn("`sqlite_memory` from 1,000 customers on, which did not "
                      "fit", self.left_out)
        names = [path.name for path in (self.folder / "out/growth").iterdir()]
        self.assertFalse([name for name in names
                          if "sqlite_memory-2000" in name])
        self.assertTrue([name for name in names if "lmdb_memory-4000" in name])

    def test_a_size_that_would_not_fit_is_left_out(self):
        self.put_program("bench/peer_bench")
        with mock.patch.object(parts, "available_bytes",
                               return_value=200_000_000):
            self.run_parts("growth", growth=(1000, 1001, 1_000_000))
        self.assertIn("`store` at 1,000,000 customers", self.left_out)
        self.assertNotIn("1,001", self.left_out)

    def test_a_part_that_raises_leaves_the_others_alone(self):
        self.put("build/bench/peer_bench", "#!/bin/sh\nexit 3\n").chmod(0o755)
        self.put_program("bench/orderstore_bench")
        self.assertTrue(self.run_parts("peers", "store"))
        self.assertIn("`peers`: Command", self.failed)
        self.assertTrue((self.folder / "out/store/reads-1000.json").exists())

    def test_an_interrupted_run_tells_what_is_missing(self):
        self.put_program("bench/orderstore_bench")
        with mock.patch.object(parts.Run, "measure_store",
                               side_effect=KeyboardInterrupt):
            self.assertFalse(self.run_parts("store", "peers"))
        self.assertIn("interrupted; not whole: `store`, `peers`", self.failed)

    def test_ctrl_c_leaves_a_report_and_ends_with_130(self):
        self.put_program("bench/peer_bench", "lmdb_memory", "time.sleep(100)")
        out = self.folder / "out"
        with subprocess.Popen(
                [sys.executable, ROOT / "tools/bench", "--only", "peers",
                 "--customers", "1000", "--build", self.folder / "build",
                 "--folder", self.disk, "--out", out],
                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
            waited = time.monotonic() + 60
            begun = out / "peers/lmdb_memory-1000-round1.json"
            while not begun.exists() and time.monotonic() < waited:
                time.sleep(0.1)
            process.send_signal(signal.SIGINT)
            errors = process.communicate(timeout=60)[1]
        self.assertEqual(process.returncode, 130, errors)
        self.assertIn("programs", json.loads((out / "machine.json").read_text(
            encoding="utf-8"))["run"])
        self.assertTrue((out / "report.html").exists(), errors)
        self.assertEqual(errors.count(b"interrupted; not whole"), 1, errors)
        self.assertIn("interrupted", (out / "report.md").read_text(
            encoding="utf-8"))
        self.assertEqual(list(self.disk.iterdir()), [])


class ToolTest(InFolder):

    def test_a_foreign_folder_is_refused_before_anything_is_built(self):
        self.put("notes.txt")
        done = subprocess.run(
            [sys.executable, ROOT / "tools/bench", "--out", self.folder],
            capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("something else than results", done.stderr)

    def test_quick_measures_every_part_in_small(self):
        tool = load_tool()
        arguments = tool.parse_arguments(["--quick"])
        self.assertEqual(arguments.only, set(parts.PARTS))
        quick = tool.plan_of(arguments)
        whole = tool.plan_of(tool.parse_arguments([]))
        self.assertLess(quick.process_customers, whole.process_customers)
        self.assertLess(quick.customers, whole.customers)
        self.assertLess(max(quick.growth), max(whole.growth))

    def test_whole_measurements_are_of_the_sizes_that_targets_are_for(self):
        tool = load_tool()
        whole = tool.plan_of(tool.parse_arguments([]))
        full = tool.plan_of(tool.parse_arguments(["--full"]))
        self.assertEqual(whole.customers, [1_000_000])
        self.assertEqual((min(whole.growth), max(whole.growth)),
                         (10_000, 10_000_000))
        # Enough for bench/compare of what is measured once a round.
        self.assertGreaterEqual(full.rounds, 5)
        self.assertLess(whole.rounds, full.rounds)


class ExportSpeedTest(unittest.TestCase):

    def setUp(self):
        self.tool = load_tool("bench/export_speed")

    def test_the_server_is_set_as_the_peers_is(self):
        settings = dict(text.split("=") for text in self.tool.settings())
        self.assertEqual(settings["fsync"], "on")
        self.assertEqual(settings["shared_buffers"], "4GB")
        server = (ROOT / "bench/peers/postgresql_server.cc").read_text(
            encoding="utf-8")
        self.assertIn("kPostgresqlSettings", server)
        for name in settings:
            self.assertNotIn(f'"{name}=', server)

    def bench(self, repetitions, follows):
        """Each of `follows`: its seconds, and the LSN that it tells."""
        arguments = mock.Mock(command="orderstore", bare_load="bare_load",
                              customers=1000, repetitions=repetitions)
        bench = self.tool.Bench(arguments, pathlib.Path("nowhere"))
        bench.run = mock.Mock(return_value=mock.Mock(stdout='{"lsn": 7}'))
        bench.follow = mock.Mock(side_effect=follows)
        bench.values_to_change = mock.Mock(return_value=["a", "b"])
        bench.measure = mock.Mock(return_value=(4.0, 0))
        for name in ("drop", "load_by_store", "change", "vacuum",
                     "write_bare_following"):
            setattr(bench, name, mock.Mock())
        return bench

    def test_following_is_measured_again_and_again_without_its_opening(self):
        bench = self.bench(3, [(9, 7), (0.5, 7), (1.5, 9), (0.5, 9), (2.5, 11),
                               (0.25, 11), (1.25, 13)])
        bench.measure_follow()
        self.assertEqual(bench.figures["follow_per_second"], [2, 1, 2])
        self.assertEqual(bench.figures["bare_follow_per_second"], [0.5] * 3)
        self.assertEqual([call.args[0] for call in bench.change.mock_calls],
                         ["redeem", "unredeem", "redeem"])
        bench.write_bare_following.assert_called_once_with(2)

    def test_memory_is_beside_that_of_the_opened_store(self):
        bench = self.bench(2, [])
        bench.rows, bench.bare = 500, []
        bench.figures.update(follow_per_second=[], bare_follow_per_second=[])
        # Seconds of a bare load, and bytes of text.
        bench.run.return_value.stdout = "2"
        bench.open_store = mock.Mock(return_value=(1.0, 1000))
        bench.load_by_store = mock.Mock(side_effect=[(4, 1, 1300),
                                                     (4, 1, 1200)])
        bench.measure = mock.Mock(side_effect=[(3.0, 1030), (3.0, 1020)])
        bench.measure_loads()
        bench.measure_text()
        self.assertEqual(
            [(run["name"], run["more_bytes"]) for run in bench.benchmarks()],
            [("export/load/store/1000", 300), ("export/load/store/1000", 200),
             ("export/text/store/1000", 30), ("export/text/store/1000", 20)])

    def test_what_was_not_followed_is_no_figure(self):
        bench = self.bench(1, [(9, 7), (0.5, 7), (1.5, 8)])
        with self.assertRaisesRegex(SystemExit, "1 of 2 were followed"):
            bench.measure_follow()


if __name__ == "__main__":
    unittest.main()

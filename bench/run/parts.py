"""The parts of a run of the benchmarks, each some processes one after the
other. A process that fails, and a part, leaves the others alone."""

import dataclasses
import functools
import json
import os
import pathlib
import pwd
import re
import subprocess
import sys
import time

import measured_process
from measured_process import Ended

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Huge pages for all whose memory is malloc's; the store asks for its own.
HUGE_PAGES = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}
# Generous: what takes longer hangs.
SECONDS_MAX = 3600
SECONDS_MAX_A_CUSTOMER = 3600 / 1e6

# Name and filter of the groups of orderstore_bench, a process each.
STORE_GROUPS = [
    ("limits", "^(dram_latency|clock|hiccups|idle_day)/"),
    ("reads", "^(customer_|order_by|orders_of|barcode_by|unused_|top_5|"
              "unassigned_|view)"),
    ("sales", "^(checkout|checkout_from_stock|redeem)/"),
    ("loads", "^(bulk_load|growth)/"),
    ("stock", "^stock/"),
    ("beside", "^beside_writer_"),
    ("memory", "^memory/"),
    ("durability",
     "^(disk|memory_bandwidth|sync_checkout|async_checkout|log_record)/"),
    ("snapshots",
     "^(disk_bandwidth|snapshot|beside_snapshot|snapshot_memory|backup|"
     "reopen)/"),
]
# Of what is fast; the rest of peer_bench is done once a round.
PEER_REPETITIONS = 3
PRODUCTS = ("sqlite", "lmdb", "rocksdb", "postgresql", "redis", "tarantool")
TARANTOOL_PEERS = ("tarantool_memory", "tarantool_sync", "tarantool_async")
GROWTH_PEERS = ("store", "map", "sqlite_memory", "lmdb_memory",
                "rocksdb_async", "redis_memory", "tarantool_memory")
# Of which the peak that is told is the server's: its client has the rows to
# load meanwhile, in less than half as much memory.
GROWTH_SERVERS = ("redis_memory",)
CLIENT_SHARE = 0.5
# Name and filter: a process each, so that one peer is in memory.
GROWTH_WORKS = (
    ("load", "bulk_load/rows"),
    ("lookups", "(customer_by_email|barcode_by_value)/hit_single"),
    ("checkout", "checkout/throughput"),
    ("memory", "memory/rows"),
)
GROWTH_REPETITIONS = 3
# A larger load takes minutes, and is done once.
REPEATED_LOAD_MAX = 1_000_000  # customers
MEMORY_SHARE_MAX = 0.9
# How much more than its share of the rows a peer may need: a hash map doubles,
# and has both tables while it does.
GROWTH_MARGIN = 1.4
# In the order in which they run, with the programs that they need.
PARTS = {
    "store": ("bench/orderstore_bench",),
    "peers": ("bench/peer_bench",),
    "growth": ("bench/peer_bench",),
    "instructions": ("bench/instruction_counts",),
    "programs": ("tools/orderstore/orderstore", "bench/bare_load"),
}


@dataclasses.dataclass(frozen=True)
class Plan:
    """How much is measured."""
    customers: list
    repetitions: int  # of the store beside its floor
    rounds: int  # over the peers
    growth: list  # sizes, in customers
    process_customers: int  # whose rows `orderstore process` reads
    program_repetitions: int


def growth_bytes(peer, size, measured):
    """An estimate for a size, from size and bytes of what was measured last, the
    peak of the largest process."""
    if measured is None:
        return 0
    measured_size, peak_bytes = measured
    if peer in GROWTH_SERVERS:
        peak_bytes *= 1 + CLIENT_SHARE
    return GROWTH_MARGIN * peak_bytes * size / measured_size


def available_bytes():
    text = pathlib.Path("/proc/meminfo").read_text(encoding="ascii")
    return int(re.search(r"MemAvailable: +(\d+)", text)[1]) * 1024


def postgres_can_enter(folder):
    """Whether the user as whom root runs PostgreSQL can; True if no root."""
    if os.geteuid() != 0:
        return True
    try:
        account = pwd.getpwnam("postgres")
    except KeyError:
        return True
    return subprocess.run(["test", "-x", folder], user=account.pw_uid, cwd="/",
                          group=account.pw_gid, extra_groups=[],
                          check=False).returncode == 0


class Run:
    """Measures into a ResultsFolder whose run has begun. `disk` is a folder on
    the disk to be measured, `load_before` the load average."""

    def __init__(self, plan, build, disk, results, load_before):
        self.plan = plan
        self.build = build
        self.disk = disk
        self.results = results
        self.out = results.path
        self.load_before = load_before
        self.began = time.monotonic()
        self.part = None
        self.machine = None

    # ---- What is told. ----

    def say(self, text):
        seconds = int(time.monotonic() - self.began)
        print(f"== {text} (after {seconds // 3600}:{seconds // 60 % 60:02}:"
              f"{seconds % 60:02})", file=sys.stderr, flush=True)

    def fail(self, text):
        self.results.note("failed", self.part, text)
        print(f"tools/bench: failed: {text}", file=sys.stderr)

    def leave_out(self, text):
        self.results.note("left_out", self.part, text)
        print(f"tools/bench: left out: {text}", file=sys.stderr)

    def stamp(self, took):
        if self.machine is None:
            self.machine = self._read_machine()
        given = any(word.startswith("--build") for word in sys.argv[1:])
        self.results.write_stamp(self.machine, {
            **({"programs": "of --build: they need not be of this commit"}
               if given else {}),
            "took": took,
            "arguments": " ".join(sys.argv[1:]) or "none",
            "load average": "{:.2f} before, {:.2f} after".format(
                self.load_before, os.getloadavg()[0]),
            "rounds over the peers": str(self.plan.rounds),
        })

    def _read_machine(self):
        try:
            return json.loads(subprocess.run(
                ["bench/machine", self.build, self.disk], cwd=ROOT,
                stdout=subprocess.PIPE, check=True).stdout)
        except (OSError, ValueError, subprocess.CalledProcessError) as error:
            print(f"tools/bench: {error}", file=sys.stderr)
            return {"machine": "not known, as bench/machine failed"}

    # ---- Processes and parts. ----

    def measure(self, parts):
        """Tries each; False if it was interrupted."""
        self.part = parts[0]
        self.stamp("not whole")
        for at, part in enumerate(parts):
            self.part = part
            try:
                self._measure_part()
            except KeyboardInterrupt:
                self.fail("interrupted; not whole: "
                          f"{', '.join(f'`{name}`' for name in parts[at:])}")
                return False
            # Whatever it is, the others are measured and the report is written.
            except Exception as error:  # pylint: disable=broad-except
                self.fail(f"`{part}`: {error}")
        return True

    def _measure_part(self):
        for program in PARTS[self.part]:
            if not (self.build / program).exists():
                self.leave_out(f"all of `{self.part}`: {program} was not "
                               "built, for which -DORDERSTORE_BENCH=ON and "
                               "-DORDERSTORE_BENCH_PEERS=ON are needed")
                return
        getattr(self, f"measure_{self.part}")()

    def run(self, name, size, command_of, env_of):
        """Runs command_of(folders) in env_of(folders) beside the environment.
        Output goes to NAME.log in the results, which has NAME.json as well."""
        self.say(name)
        log = self.out / f"{name}.log"
        ended = None
        try:
            with measured_process.scratch_folders(self.disk) as folders:
                ended = measured_process.run_to_end(
                    command_of(folders), log, {**os.environ, **env_of(folders)},
                    SECONDS_MAX + SECONDS_MAX_A_CUSTOMER * size)
        except OSError as error:
            self.fail(f"`{name}`: {error}")
            return Ended(1)
        finally:
            if ended is None or ended.status:
                kept = measured_process.keep_finished(self.out / f"{name}.json")
        if ended.status:
            self._tell_failure(name, ended, log, kept)
        return ended

    def _tell_failure(self, name, ended, log, kept):
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
        last = next((line for line in reversed(lines) if line.strip()), "")
        self.fail(f"`{name}` {ended}" + (f": {last}" if last else "") +
                  (f"; {kept} runs that were done are kept" if kept else ""))

    def run_benchmarks(self, program, name, pattern, size, *options):
        return self.run(
            name, size, lambda folders: [
                *program, f"--customers={size}",
                f"--benchmark_filter={pattern}",
                f"--benchmark_out={self.out / name}.json",
                "--benchmark_out_format=json", f"--folder={folders.disk}",
                *options],
            lambda folders: {**HUGE_PAGES, "TMPDIR": str(folders.sockets)})

    def run_program(self, name, size, *command):
        return self.run(name, size, lambda folders: command,
                        lambda folders: {"TMPDIR": str(folders.short)})

    # ---- The store. ----

    def measure_store(self):
        for name, pattern in STORE_GROUPS:
            for size in self.plan.customers:
                self.run_benchmarks(
                    [self.build / "bench/orderstore_bench"],
                    f"store/{name}-{size}", pattern, size,
                    f"--benchmark_repetitions={self.plan.repetitions}",
                    "--benchmark_enable_random_interleaving=true")

    # ---- Its peers. ----

    @functools.cached_property
    def peers(self):
        """The program and options of each, by name."""
        program = self.build / "bench/peer_bench"
        listed = subprocess.run(
            [program, "--customers=1000", "--benchmark_list_tests"],
            stdout=subprocess.PIPE, text=True, check=True).stdout
        names = [line.split("/") for line in listed.splitlines()
                 if line.count("/") > 2]
        peers = {name[2]: [program] for name in names}
        tarantool = self.build / "bench/peer_bench_tarantool"
        if tarantool.exists():
            for peer in TARANTOOL_PEERS:
                peers[peer] = [tarantool, f"--peer={peer}"]
        built = {name.partition("_")[0] for name in peers}
        for product in PRODUCTS:
            if product not in built:
                self.leave_out(f"`{product}`, which was not built; "
                               "`tools/setup --bench` installs what it needs")
        if "postgresql" in built and not self.postgres_can_enter:
            peers = {name: program for name, program in peers.items()
                     if not name.startswith("postgresql")}
        return peers

    @functools.cached_property
    def postgres_can_enter(self):
        if postgres_can_enter(self.disk):
            return True
        self.leave_out("all of PostgreSQL: the user `postgres`, as whom root "
                       f"runs it, cannot enter {self.disk}; --folder names "
                       "another place")
        return False

    def answers(self):
        return f"--answers={self.out / 'answers'}"

    def measure_peers(self):
        rounds, names = self.plan.rounds, list(self.peers)
        for turn in range(1, rounds + 1):
            # Another begins each, as the machine differs from hour to hour.
            first = (turn - 1) * len(names) // rounds
            for size in self.plan.customers:
                for peer in names[first:] + names[:first]:
                    self.run_benchmarks(
                        self.peers[peer], f"peers/{peer}-{size}-round{turn}",
                        f"/{peer}/", size, self.answers(),
                        f"--benchmark_repetitions={PEER_REPETITIONS}")

    # ---- Growth. ----

    def measure_growth(self):
        for peer in GROWTH_PEERS:
            if peer in self.peers:
                self._measure_growth_of(peer)

    def _measure_growth_of(self, peer):
        measured = None  # size and bytes, of the last
        for size in self.plan.growth:
            needed = growth_bytes(peer, size, measured)
            available = available_bytes()
            if needed > MEMORY_SHARE_MAX * available:
                self.leave_out(
                    f"`{peer}` at {size:,} customers, which would need some "
                    f"{needed / 1e9:.0f} GB of memory; there are "
                    f"{available / 1e9:.0f} GB")
                continue
            peak_bytes = 0
            for ended in self._grow_to(peer, size):
                if ended.out_of_memory:
                    self.leave_out(f"`{peer}` from {size:,} customers on, "
                                   "which did not fit into memory")
                    return
                if ended.status == 0:
                    peak_bytes = max(peak_bytes, ended.peak_bytes)
            if peak_bytes:
                measured = size, peak_bytes

    def _grow_to(self, peer, size):
        """Yields how each process ended."""
        for work, pattern in GROWTH_WORKS:
            again = work == "load" and size <= REPEATED_LOAD_MAX
            for turn in range(1, (GROWTH_REPETITIONS if again else 1) + 1):
                name = f"{work}-round{turn}" if again else work
                yield self.run_benchmarks(
                    self.peers[peer], f"growth/{peer}-{size}-{name}",
                    f"^{pattern}/{peer}/", size, self.answers(),
                    f"--benchmark_repetitions={GROWTH_REPETITIONS}")

    # ---- Programs. ----

    def measure_instructions(self):
        self.run("store/instructions", 0, lambda folders: [
            "sh", "-c", 'exec "$0" "--folder=$1" > "$2"',
            self.build / "bench/instruction_counts", folders.disk,
            self.out / "store/instructions.json"], lambda folders: {})

    def measure_programs(self):
        command = self.build / "tools/orderstore/orderstore"
        repetitions = ["--repetitions", self.plan.program_repetitions]
        size = self.plan.process_customers
        self.run_program("store/process", size, "bench/process_speed", command,
                         "--customers", size, *repetitions,
                         "--json", self.out / "store/process.json")
        if not self.postgres_can_enter:
            return
        for size in self.plan.customers:
            name = f"store/export-{size}"
            self.run_program(name, size, "bench/export_speed", command,
                             self.build / "bench/bare_load", "--customers",
                             size, *repetitions, "--json",
                             self.out / f"{name}.json")

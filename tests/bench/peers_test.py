#!/usr/bin/env python3
"""Whether all peers that the benchmarks measure give the same answers.

  peers_test.py FOLDER

FOLDER has the built peer_bench and peer_bench_tarantool. Each kind of peer does
a few works with a small data set, and compares its answers with the file that
those before it have left; a program whose peer answers differently fails. That
it does is proven first, by answers that are made up. Peers that wait for no
sync or socket do what is measured longer, too. No kind may be missing. What is
measured is not looked at, but for the counters that have to be there.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

KINDS = {
    "store", "store_small_pages", "store_async", "store_sync", "map",
    "sqlite_memory", "sqlite_normal", "sqlite_full", "sqlite_exclusive",
    "lmdb_memory", "lmdb_sync", "rocksdb_no_wal", "rocksdb_async",
    "rocksdb_sync", "postgresql_async", "postgresql_sync", "redis_memory",
    "redis_everysec", "redis_always"}
TARANTOOL_KINDS = ("tarantool_memory", "tarantool_async", "tarantool_sync")
WORKS = ("bulk_load/rows|(customer_by_email|order_by_id)/hit_(single|in_read)|"
         "barcode_by_value/(hit|miss)_batch32|"
         "(orders_of|unused_barcodes)/(miss_)?children|"
         "(top_customers|unassigned_count)/(query|maintained)|"
         "(checkout|redeem)/throughput|reopen/(closed|crashed)|"
         "beside_backup/backup|durable_checkout/threads_8|memory/rows")
# The answers of a day are the same at any rate, and with readers beside it.
FAST_WORKS = ("|customer_by_email/latency|(checkout|redeem)/latency|"
              "day/rate1000_readers0")
STORE_WORKS = "|day/rate10000_readers2"
# Whose answers are made up, and some of the names that the file has of them.
COMPARED_WORKS = ("bulk_load/rows|barcode_by_value/hit_single|"
                  "orders_of/children|(top_customers|unassigned_count)/query|"
                  "every_row/warm|checkout/throughput")
COMPARED = {"loaded", "barcode_by_value hit_",
            "barcode_by_value hit_, whole rows", "orders_of ", "top_customers",
            "unassigned_count", "every_row", "checkout", "state"}
# By the beginning of a benchmark's name.
COUNTERS = {
    "customer_by_email/latency/": ["p50_ns", "p99.99_ns", "max_ns"],
    "checkout/latency/": ["p50_ns", "p99_ns", "max_ns"],
    "day/rate10000_readers2/": ["behind_ns", "reader_behind_ns",
                                "reader_p99_ns"],
    "durable_checkout/threads_8/": ["least_share", "raw_per_second",
                                    "ratio_to_raw", "processors_busy"],
    "memory/rows/": ["bytes_a_row_resident", "bytes_a_row_counted"],
    "reopen/": ["open_seconds", "left_in_page_cache"],
    "reopen/closed/": ["warm_seconds"],
}


def start(*command):
    return subprocess.run(list(map(str, command)), check=False, text=True,
                          stdin=subprocess.DEVNULL, capture_output=True)


def end_of(process):
    """How it ended, in words."""
    last = "\n".join((process.stdout + process.stderr).splitlines()[-5:])
    return f"{' '.join(process.args)} ended with {process.returncode}:\n{last}"


def run(*command):
    process = start(*command)
    if process.returncode:
        sys.exit(end_of(process))
    return process.stdout


def listed(command):
    """The names of its benchmarks, `work/variant/kind/...`."""
    lines = run(*command, "--customers=1000", "--benchmark_list_tests")
    return [line for line in lines.splitlines() if line.count("/") > 2]


def works_of(kind, names):
    works = WORKS
    # Others have a day at the low rate alone, which takes long.
    if any(name.startswith(f"day/rate10000_readers0/{kind}/")
           for name in names):
        works += FAST_WORKS
    if kind.startswith("store"):
        works += STORE_WORKS
    return works


def check_comparison(program, folder):
    """An answer that is not the one in the file fails, and is named."""
    answers = folder / "compared"

    def command(kind):
        return (program, "--customers=1000", f"--folder={folder}",
                f"--answers={answers}",
                f"--benchmark_filter=^({COMPARED_WORKS})/{kind}/")

    run(*command("store"))
    run(*command("map"))
    lines = answers.read_text(encoding="utf-8").splitlines()
    names = set()
    for at, line in enumerate(lines):
        customers, begin, answer, subject, name = line.split(" ", 4)
        if name in names:
            continue
        names.add(name)
        made_up = f"{customers} {begin} {int(answer) ^ 1} {subject} {name}"
        answers.write_text(
            "".join(f"{line}\n" for line in (*lines[:at], made_up,
                                             *lines[at + 1:])),
            encoding="utf-8")
        process = start(*command("map"))
        told = (f"{name} at {customers} customers, operations from {begin}: map "
                f"answers differently from {subject}")
        if process.returncode == 0 or told not in process.stderr:
            sys.exit(f"With another answer of `{name}` {end_of(process)}")
    missing = COMPARED - {name.partition(",")[0] for name in names} - names
    if missing:
        sys.exit(f"There are no answers of: {'; '.join(sorted(missing))}")


def check_counters(results):
    for done in json.loads(results.read_text(encoding="utf-8"))["benchmarks"]:
        for begin, counters in COUNTERS.items():
            missing = [name for name in counters if name not in done]
            if done["name"].startswith(begin) and missing:
                sys.exit(f"{done['name']} lacks {', '.join(missing)}")


def measure(command, kind, folder):
    results = folder / f"{kind}.json"
    output = run(*command, "--customers=1000", f"--folder={folder}",
                 f"--answers={folder}/answers", f"--benchmark_out={results}",
                 "--benchmark_out_format=json", "--benchmark_filter="
                 f"^({works_of(kind, listed(command))})/{kind}/")
    done = sum(line.count(f"/{kind}/") for line in output.splitlines())
    if done < 10:
        sys.exit(f"{kind} did only {done} works")
    check_counters(results)


def check_states(answers):
    """The store's state is compared after a day, and again at its end: it has
    another day between, with readers, of which not all are capable."""
    states = [line for line in answers.read_text(encoding="utf-8").splitlines()
              if " state, " in line and "operations of the day" in line]
    if len(states) != 2:
        sys.exit(f"There are {len(states)} states after a day, not 2")


def main():
    programs = pathlib.Path(sys.argv[1])
    kinds = list(dict.fromkeys(
        name.split("/")[2] for name in listed([programs / "peer_bench"])))
    if set(kinds) != KINDS:
        sys.exit("peer_bench should have other kinds, of these the one or the "
                 f"other: {', '.join(sorted(KINDS.symmetric_difference(kinds)))}"
                 "; tools/setup --bench installs what it needs")
    commands = [[programs / "peer_bench"]] * len(kinds)
    commands += [[programs / "peer_bench_tarantool", f"--peer={kind}"]
                 for kind in TARANTOOL_KINDS]
    with tempfile.TemporaryDirectory() as folder:
        # A server's user has to come by.
        pathlib.Path(folder).chmod(0o755)
        check_comparison(programs / "peer_bench", pathlib.Path(folder))
        for command, kind in zip(commands, [*kinds, *TARANTOOL_KINDS]):
            measure(command, kind, pathlib.Path(folder))
            if kind == kinds[0]:
                check_states(pathlib.Path(folder) / "answers")


if __name__ == "__main__":
    main()

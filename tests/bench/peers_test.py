#!/usr/bin/env python3
"""Whether all peers that the benchmarks measure give the same answers.

  peers_test.py FOLDER

FOLDER has the built peer_bench and peer_bench_tarantool. Each kind of peer does
a few works with a small data set, and compares its answers with the file that
those before it have left; a program whose peer answers differently fails. The
store does a work of each sort, which takes others too long. No product may be
missing. Nothing is measured.
"""

import pathlib
import subprocess
import sys
import tempfile

PRODUCTS = {"store", "map", "sqlite", "lmdb", "rocksdb", "postgresql", "redis"}
TARANTOOL_KINDS = ("tarantool_memory", "tarantool_sync")
WORKS = ("bulk_load/rows|(customer_by_email|order_by_id)/hit_(single|in_read)|"
         "customer_by_email/latency|barcode_by_value/(hit|miss)_batch32|"
         "(orders_of|unused_barcodes)/(miss_)?children|"
         "(top_customers|unassigned_count)/(query|maintained)|"
         "(checkout|redeem)/throughput|reopen/closed")
# The answers of a day are the same at any rate, and with readers beside it;
# peers that sync, and servers, have only a slow one.
PEER_WORKS = WORKS + "|day/rate10000_readers0|beside_backup/backup"
STORE_WORKS = PEER_WORKS + ("|day/rate10000_readers1|reopen/crashed|"
                            "durable_checkout/threads_8|memory/rows")


def run(*command):
    process = subprocess.run(list(map(str, command)), check=False, text=True,
                             stdin=subprocess.DEVNULL, capture_output=True)
    if process.returncode:
        last = "\n".join((process.stdout + process.stderr).splitlines()[-5:])
        sys.exit(f"{' '.join(map(str, command))} ended with "
                 f"{process.returncode}:\n{last}")
    return process.stdout


def main():
    programs = pathlib.Path(sys.argv[1])
    listed = run(programs / "peer_bench", "--customers=1000",
                 "--benchmark_list_tests")
    kinds = list(dict.fromkeys(line.split("/")[2]
                               for line in listed.splitlines()
                               if line.count("/") > 2))
    missing = PRODUCTS - {kind.partition("_")[0] for kind in kinds}
    if missing:
        sys.exit(f"peer_bench was built without {', '.join(sorted(missing))}; "
                 "tools/setup --bench installs what it needs")
    commands = [[programs / "peer_bench"]] * len(kinds)
    commands += [[programs / "peer_bench_tarantool", f"--peer={kind}"]
                 for kind in TARANTOOL_KINDS]
    with tempfile.TemporaryDirectory() as folder:
        # A server's user has to come by.
        pathlib.Path(folder).chmod(0o755)
        for command, kind in zip(commands, [*kinds, *TARANTOOL_KINDS]):
            works = STORE_WORKS if kind.startswith("store") else PEER_WORKS
            output = run(*command, "--customers=1000", f"--folder={folder}",
                         f"--answers={folder}/answers",
                         f"--benchmark_filter=^({works})/{kind}/")
            done = sum(line.count(f"/{kind}/") for line in output.splitlines())
            if done < 10:
                sys.exit(f"{kind} did only {done} works")


if __name__ == "__main__":
    main()

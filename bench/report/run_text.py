"""What is told of a run: what ran where, how often, and what was amiss."""

import re

from limits import Limits
from peer_rows import THREADS
from results import NOISY_SPREAD, RUNS_FOR_NOISE, runs_text
from store_rows import TARGET_CUSTOMERS

# What tells what was measured, of what was asked of tools/bench; the rest tells
# where things are.
ASKED = re.compile(r"--(?:quick|full|(?:customers|repetitions|only)[ =]\S+)")
PERCENTILES = ("A percentile is told where ten latencies or more of each run "
               "are beyond it: of what is slow, fewer are measured.")
GROWTH_KINDS = ("Of each product the kind that has its rows in memory; of "
                "RocksDB, which has none, one that does not sync. Left out: "
                "PostgreSQL, a server whose rows are on disk, and all kinds "
                "that sync. Their figures are in the tables beside the peers.")
FAIRNESS = ("The store has huge pages (`Options::huge_pages`, which is off by "
            "default), as has what malloc gives; the maps and arenas of LMDB, "
            "PostgreSQL, Redis and Tarantool have none. RocksDB is Debian's "
            "build, which has assertions and checksums without the "
            "processor's instruction for them. LMDB and RocksDB have rows "
            "under their ids, as texts may change, so that a lookup by a text "
            "is two searches; with rows under their texts it would be one, and "
            "lists of rows would take more. Disk is all that is in a product's "
            "folder, of a server its log, catalogs and settings too. Tarantool "
            "is asked through functions in Lua within it, as its applications "
            "are, by fibers where others have threads.")
OWN_KIND = ("One thread asks, if no others are named; servers are asked over a "
            "Unix socket, on the same processors. orderstore has its rows in "
            "memory alone, without files; but where works are durable, a day "
            "is synced, or files are measured, it syncs each commit.")
# Of the packages, by how their names begin, in the order in which they are
# told.
SOFTWARE = {"libsqlite3": "SQLite", "liblmdb": "LMDB", "librocksdb": "RocksDB",
            "postgresql-": "PostgreSQL", "redis-server": "Redis",
            "tarantool": "Tarantool", "libabsl": "Abseil"}
CACHE = re.compile(r"(L\d) ([\d.]+) ([KMG]iB)")
CACHE_UNITS = {"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
MUCH_CACHED = 0.25
WARM_SHARE = 0.01  # of its files, up to which a reopened store is cold


def machine_lines(stamp):
    """All that is known, a line each."""
    machine = stamp.get("machine", {})
    lines = [f"{name}: {value}" for name, value in machine.items()
             if isinstance(value, str)]
    packages = machine.get("packages", {})
    if packages:
        lines.append("packages: " + ", ".join(
            f"{name} {version}" for name, version in packages.items()))
    for name, value in stamp.get("run", {}).items():
        if isinstance(value, str):
            lines.append(f"{name}: {value}")
    return lines


def origin_text(stamp):
    """The command, the commit and the machine in a sentence."""
    run = stamp.get("run", {})
    asked = ASKED.findall(run.get("arguments", ""))
    text = f"From a run of `{' '.join(['tools/bench', *asked])}`"
    machine = stamp.get("machine", {})
    commit, _, changed = machine.get("commit", "").partition(", ")
    if re.fullmatch("[0-9a-f]{40}", commit):
        text += " ".join(filter(None, [
            f" at commit `{commit[:12]}`", changed,
            "with programs that need not be of it" if "programs" in run
            else ""]))
    if "cores" in machine:
        what = [machine["processor"]]
        if machine.get("virtualization", "none known") != "none known":
            what.append("virtualized")
        caches = machine.get("caches", "").rpartition(", ")[2]
        if caches:
            what.append(caches)
        text += f", on {machine['cores']} cores ({', '.join(what)})"
        text += f" with {machine['memory']} of memory"
    kept = re.findall(r"(\w+) of ", run.get("kept of older runs", ""))
    if kept:
        text += (". Kept of earlier runs, which may be of other commits: "
                 + ", ".join(kept))
    return text + "."


def software_text(stamp):
    """What ran, and its versions, in a sentence; nothing if none is known."""
    machine = stamp.get("machine", {})
    told = [machine.get("system", "")]
    kernel = re.match(r"[\d.]+", machine.get("kernel", ""))
    if kernel:
        told.append(f"Linux {kernel[0]}")
    # Without its device and settings, and who built the compiler, or where it
    # is, which is told if its version is not known.
    told += [machine.get("file system", "").partition(" ")[0],
             re.sub(r" \(.*\)|^/.*", "", machine.get("compiler", ""))]
    packages = machine.get("packages", {})
    for prefix, name in SOFTWARE.items():
        versions = [version for package, version in packages.items()
                    if package.startswith(prefix)]
        if versions:  # without Debian's epoch and revision
            told.append(f"{name} {upstream(versions[0])}")
    told = ", ".join(filter(None, told))
    return f"With {told}." if told else ""


def upstream(version):
    return re.sub(r"^\d+:|[-+~].*", "", version)


def medians_text(folder):
    parts = []
    single = False
    for name, results in (("the store beside its floor", folder.store),
                          ("the peers", folder.peers),
                          ("growth", folder.growth)):
        if results.runs:
            counts = results.repetitions()
            parts.append(f"{runs_text(counts)} for {name}")
            single |= counts[0] == 1
    return (f"Medians of {', '.join(parts)}"
            + ("; of one run, its figure" if single else "")
            + "; of longest times the longest.")


def settings_text(folder):
    context = {**folder.peers.context, **folder.store.context}
    told = []
    if "store_huge_pages" in context:
        told.append("huge pages of the store "
                    + ("on" if context["store_huge_pages"] == "1" else "off"))
    if context.get("GLIBC_TUNABLES"):
        told.append(f"malloc's settings `{context['GLIBC_TUNABLES']}`")
    if "assertions" in context:
        told.append(f"assertions {context['assertions']} in the store and the "
                    "benchmarks")
    text = "; ".join(told)
    return f"{text[0].upper()}{text[1:]}." if told else ""


def spread_text(results):
    """In how many benchmarks the runs differ; empty if none has enough."""
    judged = results.judged()
    if not judged:
        return ""
    noisy = len(results.noisy())
    where = (f"more than {NOISY_SPREAD:.0%} of the rate in {noisy} of {judged}"
             if noisy else
             f"{NOISY_SPREAD:.0%} of the rate or less in all {judged}")
    return (f"the middle half of the runs spreads over {where} that have "
            f"{RUNS_FOR_NOISE} runs or more")


def noise_text(results):
    """Of the store beside its floor, shortly."""
    spread = spread_text(results)
    return (f"Of the benchmarks of the store beside its floor {spread}; the "
            "others have too few runs to tell." if spread else
            "There are too few runs to tell how much noise there was.")


def target_size_text(customers):
    """Of how many customers the targets are; nothing if of so many."""
    return ("" if customers == TARGET_CUSTOMERS else
            f"The targets are for {TARGET_CUSTOMERS:,} customers.")


def cache_text(folder, customers):
    """If the processor's last cache holds much of the store."""
    caches = CACHE.findall(folder.stamp.get("machine", {}).get("caches", ""))
    store_bytes = Limits(folder, customers).store_bytes()
    if not caches or not store_bytes:
        return ""
    name, size, unit = caches[-1]
    share = min(1, float(size) * CACHE_UNITS[unit] / store_bytes)
    return ("" if share < MUCH_CACHED else
            f"The {name} cache of this machine is as large as {share:.0%} of "
            f"the store of {customers:,} customers: lookups of what it holds "
            "pass the limits, which are of memory.")


def warm_files(results, size):
    """Lines of what was reopened while its files were in the page cache."""
    for work, variant, subject, customers in sorted(results.runs):
        if (work, customers) != ("reopen", size):
            continue
        share = results.median(work, variant, subject, size,
                               "left_in_page_cache")
        if share and share > WARM_SHARE:
            yield (f"{share:.0%} of the files of `{subject}` were still in the "
                   f"page cache when it was reopened (`{variant}`).")


def unfair_threads(peers):
    """Of checkouts by threads of which one hardly got to sell; empty if all
    did."""
    told = []
    for peer in peers.names:
        for threads in THREADS:
            key = peer, "durable_checkout", f"threads_{threads}"
            if peers.is_unfair(*key):
                told.append(f"`{peer}` with {threads} threads, "
                            f"{peers.least_share(*key):.2f}")
    if not told:
        return ""
    return ("Where a thread made less than half of its share of the checkouts "
            "there are no percentiles, as who hardly gets to sell hardly "
            "counts in them. The least share: " + "; ".join(told) + ".")

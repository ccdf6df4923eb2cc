"""Writes the report of a run of the benchmarks.

  python3 bench/report DIR [--readme FILE | --cpu-time]

DIR is what tools/bench has written, or a folder with a folder `store` of JSON
files of orderstore_bench or instruction_counts. Writes DIR/report.md,
DIR/report.html, one file with everything in it, and, where matplotlib is
installed, DIR/*.svg. Exit status: 0; 1 if there are no results.

--readme FILE writes the figures that most ask for between two comments in FILE,
the README, which tell where, and the picture beside it, bench/summary.svg. Exit
status 1, and FILE as it was, if it has no such comments, or matplotlib is not
installed.

--cpu-time gives the rates of one thread's work by the time it had the processor
instead of the time that passed: for a first look on a machine that is busy with
other things. Loads, latencies, two threads' work and peers stay as they are.
"""

import argparse
import pathlib
import sys

import absences
import kind_tables
import limits
import losses
import peer_tables
import readme
import run_text
import store_tables
from page import Page
from peer_rows import ROWS
from results import Folder, runs_text
from store_rows import TARGET_CUSTOMERS


def add_peers(page, peers, known):
    page.section(f"orderstore beside its peers, {peers.size:,} customers")
    page.text(run_text.target_size_text(peers.size))
    page.text(run_text.cache_text(peers.folder, peers.size))
    rows = [row for row in ROWS if row.short]
    page.table(peer_tables.best_table(peers, known, rows))
    page.text(absences.sentence(peers, rows, "`-`"))
    page.text("Of each other product the best of its kinds for the work, which "
              "is named; more works and all kinds are below. "
              f"{run_text.OWN_KIND} Reads and loads: of any kind. Durable: on "
              "stable storage when a call returns. `prefetched`: hash maps "
              "that announce 32 keys before they look at the first. Ratio: how "
              "many times as good the store is as the best of SQLite, LMDB and "
              "RocksDB; for memory, of all that hold the rows in memory, for "
              "backups, files and reopening, of all products. The limits of "
              f"the machine are explained below. {run_text.FAIRNESS} "
              "`store_small_pages` below is the store without huge pages.")
    for line in run_text.warm_files(peers.results, peers.size):
        page.text(line)


def add_losses(page, folder, peers):
    """Of all sizes, the largest first: beside peers, then of other targets."""
    by_size = {one.size: one for one in peers}
    sizes = sorted({*by_size, *store_tables.sizes(folder.store)}, reverse=True)
    for size in sizes:
        page.section("Where orderstore loses"
                     + (f", {size:,} customers" if len(sizes) > 1 else ""))
        page.text("Where a peer or the floor is better, or a target is missed, "
                  "in the tables of all works and of the store beside plain "
                  "containers and the machine. Of other days, who is better in "
                  "a p99. What else the tables of all kinds have is not "
                  "compared.")
        lists = dict(lost_lists(folder, size, by_size.get(size)))
        for title, lines in lists.items():
            if lines:
                page.subsection(title)
                page.list(lines)
        if not any(lists.values()):
            page.text("Nowhere in these tables.")
    lines = list(losses.in_growth(folder))
    if lines:
        page.section("Where orderstore loses, in the table of growth")
        page.list(lines)


def lost_lists(folder, size, peers):
    """Title and lines of each list. `peers`: None if none was measured."""
    if peers:
        yield ("Beside its peers",
               [loss.line() for loss in losses.beside_peers(peers)])
        yield ("Beside its peers, on other days",
               list(losses.on_other_days(peers)))
    tables = store_tables.StoreTables(folder, size)
    yield ("Beside its floor and the machine",
           [loss.line() for loss in losses.beside_floor(tables)])


def add_kinds(page, peers, known):
    page.section(f"All works, {peers.size:,} customers")
    page.text("As in the first table, and more. A day: synced at 1,000 "
              "operations a second with a reader beside it, not synced at "
              "10,000, which servers are not asked for, with nobody or a "
              "reader beside it; what could not keep up has no figure. Kept, "
              "or else computed: each change keeps the answer up; hash maps "
              "keep the number of unassigned barcodes, and the tickets of each "
              "customer, of which they look for the most; the other peers "
              "compute both.")
    page.table(peer_tables.best_table(peers, known))
    page.text(absences.sentence(peers, ROWS, "`-`"))
    page.section(f"All kinds of peers, {peers.size:,} customers")
    page.text("Kinds without files have no backup, and are not reopened. A log "
              "of all rows is reopened, and rows are exported to PostgreSQL, "
              "by the store alone: see the tables of the store. Hash maps "
              "announce the keys of 32 lookups before they look at the first. "
              "A latency of a single lookup has one reading of the clock in "
              f"it. {run_text.PERCENTILES}")
    for title, columns in kind_tables.TABLES:
        table = kind_tables.kind_table(peers, known, columns)
        if table.rows:
            page.subsection(title)
            page.table(table)
    page.text(run_text.unfair_threads(peers))
    page.text("In a day, and beside a backup, operations are due at fixed "
              "times, whether or not those before them are done, and a latency "
              "counts from then: a stall is felt by all that came meanwhile. A "
              "rescan is of a ticket that is used. Servers, and what syncs "
              "each transaction, are not asked for 10,000 a second. Readers "
              "are threads that look up barcodes at the highest rate that a "
              "peer is asked for, as often as the day has operations, and due "
              "in the same way; peers without threads have none.")
    for variant, title in kind_tables.day_variants(peers):
        table = kind_tables.day_table(peers, known, variant)
        if table.rows:
            page.subsection(f"A day: {title}")
            page.table(table)


def add_growth(page, folder):
    if folder.growth.runs:
        page.section("Growth")
        page.text(run_text.GROWTH_KINDS)
        page.table(kind_tables.growth_table(folder))


def add_what_is_missing(page, folder):
    failures = list(folder.stamp.get("failed", []))
    for results in (folder.store, folder.peers, folder.growth):
        told = " ".join(failures)
        failures += [f"`{name}` is not whole" for name in results.unreadable
                     if name.removesuffix(".json") not in told]
    if failures:
        page.section("What failed")
        page.list(failures)
    if folder.stamp.get("left_out"):
        page.section("What was left out")
        page.list(folder.stamp["left_out"])


def add_noise(page, folder):
    """Where the runs differ, and where there are too few to tell."""
    page.section("Noise")
    lines = []
    for name, results in (("The store beside its floor", folder.store),
                          ("The peers", folder.peers),
                          ("Growth", folder.growth)):
        spread = run_text.spread_text(results)
        if spread:
            noisy = ", ".join(results.noisy())
            lines.append(f"{name}: {spread}{': ' if noisy else ''}{noisy}.")
        for runs, works in results.too_few().items():
            lines.append(f"{name}: {runs_text([runs])}, whose noise is not "
                         f"known: benchmarks of {', '.join(works)}.")
    page.list(lines)


def draw(folder, is_needed):
    """Pictures of the largest size, (path, caption) each, or none where there
    is nothing to draw them of, or with; if they are needed, raises
    readme.Unusable without what draws them."""
    sizes = folder.peers.sizes()
    if not sizes and not folder.growth.runs:
        return []
    try:
        import pictures  # pylint: disable=import-outside-toplevel
    except ImportError as error:
        told = (f"no pictures: {error}; tools/setup --bench installs what "
                "they need")
        if is_needed:
            raise readme.Unusable(told) from None
        print(f"bench/report: {told}", file=sys.stderr)
        return []
    peers = peer_tables.Peers(folder, sizes[-1]) if sizes else None
    return pictures.Gallery(folder, peers).draw()


def add_limits(page, folder):
    page.section("The limits of the machine")
    known = limits.Limits(folder, TARGET_CUSTOMERS)
    page.text(known.explanation() if known.are_known()
              else "The limits of the machine were not measured: they are of "
              "the part `store` of tools/bench.")


def make_page(folder, drawn):
    """`drawn`: the pictures, (path, caption) each."""
    page = Page("orderstore: what was measured")
    page.text(f"{run_text.medians_text(folder)} A ratio is the quotient of two "
              "medians if nothing else is said; what noise there was is told "
              "at the end.")
    page.text(run_text.settings_text(folder))
    peers = [(peer_tables.Peers(folder, size), limits.Limits(folder, size))
             for size in reversed(folder.peers.sizes())]
    add_what_is_missing(page, folder)
    for one, known in peers:
        add_peers(page, one, known)
    add_losses(page, folder, [one for one, _ in peers])
    add_limits(page, folder)
    if drawn:
        page.section("Pictures")
        page.text("Red and dashed: the limits of the machine. Latencies: a "
                  "curve ends at the last percentile that is told; its dots "
                  "lead to the longest.")
        for path, caption in drawn:
            page.picture(path, caption)
    for one, known in peers:
        add_kinds(page, one, known)
    add_growth(page, folder)
    store_tables.add_to(page, folder)
    add_noise(page, folder)
    lines = run_text.machine_lines(folder.stamp)
    if lines:
        page.section("The machine and the run")
        page.list(lines)
    return page


def main():
    parser = argparse.ArgumentParser(
        prog="bench/report", description=__doc__,
        formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("dir")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--readme", type=pathlib.Path, metavar="FILE")
    what.add_argument("--cpu-time", action="store_true")
    arguments = parser.parse_args()
    try:
        write(arguments)
    except readme.Unusable as error:
        sys.exit(f"bench/report: {error}")


def write(arguments):
    folder = Folder(arguments.dir, arguments.cpu_time)
    if folder.is_empty():
        sys.exit(f"bench/report: no results in {arguments.dir}")
    file = readme.Readme(arguments.readme) if arguments.readme else None
    drawn = draw(folder, is_needed=file is not None)
    page = make_page(folder, drawn)
    for name, text in (("report.md", page.markdown()),
                       ("report.html", page.html())):
        (folder.path / name).write_text(text, encoding="utf-8")
        print(folder.path / name)
    if file:
        file.write(folder, drawn)
        print(file.path)


if __name__ == "__main__":
    main()

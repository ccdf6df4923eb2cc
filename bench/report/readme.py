"""The figures of the README: what stands between two marks in it, written from
the results, and the picture beside it."""

import re
import shutil
import textwrap

import absences
import losses
import peer_tables
import run_text
import store_tables
from limits import Limits
from page import List
from peer_rows import ROWS
from results import STORE, pace

BEGIN = "<!-- performance: written by bench/report -->"
END = "<!-- end of performance -->"
PICTURE = "bench/summary.svg"  # from the README
WIDTH = 80
# What is told of further kinds of the store, by work and variant.
OF_OTHER_KINDS = {
    ("barcode_by_value", "hit_single"): "lookups of a barcode by value",
    ("barcode_by_value", "hit_batch32"): "32 at a time",
    ("checkout", "throughput"): "checkouts",
    ("redeem", "throughput"): "redemptions",
    ("bulk_load", "rows"): "rows loaded in bulk"}


class Unusable(Exception):
    """The marks are missing, or there is nothing to write between them."""


class Readme:

    def __init__(self, path):
        """Reads it; raises Unusable."""
        self.path = path
        try:
            text = path.read_text(encoding="utf-8")
        except OSError as error:
            raise Unusable(f"{path}: {error.strerror}") from None
        self.before, begin, rest = text.partition(BEGIN)
        _, end, self.after = rest.partition(END)
        if not begin or not end:
            raise Unusable(f"{path} has no line {BEGIN} with {END} behind it")

    def write(self, folder, drawn):
        """`drawn`: the pictures, (path, caption) each. Raises Unusable."""
        summary = next((picture for picture in drawn
                        if picture[0].name == "summary.svg"), None)
        text = section(folder, summary)
        if summary:
            picture = self.path.parent / PICTURE
            picture.parent.mkdir(exist_ok=True)
            shutil.copyfile(summary[0], picture)
        self.path.write_text(f"{self.before}{BEGIN}\n\n{text}\n\n{END}"
                             f"{self.after}", encoding="utf-8")


def section(folder, summary):
    """Of the largest size of each part; what was not measured is left out."""
    peers = beside_peers(folder)
    floor = beside_floor(folder)
    if not peers and not floor:
        raise Unusable("neither the store nor its peers were measured")
    picture = [f"![{summary[1]}]({PICTURE})"] if summary else []
    return "\n\n".join(wrapped(block) for block in
                       [about_run(folder), *picture, *peers, *floor])


def about_run(folder):
    text = run_text.origin_text(folder.stamp)
    sizes = store_tables.sizes(folder.store)
    if sizes:
        machine = store_tables.StoreTables(folder, sizes[-1]).machine(short=True)
        told = "; ".join(f"{label[0].lower()}{label[1:]}: {figure}"
                         for label, figure in machine)
        if told:
            text += f" The bare machine: {told}."
    return " ".join(filter(None, [text, run_text.software_text(folder.stamp),
                                  run_text.medians_text(folder),
                                  run_text.noise_text(folder.store),
                                  run_text.settings_text(folder),
                                  *missing(folder)]))


def failures(folder):
    """How many processes of the parts that are shown did not end well."""
    failed = folder.stamp.get("failed", [])
    told = " ".join(failed)
    return len(failed) + sum(
        name.removesuffix(".json") not in told
        for results in (folder.store, folder.peers)
        for name in results.unreadable)


def missing(folder):
    """Sentences, without the places that the stamp may name."""
    if folder.stamp.get("run", {}).get("took") == "not whole":
        yield "The run is not whole."
    failed = failures(folder)
    if failed:
        yield f"Not all went well, {failed} failed: figures are missing."
    left_out = [re.split("[:,] ", text)[0]
                for text in folder.stamp.get("left_out", [])]
    if left_out:
        yield f"Left out: {', '.join(left_out)}."


def size_text(folder, customers):
    rows = folder.rows(customers)
    told = f"{customers:,} customers"
    if not rows:
        return told
    return told + (f" ({rows / 1e6:.1f} million rows)" if rows >= 1e6
                   else f" ({rows:,} rows)")


def beside_peers(folder):
    """Blocks; none if none was measured."""
    sizes = folder.peers.sizes()
    if not sizes:
        return []
    peers = peer_tables.Peers(folder, sizes[-1])
    rows = [row for row in ROWS if row.short]
    table = peer_tables.plain_table(peers, Limits(folder, peers.size), rows)
    if not table.rows:
        return []
    lost = losses.by_reason(losses.beside_peers(peers, rows))
    same = "" if failures(folder) else ", all with the same answers"
    blank = absences.sentence(peers, rows, "Blank")
    return [f"Beside other stores, {size_text(folder, peers.size)}. Of each "
            f"other product the best of its kinds for the work is shown{same}. "
            f"{run_text.OWN_KIND} Of 32 at a time, hash maps prefetch all. A "
            "day: operations due at fixed times, 1,000 a second if it is "
            "synced, with a reader beside it, and 10,000 if not; a latency "
            "counts from then, so that a stall is felt by all that were due "
            "meanwhile. "
            f"{run_text.FAIRNESS} Bold: better than the store. The limit is "
            "what the bare machine does with one request at a time, or for as "
            "many bytes: what overlaps, and what the caches hold, passes it. "
            + " ".join(filter(None, [
                run_text.cache_text(folder, peers.size), blank,
                other_kind(peers, "store_small_pages",
                           "The store without huge pages"),
                other_kind(peers, "store_async", "The store with files, its "
                           "commits durable within 10 ms (`kAsync`)")])),
            table.markdown(),
            *told_losses("A target is beside the best of the other libraries; for "
                         "memory, of all that hold the rows in memory; for "
                         "backups and reopening, of all. Where another is "
                         "better, or a target is missed, and why:", lost,
                         peers.size)]


def other_kind(peers, kind, name):
    """Empty if the store was not measured so."""
    told = [f"{what} {pace(figure)}" for work, what in OF_OTHER_KINDS.items()
            if (figure := peers.median(kind, *work, "rate"))]
    return f"{name}: {', '.join(told)}." if told else ""


def beside_floor(folder):
    """Blocks; none if nothing was measured."""
    sizes = store_tables.sizes(folder.store)
    if not sizes:
        return []
    tables = store_tables.StoreTables(folder, sizes[-1])
    shown = [table.markdown() for table in tables.tables(short=True)
             if table.rows]
    if not shown:
        return []
    lost = losses.by_reason(losses.beside_floor(tables, True))
    loader = (" and the bare loader of a PostgreSQL server"
              if ("export", "load", STORE, sizes[-1]) in folder.store.runs
              else "")
    return ["Beside plain hash maps, and arrays by id with hash sets of ids, "
            "which have no transactions, versions, constraints or threads, and "
            f"beside the disk{loader}, {size_text(folder, sizes[-1])}; "
            "measured by another program than the tables above, so compare "
            "within each. What is beside the store on a disk was measured in "
            "turns with it, and the ratio is the median of those of the runs, "
            "not the quotient of the two medians. Bold: better than the store.",
            *shown,
            *told_losses("Where these are better, or a target of the store is "
                         "missed, and why:", lost, sizes[-1])]


def told_losses(text, lost, customers):
    """Blocks; none of no losses."""
    if not lost:
        return []
    head = " ".join(filter(None, [run_text.target_size_text(customers), text]))
    return [head, List(lost).markdown()]


def wrapped(block):
    """Lines as wide as those of the README; tables as they are."""
    if block.startswith("|"):
        return block
    return "\n".join(
        textwrap.fill(line, WIDTH, break_long_words=False,
                      break_on_hyphens=False,
                      subsequent_indent="  " if line.startswith("- ") else "")
        for line in block.splitlines())

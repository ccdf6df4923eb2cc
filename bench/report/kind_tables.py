"""Tables of all kinds of all peers, a line each, and those of growth; below, the
limits of the machine."""

import re

from limits import Limits, closest
from page import Table
from peer_rows import THREADS
from results import amount, pace, span

LATENCIES = (("p50", "p50_ns"), ("p99", "p99_ns"), ("p99.9", "p99.9_ns"),
             ("p99.99", "p99.99_ns"), ("longest", "max_ns"))

# Title, columns: head, work, variant, counter, format.
RATE = ("rate", pace)
TIME = ("time", span)
DURATION = ("duration", lambda seconds:
            span(None if seconds is None else seconds * 1e9))
BYTES = lambda value: amount(value, "B")
LOOKUPS = (("hit", "hit_single"), ("hit, in one read", "hit_in_read"),
           ("hits, 32 at a time", "hit_batch32"),
           ("miss", "miss_single"), ("misses, 32 at a time", "miss_batch32"))
TABLES = [
    (title, [(head, work, variant, *RATE) for head, variant in LOOKUPS])
    for title, work in (("Lookups of customers by email", "customer_by_email"),
                        ("Lookups of barcodes by value", "barcode_by_value"),
                        ("Lookups of customers by id", "customer_by_id"),
                        ("Lookups of orders by id", "order_by_id"))
] + [
    (title, [(head, work, "latency", counter, span)
             for head, counter in LATENCIES])
    for title, work in (
        ("Single lookups of customers by email", "customer_by_email"),
        ("Single lookups of barcodes by value", "barcode_by_value"))
] + [
    ("Lists and questions", [
        ("orders of a customer", "orders_of", "children", *RATE),
        ("of no customer", "orders_of", "miss_children", *RATE),
        ("unused barcodes of an order", "unused_barcodes", "children", *RATE),
        ("of no order", "unused_barcodes", "miss_children", *RATE),
        ("top 5, computed", "top_customers", "query", *TIME),
        ("top 5, kept", "top_customers", "maintained", *TIME),
        ("unassigned, counted", "unassigned_count", "query", *TIME),
        ("unassigned, kept", "unassigned_count", "maintained", *TIME),
        ("every row", "every_row", "warm", *DURATION),
    ]),
] + [
    (title, [("rate", work, "throughput", *RATE)] +
     [(head, work, "latency", counter, span) for head, counter in LATENCIES])
    for title, work in (("Checkouts, one thread", "checkout"),
                        ("Redemptions, one thread", "redeem"))
] + [
    ("Checkouts by threads", [
        column for threads in THREADS for column in (
            (f"{threads} thread{'s'[:threads > 1]}", "durable_checkout",
             f"threads_{threads}", *RATE),
            ("to a write", "durable_checkout", f"threads_{threads}",
             "ratio_to_raw", lambda value: amount(value, "")),
            *[(head, "durable_checkout", f"threads_{threads}", counter, span)
              for head, counter in LATENCIES])
    ]),
    ("Loads and memory", [
        ("bulk load, rows", "bulk_load", "rows", *RATE),
        ("resident, a row", "memory", "rows", "bytes_a_row_resident", BYTES),
        ("by its own count", "memory", "rows", "bytes_a_row_counted", BYTES),
        ("on disk, a row", "memory", "rows", "bytes_a_row_disk", BYTES),
    ]),
    ("Reopening, files not in the page cache", [
        ("opened and all read", "reopen", "closed", *DURATION),
        ("a row", "reopen", "closed", *TIME),
        ("opened", "reopen", "closed", "open_seconds", DURATION[1]),
        ("with all indexes read", "reopen", "closed", "warm_seconds",
         DURATION[1]),
        ("20,000 checkouts, then a crash", "reopen", "crashed", *DURATION),
    ]),
    ("A backup, beside 1,000 checkouts a second", [
        ("backup", "beside_backup", "backup", *DURATION),
        ("bytes", "beside_backup", "backup", "backup_bytes",
         lambda value: amount(value, "MB")),
        ("checkout before: p90", "beside_backup", "backup", "quiet_p90_ns",
         span),
        ("before: longest", "beside_backup", "backup", "quiet_max_ns", span),
        # A short backup has too few checkouts for a p99 during it.
        ("during: p90", "beside_backup", "backup", "backup_p90_ns", span),
        ("during: longest", "beside_backup", "backup", "backup_max_ns", span),
    ]),
]
# Where it matters what a power failure loses.
DURABLE_WORKS = {"checkout", "redeem", "durable_checkout", "day",
                 "beside_backup", "reopen"}


def limit_rows(limits, columns, risks=None):
    """Of columns without their heads. `risks`: what a power failure loses of
    the peers above, if it is told; a line of those that lose something and one
    of those that lose nothing, if both are there and it makes a difference."""
    lossy, durable = [machine_cells(limits, columns, durable)
                      for durable in (False, True)]
    if risks is None:
        lines = [([], lossy)]
    elif lossy == durable:
        lines = [(["-"], lossy)]
    else:
        lines = []
        if risks != {"nothing"}:
            lines.append((["everything" if "everything" in risks
                           else "something"], lossy))
        if "nothing" in risks:
            lines.append((["nothing"], durable))
    return [["limit of the machine", *risk, *cells] for risk, cells in lines
            if set(cells) != {"-"}]


def machine_cells(limits, columns, durable):
    cells = []
    for work, variant, counter, form in columns:
        found = closest(limits.of(work, variant, counter, durable),
                        less_is_better=counter != "rate")
        if not found:
            cells.append("-")
            continue
        value, text = found
        is_nearer = "p99.99" in counter and text.endswith(", p99.9")
        cells.append(form(value) + (" (p99.9)" if is_nearer else ""))
    return cells


def kind_table(peers, limits, columns):
    tells_risk = any(work in DURABLE_WORKS for _, work, *_ in columns)
    table = Table(["peer"] + (["a power failure loses"] if tells_risk else [])
                  + [head for head, *_ in columns])
    risks = set()
    for peer in peers.names:
        values = [peers.median(peer, work, variant, counter)
                  for _, work, variant, counter, _ in columns]
        if all(value is None for value in values):
            continue
        risks.add(peers.at_risk(peer))
        cells = [form(value) if value else "-"
                 for value, (*_, form) in zip(values, columns)]
        table.add([f"`{peer}`"] + ([peers.at_risk(peer)] if tells_risk else [])
                  + without_latencies_if_behind(peers, peer, columns, cells))
    return with_limits(table, limits, [column[1:] for column in columns],
                       risks if tells_risk else None)


def with_limits(table, limits, columns, risks):
    """Without the columns that no peer has; none if there is no peer."""
    if not table.rows:
        return table
    kept = table.filled_columns()
    for row in limit_rows(limits, columns, risks):
        table.add(row)
    return table.keep_columns(kept)


def without_latencies_if_behind(peers, peer, columns, cells):
    """The cells; of who could not keep up that, once, and no latencies."""
    told = set()
    kept = []
    for (_, work, variant, counter, _), cell in zip(columns, cells):
        behind = peers.behind(peer, work, variant, counter)
        kept.append(cell if not behind else "" if behind in told else behind)
        told.add(behind)
    return kept


def day_table(peers, limits, variant):
    return kind_table(peers, limits, [
        (f"{operation}, {head}" if head == "p50" else head, "day", variant,
         f"{operation}_{counter}", span)
        for operation in ("lookup", "redeem", "rescan", "checkout", "reader")
        for head, counter in LATENCIES])


def day_readers(peers):
    """How many readers were beside a day, by its rate: {1000: [0, 1, 2]}."""
    found = {}
    for work, variant, _, size in peers.results.runs:
        match = re.fullmatch(r"rate(\d+)_readers(\d+)", variant)
        if match and work == "day" and size == peers.size:
            found.setdefault(int(match[1]), set()).add(int(match[2]))
    return {rate: sorted(counts) for rate, counts in sorted(found.items())}


def day_variant(rate, readers):
    """As bench/day_pace.h names it."""
    return f"rate{rate}_readers{readers}"


def day_variants(peers):
    """(variant, title), in order of rate and readers: with none beside it, with
    one, and with the most."""
    for rate, counts in day_readers(peers).items():
        for readers in counts:
            if readers > 1 and readers != counts[-1]:
                continue
            beside = ("nobody beside it" if readers == 0 else
                      f"{readers} reader{'s'[:readers > 1]} beside it")
            yield (day_variant(rate, readers),
                   f"{rate:,} operations a second, {beside}")


GROWTH = [
    ("bulk load, rows", "bulk_load", "rows", *RATE),
    ("customer by email", "customer_by_email", "hit_single", *TIME),
    ("barcode by value", "barcode_by_value", "hit_single", *TIME),
    ("checkout", "checkout", "throughput", *TIME),
    ("resident, a row", "memory", "rows", "bytes_a_row_resident", BYTES),
    ("on disk, a row", "memory", "rows", "bytes_a_row_disk", BYTES),
]


def growth_table(folder):
    """Without the columns that no peer has."""
    growth = folder.growth
    columns = [column for column in GROWTH
               if any(growth.median(*column[1:3], peer, size, column[3])
                      is not None
                      for peer in growth.subjects() for size in growth.sizes())]
    table = Table(["customers", "peer"] + [head for head, *_ in columns])
    for size in growth.sizes():
        for peer in growth.subjects():
            values = [growth.median(work, variant, peer, size, counter)
                      for _, work, variant, counter, _ in columns]
            if any(value is not None for value in values):
                table.add([f"{size:,}", f"`{peer}`"] +
                          [form(value) for value, (*_, form)
                           in zip(values, columns)])
        for row in limit_rows(Limits(folder, size),
                              [column[1:] for column in columns]):
            table.add([f"{size:,}"] + row)
    return table

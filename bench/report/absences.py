"""Why a product has no figure in a row of the tables beside the peers."""

import re

from peer_rows import PRODUCTS, UNSYNCED_DAY, UNSYNCED_READ_DAY
from peer_tables import compared

PERCENTILE = re.compile(r"(.*)p[\d.]+_ns")
# Reason, products, and whether it is theirs in a row.
KNOWN = (
    ("no files", ("map",), lambda row: row.peers in ("durable", "on_disk")),
    ("no read transaction of several calls", ("redis",),
     lambda row: row.variant == "hit_in_read"),
    ("not all rows in memory", ("rocksdb", "postgresql"),
     lambda row: row.peers == "in_memory"),
    ("no threads beside a writer", ("tarantool", "map"),
     lambda row: row.work == "day" and not row.variant.endswith("_readers0")),
    ("not asked for 10,000 a second, as a server", ("postgresql", "redis"),
     lambda row: row.variant in (UNSYNCED_DAY, UNSYNCED_READ_DAY)),
)


def sentence(peers, rows, mark):
    """What the mark in cells of these rows stands for, with the products that
    lack a figure which the store has; nothing if none does."""
    lacking = {}
    for row, _, best in compared(peers, rows):
        for name, pair in zip(peers.products(), best):
            if pair is None:
                lacking.setdefault(reason(peers, row, name), set()).add(name)
    if not lacking:
        return ""
    told = []
    for why, lacks in lacking.items():
        names = [PRODUCTS[name] for name in PRODUCTS if name in lacks]
        told.append(f"{why} ({', '.join(names)})")
    return f"{mark}: {'; '.join(told)}."


def reason(peers, row, name):
    for why, products, is_theirs in KNOWN:
        if name in products and is_theirs(row):
            return why
    kinds = peers.kinds_of(row, [name])
    if any(peers.behind(kind, row.work, row.variant, row.counter)
           for kind in kinds):
        return "could not keep up"
    percentile = PERCENTILE.fullmatch(row.counter)
    if percentile and any(peers.is_unfair(kind, row.work, row.variant)
                          for kind in kinds):
        return "a thread hardly got to sell"
    if percentile and any(
            peers.median(kind, row.work, row.variant, f"{percentile[1]}max_ns")
            for kind in kinds):
        return "fewer than ten beyond the percentile"
    return "not measured"

"""The store beside its peers: the table of the best kind of each product, with
the targets, where the store loses, and the tables of all kinds."""

import dataclasses

from page import Table
from results import amount, pace, span

PRODUCTS = {
    "store": "orderstore",
    "sqlite": "SQLite",
    "lmdb": "LMDB",
    "rocksdb": "RocksDB",
    "postgresql": "PostgreSQL",
    "redis": "Redis",
    "tarantool": "Tarantool",
    "map": "hash maps",
}
# Those that the ratios are to: libraries with the durability that is compared.
EMBEDDED = ("sqlite", "lmdb", "rocksdb")
# Those that hold all rows in memory.
ALL = ("sqlite", "lmdb", "rocksdb", "postgresql", "redis", "tarantool")
IN_MEMORY = ("map", "sqlite_memory", "lmdb_memory", "redis", "tarantool")
BEHIND_NS_MAX = 10e6


def product(peer):
    return peer.partition("_")[0]


def kind(peer):
    return peer.partition("_")[2].replace("_", " ")


@dataclasses.dataclass(frozen=True)
class Row:
    """What is compared: of the store's kind with the best of each product's."""
    label: str
    work: str
    variant: str
    counter: str  # as Results.values has it
    store: str
    peers: str  # any; unsynced, durable, on_disk, in_memory
    target: float | None = None  # least ratio
    peers_variant: str = ""
    to: tuple = EMBEDDED

    def is_less_better(self):
        return self.counter != "rate"

    def ratio(self, store, peer):
        return peer / store if self.is_less_better() else store / peer

    def amount(self, value):
        if self.counter == "rate":
            return pace(value)
        if self.counter == "time":
            return span(value)
        if self.counter == "duration":
            return span(None if value is None else value * 1e9)
        return amount(value, "B")


def lookups():
    for what, work in (("customer by email", "customer_by_email"),
                       ("barcode by value", "barcode_by_value"),
                       ("customer by id", "customer_by_id"),
                       ("order by id", "order_by_id")):
        yield Row(f"Lookup of a {what}".replace("a order", "an order"), work,
                  "hit_single", "rate", "store", "any", 8)
        yield Row("... in one read transaction", work, "hit_in_read", "rate",
                  "store", "any", 8)
        yield Row("... 32 at a time", work, "hit_batch32", "rate", "store",
                  "any", 30)


ROWS = (
    *lookups(),
    Row("Orders of a customer", "orders_of", "children", "rate", "store", "any"),
    Row("Unused barcodes of an order", "unused_barcodes", "children", "rate", "store", "any"),
    Row("Top 5 customers, computed from all rows", "top_customers", "query", "time", "store", "any", 3),
    Row("... as the store keeps them", "top_customers", "maintained", "time", "store", "any", peers_variant="query"),
    Row("Unassigned barcodes, counted by their index", "unassigned_count", "query", "time", "store", "any"),
    Row("... as the store keeps it", "unassigned_count", "maintained", "time", "store", "any", peers_variant="query"),
    Row("Every row read once", "every_row", "warm", "time", "store", "any"),
    Row("Checkouts that are not synced", "checkout", "throughput", "rate", "store", "unsynced", 8),
    Row("Redemptions that are not synced", "redeem", "throughput", "rate", "store", "unsynced", 8),
    Row("Durable checkouts, 1 thread", "durable_checkout", "threads_1", "rate", "store_sync", "durable", 1.2),
    Row("... 8 threads", "durable_checkout", "threads_8", "rate", "store_sync", "durable", 3),
    Row("... 64 threads", "durable_checkout", "threads_64", "rate", "store_sync", "durable", 5),
    Row("Bulk load, rows", "bulk_load", "rows", "rate", "store", "any", 4),
    Row("... durable at its end", "bulk_load", "rows", "rate", "store_sync", "on_disk", 4),
    Row("Memory of a row", "memory", "rows", "bytes_a_row_resident", "store", "in_memory", 1, to=IN_MEMORY),
    Row("Backup beside a writer", "beside_backup", "backup", "duration", "store_sync", "on_disk", 5, to=ALL),
    Row("Reopen and read all", "reopen", "closed", "duration", "store_sync", "on_disk", 5, to=ALL),
    Row("... after a crash", "reopen", "crashed", "duration", "store_sync", "durable", to=ALL),
)

# Why a peer wins, or a target is missed. Only what is known for certain.
# Of the store alone, whoever wins: by label of the row.
OWN_VIEW = ("Each opens a read view, whose fences keep the processor from "
            "beginning the next lookup while the loads of this one are under "
            "way, of which two follow each other")
STORE_REASONS = {
    "Lookup of a customer by email": OWN_VIEW,
    "Lookup of a barcode by value": OWN_VIEW,
    "Lookup of a customer by id": OWN_VIEW,
    "Lookup of an order by id": OWN_VIEW,
    "Durable checkouts, 1 thread": "One thread waits for one write of the disk at a time, whatever the store",
}
# Of one product, given where it wins or is what the target is about: by product
# and label. The text tells of no other product.
PEER_REASONS = {
    ("lmdb", "Unassigned barcodes, counted by their index"): "LMDB keeps the number of values under a key; the store keeps the count too, the line below",
    ("redis", "Unassigned barcodes, counted by their index"): "Redis keeps the size of a set; the store keeps the count too, the line below",
    ("lmdb", "Top 5 customers, computed from all rows"): "The store reads 64 bytes of each barcode, as fast as memory gives them; LMDB keeps the number of barcodes of each order, and does not look at them",
    ("sqlite", "Memory of a row"): "SQLite's B-tree packs numbers of few bytes and fills its pages; the store's rows have fixed places of whole cache lines, which is what makes lookups fast",
    ("lmdb", "Reopen and read all"): "LMDB maps its file and reads it as it is; the store reads a file of 40 bytes a row, and makes its indexes anew in memory. Until the indexes have been read too, see the table of all kinds",
    ("lmdb", "Backup beside a writer"): "LMDB copies its file as fast as the disk takes it, and so does nearly the store, whose file is a third as large",
    ("map", "Checkouts that are not synced"): "Hash maps have no transactions, versions, constraints or threads",
    ("map", "Redemptions that are not synced"): "Hash maps have no transactions, versions, constraints or threads",
}


class Peers:
    """The peers of one size of one run."""

    def __init__(self, folder, size):
        self.folder = folder
        self.results = folder.peers
        self.size = size
        order = list(PRODUCTS)
        self.names = sorted(
            {key[2] for key in folder.peers.runs if key[3] == size},
            key=lambda name: (order.index(product(name))
                              if product(name) in order else len(order), name))

    def products(self):
        """Those that are there, but for the store."""
        there = {product(name) for name in self.names}
        return [name for name in PRODUCTS if name in there and name != "store"]

    def at_risk(self, peer):
        return self.folder.at_risk(peer) or "not told"

    def is_in(self, group, peer):
        risk = self.at_risk(peer)
        if group == "unsynced":
            return risk != "nothing"
        if group == "durable":
            return risk == "nothing"
        if group == "on_disk":
            return risk != "everything"
        if group == "in_memory":
            return peer.startswith(IN_MEMORY)
        return True

    def median(self, peer, work, variant, counter):
        return self.results.median(work, variant, peer, self.size, counter)

    def store_value(self, row):
        return self.median(row.store, row.work, row.variant, row.counter)

    def best(self, row, products):
        """The best of the kinds of `products`, and its figure; or None."""
        figures = []
        for peer in self.names:
            if (product(peer) in products and product(peer) != "store"
                    and self.is_in(row.peers, peer)):
                value = self.median(peer, row.work,
                                    row.peers_variant or row.variant,
                                    row.counter)
                if value is not None:
                    figures.append((value, peer))
        if not figures:
            return None
        value, peer = (min if row.is_less_better() else max)(figures)
        return peer, value


def cell(row, best):
    if best is None:
        return "-"
    peer, value = best
    return row.amount(value) + (f" `{kind(peer)}`" if kind(peer) else "")


def best_table(peers):
    """The first of the report, and the README's."""
    products = peers.products()
    table = Table(["work", "orderstore"] + [PRODUCTS[name] for name in products]
                  + ["ratio to", "", "target", ""])
    for row in ROWS:
        store = peers.store_value(row)
        if store is None:
            continue
        rival = peers.best(row, [product(name) for name in row.to])
        ratio = row.ratio(store, rival[1]) if rival else None
        verdict = ""
        if row.target and ratio:
            verdict = "ok" if ratio >= row.target else "**miss**"
        table.add(
            [row.label,
             row.amount(store) + (f" `{kind(row.store)}`"
                                  if kind(row.store) else "")]
            + [cell(row, peers.best(row, [name])) for name in products]
            + [PRODUCTS[product(rival[0])] if rival else "-",
               times(ratio), times(row.target), verdict])
    return table


def times(ratio):
    if ratio is None:
        return ""
    if ratio < 10:
        return f"{float(f'{ratio:.3g}'):g} x"
    return f"{float(f'{ratio:.3g}'):,.0f} x"


def warm_files(peers):
    """Lines of peers whose files were not out of the page cache when they were
    reopened."""
    for peer in peers.names:
        share = peers.median(peer, "reopen", "closed", "left_in_page_cache")
        if share and share > 0.01:
            yield (f"{share:.0%} of the files of `{peer}` were still in the page "
                   "cache when it was reopened.")


def reasons_for(label, winners):
    """What is known of the store, and of each of these products."""
    known = [STORE_REASONS.get(label)]
    known += [PEER_REASONS.get((name, label)) for name in winners]
    return [reason for reason in dict.fromkeys(known) if reason]


def losses(peers):
    """Lines of where a peer wins or a target is missed, with the reason."""
    lines = []
    above = ""  # the label that `...` stands for
    for row in ROWS:
        label = row.label
        if label.startswith("... "):
            label = f"{above}, {label[4:]}"
        else:
            above = label.partition(", ")[0]
        store = peers.store_value(row)
        if store is None:
            continue
        told = []
        winners = []
        for name in peers.products():
            best = peers.best(row, [name])
            if best and row.ratio(store, best[1]) < 1:
                winners.append(name)
                told.append(f"{PRODUCTS[name]} {row.amount(best[1])}")
        if told:
            told.append(f"orderstore {row.amount(store)}")
        rival = peers.best(row, [product(name) for name in row.to])
        ratio = row.ratio(store, rival[1]) if rival else None
        if row.target and ratio and ratio < row.target:
            winners.append(product(rival[0]))
            told.append(f"{times(ratio)} as good as "
                        f"{PRODUCTS[product(rival[0])]}, target "
                        f"{times(row.target)}")
        reasons = reasons_for(label, winners) or ["Why is not known"]
        if told:
            lines.append(". ".join([f"{label}: " + ", ".join(told), *reasons])
                         + ".")
    return lines

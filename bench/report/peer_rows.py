"""What of the store is compared with its peers: a row each of the tables, with
the target, if there is one, and whether it is among the few that decide."""

import dataclasses

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
ALL = ("sqlite", "lmdb", "rocksdb", "postgresql", "redis", "tarantool")
# Those that hold all rows in memory.
IN_MEMORY = ("map", "sqlite_memory", "lmdb_memory", "redis", "tarantool")
THREADS = (1, 8, 64)  # that check out durably at a time
SYNCED_DAY = "rate1000_readers1"
# The only day at this rate of peers that have no threads.
UNSYNCED_DAY = "rate10000_readers0"
UNSYNCED_READ_DAY = "rate10000_readers1"


def product(peer):
    return peer.partition("_")[0]


def kind(peer):
    return peer.partition("_")[2].replace("_", " ")


@dataclasses.dataclass(frozen=True)
class Row:
    """What is compared: of the store's kind with the best of each product's."""
    label: str  # what it has in common with the row before it ends at `, `
    work: str
    variant: str
    counter: str  # as Results.values has it
    store: str
    peers: str  # any; unsynced, durable, on_disk, in_memory
    target: float | None = None  # least ratio
    or_variant: str = ""  # of peers that have no figure of the first
    to: tuple = EMBEDDED
    short: bool = False  # in the first table, and the README's, too
    unlimited: str = ""  # why nothing that was measured bounds it

    def is_durable(self):
        """Whether the store's kind has on stable storage what it writes."""
        return self.store == "store_sync"

    def is_less_better(self):
        return self.counter not in ("rate", "ratio_to_raw")

    def ratio(self, store, peer):
        return peer / store if self.is_less_better() else store / peer

    def amount(self, value):
        if self.counter == "rate":
            return pace(value)
        if self.counter == "ratio_to_raw":
            return amount(value, "")
        if self.counter == "time" or self.counter.endswith("_ns"):
            return span(value)
        if self.counter in ("duration", "open_seconds"):
            return span(None if value is None else value * 1e9)
        return amount(value, "MB" if self.counter == "backup_bytes" else "B")

    def name_of(self, name):
        """A product, and how the hash maps do what is asked of them at once."""
        if name == "map" and self.variant.endswith("batch32"):
            return "hash maps, prefetched"
        return PRODUCTS[name]

    def kind_of(self, peer):
        """Of its product's."""
        if product(peer) == "map" and self.variant.endswith("batch32"):
            return "prefetched"
        return kind(peer)


def lookups():
    for what, work, by_text in (
            ("customer by email", "customer_by_email", True),
            ("barcode by value", "barcode_by_value", True),
            ("customer by id", "customer_by_id", False),
            ("order by id", "order_by_id", False)):
        label = f"Lookup of a {what}".replace("a order", "an order")
        short = work == "barcode_by_value"
        yield Row(label, work, "hit_single", "rate", "store", "any", 8, short=by_text)
        yield Row(f"{label}, in one read transaction", work, "hit_in_read", "rate", "store", "any", 8)
        yield Row(f"{label}, 32 at a time", work, "hit_batch32", "rate", "store", "any", 30, short=by_text)
        unlimited = "" if by_text else "no row is read"
        yield Row(f"{label}, not there", work, "miss_single", "rate", "store", "any", 8, short=short, unlimited=unlimited)
        yield Row(f"{label}, not there, 32 at a time", work, "miss_batch32", "rate", "store", "any", 30, unlimited=unlimited)
        if by_text:
            yield Row(f"{label}, hits, p50", work, "latency", "p50_ns", "store", "any")
            yield Row(f"{label}, hits, p99", work, "latency", "p99_ns", "store", "any", short=short)
            yield Row(f"{label}, hits, p99.9", work, "latency", "p99.9_ns", "store", "any")
            yield Row(f"{label}, hits, p99.99", work, "latency", "p99.99_ns", "store", "any")


ROWS = (
    *lookups(),
    Row("Orders of a customer", "orders_of", "children", "rate", "store", "any", 8),
    Row("Orders of a customer, not there", "orders_of", "miss_children", "rate", "store", "any", 8, unlimited="no row is read"),
    Row("Unused barcodes of an order", "unused_barcodes", "children", "rate", "store", "any", 8, short=True),
    Row("Unused barcodes of an order, not there", "unused_barcodes", "miss_children", "rate", "store", "any", 8, unlimited="no row is read"),
    Row("Top 5 customers, computed from rows or an index", "top_customers", "query", "time", "store", "any", 3, short=True),
    Row("Top 5 customers, kept, or else computed", "top_customers", "maintained", "time", "store", "any", or_variant="query", unlimited="it is in the caches"),
    Row("Unassigned barcodes, counted by their index", "unassigned_count", "query", "time", "store", "any", unlimited="an index may have the number"),
    Row("Unassigned barcodes, their number kept, or else counted", "unassigned_count", "maintained", "time", "store", "any", or_variant="query", unlimited="it is in the caches"),
    Row("Every row read once", "every_row", "warm", "time", "store", "any"),
    Row("Checkouts that are not synced", "checkout", "throughput", "rate", "store", "unsynced", 8, short=True),
    Row("Checkouts that are not synced, p99", "checkout", "latency", "p99_ns", "store", "unsynced", short=True),
    Row("Checkouts that are not synced, p99.9", "checkout", "latency", "p99.9_ns", "store", "unsynced"),
    Row("Checkouts that are not synced, p99.99", "checkout", "latency", "p99.99_ns", "store", "unsynced"),
    Row("Redemptions that are not synced", "redeem", "throughput", "rate", "store", "unsynced", 8, short=True),
    Row("Redemptions that are not synced, p99", "redeem", "latency", "p99_ns", "store", "unsynced"),
    Row("Redemptions that are not synced, p99.9", "redeem", "latency", "p99.9_ns", "store", "unsynced"),
    Row("Redemptions that are not synced, p99.99", "redeem", "latency", "p99.99_ns", "store", "unsynced"),
    Row("Durable checkouts, 1 thread", "durable_checkout", "threads_1", "rate", "store_sync", "durable", 1.2, short=True),
    Row("Durable checkouts, 1 thread, to a write of the bare disk", "durable_checkout", "threads_1", "ratio_to_raw", "store_sync", "durable"),
    Row("Durable checkouts, 1 thread, p99", "durable_checkout", "threads_1", "p99_ns", "store_sync", "durable"),
    Row("Durable checkouts, 8 threads", "durable_checkout", "threads_8", "rate", "store_sync", "durable", 3, short=True),
    Row("Durable checkouts, 8 threads, to a write of the bare disk", "durable_checkout", "threads_8", "ratio_to_raw", "store_sync", "durable"),
    Row("Durable checkouts, 8 threads, p99", "durable_checkout", "threads_8", "p99_ns", "store_sync", "durable"),
    Row("Durable checkouts, 8 threads, p99.99", "durable_checkout", "threads_8", "p99.99_ns", "store_sync", "durable"),
    Row("Durable checkouts, 64 threads", "durable_checkout", "threads_64", "rate", "store_sync", "durable", 5, short=True),
    Row("Durable checkouts, 64 threads, to a write of the bare disk", "durable_checkout", "threads_64", "ratio_to_raw", "store_sync", "durable"),
    Row("Durable checkouts, 64 threads, p99", "durable_checkout", "threads_64", "p99_ns", "store_sync", "durable"),
    Row("Durable checkouts, 64 threads, p99.99", "durable_checkout", "threads_64", "p99.99_ns", "store_sync", "durable"),
    Row("A day synced, lookup p99", "day", SYNCED_DAY, "lookup_p99_ns", "store_sync", "durable"),
    Row("A day synced, redeem p99", "day", SYNCED_DAY, "redeem_p99_ns", "store_sync", "durable"),
    Row("A day synced, checkout p99", "day", SYNCED_DAY, "checkout_p99_ns", "store_sync", "durable", short=True),
    Row("A day synced, p99 of the reader beside it", "day", SYNCED_DAY, "reader_p99_ns", "store_sync", "durable"),
    Row("A day not synced, lookup p99", "day", UNSYNCED_DAY, "lookup_p99_ns", "store", "unsynced"),
    Row("A day not synced, lookup p99.99", "day", UNSYNCED_DAY, "lookup_p99.99_ns", "store", "unsynced"),
    Row("A day not synced, redeem p99", "day", UNSYNCED_DAY, "redeem_p99_ns", "store", "unsynced"),
    Row("A day not synced, checkout p99", "day", UNSYNCED_DAY, "checkout_p99_ns", "store", "unsynced", short=True),
    Row("A day not synced, with a reader beside it, lookup p99", "day", UNSYNCED_READ_DAY, "lookup_p99_ns", "store", "unsynced", short=True),
    Row("A day not synced, with a reader beside it, lookup p99.99", "day", UNSYNCED_READ_DAY, "lookup_p99.99_ns", "store", "unsynced"),
    Row("A day not synced, with a reader beside it, checkout p99", "day", UNSYNCED_READ_DAY, "checkout_p99_ns", "store", "unsynced"),
    Row("A day not synced, with a reader beside it, p99 of the reader", "day", UNSYNCED_READ_DAY, "reader_p99_ns", "store", "unsynced", short=True),
    Row("A day not synced, with a reader beside it, p99.99 of the reader", "day", UNSYNCED_READ_DAY, "reader_p99.99_ns", "store", "unsynced"),
    Row("Bulk load, rows", "bulk_load", "rows", "rate", "store", "any", 4, short=True),
    Row("Bulk load, durable at its end", "bulk_load", "rows", "rate", "store_sync", "on_disk", 4, short=True),
    Row("Memory of a row", "memory", "rows", "bytes_a_row_resident", "store", "in_memory", 1, to=IN_MEMORY, short=True),
    Row("Disk of a row", "memory", "rows", "bytes_a_row_disk", "store_sync", "on_disk", to=ALL, short=True, unlimited="rows can be packed in many ways"),
    Row("Backup beside a writer", "beside_backup", "backup", "duration", "store_sync", "durable", 5, to=ALL, short=True),
    Row("Backup beside a writer, checkout p90 during it", "beside_backup", "backup", "backup_p90_ns", "store_sync", "durable", to=ALL, short=True),
    Row("Backup beside a writer, longest checkout during it", "beside_backup", "backup", "backup_max_ns", "store_sync", "durable", to=ALL, unlimited="of other writes the longest tells nothing"),
    Row("Backup beside a writer, its bytes", "beside_backup", "backup", "backup_bytes", "store_sync", "on_disk", to=ALL, unlimited="rows can be packed in many ways"),
    Row("Reopen and read all, a row", "reopen", "closed", "time", "store_sync", "on_disk", 5, to=ALL, short=True),
    Row("Reopen and read all, opening alone", "reopen", "closed", "open_seconds", "store_sync", "on_disk", to=ALL, short=True, unlimited="rows may be read later"),
    Row("Reopen after 20,000 checkouts and a crash", "reopen", "crashed", "duration", "store_sync", "durable", to=ALL, short=True, unlimited="so few rows are read at once"),
)

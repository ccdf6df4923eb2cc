"""What of the store is beside its floor, plain containers, and beside the limits
of the machine: the groups of orderstore_bench, a row each of the tables, with
the targets that the store is built for, at a million customers. `short`: in the
README's tables too. `unlimited`: why nothing that was measured bounds it. What a
label has in common with the row before it ends at `, `."""

import dataclasses

TARGET_CUSTOMERS = 1_000_000


@dataclasses.dataclass(frozen=True)
class Ratio:
    """A rate of the store, and that of the floor. Batches are beside those of
    the maps, which prefetch; arrays have none."""
    label: str
    work: str
    variant: str
    floor_variant: str
    least: float | None = None  # ratio
    short: bool = False
    unlimited: str = ""

    counter = "rate"
    unit = "M/s"

    def is_batch(self):
        return self.floor_variant.endswith("batch32")


@dataclasses.dataclass(frozen=True)
class Figure:
    """Any other figure."""
    label: str
    work: str
    variant: str
    counter: str  # as Results.values has it
    unit: str  # as results.amount has it
    bound: float | None = None  # at most; at least if negative
    # What was measured in turns with it: counter, unit, name; counter of the
    # ratio of both, and its bound.
    beside: tuple = ()
    ratio: str = ""
    ratio_bound: float | None = None
    short: bool = False
    unlimited: str = ""


RATIOS = (
    Ratio("Lookup by barcode value, hit, one view", "barcode_by_value", "hit_one_view", "hit_single", 1.0, short=True),
    Ratio("Lookup by barcode value, hit, each in a view of its own", "barcode_by_value", "hit_own_view", "hit_single", 0.85, short=True),
    Ratio("Lookup by barcode value, hit, 32 at a time", "barcode_by_value", "hit_batch32", "hit_batch32", 4.0, short=True),
    Ratio("Lookup by barcode value, hit, 32 at a time beside one by one", "barcode_by_value", "hit_batch32", "hit_single", 4.0, short=True),
    Ratio("Lookup by barcode value, miss, one view", "barcode_by_value", "miss_one_view", "miss_single", short=True),
    Ratio("Lookup by barcode value, miss, each in a view of its own", "barcode_by_value", "miss_own_view", "miss_single"),
    Ratio("Lookup by barcode value, miss, 32 at a time", "barcode_by_value", "miss_batch32", "miss_batch32"),
    Ratio("Lookup by email, hit, one view", "customer_by_email", "hit_one_view", "hit_single", 1.0, short=True),
    Ratio("Lookup by email, hit, each in a view of its own", "customer_by_email", "hit_own_view", "hit_single", 0.85),
    Ratio("Lookup by email, hit, 32 at a time", "customer_by_email", "hit_batch32", "hit_batch32", 4.0),
    Ratio("Lookup by email, hit, 32 at a time beside one by one", "customer_by_email", "hit_batch32", "hit_single", 4.0),
    Ratio("Lookup by email, miss, one view", "customer_by_email", "miss_one_view", "miss_single"),
    Ratio("Lookup by email, miss, each in a view of its own", "customer_by_email", "miss_own_view", "miss_single"),
    Ratio("Lookup by email, miss, 32 at a time", "customer_by_email", "miss_batch32", "miss_batch32"),
    Ratio("Customer by id, one view", "customer_by_id", "hit_one_view", "hit_single"),
    Ratio("Customer by id, 32 at a time", "customer_by_id", "hit_batch32", "hit_batch32"),
    Ratio("Order by id, one view", "order_by_id", "hit_one_view", "hit_single", short=True),
    Ratio("Order by id, 32 at a time", "order_by_id", "hit_batch32", "hit_batch32"),
    Ratio("Barcode by id, one view", "barcode_by_id", "hit_one_view", "hit_single"),
    Ratio("Barcode by id, 32 at a time", "barcode_by_id", "hit_batch32", "hit_batch32"),
    Ratio("Orders of a customer", "orders_of_customer", "one_view", "one_view", 0.9, short=True),
    Ratio("Unused barcodes of an order", "unused_barcodes_of_order", "one_view", "one_view", 0.9, short=True),
    Ratio("Checkout", "checkout", "throughput", "throughput", 0.6, short=True),
    Ratio("Checkout from stock", "checkout_from_stock", "throughput", "throughput", 0.6),
    Ratio("Redeem", "redeem", "throughput", "throughput", 0.6, short=True),
    Ratio("Bulk load, rows", "bulk_load", "rows", "rows", 1.5, short=True),
    Ratio("Growth from empty, checkouts", "growth", "latency", "latency", unlimited="it begins in the caches"),
)

# In memory, and the floor's where it has them.
FIGURES = (
    Figure("Open and close a read view", "view", "open_close", "time", "time", 50, unlimited="it is in the caches", short=True),
    Figure("Top 5, kept by the store, computed by the others", "top_5", "one_view", "time", "time", 50, unlimited="it is in the caches", short=True),
    Figure("Unassigned count", "unassigned_count", "one_view", "time", "time", 20, unlimited="it is in the caches"),
    Figure("Checkout, p50", "checkout", "latency", "p50_ns", "time", short=True),
    Figure("Checkout, p99", "checkout", "latency", "p99_ns", "time", short=True),
    Figure("Checkout, p99.9", "checkout", "latency", "p99.9_ns", "time", 10e3, short=True),
    Figure("Checkout, p99.99", "checkout", "latency", "p99.99_ns", "time"),
    Figure("Checkout, longest", "checkout", "latency", "max_ns", "time", 500e3),
    Figure("Checkout from stock, p99.9", "checkout_from_stock", "latency", "p99.9_ns", "time"),
    Figure("Checkout from stock, p99.99", "checkout_from_stock", "latency", "p99.99_ns", "time"),
    Figure("Checkout from stock, longest", "checkout_from_stock", "latency", "max_ns", "time"),
    Figure("Redeem, p50", "redeem", "latency", "p50_ns", "time"),
    Figure("Redeem, p99", "redeem", "latency", "p99_ns", "time"),
    Figure("Redeem, p99.9", "redeem", "latency", "p99.9_ns", "time"),
    Figure("Redeem, p99.99", "redeem", "latency", "p99.99_ns", "time"),
    Figure("Redeem, longest", "redeem", "latency", "max_ns", "time", 500e3),
    Figure("Checkout of a growing store, p50", "growth", "latency", "p50_ns", "time", unlimited="it begins in the caches"),
    Figure("Checkout of a growing store, p99", "growth", "latency", "p99_ns", "time", unlimited="it begins in the caches"),
    Figure("Checkout of a growing store, p99.9", "growth", "latency", "p99.9_ns", "time", unlimited="it begins in the caches"),
    Figure("Checkout of a growing store, p99.99", "growth", "latency", "p99.99_ns", "time", unlimited="it begins in the caches"),
    Figure("Checkout of a growing store, longest", "growth", "latency", "max_ns", "time", 500e3, short=True),
    Figure("Bytes a row, counted", "memory", "huge_pages", "bytes_a_row_counted", "B", 85),
    Figure("Bytes a row, resident", "memory", "huge_pages", "bytes_a_row_resident", "B", 85, short=True),
    Figure("Bytes a row, resident, small pages", "memory", "small_pages", "bytes_a_row_resident", "B", 85),
    Figure("Reader beside a redeeming writer, its share of its rate alone", "beside_writer_redeem", "own_view", "reader_ratio", "x", -0.85, short=True),
    Figure("Reader beside a redeeming writer, the writer's share of its rate alone", "beside_writer_redeem", "own_view", "writer_ratio", "x", -0.85, short=True),
    Figure("Reader beside a redeeming writer, p99.9", "beside_writer_redeem", "own_view", "reader_p99.9_ns", "time", 2e3, short=True),
    Figure("Reader beside checkouts, its share of its rate alone", "beside_writer_checkout", "own_view", "reader_ratio", "x", -0.85),
    Figure("Reader beside checkouts, the writer's share of its rate alone", "beside_writer_checkout", "own_view", "writer_ratio", "x", -0.85),
    Figure("Reader beside checkouts, p99.9", "beside_writer_checkout", "own_view", "reader_p99.9_ns", "time", 2e3),
    Figure("Reader in one view beside a redeeming writer, its share of its rate alone", "beside_writer_redeem", "one_view", "reader_ratio", "x", -0.85),
    Figure("Reader in one view beside a redeeming writer, the writer's share of its rate alone", "beside_writer_redeem", "one_view", "writer_ratio", "x", -0.85),
    Figure("Reader in one view beside checkouts, its share of its rate alone", "beside_writer_checkout", "one_view", "reader_ratio", "x", -0.85),
    Figure("Reader in one view beside checkouts, the writer's share of its rate alone", "beside_writer_checkout", "one_view", "writer_ratio", "x", -0.85),
    Figure("Take a barcode, no old view", "stock", "no_old_view", "time", "time"),
    Figure("Take a barcode, old view held", "stock", "old_view_held", "time", "time"),
    Figure("Take a barcode, slowest to fastest tenth of the stock", "stock", "old_view_held", "take_slowest_to_fastest", "x", 1.5),
    Figure("First page of 10 unassigned, first tenth", "stock", "old_view_held", "page_ns_tenth_1", "time"),
    Figure("First page of 10 unassigned, slowest to fastest tenth of the stock", "stock", "old_view_held", "page_slowest_to_fastest", "x", 1.5),
    Figure("`orderstore process`, rows/s", "process", "csv", "rate", "M/s", -3e6, short=True),
)

# On a disk.
DURABLE = (
    Figure("Durable checkouts, 1 thread", "sync_checkout", "threads_1", "rate", "k/s", beside=("raw_per_second", "k/s", "raw writes"), ratio="ratio_to_raw", ratio_bound=-0.9, short=True),
    Figure("Durable checkouts, 8 threads", "sync_checkout", "threads_8", "rate", "k/s", beside=("one_thread_per_second", "k/s", "by one thread"), ratio="ratio_to_one_thread", ratio_bound=-4.5, short=True),
    Figure("Durable checkouts, 64 threads", "sync_checkout", "threads_64", "rate", "k/s", beside=("one_thread_per_second", "k/s", "by one thread"), ratio="ratio_to_one_thread", ratio_bound=-13, short=True),
    Figure("Durable checkouts, 1 thread, p50", "sync_checkout", "threads_1", "p50_ns", "time", beside=("raw_p50_ns", "time", "raw"), short=True),
    Figure("Durable checkouts, 1 thread, p99", "sync_checkout", "threads_1", "p99_ns", "time", beside=("raw_p99_ns", "time", "raw"), short=True),
    Figure("Durable checkouts, 1 thread, p99.9", "sync_checkout", "threads_1", "p99.9_ns", "time", beside=("raw_p99.9_ns", "time", "raw")),
    Figure("Durable checkouts, 1 thread, longest", "sync_checkout", "threads_1", "max_ns", "time", beside=("raw_max_ns", "time", "raw")),
    Figure("Durable checkouts, 8 threads, p50", "sync_checkout", "threads_8", "p50_ns", "time", beside=("raw_p50_ns", "time", "raw")),
    Figure("Durable checkouts, 8 threads, p99", "sync_checkout", "threads_8", "p99_ns", "time", beside=("raw_p99_ns", "time", "raw")),
    Figure("Durable checkouts, 8 threads, p99.9", "sync_checkout", "threads_8", "p99.9_ns", "time", beside=("raw_p99.9_ns", "time", "raw")),
    Figure("Durable checkouts, 8 threads, p99.99", "sync_checkout", "threads_8", "p99.99_ns", "time", beside=("raw_p99.9_ns", "time", "raw, its p99.9")),
    Figure("Durable checkouts, 8 threads, longest", "sync_checkout", "threads_8", "max_ns", "time", beside=("raw_max_ns", "time", "raw")),
    Figure("Durable checkouts, 8 threads, commits a write", "sync_checkout", "threads_8", "commits_a_write", "", short=True),
    Figure("Durable checkouts, 64 threads, p50", "sync_checkout", "threads_64", "p50_ns", "time", beside=("raw_p50_ns", "time", "raw")),
    Figure("Durable checkouts, 64 threads, p99", "sync_checkout", "threads_64", "p99_ns", "time", beside=("raw_p99_ns", "time", "raw")),
    Figure("Durable checkouts, 64 threads, p99.9", "sync_checkout", "threads_64", "p99.9_ns", "time", beside=("raw_p99.9_ns", "time", "raw")),
    Figure("Durable checkouts, 64 threads, p99.99", "sync_checkout", "threads_64", "p99.99_ns", "time", beside=("raw_p99.9_ns", "time", "raw, its p99.9")),
    Figure("Durable checkouts, 64 threads, longest", "sync_checkout", "threads_64", "max_ns", "time", beside=("raw_max_ns", "time", "raw")),
    Figure("Durable checkouts, 64 threads, commits a write", "sync_checkout", "threads_64", "commits_a_write", "", short=True),
    Figure("Checkouts, durable a little later", "async_checkout", "async", "rate", "k/s", beside=("memory_per_second", "k/s", "in memory"), ratio="ratio_to_memory", bound=-500e3, ratio_bound=-0.7, short=True),
    Figure("Checkouts, durable a little later, in a store that syncs", "async_checkout", "not_awaited", "rate", "k/s", beside=("memory_per_second", "k/s", "in memory"), ratio="ratio_to_memory", bound=-500e3, ratio_bound=-0.7),
    Figure("Log of a checkout", "log_record", "batch", "bytes", "B", bound=200, unlimited="rows can be packed in many ways", short=True),
    Figure("Log of a checkout, alone in its write", "log_record", "lone", "bytes", "B", unlimited="a disk writes whole sectors", short=True),
    Figure("Snapshot", "snapshot", "plain", "seconds", "s", short=True),
    Figure("Snapshot, rows", "snapshot", "plain", "rate", "M/s"),
    Figure("Snapshot, bytes", "snapshot", "plain", "file_bytes_per_second", "GB/s", beside=("disk_bytes_per_second", "GB/s", "disk"), ratio="ratio_to_limit", ratio_bound=-0.6, short=True),
    Figure("Snapshot, bytes a row", "snapshot", "plain", "bytes_a_row", "B", unlimited="rows can be packed in many ways"),
    Figure("Snapshot, compressed", "snapshot", "compressed", "seconds", "s"),
    Figure("Snapshot, compressed, rows", "snapshot", "compressed", "rate", "M/s"),
    Figure("Snapshot, compressed, bytes", "snapshot", "compressed", "file_bytes_per_second", "GB/s", beside=("disk_bytes_per_second", "GB/s", "disk"), ratio="ratio_to_limit"),
    Figure("Snapshot, compressed, bytes a row", "snapshot", "compressed", "bytes_a_row", "B", unlimited="rows can be packed in many ways"),
    Figure("Redeems beside snapshots", "beside_snapshot", "redeem", "per_second", "k/s", beside=("per_second_apart", "k/s", "apart"), ratio="writer_ratio", ratio_bound=-0.85, short=True),
    Figure("Redeems beside snapshots, p99.9", "beside_snapshot", "redeem", "p99.9_ns", "time", beside=("apart_p99.9_ns", "time", "apart"), ratio="p99.9_ratio", ratio_bound=2, short=True),
    Figure("Redeems beside snapshots, longest", "beside_snapshot", "redeem", "max_ns", "time", beside=("apart_max_ns", "time", "apart")),
    Figure("Memory for a snapshot", "snapshot_memory", "quiet", "extra_bytes", "MB", ratio="extra_share", ratio_bound=0.05, unlimited="a page would do"),
    Figure("Memory for a snapshot, beside a writer", "snapshot_memory", "beside_writer", "extra_bytes", "MB", ratio="extra_share", ratio_bound=0.05, unlimited="a page would do"),
    Figure("Backup beside a writer", "backup", "beside_writer", "duration", "s"),
    Figure("Reopen from a snapshot, a million rows", "reopen", "snapshot", "seconds_a_million_rows", "s", beside=("new_pages_seconds_a_million_rows", "s", "for as many new pages"), bound=0.1, short=True),
    Figure("Reopen from a snapshot, a million rows, of it the log behind", "reopen", "snapshot", "replay_seconds_a_million_rows", "s", unlimited="the log behind is empty"),
    Figure("Reopen from a snapshot, a million rows, first read of each", "reopen", "snapshot", "first_read_seconds_a_million_rows", "s"),
    Figure("Reopen from a snapshot, a million rows, compressed", "reopen", "snapshot_compressed", "seconds_a_million_rows", "s", beside=("new_pages_seconds_a_million_rows", "s", "for as many new pages")),
    Figure("Reopen from a log of checkouts, a million rows", "reopen", "log_of_checkouts", "seconds_a_million_rows", "s", beside=("new_pages_seconds_a_million_rows", "s", "for as many new pages"), bound=0.25, short=True),
    Figure("Reopen from a log of checkouts, bytes a row", "reopen", "log_of_checkouts", "file_bytes_a_row", "B", unlimited="rows can be packed in many ways", short=True),
    Figure("Reopen from a log of bulk loads, a million rows", "reopen", "log_of_pages", "seconds_a_million_rows", "s", beside=("new_pages_seconds_a_million_rows", "s", "for as many new pages")),
    Figure("Reopen from a log of bulk loads, bytes a row", "reopen", "log_of_pages", "file_bytes_a_row", "B", unlimited="rows can be packed in many ways"),
    Figure("Load of a PostgreSQL server, a million rows", "export", "load", "seconds_a_million_rows", "s", beside=("bare_seconds_a_million_rows", "s", "of bare libpq"), ratio="ratio_to_bare", ratio_bound=1.1, short=True),
    Figure("Load of a PostgreSQL server, its proof", "export", "load", "proof_seconds_a_million_rows", "s", unlimited="it is the server's work", short=True),
    Figure("Load of a PostgreSQL server, memory beside the opened store", "export", "load", "more_bytes", "MB", unlimited="a page would do"),
    Figure("Export as SQL", "export", "text", "text_bytes_per_second", "MB/s", bound=-400e6, short=True),
    Figure("Export as SQL, memory beside the opened store", "export", "text", "more_bytes", "MB", unlimited="a page would do"),
    Figure("Transactions that a copy follows, without the start of the program", "export", "follow", "rate", "k/s", beside=("bare_per_second", "k/s", "rows by psql"), ratio="ratio_to_bare", short=True),
)

# Limits of the machine. Where the file system refuses O_DIRECT, the label has
# other words for it.
MACHINE = (
    Figure("Dependent load from DRAM, small pages", "dram_latency", "small_pages", "time", "time"),
    Figure("Dependent load from DRAM, huge pages", "dram_latency", "huge_pages", "time", "time", short=True),
    Figure("Reading memory, one thread", "memory_bandwidth", "read", "bytes_per_second", "GB/s", short=True),
    Figure("Reading memory, all threads", "memory_bandwidth", "read_all_threads", "bytes_per_second", "GB/s", short=True),
    Figure("Copying memory, memcpy", "memory_bandwidth", "copy", "bytes_per_second", "GB/s"),
    Figure("Checksum over memory, XXH3", "memory_bandwidth", "checksum", "bytes_per_second", "GB/s"),
    Figure("Reading the clock", "clock", "read", "time", "time"),
    Figure("Longest pause of an idle loop in the seconds it ran", "hiccups", "1s", "max_ns", "time"),
    Figure("Longest pause of an idle loop in the seconds it ran, its p99.99", "hiccups", "1s", "p99.99_ns", "time"),
    Figure("A day with nothing to do, 1,000 operations a second: how late they begin, p99", "idle_day", "rate1000_readers0", "p99_ns", "time"),
    Figure("A day with nothing to do, 10,000 operations a second: how late they begin, p99", "idle_day", "rate10000_readers0", "p99_ns", "time"),
    Figure("A day with nothing to do, 10,000 operations a second: how late they begin, p99.99", "idle_day", "rate10000_readers0", "p99.99_ns", "time"),
    Figure("Writes of 4 KiB, O_DIRECT and O_DSYNC, into a file already written", "disk", "write_4k", "rate", "k/s", short=True),
    Figure("Writes of 4 KiB, O_DIRECT and O_DSYNC, their p99", "disk", "write_4k", "p99_ns", "time", short=True),
    Figure("Writes of 4 KiB, O_DIRECT and O_DSYNC, their p99.9", "disk", "write_4k", "p99.9_ns", "time"),
    Figure("Writes of 4 KiB, O_DIRECT and O_DSYNC, their p99.99", "disk", "write_4k", "p99.99_ns", "time"),
    Figure("Writes of 64 KiB, O_DIRECT and O_DSYNC, into a file already written", "disk", "write_64k", "rate", "k/s"),
    Figure("Overwrites of 4 KiB in a file already written, fdatasync after each", "disk", "overwrite", "rate", "k/s"),
    Figure("Appends of 4 KiB, fdatasync after each", "disk", "append", "rate", "k/s"),
    Figure("Writing a new file, O_DIRECT", "disk_bandwidth", "write", "bytes_per_second", "GB/s", short=True),
    Figure("Reading a file, O_DIRECT", "disk_bandwidth", "read", "bytes_per_second", "GB/s", short=True),
)

INSTRUCTIONS = (
    ("Open and close a read view", "view"),
    ("Lookup of a barcode by value", "barcode_by_value"),
    ("Lookup of a customer by email", "customer_by_email"),
    ("Checkout", "checkout"),
    ("Checkout, its record for the log, encoded and handed over", "commit_encode"),
    ("Redeem", "redeem"),
    ("A row of a snapshot, written", "snapshot_row"),
    ("A row recovered, from a snapshot", "recovery_row_from_snapshot"),
    ("A row recovered, from the log", "recovery_row_from_log"),
)

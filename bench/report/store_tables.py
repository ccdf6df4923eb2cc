"""The store beside its floor, plain containers, and beside the limits of the
machine: the groups of orderstore_bench, with the targets that the store is built
for, at a million customers."""

from page import Table
from results import STORE, amount

TARGET_CUSTOMERS = 1_000_000
FLOORS = ("floor_maps", "floor_arrays")

# Work and variant of the store, the floor's variant, least ratio (or None).
# Batches are beside those of the maps, which prefetch; arrays have none.
RATIOS = [
    ("Lookup by barcode value, hit, one view", "barcode_by_value", "hit_one_view", "hit_single", 1.0),
    ("... each in a view of its own", "barcode_by_value", "hit_own_view", "hit_single", 0.85),
    ("... 32 at a time", "barcode_by_value", "hit_batch32", "hit_batch32", 4.0),
    ("Lookup by barcode value, miss, one view", "barcode_by_value", "miss_one_view", "miss_single", None),
    ("... each in a view of its own", "barcode_by_value", "miss_own_view", "miss_single", None),
    ("... 32 at a time", "barcode_by_value", "miss_batch32", "miss_batch32", None),
    ("Lookup by email, hit, one view", "customer_by_email", "hit_one_view", "hit_single", 1.0),
    ("... each in a view of its own", "customer_by_email", "hit_own_view", "hit_single", 0.85),
    ("... 32 at a time", "customer_by_email", "hit_batch32", "hit_batch32", 4.0),
    ("Lookup by email, miss, one view", "customer_by_email", "miss_one_view", "miss_single", None),
    ("... each in a view of its own", "customer_by_email", "miss_own_view", "miss_single", None),
    ("... 32 at a time", "customer_by_email", "miss_batch32", "miss_batch32", None),
    ("Customer by id, one view", "customer_by_id", "hit_one_view", "hit_single", None),
    ("... 32 at a time", "customer_by_id", "hit_batch32", "hit_batch32", None),
    ("Order by id, one view", "order_by_id", "hit_one_view", "hit_single", None),
    ("... 32 at a time", "order_by_id", "hit_batch32", "hit_batch32", None),
    ("Barcode by id, one view", "barcode_by_id", "hit_one_view", "hit_single", None),
    ("... 32 at a time", "barcode_by_id", "hit_batch32", "hit_batch32", None),
    ("Orders of a customer", "orders_of_customer", "one_view", "one_view", 0.9),
    ("Unused barcodes of an order", "unused_barcodes_of_order", "one_view", "one_view", 0.9),
    ("Checkout", "checkout", "throughput", "throughput", 0.6),
    ("Checkout from stock", "checkout_from_stock", "throughput", "throughput", 0.6),
    ("Redeem", "redeem", "throughput", "throughput", 0.6),
    ("Bulk load, rows", "bulk_load", "rows", "rows", 1.5),
    ("Growth from empty, checkouts", "growth", "latency", "latency", None),
]

# Label, work, variant, counter (`time` is nanoseconds an item), unit, bound:
# at most if positive, at least if negative, none if None.
LIMITS = [
    ("Open and close a read view", "view", "open_close", "time", "ns", 50),
    ("Top 5", "top_5", "one_view", "time", "ns", 50),
    ("Unassigned count", "unassigned_count", "one_view", "time", "ns", 20),
    ("Checkout, p50", "checkout", "latency", "p50_ns", "us", None),
    ("Checkout, p99", "checkout", "latency", "p99_ns", "us", None),
    ("Checkout, p99.9", "checkout", "latency", "p99.9_ns", "us", 10e3),
    ("Checkout, longest", "checkout", "latency", "max_ns", "us", 500e3),
    ("Checkout from stock, p99.9", "checkout_from_stock", "latency", "p99.9_ns", "us", None),
    ("Redeem, p50", "redeem", "latency", "p50_ns", "us", None),
    ("Redeem, p99.9", "redeem", "latency", "p99.9_ns", "us", None),
    ("Redeem, longest", "redeem", "latency", "max_ns", "us", 500e3),
    ("Growth: checkout, p50", "growth", "latency", "p50_ns", "us", None),
    ("Growth: checkout, p99", "growth", "latency", "p99_ns", "us", None),
    ("Growth: checkout, p99.9", "growth", "latency", "p99.9_ns", "us", None),
    ("Growth: checkout, p99.99", "growth", "latency", "p99.99_ns", "us", None),
    ("Growth: checkout, longest", "growth", "latency", "max_ns", "us", 500e3),
    ("Bytes a row, counted", "memory", "huge_pages", "bytes_a_row_counted", "B", 85),
    ("Bytes a row, resident", "memory", "huge_pages", "bytes_a_row_resident", "B", 85),
    ("Bytes a row, resident, small pages", "memory", "small_pages", "bytes_a_row_resident", "B", 85),
    ("Reader beside redeeming writer keeps", "beside_writer_redeem", "own_view", "reader_ratio", "x", -0.85),
    ("... the writer keeps", "beside_writer_redeem", "own_view", "writer_ratio", "x", -0.85),
    ("... reader's p99.9", "beside_writer_redeem", "own_view", "reader_p99.9_ns", "us", 2e3),
    ("Reader beside checkouts keeps", "beside_writer_checkout", "own_view", "reader_ratio", "x", -0.85),
    ("... the writer keeps", "beside_writer_checkout", "own_view", "writer_ratio", "x", -0.85),
    ("... reader's p99.9", "beside_writer_checkout", "own_view", "reader_p99.9_ns", "us", 2e3),
    ("Reader in one view beside redeeming writer keeps", "beside_writer_redeem", "one_view", "reader_ratio", "x", -0.85),
    ("... the writer keeps", "beside_writer_redeem", "one_view", "writer_ratio", "x", -0.85),
    ("Reader in one view beside checkouts keeps", "beside_writer_checkout", "one_view", "reader_ratio", "x", -0.85),
    ("... the writer keeps", "beside_writer_checkout", "one_view", "writer_ratio", "x", -0.85),
    ("Take a barcode, no old view", "stock", "no_old_view", "time", "ns", None),
    ("Take a barcode, old view held", "stock", "old_view_held", "time", "ns", None),
    ("... slowest to fastest tenth of the stock", "stock", "old_view_held", "take_slowest_to_fastest", "x", 1.5),
    ("First page of 10 unassigned, first tenth", "stock", "old_view_held", "page_ns_tenth_1", "ns", None),
    ("... slowest to fastest tenth of the stock", "stock", "old_view_held", "page_slowest_to_fastest", "x", 1.5),
    ("`orderstore process`, rows/s", "process", "csv", "items_per_second", "M/s", -3e6),
]

# What the store does on a disk, and the limit that was measured in turns with
# it: label, work, variant, counter, unit, (counter of the limit, unit, name) or
# None, counter of the ratio or None; then the targets of figure and ratio, at
# most if positive, at least if negative, none if None or left out.
DURABLE = [
    ("Durable checkouts, 1 thread", "sync_checkout", "threads_1", "rate", "k/s", ("raw_per_second", "k/s", "raw writes"), "ratio_to_raw", None, -0.9),
    ("... 8 threads", "sync_checkout", "threads_8", "rate", "k/s", ("one_thread_per_second", "k/s", "by 1"), "ratio_to_one_thread", None, -4.5),
    ("... 64 threads", "sync_checkout", "threads_64", "rate", "k/s", ("one_thread_per_second", "k/s", "by 1"), "ratio_to_one_thread", None, -13),
    ("... 1 thread, p50", "sync_checkout", "threads_1", "p50_ns", "us", None, None),
    ("... p99", "sync_checkout", "threads_1", "p99_ns", "us", ("raw_p99_ns", "us", "raw"), None),
    ("... p99.9", "sync_checkout", "threads_1", "p99.9_ns", "us", ("raw_p99.9_ns", "us", "raw"), None),
    ("... longest", "sync_checkout", "threads_1", "max_ns", "us", ("raw_max_ns", "us", "raw"), None),
    ("... 8 threads, p50", "sync_checkout", "threads_8", "p50_ns", "us", None, None),
    ("... p99", "sync_checkout", "threads_8", "p99_ns", "us", None, None),
    ("... commits a write", "sync_checkout", "threads_8", "commits_a_write", "", None, None),
    ("... 64 threads, p50", "sync_checkout", "threads_64", "p50_ns", "us", None, None),
    ("... p99", "sync_checkout", "threads_64", "p99_ns", "us", None, None),
    ("... p99.9", "sync_checkout", "threads_64", "p99.9_ns", "us", None, None),
    ("... commits a write", "sync_checkout", "threads_64", "commits_a_write", "", None, None),
    ("Checkouts, durable a little later", "async_checkout", "async", "rate", "k/s", ("memory_per_second", "k/s", "in memory"), "ratio_to_memory", -500e3, -0.7),
    ("... not awaited one by one", "async_checkout", "not_awaited", "rate", "k/s", ("memory_per_second", "k/s", "in memory"), "ratio_to_memory", -500e3, -0.7),
    ("Log of a checkout", "log_record", "batch", "bytes", "B", None, None, 200),
    ("... that is alone", "log_record", "lone", "bytes", "B", None, None),
    ("Snapshot", "snapshot", "plain", "seconds", "s", None, None),
    ("... rows", "snapshot", "plain", "rate", "M/s", None, None),
    ("... bytes", "snapshot", "plain", "file_bytes_per_second", "GB/s", ("disk_bytes_per_second", "GB/s", "disk"), "ratio_to_limit", None, -0.6),
    ("... bytes a row", "snapshot", "plain", "bytes_a_row", "B", None, None),
    ("Snapshot, compressed", "snapshot", "compressed", "seconds", "s", None, None),
    ("... rows", "snapshot", "compressed", "rate", "M/s", None, None),
    ("... bytes", "snapshot", "compressed", "file_bytes_per_second", "GB/s", ("disk_bytes_per_second", "GB/s", "disk"), "ratio_to_limit"),
    ("... bytes a row", "snapshot", "compressed", "bytes_a_row", "B", None, None),
    ("Redeems beside snapshots", "beside_snapshot", "redeem", "per_second", "k/s", ("per_second_apart", "k/s", "apart"), "writer_ratio", None, -0.85),
    ("... p99.9", "beside_snapshot", "redeem", "p99.9_ns", "us", ("apart_p99.9_ns", "us", "apart"), "p99.9_ratio", None, 2),
    ("... longest", "beside_snapshot", "redeem", "max_ns", "us", ("apart_max_ns", "us", "apart"), None),
    ("Memory for a snapshot", "snapshot_memory", "quiet", "extra_bytes", "MB", None, "extra_share", None, 0.05),
    ("... beside a writer", "snapshot_memory", "beside_writer", "extra_bytes", "MB", None, "extra_share", None, 0.05),
    ("Backup beside a writer", "backup", "beside_writer", "duration", "s", None, None),
    ("Reopen from a snapshot, a million rows", "reopen", "snapshot", "seconds_a_million_rows", "s", ("new_pages_seconds_a_million_rows", "s", "for as many new pages"), None, 0.1),
    ("... of it, the log behind", "reopen", "snapshot", "replay_seconds_a_million_rows", "s", None, None),
    ("... first read of every row", "reopen", "snapshot", "first_read_seconds_a_million_rows", "s", None, None),
    ("... compressed", "reopen", "snapshot_compressed", "seconds_a_million_rows", "s", None, None),
    ("Reopen from a log of checkouts, a million rows", "reopen", "log_of_checkouts", "seconds_a_million_rows", "s", ("new_pages_seconds_a_million_rows", "s", "for as many new pages"), None, 0.25),
    ("... bytes a row", "reopen", "log_of_checkouts", "file_bytes_a_row", "B", None, None),
    ("Reopen from a log of bulk loads, a million rows", "reopen", "log_of_pages", "seconds_a_million_rows", "s", None, None),
    ("... bytes a row", "reopen", "log_of_pages", "file_bytes_a_row", "B", None, None),
    ("Load of a PostgreSQL server, a million rows", "export", "load", "seconds_a_million_rows", "s", ("bare_seconds_a_million_rows", "s", "of bare libpq"), "ratio_to_bare", None, 1.1),
    ("... its proof", "export", "load", "proof_seconds_a_million_rows", "s", None, None),
    ("Export as SQL", "export", "text", "text_bytes_per_second", "MB/s", None, None, -400e6),
    ("... memory beside the store", "export", "text", "more_bytes", "MB", None, None),
    ("Transactions that a server follows", "export", "follow", "rate", "k/s", ("bare_per_second", "k/s", "rows by psql"), "ratio_to_bare"),
]

# Where the file system refuses O_DIRECT, the label has THROUGH_CACHE for it.
MACHINE = [
    ("Dependent load from DRAM, small pages", "dram_latency", "small_pages", "time", "ns"),
    ("Dependent load from DRAM, huge pages", "dram_latency", "huge_pages", "time", "ns"),
    ("Reading memory, one thread", "memory_bandwidth", "read", "bytes_per_second", "GB/s"),
    ("... all threads", "memory_bandwidth", "read_all_threads", "bytes_per_second", "GB/s"),
    ("Copying memory, memcpy", "memory_bandwidth", "copy", "bytes_per_second", "GB/s"),
    ("Checksum over memory, XXH3", "memory_bandwidth", "checksum", "bytes_per_second", "GB/s"),
    ("Reading the clock", "clock", "read", "time", "ns"),
    ("Longest pause of an idle loop in the seconds it ran", "hiccups", "1s", "max_ns", "us"),
    ("... p99.99", "hiccups", "1s", "p99.99_ns", "us"),
    ("Writes of 4 KiB, O_DIRECT and O_DSYNC, into a file already written", "disk", "write_4k", "rate", "k/s"),
    ("... p99", "disk", "write_4k", "p99_ns", "us"),
    ("... p99.9", "disk", "write_4k", "p99.9_ns", "us"),
    ("... of 64 KiB", "disk", "write_64k", "rate", "k/s"),
    ("Overwrites of 4 KiB in a file already written, fdatasync after each", "disk", "overwrite", "rate", "k/s"),
    ("Appends of 4 KiB, fdatasync after each", "disk", "append", "rate", "k/s"),
    ("Writing a new file, O_DIRECT", "disk_bandwidth", "write", "bytes_per_second", "GB/s"),
    ("Reading a file, O_DIRECT", "disk_bandwidth", "read", "bytes_per_second", "GB/s"),
]
THROUGH_CACHE = "through the page cache"

INSTRUCTIONS = [
    ("Open and close a read view", "view"),
    ("Lookup of a barcode by value", "barcode_by_value"),
    ("Lookup of a customer by email", "customer_by_email"),
    ("Checkout", "checkout"),
    ("... its record for the log, encoded and handed over", "commit_encode"),
    ("Redeem", "redeem"),
    ("A row of a snapshot, written", "snapshot_row"),
    ("A row recovered from a snapshot", "recovery_row_from_snapshot"),
    ("A row recovered from the log", "recovery_row_from_log"),
]


def rate(items_per_second):
    return amount(items_per_second, "M/s")


def ratio_verdict(ratios, least):
    known = [(name, value) for name, value in ratios if value is not None]
    if least is None or not known:
        return ""
    missed = [name for name, value in known if value < least]
    if not missed:
        return "ok"
    if len(missed) == len(known):
        return "**miss**"
    return "**miss** against " + ", ".join(missed)


def target_cells(figures):
    """The targets of (figure, bound, unit), and whether they are met."""
    bounded = [figure for figure in figures
               if figure[0] is not None and figure[1] is not None]
    if not bounded:
        return ["", ""]
    targets = ", ".join(
        ("at most " if bound > 0 else "at least ") + amount(abs(bound), unit)
        for _, bound, unit in bounded)
    met = all(value <= bound if bound > 0 else value >= -bound
              for value, bound, _ in bounded)
    return [targets, "ok" if met else "**miss**"]


def sizes(results):
    works = {"memory"}
    for table in (RATIOS, DURABLE, MACHINE):
        works |= {work for _, work, *_ in table}
    return results.sizes(works)


def is_batch(floor_variant):
    return floor_variant.endswith("batch32")


def ratio_table(results, size):
    table = Table(["work", "store", "floor: maps", "floor: arrays",
                   "ratio to maps", "ratio to arrays", "target", ""])
    for label, work, variant, floor_variant, least in RATIOS:
        store = results.median(work, variant, STORE, size, "rate")
        floors = [results.median(work, floor_variant, floor, size, "rate")
                  for floor in FLOORS]
        if store is None and not any(floors):
            continue
        batch = is_batch(floor_variant)
        ratios = [store / floor if store and floor else None
                  for floor in floors]
        verdict = ratio_verdict(list(zip(("maps", "arrays"), ratios)), least)
        table.add([label, rate(store)] +
                  [rate(floor) + (" prefetched" if batch and floor else "")
                   for floor in floors] +
                  [f"{ratio:.2f}" if ratio else "-" for ratio in ratios] +
                  [target_of(least, batch), verdict])
    return table


def target_of(least, batch):
    if not least:
        return ""
    return f"{least} of maps, prefetched" if batch else f"{least}"


def limit_value(results, size, subject, work, variant, counter):
    """None if it is not measured, or told at another size."""
    if work == "process":  # has a size of its own, and is shown once
        if size != max(sizes(results), default=0) or not results.sizes({work}):
            return None
        size = results.sizes({work})[0]
    return results.median(work, variant, subject, size, counter)


def limit_table(results, size):
    table = Table(["work", "store", "floor: maps", "floor: arrays", "target",
                   ""])
    for label, work, variant, counter, unit, bound in LIMITS:
        store, *floors = [limit_value(results, size, subject, work, variant,
                                      counter) for subject in (STORE, *FLOORS)]
        if store is None:
            continue
        table.add([label, amount(store, unit)] +
                  [amount(floor, unit) for floor in floors] +
                  target_cells([(store, bound, unit)]))
    return table


def durable_table(results, size):
    table = Table(["on a disk", "store", "beside it", "ratio", "target", ""])
    for label, work, variant, counter, unit, limit, ratio, *bounds in DURABLE:
        key = (work, variant, STORE, size)
        store = results.median(*key, counter)
        if store is None:
            continue
        share = results.median(*key, ratio) if ratio else None
        table.add([label, amount(store, unit),
                   beside_text(results, key, limit),
                   "" if share is None else f"{share:.2f}"] +
                  target_cells(durable_targets(store, share, unit, bounds)))
    return table


def beside_text(results, key, limit):
    if not limit:
        return ""
    counter, unit, name = limit
    value = results.median(*key, counter)
    return f"{amount(value, unit)} {name}" if value is not None else ""


def durable_targets(store, share, unit, bounds):
    bound, ratio_bound = (bounds + [None, None])[:2]
    return [(store, bound, unit), (share, ratio_bound, "x")]


def is_direct(results):
    """False if the file system has refused O_DIRECT in any run."""
    return all(run.get("direct", 1) for key, runs in results.runs.items()
               if key[2] == "machine" for run in runs)


def undirected(label):
    """The label of a limit of a file system that refuses O_DIRECT."""
    label = label.replace("O_DIRECT and O_DSYNC", f"O_DSYNC {THROUGH_CACHE}")
    return label.replace("O_DIRECT", THROUGH_CACHE)


def machine_table(results, size):
    table = Table(["machine", ""])
    for label, work, variant, counter, unit in MACHINE:
        value = results.median(work, variant, "machine", size, counter)
        if value is not None:
            if not is_direct(results):
                label = undirected(label)
            table.add([label, amount(value, unit)])
    return table


# ---- Targets that are missed. ----


def full_labels(rows):
    """(label, rest of the row), with what `...` stands for."""
    above = ""
    for label, *rest in rows:
        if label.startswith("... "):
            label = f"{above.rpartition(', ')[0] or above}, {label[4:]}"
        else:
            above = label
        yield label, rest


def missed(results, size):
    """(label, what is told of it) of each target that is missed."""
    yield from missed_ratios(results, size)
    for label, (work, variant, counter, unit, bound) in full_labels(LIMITS):
        store = limit_value(results, size, STORE, work, variant, counter)
        targets, verdict = target_cells([(store, bound, unit)])
        if "miss" in verdict:
            yield label, [amount(store, unit), f"target {targets}"]
    for label, row in full_labels(DURABLE):
        work, variant, counter, unit, limit, ratio, *bounds = row
        key = (work, variant, STORE, size)
        store = results.median(*key, counter)
        share = results.median(*key, ratio) if ratio else None
        targets, verdict = target_cells(
            durable_targets(store, share, unit, bounds))
        if "miss" in verdict:
            beside = beside_text(results, key, limit)
            yield label, ([amount(store, unit)] + ([beside] if beside else [])
                          + ([f"{share:.2f} x"] if share is not None else [])
                          + [f"target {targets}"])


def missed_ratios(results, size):
    for label, (work, variant, floor_variant, least) in full_labels(RATIOS):
        store = results.median(work, variant, STORE, size, "rate")
        told = []
        for name, floor in (("hash maps", FLOORS[0]), ("arrays", FLOORS[1])):
            value = results.median(work, floor_variant, floor, size, "rate")
            if store and value and least and store / value < least:
                told.append(name
                            + (", prefetched" if is_batch(floor_variant) else "")
                            + f" {rate(value)}, {store / value:.2f} of it")
        if told:
            yield label, told + [f"orderstore {rate(store)}", f"target {least}"]


# ---- All of it. ----


def instruction_table(results):
    table = Table(["instructions", ""])
    for label, variant in INSTRUCTIONS:
        for size in results.sizes({"instructions"}):
            count = results.median("instructions", variant, STORE, size,
                                   "instructions")
            if count is not None:
                table.add([label, f"{count:,.0f}"])
    return table


def add_to(page, results):
    """All tables of all sizes, the largest first."""
    if not results.runs:
        return
    page.section("The store beside plain containers and the machine")
    page.text("Every latency includes one reading of the clock. Of the floor, "
              "batches of 32 are the maps' that prefetch; arrays have none.")
    if not is_direct(results):
        page.text("The file system refuses O_DIRECT: what is bare of the disk "
                  f"went {THROUGH_CACHE}.")
    for size in reversed(sizes(results)):
        page.subsection(f"{size:,} customers")
        if size != TARGET_CUSTOMERS:
            page.text(f"The targets are for {TARGET_CUSTOMERS:,} customers.")
        for table in (ratio_table, limit_table, durable_table, machine_table):
            page.table(table(results, size))
    table = instruction_table(results)
    if table.rows:
        page.subsection("Instructions")
        page.text("What noise hardly moves: counted one by one, for stores of "
                  "some hundred customers.")
        page.table(table)

"""The raw limits of the machine, measured in the same run: (figure, text) each,
beside what they bound in the tables, and as lines in the pictures."""

import re

from results import STORE

BARCODES_A_CUSTOMER = 6.5  # as bench/workload.cc draws them
LINE_BYTES = 64  # of the cache, and of a barcode in the store
# Loads from memory, each of which needs the one before: of a text its place in
# an index, then the row; of an id the row; of a list it, then its rows. A sale
# finds its customer or its barcode first.
LOADS = {
    "customer_by_email": 2, "barcode_by_value": 2,
    "customer_by_id": 1, "order_by_id": 1, "barcode_by_id": 1,
    "orders_of": 2, "orders_of_customer": 2,
    "unused_barcodes": 2, "unused_barcodes_of_order": 2,
    "checkout": 2, "checkout_from_stock": 2, "redeem": 2,
    "beside_backup": 2, "day": 2,
    "beside_writer_redeem": 2, "beside_writer_checkout": 2, "stock": 1,
}
# Of a text that is not there, its place; what is not found by an id needs none.
LOADS_OF_MISSES = {"customer_by_email": 1, "barcode_by_value": 1}
LOAD_TEXTS = {1: "a DRAM load", 2: "two dependent DRAM loads"}
SALES = ("checkout", "redeem", "durable_checkout")
# Whose items are rows.
ROW_WORKS = ("bulk_load", "process", "snapshot", "reopen")
NANOSECONDS = re.compile(r"_ns(_|$)")
PERCENTILE = re.compile(r"(p[\d.]+)_ns$")
OF_DAY = re.compile(r"(p[\d.]+|max)_ns$")


class Limits:
    """Of a folder's results, for a data set of so many customers."""

    def __init__(self, folder, customers):
        self.folder = folder
        self.results = folder.store
        self.customers = customers
        self.direct = is_direct(folder.store)

    def are_known(self):
        return any(key[2] == "machine" for key in self.results.runs)

    def of(self, work, variant, counter, durable=False):
        """What of the bare machine a figure can be near, in the unit of its
        counter; none if it is not known, or nothing measured bounds it.
        `durable`: what is written is on stable storage at the end."""
        if work == "memory":
            return [] if counter == "bytes_a_row_disk" else self.bare_row()
        if counter == "ratio_to_raw" and not durable:
            return []
        if counter in ("commits_a_write", "ratio_to_raw"):
            return [(threads_of(variant), "all threads")]
        if counter.endswith("_ratio"):
            return [(1, "as alone")]
        if counter.endswith("_slowest_to_fastest"):
            return [(1, "all alike")]
        if counter == "text_bytes_per_second":
            return line(self.machine("memory_bandwidth", "copy",
                                     "bytes_per_second"), "memcpy")
        seconds = self.seconds(work, variant, counter, durable)
        if work in ROW_WORKS and counter in ("rate", "time"):
            rows = self.folder.rows(self.customers)
            seconds = [(each / rows, text) for each, text in seconds if rows]
        if counter == "rate":
            return [(1 / each, text) for each, text in seconds]
        if counter == "time" or NANOSECONDS.search(counter):
            return [(each * 1e9, text) for each, text in seconds]
        return seconds

    def of_row(self, row):
        """Of a row of the tables beside the peers."""
        return self.of(row.work, row.variant, row.counter, row.is_durable())

    def seconds(self, work, variant, counter, durable):
        """Of one operation, or of all rows."""
        if durable and is_sale(work, counter):
            # The longest of another number of writes tells nothing of it.
            return ([] if counter.endswith("max_ns")
                    else self.durable_seconds(work, variant, counter))
        idle_ns = self.idle_day_ns(variant, counter) if work == "day" else None
        idle = line(idle_ns and idle_ns / 1e9, "a day with nothing to do")
        if counter.endswith("max_ns"):
            pause_ns = self.machine("hiccups", "1s", "max_ns")
            return idle or line(pause_ns and pause_ns / 1e9,
                                "longest pause of an idle loop")
        if not NANOSECONDS.search(counter):
            lines = self.whole_seconds(work, variant, counter, durable)
            if lines or counter not in ("rate", "time"):
                return lines
        loads = (LOADS_OF_MISSES if variant.startswith("miss")
                 else LOADS).get(work)
        if not loads:
            return []
        if variant.endswith("batch32"):
            return self.reading(loads * LINE_BYTES,
                                f"DRAM read of {loads * LINE_BYTES} bytes each")
        load_ns = self.machine("dram_latency", "huge_pages", "time")
        return line(load_ns and loads * load_ns / 1e9, LOAD_TEXTS[loads]) + idle

    def whole_seconds(self, work, variant, counter, durable):
        """Of all rows."""
        if work == "bulk_load":
            return (self.reading(self.store_bytes(),
                                 "DRAM read of as many bytes")
                    + (self.writing(self.packed_bytes()) if durable
                       else self.copying()))
        if work == "process":
            return self.reading(self.store_bytes(),
                                "DRAM read of as many bytes")
        if work == "every_row":
            return self.reading(of_all(LINE_BYTES, self.rows()),
                                "DRAM read of 64 bytes a row")
        if (work, variant) == ("top_customers", "query"):
            return self.reading(
                self.customers * BARCODES_A_CUSTOMER * LINE_BYTES,
                "DRAM read of 64 bytes a barcode")
        if ((work, variant) == ("reopen", "closed")
                and counter != "open_seconds"):
            return (self.loading() + self.checking() + self.memory_seconds(
                "read_all_threads", self.store_bytes(),
                "DRAM read by all threads"))
        if counter == "first_read_seconds_a_million_rows":
            return self.reading(1e6 * LINE_BYTES, "DRAM read of 64 bytes a row")
        if (work == "beside_backup" and counter == "duration"
                or work == "backup"):
            return self.writing(self.file_bytes()) + self.checking()
        if work == "snapshot" and counter in ("seconds", "rate"):
            return self.writing(self.snapshot_bytes(variant))
        return []

    # ---- What is known of the machine and of the store. ----

    def machine(self, work, variant, counter):
        """At the size that is next to that of the data; None if not
        measured."""
        at = [key[3] for key in self.results.runs
              if key[:3] == (work, variant, "machine")]
        at = [size for size in at
              if self.results.median(work, variant, "machine", size, counter)]
        if not at:
            return None
        size = min(at, key=lambda size: (abs(size - self.customers), size))
        return self.results.median(work, variant, "machine", size, counter)

    def clock_ns(self):
        """What one reading of the clock costs."""
        return self.machine("clock", "read", "time")

    def idle_day_ns(self, variant, counter):
        """A percentile, or the longest, of how late the operations of a day
        begin that do nothing."""
        figure = OF_DAY.search(counter)
        whose = "reader_" if counter.startswith("reader_") else ""
        return figure and self.machine("idle_day", variant,
                                       f"{whose}{figure[1]}_ns")

    def rows(self):
        return self.folder.rows(self.customers)

    def store_bytes(self):
        """Of all rows, as the store has them in memory."""
        counter = "bytes_a_row_resident"
        a_row = (self.folder.peers.median("memory", "rows", STORE,
                                          self.customers, counter)
                 or self.folder.growth.median("memory", "rows", STORE,
                                              self.customers, counter)
                 or self.results.median("memory", "huge_pages", STORE,
                                        self.customers, counter))
        return of_all(a_row, self.rows())

    def snapshot_bytes(self, variant):
        a_row = self.results.median("snapshot", variant, STORE, self.customers,
                                    "bytes_a_row")
        return of_all(a_row, self.rows())

    def file_bytes(self):
        """Of the file of the store that was sold from, as large as its
        backup: it has more rows than the data set."""
        return (self.folder.peers.median("beside_backup", "backup",
                                         "store_sync", self.customers,
                                         "backup_bytes")
                or self.snapshot_bytes("plain"))

    def packed_bytes(self):
        """Of the rows of the data set, as a snapshot has them."""
        return self.snapshot_bytes("plain") or self.file_bytes()

    def bare_row(self):
        """Bytes of a row's columns, one behind the other, without an index."""
        packed_bytes, rows = self.packed_bytes(), self.rows()
        return line(packed_bytes and rows and packed_bytes / rows,
                    "bare row, as in a snapshot")

    # ---- Seconds for so many bytes. ----

    def memory_seconds(self, variant, size_bytes, text):
        pace = self.machine("memory_bandwidth", variant, "bytes_per_second")
        return line(pace and size_bytes and size_bytes / pace, text)

    def disk_seconds(self, variant, size_bytes):
        pace = self.machine("disk_bandwidth", variant, "bytes_per_second")
        return line(pace and size_bytes and size_bytes / pace,
                    ("O_DIRECT " if self.direct else "")
                    + f"{variant} of the store's file")

    def reading(self, size_bytes, text):
        return self.memory_seconds("read", size_bytes, text)

    def copying(self):
        return self.memory_seconds("copy", self.store_bytes(),
                                   "memcpy of the store's bytes")

    def checking(self):
        return self.memory_seconds("checksum", self.file_bytes(),
                                   "XXH3 over it")

    def writing(self, size_bytes):
        return self.disk_seconds("write", size_bytes)

    def loading(self):
        return self.disk_seconds("read", self.file_bytes())

    # ---- Of durable sales. ----

    def durable_seconds(self, work, variant, counter):
        """Of a percentile that of a write; else a write's share of a sale: as
        many share it as there are threads."""
        percentile = PERCENTILE.search(counter)
        if percentile:
            return self.write_seconds(percentile[1])
        threads = threads_of(variant)
        rate = (self.raw_beside(work, variant)
                or self.machine("disk", "write_4k", "rate"))
        return line(rate and 1 / (rate * threads),
                    "O_DSYNC write of 4 KiB each" if threads == 1 else
                    f"O_DSYNC write of 4 KiB for {threads}")

    def raw_beside(self, work, variant):
        """Writes a second of the bare disk, just before and after, where they
        were the fastest; None if that was not measured."""
        peers = self.folder.peers
        rates = [peers.median(work, variant, peer, self.customers,
                              "raw_per_second")
                 for peer in peers.subjects(work)]
        return max(filter(None, rates), default=None)

    def write_seconds(self, percentile):
        """Of a slow disk there are too few writes for their p99.99, which is
        not below the p99.9."""
        for told in dict.fromkeys((percentile,
                                   percentile.replace("p99.99", "p99.9"))):
            write_ns = self.machine("disk", "write_4k", f"{told}_ns")
            if write_ns:
                return line(write_ns / 1e9, f"O_DSYNC write of 4 KiB, {told}")
        return []

    def writes_a_second(self):
        """In the ways of those that do not share a write."""
        return [
            one for variant, text in (
                ("write_4k", "O_DSYNC write each"),
                ("overwrite", "overwrite, fdatasync each"),
                ("append", "append, fdatasync each"))
            for one in line(self.machine("disk", variant, "rate"), text)]

    # ---- In words. ----

    def explanation(self):
        files = ("O_DIRECT: as many bytes as the store's file has, past the "
                 "page cache. O_DSYNC: a write of 4 KiB, past it too, "
                 if self.direct else
                 "Files: as many bytes as the store's file has, through the "
                 "page cache, as the file system refuses O_DIRECT. O_DSYNC: a "
                 "write of 4 KiB, through the page cache too, ")
        return (
            "What the bare machine does, measured in the same run, one thread "
            "with one request at a time if nothing else is said. Two dependent "
            "DRAM loads: a lookup finds where a row is, then the row, in "
            "memory, in random order, with huge pages; so does a sale with its "
            "customer or barcode, whatever it does then. A DRAM load: of a row "
            "by its id, or of the place of a text that is not there. DRAM "
            "read: so many bytes read once, one after the other, as fast as "
            "memory gives them. Memcpy: as many bytes as the store takes, read "
            "and written. XXH3: a checksum over the store's file, in memory. "
            f"{files}into a file already written, durable when it returns; for "
            "8, or for all: shared by as many threads; of checkouts by threads "
            "as measured beside whom they were the fastest. Overwrite: into "
            "such a file through the page cache, then fdatasync; append: the "
            "same at the end of a growing file, which the store's log is not. "
            "Bare row: its columns one behind the other, as a snapshot of the "
            "store has them. Longest pause of an idle loop: how long the machine "
            "itself keeps a thread from running. A day with nothing to do: how "
            "late operations begin that are due as on that day, and do "
            "nothing, at another time of the run. Lookups that overlap, data "
            "that the caches hold, and threads that share a write, cross their "
            "limit: that much is won by it.")


def is_direct(results):
    """False if the file system has refused O_DIRECT in any run."""
    return all(run.get("direct", 1) for key, runs in results.runs.items()
               if key[2] == "machine" for run in runs)


def is_sale(work, counter):
    """Whether it is a transaction that changes something."""
    if work == "day":
        return counter.startswith(("redeem_", "checkout_"))
    return work in SALES or work == "beside_backup" and counter.endswith("_ns")


def threads_of(variant):
    match = re.fullmatch(r"threads_(\d+)", variant)
    return int(match[1]) if match else 1


def line(figure, text):
    """A list of one limit, or of none if the figure is not known."""
    return [(figure, text)] if figure else []


def of_all(a_row, rows):
    return a_row * rows if a_row and rows else None


def closest(lines, less_is_better):
    """Of several limits that which is passed last; None if there is none."""
    return (max if less_is_better else min)(lines, default=None)


def cell(lines, form, less_is_better=False, none=""):
    """What a table tells: the closest, or why there is none."""
    if none:
        return f"none: {none}"
    found = closest(lines, less_is_better)
    return f"{form(found[0])}, {found[1]}" if found else "-"

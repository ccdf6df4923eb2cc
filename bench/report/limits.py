"""The raw limits of the machine, measured in the same run, as lines for the
pictures: (figure, text) each, where a limit bounds what is shown."""

from store_tables import TARGET_CUSTOMERS, is_direct, sizes

# As bench/workload.h draws them.
ROWS_A_CUSTOMER = 9.6
BARCODES_A_CUSTOMER = 6.5
LINE_BYTES = 64  # of the cache, and of a barcode in the store
LOADS = 2  # of a lookup, the second of which waits for the first: bucket, row


class Limits:
    """Of a folder's results. `peers`: of the size that is drawn, or None."""

    def __init__(self, folder, peers):
        self.results = folder.store
        self.peers = peers
        self.customers = peers.size if peers else TARGET_CUSTOMERS
        self.direct = is_direct(folder.store)

    def are_known(self):
        return any(key[2] == "machine" for key in self.results.runs)

    def explanation(self):
        file_text = ("O_DIRECT: as many bytes as the store's backup has, past "
                     "the page cache. O_DSYNC: a write of 4 KiB, past it too, "
                     "into a file already written, durable when it returns; "
                     if self.direct else
                     "Files: as many bytes as the store's backup has, through "
                     "the page cache, as the file system refuses O_DIRECT. "
                     "O_DSYNC: a write of 4 KiB, through the page cache too, "
                     "into a file already written, durable when it returns; ")
        return (
            "Red and dashed: what the bare machine does, measured in the same "
            "run, one thread with one request at a time if nothing else is "
            "said. Two dependent DRAM loads: a lookup finds where a row is, "
            "then the row, in memory, in random order, with huge pages. DRAM "
            "read: so many bytes read once, one after the other, as fast as "
            "memory gives them. Memcpy: as many bytes as a row of the store "
            "takes, read and written. XXH3: a checksum over the store's file, "
            f"in memory. {file_text}"
            "overwrite: into such a file through the page cache, then "
            "fdatasync; append: the same at the end of a growing file, which "
            "the store's log is not. Lookups that "
            "overlap, and threads that share a write, cross their line: that "
            "much is won by it.")

    def machine(self, work, variant, counter):
        """At the size that is next to what is drawn; None if not measured."""
        at = [size for size in sizes(self.results)
              if self.results.median(work, variant, "machine", size, counter)]
        if not at:
            return None
        size = min(at, key=lambda size: abs(size - self.customers))
        return self.results.median(work, variant, "machine", size, counter)

    def clock_ns(self):
        """What one reading of the clock costs."""
        return self.machine("clock", "read", "time")

    # ---- Of one thread's lookups. ----

    def lookup_seconds(self):
        load_ns = self.machine("dram_latency", "huge_pages", "time")
        return line(load_ns and LOADS * load_ns / 1e9,
                    "two dependent DRAM loads")

    def lookups(self):
        return [(1 / seconds, text) for seconds, text in self.lookup_seconds()]

    # ---- Of all rows. ----

    def memory_seconds(self, variant, size_bytes, text):
        pace = self.machine("memory_bandwidth", variant, "bytes_per_second")
        return line(pace and size_bytes and size_bytes / pace, text)

    def store_bytes(self):
        """Of all rows, as the store has them in memory."""
        a_row = self.peers and self.peers.median("store", "memory", "rows",
                                                 "bytes_a_row_resident")
        return a_row and a_row * self.rows()

    def rows(self):
        return self.customers * ROWS_A_CUSTOMER

    def rows_of(self, lines):
        """Rows a second, of seconds for all."""
        return [(self.rows() / seconds, text) for seconds, text in lines]

    def copied_rows(self):
        return self.rows_of(self.memory_seconds(
            "copy", self.store_bytes(), "memcpy of the store's bytes"))

    def passed_rows(self):
        """What no load gets past: all bytes go to memory once."""
        return self.rows_of(self.memory_seconds(
            "read", self.store_bytes(), "DRAM read of as many bytes"))

    def passed_row_seconds(self):
        return [(1 / rows, text) for rows, text in self.passed_rows()]

    def written_rows(self):
        return self.rows_of(self.writing_seconds())

    def reading_seconds(self):
        """Every row, one after the other, in memory."""
        return self.memory_seconds("read", self.rows() * LINE_BYTES,
                                   "DRAM read of 64 bytes a row")

    def barcodes_seconds(self):
        """Every barcode, of which the store reads a line."""
        return self.memory_seconds(
            "read", self.customers * BARCODES_A_CUSTOMER * LINE_BYTES,
            "DRAM read of 64 bytes a barcode")

    def filling_seconds(self):
        """All bytes of the store in memory, by all threads."""
        return self.memory_seconds("read_all_threads", self.store_bytes(),
                                   "DRAM read by all threads")

    # ---- Of the store's file, as large as its backup. ----

    def writing_seconds(self):
        return self.file_seconds("disk_bandwidth", "write", self.bare("write"))

    def loading_seconds(self):
        return self.file_seconds("disk_bandwidth", "read", self.bare("read"))

    def bare(self, what):
        """Of the disk."""
        return (f"O_DIRECT {what} of the store's file" if self.direct
                else f"{what} of the store's file")

    def checking_seconds(self):
        return self.file_seconds("memory_bandwidth", "checksum", "XXH3 over it")

    def file_seconds(self, work, variant, text):
        pace = self.machine(work, variant, "bytes_per_second")
        file_bytes = self.peers and self.peers.median(
            "store_sync", "beside_backup", "backup", "backup_bytes")
        return line(pace and file_bytes and file_bytes / pace, text)

    # ---- Of durable work. ----

    def durable_rates(self):
        """Transactions a second, of which each waits for a write of its own."""
        return (line(self.machine("disk", "write_4k", "rate"),
                     "an O_DSYNC write of 4 KiB for each")
                + line(self.machine("disk", "overwrite", "rate"),
                       "an overwrite and fdatasync for each")
                + line(self.machine("disk", "append", "rate"),
                       "an append and fdatasync for each"))

    def durable_seconds(self):
        """The median of one such write, into a file already written."""
        write_ns = self.machine("disk", "write_4k", "p50_ns")
        return line(write_ns and write_ns / 1e9, "O_DSYNC write of 4 KiB, p50")


def line(figure, text):
    """A list of one line, or of none if the figure is not known."""
    return [(figure, text)] if figure else []

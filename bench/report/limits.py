"""The raw limits of the machine, measured in the same run, as lines for the
pictures: (figure, text) each, where a limit bounds what is shown."""

from store_tables import TARGET_CUSTOMERS, sizes

ROWS_A_CUSTOMER = 9.6
LINE_BYTES = 64  # of the cache, and of a barcode in the store
LOADS = 2  # of a lookup, the second of which waits for the first: bucket, row


EXPLANATION = (
    "Red and dashed: what the bare machine does, measured in the same run, one "
    "thread with one request at a time. Two dependent DRAM loads: a lookup "
    "finds where a row is, then the row, in memory, in random order, with huge "
    "pages. Memcpy: as many bytes as a row of the store takes. XXH3: a "
    "checksum over memory, as fast as it can be read. O_DIRECT: as many bytes as the "
    "store's backup has, past the page cache. O_DSYNC: a write of 4 KiB into a "
    "file already written, durable when it returns; fdatasync: the same at the "
    "end of a growing file. Lookups that overlap, and threads that share a "
    "write, cross their line: that much is won by it.")


class Limits:
    """Of a folder's results. `peers`: of the size that is drawn, or None."""

    def __init__(self, folder, peers):
        self.results = folder.store
        self.peers = peers
        self.customers = peers.size if peers else TARGET_CUSTOMERS

    def are_known(self):
        return any(key[2] == "machine" for key in self.results.runs)

    def machine(self, work, variant, counter):
        """At the size that is next to what is drawn; None if not measured."""
        at = [size for size in sizes(self.results)
              if self.results.median(work, variant, "machine", size, counter)]
        if not at:
            return None
        size = min(at, key=lambda size: abs(size - self.customers))
        return self.results.median(work, variant, "machine", size, counter)

    # ---- Of one thread's lookups. ----

    def lookup_seconds(self):
        load_ns = self.machine("dram_latency", "huge_pages", "time")
        return line(load_ns and LOADS * load_ns / 1e9,
                    "two dependent DRAM loads")

    def lookups(self):
        return [(1 / seconds, text) for seconds, text in self.lookup_seconds()]

    # ---- Of all rows. ----

    def copied_rows(self):
        """Rows a second, as many bytes each as a row of the store has."""
        pace = self.machine("memory_bandwidth", "copy", "bytes_per_second")
        a_row = self.peers and self.peers.median("store", "memory", "rows",
                                                 "bytes_a_row_resident")
        return line(pace and a_row and pace / a_row,
                    "memcpy of the store's bytes")

    def copied_row_seconds(self):
        return [(1 / rows, text) for rows, text in self.copied_rows()]

    def written_rows(self):
        rows = self.customers * ROWS_A_CUSTOMER
        return [(rows / seconds, text)
                for seconds, text in self.writing_seconds()]

    def reading_seconds(self):
        """Every row, one after the other, in memory."""
        pace = self.machine("memory_bandwidth", "checksum", "bytes_per_second")
        rows = self.customers * ROWS_A_CUSTOMER
        return line(pace and rows * LINE_BYTES / pace,
                    "XXH3 over 64 bytes a row")

    # ---- Of the store's file, as large as its backup. ----

    def writing_seconds(self):
        return self.file_seconds("disk_bandwidth", "write",
                                 "O_DIRECT write of the store's file")

    def loading_seconds(self):
        return self.file_seconds("disk_bandwidth", "read",
                                 "O_DIRECT read of the store's file")

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
                + line(self.machine("disk", "append", "rate"),
                       "an append and fdatasync for each"))

    def durable_seconds(self):
        """The median of one such write, into a file already written."""
        write_ns = self.machine("disk", "write_4k", "p50_ns")
        return line(write_ns and write_ns / 1e9, "O_DSYNC write of 4 KiB, p50")


def line(figure, text):
    """A list of one line, or of none if the figure is not known."""
    return [(figure, text)] if figure else []

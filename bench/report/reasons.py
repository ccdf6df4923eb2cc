"""Why a peer or the floor wins, or a target is missed. Only what the source
tells for certain, and the figures of the run do not contradict; where nothing
is left, why is not known."""

import dataclasses

from conditions import (backup_is_most, better_as, better_on_another_day,
                        disk_was_slower, enough_as, faster_in_one_view,
                        has_huge_pages, is_near_idling, is_near_limit,
                        is_of_one_run, meets_bound_as, meets_target_as,
                        meets_target_in_one_view, no_store_wins, nobody_wins,
                        processors_switch_threads, slower_in_one_view,
                        snapshot_is_enough_beside, takes_loads,
                        target_is_within_a_load, unfilled_pages_are_most,
                        unless, view_is_most, waiting_is_most, wins,
                        wins_at_p50)
from peer_rows import ROWS


@dataclasses.dataclass(frozen=True)
class Reason:
    text: str
    labels: tuple  # of rows
    # Products or floors: only where one of them wins, or a target beside it is
    # missed. The text tells of no other product.
    of: tuple = ()
    when: tuple = ()  # conditions, all of which have to hold

    def is_given(self, lost):
        return (lost.row.label in self.labels
                and (not self.of or any(map(self.tells_of, lost.others())))
                and all(holds(lost) for holds in self.when))

    def tells_of(self, name):
        return not self.of or name.startswith(self.of)


def reasons_for(lost, among):
    """Texts, each once, in the order of `among`; and those of the others of
    whom none of them tells."""
    given = [reason for reason in among if reason.is_given(lost)]
    left = [name for name in lost.others()
            if not any(reason.tells_of(name) for reason in given)]
    return list(dict.fromkeys(reason.text for reason in given)), left


def each(rows, *endings):
    return tuple(f"{row}, {ending}" for row in rows for ending in endings)


OWN_VIEW = ("It is the read view that each opens and closes: with one for all "
            "of them {}")
VIEW = "Most of the difference is the read view that each opens and closes"
MISS = ("Most of the difference is the wait for a line of the store's index, "
        "which has twelve rows to its 64 bytes; a plain hash table looks at "
        "tags of one byte a row, of which nearer caches hold more. 32 at a "
        "time wait together")
IDS = ("The store finds the row by a directory and then chooses the version "
       "that its view sees; {} have one version and no view")
NO_TRANSACTIONS = "{} have no transactions, versions, constraints or threads"
HANDED = ("The kernel hands huge pages to the store meanwhile: "
          "`store_small_pages`, which is the store without, is better here")
NOT_ALL_FULL = "Not all huge pages are full: with small ones {}"

# ---- Of the tables beside the peers. ---------------------------------------

BY_TEXT = ("Lookup of a customer by email", "Lookup of a barcode by value")
BY_ID = ("Lookup of a customer by id", "Lookup of an order by id")
CHECKOUTS = "Checkouts that are not synced"
REDEMPTIONS = "Redemptions that are not synced"
COUNTED = "Unassigned barcodes, counted by their index"
DAYS = tuple(row.label for row in ROWS if row.work == "day")
UNSYNCED_DAYS = tuple(label for label in DAYS if " not synced" in label)
UNPACKED = ("sqlite", "lmdb", "rocksdb", "postgresql", "redis")
CRASHED = "Reopen after 20,000 checkouts and a crash"

PEER_REASONS = (
    Reason(OWN_VIEW.format("the store is faster"), BY_TEXT + BY_ID,
           when=(faster_in_one_view,)),
    Reason(OWN_VIEW.format("the target is met"), BY_TEXT + BY_ID,
           when=(meets_target_in_one_view,)),
    Reason(VIEW, each((*BY_TEXT, *BY_ID, "Orders of a customer",
                       "Unused barcodes of an order"), "not there"),
           when=(view_is_most,)),
    Reason(MISS, each(BY_TEXT, "not there"), of=("map",),
           when=(waiting_is_most,)),
    Reason("RocksDB has Bloom filters, which tell of nearly all that is not "
           "there without a search", each(BY_TEXT + BY_ID, "not there"),
           of=("rocksdb",)),
    Reason("The hash maps prefetch all 32 as the store does, and open no view "
           "and choose no version", each(BY_TEXT + BY_ID, "32 at a time"),
           of=("map",)),
    Reason(IDS.format("hash maps"), BY_ID, of=("map",),
           when=(slower_in_one_view,)),
    Reason(IDS.format("hash maps"), each(BY_ID, "in one read transaction"),
           of=("map",)),
    Reason("LMDB keeps the number of values under a key; the store keeps the "
           "count too: see the next row of the table", (COUNTED,),
           of=("lmdb",)),
    Reason("Redis keeps the size of a set; the store keeps the count too: see "
           "the next row of the table", (COUNTED,), of=("redis",)),
    Reason("SQLite walks its index alone, the store its index and each row; it "
           "keeps the count too: see the next row of the table", (COUNTED,),
           of=("sqlite",)),
    Reason("Hash maps have it in a variable; the store opens a read view, "
           "whose state has it, and closes it",
           ("Unassigned barcodes, their number kept, or else counted",),
           of=("map",)),
    Reason("The store reads 64 bytes of each barcode with its version; LMDB "
           "keeps the number of barcodes of each order, and does not look at "
           "them", ("Top 5 customers, computed from rows or an index",),
           of=("lmdb",)),
    Reason(NO_TRANSACTIONS.format("Hash maps"), (CHECKOUTS, REDEMPTIONS),
           of=("map",)),
    Reason(NO_TRANSACTIONS.format("Hash maps"),
           each((CHECKOUTS, REDEMPTIONS), "p99", "p99.9"), of=("map",),
           when=(wins_at_p50,)),
    Reason(HANDED, (CHECKOUTS, *each((CHECKOUTS,), "p99.99")),
           when=(has_huge_pages, better_as("store_small_pages"))),
    Reason(HANDED, UNSYNCED_DAYS,
           when=(has_huge_pages, enough_as("store_small_pages"),
                 better_as("store_small_pages", factor=2))),
    Reason("The target leaves each less time than one load from memory takes, "
           "and each needs several, of which some wait for the one before",
           (*BY_TEXT, "Unused barcodes of an order", REDEMPTIONS),
           when=(no_store_wins, target_is_within_a_load)),
    Reason("A checkout touches some ten lines of memory that the caches do not "
           "hold, as in every store in memory", (CHECKOUTS,),
           when=(no_store_wins, takes_loads(10))),
    Reason("One thread waits for the disk most of the time, for one write "
           "after the other, whatever the store",
           ("Durable checkouts, 1 thread",),
           when=(no_store_wins, is_near_limit)),
    Reason("The disk was slower meanwhile: counted in the writes that it made "
           "bare just before and after, the store is behind none of these",
           ("Durable checkouts, 1 thread", "Durable checkouts, 8 threads"),
           when=(disk_was_slower,)),
    Reason("Most of the time the processors are busy, and mostly with the "
           "kernel, which for each checkout puts a thread to sleep and wakes "
           "it", ("Durable checkouts, 64 threads",),
           when=(nobody_wins, processors_switch_threads)),
    Reason("Not on every day: beside another number of readers the store is "
           "better", DAYS,
           when=(better_on_another_day,)),
    Reason("It is of one run of each, which tells little of a tail",
           (*DAYS, "Backup beside a writer, longest checkout during it"),
           when=(is_of_one_run,)),
    Reason("Each commit's sync waits for what the backup writes: in "
           "`store_async`, whose commits are durable a little later, checkouts "
           "do not wait, and are better here",
           each(("Backup beside a writer",), "checkout p90 during it",
                "longest checkout during it"),
           when=(enough_as("store_async"), backup_is_most)),
    Reason("On such a day operations that do nothing begin nearly as late",
           UNSYNCED_DAYS, when=(is_near_idling,)),
    Reason("In memory alone the target is met: with files, the thread that "
           "inserts rows also makes their records for the log, and waits at "
           "the end until the last are written",
           ("Bulk load, durable at its end",), when=(meets_target_as("store"),)),
    Reason("SQLite's B-tree packs numbers of few bytes and fills its pages; "
           "the store's rows have fixed places of whole cache lines, which is "
           "what makes lookups fast", ("Memory of a row",), of=("sqlite",),
           when=(unless(enough_as("store_small_pages")),)),
    Reason(NOT_ALL_FULL.format("nobody else who has all rows in "
                               "memory is better"), ("Memory of a row",),
           when=(has_huge_pages, enough_as("store_small_pages"))),
    Reason("Each array of the store's, of which it has ten or more, ends in a "
           "huge page of 2 MiB that is not full", ("Memory of a row",),
           when=(has_huge_pages, unfilled_pages_are_most,
                 unless(enough_as("store_small_pages")))),
    Reason("SQLite's B-tree packs numbers of few bytes and fills its pages",
           ("Disk of a row",), of=("sqlite",)),
    Reason("Tarantool compresses its snapshots, the store only with "
           "`Options::snapshot_compression`, which is off by default",
           ("Disk of a row", "Backup beside a writer, its bytes"),
           of=("tarantool",)),
    Reason("Beside the snapshot of its rows the store has what is left of its "
           "log; without, it would lose to nobody who does not compress",
           ("Disk of a row",), of=UNPACKED,
           when=(snapshot_is_enough_beside(UNPACKED),)),
    Reason("LMDB copies the pages of its file as they are; the store reads "
           "each row with its version and packs it, and syncs each block "
           "before the next",
           ("Backup beside a writer",), of=("lmdb",), when=(wins("lmdb"),)),
    Reason("LMDB maps its file and reads it as it is; the store reads its "
           "rows, and makes its indexes anew in memory, before it is open",
           ("Reopen and read all, a row",), of=("lmdb",)),
    Reason("LMDB has no log: its file, which it maps, is as the last commit "
           "left it; the store makes its rows and indexes anew", (CRASHED,),
           of=("lmdb",)),
    Reason("SQLite finds the pages in its log, and reads rows in them as they "
           "are; the store makes its rows and indexes anew", (CRASHED,),
           of=("sqlite",)),
    Reason("The store reads all rows into memory, and makes its indexes, "
           "before it is open; the others read them when they are asked for: "
           "see the row above in the table",
           ("Reopen and read all, opening alone",),
           of=("sqlite", "lmdb", "rocksdb", "postgresql")),
)

# ---- Of the tables of the store beside its floor and the machine. ----------

LOOKUPS = ("Lookup by barcode value", "Lookup by email")
ROWS_BY_ID = each(("Customer by id", "Order by id", "Barcode by id"),
                  "one view", "32 at a time")
LISTS = ("Orders of a customer", "Unused barcodes of an order")
SALES = ("Checkout", "Redeem", "Checkout of a growing store")
ARRAYS = ("floor_arrays",)
FLOORS = ("floor_maps", *ARRAYS)

FLOOR_REASONS = (
    Reason(OWN_VIEW.format("the store is faster"),
           each(LOOKUPS, "hit, each in a view of its own"),
           when=(faster_in_one_view,)),
    Reason(VIEW, each(LOOKUPS, "miss, each in a view of its own"),
           when=(view_is_most,)),
    Reason(MISS, each(LOOKUPS, "miss, one view"), of=FLOORS,
           when=(waiting_is_most,)),
    Reason("The target was set beside maps that look up one by one; these "
           "prefetch all 32 too, so that it asks for a multiple of a floor "
           "whose cache misses overlap as the store's do. The row after it "
           "is beside what the target was set for",
           each(LOOKUPS, "hit, 32 at a time"), when=(nobody_wins,)),
    Reason(IDS.format("the floors"), ROWS_BY_ID, of=FLOORS),
    Reason("The store goes from a list of slots to rows, and of each chooses "
           "the version that its view sees; the floors have one version",
           LISTS, of=FLOORS),
    Reason("Arrays have a row at its id, in one step", ROWS_BY_ID + LISTS,
           of=ARRAYS),
    Reason(NO_TRANSACTIONS.format("The floors"),
           ("Checkout", "Checkout from stock", "Redeem",
            "Growth from empty, checkouts", *each(SALES, "p50")), of=FLOORS),
    Reason(NO_TRANSACTIONS.format("The floors"),
           each(SALES, "p99", "p99.9") + ("Checkout from stock, p99.9",),
           of=FLOORS, when=(wins_at_p50,)),
    Reason("The floors have it in a variable; the store finds it in the state "
           "of its view", ("Unassigned count",), of=FLOORS),
    Reason(NOT_ALL_FULL.format("the target is met"), ("Bytes a row, resident",),
           when=(has_huge_pages, meets_bound_as("small_pages"))),
    Reason("One thread inserts the rows, whatever is done beside it",
           ("`orderstore process`, rows/s",)),
    Reason("Each block is synced before the next is written, so that commits "
           "beside a snapshot wait for the disk to store one block, not all; "
           "meanwhile one thread reads each row with its version and packs it",
           ("Snapshot, bytes",)),
    Reason("A snapshot takes a thread that reads rows and one that writes; the "
           "writer shares memory with them, and processors where there are "
           "fewer than three",
           ("Redeems beside snapshots", "Redeems beside snapshots, p99.9")),
)

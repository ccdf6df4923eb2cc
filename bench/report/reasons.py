"""Why a peer or the floor wins, or a target is missed. Only what the source
tells for certain; where it tells nothing, why is not known."""

OWN_VIEW = ("Each opens a read view and closes it, which takes so many "
            "instructions and fences that the processor does not begin the "
            "next lookup while the loads of this one are under way, of which "
            "two follow each other. The fences alone are not it")
NO_ROW = ("Each opens a read view and closes it, which takes much of the time "
          "where no row is read")
# Where the store has huge pages.
HUGE_PAGE = ("It is the kernel clearing a huge page; with "
             "`Options::huge_pages` off no page takes so long, and lookups miss the TLB more often")
HUGE_PAGES = "The kernel clears huge pages for the store meanwhile"
SYNCED_SALE = ("One thread does all, so that each sale waits for a write of the "
               "disk that it shares with no other, in every store; beyond the "
               "p99 are the waits of some ten checkouts or thirty redemptions "
               "of a round. The days with other numbers of readers show how "
               "much it varies")
SYNCED_LOOKUP = ("One thread does all: a lookup that is due while a sale waits "
                 "for the disk waits with it, in every store")
# Of the store alone, whoever wins: by label of the row.
STORE_REASONS = {
    "Lookup of a customer by email": OWN_VIEW,
    "Lookup of a barcode by value": OWN_VIEW,
    "Lookup of a customer by id": OWN_VIEW,
    "Lookup of an order by id": OWN_VIEW,
    "Lookup of a customer by id, not there": NO_ROW,
    "Lookup of an order by id, not there": NO_ROW,
    "Orders of a customer, not there": NO_ROW,
    "Unused barcodes of an order, not there": NO_ROW,
    "Checkouts that are not synced": HUGE_PAGES,
    "Checkouts that are not synced, p99.99": HUGE_PAGE,
    "A day synced, lookup p99": SYNCED_LOOKUP,
    "A day synced, redeem p99": SYNCED_SALE,
    "A day synced, checkout p99": SYNCED_SALE,
    "Reopen and read all, opening alone": "The store reads all rows into memory, and makes its indexes, before it is open; where rows are read when they are asked for, the time until all have been read is in the row above in the table",
    "Disk of a row": "The store has a snapshot of its rows, and what is left of its log",
}
# Of a missed target, where no other store wins: what all stores have to do.
TARGET_REASONS = {
    "Checkouts that are not synced": "A checkout touches some ten lines of memory that the caches do not hold, as in every store in memory",
    "Durable checkouts, 1 thread": "One thread waits for one write of the disk at a time, whatever the store",
}
NO_TRANSACTIONS = "Hash maps have no transactions, versions, constraints or threads"
MAP_MISS = ("A miss reads a bucket of 64 bytes of the store's index, mostly "
            "from memory; a plain hash table looks at tags of one byte, of which "
            "the caches hold far more")
MAP_BATCH = ("The hash maps prefetch all 32 as the store does, and open no "
             "view and choose no version")
MAP_ID = ("The store finds the row by a directory and then chooses the version "
          "that its view sees; hash maps have one version and no view")
# Of one product, given where it wins or is what the target is about: by product
# and label. The text tells of no other product.
PEER_REASONS = {
    ("lmdb", "Unassigned barcodes, counted by their index"): "LMDB keeps the number of values under a key; the store keeps the count too: see the next row of the table",
    ("redis", "Unassigned barcodes, counted by their index"): "Redis keeps the size of a set; the store keeps the count too: see the next row of the table",
    ("sqlite", "Unassigned barcodes, counted by their index"): "SQLite walks its index alone, the store its index and each row; it keeps the count too: see the next row of the table",
    ("map", "Unassigned barcodes, their number kept, or else counted"): "Hash maps have it in a variable; the store opens a read view, whose state has it, and closes it",
    ("lmdb", "Top 5 customers, computed from all rows"): "The store reads 64 bytes of each barcode with its version; LMDB keeps the number of barcodes of each order, and does not look at them",
    ("sqlite", "Memory of a row"): "SQLite's B-tree packs numbers of few bytes and fills its pages; the store's rows have fixed places of whole cache lines, which is what makes lookups fast",
    ("sqlite", "Disk of a row"): "SQLite's B-tree packs numbers of few bytes and fills its pages",
    ("lmdb", "Reopen and read all, a row"): "LMDB maps its file and reads it as it is; the store reads its rows, and makes its indexes anew in memory. The report's table of all kinds tells the time until the indexes have been read too",
    ("lmdb", "Backup beside a writer"): "LMDB copies its file as fast as the disk takes it, where the store reads each row with its version, and packs it",
    ("map", "Lookup of a customer by email, not there"): MAP_MISS,
    ("map", "Lookup of a barcode by value, not there"): MAP_MISS,
    ("map", "Lookup of a customer by email, not there, 32 at a time"): MAP_MISS,
    ("map", "Lookup of a barcode by value, not there, 32 at a time"): MAP_MISS,
    ("map", "Lookup of a customer by email, 32 at a time"): MAP_BATCH,
    ("map", "Lookup of a barcode by value, 32 at a time"): MAP_BATCH,
    ("map", "Lookup of a customer by id, 32 at a time"): MAP_BATCH,
    ("map", "Lookup of an order by id, 32 at a time"): MAP_BATCH,
    ("map", "Lookup of a customer by id"): MAP_ID,
    ("map", "Lookup of an order by id"): MAP_ID,
    ("map", "Lookup of a customer by id, in one read transaction"): MAP_ID,
    ("map", "Lookup of an order by id, in one read transaction"): MAP_ID,
    ("map", "Checkouts that are not synced"): NO_TRANSACTIONS,
    ("map", "Checkouts that are not synced, p99"): NO_TRANSACTIONS,
    ("map", "Checkouts that are not synced, p99.9"): NO_TRANSACTIONS,
    ("map", "Redemptions that are not synced"): NO_TRANSACTIONS,
    ("map", "Redemptions that are not synced, p99"): NO_TRANSACTIONS,
    ("map", "A day not synced, redeem p99"): NO_TRANSACTIONS,
    ("map", "A day not synced, checkout p99"): NO_TRANSACTIONS,
}

FLOOR_BATCH = ("The target was set beside maps that look up one by one; these "
               "prefetch all 32 too, so that it asks for a multiple of a floor "
               "whose cache misses overlap as the store's do")
FLOOR_IDS = ("The store finds the row by a directory and then chooses the "
             "version that its view sees; the floors have one version and no "
             "view, and arrays have it at its id")
FLOOR_LISTS = ("The store goes from a list of slots to rows, and of each "
               "chooses the version that its view sees; arrays have a row by "
               "its id in one step")
FLOOR_SALES = ("The floors have no transactions, versions, constraints or "
               "threads")
BESIDE_SNAPSHOT = ("A snapshot takes a thread that reads rows and one that "
                   "writes; the writer shares processors and memory with them")
# Of the tables of the store beside its floor and the machine, by label.
FLOOR_REASONS = {
    "Lookup by barcode value, hit, each in a view of its own": OWN_VIEW,
    "Lookup by email, hit, each in a view of its own": OWN_VIEW,
    "Lookup by barcode value, hit, 32 at a time": FLOOR_BATCH,
    "Lookup by email, hit, 32 at a time": FLOOR_BATCH,
    **{f"Lookup by {text}, miss, {how}": MAP_MISS
       for text in ("barcode value", "email")
       for how in ("one view", "each in a view of its own", "32 at a time")},
    **{f"{row} by id, {how}": FLOOR_IDS
       for row in ("Customer", "Order", "Barcode")
       for how in ("one view", "32 at a time")},
    "Orders of a customer": FLOOR_LISTS,
    "Unused barcodes of an order": FLOOR_LISTS,
    "Checkout": FLOOR_SALES,
    "Checkout from stock": FLOOR_SALES,
    "Redeem": FLOOR_SALES,
    "Growth from empty, checkouts": FLOOR_SALES,
    **{f"{row}, {percentile}": FLOOR_SALES
       for row in ("Checkout", "Redeem", "Checkout of a growing store")
       for percentile in ("p50", "p99")},
    "Unassigned count": "The floors have it in a variable; the store finds it in the state of its view",
    "Checkout, longest": HUGE_PAGE,
    "Checkout of a growing store, longest": HUGE_PAGE,
    "`orderstore process`, rows/s": "One thread inserts the barcodes, and the kernel clears memory for them: most of the time",
    "Durable checkouts, 1 thread": "A durable commit of one thread is a bare write and a thread's work before it, which is not under way while it waits",
    "Snapshot, bytes": "One thread reads each row with its version and packs it; the disk waits for it",
    "Redeems beside snapshots": BESIDE_SNAPSHOT,
    "Redeems beside snapshots, p99.9": BESIDE_SNAPSHOT,
}


def reasons_for(label, named, is_target_alone, has_huge_pages):
    """What is known of the store, and of each of the products `named`.
    `is_target_alone`: a target is missed, and no other store wins."""
    known = [PEER_REASONS.get((name, label)) for name in named]
    known.append(STORE_REASONS.get(label))
    if is_target_alone:
        known.append(TARGET_REASONS.get(label))
    return those_known(known, has_huge_pages)


def floor_reasons_for(label, has_huge_pages):
    return those_known([FLOOR_REASONS.get(label)], has_huge_pages)


def those_known(reasons, has_huge_pages):
    """Each once."""
    return [reason for reason in dict.fromkeys(reasons) if reason
            and (has_huge_pages or reason not in (HUGE_PAGE, HUGE_PAGES))]

"""orderstore: an embedded, transactional store of customers, orders and
barcodes. Rows are in the memory of the process and, durably, in a folder.

  import orderstore

  with orderstore.open("shop") as store:
    with store.transaction() as txn:  # all of it happens, or nothing does
      customer = txn.find_or_create_customer("ann@example.com", "Ann")
      order = txn.insert_order(customer)
      txn.insert_barcode(f"A{order}", order)

    with store.view() as view:  # one commit's state; waits for nobody
      for line in view.top_customers(5):
        print(line.customer_id, line.ticket_count)

This is the C API (orderstore/c.h) by ctypes: the shared library of the same
version has to be installed, or named in the environment variable
ORDERSTORE_LIBRARY; else the import raises ImportError, and says so.

  open(), open_read_only(), open_as_of(), open_snapshot(), in_memory()
                    give a Store
  Store             transaction(), view(), durability, snapshots, backups, stats
                    and Prometheus' text; on_notice hears what no call returns
  Transaction       inserts, updates, deletes, and what a ticket shop lives on;
                    reads as a View does
  View              lookups, scans, analytics: see Reader
  open_log()        the log as committed transactions, for followers
  verify(), salvage(), migrate()
                    look after the files of a store
  OrderstoreError   is raised, or one of its classes: NotFound, AlreadyExists,
                    FailedPrecondition, DataLoss, ... (orderstore.errors)

Values: ids are ints from 1 to 2147483647, None stands for no order. Texts are
str, of 255 characters at most, compared byte by byte as UTF-8. Rows are frozen
dataclasses, and copies, which outlive the view and the store. Times are UTC, in
microseconds: row.created_at is a datetime with a time zone, row.created_at_us
the number behind it (orderstore.rows). Where a time is given, it is a datetime
with a time zone, or that number.

Threads: stores and views may be used from any thread, a transaction from the
one that began it. Calls release the interpreter's lock. An event loop runs a
transaction from its beginning to its end in one thread of an executor.

Processes: one opens a folder to write; others open it by open_read_only(), and
see what was durable then. A store is of no use in a forked child, where each
call raises FailedPrecondition, and the child keeps the folder locked as long as
it lives: fork first, and open then.

Lifetimes: what is closed raises FailedPrecondition when it is used. Stores,
views, transactions and logs that nobody has anymore are closed, in whatever
order they go; they cannot be copied or pickled.
"""

from orderstore._library import VERSION as __version__
from orderstore.cancel import Cancel
from orderstore.change_log import (Change, ChangeKind, ChangeLog,
                                   LoggedTransaction, open_log)
from orderstore.errors import (AlreadyExists, Cancelled, Code, DataLoss,
                               DeadlineExceeded, FailedPrecondition, Internal,
                               InvalidArgument, NotFound, OrderstoreError,
                               OutOfMemory, OutOfRange, PermissionDenied,
                               ResourceExhausted, SchemaMismatch, Unavailable,
                               Unknown, UnknownFormat)
from orderstore.files import salvage, verify
from orderstore.notices import Notice, NoticeKind, Severity
from orderstore.reader import Reader
from orderstore.reports import (Finding, FindingKind, OpenReport, SalvageReport,
                                Stats, SyncTimes, TableMemory, VerifyReport)
from orderstore.rows import (Barcode, Counts, Customer, CustomerTickets,
                             Digests, NewBarcode, NewCustomer, NewOrder,
                             NextIds, Order)
from orderstore.store import (PROMETHEUS_CONTENT_TYPE, SchemaRevision, Store,
                              in_memory, migrate, open, open_as_of,
                              open_read_only, open_snapshot)
from orderstore.transaction import UNCHANGED, Transaction
from orderstore.view import View

__all__ = [
    "AlreadyExists", "Barcode", "Cancel", "Cancelled", "Change", "ChangeKind",
    "ChangeLog", "Code", "Counts", "Customer", "CustomerTickets", "DataLoss",
    "DeadlineExceeded", "Digests", "FailedPrecondition", "Finding",
    "FindingKind", "Internal", "InvalidArgument", "LoggedTransaction",
    "NewBarcode", "NewCustomer", "NewOrder", "NextIds", "NotFound", "Notice",
    "NoticeKind", "OpenReport", "Order", "OrderstoreError", "OutOfMemory",
    "OutOfRange", "PROMETHEUS_CONTENT_TYPE", "PermissionDenied", "Reader",
    "ResourceExhausted", "SalvageReport", "SchemaMismatch", "SchemaRevision",
    "Severity", "Stats", "Store", "SyncTimes", "TableMemory", "Transaction",
    "UNCHANGED", "Unavailable", "Unknown", "UnknownFormat", "VerifyReport",
    "View", "__version__", "in_memory", "migrate", "open", "open_as_of",
    "open_log", "open_read_only", "open_snapshot", "salvage", "verify",
]

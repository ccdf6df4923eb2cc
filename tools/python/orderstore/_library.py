"""The C API as ctypes has it: its structs and functions, and the library.

tests/python/declarations_test.py holds each of them against the headers in
include/orderstore/c, and against what a C compiler makes of these.

The library is the file that the environment variable ORDERSTORE_LIBRARY names,
else the one that the system's loader finds by the name below.
"""

from __future__ import annotations

import ctypes
import enum
import os
from ctypes import (POINTER, c_char, c_char_p, c_double, c_int32, c_int64,
                    c_size_t, c_uint8, c_uint32, c_uint64, c_void_p)
from typing import Any

from orderstore.errors import Code, OrderstoreError, error_of

# Of this module. Before 1.0 each minor version has a binary interface of its
# own, and the library's name says which it is.
VERSION = "0.1.0"
SONAME = "liborderstore.so.0.1"

# ---- Texts and rows (c/records.h) -------------------------------------------


class Text(ctypes.Structure):
  """A text that the library gives. It is not NUL-terminated, so `data` is an
  address and no c_char_p, which Python would read up to a NUL."""

  _fields_ = [("data", c_void_p), ("size", c_size_t)]


class GivenText(ctypes.Structure):
  """A text that the library is given; holds on to the bytes."""

  _fields_ = [("data", c_char_p), ("size", c_size_t)]


class CustomerStruct(ctypes.Structure):
  _fields_ = [("id", c_int32), ("email", Text), ("name", Text),
              ("created_at_us", c_int64), ("updated_at_us", c_int64)]


class OrderStruct(ctypes.Structure):
  _fields_ = [("id", c_int32), ("customer_id", c_int32),
              ("created_at_us", c_int64), ("updated_at_us", c_int64)]


class BarcodeStruct(ctypes.Structure):
  _fields_ = [("id", c_int32), ("order_id", c_int32), ("value", Text),
              ("created_at_us", c_int64), ("updated_at_us", c_int64),
              ("is_used", c_uint8)]


class NewCustomerStruct(ctypes.Structure):
  _fields_ = [("email", GivenText), ("name", GivenText),
              ("created_at_us", POINTER(c_int64)),
              ("updated_at_us", POINTER(c_int64)), ("id", c_int32)]


class NewOrderStruct(ctypes.Structure):
  _fields_ = [("created_at_us", POINTER(c_int64)),
              ("updated_at_us", POINTER(c_int64)), ("id", c_int32),
              ("customer_id", c_int32)]


class NewBarcodeStruct(ctypes.Structure):
  _fields_ = [("value", GivenText), ("created_at_us", POINTER(c_int64)),
              ("updated_at_us", POINTER(c_int64)), ("id", c_int32),
              ("order_id", c_int32), ("is_used", c_uint8)]


class CustomerUpdateStruct(ctypes.Structure):
  _fields_ = [("email", POINTER(GivenText)), ("name", POINTER(GivenText)),
              ("updated_at_us", POINTER(c_int64))]


class OrderUpdateStruct(ctypes.Structure):
  _fields_ = [("customer_id", POINTER(c_int32)),
              ("updated_at_us", POINTER(c_int64))]


class BarcodeUpdateStruct(ctypes.Structure):
  _fields_ = [("value", POINTER(GivenText)), ("order_id", POINTER(c_int32)),
              ("is_used", POINTER(c_uint8)),
              ("updated_at_us", POINTER(c_int64))]


class CountsStruct(ctypes.Structure):
  _fields_ = [("customers", c_int64), ("orders", c_int64),
              ("barcodes", c_int64), ("unassigned_barcodes", c_int64),
              ("unused_barcodes", c_int64)]


class DigestsStruct(ctypes.Structure):
  _fields_ = [("customers", c_uint64), ("orders", c_uint64),
              ("barcodes", c_uint64)]


class NextIdsStruct(ctypes.Structure):
  _fields_ = [("customers", c_int64), ("orders", c_int64),
              ("barcodes", c_int64)]


class CustomerTicketsStruct(ctypes.Structure):
  _fields_ = [("customer_id", c_int32), ("ticket_count", c_int64)]


# ---- Options and what is told (c/store.h, c/stats.h, c/logger.h, -------------
# ---- c/verify.h, c/change_log.h) ---------------------------------------------


class OptionKey(enum.IntEnum):
  """Of orderstore_option_key."""

  MEMORY_BYTES_MAX = 1
  HUGE_PAGES = 2
  DURABILITY = 3
  ASYNC_DELAY_MAX_US = 4
  ASYNC_BYTES_MAX = 5
  SEGMENT_BYTES = 6
  SNAPSHOT_INTERVAL_S = 7
  SNAPSHOT_LOG_BYTES = 8
  SNAPSHOTS_KEPT = 9
  SNAPSHOT_COMPRESSION = 10
  LOGGER = 11
  SLOW_TRANSACTION_US = 12
  SLOW_SYNC_US = 13


class OptionStruct(ctypes.Structure):
  _fields_ = [("key", c_int32), ("value", c_int64)]


class OpenReportStruct(ctypes.Structure):
  _fields_ = [("lsn", c_uint64), ("counts", CountsStruct),
              ("snapshot_lsn", c_uint64), ("snapshot_time_us", c_int64),
              ("bad_snapshots", c_int64), ("replayed", c_int64),
              ("torn_bytes", c_int64), ("unfinished_bytes", c_int64),
              ("removed_files", c_int64), ("snapshot_seconds", c_double),
              ("replay_seconds", c_double), ("total_seconds", c_double),
              ("created", c_uint8), ("closed_cleanly", c_uint8),
              ("has_snapshot_time", c_uint8)]


class TableMemoryStruct(ctypes.Structure):
  _fields_ = [("row_bytes", c_int64), ("id_directory_bytes", c_int64),
              ("hash_index_bytes", c_int64), ("child_index_bytes", c_int64)]


class SyncTimesStruct(ctypes.Structure):
  _fields_ = [("counts", c_int64 * 20), ("sum_us", c_int64)]


class StatsStruct(ctypes.Structure):
  _fields_ = [("lsn", c_uint64), ("counts", CountsStruct),
              ("customers", TableMemoryStruct), ("orders", TableMemoryStruct),
              ("barcodes", TableMemoryStruct), ("long_text_bytes", c_int64),
              ("unassigned_index_bytes", c_int64), ("ranking_bytes", c_int64),
              ("version_bytes", c_int64), ("memory_bytes", c_int64),
              ("memory_bytes_max", c_int64), ("durable_lsn", c_uint64),
              ("unsynced_transactions", c_int64), ("unsynced_bytes", c_int64),
              ("unsynced_age_us", c_int64), ("log_bytes", c_int64),
              ("sync_times", SyncTimesStruct), ("snapshot_lsn", c_uint64),
              ("snapshot_age_us", c_int64), ("snapshot_duration_us", c_int64),
              ("versions", c_int64), ("read_views_open", c_int64),
              ("oldest_read_view_lsn", c_uint64),
              ("oldest_read_view_lag_us", c_int64), ("has_log", c_uint8),
              ("has_snapshot_age", c_uint8),
              ("has_snapshot_duration", c_uint8),
              ("snapshot_being_written", c_uint8)]


class NoticeStruct(ctypes.Structure):
  _fields_ = [("severity", c_int32), ("kind", c_int32), ("message", c_char_p)]


NoticeFunction = ctypes.CFUNCTYPE(None, c_void_p, POINTER(NoticeStruct))


class LoggerStruct(ctypes.Structure):
  _fields_ = [("function", NoticeFunction), ("context", c_void_p)]


class FindingStruct(ctypes.Structure):
  _fields_ = [("kind", c_int32), ("file", c_char_p), ("what", c_char_p),
              ("offset", c_int64), ("first_lsn", c_uint64),
              ("last_lsn", c_uint64)]


FindingFunction = ctypes.CFUNCTYPE(None, c_void_p, POINTER(FindingStruct))


class VerifyReportStruct(ctypes.Structure):
  _fields_ = [("problems", c_int64), ("warnings", c_int64),
              ("open_lsn", c_uint64), ("provable_lsn", c_uint64),
              ("newest_lsn", c_uint64), ("torn_bytes", c_int64),
              ("unfinished_bytes", c_int64), ("opens", c_uint8),
              ("has_provable_lsn", c_uint8), ("store_uuid", c_char * 38)]


class SalvageReportStruct(ctypes.Structure):
  _fields_ = [("lsn", c_uint64), ("counts", CountsStruct),
              ("snapshot_lsn", c_uint64), ("newest_lsn", c_uint64),
              ("problems", c_int64), ("is_whole", c_uint8),
              ("store_uuid", c_char * 38), ("new_store_uuid", c_char * 38)]


class ChangeStruct(ctypes.Structure):
  _fields_ = [("kind", c_int32), ("id", c_int32), ("customer_id", c_int32),
              ("order_id", c_int32), ("email", Text), ("name", Text),
              ("value", Text), ("created_at_us", c_int64),
              ("updated_at_us", c_int64), ("is_used", c_uint8),
              ("has_text", c_uint8)]


class LoggedTxnStruct(ctypes.Structure):
  _fields_ = [("lsn", c_uint64), ("changes", POINTER(ChangeStruct)),
              ("change_count", c_size_t), ("time_us", c_int64),
              ("has_time", c_uint8)]


# ---- Functions --------------------------------------------------------------

# What they return, and take. Handles are addresses. Not here: what the module
# does by other means, orderstore_text_of and orderstore_txn_abort.
_CODE = c_int32
_HANDLE = c_void_p
_TO_HANDLE = POINTER(c_void_p)
_TO_ID = POINTER(c_int32)
_TO_LSN = POINTER(c_uint64)
_TO_COUNT = POINTER(c_size_t)
_TO_STRING = POINTER(c_char_p)
_OPTIONS = (POINTER(OptionStruct), c_size_t)
_CUSTOMERS = POINTER(CustomerStruct)
_ORDERS = POINTER(OrderStruct)
_BARCODES = POINTER(BarcodeStruct)
_TEXTS = POINTER(GivenText)
_IDS = POINTER(c_int32)

FUNCTIONS: dict[str, tuple[Any, ...]] = {
    # c/code.h
    "orderstore_code_name": (c_char_p, c_int32),
    "orderstore_last_message": (c_char_p,),
    "orderstore_version": (c_char_p,),
    # c/store.h
    "orderstore_open": (_CODE, c_char_p, *_OPTIONS, _TO_HANDLE),
    "orderstore_open_read_only": (_CODE, c_char_p, *_OPTIONS, _TO_HANDLE),
    "orderstore_open_as_of":
        (_CODE, c_char_p, c_uint64, *_OPTIONS, _TO_HANDLE),
    "orderstore_open_snapshot": (_CODE, c_char_p, *_OPTIONS, _TO_HANDLE),
    "orderstore_open_in_memory": (_CODE, *_OPTIONS, _TO_HANDLE),
    "orderstore_close": (_CODE, _HANDLE),
    "orderstore_destroy": (_CODE, _HANDLE),
    "orderstore_get_open_report":
        (_CODE, _HANDLE, POINTER(OpenReportStruct), c_size_t),
    "orderstore_get_bad_snapshot": (_CODE, _HANDLE, c_size_t, _TO_STRING),
    "orderstore_get_schema_revision": (_CODE, _HANDLE, POINTER(c_uint32)),
    "orderstore_migrate":
        (_CODE, c_char_p, c_uint32, *_OPTIONS, POINTER(c_uint32)),
    # c/transaction.h
    "orderstore_begin": (_CODE, _HANDLE, c_int64, _TO_HANDLE),
    "orderstore_txn_commit": (_CODE, _HANDLE, c_int32, _TO_LSN),
    "orderstore_txn_destroy": (None, _HANDLE),
    "orderstore_insert_customer":
        (_CODE, _HANDLE, POINTER(NewCustomerStruct), _TO_ID),
    "orderstore_find_or_create_customer":
        (_CODE, _HANDLE, GivenText, GivenText, _TO_ID),
    "orderstore_update_customer":
        (_CODE, _HANDLE, c_int32, POINTER(CustomerUpdateStruct)),
    "orderstore_delete_customer": (_CODE, _HANDLE, c_int32),
    "orderstore_insert_order":
        (_CODE, _HANDLE, POINTER(NewOrderStruct), _TO_ID),
    "orderstore_update_order":
        (_CODE, _HANDLE, c_int32, POINTER(OrderUpdateStruct)),
    "orderstore_delete_order": (_CODE, _HANDLE, c_int32),
    "orderstore_insert_barcode":
        (_CODE, _HANDLE, POINTER(NewBarcodeStruct), _TO_ID),
    "orderstore_insert_barcode_values":
        (_CODE, _HANDLE, c_int32, _TEXTS, c_size_t, _IDS),
    "orderstore_update_barcode":
        (_CODE, _HANDLE, c_int32, POINTER(BarcodeUpdateStruct)),
    "orderstore_delete_barcode": (_CODE, _HANDLE, c_int32),
    "orderstore_insert_customers":
        (_CODE, _HANDLE, POINTER(NewCustomerStruct), c_size_t, _IDS),
    "orderstore_insert_orders":
        (_CODE, _HANDLE, POINTER(NewOrderStruct), c_size_t, _IDS),
    "orderstore_insert_barcodes":
        (_CODE, _HANDLE, POINTER(NewBarcodeStruct), c_size_t, _IDS),
    "orderstore_assign_barcodes":
        (_CODE, _HANDLE, c_int32, c_size_t, _BARCODES),
    "orderstore_assign_barcode": (_CODE, _HANDLE, GivenText, c_int32),
    "orderstore_redeem": (_CODE, _HANDLE, GivenText),
    "orderstore_unredeem": (_CODE, _HANDLE, GivenText),
    # c/reader.h
    "orderstore_view_open": (_CODE, _HANDLE, c_int32, _TO_HANDLE),
    "orderstore_view_open_at_least":
        (_CODE, _HANDLE, c_uint64, c_int64, _TO_HANDLE),
    "orderstore_view_destroy": (None, _HANDLE),
    "orderstore_view_reader": (_HANDLE, _HANDLE),
    "orderstore_txn_reader": (_HANDLE, _HANDLE),
    "orderstore_get_lsn": (_CODE, _HANDLE, _TO_LSN),
    "orderstore_find_customer": (_CODE, _HANDLE, c_int32, _CUSTOMERS),
    "orderstore_find_customer_by_email":
        (_CODE, _HANDLE, GivenText, _CUSTOMERS),
    "orderstore_find_order": (_CODE, _HANDLE, c_int32, _ORDERS),
    "orderstore_find_barcode": (_CODE, _HANDLE, c_int32, _BARCODES),
    "orderstore_find_barcode_by_value": (_CODE, _HANDLE, GivenText, _BARCODES),
    "orderstore_find_customers": (_CODE, _HANDLE, _IDS, c_size_t, _CUSTOMERS),
    "orderstore_find_customers_by_email":
        (_CODE, _HANDLE, _TEXTS, c_size_t, _CUSTOMERS),
    "orderstore_find_orders": (_CODE, _HANDLE, _IDS, c_size_t, _ORDERS),
    "orderstore_find_barcodes": (_CODE, _HANDLE, _IDS, c_size_t, _BARCODES),
    "orderstore_find_barcodes_by_value":
        (_CODE, _HANDLE, _TEXTS, c_size_t, _BARCODES),
    "orderstore_orders_of":
        (_CODE, _HANDLE, c_int32, _ORDERS, c_size_t, _TO_COUNT),
    "orderstore_barcodes_of":
        (_CODE, _HANDLE, c_int32, c_int32, _BARCODES, c_size_t, _TO_COUNT),
    "orderstore_read_customers":
        (_CODE, _HANDLE, c_int32, _CUSTOMERS, c_size_t, _TO_COUNT),
    "orderstore_read_orders":
        (_CODE, _HANDLE, c_int32, _ORDERS, c_size_t, _TO_COUNT),
    "orderstore_read_barcodes":
        (_CODE, _HANDLE, c_int32, _BARCODES, c_size_t, _TO_COUNT),
    "orderstore_read_unassigned_barcodes":
        (_CODE, _HANDLE, c_int32, _BARCODES, c_size_t, _TO_COUNT),
    "orderstore_get_counts": (_CODE, _HANDLE, POINTER(CountsStruct)),
    "orderstore_get_digests": (_CODE, _HANDLE, POINTER(DigestsStruct)),
    "orderstore_get_next_ids": (_CODE, _HANDLE, POINTER(NextIdsStruct)),
    "orderstore_get_ticket_count":
        (_CODE, _HANDLE, c_int32, POINTER(c_int64)),
    "orderstore_top_customers":
        (_CODE, _HANDLE, c_size_t, POINTER(CustomerTicketsStruct), _TO_COUNT),
    # c/durability.h
    "orderstore_get_durable_lsn": (_CODE, _HANDLE, _TO_LSN),
    "orderstore_log_status": (_CODE, _HANDLE),
    "orderstore_wait_durable": (_CODE, _HANDLE, c_uint64, c_int64),
    "orderstore_sync": (_CODE, _HANDLE, _TO_LSN),
    "orderstore_write_snapshot": (_CODE, _HANDLE, _TO_LSN),
    "orderstore_snapshot_status": (_CODE, _HANDLE),
    "orderstore_cancel_create": (_CODE, _TO_HANDLE),
    "orderstore_cancel_request": (None, _HANDLE),
    "orderstore_cancel_destroy": (None, _HANDLE),
    "orderstore_backup": (_CODE, _HANDLE, c_char_p, _HANDLE, _TO_LSN),
    # c/stats.h
    "orderstore_get_stats": (_CODE, _HANDLE, POINTER(StatsStruct), c_size_t),
    "orderstore_prometheus_text":
        (_CODE, _HANDLE, c_char_p, POINTER(c_char), c_size_t, _TO_COUNT),
    "orderstore_check": (_CODE, _HANDLE, c_int64),
    # c/verify.h
    "orderstore_verify":
        (_CODE, c_char_p, c_int32, FindingFunction, c_void_p,
         POINTER(VerifyReportStruct), c_size_t),
    "orderstore_salvage":
        (_CODE, c_char_p, c_char_p, _HANDLE, FindingFunction, c_void_p,
         POINTER(SalvageReportStruct), c_size_t),
    # c/change_log.h
    "orderstore_log_open": (_CODE, c_char_p, c_uint64, _TO_HANDLE),
    "orderstore_log_open_oldest": (_CODE, c_char_p, _TO_HANDLE),
    "orderstore_log_next": (_CODE, _HANDLE, POINTER(LoggedTxnStruct)),
    "orderstore_log_get_lsn": (_CODE, _HANDLE, _TO_LSN),
    "orderstore_log_get_store_uuid": (_CODE, _HANDLE, _TO_STRING),
    "orderstore_log_destroy": (None, _HANDLE),
}

# ---- The library ------------------------------------------------------------


def _load() -> Any:
  name = os.environ.get("ORDERSTORE_LIBRARY") or SONAME
  advice = (f"install version {VERSION} of the library, on Debian the package "
            f"{SONAME.replace('.so.', '')}, or name its file in the "
            f"environment variable ORDERSTORE_LIBRARY, such as "
            f"PREFIX/lib/x86_64-linux-gnu/{SONAME}")
  try:
    loaded = ctypes.CDLL(name)
  except OSError as error:
    raise ImportError(f"the library of orderstore cannot be loaded: {error}; "
                      f"{advice}") from None
  try:
    loaded.orderstore_version.restype = c_char_p
    version = loaded.orderstore_version().decode()
    if version.split(".")[:2] != VERSION.split(".")[:2]:
      raise ImportError(f"{name} is version {version} of the library of "
                        f"orderstore, and this module is for {VERSION}; "
                        f"{advice}")
    for function, (result, *arguments) in FUNCTIONS.items():
      declared = getattr(loaded, function)
      declared.restype = result
      declared.argtypes = arguments
  except AttributeError as error:
    raise ImportError(f"{name} is no library of orderstore, or an older one "
                      f"than this module is for: {error}; {advice}") from error
  return loaded


library: Any = _load()


# ---- How calls end ----------------------------------------------------------


def failure(code: int) -> OrderstoreError:
  """The error that the last call on this thread ended with."""
  # It has a text, unless the collector of garbage has closed a store since.
  message = library.orderstore_last_message().decode("utf-8", "replace")
  return error_of(code, message or
                  f"{library.orderstore_code_name(code).decode()}, and the "
                  f"library's message about it is lost")


def check(code: int) -> None:
  """Raises the error that the last call on this thread ended with, if any."""
  if code != Code.OK:
    raise failure(code)

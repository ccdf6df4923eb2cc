"""Everything that can be asked of a state of the store, of a view and of a
transaction in the same words."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterable, Iterator
from operator import index
from typing import Any, TypeVar

from orderstore._library import (BarcodeStruct, CountsStruct, CustomerStruct,
                                 CustomerTicketsStruct, DigestsStruct,
                                 NextIdsStruct, OrderStruct, check, library)
from orderstore.arguments import (ID_MAX, count_number, given, given_all,
                                  key_id, key_ids)
from orderstore.errors import Code
from orderstore.handles import OneOfItsKind, PartHandle
from orderstore.rows import (Barcode, Counts, Customer, CustomerTickets,
                             Digests, NextIds, Order, barcode_of, counts_of,
                             customer_of, digests_of, next_ids_of, order_of,
                             tickets_of)

_Row = TypeVar("_Row", Customer, Order, Barcode)

# A scan asks for so many rows at a time: few at first, for who wants the first
# ones only.
_PAGE_ROWS_MIN = 32
_PAGE_ROWS_MAX = 2048
# So many rows of a parent are asked for without knowing how many there are.
_CHILDREN = 16
# The store has so many customers with most tickets at hand.
_TOP_AT_HAND = 100


class Reader(OneOfItsKind):
  """What views and transactions answer.

  A row that does not exist is an answer, not an error: None, or an empty list.
  So is one whose id is no id, as 0 or 2**40.

  Every method raises FailedPrecondition if the view or its store is closed, or
  the transaction has ended, is another thread's, or can only abort.

  A lookup from Python takes some microseconds, many times what the store takes
  for it, most of them to make the row; of many keys at once each takes less.
  """

  def __init__(self, handle: PartHandle,
               reader_of: Callable[[int], int]) -> None:
    self._handle = handle
    with handle.lock:
      # Lives as long as the handle's address.
      self._reader = reader_of(handle.address())

  def __del__(self) -> None:
    # Ctrl-C may have come before it had any.
    handle = self.__dict__.get("_handle")
    if handle is not None:
      handle.close_unused()

  @property
  def lsn(self) -> int:
    """The LSN of the commit whose state is read."""
    lsn = ctypes.c_uint64()
    self._ask(library.orderstore_get_lsn, ctypes.byref(lsn))
    return lsn.value

  # ---- One row ----

  def find_customer(self, id: int) -> Customer | None:
    """The customer with this id."""
    return self._find(library.orderstore_find_customer, key_id(id),
                      CustomerStruct, customer_of)

  def find_customer_by_email(self, email: str) -> Customer | None:
    """The customer with this email, compared byte by byte."""
    return self._find(library.orderstore_find_customer_by_email, given(email),
                      CustomerStruct, customer_of)

  def find_order(self, id: int) -> Order | None:
    """The order with this id."""
    return self._find(library.orderstore_find_order, key_id(id), OrderStruct,
                      order_of)

  def find_barcode(self, id: int) -> Barcode | None:
    """The barcode with this id."""
    return self._find(library.orderstore_find_barcode, key_id(id),
                      BarcodeStruct, barcode_of)

  def find_barcode_by_value(self, value: str) -> Barcode | None:
    """The barcode with this value; `00123` is not `123`."""
    return self._find(library.orderstore_find_barcode_by_value, given(value),
                      BarcodeStruct, barcode_of)

  # ---- Many rows at once: an answer for each key, in their order ----

  def find_customers(self, ids: Iterable[int]) -> list[Customer | None]:
    """The customers with these ids."""
    return self._find_all(library.orderstore_find_customers, key_ids(ids),
                          CustomerStruct, customer_of)

  def find_customers_by_email(self, emails: Iterable[str]
                              ) -> list[Customer | None]:
    """The customers with these emails."""
    return self._find_all(library.orderstore_find_customers_by_email,
                          given_all(emails), CustomerStruct, customer_of)

  def find_orders(self, ids: Iterable[int]) -> list[Order | None]:
    """The orders with these ids."""
    return self._find_all(library.orderstore_find_orders, key_ids(ids),
                          OrderStruct, order_of)

  def find_barcodes(self, ids: Iterable[int]) -> list[Barcode | None]:
    """The barcodes with these ids."""
    return self._find_all(library.orderstore_find_barcodes, key_ids(ids),
                          BarcodeStruct, barcode_of)

  def find_barcodes_by_value(self, values: Iterable[str]
                             ) -> list[Barcode | None]:
    """The barcodes with these values."""
    return self._find_all(library.orderstore_find_barcodes_by_value,
                          given_all(values), BarcodeStruct, barcode_of)

  # ---- Rows of a parent, in id order; none if there is no such parent ----

  def orders_of(self, customer_id: int) -> list[Order]:
    """The orders of a customer."""
    return self._read_children(library.orderstore_orders_of,
                               (key_id(customer_id),), OrderStruct, order_of)

  def barcodes_of(self, order_id: int, *, used: bool | None = None
                  ) -> list[Barcode]:
    """The barcodes of an order: all, or with True the used ones, with False
    the unused ones."""
    # Of orderstore_barcode_filter.
    chosen = 0 if used is None else 1 if used else 2
    return self._read_children(library.orderstore_barcodes_of,
                               (key_id(order_id), chosen), BarcodeStruct,
                               barcode_of)

  # ---- Scans, in id order ----
  # They read some thousand rows at a time. One that is broken off goes on after
  # the last row's id, in this reader or in a later one.

  def customers(self, after: int = 0) -> Iterator[Customer]:
    """The customers with a greater id than `after`."""
    return self._scan(library.orderstore_read_customers, index(after),
                      CustomerStruct, customer_of)

  def orders(self, after: int = 0) -> Iterator[Order]:
    """The orders with a greater id than `after`."""
    return self._scan(library.orderstore_read_orders, index(after),
                      OrderStruct, order_of)

  def barcodes(self, after: int = 0) -> Iterator[Barcode]:
    """The barcodes with a greater id than `after`."""
    return self._scan(library.orderstore_read_barcodes, index(after),
                      BarcodeStruct, barcode_of)

  def unassigned_barcodes(self, after: int = 0) -> Iterator[Barcode]:
    """Of these, only those without an order; passes over the others by an
    index."""
    return self._scan(library.orderstore_read_unassigned_barcodes,
                      index(after), BarcodeStruct, barcode_of)

  # ---- Analytics: part of the state ----

  def counts(self) -> Counts:
    """How many rows there are. O(1)."""
    counts = CountsStruct()
    self._ask(library.orderstore_get_counts, ctypes.byref(counts))
    return counts_of(counts)

  def digests(self) -> Digests:
    """A checksum of each table. O(1)."""
    digests = DigestsStruct()
    self._ask(library.orderstore_get_digests, ctypes.byref(digests))
    return digests_of(digests)

  def next_ids(self) -> NextIds:
    """What each table's sequence gives next. O(1)."""
    next_ids = NextIdsStruct()
    self._ask(library.orderstore_get_next_ids, ctypes.byref(next_ids))
    return next_ids_of(next_ids)

  def ticket_count(self, customer_id: int) -> int | None:
    """The number of barcodes on the customer's orders; None: there is no such
    customer. O(1)."""
    count = ctypes.c_int64()
    key = key_id(customer_id)
    with self._handle.lock:
      self._handle.address()
      code = library.orderstore_get_ticket_count(self._reader, key,
                                                 ctypes.byref(count))
      if code == Code.NOT_FOUND:
        return None
      check(code)
      return count.value

  def top_customers(self, k: int) -> list[CustomerTickets]:
    """The k customers with the most tickets, most first, among equals the lower
    id first; customers without tickets are never in it. O(k) for k <= 100, else
    one pass over the customers."""
    most = count_number(k)
    if most > _TOP_AT_HAND:
      most = min(most, self.counts().customers)
    lines = (CustomerTicketsStruct * most)()
    count = ctypes.c_size_t()
    self._ask(library.orderstore_top_customers, most, lines,
              ctypes.byref(count))
    return [tickets_of(line) for line in lines[:count.value]]

  # ---- How it is asked ----
  # Rows are copied before another thread can close what gave them.

  def _ask(self, question: Callable[..., int], *arguments: Any) -> None:
    with self._handle.lock:
      self._handle.address()
      check(question(self._reader, *arguments))

  def _find(self, question: Callable[..., int], key: Any, struct: Any,
            copy: Callable[[Any], _Row]) -> _Row | None:
    row = struct()
    with self._handle.lock:
      self._handle.address()
      code = question(self._reader, key, ctypes.byref(row))
      if code == Code.NOT_FOUND:
        return None
      check(code)
      return copy(row)

  def _find_all(self, question: Callable[..., int], keys: Any, struct: Any,
                copy: Callable[[Any], _Row]) -> list[_Row | None]:
    rows = (struct * len(keys))()
    with self._handle.lock:
      self._handle.address()
      check(question(self._reader, keys, len(keys), rows))
      return [copy(row) if row.id else None for row in rows]

  def _read_children(self, question: Callable[..., int],
                     keys: tuple[int, ...], struct: Any,
                     copy: Callable[[Any], _Row]) -> list[_Row]:
    capacity = _CHILDREN
    count = ctypes.c_size_t()
    with self._handle.lock:
      self._handle.address()
      while True:
        rows = (struct * capacity)()
        code = question(self._reader, *keys, rows, capacity,
                        ctypes.byref(count))
        if code != Code.OUT_OF_RANGE:
          check(code)
          return [copy(row) for row in rows[:count.value]]
        capacity = count.value

  def _scan(self, question: Callable[..., int], after: int, struct: Any,
            copy: Callable[[Any], _Row]) -> Iterator[_Row]:
    last = min(max(after, 0), ID_MAX)
    capacity = _PAGE_ROWS_MIN
    count = ctypes.c_size_t()
    while True:
      rows = (struct * capacity)()
      with self._handle.lock:
        self._handle.address()
        check(question(self._reader, last, rows, capacity,
                       ctypes.byref(count)))
        page = [copy(row) for row in rows[:count.value]]
      yield from page
      if len(page) < capacity:
        return
      last = page[-1].id
      capacity = min(2 * capacity, _PAGE_ROWS_MAX)

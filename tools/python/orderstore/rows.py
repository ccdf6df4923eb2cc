"""The rows of the three tables, and what is computed from them. All are frozen:
copies of what the store had, which outlive the view that gave them.

Times are microseconds since 1970 in UTC in the attributes whose names end in
_us, and datetimes in UTC in those without. The store has times of the years
4714 BC to 294247, as PostgreSQL has; Python's datetime those of the years 1 to
9999. A row with another time is a row like others; only to ask for its datetime
raises OverflowError.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from datetime import datetime

from orderstore._library import (BarcodeStruct, CountsStruct, CustomerStruct,
                                 CustomerTicketsStruct, DigestsStruct,
                                 NextIdsStruct, OrderStruct, Text)
from orderstore.arguments import Time, datetime_of

# ---- Rows, as read ----------------------------------------------------------


class _Timed:
  __slots__ = ()

  created_at_us: int
  updated_at_us: int

  @property
  def created_at(self) -> datetime:
    """In UTC. OverflowError: not of the years 1 to 9999."""
    return datetime_of(self.created_at_us)

  @property
  def updated_at(self) -> datetime:
    """In UTC. OverflowError: not of the years 1 to 9999."""
    return datetime_of(self.updated_at_us)


@dataclass(frozen=True, slots=True)
class Customer(_Timed):
  """A row of `customers`."""

  id: int
  email: str
  name: str
  created_at_us: int
  updated_at_us: int


@dataclass(frozen=True, slots=True)
class Order(_Timed):
  """A row of `orders`."""

  id: int
  customer_id: int
  created_at_us: int
  updated_at_us: int


@dataclass(frozen=True, slots=True)
class Barcode(_Timed):
  """A row of `barcodes`; order_id None: it is unassigned, not sold yet;
  is_used: it was redeemed."""

  id: int
  value: str
  order_id: int | None
  is_used: bool
  created_at_us: int
  updated_at_us: int


# ---- Rows, as written -------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NewCustomer:
  """A customer to insert. Without an id, its table's sequence gives one; a
  given id moves the sequence past it. Without a time, it gets the
  transaction's."""

  email: str
  name: str = ""
  id: int | None = None
  created_at: Time | None = None
  updated_at: Time | None = None


@dataclass(frozen=True, slots=True)
class NewOrder:
  """An order to insert; id and times as a customer's."""

  customer_id: int
  id: int | None = None
  created_at: Time | None = None
  updated_at: Time | None = None


@dataclass(frozen=True, slots=True)
class NewBarcode:
  """A barcode to insert, on an order or, with None, on none; id and times as a
  customer's."""

  value: str
  order_id: int | None = None
  is_used: bool = False
  id: int | None = None
  created_at: Time | None = None
  updated_at: Time | None = None


# ---- Analytics --------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Counts:
  """How many rows there are; unassigned barcodes are on no order, unused ones
  are not redeemed."""

  customers: int
  orders: int
  barcodes: int
  unassigned_barcodes: int
  unused_barcodes: int


@dataclass(frozen=True, slots=True)
class Digests:
  """A checksum of the rows of each table, whatever their order: stores with
  equal rows have equal ones, different rows do by accident once in 2**64
  times."""

  customers: int
  orders: int
  barcodes: int


@dataclass(frozen=True, slots=True)
class NextIds:
  """The id that each table's sequence gives next; 2147483648 if it has given
  its last."""

  customers: int
  orders: int
  barcodes: int


@dataclass(frozen=True, slots=True)
class CustomerTickets:
  """A customer, and how many barcodes are on its orders."""

  customer_id: int
  ticket_count: int


# ---- From the library -------------------------------------------------------


def text_of(text: Text) -> str:
  """A copy, while what gave it lives."""
  return ctypes.string_at(text.data, text.size).decode()


def customer_of(row: CustomerStruct) -> Customer:
  return Customer(row.id, text_of(row.email), text_of(row.name),
                  row.created_at_us, row.updated_at_us)


def order_of(row: OrderStruct) -> Order:
  return Order(row.id, row.customer_id, row.created_at_us, row.updated_at_us)


def barcode_of(row: BarcodeStruct) -> Barcode:
  return Barcode(row.id, text_of(row.value), row.order_id or None,
                 row.is_used != 0, row.created_at_us, row.updated_at_us)


def counts_of(counts: CountsStruct) -> Counts:
  return Counts(counts.customers, counts.orders, counts.barcodes,
                counts.unassigned_barcodes, counts.unused_barcodes)


def digests_of(digests: DigestsStruct) -> Digests:
  return Digests(digests.customers, digests.orders, digests.barcodes)


def next_ids_of(next_ids: NextIdsStruct) -> NextIds:
  return NextIds(next_ids.customers, next_ids.orders, next_ids.barcodes)


def tickets_of(line: CustomerTicketsStruct) -> CustomerTickets:
  return CustomerTickets(line.customer_id, line.ticket_count)

"""A serializable read-write unit: all of it commits or nothing does."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable, Iterable
from enum import Enum
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Literal

from orderstore._library import (BarcodeStruct, BarcodeUpdateStruct,
                                 CustomerUpdateStruct, NewBarcodeStruct,
                                 NewCustomerStruct, NewOrderStruct,
                                 OrderUpdateStruct, check, library)
from orderstore.arguments import (Durability, Time, count_number,
                                  durability_number, given, given_all,
                                  optional_id, optional_time, row_id)
from orderstore.errors import FailedPrecondition
from orderstore.handles import PartHandle
from orderstore.reader import Reader
from orderstore.rows import (Barcode, NewBarcode, NewCustomer, NewOrder,
                             barcode_of)

if TYPE_CHECKING:
  from orderstore.store import Store


class _Unchanged(Enum):
  """What an update leaves as it is, where None is a value."""

  UNCHANGED = "unchanged"

  def __repr__(self) -> str:
    return self.name


UNCHANGED: Final = _Unchanged.UNCHANGED


class Transaction(Reader):
  """A transaction, begun by Store.transaction():

    with store.transaction() as txn:
      customer = txn.find_or_create_customer("ann@example.com", "Ann")
      order = txn.insert_order(customer)
      tickets = txn.assign_barcodes(order, 3)

  The block commits at its end; if it ends by an exception it aborts, and the
  exception goes on. In a store that syncs it goes on once the state that the
  transaction began on is durable: what it tells of, no crash takes back.

  Transactions of a store run one at a time, in commit order, and are never
  aborted by a conflict. A transaction reads the latest state and its own
  writes, by the methods of Reader. Views see none of it before the commit, all
  of it after. One that nobody has anymore is aborted.

  A statement (a method below) that raises has changed nothing, and the
  transaction can go on; but for OutOfMemory and Internal, after which it can
  only abort. Every statement raises:

    FailedPrecondition  the transaction has ended, is another thread's, or can
                        only abort
    InvalidArgument     bad text (over 255 characters, half a surrogate pair,
                        NUL, an empty email or barcode), no id, a time out of
                        range or without a time zone
    ResourceExhausted   the store may take no more memory (inserts, updates), or
                        no id is left (inserts)

  besides what it names. Threads: it belongs to the thread that began it. Only
  abort() may be called from any; a block that another thread aborted raises
  FailedPrecondition at its end.
  """

  def __init__(self, store: Store, handle: PartHandle,
               durability: Durability | None) -> None:
    """By Store.transaction()."""
    super().__init__(handle, library.orderstore_txn_reader)
    self._store = store  # is not collected before its transactions
    self._durability = durability
    self._owner = threading.get_ident()
    self._was_ended = False  # by who has it; not by another thread
    self._lsn = super().lsn

  def __enter__(self) -> Transaction:
    return self

  def __exit__(self, kind: type[BaseException] | None,
               error: BaseException | None,
               traceback: TracebackType | None) -> None:
    if self._was_ended:
      return
    if error is None:
      self.commit()
      return
    self.abort()
    if isinstance(error, Exception):
      self._store._wait_as_opened(self._lsn)

  @property
  def lsn(self) -> int:
    """Once it has committed, the LSN that it got, or the latest one if it
    changed nothing; before, that of the commit that it began on."""
    return self._lsn

  # ---- Ending ----

  def commit(self, durability: Durability | None = None) -> int:
    """Ends the transaction and returns its LSN. With "sync" it returns once the
    transaction is durable; with "async" at once; None is as it was begun.
    O(rows changed).

    Errors after which nothing of it holds, now or later:
      FailedPrecondition  it had ended before, or could only abort, which it did
                          now; or it is another thread's, and is still open
      ResourceExhausted   the disk is full, or a limit of the process on open
                          files or their sizes is reached; later commits succeed
                          when there is room
      PermissionDenied    the log needs a new file, and the folder takes none;
                          later commits succeed when it does
      Unavailable         the log has failed, and the store has to be opened
                          anew; or it cannot grow: store.log_error() tells which
      OutOfMemory, Internal
    And after which nobody knows whether all or nothing of it holds:
      Unknown             the log failed while it was written, and the store has
                          to be opened anew to know; or there was no memory to
                          wait for the disk, and store.sync() makes it durable
    """
    number = durability_number(
        self._durability if durability is None else durability)
    lsn = ctypes.c_uint64()
    with self._handle.lock:
      address = self._handle.address()
      if threading.get_ident() != self._owner:
        raise FailedPrecondition("the transaction belongs to the thread that "
                                 "began it; it is still open")
      code = library.orderstore_txn_commit(address, number, ctypes.byref(lsn))
      self._was_ended = True
      # Destroying leaves the message alone.
      self._handle.end()
      check(code)
    self._lsn = lsn.value
    return self._lsn

  def abort(self) -> None:
    """Ends the transaction and undoes it; does nothing if it has ended. O(rows
    changed). From any thread: waits for a call that is under way.

    What it read may be of commits that are not durable yet, also in a store
    that syncs: whoever tells of it after this calls
    store.wait_durable(txn.lsn) first, as the end of a `with` block does."""
    if threading.get_ident() == self._owner:
      self._was_ended = True
    self._handle.close()

  # ---- Customers ----

  def insert_customer(self, email: str, name: str = "", *,
                      id: int | None = None, created_at: Time | None = None,
                      updated_at: Time | None = None) -> int:
    """Inserts a customer and returns its id: the given one, which moves the
    sequence past it, or the sequence's next. A time that is None is the
    transaction's. AlreadyExists: the id or the email is taken."""
    row = NewCustomerStruct(given(email), given(name),
                            optional_time(created_at),
                            optional_time(updated_at), optional_id(id))
    return self._insert(library.orderstore_insert_customer, ctypes.byref(row))

  def find_or_create_customer(self, email: str, name: str = "") -> int:
    """Returns the id of the customer with this email, or of a new one with this
    name; one that is there keeps its name."""
    return self._insert(library.orderstore_find_or_create_customer,
                        given(email), given(name))

  def update_customer(self, id: int, *, email: str | None = None,
                      name: str | None = None,
                      updated_at: Time | None = None) -> None:
    """Changes what is given. Without updated_at, a row that changes gets the
    transaction's time, or one microsecond past its old one when that is later;
    an update that changes no column leaves the row as it is. NotFound: no such
    customer. AlreadyExists: the email is another's."""
    update = CustomerUpdateStruct(_pointer(email, given), _pointer(name, given),
                                  optional_time(updated_at))
    self._change(library.orderstore_update_customer, row_id(id),
                 ctypes.byref(update))

  def delete_customer(self, id: int) -> None:
    """NotFound: no such customer. FailedPrecondition: it has orders."""
    self._change(library.orderstore_delete_customer, row_id(id))

  # ---- Orders ----

  def insert_order(self, customer_id: int, *, id: int | None = None,
                   created_at: Time | None = None,
                   updated_at: Time | None = None) -> int:
    """Inserts an order and returns its id; id and times as of a customer.
    NotFound: no such customer. AlreadyExists: the id is taken."""
    row = NewOrderStruct(optional_time(created_at), optional_time(updated_at),
                         optional_id(id), row_id(customer_id))
    return self._insert(library.orderstore_insert_order, ctypes.byref(row))

  def update_order(self, id: int, *, customer_id: int | None = None,
                   updated_at: Time | None = None) -> None:
    """Changes what is given, as of a customer. NotFound: no such order or
    customer. To move an order to another customer is O(barcodes of it)."""
    update = OrderUpdateStruct(_pointer(customer_id, _c_id),
                               optional_time(updated_at))
    self._change(library.orderstore_update_order, row_id(id),
                 ctypes.byref(update))

  def delete_order(self, id: int) -> None:
    """NotFound: no such order. FailedPrecondition: it has barcodes."""
    self._change(library.orderstore_delete_order, row_id(id))

  # ---- Barcodes ----

  def insert_barcode(self, value: str, order_id: int | None = None, *,
                     is_used: bool = False, id: int | None = None,
                     created_at: Time | None = None,
                     updated_at: Time | None = None) -> int:
    """Inserts a barcode, on an order or, with None, on none, and returns its
    id; id and times as of a customer. NotFound: no such order. AlreadyExists:
    the id or the value is taken."""
    row = NewBarcodeStruct(given(value), optional_time(created_at),
                           optional_time(updated_at), optional_id(id),
                           optional_id(order_id), bool(is_used))
    return self._insert(library.orderstore_insert_barcode, ctypes.byref(row))

  def insert_barcode_values(self, order_id: int,
                            values: Iterable[str]) -> list[int]:
    """Inserts unused barcodes with these values on one order, all or none, and
    returns their ids, in order. Errors as of a single one; the text names the
    first value at fault by its index from 0, as `values[3]: ...`."""
    texts = given_all(values)
    ids = (ctypes.c_int32 * len(texts))()
    self._change(library.orderstore_insert_barcode_values, row_id(order_id),
                 texts, len(texts), ids)
    return list(ids)

  def update_barcode(self, id: int, *, value: str | None = None,
                     order_id: int | None | Literal[
                         _Unchanged.UNCHANGED] = UNCHANGED,
                     is_used: bool | None = None,
                     updated_at: Time | None = None) -> None:
    """Changes what is given, as of a customer; an order_id of None makes the
    barcode unassigned. NotFound: no such barcode or order. AlreadyExists: the
    value is another's."""
    order = (None if order_id is UNCHANGED else
             ctypes.pointer(ctypes.c_int32(optional_id(order_id))))
    update = BarcodeUpdateStruct(
        _pointer(value, given), order,
        _pointer(is_used, lambda used: ctypes.c_uint8(bool(used))),
        optional_time(updated_at))
    self._change(library.orderstore_update_barcode, row_id(id),
                 ctypes.byref(update))

  def delete_barcode(self, id: int) -> None:
    """NotFound: no such barcode."""
    self._change(library.orderstore_delete_barcode, row_id(id))

  # ---- Many rows of a table at once, as for a bulk load ----

  def insert_customers(self, rows: Iterable[NewCustomer]) -> list[int]:
    """Inserts customers, all or none, and returns their ids, in order. Errors
    as of a single one; the text names the first row at fault by its index from
    0, as `rows[3]: ...`. Each row takes memory meanwhile: load in portions, as
    of 10000."""
    return self._insert_all(library.orderstore_insert_customers,
                            NewCustomerStruct, [
        (given(row.email), given(row.name), optional_time(row.created_at),
         optional_time(row.updated_at), optional_id(row.id)) for row in rows])

  def insert_orders(self, rows: Iterable[NewOrder]) -> list[int]:
    """The same for orders."""
    return self._insert_all(library.orderstore_insert_orders, NewOrderStruct, [
        (optional_time(row.created_at), optional_time(row.updated_at),
         optional_id(row.id), row_id(row.customer_id)) for row in rows])

  def insert_barcodes(self, rows: Iterable[NewBarcode]) -> list[int]:
    """The same for barcodes."""
    return self._insert_all(library.orderstore_insert_barcodes,
                            NewBarcodeStruct, [
        (given(row.value), optional_time(row.created_at),
         optional_time(row.updated_at), optional_id(row.id),
         optional_id(row.order_id), bool(row.is_used)) for row in rows])

  # ---- What this domain lives on ----

  def assign_barcodes(self, order_id: int, n: int) -> list[Barcode]:
    """Takes the n unassigned, unused barcodes with the lowest ids for the
    order, and returns them as they are now. NotFound: no such order, or fewer
    than n are left, and none is taken; to tell the two apart, look for the
    order. O(n)."""
    id, count = row_id(order_id), count_number(n)
    # More than there are fails, and needs no room.
    room = count if count <= self.counts().unassigned_barcodes else 0
    rows = (BarcodeStruct * room)()
    with self._handle.lock:
      check(library.orderstore_assign_barcodes(
          self._handle.address(), id, count, rows if room == count else None))
      return [barcode_of(row) for row in rows]

  def assign_barcode(self, value: str, order_id: int) -> None:
    """Takes this barcode for the order. NotFound: no such barcode or order.
    FailedPrecondition: it is on an order, or used."""
    self._change(library.orderstore_assign_barcode, given(value),
                 row_id(order_id))

  def redeem(self, value: str) -> None:
    """Marks a barcode used, exactly once. NotFound: no such barcode.
    FailedPrecondition: it is unassigned, or used; to tell them apart, look at
    the barcode in the same transaction, in which nobody else changes it."""
    self._change(library.orderstore_redeem, given(value))

  def unredeem(self, value: str) -> None:
    """Marks a barcode unused; one that is not used stays as it is. NotFound: no
    such barcode."""
    self._change(library.orderstore_unredeem, given(value))

  # ---- How it is done ----

  def _change(self, statement: Callable[..., int], *arguments: Any) -> None:
    with self._handle.lock:
      check(statement(self._handle.address(), *arguments))

  def _insert(self, statement: Callable[..., int], *arguments: Any) -> int:
    id = ctypes.c_int32()
    self._change(statement, *arguments, ctypes.byref(id))
    return id.value

  def _insert_all(self, statement: Callable[..., int], struct: Any,
                  rows: list[tuple[Any, ...]]) -> list[int]:
    array = (struct * len(rows))(*rows)
    ids = (ctypes.c_int32 * len(rows))()
    self._change(statement, array, len(rows), ids)
    return list(ids)


def _c_id(id: int) -> ctypes.c_int32:
  return ctypes.c_int32(row_id(id))


def _pointer(value: Any, convert: Callable[[Any], Any]) -> Any:
  """To what `convert` makes of the value; None for None."""
  return None if value is None else ctypes.pointer(convert(value))

"""A ticket service: an application of Flask whose database is an orderstore, in
the folder that TICKET_STORE names. With HERE, the folder of this file:

    TICKET_STORE=FOLDER flask --app HERE/ticket_service run
    TICKET_STORE=FOLDER gunicorn --pythonpath HERE -w 1 --threads 8 \\
      'ticket_service:create_app()'

  POST /process                imports the CSV files `orders` and `barcodes` of
                               the form, all that is good in one transaction, as
                               `orderstore import` does, and tells the results
                               as `orderstore process --json` does
  GET  /top-customers?k=5      who bought most
  GET  /unassigned-barcodes?after=0&limit=100
                               the tickets that are not sold; `after` is the
                               last id of the page before
  GET  /customers/7/orders     the orders of a customer, with their barcodes

One process opens the store to write, and its threads share it: where a server
forks workers, there is one, which opens it after the fork, so that gunicorn has
no --preload; and `flask run --debug` needs --no-reload. Flask answers a request
in one thread, so that a view or transaction of it stays in that.
"""

import csv
import io
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import flask

import orderstore

ID_MAX = 2**31 - 1
TEXT_CHARACTERS_MAX = 255
# So many rows are inserted at a time.
PORTION = 10000
LIMIT_MAX = 1000

HTTP_STATUS = {
    orderstore.InvalidArgument: 400, orderstore.NotFound: 404,
    orderstore.AlreadyExists: 409, orderstore.FailedPrecondition: 409,
    orderstore.DeadlineExceeded: 503, orderstore.Unavailable: 503,
    orderstore.ResourceExhausted: 507,
}


# ---- The calls --------------------------------------------------------------


def create_app() -> flask.Flask:
  """The application as servers start it. The end of the interpreter closes the
  store."""
  return app_of(orderstore.open(os.environ["TICKET_STORE"]))


def app_of(store: orderstore.Store) -> flask.Flask:
  """The application; whoever opened the store closes it afterwards."""
  app = flask.Flask(__name__)

  @app.post("/process")
  def process():
    files = [flask.request.files.get(name) for name in ("orders", "barcodes")]
    if None in files:
      flask.abort(400, "the form has the files `orders` and `barcodes`")
    orders, barcodes = (
        file.read().decode("utf-8-sig", "surrogateescape") for file in files)
    report = Import(orders, barcodes).run(store)
    with store.view() as view:
      return flask.jsonify(report | results(view))

  @app.get("/top-customers")
  def top_customers():
    k = number_of("k", default=5, most=LIMIT_MAX)
    with store.view() as view:
      lines = view.top_customers(k)
      customers = view.find_customers(line.customer_id for line in lines)
    return flask.jsonify([
        {"customer_id": line.customer_id, "email": customer.email,
         "name": customer.name, "ticket_count": line.ticket_count}
        for line, customer in zip(lines, customers)])

  @app.get("/unassigned-barcodes")
  def unassigned_barcodes():
    after = number_of("after", default=0, most=ID_MAX)
    limit = number_of("limit", default=100, most=LIMIT_MAX)
    with store.view() as view:
      page = [{"id": row.id, "barcode": row.value} for row, _ in zip(
          view.unassigned_barcodes(after), range(limit))]
      return flask.jsonify(unassigned=view.counts().unassigned_barcodes,
                           barcodes=page)

  @app.get("/customers/<int:customer_id>/orders")
  def orders_of(customer_id: int):
    with store.view() as view:
      if view.find_customer(customer_id) is None:
        flask.abort(404, f"there is no customer {customer_id}")
      return flask.jsonify([
          {"order_id": order.id, "created_at": order.created_at.isoformat(),
           "barcodes": [{"barcode": row.value, "is_used": row.is_used}
                        for row in view.barcodes_of(order.id)]}
          for order in view.orders_of(customer_id)])

  @app.errorhandler(BadFile)
  def bad_file(error: BadFile):
    return flask.jsonify(error=str(error)), 400

  @app.errorhandler(orderstore.OrderstoreError)
  def failed(error: orderstore.OrderstoreError):
    status = next((status for kind, status in HTTP_STATUS.items()
                   if isinstance(error, kind)), 500)
    return flask.jsonify(error=str(error)), status

  return app


def number_of(name: str, *, default: int, most: int) -> int:
  """An argument of the request."""
  text = flask.request.args.get(name, str(default))
  if not (text.isascii() and text.isdigit() and len(text) <= 10
          and int(text) <= most):
    flask.abort(400, f"{name} is a number from 0 to {most}")
  return int(text)


def results(view: orderstore.View) -> dict:
  counts = view.counts()
  return {
      "customers": counts.customers,
      "assigned_barcodes": counts.barcodes - counts.unassigned_barcodes,
      "unassigned_barcodes": counts.unassigned_barcodes,
      "top_customers": [
          {"customer_id": line.customer_id, "ticket_count": line.ticket_count}
          for line in view.top_customers(5)],
  }


# ---- The import -------------------------------------------------------------


class BadFile(Exception):
  """A file has no header, or not the columns that it needs."""


class Import:
  """The rows of two files, on their way into a store.

  Each bad row is left out alone, and counted by its reason. Of rows with the
  same order_id or barcode the first one counts. What the store has already is
  accepted if it is the same, else a conflict: so files may come again.
  """

  def __init__(self, orders: str, barcodes: str) -> None:
    self.rejects: Counter[str] = Counter()
    self.rows: Counter[str] = Counter()  # of each file
    # order_id -> customer_id, and barcode -> order_id, None for none.
    self.orders: dict[int, int] = {}
    self.barcodes: dict[str, int | None] = {}
    self.conflicting_orders: set[int] = set()
    for row in rows_of("orders", orders, ("order_id", "customer_id")):
      self.rows["orders"] += 1
      self._reject(self._take_order(row))
    for row in rows_of("barcodes", barcodes, ("barcode", "order_id")):
      self.rows["barcodes"] += 1
      self._reject(self._take_barcode(row))

  def run(self, store: orderstore.Store) -> dict:
    """Imports all that is good in one transaction, and tells how much."""
    with store.transaction() as txn:
      self._insert_orders(txn)
      self._insert_barcodes(txn)
      sold = set(self.barcodes.values())
      without = sum(1 for id in self.orders
                    if id not in sold and not txn.barcodes_of(id))
    accepted = {"orders": len(self.orders), "barcodes": len(self.barcodes)}
    return {
        **{name: {"rows": self.rows[name], "accepted": accepted[name],
                  "rejected": self.rows[name] - accepted[name]}
           for name in accepted},
        "orders_without_barcodes": without, "rejects": dict(self.rejects)}

  # ---- What can be said of a row alone, and of those before it ----
  # They return the reason to leave the row out, if there is one.

  def _take_order(self, row: Sequence[str] | None) -> str | None:
    if row is None:
      return "wrong_field_count"
    if "" in row:
      return "incomplete_order"
    order_id, customer_id = map(id_of, row)
    if order_id is None or customer_id is None:
      return "bad_id"
    if order_id in self.orders:
      return "duplicate_order"
    self.orders[order_id] = customer_id
    return None

  def _take_barcode(self, row: Sequence[str] | None) -> str | None:
    if row is None:
      return "wrong_field_count"
    barcode, order = row
    if not barcode:
      return "missing_barcode"
    order_id = id_of(order)
    if order and order_id is None:
      return "bad_id"
    if not is_text(barcode):
      return "bad_text"
    if barcode in self.barcodes:
      return "duplicate_barcode"
    self.barcodes[barcode] = order_id
    return None

  def _reject(self, reason: str | None) -> None:
    if reason:
      self.rejects[reason] += 1

  # ---- What the store has to say of them ----

  def _insert_orders(self, txn: orderstore.Transaction) -> None:
    """Leaves in `orders` those that are in the store then."""
    stored = found(txn.find_orders, self.orders)
    for order_id, order in stored.items():
      if order.customer_id != self.orders[order_id]:
        self._reject("conflict")
        self.conflicting_orders.add(order_id)
        del self.orders[order_id]
    new = [(order, customer) for order, customer in self.orders.items()
           if order not in stored]
    customers = dict.fromkeys(customer for _, customer in new)
    known = found(txn.find_customers, customers)
    for portion in portions([id for id in customers if id not in known]):
      txn.insert_customers(
          orderstore.NewCustomer(f"customer-{id}@import.invalid",
                                 f"Customer {id}", id) for id in portion)
    for portion in portions(new):
      txn.insert_orders(orderstore.NewOrder(customer, order)
                        for order, customer in portion)

  def _insert_barcodes(self, txn: orderstore.Transaction) -> None:
    """Leaves in `barcodes` those that are in the store then."""
    stored = found(txn.find_barcodes_by_value, self.barcodes)
    named = dict.fromkeys(id for id in self.barcodes.values() if id is not None)
    # Nobody knows what a row means that names an order in conflict.
    known = found(txn.find_orders, named).keys() - self.conflicting_orders
    for value, order_id in list(self.barcodes.items()):
      row = stored.get(value)
      if row and order_id in (None, row.order_id):
        continue  # unchanged; the file says nothing of one that was sold since
      if order_id is not None and order_id not in known:
        self._reject("unknown_order")
      elif row:
        self._reject("conflict")
      else:
        continue  # new
      del self.barcodes[value]
    for portion in portions([item for item in self.barcodes.items()
                             if item[0] not in stored]):
      txn.insert_barcodes(orderstore.NewBarcode(value, order_id)
                          for value, order_id in portion)


def rows_of(name: str, text: str,
            columns: Sequence[str]) -> Iterator[list[str] | None]:
  """These columns of each row; None for one that has more or fewer fields than
  the header. Blanks around fields are no part of them, blank lines no rows."""
  lines = (
      [field.strip(" \t") for field in line]
      for line in csv.reader(io.StringIO(text, newline=""),
                             skipinitialspace=True))
  try:
    lines = (line for line in lines if line not in ([], [""]))
    header = next(lines, [])
    if any(header.count(column) != 1 for column in columns):
      raise BadFile(f"{name}: the columns {','.join(columns)} are needed")
    places = [header.index(column) for column in columns]
    for line in lines:
      is_whole = len(line) == len(header)
      yield [line[place] for place in places] if is_whole else None
  except csv.Error as error:
    raise BadFile(f"{name}: {error}") from error


def id_of(text: str) -> int | None:
  """Of decimal digits only; leading zeros are allowed."""
  digits = text.lstrip("0")
  if not (digits.isascii() and digits.isdigit() and text.isascii()
          and len(digits) <= 10):
    return None
  return int(digits) if int(digits) <= ID_MAX else None


def is_text(text: str) -> bool:
  """Whether a column takes it. What was not UTF-8 has surrogates in it."""
  return (len(text) <= TEXT_CHARACTERS_MAX and "\0" not in text
          and not any("\ud800" <= character <= "\udfff" for character in text))


def portions(rows: Sequence) -> Iterator[Sequence]:
  for at in range(0, len(rows), PORTION):
    yield rows[at:at + PORTION]


def found(find, keys: Iterable) -> dict:
  """Those keys, with their rows, for which there is one."""
  rows = {}
  for portion in portions(list(keys)):
    rows.update((key, row) for key, row in zip(portion, find(portion)) if row)
  return rows

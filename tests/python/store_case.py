"""What tests of the module share: stores, and verbs."""

import contextlib
import pathlib
import subprocess
import sys
import tempfile
import threading
import unittest
from collections.abc import Callable, Iterator

import orderstore

# Small files, snapshots when asked only, and nothing flushed for its age.
SMALL = {"segment_bytes": 16 << 10, "snapshot_interval_s": 0,
         "snapshot_log_bytes": 0, "async_delay_max_us": 3600 * 10**6}


def on_another_thread(work: Callable[[], object]) -> object:
  """What it returns, or raises."""
  ended = []

  def run():
    try:
      ended.append((work(), None))
    except BaseException as error:  # pylint: disable=broad-except
      ended.append((None, error))

  thread = threading.Thread(target=run)
  thread.start()
  thread.join()
  [(result, error)] = ended
  if error is not None:
    raise error
  return result


def run_python(program: str, *arguments: str) -> subprocess.CompletedProcess:
  """Runs a program in an interpreter of its own; what crashes it shows."""
  return subprocess.run(
      [sys.executable, "-X", "dev", "-c", program, *arguments],
      capture_output=True, text=True, check=False)


class StoreCase(unittest.TestCase):
  """A store in memory, empty at first."""

  def setUp(self):
    self.store = orderstore.in_memory()
    self.addCleanup(lambda: self.store.close())

  @contextlib.contextmanager
  def raises(self, kind: type[orderstore.OrderstoreError],
             part: str = "") -> Iterator[None]:
    """This very class, with a text that has this part."""
    with self.assertRaises(orderstore.OrderstoreError) as caught:
      yield
    self.assertIs(type(caught.exception), kind, caught.exception)
    self.assertIn(part, str(caught.exception))
    self.assertNotEqual(str(caught.exception), "")

  def put(self, *values: str, **options) -> int:
    """Inserts unassigned barcodes in a transaction of its own."""
    with self.store.transaction(**options) as txn:
      for value in values:
        txn.insert_barcode(value)
    return txn.lsn

  def put_shop(self) -> None:
    """Ann (1) with orders 1 and 2, Bob (2) with order 3; barcodes A (1) to
    G (7): A, B, C on order 1, of which B is used, D on order 3."""
    with self.store.transaction() as txn:
      txn.insert_customers([orderstore.NewCustomer("ann@x", "Ann"),
                            orderstore.NewCustomer("bob@x", "Bob")])
      txn.insert_orders([orderstore.NewOrder(1), orderstore.NewOrder(1),
                         orderstore.NewOrder(2)])
      txn.insert_barcode_values(1, ["A", "B", "C"])
      txn.insert_barcode("D", 3)
      for value in "EFG":
        txn.insert_barcode(value)
      txn.redeem("B")

  def barcodes(self, store: orderstore.Store | None = None) -> list[str]:
    """The values of all that no crash takes back."""
    with (store or self.store).view() as view:
      return [row.value for row in view.barcodes()]


class FolderCase(StoreCase):
  """A store in a folder, empty at first."""

  def setUp(self):
    folder = tempfile.TemporaryDirectory()
    self.addCleanup(folder.cleanup)
    self.folder = pathlib.Path(folder.name)
    self.shop = self.folder / "shop"
    self.open()
    self.addCleanup(lambda: self.store.close())

  def open(self, **options) -> None:
    """While none is open."""
    self.store = orderstore.open(self.shop, **(SMALL | options))

  def flip_byte(self, name: str, offset: int) -> None:
    """Of a file in the store's folder."""
    path = self.shop / name
    data = bytearray(path.read_bytes())
    data[offset] ^= 1
    path.write_bytes(data)


def snapshot_file(lsn: int) -> str:
  return f"{lsn:020}.snapshot"


def segment_file(number: int) -> str:
  return f"{number:010}.log"

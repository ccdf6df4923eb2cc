"""An immutable view of the store as of one commit."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING

from orderstore._library import library
from orderstore.handles import PartHandle
from orderstore.reader import Reader

if TYPE_CHECKING:
  from orderstore.store import Store


class View(Reader):
  """A read view, opened by Store.view():

    with store.view() as view:
      ticket = view.find_barcode_by_value(scanned)
      admit = ticket is not None and ticket.order_id and not ticket.is_used

  It never waits for a writer, and no writer for it. Held for hours, it costs
  the old versions of rows that it alone can see.

  Threads: any may use it; calls from several at a time go one after the other,
  so open one for each thread: it costs some microseconds.
  """

  def __init__(self, store: Store, handle: PartHandle) -> None:
    """By Store.view()."""
    super().__init__(handle, library.orderstore_view_reader)
    self._store = store  # is not collected before its views

  def __enter__(self) -> View:
    return self

  def __exit__(self, kind: type[BaseException] | None,
               error: BaseException | None,
               traceback: TracebackType | None) -> None:
    self.close()

  def close(self) -> None:
    """Closes the view; does nothing if it is closed. Rows that it gave are
    copies, and stay."""
    self._handle.close()

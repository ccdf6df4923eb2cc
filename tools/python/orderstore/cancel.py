"""A wish that work ends early."""

from __future__ import annotations

import ctypes

from orderstore._library import check, library
from orderstore.handles import OneOfItsKind


class Cancel(OneOfItsKind):
  """Is given to Store.backup() or salvage(), and requested by another thread,
  or by a signal handler, which Python runs in its main thread:

    cancel = orderstore.Cancel()
    worker = threading.Thread(target=store.backup, args=("copy",),
                              kwargs={"cancel": cancel})
    worker.start()
    ...
    cancel.request()  # the backup raises Cancelled
  """

  def __init__(self) -> None:
    self._cancel = ctypes.c_void_p()
    self._destroy = library.orderstore_cancel_destroy
    check(library.orderstore_cancel_create(ctypes.byref(self._cancel)))

  def __del__(self) -> None:
    # Nobody has it, so no work looks at it.
    self._destroy(self._cancel)

  @property
  def address(self) -> int | None:
    """For the library, as long as this lives."""
    return self._cancel.value

  def request(self) -> None:
    """Requests it, for good. From any thread, at any time."""
    library.orderstore_cancel_request(self._cancel)

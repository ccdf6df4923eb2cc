"""Handles of the C API, in such a way that no use of a closed one reaches the
library, whoever closes it, in whatever order and thread: a mistake raises
FailedPrecondition, and does not end the process.

So that closing never takes an address from under a call, a handle's address is
asked for, and used, inside of `with handle.lock:` only:

  StoreHandle  has a lock for each thread, so that calls of several go on at the
               same time. Closing it takes the address away, and then each lock
               once: a call is either waited for, or finds no address. It knows
               its parts, and closes them before itself.
  PartHandle   of a view, a transaction or a log, has one lock for all.

The collector of garbage, and the end of the interpreter, close what nobody
closed by close_unused(), which waits for no call: the collector may run in the
middle of any of these methods.

Both are there before what they are of: the call that makes that writes its
address into their `made`. Ctrl-C, which comes through as soon as such a call
returns, then still leaves somebody to close it.

Ctrl-C comes through also where a function of Python begins, and where any call
returns. So each lock is one of C, and taken by `with`, between which and the
block nothing comes through: it is never left locked.
"""

from __future__ import annotations

import _thread
import atexit
import ctypes
import os
import threading
from collections.abc import Callable
from typing import Any, NoReturn

from orderstore._library import check, failure, library
from orderstore.errors import Code, FailedPrecondition
from orderstore.notices import Listener

_IN_ANOTHER_PROCESS = ("it was opened by the process that this one was forked "
                       "from, which alone can use it; open a store after the "
                       "fork, in the process that uses it")


class OneOfItsKind:
  """Is not copied: a copy has the same handle, and its end would be that of
  both. Nor is it pickled: no other process has what the handle is of."""

  __slots__ = ()

  def __reduce__(self) -> NoReturn:
    raise TypeError(f"a {type(self).__name__} cannot be copied or pickled")


class PartHandle:
  """The address of a view, transaction or log."""

  __slots__ = ("lock", "made", "_destroy", "_gone", "_siblings")

  def __init__(self, destroy: Callable[[int], None], gone: str,
               siblings: set[PartHandle]) -> None:
    """`gone` is what is said of a use once it is closed; `siblings` are the
    parts of the same store."""
    self.lock = threading.Lock()
    self.made = ctypes.c_void_p()  # NULL: not made yet, or destroyed
    self._destroy = destroy
    self._gone = gone
    self._siblings = siblings
    siblings.add(self)

  def address(self) -> int:
    """For whoever has the lock."""
    address = self.made.value
    if address is None:
      raise FailedPrecondition(self._gone)
    return address

  def close(self) -> None:
    """Waits for the call that is under way, if any."""
    with self.lock:
      self.end()

  def close_unused(self) -> bool:
    """Closes it unless it is locked, and tells whether it is closed. What
    nobody has is locked by a store only, which closes its parts."""
    if self.lock.locked():
      return False
    self.close()
    return True

  def end(self) -> None:
    """Destroys what the address is of; for whoever has the lock."""
    address, self.made.value = self.made.value, None
    if address is not None:
      self._destroy(address)
    # Only then: a store that does not know it takes it for destroyed.
    self._siblings.discard(self)

  def forget_after_fork(self) -> None:
    """Leaves what the address is of as it is, for good."""
    self.lock = threading.Lock()  # another thread of the parent may have it
    self.made.value = None
    self._gone = _IN_ANOTHER_PROCESS
    self._siblings.discard(self)


class StoreHandle:
  """The address of a store, its parts, and who hears of it."""

  def __init__(self, listener: Listener | None) -> None:
    self.made = ctypes.c_void_p()  # NULL: not opened yet, or closed
    self._listener = listener
    self._gone = "the store is closed"
    # Of threading.RLock: one for each thread, by its identifier. A notice may
    # ask the store in the middle of a call.
    self._locks: dict[int, Any] = {}
    self._closing = threading.Lock()
    self.parts: set[PartHandle] = set()
    _stores.add(self)

  @property
  def lock(self) -> Any:
    """This thread's."""
    return self._locks.setdefault(threading.get_ident(), threading.RLock())

  def address(self) -> int:
    """For whoever has taken their lock."""
    address = self.made.value
    if address is None:
      raise FailedPrecondition(self._gone)
    return address

  def close(self) -> None:
    if self.lock._is_owned():
      raise FailedPrecondition("this thread is in a call of the store, which "
                               "cannot be closed before that returns")
    with self._closing:
      address = self.made.value
      if address is None:
        return
      # From here on, to begin a transaction fails, and who waits is told.
      code = library.orderstore_close(address)
      if code == Code.FAILED_PRECONDITION:
        raise failure(code)
      self._end_use(address)
      code = library.orderstore_destroy(address)
      if code in (Code.FAILED_PRECONDITION, Code.OUT_OF_MEMORY):
        self.made.value = address  # it is still there
      else:
        _stores.discard(self)
      check(code)

  def close_collected(self) -> None:
    """For the collector. One that somebody hears of is closed by a thread of
    its own: the collector may be in one of the store's, which is in a notice,
    and could not be waited for there."""
    if self._listener is None:
      self.close_unused()
      return
    try:
      _thread.start_new_thread(self.close_unused, ())
    except RuntimeError:
      pass  # it is left open

  def close_unused(self) -> None:
    """Closes it if nobody is at work on it; else it is left as it is, for the
    next opening, as by a crash."""
    if self._closing.locked():
      return
    with self._closing:
      address = self.made.value
      if address is None:
        _stores.discard(self)
      elif self._end_unused(address):
        library.orderstore_destroy(address)
        # Its message is not to be taken for that of a call that failed just
        # before: this leaves none.
        library.orderstore_destroy(None)
        _stores.discard(self)

  def _end_use(self, address: int) -> None:
    """No call is under way from here on, none begins, and no part is open."""
    try:
      self.made.value = None
      for lock in list(self._locks.values()):
        with lock:
          pass
      for part in list(self.parts):
        part.close()
    except BaseException:  # Ctrl-C, while it waits
      self.made.value = address
      raise

  def _end_unused(self, address: int) -> bool:
    """The same, unless somebody is at work on it or Ctrl-C comes: then it can
    be used as before, but for the parts that were closed."""
    is_unused = False
    try:
      self.made.value = None
      is_unused = (
          all([_is_free(lock) for lock in list(self._locks.values())]) and
          all([part.close_unused() for part in list(self.parts)]))
      return is_unused
    finally:
      if not is_unused:
        self.made.value = address

  def forget_after_fork(self) -> None:
    self.made.value = None
    self._gone = _IN_ANOTHER_PROCESS
    # Other threads of the parent may have them.
    self._locks = {}
    self._closing = threading.Lock()
    for part in list(self.parts):
      part.forget_after_fork()


def _is_free(lock: Any) -> bool:
  """Whether nobody has this threading.RLock."""
  if lock._is_owned():
    return False
  try:
    return bool(lock.acquire(blocking=False))
  finally:  # also where Ctrl-C came as it was acquired
    try:
      lock.release()
    except RuntimeError:
      pass  # it was not


# Those that may be open: the library may call their listeners, whoever else has
# them.
_stores: set[StoreHandle] = set()


def _close_at_exit() -> None:
  for store in list(_stores):
    store.close_unused()


atexit.register(_close_at_exit)


def _forget_after_fork() -> None:
  """In the child: its commits would write into its parent's log."""
  for store in list(_stores):
    store.forget_after_fork()


os.register_at_fork(after_in_child=_forget_after_fork)

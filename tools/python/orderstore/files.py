"""What is wrong with a store's files, and how what can be proven of them is
saved."""

from __future__ import annotations

import ctypes
from typing import Any

from orderstore._library import (FindingFunction, SalvageReportStruct,
                                 VerifyReportStruct, check, library)
from orderstore.arguments import Path, path_bytes
from orderstore.cancel import Cancel
from orderstore.reports import (Finding, SalvageReport, VerifyReport,
                                finding_of, salvage_report_of,
                                verify_report_of)


def verify(folder: Path, *, replay: bool = True) -> VerifyReport:
  """Looks at every byte of the store in `folder`, changes nothing, and works
  beside a process that has it open to write. With `replay` it also loads the
  snapshots and repeats the log, which takes the memory of an open store and the
  time of some openings; without, it looks at bytes and checksums only. Damage
  is no error: it is what the report is for.

    report = orderstore.verify("shop")
    for finding in report.findings:
      print(finding.kind.name, finding.file, finding.what)

    NotFound            there is no such folder, or nothing of a store in it
    UnknownFormat, SchemaMismatch
                        a file has a format or schema revision that is not known
                        here
    Unavailable         the writer was too fast: files went while they were
                        read, again and again; or an input error of the disk
    PermissionDenied, ResourceExhausted
                        from the file system, or no memory
  """
  path, report, findings = path_bytes(folder), VerifyReportStruct(), _Findings()
  code = library.orderstore_verify(path, 1 if replay else 0, findings.function,
                                   None, ctypes.byref(report),
                                   ctypes.sizeof(report))
  heard = findings.heard()
  check(code)
  return verify_report_of(report, heard)


def salvage(folder: Path, new_folder: Path, *,
            cancel: Cancel | None = None) -> SalvageReport:
  """Saves the newest state that is proven of the store in `folder` into
  `new_folder`, which must be missing or empty; its parent must exist. Changes
  nothing in the old folder, and takes no lock there: close the store first.
  O(snapshots * (rows + log)), and the memory of one open store.

  Errors, after which `new_folder` is as it was, or cannot be opened:
    Cancelled           `cancel` was requested
    DataLoss            nothing is proven
    NotFound            there is no such folder, or nothing of a store in it
    AlreadyExists       `new_folder` has files
    UnknownFormat, SchemaMismatch
                        a file has a format or schema revision that is not known
                        here
    PermissionDenied, ResourceExhausted, Unavailable
                        from the file system, or no memory
  """
  path, new_path = path_bytes(folder), path_bytes(new_folder)
  report, findings = SalvageReportStruct(), _Findings()
  wish = None if cancel is None else cancel.address
  code = library.orderstore_salvage(path, new_path, wish, findings.function,
                                    None, ctypes.byref(report),
                                    ctypes.sizeof(report))
  heard = findings.heard()
  check(code)
  return salvage_report_of(report, heard)


class _Findings:
  """Hears what the library finds. An exception cannot pass through it: it waits
  here until the call has returned."""

  def __init__(self) -> None:
    self._findings: list[Finding] = []
    self._error: BaseException | None = None
    self.function = FindingFunction(self._hear)

  def heard(self) -> list[Finding]:
    if self._error is not None:
      raise self._error
    return self._findings

  def _hear(self, context: int | None, finding: Any) -> None:
    try:
      self._findings.append(finding_of(finding.contents))
    except BaseException as error:  # also Ctrl-C, here and nowhere else
      self._error = error

"""Runs a program of the benchmarks in a process of its own: with folders that
are removed with all it leaves in them, and until a deadline. Keeps what it has
finished if it fails.

    with scratch_folders(disk) as folders:
      ended = run_to_end([program, f"--folder={folders.disk}"], log, env, 3600)
    if ended.status:
      kept = keep_finished(results)
"""

import contextlib
import dataclasses
import json
import os
import pathlib
import select
import shutil
import signal
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
# For a program that is told to end; then it is killed.
GRACE_SECONDS = 30


@dataclasses.dataclass(frozen=True)
class Folders:
    """For one process."""
    disk: pathlib.Path  # on the disk that is measured
    # For sockets, whose paths have at most 107 bytes.
    sockets: pathlib.Path
    # `disk` by a short name, for a program that has sockets in it.
    short: pathlib.Path


@contextlib.contextmanager
def scratch_folders(disk):
    """Makes them, the first in `disk`, and removes them in the end."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="bench-", dir=disk))
    try:
        sockets = pathlib.Path(tempfile.mkdtemp(prefix="orderstore-"))
        try:
            (sockets / "disk").symlink_to(folder)
            # A server's user has to come by.
            for path in (folder, sockets):
                path.chmod(0o711)
            yield Folders(folder, sockets, sockets / "disk")
        finally:
            remove(sockets)
    finally:
        remove(folder)


def remove(folder):
    """Removes what is in it also while a server that was killed still ends."""
    for _ in range(10):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(0.5)


@dataclasses.dataclass(frozen=True)
class Ended:
    """How a process ended."""
    status: int  # its exit status; negative: the number of a signal
    # Of its memory, or of that of a process it has waited for: the largest.
    peak_bytes: int = 0
    late: bool = False  # it was ended at its deadline

    @property
    def out_of_memory(self):
        """Nobody else kills with this signal."""
        return self.status == -signal.SIGKILL and not self.late

    def __str__(self):
        if self.late:
            return "was ended, as it took too long"
        if self.out_of_memory:
            return "was killed, as memory ran out"
        return f"ended with {self.status}"


def run_to_end(command, log, env, seconds_max):
    """What it prints goes to `log`. It and what it starts have a process group,
    of which nothing is left behind, even if this is interrupted."""
    with open(log, "wb") as file:
        # wait4 below, in place of Popen's wait(), tells of memory too.
        # pylint: disable-next=consider-using-with
        process = subprocess.Popen(list(map(str, command)), cwd=ROOT, env=env,
                                   stdin=subprocess.DEVNULL, stdout=file,
                                   stderr=file, start_new_session=True)
    watched = os.pidfd_open(process.pid)
    late = False
    try:
        late = not _has_ended(watched, seconds_max)
    finally:
        # Not waited for yet, it keeps the group's number from being another's.
        if not _has_ended(watched, 0):
            os.killpg(process.pid, signal.SIGTERM)
            _has_ended(watched, GRACE_SECONDS)
        os.killpg(process.pid, signal.SIGKILL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        os.close(watched)
    # Who ends well at the last moment is too late as well.
    return Ended(process.returncode or int(late), usage.ru_maxrss * 1024, late)


def _has_ended(watched, seconds_max):
    poll = select.poll()
    poll.register(watched, select.POLLIN)
    return bool(poll.poll(seconds_max * 1000))


def keep_finished(results):
    """Makes whole the JSON that Google Benchmark wrote until its process
    failed, one benchmark at a time. Returns how many runs there are; if none,
    the file is set aside."""
    if not results.exists():
        return 0
    text = results.read_text(encoding="utf-8", errors="replace")
    last_end = text.rfind("\n    }") + len("\n    }")
    for whole in (text, text[:last_end] + "\n  ]\n}\n"):
        try:
            runs = json.loads(whole)["benchmarks"]
        except (ValueError, KeyError):
            continue
        if runs:
            results.write_text(whole, encoding="utf-8")
            return len(runs)
    results.rename(results.with_suffix(".json.failed"))
    return 0

"""The folder that a run of the benchmarks writes to: whose it may be, what of
older runs stays in it, and machine.json, which tells what ran where."""

import datetime
import fnmatch
import json
import os
import pathlib
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEFAULT_PARENT = ROOT / "build/bench-results"
# Of which part of a run a file is: the first that fits.
FILES = {
    "instructions": ("store/instructions.*",),
    "programs": ("store/process.*", "store/export-*"),
    "store": ("store/*",),
    "peers": ("peers/*",),
    "growth": ("growth/*",),
}
KINDS = ("failed", "left_out")


class ForeignFolder(Exception):
    """It has something else than results."""


def default_path(date, parent=DEFAULT_PARENT):
    """Named by time and commit."""
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT,
                            capture_output=True, text=True,
                            check=False).stdout.strip()
    return parent / "-".join(filter(None, (date.strftime("%Y-%m-%d-%H%M%S"),
                                           commit)))


def link_latest(path):
    """Lets `latest` beside the folder lead to it."""
    link = path.parent / "latest"
    fresh = path.parent / f".latest-{os.getpid()}"
    fresh.symlink_to(path.name)
    fresh.replace(link)


def part_of(name):
    """The part that wrote FOLDER/FILE; None if it is of no part."""
    for part, patterns in FILES.items():
        if any(fnmatch.fnmatch(name, pattern) for pattern in patterns):
            return part
    return None


class ResultsFolder:
    """Not touched until begin()."""

    def __init__(self, path, date=None):
        self.path = path.resolve()
        self.date = date or datetime.datetime.now().astimezone()
        self.stamp = {}
        # What failed and was left out, by part; also of parts that ran earlier.
        self.parts = {}
        if not self.path.exists():
            return
        if not self.path.is_dir():
            raise ForeignFolder(f"{self.path} is no folder")
        if any(self.path.iterdir()):
            self._read_stamp()

    def _read_stamp(self):
        try:
            self.stamp = json.loads((self.path / "machine.json").read_text(
                encoding="utf-8"))
            self.stamp["machine"], self.stamp["run"]  # pylint: disable=W0104
        except (OSError, ValueError, KeyError, TypeError):
            raise ForeignFolder(
                f"{self.path} has something else than results") from None
        self.parts = self.stamp.get("parts", {})

    def begin(self, parts):
        """Removes what an earlier run of the same parts has left."""
        for folder in ("store", "peers", "growth"):
            (self.path / folder).mkdir(parents=True, exist_ok=True)
            for old in (self.path / folder).iterdir():
                if part_of(f"{folder}/{old.name}") in parts:
                    remove(old)
        for old in [*self.path.glob("*.svg"), *self.path.glob("report.*"),
                    self.path / "answers"]:
            old.unlink(missing_ok=True)
        for part in parts:
            self.parts[part] = {"began": self._began(),
                                **{kind: [] for kind in KINDS}}

    def _began(self):
        return self.date.isoformat(timespec="seconds")

    def note(self, kind, part, text):
        """Adds to what failed or was left out."""
        self.parts[part][kind].append(text)

    def all(self, kind):
        return [text for part in self.parts.values() for text in part[kind]]

    def failures(self, parts):
        return [text for part in parts for text in self.parts[part]["failed"]]

    def write_stamp(self, machine, run):
        """What ran, where and since when; of which the report tells."""
        began = self._began()
        older = [f"{name} of {part['began']}"
                 for name, part in self.parts.items() if part["began"] != began]
        if older:
            run = {**run, "kept of older runs": ", ".join(older)}
        fresh = self.path / "machine.json.new"
        fresh.write_text(json.dumps(
            {"machine": machine, "run": {"began": began, **run},
             **{kind: self.all(kind) for kind in KINDS}, "parts": self.parts},
            indent=1), encoding="utf-8")
        fresh.replace(self.path / "machine.json")


def remove(path):
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()

"""The figures of a folder of results, by benchmark.

tools/bench writes

  DIR/store/*.json   the store beside its floor and the limits of the machine
  DIR/peers/*.json   the store beside its peers, one file a peer and round
  DIR/growth/*.json  the peers in memory at several sizes
  DIR/machine.json   what ran where

all but the last as Google Benchmark writes it. A benchmark is named
work/variant/subject/customers; each of its runs counts as one, whatever round
or file it is of. Every figure is the median of the runs. A run has a percentile
only if enough was measured beyond it, which bench/latency_counters.h decides.
"""

import collections
import json
import pathlib
import re
import statistics

STORE = "store"
NOISY_SPREAD = 0.10
RUNS_FOR_NOISE = 4  # with fewer there are no quartiles to speak of


class Results:
    """The runs of every benchmark, by (work, variant, subject, customers)."""

    def __init__(self, paths, by_cpu_time=False):
        self.runs = collections.defaultdict(list)
        self.context = {}
        self.unreadable = []
        for path in sorted(paths):
            try:
                content = json.loads(path.read_text(encoding="utf-8"))
                self.context.update(content["context"])
                runs = content["benchmarks"]
            except (ValueError, KeyError):
                self.unreadable.append(path.name)  # its process did not end
                continue
            for run in runs:
                if (run.get("run_type") == "iteration"
                        and not run.get("error_occurred")):
                    self._add(run, by_cpu_time)

    def _add(self, run, by_cpu_time):
        work, variant, subject, size = run["name"].split("/")[:4]
        if run.get("items_per_second"):
            seconds = run["real_time"] * SECONDS[run["time_unit"]]
            run["items"] = round(run["items_per_second"] * seconds
                                 * run.get("iterations", 1))
        if by_cpu_time and run["name"].endswith("/real_time"):
            run["items_per_second"] = (run.get("items_per_second", 0)
                                       * run["real_time"] / run["cpu_time"])
        self.runs[work, variant, subject, int(size)].append(run)

    def has_huge_pages(self):
        """Whether the store is known to have had them."""
        return self.context.get("store_huge_pages") == "1"

    def sizes(self, works=None):
        return sorted({key[3] for key in self.runs
                       if works is None or key[0] in works})

    def subjects(self, work=None):
        """In the order in which they came."""
        return list(dict.fromkeys(key[2] for key in self.runs
                                  if work in (None, key[0])))

    def values(self, work, variant, subject, size, counter):
        """A counter of each run; `time` is nanoseconds an item, `rate` items a
        second, `duration` seconds."""
        runs = self.runs.get((work, variant, subject, size), [])
        if counter == "duration":
            return [run["real_time"] * SECONDS[run["time_unit"]]
                    for run in runs]
        if counter == "time":
            return [1e9 / run["items_per_second"] for run in runs
                    if run.get("items_per_second")]
        if counter == "rate":
            counter = "items_per_second"
        values = [run[counter] for run in runs if counter in run]
        # Those that have too little for a percentile are not like the others:
        # for backups, the fast ones. Then there is none.
        if re.search(r"p\d[\d.]*_ns", counter) and len(values) < len(runs):
            return []
        return values

    def median(self, *key):
        """Of all runs; but of longest times the longest."""
        values = self.values(*key)
        if not values:
            return None
        if key[-1].endswith("max_ns"):
            return max(values)
        return statistics.median(values)

    def counters(self, work, variant, subject, size):
        """Names of all counters of a benchmark."""
        runs = self.runs.get((work, variant, subject, size), [])
        return sorted({name for run in runs for name in run})

    def repetitions(self, works=None, size=None, variant=None):
        """How many runs there are of a benchmark, all that there are."""
        return sorted({len(runs) for key, runs in self.runs.items()
                       if (works is None or key[0] in works)
                       and size in (None, key[3])
                       and variant in (None, key[1])})

    def noisy(self):
        """Names of benchmarks whose middle half spreads over too much."""
        names = []
        for key in sorted(self.runs):
            rates = self._rates(key)
            if len(rates) >= RUNS_FOR_NOISE:
                low, middle, high = statistics.quantiles(rates, n=4)
                if (high - low) / middle > NOISY_SPREAD:
                    names.append("/".join(map(str, key)))
        return names

    def judged(self):
        """How many benchmarks have runs enough to tell their noise."""
        return sum(len(self._rates(key)) >= RUNS_FOR_NOISE for key in self.runs)

    def too_few(self):
        """Works with benchmarks that have so few runs that their noise cannot
        be told: {runs: works}."""
        works = collections.defaultdict(dict)
        for key, runs in self.runs.items():
            if len(runs) < RUNS_FOR_NOISE:
                works[len(runs)][key[0]] = True
        return dict(sorted(works.items()))

    def _rates(self, key):
        return [run["items_per_second"] for run in self.runs[key]
                if run.get("items_per_second")]


SECONDS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1}


class Folder:
    """All that a run has left in a folder."""

    def __init__(self, path, by_cpu_time=False):
        path = pathlib.Path(path)
        self.path = path
        self.store = Results(path.glob("store/*.json"), by_cpu_time)
        self.peers = Results(path.glob("peers/*.json"))
        self.growth = Results(path.glob("growth/*.json"))
        stamp = path / "machine.json"
        self.stamp = (json.loads(stamp.read_text(encoding="utf-8"))
                      if stamp.exists() else {})

    def is_empty(self):
        return not (self.store.runs or self.peers.runs or self.growth.runs)

    def rows(self, customers):
        """How many the data set has, all of which a load loads; None if none
        was measured."""
        for results in (self.peers, self.growth, self.store):
            for subject in results.subjects("bulk_load"):
                rows = results.median("bulk_load", "rows", subject, customers,
                                      "items")
                if rows:
                    return rows
        return None

    def at_risk(self, peer):
        """What a power failure loses, in a few words; None if not told."""
        return self.peers.context.get("at_risk_" + peer)


def runs_text(counts):
    """`one run`, `3 runs`, `one to 9 runs`."""
    low, high = min(counts), max(counts)
    text = "one" if low == 1 else str(low)
    if low != high:
        text += f" to {high}"
    return text + (" run" if high == 1 else " runs")


SCALES = {"k/s": 1e3, "M/s": 1e6, "MB": 1e6,
          "MB/s": 1e6, "GB": 1e9, "GB/s": 1e9}


def amount(value, unit):
    """A value in its unit, with three significant digits; of `time`, which is
    in nanoseconds, in the unit that suits it."""
    if value is None:
        return "-"
    if unit == "time":
        return span(value)
    value /= SCALES.get(unit, 1)
    digits = (0 if value >= 100 else 1 if value >= 10
              else 3 if value < (1 if unit == "s" else 0.1) else 2)
    return f"{value:,.{digits}f} {unit}".rstrip()


def span(ns):
    """Nanoseconds in the unit that suits them."""
    if ns is None:
        return "-"
    for unit, size in (("s", 1e9), ("ms", 1e6), ("us", 1e3)):
        if ns >= size:
            return amount(ns / size, "") + " " + unit
    return f"{ns:.0f} ns"


def pace(per_second):
    """A rate in the unit that suits it."""
    if per_second is None:
        return "-"
    for unit, size in (("M/s", 1e6), ("k/s", 1e3)):
        if per_second >= size:
            return amount(per_second / size, "") + " " + unit
    return amount(per_second, "/s")

"""The store beside its floor, plain containers, and beside the limits of the
machine: tables of the rows of store_rows, with the targets."""

import run_text
from limits import Limits, cell, is_direct
from page import Table
from results import STORE, amount
from store_rows import DURABLE, FIGURES, INSTRUCTIONS, MACHINE, RATIOS

FLOORS = {"floor_maps": "hash maps", "floor_arrays": "arrays"}
LESS_IS_BETTER = ("time", "s", "B", "MB")
THROUGH_CACHE = "through the page cache"


def sizes(results):
    return results.sizes({row.work
                          for row in (*RATIOS, *FIGURES, *DURABLE, *MACHINE)
                          if row.work != "process"})


def ratio_verdict(ratios, least):
    known = [(name, value) for name, value in ratios if value is not None]
    if least is None or not known:
        return ""
    missed = [name for name, value in known if value < least]
    if not missed:
        return "ok"
    if len(missed) == len(known):
        return "**miss**"
    return "**miss** against " + ", ".join(missed)


def target_of(row):
    if not row.least:
        return ""
    return f"{row.least} of maps, prefetched" if row.is_batch() else f"{row.least}"


def bold(text, is_better):
    return f"**{text}**" if is_better else text


def rate(items_per_second):
    return amount(items_per_second, "M/s")


class StoreTables:
    """Of the results of a folder for so many customers."""

    def __init__(self, folder, size):
        self.results = folder.store
        self.size = size
        self.limits = Limits(folder, size)

    def median(self, row, counter, subject=STORE, variant=None):
        """None if it is not measured, or told at another size."""
        size = self.size
        if row.work == "process":  # has a size of its own, and is shown once
            measured = self.results.sizes({row.work})
            if not measured or size != max(sizes(self.results), default=0):
                return None
            size = measured[0]
        return self.results.median(row.work, variant or row.variant, subject,
                                   size, counter)

    def limit(self, row):
        if not self.limits.are_known():
            return ""
        return cell(self.limits.of(row.work, row.variant, row.counter),
                    lambda value: amount(value, row.unit),
                    row.unit in LESS_IS_BETTER, row.unlimited)

    # ---- Tables. ----

    def tables(self, short=False):
        """All but that of the machine, without columns that are empty; if
        short, of few rows, and without the targets."""
        for make, rows in ((self.ratio_table, RATIOS),
                           (self.figure_table, FIGURES),
                           (self.durable_table, DURABLE)):
            table = make([row for row in rows if row.short or not short])
            filled = table.filled_columns()
            targets = len(table.head) - 2
            yield table.keep_columns([
                i for i in range(len(table.head))
                if (i in filled if i < targets else not short)])

    def ratio_table(self, rows):
        table = Table(["work", "store", "hash maps", "arrays",
                       "ratio to maps", "ratio to arrays",
                       "limit of the machine", "target", ""])
        for row in rows:
            store = self.median(row, "rate")
            floors = self.floors_of(row)
            if store is None and not any(floors):
                continue
            ratios = [store / floor if store and floor else None
                      for floor in floors]
            table.add_row(row.label, [
                rate(store),
                *[bold(rate(floor), ratio is not None and ratio < 1)
                  + (" prefetched" if row.is_batch() and floor else "")
                  for floor, ratio in zip(floors, ratios)],
                *[f"{ratio:.2f}" if ratio else "-" for ratio in ratios],
                self.limit(row), target_of(row),
                ratio_verdict(list(zip(("maps", "arrays"), ratios)),
                              row.least)])
        return table

    def floors_of(self, row):
        return [self.median(row, "rate", floor, row.floor_variant)
                for floor in FLOORS]

    def figure_table(self, rows):
        table = Table(["work", "store", "hash maps", "arrays",
                       "limit of the machine", "target", ""])
        for row in rows:
            store = self.median(row, row.counter)
            if store is None:
                continue
            better = self.better_floors(row, store)
            table.add_row(row.label, [
                amount(store, row.unit),
                *[bold(amount(self.median(row, row.counter, floor),
                                row.unit), floor in better)
                  for floor in FLOORS],
                self.limit(row),
                *self.target_cells(row, store)])
        return table

    def better_floors(self, row, store):
        """The figures of those that are better than the store's, by name."""
        if row.unit not in LESS_IS_BETTER:
            return {}
        figures = {floor: self.median(row, row.counter, floor)
                   for floor in FLOORS}
        return {floor: value for floor, value in figures.items()
                if value is not None and value < store}

    def durable_table(self, rows):
        table = Table(["on a disk", "store", "beside it, or the limit", "ratio",
                       "target", ""])
        for row in rows:
            store = self.median(row, row.counter)
            if store is None:
                continue
            share = self.share_of(row)
            table.add_row(row.label, [
                amount(store, row.unit),
                self.beside_text(row) if row.beside else self.limit(row),
                "" if share is None else f"{share:.2f}",
                *self.target_cells(row, store)])
        return table

    def share_of(self, row):
        return self.median(row, row.ratio) if row.ratio else None

    def beside_text(self, row):
        counter, unit, name = row.beside
        value = self.median(row, counter)
        return f"{amount(value, unit)} {name}" if value is not None else ""

    def targets(self, row, store):
        """(text, whether it is met) of each of a Figure."""
        for value, bound, unit in ((store, row.bound, row.unit),
                                   (self.share_of(row), row.ratio_bound, "x")):
            if value is not None and bound is not None:
                yield (("at most " if bound > 0 else "at least ")
                       + amount(abs(bound), unit),
                       value <= bound if bound > 0 else value >= -bound)

    def target_cells(self, row, store):
        """The targets of a Figure, and whether they are met."""
        targets = list(self.targets(row, store))
        if not targets:
            return ["", ""]
        return [", ".join(text for text, _ in targets),
                "ok" if all(met for _, met in targets) else "**miss**"]

    def machine(self, short=False):
        """(label, figure) of each limit."""
        for row in MACHINE:
            value = self.median(row, row.counter, "machine")
            if value is not None and (row.short or not short):
                yield (row.label if self.limits.direct
                       else undirected(row.label)), amount(value, row.unit)

    def machine_table(self):
        table = Table(["machine", ""])
        for label, figure in self.machine():
            table.add_row(label, [figure])
        return table


def undirected(label):
    """The label of a limit of a file system that refuses O_DIRECT."""
    label = label.replace("O_DIRECT and O_DSYNC", f"O_DSYNC {THROUGH_CACHE}")
    return label.replace("O_DIRECT", THROUGH_CACHE)


def instruction_table(results):
    table = Table(["instructions", ""])
    for label, variant in INSTRUCTIONS:
        for size in results.sizes({"instructions"}):
            count = results.median("instructions", variant, STORE, size,
                                   "instructions")
            if count is not None:
                table.add_row(label, [f"{count:,.0f}"])
    return table


def add_to(page, folder):
    """All tables of all sizes, the largest first."""
    results = folder.store
    if not results.runs:
        return
    page.section("The store beside plain containers and the machine")
    page.text("Every latency includes one reading of the clock. Of the floor, "
              "batches of 32 are the maps' that prefetch; arrays have none. "
              "Bold: better than the store. "
              "What is beside the store on a disk was measured in turns with "
              "it, and the ratio is the median of those of the runs, not the "
              "quotient of the two medians.")
    if not is_direct(results):
        page.text("The file system refuses O_DIRECT: what is bare of the disk "
                  f"went {THROUGH_CACHE}.")
    for size in reversed(sizes(results)):
        page.subsection(f"{size:,} customers")
        page.text(run_text.target_size_text(size))
        tables = StoreTables(folder, size)
        for table in (*tables.tables(), tables.machine_table()):
            page.table(table)
        for line in run_text.warm_files(results, size):
            page.text(line)
    table = instruction_table(results)
    if table.rows:
        page.subsection("Instructions")
        page.text("What noise hardly moves: counted one by one, for stores of "
                  "some hundred customers.")
        page.table(table)

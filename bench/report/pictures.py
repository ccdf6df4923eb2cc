"""The pictures of the peers, as SVG files, with the limits of the machine as
lines. Needs matplotlib."""

import math

import drawing
from limits import Limits
from peer_rows import PRODUCTS, ROWS, product
from results import runs_text

PERCENTILES = (("50", "p50_ns"), ("75", "p75_ns"), ("90", "p90_ns"),
               ("95", "p95_ns"), ("99", "p99_ns"), ("99.5", "p99.5_ns"),
               ("99.9", "p99.9_ns"), ("99.95", "p99.95_ns"),
               ("99.99", "p99.99_ns"))
BACKUP_BEGINS_S = 1.0
STEP_S = 0.05


class Gallery:
    """Draws all pictures for which there are figures into the folder."""

    def __init__(self, folder, peers):
        self.folder = folder
        self.peers = peers
        self.limits = Limits(folder, peers)
        self.drawn = []  # (path, caption)

    def save(self, fig, name, caption, works, results=None):
        """The caption tells of how many runs the figures of the works are."""
        runs = (results or self.peers.results).repetitions(
            works, None if results else self.peers.size)
        self.drawn.append((drawing.save(fig, self.folder.path / f"{name}.svg"),
                           f"{caption}. {runs_text(runs).capitalize()} each"))

    def draw(self):
        if self.peers:
            self.draw_summary()
            self.draw_lookups()
            self.draw_sales()
            self.draw_threads()
            self.draw_whole()
            self.draw_day()
            self.draw_checkout_latencies()
            self.draw_backup()
        if self.folder.growth.runs:
            self.draw_growth()
        return self.drawn

    # ---- Figures. ----

    def row(self, work, variant, store="store"):
        return next(row for row in ROWS if (row.work, row.variant, row.store)
                    == (work, variant, store))

    def figures(self, row):
        """(peer, figure) of the store and of the best kind of each product."""
        store = self.peers.store_value(row)
        best = [self.peers.best(row, [name]) for name in self.peers.products()]
        return (([(row.store, store)] if store else [])
                + [pair for pair in best if pair])

    def fill(self, axes, title, row, axis_label, limits=(),
             logarithmic=True):
        figures = self.figures(row)
        if not figures:
            axes.set_axis_off()
            return
        if row.counter == "time":
            figures = [(peer, ns / 1e9) for peer, ns in figures]
        form = (drawing.short_time if row.counter in ("duration", "time")
                else drawing.short)
        drawing.bars(axes, title, figures, form, axis_label, limits,
                     logarithmic, row.is_less_better())

    # ---- Bars. ----

    def draw_summary(self):
        fig, axes = drawing.figure(2, 3, 470)
        fill = self.fill
        fill(axes[0], "Lookup by barcode", self.row("barcode_by_value",
                                                    "hit_single"),
             "a second (log)", self.limits.lookups())
        fill(axes[1], "... 32 at a time", self.row("barcode_by_value",
                                                   "hit_batch32"),
             "a second (log)")
        fill(axes[2], "Checkouts, not synced", self.row("checkout",
                                                        "throughput"),
             "a second, one thread (log)")
        fill(axes[3], "Durable checkouts", self.row(
            "durable_checkout", "threads_8", "store_sync"),
            "a second, 8 threads (log)")
        fill(axes[4], "Reopen, read all", self.row("reopen", "closed",
                                                   "store_sync"),
             "less is better (log)", self.limits.loading_seconds())
        fill(axes[5], "Memory of a row", self.row("memory", "rows"),
             "bytes, less is better", logarithmic=False)
        self.save(fig, "summary", "orderstore beside its peers, "
                  f"{self.peers.size:,} customers: the best kind of each for "
                  "each work", ("barcode_by_value", "checkout",
                                "durable_checkout", "reopen", "memory"))

    def draw_lookups(self):
        fig, axes = drawing.figure(2, 2, 470)
        for i, (what, work) in enumerate(
                (("customer by email", "customer_by_email"),
                 ("barcode by value", "barcode_by_value"))):
            self.fill(axes[2 * i], f"Lookup of a {what}",
                      self.row(work, "hit_single"), "a second (log)",
                      self.limits.lookups())
            self.fill(axes[2 * i + 1], "... 32 at a time",
                      self.row(work, "hit_batch32"), "a second (log)")
        self.save(fig, "lookups", "Lookups in random order, each row copied "
                  "out: one by one, and 32 in one read",
                  ("customer_by_email", "barcode_by_value"))

    def draw_sales(self):
        fig, axes = drawing.figure(1, 2, 245)
        self.fill(axes[0], "Checkouts that are not synced",
                  self.row("checkout", "throughput"),
                  "a second, one thread (log)")
        self.fill(axes[1], "Redemptions that are not synced",
                  self.row("redeem", "throughput"),
                  "a second, one thread (log)", self.limits.lookups())
        self.save(fig, "sales", "Transactions of one thread, in memory or not "
                  "synced one by one", ("checkout", "redeem"))

    def draw_whole(self):
        limits = self.limits
        fig, axes = drawing.figure(3, 2, 720)
        self.fill(axes[0], "Bulk load", self.row("bulk_load", "rows"),
                  "rows a second (log)", limits.copied_rows())
        self.fill(axes[1], "Bulk load, durable at its end",
                  self.row("bulk_load", "rows", "store_sync"),
                  "rows a second (log)",
                  limits.copied_rows() + limits.written_rows())
        self.fill(axes[2], "Every row read once", self.row("every_row", "warm"),
                  "less is better (log)", limits.reading_seconds())
        self.fill(axes[3], "Memory of a row", self.row("memory", "rows"),
                  "bytes, resident; less is better", logarithmic=False)
        self.fill(axes[4], "Backup beside a writer",
                  self.row("beside_backup", "backup", "store_sync"),
                  "until it is on disk; less is better (log)",
                  limits.writing_seconds() + limits.checking_seconds())
        self.fill(axes[5], "Reopen, and read every row",
                  self.row("reopen", "closed", "store_sync"),
                  "files not in the page cache; less is better (log)",
                  limits.loading_seconds() + limits.checking_seconds())
        self.save(fig, "whole", "All rows: in, in memory, out, and in again",
                  ("bulk_load", "every_row", "memory", "beside_backup",
                   "reopen"))

    # ---- Lines. ----

    def best_kinds(self, group):
        """The store's kind and the best of each product in a group, by its
        checkouts."""
        store = "store_sync" if group == "durable" else "store"
        row = next(row for row in ROWS if row.work == (
            "durable_checkout" if group == "durable" else "checkout"))
        kinds = [store] if store in self.peers.names else []
        for name in self.peers.products():
            best = self.peers.best(row, [name])
            if best:
                kinds.append(best[0])
        return kinds

    def draw_threads(self):
        threads = (1, 8, 64)
        lines = []
        for peer in self.best_kinds("durable"):
            ys = [self.peers.median(peer, "durable_checkout", f"threads_{n}",
                                    "rate") for n in threads]
            if all(ys):
                lines.append((peer, ys))
        if not lines:
            return
        fig, (axes,) = drawing.figure(1, 1, 300)
        axes.set_xscale("log", base=2)
        axes.set_yscale("log")
        axes.set_xticks(threads, [str(n) for n in threads])
        axes.set_xlim(0.9, 110)
        for peer, ys in lines:
            drawing.line(axes, peer, threads, ys)
        drawing.log_axis(axes.yaxis, drawing.short)
        for i, (rate, text) in enumerate(self.limits.durable_rates()):
            drawing.level(axes, rate, text, 0.85, below=i > 0)
        axes.set_title("Durable checkouts")
        axes.set_xlabel("threads")
        axes.set_ylabel("a second (log)")
        drawing.name_ends(axes, [(peer, 64, ys[-1]) for peer, ys in lines])
        self.save(fig, "durable", "Checkouts that are on stable storage when "
                  "they return", ("durable_checkout",))

    def curve(self, axes, peer, work, variant, what=""):
        """Latency by percentile; the longest as a mark of its own."""
        values = [(i, self.peers.median(peer, work, variant, what + counter))
                  for i, (_, counter) in enumerate(PERCENTILES)]
        values = [(i, value / 1e9) for i, value in values if value]
        longest = self.peers.median(peer, work, variant, what + "max_ns")
        if not values or not longest:
            return None
        top = (len(PERCENTILES), longest / 1e9)
        drawing.line(axes, peer, *zip(values[-1], top), linestyle=":",
                     linewidth=0.9, marker="")
        drawing.line(axes, peer, *zip(*values), markersize=4)
        drawing.line(axes, peer, *zip(top), markersize=6)
        return peer, len(PERCENTILES), longest / 1e9

    def latency_axes(self, axes, title):
        """After the curves are drawn."""
        axes.set_title(title)
        axes.set_yscale("log")
        drawing.log_axis(axes.yaxis, drawing.short_time)
        axes.set_xticks(range(len(PERCENTILES) + 1),
                        ["50", "", "90", "", "99", "", "99.9", "", "",
                         "max"])

    def latency_limits(self, axes, group, operation):
        """What one operation cannot be faster than."""
        lines = (self.limits.lookup_seconds() if operation == "Lookup" else
                 self.limits.durable_seconds() if group == "durable" else [])
        for seconds, text in lines:
            drawing.level(axes, seconds, text)

    def draw_day(self):
        rows = [("rate1000_readers1", "durable",
                 "1,000 a second, synced"),
                ("rate10000_readers1", "unsynced",
                 "10,000 a second, not synced")]
        parts = [("lookup_", "Lookup"), ("redeem_", "Redeem"),
                 ("checkout_", "Checkout")]
        fig, axes = drawing.figure(2, 3, 560, sharey=True)
        shown = []
        behind = []
        for i, (variant, group, title) in enumerate(rows):
            for peer in self.best_kinds(group):
                late = self.peers.behind_ns(peer, "day", variant)
                if late:
                    behind.append(f"{drawing.name_of(peer)} at {title}")
                    continue
                for j, (what, _) in enumerate(parts):
                    if self.curve(axes[3 * i + j], peer, "day", variant, what):
                        shown.append(peer)
            for j, (_, name) in enumerate(parts):
                self.latency_axes(axes[3 * i + j], name)
                self.latency_limits(axes[3 * i + j], group, name)
            axes[3 * i].set_ylabel(f"{title}\nlatency (log)")
            axes[3 * i + 1].set_xlabel("percentile")
        if shown:
            drawing.legend(fig, first_of_each(shown))
            self.save(fig, "day", "A day of a ticket shop with a reader beside "
                      "it: latency from the time that an operation was due"
                      + (". Could not keep up: " + ", ".join(behind)
                         if behind else ""), ("day",))

    def draw_checkout_latencies(self):
        fig, axes = drawing.figure(1, 2, 330)
        shown = []
        for one, (group, title) in zip(
                axes, (("unsynced", "Checkout, not synced"),
                       ("durable", "Checkout, synced"))):
            for peer in self.best_kinds(group):
                if self.curve(one, peer, "checkout", "latency"):
                    shown.append(peer)
            self.latency_axes(one, title)
            self.latency_limits(one, group, "Checkout")
            one.set_xlabel("percentile")
        axes[0].set_ylabel("latency (log)")
        if shown:
            drawing.legend(fig, first_of_each(shown))
            self.save(fig, "checkout", "Checkouts of one thread, one after "
                      "the other", ("checkout",))

    def draw_backup(self):
        lines = []
        for peer in self.best_kinds("durable"):
            key = ("beside_backup", "backup", peer, self.peers.size)
            names = [name for name in self.peers.results.counters(*key)
                     if name.startswith("at_") and name.endswith("ms_max_ns")]
            ys = [self.peers.results.median(*key, name) / 1e9
                  for name in names]
            xs = [int(name[3:8]) / 1e3 for name in names]
            seconds = self.peers.results.median(*key, "duration")
            if ys and seconds:
                lines.append((peer, xs, ys, seconds))
        if not lines:
            return
        columns = 2
        count = math.ceil(len(lines) / columns)
        fig, axes = drawing.figure(count, columns, 60 + 150 * count,
                                   sharex=True, sharey=True)
        for one, (peer, xs, ys, seconds) in zip(axes, lines):
            colour = drawing.LINES[product(peer)][0]
            one.set_title(f"{drawing.name_of(peer)}: backup of "
                          f"{drawing.short_time(seconds)}")
            one.axvspan(BACKUP_BEGINS_S, BACKUP_BEGINS_S + seconds,
                        color=colour, alpha=0.15, linewidth=0)
            one.step(xs, ys, where="post", color=colour, linewidth=1.6)
            one.set_yscale("log")
            drawing.log_axis(one.yaxis, drawing.short_time)
        for one in axes[len(lines):]:
            one.set_axis_off()
        for i, one in enumerate(axes[:len(lines)]):
            for seconds, text in self.limits.durable_seconds():
                drawing.level(one, seconds, "" if i else text)
        xs_max = max(xs[-1] for _, xs, *_ in lines)
        axes[0].set_xlim(0, xs_max + STEP_S)
        for one in axes[:len(lines)][-columns:]:
            one.tick_params(labelbottom=True)
        fig.supxlabel("seconds", fontsize=10.5)
        fig.supylabel("longest checkout in 50 ms (log)", fontsize=10.5)
        self.save(fig, "backup", "1,000 durable checkouts a second while a "
                  "backup runs (shaded): the longest of each 50 ms",
                  ("beside_backup",))

    def draw_growth(self):
        growth = self.folder.growth
        panels = (
            ("Bulk load of a row", "bulk_load", "rows", "time"),
            ("Lookup of a barcode", "barcode_by_value", "hit_single", "time"),
            ("Checkout", "checkout", "throughput", "time"),
            ("Memory of a row", "memory", "rows", "bytes_a_row_resident"))
        bounds = {"bulk_load": self.limits.copied_row_seconds(),
                  "barcode_by_value": self.limits.lookup_seconds()}
        fig, axes = drawing.figure(2, 2, 520, sharex=True)
        shown = []
        for one, (title, work, variant, counter) in zip(axes, panels):
            one.set_title(title)
            one.set_xscale("log")
            heights = []
            for peer in growth.subjects():
                points = [(size, growth.median(work, variant, peer, size,
                                               counter))
                          for size in growth.sizes()]
                points = [(x, y) for x, y in points if y]
                if not points:
                    continue
                xs, ys = zip(*points)
                if counter == "time":
                    ys = [y / 1e9 for y in ys]
                drawing.line(one, peer, xs, ys)
                shown.append(peer)
                heights += ys
            if counter == "time":
                one.set_yscale("log")
                drawing.log_axis(one.yaxis, drawing.short_time)
                for seconds, text in bounds.get(work, []):
                    drawing.level(one, seconds, text, below=True)
                one.set_ylabel("time (log)")
            elif heights and max(heights) > 8 * min(heights):
                one.set_yscale("log")
                drawing.log_axis(one.yaxis, drawing.short)
                one.set_ylabel("bytes, resident (log)")
            else:
                one.set_ylim(0)
                one.set_ylabel("bytes, resident")
            drawing.log_axis(one.xaxis, drawing.short)
        for one in axes[2:]:
            one.set_xlabel("customers (log)")
        if shown:
            drawing.legend(fig, first_of_each(shown))
            self.save(fig, "growth", "Growth: the same work on more rows, in "
                      "memory; 9.6 rows a customer",
                      {work for _, work, *_ in panels}, growth)


def first_of_each(peers):
    """One peer of each product, in the order of PRODUCTS."""
    by_product = {product(peer): peer for peer in reversed(peers)}
    return [by_product[name] for name in PRODUCTS if name in by_product]

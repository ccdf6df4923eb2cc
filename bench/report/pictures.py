"""The pictures of the peers, as SVG files, with the limits of the machine as
lines. Needs matplotlib."""

import drawing
from latency_pictures import LatencyPictures, first_of_each
from limits import Limits, closest
from peer_rows import ROWS, THREADS, product
from results import runs_text


class Gallery(LatencyPictures):
    """Draws all pictures for which there are figures into the folder."""

    def __init__(self, folder, peers):
        self.folder = folder
        self.peers = peers
        self.limits = Limits(folder, peers.size if peers
                             else max(folder.growth.sizes(), default=0))
        self.drawn = []  # (path, caption)

    def save(self, fig, name, caption, works, results=None, variant=None):
        """The caption tells of how many runs the figures of the works are. No
        picture is kept of works without runs."""
        runs = (results or self.peers.results).repetitions(
            works, None if results else self.peers.size, variant)
        if not runs:
            return
        self.drawn.append((drawing.save(fig, self.folder.path / f"{name}.svg"),
                           f"{caption}. {runs_text(runs).capitalize()} each"))

    def draw(self):
        if self.peers:
            self.draw_summary()
            self.draw_lookups()
            self.draw_lookup_latencies()
            self.draw_sales()
            self.draw_threads()
            self.draw_whole()
            self.draw_day()
            self.draw_checkout_latencies()
            self.draw_redeem_latencies()
            self.draw_durable_latencies()
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

    def fill(self, axes, title, row, axis_label, logarithmic=True,
             all_limits=False):
        """With all limits, or the closest."""
        figures = self.figures(row)
        if not figures:
            axes.set_axis_off()
            return
        limits = self.limits.of_row(row)
        if limits and not all_limits:
            limits = [closest(limits, row.is_less_better())]
        form = drawing.short
        if row.counter in ("duration", "time"):
            form = drawing.short_time
        if row.counter == "time":
            figures = [(peer, ns / 1e9) for peer, ns in figures]
            limits = [(ns / 1e9, text) for ns, text in limits]
        drawing.bars(axes, title, figures, form, axis_label, limits,
                     logarithmic, row.is_less_better())

    # ---- Bars. ----

    def draw_summary(self):
        fig, axes = drawing.figure(2, 3, 470)
        fill = self.fill
        fill(axes[0], "Lookup by barcode",
             self.row("barcode_by_value", "hit_single"), "a second (log)")
        fill(axes[1], "... 32 at a time",
             self.row("barcode_by_value", "hit_batch32"), "a second (log)")
        fill(axes[2], "Checkouts, not synced",
             self.row("checkout", "throughput"), "a second, one thread (log)")
        fill(axes[3], "Durable checkouts",
             self.row("durable_checkout", "threads_8", "store_sync"),
             "a second, 8 threads (log)")
        fill(axes[4], "Reopen, read all: a row",
             self.row("reopen", "closed", "store_sync"),
             "less is better (log)")
        fill(axes[5], "Memory of a row", self.row("memory", "rows"),
             "bytes, less is better", logarithmic=False)
        self.save(fig, "summary", "orderstore beside its peers, "
                  f"{self.peers.size:,} customers: the best kind of each for "
                  "each work; of 32 the hash maps prefetch all",
                  ("barcode_by_value", "checkout", "durable_checkout",
                   "reopen", "memory"))

    def draw_lookups(self):
        fig, axes = drawing.figure(2, 2, 470)
        for i, (what, work) in enumerate(
                (("customer by email", "customer_by_email"),
                 ("barcode by value", "barcode_by_value"))):
            self.fill(axes[2 * i], f"Lookup of a {what}",
                      self.row(work, "hit_single"), "a second (log)")
            self.fill(axes[2 * i + 1], "... 32 at a time",
                      self.row(work, "hit_batch32"), "a second (log)")
        self.save(fig, "lookups", "Lookups in random order, each row copied "
                  "out: one by one, and 32 in one read; the hash maps "
                  "prefetch those 32",
                  ("customer_by_email", "barcode_by_value"))

    def draw_sales(self):
        fig, axes = drawing.figure(1, 2, 245)
        self.fill(axes[0], "Checkouts that are not synced",
                  self.row("checkout", "throughput"),
                  "a second, one thread (log)")
        self.fill(axes[1], "Redemptions that are not synced",
                  self.row("redeem", "throughput"),
                  "a second, one thread (log)")
        self.save(fig, "sales", "Transactions of one thread, in memory or not "
                  "synced one by one", ("checkout", "redeem"))

    def draw_whole(self):
        panels = (
            ("Bulk load", self.row("bulk_load", "rows"), "rows a second (log)"),
            ("Bulk load, durable at its end",
             self.row("bulk_load", "rows", "store_sync"),
             "rows a second (log)"),
            ("Every row read once", self.row("every_row", "warm"),
             "less is better (log)"),
            ("Top 5 customers, computed", self.row("top_customers", "query"),
             "from all rows or an index; less is better (log)"),
            ("Backup beside a writer",
             self.row("beside_backup", "backup", "store_sync"),
             "until it is on disk; less is better (log)"),
            ("Reopen, and read every row: of each",
             self.row("reopen", "closed", "store_sync"),
             "files not in the page cache; less is better (log)"))
        fig, axes = drawing.figure(3, 2, 740)
        for one, panel in zip(axes, panels):
            self.fill(one, *panel, all_limits=True)
        self.save(fig, "whole", "All rows: in, in memory, out, and in again",
                  {row.work for _, row, _ in panels})

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
        lines = []
        rows = [self.row("durable_checkout", f"threads_{n}", "store_sync")
                for n in THREADS]
        for name in ("store", *self.peers.products()):
            ys = [self.best_rate(row, name) for row in rows]
            if all(ys):
                lines.append((name, ys))
        if not lines:
            return
        fig, (axes,) = drawing.figure(1, 1, 360)
        axes.set_xscale("log", base=2)
        axes.set_yscale("log")
        axes.set_xticks(THREADS, [str(n) for n in THREADS])
        axes.set_xlim(0.9, 200)
        for peer, ys in lines:
            drawing.line(axes, peer, THREADS, ys)
        names = [drawing.end_of(peer, 64, ys[-1]) for peer, ys in lines]
        shared = [rate for n in THREADS for rate, _ in self.limits.of(
            "durable_checkout", f"threads_{n}", "rate", durable=True)]
        if shared:
            drawing.limit_curve(axes, THREADS, shared)
            names.append(drawing.end_of_limit("O_DSYNC write for all", 64,
                                              shared[-1]))
        limits = self.limits.writes_a_second()
        for rate, _ in limits:
            drawing.level(axes, rate)
        drawing.log_axis(axes.yaxis, drawing.short)
        axes.set_title("Durable checkouts")
        axes.set_xlabel("threads")
        axes.set_ylabel("a second (log)")
        drawing.name_at(axes, [drawing.end_of_limit(text, 1, rate)
                               for rate, text in limits],
                        ("axes fraction", "data"))
        drawing.name_at(axes, names)
        self.save(fig, "durable", "Checkouts that are on stable storage when "
                  "they return; of each product the best kind for so many "
                  "threads", ("durable_checkout",))

    def best_rate(self, row, name):
        """Of the kinds of a product."""
        if name == "store":
            return self.peers.store_value(row)
        best = self.peers.best(row, [name])
        return best and best[1]

    def draw_growth(self):
        growth = self.folder.growth
        panels = (
            ("Bulk load of a row", "bulk_load", "rows", "time"),
            ("Lookup of a barcode", "barcode_by_value", "hit_single", "time"),
            ("Checkout", "checkout", "throughput", "time"),
            ("Memory of a row", "memory", "rows", "bytes_a_row_resident"))
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
            self.growth_axis(one, counter, heights, closest(
                self.limits.of(work, variant, counter), less_is_better=True))
            drawing.log_axis(one.xaxis, drawing.short)
        for one in axes[2:]:
            one.set_xlabel("customers (log)")
        if shown:
            drawing.legend(fig, first_of_each(shown))
            on_disk = any(product(peer) == "rocksdb" for peer in shown)
            self.save(fig, "growth", "Growth: the same work on more rows, in "
                      "memory" + (", RocksDB's on disk" if on_disk else ""),
                      {work for _, work, *_ in panels}, growth)

    def growth_axis(self, axes, counter, heights, limit):
        scale, form = 1, drawing.short
        if counter == "time":
            scale, form = 1e-9, drawing.short_time
        what = "time" if counter == "time" else "bytes, resident"
        is_log = counter == "time" or (heights
                                       and max(heights) > 8 * min(heights))
        if is_log:
            axes.set_yscale("log")
        else:
            axes.set_ylim(0)
        if limit:
            drawing.level(axes, limit[0] * scale, limit[1])
        if is_log:
            drawing.log_axis(axes.yaxis, form)
        axes.set_ylabel(what + (" (log)" if is_log else ""))

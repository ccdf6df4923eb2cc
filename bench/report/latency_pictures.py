"""The pictures of latencies: by percentile, and in time. Needs matplotlib."""

import math
import re

import drawing
from kind_tables import day_readers, day_variant
from peer_rows import PRODUCTS, ROWS, THREADS, product
from results import span

PERCENTILES = (("50", "p50_ns"), ("75", "p75_ns"), ("90", "p90_ns"),
               ("95", "p95_ns"), ("99", "p99_ns"), ("99.5", "p99.5_ns"),
               ("99.9", "p99.9_ns"), ("99.95", "p99.95_ns"),
               ("99.99", "p99.99_ns"))
TOLD = ("50", "90", "99", "99.9", "99.99")  # at the axis
LONGEST_AT = len(PERCENTILES) + 1  # so far right that both names have room
BACKUP_BEGINS_S = 1.0
STEP_S = 0.05
STEP = re.compile(r"at_(\d+)ms_max_ns")
SERVERS = ("postgresql", "redis")
# Of a day, in the counters and in its picture; the last is of the readers.
DAY_PARTS = (("lookup_", "Lookup"), ("redeem_", "Redeem"),
             ("checkout_", "Checkout"), ("reader_", "Lookup beside it"))


class LatencyPictures:
    """A part of the Gallery, which has `peers`, `limits` and save()."""

    # ---- Curves. ----

    def curve(self, axes, peer, work, variant, what=""):
        """Latency by percentile; the longest as a mark of its own."""
        values = points(lambda counter: self.peers.median(
            peer, work, variant, what + counter))
        longest = self.peers.median(peer, work, variant, what + "max_ns")
        if not values or not longest:
            return False
        top = (LONGEST_AT, longest / 1e9)
        drawing.line(axes, peer, *zip(values[-1], top), linestyle=":",
                     linewidth=0.9, marker="")
        drawing.line(axes, peer, *zip(*values), markersize=4)
        drawing.line(axes, peer, *zip(top), markersize=6)
        return True

    def idle_curve(self, axes, variant, what):
        """How late the operations of a day begin that do nothing; whether it
        is known."""
        values = points(lambda counter: self.limits.idle_day_ns(
            variant, what + counter))
        if values:
            drawing.limit_curve(axes, *zip(*values))
        return bool(values)

    def latency_axes(self, axes, title):
        """After the curves are drawn."""
        axes.set_title(title)
        axes.set_yscale("log")
        drawing.log_axis(axes.yaxis, drawing.short_time)
        axes.set_xticks([*range(len(PERCENTILES)), LONGEST_AT],
                        [name if name in TOLD else ""
                         for name, _ in PERCENTILES] + ["max"])

    def latency_limits(self, axes, work, what="", durable=False):
        """What one operation cannot be faster than; after the curves of all
        axes that share a scale."""
        for ns, text in self.limits.of(work, "latency", f"{what}p50_ns",
                                       durable):
            drawing.level(axes, ns / 1e9, text)

    def draw_panels(self, name, panels, caption, variant=None, **options):
        """Curves beside each other: (title, work, variant, peers, durable) of
        each panel. Caption and `variant` as for save()."""
        fig, axes = drawing.figure(1, len(panels), 350, **options)
        curves = [[peer for peer in peers if self.curve(one, peer, work, of)]
                  for one, (_, work, of, peers, _) in zip(axes, panels)]
        shown = sum(curves, [])
        for one, has_curves, (title, work, _, _, durable) in zip(axes, curves,
                                                                 panels):
            if not has_curves:
                one.set_axis_off()
                continue
            self.latency_axes(one, title)
            self.latency_limits(one, work, durable=durable)
            one.set_xlabel("percentile")
        axes[0].set_ylabel("latency (log)")
        if shown:
            drawing.legend(fig, first_of_each(shown))
            self.save(fig, name, caption, {panel[1] for panel in panels},
                      variant=variant)

    # ---- Single operations, one after the other. ----

    def clock_text(self, works):
        """What a latency has in it of the clock."""
        clock_ns = self.limits.clock_ns()
        if clock_ns is None:
            told = [self.peers.median(peer, work, "latency", "clock_ns")
                    for peer in self.peers.names for work in works]
            clock_ns = min(filter(None, told), default=None)
        return ("" if clock_ns is None else
                ". Each has one reading of the clock in it, "
                f"{span(clock_ns)}, which keeps it from overlapping the next")

    def best_at(self, work):
        """The store and the best kind of each product, by its single hits."""
        row = next(row for row in ROWS
                   if (row.work, row.variant) == (work, "hit_single"))
        return [peer for peer, _ in self.figures(row)]

    def draw_lookup_latencies(self):
        panels = [(title, work, "latency", self.best_at(work), False)
                  for title, work in (
                      ("Lookup of a customer by email", "customer_by_email"),
                      ("Lookup of a barcode by value", "barcode_by_value"))]
        self.draw_panels("lookup_latencies", panels, "Single lookups in random "
                         "order, one after the other"
                         + self.clock_text([panel[1] for panel in panels]),
                         variant="latency", sharey=True)

    def draw_checkout_latencies(self):
        self.draw_sale("checkout", "Checkout")

    def draw_redeem_latencies(self):
        self.draw_sale("redeem", "Redemption")

    def draw_sale(self, work, what):
        self.draw_panels(
            work, [(f"{what}, {synced}", work, "latency",
                    self.best_kinds(group), group == "durable")
                   for group, synced in (("unsynced", "not synced"),
                                         ("durable", "synced"))],
            f"{what}s of one thread, one after the other", variant="latency")

    def draw_durable_latencies(self):
        self.draw_panels(
            "durable_latencies",
            [(f"Durable checkout, {n} threads", "durable_checkout",
              f"threads_{n}", self.best_kinds("durable"), True)
             for n in THREADS[1:]],
            "Checkouts of many threads at a time, on stable storage when they "
            "return", sharey=True)

    # ---- A day. ----

    def draw_day(self):
        readers = picked_readers(day_readers(self.peers))
        rows = [(1000, "durable", "1,000 a second, synced"),
                (10_000, "unsynced", "10,000 a second, not synced")]
        parts = DAY_PARTS if readers else DAY_PARTS[:-1]
        columns = len(parts)
        fig, axes = drawing.figure(2, columns, 560, sharey=True)
        shown = []
        left_out = LeftOut()
        has_idle = False
        for i, (rate, group, title) in enumerate(rows):
            row = axes[columns * i:columns * (i + 1)]
            shown += self.day_row(row, parts, group, rate, readers, left_out)
            for one, (what, _) in zip(row, parts):
                has_idle |= self.idle_curve(one, day_variant(rate, readers),
                                            what)
            row[0].set_ylabel(f"{title}\nlatency (log)")
        for i, one in enumerate(axes):
            what, name = parts[i % columns]
            self.latency_axes(one, name)
            self.latency_limits(one, "day", what,
                                rows[i // columns][1] == "durable")
        fig.supxlabel("percentile", fontsize=10.5)
        if shown:
            beside = ("nobody" if readers == 0 else "a reader" if readers == 1
                      else f"{readers} readers")
            idle = (". The dashed curve without marks: of operations that do "
                    "nothing" if has_idle else "")
            drawing.legend(fig, first_of_each(shown))
            self.save(fig, "day", f"A day of a ticket shop with {beside} beside "
                      "it: latency from the time that an operation was due"
                      + idle + left_out.text(), ("day",))

    def day_row(self, row, parts, group, rate, readers, left_out):
        """Draws the curves of all days of a rate; returns whose."""
        variant = day_variant(rate, readers)
        at_rate = f"at {rate:,} a second"
        shown = []
        for peer in self.best_kinds(group):
            reason = self.why_not_in_day(peer, rate, readers)
            if reason:
                left_out.add(peer, at_rate, reason)
                continue
            for axes, (what, _) in zip(row, parts):
                late = self.peers.behind(peer, "day", variant, f"{what}p50_ns")
                if late:
                    left_out.add(peer, f"beside it {at_rate}", late)
                elif self.curve(axes, peer, "day", variant, what):
                    shown.append(peer)
        return shown

    def why_not_in_day(self, peer, rate, readers):
        """None: it is in it."""
        rates = {r for r, n in self.days_of(peer)}
        late = self.peers.behind_ns(peer, "day", day_variant(rate, readers))
        if late:
            return f"could not keep up, {span(late)} behind"
        if (rate, readers) in self.days_of(peer):
            return None
        if rate in rates and readers:
            return "no threads that read beside it"
        if rates and product(peer) in SERVERS:
            return "not asked for so many, as a server"
        return "not measured"

    def days_of(self, peer):
        """(rate, readers) of each that was measured."""
        return [(rate, n) for rate, counts in day_readers(self.peers).items()
                for n in counts
                if self.peers.results.runs.get(
                    ("day", day_variant(rate, n), peer, self.peers.size))]

    # ---- A backup. ----

    def backup_story(self, peer):
        """Times and longest checkouts from then on, in seconds."""
        key = ("beside_backup", "backup", peer, self.peers.size)
        steps = sorted((int(match[1]) / 1e3, name)
                       for name in self.peers.results.counters(*key)
                       if (match := STEP.fullmatch(name)))
        return ([x for x, _ in steps],
                [self.peers.results.median(*key, name) / 1e9
                 for _, name in steps])

    def draw_backup(self):
        lines = []
        for peer in self.best_kinds("durable"):
            seconds = self.peers.median(peer, "beside_backup", "backup",
                                        "duration")
            xs, ys = self.backup_story(peer)
            if ys and seconds:
                lines.append((peer, xs, ys, seconds))
        if not lines:
            return
        columns = 2
        count = math.ceil(len(lines) / columns)
        fig, axes = drawing.figure(count, columns, 60 + 165 * count,
                                   sharey=True)
        behind = False
        for one, (peer, xs, ys, seconds) in zip(axes, lines):
            colour = drawing.LINES[product(peer)][0]
            late = self.peers.behind_ns(peer, "beside_backup", "backup")
            one.set_title(f"{drawing.name_of(peer)}: backup of "
                          f"{drawing.short_time(seconds)}")
            one.axvspan(BACKUP_BEGINS_S, BACKUP_BEGINS_S + seconds,
                        color=colour, alpha=0.15, linewidth=0)
            one.step(xs, ys, where="post", color=colour, linewidth=1.6)
            one.set_yscale("log")
            one.set_xlim(0, xs[-1] + STEP_S)
            drawing.log_axis(one.yaxis, drawing.short_time)
            if late:
                behind = True
                drawing.note(one, "could not keep up: "
                             f"{drawing.short_time(late / 1e9)} behind before")
        for one in axes[len(lines):]:
            one.set_axis_off()
        for i, one in enumerate(axes[:len(lines)]):
            for ns, text in self.limits.of("beside_backup", "backup",
                                           "quiet_p50_ns", durable=True):
                drawing.level(one, ns / 1e9, "" if i else text, below=True)
                one.set_ylim(ns / 1e9 / 6)
        fig.supxlabel("seconds, of each peer its own scale", fontsize=10.5)
        fig.supylabel("longest checkout in 50 ms (log)", fontsize=10.5)
        self.save(fig, "backup", "1,000 durable checkouts a second while a "
                  "backup runs (shaded): the longest of each 50 ms, from when "
                  "it was due"
                  + (". What could not keep up before the backup shows its "
                     "backlog, not the backup" if behind else ""),
                  ("beside_backup",))


class LeftOut:
    """Who is not in a picture, where, and why."""

    def __init__(self):
        self.names = {}  # by where, then reason

    def add(self, peer, where, reason):
        reasons = self.names.setdefault(where, {})
        reasons.setdefault(reason, []).append(drawing.name_of(peer))

    def text(self):
        if not self.names:
            return ""
        return ". Left out " + "; ".join(
            f"{where}: " + ", ".join(f"{' and '.join(names)} ({reason})"
                                     for reason, names in reasons.items())
            for where, reasons in self.names.items())


def points(figure_ns):
    """Place at the axis and seconds of each percentile that is known;
    `figure_ns` takes its counter."""
    values = [(i, figure_ns(counter))
              for i, (_, counter) in enumerate(PERCENTILES)]
    return [(i, value / 1e9) for i, value in values if value]


def picked_readers(counts_by_rate):
    """One, if there is a day with one; else the fewest, none last."""
    counts = sorted({n for counts in counts_by_rate.values() for n in counts})
    return next((n for n in counts if n > 0), 0)


def first_of_each(peers):
    """One peer of each product, in the order of PRODUCTS."""
    by_product = {product(peer): peer for peer in reversed(peers)}
    return [by_product[name] for name in PRODUCTS if name in by_product]

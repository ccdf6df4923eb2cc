"""The store beside its peers: tables of the best kind of each product, with the
targets."""

from limits import cell
from page import Table
from peer_rows import IN_MEMORY, PRODUCTS, ROWS, product
from results import span

BEHIND_NS_MAX = 10e6


class Peers:
    """The peers of one size of one run, in its part `peers` if no other results
    are given."""

    def __init__(self, folder, size, results=None):
        self.folder = folder
        self.results = results or folder.peers
        self.size = size
        order = list(PRODUCTS)
        self.names = sorted(
            {key[2] for key in self.results.runs if key[3] == size},
            key=lambda name: (order.index(product(name))
                              if product(name) in order else len(order), name))

    def products(self):
        """Those that are there, but for the store."""
        there = {product(name) for name in self.names}
        return [name for name in PRODUCTS if name in there and name != "store"]

    def at_risk(self, peer):
        return self.folder.at_risk(peer) or "not told"

    def is_in(self, group, peer):
        risk = self.at_risk(peer)
        if group == "unsynced":
            return risk != "nothing"
        if group == "durable":
            return risk == "nothing"
        if group == "on_disk":
            return risk != "everything"
        if group == "in_memory":
            return peer.startswith(IN_MEMORY)
        return True

    def median(self, peer, work, variant, counter):
        return self.results.median(work, variant, peer, self.size, counter)

    def behind_ns(self, peer, work, variant, counter="behind_ns"):
        """How far it was behind, if it could not keep up; else None."""
        late = self.median(peer, work, variant, counter)
        return late if late is not None and late > BEHIND_NS_MAX else None

    def behind(self, peer, work, variant, counter):
        """Who could not keep up, and how far it was behind, where a counter
        therefore tells nothing; else None."""
        if not counter.endswith("_ns"):
            return None
        late = self.behind_ns(peer, work, variant)
        if late:
            return behind_text(late)
        if counter.startswith("reader_"):
            late = self.behind_ns(peer, work, variant, "reader_behind_ns")
        return f"the readers {behind_text(late)}" if late else None

    def is_unfair(self, peer, work, variant):
        """Whether its percentiles were withheld, as a thread hardly got to
        sell (bench/peer_thread_benchmarks.cc)."""
        return any("least_share" in run and "max_ns" not in run for run in
                   self.results.runs.get((work, variant, peer, self.size), ()))

    def least_share(self, peer, work, variant):
        """Of a thread, in any run."""
        return min(self.results.values(work, variant, peer, self.size,
                                       "least_share"))

    def value(self, row, peer, variant):
        if self.behind(peer, row.work, variant, row.counter):
            return None
        return self.median(peer, row.work, variant, row.counter)

    def store_value(self, row):
        return self.value(row, row.store, row.variant)

    def peer_value(self, row, peer):
        value = self.value(row, peer, row.variant)
        if value is None and row.or_variant:
            return self.value(row, peer, row.or_variant)
        return value

    def kinds_of(self, row, products):
        """Those of `products` that are beside the store in a row."""
        return [peer for peer in self.names
                if product(peer) in products and product(peer) != "store"
                and self.is_in(row.peers, peer)]

    def best(self, row, products):
        """The best of the kinds of `products`, and its figure; or None."""
        figures = []
        for peer in self.kinds_of(row, products):
            value = self.peer_value(row, peer)
            if value is not None:
                figures.append((value, peer))
        if not figures:
            return None
        value, peer = (min if row.is_less_better() else max)(figures)
        return peer, value

    def rival(self, row):
        """The best of those that the ratio is to, and the ratio; or None."""
        store = self.store_value(row)
        best = self.best(row, [product(name) for name in row.to])
        if store is None or best is None:
            return None
        return best[0], row.ratio(store, best[1])


def marked(row, peer, value):
    told = row.kind_of(peer)
    return row.amount(value) + (f" `{told}`" if told else "")


def compared(peers, rows):
    """(row, figure of the store, [(peer, figure) or None of each product]) of
    what the store was measured at."""
    for row in rows:
        store = peers.store_value(row)
        if store is not None:
            yield row, store, [peers.best(row, [name])
                               for name in peers.products()]


def limit_head(limits):
    return ["limit of the machine"] if limits.are_known() else []


def limit_cells(limits, row):
    return ([cell(limits.of_row(row), row.amount, row.is_less_better(),
                  row.unlimited)] if limits.are_known() else [])


def best_table(peers, limits, rows=ROWS):
    """With the kind that is the best of each product, and the targets."""
    table = Table(["work", "orderstore"]
                  + [PRODUCTS[name] for name in peers.products()]
                  + limit_head(limits) + ["ratio to", "", "target", ""])
    for row, store, best in compared(peers, rows):
        rival, ratio = peers.rival(row) or (None, None)
        verdict = ""
        if row.target and ratio:
            verdict = "ok" if ratio >= row.target else "**miss**"
        table.add_row(row.label, [
            marked(row, row.store, store),
            *[marked(row, *pair) if pair else "-" for pair in best],
            *limit_cells(limits, row),
            PRODUCTS[product(rival)] if rival else "-",
            times(ratio), times(row.target), verdict])
    return table


def plain_table(peers, limits, rows):
    """What is better than the store is bold."""
    table = Table(["work", "orderstore"]
                  + [PRODUCTS[name] for name in peers.products()]
                  + limit_head(limits))
    for row, store, best in compared(peers, rows):
        amounts = ["" if not pair else f"**{row.amount(pair[1])}**"
                   if row.ratio(store, pair[1]) < 1 else row.amount(pair[1])
                   for pair in best]
        table.add_row(row.label, [row.amount(store), *amounts,
                                  *limit_cells(limits, row)])
    return table.keep_columns(table.filled_columns())


def times(ratio):
    if ratio is None:
        return ""
    if ratio < 10:
        return f"{float(f'{ratio:.3g}'):g} x"
    return f"{float(f'{ratio:.3g}'):,.0f} x"


def behind_text(late):
    return f"could not keep up, {span(late)} behind"

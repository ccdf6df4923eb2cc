"""Where the store loses: where a peer or the floor is better, or a target is
missed; and why, if it is known."""

import dataclasses

from peer_rows import PRODUCTS, ROWS, product
from peer_tables import compared, times
from reasons import floor_reasons_for, reasons_for
from results import amount
from store_rows import DURABLE, FIGURES, RATIOS
from store_tables import FLOORS, rate

NOT_KNOWN = "Why is not known"


@dataclasses.dataclass(frozen=True)
class Loss:
    label: str
    facts: list  # texts
    winners: list  # names of who is better
    shortly: list  # what of the facts is told beside the winners
    reasons: list
    is_behind: bool = False  # the store could not keep up, and has no figure

    def line(self):
        return ". ".join([f"{self.label}: " + ", ".join(self.facts),
                          *(self.reasons or [NOT_KNOWN])]) + "."


def beside_peers(peers, rows=ROWS):
    """Where a peer wins, or a target is missed."""
    has_huge_pages = peers.results.has_huge_pages()
    for row, store, best in compared(peers, rows):
        better = [pair for pair in best
                  if pair and row.ratio(store, pair[1]) < 1]
        facts = facts_of(row, better)
        if better:
            facts.append(f"orderstore {row.amount(store)}")
        named = [product(peer) for peer, _ in better]
        has_store_won = any(name != "map" for name in named)
        rival, ratio = peers.rival(row) or (None, None)
        target = []
        if row.target and ratio and ratio < row.target:
            named.append(product(rival))
            target = [f"{times(ratio)} as good as {PRODUCTS[product(rival)]}",
                      f"target {times(row.target)}"]
        if facts or target:
            yield Loss(row.label, facts + target, names_of(row, better), target,
                       reasons_for(row.label, named,
                                   bool(target) and not has_store_won,
                                   has_huge_pages))
    yield from where_behind(peers, rows)


def where_behind(peers, rows):
    """Where the store could not keep up: whoever has a figure wins."""
    for row in rows:
        late = peers.behind(row.store, row.work, row.variant, row.counter)
        if late:
            others = [best for name in peers.products()
                      if (best := peers.best(row, [name]))]
            told = f"orderstore: {late}"
            yield Loss(row.label, facts_of(row, others) + [told],
                       names_of(row, others), [told], [], is_behind=True)


def facts_of(row, figures):
    """`figures`: (peer, figure) each."""
    return [f"{row.name_of(product(peer))} {row.amount(value)}"
            for peer, value in figures]


def names_of(row, figures):
    return [row.name_of(product(peer)) for peer, _ in figures]


def beside_floor(tables, short=False):
    """Where the floor wins, or the store misses a target of its own tables."""
    has_huge_pages = tables.results.has_huge_pages()
    for row in (*RATIOS, *FIGURES, *DURABLE):
        if row.short or not short:
            told = (lost_ratio(tables, row) if row in RATIOS
                    else lost_figure(tables, row))
            if told:
                yield Loss(row.label, *told,
                           floor_reasons_for(row.label, has_huge_pages))


def lost_ratio(tables, row):
    """Facts, winners and the target that is missed; None if all is well."""
    store = tables.median(row, "rate")
    least = row.least or 0
    facts, winners, target = [], [], []
    for name, floor in zip(FLOORS.values(), tables.floors_of(row)):
        if store and floor and store / floor < max(least, 1):
            name += ", prefetched" if row.is_batch() else ""
            facts.append(f"{name} {rate(floor)}, {store / floor:.2f} of it")
            if store < floor:
                winners.append(name)
            if store / floor < least:
                target = [f"target {least}"]
    if not facts:
        return None
    facts.append(f"orderstore {rate(store)}")
    return facts + target, winners, target


def lost_figure(tables, row):
    """Facts, winners and the targets that are missed; None if all is well."""
    store = tables.median(row, row.counter)
    if store is None:
        return None
    better = tables.better_floors(row, store)
    targets, verdict = tables.target_cells(row, store)
    target = [f"target {targets}"] if "miss" in verdict else []
    if not better and not target:
        return None
    facts = [f"{FLOORS[floor]} {amount(value, row.unit)}"
             for floor, value in better.items()]
    facts.append(("orderstore " if better else "") + amount(store, row.unit))
    if row.beside:
        facts.append(tables.beside_text(row))
    share = tables.share_of(row)
    if share is not None:
        facts.append(f"{share:.2f} x")
    return facts + target, [FLOORS[floor] for floor in better], target


def by_reason(losses):
    """A line for each reason, with all that it is given for."""
    labels = {}
    for loss in losses:
        about = "; ".join(", ".join(texts)
                          for texts in (loss.winners, loss.shortly) if texts)
        reason = ". ".join(loss.reasons or [NOT_KNOWN])
        labels.setdefault(reason, []).append(f"{loss.label} ({about})")
    return [f"{'; '.join(told)}. {reason}." for reason, told in labels.items()]

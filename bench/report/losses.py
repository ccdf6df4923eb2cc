"""Where the store loses: where a peer or the floor is better, or a target is
missed; and why, if it is known."""

import dataclasses

from peer_rows import PRODUCTS, ROWS, product
from peer_tables import compared, times
from reasons import FLOOR_REASONS, reasons_for
from results import amount
from store_rows import DURABLE, FIGURES, RATIOS
from store_tables import FLOORS, rate

NOT_KNOWN = "Why is not known"


@dataclasses.dataclass(frozen=True)
class Loss:
    label: str
    facts: list  # texts
    winners: list  # names of who is better
    target: str  # that is missed, or nothing
    reasons: list

    def line(self):
        return ". ".join([f"{self.label}: " + ", ".join(self.facts),
                          *(self.reasons or [NOT_KNOWN])]) + "."


def beside_peers(peers, rows=ROWS):
    """Where a peer wins, or a target is missed."""
    for row, store, best in compared(peers, rows):
        better = [pair for pair in best
                  if pair and row.ratio(store, pair[1]) < 1]
        winners = {product(peer): row.name_of(product(peer))
                   for peer, _ in better}
        facts = [f"{row.name_of(product(peer))} {row.amount(value)}"
                 for peer, value in better]
        if better:
            facts.append(f"orderstore {row.amount(store)}")
        named = list(winners)
        rival, ratio = peers.rival(row) or (None, None)
        target = ""
        if row.target and ratio and ratio < row.target:
            target = f"target {times(row.target)}"
            named.append(product(rival))
            facts += [f"{times(ratio)} as good as {PRODUCTS[product(rival)]}",
                      target]
        if facts:
            yield Loss(row.label, facts, list(winners.values()), target,
                       reasons_for(row.label, named))


def beside_floor(tables, short=False):
    """Where the floor wins, or the store misses a target of its own tables."""
    for row in (*RATIOS, *FIGURES, *DURABLE):
        if row.short or not short:
            told = (lost_ratio(tables, row) if row in RATIOS
                    else missed_bound(tables, row))
            reason = FLOOR_REASONS.get(row.label)
            if told:
                yield Loss(row.label, *told, [reason] if reason else [])


def lost_ratio(tables, row):
    """Facts, winners and target; None if all is well."""
    store = tables.median(row, "rate")
    least = row.least or 0
    facts, winners, target = [], [], ""
    for name, floor in zip(FLOORS.values(), tables.floors_of(row)):
        if store and floor and store / floor < max(least, 1):
            name += ", prefetched" if row.is_batch() else ""
            facts.append(f"{name} {rate(floor)}, {store / floor:.2f} of it")
            if store < floor:
                winners.append(name)
            if store / floor < least:
                target = f"target {least}"
    if not facts:
        return None
    facts.append(f"orderstore {rate(store)}")
    return facts + ([target] if target else []), winners, target


def missed_bound(tables, row):
    """Facts, nobody and the target; None if it is met."""
    store = tables.median(row, row.counter)
    if store is None:
        return None
    targets, verdict = tables.target_cells(row, store)
    if "miss" not in verdict:
        return None
    target = f"target {targets}"
    share = tables.share_of(row)
    facts = [amount(store, row.unit)]
    if row.beside:
        facts.append(tables.beside_text(row))
    if share is not None:
        facts.append(f"{share:.2f} x")
    return facts + [target], [], target


def by_reason(losses):
    """A line for each reason, with all that it is given for."""
    labels = {}
    for loss in losses:
        about = ", ".join([*loss.winners, *([loss.target] if loss.target
                                            else [])])
        reason = ". ".join(loss.reasons or [NOT_KNOWN])
        labels.setdefault(reason, []).append(f"{loss.label} ({about})")
    return [f"{'; '.join(told)}. {reason}." for reason, told in labels.items()]

"""Where the store loses: where a peer is better, or a target is missed."""

from peer_rows import PRODUCTS, ROWS, product
from peer_tables import times
from reasons import FLOOR_REASONS, reasons_for
import store_tables

NOT_KNOWN = ["Why is not known"]


def told_with(label, facts, reasons):
    return ". ".join([f"{label}: " + ", ".join(facts),
                      *(reasons or NOT_KNOWN)]) + "."


def beside_peers(peers):
    """Lines of where a peer wins or a target is missed, with the reason."""
    lines = []
    for row in ROWS:
        store = peers.store_value(row)
        if store is None:
            continue
        told = []
        winners = []
        for name in peers.products():
            best = peers.best(row, [name])
            if best and row.ratio(store, best[1]) < 1:
                winners.append(name)
                told.append(f"{row.name_of(name)} {row.amount(best[1])}")
        if told:
            told.append(f"orderstore {row.amount(store)}")
        rival, ratio = peers.rival(row) or (None, None)
        if row.target and ratio and ratio < row.target:
            winners.append(product(rival))
            told.append(f"{times(ratio)} as good as {PRODUCTS[product(rival)]}, "
                        f"target {times(row.target)}")
        if told:
            lines.append(told_with(row.label, told,
                                   reasons_for(row.label, winners)))
    return lines


def beside_floor(results, size):
    """Lines of the targets that the store misses in its own tables."""
    return [told_with(label, facts, [FLOOR_REASONS[label]]
                      if label in FLOOR_REASONS else None)
            for label, facts in store_tables.missed(results, size)]

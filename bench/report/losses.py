"""Where the store loses: where a peer or the floor is better, or a target is
missed; and why, if it is known."""

import dataclasses

from conditions import Lost
from kind_tables import GROWTH, day_variants
from limits import Limits, closest
from peer_rows import PRODUCTS, ROWS, Row, product
from peer_tables import Peers, compared, times
from reasons import FLOOR_REASONS, PEER_REASONS, reasons_for
from results import STORE, amount
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


# ---- Beside the peers. -----------------------------------------------------

def beside_peers(peers, rows=ROWS):
    """Where a peer wins, or a target is missed."""
    for row, store, best in compared(peers, rows):
        better = [pair for pair in best
                  if pair and row.ratio(store, pair[1]) < 1]
        facts = facts_of(row, better)
        if better:
            facts.append(f"orderstore {row.amount(store)}")
        rival, ratio = peers.rival(row) or (None, None)
        misses = bool(row.target and ratio and ratio < row.target)
        if not facts and not misses:
            continue
        lost = lost_to_peers(peers, row, better, [rival] if misses else [])
        target = [f"{times(ratio)} as good as {PRODUCTS[product(rival)]}",
                  target_text(row, ratio, store, lost.limit)
                  + floor_text(peers, row, store, ratio)] if misses else []
        shortly = [f"the store is {text}" if text == target[0] else text
                   for text in target]
        yield Loss(row.label, facts + target, names_of(row, better), shortly,
                   explained(lost, PEER_REASONS,
                             lambda peer: row.name_of(product(peer))))
    yield from where_behind(peers, rows)


def target_text(row, ratio, store, limit):
    """`ratio`: of the store's figure to the rival's. A limit that the store
    passes bounds nothing."""
    left = row.ratio(limit, store) if limit else 0
    beyond = left >= 1 and ratio * left < row.target
    return f"target {times(row.target)}" + (
        ", which is beyond the limit of the machine" if beyond else "")


def floor_text(peers, row, store, ratio):
    """How near hash maps come to a target that the store misses, if they are
    nearer than the rival and further away than the store. `ratio`: of the
    store's figure to the rival's."""
    floor = peers.best(row, ["map"])
    beside_store = row.ratio(floor[1], store) if floor else 0
    reached = beside_store * ratio
    return (f", hash maps reach {times(reached)}"
            if beside_store < 1 < reached else "")


def explained(lost, among, name_of):
    """The reasons; and if they are of some of the others alone, of whom not."""
    texts, left = reasons_for(lost, among)
    if texts and left:
        names = " and ".join(dict.fromkeys(map(name_of, left)))
        texts.append(f"Why, beside {names}, is not known")
    return texts


def lost_to_peers(peers, row, better, rivals):
    """`better`: (peer, figure) each."""
    limits = Limits(peers.folder, peers.size)
    limit = closest(limits.of_row(row), row.is_less_better())

    def figure_of(subject, variant, counter):
        return peers.value(dataclasses.replace(row, counter=counter), subject,
                           variant)

    return Lost(
        row=row, store=row.store, winners=tuple(peer for peer, _ in better),
        rivals=tuple(rivals), figure=figure_of,
        aim=(min if row.is_less_better() else max)(
            [figure for _, figure in better], default=None),
        limits=limits, limit=limit and limit[0],
        has_huge_pages=peers.results.has_huge_pages(),
        days=tuple(days_like(peers, row, better)) if row.work == "day" else ())


def days_like(peers, row, better):
    """Of the same rate: see Lost."""
    pace = row.variant.partition("_")[0] + "_"
    for variant, _ in day_variants(peers):
        if variant.startswith(pace):
            day = dataclasses.replace(row, variant=variant)
            best = [peers.best(day, [product(peer)]) for peer, _ in better]
            yield peers.store_value(day), [pair and pair[1] for pair in best]


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


# ---- Beside the floor and the machine. -------------------------------------

def beside_floor(tables, short=False):
    """Where the floor wins, or the store misses a target of its own tables."""
    for row in (*RATIOS, *FIGURES, *DURABLE):
        if row.short or not short:
            loss = (ratio_loss if row in RATIOS else figure_loss)(tables, row)
            if loss:
                yield loss


def ratio_loss(tables, row):
    """None if all is well."""
    store = tables.median(row, "rate")
    least = row.least or 0
    facts, winners, rivals = [], {}, []
    for name, floor in zip(FLOORS, tables.floors_of(row)):
        if store and floor and store / floor < max(least, 1):
            told = FLOORS[name] + (", prefetched" if row.is_batch() else "")
            facts.append(f"{told} {rate(floor)}, {store / floor:.2f} of it")
            if store < floor:
                winners[name] = told
            if store / floor < least:
                rivals.append(name)
    if not facts:
        return None
    facts.append(f"orderstore {rate(store)}")
    target = [f"target {least}"] if rivals else []
    lost = lost_to_floor(tables, row, winners, rivals,
                         max(tables.floors_of(row), key=lambda it: it or 0))
    return Loss(row.label, facts + target, list(winners.values()), target,
                explained(lost, FLOOR_REASONS, FLOORS.get))


def figure_loss(tables, row):
    """None if all is well."""
    store = tables.median(row, row.counter)
    if store is None:
        return None
    better = tables.better_floors(row, store)
    missed = [text for text, met in tables.targets(row, store) if not met]
    target = [f"target {', '.join(missed)}"] if missed else []
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
    lost = lost_to_floor(tables, row, better, [])
    return Loss(row.label, facts + target, [FLOORS[floor] for floor in better],
                target, explained(lost, FLOOR_REASONS, FLOORS.get))


def lost_to_floor(tables, row, winners, rivals, aim=None):
    def figure_of(subject, variant, counter):
        if subject != STORE and variant == row.variant:
            variant = getattr(row, "floor_variant", variant)
        return tables.median(row, counter, subject, variant)

    beside = getattr(row, "beside", ())
    return Lost(
        row=row, store=STORE, winners=tuple(winners), rivals=tuple(rivals),
        aim=aim, figure=figure_of, limits=tables.limits,
        limit=tables.median(row, beside[0]) if beside else None,
        has_huge_pages=tables.results.has_huge_pages())


# ---- In further tables, by name alone. -------------------------------------

def on_other_days(peers):
    """A line for each day that none of ROWS is of, if a peer wins there."""
    told = {(row.variant, row.store) for row in ROWS if row.work == "day"}
    for variant, title in day_variants(peers):
        for store, group in (("store_sync", "durable"), ("store", "unsynced")):
            if (variant, store) in told:
                continue
            rows = [Row(f"{what} p99", "day", variant, f"{what}_p99_ns", store,
                        group)
                    for what in ("lookup", "redeem", "checkout", "reader")]
            lost = [f"{loss.label} ({', '.join(loss.winners or loss.shortly)})"
                    for loss in beside_peers(peers, rows)]
            if lost:
                yield (f"A day{' not' * (group != 'durable')} synced, {title}: "
                       + ", ".join(lost) + ".")


def in_growth(folder):
    """Lines for each column of the table of growth in which a peer wins."""
    for head, work, variant, counter, _ in GROWTH:
        row = Row(label_of(work, variant, counter) or head, work, variant,
                  counter, STORE, "any")
        lost = {}  # sizes by winners, and reasons
        for size in folder.growth.sizes():
            peers = Peers(folder, size, folder.growth)
            for loss in beside_peers(peers, [row]):
                if loss.winners:
                    alike = (", ".join(loss.winners),
                             ". ".join(loss.reasons or [NOT_KNOWN]))
                    lost.setdefault(alike, []).append(f"{size:,}")
        for (winners, reasons), sizes in lost.items():
            yield (f"{head}: {winners} at {', '.join(sizes)} customers. "
                   f"{reasons}.")


def label_of(work, variant, counter):
    """Of the first of ROWS that tells of it, by which reasons are given; None
    if there is none. A time is told as a rate there."""
    counter = "rate" if counter == "time" else counter
    return next((row.label for row in ROWS if counter == row.counter
                 and (row.work, row.variant) == (work, variant)), None)


# ---- Shortly. --------------------------------------------------------------

def by_reason(losses):
    """A line for each reason, with all that it is given for."""
    labels = {}
    for loss in losses:
        winners = loss.winners and ["better: " + ", ".join(loss.winners)]
        about = "; ".join([*winners, *([", ".join(loss.shortly)]
                                       if loss.shortly else [])])
        reason = ". ".join(loss.reasons or [NOT_KNOWN])
        labels.setdefault(reason, []).append(f"{loss.label} ({about})")
    return [f"{'; '.join(told)}. {reason}." for reason, told in labels.items()]

"""What the figures of a run say of a row that is lost: the conditions under
which a reason is given. A condition takes a Lost, and does not hold if what it
asks for was not measured."""

import dataclasses
import re
import typing

from limits import Limits
from results import STORE

# The same lookups all in one view, by variant of those in views of their own.
IN_ONE_VIEW = {"hit_single": "hit_in_read", "hit_own_view": "hit_one_view",
               "miss_own_view": "miss_one_view"}
MOST = 0.5  # of a difference
NEAR = 0.8  # of a limit
HUGE_PAGE = 2 << 20


@dataclasses.dataclass(frozen=True)
class Lost:
    """A subject is a kind of the store or of a peer, or a floor. A cost is what
    less of is better: nanoseconds, or bytes."""
    row: typing.Any  # of peer_rows or store_rows
    store: str  # subject
    winners: tuple  # subjects
    rivals: tuple  # subjects beside which a target is missed
    figure: typing.Callable  # (subject, variant, counter) -> number or None
    limits: Limits
    limit: float | None  # of the row's figure
    has_huge_pages: bool  # the store, and it is known
    aim: float | None = None  # the best figure of a winner
    # Of each day, by number of readers: the store's figure, and the best of each
    # product that wins on this; None if not known.
    days: tuple = ()

    def others(self):
        """Beside whom it is lost."""
        return tuple(dict.fromkeys((*self.winners, *self.rivals)))

    def cost(self, subject=None, variant=None, counter=None):
        """Of the store if nobody else is said, and of this row."""
        return self._as_cost(self.figure(
            subject or self.store, variant or self.row.variant,
            counter or self.row.counter))

    def aim_cost(self):
        return self._as_cost(self.aim)

    def limit_cost(self):
        return self._as_cost(self.limit)

    def _as_cost(self, figure):
        return 1e9 / figure if figure and self.row.counter == "rate" else figure

    def load_ns(self):
        return self.limits.machine("dram_latency", "huge_pages", "time")

    def view_ns(self):
        """What the opening and closing of a read view takes, alone."""
        return self._store_ns("view", "open_close")

    def call_ns(self):
        """What a call takes beside one of 32 in a batch, where none of them
        waits for memory."""
        return difference(*[self._store_ns("customer_by_id", variant)
                            for variant in ("miss_one_view", "miss_batch32")])

    def _store_ns(self, work, variant):
        """As measured beside the floor."""
        return self.limits.results.median(work, variant, STORE,
                                          self.limits.customers, "time")

    def is_enough(self, cost):
        """Whether it is that of the aim, or less."""
        aim = self.aim_cost()
        return None not in (cost, aim) and cost <= aim

    def is_most(self, part):
        """Whether it is most of what the store loses by."""
        lost = difference(self.cost(), self.aim_cost())
        return None not in (part, lost) and part >= MOST * lost


def difference(cost, *others):
    """None if any is not known."""
    return None if None in (cost, *others) else cost - sum(others)


# ---- Who wins. ----

def wins(product):
    return lambda lost: any(name.startswith(product) for name in lost.winners)


def nobody_wins(lost):
    """A target is missed, and that is all."""
    return bool(lost.rivals) and not lost.winners


def no_store_wins(lost):
    """A target is missed, and hash maps alone are better, if any."""
    return bool(lost.rivals) and set(lost.winners) <= {"map"}


def wins_at_p50(lost):
    """All who win in a tail do in the middle, too."""
    counter = re.sub(r"p[\d.]+_ns$", "p50_ns", lost.row.counter)
    own = lost.cost(counter=counter)
    costs = [lost.cost(name, counter=counter) for name in lost.winners]
    return bool(costs) and None not in (own, *costs) and max(costs) < own


def unless(condition):
    return lambda lost: not condition(lost)


# ---- The store in another way. ----

def better_as(subject, factor=1):
    """By more than the factor."""
    def holds(lost):
        cost = lost.cost(subject)
        return cost is not None and factor * cost < lost.cost()
    return holds


def enough_as(subject):
    """With which nobody would win."""
    return lambda lost: lost.is_enough(lost.cost(subject))


def meets_bound_as(variant):
    """Of a target that is missed."""
    def holds(lost):
        cost = lost.cost(variant=variant)
        return cost is not None and cost <= lost.row.bound < lost.cost()
    return holds


def meets_target_as(subject):
    """That is missed."""
    def holds(lost):
        cost = lost.cost(subject)
        return nobody_wins(lost) and cost is not None and all(
            lost.cost(name) >= lost.row.target * cost for name in lost.rivals)
    return holds


def ratios_in_one_view(lost, others):
    """How many times as good the store is as each, which is taken in one view,
    too, if it has any; none if it is not known."""
    variant = IN_ONE_VIEW[lost.row.variant]
    own = lost.cost(variant=variant)
    return [(lost.cost(name, variant) or lost.cost(name)) / own
            for name in others if own]


def faster_in_one_view(lost):
    """Than all who win."""
    return min(ratios_in_one_view(lost, lost.winners), default=0) > 1


def slower_in_one_view(lost):
    return min(ratios_in_one_view(lost, lost.winners), default=2) <= 1


def meets_target_in_one_view(lost):
    return nobody_wins(lost) and min(ratios_in_one_view(
        lost, lost.rivals), default=0) >= lost.row.target


def is_of_one_run(lost):
    """Of the store and of all who win."""
    runs = lost.limits.folder.peers.runs
    return all(len(runs.get((lost.row.work, lost.row.variant, name,
                             lost.limits.customers), ())) == 1
               for name in (lost.store, *lost.winners))


def better_on_another_day(lost):
    """Than all who win on this."""
    return any(others and None not in (own, *others) and own < min(others)
               for own, others in lost.days)


# ---- Parts of what it takes. ----

def view_is_most(lost):
    variant = IN_ONE_VIEW.get(lost.row.variant)
    return lost.is_most(difference(lost.cost(), lost.cost(variant=variant))
                        if variant else lost.view_ns())


def waiting_is_most(lost):
    """Of a miss, what it saves to wait together with 31 others: not that they
    are one call, nor that they have one view."""
    view_ns = lost.view_ns() if lost.row.variant == "miss_single" else 0
    return lost.is_most(difference(
        lost.cost(), lost.cost(variant="miss_batch32"), lost.call_ns(),
        view_ns))


def backup_is_most(lost):
    """What a checkout takes longer while there is a backup than before."""
    quiet = lost.row.counter.replace("backup_", "quiet_")
    return lost.is_most(difference(lost.cost(), lost.cost(counter=quiet)))


def unfilled_pages_are_most(lost):
    """What small pages save; if that was not measured, the last of each of ten
    arrays, half full. The store has more."""
    small, rows = lost.cost("store_small_pages"), lost.limits.rows()
    if small is not None:
        return lost.is_most(difference(lost.cost(), small))
    return lost.is_most(rows and 10 * HUGE_PAGE / 2 / rows)


def takes_loads(count):
    """Loads from memory, each of which needs the one before."""
    def holds(lost):
        load_ns = lost.load_ns()
        return load_ns is not None and lost.cost() >= count * load_ns
    return holds


def target_is_within_a_load(lost):
    """What it leaves for one is less than a load from memory takes."""
    load_ns = lost.load_ns()
    costs = [lost.cost(name) for name in lost.rivals]
    return (bool(costs) and None not in (load_ns, *costs)
            and min(costs) / lost.row.target < load_ns)


def processors_switch_threads(lost):
    """Most of the time they are busy, and mostly in the kernel."""
    busy, in_kernel = [
        lost.figure(lost.store, lost.row.variant, f"processors_{what}")
        for what in ("busy", "in_kernel")]
    return (None not in (busy, in_kernel) and busy >= MOST
            and in_kernel >= MOST * busy)


def disk_was_slower(lost):
    """For the store: of those that the loss names nobody is better, and the
    target is met, if the checkouts of each are counted by writes that the bare
    disk made at the time."""
    def a_write(name):
        return lost.figure(name, lost.row.variant, "ratio_to_raw")

    own = a_write(lost.store)
    better = [a_write(name) for name in lost.winners]
    rivals = [a_write(name) for name in lost.rivals]
    return (None not in (own, *better, *rivals)
            and all(own >= other for other in better)
            and all(own >= other * lost.row.target for other in rivals))


def has_huge_pages(lost):
    return lost.has_huge_pages


# ---- Limits. ----

def is_near_limit(lost):
    limit = lost.limit_cost()
    return limit is not None and limit >= NEAR * lost.cost()


def is_near_idling(lost):
    """A percentile of a day that of a day on which nothing is done."""
    idle_ns = lost.limits.idle_day_ns(lost.row.variant, lost.row.counter)
    return idle_ns is not None and idle_ns >= NEAR * lost.cost()


def snapshot_is_enough_beside(products):
    """A file of the rows alone would be, beside those of them who win."""
    def holds(lost):
        costs = [lost.cost(name) for name in lost.winners
                 if name.startswith(products)]
        return bool(costs) and None not in costs and any(
            a_row <= min(costs) for a_row, _ in lost.limits.bare_row())
    return holds

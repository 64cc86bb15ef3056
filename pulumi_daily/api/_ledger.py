"""Knows the requests of one rate tier, and plans the next ones. Pure: no clock, no lock, no file.

A `Ledger` belongs to one process, or to all processes of the machine that use the same key (`_shared.py`). In the
second case any of them may have ended, so every entry of another process ends by itself: a place in the queue when its
owner does not come back for it, a request in flight when its lease is over.

All times are seconds of one monotonic clock.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Container
from dataclasses import dataclass, field

from ._tiers import Tier, Window

GUARD = 0.01  # seconds added to each window: clock granularity, and windows that count both their ends
PAUSE = 1.0  # pause after a 429 without `Retry-After`
FLOOR = 1 / 8  # repeated 429s never take a tier below this part of its budget
RECOVERY = 10  # number of windows after a pause until the full budget is back
EARLY = 1e-6  # seconds by which a turn may come before its planned time: sums of times are rounded
LEASE = 60.0  # a request counts as in flight for at most this long when its process never reports its end
GRACE = 1.0  # a waiting process that is this late counts as dead; if it comes back, it gets its place back


@dataclass
class Ticket:
    """A place in a tier's queue.

    `asked` is when it was taken, and decides the order; `id` is unique over all processes; `part` (over 0, up to 1) is
    the share of the limits that its owner may use; by `wake` its owner looks again. `at` is the time planned for it,
    which each process computes for itself.
    """

    asked: float
    id: int
    part: float
    wake: float
    at: float = 0.0


@dataclass
class Ledger:
    """Records the requests of one rate tier.

    `counted` are the times of counted requests, in order; `flying` those in flight (id to the end of its lease);
    `queue` those that wait, in the order of asking. After a 429 nothing is sent until `paused_until`, then the part
    `factor` of the budget, which grows back.
    """

    counted: list[float] = field(default_factory=list)
    flying: dict[int, float] = field(default_factory=dict)
    queue: list[Ticket] = field(default_factory=list)
    paused_until: float = float("-inf")
    factor: float = 1.0

    def count(self, tier: Tier, at: float) -> None:
        """Count a request at that time, and forget those that no window needs any more."""
        insort(self.counted, at)
        del self.counted[: -max((window.limit for window in tier.windows), default=0) or None]

    def join(self, ticket: Ticket) -> Ticket:
        """Return the place in the queue of a waiter, in the order of asking.

        It is added when it is new, and again when others removed it because its owner seemed dead.
        """
        for place in self.queue:
            if place.id == ticket.id:
                return place
        insort(self.queue, ticket, key=lambda one: one.asked)
        return ticket

    def leave(self, id_: int) -> None:
        """Remove a place from the queue, if it is there."""
        self.queue = [ticket for ticket in self.queue if ticket.id != id_]

    def settle(self, tier: Tier, now: float, mine: Container[int]) -> None:
        """Remove what other processes left behind: places whose owner did not come back, and requests whose lease is
        over.

        Such requests are counted. `mine` are the ids that are known to be alive.
        """
        self.queue = [t for t in self.queue if now <= t.wake + GRACE or t.id in mine]
        for id_, until in [*self.flying.items()]:
            if until < now and id_ not in mine:
                del self.flying[id_]
                self.count(tier, until)

    def plan(self, tier: Tier, now: float, flying: int) -> None:
        """Give everyone in the queue, in order, the earliest time that keeps all windows."""
        # Requests in flight are counted now at the earliest. The next plan takes a later end into account.
        taken = self.counted + [now] * flying
        at = max(now, self.paused_until)
        left = self.part_left(tier, now)
        for ticket in self.queue:
            for window in scaled(tier, ticket.part * left):
                if len(taken) >= window.limit:
                    at = max(at, taken[-window.limit] + window.seconds + GUARD)
            ticket.at = at
            taken.append(at)

    def seconds_until(self, tier: Tier, part: float, now: float, flying: int, count: int) -> float:
        """Return the seconds from now until `count` further requests (at least 1) could have been sent, if nobody else
        sends.

        It is an estimate where there are several windows.
        """
        start = max(now, self.paused_until)
        last = start
        for window in scaled(tier, part * self.part_left(tier, now)):
            rounds, rest = divmod(count - 1, window.limit)
            # All but the rest are sent in full windows, one after the other.
            taken = self.counted + [now] * flying + [start] * (rest + 1)
            at = taken[-window.limit - 1] + window.seconds + GUARD if len(taken) > window.limit else start
            last = max(last, max(start, at) + rounds * (window.seconds + GUARD))
        return last - now

    def penalise(self, tier: Tier, now: float, pause: float, began: float) -> None:
        """Pause after a 429 and halve the budget, once for an incident: nothing begins during a pause, so a request
        that began before the last one ended belongs to what brought that about, however late its answer comes.
        """
        if began >= self.paused_until - EARLY:
            self.factor = max(FLOOR, self.part_left(tier, now) / 2)
        self.paused_until = max(self.paused_until, now + pause)

    def part_left(self, tier: Tier, now: float) -> float:
        """Return the part of the budget that is left after 429s: it grows back linearly over ten windows."""
        longest = max((window.seconds for window in tier.windows), default=0.0)
        if self.factor == 1.0 or not longest:
            return 1.0
        grown = max(0.0, now - self.paused_until) / (RECOVERY * longest)
        return min(1.0, self.factor + (1.0 - self.factor) * grown)


def scaled(tier: Tier, part: float) -> tuple[Window, ...]:
    """Return a share of a tier's budget: fewer requests in each window, or a longer window where that is below one."""
    return tuple(
        Window(int(window.limit * part + 1e-9), window.seconds)
        if window.limit * part >= 1
        else Window(1, window.seconds / (window.limit * part))
        for window in tier.windows
    )

"""Ledgers of the requests of one rate tier, which plan the times of the next ones. Pure: no clock, no lock, no file.

A `Ledger` belongs to one process, or to all processes of the machine (`_shared.py`) or of several machines
(`_redis.py`, which repeats the rules of this module in Lua) that use the same key. In the last two cases any process
may have ended without cleaning up, so every entry of another process expires: a place in the queue when its owner does
not come back in time, a request in flight when its lease is over.

All times are seconds of one monotonic clock.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Container
from dataclasses import dataclass, field, replace

from ._tiers import Tier, Window

GUARD = 0.01  # seconds added to each window: clock granularity, and windows that include both ends
PAUSE = 1.0  # pause after a 429 without `Retry-After`
FLOOR = 1 / 8  # repeated 429s never reduce a tier below this part of its budget
RECOVERY = 10  # number of windows after a pause until the full budget is back
EARLY = 1e-6  # seconds by which a turn may come before its planned time, because sums of times are rounded
LEASE = 60.0  # a request counts as in flight for this long when its process never reports its end
LONGEST_LEASE = 900.0  # the longest lease
LONGEST_PAUSE = 600.0  # the longest pause after a 429
GRACE = 1.0  # seconds after which a late waiting process counts as dead; it gets its place back when it returns


@dataclass(frozen=True)
class Ask:
    """The question of a waiting request whether it may be sent now.

    `id` is its place's id, `age` the seconds since it first asked, `part` its owner's share of the limits (over 0, up
    to 1). It asks again after `nap` seconds at the latest. With an id in `flight`, it is in flight from its turn on,
    for `lease` seconds at most; without one, it is counted at its turn.
    """

    id: int
    age: float
    part: float
    nap: float
    flight: int | None
    lease: float


@dataclass
class Ticket:
    """A place in a tier's queue.

    `asked` is the time when it was taken, and decides the order. `id` is unique over all processes. `part` (over 0, up
    to 1) is the share of the limits that its owner may use. By `wake`, its owner looks at the queue again. `at` is its
    planned time, which each process computes for itself.
    """

    asked: float
    id: int
    part: float
    wake: float
    at: float = 0.0


@dataclass
class Ledger:
    """The requests of one rate tier.

    `counted` are the times of counted requests, in order; `flying` those in flight (id to the end of the lease);
    `queue` those that wait, in the order of `asked`. After a 429 nothing is sent until `paused_until`, then `factor` is
    the part of the budget in use, which grows back.
    """

    counted: list[float] = field(default_factory=list)
    flying: dict[int, float] = field(default_factory=dict)
    queue: list[Ticket] = field(default_factory=list)
    paused_until: float = float("-inf")
    factor: float = 1.0

    def copy(self) -> Ledger:
        """Return a copy, which does not change when this ledger does."""
        return replace(self, counted=[*self.counted], flying={**self.flying}, queue=[*self.queue])

    def enter(self, tier: Tier, now: float, ask: Ask, flying: int) -> float:
        """Take or keep a place in the queue, and return the seconds until its turn.

        0 means that its turn is now: the place is removed, and the request is in flight or counted. `flying` is the
        number of requests in flight.
        """
        place = self.join(Ticket(now - ask.age, ask.id, ask.part, now))
        self.plan(tier, now, flying)
        wait = place.at - now
        if wait > EARLY:
            place.wake = now + min(wait, ask.nap)
            return wait
        self.leave(ask.id)
        if ask.flight is None:
            self.count(tier, now)
        else:
            self.flying[ask.flight] = now + ask.lease
        return 0.0

    def done(self, tier: Tier, now: float, flight: int) -> None:
        """Count a request that was in flight."""
        self.flying.pop(flight, None)
        self.count(tier, now)

    def count(self, tier: Tier, at: float) -> None:
        """Count a request at the time `at`, and forget those that no window needs any more."""
        insort(self.counted, at)
        del self.counted[: -max((window.limit for window in tier.windows), default=0) or None]

    def join(self, ticket: Ticket) -> Ticket:
        """Return a waiter's place in the queue, which is in the order of `asked`.

        A place that is missing is added: a new one, or one that another process removed because its owner seemed dead.
        """
        for place in self.queue:
            if place.id == ticket.id:
                return place
        insort(self.queue, ticket, key=lambda one: one.asked)
        return ticket

    def leave(self, id_: int) -> None:
        """Remove the place with an id from the queue, if it exists."""
        self.queue = [ticket for ticket in self.queue if ticket.id != id_]

    def settle(self, tier: Tier, now: float, mine: Container[int]) -> None:
        """Remove entries of other processes that ended: overdue places in the queue, and requests whose lease is over.

        These requests are counted. `mine` are the ids of this process, which are never removed.
        """
        self.queue = [t for t in self.queue if now <= t.wake + GRACE or t.id in mine]
        for id_, until in [*self.flying.items()]:
            if until < now and id_ not in mine:
                del self.flying[id_]
                self.count(tier, until)

    def plan(self, tier: Tier, now: float, flying: int) -> None:
        """Plan for each place in the queue, in order, the earliest time that exceeds no window."""
        # Requests in flight are counted now at the earliest. The next plan takes a later end into account.
        taken = self.counted + [now] * flying
        at = max(now, self.paused_until)
        left = self.part_left(tier, now)
        for ticket in self.queue:
            ticket.at = at = _earliest(taken, scaled(tier, ticket.part * left), at)
            taken.append(at)

    def seconds_until(self, tier: Tier, part: float, now: float, flying: int, count: int) -> float:
        """Return the seconds from now until `count` further requests (at least 1) could have been sent.

        The requests are assumed to be answered at once, and other traffic is not considered.
        """
        taken = self.counted + [now] * flying
        at = max(now, self.paused_until)
        windows = scaled(tier, part * self.part_left(tier, now))
        for _ in range(count if windows else 0):
            at = _earliest(taken, windows, at)
            taken.append(at)
        return at - now

    def penalise(self, tier: Tier, now: float, pause: float, began: float) -> None:
        """Pause after a 429, at most for `LONGEST_PAUSE` seconds, and halve the budget once per incident.

        Nothing is sent during a pause. A request that began before the last pause ended therefore belongs to the
        incident that caused the pause, however late its answer comes.
        """
        if began >= self.paused_until - EARLY:
            self.factor = max(FLOOR, self.part_left(tier, now) / 2)
        self.paused_until = max(self.paused_until, now + min(pause, LONGEST_PAUSE))

    def part_left(self, tier: Tier, now: float) -> float:
        """Return the part of the budget that is available after 429s: it grows back linearly over ten windows."""
        longest = max((window.seconds for window in tier.windows), default=0.0)
        if self.factor == 1.0 or not longest:
            return 1.0
        grown = max(0.0, now - self.paused_until) / (RECOVERY * longest)
        return min(1.0, self.factor + (1.0 - self.factor) * grown)


def _earliest(taken: list[float], windows: tuple[Window, ...], at: float) -> float:
    """Return the earliest time, `at` or later, of one more request after those `taken` (times in order)."""
    for window in windows:
        if len(taken) >= window.limit:
            at = max(at, taken[-window.limit] + window.seconds + GUARD)
    return at


def scaled(tier: Tier, part: float) -> tuple[Window, ...]:
    """Return the windows for a part of a tier's budget.

    Each window has fewer requests; where that would be less than one, it has one request in a longer window.
    """
    return tuple(
        Window(int(window.limit * part + 1e-9), window.seconds)
        if window.limit * part >= 1
        else Window(1, window.seconds / (window.limit * part))
        for window in tier.windows
    )

"""A client-side limiter that keeps inside Daily's windows, so that the server need not answer 429.

It guarantees that no *sliding* window of a tier, wherever it begins, contains more requests than its limit. Daily does
not document whether its windows are sliding or fixed; a fixed window is one of the sliding ones, so both are kept.
Bursts inside the windows start at once: 20 requests of tier A start without a wait, and the 21st waits until the first
has left the window of a second.

The server counts a request at an unknown time between its sending and its answer. `slot()` therefore takes a place in
each window when the request is sent, and frees it when the window's length has passed since the answer: at any earlier
time, the server could still count the request. With `n` places in a window of `w` seconds and answers after `l`
seconds, `n / (w + l)` requests per second are sent, which is the most that is safe. `acquire()` counts the request when
it returns.

A request of `/batch/rooms` takes its turn in its own tier and then in tier A (`Tier.within`).

A 429 (`penalise`) means that another program uses the budget too: the whole tier pauses, then continues with half of
its budget, which grows back linearly over ten windows.

The limits apply to the threads of one process, or, with `Limiter.shared`, to all processes of the machine that use the
same key: the ledgers (`_ledger.py`) are then kept in a file (`_shared.py`).
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Protocol

from ._errors import ConfigurationError, UsageError
from ._ledger import EARLY, LEASE, PAUSE, Ledger, Ticket, scaled
from ._locks import ProcessLock
from ._progress import NOTICE_EVERY, Task, WaitReporter
from ._redact import Secret
from ._settings import DEFAULT_API_URL, checked_key, checked_url
from ._shared import FileStore, limits_name
from ._tiers import TIERS, Tier, Window

NAP = 1.0  # seconds after which a waiting thread reads the entries of other processes again


class Store(Protocol):
    """The interface of a place where the ledgers are kept."""

    def open(self, tier: str) -> AbstractContextManager[Ledger]:
        """Enter a block with exclusive access to the ledger of a tier, among all threads and processes.

        Changes made in the block are stored.
        """
        ...


class MemoryStore:
    """A `Store` in the memory of this process."""

    def __init__(self) -> None:
        self._lock = ProcessLock()
        self._ledgers: dict[str, Ledger] = {}

    @contextmanager
    def open(self, tier: str) -> Iterator[Ledger]:
        """Enter a block with the ledger of a tier; see `Store`."""
        with self._lock():
            yield self._ledgers.setdefault(tier, Ledger())


class _Tier:
    """One tier, with this limiter's own part of it: its waiting threads and its requests in flight."""

    def __init__(self, tier: Tier) -> None:
        self.tier = tier
        self.reporter = WaitReporter(tier)
        self.waiting: set[int] = set()
        self.flying: dict[int, float] = {}

    def settle(self, ledger: Ledger, now: float) -> int:
        """Update a ledger to the time `now`, and return the number of requests in flight."""
        ledger.settle(self.tier, now, self.waiting | self.flying.keys())
        for id_, until in self.flying.items():
            # A ledger whose file was lost lacks them. One whose lease is over was counted by others.
            if until >= now:
                ledger.flying[id_] = until
        return len(ledger.flying.keys() | self.flying.keys())


class Turn(float):
    """The seconds that a request waited for its turn. `began` is the time of the turn, by the limiter's clock."""

    __slots__ = ("began",)
    began: float

    def __new__(cls, waited: float, began: float) -> Turn:
        turn = super().__new__(cls, waited)
        turn.began = began
        return turn


class Progress:
    """Progress of work of a known size, made by `Limiter.progress`. Thread-safe."""

    def __init__(self, limiter: Limiter, tier: str, task: Task) -> None:
        self._limiter = limiter
        self._tier = tier
        self._task = task

    def advance(self, count: int = 1) -> None:
        """Count `count` more units as done."""
        self._limiter._advance(self._tier, self._task, count)


class Limiter:
    """A rate limiter that shares the budget of each tier among threads, first come first served.

    `share` (over 0, up to 1) is the part of Daily's limits to use; the rest is left to production traffic with the same
    key. `log` receives a line when a wait is longer than about 3 s, at most one per tier in 10 s. `clock` and `sleep`
    count seconds. `store` keeps the ledgers, by default in this process; `shared` makes a limiter for all processes.

    Threads wait outside any lock. Each waiter has a planned time, and the plan is computed again whenever one wakes up.
    """

    def __init__(
        self,
        *,
        share: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        log: Callable[[str], None] | None = None,
        tiers: Mapping[str, Tier] = TIERS,
        store: Store | None = None,
    ) -> None:
        if not 0 < share <= 1:
            raise ConfigurationError(f"the rate share must be over 0 and at most 1, not {share!r}")
        self.share = share
        self._clock = clock
        self._sleep = sleep
        self._log = log
        self._store: Store = store or MemoryStore()
        self._nap = NOTICE_EVERY if store is None else NAP
        self._tiers = {name: _Tier(tier) for name, tier in tiers.items()}
        self._pid = os.getpid()

    @classmethod
    def unlimited(
        cls, *, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
    ) -> Limiter:
        """Return a limiter without windows, for tests and for `disable_rate_limiting`. A 429 still pauses it."""
        tiers = {name: Tier(name, (), tier.note) for name, tier in TIERS.items()}
        return cls(clock=clock, sleep=sleep, tiers=tiers)

    @classmethod
    def shared(
        cls,
        api_key: str | Secret,
        *,
        api_url: str = DEFAULT_API_URL,
        share: float = 1.0,
        log: Callable[[str], None] | None = None,
        folder: Path | None = None,
    ) -> Limiter:
        """Return a limiter whose budget is shared by all processes of this user and machine with the same key and URL.

        Requests of processes that have ended count as well. `share` limits the sum of all their requests. The processes
        share a file in the user's cache folder (or in `folder`, whose mode is not changed); the file's name is a digest
        of the key. Where no file can be used, `log` receives a line with the reason, and the limiter is limited to this
        process. Raises `ConfigurationError` for a key or URL as `Client` does, and for a share out of range.
        """
        name = limits_name(checked_key(api_key).reveal(), checked_url(api_url))
        return cls(share=share, log=log, store=FileStore(name, folder, log=log))

    def acquire(self, tier: str) -> Turn:
        """Wait until a request of a tier may be sent, count the request now, and return the seconds waited."""
        return _last([self._enter(own) for own in self._counted_in(tier)])

    @contextmanager
    def slot(self, tier: str, *, lease: float = LEASE) -> Iterator[Turn]:
        """Wait for the turn of one request, yield the seconds waited, and count the request at the end of the block.

        `lease` is the number of seconds after which the request is over even if this process ends in the block.
        """
        with ExitStack() as stack:
            yield _last([stack.enter_context(self._slot(own, lease)) for own in self._counted_in(tier)])

    def penalise(self, tier: str, retry_after: float | None = None, *, began: float | None = None) -> None:
        """Pause a tier for `retry_after` seconds after a 429 and halve its budget; the budget recovers by itself.

        `began` is the `began` of the refused request's turn (see `slot` and `acquire`). Requests that were in flight
        together are one incident, for which the budget is halved once. Without `began`, only requests during the pause
        belong to it.
        """
        own = self._tier(tier)
        pause = PAUSE if retry_after is None else max(0.0, retry_after)
        with self._store.open(tier) as ledger:
            now = self._clock()
            ledger.penalise(own.tier, now, pause, now if began is None else began)

    def budget(self, tier: str) -> tuple[Window, ...]:
        """Return the windows in force for a tier now: Daily's, reduced by the share and by recent 429s."""
        own = self._tier(tier)
        with self._store.open(tier) as ledger:
            return scaled(own.tier, self.share * ledger.part_left(own.tier, self._clock()))

    def expected_wait(self, tier: str) -> float:
        """Return an estimate of the seconds that one more request of a tier would wait.

        It includes the wait for all requests that are queued already.
        """
        return max(map(self._expected_wait, self._counted_in(tier)))

    @contextmanager
    def progress(self, unit: str, *, total: int, tier: str = "A") -> Iterator[Progress]:
        """Announce work of `total` units, and yield a `Progress` to count them on.

        Lines about waits then contain `120 of 600 updates done, about 40 s left`. `unit` is a word in the plural, such
        as `updates`; `tier` is the tier of the requests. Any thread may call `advance()` after each unit. Several may
        be open at once.
        """
        reporter = self._tier(tier).reporter
        task = reporter.begin(unit, total, self._clock())
        try:
            yield Progress(self, tier, task)
        finally:
            reporter.end(task)

    def _advance(self, tier: str, task: Task, count: int) -> None:
        now = self._clock()
        own = self._tier(tier)
        if own.reporter.advance(task, count, now):
            with self._store.open(tier) as ledger:
                line = task.line(now, self._until(own, ledger, now))
            self._say(line)

    def _tier(self, tier: str) -> _Tier:
        if tier not in self._tiers:
            raise UsageError(f"there is no rate tier {tier!r}; known are: {', '.join(sorted(self._tiers))}")
        if self._pid != os.getpid():  # a fork: the waits and requests of the parent do not count
            self._pid = os.getpid()
            for own in self._tiers.values():
                own.waiting.clear()
                own.flying.clear()
        return self._tiers[tier]

    def _counted_in(self, tier: str) -> list[_Tier]:
        """Return the tiers in which a request of a tier counts: the tier itself, then the one that it is within."""
        own = self._tier(tier)
        return [own] if own.tier.within is None else [own, self._tier(own.tier.within)]

    def _expected_wait(self, own: _Tier) -> float:
        with self._store.open(own.tier.name) as ledger:
            return self._until(own, ledger, self._clock())(len(ledger.queue) + 1)

    def _until(self, own: _Tier, ledger: Ledger, now: float) -> Callable[[int], float]:
        flying = len(ledger.flying.keys() | own.flying.keys())
        return lambda count: ledger.seconds_until(own.tier, self.share, now, flying, count)

    @contextmanager
    def _slot(self, own: _Tier, lease: float) -> Iterator[Turn]:
        """Do what `slot` does, in one tier."""
        flight = _new_id()
        turn = self._enter(own, flight, lease)
        try:
            yield turn
        finally:
            with self._store.open(own.tier.name) as ledger:
                own.flying.pop(flight, None)
                ledger.flying.pop(flight, None)
                ledger.count(own.tier, self._clock())

    def _enter(self, own: _Tier, flight: int | None = None, lease: float = LEASE) -> Turn:
        """Wait for one turn. The request is then in flight under the id `flight`, or counted at once without an id."""
        asked = None
        me = _new_id()
        try:
            while True:
                with self._store.open(own.tier.name) as ledger:
                    now = self._clock()
                    if asked is None:
                        asked = now
                        own.waiting.add(me)
                    place = ledger.join(Ticket(asked, me, self.share, now))
                    ledger.plan(own.tier, now, own.settle(ledger, now))
                    wait = place.at - now
                    if wait <= EARLY:
                        self._leave(own, ledger, me)
                        own.reporter.sent()
                        if flight is None:
                            ledger.count(own.tier, now)
                        else:
                            own.flying[flight] = ledger.flying[flight] = now + lease
                        return Turn(now - asked, now)
                    nap = min(wait, self._nap)
                    place.wake = now + nap
                    until = self._until(own, ledger, now)
                    paused = ledger.paused_until > now
                    line = own.reporter.waits(now, wait, until, waiting=len(ledger.queue), paused=paused)
                self._say(line)
                self._sleep(nap)
        except BaseException:
            with self._store.open(own.tier.name) as ledger:
                self._leave(own, ledger, me)
            raise

    @staticmethod
    def _leave(own: _Tier, ledger: Ledger, me: int) -> None:
        ledger.leave(me)
        own.waiting.discard(me)

    def _say(self, line: str | None) -> None:
        if line and self._log:
            self._log(line)


def _last(turns: list[Turn]) -> Turn:
    """Return the last one of several turns taken one after another, with the seconds waited for all of them."""
    return Turn(sum(turns), turns[-1].began)


def _new_id() -> int:
    """Return an id that is unique over all processes, forked ones too."""
    return int.from_bytes(os.urandom(8), "big")

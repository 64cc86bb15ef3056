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
same key: the ledgers (`_ledger.py`) are then kept in a file (`_shared.py`), or, for several machines, in a Redis server
(`_redis.py`).
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from ._books import Book, LocalBook, MemoryStore, OwnTier, Store
from ._errors import ConfigurationError, UsageError
from ._ledger import LEASE, LONGEST_LEASE, PAUSE, Ask, Ledger, scaled
from ._progress import NOTICE_EVERY, Task
from ._redact import Secret
from ._redis import RemoteBook, connect, ledger_name
from ._settings import DEFAULT_API_URL, checked_key, checked_limits_url, checked_url
from ._shared import FileStore, limits_name
from ._tiers import TIERS, Tier, Window

NAP = 1.0  # seconds after which a waiting thread reads the entries of other processes again


class Turn(float):
    """The seconds that a request waited for its turn. `began` is the time of the turn, by the clock of the ledgers."""

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
    `book` decides about turns, by default with the ledgers of `store`.

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
        book: Book | None = None,
    ) -> None:
        if not 0 < share <= 1:
            raise ConfigurationError(f"the rate share must be over 0 and at most 1, not {share!r}")
        self.share = share
        self._clock = clock
        self._sleep = sleep
        self._log = log
        self._store: Store = store or MemoryStore()
        self._book = book or LocalBook(self._store, clock)
        self._nap = NOTICE_EVERY if store is None and book is None else NAP
        self._tiers = {name: OwnTier(tier) for name, tier in tiers.items()}
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
        limits_url: str | Secret | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> Limiter:
        """Return a limiter whose budget is shared by all processes of this user and machine with the same key and URL.

        Requests of processes that have ended count as well. `share` limits the sum of all their requests. The processes
        share a file in the user's cache folder (or in `folder`, whose mode is not changed); the file's name is a digest
        of the key. Where no file can be used, `log` receives a line with the reason, and the limiter is limited to this
        process.

        `limits_url` is the URL of a Redis or Valkey server, through which the processes of several machines share the
        budget. It needs the package `redis`. When the server fails, `log` receives a line, and the file is used until
        the process ends.

        Raises `ConfigurationError` for a key or URL as `Client` does, for a share out of range, for a `limits_url` of a
        wrong form, and for one without the package.
        """
        account = checked_key(api_key).reveal(), checked_url(api_url)
        store = FileStore(limits_name(*account), folder, log=log)
        if limits_url is None:
            return cls(share=share, log=log, sleep=sleep, store=store)
        server = connect(checked_limits_url(limits_url))
        book = RemoteBook(ledger_name(*account), server, LocalBook(store, time.monotonic), log=log)
        return cls(share=share, log=log, sleep=sleep, store=store, book=book)

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
        self._book.penalise(own, pause, began)

    def budget(self, tier: str) -> tuple[Window, ...]:
        """Return the windows in force for a tier now: Daily's, reduced by the share and by recent 429s."""
        own = self._tier(tier)
        seen = self._book.view(own)
        return scaled(own.tier, self.share * seen.ledger.part_left(own.tier, seen.now))

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
            seen = self._book.view(own)
            self._say(task.line(now, self._until(own, seen.ledger, seen.now)))

    def _tier(self, tier: str) -> OwnTier:
        if tier not in self._tiers:
            raise UsageError(f"there is no rate tier {tier!r}; known are: {', '.join(sorted(self._tiers))}")
        if self._pid != os.getpid():  # a fork: the waits and requests of the parent do not count
            self._pid = os.getpid()
            for own in self._tiers.values():
                own.waiting.clear()
                own.flying.clear()
        return self._tiers[tier]

    def _counted_in(self, tier: str) -> list[OwnTier]:
        """Return the tiers in which a request of a tier counts: the tier itself, then the one that it is within."""
        own = self._tier(tier)
        return [own] if own.tier.within is None else [own, self._tier(own.tier.within)]

    def _expected_wait(self, own: OwnTier) -> float:
        seen = self._book.view(own)
        return self._until(own, seen.ledger, seen.now)(len(seen.ledger.queue) + 1)

    def _until(self, own: OwnTier, ledger: Ledger, now: float) -> Callable[[int], float]:
        flying = len(ledger.flying.keys() | own.flying.keys())
        return lambda count: ledger.seconds_until(own.tier, self.share, now, flying, count)

    @contextmanager
    def _slot(self, own: OwnTier, lease: float) -> Iterator[Turn]:
        """Do what `slot` does, in one tier."""
        flight = _new_id()
        turn = self._enter(own, flight, lease)
        try:
            yield turn
        finally:
            self._book.done(own, flight)

    def _enter(self, own: OwnTier, flight: int | None = None, lease: float = LEASE) -> Turn:
        """Wait for one turn. The request is then in flight under the id `flight`, or counted at once without an id."""
        me = _new_id()
        asked, age = self._clock(), 0.0
        try:
            while True:
                place = self._book.enter(own, Ask(me, age, self.share, self._nap, flight, min(lease, LONGEST_LEASE)))
                if not place.wait:
                    own.reporter.sent()
                    return Turn(age, place.now)
                until = self._until(own, place.ledger, place.now)
                queue, paused = len(place.ledger.queue), place.ledger.paused_until > place.now
                self._say(own.reporter.waits(self._clock(), place.wait, until, waiting=queue, paused=paused))
                self._sleep(min(place.wait, self._nap))
                age = self._clock() - asked
        except BaseException:
            self._book.leave(own, me)
            raise

    def _say(self, line: str | None) -> None:
        if line and self._log:
            self._log(line)


def _last(turns: list[Turn]) -> Turn:
    """Return the last one of several turns taken one after another, with the seconds waited for all of them."""
    return Turn(sum(turns), turns[-1].began)


def _new_id() -> int:
    """Return an id that is unique over all processes, forked ones too."""
    return int.from_bytes(os.urandom(8), "big")

"""A client-side limiter that keeps inside Daily's windows before the server has to say 429.

What it promises: no window of a tier, counted as a *sliding* window anywhere on the time axis, ever holds
more requests than its limit. Whether the server counts sliding or fixed windows is not documented; a fixed
window is one of the sliding ones, so both are satisfied. Bursts inside a window are let through at once
(100 requests of tier A start without any wait, the 101st waits for the first to leave the window), because
the window is what binds and a preview of a few dozen requests should not take seconds.

When a request counts: the server counts it somewhere between its sending and its answer. `slot()` therefore
keeps the request "in flight" for the time of the call and enters it into the window when the call ends,
which is never earlier than the server's count. The price is one round trip per window. `acquire()` counts
the moment of its return.

After a 429 (`penalise`) somebody else is using the budget too: the whole tier pauses, then goes on with
half of its budget, which grows back linearly over ten windows.

All of this holds for the threads of one process, or, with `Limiter.shared`, for all processes of the machine
that use the same key: what is known of a tier (`_ledger.py`) is then kept in a file (`_shared.py`).
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from ._errors import ConfigurationError, UsageError
from ._ledger import EARLY, LEASE, PAUSE, Ledger, Ticket, scaled
from ._locks import ProcessLock
from ._progress import NOTICE_EVERY, Task, Voice
from ._redact import Secret
from ._settings import DEFAULT_API_URL, checked_key, checked_url
from ._shared import FileStore, limits_name
from ._tiers import TIERS, Tier, Window

NAP = 1.0  # seconds after which a waiting thread looks what other processes have done meanwhile


class Store(Protocol):
    """Where the ledgers are."""

    def open(self, tier: str) -> AbstractContextManager[Ledger]:
        """The ledger of a tier, alone (of all threads, of all processes) until the end of the block; changes
        are kept.
        """
        ...


class MemoryStore:
    """The ledgers of one process."""

    def __init__(self) -> None:
        self._lock = ProcessLock()
        self._ledgers: dict[str, Ledger] = {}

    @contextmanager
    def open(self, tier: str) -> Iterator[Ledger]:
        """See `Store`."""
        with self._lock():
            yield self._ledgers.setdefault(tier, Ledger())


class _Tier:
    """One tier, and what this limiter alone knows of it: its own waiting threads and requests in flight."""

    def __init__(self, tier: Tier) -> None:
        self.tier = tier
        self.voice = Voice(tier)
        self.waiting: set[int] = set()
        self.flying: dict[int, float] = {}

    def settle(self, ledger: Ledger, now: float) -> int:
        """Bring a ledger up to date; how many requests are in flight."""
        ledger.settle(self.tier, now, self.waiting | self.flying.keys())
        for id_, until in self.flying.items():
            # A ledger that was lost does not know of them. One whose lease is over was counted by others.
            if until >= now:
                ledger.flying[id_] = until
        return len(ledger.flying.keys() | self.flying.keys())


class Turn(float):
    """The seconds that a request waited for its turn, with the time on the limiter's clock when that came."""

    __slots__ = ("began",)
    began: float

    def __new__(cls, waited: float, began: float) -> Turn:
        turn = super().__new__(cls, waited)
        turn.began = began
        return turn


class Progress:
    """Work of a known size, made by `Limiter.progress`. Thread-safe."""

    def __init__(self, limiter: Limiter, tier: str, task: Task) -> None:
        self._limiter = limiter
        self._tier = tier
        self._task = task

    def advance(self, count: int = 1) -> None:
        """`count` more units are done."""
        self._limiter._advance(self._tier, self._task, count)


class Limiter:
    """Shares the budget of each tier among threads, first come first served.

    `share` (over 0, up to 1) is the part of Daily's limits to use, so that production traffic with the same
    key keeps the rest. `log` gets a line when a wait is longer than about 3 s, and then one per tier in 10 s.
    `clock` and `sleep` count seconds. `store` is where the ledgers are: in this process by default; see
    `shared` for those of all processes.

    Threads wait outside any lock: each waiter has a planned time, and plans are made anew whenever one wakes
    up.
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
        """A limiter without windows (tests, a domain whose `disable_rate_limiting` is on); a 429 still
        pauses.
        """
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
        """A limiter that shares its budget with all processes of this user and machine that use the same key
        and URL in this way; those that ended a moment ago count as well.

        `share` bounds what all of them use together. They meet in a file in the user's cache folder (or
        `folder`, which keeps its mode), whose name is a digest of the key. Where there can be none, `log` gets a
        line that says why, and the limiter is one of this process alone. Raises `ConfigurationError` like `Client`.
        """
        name = limits_name(checked_key(api_key).reveal(), checked_url(api_url))
        return cls(share=share, log=log, store=FileStore(name, folder, log=log))

    def acquire(self, tier: str) -> Turn:
        """Wait until a request of that tier may be sent, count it now, and return the seconds waited."""
        return self._enter(self._tier(tier), None)

    @contextmanager
    def slot(self, tier: str) -> Iterator[Turn]:
        """Around one request: waits before it, counts it at its end. Gives the seconds waited."""
        own = self._tier(tier)
        flight = _new_id()
        waited = self._enter(own, flight)
        try:
            yield waited
        finally:
            with self._store.open(tier) as ledger:
                own.flying.pop(flight, None)
                ledger.flying.pop(flight, None)
                ledger.count(own.tier, self._clock())

    def penalise(self, tier: str, retry_after: float | None = None, *, began: float | None = None) -> None:
        """Pause a tier for `retry_after` seconds after a 429 and halve its budget; it recovers by itself.

        `began` is that of the turn (what `slot` and `acquire` give) of the refused request. Requests that were in
        flight together are one incident, which halves once. Without `began`, that is so during the pause alone.
        """
        own = self._tier(tier)
        pause = PAUSE if retry_after is None else max(0.0, retry_after)
        with self._store.open(tier) as ledger:
            now = self._clock()
            ledger.penalise(own.tier, now, pause, now if began is None else began)

    def budget(self, tier: str) -> tuple[Window, ...]:
        """The windows in force for a tier at this moment: Daily's, times the share, times what a 429 left
        of it.
        """
        own = self._tier(tier)
        with self._store.open(tier) as ledger:
            return scaled(own.tier, self.share * ledger.part_left(own.tier, self._clock()))

    def forecast(self, tier: str) -> float:
        """The seconds that one more request of that tier would wait from now on, behind those that wait: an
        estimate.
        """
        own = self._tier(tier)
        with self._store.open(tier) as ledger:
            return self._until(own, ledger, self._clock())(len(ledger.queue) + 1)

    @contextmanager
    def progress(self, unit: str, *, total: int, tier: str = "A") -> Iterator[Progress]:
        """Around work of which the whole is known, `total` units (a word in the plural, such as `updates`),
        with requests of that tier: lines then say `120 of 600 updates done, about 40 s left`.

        Whoever does the work, in any thread, calls `advance()` of what this gives after each unit. Several
        may be open at once.
        """
        voice = self._tier(tier).voice
        task = voice.begin(unit, total, self._clock())
        try:
            yield Progress(self, tier, task)
        finally:
            voice.end(task)

    def _advance(self, tier: str, task: Task, count: int) -> None:
        now = self._clock()
        own = self._tier(tier)
        if own.voice.advance(task, count, now):
            with self._store.open(tier) as ledger:
                line = task.line(now, self._until(own, ledger, now))
            self._say(line)

    def _tier(self, tier: str) -> _Tier:
        if tier not in self._tiers:
            raise UsageError(f"there is no rate tier {tier!r}; known are: {', '.join(sorted(self._tiers))}")
        if self._pid != os.getpid():  # a fork: the parent's threads, which wait and send, are not ours
            self._pid = os.getpid()
            for own in self._tiers.values():
                own.waiting.clear()
                own.flying.clear()
        return self._tiers[tier]

    def _until(self, own: _Tier, ledger: Ledger, now: float) -> Callable[[int], float]:
        flying = len(ledger.flying.keys() | own.flying.keys())
        return lambda count: ledger.seconds_until(own.tier, self.share, now, flying, count)

    def _enter(self, own: _Tier, flight: int | None) -> Turn:
        """Wait for one's turn; the request is then in flight under that id, or (None) counted at once."""
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
                        own.voice.sent()
                        if flight is None:
                            ledger.count(own.tier, now)
                        else:
                            own.flying[flight] = ledger.flying[flight] = now + LEASE
                        return Turn(now - asked, now)
                    nap = min(wait, self._nap)
                    place.wake = now + nap
                    until = self._until(own, ledger, now)
                    paused = ledger.paused_until > now
                    line = own.voice.waits(now, wait, until, waiting=len(ledger.queue), paused=paused)
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


def _new_id() -> int:
    """Unique over all processes, forked ones too."""
    return int.from_bytes(os.urandom(8), "big")

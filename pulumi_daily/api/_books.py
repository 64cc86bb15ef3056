"""Decides when requests may be sent: the interface `Book`, and `LocalBook` for the ledgers of this machine.

A `Book` decides in one step that no other thread or process can interrupt. `LocalBook` has the ledgers of a `Store`, in
memory or in a file; `_redis.RemoteBook` asks a server. All times that callers pass are durations, so that each book has
its own clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Protocol

from ._ledger import Ask, Ledger
from ._locks import ProcessLock
from ._progress import WaitReporter
from ._tiers import Tier


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


class OwnTier:
    """One tier, with a limiter's own part of it: its waiting threads and its requests in flight."""

    def __init__(self, tier: Tier) -> None:
        self.tier = tier
        self.reporter = WaitReporter(tier)
        self.waiting: set[int] = set()
        self.flying: dict[int, float] = {}

    def settle(self, ledger: Ledger, now: float) -> int:
        """Update a ledger to the time `now`, and return the number of requests in flight."""
        flying = {**self.flying}
        ledger.settle(self.tier, now, self.waiting | flying.keys())
        for id_, until in flying.items():
            # A ledger whose file was lost lacks them. One whose lease is over was counted by others.
            if until >= now:
                ledger.flying[id_] = until
        return len(ledger.flying.keys() | flying.keys())


@dataclass(frozen=True)
class View:
    """A ledger as it was at the time `now`, and the seconds until the turn of the request that asked (0: it is now)."""

    now: float
    wait: float
    ledger: Ledger


class Book(Protocol):
    """The interface of a place where turns are decided. Each method is one atomic step among all its users."""

    def enter(self, own: OwnTier, ask: Ask) -> View:
        """Keep or take a place in the queue. When the request may be sent now, it is counted or in flight."""
        ...

    def leave(self, own: OwnTier, id_: int) -> None:
        """Remove the place with an id from the queue, if it exists."""
        ...

    def done(self, own: OwnTier, flight: int) -> None:
        """Count a request that was in flight."""
        ...

    def penalise(self, own: OwnTier, pause: float, began: float | None) -> None:
        """Pause after a 429 of a request that began at the time `began` (`View.now`; None for now)."""
        ...

    def view(self, own: OwnTier) -> View:
        """Return the ledger of a tier."""
        ...


class LocalBook:
    """A `Book` with the ledgers of a store. `clock` counts seconds."""

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock

    def enter(self, own: OwnTier, ask: Ask) -> View:
        """Keep or take a place in the queue; see `Book`."""
        with self._store.open(own.tier.name) as ledger:
            now = self._clock()
            own.waiting.add(ask.id)
            wait = ledger.enter(own.tier, now, ask, own.settle(ledger, now))
            if not wait:
                own.waiting.discard(ask.id)
                if ask.flight is not None:
                    own.flying[ask.flight] = now + ask.lease
            return View(now, wait, ledger.copy())

    def leave(self, own: OwnTier, id_: int) -> None:
        """Remove a place; see `Book`."""
        with self._store.open(own.tier.name) as ledger:
            ledger.leave(id_)
            own.waiting.discard(id_)

    def done(self, own: OwnTier, flight: int) -> None:
        """Count a request that was in flight; see `Book`."""
        with self._store.open(own.tier.name) as ledger:
            own.flying.pop(flight, None)
            ledger.done(own.tier, self._clock(), flight)

    def penalise(self, own: OwnTier, pause: float, began: float | None) -> None:
        """Pause after a 429; see `Book`. A time of another book's clock, which may be in the future, counts as now."""
        with self._store.open(own.tier.name) as ledger:
            now = self._clock()
            ledger.penalise(own.tier, now, pause, now if began is None else min(began, now))

    def view(self, own: OwnTier) -> View:
        """Return the ledger of a tier; see `Book`."""
        with self._store.open(own.tier.name) as ledger:
            return View(self._clock(), 0.0, ledger.copy())

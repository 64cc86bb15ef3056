"""The live rooms, read in pages, once per process, with no more requests than the work asks for.

A stack of 1 000 rooms wants the list (100 rooms a request); a stack of 10 rooms in a domain of 100 000 wants single
reads. Nobody tells a provider how many rooms its stack has: Pulumi asks for one after the other. So every question is
answered under one rule, that of renting skis: **after n different rooms were asked for, at most 2n requests were made**
(the least possible is n single reads, or the whole list where that is shorter). Within it, pages are read from both
ends (newest first, then the oldest, where the rooms of a stack made in program order begin), then rooms one by one,
and the rest of the list as soon as it fits into what the rule leaves: ahead of the questions, if somebody runs that
spawn them, because whoever asked for so many is about to ask for most.

A list never proves that a room is gone: absence is always confirmed by a single read that answers 404.
Source: Daily's paging, ``limit``, ``starting_after``, ``ending_before`` and the word ``OLDEST``.
"""

from __future__ import annotations

import copy
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from ...api import DailyError, Pager, ServerError, TransportError
from ..state import LiveView
from .reader import READS_AT_ONCE, Reader

FORGIVEN = 60.0
"""Seconds for which a list that could not be read is not asked for again, where single reads do."""

_T = TypeVar("_T")


class Snapshot:
    """The objects of one kind in one domain, as far as they were read. Thread-safe; lists are read by one thread at a
    time. ``spawn`` runs what it is given in a thread of its own; without it, nothing is read ahead."""

    def __init__(
        self,
        reader: Reader,
        *,
        spawn: Callable[[Callable[[], None]], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._reader = reader
        self._clock = clock
        self._spawn = spawn
        self._key = reader.spec.key
        self._page_size = reader.route.listing.limit
        self._newest = reader.pager()
        self._oldest: Pager | None = None
        if reader.route.listing.both_ends:
            self._oldest = reader.pager(newest_first=False)  # for one page, the second that is read
        self._listing = threading.Lock()
        """Held while a page is read; taken before the other lock, never within it."""
        self._lock = threading.RLock()
        self._touched: set[str] = set()
        """What was written since the page that is under way was asked for: the page may be older."""
        self._objects: dict[str, LiveView] = {}
        self._gone: set[str] = set()
        self._asked: set[str] = set()
        self._spent = 0
        self._listed: set[str] = set()  # ids of the objects seen in pages
        self._total: int | None = None
        self._ended = False
        """Whether there is no page left to read, for whatever reason."""
        self._complete = False
        """Whether every object was read."""
        self._failed: tuple[float, DailyError] | None = None
        """When the list could not be read last, and why."""

    def find(self, name: str) -> LiveView | None:
        """Return the object with the id ``name``; None when Daily definitely has none. Raises errors of the API."""
        with self._lock:
            self._asked.add(name)
            ahead = self._begin_ahead()
        if ahead is not None:
            ahead(self._read_ahead)

        def worth(_: list[str]) -> bool:
            page = self._may_list()
            self._spent += not page
            return page

        if not self._list([name], worth):
            with self._lock:
                return self._objects.get(name)
        # Outside the locks: single reads of different objects may run side by side.
        single = bool(self._reader.spec.routes.read)
        room = self._reader.get(name) if single else self._listed_now(lambda: self._reader.get(name))
        with self._lock:
            known = self._known(name)
            if known is not None:  # written or read by another thread meanwhile
                return known[0]
            if room is None:
                self._gone.add(name)
            else:
                self._objects[name] = room
            return room

    def find_many(self, names: Iterable[str]) -> dict[str, LiveView]:
        """Return by id those of the objects ``names`` that exist: what :meth:`find` returns for each.

        How many are asked for is known here, so the list is read exactly when its rest is no longer than the single
        reads that it saves; those go several at a time.
        """
        wanted = list(dict.fromkeys(names))
        with self._lock:
            self._asked.update(wanted)
        unknown = self._list(wanted, lambda left: self._list_is_usable() and self._pages_left() <= len(left))
        if unknown:
            with ThreadPoolExecutor(max_workers=min(READS_AT_ONCE, len(unknown))) as pool:
                list(pool.map(self.find, unknown))
        with self._lock:
            return {name: self._objects[name] for name in wanted if name in self._objects}

    def everything(self) -> list[LiveView]:
        """Return all objects: the whole list, with what this process wrote since."""
        with self._listing, self._lock:
            if not self._complete:
                self._touched.clear()
                self._take(self._listed_now(self._reader.all))
                self._complete = self._ended = True
            return list(self._objects.values())

    def put(self, live: LiveView) -> None:
        """Keep an object as a write of this process left it."""
        name = live.get(self._key)
        if isinstance(name, str):
            with self._lock:
                self._objects[name] = live
                self._gone.discard(name)
                self._touched.add(name)

    def remove(self, name: str) -> None:
        """Keep that this process removed an object."""
        with self._lock:
            self._objects.pop(name, None)
            self._gone.add(name)
            self._touched.add(name)

    def forget(self, name: str) -> None:
        """Read ``name`` again the next time: a write failed and nobody knows what became of it."""
        with self._lock:
            self._objects.pop(name, None)
            self._gone.discard(name)
            self._touched.add(name)
            self._listed.discard(name)
            self._complete = False

    def _begin_ahead(self) -> Callable[[Callable[[], None]], None] | None:
        """Return what starts the reading ahead, once, when the rest of the list is worth it and both ends were read."""
        if self._spawn is None or self._total is None or self._oldest is not None or not self._may_list():
            return None
        spawn, self._spawn = self._spawn, None
        return spawn

    def _read_ahead(self) -> None:
        """Read the rest of the list page by page; the next question meets a failure again."""
        while True:
            with self._listing:
                with self._lock:
                    if not self._may_list():
                        return
                try:
                    self._read_page()
                except DailyError:
                    return

    def _list(self, names: list[str], worth: Callable[[list[str]], bool]) -> list[str]:
        """Read pages as long as they are worth it for what is not known of ``names``, which is returned."""
        unknown = self._unknown(names)
        while unknown:
            with self._listing:
                unknown = self._unknown(unknown)  # others read, too
                with self._lock:
                    if not unknown or not worth(unknown):
                        break
                self._read_page_if_it_can_be()
        return unknown

    def _unknown(self, names: Iterable[str]) -> list[str]:
        with self._lock:
            return [name for name in names if self._known(name) is None]

    def _known(self, name: str) -> tuple[LiveView | None] | None:
        if name in self._gone:
            return (None,)
        room = self._objects.get(name)
        return None if room is None else (room,)

    def _may_list(self) -> bool:
        """Return whether the next request may be a page rather than a single read."""
        if not self._list_is_usable():
            return False
        allowed = 2 * len(self._asked)
        if self._total is None:
            return True
        left = self._pages_left()
        if self._oldest is not None:
            return self._spent + 1 <= allowed
        # Later pages only when the whole rest of the list fits: half a list helps nobody in particular.
        return self._spent + left <= allowed + 1

    def _list_is_usable(self) -> bool:
        return not self._ended and (self._failed is None or self._clock() > self._failed[0] + FORGIVEN)

    def _listed_now(self, read: Callable[[], _T]) -> _T:
        """Read from the list, unless that has just failed: nobody waits for the same failure again."""
        if self._failed is not None and self._clock() <= self._failed[0] + FORGIVEN:
            raise copy.copy(self._failed[1])
        try:
            return read()
        except (ServerError, TransportError) as error:
            self._failed = (self._clock(), error)
            raise

    def _pages_left(self) -> int:
        return max(1, -(-((self._total or 0) - len(self._listed)) // self._page_size))

    def _read_page_if_it_can_be(self) -> None:
        """Read the next page; where the list fails, single reads may still work."""
        try:
            self._read_page()
        except (ServerError, TransportError) as error:
            if error.rate_limited or not self._reader.spec.routes.read:
                raise

    def _read_page(self) -> None:
        """Read the next page. The caller holds ``_listing``, not ``_lock``: known objects are found meanwhile."""
        with self._lock:
            self._spent += 1
            self._touched.clear()
            pager = self._newest if self._total is None or self._oldest is None else self._oldest
        items = self._reader.live(self._listed_now(pager.read))
        with self._lock:
            self._take(items)
            if pager is self._oldest:
                self._oldest = None
            self._total = len(items) if pager.total is None else pager.total
            self._complete = len(self._listed) >= self._total
            self._ended = self._complete or self._newest.ended

    def _take(self, items: Iterable[LiveView]) -> None:
        """Keep the objects of a page."""
        for live in items:
            name = live.get(self._key)
            if isinstance(name, str):
                self._listed.add(name)
                if name not in self._gone and name not in self._touched:
                    self._objects.setdefault(name, live)

"""The live objects of one kind, read once per process, in pages or one by one, with few requests.

For a stack of 1 000 rooms the list is best (100 rooms per request); for 10 rooms in a domain of 100 000, single reads
are. A provider does not know which is the case: Pulumi requests one room after another. Every read therefore follows
one rule, as in the ski rental problem: **after n different rooms, at most 2n + 1 requests were sent**, not counting the
single reads that confirm an absence. (The minimum is n single reads, or the whole list where that is shorter.) Within
this limit, first the newest page is read, then the oldest (where the rooms of a stack begin that were created in
program order), then single rooms, and the rest of the list as soon as the limit permits it. With ``spawn``, the rest
is read in another thread, before its rooms are requested.

A list does not prove that a room is missing: absence is always confirmed by a single read that answers 404.
Source: Daily's paging, ``limit``, ``starting_after``, ``ending_before`` and the word ``OLDEST``.
"""

from __future__ import annotations

import copy
import threading
import time
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from ...api import DailyError, Pager, ServerError, TransportError
from ..state import LiveView
from .reader import READS_AT_ONCE, Reader

FORGIVEN = 60.0
"""Seconds after a failed read of the list for which it is not requested again."""

_T = TypeVar("_T")


class Snapshot:
    """The objects of one kind in one domain, as far as they were read. Thread-safe; lists are read by one thread at a
    time. ``spawn`` runs a function in another thread; without it, no page is read before its objects are requested."""

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
        """Ids of the objects written since the request of the page that is being read: the page may be older."""
        self._objects: dict[str, LiveView] = {}
        self._gone: set[str] = set()
        self._removed: set[str] = set()  # by this process
        self._asked: set[str] = set()
        self._spent = 0
        self._listed: set[str] = set()  # ids of the objects seen in pages
        self._total: int | None = None
        self._ended = False
        """Whether no page is left to read: the list was read to its end, or given up."""
        self._complete = False
        """Whether every object was read."""
        self._failed: tuple[float, DailyError] | None = None
        """The time and the error of the last failed read of the list."""
        self._folded: dict[str, LiveView] = {}
        """The objects that were seen in pages, by their ids in lower case."""
        self._watched: dict[str, tuple[str, Callable[[dict[str, LiveView]], None]]] = {}
        """The names of :meth:`watch` with its functions, by the name in lower case, while they were not called."""

    def find(self, name: str) -> LiveView | None:
        """Return the object with the id ``name``; None if it does not exist, as :meth:`Reader.get` decides.

        Raises the errors of the API client.
        """
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
        """Return, by id, those of the objects ``names`` that exist, as :meth:`find` returns each.

        The number of objects is known here: pages are read as long as the rest of the list has no more pages than
        objects are still unknown. The others are read singly, several at a time.
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
        """Return all objects: the whole list, updated by the later writes of this process."""
        with self._listing, self._lock:
            if not self._complete:
                self._touched.clear()
                self._take(self._listed_now(self._reader.all))
                self._complete = self._ended = True
            return list(self._objects.values())

    def watch(self, names: Collection[str], found: Callable[[dict[str, LiveView]], None]) -> None:
        """Call ``found`` with those of the objects ``names`` that are read, now or later, in pages of the list.

        Objects are found without regard to case, because Daily may ignore it; they are passed by the names in
        ``names``. Only the newest page is read for this, if none was read before; an object on other pages is found
        only if they are read for other objects. ``found`` must not use this snapshot. Raises the errors of the API
        client.
        """
        with self._listing:
            with self._lock:
                unread = self._total is None and not self._complete
            if unread:
                self._read_page()
            with self._lock:
                there = {name: self._folded[name.lower()] for name in names if name.lower() in self._folded}
                self._watched.update({name.lower(): (name, found) for name in names if name not in there})
        if there:
            found(there)

    def put(self, live: LiveView) -> None:
        """Store an object in its form after a write of this process."""
        name = live.get(self._key)
        if isinstance(name, str):
            with self._lock:
                self._objects[name] = live
                self._gone.discard(name)
                self._removed.discard(name)
                self._touched.add(name)

    def remove(self, name: str) -> None:
        """Record that this process removed an object."""
        with self._lock:
            self._objects.pop(name, None)
            self._gone.add(name)
            self._touched.add(name)
            self._removed.add(name)

    def was_removed(self, name: str) -> bool:
        """Return whether this process removed an object and did not write one with this id since."""
        with self._lock:
            return name in self._removed

    def forget(self, name: str) -> None:
        """Forget an object after a write with an unknown outcome, so that it is read again when it is requested."""
        with self._lock:
            self._objects.pop(name, None)
            self._gone.discard(name)
            self._touched.add(name)
            self._listed.discard(name)
            self._complete = False

    def _begin_ahead(self) -> Callable[[Callable[[], None]], None] | None:
        """Return ``spawn``, once, when both ends were read and the module's rule permits the rest; else None."""
        if self._spawn is None or self._total is None or self._oldest is not None or not self._may_list():
            return None
        spawn, self._spawn = self._spawn, None
        return spawn

    def _read_ahead(self) -> None:
        """Read the rest of the list page by page; end silently at an error, which the next read of the list meets."""
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
        """Read pages while ``worth`` is true for the ids of ``names`` that are still unknown; return these."""
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
        """Return whether the module's rule permits the next request to be a page, not a single read."""
        if not self._list_is_usable():
            return False
        allowed = 2 * len(self._asked)
        if self._total is None:
            return True
        left = self._pages_left()
        if self._oldest is not None:
            return self._spent + 1 <= allowed
        # Later pages only when the whole rest of the list fits: a part of it has a certain room only by chance.
        return self._spent + left <= allowed + 1

    def _list_is_usable(self) -> bool:
        return not self._ended and (self._failed is None or self._clock() > self._failed[0] + FORGIVEN)

    def _listed_now(self, read: Callable[[], _T]) -> _T:
        """Return the result of ``read``, which reads from the list. Raises its errors.

        For ``FORGIVEN`` seconds after a failure, raise the same error again without a request.
        """
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
        """Read the next page; ignore its failure where single reads may still work.

        Raises the error for a kind without single reads, and when it is Daily's rate limit.
        """
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
            self._complete = self._newest.ended and not self._newest.given_up
            self._ended = len(self._listed) >= self._total or self._newest.ended
            seen: dict[Callable[[dict[str, LiveView]], None], dict[str, LiveView]] = {}
            for live in items:
                if live.id.lower() in self._watched:
                    watched, found = self._watched.pop(live.id.lower())
                    seen.setdefault(found, {})[watched] = live
        for found, lives in seen.items():
            found(lives)

    def _take(self, items: Iterable[LiveView]) -> None:
        """Store the objects of a page, except those that are known already, or were written or removed meanwhile."""
        for live in items:
            name = live.get(self._key)
            if isinstance(name, str):
                self._listed.add(name)
                self._folded[name.lower()] = live
                if name not in self._gone and name not in self._touched:
                    self._objects.setdefault(name, live)

"""The live rooms, read in pages, once per process, with no more requests than the work asks for.

A stack of 1 000 rooms wants the list (100 rooms a request); a stack of 10 rooms in a domain of 100 000 wants single
reads. Nobody tells a provider how many rooms its stack has: Pulumi asks for one after the other. So every question is
answered under one rule, that of renting skis: **after n different rooms were asked for, at most 2n requests were made**
(the least possible is n single reads, or the whole list where that is shorter). Within it, pages are read from both
ends (newest first, then the oldest, where the rooms of a stack made in program order begin), then rooms one by one,
and the rest of the list as soon as it fits into what the rule leaves.

A list never proves that a room is gone: absence is always confirmed by a single read that answers 404.
Source: Daily's paging, ``limit``, ``starting_after``, ``ending_before`` and the word ``OLDEST``.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any, Protocol

from ..api import ApiError, NotFoundError

PAGE = 100
MAX_LOST_CURSORS = 5


class Page(Protocol):
    """One page of a list."""

    @property
    def total_count(self) -> int: ...

    @property
    def data(self) -> list[dict[str, Any]]: ...


class RoomReader(Protocol):
    """The reads that the snapshot needs; ``pulumi_daily.api.Client`` has them."""

    def list_rooms(
        self, *, limit: int = 100, starting_after: str | None = None, ending_before: str | None = None
    ) -> Page: ...

    def get_room(self, name: str) -> dict[str, Any]: ...


class Snapshot:
    """The rooms of one domain, as far as they were read. Thread-safe; lists are read by one thread at a time."""

    def __init__(self, reader: RoomReader) -> None:
        self._reader = reader
        self._lock = threading.RLock()
        self._rooms: dict[str, Mapping[str, Any]] = {}
        self._gone: set[str] = set()
        self._asked: set[str] = set()
        self._spent = 0
        self._trail: list[str] = []  # ids read from the newest end, in order; the last one is the cursor
        self._oldest_read = False
        self._lost_cursors = 0
        self._listed: set[str] = set()  # ids seen in pages
        self._total: int | None = None
        self._complete = False

    def find(self, name: str) -> Mapping[str, Any] | None:
        """The room ``name``, or None when Daily definitely has none. Raises what the API client raises."""
        with self._lock:
            self._asked.add(name)
            known = self._known(name)
            if known is not None:
                return known[0]
            while not self._complete and self._may_list():
                self._read_page()
                known = self._known(name)
                if known is not None:
                    return known[0]
            self._spent += 1
        # Outside the lock: single reads of different rooms may run side by side.
        room = self._get(name)
        with self._lock:
            known = self._known(name)
            if known is not None:  # written or read by another thread meanwhile
                return known[0]
            if room is None:
                self._gone.add(name)
            else:
                self._rooms[name] = room
            return room

    def put(self, room: Mapping[str, Any]) -> None:
        """Reflect a write of one's own."""
        name = room.get("name")
        if isinstance(name, str):
            with self._lock:
                self._rooms[name] = room
                self._gone.discard(name)

    def remove(self, name: str) -> None:
        """Reflect a delete of one's own."""
        with self._lock:
            self._rooms.pop(name, None)
            self._gone.add(name)

    def forget(self, name: str) -> None:
        """Read ``name`` again the next time: a write failed and nobody knows what became of it."""
        with self._lock:
            self._rooms.pop(name, None)
            self._gone.discard(name)

    def _known(self, name: str) -> tuple[Mapping[str, Any] | None] | None:
        if name in self._gone:
            return (None,)
        room = self._rooms.get(name)
        return None if room is None else (room,)

    def _get(self, name: str) -> Mapping[str, Any] | None:
        try:
            return self._reader.get_room(name)
        except NotFoundError:
            return None

    def _may_list(self) -> bool:
        """Whether the next request may be a page rather than a single read."""
        allowed = 2 * len(self._asked)
        if self._total is None:
            return True
        left = self._pages_left()
        if not self._oldest_read:
            return self._spent + 1 <= allowed
        # Later pages only when the whole rest of the list fits: half a list helps nobody in particular.
        return self._spent + left <= allowed + 1

    def _pages_left(self) -> int:
        total = self._total or 0
        return max(1, -(-(total - len(self._listed)) // PAGE))

    def _read_page(self) -> None:
        self._spent += 1
        if self._total is None:
            page = self._reader.list_rooms(limit=PAGE)
            self._trail = self._take(page)
        elif not self._oldest_read:
            page = self._reader.list_rooms(limit=PAGE, ending_before="OLDEST")
            self._take(page)
            self._oldest_read = True
        else:
            try:
                page = self._reader.list_rooms(limit=PAGE, starting_after=self._trail[-1])
            except ApiError as error:
                if error.status not in (400, 404):
                    raise
                self._cursor_lost()
                return
            before = set(self._trail)
            ids = self._take(page)
            if not ids or before.intersection(ids):
                # The end of the list would have been noticed below: the server lost the cursor and began anew.
                self._cursor_lost()
                return
            self._trail += ids
        self._total = page.total_count
        self._complete = not page.data or len(self._listed) >= page.total_count

    def _cursor_lost(self) -> None:
        """The room that the cursor named was deleted meanwhile: go on from the one before it, a few times at most."""
        self._lost_cursors += 1
        del self._trail[-1:]
        self._complete = not self._trail or self._lost_cursors > MAX_LOST_CURSORS

    def _take(self, page: Page) -> list[str]:
        """Remember the rooms of a page; their ids in order."""
        ids = []
        for room in page.data:
            name, identity = room.get("name"), room.get("id")
            if isinstance(name, str) and isinstance(identity, str):
                ids.append(identity)
                if name not in self._gone:
                    # What we wrote ourselves is newer than any page that was under way meanwhile.
                    self._rooms.setdefault(name, room)
        self._listed.update(ids)
        return ids

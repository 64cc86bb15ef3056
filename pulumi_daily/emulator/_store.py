"""Storage of objects other than rooms: one collection for each kind and domain. No HTTP, no request rules.

The module with the rules of a kind (webhooks, recordings, …) declares it as a `Kind` (`_call.py`) in its `KINDS`; a
domain makes the collection at its first use (`Domain.collection`).
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from ._clock import Clock

Values = dict[str, Any]


class Stored(Protocol):
    """The interface of a room or another object: the time at which it was stored, in Unix seconds."""

    stored_at: float


_Stored = TypeVar("_Stored", bound=Stored)


class ReadLag:
    """A delay of reads: recently stored objects are hidden, as with a database replica that lags."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._until = math.inf

    @property
    def active(self) -> bool:
        """Return whether recently stored objects are hidden (inside `behind`)."""
        return self._until != math.inf

    @contextmanager
    def behind(self, seconds: float) -> Iterator[None]:
        """Hide, in the block, objects that were stored in the last `seconds`; with 0, hide nothing."""
        self._until = self.clock.now() - seconds if seconds else math.inf
        try:
            yield
        finally:
            self._until = math.inf

    def visible(self, one: _Stored | None) -> _Stored | None:
        """Return the room or object; None when it is hidden or missing."""
        return one if one is not None and one.stored_at <= self._until else None


@dataclass
class Item:
    """A stored object other than a room."""

    id: str
    created_at: float
    """Unix seconds, with a fraction, which some answers contain."""
    number: int
    """The serial number in the collection, from 1: the last sort key, and the cursor of some lists."""
    data: Values = field(default_factory=dict)
    stored_at: float = 0.0
    """When the object was stored, in Unix seconds, which may be later than `created_at`."""

    @property
    def key(self) -> tuple[float, int]:
        """Return the sort key of lists: newest first."""
        return (-self.created_at, -self.number)


def window(
    keys: Sequence[Any], limit: int, after: Any | None = None, before: Any | None = None, oldest: bool = False
) -> slice:
    """Return the slice of a page in a sorted list of keys.

    It contains at most `limit` keys: those after `after`, those immediately before `before`, or with `oldest` the last
    ones. `after` and `before` need not be in the list.
    """
    low = bisect.bisect_right(keys, after) if after is not None else 0
    high = bisect.bisect_left(keys, before) if before is not None else len(keys)
    if before is not None or oldest:
        low = max(low, high - limit)
    return slice(low, min(high, low + limit))


class Collection:
    """The objects of one kind in one domain."""

    def __init__(self, lag: ReadLag) -> None:
        self._lag = lag
        self._by_id: dict[str, Item] = {}
        self._last = 0

    def __len__(self) -> int:
        return len(self._by_id)

    def add(self, item_id: str, data: Values, created_at: float) -> Item:
        """Store a new object and return it. Raises `ValueError` for an id that exists already."""
        if item_id in self._by_id:
            raise ValueError(f"{item_id} is there already")
        self._last += 1
        item = self._by_id[item_id] = Item(item_id, created_at, self._last, data, self._lag.clock.now())
        return item

    def stored(self) -> tuple[int, list[Item]]:
        """Return the last serial number, and all objects, with those that a read lag hides."""
        return self._last, [*self._by_id.values()]

    def restore(self, last: int, items: Iterable[Item]) -> None:
        """Add saved objects. Raises `ValueError` for an id that exists already."""
        for item in items:
            if item.id in self._by_id:
                raise ValueError(f"{item.id} is there already")
            self._by_id[item.id] = item
            last = max(last, item.number)
        self._last = last

    def by_id(self, item_id: str) -> Item | None:
        """Return the object with this id, or None."""
        return self._lag.visible(self._by_id.get(item_id))

    def all(self) -> list[Item]:
        """Return all objects, newest first."""
        return sorted(filter(self._lag.visible, self._by_id.values()), key=lambda item: item.key)

    def remove(self, item: Item) -> None:
        """Remove an object. Raises `KeyError` when it is not stored."""
        del self._by_id[item.id]

    def select(self, keep: Callable[[Item], bool] | None = None, *, by_number: bool = False) -> Selection:
        """Return the objects for which `keep` is true, for a list; with `by_number` its cursors are `Item.number`."""
        return Selection(self.all(), keep, by_number)


class Selection:
    """The objects that a list request selects, newest first. `_paging.page_of` divides it into pages."""

    def __init__(self, items: list[Item], keep: Callable[[Item], bool] | None, by_number: bool) -> None:
        self._cursors = {str(item.number) if by_number else item.id: item for item in items}
        self._items = [item for item in items if keep is None or keep(item)]

    def __len__(self) -> int:
        return len(self._items)

    def by_id(self, cursor: str) -> Item | None:
        """Return the object of a cursor, or None; it need not be one of those selected."""
        return self._cursors.get(cursor)

    def page(
        self, limit: int, after: Item | None = None, before: Item | None = None, oldest: bool = False
    ) -> list[Item]:
        """Return at most `limit` objects, newest first; see `_paging.Source.page`."""
        keys = [item.key for item in self._items]
        return self._items[window(keys, limit, after and after.key, before and before.key, oldest)]

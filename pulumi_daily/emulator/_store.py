"""Storage of objects other than rooms: one collection for each kind and domain. No HTTP, no request rules.

The module with the rules of a kind (webhooks, recordings, …) declares it as a `Kind` (`_call.py`) in its `KINDS`; a
domain makes the collection when it is first asked for (`Domain.collection`).
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from ._clock import Clock

Values = dict[str, Any]


class Stored(Protocol):
    """A room or another object, with the moment when it was stored in unix seconds."""

    stored_at: float


_Stored = TypeVar("_Stored", bound=Stored)


class ReadLag:
    """Hides from reads what was stored a moment ago, as a replica of a database does that lags behind."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._until = math.inf

    @property
    def active(self) -> bool:
        """Return whether anything may be hidden at this moment."""
        return self._until != math.inf

    @contextmanager
    def behind(self, seconds: float) -> Iterator[None]:
        """Hide within the block what was stored in the last `seconds`; with 0, hide nothing."""
        self._until = self.clock.now() - seconds if seconds else math.inf
        try:
            yield
        finally:
            self._until = math.inf

    def visible(self, one: _Stored | None) -> _Stored | None:
        """Return the room or object, or None when it is hidden (or there is none)."""
        return one if one is not None and one.stored_at <= self._until else None


@dataclass
class Item:
    """An object as stored."""

    id: str
    created_at: float
    """Unix seconds; with the fraction, which some answers show."""
    number: int
    """Serial number in the collection, from 1: the last sort key, and the cursor of some lists."""
    data: Values = field(default_factory=dict)
    stored_at: float = 0.0
    """Unix seconds at which it was stored, which may be later than `created_at`."""

    @property
    def key(self) -> tuple[float, int]:
        """Return the sort key of lists: newest first."""
        return (-self.created_at, -self.number)


def window(
    keys: Sequence[Any], limit: int, after: Any | None = None, before: Any | None = None, oldest: bool = False
) -> slice:
    """Return the place of a page in a sorted list of keys: at most `limit` keys after `after`, or just before `before`.

    With `oldest` it is the last page. `after` and `before` need not be in the list.
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
        """Store a new object and return it. Raises `ValueError` when there is one with this id."""
        if item_id in self._by_id:
            raise ValueError(f"{item_id} is there already")
        self._last += 1
        item = self._by_id[item_id] = Item(item_id, created_at, self._last, data, self._lag.clock.now())
        return item

    def by_id(self, item_id: str) -> Item | None:
        """Return the object with this id, or None."""
        return self._lag.visible(self._by_id.get(item_id))

    def all(self) -> list[Item]:
        """Return all objects, newest first."""
        return sorted(filter(self._lag.visible, self._by_id.values()), key=lambda item: item.key)

    def remove(self, item: Item) -> None:
        """Forget an object. Raises `KeyError` when it is gone already."""
        del self._by_id[item.id]

    def select(self, keep: Callable[[Item], bool] | None = None, *, by_number: bool = False) -> Selection:
        """Return the objects for which `keep` is true, for a list; with `by_number` its cursors are `Item.number`."""
        return Selection(self.all(), keep, by_number)


class Selection:
    """The objects that a list request selects, newest first. `_paging.page_of` cuts pages out of it."""

    def __init__(self, items: list[Item], keep: Callable[[Item], bool] | None, by_number: bool) -> None:
        self._cursors = {str(item.number) if by_number else item.id: item for item in items}
        self._items = [item for item in items if keep is None or keep(item)]

    def __len__(self) -> int:
        return len(self._items)

    def by_id(self, cursor: str) -> Item | None:
        """Return the object that a cursor names, or None; it need not be one of those selected."""
        return self._cursors.get(cursor)

    def page(
        self, limit: int, after: Item | None = None, before: Item | None = None, oldest: bool = False
    ) -> list[Item]:
        """Return at most `limit` objects, newest first: those that follow `after`, or those just before `before`."""
        keys = [item.key for item in self._items]
        return self._items[window(keys, limit, after and after.key, before and before.key, oldest)]

"""Objects other than rooms: one collection for each kind and domain. No HTTP, no request rules.

What a kind is (webhooks, recordings, …) is said by the module with its rules, as a `Kind` in its `KINDS`; the domain
makes the collection when it is first asked for (`Domain.collection`).
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._state import Domain

Values = dict[str, Any]


@dataclass
class Item:
    """An object as stored."""

    id: str
    created_at: float
    """Unix seconds; with the fraction, which some answers show."""
    number: int
    """Counts up within the collection, from 1; the last word in the order, and some lists' cursor."""
    data: Values = field(default_factory=dict)
    stored_at: float = 0.0
    """When it was stored, which may be later than `created_at`."""

    @property
    def key(self) -> tuple[float, int]:
        """The place in a list: newest first."""
        return (-self.created_at, -self.number)


@dataclass(frozen=True)
class Kind:
    """One kind of object, for what happens without a request (`Emulator.add`, `objects`, `edit`, `remove`)."""

    name: str
    """As tests write it, and as the collection is called: `webhooks`."""
    fill: Callable[[Domain, Values], Values]
    """The values of an object that is made without a request, completed with what Daily makes by itself."""
    id_key: str = "id"
    """Daily's name of the id."""


def window(
    keys: Sequence[Any], limit: int, after: Any | None = None, before: Any | None = None, oldest: bool = False
) -> slice:
    """The page in a sorted list of keys: at most `limit` that follow `after`, or that end just before `before`.

    `oldest` is the last page. `after` and `before` need not be in the list.
    """
    low = bisect.bisect_right(keys, after) if after is not None else 0
    high = bisect.bisect_left(keys, before) if before is not None else len(keys)
    if before is not None or oldest:
        low = max(low, high - limit)
    return slice(low, min(high, low + limit))


class Collection:
    """The objects of one kind in one domain."""

    def __init__(self, domain: Domain) -> None:
        self._domain = domain
        self._by_id: dict[str, Item] = {}
        self._last = 0

    def __len__(self) -> int:
        return len(self._by_id)

    def add(self, item_id: str, data: Values, created_at: float) -> Item:
        """Store a new object. Raises `ValueError` when there is one with this id."""
        if item_id in self._by_id:
            raise ValueError(f"{item_id} is there already")
        self._last += 1
        item = self._by_id[item_id] = Item(item_id, created_at, self._last, data, self._domain.now)
        return item

    def by_id(self, item_id: str) -> Item | None:
        """The object with this id."""
        return self._domain.shown(self._by_id.get(item_id))

    def all(self) -> list[Item]:
        """All objects, newest first."""
        return sorted(filter(self._domain.shown, self._by_id.values()), key=lambda item: item.key)

    def remove(self, item: Item) -> None:
        """Forget an object. Raises `KeyError` when it is gone already."""
        del self._by_id[item.id]

    def select(self, keep: Callable[[Item], bool] | None = None, *, by_number: bool = False) -> Selection:
        """The objects for which `keep` holds, for a list; `by_number`: a cursor is an `Item.number`."""
        return Selection(self.all(), keep, by_number)


class Selection:
    """What a list request is about: some objects, newest first. `_paging.page_of` cuts pages out of it."""

    def __init__(self, items: list[Item], keep: Callable[[Item], bool] | None, by_number: bool) -> None:
        self._cursors = {str(item.number) if by_number else item.id: item for item in items}
        self._items = [item for item in items if keep is None or keep(item)]

    def __len__(self) -> int:
        return len(self._items)

    def by_id(self, cursor: str) -> Item | None:
        """The object that a cursor names; it need not be among those that match."""
        return self._cursors.get(cursor)

    def page(
        self, limit: int, after: Item | None = None, before: Item | None = None, oldest: bool = False
    ) -> list[Item]:
        """At most `limit` objects, newest first: those that follow `after`, or those just before `before`."""
        keys = [item.key for item in self._items]
        return self._items[window(keys, limit, after and after.key, before and before.key, oldest)]

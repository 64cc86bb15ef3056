"""Lists with cursors (Daily: "Pagination"): newest first, `limit`, `starting_after`, `ending_before`, `OLDEST`."""

from __future__ import annotations

from typing import Protocol, TypeVar

from . import _errors as errors
from ._call import Call

MAX_LIMIT = 100
_DIGITS = 16
OLDEST = "OLDEST"

T = TypeVar("T")


class Source(Protocol[T]):
    """The interface of a list that is divided into pages: `Domain` (its rooms) and `Selection` implement it."""

    def by_id(self, cursor: str, /) -> T | None:
        """Return the item of a cursor, or None."""

    def page(self, limit: int, after: T | None = None, before: T | None = None, oldest: bool = False) -> list[T]:
        """Return at most `limit` items, newest first.

        They are those after `after`, those immediately before `before`, or with `oldest` the last ones.
        """


class _Empty(Exception):
    """Error: the cursor is unknown, and the switch requires an empty page."""


def limit_of(call: Call, default: int = MAX_LIMIT, maximum: int = MAX_LIMIT) -> int:
    """Return the requested page size, at most `maximum`; `default` without one.

    Raises `Problem` for a `limit` that is not a number, is 0, or (a switch) is over `maximum`.
    """
    limit = whole_number(call, "limit", default)
    if limit < 1:
        raise errors.invalid('"limit" must be a positive number')
    if limit > maximum and call.switches.limit_over_max == "400":
        raise errors.invalid(f'"limit" must be less than or equal to {maximum}')
    return min(limit, maximum)


def whole_number(call: Call, key: str, default: int) -> int:
    """Return a whole number of the query, or `default` without one. Raises `Problem` unless it is 0 or more."""
    text = call.query.get(key)
    if text is None:
        return default
    if not text.isascii() or not text.isdecimal() or len(text) > _DIGITS:
        raise errors.invalid(f'"{key}" must be a positive number')
    return int(text)


def _cursor(call: Call, key: str, source: Source[T]) -> T | None:
    cursor = call.query.get(key)
    if cursor is None:
        return None
    item = source.by_id(cursor)
    if item is None:
        mode = call.switches.unknown_cursor
        if mode == "400":
            raise errors.invalid(f'"{key}" is not a valid id')
        if mode == "404":
            raise errors.missing(f"{key} {cursor} not found")
        if mode == "empty":
            raise _Empty
    return item


def page_of(call: Call, source: Source[T], default: int = MAX_LIMIT, maximum: int = MAX_LIMIT) -> list[T]:
    """Return the page for the query. `default` and `maximum` are those of `limit`.

    Raises `Problem` for an invalid `limit`, and, depending on a switch, for an unknown cursor.
    """
    limit = limit_of(call, default, maximum)
    oldest = call.query.get("ending_before") == OLDEST
    try:
        after = _cursor(call, "starting_after", source)
        before = None if oldest else _cursor(call, "ending_before", source)
    except _Empty:
        return []
    return source.page(limit, after, before, oldest)

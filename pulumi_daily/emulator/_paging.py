"""Lists with cursors (Daily: "Pagination"): newest first, `limit`, `starting_after`, `ending_before`, `OLDEST`."""

from __future__ import annotations

from . import _errors as errors
from ._call import Call
from ._state import Room

MAX_LIMIT = 100
OLDEST = "OLDEST"


class _Empty(Exception):
    """A cursor that leads nowhere, under the switch that makes this an empty page."""


def limit_of(call: Call) -> int:
    """The page size that was asked for."""
    text = call.query.get("limit")
    if text is None:
        return MAX_LIMIT
    if not text.isascii() or not text.isdecimal() or int(text) < 1:
        raise errors.invalid('"limit" must be a positive number')
    limit = int(text)
    if limit > MAX_LIMIT and call.switches.limit_over_max == "400":
        raise errors.invalid(f'"limit" must be less than or equal to {MAX_LIMIT}')
    return min(limit, MAX_LIMIT)


def _cursor(call: Call, key: str) -> Room | None:
    room_id = call.query.get(key)
    if room_id is None:
        return None
    room = call.domain.by_id(room_id)
    if room is None:
        mode = call.switches.unknown_cursor
        if mode == "400":
            raise errors.invalid(f'"{key}" is not a valid id')
        if mode == "404":
            raise errors.Problem(404, "not-found", f"{key} {room_id} not found")
        if mode == "empty":
            raise _Empty
    return room


def page_of(call: Call) -> list[Room]:
    """The page of rooms that the query asks for."""
    limit = limit_of(call)
    oldest = call.query.get("ending_before") == OLDEST
    try:
        after = _cursor(call, "starting_after")
        before = None if oldest else _cursor(call, "ending_before")
    except _Empty:
        return []
    return call.domain.page(limit, after, before, oldest)

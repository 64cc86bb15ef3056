"""Lists with cursors (`starting_after`, `ending_before`) as one iterator that always ends.

How Daily pages: newest first, at most 100 a page; `starting_after=<id of the last item>` gives the next
older page, `ending_before=<id of the first item>` the next newer one, `ending_before=OLDEST` the oldest.
`total_count` is the number of all objects. What happens when the object of a cursor is deleted between two
pages is not documented, so both an error and an empty page are expected here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ._errors import BadResponse, InvalidRequestError, NotFoundError

OLDEST = "OLDEST"
MAX_LIMIT = 100
MAX_RESTARTS = 3


@dataclass(frozen=True)
class Page:
    """One page: `total_count` as the server gives it, and the objects of this page, newest first."""

    total_count: int
    data: list[dict[str, Any]]


def to_page(value: Any) -> Page:
    """A `{"total_count", "data"}` body as a `Page`; `BadResponse` for any other shape."""
    if isinstance(value, Mapping):
        total, data = value.get("total_count"), value.get("data")
        if (
            isinstance(total, int)
            and not isinstance(total, bool)
            and isinstance(data, list)
            and all(isinstance(item, dict) for item in data)
        ):
            return Page(total, data)
    raise BadResponse("the answer is not a list page with total_count and data")


class _Inconsistent(Exception):
    """This pass over the list cannot go on. `settled`: it may also simply be the end of the list."""

    def __init__(self, reason: str, count: int, settled: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.count = count
        self.settled = settled


def paginate(
    fetch: Callable[[Mapping[str, Any]], Page],
    *,
    limit: int = MAX_LIMIT,
    newest_first: bool = True,
    key: str = "id",
    max_restarts: int = MAX_RESTARTS,
) -> Iterator[dict[str, Any]]:
    """All objects of a list, each once.

    `fetch(params)` reads one page; `key` names the field that is the cursor. A pass ends when `total_count`
    objects were seen or a page comes up empty; a short page alone is not trusted while objects are missing,
    one more is asked for. When a cursor is refused, a page brings nothing new, or the list ends early after
    a full page, the pass is started again, at most `max_restarts` times, without giving any object twice;
    then `BadResponse` is raised. A list that ends early at the same place twice is taken as complete.

    Objects that are created or deleted meanwhile may or may not be among those given.
    """
    given: set[Any] = set()
    early: int | None = None
    reason = ""
    for _ in range(max_restarts + 1):
        try:
            for item in _one_pass(fetch, limit, newest_first, key):
                if item[key] not in given:
                    given.add(item[key])
                    yield item
        except _Inconsistent as stop:
            if stop.settled and stop.count == early:
                return
            early = stop.count if stop.settled else None
            reason = stop.reason
        else:
            return
    raise BadResponse(f"the list keeps changing under the reader: {reason}, {max_restarts + 1} times")


def _one_pass(
    fetch: Callable[[Mapping[str, Any]], Page], limit: int, newest_first: bool, key: str
) -> Iterator[dict[str, Any]]:
    seen: set[Any] = set()
    cursor: Any = None if newest_first else OLDEST
    full = False  # whether the page before was a full one
    first: int | None = None  # total_count at the start of this pass
    while True:
        params: dict[str, Any] = {"limit": limit}
        if cursor is not None:
            params["starting_after" if newest_first else "ending_before"] = cursor
        page = _fetch(fetch, params, bool(seen), len(seen))
        items = page.data if newest_first else page.data[::-1]
        if first is None:
            first = page.total_count
        if any(not isinstance(item.get(key), (str, int)) for item in items):
            raise BadResponse(f"an object of the list has no {key}")
        if not items:
            if full and (len(seen) < page.total_count or page.total_count < first):
                raise _Inconsistent(f"an empty page after {len(seen)} of {page.total_count}", len(seen), settled=True)
            return
        fresh = {item[key] for item in items} - seen
        if not fresh:
            raise _Inconsistent("a page without anything new", len(seen))
        yield from items
        seen |= fresh
        if len(seen) > 2 * first + 10 * MAX_LIMIT:
            raise _Inconsistent(f"{len(seen)} objects and no end", len(seen))
        full = len(items) >= limit
        # A total that shrank counts fewer than were seen, so a full page is not the end for certain.
        if len(seen) >= page.total_count and (page.total_count >= first or not full):
            return
        cursor = items[-1][key]


def _fetch(fetch: Callable[[Mapping[str, Any]], Page], params: Mapping[str, Any], inside: bool, count: int) -> Page:
    try:
        return fetch(params)
    except (InvalidRequestError, NotFoundError) as error:
        if not inside:  # the first page has no cursor to be refused for
            raise
        refusal = str(error)
    raise _Inconsistent(f"the cursor was refused ({refusal})", count)

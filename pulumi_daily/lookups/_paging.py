"""Reading lists in the ways in which Daily pages them, and the checks of arguments that all lists share.

Every reader asks for a page when it is needed and for none after the last object that is taken. A shape that is not the
documented one is a ``BadResponse``: what cannot be read is never taken for the end of a list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timezone
from itertools import islice
from typing import Any, TypeAlias, TypeVar

from ..api import ROUTES, BadResponse, Client, NotFoundError, UsageError
from ..objects.spec import Listing
from ._results import Result, Results

R = TypeVar("R", bound=Result)

Moment: TypeAlias = int | float | str | datetime
"""A moment: unix seconds, ISO 8601 text with a time zone (or a day, which begins in UTC), or an aware ``datetime``."""

PAGE = 100
"""What is asked for where Daily says of no maximum."""

DEFAULT_PAGE = 20
"""Daily's page size of the logs when none is asked for. A page that is shorter than what was asked for may have been
cut (Daily says of no maximum); one that is shorter than this is the last."""


def read(
    client: Client,
    listing: Listing,
    kind: type[R],
    params: Mapping[str, Any] | None = None,
    *,
    limit: int | None,
    keep: Callable[[R], bool] | None = None,
    until: Callable[[R], bool] | None = None,
) -> Results[R]:
    """The objects of a list: those that ``keep`` takes, up to the first that ``until`` holds for, at most ``limit``."""
    check_limit(limit)
    # Without a filter of our own, no more is asked for than is wanted.
    page = listing.limit if limit is None or keep is not None else min(limit, listing.limit)
    found: Iterator[R] = map(kind.of, _items(client, listing, params or {}, page))
    if until is not None:
        found = _before(found, until)
    return Results(islice(filter(keep, found), limit))


def check_limit(limit: int | None) -> None:
    """``limit`` is None (all) or a number over 0."""
    if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int) or limit < 1):
        raise UsageError(f"limit must be a whole number over 0, or None for all, not {limit!r}")


def _before(items: Iterator[R], until: Callable[[R], bool]) -> Iterator[R]:
    for item in items:
        if until(item):
            return
        yield item


def _items(client: Client, listing: Listing, params: Mapping[str, Any], page: int) -> Iterator[dict[str, Any]]:
    if listing.style == "cursor":
        return client.iterate(listing.route, params=params, limit=page, key=listing.cursor)
    if listing.style == "offset":
        return _by_offset(client, listing, params, page)
    return iter(objects(listing.route, _envelope(client.call(listing.route, params=params), listing.items)))


def _by_offset(client: Client, listing: Listing, params: Mapping[str, Any], page: int) -> Iterator[dict[str, Any]]:
    """By number: what is removed meanwhile may shift an object past the reader; none is given twice."""
    seen: set[Any] = set()
    offset = 0
    while True:
        answer = client.call(listing.route, params={**params, "limit": page, "offset": offset})
        items = objects(listing.route, _envelope(answer, listing.items))
        for item in items:
            key = item.get(listing.cursor) if listing.cursor else None
            if key is None or key not in seen:
                seen.add(key)
                yield item
        offset += len(items)
        total = answer.get(listing.total) if listing.total else None
        if not items or (offset >= total if isinstance(total, int) else len(items) < min(page, DEFAULT_PAGE)):
            return


def by_key(
    client: Client,
    route: str,
    *,
    key: str,
    cursor: str,
    page: int,
    items: str | None = None,
    path: Mapping[str, str] | None = None,
    params: Mapping[str, Any] | None = None,
    ends_with_404: bool = False,
) -> Iterator[dict[str, Any]]:
    """A list without a total, whose cursor is the ``key`` of the last object.

    ``ends_with_404``: Daily answers 404 behind the last object, and a short page proves nothing.
    """
    seen: set[Any] = set()
    position: dict[str, Any] = {}
    size = 0
    while True:
        try:
            answer = client.call(route, path=path, params={**(params or {}), "limit": page, **position})
        except NotFoundError:
            if not (ends_with_404 and position):
                raise
            return
        listed = objects(route, _envelope(answer, items))
        fresh = [item for item in listed if item.get(key) not in seen]
        if listed and not fresh:
            if size >= page:
                raise _bad(route, "the list does not come to its end: a page without anything new")
            return
        yield from fresh
        size = len(listed)
        if not listed or (not ends_with_404 and size < min(page, DEFAULT_PAGE)):
            return
        seen |= {item.get(key) for item in fresh}
        if not isinstance(listed[-1].get(key), str):
            raise _bad(route, f"an object of the list has no {key}")
        position = {cursor: listed[-1][key]}


def _envelope(answer: Any, items: str | None) -> Any:
    """The list in an answer. Where Daily documents a bare array, an envelope like that of its other lists will do."""
    if isinstance(answer, Mapping):
        return answer.get(items or "data")
    return answer if items is None else None


def objects(route: str, value: Any) -> list[dict[str, Any]]:
    """A list of objects."""
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise _bad(route, "the answer is not a list of objects")
    return value


def one(route: str, value: Any) -> Mapping[str, Any]:
    """An object. (Daily's description has an array where its documentation has the object: ``GET /webhooks/:uuid``.)"""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(value, Mapping):
        raise _bad(route, "the answer is not an object")
    return value


def get_one(client: Client, route: str, id: str) -> Mapping[str, Any]:
    """One object by its id."""
    return one(route, client.call(route, path={"id": id}))


def _bad(route: str, text: str) -> BadResponse:
    return BadResponse(text, method=ROUTES[route].method, path=ROUTES[route].template)


def seconds(name: str, moment: Moment | None) -> float | None:
    """A moment in unix seconds. Raises ``UsageError`` for what is none, or could be any of two dozen."""
    if moment is None:
        return None
    if isinstance(moment, str):
        moment = _parsed(moment) or moment
    if isinstance(moment, datetime) and moment.tzinfo is not None:
        return moment.timestamp()
    if isinstance(moment, int | float) and not isinstance(moment, bool):
        return float(moment)
    raise UsageError(
        f"{name} must be unix seconds, an aware datetime, or text such as 2026-01-31T12:00:00Z, not {moment!r}"
    )


def whole_seconds(name: str, moment: Moment | None) -> int | None:
    """As :func:`seconds`, in whole seconds."""
    found = seconds(name, moment)
    return None if found is None else int(found)


def _parsed(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(f"{text[:-1]}+00:00" if text.endswith(("Z", "z")) else text)
        return datetime.combine(date.fromisoformat(text), found.time(), timezone.utc) if len(text) == 10 else found
    except ValueError:
        return None

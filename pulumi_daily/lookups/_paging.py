"""Lists of Daily as results, the checks of arguments that all lists share, and the shapes of other answers.

A page is read when it is needed, and none after the last object that is taken. A shape that is not the documented one
is a ``BadResponse``: what cannot be read is never taken for the end of a list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timezone
from itertools import islice
from typing import Any, TypeAlias, TypeVar

from ..api import ROUTES, BadResponse, Client, UsageError
from ._results import Result, Results

R = TypeVar("R", bound=Result)

Moment: TypeAlias = int | float | str | datetime
"""A moment: unix seconds, ISO 8601 text with a time zone (or a day, which begins in UTC), or an aware ``datetime``."""


def read(
    client: Client,
    route: str,
    kind: type[R],
    params: Mapping[str, Any] | None = None,
    *,
    path: Mapping[str, Any] | None = None,
    limit: int | None,
    keep: Callable[[R], bool] | None = None,
    until: Callable[[R], bool] | None = None,
) -> Results[R]:
    """The objects of a list: those that ``keep`` takes, up to the first that ``until`` holds for, at most ``limit``."""
    check_limit(limit)
    # Without a filter of our own, no more is asked for than is wanted.
    whole = ROUTES[route].listing.limit
    page = whole if limit is None or keep is not None else min(limit, whole)
    found: Iterator[R] = map(kind.of, client.iterate(route, path=path, params=params, limit=page))
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

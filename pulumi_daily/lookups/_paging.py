"""Reads lists as results, and checks common arguments and the shapes of answers.

A page is read when its first object is needed. An answer of another shape than documented raises ``BadResponse``: it
never counts as the end of a list.
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
"""A time: Unix seconds, ISO 8601 text with a time zone (or a day: its begin in UTC), or an aware ``datetime``."""


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
    """Return at most ``limit`` objects of a list: those for which ``keep`` is true, before the first ``until`` one.

    ``path`` are path parameters, ``params`` filters of the route. Raises ``UsageError`` for an invalid ``limit``; the
    requests, and their errors, come with the iteration.
    """
    check_limit(limit)
    # Without `keep`, no more objects are requested than are wanted.
    whole = ROUTES[route].listing.limit
    page = whole if limit is None or keep is not None else min(limit, whole)
    found: Iterator[R] = map(kind.of, client.iterate(route, path=path, params=params, limit=page))
    if until is not None:
        found = _before(found, until)
    return Results(islice(filter(keep, found), limit))


def check_limit(limit: int | None) -> None:
    """Raise ``UsageError`` unless ``limit`` is None (all objects) or a whole number over 0."""
    if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int) or limit < 1):
        raise UsageError(f"limit must be a whole number over 0, or None for all, not {limit!r}")


def _before(items: Iterator[R], until: Callable[[R], bool]) -> Iterator[R]:
    for item in items:
        if until(item):
            return
        yield item


def objects(route: str, value: Any) -> list[dict[str, Any]]:
    """Return ``value``. Raises ``BadResponse`` unless it is a list of JSON objects."""
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise _bad(route, "the answer is not a list of objects")
    return value


def one(route: str, value: Any) -> Mapping[str, Any]:
    """Return the JSON object ``value``, or the only object of a list. Raises ``BadResponse`` for another value.

    Daily's API description has an array where its documentation has the object: ``GET /webhooks/:uuid``.
    """
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(value, Mapping):
        raise _bad(route, "the answer is not an object")
    return value


def get_one(client: Client, route: str, id: str) -> Mapping[str, Any]:
    """Return one object by its id. Raises the errors of ``Client.call``, and ``BadResponse`` for another answer."""
    return one(route, client.call(route, path={"id": id}))


def _bad(route: str, text: str) -> BadResponse:
    return BadResponse(text, method=ROUTES[route].method, path=ROUTES[route].template)


def seconds(name: str, moment: Moment | None) -> float | None:
    """Return a time in Unix seconds; None for None.

    Raises ``UsageError``, with the argument's ``name``, for another value, and for text or a ``datetime`` without a
    time zone.
    """
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
    """Return a time in whole Unix seconds (the fraction is dropped), else as :func:`seconds`."""
    found = seconds(name, moment)
    return None if found is None else int(found)


def _parsed(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(f"{text[:-1]}+00:00" if text.endswith(("Z", "z")) else text)
        return datetime.combine(date.fromisoformat(text), found.time(), timezone.utc) if len(text) == 10 else found
    except ValueError:
        return None

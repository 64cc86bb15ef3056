"""Reads the live objects of one kind, page by page or one by one, under this package's names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

from ...api import ROUTES, BadResponse, InvalidRequestError, NotFoundError, Pager, fetcher
from ...objects.spec import ObjectSpec
from ..state import LiveView

READS_AT_ONCE = 8
"""Single reads in flight; the rate limiter, not this number, sets the pace."""


class Caller(Protocol):
    """The interface of the API client that is used here; ``pulumi_daily.api.Client`` implements it."""

    def call(
        self,
        route: str,
        *,
        path: Mapping[str, Any] | None = None,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
    ) -> Any: ...

    def server_time(self) -> tuple[float, float] | None: ...


class Reader:
    """A reader of the objects of one kind. Raises the errors of the API client."""

    def __init__(self, api: Caller, spec: ObjectSpec) -> None:
        self.route = ROUTES[spec.routes.list]
        self.spec = spec
        self._api = api

    def pager(self, *, newest_first: bool = True) -> Pager:
        """Return a pager of the list that begins with the newest object, or with the oldest one."""
        return Pager(fetcher(self._api.call, self.route), self.route, newest_first=newest_first)

    def live(self, items: Iterable[Mapping[str, Any]]) -> list[LiveView]:
        """Return objects of Daily under this package's names."""
        return [LiveView(self.spec, item) for item in items]

    def all(self) -> list[LiveView]:
        """Return all objects of the list; those created or deleted during the reading may or may not be included.

        Raises ``BadResponse`` when the list cannot be read to its end.
        """
        return self.live(self.pager().all())

    def get(self, identity: str) -> LiveView | None:
        """Return the object with an id; None when Daily answers 404, or two readings of the list do not contain it.

        The list is read for a kind without single reads, and when Daily refuses an id that it generates itself.
        """
        routes = self.spec.routes
        if not routes.read:
            return self._search(identity)
        try:
            answer = self._api.call(routes.read, path={routes.path_parameter: identity})
        except NotFoundError:
            return None
        except InvalidRequestError:
            # How Daily refuses an id of its own that it does not know is not documented for every kind.
            if self.spec.id_input is not None:
                raise
            return self._search(identity)
        if isinstance(answer, list):  # documented as an array in one place and as an object in another
            answer = answer[0] if len(answer) == 1 else None
        if not isinstance(answer, Mapping):
            raise BadResponse(f"the answer to {routes.read} is not an object")
        return LiveView(self.spec, answer)

    def _search(self, identity: str) -> LiveView | None:
        """Return the object from the list; None when two complete readings do not contain it."""
        for _ in range(2):
            for item in self.all():
                if item.get(self.spec.key) == identity:
                    return item
        return None

    def among(self, names: Iterable[str], *, surely: bool = False) -> dict[str, LiveView]:
        """Return, by id, the objects with these ids that exist: read singly, or from the list if it has fewer pages.

        ``surely``: read each object that the list does not contain by itself, because a list does not prove absence.
        """
        wanted = list(names)
        if len(wanted) <= 2:
            return self._each(wanted)
        pager = self.pager()
        first = pager.read()
        if (pager.total or 0) > len(wanted) * self.route.listing.limit:
            return self._each(wanted)
        every = {live.get(self.spec.key): live for live in self.live([*first, *pager.all()])}
        found = {name: every[name] for name in wanted if name in every}
        return found | self._each([name for name in wanted if name not in found]) if surely else found

    def _each(self, names: list[str]) -> dict[str, LiveView]:
        with ThreadPoolExecutor(max_workers=READS_AT_ONCE) as pool:
            read = list(pool.map(self.get, names))
        return {name: live for name, live in zip(names, read, strict=True) if live is not None}

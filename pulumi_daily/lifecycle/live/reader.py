"""How the live objects of one kind are read, page by page or one by one; all under this package's names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol

from ...api import BadResponse, InvalidRequestError, NotFoundError
from ...objects.spec import Listing, ObjectSpec
from ..state import LiveView

OLDEST = "OLDEST"
MAX_PAGES = 10_000

READS_AT_ONCE = 8
"""Single reads in flight; the rate limiter, not this number, sets the pace."""

READINGS = 3
"""How often a list that changes while it is read is read again from its beginning."""


class Caller(Protocol):
    """The one way to the API; ``pulumi_daily.api.Client`` has it."""

    def call(
        self,
        route: str,
        *,
        path: Mapping[str, Any] | None = None,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
    ) -> Any: ...

    def server_time(self) -> tuple[float, float] | None: ...


@dataclass(frozen=True)
class Page:
    """One page of a list: the number of all objects, and those of this page."""

    total_count: int
    data: list[LiveView]


class Reader:
    """The reads of one kind of object. Raises what the API client raises."""

    def __init__(self, api: Caller, spec: ObjectSpec) -> None:
        assert spec.routes.list is not None
        self.listing: Listing = spec.routes.list
        self.spec = spec
        self._api = api

    def page(self, *, after: Any = None, read: int = 0, oldest: bool = False) -> Page:
        """Read the first page, the one after the cursor ``after`` and ``read`` objects, or the oldest one."""
        listing = self.listing
        params: dict[str, Any] = {}
        if listing.style != "whole":
            params["limit"] = listing.limit
        if listing.style == "offset" and read:
            params["offset"] = read
        elif oldest:
            params["ending_before"] = OLDEST
        elif after is not None:
            params["starting_after"] = after
        answer = self._api.call(listing.route, params=params or None)
        if listing.items is None:
            # Daily documents a bare array here; its other lists come in an envelope.
            items = answer.get("data") if isinstance(answer, Mapping) else answer
            total: Any = len(items) if isinstance(items, list) else None
        else:
            items = answer.get(listing.items) if isinstance(answer, Mapping) else None
            total = answer.get(listing.total) if isinstance(answer, Mapping) else None
        good = isinstance(items, list) and all(isinstance(item, Mapping) for item in items)
        if not good or isinstance(total, bool) or not isinstance(total, int):
            raise BadResponse(f"the answer to {listing.route} is not a list page")
        return Page(total, [LiveView(self.spec, item) for item in items or ()])

    def get(self, identity: str) -> LiveView | None:
        """Read one object by its id; return None when Daily definitely has none."""
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
        """Look for an object in the list; it is absent when two complete readings do not contain it."""
        for _ in range(2):
            for item in self.all():
                if item.get(self.spec.key) == identity:
                    return item
        return None

    def among(self, names: Iterable[str], *, surely: bool = False) -> dict[str, LiveView]:
        """Return those objects of these ids that there are now: read one by one, or by the list where that is shorter.

        ``surely``: a list proves no absence, so what it does not show is read by itself.
        """
        wanted = list(names)
        if len(wanted) <= 2 or self.page().total_count > len(wanted) * self.listing.limit:
            return self._each(wanted)
        every = {live.get(self.spec.key): live for live in self.all()}
        found = {name: every[name] for name in wanted if name in every}
        return found | self._each([name for name in wanted if name not in found]) if surely else found

    def _each(self, names: list[str]) -> dict[str, LiveView]:
        with ThreadPoolExecutor(max_workers=READS_AT_ONCE) as pool:
            read = list(pool.map(self.get, names))
        return {name: live for name, live in zip(names, read, strict=True) if live is not None}

    def all(self) -> list[LiveView]:
        """Read the whole list; every object that exists all the while is in it.

        Raises ``BadResponse`` when the list does not come to its end.
        """
        for _ in range(READINGS):
            found, ended = self._reading()
            if ended:
                return list(found.values())
        raise BadResponse(f"the list of {self.listing.route} ends early: {len(found)} objects read")

    def _reading(self) -> tuple[dict[str, LiveView], bool]:
        """Read page after page; return the objects by id, and whether the last page was the end of the list.

        A total that stands still says when everything was read. Once it moved, it leaves out what was read and removed,
        or counts what was made behind the reader: then the end is a page that is not full.
        """
        listing = self.listing
        found: dict[str, LiveView] = {}
        after: Any = None
        totals: set[int] = set()
        for _ in range(MAX_PAGES):
            page = self.page(after=after, read=len(found))
            fresh = [item for item in page.data if str(item.get(self.spec.key)) not in found]
            found.update((str(item.get(self.spec.key)), item) for item in fresh)
            if listing.style == "whole":
                return found, True
            totals.add(page.total_count)
            if listing.style == "offset" and page.total_count < max(totals):
                break  # what came behind the removed ones moved past the reader
            if len(found) >= min(totals) and (len(totals) == 1 or (fresh and len(page.data) < listing.limit)):
                return found, True
            if not fresh:
                break
            after = page.data[-1].get(listing.cursor)
        return found, False

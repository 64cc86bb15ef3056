"""Reading lists to their end, for every way in which Daily pages.

With cursors, the newest object comes first; `starting_after=<id of the last object>` returns the next older page,
`ending_before=<id of the first>` the next newer one, `ending_before=OLDEST` the oldest. Daily does not document what it
answers when the object of a cursor was deleted between two pages: an error, an empty page and the first page are all
expected here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ._errors import BadResponse, InvalidRequestError, NotFoundError
from ._routes import MAX_LIMIT, Listing, Route

OLDEST = "OLDEST"

SHORTEST_PAGE = 20
"""Daily's page size of the logs when none is requested. Without a total, a shorter page is the last one; a longer page
with less than was requested may have been cut, because Daily does not document a maximum."""

MAX_PAGES = 10_000
"""The number of pages after which a list without an end is given up: a million objects in pages of 100, which take
eight minutes at Daily's limits. A server that always has another full page of new objects would else never let go."""

MAX_LOSSES = 6
"""The number of lost positions after each of which a pager goes back; after one more, it gives up."""


@dataclass(frozen=True)
class Page:
    """One page: the total that the server reports (None where it reports none), and the objects of the page."""

    total_count: int | None
    data: list[dict[str, Any]]


def _parts(listing: Listing, answer: Any) -> tuple[Any, Any]:
    """Return the objects and the total in an answer of any shape; None for a missing one."""
    if not isinstance(answer, Mapping):
        return (answer if listing.items is None else None), None
    # An envelope, as most lists have it, will do as well where a bare array is documented.
    return answer.get(listing.items or "data"), answer.get(listing.total) if listing.total else None


def is_page(listing: Listing, answer: Any) -> bool:
    """Return whether an answer has the shape of a page of the list."""
    data, total = _parts(listing, answer)
    counted = not listing.total or (isinstance(total, int) and not isinstance(total, bool))
    return counted and isinstance(data, list) and all(isinstance(item, dict) for item in data)


def to_page(route: Route, answer: Any) -> Page:
    """Return the answer of a list route as a page. Raises `BadResponse` for any other shape."""
    if not is_page(route.listing, answer):
        raise BadResponse("the answer is not a list page", method=route.method, path=route.template)
    data, total = _parts(route.listing, answer)
    return Page(total, data)


def fetcher(
    call: Callable[..., Any],
    route: Route,
    *,
    path: Mapping[str, Any] | None = None,
    params: Mapping[str, Any] | None = None,
) -> Callable[[Mapping[str, Any]], Page]:
    """Return the function by which a `Pager` reads a page: from the query parameters of a position to a `Page`.

    `call` is `Client.call`; `path` and `params` (filters) are sent with each request.
    """

    def fetch(position: Mapping[str, Any]) -> Page:
        return to_page(route, call(route.name, path=path, params={**(params or {}), **position} or None))

    return fetch


class Pager:
    """A list of Daily, read page by page: one request for each call of `read`. Not thread-safe.

    The list has ended at a short page (or an empty one) with which as many different objects were read as its total
    says. An empty page before that is the end only where totals are not exact, and only after a short page. Without
    totals, a short page is the last one, or a 404 is the end (`Listing`).

    The position is lost when a cursor is refused or a page has no new object. The pager then goes back to the object
    before the cursor, and if that position is lost too, to the beginning of the list. No object is returned twice.
    After `MAX_PAGES` pages without an end, the pager gives up.
    """

    def __init__(
        self,
        fetch: Callable[[Mapping[str, Any]], Page],
        route: Route,
        *,
        limit: int | None = None,
        newest_first: bool = True,
    ) -> None:
        self._fetch = fetch
        self._route = route
        self._listing: Listing = route.listing
        self._limit = limit or self._listing.limit
        self._newest_first = newest_first
        self.total: int | None = None
        """The total of the last page; None if it had none."""
        self.ended = False
        """Whether `read` need not be called again: the list has ended, or was given up."""
        self.given_up = ""
        """The reason why the pager stopped before the end of the list; empty if it did not."""
        self._losses = 0
        self._pages = 0
        self._returned: set[Any] = set()
        self._begin()

    def _begin(self) -> None:
        self._trail: list[Any] = []  # the cursors of this pass over the list, in order
        self._seen: set[Any] = set()
        self._totals: list[int] = []
        self._received = 0
        self._full = False  # whether the last page was a full one
        self._went_back = False  # whether the position is that of the object before the cursor that was lost

    def read(self) -> list[dict[str, Any]]:
        """Read the next page; return those of its objects that were not returned before.

        Raises what `fetch` raises, unless it refused a cursor (the next call then requests the same page), and
        `BadResponse` for an object without the field that is its cursor.
        """
        page = self._page()
        if page is None:
            return []
        items = page.data if self._newest_first else page.data[::-1]
        if self._listing.style == "whole":
            self.ended = True
            return items
        keys = self._keys(items)
        self._take(keys, page.total_count)
        if not self.ended and self._pages >= MAX_PAGES:
            self.ended, self.given_up = True, f"no end after {self._pages} pages with {len(self._seen)} objects"
        new = {key: item for key, item in zip(keys, items, strict=True) if key not in self._returned}
        self._returned.update(new)
        return list(new.values())

    def _page(self) -> Page | None:
        """Fetch the page at the present position; return None when Daily refused the cursor, so that there is no page.

        Then the list has ended (`ended`; a 404 where the listing ends with one), or the position was moved back. Raises
        what `fetch` raises, unless it refused a cursor.
        """
        try:
            page = self._fetch(self._position())
        except (InvalidRequestError, NotFoundError) as error:
            if not self._trail or self._listing.style != "cursor":
                raise  # without a cursor, none was refused
            if self._listing.ends_with_404 and isinstance(error, NotFoundError):
                self.ended = True
            else:
                self._go_back(f"the cursor was refused ({error})")
            return None
        self._pages += 1
        self.total = page.total_count
        return page

    def _position(self) -> dict[str, Any]:
        """Return the query parameters of the next page."""
        if self._listing.style == "whole":
            return {}
        position: dict[str, Any] = {"limit": self._limit}
        if self._listing.style == "offset":
            position["offset"] = self._received
        elif not self._newest_first:
            position["ending_before"] = self._trail[-1] if self._trail else OLDEST
        elif self._trail:
            position[self._listing.position] = self._trail[-1]
        return position

    def _keys(self, items: list[dict[str, Any]]) -> list[Any]:
        """Return a key for each object of a page: its cursor, or its index in a list whose objects have none.

        Raises `BadResponse` for an object without its cursor.
        """
        field = self._listing.cursor
        if not field:
            return list(range(self._received, self._received + len(items)))
        keys = [item.get(field) for item in items]
        if not all(isinstance(key, str | int) for key in keys):
            raise self._bad(f"an object of the list has no {field}")
        return keys

    def _take(self, keys: list[Any], total: int | None) -> None:
        """Record the objects of a page, and decide whether it was the last one, or the position is lost."""
        fresh = [key for key in dict.fromkeys(keys) if key not in self._seen]
        after_full, self._full = self._full, len(keys) >= self._limit
        self._received += len(keys)
        self._seen.update(fresh)
        if fresh:
            self._trail += keys
            self._went_back = False
        if total is not None:
            self._totals.append(total)
        if not self._totals:
            self._settle_without_total(keys, fresh, after_full)
        elif fresh:
            self._settle()
        elif keys:
            self._go_back("a page without anything new")
        else:
            self._settle_empty(after_full)

    def _settle_without_total(self, keys: list[Any], fresh: list[Any], after_full: bool) -> None:
        if not fresh and keys and after_full:
            self._go_back("a page without anything new")
        else:
            cut = self._listing.ends_with_404 or len(keys) >= min(self._limit, SHORTEST_PAGE)
            self.ended = not fresh or not cut

    def _settle(self) -> None:
        """Decide whether a page with new objects was the last one: a short one that reaches the total.

        A total that changes may omit objects that were removed after they were read, or count objects that were created
        before the position. One that is lower than what was read on every page is wrong, and proves nothing.
        """
        count = len(self._seen)
        if self._listing.style == "offset" and self._totals[-1] < max(self._totals):
            self._go_back("objects were removed, and others moved past the reader")
        elif count > 2 * self._totals[0] + 10 * MAX_LIMIT:
            self._go_back(f"{count} objects and no end", to_the_beginning=True)
        else:
            self.ended = not self._full and min(self._totals) <= count <= max(self._totals)

    def _settle_empty(self, after_full: bool) -> None:
        """Decide whether an empty page is the end of the list, or the answer to a cursor whose object was deleted.

        `after_full`: the page before had as many objects as requested.
        """
        count, totals = len(self._seen), self._totals
        if count >= min(totals) == max(totals) or not (after_full or self._listing.exact_total):
            self.ended = True
        else:
            self._go_back(f"an empty page after {count} of {totals[-1]}", to_the_beginning=True)

    def _go_back(self, reason: str, to_the_beginning: bool = False) -> None:
        self._losses += 1
        if self._losses > MAX_LOSSES:
            times = f"{reason}, {self._losses} times"
            self.ended, self.given_up = True, f"the list keeps changing under the reader: {times}"
        elif self._trail and not self._went_back and not to_the_beginning and self._listing.style == "cursor":
            self._trail.pop()
            self._went_back = True
        else:
            self._begin()

    def all(self) -> Iterator[dict[str, Any]]:
        """Yield all objects, each once; a page is read when it is needed.

        Objects that are created or deleted meanwhile may or may not be among them. Raises what `read` raises, and
        `BadResponse` when the position was lost too often (`MAX_LOSSES`) or the list has no end (`MAX_PAGES`).
        """
        while not self.ended:
            yield from self.read()
        if self.given_up:
            raise self._bad(self.given_up)

    def _bad(self, text: str) -> BadResponse:
        return BadResponse(text, method=self._route.method, path=self._route.template)

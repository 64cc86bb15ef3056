"""The part of `Emulator` that tests and demos use without requests to Daily's API."""

from __future__ import annotations

import copy
import secrets
from collections.abc import Iterable, Mapping
from typing import Any

from . import _rooms
from ._broken import half, lengthy, slowly, wrong
from ._call_simulation import CallSimulation
from ._clock import Clock
from ._faults import Fault, Faults, When
from ._lies import doubled, miscounted, without
from ._log import Log, LoggedRequest
from ._objects import Objects
from ._rates import Rates
from ._routes import known
from ._state import Backend, Room, seconds
from ._switches import Switches


class OutOfBand(CallSimulation, Objects):
    """The emulator without its server: reads and changes of rooms, faults, clock and log without requests.

    All methods can be called from any thread, also while requests are answered.
    """

    def __init__(self, backend: Backend, api_key: str, domain_name: str, rate_limits: bool) -> None:
        self.backend = backend
        self.clock: Clock = backend.clock
        self.switches: Switches = backend.switches
        self.rates = Rates(self.clock, self.switches, rate_limits)
        self.faults = Faults()
        self.log = Log()
        self._first_switches = self.switches.as_dict()
        self._first_clock = copy.copy(self.clock)
        self._main = backend.add_domain(domain_name, api_key)

    @property
    def api_key(self) -> str:
        """Return the key of the first domain."""
        return self._main.api_key

    @property
    def domain_name(self) -> str:
        """Return the name of the first domain."""
        return self._main.name

    @property
    def domain_id(self) -> str:
        """Return the id of the first domain."""
        return self._main.id

    @property
    def rate_limits(self) -> bool:
        """Return whether requests over the limits are answered with 429. The property can be set."""
        return self.rates.enabled

    @rate_limits.setter
    def rate_limits(self, value: bool) -> None:
        self.rates.enabled = value

    def add_domain(self, name: str, api_key: str | None = None) -> str:
        """Add a further account to the same server, and return its domain id.

        Raises `ValueError` for the name or the key of another domain.
        """
        return self.backend.add_domain(name, api_key or secrets.token_hex(32)).id

    def rotate_key(self, api_key: str | None = None, domain: str | None = None) -> str:
        """Give a domain another key, and return it. From then on, the former one is refused.

        Without `api_key` a random key is used. Raises `ValueError` for a key that is in use.
        """
        key = api_key or secrets.token_hex(32)
        self.backend.rotate_key(self.backend.domain(domain), key)
        return key

    def set_domain_config(self, domain: str | None = None, **values: Any) -> None:
        """Set values of a domain's `config` that only Daily's staff can set, such as `disable_rate_limiting`."""
        with self.backend.lock:
            self.backend.domain(domain).read_only.update(values)

    # -- rooms and clock

    def reset(self) -> None:
        """Remove all objects, settings, logged requests, faults and rate windows; reset switches and clock.

        The domains remain, with their names, ids and keys.
        """
        with self.backend.lock:
            for domain in self.backend.domains():
                domain.clear()
            self.switches.update(self._first_switches)
            self.clock.__dict__.update(self._first_clock.__dict__)
            self.rates.clear()
            self.faults.clear()
            self.log.clear()

    def seed(
        self,
        rooms: int | Iterable[Mapping[str, Any]],
        prefix: str = "seed",
        domain: str | None = None,
        **room: Any,
    ) -> list[str]:
        """Create rooms without requests, and return their names: either `<prefix>-0` and so on, or the given rooms.

        A given room may have `name`, `privacy`, `properties`, `created_at` (Unix seconds or Daily's text),
        `api_created` and `id`; `**room` contains common values. The values are not checked, except that names must be
        new (`ValueError`). Without `created_at`, the last room is the newest, and three rooms share each second.
        """
        return self.backend.seed(rooms, prefix, domain, room)

    def add_room(
        self,
        name: str | None = None,
        privacy: str = "public",
        domain: str | None = None,
        created_at: float | str | None = None,
        api_created: bool = False,
        **properties: Any,
    ) -> dict[str, Any]:
        """Create a room as in the dashboard (with `api_created`, as through the API), and return it.

        The values are not checked, except that the name must be new (`ValueError`).
        """
        with self.backend.lock:
            target = self.backend.domain(domain)
            moment = seconds(self.clock.now() if created_at is None else created_at)
            room = Room(target.new_id(), name or target.new_name(), privacy, moment, api_created, dict(properties))
            target.add(room)
            return self._stored(target.name, room)

    def edit_room(
        self, name: str, privacy: str | None = None, domain: str | None = None, **properties: Any
    ) -> dict[str, Any]:
        """Change a room as in the dashboard, and return it. A property of None is reset.

        Raises `KeyError` for an unknown room.
        """
        with self.backend.lock:
            target = self.backend.domain(domain)
            room = self._room(name, domain)
            target.change(room, privacy=privacy, properties=properties)
            return self._stored(target.name, room)

    def remove_room(self, name: str, domain: str | None = None) -> None:
        """Delete a room as in the dashboard. Raises `KeyError` for an unknown room."""
        with self.backend.lock:
            self.backend.domain(domain).remove(self._room(name, domain))

    def rooms(self, domain: str | None = None) -> dict[str, dict[str, Any]]:
        """Return all rooms by name, including expired ones that are not removed yet.

        Each has the API's keys (`config` in the API's form), `properties` as stored, and `expired`.
        """
        with self.backend.lock:
            target = self.backend.domain(domain)
            return {room.name: self._stored(target.name, room) for room in target.all()}

    def _room(self, name: str, domain: str | None) -> Room:
        room = self.backend.domain(domain).find(name)
        if room is None:
            raise KeyError(f"there is no room {name}")
        return room

    def _stored(self, domain: str, room: Room) -> dict[str, Any]:
        target = self.backend.domain(domain)
        shown = _rooms.view(target, room, self.switches)
        shown["properties"] = room.properties
        shown["expired"] = target.expired(room)
        return copy.deepcopy(shown)

    def set_clock(self, now: float | None) -> None:
        """Stop the clock at `now` (Unix seconds; None: follow the machine), and empty the rate windows."""
        with self.backend.lock:
            self.clock.set(now)
            self.rates.clear()

    # -- the request log

    @property
    def requests(self) -> list[LoggedRequest]:
        """Return the latest 200 000 requests, oldest first, without those to the control plane."""
        return self.log.requests()

    def count(self, route: str | None = None, status: int | None = None) -> int:
        """Return the number of requests, to one route (`"POST /rooms/:name"`) or all, with one status or any."""
        return self.log.count(None if route is None else known(route), status)

    def counts(self) -> dict[str, int]:
        """Return the number of requests by route, `{"GET /rooms": 3, …}`. Unknown routes count as `unknown`."""
        return self.log.counts()

    def rate_counts(self) -> dict[str, int]:
        """Return the number of requests within the longest window of each tier (A: 5 s), summed over keys."""
        with self.backend.lock:
            return self.rates.used()

    def clear_log(self) -> None:
        """Remove all requests from the log."""
        self.log.clear()

    # -- faults

    def fail(
        self,
        route: str = "*",
        status: int = 500,
        times: int | None = 1,
        after: int = 0,
        retry_after: float | str | None = None,
        body: Any = None,
        when: When = "before",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Let `after` requests to `route` pass, then answer `times` of them (None: all) with `status`.

        `route` is a route name, `METHOD *` or `*`. With `when="after"` the request has its effect nevertheless. `body`
        is JSON, or text that is sent unchanged; a status of 200 with a body is an answer that is not Daily's.
        `retry_after` is a number of seconds, or a text that is sent unchanged. Raises `ValueError` for an unknown
        route.
        """
        more = dict(headers or {})
        if retry_after is not None:
            more["Retry-After"] = retry_after if isinstance(retry_after, str) else f"{retry_after:g}"
        self.faults.add(Fault("fail", route, times, after, when, status=status, headers=more, body=body))

    def drop(self, route: str = "*", when: When = "before", times: int | None = 1, after: int = 0) -> None:
        """Close the connection without an answer, before or after the request had its effect."""
        self.faults.add(Fault("drop", route, times, after, when))

    def hang(
        self, route: str = "*", seconds: float = 60.0, times: int | None = 1, after: int = 0, when: When = "after"
    ) -> None:
        """Answer only after `seconds`.

        The request has its effect at once (`when="after"`) or after the delay (`before`).
        """
        self.faults.add(Fault("hang", route, times, after, when, seconds=seconds))

    def truncate(self, route: str = "*", times: int | None = 1, after: int = 0) -> None:
        """Break the connection in the middle of the answer, after the request had its effect."""
        self.faults.add(Fault("truncate", route, times, after, "after", broken=half))

    def wrong_length(self, route: str = "*", by: int = 10, times: int | None = 1, after: int = 0) -> None:
        """Send a Content-Length that is `by` bytes too large (negative: too small), then close the connection.

        The request has its effect before.
        """
        self.faults.add(Fault("wrong_length", route, times, after, "after", broken=wrong(by)))

    def drip(
        self, route: str = "*", part: str = "body", seconds: float = 1.0, times: int | None = 1, after: int = 0
    ) -> None:
        """Send a part of the answer, "headers" or "body", byte by byte and without end: one byte every `seconds`.

        The request has its effect before.
        """
        self.faults.add(Fault("drip", route, times, after, "after", broken=slowly(part, seconds)))

    def flood(
        self,
        route: str = "*",
        megabytes: int = 100,
        compressed: bool = False,
        times: int | None = 1,
        after: int = 0,
    ) -> None:
        """Send megabytes of blanks before the body; `compressed` with gzip, they are a thousandth of it on the wire.

        The request has its effect before.
        """
        self.faults.add(Fault("flood", route, times, after, "after", broken=lengthy(megabytes, compressed)))

    def not_json(self, route: str = "*", times: int | None = 1, after: int = 0) -> None:
        """Answer with an HTML page of the same status, after the request had its effect."""
        self.faults.add(Fault("not_json", route, times, after, "after"))

    def omit(self, route: str = "GET *", every: int = 2, times: int | None = 1, after: int = 0) -> None:
        """Leave each `every`-th object out of the page of a list; with 1, all of them. The total stays."""
        self.faults.add(Fault("omit", route, times, after, "after", lie=without(every)))

    def repeat(self, route: str = "GET *", times: int | None = 1, after: int = 0) -> None:
        """List each object of a page twice."""
        self.faults.add(Fault("repeat", route, times, after, "after", lie=doubled))

    def wrong_total(self, route: str = "GET *", by: int = 10, times: int | None = 1, after: int = 0) -> None:
        """Report a total that is `by` too high (negative: too low, at least 0)."""
        self.faults.add(Fault("wrong_total", route, times, after, "after", lie=miscounted(by)))

    def clear_faults(self) -> None:
        """Remove the faults that have not happened yet."""
        self.faults.clear()

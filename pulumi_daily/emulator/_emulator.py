"""`Emulator`: the server and its control plane in one object."""

from __future__ import annotations

import contextlib
import copy
import secrets
import socket
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from . import _rooms
from ._app import App
from ._clock import Clock
from ._control import Control
from ._faults import Fault, Faults, When
from ._happenings import Happenings
from ._log import Log, LoggedRequest
from ._objects import Objects
from ._outgoing import PING_SECONDS
from ._rates import Rates
from ._routes import known
from ._server import ServerThread, listen, run
from ._state import Backend, Room, seconds
from ._switches import Switches


class Emulator(Happenings, Objects):
    """Daily's REST API on loopback.

        with Emulator(domain_name="acme") as emulator:
            requests.get(f"{emulator.url}/rooms", headers={"Authorization": f"Bearer {emulator.api_key}"})

    `latency` is in seconds and is added to each request, without holding up others. Without `api_key` a random one is
    made. `seed` fixes ids, random names and the domain id. `record_bodies` keeps request bodies in the log, secrets
    masked. `ping_seconds` is how long an address of yours may take to answer a test call or an event.

    Everything that is not a request (the methods below) works from any thread, also while requests run.
    """

    def __init__(
        self,
        domain_name: str = "acme",
        api_key: str | None = None,
        port: int = 0,
        switches: Switches | None = None,
        latency: float = 0.0,
        rate_limits: bool = True,
        clock: Clock | None = None,
        *,
        host: str = "127.0.0.1",
        seed: int | None = None,
        record_bodies: bool = False,
        control_token: str | None = None,
        ping_seconds: float = PING_SECONDS,
    ) -> None:
        self.switches = switches if switches is not None else Switches()
        self.clock = clock if clock is not None else Clock()
        self._first_switches = self.switches.as_dict()
        self._first_clock = copy.copy(self.clock)
        self.backend = Backend(self.clock, self.switches, seed)
        self.backend.ping_seconds = ping_seconds
        self._main = self.backend.add_domain(domain_name, api_key or secrets.token_hex(32))
        self.rates = Rates(self.clock, self.switches, rate_limits)
        self.faults = Faults()
        self._log = Log()
        self.app = App(self.backend, self.rates, self.faults, self._log, Control(self, control_token), latency)
        self.app.record_bodies = record_bodies
        self._host, self._port = host, port
        self._sock: socket.socket | None = None
        self._server: ServerThread | None = None

    def __repr__(self) -> str:
        where = self.url if self._sock else "not running"
        return f"<Emulator {self.domain_name} {where}>"

    # -- life

    def start(self) -> Emulator:
        """Listen and answer. Raises `OSError` when the port is taken."""
        if self._server is not None:
            raise RuntimeError("the emulator is running already")
        self._sock = listen(self._host, self._port)
        self._server = ServerThread(self.app, self._sock)
        self._server.start()
        return self

    def stop(self) -> None:
        """Close all connections and end the server's thread. The state stays and can still be looked at."""
        server, self._server = self._server, None
        if server is not None:
            self._port = self.port  # a restart is found under the same address
            self._sock = None
            server.stop()

    def __enter__(self) -> Emulator:
        return self.start()

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def run(self, ready: Callable[[Emulator], None] | None = None) -> None:
        """Serve in the foreground until SIGINT or SIGTERM; `ready` is called once the port is open."""
        self._sock = listen(self._host, self._port)
        try:
            if ready is not None:
                ready(self)
            run(self.app, self._sock)
        finally:
            self._sock = None

    # -- where and who

    @property
    def port(self) -> int:
        """The port that is listened on."""
        return int(self._sock.getsockname()[1]) if self._sock else self._port

    @property
    def url(self) -> str:
        """The base URL, `http://127.0.0.1:PORT/v1`."""
        return f"{self.control_url.rpartition('/')[0]}/v1"

    @property
    def control_url(self) -> str:
        """The base URL of the control plane."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self.port}/__emulator__"

    @property
    def api_key(self) -> str:
        """The key of the first domain."""
        return self._main.api_key

    @property
    def domain_name(self) -> str:
        """The name of the first domain."""
        return self._main.name

    @property
    def domain_id(self) -> str:
        """The id of the first domain."""
        return self._main.id

    @property
    def latency(self) -> float:
        """Seconds added to each request; may be changed."""
        return self.app.latency

    @latency.setter
    def latency(self, value: float) -> None:
        self.app.latency = value

    @property
    def rate_limits(self) -> bool:
        """Whether requests over the limits are answered with 429; may be changed."""
        return self.rates.enabled

    @rate_limits.setter
    def rate_limits(self, value: bool) -> None:
        self.rates.enabled = value

    def add_domain(self, name: str, api_key: str | None = None) -> str:
        """A second account on the same server: one key opens one domain. Gives the domain id."""
        return self.backend.add_domain(name, api_key or secrets.token_hex(32)).id

    def key_of(self, domain: str) -> str:
        """The API key of a domain."""
        return self.backend.domain(domain).api_key

    def set_domain_config(self, domain: str | None = None, **values: Any) -> None:
        """Set values of a domain's `config` that only Daily's staff can set, such as `disable_rate_limiting`."""
        with self.backend.lock:
            self.backend.domain(domain).read_only.update(values)

    # -- behind the API's back

    def reset(self) -> None:
        """Empty all domains and the log, forget faults and rate windows; switches and clock as they were at first."""
        with self.backend.lock:
            for domain in self.backend.domains():
                domain.clear()
            self.switches.update(self._first_switches)
            self.clock.__dict__.update(self._first_clock.__dict__)
            self.rates.clear()
            self.faults.clear()
            self._log.clear()

    def seed(
        self,
        rooms: int | Iterable[Mapping[str, Any]],
        prefix: str = "seed",
        domain: str | None = None,
        **room: Any,
    ) -> list[str]:
        """Make rooms without requests: `n` of them, named `<prefix>-0` and so on, or the ones given.

        A given room may have `name`, `privacy`, `properties`, `created_at` (unix seconds or Daily's text),
        `api_created` and `id`; `**room` holds what is common to all. Nothing is checked but that names are new
        (`ValueError`). `created_at` is spread, the last room is the newest. Gives the names.
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
        """Make a room as somebody does in the dashboard. Nothing is checked but that the name is new (`ValueError`)."""
        with self.backend.lock:
            target = self.backend.domain(domain)
            moment = seconds(self.clock.now() if created_at is None else created_at)
            room = Room(target.new_id(), name or target.new_name(), privacy, moment, api_created, dict(properties))
            target.add(room)
            return self._stored(target.name, room)

    def edit_room(
        self, name: str, privacy: str | None = None, domain: str | None = None, **properties: Any
    ) -> dict[str, Any]:
        """Change a room as somebody does in the dashboard; a property of None is reset. `KeyError` without the room."""
        with self.backend.lock:
            target = self.backend.domain(domain)
            room = self._room(name, domain)
            target.change(room, privacy=privacy, properties=properties)
            return self._stored(target.name, room)

    def remove_room(self, name: str, domain: str | None = None) -> None:
        """Delete a room as somebody does in the dashboard. `KeyError` without the room."""
        with self.backend.lock:
            self.backend.domain(domain).remove(self._room(name, domain))

    def rooms(self, domain: str | None = None) -> dict[str, dict[str, Any]]:
        """All rooms by name, also expired ones that are not collected yet.

        Each has the API's keys (`config` as the API shows it), `properties` as stored, and `expired`.
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
        """Let the clock stand at `now` (None: follow the machine); the rate windows start anew."""
        with self.backend.lock:
            self.clock.set(now)
            self.rates.clear()

    # -- what was asked

    @property
    def requests(self) -> list[LoggedRequest]:
        """The requests so far (the latest 200 000), oldest first. Control requests are not among them."""
        return self._log.requests()

    def count(self, route: str | None = None, status: int | None = None) -> int:
        """How many requests there were, to one route (`"POST /rooms/:name"`) or all, with one status or any."""
        return self._log.count(None if route is None else known(route), status)

    def counts(self) -> dict[str, int]:
        """Requests per route, `{"GET /rooms": 3, …}`; those to no known route count as `unknown`."""
        return self._log.counts()

    def rate_counts(self) -> dict[str, int]:
        """Requests in the present rate windows by tier, over all keys."""
        with self.backend.lock:
            return self.rates.used()

    def clear_log(self) -> None:
        """Forget the requests so far."""
        self._log.clear()

    # -- faults

    def fail(
        self,
        route: str = "*",
        status: int = 500,
        times: int | None = 1,
        after: int = 0,
        retry_after: float | None = None,
        body: Any = None,
        when: When = "before",
    ) -> None:
        """Let `after` requests to `route` pass, then answer `times` of them (None: all) with `status`.

        `when="after"`: the request has its effect all the same. `body` is JSON, or text that is sent as it is.
        """
        self.faults.add(Fault("fail", route, times, after, when, status=status, retry_after=retry_after, body=body))

    def drop(self, route: str = "*", when: When = "before", times: int | None = 1, after: int = 0) -> None:
        """Close the connection without an answer, before or after the request had its effect."""
        self.faults.add(Fault("drop", route, times, after, when))

    def hang(
        self, route: str = "*", seconds: float = 60.0, times: int | None = 1, after: int = 0, when: When = "after"
    ) -> None:
        """Answer only after `seconds`; the request has its effect at once (`when="after"`) or then (`before`)."""
        self.faults.add(Fault("hang", route, times, after, when, seconds=seconds))

    def truncate(self, route: str = "*", times: int | None = 1, after: int = 0) -> None:
        """The request has its effect; the connection breaks in the middle of the answer."""
        self.faults.add(Fault("truncate", route, times, after, "after"))

    def not_json(self, route: str = "*", times: int | None = 1, after: int = 0) -> None:
        """The request has its effect; the answer is an HTML page with the same status."""
        self.faults.add(Fault("not_json", route, times, after, "after"))

    def clear_faults(self) -> None:
        """Forget the faults that have not happened yet."""
        self.faults.clear()


def serve(
    host: str = "127.0.0.1",
    port: int = 8765,
    *,
    rooms: int = 0,
    ready: Callable[[Emulator], None] | None = None,
    **options: Any,
) -> None:
    """Run an emulator in the foreground until SIGINT (returns) or SIGTERM (ends the process).

    `rooms` are made at the start; `ready` is called with the emulator once it listens, before the first request;
    `options` are those of :class:`Emulator`. Raises `OSError` when the port is taken.
    """
    emulator = Emulator(host=host, port=port, **options)
    if rooms:
        emulator.seed(rooms)
    with contextlib.suppress(KeyboardInterrupt):
        emulator.run(ready)

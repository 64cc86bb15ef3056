"""`Emulator`: the server and its control plane in one object."""

from __future__ import annotations

import contextlib
import secrets
import socket
from collections.abc import Callable
from typing import Any

from ._app import App
from ._clock import Clock
from ._control import Control
from ._out_of_band import OutOfBand
from ._outgoing import PING_SECONDS
from ._server import ServerThread, listen, run
from ._state import Backend
from ._switches import Switches


class Emulator(OutOfBand):
    """Daily's REST API on loopback.

        with Emulator(domain_name="acme") as emulator:
            requests.get(f"{emulator.url}/rooms", headers={"Authorization": f"Bearer {emulator.api_key}"})

    `latency` is in seconds and is added to each request, without blocking others. Without `api_key` a random key is
    generated. `seed` makes ids, random names and the domain id reproducible. `record_bodies` keeps request bodies in
    the log, with secrets masked. `ping_seconds` is the time limit for your URL to answer a test call or an event.

    All methods can be called from any thread, also while requests are answered.
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
        clock, switches = clock or Clock(), switches or Switches()
        backend = Backend(clock, switches, seed, ping_seconds)
        super().__init__(backend, api_key or secrets.token_hex(32), domain_name, rate_limits)
        control = Control(self, control_token)
        self.app = App(backend, self.rates, self.faults, self.log, control, latency, record_bodies)
        self._host, self._port = host, port
        self._sock: socket.socket | None = None
        self._server: ServerThread | None = None

    def __repr__(self) -> str:
        where = self.url if self._sock else "not running"
        return f"<Emulator {self.domain_name} {where}>"

    # -- start and stop

    def start(self) -> Emulator:
        """Start the server, and return this emulator.

        Raises `OSError` when the port is taken, `RuntimeError` when the emulator is running already or does not start.
        """
        if self._server is not None:
            raise RuntimeError("the emulator is running already")
        self._sock = listen(self._host, self._port)
        self._server = ServerThread(self.app, self._sock)
        self._server.start()
        return self

    def stop(self) -> None:
        """Close all connections and end the server's thread. The state is kept and can still be read."""
        server, self._server = self._server, None
        if server is not None:
            self._port = self.port  # a restart uses the same address
            self._sock = None
            server.stop()

    def __enter__(self) -> Emulator:
        return self.start()

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def run(self, ready: Callable[[Emulator], None] | None = None) -> None:
        """Run the server in the foreground until SIGINT or SIGTERM; `ready` is called once the port is open."""
        self._sock = listen(self._host, self._port)
        try:
            if ready is not None:
                ready(self)
            run(self.app, self._sock)
        finally:
            self._sock = None

    # -- addresses

    @property
    def port(self) -> int:
        """Return the port of the server; before its first start, the requested one (0: any)."""
        return int(self._sock.getsockname()[1]) if self._sock else self._port

    @property
    def url(self) -> str:
        """Return the base URL of the API, `http://127.0.0.1:PORT/v1`."""
        return f"{self.control_url.rpartition('/')[0]}/v1"

    @property
    def control_url(self) -> str:
        """Return the base URL of the control plane."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self.port}/__emulator__"

    @property
    def changes(self) -> int:
        """Return the number of requests so far, with those to the control plane, that may have changed the state."""
        return self.app.changes

    @property
    def latency(self) -> float:
        """Return the seconds that are added to each request. The property can be set."""
        return self.app.latency

    @latency.setter
    def latency(self, value: float) -> None:
        self.app.latency = value


def serve(
    host: str = "127.0.0.1",
    port: int = 8765,
    *,
    rooms: int = 0,
    ready: Callable[[Emulator], None] | None = None,
    **options: Any,
) -> None:
    """Run an emulator in the foreground until SIGINT (returns) or SIGTERM (ends the process).

    `rooms` is the number of rooms to create at the start; `ready` is called with the emulator once it listens, before
    the first request; `options` are those of :class:`Emulator`. Raises `OSError` when the port is taken.
    """
    emulator = Emulator(host=host, port=port, **options)
    if rooms:
        emulator.seed(rooms)
    with contextlib.suppress(KeyboardInterrupt):
        emulator.run(ready)

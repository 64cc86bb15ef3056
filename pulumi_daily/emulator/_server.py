"""The uvicorn server of the app: in a thread of this process, or in the foreground."""

from __future__ import annotations

import asyncio
import socket
import threading
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from ._app import App

_START_SECONDS = 20.0
_STOP_SECONDS = 20.0


def _protocol(app: App) -> type[H11Protocol]:
    """Return uvicorn's HTTP/1.1 protocol, extended to keep its connections so that a fault can close one."""
    open_: dict[tuple[str, int], Any] = {}

    class Protocol(H11Protocol):
        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            if self.client is not None:
                open_[self.client] = transport

        def connection_lost(self, exc: Exception | None) -> None:
            if self.client is not None:
                open_.pop(self.client, None)
            super().connection_lost(exc)

    def disconnect(scope: Any, flush: bool) -> None:
        transport = open_.get(scope["client"])
        if transport is not None:
            transport.close() if flush else transport.abort()

    def write(scope: Any, data: bytes) -> bool:
        transport = open_.get(scope["client"])
        if transport is None or transport.is_closing():
            return False
        transport.write(data)
        return True

    app.disconnect = disconnect
    app.write = write
    return Protocol


def _config(app: App) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=_protocol(app),
        ws="none",
        loop="asyncio",
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=3,
    )


class _Server(uvicorn.Server):
    """A uvicorn server with an event for the end of its start, and a stop that does not wait for the next tick."""

    def __init__(self, config: uvicorn.Config, app: App) -> None:
        super().__init__(config)
        self.up = threading.Event()
        self._app = app
        self._loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        self._app.stopping = asyncio.Event()
        await super().startup(sockets=sockets)
        self.up.set()

    async def main_loop(self) -> None:
        while not self.should_exit:
            try:
                await asyncio.wait_for(self._app.stopping.wait(), 0.2)
            except (TimeoutError, asyncio.TimeoutError):
                continue
            self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._app.stopping.set()  # wake up requests that are delayed by a fault
        await super().shutdown(sockets=sockets)

    def ask_to_stop(self) -> None:
        """Request the end of the server, from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._app.stopping.set)


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket. Port 0 selects any free port. Raises `OSError` if the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # TCP is given explicitly, because only then asyncio sets TCP_NODELAY; otherwise each answer waits 40 ms for an ACK.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
        sock.listen(512)
    except OSError:
        sock.close()
        raise
    return sock


class ServerThread:
    """A server in its own thread."""

    def __init__(self, app: App, sock: socket.socket) -> None:
        self._sock = sock
        self._server = _Server(_config(app), app)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [sock]}, name="daily-emulator", daemon=True
        )

    def start(self) -> None:
        """Start the server and wait until it accepts requests. Raises `RuntimeError` if it does not within 20 s."""
        self._thread.start()
        if not self._server.up.wait(_START_SECONDS):
            raise RuntimeError("the emulator did not start")

    def stop(self) -> None:
        """Stop the server, close all connections and wait for the thread. Raises `RuntimeError` if it does not end."""
        self._server.ask_to_stop()
        self._thread.join(_STOP_SECONDS)
        self._sock.close()
        if self._thread.is_alive():
            raise RuntimeError("the emulator did not stop")


def run(app: App, sock: socket.socket) -> None:
    """Run the server until SIGINT or SIGTERM."""
    try:
        _Server(_config(app), app).run(sockets=[sock])
    finally:
        sock.close()

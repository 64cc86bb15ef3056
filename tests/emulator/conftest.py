"""A running emulator, emptied before each test, and a client of it that knows nothing of the package."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import requests

from pulumi_daily.emulator import Clock, Emulator

NOW = 1_800_000_000.0


class Http:
    """Plain requests against one base URL."""

    def __init__(self, url: str, key: str | None) -> None:
        self.url = url
        self.session = requests.Session()
        if key is not None:
            self.session.headers["Authorization"] = f"Bearer {key}"

    def __call__(self, method: str, path: str, body: Any = None, **more: Any) -> tuple[int, Any]:
        """Status and parsed body."""
        answer = self.raw(method, path, body, **more)
        return answer.status_code, answer.json()

    def raw(self, method: str, path: str, body: Any = None, **more: Any) -> requests.Response:
        """The answer as it is."""
        if body is not None:
            more["json"] = body
        return self.session.request(method, self.url + path, timeout=20, **more)

    def ok(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """The body of a 200."""
        status, value = self(method, path, body, **more)
        assert status == 200, value
        return value

    def refused(self, method: str, path: str, body: Any = None, **more: Any) -> str:
        """The `info` of a 400 invalid-request-error."""
        status, value = self(method, path, body, **more)
        assert (status, value["error"], set(value)) == (400, "invalid-request-error", {"error", "info"}), value
        return str(value["info"])


class Received(NamedTuple):
    """What somebody posted to a receiver."""

    path: str
    headers: Any
    body: bytes


class Receiver:
    """An endpoint of a user's, such as Daily calls: remembers what is posted to it and answers as told."""

    def __init__(self, tls: bool = False) -> None:
        self.received: list[Received] = []
        self.status: int | None = 200
        """None closes the connection without an answer."""
        self.meanwhile: Callable[[], object] = lambda: None
        """Called before the answer."""
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = False  # so that closing waits for them
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            # Made for these tests, of no use elsewhere: nobody trusts it.
            context.load_cert_chain(Path(__file__).with_name("loopback.pem"))
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.server.server_port}/hook"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.received.append(Received(self.path, self.headers, body))
                receiver.meanwhile()
                if receiver.status is not None:
                    self.send_response(receiver.status)
                    self.end_headers()

            def log_message(self, *args: Any) -> None:
                pass

        return Handler

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


@pytest.fixture
def secure_receiver() -> Iterator[Receiver]:
    made = Receiver(tls=True)
    yield made
    made.close()


@pytest.fixture(scope="module")
def running() -> Iterator[Emulator]:
    with Emulator(domain_name="acme", clock=Clock(NOW), seed=7) as emulator:
        emulator.rate_limits = False
        yield emulator


@pytest.fixture
def emulator(running: Emulator) -> Emulator:
    running.reset()
    running.rate_limits = False
    running.latency = 0.0
    return running


@pytest.fixture
def http(emulator: Emulator) -> Iterator[Http]:
    client = Http(emulator.url, emulator.api_key)
    yield client
    client.session.close()

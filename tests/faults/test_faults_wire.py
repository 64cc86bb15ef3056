"""Each fault of the matrix over a real socket, from a server that is not the emulator.

The client must make of the bytes what it makes of the fault's other form (`columns.py`), which the matrix uses.
"""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Iterable, Iterator
from typing import Any, Literal

import pytest
from columns import COLUMNS, Broken, Column, message

from pulumi_daily.api import (
    ApiError,
    BadResponse,
    Client,
    ConnectionDropped,
    DailyError,
    Limiter,
    MockTransport,
    RequestsTransport,
    RequestTimeout,
    Response,
    RetryPolicy,
)

KEY = "canary-key-of-the-wire"
BODY = json.dumps({"id": "1", "name": "x", "privacy": "public"}).encode()
GOOD = message(Response(200, {"content-type": "application/json"}, BODY))
WIRE = [name for name, column in COLUMNS.items() if column.then is not None]
SHORT = (5.0, 0.4)
"""(connect, read) where the server does not answer in time."""
LONG = (5.0, 60.0)
Then = Literal["close", "keep", "drip", "hang"] | None


class Bare:
    """A server on a socket. It answers each request with the next step of `script`; the last step stays.

    A step is the bytes to send and what to do then: keep or close the connection, send a byte again and again, or hang.
    """

    def __init__(self, *script: tuple[Iterable[bytes], Then]) -> None:
        self.script = list(script)
        self.requests: list[bytes] = []
        self.connections = 0
        self._end = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.05)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/v1"
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def _accept(self) -> None:
        while not self._end.is_set():
            with contextlib.suppress(TimeoutError):
                connection, _ = self._listener.accept()
                self.connections += 1
                thread = threading.Thread(target=self._serve, args=(connection,))
                self._threads.append(thread)
                thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):  # the client may close a connection at any time
            while self._read(connection):
                pieces, then = self.script.pop(0) if len(self.script) > 1 else self.script[0]
                for piece in pieces:
                    connection.sendall(piece)
                if then == "hang":
                    self._end.wait(20)
                while then == "drip" and not self._end.wait(0.02):
                    connection.sendall(b"x")
                if then != "keep":
                    return

    def _read(self, connection: socket.socket) -> bool:
        data = b""
        piece: bytes | None
        while b"\r\n\r\n" not in data or (data.startswith(b"POST") and not data.endswith(b"}")):
            connection.settimeout(0.05)
            try:
                piece = connection.recv(65536)
            except TimeoutError:
                piece = b"" if self._end.is_set() else None
            if piece == b"":
                return False
            data += piece or b""
        connection.settimeout(5)
        self.requests.append(data)
        return True

    def close(self) -> None:
        self._end.set()
        for thread in self._threads:
            thread.join(timeout=20)
        self._listener.close()


@contextlib.contextmanager
def serving(*script: tuple[Iterable[bytes], Then]) -> Iterator[Bare]:
    server = Bare(*script)
    try:
        yield server
    finally:
        server.close()


def outcome(transport: Any, url: str, method: str, timeout: tuple[float, float] = LONG) -> tuple[Any, ...]:
    """What a client that sends each request once makes of its answer; nothing in it shows the key."""
    now = [1000.0]
    client = Client(
        KEY,
        api_url=url,
        transport=transport,
        timeout=timeout,
        limiter=Limiter(clock=lambda: now[0], sleep=lambda seconds: None),
        retry=RetryPolicy(attempts=1, quick_attempts=1, limited_attempts=1),
    )
    try:
        return (client.get_room("x") if method == "GET" else client.create_room({"name": "x"}),)
    except DailyError as error:
        failed = error
    assert KEY not in f"{failed} {failed!r} {vars(failed)}"
    retry_after = failed.retry_after if isinstance(failed, ApiError) else None
    return type(failed), failed.outcome_unknown, getattr(failed, "status", None), retry_after


def in_process(column: Column, method: str) -> tuple[Any, ...]:
    """The same without a socket."""
    inner = MockTransport(lambda request: Response(200, {"content-type": "application/json"}, BODY))
    return outcome(Broken(inner, column, 0, lambda seconds: None, lasting=False), "http://127.0.0.1/v1", method)


@pytest.fixture
def transport() -> Iterator[RequestsTransport]:
    transport = RequestsTransport()
    yield transport
    transport.close()


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("name", WIRE)
def test_the_real_client_makes_the_same_of_the_real_thing(name: str, method: str, transport: RequestsTransport) -> None:
    column = COLUMNS[name]
    with serving((column.bytes_of(BODY), column.then)) as server:
        timeout = SHORT if column.waits else LONG
        assert outcome(transport, server.url, method, timeout) == in_process(column, method)
        assert len(server.requests) == 1
        assert server.requests[0].startswith(method.encode())


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_nobody_listens(method: str, transport: RequestsTransport) -> None:
    with serving(([], "close")) as server:
        pass
    assert outcome(transport, server.url, method) == in_process(COLUMNS["refused"], method)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_the_key_goes_to_no_other_host(status: int, method: str, transport: RequestsTransport) -> None:
    with serving(([GOOD], "keep")) as elsewhere:
        moved = message(Response(status, {"location": f"{elsewhere.url}/rooms/x"}))
        with serving(([moved], "keep")) as server:
            kind, unknown, code, _ = outcome(transport, server.url, method)
            assert (kind, unknown, code) == (ApiError, method == "POST", status)
            assert len(server.requests) == 1, "a POST was sent again as a GET"
    assert elsewhere.connections == 0


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_connection_that_was_closed_while_idle_is_not_used(method: str, transport: RequestsTransport) -> None:
    """The server's end is here before the next request: a new connection, and one request."""
    with serving(([GOOD], "close"), ([GOOD], "keep")) as server:
        outcome(transport, server.url, "GET")
        server._threads[1].join(timeout=20)
        assert outcome(transport, server.url, method) == (json.loads(BODY),)
        assert [request[:4].strip() for request in server.requests] == [b"GET", method.encode()]
        assert server.connections == 2


def test_a_connection_that_is_closed_under_a_request_is_settled_by_the_caller(transport: RequestsTransport) -> None:
    """The server closes a kept connection when the request is under way: nobody knows whether it was processed."""
    for method, unknown in (("GET", False), ("POST", True)):
        with serving(([GOOD], "keep"), ([], "close")) as server:
            outcome(transport, server.url, "GET")
            assert outcome(transport, server.url, method)[:2] == (ConnectionDropped, unknown)
            assert server.connections == 1
            assert len(server.requests) == 2, "a request was sent again without a word"
            transport.close()


def test_bytes_after_an_answer_are_not_the_next_answer(transport: RequestsTransport) -> None:
    other = message(Response(200, {}, b'{"name": "smuggled"}'))
    with serving(([GOOD + other], "keep"), ([GOOD], "keep")) as server:
        for _ in range(2):
            assert outcome(transport, server.url, "GET") == (json.loads(BODY),)


@pytest.mark.parametrize(
    "head", [b"", b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n"]
)
def test_a_call_ends_however_slowly_bytes_arrive(head: bytes, transport: RequestsTransport) -> None:
    with serving(([head], "drip")) as server:
        assert outcome(transport, server.url, "POST", SHORT)[0] in (RequestTimeout, BadResponse)

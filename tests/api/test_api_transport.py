"""The adapter on `requests` against a real socket: keep-alive, broken connections, proxies, .netrc, cookies."""

from __future__ import annotations

import gc
import gzip
import itertools
import logging
import os
import pathlib
import socket
import ssl
import threading
import traceback
import tracemalloc
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
import requests
import urllib3.exceptions

from pulumi_daily.api import (
    BadResponse,
    Client,
    ConnectError,
    ConnectionDropped,
    DailyError,
    Limiter,
    MockTransport,
    RequestsTransport,
    RequestTimeout,
    Response,
    RetryBudgetExceeded,
    RetryPolicy,
    SentRequest,
    TransportError,
    UsageError,
    _http,
    is_loopback,
)
from pulumi_daily.api._http import _Bounded, _failure, _Peer

PEER = _Peer("x", 443, (5.0, 30.0))
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJyIjoicm9vbSJ9.c2lnbmF0dXJl"


def reply(body: bytes = b"{}", status: str = "200 OK", *headers: str, length: int | None = None) -> bytes:
    lines = [
        f"HTTP/1.1 {status}",
        "Content-Type: application/json",
        f"Content-Length: {len(body) if length is None else length}",
    ]
    return "\r\n".join([*lines, *headers, "", ""]).encode() + body


class Server:
    """Answers requests with raw bytes, in the order of `script` (the last entry stays).

    `b"..."` is sent and the connection kept; `(b"...", "close")` is sent and the connection closed; `(b"...", "hang")`
    leaves the client waiting until the end of the test; `(b"...", "trickle")` is followed by a blank every 0.05 s, and
    `(b"...", b"...")` by the second again and again.
    """

    def __init__(self) -> None:
        self.script: list[Any] = [reply()]
        self.requests: list[bytes] = []
        self.connections = 0
        self._lock = threading.Lock()
        self._end = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.05)
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/v1"
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def _accept(self) -> None:
        while not self._end.is_set():
            try:
                connection, _ = self._listener.accept()
            except TimeoutError:
                continue
            self.connections += 1
            thread = threading.Thread(target=self._serve, args=(connection,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            connection.settimeout(0.05)
            while (request := self._read(connection)) is not None:
                with self._lock:
                    self.requests.append(request)
                    step = self.script.pop(0) if len(self.script) > 1 else self.script[0]
                data, then = step if isinstance(step, tuple) else (step, "keep")
                connection.sendall(data)
                if then == "hang":
                    self._end.wait(20)
                again = b" " if then == "trickle" else then
                try:
                    while isinstance(again, bytes) and not self._end.wait(0.05):
                        connection.sendall(again)
                except OSError:
                    return
                if then != "keep":
                    return

    def _read(self, connection: socket.socket) -> bytes | None:
        data = b""
        while not self._end.is_set():
            head, end, body = data.partition(b"\r\n\r\n")
            lengths = [int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
            if end and len(body) >= sum(lengths):
                return data
            try:
                piece = connection.recv(65536)
            except TimeoutError:
                continue
            except OSError:
                return None
            if not piece:
                return None
            data += piece
        return None

    def stop(self) -> None:
        self._end.set()

    def close(self) -> None:
        self.stop()
        for thread in self._threads:
            thread.join(timeout=20)
        self._listener.close()


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@pytest.fixture
def transport() -> Iterator[RequestsTransport]:
    transport = RequestsTransport()
    yield transport
    transport.close()


def send(transport: RequestsTransport, url: str, **change: Any) -> Response:
    request: dict[str, Any] = {
        "method": "GET",
        "url": f"{url}/meeting-tokens/{JWT}",
        "headers": {"Authorization": "Bearer canary-key"},
        "params": None,
        "json": None,
        "timeout": (5.0, 20.0),
    }
    return transport.send(**{**request, **change})


def failing(transport: RequestsTransport, url: str, **change: Any) -> TransportError:
    """The error of a request; nothing in it, nor in what a traceback prints, shows the URL or the key."""
    with pytest.raises(TransportError) as raised:
        send(transport, url, **change)
    error = raised.value
    assert error.__cause__ is None
    assert error.__context__ is None
    printed = "".join(traceback.format_exception(error)) + repr(vars(error))
    assert JWT not in printed
    assert "canary" not in printed
    return error


ROOM = reply(b'{"name": "x"}')


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def test_a_request_as_sent(server: Server, transport: RequestsTransport) -> None:
    server.script = [reply(b'{"a": 1}', "201 Created", "X-Odd: Yes")]
    answer = send(
        transport,
        server.url,
        method="POST",
        json={"name": "\u00e9", "n": 1},
        params={"limit": 5, "id": ["a", "b"]},
    )
    assert (answer.status, answer.body, answer.headers["x-odd"]) == (201, b'{"a": 1}', "Yes")
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(f"POST /v1/meeting-tokens/{JWT}?limit=5&id=a&id=b HTTP/1.1".encode())
    assert b"Authorization: Bearer canary-key" in head
    assert b"Content-Type: application/json" in head
    assert body == b'{"name":"\\u00e9","n":1}'


def test_no_body_no_content_type(server: Server, transport: RequestsTransport) -> None:
    send(transport, server.url)
    assert b"content-type" not in server.requests[0].lower()


def test_connections_are_kept(server: Server, transport: RequestsTransport) -> None:
    for _ in range(10):
        send(transport, server.url)
    assert server.connections == 1


CHUNKED = b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{"\r\n5\r\na":1}\r\n0\r\n\r\n'


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (CHUNKED, b'{"a":1}'),
        (reply(gzip.compress(b"{}"), "200 OK", "Content-Encoding: gzip"), b"{}"),
        (reply(b"x" * 200_000, "502 Bad Gateway"), b"x" * 200_000),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
        (reply(b"", "302 Found", "Location: /elsewhere"), b""),
    ],
)
def test_connections_are_kept_after_any_whole_answer(
    server: Server, transport: RequestsTransport, answer: bytes, body: bytes
) -> None:
    server.script = [answer]
    for _ in range(3):
        assert send(transport, server.url).body == body
    assert server.connections == 1


def test_threads_share_the_pool(server: Server) -> None:
    server.script = [ROOM]
    with Client("k" * 20, api_url=server.url) as client:
        threads = [threading.Thread(target=lambda: [client.get_room("x") for _ in range(10)]) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=20)
        assert client.request_counts == {"rooms.get": 80}
    assert len(server.requests) == 80
    assert server.connections <= 8


def test_encoded_names_arrive_encoded(server: Server) -> None:
    server.script = [ROOM]
    with Client("k" * 20, api_url=server.url) as client:
        client.get_room("a/b?c#d%2e é")
    assert server.requests[0].startswith(b"GET /v1/rooms/a%2Fb%3Fc%23d%252e%20%C3%A9 HTTP/1.1")


def test_a_stale_connection_is_no_error_on_idempotent_calls(server: Server) -> None:
    naps: list[float] = []
    with Client("k" * 20, api_url=server.url, sleep=naps.append) as client:
        server.script = [ROOM, (b"", "close"), ROOM]
        client.get_room("x")
        assert client.get_room("x") == {"name": "x"}
        server.script = [(b"", "close")]
        with pytest.raises(ConnectionDropped) as raised:
            client.create_room()
        assert raised.value.outcome_unknown
    assert len(server.requests) == 4
    assert len(naps) == 1


def test_redirects_are_not_followed(server: Server, transport: RequestsTransport) -> None:
    server.script = [reply(b"", "302 Found", f"Location: {server.url}/elsewhere")]
    assert send(transport, server.url).status == 302
    assert len(server.requests) == 1


@pytest.mark.parametrize("location", ["http://[", "http://\u00ff\u0000:x"])
def test_where_a_redirect_leads_is_not_looked_at(server: Server, transport: RequestsTransport, location: str) -> None:
    answer = reply(b"", "302 Found", "Location: HERE").replace(b"HERE", location.encode("latin-1"))
    server.script = [answer]
    assert send(transport, server.url).headers["location"] == location


def test_cookies_are_not_kept(server: Server, transport: RequestsTransport) -> None:
    server.script = [reply(b"{}", "200 OK", "Set-Cookie: a=b; Path=/")]
    for _ in range(2):
        send(transport, server.url)
    assert b"cookie:" not in server.requests[1].lower()


def test_netrc_does_not_replace_the_key(
    server: Server, transport: RequestsTransport, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password wrong\ndefault login me password wrong\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    send(transport, server.url)
    assert b"Authorization: Bearer canary-key" in server.requests[0]
    assert b"Basic" not in server.requests[0]


def test_loopback_goes_past_proxies(
    server: Server, transport: RequestsTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{closed_port()}")
    assert send(transport, server.url).status == 200


def test_proxies_of_the_environment_are_used_and_see_no_key(
    server: Server, transport: RequestsTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{server.port}")
    server.script = [(reply(b"", "403 Forbidden"), "close")]
    error = failing(transport, "https://api.daily.co/v1")
    assert type(error) is ConnectError
    assert not error.permanent
    assert error.message == (
        f"could not connect to api.daily.co through the proxy 127.0.0.1:{server.port}: the proxy answers 403 Forbidden"
    )
    assert server.requests[0].startswith(b"CONNECT api.daily.co:443")
    assert b"canary" not in server.requests[0]


def test_a_proxy_that_hangs_up_may_have_passed_the_request_on(
    server: Server, transport: RequestsTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{server.port}")
    server.script = [(b"", "close")]
    error = failing(transport, "http://daily.invalid/v1", method="POST", json={})
    assert type(error) is ConnectionDropped
    assert server.requests[0].startswith(b"POST http://daily.invalid/v1/")


def test_a_proxy_that_is_not_there(transport: RequestsTransport, monkeypatch: pytest.MonkeyPatch) -> None:
    port = closed_port()
    monkeypatch.setenv("HTTPS_PROXY", f"http://me:canary@127.0.0.1:{port}")
    error = failing(transport, "https://api.daily.co/v1")
    assert type(error) is ConnectError
    assert str(error) == (
        f"could not connect to api.daily.co through the proxy 127.0.0.1:{port}: connection refused; check the proxy "
        "(HTTPS_PROXY, HTTP_PROXY, ALL_PROXY), or put the host into NO_PROXY"
    )


def test_a_proxy_without_an_address(transport: RequestsTransport, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "proxy.invalid:3128")
    monkeypatch.setattr(socket, "getaddrinfo", no_such_host)
    error = failing(transport, "https://api.daily.co/v1")
    assert error.message == (
        "could not connect to api.daily.co through the proxy proxy.invalid:3128: the proxy has no known address "
        "(name or service not known)"
    )


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_a_missing_ca_bundle(
    transport: RequestsTransport, monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path, name: str
) -> None:
    for other in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(other, raising=False)
    monkeypatch.setenv(name, str(tmp_path / "missing.pem"))
    error = failing(transport, "https://127.0.0.1:1")
    assert isinstance(error, ConnectError)
    assert error.permanent
    assert name in str(error)


def no_such_host(*args: Any, **more: Any) -> Any:
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


def found_at(*addresses: str) -> Any:
    """A resolver that knows the same addresses for every name."""

    def resolve(host: str, port: int, *args: Any, **more: Any) -> Any:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    return resolve


def test_nobody_listens(transport: RequestsTransport) -> None:
    port = closed_port()
    error = failing(transport, f"http://127.0.0.1:{port}")
    assert type(error) is ConnectError
    assert not error.permanent
    assert str(error) == (
        f"could not connect to 127.0.0.1:{port}: connection refused; check the API URL (daily:apiUrl, DAILY_API_URL, "
        "or api_url of the daily.Provider), and that a server runs there"
    )


def test_nobody_listens_at_the_address_of_a_name(transport: RequestsTransport, monkeypatch: pytest.MonkeyPatch) -> None:
    port = closed_port()
    monkeypatch.setattr(socket, "getaddrinfo", found_at("127.0.0.1"))
    error = failing(transport, f"https://daily.invalid:{port}")
    assert type(error) is ConnectError
    assert str(error) == (
        f"could not connect to daily.invalid (127.0.0.1:{port}): connection refused; check the API URL (daily:apiUrl, "
        "DAILY_API_URL, or api_url of the daily.Provider), and HTTPS_PROXY if a proxy is needed"
    )


@pytest.mark.parametrize(
    ("addresses", "shown"),
    [
        (["10.0.0.1"], "x (10.0.0.1:443)"),
        (["10.0.0.1", "::1", "10.0.0.1"], "x (10.0.0.1:443, [::1]:443)"),
        (["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"], "x (10.0.0.1:443, 10.0.0.2:443 and 2 more)"),
    ],
)
def test_at_most_two_addresses_of_a_name_are_shown(
    monkeypatch: pytest.MonkeyPatch, addresses: list[str], shown: str
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", found_at(*addresses))
    assert PEER.with_addresses() == shown


def test_no_such_host(transport: RequestsTransport, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", no_such_host)
    error = failing(transport, "https://api.daily.co")
    assert type(error) is ConnectError
    assert str(error) == (
        "could not connect to api.daily.co: the name has no known address (name or service not known); check the "
        "network, and HTTPS_PROXY if a proxy is needed"
    )


@pytest.mark.parametrize(
    ("url", "proxy", "shown"),
    [
        ("https://api.daily.co/v1", "", "api.daily.co"),
        ("https://api.daily.co:8443/v1", "", "api.daily.co:8443"),
        ("http://daily.invalid/v1", "", "daily.invalid:80"),
        ("https://127.0.0.1/v1", "", "127.0.0.1:443"),
        ("https://[::1]:8443/v1", "", "[::1]:8443"),
        ("https://h:port/", "", "an invalid address:0"),
        ("https://h/", "http://me:canary@10.0.0.1", "h through the proxy 10.0.0.1:80"),
        ("https://h/", "https://proxy", "h through the proxy proxy:443"),
        ("https://h/", "proxy:3128", "h through the proxy proxy:3128"),
    ],
)
def test_the_server_in_messages(url: str, proxy: str, shown: str) -> None:
    peer = _Peer.of(url, {"https": proxy} if proxy else {}, (1.0, 2.0))
    assert str(peer) == shown


@pytest.mark.parametrize(
    ("script", "cls", "text"),
    [
        ((b"", "close"), ConnectionDropped, "the connection to HOST was lost: it was closed without an answer"),
        ((b"nonsense\r\n\r\n", "close"), ConnectionDropped, "the connection to HOST was lost: the answer is not HTTP"),
        (
            (reply(b"{", length=100), "close"),
            BadResponse,
            "the answer from HOST was cut off: fewer bytes than announced",
        ),
        (reply(b"junk", "200 OK", "Content-Encoding: gzip"), BadResponse, "the answer from HOST was cut off"),
        ((CHUNKED[:-12], "close"), BadResponse, "the answer from HOST was cut off"),
        (CHUNKED.replace(b"\r\n5", b"\r\nx"), BadResponse, "the answer from HOST was cut off"),
        (reply(b"{}").replace(b": 2", b": 2, 3"), BadResponse, "the headers of the answer from HOST cannot be read"),
        ((b"", "hang"), RequestTimeout, "no complete answer from HOST within 0.2 s"),
        ((reply(b"{", length=100), "hang"), RequestTimeout, "no complete answer from HOST within 0.2 s"),
    ],
)
def test_broken_answers(
    server: Server, transport: RequestsTransport, script: Any, cls: type[TransportError], text: str
) -> None:
    server.script = [script]
    error = failing(transport, server.url, timeout=(5.0, 0.2))
    assert type(error) is cls
    assert text.replace("HOST", f"127.0.0.1:{server.port}") in str(error)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("begins", "goes_on"),
    [
        (reply(b"{", length=1_000_000), b" "),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"x: y\r\n"),
        (b"HTTP/1.1 200 OK\r\n", b"x: y\r\n"),
        (b"HTTP/1.1 200 OK\r\nx: ", b"y"),
        (b"HTTP/1.1 200 ", b"O"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"", b"HTTP/1.1 102 Processing\r\nx: y\r\n\r\n"),
        (b"HTTP/1.1 100 Continue\r\n", b"x: y\r\n"),
    ],
)
def test_an_answer_that_does_not_end_is_given_up(
    server: Server, transport: RequestsTransport, begins: bytes, goes_on: bytes
) -> None:
    """Each piece comes in time, for as long as anybody waits."""
    server.script = [(begins, goes_on), reply(b"{}")]
    watchdog = threading.Timer(20, server.stop)  # ends the connection, which is another error
    watchdog.start()
    error = failing(transport, server.url, timeout=(5.0, 0.15))
    watchdog.cancel()
    watchdog.join()
    text = f"no complete answer from 127.0.0.1:{server.port} within 0.15 s"
    assert (type(error), str(error)) == (RequestTimeout, text)
    assert send(transport, server.url).body == b"{}"
    assert server.connections == 2


@pytest.mark.parametrize("interim", [b"100 Continue", b"102 Processing", b"103 Early Hints\r\nLink: </x>"])
def test_what_comes_before_the_answer_is_not_taken_for_it(
    server: Server, transport: RequestsTransport, interim: bytes
) -> None:
    server.script = [b"HTTP/1.1 " + interim + b"\r\n\r\n" + reply(b"1"), reply(b"2")]
    assert [send(transport, server.url).body for _ in range(2)] == [b"1", b"2"]
    assert server.connections == 1


def test_a_connection_keeps_its_time_for_the_next_request() -> None:
    """What an answer took is not missing when the next request is sent."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(5.0)
        theirs.sendall(b"ab")
        with _Bounded(ours, ours.makefile("rb", buffering=0)) as bounded:
            assert bounded.read(1) == b"a"
            assert ours.gettimeout() == 5.0
            bounded._end = 0.0
            with pytest.raises(TimeoutError):
                bounded.read(1)
            assert ours.gettimeout() == 5.0


def test_a_proxy_that_does_not_end_its_answer_is_given_up(
    server: Server, transport: RequestsTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{server.port}")
    server.script = [(b"HTTP/1.1 200 OK\r\n", b"x: y\r\n")]
    watchdog = threading.Timer(20, server.stop)
    watchdog.start()
    error = failing(transport, "https://api.daily.co/v1", timeout=(0.15, 5.0))
    watchdog.cancel()
    watchdog.join()
    assert type(error) in (RequestTimeout, ConnectError)
    assert "within 0.15 s" in str(error)
    assert f"api.daily.co through the proxy 127.0.0.1:{server.port}" in str(error)


def test_a_slow_answer_is_waited_for(server: Server, transport: RequestsTransport) -> None:
    server.script = [(reply(b"{}", length=5), "trickle")]
    assert send(transport, server.url, timeout=(5.0, 5.0)).body == b"{}   "


def test_an_answer_without_bounds_is_given_up(
    server: Server, transport: RequestsTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_http, "BODY_LIMIT", 1 << 20)
    server.script = [
        reply(b"x" * (1 << 20)),
        reply(gzip.compress(b"x" * ((1 << 20) + 1)), "200 OK", "Content-Encoding: gzip"),
        reply(b"{}"),
    ]
    assert len(send(transport, server.url).body) == 1 << 20
    error = failing(transport, server.url)
    assert type(error) is BadResponse
    assert error.permanent
    assert str(error) == (
        f"the answer from 127.0.0.1:{server.port} is longer than 1 MiB; check the API URL; of a list with long texts, "
        "such as logs, read shorter pages (`limit`)"
    )
    assert send(transport, server.url).body == b"{}"


EMPTY_BLOCK = b"\0\0\0\xff\xff"  # of deflate: five bytes that decompress to none


@pytest.mark.parametrize(
    "script",
    [
        (reply(b"[", length=100 << 20), "hang"),
        (b"HTTP/1.1 200 OK\r\n\r\n", b"[]," * 20_000),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b" " * 0x10000 + b"\r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1;" + b"x" * 60_000 + b"\r\n \r\n"),
        (b"", b"HTTP/1.1 100 Continue\r\nx: " + b"y" * 60_000 + b"\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\n\r\n" + b"\x78\x9c", EMPTY_BLOCK * 20_000),
    ],
    ids=["announced", "until the end", "chunks", "extensions of chunks", "interim answers", "compressed nothing"],
)
def test_an_answer_that_is_too_long_is_given_up_before_it_is_read_to_its_end(
    server: Server, transport: RequestsTransport, monkeypatch: pytest.MonkeyPatch, script: Any
) -> None:
    monkeypatch.setattr(_http, "BODY_LIMIT", 1 << 18)
    monkeypatch.setattr(_http, "WIRE_LIMIT", 1 << 18)
    server.script = [script]
    error = failing(transport, server.url)
    assert (type(error), error.permanent) == (BadResponse, True)
    assert "is longer than" in str(error)


def test_a_bomb_is_given_up_at_the_limit(
    server: Server, transport: RequestsTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    """64 MiB of zeros in 64 KiB: what is decompressed at once is bounded as well."""
    monkeypatch.setattr(_http, "BODY_LIMIT", 1 << 20)
    bomb = gzip.compress(b"\0" * (64 << 20), 9)
    server.script = [reply(bomb, "200 OK", "Content-Encoding: gzip")]
    send_and_fail = partial(failing, transport, server.url)
    tracemalloc.start()
    try:
        error = send_and_fail()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert "is longer than 1 MiB" in str(error)
    assert peak < 32 << 20


def test_the_time_of_an_answer_is_bounded_by_the_clock(server: Server) -> None:
    """Each piece comes at once, for as long as anybody waits; a second passes with each on the clock."""
    seconds = itertools.count()
    transport = RequestsTransport(clock=lambda: float(next(seconds)))
    server.script = [(b"HTTP/1.1 200 OK\r\n\r\n", b" ")]
    error = failing(transport, server.url, timeout=(5.0, 10.0))
    transport.close()
    assert type(error) is RequestTimeout
    assert next(seconds) == 11  # the tenth second was the last


def test_an_answer_shorter_than_announced_is_no_data_for_any_call(server: Server) -> None:
    """A wrong `Content-Length`, and what is left of the answer is not taken for the next one."""
    with Client("k" * 20, api_url=server.url, sleep=lambda seconds: None) as client:
        for length in (20, 5):
            server.script = [(reply(b'{"name": "x"}', length=length), "close"), reply(b'{"name": "y"}')]
            assert client.get_room("y") == {"name": "y"}
            server.script = [(reply(b'{"name": "x"}', length=length), "close")]
            with pytest.raises(BadResponse) as raised:
                client.create_room()
            assert raised.value.outcome_unknown


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="only Linux lists the descriptors of a process there")
def test_threads_descriptors_and_objects_do_not_grow_with_calls(server: Server) -> None:
    """Whatever the answers are: whole, too long, cut off, not HTTP, late, or none."""
    answers = [
        reply(),
        reply(b"[", length=100 << 20),
        (reply(b"{", length=9), "close"),
        (b"nonsense\r\n\r\n", "close"),
        CHUNKED,
        (b"", "close"),
        reply(b"<html>", "502 Bad Gateway"),
    ]
    policy = RetryPolicy(attempts=1, quick_attempts=1, limited_attempts=1)
    transport = RequestsTransport()
    client = Client("k" * 20, api_url=server.url, transport=transport, limiter=Limiter.unlimited(), retry=policy)

    def calls(rounds: int) -> None:
        for answer in answers * rounds:
            server.script = [answer]
            with suppress(DailyError):
                client.get_room("x")

    def held() -> tuple[int, int, int]:
        """Connections that this process has open at both ends, threads, and objects of the libraries and ours."""
        gc.collect()
        ours = ("pulumi_daily", "urllib3", "requests", "http")
        objects = sum(str(type(item).__module__).partition(".")[0] in ours for item in gc.get_objects())
        return len(os.listdir("/proc/self/fd")), threading.active_count(), objects

    calls(3)
    settled(server)
    before = held()
    calls(30)
    settled(server)
    assert len(server.requests) == 33 * len(answers)
    after = held()
    assert all(now <= then for now, then in zip(after, before, strict=True)), (before, after)
    transport.close()


def settled(server: Server) -> None:
    """Wait until the server has seen the end of all connections but the one that is kept."""
    for _ in range(200):
        if sum(thread.is_alive() for thread in server._threads) <= 2:
            return
        threading.Event().wait(0.05)
    raise AssertionError("connections stay open")


def test_what_the_library_makes_of_a_broken_answer_is_one_of_our_errors(
    transport: RequestsTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    def confused(*args: Any, **more: Any) -> Any:
        raise ValueError("canary")

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", confused)
    assert type(failing(transport, "https://127.0.0.1:1")) is ConnectionDropped


@pytest.mark.parametrize("answer", [reply(), reply(b"{}", "200 OK", "no header at all")])
def test_the_library_s_own_log_lines_show_no_token(
    server: Server, transport: RequestsTransport, caplog: pytest.LogCaptureFixture, answer: bytes
) -> None:
    server.script = [answer]
    with caplog.at_level(logging.DEBUG):
        send(transport, server.url)
    assert "/v1/meeting-tokens/<redacted>" in caplog.text
    assert JWT not in caplog.text


def test_compressed_answers(server: Server, transport: RequestsTransport) -> None:
    server.script = [reply(gzip.compress(b'{"a": 1}'), "200 OK", "Content-Encoding: gzip")]
    assert send(transport, server.url).body == b'{"a": 1}'


def test_other_tls_failures_may_come_after_sending() -> None:
    pool = urllib3.HTTPSConnectionPool("x")
    reason = urllib3.exceptions.SSLError(ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number"))
    failure = _failure(requests.exceptions.SSLError(urllib3.exceptions.MaxRetryError(pool, "/", reason)), PEER)
    assert type(failure) is ConnectionDropped
    assert str(failure) == "the TLS connection to x failed: wrong version number"


def test_refused_certificates_are_final(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", no_such_host)
    pool = urllib3.HTTPSConnectionPool("x")
    refusal = ssl.SSLCertVerificationError(1, "certificate verify failed: self-signed certificate")
    reason = urllib3.exceptions.SSLError(refusal)
    failure = _failure(requests.exceptions.SSLError(urllib3.exceptions.MaxRetryError(pool, "/canary", reason)), PEER)
    assert isinstance(failure, ConnectError)
    assert failure.permanent
    assert str(failure) == (
        "could not connect to x: the server's certificate is not accepted: certificate verify failed: self-signed "
        "certificate; if a proxy of the network replaces certificates, set REQUESTS_CA_BUNDLE to a file with its own"
    )
    assert "canary" not in str(failure)


def test_connect_time_outs(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = urllib3.HTTPSConnectionPool("x")
    reason = urllib3.exceptions.ConnectTimeoutError(pool, "late")
    failed = requests.exceptions.ConnectTimeout(urllib3.exceptions.MaxRetryError(pool, "/", reason))
    monkeypatch.setattr(socket, "getaddrinfo", found_at("10.0.0.1"))
    failure = _failure(failed, PEER)
    assert type(failure) is ConnectError
    assert failure.message == "could not connect to x (10.0.0.1:443): no connection within 5 s"


@pytest.mark.parametrize(
    "change", [{"url": "http://*canary/"}, {"url": "odd://canary/"}, {"headers": {"Authorization": "canary\n"}}]
)
def test_requests_that_cannot_be_sent(transport: RequestsTransport, change: dict[str, Any]) -> None:
    error = failing(transport, **{"url": "https://127.0.0.1", **change})
    assert isinstance(error, ConnectError)
    assert error.permanent


def test_an_error_the_caller_is_handling_does_not_mix_in(server: Server, transport: RequestsTransport) -> None:
    server.script = [(b"", "close")]
    pool = urllib3.HTTPSConnectionPool("x")
    try:
        raise urllib3.exceptions.NewConnectionError(pool, "of somebody else")  # type: ignore[arg-type]
    except urllib3.exceptions.NewConnectionError:
        with pytest.raises(ConnectionDropped):
            send(transport, server.url)


def test_very_long_chains_are_cut() -> None:
    error: Exception = requests.exceptions.ReadTimeout()
    for _ in range(30):
        outer = OSError("x")
        outer.__cause__ = error
        error = outer
    assert type(_failure(error, PEER)) is ConnectionDropped


def test_bodies_that_are_not_json(transport: RequestsTransport) -> None:
    for value in (float("inf"), {"x": b"bytes"}, {1, 2}):
        with pytest.raises(UsageError, match="cannot be written as JSON"):
            send(transport, "http://127.0.0.1", method="POST", json=value)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("LOCALHOST", True),
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("0.0.0.0", False),
        ("10.0.0.1", False),
        ("::", False),
        ("localhost.example", False),
        ("", False),
        (None, False),
    ],
)
def test_loopback(host: str | None, expected: bool) -> None:
    assert is_loopback(host) is expected


def test_the_whole_client_against_a_dead_server() -> None:
    naps: list[float] = []
    limiter = Limiter(sleep=naps.append)
    with Client("k" * 20, api_url=f"http://127.0.0.1:{closed_port()}", limiter=limiter, sleep=naps.append) as client:
        with pytest.raises(
            RetryBudgetExceeded, match=r"gave up after 4 attempts .*: could not connect to 127.0.0.1:\d+: .*refused"
        ):
            client.create_room()
    assert len(naps) == 3


def test_mock_transport() -> None:
    mock = MockTransport(lambda request: Response.of(201, {"path": request.path}, {"X-A": "b"}))
    answer = mock.send("POST", "https://h/v1/rooms/a%20b?x", {"Authorization": "canary"}, None, (1, 2), (1.0, 2.0))
    assert answer.body == b'{"path": "/v1/rooms/a%20b"}'
    assert answer.headers == {"content-type": "application/json", "x-a": "b"}
    assert mock.requests == [
        SentRequest("POST", "https://h/v1/rooms/a%20b?x", {"Authorization": "canary"}, {}, [1, 2], (1.0, 2.0))
    ]
    assert "canary" not in repr(mock.requests)
    with pytest.raises(UsageError):
        mock.send("POST", "https://h/", {}, {}, float("nan"), (1.0, 2.0))

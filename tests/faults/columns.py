"""The faults of the matrix, each in two forms: as what the client's transport does, and as the bytes of a server.

The matrix uses the first form, thousands of times. `test_faults_wire.py` sends the second form through a real socket
and compares what the client makes of both.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import repeat
from typing import Any, Literal

from calls import Killed

from pulumi_daily.api import (
    BadResponse,
    ConnectError,
    ConnectionDropped,
    RequestTimeout,
    Response,
    TransportError,
)

JSON = {"content-type": "application/json"}
HTML = Response(200, {"content-type": "text/html"}, b"<html><body>Sign in to the network</body></html>")
DATE = "Fri, 15 Jan 2027 08:00:00 GMT"
LATER = "Fri, 15 Jan 2027 08:00:20 GMT"
MEGABYTES = 100
ELSEWHERE = "http://127.0.0.2:9/login"
"""The target of redirects: another host, where nobody listens."""


def _limited(retry_after: str | None = None) -> Response:
    more = {} if retry_after is None else {"Retry-After": retry_after, "Date": DATE}
    return Response.of(429, {"error": "rate-limit-error"}, more)


def _down(status: int) -> Response:
    return Response.of(status, {"error": "server-error", "info": "an unexpected error occurred"})


@dataclass(frozen=True)
class Column:
    """One fault of one request."""

    done: bool
    """Whether Daily does what the request asks before things go wrong."""
    happens: Callable[[bytes], Response] | TransportError | type[Killed]
    """What the client gets: an answer made from the body of Daily's own answer, or an error."""
    then: Literal["close", "keep", "drip", "hang"] | None = "close"
    """What the server does with the connection after its bytes. None: the fault is none of a server's."""
    bytes_of: Callable[[bytes], Iterable[bytes]] = field(default=lambda body: ())
    """The bytes that a server sends, from the body of Daily's own answer."""
    waits: bool = False
    """Whether the client waits for its whole timeout."""


def message(answer: Response, length: int | None = None) -> bytes:
    """Return an answer as bytes, with another Content-Length if one is given."""
    lines = [f"HTTP/1.1 {answer.status} Status", *(f"{name}: {value}" for name, value in answer.headers.items())]
    lines.append(f"Content-Length: {len(answer.body) if length is None else length}")
    return "\r\n".join([*lines, "", ""]).encode() + answer.body


def _good(body: bytes) -> Response:
    return Response(200, JSON, body)


def _answers(answer: Response, *, done: bool = False) -> Column:
    return Column(done, lambda body: answer, "keep", lambda body: [message(answer)])


def _flood(body: bytes, pieces: Iterable[bytes], encoding: str) -> Iterable[bytes]:
    yield f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{encoding}\r\n".encode()
    yield from pieces


def _bomb() -> Iterable[bytes]:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    for piece in repeat(b" " * 1_000_000, MEGABYTES):
        yield packer.compress(piece)
    yield packer.flush()


_DROPPED = ConnectionDropped("the connection was lost: it was closed without an answer")
_LATE = RequestTimeout("no complete answer within 30 s")
_CUT = BadResponse("the answer was cut off: fewer bytes than announced")
_LONG = BadResponse("the answer is too long")
_HALF_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Slow: "

COLUMNS: dict[str, Column] = {
    "429": _answers(_limited()),
    "429, Retry-After: 2": _answers(_limited("2")),
    "429, Retry-After: a date": _answers(_limited(LATER)),
    "429, Retry-After: 3600": _answers(_limited("3600")),
    "429, Retry-After: -5": _answers(_limited("-5")),
    "429, Retry-After: garbage": _answers(_limited("soon; maybe")),
    "500": _answers(_down(500)),
    "500, done": _answers(_down(500), done=True),
    "503": _answers(_down(503)),
    "503, done": _answers(_down(503), done=True),
    "503 of a proxy": _answers(Response(503, {"content-type": "text/html"}, b"<html>Bad gateway</html>")),
    "refused": Column(False, ConnectError("could not connect: connection refused"), None),
    "dropped": Column(False, _DROPPED),
    "dropped, done": Column(True, _DROPPED),
    "stale connection": Column(False, _DROPPED),
    "hangs": Column(False, _LATE, "hang", waits=True),
    "hangs, done": Column(True, _LATE, "hang", waits=True),
    "slow headers, done": Column(True, _LATE, "drip", lambda body: [_HALF_HEAD], waits=True),
    "slow body, done": Column(True, _LATE, "drip", lambda body: [message(_good(b""), length=10**6)], waits=True),
    "truncated, done": Column(True, _CUT, "close", lambda body: [message(_good(body[: len(body) // 2]), len(body))]),
    "Content-Length too large, done": Column(True, _CUT, "close", lambda body: [message(_good(body), len(body) + 9)]),
    "Content-Length too small, done": Column(
        True, lambda body: _good(body[:-3]), "keep", lambda body: [message(_good(body), len(body) - 3)]
    ),
    "HTML with 200": _answers(HTML),
    "HTML with 200, done": _answers(HTML, done=True),
    "JSON of another type": _answers(Response.of(200, "unexpected")),
    "JSON of another type, done": _answers(Response.of(200, "unexpected"), done=True),
    "JSON without its fields": _answers(Response.of(200, {"unexpected": True})),
    "JSON without its fields, done": _answers(Response.of(200, {"unexpected": True}), done=True),
    "redirect": _answers(Response(302, {"location": ELSEWHERE}, b"")),
    "redirect to GET, done": _answers(Response(303, {"location": ELSEWHERE}, b""), done=True),
    "gzip bomb, done": Column(
        True, _LONG, "close", lambda body: _flood(body, _bomb(), "Content-Encoding: gzip\r\nConnection: close\r\n")
    ),
    "100 MB body, done": Column(
        True, _LONG, "close", lambda body: _flood(body, repeat(b" " * 1_000_000, MEGABYTES), "Connection: close\r\n")
    ),
    "killed": Column(False, Killed, None),
    "killed, done": Column(True, Killed, None),
}
"""By name. ", done": Daily did what it was asked."""

LASTING = (
    "429",
    "429, Retry-After: 3600",
    "500",
    "503, done",
    "refused",
    "dropped",
    "dropped, done",
    "hangs, done",
    "HTML with 200",
    "JSON without its fields, done",
    "redirect",
)
"""Faults that are also tried as outages: from one request on, all go wrong until the command ends."""


class Broken:
    """A transport whose request number `number` (from 0) goes wrong, and with `lasting` all later ones too.

    `wait` lets seconds pass.
    """

    def __init__(
        self, inner: Any, column: Column, number: int, wait: Callable[[float], None], *, lasting: bool
    ) -> None:
        self._inner, self._column, self._left, self._wait = inner, column, number, wait
        self._lasting = lasting or column.happens is Killed
        self.sent = 0
        self.hit = False

    def send(self, *request: Any) -> Response:
        """Send a request, or let it go wrong."""
        self.sent += 1
        self._left -= 1
        if self._left >= 0 or (self.hit and not self._lasting):
            return self._inner.send(*request)  # type: ignore[no-any-return]
        first, self.hit = not self.hit, True
        column = self._column
        if column.happens is Killed and not first:
            raise Killed  # a dead process sends nothing
        answer = self._inner.send(*request) if column.done else _good(json.dumps({"name": "x"}).encode())
        if column.waits:
            self._wait(request[-1][1])
        if isinstance(column.happens, TransportError):
            raise type(column.happens)(*column.happens.args)
        if isinstance(column.happens, type):
            raise column.happens
        return column.happens(answer.body)

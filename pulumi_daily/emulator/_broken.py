"""Answers that are not sent as they should be, because a test requested it: cut off, byte by byte, far too long."""

from __future__ import annotations

import http
import zlib
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial

from starlette.types import Receive, Send

from ._answer import Answer

PIECE = 1 << 20  # bytes of a flood that are sent at once; a megabyte


@dataclass(frozen=True)
class Wire:
    """The connection of one request.

    `send` and `receive` are those of ASGI. `write` sends bytes past the rules of HTTP and returns whether the client is
    still there; `close` closes the connection after all data are sent; `pause` waits for a number of seconds.
    """

    send: Send
    receive: Receive
    write: Callable[[bytes], bool]
    close: Callable[[], None]
    pause: Callable[[float], Awaitable[None]]

    async def gone(self) -> None:
        """Wait until the server knows that the connection is closed; otherwise it would send its own answer."""
        while (await self.receive())["type"] != "http.disconnect":
            pass


def _head(answer: Answer, length: int) -> bytes:
    lines = [f"HTTP/1.1 {answer.status} {http.HTTPStatus(answer.status).phrase}"]
    headers = {**answer.headers, "content-type": answer.media_type, "content-length": str(length)}
    return "\r\n".join([*lines, *(f"{name}: {value}" for name, value in headers.items()), "", ""]).encode()


async def half(wire: Wire, answer: Answer) -> None:
    """Send half of the body, then close the connection."""
    wire.write(_head(answer, len(answer.body)) + answer.body[: len(answer.body) // 2])
    wire.close()
    await wire.gone()


async def of_wrong_length(wire: Wire, answer: Answer, by: int) -> None:
    """Send the answer with a Content-Length that is `by` bytes too large, then close the connection."""
    wire.write(_head(answer, max(0, len(answer.body) + by)) + answer.body)
    wire.close()
    await wire.gone()


async def byte_by_byte(wire: Wire, answer: Answer, part: str, seconds: float) -> None:
    """Send a part of the answer ("headers" or "body") that never ends, one byte every so many seconds."""
    head = _head(answer, 1 << 20)  # of a length that clients accept; it takes hours to send
    wire.write(head if part == "body" else head[:-2] + b"x-slow: ")
    while wire.write(b"x"):
        await wire.pause(seconds)
    await wire.gone()


async def flood(wire: Wire, answer: Answer, megabytes: int, compressed: bool) -> None:
    """Send so many megabytes of blanks, then the body; compressed, they are a thousandth of it on the wire."""
    headers = {**answer.headers, "content-type": answer.media_type} | (
        {"content-encoding": "gzip"} if compressed else {}
    )
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    await wire.send({"type": "http.response.start", "status": answer.status, "headers": raw})
    pieces = _blanks(megabytes, answer.body)
    for piece in _gzipped(pieces) if compressed else pieces:
        await wire.send({"type": "http.response.body", "body": piece, "more_body": True})
    await wire.send({"type": "http.response.body", "body": b"", "more_body": False})


def _blanks(megabytes: int, body: bytes) -> Iterator[bytes]:
    for _ in range(megabytes):
        yield b" " * PIECE
    yield body


def _gzipped(pieces: Iterator[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(wbits=31)
    yield from map(packer.compress, pieces)
    yield packer.flush()


Breaks = Callable[[Wire, Answer], Awaitable[None]]
"""A way to send an answer."""


def slowly(part: str, seconds: float) -> Breaks:
    """Return `byte_by_byte` for a part. Raises `ValueError` for an unknown part, or no time."""
    if part not in ("headers", "body") or not seconds > 0:
        raise ValueError("part must be 'headers' or 'body', and seconds more than 0")
    return partial(byte_by_byte, part=part, seconds=seconds)


def lengthy(megabytes: int, compressed: bool) -> Breaks:
    """Return `flood` for a size. Raises `ValueError` for a size that is not from 1 to 10 000."""
    if not 1 <= megabytes <= 10_000:
        raise ValueError("megabytes must be from 1 to 10000")
    return partial(flood, megabytes=megabytes, compressed=compressed)


def wrong(by: int) -> Breaks:
    """Return `of_wrong_length` for a difference. Raises `ValueError` for none."""
    if not by:
        raise ValueError("by must not be 0")
    return partial(of_wrong_length, by=by)

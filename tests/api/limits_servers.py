"""Servers for the ledgers: a fake one, which runs the rules of `_ledger.py`, and a real redis-server."""

from __future__ import annotations

import shutil
import socket
import struct
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from pulumi_daily.api import Tier, Window
from pulumi_daily.api._ledger import Ask, Ledger
from pulumi_daily.api._redis import ServerError
from pulumi_daily.api._shared import decode_ledger, encode_ledger


def decided(data: bytes, now: float, arguments: Sequence[bytes]) -> tuple[float, bytes]:
    """Return the seconds to wait and the new ledger: what `_redis.lua` does, by the rules of `_ledger.py`."""
    name, packed, id_, doubles, flight = arguments
    command, numbers = name.decode(), struct.unpack(f"<{len(doubles) // 8}d", doubles)
    tier = Tier("T", tuple(Window(int(limit), seconds) for limit, seconds in struct.iter_unpack("<dd", packed)), "")
    ledger = decode_ledger(data, now) if data else Ledger()
    number = int.from_bytes(id_, "little")
    wait = 0.0
    if command == "enter":
        age, part, nap, lease = numbers
        ledger.settle(tier, now, {number})
        ask = Ask(number, age, part, nap, int.from_bytes(flight, "little") if flight else None, lease)
        wait = ledger.enter(tier, now, ask, len(ledger.flying))
    elif command == "leave":
        ledger.leave(number)
    elif command == "done":
        ledger.done(tier, now, number)
    elif command == "penalise":
        ledger.penalise(tier, now, numbers[0], *(numbers[1:] or [now]))
    return wait, encode_ledger("", ledger)


class FakeServer:
    """A server in memory. `broken` makes it fail; `answer` is returned in place of its answers."""

    where = "limits.example:6379"

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.broken = ""
        self.answer: bytes | None = None
        self.data: dict[str, bytes] = {}
        self.asked = 0

    def run(self, key: str, arguments: Sequence[bytes]) -> bytes:
        self.asked += 1
        if self.broken:
            raise ServerError(self.broken)
        if self.answer is not None:
            return self.answer
        wait, data = decided(self.data.get(key, b""), self.clock(), arguments)
        if arguments[0] != b"view":
            self.data[key] = data
        return struct.pack("<dd", self.clock(), wait) + data


class RedisServer:
    """A running redis-server on loopback. `password` is that of its default user."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, password: str) -> None:
        self.process = process
        self.port = port
        self.url = f"redis://:{password}@127.0.0.1:{port}/0"

    def stop(self) -> None:
        self.process.kill()
        self.process.wait(30)


@contextmanager
def redis_server(folder: Path, password: str = "canary-password") -> Iterator[RedisServer]:
    """Start a redis-server that stores nothing, and end it. The test is skipped where it is not installed."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server is not installed: the tests of limits on a server did not run")
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    process = subprocess.Popen([*command, "--requirepass", password, "--dir", str(folder)], stdout=subprocess.DEVNULL)
    server = RedisServer(process, port, password)
    try:
        for _ in range(600):
            with closing(socket.socket()) as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert process.poll() is None, "redis-server ended"
            time.sleep(0.05)
        yield server
    finally:
        server.stop()

"""Limits on a real redis-server: the script obeys the rules of `_ledger.py`; several machines keep Daily's windows."""

from __future__ import annotations

import os
import random
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from limits_servers import RedisServer, decided, redis_server

from pulumi_daily.api import Limiter, Secret
from pulumi_daily.api._ledger import Ledger, Ticket
from pulumi_daily.api._redis import EXPIRE, connect, ledger_name
from pulumi_daily.api._shared import encode_ledger
from pulumi_daily.emulator import Emulator

KEY = "canary-key-of-a-fleet"
URL = "http://127.0.0.1:1/v1"
MACHINE = Path(__file__).parent / "limits_machine.py"
TIMES = max(1, int(os.environ.get("PULUMI_DAILY_SOAK", "1")))
WINDOWS = [[], [(3.0, 0.05)], [(20.0, 1.0), (100.0, 5.0)], [(2.0, 0.01), (5.0, 0.1)]]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with redis_server(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def client(running: RedisServer) -> Iterator[Any]:
    with redis.Redis.from_url(running.url) as found:
        found.flushall()
        yield found


def drawn(draw: random.Random) -> list[bytes]:
    """Return the arguments of one decision."""
    ids = [number.to_bytes(8, "little") for number in range(4)]
    windows = b"".join(struct.pack("<dd", *window) for window in draw.choice(WINDOWS))
    command = draw.choice(["enter", "enter", "enter", "enter", "leave", "done", "done", "penalise", "view"])
    id_, flight, numbers = draw.choice([*ids, b"flight 1", b"flight 2"]), b"", []
    if command == "enter":
        id_, flight = draw.choice(ids), draw.choice([b"", b"flight 1", b"flight 2"])
        numbers = [draw.choice(values) for values in ([0.0, 0.02], [1.0, 0.5, 0.01], [0.001, 1.0], [0.001, 60.0])]
    elif command == "penalise":
        numbers = [draw.choice([0.0, 0.01, 1e6]), *draw.choice([[], [0.0], [1e300]])]
    return [command.encode(), windows, id_, struct.pack(f"<{len(numbers)}d", *numbers), flight]


def test_the_script_decides_as_the_rules_of_the_ledgers(running: RedisServer, client: Any):
    seed = int(os.environ.get("SEED", "20261130"))
    sys.stdout.write(f"SEED={seed}\n")
    draw = random.Random(seed)
    server = connect(Secret(running.url))
    for number in range(20 * TIMES):
        data = b""
        for _ in range(25):
            arguments = drawn(draw)
            answer = server.run(f"law:{number}", arguments)
            now, wait = struct.unpack_from("<dd", answer)
            expected, data = decided(data, now, arguments)
            assert wait == pytest.approx(expected, abs=1e-9), arguments
            assert answer[16:] == data, arguments


def test_whatever_is_in_a_key_is_read_somehow(running: RedisServer, client: Any, tmp_path: Path):
    nan, inf = float("nan"), float("inf")
    odd = Ledger(
        [nan, inf, -1.0, 1e18], {7: nan, 8: inf}, [Ticket(nan, 1, 1.0, 1.0), Ticket(1.0, 2, nan, inf)], nan, nan
    )
    server = connect(Secret(running.url))
    for found in (b"", b"x", b"x" * 44, bytes(43), encode_ledger("A", odd), encode_ledger("A", odd)[:-1]):
        client.set("odd", found)
        answer = server.run("odd", [b"view", b"", b"", b"", b""])
        assert answer[16:] == encode_ledger("", Ledger())
    client.rpush(f"{ledger_name(KEY, URL)}:C", "another type")
    lines: list[str] = []
    limiter = Limiter.shared(KEY, api_url=URL, folder=tmp_path, limits_url=running.url, log=lines.append)
    assert limiter.acquire("C") == 0.0
    assert lines[0].endswith("only on this machine: it answers with an error (ResponseError)")


def test_keys_expire_and_contain_no_secret(running: RedisServer, client: Any, tmp_path: Path):
    lines: list[str] = []
    limiter = Limiter.shared(KEY, api_url=URL, folder=tmp_path, limits_url=running.url, log=lines.append)
    with limiter.slot("batch"):
        pass
    limiter.penalise("A", 1.0)
    keys = client.keys()
    assert sorted(keys) == sorted(f"{ledger_name(KEY, URL)}:{tier}".encode() for tier in ("A", "batch"))
    for key in keys:
        assert 0 < client.ttl(key) <= EXPIRE
        assert b"canary" not in key + client.get(key)
    assert lines == []
    assert [*tmp_path.iterdir()] == [], "no file is used"


@pytest.mark.parametrize("password", ["", "canary-wrong"])
def test_a_password_that_is_refused_is_one_line_without_it(running: RedisServer, tmp_path: Path, password: str):
    lines: list[str] = []
    url = f"redis://:{password}@127.0.0.1:{running.port}"
    limiter = Limiter.shared(KEY, api_url=URL, folder=tmp_path, limits_url=url, log=lines.append)
    for _ in range(3):
        assert limiter.acquire("A") == 0.0
    assert lines == [
        f"rate limits are not shared through the limits server 127.0.0.1:{running.port}, only on this machine: "
        "it refuses the user name or the password"
    ]


def test_a_connection_that_was_closed_is_opened_again(running: RedisServer, client: Any, tmp_path: Path):
    lines: list[str] = []
    limiter = Limiter.shared(KEY, api_url=URL, folder=tmp_path, limits_url=running.url, log=lines.append)
    limiter.acquire("A")
    client.client_kill_filter(_type="normal", skipme=True)
    client.script_flush()
    limiter.acquire("A")
    assert lines == []
    assert len(limiter._book.view(limiter._tiers["A"]).ledger.counted) == 2


def test_a_server_that_ends_in_the_middle_loses_no_request(tmp_path: Path):
    lines: list[str] = []
    with redis_server(tmp_path) as server:
        limiter = Limiter.shared(KEY, api_url=URL, folder=tmp_path / "f", limits_url=server.url, log=lines.append)
        with limiter.slot("A"):
            server.stop()
        limiter.acquire("A")
    assert len(lines) == 1
    assert lines[0].endswith("only on this machine: no connection")


def test_machines_with_one_key_get_no_429_and_use_the_whole_budget(running: RedisServer, client: Any, tmp_path: Path):
    """The emulator reads Daily's limits literally. Two of five processes are killed while they work."""
    with Emulator() as emulator:
        env = {**os.environ, "KEY": emulator.api_key, "LIMITS_URL": running.url}
        machines = [
            subprocess.Popen(
                [sys.executable, str(MACHINE), str(tmp_path / str(number % 3)), emulator.url, "4"],
                env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            )
            for number in range(5)
        ]  # fmt: skip
        try:
            end = time.monotonic() + 60
            for count, victims in ((30, machines[:2]), (120 * TIMES, machines[2:])):
                while len(emulator.requests) < count and time.monotonic() < end:
                    time.sleep(0.1)
                for machine in victims:
                    machine.kill()
            errors = [machine.communicate(timeout=30)[1] for machine in machines]
        finally:
            for machine in machines:
                machine.kill()
                machine.wait(30)
        statuses = [one.status for one in emulator.requests]
        times = [one.at for one in emulator.requests]
    assert set(statuses) == {200}
    assert len(statuses) >= 120
    assert not any("not shared" in text for text in errors)
    busiest = max(sum(start <= at < start + 5 for at in times) for start in times)
    assert busiest <= 100
    sys.stdout.write(f"{len(statuses)} requests, {busiest} of 100 in the busiest 5 s\n")

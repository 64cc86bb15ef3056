"""Not one 429 on a server that takes Daily's limits literally: with the real CLI, beside processes that need all CPUs.

PULUMI_DAILY_LIMITS_ROOMS=300 is the size of docs/performance.md; the default is more than one window's requests.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from driver import Cli
from scenarios.model import HEAD, KEY

from pulumi_daily.emulator import Emulator

ROOMS = int(os.environ.get("PULUMI_DAILY_LIMITS_ROOMS", "40"))

SINGLE = """
for name in names:
    daily.Room(name, name=name, privacy="private", properties=properties)
"""
SET = """
daily.RoomSet("all", rooms={name: {} for name in names}, defaults={"privacy": "private", "properties": properties})
"""


@pytest.fixture
def literal() -> Iterator[Emulator]:
    """A server whose answers take 20 ms."""
    with Emulator(api_key=KEY, latency=0.02) as emulator:
        assert emulator.rate_limits
        assert emulator.switches.rate_reading == "literal"
        yield emulator


@pytest.fixture
def busy() -> Iterator[None]:
    """Two processes that calculate all the time."""
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(2)]
    yield
    for loop in loops:
        loop.kill()
        loop.wait()


@pytest.mark.usefixtures("busy")
@pytest.mark.parametrize("program", [SINGLE, SET], ids=["Room", "RoomSet"])
def test_a_literal_server_refuses_nothing(program: str, home: Path, tmp_path: Path, literal: Emulator) -> None:
    cli = Cli(tmp_path, home)
    cli.init({"daily:apiUrl": literal.url}, {"daily:apiKey": KEY})

    def run(command: str, chat: bool) -> None:
        settings = f"names = [f'room-{{i}}' for i in range({ROOMS})]\nproperties = {{'enable_chat': {chat}}}"
        cli.write(HEAD + settings + program)
        cli.call(command, "--yes", "--skip-preview", "--color", "never", "--suppress-progress", seconds=900.0)
        assert literal.count(status=429) == 0, literal.counts()

    run("up", chat=False)
    assert len(literal.rooms()) == ROOMS
    run("up", chat=True)
    assert literal.count("POST /rooms/:name") == ROOMS
    assert {room["config"]["enable_chat"] for room in literal.rooms().values()} == {True}
    run("refresh", chat=True)
    run("destroy", chat=True)
    assert not literal.rooms()

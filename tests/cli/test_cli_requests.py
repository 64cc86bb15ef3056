"""How many requests an operation of the real CLI costs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from driver import Cli
from scenarios.model import HEAD, ROOM

from pulumi_daily.emulator import Emulator
from pulumi_daily.importing import imported
from pulumi_daily.lifecycle import Domain
from pulumi_daily.lifecycle.state import encode
from pulumi_daily.objects.room import ROOM as ROOM_SPEC
from pulumi_daily.providers import RoomProvider, serialized


@contextmanager
def at_most(emulator: Emulator, requests: int) -> Iterator[None]:
    """The operation inside costs no more than so many requests."""
    emulator.clear_log()
    yield
    counts = emulator.counts()
    assert 0 < sum(counts.values()) <= requests, counts


def own(cli: Cli, emulator: Emulator, names: list[str]) -> None:
    """A program and a state with rooms that are on the server already, by an import: no request is made for it."""
    shown, domain = emulator.rooms(), Domain(emulator.domain_name, emulator.domain_id)
    provider = {"__provider": serialized(RoomProvider)}
    entries = []
    for name in names:
        live = {key: value for key, value in shown[name].items() if key not in ("properties", "expired")}
        state = imported(ROOM_SPEC, live, domain)
        outputs, _ = encode(ROOM_SPEC, state)
        entry = {"type": ROOM, "name": name, "id": name}
        entries.append({**entry, "inputs": {**state.inputs, **provider}, "outputs": {**outputs, **provider}})
    cli.write(
        HEAD + f"for name in {json.dumps(names)}:\n"
        '    daily.Room(name, name=name, privacy="public", properties={"enable_chat": True})\n'
    )
    report = cli.import_file({"resources": entries})
    assert report.ok, report.errors


def test_250_rooms_of_250(cli: Cli, emulator: Emulator) -> None:
    own(cli, emulator, emulator.seed(250, properties={"enable_chat": True}))
    with at_most(emulator, 4):
        report = cli.run("preview")
    assert report.ok, report.errors
    assert report.changes == {"same": 251}
    with at_most(emulator, 4):
        report = cli.run("refresh")
    assert report.ok, report.errors
    assert set(report.changes) == {"same"}
    emulator.edit_room("seed-17", enable_chat=False)
    emulator.edit_room("seed-217", enable_chat=False)
    with at_most(emulator, 4):
        report = cli.run("preview")
    assert report.changes["update"] == 2
    assert len(report.warnings) == 2


@pytest.mark.parametrize("where", ["newest", "spread"])
def test_10_rooms_of_50_000(where: str, cli: Cli, emulator: Emulator) -> None:
    names = emulator.seed(50_000, properties={"enable_chat": True})
    mine = names[-10:] if where == "newest" else names[2_500::5_000]
    assert len(mine) == 10
    own(cli, emulator, mine)
    with at_most(emulator, 22):
        report = cli.run("preview")
    assert report.ok, report.errors
    assert report.changes == {"same": 11}
    if where == "spread":
        with at_most(emulator, 22):
            assert cli.run("refresh").ok

"""Some of the laws again with nothing replaced: a real Pulumi program, the real provider process, a real server."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from pulumi_daily import Room
from pulumi_daily.emulator import Emulator
from pulumi_daily.testing import Stack

STREAM = "canary-stream-key-2b6f"


@pytest.fixture(autouse=True)
def one_clock() -> None:
    """The provider process and the emulator's server both have the machine's clock here."""


def rooms(count: int) -> Callable[[], None]:
    def program() -> None:
        for i in range(count):
            Room(f"room-{i}", name=f"room-{i}")

    return program


def varied() -> None:
    first = Room("first", name="first", privacy="private", properties={"max_participants": 7, "sfu_switchover": 2})
    Room("named-by-us", properties={"enable_chat": True, "permissions": {"canSend": ["video", "audio"]}})
    Room("after", name=first.name.apply(lambda name: f"{name}-after"), properties={"lang": "de"})


@pytest.mark.parametrize("nested", ["replace", "merge"])
def test_laws_1_2_and_3_with_the_real_thing(nested: str, daily_emulator: Emulator, daily_stack: Any):
    daily_emulator.switches.nested_update = nested  # type: ignore[assignment]
    stack: Stack = daily_stack(varied)
    assert stack.up().changes["create"] >= 3
    assert not stack.preview().has_changes
    stack.refresh()
    assert not stack.preview().has_changes

    daily_emulator.edit_room("first", max_participants=8, lang="fr")
    daily_emulator.remove_room("first-after")
    result = stack.preview()
    assert {"update", "replace"} <= set(result.changes)
    said = "\n".join(result.messages())
    assert 'room "first": max_participants is 8 on Daily, the program says 7' in said
    assert 'room "first-after" is gone from Daily' in said
    stack.up()
    assert daily_emulator.rooms()["first"]["properties"] == {"max_participants": 7, "sfu_switchover": 2, "lang": "fr"}
    assert not stack.preview().has_changes

    stack.destroy()
    assert daily_emulator.rooms() == {}


def test_law_11_250_rooms_take_4_requests(daily_emulator: Emulator, daily_stack: Any):
    daily_emulator.rate_limits = False
    stack: Stack = daily_stack(rooms(250))
    stack.up()
    assert_requests(stack, daily_emulator, 4)


def test_law_11_10_rooms_among_50_000_take_22_requests(daily_emulator: Emulator, daily_stack: Any):
    daily_emulator.rate_limits = False
    daily_emulator.seed(25_000, "older")
    stack: Stack = daily_stack(rooms(10))
    stack.up()
    daily_emulator.seed(25_000, "newer", created_at=time.time() + 3600)  # seeded rooms are in the past otherwise
    assert_requests(stack, daily_emulator, 22)


def assert_requests(stack: Stack, emulator: Emulator, most: int) -> None:
    """Hold a preview and a refresh, in which nothing changed, to a number of requests."""
    for operation in (stack.preview, stack.refresh):
        emulator.clear_log()
        assert not operation().has_changes
        assert emulator.count() <= most, emulator.counts()


def test_law_10_no_secret_is_in_clear_in_state_or_diagnostics(daily_emulator: Emulator, daily_stack: Any):
    def program() -> None:
        url = pulumi.Output.secret(f"rtmps://live.example/app/{STREAM}")
        Room(
            "live",
            name="live",
            properties={"streaming_endpoints": [{"name": "a", "type": "rtmp", "rtmp_config": {"url": url}}]},
        )

    stack: Stack = daily_stack(program)
    results = [stack.up(), stack.preview(), stack.refresh()]
    moved = f"rtmps://evil.example/app/{STREAM}"
    endpoint = {"name": "a", "type": "rtmp", "rtmp_config": {"url": moved}}
    daily_emulator.edit_room("live", streaming_endpoints=[endpoint])
    results += [stack.preview(), stack.up()]
    stored = daily_emulator.rooms()["live"]["properties"]["streaming_endpoints"][0]["rtmp_config"]["url"]
    assert stored.endswith(STREAM)
    texts = [json.dumps(stack.export()), repr(stack.state), repr(results)]
    texts += [line for result in results for line in (*result.messages(), *(d.raw for d in result.diagnostics))]
    for text in texts:
        assert STREAM not in text
        assert daily_emulator.api_key not in text


def test_law_5_a_failed_create_is_in_no_state_and_an_error_is_readable(daily_emulator: Emulator, daily_stack: Any):
    daily_emulator.add_room("room-1")
    stack: Stack = daily_stack(rooms(2))
    result = stack.up(expect_failure=True)
    assert result.error is not None
    assert 'DailyError: room "room-1" exists on Daily already' in str(result.error)
    assert "Traceback" not in str(result.error)
    daily_emulator.remove_room("room-1")
    stack.up()
    assert set(daily_emulator.rooms()) == {"room-0", "room-1"}
    assert not stack.preview().has_changes

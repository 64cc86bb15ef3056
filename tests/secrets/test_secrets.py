"""Canary values: an API key and a stream key must occur nowhere in clear where a person or a file could meet them."""

from __future__ import annotations

import logging
import traceback
from typing import Any

import pulumi
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from in_process import URL, World
from mini_stack import MiniStack, StepFailed, wire

from pulumi_daily.api import Client, DailyError, Secret
from pulumi_daily.connection import Connection
from pulumi_daily.lifecycle import Account
from pulumi_daily.lifecycle.kinds.kind import Operation
from pulumi_daily.objects.room import ROOM
from pulumi_daily.settings import Settings

KEY = "k" * 64  # the emulator's, see in_process
STREAM = "canary-stream-key-91c2e8"
RTMP = f"rtmps://live.example/app/{STREAM}"
ROOM_INPUTS = {
    "name": "live",
    "properties": {
        "streaming_endpoints": [{"name": "main", "type": "rtmp", "rtmp_config": {"url": RTMP}}],
        "enable_chat": True,
    },
}


def clean(text: str) -> None:
    assert KEY not in text
    assert STREAM not in text


def without_inputs(outs: dict[str, Any]) -> dict[str, Any]:
    """Outputs but for `properties`, which Pulumi keeps encrypted because the program marked them as secret."""
    return {name: value for name, value in outs.items() if name != "properties"}


def test_outputs_repeat_the_stream_key_only_under_the_key_that_pulumi_keeps_secret():
    stack = MiniStack(World(echo_defaults=True))
    stack.up({"live": ROOM_INPUTS})
    outs = stack.state["live"].outputs
    assert STREAM in str(outs["properties"])  # under the same key as the input: Pulumi marks it secret again
    clean(str(without_inputs(outs)))
    assert outs["config"]["streaming_endpoints"][0]["rtmp_config"] == {"url": "[secret]"}
    stack.refresh()
    clean(str(without_inputs(stack.state["live"].outputs)))


def test_the_fingerprint_of_a_secret_tells_nothing_of_it():
    world = World()
    real = world.transport.send

    def changed(*args: Any, **kwargs: Any) -> Any:
        """Daily answers otherwise than it was asked."""
        answer = real(*args, **kwargs)
        return type(answer)(answer.status, answer.headers, answer.body.replace(b"live.example", b"LIVE.example"))

    world.transport.send = changed  # type: ignore[method-assign]
    process = world.process()
    inputs = process.provider.check({}, wire({**ROOM_INPUTS, "name": "second"})).inputs
    outs = process.provider.create(wire(inputs)).outs
    assert set(outs["__daily"]["normalized"]) == {"streaming_endpoints"}
    clean(str(without_inputs(outs)))
    clean("\n".join(process.lines))


def test_drift_of_a_stream_key_is_named_without_its_values():
    stack = MiniStack(World())
    stack.up({"live": ROOM_INPUTS})
    moved = [{"name": "main", "type": "rtmp", "rtmp_config": {"url": f"rtmps://evil.example/{STREAM}-other"}}]
    stack.world.emulator.edit_room("live", streaming_endpoints=moved)
    assert stack.preview({"live": ROOM_INPUTS}) == {"live": "update"}
    assert stack.lines == ['room "live": streaming_endpoints[0].rtmp_config.url has another value on Daily']
    stack.world.emulator.edit_room("live", streaming_endpoints=None)
    assert stack.preview({"live": ROOM_INPUTS}) == {"live": "update"}
    clean("\n".join(stack.lines))


@pytest.mark.parametrize(
    "url", [STREAM, f"https://{STREAM}", f"rtmp://{STREAM} x", 7, {"x": STREAM}, [STREAM]], ids=repr
)
def test_check_never_repeats_a_bad_stream_key(url: Any):
    endpoint = {"name": "main", "type": "rtmp", "rtmp_config": {"url": url}}
    inputs = {"name": "live", "properties": {"streaming_endpoints": [endpoint]}}
    failures = World().process().provider.check({}, wire(inputs)).failures
    assert failures[0].reason.startswith("properties.streaming_endpoints[0].rtmp_config.url: ")
    assert {f.property for f in failures} == {""}  # with a property, Pulumi prints its value
    clean(str([f.reason for f in failures]))


FAULTS = ["fail", "drop", "hang", "truncate", "not_json"]


@settings(max_examples=60)
@given(kind=st.sampled_from(FAULTS), route=st.sampled_from(["*", "POST /rooms", "POST /rooms/:name", "GET /rooms"]))
def test_errors_logs_and_chains_are_clean(kind: str, route: str):
    world = World()
    stack = MiniStack(world)
    changed = {**ROOM_INPUTS, "privacy": "private"}
    stack.up({"other": {**ROOM_INPUTS, "name": "other"}})
    body = {"error": "invalid-request-error", "info": f"bad request with {KEY}, Bearer {KEY}"}
    options: dict[str, Any] = {"body": body, "status": 400} if kind == "fail" else {}
    getattr(world.emulator, kind)(route, times=None, **options)
    seen: list[str] = []
    logger = logging.getLogger("pulumi_daily")
    handler = logging.Handler(logging.DEBUG)
    handler.emit = lambda record: seen.append(record.getMessage())  # type: ignore[method-assign]
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        for program in ({"live": ROOM_INPUTS}, {"other": {**changed, "name": "other"}}):
            try:
                stack.up({**program})
            except StepFailed as error:
                seen.append("".join(traceback.format_exception(error)))
                seen.append(repr(error.__cause__))
                seen += [repr(error.__cause__.__context__), str(vars(error.__cause__))] if error.__cause__ else []
            seen += stack.lines
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
    assert seen
    clean("\n".join(seen))


def test_a_server_that_repeats_the_stream_key_in_its_error_is_masked():
    world = World()
    body = {"error": "invalid-request-error", "info": f"bad url {RTMP} for Bearer {KEY}"}
    world.emulator.fail("POST /rooms", 400, times=None, body=body)
    stack = MiniStack(world)
    with pytest.raises(StepFailed) as caught:
        stack.up({"live": ROOM_INPUTS})
    clean("".join(traceback.format_exception(caught.value)))


def test_reprs_do_not_show_the_key(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    world = World()
    client = world.client()
    account = Account(client)
    settings_ = Settings(Secret(KEY), None, URL, 1.0, 30.0, 120.0, False, False)
    things = [
        client,
        account,
        Operation(ROOM, account, lambda: 0.0, lambda line: None),
        settings_,
        Connection(settings_, pulumi.log),
        world.emulator,
        world.process().provider,
        Secret(KEY),
    ]
    for thing in things:
        clean(f"{thing!r} {thing} {vars(thing) if hasattr(thing, '__dict__') and not _holds_key(thing) else ''}")
    client.list_rooms()
    clean(caplog.text)
    assert "GET /rooms" in caplog.text


def _holds_key(thing: Any) -> bool:
    return isinstance(thing, type(World().emulator))  # the server knows its own keys


def test_a_wrong_key_is_not_in_its_error():
    world = World()
    wrong = "canary-wrong-key-77"
    client: Client = world.client(key=wrong)
    with pytest.raises(DailyError) as caught:
        client.get_domain()
    assert wrong not in "".join(traceback.format_exception(caught.value)) + repr(vars(caught.value))


def test_the_request_log_of_the_emulator_masks_keys_and_streams():
    world = World()
    world.emulator.app.record_bodies = True
    MiniStack(world).up({"live": ROOM_INPUTS})
    clean(str(world.emulator.requests))

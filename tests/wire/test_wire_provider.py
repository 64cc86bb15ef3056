"""The provider in its real process: what the engine sends and gets."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from wire_driver import ProviderProcess, Refused, pb, provider_process

from pulumi_daily.emulator import Emulator

KEY = "canary-key-4e1d77a9"


@pytest.fixture(scope="module")
def server() -> Iterator[Emulator]:
    with Emulator("acme", KEY, rate_limits=False, record_bodies=True) as emulator:
        yield emulator


@pytest.fixture
def emulator(server: Emulator) -> Emulator:
    server.reset()
    server.rate_limits = False
    server.latency = 0.0
    return server


@pytest.fixture(scope="module")
def shared(server: Emulator) -> Iterator[ProviderProcess]:
    with provider_process(apiKey=KEY, apiUrl=server.url, maxRetrySeconds="1", requestTimeout="20") as process:
        yield process


def test_the_life_of_a_room_on_the_wire(emulator: Emulator, shared: ProviderProcess):
    program = {"name": "life", "properties": {"max_participants": 10, "sfu_switchover": 2, "enable_chat": True}}
    inputs, failures = shared.check({}, program)
    assert failures == {}
    assert inputs == {**program, "privacy": "public"}
    identity, outs = shared.create(inputs)
    assert identity == "life"
    assert outs["url"] == "https://acme.daily.co/life"
    assert shared.diff(identity, outs, inputs).changes == pb.DiffResponse.DIFF_NONE

    news, _ = shared.check(inputs, {**program, "privacy": "private"})
    assert shared.diff(identity, outs, news).changes == pb.DiffResponse.DIFF_UNKNOWN
    outs = shared.update(identity, outs, news)
    assert outs["privacy"] == "private"
    found, read, read_inputs = shared.read(identity, outs)
    assert (found, read["privacy"], read_inputs) == ("life", "private", news)

    renamed = shared.diff(identity, outs, {**news, "name": "other"})
    assert (list(renamed.replaces), renamed.deleteBeforeReplace) == (["name"], False)
    shared.delete(identity, outs)
    shared.delete(identity, outs)
    assert emulator.rooms() == {}
    assert shared.read(identity, outs)[0] == ""


def test_law_9_whole_numbers_are_whole_on_dailys_side(emulator: Emulator, shared: ProviderProcess):
    _, outs = shared.create({"name": "whole", "properties": {"max_participants": 10, "sfu_switchover": 0.5}})
    shared.update("whole", outs, {"name": "whole", "properties": {"max_participants": 11, "sfu_switchover": 2}})
    sent = [request.body["properties"] for request in emulator.requests if request.body]
    wanted = [{"max_participants": 10, "sfu_switchover": 0.5}, {"max_participants": 11, "sfu_switchover": 2}]
    assert json.dumps(sent, sort_keys=True) == json.dumps(wanted, sort_keys=True)


def test_check_failures_carry_their_paths(shared: ProviderProcess):
    _, failures = shared.check({}, {"name": "a", "properties": {"permissions": {"canSend": ["audio", "vidio"]}}})
    assert list(failures) == ["properties.permissions.canSend"] or list(failures) == [
        "properties.permissions.canSend[1]"
    ]
    assert "did you mean video?" in next(iter(failures.values()))


def test_an_error_is_one_line(emulator: Emulator, shared: ProviderProcess):
    emulator.add_room("taken")
    with pytest.raises(Refused) as caught:
        shared.create({"name": "taken"})
    text = str(caught.value)
    assert text.startswith('DailyError: room "taken" exists on Daily already, made in the dashboard at ')
    assert text.strip().count("\n") == 0
    assert "Traceback" not in text


@pytest.mark.parametrize("debug", ["false", "true"])
def test_a_refused_key_is_named_nowhere(debug: str, emulator: Emulator):
    with provider_process(apiKey="canary-wrong", apiUrl=emulator.url, debug=debug) as process:
        with pytest.raises(Refused) as caught:
            process.create({"name": "a"})
    text = str(caught.value)
    assert ("Traceback" in text) is (debug == "true")
    assert "DailyError: " in text
    assert "canary" not in text
    assert b"canary" not in process.stdout + process.stderr


def test_without_a_key_the_text_says_how_to_set_it():
    with provider_process() as process:
        with pytest.raises(Refused, match=r"^DailyError: no Daily API key is configured\. Set it with `pulumi config"):
            process.create({"name": "a"})


def test_bad_configuration_is_an_error_of_the_resource():
    with provider_process(rateShare="7", offline="maybe") as process:
        with pytest.raises(Refused, match=r"DailyError: daily:rateShare must be .*; daily:offline must be"):
            process.check({}, {"name": "a"})


def at_once(names: list[str], work: Callable[[str], object]) -> None:
    """Run `work` for each name in a thread of its own; all must end well."""
    done: list[object] = []
    threads = [threading.Thread(target=lambda name=name: done.append(work(name))) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(done) == len(names)


def test_four_calls_run_at_once(emulator: Emulator, shared: ProviderProcess, monkeypatch: pytest.MonkeyPatch):
    """Each update waits in the emulator until all four are there; a fifth would wait for ever."""
    names = [f"at-once-{i}" for i in range(4)]
    outs = {name: shared.create({"name": name, "privacy": "public"})[1] for name in names}
    gate = threading.Barrier(4, timeout=30)

    async def meet(_seconds: float) -> bool:
        await asyncio.get_running_loop().run_in_executor(None, gate.wait)
        return True

    monkeypatch.setattr(emulator.app, "_pause", meet)
    emulator.latency = 0.001
    at_once(names, lambda name: shared.update(name, outs[name], {"name": name, "privacy": "private"}))
    emulator.latency = 0.0
    assert not gate.broken
    assert {room["privacy"] for room in emulator.rooms().values()} == {"private"}


def test_creates_and_deletes_at_once_all_arrive(emulator: Emulator, shared: ProviderProcess):
    names = [f"many-{i}" for i in range(12)]
    outs: dict[str, Any] = {}
    at_once(names, lambda name: outs.update({name: shared.create({"name": name})[1]}))
    assert set(emulator.rooms()) == set(names)
    assert {outs[name]["room_id"] for name in names} == {room["id"] for room in emulator.rooms().values()}
    assert all(outs[name]["url"].endswith(name) for name in names)
    at_once(names, lambda name: shared.delete(name, outs[name]))
    assert emulator.rooms() == {}


def test_a_killed_process_leaves_a_room_that_the_next_one_settles(emulator: Emulator):
    """The create reached Daily, the process died before it could say so."""
    named = {"name": "orphan", "privacy": "public"}
    automatic = {"name": "orphan-auto", "privacy": "public", "__daily": {"auto_name": "orphan-auto"}}
    for inputs in (named, automatic):
        emulator.hang("POST /rooms", seconds=30.0)
        with provider_process(apiKey=KEY, apiUrl=emulator.url) as process:
            outcome: list[BaseException] = []

            def create(process: ProviderProcess = process, inputs: dict = inputs, outcome: list = outcome) -> None:
                try:
                    process.create(inputs)
                except Refused as error:
                    outcome.append(error)

            thread = threading.Thread(target=create)
            thread.start()
            waiting = threading.Event()
            for _ in range(600):  # until the emulator has the room: at most 30 s
                if inputs["name"] in emulator.rooms():
                    break
                waiting.wait(0.05)
            process.process.kill()
            thread.join(30)
            assert outcome
    assert set(emulator.rooms()) == {"orphan", "orphan-auto"}
    with provider_process(apiKey=KEY, apiUrl=emulator.url) as process:
        for inputs in (named, automatic):
            with pytest.raises(Refused, match=r"exists on Daily already.*DAILY_ADOPT_EXISTING=as-asked"):
                process.create(inputs)
        assert process.create({**named, "adopt_existing": True})[0] == "orphan"
    with provider_process(apiKey=KEY, apiUrl=emulator.url, adoptExisting="as-asked") as process:
        assert process.create(automatic)[0] == "orphan-auto"


def test_drift_is_a_line_on_the_console(emulator: Emulator):
    with provider_process(apiKey=KEY, apiUrl=emulator.url) as process:
        inputs = {"name": "seen", "privacy": "public", "properties": {"lang": "de"}}
        _, outs = process.create(inputs)
        emulator.edit_room("seen", lang="fr")
    with provider_process(apiKey=KEY, apiUrl=emulator.url) as process:
        assert process.diff("seen", outs, inputs).changes == pb.DiffResponse.DIFF_SOME
    assert b'warning: room "seen": lang is "fr" on Daily, the program says "de"' in process.stdout + process.stderr
    assert KEY.encode() not in process.stdout + process.stderr


def test_the_provider_process_imports_neither_emulator_nor_test_tools():
    asked = "starlette uvicorn pytest click hypothesis pulumi_daily.emulator pulumi_daily.testing pulumi_daily.cli"
    code = f"import sys, pulumi_daily.providers; print([m for m in {asked.split()!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"

"""The state of an emulator in a file: everything comes back, and a file that cannot be read is left alone."""

from __future__ import annotations

import itertools
import json
import os
import stat
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import requests

from pulumi_daily.emulator import (
    Clock,
    Emulator,
    InUseError,
    SavedStateError,
    StateFile,
    Switches,
    restore,
    saved,
)
from pulumi_daily.emulator._routes import KINDS
from pulumi_daily.emulator._saved import VERSION, parsed

NOW = 1_800_000_000.0
VALUES: dict[str, dict[str, Any]] = {
    "webhooks": {"url": "https://hooks.example", "eventTypes": ["meeting.started"], "state": "FAILED"},
    "phone_numbers": {"number": "+18058700061"},
    "sip_clients": {"username": "desk", "password": "correct0horse"},
    "recordings": {"room_name": "standup", "duration": 10},
    "transcripts": {"room_name": "standup"},
    "batch_jobs": {"preset": "transcript"},
}
"""What an object of a kind is made of, where the emulator needs to be told."""


def furnished() -> Emulator:
    """Return an emulator, without a server, with something of everything."""
    emulator = Emulator("acme", "key-1", clock=Clock(NOW), switches=Switches(limit_over_max="400"), seed=3)
    emulator.add_domain("acme-eu", "key-2")
    emulator.set_domain_config(disable_rate_limiting=True)
    emulator.add_room("standup", "private", enable_chat=True, exp=int(NOW) + 60)
    emulator.add_room("over", exp=int(NOW) - 60)
    emulator.add_room("lobby", domain="acme-eu")
    emulator.seed(5)
    emulator.join("standup", "Ada")
    for kind in KINDS:
        with suppress(KeyError, TypeError, ValueError):
            emulator.add(kind, **VALUES.get(kind, {}))
    gone = emulator.add("webhooks", url="https://gone.example", eventTypes=[])
    emulator.remove("webhooks", gone["uuid"])
    with emulator.backend.lock:
        emulator.backend.domain().properties["lang"] = "de"
    return emulator


def again(text: bytes) -> Emulator:
    state = parsed(text)
    emulator = Emulator(state.domains[0].name, state.domains[0].api_key)
    restore(emulator, state)
    return emulator


def everything(emulator: Emulator) -> dict[str, Any]:
    return {
        domain: {"rooms": emulator.rooms(domain), **{kind: emulator.objects(kind, domain) for kind in KINDS}}
        for domain in (one.name for one in emulator.backend.domains())
    }


def test_all_that_there_is_comes_back() -> None:
    before = furnished()
    text = saved(before)
    after = again(text)
    there = everything(before)
    assert everything(after) == there
    assert all(there["acme"][kind] for kind in KINDS), "an object of each kind"
    assert saved(after) == text
    assert after.switches.limit_over_max == "400"
    assert (after.domain_id, after.api_key) == (before.domain_id, "key-1")
    assert after.backend.by_key("key-2") is after.backend.domain("acme-eu")
    assert after.backend.domain().properties == {"lang": "de"}
    assert after.backend.domain().read_only == {"disable_rate_limiting": True}
    assert after.rooms()["over"]["expired"]
    # The next object does not take the number of a deleted one, on which cursors depend.
    after.add("webhooks", url="https://next.example", eventTypes=[])
    assert after.backend.domain().collection("webhooks").stored()[0] == 3


def test_a_stopped_clock_stands_and_a_running_one_stays_ahead() -> None:
    assert again(saved(furnished())).clock.now() == NOW
    running = Emulator()
    running.clock.advance(15 * 86400)
    assert again(saved(running)).clock.stored() == (None, 15 * 86400)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda state: state.update(version=VERSION + 1, new={"canary": 1}), "a newer version"),
        (lambda state: state.update(version="canary"), "damaged: version: "),
        (lambda state: state.update(canary=1), "damaged: canary: "),
        (lambda state: state.pop("domains"), "damaged: domains: "),
        (lambda state: state.update(domains=[]), "it has no domain"),
        (lambda state: state["domains"][0].pop("api_key"), "damaged: domains.0.api_key: "),
        (lambda state: state["domains"][0]["rooms"][0].update(created_at="canary"), r"damaged: domains.0.rooms.0"),
        (lambda state: state["domains"][0]["rooms"].append(state["domains"][0]["rooms"][0]), "named standup is there"),
        (lambda state: state["domains"].append(state["domains"][0]), "there is a domain acme"),
        (lambda state: state["domains"][0]["objects"].update(things={"last": 1, "items": []}), "not know: things"),
        (lambda state: state["switches"].update(no_such=1), "no switch 'no_such'"),
        (lambda state: state["domains"][0]["objects"]["webhooks"]["items"].append(
            state["domains"][0]["objects"]["webhooks"]["items"][0]), "is there already"),
    ],
)  # fmt: skip
def test_a_state_that_cannot_be_used(change: Any, text: str) -> None:
    state = json.loads(saved(furnished()))
    change(state)
    with pytest.raises(SavedStateError, match=text) as error:
        again(json.dumps(state).encode())
    assert "canary" not in str(error.value).replace("damaged: canary: ", "")
    assert "key-1" not in str(error.value)


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"\xff", b"null", saved(Emulator())[:200]])
def test_a_text_that_is_none(text: bytes) -> None:
    with pytest.raises(SavedStateError, match="damaged"):
        parsed(text)


def test_a_file_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "daily.json"
    file = StateFile(path)
    with file.reserved():
        assert file.read() is None
        file.write(saved(furnished()))
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        read = file.read()
        assert read is not None
        assert read.domains[0].api_key == "key-1"
        with pytest.raises(InUseError, match="used by another emulator"):
            StateFile(tmp_path / "." / "daily.json").reserved().__enter__()
    with StateFile(path).reserved():
        pass
    assert sorted(each.name for each in tmp_path.iterdir() if not each.name.endswith(".lock")) == ["daily.json"]


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = StateFile(tmp_path / "daily.json")
    file.write(b"old")

    def full(*args: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space"):
        file.write(b"new")
    assert [each.name for each in tmp_path.iterdir()] == ["daily.json"]
    assert file.path.read_bytes() == b"old"


def kept_rooms(file: StateFile) -> list[Any]:
    state = file.read()
    assert state is not None
    return list(state.domains[0].rooms)


def test_changes_are_written_while_it_runs(tmp_path: Path) -> None:
    file = StateFile(tmp_path / "daily.json")
    with Emulator("acme", "key-1") as emulator:
        with file.kept(lambda: saved(emulator), lambda: emulator.changes, pytest.fail, seconds=0.01):
            assert kept_rooms(file) == []
            auth = {"Authorization": "Bearer key-1"}
            requests.post(f"{emulator.url}/rooms", json={"name": "a"}, headers=auth, timeout=10).raise_for_status()
            while not kept_rooms(file):
                pass
            requests.post(f"{emulator.control_url}/add", json={"name": "b"}, timeout=10).raise_for_status()
            while len(kept_rooms(file)) < 2:
                pass
            changes = emulator.changes
            requests.get(f"{emulator.url}/rooms", headers=auth, timeout=10).raise_for_status()
            assert emulator.changes == changes
            emulator.add_room("c")  # from this process: saved at the end
        assert {room.name for room in kept_rooms(file)} == {"a", "b", "c"}


def test_a_write_that_fails_is_reported_once_and_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = StateFile(tmp_path / "daily.json")
    real, calls, reported, saved_at_last = file.write, [], [], threading.Event()

    def write(text: bytes) -> None:
        calls.append(text)
        if len(calls) in (2, 3, 4):
            raise OSError(28, "No space left on device")
        real(text)
        if len(calls) > 4:
            saved_at_last.set()

    monkeypatch.setattr(file, "write", write)
    changes = itertools.chain([0], itertools.repeat(1))
    with file.kept(lambda: b"text", lambda: next(changes), reported.append, seconds=0.001):
        assert saved_at_last.wait(30)
    assert [error.errno for error in reported] == [28]
    assert len(calls) == 6  # at the begin, three that failed, one that did not, at the end

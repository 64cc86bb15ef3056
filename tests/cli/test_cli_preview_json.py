"""``Result.preview_json()`` of the stack runner is what ``pulumi preview --json`` of the CLI says."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest
from driver import Cli
from scenarios.model import HEAD
from scenarios.play import make_emulator
from scenarios.test_runner_matches_cli import Runner

from pulumi_daily.emulator import Emulator
from pulumi_daily.testing import StackError

BEFORE = """
daily.Room("standup", name="standup", properties={"enable_chat": True})
daily.Room("townhall", name="townhall", privacy="private", properties={"max_participants": 100})
daily.Room("legacy", name="legacy", opts=ResourceOptions(protect=True))
daily.Room("kept", name="kept", opts=ResourceOptions(retain_on_delete=True))
daily.Room("renamed", name="renamed")
daily.Room("gone", name="gone")
daily.Room("hooked", name="hooked", properties={"meeting_join_hook": "https://example.com/canary-hook"})
daily.RoomSet("classrooms", rooms={f"c-{n}": {"properties": {"max_participants": 10}} for n in range(1, 8)})
daily.MeetingToken("token", properties={"room_name": "standup"}, lifetime=3600)
"""
AFTER = """
daily.Room("standup", name="standup", properties={"enable_chat": True})
room = daily.Room("townhall", name="townhall", privacy="private", properties={"max_participants": 200, "lang": "de"})
daily.Room("retro", name="retro", properties={"exp": 1893456000})
daily.Room("legacy", name="legacy")
daily.Room("renamed", name="renamed2")
daily.Room("gone", name="gone")
daily.Room("auto", properties={"meeting_join_hook": "https://example.com/canary-new"})
daily.Room("taken", name="taken")
daily.Room("adopted", name="adopted", adopt_existing=True, properties={"enable_chat": True})
daily.Room("hooked", name="hooked", properties={"meeting_join_hook": "https://example.com/canary-other"})
rooms = {f"c-{n}": {"properties": {"max_participants": 10}} for n in range(1, 7)}
rooms["c-2"]["properties"]["max_participants"] = 30
rooms["c-new"] = {}
daily.RoomSet("classrooms", rooms=rooms)
daily.MeetingToken("token", properties={"room_name": room.url.apply(lambda url: url[-4:])}, lifetime=3600)
pulumi.log.warn("mind the gap")
"""
WRONG = """
daily.Room("bad", name="a b")
"""
NEVER_EQUAL = {"created", "modified", "sourcePosition", "stackTrace", "provider", "delete", "aliases"}


def happen(emulator: Emulator) -> None:
    """Do what somebody did on Daily meanwhile."""
    emulator.edit_room("standup", enable_chat=False)
    emulator.edit_room("c-1", max_participants=5)
    emulator.remove_room("c-3")
    emulator.remove_room("gone")
    for name in ("taken", "adopted"):
        emulator.add_room(name)


def comparable(digest: dict[str, Any]) -> dict[str, Any]:
    """Return what does not differ from run to run; steps and messages in a fixed order."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: plain(v) for k, v in value.items() if k not in NEVER_EQUAL}
        if isinstance(value, list):
            return [plain(v) for v in value]
        if isinstance(value, str):
            value = re.sub(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+Z| UTC)", "TIME", value)
            value = re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{16,}", "ID", value)
        return "TIME" if isinstance(value, int | float) and value > 1.7e9 else value

    found = plain({k: v for k, v in digest.items() if k not in ("config", "duration")})
    found["steps"] = sorted(found["steps"], key=lambda step: (step["urn"], step["op"]))
    for step in found["steps"]:
        if step["op"] == "replace":
            step["newState"].pop("outputs", None)  # the CLI has finished the other half of the replacement
    found["diagnostics"] = sorted(
        ({**item, "message": item["message"].strip()} for item in found.get("diagnostics", ())),
        key=lambda item: item["message"],
    )
    return found


def errors(digest: dict[str, Any]) -> list[Any]:
    return [item for item in comparable(digest)["diagnostics"] if item["severity"] == "error"]


def on_cli(cli: Cli, emulator: Emulator, options: Collection[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    cli.write(HEAD + BEFORE)
    assert cli.run("up").ok
    happen(emulator)
    cli.write(HEAD + AFTER)
    flags = [f"--{name}" for name in options]
    good = json.loads(cli.call("preview", "--json", *flags).stdout)
    cli.write(HEAD + WRONG)
    return good, json.loads(cli.call("preview", "--json", ok=False).stdout)


def on_runner(folder: Path, options: Collection[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    with make_emulator() as emulator:
        runner = Runner(folder, emulator.url)
        runner.write(HEAD + BEFORE)
        runner.stack.up()
        happen(emulator)
        runner.write(HEAD + AFTER)
        previewed = runner.stack.preview(refresh="refresh" in options)
        good = previewed.preview_json(show_sames="show-sames" in options)
        runner.write(HEAD + WRONG)
        with pytest.raises(StackError) as failed:
            runner.stack.preview()
        assert failed.value.result is not None
        return good, failed.value.result.preview_json()


@pytest.mark.parametrize("options", [(), ("refresh",), ("show-sames",)], ids=["plain", "refresh", "sames"])
def test_the_runner_says_what_the_cli_says(
    cli: Cli, emulator: Emulator, tmp_path: Path, options: Collection[str]
) -> None:
    folder = tmp_path / "runner"
    folder.mkdir()
    expected, failed = on_cli(cli, emulator, options)
    found, also_failed = on_runner(folder, options)
    assert comparable(json.loads(json.dumps(found))) == comparable(expected)
    assert "canary" not in json.dumps(found)
    assert errors(also_failed) == errors(failed)

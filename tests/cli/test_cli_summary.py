"""The summary of the CLI's own previews: the comment in docs/summary.md, a refresh, the stream of events, a failure."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from driver import Cli
from native_driver import NativeCli
from scenarios.model import HEAD
from scenarios.play import reset
from scenarios.pull_request import AFTER, BEFORE, change_on_daily

from pulumi_daily.cli import main
from pulumi_daily.emulator import Emulator

PAGE = Path(__file__).parents[2] / "docs" / "summary.md"


RECORDED = Path(__file__).parents[1] / "summary" / "plugin_preview.json"


def summary(text: str, *options: str) -> tuple[int, str]:
    """Return the exit status and the summary of a preview."""
    result = CliRunner().invoke(main, ["summary", *options], input=text)
    return result.exit_code, result.stdout


def test_the_comment_in_the_page(cli: Cli, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    cli.write(BEFORE)
    assert cli.run("up").ok
    clean = cli.call("preview", "--json").stdout
    assert summary(clean, "--exit-code") == (0, "### `scenarios/dev`: no changes\n")
    change_on_daily(emulator)
    assert summary(cli.call("preview", "--json").stdout, "--exit-code")[0] == 11
    cli.write(AFTER)
    [sample] = re.findall(r"```text\n(.*?)```\n", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    text = cli.call("preview", "--json", "--show-sames").stdout
    assert summary(text) == (0, sample)
    assert summary(text, "--max-deletes", "3.1%")[0] == 0
    assert summary(text, "--max-deletes", "3%")[0] == 3
    assert summary(text, "--protect-names", "leg*")[0] == 3
    assert _entries(cli.call("preview", "--json", "--refresh").stdout) == _entries(text)
    monkeypatch.setitem(cli.env, "PULUMI_ENABLE_STREAMING_JSON_PREVIEW", "true")
    assert summary(cli.call("preview", "--json").stdout) == (0, sample)


def test_the_comment_about_resources_of_the_plugin(native: NativeCli, emulator: Emulator) -> None:
    native.write(BEFORE)
    assert native.run("up").ok
    change_on_daily(emulator)
    native.write(AFTER)
    text = native.call("preview", "--json", "--show-sames").stdout
    found = json.loads(text[text.index("{") :])
    found["diagnostics"] = [one for one in found["diagnostics"] if "pulumi-resource-daily" not in one["message"]]
    for state in [one[key] for one in found["steps"] for key in ("oldState", "newState") if key in one]:
        for place in ("sourcePosition", "stackTrace"):
            state.pop(place, None)  # paths of this machine
    if os.environ.get("PULUMI_DAILY_RECORD"):
        RECORDED.write_text(json.dumps(found) + "\n", encoding="utf-8")
    [sample] = re.findall(r"```text\n(.*?)```\n", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert summary(json.dumps(found)) == (0, sample)
    assert _entries(native.call("preview", "--json", "--refresh").stdout) == _entries(text)
    native.env["PULUMI_ENABLE_STREAMING_JSON_PREVIEW"] = "true"
    assert _entries(native.call("preview", "--json").stdout) == _entries(text)


def _entries(text: str) -> list[object]:
    """Return the objects of a summary without what a refresh says in other words."""
    objects = json.loads(summary(text, "--format", "json")[1])["stacks"][0]["objects"]
    return [{key: item[key] for key in ("action", "name", "resource", "deletes", "changes")} for item in objects]


FIRST = """
daily.Room("kept", name="kept", properties={"enable_chat": True, "permissions": {"canSend": ["audio"]}})
daily.Room("changed", name="changed", properties={"enable_chat": True, "geo": "eu-central-1"})
daily.Room("renamed", name="one")
daily.Room("removed", name="removed")
daily.Room("gone", name="gone")
daily.Room("gone-and-changed", name="gone-and-changed", privacy="private")
daily.Room("left", name="left", opts=ResourceOptions(retain_on_delete=True))
daily.Room("given", name="taken")
daily.RoomSet("set", defaults={"properties": {"lang": "de", "max_participants": 5}},
    rooms={"a_b": {"privacy": "private"}, "b": {}, "c": {"properties": {"enable_chat": True}}, "d": {}, "e": {}})
daily.DomainConfig("domain", properties={"lang": "fr"})
number = daily.PhoneNumber("number", search={"region": "NY"})
daily.DialinConfig("dialin", type="pinless_dialin", phone_number=number.number,
    room_creation_api="https://example.com/hook", timeout_config={"message": pulumi.Output.secret("Nobody")})
daily.SipTrunk("trunk", trunk_name="support", description="Support", room_template={"enable_chat": True},
    notification={"webhook_url": "https://example.com/hook"},
    trunk_config={"credential": {"username": "carrier", "password": "carrier-pass-1"}})
daily.SipClient("client", username="desk.1", password="desk-pass-11")
daily.Webhook("hook", url="https://example.com/events", event_types=["meeting.started"])
daily.MeetingToken("token", properties={"room_name": "kept"}, lifetime=3600)
daily.MeetingToken("other", properties={"room_name": "kept"}, lifetime=3600)
"""
CHANGES = {
    'enable_chat": True, "geo': 'enable_chat": False, "geo',
    'name="one"': 'name="two"',
    'daily.Room("removed", name="removed")': "",
    'name="gone-and-changed", privacy="private"': 'name="gone-and-changed", privacy="public"',
    'daily.Room("left", name="left", opts=ResourceOptions(retain_on_delete=True))': "",
    'daily.Room("given"': 'daily.Room("taker"',
    ', "d": {}': ', "new": {"privacy": "private"}',
    '"lang": "de", "max_participants": 5': '"lang": "de", "max_participants": 6',
    '"fr"': '"it"',
    '"Nobody"': '"Nobody else"',
    "carrier-pass-1": "carrier-pass-2",
    "desk-pass-11": "desk-pass-22",
    '["meeting.started"]': '["meeting.started", "meeting.ended"]',
    '"token", properties={"room_name": "kept"}': '"token", properties={"room_name": "taken"}',
}
GUARDS = (
    ("--no-deletes",),
    ("--max-deletes", "1"),
    ("--max-deletes", "90%"),
    ("--protect-names", "REM*"),
    ("--protect-names", "one"),
    ("--protect-names", "d"),
    ("--exit-code",),
)


def told_by(cli: Cli, emulator: Emulator) -> list[Any]:
    """Return what the summary says of previews of all these changes, and its exit statuses with guards."""
    reset(emulator)
    cli.write(HEAD + FIRST)
    new = cli.call("preview", "--json").stdout
    assert cli.run("up").ok
    emulator.edit_room("kept", enable_chat=False, permissions={"canSend": ["video"]})
    emulator.remove_room("gone")
    emulator.remove_room("gone-and-changed")
    emulator.edit_room("b", lang="fr")
    emulator.edit_room("c", lang="fr", enable_chat=False)
    emulator.remove_room("e")
    for identity in emulator.objects("sip_trunks"):
        emulator.edit("sip_trunks", identity, description="Else")
    emulator.clock.advance(3000)
    drifted = cli.call("preview", "--json").stdout
    changed = FIRST
    for old, now in CHANGES.items():
        assert old in changed
        changed = changed.replace(old, now)
    cli.write(HEAD + changed)
    texts = [new, drifted, cli.call("preview", "--json", "--show-sames").stdout]
    return [
        [objects_of(text) for text in texts],
        [[summary(text, *guard)[0] for guard in GUARDS] for text in texts],
    ]


def objects_of(text: str) -> dict[str, Any]:
    """Return a summary without the CLI's warning about the place of the plugin."""
    assert "-pass-" not in text
    found: dict[str, Any] = json.loads(summary(text, "--format", "json")[1])["stacks"][0]
    found["warnings"] = [line for line in found["warnings"] if "pulumi-resource-daily" not in line]
    found["upWouldRefuse"] = [re.sub(r" at [0-9: -]+ UTC", "", line) for line in found["upWouldRefuse"]]
    return found


def test_resources_of_the_plugin_are_told_as_dynamic_ones(
    template: Cli, native_template: NativeCli, emulator: Emulator, tmp_path: Path
) -> None:
    dynamic, plugin = (
        told_by(one.copy_of(tmp_path / name), emulator)
        for name, one in (("dynamic", template), ("plugin", native_template))
    )
    assert plugin == dynamic
    assert plugin[1][2] == [3, 3, 0, 3, 3, 3, 10]


def test_a_failed_preview(cli: Cli) -> None:
    cli.write("raise ValueError('no')")
    status, text = summary(cli.call("preview", "--json", ok=False).stdout)
    assert status == 1
    assert "the preview failed with 1 error" in text
    assert "ValueError: no" in text
    done = cli.call("preview", "--json", "--stack", "nosuch", ok=False)
    assert summary(done.stdout)[0] == 1

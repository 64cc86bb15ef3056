"""The native plugin with the real CLI: import, a move from dynamic resources, other languages, generated SDKs."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from driver import Cli
from native_driver import NativeCli
from scenarios.model import HEAD, KEY, STACK

from pulumi_daily.emulator import Emulator

EXAMPLES = Path(__file__).parents[2] / "examples"
NODE_MODULES = "PULUMI_DAILY_NODE_MODULES"
"""The folder of node_modules with `@pulumi/pulumi` and `typescript`: no test downloads it."""


EVERY_KIND = """
room = daily.Room("room", name="mine", properties={"enable_chat": True, "max_participants": 20})
auto = daily.Room("auto", opts=ResourceOptions(protect=True))
rooms = daily.RoomSet("set", rooms={"b": {"privacy": "private"}, "c": {}}, defaults={"properties": {"lang": "de"}})
domain = daily.DomainConfig("domain", properties={"lang": "fr"})
number = daily.PhoneNumber("number", search={"region": "NY"})
dialin = daily.DialinConfig("dialin", type="pinless_dialin", phone_number=number.number,
    room_creation_api="https://example.com/hook", timeout_config={"message": "Nobody"})
trunk = daily.SipTrunk("trunk", trunk_name="support", description="Support line", room_template={"enable_chat": True},
    notification={"webhook_url": "https://example.com/hook"},
    trunk_config={"credential": {"username": "carrier", "password": "carrier-pass-1"}})
client = daily.SipClient("client", username="desk.1")
token = daily.MeetingToken("token", properties={"room_name": room.name}, lifetime=3600)
pulumi.export("url", room.url)
"""


def writes(emulator: Emulator) -> list[str]:
    return [f"{one.method} {one.path}" for one in emulator.requests if one.method != "GET"]


def test_a_stack_moves_to_the_plugin_and_daily_does_not_notice(native: NativeCli, emulator: Emulator) -> None:
    Cli.write(native, HEAD + EVERY_KIND)
    assert native.run("up").ok
    exported = native.call("stack", "export").stdout
    moved = subprocess.run(
        ["pulumi-daily", "move-to-plugin"], input=exported, env=native.env, capture_output=True, text=True, check=True
    )
    assert "9 resources converted" in moved.stderr
    path = native.folder / "moved.json"
    path.write_text(moved.stdout, encoding="utf-8")
    native.call("stack", "import", "--file", str(path))
    emulator.clear_log()
    native.write(HEAD + EVERY_KIND)
    preview = native.run("preview")
    assert (preview.ok, {op: n for op, n in preview.changes.items() if op != "same"}) == (True, {}), preview
    done = native.run("up")
    assert (done.ok, {op: n for op, n in done.changes.items() if op != "same"}) == (True, {}), done
    refreshed = native.run("refresh")
    assert (refreshed.ok, set(refreshed.changes)) == (True, {"same"}), refreshed
    assert writes(emulator) == []
    assert native.outputs_of("room")["created_at"]
    assert "carrier-pass-1" not in native.state_text()
    emulator.clock.advance(15 * 86400)
    native.call("state", "unprotect", "--all", "--yes")
    assert native.run("destroy").ok
    assert (emulator.rooms(), emulator.objects("sip_trunks")) == ({}, {})


def test_objects_are_imported_by_id(native: NativeCli, emulator: Emulator) -> None:
    emulator.seed([{"name": "mine", "privacy": "private", "properties": {"enable_chat": True, "max_participants": 5}}])
    emulator.clear_log()
    done = native.call(
        "import", "daily:index:Room", "mine", "mine", "--yes", "--protect=false", "--generate-code=false"
    )
    assert "1 imported" in done.stdout
    properties = '{"enable_chat": True, "max_participants": 5}'
    declared = f'daily.Room("mine", name="mine", privacy="private", properties={properties})'
    native.write(HEAD + declared)
    assert native.run("preview").changes == {"same": 2}
    native.call("state", "delete", f"urn:pulumi:{STACK}::{native.project}::daily:index:Room::mine")
    native.write(HEAD + declared[:-1] + ', opts=ResourceOptions(import_="mine"))')
    assert native.run("preview").changes == {"same": 1, "import": 1}
    assert native.run("up").changes == {"same": 1, "import": 1}
    assert native.run("preview").changes == {"same": 2}
    assert writes(emulator) == []


def test_a_custom_timeout_ends_a_create(native: NativeCli, emulator: Emulator) -> None:
    native.write(
        HEAD + 'daily.Room("r", name="r", opts=ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(create="2s")))'
    )
    emulator.fail("POST /rooms", 429, times=None, retry_after=60)
    report = native.run("up")
    emulator.clear_faults()
    assert not report.ok
    assert "the time-out of 2 s for this operation is over; nothing more was sent" in report.errors


def language(name: str) -> None:
    """Skip the test without the CLI's part for a language."""
    if shutil.which(f"pulumi-language-{name}") is None:
        pytest.skip(f"no pulumi-language-{name} on PATH")


def other(native: NativeCli, example: str) -> NativeCli:
    """The project of an example of another language, with the configuration of the tests."""
    project = native.folder / example
    shutil.copytree(EXAMPLES / example, project)
    native.work = project
    native.call("stack", "init", "dev")
    return native


def life(native: NativeCli, server: Emulator) -> dict[str, Any]:
    """Deploy, look again, and destroy; the outputs."""
    native.call("config", "set", "daily:apiUrl", server.url)
    native.call("config", "set", "--secret", "daily:apiKey", KEY)
    native.call("preview")
    native.call("up", "--yes", "--skip-preview")
    native.call("preview", "--expect-no-changes")
    native.call("preview", "--refresh", "--expect-no-changes")
    outputs: dict[str, Any] = json.loads(native.call("stack", "output", "--json").stdout)
    native.call("destroy", "--yes", "--skip-preview")
    assert server.rooms() == {}
    return outputs


def test_a_program_in_yaml(native: NativeCli, emulator: Emulator) -> None:
    language("yaml")
    outputs = life(other(native, "yaml"), emulator)
    assert outputs["lobbyUrl"] == "https://acme.daily.co/lobby"
    assert outputs["mathsUrl"] == "https://acme.daily.co/maths"
    assert outputs["domain"] == "acme"
    assert re.fullmatch(r"https://acme\.daily\.co/standup-dev-[0-9a-f]{10}", outputs["standupUrl"])


def test_a_program_in_typescript(native: NativeCli, emulator: Emulator) -> None:
    language("nodejs")
    modules = os.environ.get(NODE_MODULES)
    if not modules:
        pytest.skip(f"{NODE_MODULES} does not say where @pulumi/pulumi is")
    plugin = next(Path(native.env["PULUMI_HOME"]).glob("plugins/resource-daily-*/pulumi-resource-daily"))
    native.call("package", "gen-sdk", str(plugin), "--language", "nodejs", "--out", str(native.folder / "sdk"))
    project = other(native, "typescript")
    own = shutil.ignore_patterns("@pulumi-daily")
    shutil.copytree(modules, project.work / "node_modules", symlinks=True, ignore=own)
    package = project.work / "node_modules" / "@pulumi-daily" / "daily"
    shutil.copytree(native.folder / "sdk" / "nodejs", package)
    compiler = project.work / "node_modules" / "typescript" / "bin" / "tsc"
    subprocess.run(
        ["node", str(compiler), "--outDir", "bin"], cwd=package, check=True, capture_output=True, timeout=300
    )
    outputs = life(project, emulator)
    assert (outputs["seats"], outputs["townhallUrl"]) == (50, "https://acme.daily.co/townhall")
    assert outputs["hostToken"] == "[secret]"


@pytest.mark.parametrize("name", ["nodejs", "python", "go"])
def test_an_sdk_is_generated(name: str, native: NativeCli) -> None:
    language(name)
    plugin = next(Path(native.env["PULUMI_HOME"]).glob("plugins/resource-daily-*/pulumi-resource-daily"))
    native.call("package", "gen-sdk", str(plugin), "--language", name, "--out", str(native.folder / "sdk"))
    files = [path for path in (native.folder / "sdk").rglob("*.*") if path.suffix in (".ts", ".py", ".go")]
    found = "".join(path.read_text("utf-8") for path in files)
    assert {"nodejs": "maxParticipants", "python": "max_participants", "go": "MaxParticipants"}[name] in found
    schema = json.loads(native.call("package", "get-schema", str(plugin)).stdout)
    assert len(schema["resources"]) == 9

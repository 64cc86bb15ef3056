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


HOOK = 'daily.Webhook("webhook", url="https://example.com/events", event_types=["meeting.started"])'
DELETING_FIRST = """
pulumi.runtime.register_resource_transform(lambda args: pulumi.ResourceTransformResult(
    args.props, ResourceOptions.merge(args.opts, ResourceOptions(delete_before_replace=True))))
"""
"""What `pulumi up --replace` needs for objects with names: Pulumi does not ask the provider then."""
DRIFT = {
    "webhooks": {"eventTypes": ["recording.started"]},
    "dialin_configs": {"room_creation_api": "https://example.com/other"},
    "sip_trunks": {"description": "Else"},
    "phone_numbers": {},
    "sip_clients": {},
}
"""By the emulator's name of a kind: what somebody changes, of what the program says."""


def age_numbers(emulator: Emulator) -> None:
    """Numbers cannot be released before they have been there for two weeks; now they have."""
    for identity in emulator.objects("phone_numbers"):
        emulator.edit("phone_numbers", identity, created_at=emulator.clock.now() - 15 * 86400)


def test_every_kind_lives_through_everything(native: NativeCli, emulator: Emulator) -> None:
    emulator.switches.release_in_use = "allow"
    program = EVERY_KIND.replace(", opts=ResourceOptions(protect=True)", "") + HOOK
    native.write(HEAD + DELETING_FIRST + program)
    assert native.run("preview").changes == {"create": 11}
    assert writes(emulator) == []
    assert native.run("up").changes == {"create": 11}
    state = json.loads(native.call("stack", "export").stdout)["deployment"]["resources"]
    mine = [one["urn"] for one in state if one["type"].startswith("daily:")]
    assert len({urn.split("::")[2] for urn in mine}) == 9

    for collection, changes in DRIFT.items():
        for identity in emulator.objects(collection):
            emulator.edit(collection, identity, **changes)
    emulator.edit_room("mine", enable_chat=False)
    emulator.edit_room("b", lang="fr")
    emulator.backend.domain().properties["lang"] = "it"
    emulator.clear_log()
    assert native.run("preview").changes == {"same": 5, "update": 6}
    assert writes(emulator) == []
    assert native.run("up").changes == {"same": 5, "update": 6}
    assert native.run("refresh").changes == {"same": 11}

    age_numbers(emulator)
    replaced = native.run("up", options=[f"--replace={urn}" for urn in mine])
    assert (replaced.ok, replaced.changes.get("replace")) == (True, 10), replaced
    age_numbers(emulator)
    for urn in mine:
        native.call("state", "protect", urn, "--yes")
    emulator.clear_log()
    assert not native.run("destroy").ok
    assert writes(emulator) == []
    native.call("state", "unprotect", "--all", "--yes")
    assert native.run("destroy").ok
    assert (emulator.rooms(), [emulator.objects(collection) for collection in DRIFT]) == ({}, [{}] * 5)


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


EXTRA = '{"extra_properties": {"meeting_join_hook": "https://u:canary12345@h/x"}}'


def test_a_known_secret_among_the_extra_properties_is_never_in_clear(native: NativeCli, emulator: Emulator) -> None:
    native.write(f'{HEAD}daily.Room("a", name="a", **{EXTRA})\ndaily.RoomSet("set", rooms={{"b": {EXTRA}}})\n')
    seen = native.call("preview", "--diff").stdout
    assert native.run("up").changes == {"create": 3}
    seen += native.call("stack", "export").stdout + native.call("preview", "--refresh", "--diff").stdout
    assert {room["properties"]["meeting_join_hook"] for room in emulator.rooms().values()} == {
        "https://u:canary12345@h/x"
    }
    assert "canary" not in seen


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
    # A generated SDK is published from its folder bin, with the package file in it.
    shutil.copy(package / "package.json", package / "bin")
    described = json.loads((package / "package.json").read_text("utf-8"))
    (package / "package.json").write_text(json.dumps({**described, "main": "bin/index.js"}), encoding="utf-8")
    outputs = life(project, emulator)
    assert (outputs["seats"], outputs["townhallUrl"]) == (50, "https://acme.daily.co/townhall")
    assert outputs["hostToken"] == "[secret]"


WITH_SDK = """
import pulumi
import pulumi_daily_native as daily

listed = daily.Room("listed", name="listed", properties=daily.RoomPropertiesArgs(
    max_participants=5, enable_recording=["cloud", "local"],
    permissions=daily.PermissionsArgs(can_send=["audio"], can_admin=False)))
daily.RoomSet("set", rooms={"a": {"properties": {"permissions": {"can_send": ["audio"]}}}})
pulumi.export("seats", listed.properties.max_participants)
"""


def test_a_program_with_the_python_sdk(native: NativeCli, emulator: Emulator) -> None:
    language("python")
    pytest.importorskip("parver", reason="an SDK needs parver, which this package does not")
    plugin = next(Path(native.env["PULUMI_HOME"]).glob("plugins/resource-daily-*/pulumi-resource-daily"))
    native.call("package", "gen-sdk", str(plugin), "--language", "python", "--out", str(native.folder / "sdk"))
    package = native.folder / "sdk" / "python" / "pulumi_daily_native"
    shutil.copytree(package, native.work / "pulumi_daily_native")
    known = native.work / "pulumi_daily_native-0.1.0.dist-info"  # it reads its own version
    known.mkdir()
    (known / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: pulumi-daily-native\nVersion: 0.1.0\n", encoding="utf-8"
    )
    native.write(WITH_SDK)
    assert native.run("up").changes == {"create": 3}
    stored = emulator.rooms()
    assert stored["listed"]["properties"]["permissions"] == {"canSend": ["audio"], "canAdmin": False}
    assert stored["a"]["properties"]["permissions"] == {"canSend": ["audio"]}
    assert native.run("preview").changes == {"same": 3}
    assert json.loads(native.call("stack", "output", "--json").stdout) == {"seats": 5}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("nodejs", "maxParticipants"),
        ("python", "max_participants"),
        ("go", "MaxParticipants"),
        ("dotnet", "namespace PulumiDaily.Daily"),
    ],
)
def test_an_sdk_is_generated(name: str, text: str, native: NativeCli, emulator: Emulator) -> None:
    language(name)
    plugin = next(Path(native.env["PULUMI_HOME"]).glob("plugins/resource-daily-*/pulumi-resource-daily"))
    schema = json.loads(native.call("package", "get-schema", str(plugin)).stdout)
    assert len(schema["resources"]) == 9
    # The generator for C# downloads the logo; whatever answers will do.
    path = native.folder / "schema.json"
    path.write_text(json.dumps({**schema, "logoUrl": emulator.url}), encoding="utf-8")
    native.call("package", "gen-sdk", str(path), "--language", name, "--out", str(native.folder / "sdk"))
    files = [path for path in (native.folder / "sdk").rglob("*.*") if path.suffix in (".ts", ".py", ".go", ".cs")]
    assert text in "".join(path.read_text("utf-8") for path in files)

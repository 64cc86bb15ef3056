"""The program's side of a room: what reaches the engine. Pulumi's mocks stand in for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pulumi
import pytest
from pulumi.runtime import mocks, rpc

from pulumi_daily import PermissionsArgs, Provider, Room, RoomPropertiesArgs
from pulumi_daily.objects.names import room_name
from pulumi_daily.providers import RoomProvider, serialized
from pulumi_daily.resources import _base


class Recorder(mocks.Mocks):
    """Remembers what was registered; gives every resource what Daily would."""

    def __init__(self) -> None:
        self.seen: dict[str, mocks.MockResourceArgs] = {}
        self.loops: set[asyncio.AbstractEventLoop] = set()

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        self.seen[args.name] = args
        self.loops.add(asyncio.get_event_loop())  # Pulumi's mocks make one for each thread and forget it
        made = {**args.inputs, "url": f"https://acme.daily.co/{args.inputs.get('name')}", "api_created": True}
        made["config"] = {"max_participants": 10.0}
        return args.resource_id or str(args.inputs.get("name", "")), made

    def call(self, args: mocks.MockCallArgs) -> Any:
        raise AssertionError("no functions are called")


Run = Callable[[Callable[[], Any]], Recorder]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Run a program under mocks and wait for everything it registered."""
    monkeypatch.setattr(_base, "_warned", False)
    recorders: list[Recorder] = []
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)

    def run_it(program: Callable[[], Any], project: str = "shop", stack: str = "prod") -> Recorder:
        recorder = Recorder()
        recorders.append(recorder)
        pulumi.runtime.set_mocks(recorder, project=project, stack=stack, preview=False)
        pulumi.runtime.test(program)()
        return recorder

    yield run_it  # type: ignore[misc]
    for one in {loop}.union(*(recorder.loops for recorder in recorders)):
        one.close()
    asyncio.set_event_loop(None)


def inputs_of(recorder: Recorder, name: str) -> dict[str, Any]:
    found = dict(recorder.seen[name].inputs)
    assert found.pop("__provider") == serialized(RoomProvider)
    return found


def test_type_id_and_inputs_on_the_wire(run: Run):
    def program() -> None:
        Room("standup", name="standup", privacy="private", properties={"max_participants": 10, "enable_chat": True})

    recorder = run(program)
    assert recorder.seen["standup"].typ == "pulumi-python:dynamic/daily:Room"
    found = inputs_of(recorder, "standup")
    assert found == {
        "name": "standup",
        "privacy": "private",
        "properties": {"max_participants": 10.0, "enable_chat": True},
    }
    assert isinstance(found["properties"]["max_participants"], float)


def test_args_class_and_dict_are_the_same_on_the_wire(run: Run):
    def program() -> None:
        Room(
            "args",
            name="a",
            properties=RoomPropertiesArgs(
                max_participants=10,
                lang=pulumi.Output.from_input("de"),
                permissions=PermissionsArgs(canSend=["audio"], hasPresence=False),
            ),
        )
        Room(
            "dict",
            name="a",
            properties={
                "max_participants": 10,
                "lang": "de",
                "permissions": {"canSend": ["audio"], "hasPresence": False},
            },
        )

    recorder = run(program)
    assert inputs_of(recorder, "args") == inputs_of(recorder, "dict")
    assert inputs_of(recorder, "args")["properties"] == {
        "max_participants": 10.0,
        "lang": "de",
        "permissions": {"canSend": ["audio"], "hasPresence": False},
    }


def test_only_what_is_given_is_sent(run: Run):
    def program() -> None:
        Room("plain", name="a")
        Room("not-adopted", name="a", adopt_existing=False)
        Room("adopted", name="a", adopt_existing=True, extra_properties={"new": 1})

    recorder = run(program)
    assert inputs_of(recorder, "plain") == inputs_of(recorder, "not-adopted") == {"name": "a"}
    assert inputs_of(recorder, "adopted") == {"name": "a", "adopt_existing": True, "extra_properties": {"new": 1.0}}


def test_names_are_made_of_project_stack_and_resource_name(run: Run):
    def program() -> None:
        Room("standup")
        Room("retro")

    found = {}
    for project, stack in (("shop", "prod"), ("shop", "prod"), ("shop", "dev"), ("other", "prod")):
        recorder = run(program, project=project, stack=stack)  # type: ignore[call-arg]
        for name in ("standup", "retro"):
            inputs = inputs_of(recorder, name)
            assert inputs["__daily"] == {"auto_name": True}
            assert inputs["name"] == room_name(project, stack, name)
            found[inputs["name"]] = (project, stack, name)
    assert len(found) == 6
    assert room_name("shop", "prod", "standup") == "standup-prod-1ebf39616e"


def test_the_hidden_input_is_there_only_when_needed(run: Run):
    def program() -> None:
        Room("named", name="a")
        Room("ignoring", name="a", opts=pulumi.ResourceOptions(ignore_changes=["properties.lang"]))
        Room("both", opts=pulumi.ResourceOptions(ignore_changes=["privacy"]))

    recorder = run(program)
    assert "__daily" not in inputs_of(recorder, "named")
    assert inputs_of(recorder, "ignoring")["__daily"] == {"ignore_changes": ["properties.lang"]}
    assert inputs_of(recorder, "both")["__daily"] == {"auto_name": True, "ignore_changes": ["privacy"]}


def test_outputs_are_attributes_and_have_their_types(run: Run):
    seen: dict[str, Any] = {}

    def program() -> None:
        room = Room("standup", name="standup")
        for name in (
            "id",
            "name",
            "url",
            "api_created",
            "config",
            "sip_uri",
            "room_id",
            "domain",
            "domain_id",
            "created_at",
        ):
            getattr(room, name).apply(lambda value, name=name: seen.update({name: value}))

    run(program)
    assert seen["id"] == seen["name"] == "standup"
    assert seen["url"] == "https://acme.daily.co/standup"
    assert seen["api_created"] is True
    assert seen["config"] == {"max_participants": 10}
    assert seen["sip_uri"] is None
    assert set(Room.__annotations__) - {"privacy", "properties", "extra_properties"} <= set(seen)


def test_the_import_option_is_refused_with_the_two_ways_on(run: Run):
    def program() -> None:
        with pytest.raises(ValueError, match=r"adopt_existing=True, or run `pulumi-daily import --room old-room`"):
            Room("standup", name="standup", opts=pulumi.ResourceOptions(import_="old-room"))

    assert run(program).seen == {}


def test_get_reads_a_room_and_makes_no_name(run: Run):
    def program() -> None:
        room = Room.get("seen", "lobby")
        room.url.apply(lambda url: urls.append(url))

    urls: list[Any] = []
    recorder = run(program)
    assert recorder.seen["seen"].resource_id == "lobby"
    assert inputs_of(recorder, "seen") == {}
    assert urls


def test_a_second_account_is_a_provider_of_text_values(run: Run):
    def program() -> None:
        Provider(
            "eu", api_key="canary", domain="acme-eu", rate_share=0.5, request_timeout=10, offline=True, debug=False
        )
        Provider("us")

    recorder = run(program)
    eu = recorder.seen["eu"]
    assert eu.typ == "pulumi:providers:pulumi-python"
    key = eu.inputs.pop("daily:apiKey")
    assert rpc.is_rpc_secret(key)
    assert rpc.unwrap_rpc_secret(key) == "canary"
    assert eu.inputs == {
        "daily:domain": "acme-eu",
        "daily:rateShare": "0.5",
        "daily:requestTimeout": "10",
        "daily:offline": "true",
        "daily:debug": "false",
    }
    assert recorder.seen["us"].inputs == {}


@pytest.mark.parametrize("secret", [True, False])
def test_a_key_in_clear_text_is_a_warning_once(secret: bool, run: Run, monkeypatch: pytest.MonkeyPatch):
    lines: list[str] = []
    monkeypatch.setattr(pulumi, "log", SimpleNamespace(warn=lines.append))
    monkeypatch.setattr(pulumi.runtime, "get_config", lambda key: "canary-key" if key == "daily:apiKey" else None)
    monkeypatch.setattr(pulumi.runtime, "is_config_secret", lambda key: secret)

    def program() -> None:
        Room("a", name="a")
        Room("b", name="b")

    run(program)
    said = ["daily:apiKey is stored in clear text; store it with `pulumi config set --secret daily:apiKey`"]
    assert lines == ([] if secret else said)

"""The program's side of a room: what reaches the engine. Pulumi's mocks stand in for it."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pulumi
import pytest
from pulumi.runtime import mocks, rpc

from pulumi_daily import (
    DomainConfig,
    PermissionsArgs,
    Provider,
    ProviderArgs,
    Room,
    RoomPropertiesArgs,
    RoomSet,
    Webhook,
)
from pulumi_daily.api import ConfigurationError
from pulumi_daily.objects.names import room_name
from pulumi_daily.providers import RoomProvider, serialized
from pulumi_daily.resources import _base, provider
from pulumi_daily.settings import OPTIONS, read_settings


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

    def run_it(
        program: Callable[[], Any], project: str = "shop", stack: str = "prod", preview: bool = False
    ) -> Recorder:
        recorder = Recorder()
        recorders.append(recorder)
        pulumi.runtime.set_mocks(recorder, project=project, stack=stack, preview=preview)
        pulumi.runtime.test(program)()
        return recorder

    yield run_it  # type: ignore[misc]
    for one in {loop}.union(*(recorder.loops for recorder in recorders)):
        one.close()
    asyncio.set_event_loop(None)


def inputs_of(recorder: Recorder, name: str) -> dict[str, Any]:
    """Return the inputs of a room, the hidden one apart: see ``hidden_of``."""
    found = dict(recorder.seen[name].inputs)
    assert found.pop("__provider") == serialized(RoomProvider)
    found.pop("__daily", None)
    return found


def hidden_of(recorder: Recorder, name: str) -> dict[str, Any]:
    """Return the hidden input of a resource."""
    return dict(recorder.seen[name].inputs["__daily"])


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
            owner = f"{project}/{stack}::Room {name}"
            assert hidden_of(recorder, name) == {"owner": owner, "auto_name": inputs["name"]}
            assert inputs["name"] == room_name(project, stack, name)
            found[inputs["name"]] = (project, stack, name)
    assert len(found) == 6
    assert room_name("shop", "prod", "standup") == "standup-prod-1ebf39616e"


def test_the_hidden_input_says_who_a_resource_is_and_what_else_there_is_to_say(run: Run):
    def program() -> None:
        Room("named", name="a")
        Room("ignoring", name="a", opts=pulumi.ResourceOptions(ignore_changes=["properties.lang"]))
        Room("both", opts=pulumi.ResourceOptions(ignore_changes=["privacy"]))
        Room("renamed", name="b", opts=pulumi.ResourceOptions(ignore_changes=["name"]))
        RoomSet("all", rooms={})

    recorder = run(program)
    assert hidden_of(recorder, "named") == {"owner": "shop/prod::Room named"}
    assert hidden_of(recorder, "ignoring") == {
        "owner": "shop/prod::Room ignoring",
        "ignore_changes": ["properties.lang"],
    }
    assert hidden_of(recorder, "both") == {
        "owner": "shop/prod::Room both",
        "auto_name": room_name("shop", "prod", "both"),
        "ignore_changes": ["privacy"],
    }
    told = hidden_of(recorder, "all")
    others = told.pop("elsewhere")
    assert told == {"owner": "shop/prod::RoomSet all"}
    assert ["Room", "a", "Room named"] in others
    assert ["Room", "a", "Room ignoring"] in others
    assert "Room renamed" not in {owner for _, _, owner in others}
    assert any(name.startswith("both-prod-") for _, name, owner in others if owner == "Room both")


def test_a_set_knows_the_rooms_of_the_program_that_have_its_provider(run: Run):
    def program() -> None:
        RoomSet("before", rooms={"x": {}})
        RoomSet("set", rooms={"own": {}})
        Room("later", name="y")
        Room("other", name="z", opts=pulumi.ResourceOptions(provider=Provider("eu", api_key="k")))
        DomainConfig("domain", properties={"lang": "de"})

    recorder = run(program)
    others = hidden_of(recorder, "set")["elsewhere"]
    assert {tuple(each) for each in others if each[1] in "xyz"} == {
        ("Room", "x", "RoomSet before"),
        ("Room", "y", "Room later"),
    }
    assert not any(each[1] in ("own", "lang") for each in others)
    assert "elsewhere" not in hidden_of(recorder, "domain")


class Desk(pulumi.ComponentResource):
    """A component with a room of its own."""

    def __init__(self, name: str, kind: str = "my:Desk", room: str = "room", parent: Any = None) -> None:
        super().__init__(kind, name, None, pulumi.ResourceOptions(parent=parent))
        self.room = Room(room, opts=pulumi.ResourceOptions(parent=self))


def test_rooms_of_components_have_names_and_owners_of_their_own(run: Run):
    def program() -> None:
        # Pulumi tells these rooms apart by the types of their parents; here each has a name of its own to be found by.
        for kind, desk in (("my:Desk", "a"), ("my:Desk", "b"), ("my:Bench", "a")):
            Desk(desk, kind, room=f"{kind} {desk}")

    recorder = run(program)
    names = {name: inputs_of(recorder, name)["name"] for name in recorder.seen if "name" in recorder.seen[name].inputs}
    assert names == {room: room_name("shop", "prod", room, [room]) for room in ("my:Desk a", "my:Desk b", "my:Bench a")}
    for room in names:
        assert hidden_of(recorder, room) == {"owner": f"shop/prod::{room}::Room {room}", "auto_name": names[room]}
    assert len({room_name("shop", "prod", "room", parents) for parents in ([], *([room] for room in names))}) == 4


def test_all_parents_count_and_the_stack_is_none(run: Run, monkeypatch: pytest.MonkeyPatch):
    def program() -> None:
        stack = pulumi.runtime.get_root_resource()
        assert stack is not None
        # The mocks register it once in a process, on the loop of another test.
        urn = pulumi.Output.from_input("urn:pulumi:prod::shop::pulumi:pulumi:Stack::shop-prod")
        monkeypatch.setitem(vars(stack), "urn", urn)
        office = pulumi.ComponentResource("my:Office", "office")
        desk = Desk("desk", parent=office)
        Room("below", opts=pulumi.ResourceOptions(parent=desk.room))
        Room("top", opts=pulumi.ResourceOptions(parent=stack))

    recorder = run(program)
    # Of the parents above the nearest one Pulumi knows the types; its mocks know one type at most.
    assert hidden_of(recorder, "room")["owner"] == "shop/prod::my:Office::my:Desk desk::Room room"
    kind = "pulumi-python:dynamic/daily:Room"
    assert hidden_of(recorder, "below")["owner"] == f"shop/prod::my:Desk::{kind} room::Room below"
    below = room_name("shop", "prod", "below", ["my:Desk desk", f"{kind} room"])
    assert inputs_of(recorder, "below")["name"] == below
    assert hidden_of(recorder, "top")["owner"] == "shop/prod::Room top"
    assert inputs_of(recorder, "top")["name"] == room_name("shop", "prod", "top")


class Studio(Room, module="my", name="Studio"):
    """A kind of room with a type of its own."""


def test_a_type_of_ones_own_is_an_owner_of_its_own(run: Run):
    def program() -> None:
        Room("one", name="a")
        Studio("two", name="b")

    recorder = run(program)
    assert hidden_of(recorder, "one")["owner"] == "shop/prod::Room one"
    assert hidden_of(recorder, "two")["owner"] == "shop/prod::dynamic/my:Studio two"


def change(**changes: Any) -> Callable[[pulumi.ResourceTransformationArgs], pulumi.ResourceTransformationResult]:
    """Return a transformation that sets inputs and ``ignore_changes``."""

    def transformation(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult:
        opts = pulumi.ResourceOptions.merge(
            args.opts, pulumi.ResourceOptions(ignore_changes=changes.get("ignore_changes"))
        )
        own = {key: value for key, value in changes.items() if key != "ignore_changes"}
        return pulumi.ResourceTransformationResult({**args.props, **own}, opts)

    return transformation


def test_what_transformations_ignore_is_known_to_the_provider(run: Run, monkeypatch: pytest.MonkeyPatch):
    def program() -> None:
        monkeypatch.setattr(pulumi.runtime.get_root_resource(), "_transformations", [])
        pulumi.runtime.register_stack_transformation(change(ignore_changes=["privacy"]))
        own = pulumi.ResourceOptions(
            ignore_changes=["properties.lang"], transformations=[change(ignore_changes=["properties.geo"])]
        )
        one = Room("one", name="a", opts=own)
        Room("child", name="b", opts=pulumi.ResourceOptions(parent=one))
        pulumi.ComponentResource("my:Desk", "desk", None, pulumi.ResourceOptions(parent=one))

    recorder = run(program)
    assert hidden_of(recorder, "one")["ignore_changes"] == ["properties.lang", "properties.geo", "privacy"]
    # A child gets the transformations of its parent as well.
    assert hidden_of(recorder, "child")["ignore_changes"] == ["properties.geo", "privacy"]


def test_what_transformations_give_is_treated_as_if_the_program_had_given_it(run: Run):
    def program() -> None:
        hook = {"meeting_join_hook": "https://hook.example/canary", "lang": pulumi.Output.secret("de")}
        opts = pulumi.ResourceOptions(transformations=[change(name="given", properties=hook)])
        Room("one", opts=opts)

    recorder = run(program)
    inputs = inputs_of(recorder, "one")
    assert inputs["name"] == "given"
    assert rpc.is_rpc_secret(inputs["properties"])  # the mocks know secrets of a whole input only
    assert hidden_of(recorder, "one") == {"owner": "shop/prod::Room one", "secrets": ["properties.lang"]}


def test_without_pulumi_calling_our_transformation_the_options_given_count(run: Run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(_base, "_hand_over", lambda args: None)

    def program() -> None:
        Room("one", opts=pulumi.ResourceOptions(ignore_changes=["privacy"]))

    assert hidden_of(run(program), "one") == {
        "owner": "shop/prod::Room one",
        "auto_name": room_name("shop", "prod", "one"),
        "ignore_changes": ["privacy"],
    }


async def soon(value: Any) -> Any:
    return value


@pytest.mark.parametrize("preview", [False, True])
def test_the_provider_is_told_what_the_program_marked_as_secret(preview: bool, run: Run):
    def program() -> None:
        secret, plain = pulumi.Output.secret("abc"), pulumi.Output.from_input("abc")
        unknown = pulumi.Output.secret("x").apply(lambda text: text)
        odd = {"odd.key": pulumi.Output.concat("x", secret), "list": [plain, soon({"deep": secret})]}
        Room("one", name=secret.apply(str.upper), properties={"lang": plain, "permissions": {"canSend": [unknown]}})
        Room("two", name="b", properties=soon({"lang": secret}), extra_properties=odd)
        Room("three", name=plain, properties=pulumi.Output.from_input({"meeting_join_hook": "https://hook.example"}))
        first = Room("first", name="c")
        Room("four", name=pulumi.Output.secret(first.url))
        Webhook("hook", url="https://hook.example", event_types=["meeting.started"], hmac="aGk=")
        Webhook(
            "marked", url="https://hook.example", event_types=["meeting.started"], hmac=pulumi.Output.secret("aGk=")
        )

    recorder = run(program, preview=preview)  # type: ignore[call-arg]
    assert hidden_of(recorder, "one")["secrets"] == ["name", "properties.permissions.canSend[0]"]
    assert hidden_of(recorder, "two")["secrets"] == [
        "properties",
        'extra_properties["odd.key"]',
        "extra_properties.list[1]",
    ]
    # What this package marks by itself is known to the provider anyway.
    of_run = {"preview": True} if preview else {}
    assert hidden_of(recorder, "three") == {"owner": "shop/prod::Room three", **of_run}
    assert rpc.is_rpc_secret(inputs_of(recorder, "three")["properties"])
    assert hidden_of(recorder, "four")["secrets"] == ["name"]
    assert hidden_of(recorder, "hook") == {"owner": "shop/prod::Webhook hook", **of_run}
    assert hidden_of(recorder, "marked")["secrets"] == ["hmac"]


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
    assert "__daily" not in recorder.seen["seen"].inputs
    assert urls


def test_a_second_account_is_a_provider_of_text_values(run: Run):
    def program() -> None:
        Provider(
            "eu",
            api_key="canary",
            domain="acme-eu",
            rate_share=0.5,
            limits_url="redis://:canary@h",
            request_timeout=10,
            adopt_existing="as-asked",
            offline=True,
            debug=False,
        )
        Provider("us")

    recorder = run(program)
    eu = recorder.seen["eu"]
    assert eu.typ == "pulumi:providers:pulumi-python"
    for name, value in (("daily:apiKey", "canary"), ("daily:limitsUrl", "redis://:canary@h")):
        secret = eu.inputs.pop(name)
        assert rpc.is_rpc_secret(secret)
        assert rpc.unwrap_rpc_secret(secret) == value
    assert eu.inputs == {
        "__daily:name": "eu",
        "daily:domain": "acme-eu",
        "daily:rateShare": "0.5",
        "daily:requestTimeout": "10",
        "daily:adoptExisting": "as-asked",
        "daily:offline": "true",
        "daily:debug": "false",
    }
    assert recorder.seen["us"].inputs == {"__daily:name": "us"}


def test_the_options_of_a_provider_are_those_of_the_configuration():
    given = inspect.signature(ProviderArgs).parameters
    assert {provider._key(name) for name in given} == {f"daily:{option.name}" for option in OPTIONS}


@pytest.mark.parametrize("value", ["", "  "])
def test_an_empty_option_of_a_provider_is_refused_at_once(value: str, run: Run):
    def program() -> None:
        with pytest.raises(ValueError, match=r'^api_key and api_url of daily.Provider "eu" may not be empty: '):
            Provider("eu", api_key=value, api_url=value, domain="acme")

    assert run(program).seen == {}


def test_options_that_come_out_as_null_or_empty_reach_the_provider_and_are_refused(run: Run):
    def program() -> None:
        Provider("eu", api_key=pulumi.Output.secret(None), domain=soon(""), api_url=pulumi.Output.from_input(None))

    config = run(program).seen["eu"].inputs
    key = config.pop("daily:apiKey")
    assert rpc.is_rpc_secret(key)
    assert config == {"__daily:name": "eu", "daily:domain": "", "daily:apiUrl": ""}
    texts = [f'{option} of daily.Provider "eu" is empty' for option in ("api_key", "domain", "api_url")]
    with pytest.raises(ConfigurationError, match=".*; ".join(texts)):
        read_settings({**config, "daily:apiKey": rpc.unwrap_rpc_secret(key)}.get, {"DAILY_API_KEY": "production"})


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

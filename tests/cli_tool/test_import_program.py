"""The Python code that `pulumi-daily import --program` writes."""

from __future__ import annotations
import __future__

import ast
import subprocess
import sys
import types
import unicodedata
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_daily._wire import carried
from pulumi_daily.cli._import_file import named
from pulumi_daily.cli._import_layout import SET_FROM, Plan, laid_out
from pulumi_daily.cli._import_read import SPECS, Found
from pulumi_daily.cli._program import MODULES, Declared, SecondAccount, program
from pulumi_daily.cli._source import WIDTH, call, literal
from pulumi_daily.importing import LeftOut, existing
from pulumi_daily.lifecycle import Domain
from pulumi_daily.lifecycle.kinds.table import KINDS
from pulumi_daily.objects.room import ROOM
from pulumi_daily.objects.room_set import effective

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


HOSTILE = st.lists(
    st.sampled_from(
        ["\n", "\r", "\t", "\f", "\0", "\x1b[2J", "\x85", "\u2028", "\u2029", "\u202e", "\u200b", "\ufeff", "\ud83d"]
        + ['"', "'", '"""', "\\", "#", ")", "(", "{", "}", ",", "\nimport os\n", "\nos.system('x')\n#", "=", "%s"]
        + ["##[command]", "##vso[x]", "::set-output::", "ä", "😀", "daily", "token", "exp", " ", "0"]
    )
    | st.text(max_size=3),
    max_size=6,
).map("".join)
"""Text as a server could send it that means harm."""
HOSTILE_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | HOSTILE,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(HOSTILE, inner, max_size=4),
    max_leaves=12,
)
HIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""Categories of characters that act and are not seen."""
SOME = {
    "Room": ("properties", "extra_properties"),
    "DialinConfig": ("phone_number", "config"),
    "PhoneNumber": ("name",),
}
ACME = Domain("acme", "id-acme")
NOW = 1_800_000_000.0
EU = SecondAccount("eu", "acme-eu")
CALLS = {"pulumi.Config", "pulumi.ResourceOptions", "config.require_secret", "daily.Provider", "daily.untyped"}
CALLS |= {f"daily.{kind}" for kind in KINDS}


def left_out(text: str) -> st.SearchStrategy[LeftOut]:
    return st.builds(LeftOut, HOSTILE, HOSTILE) | st.builds(
        LeftOut, HOSTILE, st.just("secret"), st.tuples(st.just(text), HOSTILE, HOSTILE), st.booleans()
    )


HOSTILE_OBJECTS = st.sampled_from(sorted(SOME)).flatmap(
    lambda kind: st.builds(
        Declared,
        st.just(KINDS[kind].spec),
        HOSTILE,
        st.fixed_dictionaries(
            {"privacy": st.just("public")} if kind == "Room" else {},
            optional=dict.fromkeys(SOME[kind], st.dictionaries(HOSTILE, HOSTILE_JSON, max_size=4)),
        ),
        st.lists(left_out(SOME[kind][0]), max_size=2).map(tuple),
    )
)
Resource = tuple[str, str]


def run(modules: dict[str, str]) -> dict[Resource, dict[str, Any]]:
    """Run a program, and return the inputs of its resources by kind and name. It can call nothing but this package."""
    found: dict[Resource, dict[str, Any]] = {}

    class Daily:
        Provider = staticmethod(lambda name, /, **inputs: found.setdefault(("Provider", name), inputs))
        untyped = staticmethod(lambda value: value)

        def __getattr__(self, kind: str) -> Any:
            def declare(name: str, /, *opts: Any, **inputs: Any) -> Any:
                assert (kind, name) not in found
                found[kind, name] = {**inputs, **({"opts": opts[0]} if opts else {})}
                return types.SimpleNamespace(number=inputs.get("number"))

            return declare

    pulumi = types.SimpleNamespace(
        Config=lambda: types.SimpleNamespace(require_secret=lambda key: f"secret {key}"),
        ResourceOptions=lambda provider: f"options with {provider['domain']}",
    )
    loaded: dict[str, Any] = {"pulumi": pulumi, "pulumi_daily": Daily(), "__future__": __future__}

    def load(name: str, *others: Any) -> Any:
        if name not in loaded:
            loaded[name] = types.SimpleNamespace(**execute(modules[name]))
        return loaded[name]

    def execute(source: str) -> dict[str, Any]:
        check_calls(source)
        scope = {"__builtins__": {"__import__": load, "dict": dict, "str": str}}
        exec("from __future__ import annotations\n" + source, scope)  # noqa: S102
        return scope

    execute(modules[""])
    return found


def check_calls(source: str) -> None:
    """Raise AssertionError if a program has statements or calls that none of these programs has."""
    tree = ast.parse(source)
    allowed = ast.Import | ast.ImportFrom | ast.Assign | ast.AnnAssign | ast.For
    assert all(isinstance(node, allowed) for node in tree.body)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            assert name in CALLS or name.endswith("_ROOMS.items"), name


def laid(rooms: dict[str, dict[str, Any]], form: str = "rooms", **options: Any) -> Plan:
    """The plan for rooms with these properties, all private."""
    lives = [{"name": name, "privacy": "private", "config": config, "url": "u"} for name, config in rooms.items()]
    found = Found([existing(ROOM, carried(live), ACME, NOW) for live in lives])
    given = {"second": None, "split": False, "managed": [], **options}
    return laid_out(found, form, "rooms", ACME, **given)


def same_inputs(found: Any, wanted: Any) -> None:
    """Compare inputs, without properties that are empty."""
    assert {k: v for k, v in found.items() if v != {}} == {k: v for k, v in wanted.items() if v != {}}


@given(st.lists(HOSTILE_OBJECTS, max_size=6, unique_by=lambda one: (one.spec.kind, one.name)), st.lists(HOSTILE))
def test_nothing_that_a_server_says_is_code(objects: list[Declared], not_taken: list[str]) -> None:
    objects = [
        replace(one, inputs=carried({**({"name": one.name} if one.spec is ROOM else {}), **one.inputs}))
        for one in objects
    ]
    text = program(objects, not_taken).modules[""]
    found = run({"": text})
    assert found.keys() == {(one.spec.kind, one.name) for one in objects}
    for one in objects:
        same_inputs(found[one.spec.kind, one.name], one.inputs)
    # Nor does it look like code: a line break or a bidirectional override would show another program than Python reads.
    assert not {unicodedata.category(character) for character in set(text) - {"\n", "\u200d"}} & HIDDEN


@given(st.dictionaries(HOSTILE, HOSTILE_JSON, max_size=5))
def test_a_room_of_a_hostile_server_is_declared_as_it_is_and_nothing_else(config: dict[str, Any]) -> None:
    plan = laid({"standup": {"enable_chat": True, **config}})
    [one] = plan.objects.values()
    assert run(plan.program.modules) == {("Room", "standup"): one.inputs}


@given(JSON, st.integers(0, 90))
def test_a_literal_is_read_back_as_it_was(value: Any, indent: int) -> None:
    assert ast.literal_eval(literal(value, indent)) == value


SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "enable_chat": st.booleans(),
        "max_participants": st.integers(1, 3),
        "lang": st.sampled_from(["de", "fr", "hu"]),
        "permissions": st.sampled_from([{"canSend": ["audio", "video"]}, {"hasPresence": False}]),
        "redirect_on_meeting_exit": st.just("https://example.com/a/long/address/that/fills/the/line"),
        "new_setting": st.sampled_from([True, 1, 'a "quoted" text']),
        "sip_uri": st.just({"endpoint": "sip:x"}),
        "streaming_endpoints": st.just([{"name": "a", "type": "rtmp", "rtmp_config": {"url": "rtmp://x.example/key"}}]),
    },
)
DOMAINS = st.lists(SETTINGS, max_size=40).map(
    lambda found: {f"{'team-' if i % 2 else 'class_'}{i}": settings for i, settings in enumerate(found)}
)
"""Rooms that share settings, by name."""


@given(DOMAINS, st.sampled_from(["rooms", "set", "auto"]), st.booleans(), st.sampled_from([None, EU]))
def test_every_program_declares_the_same_rooms(
    rooms: dict[str, dict[str, Any]], form: str, split: bool, second: SecondAccount | None
) -> None:
    plan = laid(rooms, form, split=split, second=second)
    found = run(dict(plan.program.modules))
    provider = found.pop(("Provider", "eu"), None)
    assert provider == (second and {"api_key": "secret euApiKey", "domain": "acme-eu"})
    assert found.keys() == plan.objects.keys()
    for name, inputs in found.items():
        assert inputs.pop("opts", None) == (second and "options with acme-eu")
        same_inputs(inputs, plan.objects[name].inputs)
    every = {
        name: room for (kind, _), one in found.items() if kind == "RoomSet" for name, room in effective(one).items()
    }
    prefix = "eu-" if second else ""
    assert all(name.startswith(prefix) for _, name in found)
    every |= {name.removeprefix(prefix): inputs for (kind, name), inputs in found.items() if kind == "Room"}
    for name, inputs in laid(rooms).objects.items():
        same_inputs(every[name[1]], inputs.inputs)


@given(DOMAINS)
def test_auto_is_the_shorter_program(rooms: dict[str, dict[str, Any]]) -> None:
    found = {form: sum(map(len, laid(rooms, form).program.modules.values())) for form in ("rooms", "set", "auto")}
    shortest = found["rooms"] if len(rooms) < SET_FROM else min(found["rooms"], found["set"])
    assert found["auto"] == shortest


def checked(command: list[str], folder: Path, programs: dict[str, str]) -> None:
    """Run a checker on programs, each in a file."""
    for name, text in programs.items():
        (folder / f"{name or 'main'}.py").write_text(text, "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", *command, "."], cwd=folder, capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0, done.stdout + done.stderr


def examples() -> dict[str, str]:
    """Programs of every form."""
    rooms = {
        f"team-{i}": {"enable_chat": True, "lang": "de", "geo": "eu-central-1", "max_participants": i}
        for i in range(1, 9)
    }
    for number, room in enumerate(rooms.values()):
        room |= {"permissions": {"canSend": ["audio", "screenAudio"], "hasPresence": True}, "start_video_off": True}
        room |= {"lang": "hu"} if number % 3 == 0 else {}
        room |= {'new "setting"': number % 2 == 0} if number > 5 else {}
        room |= {"redirect_on_meeting_exit": "https://example.com/äöü/" + "日本" * number} if number > 4 else {}
        room |= (
            {"streaming_endpoints": [{"name": "a", "type": "rtmp", "rtmp_config": {"url": "rtmp://x.example/k"}}]}
            if number == 3
            else {}
        )
    rooms |= {f"bare-{i}": {} for i in range(4)} | {"2nd": {"lang": "it"}}
    found = {}
    for form in ("rooms", "set"):
        for second in (None, EU):
            name = f"{form}_{second.name if second else 'own'}"
            found[name] = laid(rooms, form, second=second).program.modules[""]
    return found


def test_programs_are_formatted_as_ruff_does(tmp_path: Path) -> None:
    found = examples()
    assert all('daily.untyped("hu")' in text for text in found.values())
    checked(["ruff", "format", "--isolated", "--diff"], tmp_path, found)
    checked(["ruff", "check", "--isolated"], tmp_path, found)


@pytest.mark.parametrize("count", range(1, 14))
def test_calls_have_short_lines(count: int) -> None:
    arguments = ["name", "in_eu", *(f"{'x' * n}=1" for n in range(1, count))]
    source = call("rooms[name] = daily.Room", arguments, 4)
    assert all(len(line) <= WIDTH for line in source.splitlines())
    assert ast.unparse(ast.parse(source.strip())) == f"rooms[name] = daily.Room({', '.join(arguments)})"


def test_many_similar_rooms_are_a_table() -> None:
    rooms = {
        f"team-{i}": {"enable_chat": True, "lang": "de", "geo": "eu-central-1", "max_participants": 20}
        for i in range(6)
    }
    rooms["team-3"]["max_participants"] = 8
    rooms["team-4"]["enable_screenshare"] = False
    assert (
        laid(rooms).program.modules[""]
        == """import pulumi_daily as daily

rooms: dict[str, daily.Room] = {}

TEAM_SETTINGS: daily.RoomPropertiesArgsDict = {
    "max_participants": 20,
    "enable_chat": True,
    "lang": "de",
    "geo": "eu-central-1",
}
TEAM_ROOMS: dict[str, daily.RoomPropertiesArgsDict] = {
    "team-0": {},
    "team-1": {},
    "team-2": {},
    "team-3": {"max_participants": 8},
    "team-4": {"enable_screenshare": False},
    "team-5": {},
}
for name, own in TEAM_ROOMS.items():
    rooms[name] = daily.Room(
        name, name=name, privacy="private", properties={**TEAM_SETTINGS, **own}
    )
"""
    )


def test_rooms_that_share_nothing_are_a_table_too() -> None:
    assert (
        laid({name: {} for name in "abc"}).program.modules[""]
        == """import pulumi_daily as daily

rooms: dict[str, daily.Room] = {}

PRIVATE_ROOMS = ["a", "b", "c"]
for name in PRIVATE_ROOMS:
    rooms[name] = daily.Room(name, name=name, privacy="private")
"""
    )
    text = laid({name: {"max_participants": n} for n, name in enumerate("abc", 1)}).program.modules[""]
    assert '    "b": {"max_participants": 2},\n' in text
    assert 'privacy="private", properties=own)\n' in text
    # Two rooms are no table.
    assert 'a = daily.Room(\n    "a",\n    name="a",\n' in laid({"a": {}, "b": {}}).program.modules[""]


def test_a_thousand_rooms_take_little_more_than_a_thousand_lines() -> None:
    shared = {
        "enable_chat": True,
        "lang": "de",
        "geo": "eu-central-1",
        "enable_knocking": True,
        "start_video_off": True,
    }
    rooms = {f"room-{i}": {**shared, "max_participants": i % 90 + 2} for i in range(1000)}
    for i in range(0, 1000, 7):
        rooms[f"room-{i}"] = {"enable_recording": "cloud", "enable_people_ui": True, "start_audio_off": i % 2 == 0}
    assert laid(rooms).program.modules[""].count("\n") < 1050
    assert len(laid(rooms, "set").objects) == 1


def test_variables_are_new_and_valid() -> None:
    def one(kind: str, name: str) -> Declared:
        return Declared(KINDS[kind].spec, name, {"privacy": "public"} if kind == "Room" else {})

    names = ("pulumi", "Print", "name", "config", "id", "async", "true", "rooms", "in_eu", "own")
    text = program(
        [
            one("RoomSet", "class"),
            one("SipClient", "desk.1"),
            one("SipClient", "desk-1"),
            one("PhoneNumber", "+18055550100"),
            one("Webhook", "daily"),
            one("DialinConfig", "---"),
            *(one("SipTrunk", name) for name in names),
        ],
        account=EU,
    ).modules[""]
    assigned = [node.targets[0].id for node in ast.parse(text).body if isinstance(node, ast.Assign)]  # type: ignore[attr-defined]
    assert assigned == [
        "config",
        "eu",
        "in_eu",
        "room_set_class",
        "desk_1",
        "desk_1_2",
        "phone_number_18055550100",
        "webhook_daily",
        "dialin_config",
        *(f"sip_trunk_{name.lower()}" for name in names[:6]),
        "true",
        "sip_trunk_rooms",
        "in_eu_2",
        "sip_trunk_own",
    ]


def test_a_number_of_the_program_is_referred_to() -> None:
    number, other = "+18055550100", "+18055550101"
    dialin = KINDS["DialinConfig"].spec
    objects = [
        Declared(KINDS["PhoneNumber"].spec, "hotline", {"number": number}),
        Declared(dialin, "calls", {"type": "pin_dialin", "phone_number": number}),
        Declared(dialin, "more", {"type": "pin_dialin", "phone_number": other}),
    ]
    for text in (program(objects).modules[""], program(objects, split=True).modules["daily_phone"]):
        assert "    phone_number=hotline.number,\n" in text
        assert f'    phone_number="{other}",\n' in text
        assert f'    number="{number}",\n' in text


def test_each_kind_has_a_module() -> None:
    assert set(MODULES) == {*SPECS, "RoomSet"}


def test_a_divided_program() -> None:
    objects = [
        Declared(KINDS["DomainConfig"].spec, "domain", {"properties": {"lang": "de"}}),
        Declared(KINDS["Webhook"].spec, "hook", {"url": "https://example.com"}),
    ]
    found = program(
        objects, ["a room"], account=SecondAccount("eu", "acme", "http://127.0.0.1:1/v1"), split=True
    ).modules
    assert found[""] == (
        "import daily_domain  # noqa: F401\nimport daily_webhooks  # noqa: F401\n\n# not imported: a room\n"
    )
    assert (
        found["daily_account"]
        == """import pulumi
import pulumi_daily as daily

config = pulumi.Config()

eu = daily.Provider(
    "eu",
    api_key=config.require_secret("euApiKey"),
    domain="acme",
    api_url="http://127.0.0.1:1/v1",
)

in_eu = pulumi.ResourceOptions(provider=eu)
"""
    )
    assert (
        found["daily_domain"]
        == """import pulumi_daily as daily
from daily_account import in_eu

domain = daily.DomainConfig(
    "domain",
    in_eu,
    properties={"lang": "de"},
)
"""
    )
    assert run(dict(found))["Webhook", "hook"]["url"] == "https://example.com"


@pytest.mark.parametrize(
    ("kind", "inputs", "item", "comment", "key"),
    [
        ("Webhook", {}, LeftOut("hmac", "secret", ("hmac",)), "hmac=config.require_secret(KEY),", "aBHmac"),
        (
            "Room",
            {"privacy": "public", "properties": {"lang": "de"}},
            LeftOut("streaming_endpoints", "secret", ("properties", "streaming_endpoints"), is_text=False),
            '"streaming_endpoints": config.require_secret_object(KEY),',
            "aBStreamingEndpoints",
        ),
        (
            "SipTrunk",
            {"trunk_config": {"allowed_ips": ["203.0.113.1"]}},
            LeftOut("room_template.x.y", "secret", ("room_template", "x", "y")),
            'room_template={"x": {"y": config.require_secret(KEY)}},',
            "aBY",
        ),
        (
            "RoomSet",
            {"rooms": {"one": {}}},
            LeftOut("y of one", "secret", ("rooms", "one", "properties", "y_z")),
            '"properties": {"y_z": config.require_secret(KEY)},',
            "oneYZ",
        ),
    ],
)
def test_a_secret_is_a_comment_that_becomes_code(
    kind: str, inputs: dict[str, Any], item: LeftOut, comment: str, key: str
) -> None:
    found = program([Declared(KINDS[kind].spec, "a-b", inputs, (item,))])
    code, text = comment.replace("KEY", f'"{key}"'), found.modules[""]
    assert found.secrets == (key,)
    assert f"# left out (secret): pulumi config set --secret {key}\n" in text
    assert f"# {code}\n" in text
    [inputs_then] = run({"": text.replace(f"# {code}", code).replace("_object", "")}).values()
    value: Any = inputs_then
    for part in item.path:
        value = value[part]
    assert value == f"secret {key}"


def test_other_settings_that_are_left_out_are_named() -> None:
    items = (LeftOut("sip", "Daily does not show it"),)
    hook = program([Declared(KINDS["Webhook"].spec, "hook", {"url": "https://example.com"}, items)]).modules[""]
    assert hook.endswith('    url="https://example.com",\n    # left out: sip (Daily does not show it)\n)\n')
    rooms = [Declared(ROOM, name, {"privacy": "public"}, items if name == "b" else ()) for name in "abc"]
    text = program(rooms).modules[""]
    assert '# left out of b: sip (Daily does not show it)\nPUBLIC_ROOMS = ["a", "b", "c"]\n' in text


@pytest.mark.parametrize("form", ["rooms", "set"])
def test_the_same_secret_of_many_rooms_is_one_comment(form: str) -> None:
    shared = {"meeting_join_hook": "https://example.com/canary", "enable_chat": True}
    rooms: dict[str, dict[str, Any]] = {f"team-{i}": shared for i in range(30)}
    plan = laid(rooms, form)
    text = plan.program.modules[""]
    assert "# left out (secret): meeting_join_hook of team-0, team-1, team-2, " in text.replace("    # left", "# left")
    setting = '"meeting_join_hook": config.require_secret("NAME")'
    assert (f'# "properties": {{{setting}}},\n' if form == "set" else f"# {setting},\n") in text
    assert text.count("left out") == 1
    assert all(len(line) <= WIDTH for line in text.splitlines())
    assert plan.program.secrets == ()
    assert "canary" not in text


def test_names_come_from_the_object_alone() -> None:
    spec = KINDS["DialinConfig"].spec
    lives = [
        {
            "id": f"{n}{n}{n}{n}-1234567",
            "type": "pinless_dialin",
            "config": {"room_creation_api": "https://x.example", "name_prefix": "Help: desk"},
        }
        for n in "abc"
    ]
    objects = [existing(spec, live, ACME, NOW) for live in lives]
    names = [name for _, name in named(objects)]
    assert names == ["Help-desk-aaaa-123", "Help-desk-bbbb-123", "Help-desk-cccc-123"]
    assert [name for _, name in named(objects[1:])] == names[1:]

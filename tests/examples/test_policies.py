"""The rules of examples/policies, without a CLI and without a policy server."""

from __future__ import annotations

import ast
import importlib.util
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from pulumi_daily.objects.fields import entries
from pulumi_daily.objects.kinds import SPECS
from pulumi_daily.objects.plugin_names import MODELS, Shape, shape_of, to_program

PACK = Path(__file__).resolve().parents[2] / "examples" / "policies"
NOW = 1_800_000_000.0
DAY = 86400
CANARY = "canary-4711"


@pytest.fixture(scope="module")
def rules() -> Iterator[ModuleType]:
    """The module of the rules, which is no part of a package."""
    spec = importlib.util.spec_from_file_location("policy_rules", PACK / "rules.py")
    assert spec is not None
    assert spec.loader is not None
    made = sys.modules["policy_rules"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    yield made
    del sys.modules["policy_rules"]


def test_rooms_alone_and_in_a_set(rules: ModuleType) -> None:
    room, rooms = "Room", "RoomSet"
    (one,) = rules.rooms_of(room, {"name": "a", "properties": {"exp": 5}, "extra_properties": {"x": 1}})
    assert (one.where, one.privacy, one.settings, one.complete) == ("the room", "public", {"exp": 5, "x": 1}, True)
    inputs = {
        "defaults": {"privacy": "private", "properties": {"exp": 5, "lang": "de"}},
        "rooms": {"a": {}, "b": {"privacy": "public", "properties": {"exp": 6}}, "c": None},
    }
    found = {each.name: (each.privacy, each.settings) for each in rules.rooms_of(rooms, inputs)}
    shared = {"exp": 5, "lang": "de"}
    assert found == {"a": ("private", shared), "b": ("public", {**shared, "exp": 6}), "c": ("private", shared)}
    assert [*rules.rooms_of("Webhook", inputs)] == [*rules.rooms_of("aws:s3/bucket:Bucket", inputs)] == []


FREE = {
    name
    for model in MODELS.values()
    for name, entry in entries(model).items()
    if "dict[str, typing.Any]" in str(entry.annotation)
}
"""The settings with values of any form."""


def sample(shape: Shape | None, name: str = "") -> Any:
    """A value with every setting of a structure; of lists and of maps, one element."""
    if shape is None:
        return {"ownKey": 1} if name in FREE else "x"
    if shape.fields is None:
        return [sample(shape.items)]
    return {name: sample(inner, name) for name, inner in shape.fields.items()}


@pytest.mark.parametrize("kind", SPECS)
def test_resources_of_the_plugin_have_the_names_of_daily(rules: ModuleType, kind: str) -> None:
    shape = shape_of(SPECS[kind])
    inputs = {**sample(shape), "__daily": {"secrets": ["rooms.a"]}}
    if kind == "RoomSet":
        inputs["rooms"] = {"myRoom": inputs["rooms"][0], "extraProperties": inputs["rooms"][0], "rooms": rules.UNKNOWN}
    assert rules.declared(f"{rules.PLUGIN}{kind}", to_program(shape, inputs)) == (kind, inputs)
    assert rules.declared(f"{rules.DYNAMIC}{kind}", inputs) == (kind, inputs)


def test_public_rooms(rules: ModuleType) -> None:
    def found(inputs: dict[str, Any], *names: str, kind: str = "Room") -> list[str]:
        return [text.split(":")[0] for text in rules.private_rooms(kind, inputs, [*names])]

    assert found({"name": "a"}) == found({"name": "a", "privacy": "public"}) == ["the room is public"]
    assert found({"name": "a", "privacy": "private"}) == []
    assert found({"name": "lobby-1", "privacy": "public"}, "a", "lobby-*") == []
    for value, public in (("public", 1), (True, 1), (["public"], 1), ("private", 0), (None, 0), (rules.UNKNOWN, 0)):
        assert len(found({"name": "a", "privacy": "private", "extra_properties": {"privacy": value}})) == public
    assert found({"name": "a", "extra_properties": {"privacy": "private"}}) == ["the room is public"]
    inputs = {"rooms": {"a": {"privacy": "private"}, "b": {}}}
    assert found(inputs, kind="RoomSet") == ["room 'b' is public"]
    assert found({**inputs, "__daily": {"secrets": ["rooms.a"]}}, kind="RoomSet") == ["room 2 of the set is public"]


def test_nothing_is_said_about_what_is_unknown(rules: ModuleType) -> None:
    unknown = rules.UNKNOWN
    settings = {"exp": 0, "enable_recording": "local", "meeting_join_hook": "http://x", "privacy": "public"}
    bad = {"privacy": "public", "properties": settings}
    sets = [
        {"rooms": unknown},
        {"rooms": {"a": unknown}},
        {"rooms": {"a": {"properties": unknown, "privacy": unknown}}},
        {"rooms": {"a": {"properties": {"exp": unknown, "enable_recording": unknown}, "privacy": unknown}}},
        {"defaults": unknown, "rooms": {"a": {}}},
        {"defaults": unknown, "rooms": {"a": unknown}},
        {"defaults": bad, "rooms": {"a": unknown}},
        {"defaults": bad, "rooms": {"a": {"privacy": unknown, "properties": unknown}}},
        {"defaults": bad, "rooms": {"a": {"privacy": unknown, "extra_properties": unknown}}},
        {"rooms": {"a": {"privacy": "private", "extra_properties": dict.fromkeys(settings, unknown)}}},
        {"rooms": {"a": {"privacy": "private", "extra_properties": {"exp": 5, "enable_recording": [unknown]}}}},
    ]
    for inputs in sets:
        kind = "RoomSet"
        assert [*rules.private_rooms(kind, inputs, [])] == []
        assert [*rules.expiring_rooms(kind, inputs, NOW, 1, ["*"])] == []
        assert [*rules.recordings(kind, inputs, [], False)] == []
        assert [*rules.https_only(kind, inputs)] == []
    assert [*rules.private_rooms("Room", {"name": unknown, "privacy": "public"}, ["lobby"])] == []
    assert [*rules.private_rooms("Room", {"name": unknown, "privacy": "public"}, [])]
    assert [*rules.expiring_rooms("Room", {"name": unknown}, NOW, 1, ["*"])] == []
    bucket = {"enable_recording": "cloud", "recordings_bucket": {"bucket_name": unknown}}
    assert [*rules.recordings("Room", {"properties": bucket}, ["ours"], False)] == []
    assert [*rules.https_only("Webhook", {"url": unknown})] == []
    assert [*rules.https_only("SipTrunk", {"notification": unknown, "room_template": unknown})] == []
    known = {"properties": unknown, "extra_properties": {"meeting_join_hook": "http://x"}}
    for kind in ("Room", "DomainConfig"):
        assert len([*rules.https_only(kind, known)]) == 1


@pytest.mark.parametrize(
    ("stack", "tags", "production"),
    [
        ("prod", {}, True),
        ("eu-prod", {}, True),
        ("dev", {}, False),
        ("dev", {"environment": "production"}, True),
        ("dev", {"environment": "test"}, False),
    ],
)
def test_production(rules: ModuleType, stack: str, tags: dict[str, str], production: bool) -> None:
    assert rules.is_production(stack, tags, ["prod", "*-prod"], "environment=production") is production
    assert not rules.is_production("dev", {"": ""}, [], "")


def test_expiry(rules: ModuleType) -> None:
    def found(exp: Any, name: str = "a") -> list[str]:
        inputs = {"name": name, "properties": {} if exp is None else {"exp": exp}}
        return [*rules.expiring_rooms("Room", inputs, NOW, 30, ["a*"])]

    assert found(None) == ["the room never expires: set properties.exp to a time within 30 days"]
    assert found(NOW + 30 * DAY) == []
    assert found(NOW + 31 * DAY) == ["the room expires in 31 days, more than 30"]
    assert found(None, "b") == []


@pytest.mark.parametrize("place", ["properties", "extra_properties"])
@pytest.mark.parametrize("exp", ["4102444800", "", True, False, 0, -1, math.nan, math.inf, -math.inf, [], {"at": 1}])
def test_an_expiry_that_is_not_a_time(rules: ModuleType, exp: Any, place: str) -> None:
    (text,) = rules.expiring_rooms("Room", {"name": "a", place: {"exp": exp}}, NOW, 30, ["*"])
    assert text.startswith("the room has an exp that is not a time")
    assert "4102444800" not in text
    inputs = {"defaults": {place: {"exp": exp}}, "rooms": {"a": {}, "b": {"properties": {"exp": NOW}}}}
    (text,) = rules.expiring_rooms("RoomSet", inputs, NOW, 30, ["*"])
    assert text.startswith("room 'a' has an exp that is not a time")


def test_recordings(rules: ModuleType) -> None:
    def found(settings: dict[str, Any], kind: str = "Room", domain_bucket: bool = False) -> str:
        inputs = {"name": "a", "properties": settings}
        return " ".join(rules.recordings(kind, inputs, ["ours"], domain_bucket))

    ours, theirs = {"bucket_name": "ours"}, {"bucket_name": CANARY}
    for off in ({}, {"enable_recording": False}, {"enable_recording": ""}, {"enable_recording": []}):
        assert found(off) == ""
    assert "not stored in our bucket" in found({"enable_recording": "cloud"})
    assert found({"enable_recording": "cloud"}, domain_bucket=True) == ""
    assert found({"enable_recording": ["cloud", "raw-tracks"], "recordings_bucket": ours}) == ""
    assert "computers of participants" in found({"enable_recording": ["cloud", "local"], "recordings_bucket": ours})
    assert "a bucket that is not in buckets" in found({"recordings_bucket": theirs})
    assert CANARY not in found({"recordings_bucket": theirs})
    assert found({"enable_recording": "cloud"}, "DomainConfig", True).startswith("the domain allows")
    assert found({"enable_recording": "cloud"}, "MeetingToken").startswith("the token allows")
    assert found({"enable_recording": "cloud"}, "Webhook") == ""
    extra: dict[str, Any] = {"extra_properties": {"recordings_bucket": theirs}}
    assert [*rules.recordings("DomainConfig", extra, ["ours"], False)]
    trunk = "SipTrunk"
    (text,) = rules.recordings(trunk, {"room_template": {"enable_recording": "cloud"}}, ["ours"], False)
    assert text.startswith("a room of the trunk allows")
    assert [*rules.recordings(trunk, {"room_template": rules.UNKNOWN}, ["ours"], False)] == []


def test_recordings_in_any_form(rules: ModuleType) -> None:
    def found(kind: str, recording: Any, bucket: Any, domain_bucket: bool = False) -> str:
        inputs = {"extra_properties": {"enable_recording": recording, "recordings_bucket": bucket}}
        (text,) = rules.recordings(kind, inputs, ["ours"], domain_bucket)
        return str(text)

    buckets: list[Any] = [5, True, ["ours"], {"bucket_name": 5}, CANARY]
    for kind in ("Room", "DomainConfig"):
        for bucket in buckets:
            assert found(kind, "cloud", bucket, True).endswith("records to a bucket that is not in buckets")
    recordings: list[Any] = ["cloud", True, 1, ["cloud"], {"kind": "cloud"}]
    for recording in recordings:
        for bucket in (None, "", False, {}):
            assert "not stored in our bucket" in found("DomainConfig", recording, bucket)
    recordings = ["local", "Local", "cloud,local", [["local"]], {"local": True}, {"kinds": ["local"]}]
    for recording in recordings:
        assert "computers of participants" in found("Room", recording, {"bucket_name": "ours"})
    for place in ("properties", "extra_properties"):  # without a value, Daily gets that of the defaults
        room = {place: {"enable_recording": None}}
        inputs = {"defaults": {"properties": {"enable_recording": "cloud"}}, "rooms": {"a": room}}
        assert [*rules.recordings("RoomSet", inputs, ["ours"], False)]


def test_addresses(rules: ModuleType) -> None:
    plain, encrypted = f"http://{CANARY}", "https://hooks.example.com"
    for kind, path in rules.URLS.items():
        for url, wrong in ((plain, 1), (encrypted, 0), ("HTTPS://hooks.example.com", 0), ("", 0), (None, 0)):
            inputs: Any = url
            for key in reversed(path):
                inputs = {key: inputs}
            texts = [*rules.https_only(kind, inputs)]
            assert len(texts) == wrong
            assert CANARY not in " ".join(texts)
        assert [*rules.https_only(kind, {})] == []
    assert [*rules.https_only("aws:sns/topic:Topic", {"url": plain})] == []


BAD_URLS = (f"http://{CANARY}", CANARY, f" https://{CANARY}", True, 5, [f"http://{CANARY}"], {"url": CANARY})


@pytest.mark.parametrize("url", BAD_URLS, ids=repr)
@pytest.mark.parametrize("place", ["properties", "extra_properties"])
def test_addresses_among_the_settings(rules: ModuleType, place: str, url: Any) -> None:
    def found(kind: str, inputs: dict[str, Any]) -> list[str]:
        texts = [*rules.https_only(kind, inputs)]
        assert CANARY not in " ".join(texts)
        return texts

    wrong = "has a meeting_join_hook that does not begin with https://"
    for hook, texts in ((url, [wrong]), ("https://hooks.example.com", []), ("", []), (None, []), (rules.UNKNOWN, [])):
        given = {place: {"meeting_join_hook": hook}}
        assert found("Room", given) == [f"the room {text}" for text in texts]
        assert found("DomainConfig", given) == [f"the domain {text}" for text in texts]
        assert found("RoomSet", {"rooms": {"a": given, "b": {}}}) == [f"room 'a' {text}" for text in texts]
        assert found("RoomSet", {"defaults": given, "rooms": {"a": {}}}) == [f"room 'a' {text}" for text in texts]
        template = {"room_template": given[place]}
        assert found("SipTrunk", template) == [f"a room of the trunk {text}" for text in texts]
        dialin = {place: {"pinless_dialin": [{}, {"room_creation_api": hook}]}}
        assert len(found("DomainConfig", dialin)) == len(texts)
    own = {"properties": {"meeting_join_hook": "https://hooks.example.com"}}
    assert found("RoomSet", {"defaults": {place: {"meeting_join_hook": url}}, "rooms": {"a": own}}) == []


def test_the_pack_names_every_rule(rules: ModuleType) -> None:
    source = (PACK / "__main__.py").read_text(encoding="utf-8")
    used = {
        node.attr
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "rules"
    }
    tree = ast.parse((PACK / "rules.py").read_text(encoding="utf-8"))
    written = {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name[0] != "_"}
    assert written - {"rooms_of"} <= used

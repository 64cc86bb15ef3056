"""What happens to each object: the entries of single objects and of the rooms of a set."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from preview_texts import DYNAMIC, PLUGIN, UNKNOWN, other, preview, step, summary, told, warning

from pulumi_daily.objects.values import ABSENT
from pulumi_daily.objects.values import UNKNOWN as NOT_KNOWN
from pulumi_daily.providers import HIDDEN_INPUT
from pulumi_daily.summary import PreviewError, Report, Summary, read, summarize, to_json, to_markdown, to_text
from pulumi_daily.summary._model import SECRET

TEN, THIRTY = {"properties": {"max_participants": 10}}, {"properties": {"max_participants": 30}}
DIFFERS = "is false on Daily, the program says true"


def test_a_clean_preview() -> None:
    found = summary(step("same", "Room", "a", {"name": "a"}, {"name": "a"}), step("read", "Room", "b", new={}), same=5)
    assert (found.headline, found.status, found.entries) == ("no changes", "clean", ())
    assert (found.managed, found.unlisted) == (1, 3)


def test_created_deleted_and_let_go() -> None:
    found = summary(
        step("create", "Room", "new", new={"name": "Neu"}),
        step("delete", "Room", "old", {"name": "alt"}),
        step("delete", "Room", "kept", {"name": "kept"}, retainOnDelete=True),
        step("delete", "MeetingToken", "token", {"properties": {"room_name": "x"}}),
        step("delete", "DomainConfig", "here", {"properties": {"lang": "de"}, "on_destroy": "keep"}),
        step("delete", "DomainConfig", "there", {"properties": {"lang": "de"}}, outputs={"domain": "acme"}),
        step("create", "RoomSet", "set", new={"rooms": {"c-10": {}, "c-2": {}}}),
    )
    assert told(found) == [
        ("delete", "domain acme"),
        ("delete", "room alt"),
        ("create", "room c-2"),
        ("create", "room c-10"),
        ("create", "room Neu"),
        ("let go", "domain here"),
        ("let go", "meeting token token"),
        ("let go", "room kept"),
    ]
    assert [entry.name for entry in found.entries if entry.removes] == ["acme", "alt"]
    assert found.headline == "3 objects to create, 3 to let go, 2 to delete"
    assert found.status == "changes"


def test_the_leaves_of_a_change() -> None:
    old = {"name": "a", "privacy": "public", "properties": {"lang": "de", "permissions": {"canSend": ["audio"]}}}
    new = {
        "name": "a",
        "properties": {"permissions": {"canSend": ["audio", "video"], "hasPresence": UNKNOWN}, "exp": 1},
    }
    for diff in (None, ["privacy", "properties", "__daily", "drift"]):
        assert told(summary(step("update", "Room", "a", old, new, diff))) == [
            (
                "change",
                "room a",
                ("privacy", "public", ABSENT),
                ("exp", ABSENT, 1),
                ("lang", "de", ABSENT),
                ("permissions.canSend", ["audio"], ["audio", "video"]),
                ("permissions.hasPresence", ABSENT, NOT_KNOWN),
            )
        ]


def test_a_secret_that_changes_is_listed_without_its_values() -> None:
    room = {"name": "a", "properties": {"meeting_join_hook": "[secret]"}}
    found = summary(step("update", "Room", "a", room, room, ["properties.meeting_join_hook", "properties.exp", ""]))
    assert told(found) == [("change", "room a", ("meeting_join_hook", "[secret]", "[secret]"))]


def test_a_change_that_lists_nothing() -> None:
    assert told(summary(step("update", "Room", "a", {"name": "a"}, {"name": "a"}, []))) == [("change", "room a")]


def test_rooms_of_a_set() -> None:
    old = {"rooms": {"a": TEN, "b": TEN, "c": TEN, "password": TEN}, "defaults": {"privacy": "public"}}
    new = {"rooms": {"a": THIRTY, "c": TEN, "d": {}, "password": TEN}, "defaults": {"privacy": "private"}}
    diff = ['rooms["a"].properties.max_participants', 'rooms["b"]', "rooms.d", "defaults.privacy"]
    for paths in (diff, None, ["rooms", "defaults"]):
        found = summary(step("update", "RoomSet", "set", old, new, paths))
        assert told(found) == [
            ("delete", "room b"),
            ("change", "room a", ("max_participants", 10, 30)),
            ("change", "room set set", ("defaults.privacy", "public", "private")),
            ("create", "room d"),
        ]
        assert found.managed == 4


def test_drift() -> None:
    single = {"name": "a", "properties": {"enable_chat": True, "lang": "de"}}
    note: dict[str, Any] = {
        "enable_chat": f"{DIFFERS} (again)",
        "basicAuth": "has another value on Daily",
        "x": "is 1 on Daily; y",
    }
    found = summary(step("update", "Room", "a", single, {**single, "drift": note}, ["drift"]))
    assert told(found) == [
        (
            "drift",
            "room a",
            ("enable_chat", "false", "true"),
            ("basicAuth", "has another value on Daily", ABSENT),
            ("x", "1", "y"),
        )
    ]
    assert (found.status, found.headline) == ("drift", "1 room changed outside Pulumi")


def test_drift_and_change_of_a_set() -> None:
    rooms = {"a": TEN, "b": TEN, "c": TEN, "d": TEN}
    note = {"a": {"lang": DIFFERS}, "b": "gone from Daily (again)", "c": "expired", "d": {}}
    new = {"rooms": {**rooms, "a": THIRTY}, "drift": note}
    found = summary(
        step("update", "RoomSet", "set", {"rooms": rooms}, new, ["drift", 'rooms["a"].properties.max_participants'])
    )
    assert told(found) == [
        ("drift", "room a", ("lang", "false", "true")),
        ("drift", "room b", ("", "gone from Daily", ABSENT)),
        ("drift", "room c", ("", "expired", ABSENT)),
        ("change", "room a", ("max_participants", 10, 30)),
    ]
    assert found.headline == "3 rooms changed outside Pulumi, 1 to change"


def test_replaced() -> None:
    kept = step("replace", "Room", "c", {"name": "c"}, {"name": "d"}, ["name"], ["name"], retainOnDelete=True)
    kept["newState"]["retainOnDelete"] = True
    found = summary(
        step("replace", "Room", "a", {"name": "a"}, {"name": "b"}, ["name"], ["name"]),
        kept,
        step("replace", "MeetingToken", "t", {}, {"drift": "expired"}, ["drift"], ["properties"]),
        step("replace", "RoomSet", "set", {"rooms": {"e": {}}}, {"rooms": {"e": {}}}, ["__provider"], ["__provider"]),
        step("replace", "Room", "f", {"name": "f"}, {"name": "f", "drift": "gone from Daily"}, ["drift"], ["name"]),
        step("replace", "Room", "g", {"name": "g"}, {"name": "h", "drift": "gone from Daily"}, ["name"], ["name"]),
        step(
            "replace",
            "Webhook",
            "w",
            {"url": "x"},
            {"url": "x", "drift": "gone from Daily, or its url was changed there"},
        ),
    )
    assert [(entry.action, entry.old_name, entry.name, entry.removes, entry.reason) for entry in found.entries] == [
        ("replace", "t", "t", False, "expired"),
        ("replace", "a", "b", True, "name cannot be changed in place"),
        ("replace", "c", "d", False, "name cannot be changed in place; the old one stays: retain_on_delete"),
        ("replace", "e", "e", True, "provider cannot be changed in place"),
        ("replace", "g", "h", False, "gone from Daily"),
        ("drift", "", "f", False, ""),
        ("drift", "", "h", False, ""),
        ("drift", "", "x", False, ""),
    ]


def test_a_refresh_of_the_same_preview_shows_drift() -> None:
    before, live = {"name": "a", "properties": {"lang": "de"}}, {"name": "a", "properties": {"lang": "en"}}
    rooms = {"rooms": {"x": TEN, "y": TEN}}
    found = summary(
        step("refresh", "Room", "a", before, before),
        step("refresh", "Room", "gone", {"name": "gone"}, {"name": "gone"}),
        step("refresh", "RoomSet", "set", rooms, rooms),
        step(
            "update", "Room", "a", live, {"name": "a", "privacy": "private", **before}, ["properties.lang", "privacy"]
        ),
        step("create", "Room", "gone", new={"name": "gone"}),
        step("update", "RoomSet", "set", {"rooms": {"x": THIRTY}}, rooms, ["rooms"]),
    )
    assert told(found) == [
        ("drift", "room a", ("lang", "en", "de")),
        ("drift", "room gone", ("", "gone from Daily", ABSENT)),
        ("drift", "room x", ("max_participants", 30, 10)),
        ("drift", "room y", ("", "gone from Daily", ABSENT)),
        ("change", "room a", ("privacy", ABSENT, "private")),
    ]


def test_moved() -> None:
    found = summary(
        step("delete", "Room", "a", {"name": "x"}),
        step("update", "RoomSet", "set", {"rooms": {"y": {}}}, {"rooms": {"x": {}}}, ["rooms"]),
        step("create", "Room", "b", new={"name": "y"}),
        step("replace", "Room", "c", {"name": "p"}, {"name": "q"}, ["name"], ["name"]),
        step("create", "Room", "d", new={"name": "p"}),
        said=[warning('room "x" moves from "a" to "set" (RoomSet)')],
    )
    first = "; the set may delete it first, unless it has retain_on_delete"
    assert [(entry.action, entry.name, entry.reason, entry.removes) for entry in found.entries] == [
        ("replace", "q", "name cannot be changed in place", True),
        ("move", "p", "from c to d", False),
        ("move", "x", "from a to set (RoomSet)", False),
        ("move", "y", f"from set (RoomSet) to b{first}", True),
    ]
    assert found.warnings == ()
    foreign = step("create", "Room", "b", new={"name": "x"})
    foreign["newState"]["provider"] = "another"
    assert {entry.action for entry in summary(step("delete", "Room", "a", {"name": "x"}), foreign).entries} == {
        "delete",
        "create",
    }


def test_another_spelling_is_no_move() -> None:
    found = summary(step("update", "RoomSet", "set", {"rooms": {"y": {}}}, {"rooms": {"Y": {}}}, ["rooms"]))
    assert [entry.action for entry in found.entries] == ["delete", "create"]
    found = summary(step("delete", "Room", "a", {"name": "X"}), step("create", "Room", "b", new={"name": "x"}))
    assert [entry.action for entry in found.entries] == ["delete", "create"]


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("after", [True, False])
def test_a_set_keeps_rooms_that_leave_it_if_it_says_so_now(before: bool, after: bool) -> None:
    """The option in the state is that of the last `up`, or comes from a component, which the provider does not see."""
    left = step("update", "RoomSet", "set", {"rooms": {"a": {}}}, {"rooms": {}}, ["rooms"], retainOnDelete=before)
    left["newState"] |= {"retainOnDelete": True}
    left["newState"]["inputs"][HIDDEN_INPUT] = {"owner": "x"} | ({"retain": True} if after else {})
    taken = step("create", "Room", "b", new={"name": "a"})
    assert [(one.action, one.removes) for one in summary(left).entries] == [
        ("let go" if after else "delete", not after)
    ]
    assert [(one.action, one.removes) for one in summary(left, taken).entries] == [("move", not after)]


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("after", [True, False])
def test_a_replacement_keeps_the_old_object_if_both_states_say_so(before: bool, after: bool) -> None:
    changed = step("replace", "Room", "r", {"name": "a"}, {"name": "b"}, ["name"], ["name"], retainOnDelete=before)
    changed["newState"]["retainOnDelete"] = after
    assert [one.removes for one in summary(changed).entries] == [not (before and after)]


def test_what_changes_inside_a_secret_is_a_row() -> None:
    endpoint = [{"name": "x", "type": "rtmp", "rtmp_config": {"url": "rtmp://canary"}}]
    before, after = {"name": "a", "properties": {"streaming_endpoints": endpoint}}, {"name": "a"}
    after["properties"] = {"streaming_endpoints": [{**endpoint[0], "rtmp_config": {"url": "rtmp://other"}}]}
    path = "properties.streaming_endpoints[0].rtmp_config.url"
    shown = ("change", "room a", ("streaming_endpoints[0].rtmp_config.url", SECRET, SECRET))
    assert told(summary(step("update", "Room", "a", before, after, [path]))) == [shown]
    hidden = {"name": "a", "properties": SECRET}
    assert told(summary(step("update", "Room", "a", hidden, hidden, [path]))) == [shown]


def with_keys(text: str, **more: Any) -> Summary:
    return summarize(read(json.dumps({**json.loads(text), **more})))


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"changeSummary": {"delete": 2}}, "it counts 2 resources to delete, and lists 1"),
        ({"changeSummary": {"replace": 1}}, "it counts 1 resources to replace, and lists 0"),
        ({"steps": None}, "lists no resources"),
        ({"maybeCorrupt": True}, "maybeCorrupt"),
    ],
)
def test_a_preview_with_gaps_has_failed(more: dict[str, Any], reason: str) -> None:
    text = preview(step("delete", "Room", "a", {"name": "x"}))
    assert with_keys(text, changeSummary={"delete": 1}).status == "changes"
    found = with_keys(text, **more)
    assert found.status == "failed"
    assert any(reason in error for error in found.errors)
    own = [{"severity": "error", "message": "error: a"}]
    if "maybeCorrupt" not in more:
        assert with_keys(text, diagnostics=own, **more).errors == ("a",)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5) | st.just(UNKNOWN),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["rooms", "defaults", "properties", "name", "drift", "x"]), inner, max_size=3)
    ),
    max_leaves=8,
)
INPUTS = st.dictionaries(st.sampled_from(["rooms", "defaults", "properties", "name", "drift", "url", "lifetime"]), JSON)
KIND = st.sampled_from(["Room", "RoomSet", "Webhook", "DomainConfig", "MeetingToken", "SipClient", "PhoneNumber"])
PATHS = st.lists(
    st.sampled_from(["rooms", "rooms.a", "rooms[", "properties.x", "drift", "name", "", "a[0]"]), max_size=2
)
TYPES = st.sampled_from([DYNAMIC, PLUGIN])
OPS = st.sampled_from(["create", "update", "replace", "delete", "refresh", "same"])


@settings(max_examples=30)
@given(st.lists(st.tuples(OPS, KIND, INPUTS, INPUTS, st.none() | PATHS, INPUTS, TYPES, PATHS), max_size=3))
def test_whatever_the_values_are_there_is_a_summary(steps: list[tuple[Any, ...]]) -> None:
    made = [
        step(op, kind, "a", old, new, diff, outputs=outputs, types=types, outside=outside)
        for op, kind, old, new, diff, outputs, types, outside in steps
    ]
    lines = ('room "a": x is 1 on Daily, the program says 2', 'room "a" is gone from Daily; it will be made again')
    said = [warning(line, f"{one[1]}::a") for one in steps for line in lines]
    found = Report(summary(*made, said=said))
    assert all(render([found]) for render in (to_json, to_markdown, to_text))


def test_other_packages_and_imports() -> None:
    found = summary(
        other("create", "aws:s3/bucket:Bucket", "b"),
        other("update", "aws:s3/bucket:Bucket", "c"),
        other("same", "aws:s3/bucket:Bucket", "d"),
        other("create", "pulumi-python:dynamic/daily:Unheard", "e"),
        step("import", "Room", "a", new={"name": "a"}),
    )
    assert found.others == (("change", 1), ("create", 2))
    assert told(found) == [("take over", "room a")]
    assert (summary(other("delete", "x:y:Z", "d")).status, summary(other("delete", "x:y:Z", "d")).headline) == (
        "changes",
        "nothing of Daily changes",
    )


@pytest.mark.parametrize(
    "wrong",
    [
        step("explode", "Room", "a", {}, {}),
        step("create", "Room", "a", {}),
        step("update", "Room", "a", {}),
        step("delete", "Room", "a", new={}),
    ],
)
def test_steps_of_an_unknown_form_are_errors(wrong: dict[str, Any]) -> None:
    with pytest.raises(PreviewError, match="unknown form"):
        summary(wrong)


@pytest.mark.parametrize(
    ("kind", "old", "more", "name"),
    [
        ("SipTrunk", {"trunk_name": "t"}, {}, "t"),
        ("Webhook", {"url": "https://example.com"}, {}, "https://example.com"),
        ("Webhook", {"url": UNKNOWN}, {}, "res"),
        ("PhoneNumber", {"region": "x"}, {"outputs": {"number": "+1"}}, "+1"),
        ("SipClient", {"username": "u"}, {}, "u"),
    ],
)
def test_names(kind: str, old: dict[str, Any], more: dict[str, Any], name: str) -> None:
    assert summary(step("delete", kind, "res", old, **more)).entries[0].name == name


def test_secrets_in_clear_are_masked_everywhere() -> None:
    canary = "https://example.com/canary"
    old = {
        "name": "a",
        "properties": {"meeting_join_hook": canary, "streaming_endpoints": [{"endpoint": "rtmp://h/canary"}]},
    }
    new = {
        "name": "a",
        "properties": {"meeting_join_hook": canary + "2"},
        "drift": {"lang": f"is {canary}2 on Daily; x"},
    }
    found = summary(
        step("update", "Room", "a", old, new, ["properties"]),
        step(
            "create",
            "RoomSet",
            "set",
            new={"rooms": {"b": {"properties": {"meeting_join_hook": "canary-3"}}, "c": UNKNOWN}},
        ),
        step("delete", "MeetingToken", "t", {}, outputs={"token": ["canary-4"]}),
        said=[warning(f"odd: {canary}"), warning("more: canary-3 canary-4 rtmp://h/canary")],
    )
    for render in (to_json, to_markdown, to_text):
        text = render([Report(found)])
        assert "canary" not in text
        assert "[secret]" in text

"""Resources of the native plugin: their steps are read as those of dynamic resources."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import preview_texts
import pytest
from preview_texts import PLUGIN, UNKNOWN, other, preview, summary, told, warning
from test_summary_scenario import sample

from pulumi_daily.objects.values import ABSENT
from pulumi_daily.objects.values import UNKNOWN as NOT_KNOWN
from pulumi_daily.summary import Guards, Report, check, read, summarize, to_json, to_markdown
from pulumi_daily.summary._model import SECRET

step = partial(preview_texts.step, types=PLUGIN)
RECORDED = Path(__file__).parent / "plugin_preview.json"
AGAIN = "it will be made again (if it is protected, run `pulumi refresh` first)"


def test_the_comment_in_the_page_from_a_recorded_preview() -> None:
    """The CLI's own preview of the plugin; the dynamic resources of the same program have the same comment."""
    found = summarize(read(RECORDED.read_text(encoding="utf-8")))
    assert to_markdown([Report(found)]) == sample()
    assert [len(check(found, guards)) for guards in (Guards(no_deletes=True), Guards(protected=("leg*",)))] == [1, 1]
    assert check(found, Guards(max_deletes=1)) == ()


def test_names_of_settings_are_those_of_daily() -> None:
    old = {
        "rooms": {"my_room": {"properties": {"enableChat": True}}, "aB": {}},
        "defaults": {"extraProperties": {"aB": 1}},
    }
    new = {"rooms": {"my_room": {"properties": {"enableChat": False}}}, "defaults": {"extraProperties": {"aB": 2}}}
    diff = ["rooms.my_room.properties.enableChat", "rooms.aB", "defaults.extraProperties.aB"]
    found = summary(step("update", "RoomSet", "s", old, new, diff))
    assert told(found) == [
        ("delete", "room aB"),
        ("change", "room my_room", ("enable_chat", True, False)),
        ("change", "room set s", ("defaults.extra_properties.aB", 1, 2)),
    ]
    [text] = check(found, Guards(max_deletes=0))
    assert "room aB" in text
    [text] = check(found, Guards(protected=("AB",)))
    assert "room aB" in text
    assert (found.managed, found.others) == (2, ())


def test_without_a_diff_the_inputs_are_compared() -> None:
    found = summary(step("update", "Room", "a", {"name": "a", "properties": {"enableChat": True}}, {"name": "a"}))
    assert told(found) == [("change", "room a", ("enable_chat", True, ABSENT))]


def test_secrets_are_masked_under_the_names_of_the_plugin() -> None:
    old = {"trunkName": "t", "trunkConfig": {"credential": {"username": "u", "password": "pass-4711"}}}
    new = {"trunkName": "t", "trunkConfig": {"credential": {"username": "u", "password": "pass-4712"}}}
    path = "trunkConfig.credential.password"
    said = [warning("odd: pass-4711, pass-4712, basic-4713", "SipTrunk::t")]
    hook = step("delete", "Webhook", "h", {"url": "https://x"}, outputs={"hmac": "basic-4713"})
    found = summary(step("update", "SipTrunk", "t", old, new, [path]), hook, said=said)
    assert ("change", "SIP trunk t", ("trunk_config.credential.password", SECRET, SECRET)) in told(found)
    assert found.warnings == ("odd: [secret], [secret], [secret]",)
    assert "471" not in to_json([Report(found)])


def test_drift_has_the_values_of_the_lines_about_it() -> None:
    a = {"name": "a", "properties": {"enableChat": True, "lang": "de"}}
    hook = {"url": "https://x"}
    found = summary(
        step("update", "Room", "a", a, {**a, "privacy": "public"}, ["privacy"], outside=["properties.enableChat"]),
        step("update", "Webhook", "h", hook, hook, outside=["state"], id="id-1"),
        step("same", "Room", "b", {"name": "b"}, {"name": "b"}),
        said=[
            warning('room "a": enable_chat is false on Daily, the program says true', "Room::a"),
            warning('webhook "id-1": state is "FAILED" on Daily; the next update repairs it', "Webhook::h"),
            warning("something else", "Room::a"),
        ],
    )
    assert told(found) == [
        ("drift", "room a", ("enable_chat", "false", "true")),
        ("drift", "webhook https://x", ("state", '"FAILED"', "the next update repairs it")),
        ("change", "room a", ("privacy", ABSENT, "public")),
    ]
    assert found.warnings == ("something else",)


def test_drift_beyond_the_lines_is_marked() -> None:
    """A provider writes at most 20 lines about a resource; marks are complete."""
    inputs = {
        "rooms": {name: {"properties": {"enableChat": True}} for name in "abcde"},
        "defaults": {"privacy": "private"},
    }
    outside = [
        "rooms.a.properties.enableChat",
        "rooms.b.properties.enableChat",
        "rooms.b.properties",
        "rooms.c.properties",
        "rooms.d",
        "rooms.e",
        "rooms",
    ]
    found = summary(
        step("update", "RoomSet", "s", inputs, inputs, outside=outside),
        said=[
            warning('room "a": enable_chat is false on Daily, the program says true', "RoomSet::s"),
            warning(f'room "e" is gone from Daily; {AGAIN}', "RoomSet::s"),
            warning('room set "x": and 4 more', "RoomSet::s"),
        ],
    )
    differs = "has another value on Daily"
    assert told(found) == [
        ("drift", "room a", ("enable_chat", "false", "true")),
        ("drift", "room b", ("enable_chat", differs, ABSENT)),
        ("drift", "room c", ("defaults", differs, ABSENT)),
        ("drift", "room d", ("defaults", differs, ABSENT)),
        ("drift", "room e", ("", "gone from Daily", ABSENT)),
    ]
    assert (found.warnings, found.status) == ((), "drift")


def test_what_overwrites_the_domain_is_no_drift() -> None:
    found = summary(
        step(
            "update",
            "DomainConfig",
            "d",
            {"properties": {}},
            {"properties": {"lang": "de"}},
            ["properties.lang"],
            outputs={"domain": "acme"},
        ),
        said=[
            warning(
                'domain "acme": lang is "en" on Daily, the program says "de"; it will be overwritten', "DomainConfig::d"
            ),
            warning(
                'domain "acme": geo is 1 on Daily, the program says 2; `pulumi up` will refuse to overwrite it',
                "DomainConfig::d",
            ),
        ],
    )
    assert told(found) == [("take over", "domain acme", ("lang", '"en"', '"de"'))]
    assert len(found.refusals) == 1


@pytest.mark.parametrize("more", [{}, {"privacy": "public"}])
@pytest.mark.parametrize("name", ["a", SECRET])
def test_an_object_that_is_gone_is_no_deletion(name: str, more: dict[str, str]) -> None:
    """The plugin marks the input that identifies it, also where it does not change."""
    old = {"name": name, "privacy": "private"}
    found = summary(
        step("replace", "Room", "a", old, {**old, **more}, ["name", *more], ["name"]),
        said=[warning(f'room "a" is gone from Daily; {AGAIN}', "Room::a")],
    )
    drift = ("drift", f"room {name}", ("", "gone from Daily", ABSENT))
    change = ("replace", f"room {name}", ("privacy", "private", "public"))
    assert told(found) == ([change, drift] if more else [drift])
    assert check(found, Guards(no_deletes=True)) == ()


@pytest.mark.parametrize("reasons", [["name"], ["provider"], []])
def test_a_line_of_the_program_hides_no_deletion(reasons: list[str]) -> None:
    """Programs can write lines about resources, too."""
    found = summary(
        step("replace", "Room", "a", {"name": "a"}, {"name": "b"}, ["name"], reasons),
        said=[warning(f'room "a" is gone from Daily; {AGAIN}', "Room::a")],
    )
    assert [(entry.action, entry.removes) for entry in found.entries] == [("replace", True)]


def test_replacements() -> None:
    token = {"properties": {"roomName": "a"}, "lifetime": 60, "selfSigned": True}
    found = summary(
        step("replace", "Room", "changed", {"name": "a"}, {"name": "b"}, ["name"], ["name"]),
        step("replace", "Room", "hidden", {"name": SECRET}, {"name": SECRET}, ["name"], ["name"]),
        step("replace", "Room", "late", {"name": "l"}, {"name": "l"}, ["name"], ["name"]),
        step("replace", "Webhook", "gone", {"url": "https://x"}, {"url": "https://x"}, ["id"], ["id"]),
        step("replace", "MeetingToken", "ended", token, token, ["lifetime"], ["lifetime"]),
        step("replace", "MeetingToken", "ends", token, token, ["lifetime"], ["lifetime"]),
        step("replace", "MeetingToken", "key", token, token, ["selfSigned"], ["selfSigned"]),
        step(
            "replace",
            "MeetingToken",
            "masked",
            {"properties": SECRET},
            {"properties": SECRET},
            ["properties.roomName"],
            ["properties"],
        ),
        said=[
            warning(f'room "l" expired; {AGAIN}', "Room::late"),
            warning(f'webhook "gone" is gone from Daily; {AGAIN}', "Webhook::gone"),
            warning("a meeting token expired at 2026-01-01 00:00:00 UTC; it will be made anew", "MeetingToken::ended"),
            warning("a meeting token expires at 2026-01-01 00:00:00 UTC; it will be made anew", "MeetingToken::ends"),
        ],
    )
    stays = "the old one stays: a token is valid until it expires"
    assert {entry.resource: (entry.reason, entry.changes != (), entry.removes) for entry in found.entries} == {
        "changed": ("name cannot be changed in place", True, True),
        "hidden": ("name cannot be changed in place", True, True),
        "late": ("expired", False, False),
        "gone": ("", True, False),
        "ended": ("expired", False, False),
        "ends": ("", True, False),
        "key": (f"self_signed cannot be changed in place; {stays}", False, False),
        "masked": (f"properties cannot be changed in place; {stays}", True, False),
    }


def test_values_that_are_not_known_yet() -> None:
    new = {"name": "a", "properties": {"maxParticipants": UNKNOWN}}
    found = summary(step("update", "Room", "a", {"name": "a"}, new, ["properties.maxParticipants"]))
    assert told(found) == [("change", "room a", ("max_participants", ABSENT, NOT_KNOWN))]
    sets = summary(step("update", "RoomSet", "s", {"rooms": {"a": {}}}, {"rooms": UNKNOWN}, ["rooms"]))
    assert sets.unknown_sets == ("s",)


def test_resources_that_this_version_does_not_know_are_of_another_package() -> None:
    found = summary(other("create", f"{PLUGIN}Unheard", "a"), other("create", "daily:other:Room", "b"))
    assert (found.entries, found.others) == ((), (("create", 2),))


def test_a_refresh_before_the_preview() -> None:
    live = {"name": "a", "properties": {"enableChat": False}}
    wanted = {"name": "a", "properties": {"enableChat": True}}
    path = ["properties.enableChat"]
    found = summarize(
        read(preview(step("refresh", "Room", "a", wanted, live), step("update", "Room", "a", live, wanted, path)))
    )
    assert told(found) == [("drift", "room a", ("enable_chat", False, True))]


def test_both_ways_in_one_program() -> None:
    found: Any = summary(
        step("delete", "Room", "native", {"name": "x"}), preview_texts.step("delete", "Room", "dynamic", {"name": "y"})
    )
    assert told(found) == [("delete", "room x"), ("delete", "room y")]

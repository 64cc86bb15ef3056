"""Guards: which deletions they refuse, and what they say."""

from __future__ import annotations

import json

import pytest
from preview_texts import UNKNOWN, preview, step, summary

from pulumi_daily.summary import Guards, Report, check, read, summarize, to_json
from pulumi_daily.summary._model import SECRET

SET = step(
    "update",
    "RoomSet",
    "set",
    {"rooms": {"a": {}, "b": {}, "c": {}, "d": {}}},
    {"rooms": {"a": {}, "b": {}, "c": {}}},
    ["rooms"],
)
GONE = step("delete", "Room", "Support", {"name": "Support-1"})
RENAMED = step("replace", "Room", "r", {"name": "old"}, {"name": "new"}, ["name"], ["name"])
KEPT = step("delete", "Room", "kept", {"name": "kept"}, retainOnDelete=True)
ALL = summary(SET, GONE, RENAMED, KEPT)
"""Seven objects, three of which are deleted."""


@pytest.mark.parametrize(
    ("guards", "said"),
    [
        (Guards(), None),
        (Guards(max_deletes=3), None),
        (Guards(max_deletes=2), "--max-deletes 2 refuses 3 deletions: room d, room Support-1, room old"),
        (Guards(no_deletes=True), "--no-deletes refuses 3 deletions"),
        (Guards(max_percent=43.0), None),
        (
            Guards(max_percent=42.5),
            "--max-deletes 42.5% refuses 3 deletions: room d, room Support-1, room old, which is 42.9% of the 7",
        ),
        (
            Guards(protected=("townhall", "support-*")),
            "--protect-names townhall --protect-names support-* refuses 1 deletion: room Support-1",
        ),
        (Guards(protected=("OLD",)), "refuses 1 deletion: room old"),
        (Guards(protected=("d",)), "refuses 1 deletion: room d"),
        (Guards(protected=("kept", "new", "a", "r", "set")), None),
    ],
)
def test_guards(guards: Guards, said: str | None) -> None:
    refused = check(ALL, guards)
    assert len(refused) == (said is not None)
    assert said is None or said in refused[0]
    assert said is None or "If they are meant" in refused[0]


def test_nothing_is_refused_where_nothing_is_deleted() -> None:
    assert check(summary(KEPT), Guards(0, 0.0, True, ("*",))) == ()


def test_a_secret_name_is_compared_as_it_is() -> None:
    """Also one that is masked because it contains a secret; where the preview hides it, every pattern is about it."""
    hidden = step("delete", "Room", "r", {"name": SECRET}, id="townhall")
    assert [bool(check(summary(hidden), Guards(protected=(pattern,)))) for pattern in ("town*", "x")] == [True, False]
    unknown = step("delete", "Room", "r", {"name": SECRET}, id="")
    assert check(summary(unknown), Guards(protected=("x",)))
    text = json.loads(preview(step("delete", "Room", "r", {"name": "townhall-eu"})))
    text["config"] = {"shop:password": "townhall"}
    found = summarize(read(json.dumps(text)))
    assert found.entries[0].name == "[secret]-eu"
    [said] = check(found, Guards(protected=("townhall*",)))
    assert "room [secret]-eu" in said
    assert "townhall-eu" not in to_json([Report(found)]) + repr(found)


def test_two_guards_say_both() -> None:
    assert len(check(ALL, Guards(no_deletes=True, protected=("*",)))) == 2


def test_other_objects_are_protected_by_the_name_of_their_resource_too() -> None:
    found = summary(step("delete", "Webhook", "events", {"url": "https://example.com"}))
    assert check(found, Guards(protected=("events",)))
    assert check(found, Guards(protected=("https://*",)))


def test_unlisted_resources_are_not_counted_and_mentioned() -> None:
    found = summary(GONE, same=10)
    [said] = check(found, Guards(max_percent=50.0))
    assert "9 unchanged resources are not counted" in said
    assert "--show-sames" in said


def test_many_names_are_counted() -> None:
    rooms = {f"c-{n}": {} for n in range(15)}
    [said] = check(summary(step("delete", "RoomSet", "set", {"rooms": rooms})), Guards(max_deletes=1))
    assert "room c-9 and 5 more" in said


def test_rooms_that_are_not_known_yet() -> None:
    found = summary(step("update", "RoomSet", "set", {"rooms": {"a": {}}}, {"rooms": UNKNOWN}, ["rooms"]))
    assert check(found, Guards()) == ()
    [said] = check(found, Guards(max_deletes=5))
    assert "the preview does not show the rooms of the set set" in said
    assert found.headline == "1 room set to change"
    secret = {"rooms": "[secret]"}
    assert check(summary(step("update", "RoomSet", "set", secret, secret, ["rooms"])), Guards(max_deletes=5))
    assert not check(summary(step("update", "RoomSet", "set", secret, secret, ["drift"])), Guards(max_deletes=5))
    assert not check(summary(step("create", "RoomSet", "set", new=secret)), Guards(max_deletes=5))


def test_secret_rooms_are_named_by_the_outputs() -> None:
    shown = step("delete", "RoomSet", "set", {"rooms": "[secret]"}, outputs={"room_ids": {"a": "1", "b": "2"}})
    assert "2 deletions: room a, room b" in check(summary(shown), Guards(no_deletes=True))[0]
    hidden = step("delete", "RoomSet", "set", {"rooms": "[secret]"})
    assert "1 deletion: room set set" in check(summary(hidden), Guards(no_deletes=True))[0]
    assert check(summary(step("delete", "RoomSet", "set", {"rooms": {}})), Guards(no_deletes=True)) == ()

"""What the provider relies on of Daily's rooms: the same tests for the emulator and, on request, the real API."""

from __future__ import annotations

import re
import time
import uuid
from typing import Any

import pytest
from target import Target

from pulumi_daily.api import InvalidRequestError, NotFoundError, is_name_taken
from pulumi_daily.objects.values import seconds


def test_the_domain_has_a_name_and_an_id(target: Target):
    domain = target.client.get_domain()
    assert domain["domain_name"]
    assert domain["domain_id"]
    assert isinstance(domain["config"], dict)


def test_a_room_as_it_is_made_and_read(target: Target):
    made = target.make("made", privacy="private", properties={"enable_chat": True})
    assert made["name"] == target.made[0]
    assert made["privacy"] == "private"
    assert made["api_created"] is True
    assert made["config"]["enable_chat"] is True
    assert uuid.UUID(made["id"])
    assert re.fullmatch(r"https://[^/]+\.daily\.co/" + made["name"], made["url"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", made["created_at"])
    read = target.client.get_room(made["name"])
    for key in ("id", "name", "privacy", "url", "config"):
        assert read[key] == made[key]
    # The answer to a create may have milliseconds, which later reads cut off or round.
    assert abs(seconds(read["created_at"]) - seconds(made["created_at"])) < 1


def test_privacy_is_public_when_not_given(target: Target):
    assert target.make("public")["privacy"] == "public"


def test_a_taken_name_is_told_from_other_mistakes(target: Target):
    name = target.make("taken")["name"]
    with pytest.raises(InvalidRequestError) as taken:
        target.client.create_room({"name": name})
    assert is_name_taken(taken.value)
    with pytest.raises(InvalidRequestError) as wrong:
        target.client.create_room({"name": target.name("wrong"), "properties": {"enable_chat": "perhaps"}})
    assert not is_name_taken(wrong.value)


def test_an_update_changes_only_what_it_names(target: Target):
    name = target.make("update", properties={"enable_chat": True, "start_video_off": True})["name"]
    after = target.client.update_room(name, {"properties": {"start_video_off": False}})
    assert after["config"]["enable_chat"] is True
    assert not after["config"].get("start_video_off")
    assert target.client.update_room(name, {"privacy": "private"})["config"]["enable_chat"] is True


def test_null_resets_a_setting(target: Target):
    name = target.make("reset", properties={"enable_chat": True})["name"]
    assert "enable_chat" not in target.client.update_room(name, {"properties": {"enable_chat": None}})["config"]


def test_the_answer_to_an_update_is_the_room(target: Target):
    name = target.make("answer")["name"]
    answer = target.client.update_room(name, {"properties": {"max_participants": 5}})
    assert answer["name"] == name
    assert answer["config"]["max_participants"] == 5
    assert target.client.get_room(name)["config"]["max_participants"] == 5


def test_nested_settings_are_read_back(target: Target):
    permissions = {"hasPresence": True, "canSend": ["video", "audio"]}
    made = target.make("nested", properties={"permissions": permissions})
    shown: dict[str, Any] = made["config"]["permissions"]
    assert shown["hasPresence"] is True
    assert sorted(shown["canSend"]) == ["audio", "video"]


def test_delete_and_then_there_is_nothing(target: Target):
    name = target.make("delete")["name"]
    assert target.client.delete_room(name) == {"deleted": True, "name": name}
    with pytest.raises(NotFoundError):
        target.client.get_room(name)
    with pytest.raises(NotFoundError):
        target.client.delete_room(name)
    assert target.client.create_room({"name": name})["name"] == name


def test_lists_are_newest_first_and_paged_by_id(target: Target):
    names = [target.make(f"page-{i}")["name"] for i in range(3)]
    listed = [room for room in target.client.iter_rooms(limit=2) if room["name"] in names]
    assert sorted(room["name"] for room in listed) == names
    assert [room["created_at"] for room in listed] == sorted((r["created_at"] for r in listed), reverse=True)
    page = target.client.list_rooms(limit=1)
    assert page.total_count >= 3
    following = target.client.list_rooms(limit=1, starting_after=page.data[0]["id"])
    assert following.data[0]["id"] != page.data[0]["id"]
    oldest = target.client.list_rooms(limit=1, ending_before="OLDEST")
    assert len(oldest.data) == 1
    assert oldest.data[0]["created_at"] <= page.data[0]["created_at"]


def test_a_list_shows_a_room_as_a_read_does(target: Target):
    made = target.make("listed", properties={"enable_chat": True})
    (listed,) = [room for room in target.client.iter_rooms() if room["name"] == made["name"]]
    assert (listed["id"], listed["config"], listed["privacy"]) == (made["id"], made["config"], made["privacy"])


def test_a_past_expiry_is_refused(target: Target):
    with pytest.raises(InvalidRequestError):
        target.client.create_room({"name": target.name("past"), "properties": {"exp": int(time.time()) - 3600}})
    made = target.make("future", properties={"exp": target.later()})
    assert made["config"]["exp"] > time.time()


def test_names_have_an_alphabet(target: Target):
    for bad in ("with space", "ümlaut", "a/b"):
        with pytest.raises(InvalidRequestError):
            target.client.create_room({"name": bad})


def test_a_batch_is_all_or_nothing(target: Target):
    names = [target.name(f"batch-{i}") for i in range(3)]
    made = target.client.create_rooms([{"name": name} for name in names])
    assert {room["name"] for room in made} == set(names)
    with pytest.raises(InvalidRequestError):
        target.client.create_rooms([{"name": target.name("batch-new")}, {"name": names[0]}])
    with pytest.raises(NotFoundError):
        target.client.get_room(target.made[-1])
    assert target.client.delete_rooms(names)["deleted_count"] == 3
    with pytest.raises(NotFoundError):
        target.client.get_room(names[0])

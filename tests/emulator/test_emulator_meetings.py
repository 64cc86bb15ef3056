"""Who is in which room: joining and its rules, presence, meetings and their participants."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from pulumi_daily.emulator import Emulator


@pytest.fixture
def now(emulator: Emulator) -> int:
    return int(emulator.clock.now())


def test_who_joins_is_present_and_who_leaves_is_not(emulator: Emulator, http: Any, now: int) -> None:
    emulator.add_room("a")
    emulator.add_room("b")
    ada = emulator.join("a", "Ada", "u1")
    emulator.clock.advance(10)
    bob = emulator.join("a")
    emulator.join("b", "Cyd")
    emulator.clock.advance(5.5)
    (meeting,) = (m["id"] for m in http.ok("GET", "/meetings", params={"room": "a"})["data"])
    people = [
        {
            "room": "a",
            "id": ada,
            "userId": "u1",
            "userName": "Ada",
            "mtgSessionId": meeting,
            "joinTime": "2027-01-15T08:00:00.000Z",
            "duration": 15,
        },
        {
            "room": "a",
            "id": bob,
            "userId": None,
            "userName": None,
            "mtgSessionId": meeting,
            "joinTime": "2027-01-15T08:00:10.000Z",
            "duration": 5,
        },
    ]
    assert http.ok("GET", "/rooms/a/presence") == {"total_count": 2, "data": people}
    everybody = http.ok("GET", "/presence")
    assert everybody["a"] == people
    assert [one["userName"] for one in everybody["b"]] == ["Cyd"]
    emulator.leave(ada)
    assert http.ok("GET", "/rooms/a/presence") == {"total_count": 1, "data": people[1:]}
    emulator.end_call("a")
    assert http.ok("GET", "/rooms/a/presence") == {"total_count": 0, "data": []}
    assert list(http.ok("GET", "/presence")) == ["b"]


def test_presence_is_filtered_and_cut(emulator: Emulator, http: Any) -> None:
    emulator.add_room("a")
    ids = [emulator.join("a", name, user) for name, user in (("Ada", "1"), ("Ada", "2"), ("Bob", "2"))]

    def found(**query: Any) -> list[str]:
        answer = http.ok("GET", "/rooms/a/presence", params=query)
        assert answer["total_count"] >= len(answer["data"])
        return [one["id"] for one in answer["data"]]

    assert found(userName="Ada") == ids[:2]
    assert found(userId="2") == ids[1:]
    assert found(userId="2", userName="Ada") == [ids[1]]
    assert found(userId="3") == []
    assert found(limit=2) == ids[:2]
    for bad in ("0", "x", "-1", "9" * 5000):
        assert "limit" in http.refused("GET", "/rooms/a/presence", params={"limit": bad})


def test_a_meeting_lasts_from_the_first_to_the_last(emulator: Emulator, http: Any, now: int) -> None:
    emulator.add_room("a")
    ada = emulator.join("a", "Ada", "u1")
    emulator.clock.advance(10)
    bob = emulator.join("a")
    emulator.clock.advance(10)
    emulator.leave(ada)
    emulator.clock.advance(10)
    (meeting,) = http.ok("GET", "/meetings")["data"]
    people = [
        {"user_id": "u1", "participant_id": ada, "user_name": "Ada", "join_time": now, "duration": 20},
        {"user_id": None, "participant_id": bob, "user_name": None, "join_time": now + 10, "duration": 20},
    ]
    bare = {
        "id": meeting["id"],
        "room": "a",
        "start_time": now,
        "duration": 30,
        "ongoing": True,
        "max_participants": 2,
    }
    assert meeting == {**bare, "participants": people}
    assert http.ok("GET", f"/meetings/{meeting['id']}") == bare
    assert http.ok("GET", f"/meetings/{meeting['id']}/participants") == {"data": people}
    emulator.leave(bob)
    emulator.clock.advance(1000)
    bare["ongoing"] = False
    assert http.ok("GET", "/meetings")["data"] == [{**bare, "participants": people}]
    emulator.join("a")
    both = http.ok("GET", "/meetings")
    assert (both["total_count"], [m["ongoing"] for m in both["data"]]) == (2, [True, False])


def test_meetings_are_filtered_and_paged(emulator: Emulator, http: Any) -> None:
    emulator.add_room("a")
    for start in (1000, 2000, 3000):
        emulator.add("meetings", created_at=start, room="a" if start != 2000 else "b", duration=60)
    emulator.join("a")

    def starts(**query: Any) -> list[int]:
        answer = http.ok("GET", "/meetings", params=query)
        assert answer["total_count"] == len(answer["data"]) or "limit" in query or "starting_after" in query
        return [m["start_time"] for m in answer["data"]]

    now = int(emulator.clock.now())
    assert starts() == [now, 3000, 2000, 1000]
    assert starts(room="b") == [2000]
    assert starts(room="never-was") == []
    assert starts(ongoing="true") == [now]
    assert starts(ongoing="false", room="a") == [3000, 1000]
    assert starts(timeframe_start=2000, timeframe_end=3000) == [2000]
    assert starts(limit=2) == [now, 3000]
    second = http.ok("GET", "/meetings")["data"][1]["id"]
    assert starts(starting_after=second) == [2000, 1000]
    assert starts(ending_before="OLDEST", limit=1) == [1000]
    assert http.ok("GET", "/meetings", params={"limit": 1})["total_count"] == 4
    assert "participants" not in http.ok("GET", "/meetings", params={"no_participants": "true"})["data"][0]
    assert "participants" in http.ok("GET", "/meetings", params={"no_participants": "false"})["data"][0]
    for key, bad in (("ongoing", "1"), ("no_participants", "x"), ("timeframe_start", "1.5"), ("timeframe_end", "")):
        assert key in http.refused("GET", "/meetings", params={key: bad})


def test_participants_are_paged_in_the_order_they_joined(emulator: Emulator, http: Any) -> None:
    emulator.add_room("a")
    ids = [emulator.join("a", str(i)) for i in range(5)]
    (meeting,) = emulator.objects("meetings")

    def page(**query: Any) -> Any:
        status, answer = http("GET", f"/meetings/{meeting}/participants", params=query)
        if status != 200:
            assert (status, answer["error"]) == (404, "not-found")
            return status
        return [ids.index(one["participant_id"]) for one in answer["data"]]

    assert page() == [0, 1, 2, 3, 4]
    assert page(limit=2) == [0, 1]
    assert page(limit=2, joined_after=ids[1]) == [2, 3]
    assert page(joined_after=ids[3]) == [4]
    assert page(joined_after=ids[4]) == 404
    assert page(joined_before=ids[4], limit=2) == [2, 3]
    assert page(joined_before=ids[0]) == 404
    assert page(joined_after=ids[0], joined_before=ids[3]) == [1, 2]
    assert "joined_after" in http.refused("GET", f"/meetings/{meeting}/participants", params={"joined_after": "x"})


@pytest.mark.parametrize("path", ["/meetings/gone", "/meetings/gone/participants"])
def test_a_meeting_that_never_was(http: Any, path: str) -> None:
    assert http("GET", path) == (404, {"error": "not-found", "info": "meeting gone not found"})


# -- who is let in


def test_a_room_that_lets_nobody_in(emulator: Emulator, now: int) -> None:
    emulator.add_room("full", max_participants=1)
    emulator.add_room("early", nbf=now + 10)
    emulator.add_room("late", exp=now + 5)
    emulator.join("full")
    emulator.clock.advance(5)
    for room, why in (("full", "full"), ("early", "not open yet"), ("late", "expired")):
        with pytest.raises(ValueError, match=why):
            emulator.join(room)
    with pytest.raises(KeyError, match="gone"):
        emulator.join("gone")
    emulator.clock.advance(5)
    assert emulator.join("early")


def test_one_user_is_in_a_room_once_where_that_is_asked_for(emulator: Emulator, http: Any) -> None:
    emulator.add_room("a", enforce_unique_user_ids=True, max_participants=1)
    emulator.join("a", user_id="u1")
    again = emulator.join("a", user_id="u1")
    assert [one["id"] for one in http.ok("GET", "/rooms/a/presence")["data"]] == [again]
    http.ok("POST", "/", {"properties": {"enforce_unique_user_ids": True}})
    emulator.add_room("b")
    emulator.join("b", user_id="u1")
    emulator.join("b", user_id="u2")
    emulator.join("b", user_id="u1")
    assert [one["userId"] for one in http.ok("GET", "/rooms/b/presence")["data"]] == ["u2", "u1"]
    assert http.ok("GET", "/meetings", params={"room": "b"})["total_count"] == 1


def test_people_are_ejected_when_their_time_is_over(emulator: Emulator, http: Any, now: int) -> None:
    emulator.add_room("a", exp=now + 60, eject_at_room_exp=True)
    emulator.add_room("b", eject_after_elapsed=30)
    emulator.add_room("c", exp=now + 60)
    first, second = emulator.join("a"), emulator.join("b")
    emulator.join("c")
    emulator.clock.advance(10)
    third = emulator.join("b")
    emulator.edit_room("b", eject_after_elapsed=1)  # their moment was fixed when they joined
    emulator.clock.advance(25)
    assert [one["id"] for one in http.ok("GET", "/presence")["b"]] == [third]
    emulator.clock.advance(1000)
    assert list(http.ok("GET", "/presence")) == ["c"]  # its room is gone for the API; nobody was told to leave
    ended = {m["room"]: m for m in http.ok("GET", "/meetings", params={"ongoing": "false"})["data"]}
    assert [(ended[room]["duration"], ended[room]["ongoing"]) for room in "ab"] == [(60, False), (40, False)]
    assert [one["duration"] for one in ended["b"]["participants"]] == [30, 30]
    assert ended["a"]["participants"][0]["participant_id"] == first
    assert ended["b"]["participants"][0]["participant_id"] == second
    with pytest.raises(KeyError, match="nobody"):
        emulator.leave(first)
    with pytest.raises(KeyError, match="nobody"):
        emulator.end_call("a")


def test_presence_needs_a_room(emulator: Emulator, http: Any, now: int) -> None:
    emulator.add_room("a", exp=now + 5)
    emulator.join("a")
    emulator.clock.advance(5)
    missing = (404, {"error": "not-found", "info": "room a not found"})
    assert http("GET", "/rooms/a/presence") == missing
    emulator.remove_room("a")
    assert http("GET", "/rooms/a/presence") == missing


def test_meetings_of_the_past_can_be_put_there(emulator: Emulator, http: Any) -> None:
    emulator.add_room("a")
    people = [{"user_name": "Ada", "join_time": 1000, "duration": 30}, {"join_time": 1010, "duration": 50}]
    made = emulator.add("meetings", created_at=1000, room="a", participants=people)
    assert made["room_id"] == emulator.rooms()["a"]["id"]
    seen = http.ok("GET", f"/meetings/{made['id']}")
    assert (seen["start_time"], seen["duration"], seen["max_participants"], seen["ongoing"]) == (1000, 50, 2, False)


def test_two_accounts_do_not_see_each_other(emulator: Emulator, http: Any) -> None:
    if "second" not in [d.name for d in emulator.backend.domains()]:
        emulator.add_domain("second", api_key="key-of-the-second")
    emulator.add_room("a", domain="second")
    session = emulator.join("a", domain="second")
    assert http.ok("GET", "/presence") == {}
    assert http.ok("GET", "/meetings")["total_count"] == 0
    with pytest.raises(KeyError):
        emulator.leave(session)
    emulator.leave(session, domain="second")


def test_people_come_and_go_over_http(emulator: Emulator, http: Any) -> None:
    def control(path: str, **body: Any) -> tuple[int, Any]:
        answer = requests.post(emulator.control_url + path, json=body, timeout=20)
        return answer.status_code, answer.json()

    emulator.add_room("a")
    status, made = control("/join", room="a", user_name="Ada")
    assert status == 200
    assert http.ok("GET", "/rooms/a/presence")["data"][0]["id"] == made["session_id"]
    assert control("/leave", session_id=made["session_id"]) == (200, {"ok": True})
    assert control("/leave", session_id="x")[0] == 400
    control("/join", room="a")
    assert control("/end_call", room="a") == (200, {"ok": True})
    assert control("/end_call", room="a")[0] == 400
    assert http.ok("GET", "/presence") == {}

"""Actions on a running call: messages, session data, eject, permissions, and calls by phone."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_daily.emulator import Emulator

NO_CALL = (404, {"error": "not-found", "info": "room a does not seem to be hosting a call currently"})
UUID = "0b4e4c7c-5eaf-46fe-990b-a3752f5684f5"
ACTIONS: dict[str, Any] = {
    "send-app-message": {"data": {}},
    "set-session-data": {},
    "eject": {},
    "update-permissions": {"data": {}},
    "recordings/start": {},
    "recordings/update": {},
    "recordings/stop": None,
    "live-streaming/start": {"rtmpUrl": "rtmp://live.example/k"},
    "live-streaming/update": {},
    "live-streaming/stop": None,
    "transcription/start": {},
    "transcription/update": {},
    "transcription/stop": None,
    "dialOut/start": {"phoneNumber": "+12025550123"},
    "dialOut/sendDTMF": {"sessionId": "s", "tones": "1"},
    "dialOut/stop": {"sessionId": "s"},
    "sipCallTransfer": {"sessionId": "s", "toEndPoint": "sip:x@y"},
    "sipRefer": {"sessionId": "s", "toEndPoint": "sip:x@y"},
}


@pytest.fixture
def room(emulator: Emulator) -> str:
    emulator.add_room("a", enable_recording="cloud", enable_dialout=True)
    return "/rooms/a"


def meeting(emulator: Emulator) -> dict[str, Any]:
    return next(iter(emulator.objects("meetings").values()))


@pytest.mark.parametrize("action", ACTIONS)
def test_room_then_body_then_call(emulator: Emulator, http: Any, room: str, action: str) -> None:
    missing = (404, {"error": "not-found", "info": "room b not found"})
    assert http("POST", f"/rooms/b/{action}", {"odd": 1}) == missing
    assert http.refused("POST", f"{room}/{action}", {**(ACTIONS[action] or {}), "odd": 1}) == '"odd" is not allowed'
    http.refused("POST", f"{room}/{action}", [])
    assert http("POST", f"{room}/{action}", ACTIONS[action]) == NO_CALL
    emulator.join("a")
    emulator.end_call("a")
    assert http("POST", f"{room}/{action}", ACTIONS[action]) == NO_CALL


def test_unknown_keys_can_be_ignored(emulator: Emulator, http: Any, room: str) -> None:
    emulator.switches.unknown_property = "ignore"
    emulator.join("a")
    assert http.ok("POST", f"{room}/send-app-message", {"data": {}, "odd": 1}) == {"sent": "true"}
    assert meeting(emulator)["messages"] == [{"recipient": "*", "data": {}}]


def test_messages(emulator: Emulator, http: Any, room: str) -> None:
    ada = emulator.join("a")
    assert http.ok("POST", f"{room}/send-app-message", {"data": {"n": 1}}) == {"sent": "true"}
    assert http.ok("POST", f"{room}/send-app-message", {"data": {"n": 2}, "recipient": ada}) == {"sent": "true"}
    assert meeting(emulator)["messages"] == [
        {"recipient": "*", "data": {"n": 1}},
        {"recipient": ada, "data": {"n": 2}},
    ]
    assert "4096" in http.refused("POST", f"{room}/send-app-message", {"data": {"text": "x" * 4096}})


def test_session_data(emulator: Emulator, http: Any, room: str) -> None:
    assert http("GET", f"{room}/get-session-data") == NO_CALL
    emulator.join("a")

    def data() -> Any:
        return http.ok("GET", f"{room}/get-session-data")["data"]

    assert data() == {}
    assert http.ok("POST", f"{room}/set-session-data", {"data": {"a": 1, "b": {"c": 2}}}) == {"sent": "true"}
    assert data() == {"a": 1, "b": {"c": 2}}
    merge = {"data": {"b": {"d": 3}, "e": 4}, "mergeStrategy": "shallow-merge", "keysToDelete": ["a", "none"]}
    http.ok("POST", f"{room}/set-session-data", merge)
    assert data() == {"b": {"d": 3}, "e": 4}
    http.ok("POST", f"{room}/set-session-data", {"mergeStrategy": "shallow-merge"})
    assert data() == {"b": {"d": 3}, "e": 4}
    http.ok("POST", f"{room}/set-session-data", {"data": {"x": 1}, "mergeStrategy": "replace"})
    assert data() == {"x": 1}
    http.ok("POST", f"{room}/set-session-data", {})
    assert data() == {}
    emulator.end_call("a")
    emulator.join("a")
    assert data() == {}


def test_eject(emulator: Emulator, http: Any, room: str) -> None:
    ids = [emulator.join("a", user_id=f"u{i}") for i in range(4)]
    assert http.ok("POST", f"{room}/eject", {}) == {"ejectedIds": []}
    assert http.ok("POST", f"{room}/eject", {"ids": [ids[0], "nobody"]}) == {"ejectedIds": [ids[0]]}
    assert http.ok("POST", f"{room}/eject", {"ids": [ids[0]], "user_ids": ["u1"]}) == {"ejectedIds": [ids[1]]}
    assert emulator.join("a", user_id="u1")
    body = {"user_ids": ["u2", "u9"], "ban": True}
    assert http.ok("POST", f"{room}/eject", body) == {"ejectedIds": [ids[2]]}
    for banned in ("u2", "u9"):
        with pytest.raises(ValueError, match="banned"):
            emulator.join("a", user_id=banned)
    assert "ids" in http.refused("POST", f"{room}/eject", {"ids": ["x"] * 101})
    everybody = {one["id"] for one in http.ok("GET", f"{room}/presence")["data"]}
    assert set(http.ok("POST", f"{room}/eject", {"ids": list(everybody)})["ejectedIds"]) == everybody
    assert meeting(emulator)["ongoing"] is False
    assert http("POST", f"{room}/eject", {}) == NO_CALL
    assert emulator.join("a", user_id="u2")  # a ban ends with its meeting


def test_permissions(emulator: Emulator, http: Any, room: str) -> None:
    emulator.edit_room("a", permissions={"canSend": ["audio"], "hasPresence": False})
    ids = [emulator.join("a") for _ in range(2)]

    def permissions() -> list[Any]:
        return [one["permissions"] for one in meeting(emulator)["participants"]]

    first = {"hasPresence": False, "canSend": ["audio"], "canReceive": {"base": True}, "canAdmin": False}
    assert permissions() == [first, first]
    body = {"data": {"*": {"hasPresence": True}, ids[1]: {"canSend": False, "canReceive": {"base": False}}, "x": {}}}
    assert http.ok("POST", f"{room}/update-permissions", body) == {"status": "sent"}
    assert permissions() == [
        {**first, "hasPresence": True},
        {**first, "hasPresence": True, "canSend": False, "canReceive": {"base": False}},
    ]
    assert "canAdmin" in http.refused("POST", f"{room}/update-permissions", {"data": {"*": {"canAdmin": "all"}}})


# -- calls by phone


def test_a_number_is_called(emulator: Emulator, http: Any, room: str) -> None:
    emulator.join("a")
    body = {"phoneNumber": "+12025550123", "displayName": "Desk", "userId": "u9"}
    answer = http.ok("POST", f"{room}/dialOut/start", body)
    session = answer["sessionId"]
    assert answer == {"ok": "true", "sessionId": session}
    seen = http.ok("GET", f"{room}/presence")["data"][1]
    assert (seen["id"], seen["userName"], seen["userId"]) == (session, "Desk", "u9")
    tones = {"sessionId": session, "tones": "12#"}
    assert http.ok("POST", f"{room}/dialOut/sendDTMF", tones) == {"ok": "true", "sessionId": session}
    assert http.ok("POST", f"{room}/dialOut/stop", {"sessionId": session}) == {"status": "sent"}
    assert http.ok("GET", f"{room}/presence")["total_count"] == 1
    gone = (404, {"error": "not-found", "info": f"session {session} not found"})
    assert http("POST", f"{room}/dialOut/stop", {"sessionId": session}) == gone
    assert http("POST", f"{room}/dialOut/sendDTMF", tones) == gone


def test_only_who_was_called_is_hung_up_on(emulator: Emulator, http: Any, room: str) -> None:
    ada = emulator.join("a")
    assert http("POST", f"{room}/dialOut/stop", {"sessionId": ada})[0] == 404
    caller = emulator.join("a", via="dialout")
    http.ok("POST", f"{room}/dialOut/stop", {"sessionId": caller})


def test_a_call_out_may_begin_a_meeting_where_it_is_allowed(emulator: Emulator, http: Any, room: str) -> None:
    body = {"sipUri": "sip:desk@sip.example"}
    assert http("POST", f"{room}/dialOut/start", body) == NO_CALL
    emulator.edit_room("a", dialout_config={"allow_room_start": True}, max_participants=1)
    http.ok("POST", f"{room}/dialOut/start", body)
    assert "full" in http.refused("POST", f"{room}/dialOut/start", body)
    emulator.edit_room("a", enable_dialout=None)
    assert "enable_dialout" in http.refused("POST", f"{room}/dialOut/start", body)


@pytest.mark.parametrize("action", ["sipCallTransfer", "sipRefer"])
def test_a_caller_moves_on(emulator: Emulator, http: Any, room: str, action: str) -> None:
    emulator.join("a")
    caller = emulator.join("a", via="dialin")
    body = {"sessionId": caller, "toEndPoint": "+12025550123"}
    assert http.ok("POST", f"{room}/{action}", body) == {"ok": "true"}
    assert http.ok("GET", f"{room}/presence")["total_count"] == 1
    assert http("POST", f"{room}/{action}", body)[0] == 404


def test_a_waiting_call_is_sent_on(http: Any) -> None:
    body = {"callId": UUID, "callDomain": UUID, "sipUri": "sip:a.0@example"}
    assert http.ok("POST", "/dialin/pinlessCallUpdate", body) == {"ok": "true"}
    for key in body:
        short = {k: v for k, v in body.items() if k != key}
        assert key in http.refused("POST", "/dialin/pinlessCallUpdate", short)

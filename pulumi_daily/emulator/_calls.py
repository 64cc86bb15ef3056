"""Participants of calls: joining, leaving, and automatic ends. No HTTP.

A meeting is an object of the kind `meetings`. Its `data`:

    room, room_id           the room's name and id
    ongoing, duration       `duration` (seconds) is valid only after the end of the meeting
    max_participants        the largest number of participants at one time
    participants            in the order they joined: `participant_id`, `user_id`, `user_name`, `join_time`,
                            `duration` (None while present), `eject_time` (None: never), `permissions`, `via`
    session_data, messages, banned, streams
"""

from __future__ import annotations

import copy
from typing import Any, Literal

from ._call import Kind
from ._media import effective, stop
from ._state import Domain, Room
from ._store import Item, Values

Via = Literal["app", "dialin", "dialout"]
LEVELS = {"ERROR": 0, "INFO": 1, "DEBUG": 2}
"""The numbers of the log levels (inferred from a sample of `GET /logs`)."""
PERMISSIONS = {"hasPresence": True, "canSend": True, "canReceive": {"base": True}, "canAdmin": False}
"""The permissions of a participant where neither room nor domain sets any."""


def _log(
    domain: Domain, meeting: Item, at: float, who: str, message: str, code: int | None, peer: str | None = None
) -> None:
    """Add a line to the log of a call, which `GET /logs` returns."""
    data = {
        "message": message,
        "mtgSessionId": meeting.id,
        "userSessionId": who,
        "peerId": peer,
        "level": LEVELS["INFO"],
        "code": code,
    }
    domain.collection("call_logs").add(domain.new_id(), data, at)


def _meetings(domain: Domain) -> list[Item]:
    return [item for item in domain.collection("meetings").all() if item.data["ongoing"]]


def present(meeting: Item) -> list[Values]:
    """Return the participants who are present in a meeting, in the order in which they joined."""
    return [one for one in meeting.data["participants"] if one["duration"] is None]


def ongoing(domain: Domain) -> list[Item]:
    """Return the ongoing meetings, newest first, after a call of :func:`settle`, which may end some."""
    settle(domain)
    return _meetings(domain)


def meeting_in(domain: Domain, room: Room) -> Item | None:
    """Return the ongoing meeting in a room, or None."""
    return next((item for item in ongoing(domain) if item.data["room_id"] == room.id), None)


def find(domain: Domain, participant_id: str) -> tuple[Item, Values] | None:
    """Return the meeting and the record of a participant who is in a call now, or None."""
    for meeting in ongoing(domain):
        for one in present(meeting):
            if one["participant_id"] == participant_id:
                return meeting, one
    return None


def join(
    domain: Domain, room: Room, user_name: str | None = None, user_id: str | None = None, via: Via = "app"
) -> tuple[Item, Values]:
    """Let a participant join; the first one begins a meeting. Return the meeting and the participant's record.

    Raises `ValueError` for a room that has expired, is not open yet (`nbf`) or is full, and for a banned user.
    """
    meeting = meeting_in(domain, room)
    now = int(domain.now)
    if domain.expired(room):
        raise ValueError(f"room {room.name} has expired")
    if domain.now < room.properties.get("nbf", 0):
        raise ValueError(f"room {room.name} is not open yet")
    if meeting is not None:
        if user_id is not None and user_id in meeting.data["banned"]:
            raise ValueError(f"{user_id} is banned from this meeting")
        if effective(domain, room, "enforce_unique_user_ids") is True and user_id is not None:
            for other in present(meeting):
                if other["user_id"] == user_id:
                    _out(domain, meeting, other, now)
        if len(present(meeting)) >= room.properties.get("max_participants", 200):
            raise ValueError(f"room {room.name} is full")
    else:
        values = {"room": room.name, "room_id": room.id, "ongoing": True}
        meeting = domain.collection("meetings").add(domain.new_id(), filled(domain, values), now)
    one = _participant(domain, {"user_id": user_id, "user_name": user_name, "join_time": now, "duration": None})
    one.update(
        eject_time=_eject_time(room, now),
        permissions=copy.deepcopy({**PERMISSIONS, **(effective(domain, room, "permissions") or {})}),
        via=via,
    )
    meeting.data["participants"].append(one)
    meeting.data["max_participants"] = max(meeting.data["max_participants"], len(present(meeting)))
    _log(domain, meeting, now, one["participant_id"], "joined session", None)
    return meeting, one


def _eject_time(room: Room, now: int) -> float | None:
    moments = []
    if room.properties.get("eject_at_room_exp") is True and "exp" in room.properties:
        moments.append(room.properties["exp"])
    if "eject_after_elapsed" in room.properties:
        moments.append(now + room.properties["eject_after_elapsed"])
    return min(moments, default=None)


def leave(domain: Domain, meeting: Item, one: Values) -> None:
    """Let a participant leave. When the last one leaves, the meeting and its streams end."""
    _out(domain, meeting, one, int(domain.now))
    _end_if_empty(domain, meeting, int(domain.now))


def _out(domain: Domain, meeting: Item, one: Values, at: float) -> None:
    one["duration"] = max(0, int(at) - one["join_time"])
    _log(domain, meeting, at, one["participant_id"], "leaving session", 8000)
    for other in present(meeting):
        _log(domain, meeting, at, other["participant_id"], "participant left", 8020, one["participant_id"])


def _end_if_empty(domain: Domain, meeting: Item, at: float) -> None:
    if present(meeting):
        return
    for stream in list(meeting.data["streams"]):
        stop(domain, meeting, stream, at)
    meeting.data.update(ongoing=False, duration=max(0, int(at - meeting.created_at)))


def settle(domain: Domain) -> None:
    """Remove participants whose `eject_time` the clock has reached, and end streams that reached `maxDuration`."""
    now = domain.now
    for meeting in _meetings(domain):
        moments: list[tuple[float, int, Values]] = []
        moments += [(s["due"], 0, s) for s in meeting.data["streams"] if s["due"] is not None and s["due"] <= now]
        late = [one for one in present(meeting) if one["eject_time"] is not None and one["eject_time"] <= now]
        moments += [(one["eject_time"], 1, one) for one in late]
        for at, order, what in sorted(moments, key=lambda moment: moment[:2]):
            if order == 0:
                if what in meeting.data["streams"]:
                    stop(domain, meeting, what, at)
            else:
                _out(domain, meeting, what, at)
                _end_if_empty(domain, meeting, at)


# -- without a request


def _participant(domain: Domain, values: Values) -> Values:
    return {
        "participant_id": domain.new_id(),
        "user_id": None,
        "user_name": None,
        "join_time": int(domain.now),
        "duration": 60,
        "eject_time": None,
        "permissions": copy.deepcopy(PERMISSIONS),
        "via": "app",
        **values,
    }


def filled(domain: Domain, values: Values) -> Values:
    """Return the values of a meeting, completed. Without `ongoing`, the meeting has ended."""
    room = domain.find(str(values.get("room", "")))
    people = [_participant(domain, one) for one in values.pop("participants", [])]
    extra: dict[str, Any] = {"session_data": {}, "messages": [], "banned": [], "streams": []}
    return {
        "room": "room",
        "room_id": room.id if room else domain.new_id(),
        "ongoing": False,
        "duration": max((one["duration"] or 0 for one in people), default=0),
        "max_participants": len(people),
        "participants": people,
        **extra,
        **values,
    }


def _filled_log(domain: Domain, values: Values) -> Values:
    return {
        "message": "",
        "mtgSessionId": domain.new_id(),
        "userSessionId": domain.new_id(),
        "peerId": None,
        "level": LEVELS["INFO"],
        "code": None,
        **values,
    }


KINDS = (Kind("meetings", filled), Kind("call_logs", _filled_log))

"""Presence and meetings (Daily: /rest-api/presence, /rest-api/rooms/get-room-presence, /rest-api/meetings).

Daily's data are 10 to 25 seconds old, and Daily does not count participants who stay under 10 seconds. Here all changes
are visible at once.
"""

from __future__ import annotations

from typing import Any

from . import _calls as calls
from . import _errors as errors
from . import _runtime as runtime
from ._call import Call, Handler
from ._paging import MAX_LIMIT, limit_of, page_of
from ._state import timestamp
from ._store import Item, Values

KINDS = calls.KINDS
_ALL = 10**6


def _present(call: Call, meeting: Item) -> list[Values]:
    return [
        {
            "room": meeting.data["room"],
            "id": one["participant_id"],
            "userId": one["user_id"],
            "userName": one["user_name"],
            "mtgSessionId": meeting.id,
            "joinTime": timestamp(one["join_time"]),
            "duration": int(call.now) - one["join_time"],
        }
        for one in calls.present(meeting)
    ]


def room_presence(call: Call) -> dict[str, Any]:
    """Answer `GET /rooms/:name/presence`. `total_count` counts all matching participants; `limit` shortens the list."""
    room = runtime.room_of(call)
    limit = limit_of(call, _ALL, _ALL)
    meeting = calls.meeting_in(call.domain, room)
    people = _present(call, meeting) if meeting else []
    for key in ("userId", "userName"):
        if key in call.query:
            people = [one for one in people if one[key] == call.query[key]]
    return {"total_count": len(people), "data": people[:limit]}


def presence(call: Call) -> dict[str, Any]:
    """Answer `GET /presence` with the present participants, by room name."""
    found: dict[str, list[Values]] = {}
    for meeting in calls.ongoing(call.domain):
        found.setdefault(meeting.data["room"], []).extend(_present(call, meeting))
    return found


# -- meetings


def _attended(call: Call, one: Values) -> Values:
    duration = int(call.now) - one["join_time"] if one["duration"] is None else one["duration"]
    shown = {key: one[key] for key in ("user_id", "participant_id", "user_name", "join_time")}
    return {**shown, "duration": duration}


def _view(call: Call, meeting: Item, participants: bool) -> Values:
    data = meeting.data
    start = int(meeting.created_at)
    shown = {
        "id": meeting.id,
        "room": data["room"],
        "start_time": start,
        "duration": int(call.now) - start if data["ongoing"] else data["duration"],
        "ongoing": data["ongoing"],
        "max_participants": data["max_participants"],
    }
    if participants:
        shown["participants"] = [_attended(call, one) for one in data["participants"]]
    return shown


def list_meetings(call: Call) -> dict[str, Any]:
    """Answer `GET /meetings`, filtered by room, by begin, and by whether they are ongoing."""
    room = call.query.get("room")
    start, end = runtime.whole(call, "timeframe_start"), runtime.whole(call, "timeframe_end")
    going = runtime.flag(call, "ongoing")
    bare = runtime.flag(call, "no_participants") is True
    calls.settle(call.domain)

    def wanted(meeting: Item) -> bool:
        began = int(meeting.created_at)
        return (
            room in (None, meeting.data["room"])
            and (start is None or began >= start)
            and (end is None or began < end)
            and going in (None, meeting.data["ongoing"])
        )

    selection = call.domain.collection("meetings").select(wanted)
    page = page_of(call, selection)
    return {"total_count": len(selection), "data": [_view(call, meeting, not bare) for meeting in page]}


def get_meeting(call: Call) -> dict[str, Any]:
    """Answer `GET /meetings/:id`, without the participants."""
    return _view(call, runtime.stored(call, "meetings", "meeting"), False)


def get_participants(call: Call) -> dict[str, Any]:
    """Answer `GET /meetings/:id/participants` in the order of joining; 404 for a page without participants."""
    meeting = runtime.stored(call, "meetings", "meeting")
    limit = limit_of(call, MAX_LIMIT)
    people: list[Values] = meeting.data["participants"]
    after, before = _place(call, people, "joined_after"), _place(call, people, "joined_before")
    low = 0 if after is None else after + 1
    high = len(people) if before is None else before
    if after is None and before is not None:
        low = max(0, high - limit)  # the page that ends there
    page = people[low : min(high, low + limit)]
    if not page:
        raise errors.missing("no more participants")
    return {"data": [_attended(call, one) for one in page]}


def _place(call: Call, people: list[Values], key: str) -> int | None:
    wanted = call.query.get(key)
    if wanted is None:
        return None
    for place, one in enumerate(people):
        if one["participant_id"] == wanted:
            return place
    raise errors.invalid(f'"{key}" is not the id of a participant')


HANDLERS: dict[str, Handler] = {
    "GET /rooms/:name/presence": room_presence,
    "GET /presence": presence,
    "GET /meetings": list_meetings,
    "GET /meetings/:id": get_meeting,
    "GET /meetings/:id/participants": get_participants,
}

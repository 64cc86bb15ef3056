"""Messages, session data, ejecting and permissions in a running call (Daily: /rest-api/rooms, "session").

Nothing is delivered. Sent messages and data are in `Emulator.objects("meetings")`.
"""

from __future__ import annotations

from typing import Any

from pulumi_daily.objects.incall import AppMessage, Eject, PermissionsUpdate, SessionData

from . import _calls as calls
from . import _runtime as runtime
from ._call import Call, Handler


def send_app_message(call: Call) -> dict[str, Any]:
    """Answer `POST /rooms/:name/send-app-message`."""
    _, meeting, body = runtime.acting(call, AppMessage)
    meeting.data["messages"].append({"recipient": "*", **body})
    return {"sent": runtime.json_true(call)}


def get_session_data(call: Call) -> dict[str, Any]:
    """Answer `GET /rooms/:name/get-session-data`."""
    meeting = runtime.meeting_of(call, runtime.room_of(call))
    return {"data": meeting.data["session_data"]}


def set_session_data(call: Call) -> dict[str, Any]:
    """Answer `POST /rooms/:name/set-session-data`: replaces the data, or removes keys and merges the new ones."""
    _, meeting, body = runtime.acting(call, SessionData)
    data = body.get("data", {})
    if body.get("mergeStrategy") == "shallow-merge":
        gone = set(body.get("keysToDelete", ()))
        kept = {key: value for key, value in meeting.data["session_data"].items() if key not in gone}
        data = {**kept, **data}
    meeting.data["session_data"] = data
    return {"sent": runtime.json_true(call)}


def eject(call: Call) -> dict[str, Any]:
    """Answer `POST /rooms/:name/eject`. Unknown ids are ignored; a ban ends with the meeting."""
    _, meeting, body = runtime.acting(call, Eject)
    ids, user_ids = set(body.get("ids", ())), set(body.get("user_ids", ()))
    if body.get("ban"):
        meeting.data["banned"] = sorted({*meeting.data["banned"], *user_ids})
    out = [one for one in calls.present(meeting) if one["participant_id"] in ids or one["user_id"] in user_ids]
    for one in out:
        calls.leave(call.domain, meeting, one)
    return {"ejectedIds": [one["participant_id"] for one in out]}


def update_permissions(call: Call) -> dict[str, Any]:
    """Answer `POST /rooms/:name/update-permissions`: each given permission replaces the participants' one."""
    _, meeting, body = runtime.acting(call, PermissionsUpdate)
    for one in calls.present(meeting):
        for who in ("*", one["participant_id"]):
            one["permissions"] = {**one["permissions"], **body["data"].get(who, {})}
    return {"status": "sent"}


HANDLERS: dict[str, Handler] = {
    "POST /rooms/:name/send-app-message": send_app_message,
    "GET /rooms/:name/get-session-data": get_session_data,
    "POST /rooms/:name/set-session-data": set_session_data,
    "POST /rooms/:name/eject": eject,
    "POST /rooms/:name/update-permissions": update_permissions,
}

"""Calls out of a room and transferred calls.

Sources: Daily's /rest-api/rooms ("dialOut", "sipCallTransfer", "sipRefer") and /rest-api/dialin. No call is made: the
called person joins the room at once.
"""

from __future__ import annotations

from typing import Any

from pulumi_daily.objects.incall import (
    DialOutStart,
    DialOutStop,
    PinlessCallUpdate,
    SendDtmf,
    SipCallTransfer,
    SipRefer,
)

from . import _calls as calls
from . import _errors as errors
from . import _runtime as runtime
from ._call import Call, Handler
from ._media import effective
from ._store import Item, Values


def start(call: Call) -> dict[str, Any]:
    """Answer `POST /rooms/:name/dialOut/start`. The call may begin the meeting if `dialout_config` allows it."""
    room = runtime.room_of(call)
    body = runtime.body_of(call, DialOutStart)
    if call.switches.enabling_check and room.properties.get("enable_dialout") is not True:
        raise errors.invalid(f"enable_dialout of room {room.name} is not set")
    settings = effective(call.domain, room, "dialout_config") or {}
    if settings.get("allow_room_start") is not True:
        runtime.meeting_of(call, room)
    try:
        _, one = calls.join(call.domain, room, body.get("displayName"), body.get("userId"), "dialout")
    except ValueError as error:
        raise errors.invalid(str(error)) from None
    return {"ok": runtime.json_true(call), "sessionId": one["participant_id"]}


def _caller(meeting: Item, body: Values, dialled: bool) -> Values:
    for one in calls.present(meeting):
        if one["participant_id"] == body["sessionId"] and (one["via"] == "dialout" or not dialled):
            return one
    raise errors.missing(f"session {body['sessionId']} not found")


def send_dtmf(call: Call) -> dict[str, Any]:
    """Answer `POST /rooms/:name/dialOut/sendDTMF`."""
    _, meeting, body = runtime.acting(call, SendDtmf)
    one = _caller(meeting, body, True)
    return {"ok": runtime.json_true(call), "sessionId": one["participant_id"]}


def stop(call: Call) -> dict[str, Any]:
    """Answer `POST /rooms/:name/dialOut/stop`: the called person leaves."""
    _, meeting, body = runtime.acting(call, DialOutStop)
    calls.leave(call.domain, meeting, _caller(meeting, body, True))
    return {"status": "sent"}


def _moves_on(call: Call, model: Any) -> dict[str, Any]:
    _, meeting, body = runtime.acting(call, model)
    calls.leave(call.domain, meeting, _caller(meeting, body, False))
    return {"ok": runtime.json_true(call)}


def sip_call_transfer(call: Call) -> dict[str, Any]:
    """Answer `POST /rooms/:name/sipCallTransfer`: the caller leaves this room."""
    return _moves_on(call, SipCallTransfer)


def sip_refer(call: Call) -> dict[str, Any]:
    """Answer `POST /rooms/:name/sipRefer`: the caller leaves Daily."""
    return _moves_on(call, SipRefer)


def pinless_call_update(call: Call) -> dict[str, Any]:
    """Answer `POST /dialin/pinlessCallUpdate`. No call ever waits here: the answer is the same for valid requests."""
    runtime.body_of(call, PinlessCallUpdate)
    return {"ok": runtime.json_true(call)}


HANDLERS: dict[str, Handler] = {
    "POST /rooms/:name/dialOut/start": start,
    "POST /rooms/:name/dialOut/sendDTMF": send_dtmf,
    "POST /rooms/:name/dialOut/stop": stop,
    "POST /rooms/:name/sipCallTransfer": sip_call_transfer,
    "POST /rooms/:name/sipRefer": sip_refer,
    "POST /dialin/pinlessCallUpdate": pinless_call_update,
}

"""Phone numbers that move to another domain, and the caller ids of numbers that are not Daily's.

Source: the program that Daily publishes for moving numbers (daily-co/daily-transfer-phonenumber). What Daily answers to
a new caller id is not known, apart from the status.
"""

from __future__ import annotations

from typing import Any

from . import _checks as checks
from . import _errors as errors
from ._call import Call, Handler, Kind
from ._phone_numbers import number_of

KINDS = (Kind("caller_ids", lambda domain, values: dict(values)),)


def transfer(call: Call) -> dict[str, Any]:
    """Answer `POST /transfer-phone-number/:id`: the number gets a new id in the domain of the given name and key."""
    number = number_of(call)
    body = checks.known_keys(call.body, ("transferDomainName", "transferDomainApi"), call.switches)
    target = call.backend.by_key(str(body.get("transferDomainApi")))
    if target is None or target.name != body.get("transferDomainName"):
        raise errors.invalid("transferDomainApi is not a key of the domain transferDomainName")
    call.domain.collection("phone_numbers").remove(number)
    moved = target.collection("phone_numbers").add(target.new_id(), {**number.data, "name": target.name}, call.now)
    return {"status": True, "newId": moved.id}


def add_caller_id(call: Call) -> dict[str, Any]:
    """Answer `POST /verified-caller-ids`: the number may be shown in calls out of the domain's rooms."""
    body = checks.known_keys(call.body, ("number", "name"), call.switches)
    if not isinstance(body.get("number"), str):
        raise errors.missing_field()
    one = call.domain.collection("caller_ids").add(call.domain.new_id(), body, call.now)
    return {"id": one.id, **body}


HANDLERS: dict[str, Handler] = {
    "POST /transfer-phone-number/:id": transfer,
    "POST /verified-caller-ids": add_caller_id,
}

"""What a Daily for tests (`lying_daily`) does for each kind of object, by Daily's documentation."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lying_daily import Daily

Object = dict[str, Any]
Answer = tuple[int, Any]
MOST_ITEMS = 100


class Refusal(Exception):
    """An error answer: status, `error` and `info`."""

    def __init__(self, status: int, error: str, info: str) -> None:
        super().__init__(status, error, info)
        self.answer: Answer = (status, {"error": error, "info": info})


@dataclass
class Kind:
    """One kind of object: its paths, the names of things in answers, and what a create and an update do."""

    path: str
    key: str
    create: Callable[[Daily, Object], Object]
    update: Callable[[Daily, Object, Object], Object] | None = None
    shown: Callable[[Object], Object] = dict
    cursor: str = ""
    most: int = MOST_ITEMS
    made: str = "id"
    """The field that Daily makes, and that changes with `new_ids`."""
    verb: str = "POST"
    """The method of an update."""


OK: Object = {"status": "ok"}


def bad(info: str) -> Refusal:
    """Return the refusal of a request for what it says."""
    return Refusal(400, "invalid-request-error", info)


def merged(old: Object, new: Object) -> Object:
    """Return an object with changed keys; a null resets one."""
    both = {**old, **new}
    return {key: value for key, value in both.items() if value is not None}


def create_room(daily: Daily, given: Object) -> Object:
    name = given.get("name") or uuid.uuid4().hex[:20]
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,128}", name):
        raise bad(f"{name} contains invalid characters (room names can contain A-Z, a-z, 0-9, '-', and '_')")
    if name in daily.objects("rooms"):
        raise bad(f"a room named {name} already exists")
    return {
        "id": str(uuid.uuid4()),
        "name": name,
        "api_created": True,
        "privacy": given.get("privacy") or "public",
        "url": f"https://lies.daily.co/{name}",
        "created_at": daily.moment(),
        "config": merged({}, given.get("properties") or {}),
    }


def update_room(daily: Daily, old: Object, given: Object) -> Object:
    config = merged(old["config"], given.get("properties") or {})
    return {**old, "privacy": given.get("privacy") or old["privacy"], "config": config}


def create_rooms(daily: Daily, query: Mapping[str, str], given: Object) -> Answer:
    made = [create_room(daily, one) for one in given["rooms"]]  # all of them or none
    return 200, [daily.put("rooms", one) for one in made]


def delete_rooms(daily: Daily, query: Mapping[str, str], given: Object) -> Answer:
    for name in given["room_names"]:
        if name not in daily.objects("rooms"):
            raise Refusal(404, "not-found", f"room {name} not found")
    for name in given["room_names"]:
        daily.remove("rooms", name)
    return 200, {"deleted_count": len(given["room_names"])}


def create_webhook(daily: Daily, given: Object) -> Object:
    if daily.objects("webhooks"):
        raise bad("max webhooks reached")
    return {
        "uuid": str(uuid.uuid4()),
        "hmac": "NQrSA5z0FkJ44QPrFerW7uCc5kdNLv3l2FDEKDanL1U=",
        "state": "ACTIVE",
        "failedCount": 0,
        "domainId": DOMAIN["domain_id"],
        "createdAt": daily.moment(milliseconds=True),
        "updatedAt": daily.moment(milliseconds=True),
        **given,
    }


def create_dialin(daily: Daily, given: Object) -> Object:
    number = given.get("phone_number")
    if number is not None:
        if number not in [item["number"] for item in daily.objects("phone numbers").values()]:
            raise bad(f"Failed to configure dialin: {number} not associated with domain: lies")
        if number in [item["config"].get("phone_number") for item in daily.objects("dialins").values()]:
            raise bad(f"{number} is in use")
    config = {key: value for key, value in given.items() if key != "type"}
    uri = None if given["type"] == "pin_dialin" else "user--1739943585193@daily-lies-pinless-sip.example.com"
    return {"id": str(uuid.uuid4()), "type": given["type"], "config": {**config, "sip_uri": uri}}


def update_dialin(daily: Daily, old: Object, given: Object) -> Object:
    return {**old, "config": {**merged(old["config"], given), "sip_uri": old["config"]["sip_uri"]}}


def buy(daily: Daily, query: Mapping[str, str], given: Object) -> Answer:
    number = given.get("number") or daily.for_sale[-1]
    if number not in daily.for_sale:
        detail = {"detail": "Number is invalid.", "status": "422", "title": "Invalid Attribute", "code": "422"}
        return 422, {"errors": [detail], "status": 422}
    daily.for_sale.remove(number)
    bought = {
        "name": "Lies",
        "type": "purchased_phone_number",
        "id": str(uuid.uuid4()),
        "pagination_id": daily.next_number(),
        "created_date": daily.moment(),
        "number": number,
        "status": "verified",
        "verified": True,
    }
    daily.put("phone numbers", bought)
    return 200, {"id": bought["id"], "number": number}


def available(daily: Daily, query: Mapping[str, str], given: Object) -> Answer:
    found = [{"phoneNumber": number, "region": "CA"} for number in daily.for_sale]
    return 200, {"total_count": len(found), "data": found}


def create_trunk(daily: Daily, given: Object) -> Object:
    if given["trunk_name"] in [item["trunk_name"] for item in daily.objects("SIP trunks").values()]:
        raise bad("trunk_name is taken")
    config = {key: given.get(key) for key in ("room_template", "trunk_config")}
    return {
        "id": str(uuid.uuid4()),
        "description": given.get("description", ""),
        "trunk_name": given["trunk_name"],
        "sip_uri": f"sip:lies-{given['trunk_name']}.siptrunk.sip-us.daily.co",
        "enabled": given.get("enabled", True),
        "config": {**config, "notification": {"hmac": "c2VjcmV0", **given["notification"]}},
    }


def update_trunk(daily: Daily, old: Object, given: Object) -> Object:
    own = {key: value for key, value in given.items() if key in ("description", "enabled")}
    parts = {key: merged(old["config"][key], given[key]) for key in old["config"] if given.get(key)}
    return {**old, **own, "config": {**old["config"], **parts}}


def create_client(daily: Daily, given: Object) -> Object:
    name = given["username"]
    if name in daily.objects("SIP clients"):
        raise bad(f"SIP client {name} already exists")
    return {
        "username": name,
        "domain": "lies.sip-us.daily.co",
        "sip_uri": f"sip:{name}@lies.sip-us.daily.co",
        "password": given.get("password") or uuid.uuid4().hex,
        "expires_at": None,
    }


def without_password(value: Object) -> Object:
    return {key: item for key, item in value.items() if key != "password"}


DOMAIN: Object = {"domain_name": "lies", "domain_id": "3f1c7c4e-0f0f-4a7b-9a51-3a3a5fd0c0de", "config": {}}

KINDS: Mapping[str, Kind] = {
    "rooms": Kind("/rooms", "name", create_room, update_room, cursor="id"),
    "webhooks": Kind("/webhooks", "uuid", create_webhook, lambda daily, old, new: merged(old, new), made="uuid"),
    "dialins": Kind("/domain-dialin-config", "id", create_dialin, update_dialin, cursor="id", verb="PUT"),
    "SIP trunks": Kind("/sip-trunk", "id", create_trunk, update_trunk, cursor="id", verb="PUT"),
    "SIP clients": Kind(
        "/sip-clients", "username", create_client, lambda daily, old, new: {**old, **new}, without_password, made=""
    ),
    "phone numbers": Kind(
        "/purchased-phone-numbers", "id", lambda daily, given: given, cursor="pagination_id", most=50
    ),
}


SPECIAL: Mapping[tuple[str, str], Callable[[Daily, Mapping[str, str], Object], Answer]] = {
    ("GET", "/"): lambda daily, query, given: (200, DOMAIN),
    ("POST", "/batch/rooms"): create_rooms,
    ("DELETE", "/batch/rooms"): delete_rooms,
    ("POST", "/buy-phone-number"): buy,
    ("GET", "/list-available-numbers"): available,
}
CREATES = {("POST", kind.path) for kind in KINDS.values()} | {("POST", "/batch/rooms"), ("POST", "/buy-phone-number")}

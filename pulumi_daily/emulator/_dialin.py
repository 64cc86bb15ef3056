"""Dial-in configurations (Daily: /rest-api/domain-dialin-config): flat in requests, nested in answers."""

from __future__ import annotations

import re
from typing import Any

from pulumi_daily.objects.dialin import DialinConfig

from . import _checks as checks
from . import _errors as errors
from ._call import Call, Handler, Kind
from ._paging import page_of
from ._state import Domain
from ._store import Item, Values
from ._webhooks import new_hmac

CHANGED = (
    "phone_number",
    "name_prefix",
    "hmac",
    "room_creation_api",
    "hold_music_url",
    "timeout_config",
    "ivr_greeting",
)
"""The keys of a PUT."""
KEYS = ("type", *CHANGED)
TYPES = ("pin_dialin", "pinless_dialin")


def _filled(domain: Domain, values: Values) -> Values:
    made = {"type": TYPES[1], **values}
    if made["type"] == "pinless_dialin":
        if "sip_uri" not in made:
            user = f"user--{int.from_bytes(domain.new_bytes(5), 'big'):013d}"
            made["sip_uri"] = f"{user}@daily-{domain.id}-pinless-sip.emulator.invalid"
        if "hmac" not in made and domain.switches.dialin_hmac == "generated":
            made["hmac"] = new_hmac(domain)
    return made


KINDS = (Kind("dialin_configs", _filled),)


def view(config: Item) -> dict[str, Any]:
    """Return a configuration in the API's form."""
    inner = {"sip_uri": None, **config.data}
    return {"id": config.id, "type": inner.pop("type"), "config": inner}


def _config(call: Call) -> Item:
    config = call.domain.collection("dialin_configs").by_id(call.params["id"])
    if config is None:
        raise errors.missing(f"dialin config {call.params['id']} not found")
    return config


def uses(domain: Domain, number: str) -> Item | None:
    """Return the configuration that uses a phone number, or None."""
    configs = domain.collection("dialin_configs").all()
    return next((config for config in configs if config.data.get("phone_number") == number), None)


def _checked(call: Call, values: Values, given: Values, own: Item | None = None) -> Values:
    """Return the whole configuration, completed, after a request with the values `given`.

    Raises `Problem` for an invalid value, and for a phone number that is missing, is not the domain's (both by
    switches) or is used by another configuration than `own`.
    """
    data = checks.whole(DialinConfig, values, call.switches)
    short, number = data["type"].partition("_")[0], given.get("phone_number")
    if short == "pinless" and call.switches.pinless_number == "required" and "phone_number" not in data:
        raise errors.missing_field()
    if number is not None:
        owned = (one.data["number"] for one in call.domain.collection("phone_numbers").all())
        if call.switches.dialin_number_check and number not in owned:
            raise errors.number_not_owned(short, number, call.domain.name)
        if uses(call.domain, number) not in (None, own):
            raise errors.taken(f"{number} is used by another dialin config", int(call.switches.taken))
    return _filled(call.domain, data)


def create_config(call: Call) -> dict[str, Any]:
    """Answer `POST /domain-dialin-config`."""
    checks.paid(call.switches)
    body = checks.known_keys(call.body, KEYS, call.switches)
    data = _checked(call, checks.overlaid({}, body, call.switches), body)
    config = call.domain.collection("dialin_configs").add(call.domain.new_id(), data, call.now)
    return view(config)


def get_config(call: Call) -> dict[str, Any]:
    """Answer `GET /domain-dialin-config/:id`."""
    return view(_config(call))


def update_config(call: Call) -> dict[str, Any]:
    """Answer `PUT /domain-dialin-config/:id`: values are merged, null removes one, the type cannot be changed."""
    config = _config(call)
    body = checks.known_keys(call.body, CHANGED, call.switches)
    config.data = _checked(call, checks.overlaid(config.data, body, call.switches), body, config)
    return view(config)


def delete_config(call: Call) -> dict[str, Any]:
    """Answer `DELETE /domain-dialin-config/:id`."""
    call.domain.collection("dialin_configs").remove(_config(call))
    return {"status": "ok"}


def digits(text: str) -> str:
    """Return the digits of a phone number. The plus becomes a blank in a query that does not encode it."""
    return re.sub(r"[^0-9]", "", text)


def _wanted(call: Call, config: Item) -> bool:
    query, data = call.query, config.data
    number = digits(data.get("phone_number", ""))
    wanted = ("phone_number" not in query) or (number != "" and digits(query["phone_number"]) == number)
    if "phone_numbers" in query:
        parts = [digits(part) for part in query["phone_numbers"].split(",")]
        wanted = wanted and any(part in number for part in parts if part)
    if "sip_username" in query:
        wanted = wanted and (data.get("sip_uri") or "").partition("@")[0] == query["sip_username"]
    for key in ("name_prefix", "type"):
        wanted = wanted and data.get(key) == query.get(key, data.get(key))
    return wanted


def list_configs(call: Call) -> dict[str, Any]:
    """Answer `GET /domain-dialin-config`. `total_count` counts all matching configurations."""
    kind = call.query.get("type")
    if kind is not None and kind not in TYPES:
        raise errors.invalid(f'"type" must be one of [{", ".join(TYPES)}]')
    found = call.domain.collection("dialin_configs").select(lambda config: _wanted(call, config))
    return {"total_count": len(found), "data": [view(config) for config in page_of(call, found)]}


HANDLERS: dict[str, Handler] = {
    "GET /domain-dialin-config": list_configs,
    "POST /domain-dialin-config": create_config,
    "GET /domain-dialin-config/:id": get_config,
    "PUT /domain-dialin-config/:id": update_config,
    "DELETE /domain-dialin-config/:id": delete_config,
}

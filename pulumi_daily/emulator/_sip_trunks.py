"""SIP trunks (Daily: /rest-api/sip-trunk): restricted or open, with a test call to the URL of their notification."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from typing import Any

from pulumi_daily.objects.sip_trunk import RoomTemplate, SipTrunk, TrunkConfig
from pulumi_daily.objects.validation import defaults

from . import _checks as checks
from . import _errors as errors
from ._call import Call, Handler, Kind, Steps, Work
from ._outgoing import send, trunk_message
from ._paging import page_of
from ._state import Domain
from ._store import Item, Values
from ._switches import Switches
from ._webhooks import new_hmac

CHANGED = ("description", "room_template", "notification", "trunk_config", "enabled")
"""The keys of a PUT."""
KEYS = ("trunk_name", *CHANGED)
MERGED = ("notification", "trunk_config")
"""The objects that a PUT changes key by key."""
MOMENTS = ("exp", "nbf")
LABEL_LENGTH = 63
DEFAULT_LIMIT = 20
PROBE = b'{"type":"sip_trunk.test"}'
CONFIG_DEFAULTS = defaults(TrunkConfig)


def _label(domain: Domain, name: str) -> str:
    return f"{domain.name}-{name}"


def _filled(domain: Domain, values: Values) -> Values:
    made = {"trunk_name": "trunk", "room_template": {}, "enabled": True, "trunk_config": {"is_open": True}, **values}
    made["notification"] = {"webhook_url": "", **made.get("notification", {})}
    made["notification"].setdefault("hmac", new_hmac(domain))
    return made


KINDS = (Kind("sip_trunks", _filled),)


def view(domain: Domain, trunk: Item, switches: Switches, *, just_made: bool = False) -> dict[str, Any]:
    """Return a trunk in the API's form, without the password of its credential.

    `just_made`: its `hmac` is new, and returned whatever the switch says.
    """
    inner = {**trunk.data}
    top = {"id": trunk.id, **{key: inner.pop(key, None) for key in ("trunk_name", "description", "enabled")}}
    top["sip_uri"] = f"sip:{_label(domain, trunk.data['trunk_name'])}.siptrunk.sip-us.daily.co"
    config = inner["trunk_config"] = {**CONFIG_DEFAULTS, **inner["trunk_config"]}
    if "credential" in config:
        config["credential"] = {k: v for k, v in config["credential"].items() if k != "password"}
    notification = inner["notification"] = {**inner["notification"]}
    if not (just_made or switches.trunk_hmac_on_read):
        notification.pop("hmac", None)
    if switches.trunk_shape == "nested":
        return {**top, "config": inner}
    hmac = {"hmac": notification.pop("hmac")} if "hmac" in notification else {}
    return {**top, **inner, **hmac}


def _trunk(call: Call) -> Item:
    trunk = call.domain.collection("sip_trunks").by_id(call.params["id"])
    if trunk is None:
        raise errors.missing(f"SIP trunk {call.params['id']} not found")
    return trunk


def _checked(call: Call, values: Values) -> Values:
    """Return all settings of a trunk, checked; its room template is checked like a room.

    Raises `Problem` for a value that Daily refuses.
    """
    template = values.get("room_template")
    settings: Values = {}
    if template is not None:
        for key in MOMENTS:
            # Refused whatever the switch about unknown keys: Daily's documentation names these two.
            if key in checks.as_object(template, "room_template"):
                raise errors.not_allowed(f"room_template.{key}")
        body = {"room_template": template}
        settings = checks.properties(RoomTemplate, body, call.switches, call.now, "room_template")
        values = {**values, "room_template": {}}
    checked = checks.whole(SipTrunk, values, call.switches)
    checked["room_template"] = {key: value for key, value in settings.items() if value is not None}
    return checked


def _one_more(call: Call, name: str) -> None:
    trunks, limit = call.domain.collection("sip_trunks"), call.switches.max_sip_trunks
    if any(trunk.data["trunk_name"] == name for trunk in trunks.all()):
        raise errors.taken(f"a SIP trunk named {name} already exists", int(call.switches.taken))
    if limit is not None and len(trunks) >= limit:
        raise errors.invalid(f"this domain may have at most {limit} SIP trunk(s)")


def _probed(call: Call, data: Values) -> Generator[Work, Any, None]:
    """Make one test call. Raises `Problem` if its answer is not 2xx, or missing."""
    where = data["notification"]
    message = trunk_message(where["webhook_url"], PROBE, where["hmac"], call.now, call.switches)
    status = yield partial(send, message, call.backend.ping_seconds, call.switches.foreign_ping)
    if status is None or not 200 <= status < 300:
        raise errors.probe_failed(status)


def create_trunk(call: Call) -> Steps:
    """Answer `POST /sip-trunk`. Nothing is stored unless the URL of the notification answers 2xx."""
    body = checks.known_keys(call.body, KEYS, call.switches)
    data = _filled(call.domain, _checked(call, checks.overlaid({}, body, call.switches)))
    label = _label(call.domain, data["trunk_name"])
    if len(label) > LABEL_LENGTH:
        raise errors.invalid(f"{label} is longer than {LABEL_LENGTH} characters")
    _one_more(call, data["trunk_name"])
    yield from _probed(call, data)
    _one_more(call, data["trunk_name"])
    trunk = call.domain.collection("sip_trunks").add(call.domain.new_id(), data, call.now)
    return view(call.domain, trunk, call.switches, just_made=True)


def get_trunk(call: Call) -> dict[str, Any]:
    """Answer `GET /sip-trunk/:id`."""
    return view(call.domain, _trunk(call), call.switches)


def update_trunk(call: Call) -> Steps:
    """Answer `PUT /sip-trunk/:id`: change the given keys, inside `notification` and `trunk_config` one by one.

    A null removes a key, but an `hmac` of null is replaced with a new one, which the answer contains. A given
    `notification`, changed or not, is tested as in a create; nothing is stored unless its URL answers 2xx.
    """
    body = checks.known_keys(call.body, CHANGED, call.switches)
    notification = body.get("notification")
    rotated = False
    if isinstance(notification, dict) and notification.get("hmac", "") is None:
        body["notification"] = {**notification, "hmac": new_hmac(call.domain)}
        rotated = True

    def changed() -> Values:
        return _filled(
            call.domain, _checked(call, checks.overlaid(_trunk(call).data, body, call.switches, merged=MERGED))
        )

    data = changed()
    if "notification" in body:
        yield from _probed(call, data)
        data = changed()
    trunk = _trunk(call)
    trunk.data = data
    return view(call.domain, trunk, call.switches, just_made=rotated)


def delete_trunk(call: Call) -> dict[str, Any]:
    """Answer `DELETE /sip-trunk/:id`."""
    call.domain.collection("sip_trunks").remove(_trunk(call))
    return {"status": "ok"}


def list_trunks(call: Call) -> dict[str, Any]:
    """Answer `GET /sip-trunk`. `total_count` counts all matching trunks."""
    query = call.query
    enabled = query.get("enabled")
    if enabled not in (None, "true", "false"):
        raise errors.invalid('"enabled" must be a boolean')

    def matches(trunk: Item) -> bool:
        return (
            query.get("trunk_name", "") in trunk.data["trunk_name"]
            and query.get("description", "") in (trunk.data.get("description") or "")
            and enabled in (None, str(trunk.data.get("enabled", True)).lower())
        )

    found = call.domain.collection("sip_trunks").select(matches)
    page = page_of(call, found, default=DEFAULT_LIMIT)
    return {"total_count": len(found), "data": [view(call.domain, trunk, call.switches) for trunk in page]}


HANDLERS: dict[str, Handler] = {
    "GET /sip-trunk": list_trunks,
    "POST /sip-trunk": create_trunk,
    "GET /sip-trunk/:id": get_trunk,
    "PUT /sip-trunk/:id": update_trunk,
    "DELETE /sip-trunk/:id": delete_trunk,
}

"""SIP clients (Daily: /rest-api/sip-clients): logins whose password is returned once, on creation."""

from __future__ import annotations

from typing import Any

from pulumi_daily.objects.sip_client import SipClient

from . import _checks as checks
from . import _errors as errors
from ._call import Call, Handler, Kind
from ._paging import limit_of, whole_number
from ._state import Domain, timestamp
from ._store import Item, Values

KEYS = ("username", "password", "expires_in_seconds")
MAX_CLIENTS = 2000
DEFAULT_LIMIT = 50


def _new_password(domain: Domain) -> str:
    # The prefix guarantees a letter and a digit, whatever the bytes are.
    return f"d1{domain.new_bytes(15).hex()}"


def _filled(domain: Domain, values: Values) -> Values:
    return values if "password" in values else {**values, "password": _new_password(domain)}


KINDS = (Kind("sip_clients", _filled, "username"),)


def view(domain: Domain, client: Item, *, with_password: bool = False) -> dict[str, Any]:
    """Return a client in the API's form; `with_password` for the answers that set the password."""
    host, expires = f"{domain.name}.sip-us.daily.co", _expiry(client)
    shown = {"username": client.id, "domain": host, "sip_uri": f"sip:{client.id}@{host}"}
    if with_password:
        shown["password"] = client.data["password"]
    return {**shown, "expires_at": None if expires is None else timestamp(int(expires))}


def _expiry(client: Item) -> float | None:
    """Return the time at which a client expires, in Unix seconds; None for never."""
    seconds = client.data.get("expires_in_seconds")
    return None if seconds is None else client.created_at + float(seconds)


def _there(call: Call, client: Item) -> bool:
    expires = _expiry(client)
    return expires is None or call.now < expires or call.switches.expired_sip_client == "200"


def _all(call: Call) -> list[Item]:
    return [client for client in call.domain.collection("sip_clients").all() if _there(call, client)]


def _client(call: Call) -> Item:
    client = call.domain.collection("sip_clients").by_id(call.params["username"])
    if client is None or not _there(call, client):
        raise errors.missing(f"SIP client {call.params['username']} not found")
    return client


def create_client(call: Call) -> dict[str, Any]:
    """Answer `POST /sip-clients`."""
    body = checks.known_keys(call.body, KEYS, call.switches)
    data = _filled(call.domain, checks.whole(SipClient, checks.overlaid({}, body, call.switches), call.switches))
    clients = call.domain.collection("sip_clients")
    name = data.pop("username")
    holder = clients.by_id(name)
    if holder is not None and _there(call, holder):
        raise errors.taken(f"a SIP client named {name} already exists", int(call.switches.taken))
    if len(_all(call)) >= MAX_CLIENTS:
        raise errors.client_limit()
    if holder is not None:
        clients.remove(holder)
    return view(call.domain, clients.add(name, data, call.now), with_password=True)


def get_client(call: Call) -> dict[str, Any]:
    """Answer `GET /sip-clients/:username`."""
    return view(call.domain, _client(call))


def delete_client(call: Call) -> dict[str, Any]:
    """Answer `DELETE /sip-clients/:username`."""
    call.domain.collection("sip_clients").remove(_client(call))
    return {"status": "ok"}


def rotate(call: Call) -> dict[str, Any]:
    """Answer `POST /sip-clients/:username/rotate`: sets the given password, or a new one."""
    client = _client(call)
    body = checks.known_keys(call.body, ("password",), call.switches)
    trial = checks.overlaid({"username": client.id}, body, call.switches)
    data = _filled(call.domain, checks.whole(SipClient, trial, call.switches))
    client.data["password"] = data["password"]
    return view(call.domain, client, with_password=True)


def list_clients(call: Call) -> dict[str, Any]:
    """Answer `GET /sip-clients`, whose pages are selected by `offset` and whose envelope is different."""
    limit, offset = limit_of(call, default=DEFAULT_LIMIT), whole_number(call, "offset", 0)
    found = _all(call)
    page = [view(call.domain, client) for client in found[offset : offset + limit]]
    return {"sip_clients": page, "total": len(found), "limit": limit, "offset": offset}


HANDLERS: dict[str, Handler] = {
    "GET /sip-clients": list_clients,
    "POST /sip-clients": create_client,
    "GET /sip-clients/:username": get_client,
    "DELETE /sip-clients/:username": delete_client,
    "POST /sip-clients/:username/rotate": rotate,
}

"""Webhooks (Daily: /rest-api/webhooks): their test call, their state, and the delivery of events."""

from __future__ import annotations

import base64
import json
from collections.abc import Generator
from functools import partial
from typing import Any, get_args

from pulumi_daily.objects.webhook import FAILED, EventType, Webhook

from . import _account
from . import _checks as checks
from . import _errors as errors
from ._call import EMPTY, Call, Handler, Kind, Steps, Work
from ._outgoing import Message, send, webhook_message
from ._state import Backend, Domain, timestamp, timestamp_ms
from ._store import Item, Values
from ._switches import Switches

KEYS = ("url", "eventTypes", "hmac", "basicAuth", "retryType")
PING = b'{"test":"test"}'
ACTIVE = "ACTIVE"
HMAC_BYTES = 32
BREAKER = 3
"""The number of consecutive failures after which `circuit-breaker` makes a webhook FAILED."""
TRIES = 5
"""The number of times that `exponential` sends an event."""
EVENTS = frozenset(get_args(EventType))


def new_hmac(domain: Domain) -> str:
    """Return a secret in Daily's form: base64 of 32 bytes."""
    return base64.b64encode(domain.new_bytes(HMAC_BYTES)).decode()


def _filled(domain: Domain, values: Values) -> Values:
    made = {"url": "", "eventTypes": [], "state": ACTIVE, "failedCount": 0, **values}
    return made if "hmac" in made else {**made, "hmac": new_hmac(domain)}


KINDS = (Kind("webhooks", _filled, "uuid"),)


def view(domain: Domain, hook: Item, switches: Switches, *, just_made: bool = False) -> dict[str, Any]:
    """Return a webhook in the API's form. Only the answer to its create (`just_made`) has milliseconds."""
    shown = {"uuid": hook.id, **hook.data}
    updated, pushed = shown.pop("updated_at", hook.created_at), shown.pop("pushed_at", None)
    retry = shown.pop("retryType", "circuit-breaker")
    if switches.echo_retry_type:
        shown["retryType"] = retry
    if not just_made:
        shown.setdefault("basicAuth", None)
    if pushed is not None:
        shown["lastMomentPushed"] = timestamp(int(pushed))
    shown["domainId"] = domain.id
    for key, moment in (("createdAt", hook.created_at), ("updatedAt", updated)):
        shown[key] = timestamp_ms(moment) if just_made else timestamp(int(moment))
    return shown


def _webhook(call: Call) -> Item:
    checks.paid(call.switches)
    hook = call.domain.collection("webhooks").by_id(call.params["id"])
    if hook is None:
        info = f"webhook {call.params['id']} not found"
        raise errors.missing(info) if call.switches.webhook_missing == "404" else errors.invalid(info)
    return hook


def _one_more(call: Call) -> None:
    limit = _account.config(call.domain)["max_webhook_count"]
    if call.switches.second_webhook == "reject" and len(call.domain.collection("webhooks")) >= limit:
        raise errors.invalid(f"this domain may have at most {limit} webhook(s)")


def _message(backend: Backend, data: Values, body: bytes) -> Message:
    return webhook_message(
        data["url"], body, data["hmac"], data.get("basicAuth"), backend.clock.now(), backend.switches
    )


def _pinged(call: Call, data: Values) -> Generator[Work, Any, None]:
    """Make one test call. Raises `Problem` if its answer is not 200, or missing."""
    message = _message(call.backend, data, PING)
    status = yield partial(send, message, call.backend.ping_seconds, call.switches.foreign_ping)
    _logged(call.domain, message, status)
    if status != 200:
        raise errors.ping_failed(status)


def _logged(domain: Domain, message: Message, status: int | None) -> None:
    """Add a request to Daily's log (`GET /logs/api?source=webhook`). Status 0 means no answer."""
    domain.api_log.add(method="POST", url=message.url, status=status or 0, request=message.body, source="webhook")


def list_webhooks(call: Call) -> list[dict[str, Any]]:
    """Answer `GET /webhooks` with a bare array. A free plan gets an error (recorded)."""
    checks.paid(call.switches)
    return [view(call.domain, hook, call.switches) for hook in call.domain.collection("webhooks").all()]


def get_webhook(call: Call) -> dict[str, Any]:
    """Answer `GET /webhooks/:id`."""
    return view(call.domain, _webhook(call), call.switches)


def create_webhook(call: Call) -> Steps:
    """Answer `POST /webhooks`. Nothing is stored unless the URL answers 200."""
    checks.paid(call.switches)
    body = checks.known_keys(call.body, KEYS, call.switches)
    given = checks.whole(Webhook, checks.overlaid({}, body, call.switches), call.switches)
    data = _filled(call.domain, given)
    _one_more(call)
    yield from _pinged(call, data)
    _one_more(call)
    hook = call.domain.collection("webhooks").add(call.domain.new_id(), data, call.now)
    return view(call.domain, hook, call.switches, just_made=True)


def update_webhook(call: Call) -> Steps:
    """Answer `POST /webhooks/:id`: merges, and makes a failed webhook active again.

    The URL must answer 200, as in a create. An `hmac` of null is replaced with a new one.
    """
    before = _webhook(call).data
    body = checks.known_keys(call.body, KEYS, call.switches)
    if body.get("hmac", "") is None:
        body["hmac"] = new_hmac(call.domain)
    data = checks.whole(Webhook, checks.overlaid(before, body, call.switches), call.switches)
    yield from _pinged(call, data)
    hook = _webhook(call)
    again = {"state": ACTIVE, "failedCount": 0, "updated_at": call.now}
    hook.data = checks.overlaid(hook.data, body, call.switches) | again
    return view(call.domain, hook, call.switches)


def delete_webhook(call: Call) -> Any:
    """Answer `DELETE /webhooks/:id` with 200 and no body."""
    call.domain.collection("webhooks").remove(_webhook(call))
    return EMPTY


def deliver(backend: Backend, domain: Domain, event_type: str, payload: Values) -> dict[str, list[int | None]]:
    """Send an event to the active webhooks for its type; return the statuses of its attempts by webhook.

    A status is None without an answer. Raises `ValueError` for an unknown event type; see `Emulator.deliver`.
    """
    if event_type not in EVENTS:
        raise ValueError(f"there is no event {event_type!r}")
    hooks = domain.collection("webhooks")
    with backend.lock:
        now = backend.clock.now()
        short = "-".join(word[:3] for word in event_type.split("."))
        event = {
            "version": "1.0.0",
            "type": event_type,
            "id": f"{short}-{domain.new_id()}-{int(now)}",
            "payload": payload,
            "event_ts": now,
        }
        body = json.dumps(event, separators=(",", ":")).encode()
        wanting = [h for h in hooks.all() if h.data.get("state") == ACTIVE and event_type in h.data["eventTypes"]]
    return {hook.id: _delivered(backend, domain, hook, body) for hook in wanting}


def _delivered(backend: Backend, domain: Domain, hook: Item, body: bytes) -> list[int | None]:
    """Send an event to a webhook, and return the status of each attempt (None: no answer).

    Attempts follow each other at once, without Daily's wait of 15 minutes.
    """
    statuses: list[int | None] = []
    persistent = hook.data.get("retryType") == "exponential"
    while not statuses or (persistent and statuses[-1] != 200 and len(statuses) < TRIES):
        with backend.lock:
            message = _message(backend, hook.data, body)
        statuses.append(send(message, backend.ping_seconds, backend.switches.foreign_ping))
        with backend.lock:
            _logged(domain, message, statuses[-1])
    with backend.lock:
        if statuses[-1] == 200:
            hook.data |= {"failedCount": 0, "pushed_at": backend.clock.now()}
        else:
            hook.data["failedCount"] += 1
            if not persistent and hook.data["failedCount"] >= BREAKER:
                hook.data["state"] = FAILED
    return statuses


HANDLERS: dict[str, Handler] = {
    "GET /webhooks": list_webhooks,
    "POST /webhooks": create_webhook,
    "GET /webhooks/:id": get_webhook,
    "POST /webhooks/:id": update_webhook,
    "DELETE /webhooks/:id": delete_webhook,
}

"""Requests that the emulator sends like Daily: test calls and events, only to addresses on this machine."""

from __future__ import annotations

import base64
import http.client
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

from pulumi_daily.api import is_loopback
from pulumi_daily.webhooks import (
    SIGNATURE_HEADER,
    SIP_TRUNK_SIGNATURE_HEADER,
    SIP_TRUNK_TIMESTAMP_HEADER,
    TIMESTAMP_HEADER,
    sign,
)

from ._switches import Switches

PING_SECONDS = 8.0
"""The seconds that Daily waits for the answer to a test call (measured)."""
_AGENT = "node-superagent/3.8.3"
_KEPT_IN_PATHS = "/%:@!$&'()*+,;=~-._"


@dataclass(frozen=True)
class Message:
    """A POST of JSON that is ready to be sent."""

    url: str
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)


def webhook_message(
    url: str, body: bytes, hmac: str, basic_auth: str | None, now: float, switches: Switches
) -> Message:
    """Return the signed POST to a webhook (Daily: /rest-api/webhooks, "hmac"). `hmac` is base64."""
    timestamp = str(round(now * 1000) if switches.webhook_timestamp == "milliseconds" else int(now))
    headers = {TIMESTAMP_HEADER: timestamp, SIGNATURE_HEADER: sign(body, hmac, timestamp)}
    if basic_auth is not None:
        headers["Authorization"] = f"Basic {basic_auth}"
    return Message(url, body, headers)


def trunk_message(url: str, body: bytes, hmac: str, now: float, switches: Switches) -> Message:
    """Return the signed POST to the webhook of a SIP trunk (Daily: /rest-api/sip-trunk/notification)."""
    timestamp = str(round(now * 1000))
    signature = sign(body, hmac, timestamp)
    if switches.trunk_signature == "hex":
        signature = base64.b64decode(signature).hex()
    return Message(url, body, {SIP_TRUNK_TIMESTAMP_HEADER: timestamp, SIP_TRUNK_SIGNATURE_HEADER: signature})


def send(message: Message, seconds: float, foreign: str) -> int | None:
    """Post a message and return the status of the answer, or None without one within `seconds`.

    It is sent once, redirects are not followed. An address on another machine is not called: with `foreign="pass"` its
    answer counts as 200, else as missing. Never raises.
    """
    try:
        host, port, secure, target = _parts(message.url)
    except ValueError:
        return None
    if not is_loopback(host):
        return 200 if foreign == "pass" else None
    if secure:
        context = ssl.create_default_context()
        # Certificate authorities sign no certificates for loopback.
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(
            host, port, timeout=seconds, context=context
        )
    else:
        connection = http.client.HTTPConnection(host, port, timeout=seconds)
    headers = {"Content-Type": "application/json", "User-Agent": _AGENT, "Connection": "close", **message.headers}
    try:
        connection.request("POST", target, message.body, headers)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()


def _parts(url: str) -> tuple[str, int | None, bool, str]:
    parts = urlsplit(url)
    target = quote(parts.path or "/", safe=_KEPT_IN_PATHS)
    if parts.query:
        target += "?" + quote(parts.query, safe=_KEPT_IN_PATHS + "?")
    return parts.hostname or "", parts.port, parts.scheme == "https", target

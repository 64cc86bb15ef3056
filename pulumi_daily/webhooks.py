"""Verification of requests that Daily posts to your server: events of a webhook, and calls of a SIP trunk.

    event = pulumi_daily.webhooks.verify(request.body, request.headers, hmac)

Daily signs each request with the webhook's ``hmac`` (an output of ``daily.Webhook``): the base64 text of HMAC-SHA256
over ``<timestamp>.<body>``, keyed with the base64-decoded ``hmac`` (Daily: /rest-api/webhooks, "hmac"). Pass the body
exactly as it arrived: parsed and re-encoded JSON is a different text. Uses the standard library only.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hmac import compare_digest, digest
from typing import Any, Literal, Protocol

SIGNATURE_HEADER = "X-Webhook-Signature"
TIMESTAMP_HEADER = "X-Webhook-Timestamp"
SIP_TRUNK_SIGNATURE_HEADER = "X-Siptrunk-Signature"
SIP_TRUNK_TIMESTAMP_HEADER = "X-Siptrunk-Timestamp"

TOLERANCE = 300.0
"""The allowed difference in seconds between a request's timestamp and the local clock, in both directions."""

TEST_BODY: Mapping[str, Any] = {"test": "test"}
"""The body that Daily posts when a webhook is created and before each change."""

Reason = Literal["missing_header", "bad_timestamp", "bad_signature", "out_of_tolerance", "not_an_event"]

# Seconds have ten digits until the year 2286, milliseconds thirteen since 2001.
_MILLISECONDS_FROM = 1e11
_TIMESTAMP = re.compile(r"[0-9]{1,17}(?:\.[0-9]{1,9})?")


class Headers(Protocol):
    """The interface of a request's headers, which a dict and the objects of web frameworks have.

    Names are compared without regard to case.
    """

    def items(self) -> Iterable[tuple[str, Any]]:
        """Return the names and values; a value is text or bytes."""
        ...


class SignatureError(ValueError):
    """Error: the request must not be trusted, or its body is not a JSON object.

    The message gives the reason and contains neither secret, signature nor body.
    """

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason: Reason = reason
        """The check that failed, for comparison in programs."""


@dataclass(frozen=True)
class Event:
    """An event or call posted by Daily. ``repr`` contains no payload, because payloads name people."""

    type: str
    """``meeting.started`` and so on; ``test`` for the test request; empty when the body has no type."""
    id: str = ""
    """Daily's id of the event. The same event may arrive twice, then with the same id."""
    version: str = ""
    payload: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """The data of the event, whose form depends on the type, as Daily sent them."""
    event_ts: float | None = None
    """The time of the event in Unix seconds, with a fraction."""
    body: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)
    """The whole JSON object, for fields that are not listed here (calls of a SIP trunk have a form of their own)."""

    @property
    def is_test(self) -> bool:
        """Return whether this is Daily's test of the address; answer it with 200 and do nothing."""
        return self.body == TEST_BODY or self.type == "sip_trunk.test"


def verify(
    body: bytes | str,
    headers: Headers,
    hmac: str | Sequence[str],
    *,
    tolerance: float | None = TOLERANCE,
    now: float | None = None,
) -> Event:
    """Return the event of a request that was signed with ``hmac`` within ``tolerance`` seconds of ``now``.

    ``hmac`` is the base64 secret of the webhook, or several secrets of which one must match (during a change of it).
    ``headers`` is any object with ``items()``. ``now`` is in Unix seconds (default: the clock); ``tolerance=None``
    disables the check of the age. Daily documents no unit for the timestamp, so seconds and milliseconds are both
    accepted.

    Raises :class:`SignatureError` for a request that must not be trusted (answer 401) and for a body that is not a JSON
    object, and ``ValueError`` when ``hmac`` is empty or not base64 text (an error in your configuration).
    """
    return _verified(_WEBHOOK, body, headers, hmac, tolerance, now)


def verify_sip_trunk(
    body: bytes | str,
    headers: Headers,
    hmac: str | Sequence[str],
    *,
    tolerance: float | None = TOLERANCE,
    now: float | None = None,
) -> Event:
    """Return the event of a request that Daily posted to ``notification.webhook_url`` of a SIP trunk.

    The parameters and errors are those of :func:`verify`. The headers have other names (``X-Siptrunk-…``). Daily does
    not document the encoding of the signature; base64 and hexadecimal digits are both accepted.
    """
    return _verified(_SIP_TRUNK, body, headers, hmac, tolerance, now)


def sign(body: bytes | str, hmac: str, timestamp: str | int | float) -> str:
    """Return the signature that Daily would send with ``body``, for tests of a receiver.

    ``timestamp`` is signed exactly as in its header. Raises ``ValueError`` when ``hmac`` is not base64 text.
    """
    return base64.b64encode(_digest(body, _key(hmac), str(timestamp))).decode("ascii")


def parse(body: bytes | str) -> Event:
    """Return the event in a body without verifying it. Raises :class:`SignatureError` if it is not a JSON object."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        # Not chained: the message of a JSON error may contain a part of the body.
        raise SignatureError("not_an_event", "the body is not a JSON object")
    payload, moment = content.get("payload"), content.get("event_ts")
    return Event(
        type="test" if content == TEST_BODY else _text(content.get("type")),
        id=_text(content.get("id")),
        version=_text(content.get("version")),
        payload=payload if isinstance(payload, dict) else {},
        event_ts=moment if isinstance(moment, int | float) and not isinstance(moment, bool) else None,
        body=content,
    )


@dataclass(frozen=True)
class _Scheme:
    timestamp: str
    signature: str
    hexadecimal: bool


_WEBHOOK = _Scheme(TIMESTAMP_HEADER, SIGNATURE_HEADER, hexadecimal=False)
_SIP_TRUNK = _Scheme(SIP_TRUNK_TIMESTAMP_HEADER, SIP_TRUNK_SIGNATURE_HEADER, hexadecimal=True)


def _verified(
    scheme: _Scheme,
    body: bytes | str,
    headers: Headers,
    hmac: str | Sequence[str],
    tolerance: float | None,
    now: float | None,
) -> Event:
    keys = [_key(text) for text in ((hmac,) if isinstance(hmac, str) else hmac)]
    if not keys:
        raise ValueError("no hmac is given")
    timestamp = _header(headers, scheme.timestamp)
    signature = _header(headers, scheme.signature).encode("utf-8", "surrogatepass")
    if not _TIMESTAMP.fullmatch(timestamp):
        raise SignatureError("bad_timestamp", f"{scheme.timestamp} is not a number of seconds or milliseconds")
    fits = False
    for key in keys:
        # Every key and every form is compared, so that the time taken reveals nothing.
        expected = _digest(body, key, timestamp)
        fits |= compare_digest(signature, base64.b64encode(expected))
        if scheme.hexadecimal:
            fits |= compare_digest(signature.lower(), expected.hex().encode())
    if not fits:
        text = f"{scheme.signature} does not fit the body: another hmac, or a body that is not as it was sent"
        raise SignatureError("bad_signature", text)
    if tolerance is not None:
        moment = float(timestamp)
        age = (time.time() if now is None else now) - (moment / 1000 if moment >= _MILLISECONDS_FROM else moment)
        if not abs(age) <= tolerance:
            when = f"{abs(age):.0f} s {'old' if age > 0 else 'ahead of the clock'}"
            raise SignatureError("out_of_tolerance", f"the request is {when}; {tolerance:g} s are allowed")
    return parse(body)


def _header(headers: Headers, name: str) -> str:
    for key, value in headers.items():
        if key.lower() == name.lower():
            return value.decode("latin-1") if isinstance(value, bytes) else str(value)
    raise SignatureError("missing_header", f"the header {name} is missing: not from Daily, or taken out by a proxy")


def _key(hmac: str) -> bytes:
    try:
        key = base64.b64decode(hmac, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not key:
        raise ValueError("hmac must be the base64 text that the webhook has")
    return key


def _digest(body: bytes | str, key: bytes, timestamp: str) -> bytes:
    raw = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
    return digest(key, timestamp.encode() + b"." + raw, "sha256")


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""

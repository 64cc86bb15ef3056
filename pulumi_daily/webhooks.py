"""Verifying what Daily posts to your address: events of a webhook, and calls of a SIP trunk.

    event = pulumi_daily.webhooks.verify(request.body, request.headers, hmac)

Daily signs each request with the webhook's ``hmac`` (an output of ``daily.Webhook``): the base64 text of HMAC-SHA256
over ``<timestamp>.<body>``, keyed with the base64-decoded ``hmac`` (Daily: /rest-api/webhooks, "hmac"). Pass the body
exactly as it arrived: JSON that was parsed and written again is another text. Standard library only.
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
"""Seconds that the timestamp of a request may be away from the clock here, either way."""

TEST_BODY: Mapping[str, Any] = {"test": "test"}
"""What Daily posts when a webhook is made and before each change of it."""

Reason = Literal["missing_header", "bad_timestamp", "bad_signature", "out_of_tolerance", "not_an_event"]

# Seconds have ten digits until the year 2286, milliseconds thirteen since 2001.
_MILLISECONDS_FROM = 1e11
_TIMESTAMP = re.compile(r"[0-9]{1,17}(?:\.[0-9]{1,9})?")


class Headers(Protocol):
    """Headers of a request: a dict, or what a web framework has. Names are compared without regard to case."""

    def items(self) -> Iterable[tuple[str, Any]]:
        """Names and values; a value is text or bytes."""
        ...


class SignatureError(ValueError):
    """A request that is not to be trusted. The message says why and shows neither secret, signature nor body."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason: Reason = reason
        """For programs: which check failed."""


@dataclass(frozen=True)
class Event:
    """What Daily has to say. ``repr`` shows no content: payloads name people."""

    type: str
    """``meeting.started`` and so on; ``test`` for the test call; empty when the body names none."""
    id: str = ""
    """Daily's id of the event: the same event may arrive twice, then with the same id."""
    version: str = ""
    payload: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """What belongs to the type, as Daily sent it."""
    event_ts: float | None = None
    """When it happened: unix seconds, with a fraction."""
    body: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)
    """The whole JSON object, for what is not listed here (calls of a SIP trunk have a form of their own)."""

    @property
    def is_test(self) -> bool:
        """Whether this is the call that Daily makes to see that the address works; answer 200 and do nothing."""
        return self.body == TEST_BODY or self.type == "sip_trunk.test"


def verify(
    body: bytes | str,
    headers: Headers,
    hmac: str | Sequence[str],
    *,
    tolerance: float | None = TOLERANCE,
    now: float | None = None,
) -> Event:
    """The event of a request that was signed with ``hmac`` within ``tolerance`` seconds of ``now``.

    ``hmac`` is the base64 secret of the webhook, or several of which one must fit (while it is being changed).
    ``headers`` is anything with ``items()``. ``now`` is unix seconds (default: the clock); ``tolerance=None`` leaves
    the age out. Daily documents no unit for the timestamp, so seconds and milliseconds are both understood.

    Raises :class:`SignatureError` for a request that must not be trusted (answer 401), and ``ValueError`` when ``hmac``
    is no base64 text (a mistake on your side).
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
    """As :func:`verify`, for what Daily posts to ``notification.webhook_url`` of a SIP trunk.

    The headers have other names (``X-Siptrunk-…``). Daily does not say how the signature is written; base64 and
    hexadecimal digits are both understood.
    """
    return _verified(_SIP_TRUNK, body, headers, hmac, tolerance, now)


def sign(body: bytes | str, hmac: str, timestamp: str | int | float) -> str:
    """The signature that Daily sends with ``body``: what tests of a receiver need.

    ``timestamp`` is signed as it stands in its header. Raises ``ValueError`` when ``hmac`` is no base64 text.
    """
    return base64.b64encode(_digest(body, _key(hmac), str(timestamp))).decode("ascii")


def parse(body: bytes | str) -> Event:
    """The event in a body, without verifying anything. Raises :class:`SignatureError` when it is no JSON object."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        # Not chained: the message of a JSON error may show a part of the body.
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
        # Every key and every form is compared, so that the time taken tells nothing.
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

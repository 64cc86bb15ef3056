"""`pulumi_daily.webhooks`: what is believed of a request, and that nothing secret is shown."""

from __future__ import annotations

import base64
import email.message
import hmac as hmac_module
import json
import time
import traceback
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pulumi_daily as daily
from pulumi_daily import webhooks

HMAC = base64.b64encode(b"canary-secret-of-the-webhook-tests").decode()
OTHER = base64.b64encode(b"another").decode()
NOW = 1_800_000_000.0
BODY = (
    b'{"version":"1.0.0","type":"meeting.started","id":"met-sta-f2aa1ade-ff80-464c-b46e-50ffa577d48d-1708526032",'
    b'"payload":{"start_ts":1708526032.672,"meeting_id":"f2aa1ade-ff80-464c-b46e-50ffa577d48d",'
    b'"room":"TrPmUX1DzjSwDaAFDfNj"},"event_ts":1708526033.049}'
)
"""Daily's own sample of an event."""

Verify = Callable[..., webhooks.Event]


def expected(body: bytes, timestamp: str, hmac: str = HMAC) -> bytes:
    """The digest as Daily's documentation describes it, without the module."""
    return hmac_module.digest(base64.b64decode(hmac), timestamp.encode() + b"." + body, "sha256")


def headers(body: bytes = BODY, timestamp: str = f"{NOW:.0f}", hmac: str = HMAC) -> dict[str, str]:
    signature = base64.b64encode(expected(body, timestamp, hmac)).decode()
    return {"X-Webhook-Timestamp": timestamp, "X-Webhook-Signature": signature}


def refused(
    *args: Any, reason: str, verify: Verify = webhooks.verify, now: float = NOW, **more: Any
) -> webhooks.SignatureError:
    with pytest.raises(webhooks.SignatureError) as caught:
        verify(*args, now=now, **more)
    assert caught.value.reason == reason, caught.value
    return caught.value


# -- signing


def test_a_published_vector() -> None:
    """RFC 4231, test case 7: its text has a full stop, so that it is a timestamp and a body."""
    text = (
        "This is a test using a larger than block-size key and a larger than block-size data. The key needs to be "
        "hashed before being used by the HMAC algorithm."
    )
    timestamp, _, body = text.partition(".")
    digest = bytes.fromhex("9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2")
    assert webhooks.sign(body, base64.b64encode(b"\xaa" * 131).decode(), timestamp) == base64.b64encode(digest).decode()


def test_the_signature_is_the_documented_one() -> None:
    for timestamp in (1800000000, "1800000000", 1800000000123):
        given = webhooks.sign(BODY, HMAC, timestamp)
        assert base64.b64decode(given, validate=True) == expected(BODY, str(timestamp))
        assert webhooks.sign(BODY.decode(), HMAC, timestamp) == given


@pytest.mark.parametrize("hmac", ["", "not base64", "abc", "====", "é"])
def test_a_secret_that_is_no_base64(hmac: str) -> None:
    for attempt in (
        lambda: webhooks.sign(BODY, hmac, 1),
        lambda: webhooks.verify(BODY, headers(), hmac),
        lambda: webhooks.verify(BODY, headers(), [HMAC, hmac]),
    ):
        with pytest.raises(ValueError, match="base64") as caught:
            attempt()
        assert not isinstance(caught.value, webhooks.SignatureError)
    with pytest.raises(ValueError, match="no hmac"):
        webhooks.verify(BODY, headers(), [])


# -- events


def test_the_documented_event() -> None:
    event = webhooks.verify(BODY, headers(), HMAC, now=NOW)
    assert (event.version, event.type) == ("1.0.0", "meeting.started")
    assert event.id == "met-sta-f2aa1ade-ff80-464c-b46e-50ffa577d48d-1708526032"
    assert event.payload["room"] == "TrPmUX1DzjSwDaAFDfNj"
    assert event.event_ts == 1708526033.049
    assert event.body == json.loads(BODY)
    assert not event.is_test


def test_the_test_call() -> None:
    event = webhooks.verify(b'{"test":"test"}', headers(b'{"test":"test"}'), HMAC, now=NOW)
    assert event.is_test
    assert (event.type, event.id, event.version, event.payload, event.event_ts) == ("test", "", "", {}, None)
    assert not webhooks.parse('{"type":"test"}').is_test
    assert not webhooks.parse('{"test":"test","type":"meeting.started"}').is_test


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b"\xff\xfe", b"[" * 100_000, b'"x"'])
def test_a_signed_body_that_is_no_event(body: bytes) -> None:
    refused(body, headers(body), HMAC, reason="not_an_event")


@pytest.mark.parametrize("body", ["{}", '{"type":1,"id":null,"version":[],"payload":"x","event_ts":true}'])
def test_an_event_of_another_form_is_read_all_the_same(body: str) -> None:
    event = webhooks.parse(body)
    assert (event.type, event.id, event.version, event.payload, event.event_ts) == ("", "", "", {}, None)
    assert event.body == json.loads(body)


# -- headers


def message() -> email.message.Message:
    found = email.message.Message()
    for name, value in headers().items():
        found[name] = value
    return found


@pytest.mark.parametrize(
    "given",
    [
        headers(),
        {name.lower(): value for name, value in headers().items()},
        {name.upper(): value for name, value in headers().items()},
        {"Host": "x", **headers(), "X-Other": "y"},
        {name: value.encode() for name, value in headers().items()},
        message(),
    ],
    ids=["as written", "lower", "upper", "among others", "bytes", "a message"],
)
def test_headers_in_every_form(given: Any) -> None:
    assert webhooks.verify(BODY, given, HMAC, now=NOW).type == "meeting.started"


@pytest.mark.parametrize("missing", ["X-Webhook-Timestamp", "X-Webhook-Signature"])
def test_a_header_that_is_missing(missing: str) -> None:
    given = {name: value for name, value in headers().items() if name != missing}
    assert missing in str(refused(BODY, given, HMAC, reason="missing_header"))


@pytest.mark.parametrize("text", ["", "now", "-1", "1e9", "nan", "1800000000 ", "0x10", "1_0", "٣", "1" * 18])
def test_a_timestamp_that_is_none(text: str) -> None:
    refused(BODY, {**headers(), "X-Webhook-Timestamp": text}, HMAC, reason="bad_timestamp")


# -- time


@pytest.mark.parametrize(
    "write", ["{:.0f}".format, "{:.3f}".format, lambda t: f"{t * 1000:.0f}"], ids=["s", "s with ms", "ms"]
)
@pytest.mark.parametrize(("age", "good"), [(0, True), (299, True), (301, False), (-299, True), (-301, False)])
def test_the_age_of_a_request(write: Callable[[float], str], age: float, good: bool) -> None:
    given = headers(timestamp=write(NOW - age))
    if good:
        webhooks.verify(BODY, given, HMAC, now=NOW)
    else:
        text = str(refused(BODY, given, HMAC, reason="out_of_tolerance"))
        assert ("old" if age > 0 else "ahead") in text
        assert "301 s" in text
    assert webhooks.verify(BODY, given, HMAC, now=NOW, tolerance=None)
    assert webhooks.verify(BODY, given, HMAC, now=NOW, tolerance=301)


def test_the_clock_is_the_default() -> None:
    assert webhooks.verify(BODY, headers(timestamp=f"{time.time():.0f}"), HMAC)
    with pytest.raises(webhooks.SignatureError, match="old"):
        webhooks.verify(BODY, headers(timestamp="1500000000"), HMAC)


def test_the_age_of_an_unsigned_request_is_not_told() -> None:
    refused(BODY, headers(timestamp="1", hmac=OTHER), HMAC, reason="bad_signature")


# -- secrets


def test_while_the_secret_is_being_changed() -> None:
    for hmac in (HMAC, OTHER):
        assert webhooks.verify(BODY, headers(hmac=hmac), [OTHER, HMAC], now=NOW)
    refused(BODY, headers(), [OTHER], reason="bad_signature")


@pytest.mark.parametrize("signature", ["", "x", "é", "\udc80", expected(BODY, f"{NOW:.0f}").hex()])
def test_signatures_that_are_none(signature: str) -> None:
    refused(BODY, {**headers(), "X-Webhook-Signature": signature}, HMAC, reason="bad_signature")


def test_a_body_that_was_written_anew_is_another_one() -> None:
    error = refused(json.dumps(json.loads(BODY)), headers(), HMAC, reason="bad_signature")
    assert "as it was sent" in str(error)


def test_no_secret_is_shown() -> None:
    body = b'{"type":"canary.type","payload":{"user_name":"canary-user"}}'
    shown = repr(webhooks.verify(BODY, headers(), HMAC, now=NOW)) + repr(webhooks.parse(BODY))
    assert "TrPmUX1DzjSwDaAFDfNj" not in shown
    attempts: list[tuple[bytes, Mapping[str, str], Any]] = [
        (body, headers(), HMAC),
        (body, headers(body, timestamp="1"), HMAC),
        (b"canary", headers(b"canary"), HMAC),
        (body, {"X-Webhook-Timestamp": "canary", "X-Webhook-Signature": "canary"}, HMAC),
        (body, {}, HMAC),
        (body, headers(), "canary, no base64"),
    ]
    for attempt in attempts:
        with pytest.raises(ValueError) as caught:
            webhooks.verify(*attempt, now=NOW)
        error = caught.value
        shown = "".join(traceback.format_exception_only(type(error), error)) + repr(error) + repr(vars(error))
        shown += repr(error.__cause__) + repr(error.__context__)
        for secret in (HMAC, "canary", attempt[1].get("X-Webhook-Signature", HMAC)):
            assert secret not in shown


# -- SIP trunks


def test_a_call_of_a_sip_trunk() -> None:
    body, timestamp = b'{"type":"sip_trunk.incoming","room":{"url":"https://x"}}', f"{NOW * 1000:.0f}"
    digest = expected(body, timestamp)
    for signature in (base64.b64encode(digest).decode(), digest.hex(), digest.hex().upper()):
        given = {"x-siptrunk-timestamp": timestamp, "x-siptrunk-signature": signature}
        event = webhooks.verify_sip_trunk(body, given, HMAC, now=NOW)
        assert (event.type, event.is_test) == ("sip_trunk.incoming", False)
        assert event.body["room"] == {"url": "https://x"}
        refused(body, given, OTHER, reason="bad_signature", verify=webhooks.verify_sip_trunk)
        refused(body, given, HMAC, reason="missing_header")
        late = webhooks.verify_sip_trunk
        refused(body, given, HMAC, reason="out_of_tolerance", verify=late, now=NOW + 301)
    refused(body, headers(body), HMAC, reason="missing_header", verify=webhooks.verify_sip_trunk)


def test_the_test_call_of_a_sip_trunk() -> None:
    body = b'{"type":"sip_trunk.test"}'
    signature = webhooks.sign(body, HMAC, int(NOW * 1000))
    given = {"X-Siptrunk-Timestamp": str(int(NOW * 1000)), "X-Siptrunk-Signature": signature}
    assert webhooks.verify_sip_trunk(body, given, HMAC, now=NOW).is_test


# -- laws

secrets = st.binary(min_size=1, max_size=80).map(lambda raw: base64.b64encode(raw).decode())
events = st.dictionaries(st.text(max_size=8), st.integers() | st.text(max_size=8), max_size=5)


@given(events, secrets, st.integers(0, 2**40), st.booleans())
def test_what_is_signed_is_believed(event: dict[str, Any], hmac: str, moment: int, text: bool) -> None:
    raw = json.dumps(event, ensure_ascii=False).encode("utf-8", "surrogatepass")
    body = raw.decode("utf-8", "surrogatepass") if text else raw
    given = {"X-Webhook-Timestamp": str(moment), "X-Webhook-Signature": webhooks.sign(body, hmac, moment)}
    assert webhooks.verify(body, given, hmac, tolerance=None).body == event


@given(st.binary(max_size=60), secrets, st.integers(0), st.integers(1, 255))
def test_another_byte_anywhere_and_nothing_is_believed(body: bytes, hmac: str, place: int, change: int) -> None:
    timestamp = f"{NOW:.0f}"
    signature = webhooks.sign(body, hmac, timestamp)
    whole = bytearray(body + timestamp.encode() + signature.encode())
    whole[place % len(whole)] ^= change
    changed = bytes(whole[: len(body)])
    moment, other = bytes(whole[len(body) : len(body) + 10]), bytes(whole[len(body) + 10 :])
    given = {"X-Webhook-Timestamp": moment, "X-Webhook-Signature": other}
    with pytest.raises(webhooks.SignatureError) as caught:
        webhooks.verify(changed, given, hmac, now=NOW, tolerance=None)
    assert caught.value.reason in ("bad_signature", "bad_timestamp")


@given(secrets, secrets)
def test_another_secret_and_nothing_is_believed(hmac: str, other: str) -> None:
    # HMAC fills a short key up with zeros, so keys that differ in those alone are one key.
    if base64.b64decode(hmac).rstrip(b"\0") != base64.b64decode(other).rstrip(b"\0"):
        refused(BODY, headers(hmac=hmac), other, reason="bad_signature")


@given(st.binary(max_size=40) | st.text(max_size=40), st.dictionaries(st.text(max_size=9), st.text(max_size=9)))
def test_no_request_breaks_it(body: Any, given: dict[str, str]) -> None:
    for verify in (webhooks.verify, webhooks.verify_sip_trunk):
        with pytest.raises(webhooks.SignatureError):
            verify(body, given, HMAC)


def test_the_module_is_at_hand() -> None:
    assert daily.webhooks is webhooks

"""`pulumi_daily.tokens` against Daily's own samples, RFC 7515 by hand, and laws."""

from __future__ import annotations

import base64
import contextlib
import hmac
import json
import traceback
import warnings
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pulumi_daily as daily
from pulumi_daily import tokens
from pulumi_daily.objects.fields import entries
from pulumi_daily.objects.meeting_token import TokenProperties
from pulumi_daily.objects.values import UNKNOWN

KEY = "canary-key-of-the-token-tests-0123456789abcdef"
DOMAIN = "25df5057-ef0d-4d97-bde6-0cf287276cbb"
NOW = 1_800_000_000


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def independent(token: str, key: str = KEY) -> dict[str, Any]:
    """Return the claims of a token, and check its signature, by RFC 7515 with the standard library alone."""
    signed, _, signature = token.rpartition(".")
    assert signature == base64url(hmac.digest(key.encode(), signed.encode(), "sha256"))
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(signed.partition(".")[2] + "=="))
    return found


# -- Daily's own samples


def test_the_documented_answer_of_the_api_byte_by_byte_up_to_the_signature() -> None:
    """The sample of `POST /meeting-tokens`; its key is not documented, so the signature cannot be compared."""
    sample = (
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
        "eyJyIjoicm9vbS0wMjUzIiwiZCI6IjI1ZGY1MDU3LWVmMGQtNGQ5Ny1iZGU2LTBjZjI4NzI3NmNiYiIsImlhdCI6MTU0ODcyMjIwN30."
        "LXZtTnksTjWLTNvucr0MCHL6cOaqCa2m3DKk4ugnkSQ"
    )
    token = tokens.sign(KEY, DOMAIN, {"room_name": "room-0253"}, issued_at=1548722207)
    assert token.rpartition(".")[0] == sample.rpartition(".")[0]
    assert len(token) == len(sample)
    assert tokens.decode(sample) == {"r": "room-0253", "d": DOMAIN, "iat": 1548722207}
    with pytest.raises(tokens.TokenError) as caught:
        tokens.verify(sample, KEY)
    assert caught.value.reason == "bad_signature"


def test_the_documented_payload_of_a_token_with_settings() -> None:
    properties = {
        "nbf": 1548721569,
        "exp": 1864081538,
        "room_name": "hello",
        "is_owner": True,
        "enable_screenshare": True,
        "enable_recording": "local",
    }
    token = tokens.sign(KEY, DOMAIN, properties, issued_at=1548721831)
    assert independent(token) == {
        "nbf": 1548721569,
        "exp": 1864081538,
        "r": "hello",
        "o": True,
        "ss": True,
        "er": "local",
        "d": DOMAIN,
        "iat": 1548721831,
    }
    assert tokens.verify(token, KEY, DOMAIN, now=NOW) == properties


def test_the_documented_payload_of_a_self_signed_token() -> None:
    token = tokens.sign(KEY, "30f866c3-9123-452a-8723-ff58322d09c5", {"room_name": "test"}, issued_at=1610596413)
    assert independent(token) == {"r": "test", "iat": 1610596413, "d": "30f866c3-9123-452a-8723-ff58322d09c5"}


def test_the_documented_answer_of_validation() -> None:
    answer = {
        "room_name": "EevVrrxee4JBxKzmKkjC",
        "is_owner": True,
        "user_name": "host",
        "start_video_off": False,
        "start_audio_off": True,
        "lang": "en",
    }
    claims = {"r": "EevVrrxee4JBxKzmKkjC", "o": True, "u": "host", "vo": False, "ao": True, "uil": "en"}
    made = jwt.encode({**claims, "d": DOMAIN, "iat": NOW}, KEY, algorithm="HS256")
    assert tokens.verify(made, KEY, DOMAIN, now=NOW) == answer
    assert tokens.claims(answer) == claims


def test_the_sample_of_jwt_io() -> None:
    """A JWT that the whole world has seen, with its secret."""
    claims = {"sub": "1234567890", "name": "John Doe", "iat": 1516239022}
    assert tokens.encode(claims, "your-256-bit-secret") == (
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"
        ".eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ"
        ".SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c"
    )


# -- each setting

SETTINGS: list[tuple[str, Any, str, Any]] = [
    ("nbf", NOW - 5, "nbf", NOW - 5),
    ("exp", NOW + 60, "exp", NOW + 60),
    ("eject_after_elapsed", 600, "eje", 600),
    ("start_video_off", True, "vo", True),
    ("start_audio_off", False, "ao", False),
    ("enable_screenshare", False, "ss", False),
    ("enable_prejoin_ui", True, "enable_prejoin_ui", True),
    ("enable_live_captions_ui", True, "enable_live_captions_ui", True),
    ("lang", "pt-BR", "uil", "pt-BR"),
    ("enable_terse_logging", True, "enable_terse_logging", True),
    ("enable_recording", "raw-tracks", "er", "raw-tracks"),
    ("enable_recording", ["cloud", "local"], "er", "cloud,local"),
    ("enable_recording", [], "er", ""),
    ("redirect_on_meeting_exit", "https://example.com/bye?x=1", "rome", "https://example.com/bye?x=1"),
    ("room_name", "standup", "r", "standup"),
    ("is_owner", True, "o", True),
    ("user_name", "Åsa 会議", "u", "Åsa 会議"),
    ("user_id", "u-1", "ud", "u-1"),
    ("eject_at_token_exp", True, "ejt", True),
    ("enable_recording_ui", False, "erui", False),
    ("knocking", True, "k", True),
    ("start_cloud_recording", True, "sr", True),
    ("start_cloud_recording_opts", {"width": 1280, "layout": {"preset": "single-participant"}}, "sro", ...),
    ("auto_start_transcription", True, "ast", True),
    ("close_tab_on_exit", True, "ctoe", True),
    ("permissions", {}, "p", {}),
    ("permissions", {"hasPresence": False}, "p", {"hp": False}),
    ("permissions", {"canSend": True, "canAdmin": False}, "p", {"cs": True, "ca": False}),
    ("permissions", {"canSend": [], "canAdmin": []}, "p", {"cs": "", "ca": ""}),
    ("permissions", {"canSend": ["video"]}, "p", {"cs": "v"}),
    (
        "permissions",
        {"canSend": ["audio", "screenAudio", "screenVideo", "video"]},
        "p",
        {"cs": "a,sa,sv,v"},
    ),
    ("permissions", {"canAdmin": ["participants", "streaming", "transcription"]}, "p", {"ca": "p,s,t"}),
    ("permissions", {"canReceive": {"base": False}}, "p", {"cr": {"b": False}}),
    (
        "permissions",
        {
            "canReceive": {
                "base": {
                    "video": True,
                    "audio": False,
                    "screenVideo": True,
                    "screenAudio": False,
                    "customVideo": {"*": True, "video": False},
                    "customAudio": {"*": False},
                },
                "byUserId": {"u1": False, "base": True, "video": {"video": True}},
                "byParticipantId": {"p1": {"customAudio": {"a": True}}, "audio": False},
            }
        },
        "p",
        {
            "cr": {
                "b": {
                    "v": True,
                    "a": False,
                    "sv": True,
                    "sa": False,
                    "cv": {"*": True, "video": False},
                    "ca": {"*": False},
                },
                "u": {"u1": False, "base": True, "video": {"v": True}},
                "p": {"p1": {"ca": {"a": True}}, "audio": False},
            }
        },
    ),
]
"""Setting, value, claim, its value (`...`: the same). Written by hand from Daily's table, not from the module's."""


def test_every_setting_of_a_token_is_in_the_table() -> None:
    assert {name for name, *_ in SETTINGS} == set(entries(TokenProperties))
    assert len(entries(TokenProperties)) == 24


@pytest.mark.parametrize(
    ("name", "value", "claim", "claimed"), SETTINGS, ids=[f"{n}-{i}" for i, (n, *_) in enumerate(SETTINGS)]
)
def test_a_setting_and_its_claim(name: str, value: Any, claim: str, claimed: Any) -> None:
    token = tokens.sign(KEY, DOMAIN, {name: value}, issued_at=NOW)
    assert independent(token) == {claim: value if claimed is ... else claimed, "d": DOMAIN, "iat": NOW}
    assert tokens.verify(token, KEY, DOMAIN, now=NOW) == {name: value}


def test_claims_without_a_setting_of_a_token_are_read() -> None:
    claims = {"ij": True, "mjh": "https://example.com/hook", "novel": [1]}
    assert tokens.properties({**claims, "d": DOMAIN, "iat": NOW}) == {
        "intercom_join_alert": True,
        "meeting_join_hook": "https://example.com/hook",
        "novel": [1],
    }
    assert tokens.claims({"intercom_join_alert": True}) == {"ij": True}


def test_forms_that_are_not_validated_here() -> None:
    """What the emulator lets through as Daily does, and what other signers may have written."""
    assert tokens.claims({"enable_recording": False, "user_name": None}) == {"er": ""}
    assert tokens.claims({"permissions": "x"}) == {"p": "x"}
    assert tokens.properties({"er": "cloud"}) == {"enable_recording": "cloud"}
    odd = {"p": {"cs": "v,xyz", "ca": 3, "cr": {"u": True, "b": "x", "other": {"v": 1}}, "more": 1}}
    spelled = {
        "permissions": {
            "canSend": ["video", "xyz"],
            "canAdmin": 3,
            "canReceive": {"byUserId": True, "base": "x", "other": {"video": 1}},
            "more": 1,
        }
    }
    assert tokens.properties(odd) == spelled
    for odd in ({"p": "x"}, {"p": None}, {"p": {"cr": []}}, {"er": None}, {"er": 5}):
        tokens.properties(odd)


# -- what cannot be signed


def test_all_problems_come_in_one_error() -> None:
    bad = {
        "is_owner": "yes",
        "room": "standup",
        "user_id": "x" * 37,
        "permissions": {"canSend": ["vidoe"]},
    }
    with pytest.raises(tokens.PropertiesError) as caught:
        tokens.sign(KEY, DOMAIN, bad)
    assert [failure.path for failure in caught.value.failures] == [
        ("is_owner",),
        ("room",),
        ("user_id",),
        ("permissions", "canSend", 0),
    ]
    lines = str(caught.value).splitlines()
    assert lines[0] == "properties.is_owner: must be true or false, not 'yes'"
    assert lines[1] == "properties.room: is not known here; did you mean room_name?"
    assert "did you mean video?" in lines[3]
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ({"exp": NOW}, "exp: must be in the future"),
        ({"exp": NOW - 1}, "exp: must be in the future"),
        ({"nbf": NOW + 60, "exp": NOW + 50}, "nbf"),
        ({"user_name": UNKNOWN}, "user_name: is not known yet"),
        ({"start_cloud_recording_opts": {"a": {1}}}, "start_cloud_recording_opts: must be a JSON value"),
        ({"start_cloud_recording_opts": {"a": float("nan")}}, "start_cloud_recording_opts: must be a JSON value"),
        ([], "properties must be an object, not a list"),
    ],
)
def test_what_no_token_can_say(properties: Any, reason: str) -> None:
    with pytest.raises(tokens.PropertiesError, match=reason):
        tokens.sign(KEY, DOMAIN, properties, issued_at=NOW)


def test_a_token_signed_with_nothing_lets_nobody_in() -> None:
    claims = {"r": "standup", "o": True, "d": DOMAIN}
    forged = signed_part(json.dumps(claims).encode(), key="")
    with pytest.raises(ValueError, match="no token can be signed"):
        tokens.encode(claims, "")
    with pytest.raises(ValueError, match="verified with an API key") as refusal:
        tokens.verify(forged, "", DOMAIN)
    assert not isinstance(refusal.value, tokens.TokenError)


@pytest.mark.parametrize(("key", "domain", "word"), [("", DOMAIN, "API key"), (KEY, "", "domain")])
def test_a_key_and_a_domain_are_needed(key: str, domain: str, word: str) -> None:
    with pytest.raises(ValueError, match=word):
        tokens.sign(key, domain, {})


def test_the_clock() -> None:
    assert tokens.decode(tokens.sign(KEY, DOMAIN, {}, clock=lambda: NOW + 0.9))["iat"] == NOW
    assert tokens.decode(tokens.sign(KEY, DOMAIN, {}, clock=lambda: 1, issued_at=NOW + 0.9))["iat"] == NOW
    token = tokens.sign(KEY, DOMAIN, {"exp": 4_000_000_000})  # the real clock, here and below
    assert tokens.verify(token, KEY) == {"exp": 4_000_000_000}


def test_values_that_are_none_have_no_claim() -> None:
    properties = {"room_name": None, "permissions": {"canSend": None}}
    assert independent(tokens.sign(KEY, DOMAIN, properties, issued_at=NOW)) == {"p": {}, "d": DOMAIN, "iat": NOW}


def test_a_long_token_is_a_warning() -> None:
    def signed(size: int) -> str:
        return tokens.sign(KEY, DOMAIN, {"start_cloud_recording_opts": {"x": "y" * size}}, issued_at=NOW)

    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        lengths = [len(signed(size)) for size in range(1300, 1500)]
    assert len(seen) == sum(length >= tokens.LONGEST for length in lengths) > 0
    assert {w.category for w in seen} == {tokens.LongTokenWarning}
    assert {w.filename for w in seen} == {__file__}
    with pytest.warns(tokens.LongTokenWarning, match="stay below 2048"):
        signed(2000)


# -- what is not let in

TOKEN = tokens.sign(KEY, DOMAIN, {"room_name": "canary-room", "nbf": NOW, "exp": NOW + 60}, issued_at=NOW)


@pytest.mark.parametrize(
    ("now", "reason"), [(NOW - 1, "not_yet_valid"), (NOW, None), (NOW + 59.9, None), (NOW + 60, "expired")]
)
def test_the_time_of_a_token(now: float, reason: str | None) -> None:
    if reason is None:
        assert tokens.verify(TOKEN, KEY, DOMAIN, now=now)["room_name"] == "canary-room"
        return
    with pytest.raises(tokens.TokenError) as caught:
        tokens.verify(TOKEN, KEY, DOMAIN, now=now)
    assert caught.value.reason == reason
    assert " s" in str(caught.value)


def test_nbf_can_be_left_out() -> None:
    assert tokens.verify(TOKEN, KEY, DOMAIN, now=NOW - 1000, ignore_nbf=True)["nbf"] == NOW


def signed_part(payload: bytes, head: bytes = b'{"alg":"HS256"}', key: str = KEY) -> str:
    """A token whose signature is right, whatever its parts hold (RFC 7515 by hand)."""
    text = f"{base64url(head)}.{base64url(payload)}"
    return f"{text}.{base64url(hmac.digest(key.encode(), text.encode(), 'sha256'))}"


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        ("", "bad_signature"),
        ("x", "bad_signature"),
        ("a.b.c", "bad_signature"),
        ("é.é.é", "bad_signature"),
        ("\udc80.\udc80.\udc80", "bad_signature"),
        (TOKEN + "x", "bad_signature"),
        (TOKEN + "=", "bad_signature"),
        (TOKEN + "!!!!", "bad_signature"),
        (TOKEN + "\n", "bad_signature"),
        (TOKEN.rpartition(".")[0] + ".", "bad_signature"),
        (jwt.encode({"d": DOMAIN}, KEY + "x", algorithm="HS256"), "bad_signature"),
        (jwt.encode({"d": DOMAIN}, "", algorithm="none"), "bad_signature"),
        (signed_part(b"{}", b'{"alg":"none"}'), "bad_signature"),
        (signed_part(b"{}", b'{"alg":"HS512"}'), "bad_signature"),
        (signed_part(b"{}", b'{"typ":"JWT"}'), "bad_signature"),
        (signed_part(b"{}", b"[]"), "bad_signature"),
        (jwt.encode({"d": DOMAIN}, KEY + "x" * 20, algorithm="HS512"), "bad_signature"),
        (signed_part(b"[]"), "malformed"),
        (signed_part(b"not json"), "malformed"),
        (signed_part(b"[" * 100_000), "malformed"),
        (signed_part(b'{"exp":"soon"}'), "malformed"),
        (signed_part(b'{"nbf":true}'), "malformed"),
        (signed_part(b'{"exp":NaN}'), "malformed"),
        (signed_part(b'{"nbf":NaN}'), "malformed"),
        (signed_part(b'{"nbf":1' + b"0" * 400 + b"}"), "malformed"),
        (signed_part(b"{}"), "other_domain"),
        (signed_part(b'{"d":"another"}'), "other_domain"),
    ],
)
def test_tokens_that_are_refused(token: str, reason: str) -> None:
    with pytest.raises(tokens.TokenError) as caught:
        tokens.verify(token, KEY, DOMAIN, now=NOW)
    assert caught.value.reason == reason


def test_a_token_of_any_domain() -> None:
    assert tokens.verify(signed_part(b'{"d":"another","r":"x"}'), KEY) == {"room_name": "x"}
    assert tokens.verify(signed_part(b'{"exp":null,"nbf":null}'), KEY) == {"exp": None, "nbf": None}


@pytest.mark.parametrize("token", ["", "x", "a.b", "a.b.c.d", "e30.W10.x", "e30.!.x", "e30.é.x"])
def test_what_is_no_jwt_cannot_be_decoded(token: str) -> None:
    with pytest.raises(tokens.TokenError) as caught:
        tokens.decode(token)
    assert caught.value.reason == "malformed"


def test_no_error_shows_a_secret() -> None:
    other = tokens.sign("canary-other-key-0123456789abcdef-0123", DOMAIN, {"user_name": "canary-user"})
    attempts: list[Any] = [
        lambda: tokens.verify(TOKEN, KEY, "else", now=NOW),
        lambda: tokens.verify(TOKEN, KEY, now=NOW + 60),
        lambda: tokens.verify(TOKEN, KEY, now=NOW - 60),
        lambda: tokens.verify(other, KEY),
        lambda: tokens.verify(signed_part(b"canary"), KEY),
        lambda: tokens.decode("canary"),
        lambda: tokens.decode(f"e30.{base64.urlsafe_b64encode(b'canary').decode()}.x"),
        lambda: tokens.sign(KEY, DOMAIN, {"exp": 1, "start_cloud_recording_opts": {"k": {"canary"}}}),
        lambda: tokens.sign(KEY, "", {}),
    ]
    for attempt in attempts:
        with pytest.raises(ValueError) as caught:
            attempt()
        shown = "".join(traceback.format_exception_only(caught.type, caught.value)) + repr(caught.value)
        shown += repr(vars(caught.value)) + repr(caught.value.__cause__) + repr(caught.value.__context__)
        assert "canary" not in shown
        assert TOKEN not in shown


# -- laws

media = st.fixed_dictionaries(
    {},
    optional={
        **{name: st.booleans() for name in ("video", "audio", "screenVideo", "screenAudio")},
        **{name: st.dictionaries(st.text(max_size=5), st.booleans(), max_size=2) for name in ("customVideo",)},
    },
)
ids = st.sampled_from(["b", "u", "p", "base", "byUserId", "v", "video", "x"])
receive = st.fixed_dictionaries(
    {},
    optional={
        "base": st.booleans() | media,
        "byUserId": st.dictionaries(ids, st.booleans() | media, max_size=3),
        "byParticipantId": st.dictionaries(ids, st.booleans() | media, max_size=3),
    },
)


def some(names: str) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(names.split()), unique=True).map(sorted)


SPECIAL: dict[str, st.SearchStrategy[Any]] = {
    "nbf": st.integers(0, NOW),
    "exp": st.integers(NOW + 1, 2**40),
    "eject_after_elapsed": st.integers(1, 10**6),
    "lang": st.sampled_from(["de", "pt-BR", "user"]),
    "redirect_on_meeting_exit": st.just("https://example.com/"),
    "room_name": st.from_regex(r"[A-Za-z0-9_-]{1,20}", fullmatch=True),
    "user_name": st.text(),
    "user_id": st.text(max_size=36),
    "enable_recording": st.sampled_from(["cloud", "local"]) | some("cloud local").filter(lambda kinds: len(kinds) != 1),
    "start_cloud_recording_opts": st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=9), max_size=3),
    "permissions": st.fixed_dictionaries(
        {},
        optional={
            "hasPresence": st.booleans(),
            "canSend": st.booleans() | some("video audio screenVideo screenAudio"),
            "canReceive": receive,
            "canAdmin": st.booleans() | some("participants streaming transcription"),
        },
    ),
}
all_properties = st.fixed_dictionaries(
    {}, optional={name: SPECIAL.get(name, st.booleans()) for name in entries(TokenProperties)}
)


@given(all_properties, st.text(min_size=32, max_size=64), st.text(min_size=1, max_size=40))
def test_what_is_signed_is_read_back(properties: dict[str, Any], key: str, domain: str) -> None:
    token = tokens.sign(key, domain, properties, issued_at=NOW)
    assert tokens.verify(token, key, domain, now=NOW) == properties
    claims = tokens.claims(properties)
    assert tokens.properties(claims) == properties
    assert tokens.decode(token) == {**claims, "d": domain, "iat": NOW}
    assert len(claims) == len(properties)
    # JSON texts of these claims are what another signer would send.
    assert json.loads(json.dumps(claims)) == claims


@given(all_properties)
def test_the_standard_library_agrees(properties: dict[str, Any]) -> None:
    token = tokens.sign(KEY, DOMAIN, properties, issued_at=NOW)
    claims = independent(token)
    assert claims == tokens.decode(token)
    assert tokens.verify(jwt.encode(claims, KEY, algorithm="HS256"), KEY, DOMAIN, now=NOW) == properties


@given(all_properties, st.integers(0), st.characters(exclude_characters="."))
def test_another_character_anywhere_and_the_token_is_nothing(
    properties: dict[str, Any], place: int, character: str
) -> None:
    token = tokens.sign(KEY, DOMAIN, properties, issued_at=NOW)
    place %= len(token)
    changed = token[:place] + character + token[place + 1 :]
    if changed != token:
        with pytest.raises(tokens.TokenError) as caught:
            tokens.verify(changed, KEY, now=NOW)
        assert caught.value.reason == "bad_signature"


@given(st.text() | st.text("ey.-_=AZaz09"))
def test_no_text_breaks_it(text: str) -> None:
    with pytest.raises(tokens.TokenError):
        tokens.verify(text, KEY)
    with contextlib.suppress(tokens.TokenError):
        tokens.decode(text)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.sampled_from(["v,a", "", "p"]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["p", "cr", "cs", "ca", "b", "u", "hp", "v", "er"]), inner, max_size=4)
        ),
        max_leaves=12,
    )
)
def test_no_claims_break_the_reading_of_them(value: Any) -> None:
    for claims in ({"p": value}, {"er": value}, value if isinstance(value, dict) else {}):
        assert isinstance(tokens.properties(claims), dict)


def test_the_module_is_at_hand() -> None:
    assert daily.tokens is tokens

"""Secrets do not show themselves."""

from __future__ import annotations

import base64
import copy
import json
import pickle
from collections.abc import Callable
from html import escape
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_daily.api import Redactor, Secret, SecretText
from pulumi_daily.api._redact import MASK, RUN, SafeHeaders, secrets_in

VALUE = "hunter2-canary"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJyIjoicm9vbSJ9.c2lnbmF0dXJl"


def test_no_way_to_the_value_but_one() -> None:
    secret = Secret(VALUE)
    texts = [repr(secret), str(secret), f"{secret}", f"{secret:>20}", f"{secret!r}", f"{secret}", repr([secret])]
    assert not any(VALUE in text for text in texts)
    assert f"{secret:>5}" == "  ***"
    assert secret.reveal() == VALUE
    with pytest.raises(TypeError, match="cannot be pickled") as refusal:
        pickle.dumps(secret)
    assert VALUE not in str(refusal.value)
    with pytest.raises(TypeError):
        json.dumps(secret)
    assert not hasattr(secret, "__dict__")


def test_a_secret_is_a_value() -> None:
    secret = Secret(VALUE)
    assert secret == Secret(VALUE)
    assert secret != Secret("other")
    assert secret != VALUE
    assert hash(secret) == hash(Secret(VALUE))
    assert secret
    assert not Secret("")
    assert copy.copy(secret) is secret
    assert copy.deepcopy(secret) is secret


@given(st.text(min_size=4), st.text(), st.text())
def test_a_literal_is_masked_wherever_it_stands(secret: str, before: str, after: str) -> None:
    masked = Redactor([secret]).text(before + secret + after)
    assert secret not in masked.replace(MASK, "\0") or secret in MASK


def test_forms_of_a_secret() -> None:
    redactor = Redactor(['pass"word/1'])
    for text in ('x pass"word/1 y', 'x pass\\"word/1 y', "x pass%22word%2F1 y"):
        assert redactor.text(text) == f"x {MASK} y"


def test_short_secrets_leave_words_alone() -> None:
    assert Redactor(["ab"]).text("about ab") == f"about {MASK}"


STREAM_KEY = "sk_eu/a+b c&d\u00e4-91c2e8"
SPELLINGS: dict[str, Callable[[str], str]] = {
    "unchanged": str,
    "JSON": json.dumps,
    "JSON with real characters": lambda text: json.dumps(text, ensure_ascii=False),
    "JSON with escaped slashes": lambda text: json.dumps(text).replace("/", r"\/"),
    "JSON in JSON": lambda text: json.dumps(json.dumps(text)),
    "URL": quote,
    "part of a URL": lambda text: quote(text, safe=""),
    "form": quote_plus,
    "URL in lower case": lambda text: quote(text, safe="").lower(),
    "HTML": escape,
    "upper case": str.upper,
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 behind one byte": lambda text: base64.b64encode(f"x{text}".encode()).decode(),
    "base64 behind two bytes": lambda text: base64.urlsafe_b64encode(f":/{text}".encode()).decode(),
    "cut at the end": lambda text: f"{text[:-5]}...",
    "cut at the beginning": lambda text: f"...{text[5:]}",
}


@pytest.mark.parametrize("spell", SPELLINGS.values(), ids=SPELLINGS)
@pytest.mark.parametrize("secret", [STREAM_KEY, f"rtmps://live.example/app/{STREAM_KEY}"], ids=["alone", "its address"])
def test_no_run_of_a_long_secret_is_left_in_any_spelling(secret: str, spell: Callable[[str], str]) -> None:
    said = spell(STREAM_KEY)
    shown = Redactor([secret]).text(f"the key {said} is in use")
    assert MASK in shown
    assert shown.startswith("the key ")
    assert shown.endswith(" is in use")
    left = shown.replace(MASK, "\0")[len("the key ") : -len(" is in use")]
    assert not any(said[at : at + RUN] in left for at in range(len(said) - RUN + 1))


@pytest.mark.parametrize(
    ("secret", "part"),
    [
        ("rtmp://live.example/app/k-1234", "k-1234"),
        ("rtmp://live.example/k-1234", "k-1234"),
        ("rtmp://live.example/app/instance/k-1234?auth=pass-99", "pass-99"),
        ("rtmp://user:pa-5566@live.example/app/key", "pa-5566"),
        ("https://hooks.example/join/k-1234", "k-1234"),
        (base64.b64encode(b"user:pa-5566").decode(), "pa-5566"),
        (base64.b64encode(b"user=pa-5566").decode(), "user=pa-5566"),
    ],
)
def test_a_part_of_a_secret_that_can_be_used_alone(secret: str, part: str) -> None:
    assert Redactor([secret]).text(f"x {part} y") == f"x {MASK} y"


@pytest.mark.parametrize(
    "text", ["no live app at https://other.example/", "rtmp is off", "user unknown", "endpoint live.example refused"]
)
def test_common_parts_of_an_address_are_no_secrets(text: str) -> None:
    secrets = ["rtmp://user:pa-5566@live.example/app/k-12345678", "https://hooks.example/join/k-1234"]
    assert Redactor([*secrets, base64.b64encode(b"\xff\xfe\x00").decode()]).text(text) == text


def test_a_text_whose_length_changes_in_lower_case() -> None:
    assert Redactor(["canary-key-91c2e8"]).text("\u0130: canary-key-91c2e8") == f"\u0130: {MASK}"


def test_jwt_and_bearer() -> None:
    redactor = Redactor()
    assert redactor.text(f"GET /meeting-tokens/{JWT}?x") == f"GET /meeting-tokens/{MASK}?x"
    assert redactor.text("authorization: Bearer abc.def") == f"authorization: Bearer {MASK}"
    assert redactor.text("nothing here") == "nothing here"


@pytest.mark.parametrize(
    "url",
    [
        "rtmp://live.example/app/canary",
        "RTMPS://user:canary@live.example:443/app?key=canary,canary",
        "rtmps%3A%2F%2Flive.example%2Fapp%2Fcanary",
        "rtmp:\\/\\/live.example\\/app\\/canary",
        f"rtmp://live.example/{VALUE}/canary/{JWT}/canary",
    ],
)
def test_addresses_of_streams(url: str) -> None:
    masked = Redactor([VALUE]).text(f'no "{url}" <{url}> {url} (rtmp: not) rtmpUrl')
    assert "canary" not in masked
    assert masked == f'no "{MASK}" <{MASK}> {MASK} (rtmp: not) rtmpUrl'


def test_values() -> None:
    redactor = Redactor([VALUE])
    value = {"a": [VALUE, 1, None, {"hmac": "x", "basicAuth": None}], "Pass-Word": "y", VALUE: True}
    assert redactor.value(value) == {
        "a": [MASK, 1, None, {"hmac": MASK, "basicAuth": None}],
        "Pass-Word": MASK,
        MASK: True,
    }
    assert VALUE not in repr(redactor)


def test_more_secrets() -> None:
    redactor = Redactor([VALUE])
    assert redactor.also([]) is redactor
    assert redactor.also([VALUE]) is redactor
    assert redactor.also(["second-one"]).text(f"second-one {VALUE}") == f"{MASK} {MASK}"
    assert redactor.also([""]).text("x") == "x"


def test_secrets_of_a_body() -> None:
    body = {
        "hmac": "h",
        "url": "not",
        "trunk_config": {"credential": {"username": "not", "password": "p"}},
        "list": ({"basic_auth": ["b", 5]},),
        "n": 3,
    }
    assert sorted(secrets_in(body)) == ["b", "h", "p"]


def test_text_that_is_secret_under_whatever_name() -> None:
    body = {"new": {"keys": [SecretText("s"), "not"]}, "n": 3}
    assert list(secrets_in(body)) == ["s"]
    assert SecretText("s") == "s"


def test_headers_show_names() -> None:
    assert repr(SafeHeaders({"Authorization": VALUE, "Accept": "x"})) == "SafeHeaders(Accept, Authorization)"

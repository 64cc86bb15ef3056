"""What becomes of a stack's configuration: text, defaults, checks, and secrets that are hidden in messages."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_daily.testing import Secret, Stack
from pulumi_daily.testing._configuration import ConfigurationError, as_text, configuration, hider


def of(given, declared=None):
    return configuration(given, declared or {}, project="shop", stack="dev")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("text", "text"),
        (3, "3"),
        (True, "true"),
        ({"b": [1, None], "a": True}, None),
        ({"a": True, "b": [{"c": "<t>"}]}, '{"a":true,"b":[{"c":"\\u003ct\\u003e"}]}'),
        (("x", "y"), '["x","y"]'),
    ],
)
def test_a_value_is_text_and_a_structure_is_json(value, text):
    if text is None:
        with pytest.raises(TypeError, match="config 'k': NoneType is not a configuration value"):
            of({"k": value})
    else:
        assert of({"k": value}).texts == {"shop:k": text}


def test_a_secret_within_a_structure_makes_the_whole_a_secret():
    found = of({"else:k": {"user": "u", "password": Secret("hidden")}, "plain": "p"})
    assert found.secret_keys == ["else:k"]
    assert found.secrets == ["hidden"]
    assert found.inputs() == {"else:k": Secret('{"password":"hidden","user":"u"}'), "shop:plain": "p"}


@pytest.mark.parametrize(
    ("type_", "good", "bad"),
    [
        ({"type": "string"}, ["3", 3], [["x"]]),
        ({"type": "integer"}, ["-3", 3], ["3.5", "x", True, {}]),
        ({"type": "boolean"}, ["true", False], ["yes", 1, []]),
        ({"type": "object"}, [{}], ["{}", []]),
        ({"type": "array", "items": {"type": "integer"}}, [[], [1, "2"]], [["x"], "[1]", [[1]]]),
    ],
)
def test_declared_types_are_checked(type_, good, bad):
    for value in good:
        assert of({"k": value}, {"k": type_}).texts == {"shop:k": as_text(value)}
    for value in bad:
        with pytest.raises(ConfigurationError, match="'dev' with configuration key 'k' must be of type"):
            of({"k": value}, {"k": type_})


def test_what_is_declared_and_not_given_is_named():
    declared = {name: {"type": "string"} for name in ("a", "b", "c")}
    with pytest.raises(ConfigurationError, match=r"Stack 'dev' is missing configuration value 'c'$"):
        of({"a": "x", "shop:b": "x"}, declared)
    with pytest.raises(ConfigurationError, match=r"missing configuration values 'a', 'b' and 'c'$"):
        of({}, declared)


def test_a_default_of_another_type_is_refused():
    with pytest.raises(ConfigurationError, match="'k' is not of the expected type 'array<integer>'"):
        of({}, {"k": {"type": "array", "items": {"type": "integer"}, "default": ["x"]}})


def test_a_default_of_a_namespace_of_others_is_a_value():
    assert of({}, {"aws:region": "r", "aws:other": {"value": [1]}}).texts == {"aws:region": "r", "aws:other": "[1]"}


@given(st.lists(st.text(min_size=3)), st.text())
def test_no_secret_of_three_bytes_is_shown(secrets, text):
    shown = hider(secrets)("|".join([text, *secrets, *(json.dumps(s, ensure_ascii=False) for s in secrets)]))
    for secret in secrets:
        kept = secret.lower() in ("true", "false") or secret in "[secret]" or "|" in secret or '"' in secret
        assert kept or secret not in shown


def test_short_secrets_are_shown_and_longer_ones_go_first():
    hide = hider(["ab", "true", "long", "long enough"])
    assert hide("ab true long, long enough") == "ab true [secret], [secret]"


def test_a_message_keeps_what_was_really_said():
    def program():
        raise ValueError("it is hidden-word")

    stack = Stack(program, config={"pw": Secret("hidden-word")})
    result = stack.preview(expect_failure=True)
    [told] = [d for d in result.diagnostics if d.severity == "error"]
    assert "it is [secret]" in told.message
    assert "it is hidden-word" in told.raw
    assert "hidden-word" not in repr(result)
    assert "hidden-word" not in str(result.error)

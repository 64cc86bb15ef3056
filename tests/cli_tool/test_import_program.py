"""The Python code that `pulumi-daily import --program` writes."""

from __future__ import annotations

import ast
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pulumi_daily.cli._program import Declared, literal, program

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(JSON, st.integers(0, 90))
def test_a_literal_is_read_back_as_it_was(value: Any, indent: int) -> None:
    assert ast.literal_eval(literal(value, indent)) == value


def test_long_values_are_written_one_entry_a_line() -> None:
    properties = {"permissions": {"canSend": ["audio", "screenAudio"], "hasPresence": True}, "lang": "de"}
    properties["geo"] = "eu-central-1"
    text = program([Declared("Room", "r", {"name": "r", "properties": properties})])
    assert max(len(line) for line in text.splitlines()) <= 100
    assert '    properties={\n        "permissions": {"canSend"' in text


def test_variables_are_new_and_valid() -> None:
    text = program(
        [
            Declared("Room", "2nd", {}),
            Declared("RoomSet", "class", {}),
            Declared("SipClient", "desk.1", {}),
            Declared("SipClient", "desk-1", {}),
            Declared("PhoneNumber", "+18055550100", {}),
            Declared("Webhook", "daily", {}),
            Declared("DialinConfig", "---", {}),
        ]
    )
    assert [node.targets[0].id for node in ast.parse(text).body[1:]] == [  # type: ignore[attr-defined]
        "room_2nd",
        "room_set_class",
        "desk_1",
        "desk_1_2",
        "phone_number_18055550100",
        "webhook_daily",
        "dialin_config",
    ]


def test_a_number_of_the_program_is_referred_to() -> None:
    number, other = "+18055550100", "+18055550101"
    text = program(
        [
            Declared("PhoneNumber", "hotline", {"number": number}),
            Declared("DialinConfig", "calls", {"type": "pin_dialin", "phone_number": number}),
            Declared("DialinConfig", "more", {"type": "pin_dialin", "phone_number": other}),
        ]
    )
    assert "    phone_number=hotline.number,\n" in text
    assert f'    phone_number="{other}",\n' in text
    assert f'    number="{number}",\n' in text


def test_what_is_left_out_is_a_comment() -> None:
    text = program([Declared("Webhook", "hook", {"url": "https://example.com"}, ("hmac (secret)",))])
    assert text.endswith('    url="https://example.com",\n    # left out: hmac (secret)\n)\n')

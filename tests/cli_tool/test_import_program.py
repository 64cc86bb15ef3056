"""The Python code that `pulumi-daily import --program` writes."""

from __future__ import annotations

import ast
import unicodedata
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pulumi_daily._wire import carried
from pulumi_daily.cli._import import _declared
from pulumi_daily.cli._import_file import named
from pulumi_daily.cli._program import Declared, literal, program
from pulumi_daily.importing.existing import existing
from pulumi_daily.lifecycle import Domain
from pulumi_daily.objects.room import ROOM

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


HOSTILE = st.lists(
    st.sampled_from(
        ["\n", "\r", "\t", "\f", "\0", "\x1b[2J", "\x85", "\u2028", "\u2029", "\u202e", "\u200b", "\ufeff", "\ud83d"]
        + ['"', "'", '"""', "\\", "#", ")", "(", "{", "}", ",", "\nimport os\n", "\nos.system('x')\n#", "=", "%s"]
        + ["##[command]", "##vso[x]", "::set-output::", "ä", "😀", "daily", "token", "exp", " ", "0"]
    )
    | st.text(max_size=3),
    max_size=6,
).map("".join)
"""Text as a server could send it that means harm."""
HOSTILE_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | HOSTILE,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(HOSTILE, inner, max_size=4),
    max_leaves=12,
)
HIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""Categories of characters that act and are not seen."""
KINDS = {
    "Room": ("properties", "extra_properties"),
    "DialinConfig": ("phone_number", "config"),
    "PhoneNumber": ("name",),
}
HOSTILE_OBJECTS = st.sampled_from(sorted(KINDS)).flatmap(
    lambda kind: st.builds(
        Declared,
        st.just(kind),
        HOSTILE,
        st.fixed_dictionaries(
            {}, optional=dict.fromkeys(KINDS[kind], HOSTILE | st.dictionaries(HOSTILE, HOSTILE_JSON))
        ),
        st.lists(HOSTILE, max_size=3).map(tuple),
    )
)


def declared_in(text: str) -> list[tuple[str, str, dict[str, Any]]]:
    """``(kind, name, inputs)`` of a program, which has nothing but an import and one assignment for each."""
    first, *others = ast.parse(text).body
    assert ast.unparse(first) == "import pulumi_daily as daily"
    found, variables = [], set()
    for node in others:
        assert isinstance(node, ast.Assign)
        [target], call = node.targets, node.value
        assert isinstance(target, ast.Name)
        assert isinstance(call, ast.Call)
        assert ast.unparse(call.func) == f"daily.{call.func.attr}"  # type: ignore[attr-defined]
        [name] = call.args
        inputs = {str(keyword.arg): ast.literal_eval(keyword.value) for keyword in call.keywords}
        found.append((call.func.attr, ast.literal_eval(name), inputs))  # type: ignore[attr-defined]
        variables.add(target.id)
    assert len(variables) == len(others)
    return found


@given(st.lists(HOSTILE_OBJECTS, max_size=4), st.lists(HOSTILE, max_size=3))
def test_nothing_that_a_server_says_is_code(objects: list[Declared], not_taken: list[str]) -> None:
    objects = [Declared(one.kind, one.name, carried(dict(one.inputs)), one.left_out) for one in objects]
    text = program(objects, not_taken)
    assert declared_in(text) == [(one.kind, one.name, one.inputs) for one in objects]
    # Nor does it look like code: a line break or a bidirectional override would show another program than Python reads.
    assert not {unicodedata.category(character) for character in set(text) - {"\n", "\u200d"}} & HIDDEN


@given(st.dictionaries(HOSTILE, HOSTILE_JSON, max_size=5))
def test_a_room_of_a_hostile_server_is_declared_as_it_is_and_nothing_else(config: dict[str, Any]) -> None:
    live = {"name": "standup", "privacy": "public", "config": {"enable_chat": True, **config}, "url": "u"}
    found = existing(ROOM, carried(live), Domain("acme", "id-acme"), 1_800_000_000.0)
    objects = named([found])
    assert declared_in(program(_declared(objects))) == [("Room", "standup", found.inputs)]


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
            *(Declared("Room", name, {}) for name in ("pulumi", "Print", "name", "config", "id", "async", "true")),
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
        "room_pulumi",
        "room_print",
        "room_name",
        "room_config",
        "room_id",
        "room_async",
        "true",
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

"""What Pulumi's wire carries: the copies of ``carried`` always, and the wire of the laws refuses the rest as well."""

from __future__ import annotations

import asyncio
import enum
import json
import math
from typing import Any

import pytest
from google.protobuf import struct_pb2
from hypothesis import example, given
from hypothesis import strategies as st
from mini_stack import wire
from pulumi.output import Unknown
from pulumi.runtime import rpc
from pulumi.runtime.proto import provider_pb2 as pb

from pulumi_daily import _wire
from pulumi_daily._wire import DEPTH, SIGNATURE, TOO_DEEP, TOO_MUCH, UNKNOWN_STRINGS, carried, from_wire, to_wire
from pulumi_daily.objects.values import UNKNOWN


def across(outputs: dict[str, Any]) -> dict[str, Any]:
    """What becomes of a provider's outputs: written by Pulumi's SDK, sent as bytes, read by it."""
    loop = asyncio.new_event_loop()
    try:
        written = loop.run_until_complete(rpc.serialize_properties(outputs, {}))
    finally:
        loop.close()
    data = pb.CreateResponse(id="x", properties=written).SerializeToString()
    found: dict[str, Any] = rpc.deserialize_properties(pb.CreateResponse.FromString(data).properties)
    return found


def without_nulls(value: Any) -> Any:
    """The wire drops nulls in objects."""
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


def nested(levels: int, kind: str = "list") -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value] if kind == "list" else {"k": value}
    return value


SIGNATURES = [
    rpc._special_asset_sig,
    rpc._special_archive_sig,
    rpc._special_secret_sig,
    rpc._special_resource_sig,
    rpc._special_output_value_sig,
    "none of them",
]
BEYOND_A_DOUBLE = int("9" * 400)
CONTAINERS = [
    lambda inner: st.lists(inner, max_size=4),
    lambda inner: st.dictionaries(st.text(max_size=8), inner, max_size=4),
]


def trees(leaves: st.SearchStrategy[Any], *containers: Any) -> st.SearchStrategy[dict[str, Any]]:
    grown = st.recursive(
        leaves, lambda inner: st.one_of(*(c(inner) for c in [*CONTAINERS, *containers])), max_leaves=12
    )
    return st.dictionaries(st.text(max_size=8).filter(lambda key: not key.startswith("__")), grown, max_size=4)


NULL_OR_TEXT = st.none() | st.booleans() | st.text(max_size=12)
EXACT = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
ORDINARY = trees(NULL_OR_TEXT | EXACT)
HALVES = st.text(st.characters(categories=["Cs", "Lu"]), max_size=4)
MONSTERS = trees(
    NULL_OR_TEXT
    | HALVES
    | st.floats()
    | st.integers(min_value=-(10**400), max_value=10**400)
    | st.sampled_from([BEYOND_A_DOUBLE, -BEYOND_A_DOUBLE, *sorted(UNKNOWN_STRINGS), SIGNATURE])
    | st.builds(nested, st.integers(20, 60), st.sampled_from(["list", "dict"])),
    lambda inner: st.tuples(inner, inner),
    lambda inner: st.sets(st.text(max_size=3) | st.integers() | HALVES, max_size=3),
    lambda inner: st.dictionaries(st.none() | st.integers() | st.floats() | st.tuples(st.text()) | HALVES, inner),
    lambda inner: st.fixed_dictionaries({SIGNATURE: st.sampled_from(SIGNATURES) | inner}, optional={"value": inner}),
)


@given(MONSTERS)
@example({"hook": {SIGNATURE: rpc._special_asset_sig}})
@example({"\ud83d": "\ud83d\ude00"})
@example({SIGNATURE: rpc._special_secret_sig})
def test_whatever_a_server_sends_crosses_the_wire_and_arrives_as_it_is_kept(outputs: dict[str, Any]):
    assert_kept(outputs)


@pytest.mark.parametrize("kind", ["list", "dict"])
def test_eight_hundred_levels_do_too(kind: str):
    assert_kept({"a": nested(800, kind)})


def assert_kept(outputs: dict[str, Any]) -> None:
    kept = carried(outputs)
    assert across(kept) == without_nulls(kept)
    assert from_wire(across(kept))[0] == without_nulls(kept)
    assert carried(kept) == kept
    assert wire(kept) == without_nulls(kept)


@given(ORDINARY)
def test_ordinary_json_stays_as_it_is(outputs: dict[str, Any]):
    kept = carried(outputs)
    assert kept == outputs
    assert repr(kept) == repr(outputs)  # True is not 1 there, nor 1 1.0
    assert across(kept) == wire(kept) == without_nulls(outputs)


class Text(str, enum.Enum):
    A = "a"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("\ud83d", "\ufffd"),
        ("a\ud83d\ude00b", "a\U0001f600b"),
        (math.nan, "NaN"),
        (-math.inf, "-Infinity"),
        (2**53 + 1, 2**53),
        (BEYOND_A_DOUBLE, "9" * 400),
        (16**5000, "0x1" + "0" * 5000),  # more digits than Python writes
        ((1, {"b", "a"}), [1, ["a", "b"]]),
        ({1: 1, None: 2, ("a",): 4, 1.5: b"x"}, {"1": 1, "None": 2, "(tuple)": 4, "1.5": "(bytes)"}),
        (rpc.UNKNOWN, f"text:{rpc.UNKNOWN}"),
        ({SIGNATURE: "x"}, {f"text:{SIGNATURE}": "x"}),
        (Text.A, "a"),
    ],
    ids=range(12),
)
def test_what_the_wire_cannot_carry_becomes_text(sent: Any, kept: Any):
    found = carried(sent)
    assert found == kept
    assert type(found) is type(kept)


def test_unknowns_stay():
    unknown = Unknown()  # type: ignore[no-untyped-call]
    kept = carried({"a": UNKNOWN, "b": [unknown]})
    assert kept["a"] is UNKNOWN
    assert kept["b"][0] is unknown
    assert isinstance(to_wire(kept)["a"], Unknown)


def test_nesting_ends_where_the_wire_still_carries_it():
    outputs = {"a": nested(DEPTH - 1), "b": nested(DEPTH), "c": nested(DEPTH - 1, "dict")}
    kept = carried(outputs)
    assert kept == {**outputs, "b": kept["b"]}
    assert TOO_DEEP in repr(kept["b"])
    # Protobuf's own bound, which Pulumi's SDK cannot lift everywhere, is 100 messages.
    assert messages(pb.CreateResponse(properties=across_as_message(kept))) < 90


def across_as_message(outputs: dict[str, Any]) -> struct_pb2.Struct:
    made = struct_pb2.Struct()
    made.update(outputs)
    return made


def messages(message: Any) -> int:
    """How many messages stand inside each other."""
    if isinstance(message, pb.CreateResponse):
        return 1 + messages(message.properties)
    if isinstance(message, struct_pb2.Struct):
        return 1 + max((1 + messages(item) for item in message.fields.values()), default=0)
    if isinstance(message, struct_pb2.ListValue):
        return 1 + max(map(messages, message.values), default=0)
    kind = message.WhichOneof("kind")
    return 1 + (messages(getattr(message, kind)) if kind in ("struct_value", "list_value") else 0)


def test_size_is_bounded_and_the_copy_of_a_copy_is_the_same(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(_wire, "SIZE", 500)
    loop: list[Any] = []
    loop += [loop, loop, 1]
    for sent in ({"a": "x" * 600, "b": "y"}, {"a": ["z" * 50] * 20, "k" * 400: {"c": 1}, "d": None}, {"a": loop}):
        kept = carried(sent)
        assert TOO_MUCH in repr(kept)
        assert len(repr(kept)) < 4000
        assert carried(kept) == kept
    assert carried({"a": "x" * 600, "b": "y"}) == {"a": TOO_MUCH, "b": "y"}


@pytest.mark.parametrize(
    "value",
    [
        "\ud83d",
        {"\ud83d": 1},
        BEYOND_A_DOUBLE,
        nested(800),
        nested(800, "dict"),
        {1: 1},
        b"x",
        *sorted(UNKNOWN_STRINGS),
        *({SIGNATURE: signature, "value": "x", "text": "x", "urn": "x"} for signature in SIGNATURES),
    ],
)
def test_the_wire_of_the_laws_refuses_what_pulumis_does_not_carry(value: Any):
    with pytest.raises((TypeError, ValueError, OverflowError)):
        wire({"a": [value]})
    try:
        arrived = across({"a": [value]})["a"][0]
    except Exception:  # noqa: BLE001 - that is what is wanted, whatever it is
        return
    assert arrived != value or value in UNKNOWN_STRINGS or SIGNATURE in value  # the engine takes it for another thing


@given(MONSTERS)
def test_what_the_wire_of_the_laws_carries_arrives_the_same_on_pulumis(outputs: dict[str, Any]):
    try:
        arrived = wire(outputs)
    except (TypeError, ValueError, OverflowError):
        return
    assert json.dumps(across(outputs), sort_keys=True) == json.dumps(arrived, sort_keys=True)  # NaN is NaN there


def test_the_signatures_are_pulumis():
    assert rpc._special_sig_key == SIGNATURE
    assert rpc.UNKNOWN in UNKNOWN_STRINGS
    assert len(UNKNOWN_STRINGS) == 7

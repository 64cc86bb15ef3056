"""Property values on the wire, their differences, paths, and what ignore_changes does to them."""

from __future__ import annotations

import pytest
from google.protobuf import struct_pb2
from hypothesis import given
from hypothesis import strategies as st

from pulumi_daily.testing import UNKNOWN, Secret
from pulumi_daily.testing._diff import (
    Diff,
    PathError,
    PropertyDiff,
    apply_replace_on_changes,
    format_path,
    ignore_changes,
    input_diff,
    parse_path,
    path_contains,
)
from pulumi_daily.testing._wire import (
    SIGNATURE,
    ResourceRef,
    WireError,
    contains_secret,
    contains_unknown,
    copy,
    display,
    equal,
    mark_secrets,
    marshal,
    plain,
    unmarshal,
)

KEYS = st.text(min_size=1, max_size=6)
NOT_NULL = st.booleans() | st.floats(allow_nan=False) | st.text(max_size=8)
LEAVES = st.none() | NOT_NULL
VALUES = st.recursive(
    LEAVES | st.just(UNKNOWN),
    lambda v: st.lists(v, max_size=3) | st.dictionaries(KEYS, v, max_size=3) | st.builds(Secret, v),
    max_leaves=12,
)
PROPERTIES = st.dictionaries(KEYS, VALUES, max_size=4)
PLAIN = st.dictionaries(
    KEYS,
    st.recursive(
        NOT_NULL,
        lambda v: st.lists(v, max_size=3) | st.dictionaries(KEYS, v, max_size=3),
        max_leaves=10,
    ),
    max_size=4,
)


@given(PROPERTIES)
def test_what_is_written_is_what_is_read(props):
    struct = struct_pb2.Struct()
    struct.ParseFromString(marshal(props, secrets=True).SerializeToString())
    assert equal(props, unmarshal(struct))
    assert equal(unmarshal(struct), props)


@given(PROPERTIES)
def test_without_marks_the_plain_values_are_sent(props):
    bare = unmarshal(marshal(props, secrets=False))
    assert not contains_secret(bare)
    assert equal(plain(props), bare)


@given(PROPERTIES)
def test_an_update_sends_no_unknown(props):
    assert not contains_unknown(unmarshal(marshal(props, secrets=False, unknowns=False)))


def test_an_unknown_is_refused_where_it_may_not_be():
    with pytest.raises(WireError, match='unknown property value for "a"'):
        unmarshal(marshal({"a": [UNKNOWN]}, secrets=True), allow_unknowns=False)


def test_a_number_is_a_float_and_a_bool_is_not():
    assert unmarshal(marshal({"n": 1, "b": True}, secrets=False)) == {"n": 1.0, "b": True}
    assert not equal({"a": 1.0}, {"a": True})


def test_an_output_value_is_its_value_its_secret_or_unknown():
    output = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
    raw = {
        "known": {SIGNATURE: output, "value": "v", "dependencies": ["u"]},
        "secret": {SIGNATURE: output, "value": "v", "secret": True},
        "unknown": {SIGNATURE: output},
    }
    assert unmarshal(marshal(raw, secrets=True)) == {"known": "v", "secret": Secret("v"), "unknown": UNKNOWN}


@pytest.mark.parametrize(
    ("reference", "sent"),
    [
        (ResourceRef("urn:x", "id-1"), "id-1"),
        (ResourceRef("urn:x"), "urn:x"),
        (ResourceRef("urn:x", UNKNOWN), UNKNOWN),
    ],
)
def test_a_reference_is_sent_as_its_id_to_who_knows_no_references(reference, sent):
    assert unmarshal(marshal({"r": reference}, secrets=False)) == {"r": sent}
    assert unmarshal(marshal({"r": reference}, secrets=False, resources=True)) == {"r": reference}


def test_no_other_type_is_a_value():
    with pytest.raises(WireError, match="not a property value: object"):
        marshal({"a": object()}, secrets=True)


def test_a_secret_shows_nothing_and_is_not_its_value():
    assert "hush" not in repr(Secret("hush")) + str(Secret("hush"))
    assert Secret("x") == Secret("x") != Secret("y")
    assert Secret("x") != "x"


def test_null_counts_as_absent():
    assert equal({"a": None, "b": {"c": None}}, {"b": {}})
    assert not equal({"a": None}, {"a": 0.0})


def test_marks_return_by_key_and_an_array_as_a_whole():
    outs = {"s": "x", "o": {"in": "x", "out": 1}, "l": ["x", 1], "new": 1, "kept": Secret("z"), "flat": "x"}
    ins = {
        "s": Secret("x"),
        "o": {"in": Secret("x"), "out": 1},
        "l": [Secret("x"), 1],
        "kept": Secret("z"),
        "gone": Secret(1),
        "flat": {"was": Secret("an object")},
    }
    mark_secrets(outs, ins)
    assert outs == {
        "s": Secret("x"),
        "o": {"in": Secret("x"), "out": 1},
        "l": Secret(["x", 1]),
        "new": 1,
        "kept": Secret("z"),
        "flat": Secret("x"),
    }


def test_values_are_shown_as_the_cli_shows_them_but_no_secret():
    value = {"n": 1.0, "f": 1.5, "s": Secret("hush"), "l": [True, None], "u": UNKNOWN}
    assert display(value) == "{map[f:{1.5} l:{[{true} {<nil>}]} n:{1} s:[secret] u:output<string>{}]}"


# --- paths --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("a", ("a",)),
        ("a.b", ("a", "b")),
        ("a[0].b", ("a", 0, "b")),
        ('a["b.c"]', ("a", "b.c")),
        ('["q\\"x"][2]', ('q"x', 2)),
        ("a[*]", ("a", "*")),
        ("", ()),
    ],
)
def test_paths_are_read(text, path):
    assert parse_path(text) == path


@pytest.mark.parametrize("text", [".a", "a.", "a[", "a[x]", 'a["b', 'a["b"x'])
def test_a_malformed_path_is_an_error(text):
    with pytest.raises(PathError):
        parse_path(text)


NAMES = st.text(st.sampled_from('ab0_.[]"* é'), min_size=1, max_size=4).filter(lambda k: k != "*")


@given(st.lists(NAMES | st.integers(0, 99), min_size=1, max_size=4))
def test_a_written_path_is_read_back(parts):
    assert parse_path(format_path(tuple(parts))) == tuple(parts)


def test_a_path_contains_what_lies_below():
    assert path_contains(parse_path("a[*].p"), parse_path("a[3].p.q"))
    assert not path_contains(parse_path("a[*].p"), parse_path("a[3]"))
    assert not path_contains(parse_path("a[0]"), parse_path('a["0"]'))


# --- differences --------------------------------------------------------------------------------------------------


@given(PLAIN, PLAIN)
def test_there_is_a_difference_exactly_if_the_values_differ(old, new):
    keys, leaves = input_diff(old, new)
    assert bool(leaves) == (not equal(old, new)) == bool(keys)


@given(PLAIN, PLAIN)
def test_a_difference_seen_from_the_other_side_is_the_inverted_one(old, new):
    _, there = input_diff(old, new)
    _, back = input_diff(new, old)
    assert Diff(True, detailed=there).inverted().detailed == back


@given(PLAIN, PLAIN)
def test_every_leaf_of_a_difference_is_there(old, new):
    _, leaves = input_diff(old, new)
    for text, leaf in leaves.items():
        if "\\" in text:  # such a name has no unambiguous form
            continue
        path = parse_path(text)
        assert _has(old, path) == (leaf.kind != "add")
        assert _has(new, path) == (leaf.kind != "delete")


def _has(value, path):
    for part in path:
        if isinstance(value, dict) and isinstance(part, str):
            if part not in value:
                return False
        elif not (isinstance(value, list) and isinstance(part, int) and part < len(value)):
            return False
        value = value[part]
    return True


def test_a_secret_mark_alone_is_no_difference():
    assert input_diff({"a": Secret("x")}, {"a": "x"}) == ([], {})


def test_replace_on_changes_needs_to_know_the_changed_leaves():
    known = Diff(True, changed_keys=["a", "b"], detailed={"a.x": PropertyDiff("update"), "b": PropertyDiff("add")})
    assert apply_replace_on_changes(known, ["a"]).replace_keys == ["a"]
    assert apply_replace_on_changes(known, ["a.x"]).detailed["a.x"].kind == "update-replace"
    assert apply_replace_on_changes(known, ["a.y"]) == known
    assert not apply_replace_on_changes(Diff(True), ["*"]).replaces
    assert not apply_replace_on_changes(Diff(False), ["*"]).replaces


# --- ignore_changes -----------------------------------------------------------------------------------------------


@given(PLAIN, PLAIN)
def test_ignoring_everything_leaves_no_difference(old, new):
    assert ignore_changes(new := copy(new), old, ["*"]) == []
    assert input_diff(old, new) == ([], {})


@given(PLAIN, PLAIN, st.data())
def test_an_ignored_leaf_does_not_differ_or_is_reported(old, new, data):
    _, leaves = input_diff(old, new)
    if not leaves:
        return
    path = data.draw(st.sampled_from(sorted(leaves)))
    if "\\" in path or "*" in path:
        return
    failed = ignore_changes(new := copy(new), old, [path])
    assert (path in input_diff(old, new)[1]) == (failed == [path])


def test_a_malformed_path_is_skipped():
    new = {"a": 1}
    assert ignore_changes(new, {"a": 2}, [".a"]) == []
    assert new == {"a": 1}


def test_what_was_secret_stays_secret():
    new = {"o": {"x": 1}}
    assert ignore_changes(new, {"o": Secret({"x": 2})}, ["o.x"]) == []
    assert new == {"o": {"x": Secret(2)}}

"""check: normal form, every failure at once with its path, advice, unknowns, moments; and its laws."""

from __future__ import annotations

from typing import Any

import pytest
from fake_daily import NOW
from hypothesis import given
from hypothesis import strategies as st

from pulumi_daily.lifecycle.decide.check import check
from pulumi_daily.objects.fields import entries
from pulumi_daily.objects.room import ROOM, RoomProperties
from pulumi_daily.objects.values import UNKNOWN, contains_unknown, format_path, same


def failures(inputs: Any, olds: Any = None) -> dict[str, str]:
    checked = check(ROOM, olds or {}, inputs, NOW)
    return {format_path(f.path): f.reason for f in checked.failures}


def test_the_normal_form():
    checked = check(
        ROOM,
        {},
        {
            "name": "a",
            "adopt_existing": None,
            "properties": {
                "exp": NOW + 1.0,
                "lang": None,
                "permissions": {"canAdmin": ["streaming", "participants", "streaming"]},
                "auto_transcription_settings": {"endpointing": 10.0, "x": None, "y": [1.0, 1.5]},
            },
            "extra_properties": {},
        },
        NOW,
    )
    assert checked.failures == []
    assert checked.inputs == {
        "name": "a",
        "privacy": "public",
        "properties": {
            "exp": int(NOW) + 1,
            "permissions": {"canAdmin": ["participants", "streaming"]},
            "auto_transcription_settings": {"endpointing": 10, "y": [1, 1.5]},
        },
    }
    assert isinstance(checked.inputs["properties"]["exp"], int)
    assert isinstance(checked.inputs["properties"]["auto_transcription_settings"]["endpointing"], int)


def test_all_failures_come_at_once_with_their_paths():
    found = failures(
        {
            "name": "my room",
            "privacy": "privat",
            "properties": {"enable_caht": True, "exp": NOW - 1, "max_participants": 1.5, "zzz": 1},
            "extra_properties": {"enable_chat": True, "wholly_new": 1},
            "properites": {},
        }
    )
    assert found == {
        "name": "may hold only A-Z a-z 0-9 - and _; did you mean my-room?",
        "privacy": "must be one of public, private, not 'privat'; did you mean private?",
        "properties.enable_caht": "is not known here; did you mean enable_chat?",
        "properties.exp": "lies in the past (2027-01-15 07:59:59 UTC); give a later one or leave it out",
        "properties.max_participants": "must be a whole number, not 1.5",
        "properties.zzz": "is not known here; if Daily has it and this package does not know it yet, "
        "use extra_properties",
        "extra_properties.enable_chat": "is known to this package; give it under properties",
        "properites": "is not known here; did you mean properties?",
    }


def test_an_input_at_the_wrong_place_is_sent_to_the_right_one():
    inputs = {"enable_chat": True, "enable_caht": True, "zzz": 1, "properties": {"privacy": "public", "name": "b"}}
    assert failures({"name": "a", **inputs}) == {
        "enable_chat": "belongs into properties: give it as properties.enable_chat",
        "enable_caht": "is not known here; did you mean properties.enable_chat?",
        "zzz": "is not known here",
        "properties.privacy": "does not belong into properties: give it as privacy",
        "properties.name": "does not belong into properties: give it as name",
    }


def test_a_condition_between_settings_is_checked_beside_other_failures():
    times = {"nbf": NOW + 2, "exp": NOW + 1}
    assert failures({"name": "a b", "properties": {**times, "enable_chat": "x"}}) == {
        "name": "may hold only A-Z a-z 0-9 - and _; did you mean a-b?",
        "properties.nbf": "is not before exp: nobody could ever join",
        "properties.enable_chat": "must be true or false, not 'x'",
    }
    assert list(failures({"name": "a", "properties": {**times, "exp": "x"}})) == ["properties.exp"]


@pytest.mark.parametrize("name", ["", "x" * 129, 5, UNKNOWN, "ok"])
def test_names(name: Any):
    assert ("name" in failures({"name": name})) == (name in ("", 5) or name == "x" * 129)


def test_a_name_is_required():
    assert failures({}) == {"name": "is required"}


def test_a_past_moment_is_left_alone_where_it_is():
    inputs = {"name": "a", "properties": {"exp": NOW - 1}}
    assert failures(inputs, inputs) == {}
    assert "properties.exp" in failures(inputs, {"name": "a", "properties": {"exp": NOW - 2}})
    assert failures({"name": "a", "properties": {"exp": UNKNOWN}}) == {}
    assert "properties.exp" in failures({"name": "a", "properties": {"exp": True}})


def test_properties_that_are_no_object():
    assert failures({"name": "a", "properties": [1]}) == {"properties": "must be an object, not a list"}
    assert failures({"name": "a", "properties": UNKNOWN, "extra_properties": UNKNOWN}) == {}


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.floats(allow_nan=False)
    | st.integers(-(2**53), 2**53)
    | st.text(max_size=8)
    | st.just(UNKNOWN),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
properties = st.dictionaries(
    st.sampled_from(sorted(entries(RoomProperties))) | st.text(max_size=5), json_values, max_size=6
)
anything = st.dictionaries(
    st.sampled_from(["name", "privacy", "properties", "extra_properties", "adopt_existing", "odd"]),
    json_values | properties,
    max_size=6,
)


def equal(left: Any, right: Any) -> bool:
    """Like ``same``, but an unknown equals itself."""
    if left is UNKNOWN or right is UNKNOWN:
        return left is right
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(equal(left[k], right[k]) for k in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(equal, left, right))
    return same(left, right)


@given(news=anything, olds=anything)
def test_law_7_check_never_raises_and_is_idempotent(news: Any, olds: Any):
    once = check(ROOM, olds, news, NOW)
    twice = check(ROOM, olds, once.inputs, NOW)
    assert equal(once.inputs, twice.inputs)
    assert once.failures == twice.failures
    assert check(ROOM, once.inputs, once.inputs, NOW).inputs.keys() == once.inputs.keys()


@given(news=anything)
def test_unknown_values_are_never_lost_and_never_made(news: Any):
    assert contains_unknown(check(ROOM, {}, news, NOW).inputs) == contains_unknown(news)

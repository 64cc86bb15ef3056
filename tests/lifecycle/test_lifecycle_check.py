"""check: normal form, every failure at once with its path, advice, unknowns, moments; and its laws."""

from __future__ import annotations

from typing import Any

import pytest
from fake_daily import NOW
from hypothesis import given
from hypothesis import strategies as st

from pulumi_daily.lifecycle.decide.check import check
from pulumi_daily.lifecycle.decide.room_set import check_set
from pulumi_daily.objects.domain import DOMAIN_CONFIG
from pulumi_daily.objects.fields import entries
from pulumi_daily.objects.room import ROOM, RoomProperties
from pulumi_daily.objects.room_set import ROOM_SET
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
            "properties": {
                "enable_caht": True,
                "exp": NOW - 1,
                "max_participants": 1.5,
                "zzz": 1,
                "owner_only_broadcast": True,
            },
            "extra_properties": {"max_participants": 5, "wholly_new": 1, "enable_dialin": True, "lang": 5},
            "properites": {},
        }
    )
    assert found == {
        "name": "may hold only A-Z a-z 0-9 - and _; did you mean my-room?",
        "privacy": "must be one of public, private, not 'privat'; did you mean private?",
        "properties.enable_caht": "is not known here; did you mean enable_chat?",
        "properties.exp": "lies in the past (2027-01-15 07:59:59 UTC); give a later one or leave it out",
        "properties.max_participants": "must be a whole number, not 1.5",
        "properties.owner_only_broadcast": "is a setting that Daily no longer documents; give it under "
        "extra_properties",
        "properties.zzz": "is not known here; if Daily has it and this package does not know it yet, "
        "use extra_properties",
        "extra_properties.max_participants": "is also given under properties; give it only once",
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


# -- values that no enumeration contains -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("properties", "path"),
    [
        ({"lang": "hu"}, "properties.lang"),
        ({"lang": "fil"}, "properties.lang"),
        ({"geo": "eu-west-3"}, "properties.geo"),
        ({"geo": "ca-central-1"}, "properties.geo"),
        ({"enable_recording": "screen"}, "properties.enable_recording"),
        ({"enable_recording": ["cloud", "screen"]}, "properties.enable_recording[1]"),
        ({"enable_raw_tracks_transcoded_audio": "wav-96k"}, "properties.enable_raw_tracks_transcoded_audio"),
        ({"permissions": {"canAdmin": ["recording"]}}, "properties.permissions.canAdmin[0]"),
        ({"sip": {"display_name": "a", "sip_mode": "dial-in", "provider": "twilio"}}, "properties.sip.provider"),
        (
            {
                "recordings_bucket": {
                    "bucket_name": "b",
                    "bucket_region": "r",
                    "storage_provider": "gcp",
                    "namespace": "n",
                }
            },
            "properties.recordings_bucket.storage_provider",
        ),
    ],
    ids=str,
)
def test_a_value_that_daily_may_have_added_is_sent_with_a_warning(properties: dict[str, Any], path: str):
    checked = check(ROOM, {}, {"name": "a", "properties": properties}, NOW)
    assert checked.failures == []
    assert checked.inputs["properties"] == properties
    [warning] = checked.warnings
    assert format_path(warning.path) == path
    assert warning.reason.startswith("should be one of ")
    assert warning.reason.endswith("'; it is sent unchanged, because Daily may have added it")
    assert "not '" not in warning.bare


@pytest.mark.parametrize(
    ("properties", "near"),
    [
        ({"lang": "DE"}, "de"),
        ({"lang": "pt_BR"}, "pt-BR"),
        ({"geo": "eu-centrl-1"}, "eu-central-1"),
        ({"geo": "us-wset-2"}, "us-west-2"),
        ({"enable_recording": ["cluod"]}, "cloud"),
        ({"enable_recording": "cloud-audio"}, "cloud-audio-only"),
        ({"permissions": {"canSend": ["screenvideo"]}}, "screenVideo"),
    ],
    ids=str,
)
def test_a_misspelt_value_is_refused(properties: dict[str, Any], near: str):
    checked = check(ROOM, {}, {"name": "a", "properties": properties}, NOW)
    [failure] = checked.failures
    assert failure.kind == "type"
    assert failure.reason.endswith(f"; did you mean {near}?")
    assert checked.warnings == []


@pytest.mark.parametrize(
    ("spec", "inputs"),
    [
        (ROOM, {"name": "a", "privacy": "org"}),
        (ROOM, {"name": "a", "properties": {"lang": ""}}),
        (ROOM, {"name": "a", "properties": {"lang": 5}}),
        (ROOM, {"name": "a", "properties": {"permissions": {"canSend": "all"}}}),
        (DOMAIN_CONFIG, {"on_destroy": "forget"}),
    ],
)
def test_what_is_no_new_value_is_refused(spec: Any, inputs: dict[str, Any]):
    checked = check(spec, {}, inputs, NOW)
    assert [failure.kind for failure in checked.failures] == ["type"]
    assert checked.warnings == []


def test_a_value_is_warned_about_once():
    rooms = {name: {"properties": {"lang": "hu"}} for name in ("a", "b")}
    checked = check_set(ROOM_SET, {}, {"rooms": {**rooms, "c": {"properties": {"lang": "uk"}}}}, NOW)
    assert checked.failures == []
    assert [format_path(warning.path) for warning in checked.warnings] == [
        "rooms.a.properties.lang",
        "rooms.c.properties.lang",
    ]


def test_conditions_between_settings_are_checked_beside_a_new_value():
    properties = {"lang": "hu", "nbf": NOW + 5, "exp": NOW + 5}
    checked = check(ROOM, {}, {"name": "a", "properties": properties}, NOW)
    assert [failure.path for failure in checked.failures] == [("properties", "nbf")]


@pytest.mark.parametrize("name", sorted(RoomProperties.legacy))
def test_a_setting_that_daily_no_longer_documents_is_for_extra_properties(name: str):
    [failure] = check(ROOM, {}, {"name": "a", "properties": {name: True}}, NOW).failures
    assert failure.reason == "is a setting that Daily no longer documents; give it under extra_properties"
    assert check(ROOM, {}, {"name": "a", "extra_properties": {name: True}}, NOW).failures == []


def test_a_past_time_is_found_in_extra_properties():
    inputs = {"name": "a", "extra_properties": {"exp": NOW - 0.5}}
    [failure] = check(ROOM, {}, inputs, NOW).failures
    assert failure.path == ("extra_properties", "exp")
    assert check(ROOM, inputs, inputs, NOW).failures == []

"""What is right by its type and was most likely meant otherwise; and the bound of a token's lifetime."""

from __future__ import annotations

import math
from typing import Any

import pytest

from pulumi_daily.objects.domain import DOMAIN_CONFIG
from pulumi_daily.objects.fields import TEN_YEARS
from pulumi_daily.objects.meeting_token import MEETING_TOKEN, MeetingToken
from pulumi_daily.objects.room import ROOM
from pulumi_daily.objects.room_set import ROOM_SET
from pulumi_daily.objects.spec import ObjectSpec
from pulumi_daily.objects.validation import known_settings, validate
from pulumi_daily.objects.values import UNKNOWN
from pulumi_daily.objects.warnings import far_moments

NOW = 1_800_000_000.0
MILLISECONDS = 1_800_000_000_000


@pytest.mark.parametrize(
    ("spec", "inputs", "paths"),
    [
        (ROOM, {"name": "a", "properties": {"exp": MILLISECONDS}}, [("properties", "exp")]),
        (ROOM, {"properties": {"nbf": MILLISECONDS, "exp": int(NOW) + TEN_YEARS}}, [("properties", "nbf")]),
        (ROOM, {"properties": {"exp": int(NOW) + TEN_YEARS + 1}}, [("properties", "exp")]),
        (MEETING_TOKEN, {"properties": {"exp": MILLISECONDS}}, [("properties", "exp")]),
        (
            ROOM_SET,
            {"rooms": {"a": {"properties": {"exp": MILLISECONDS}}, "b": {}}},
            [("rooms", "a", "properties", "exp")],
        ),
        (
            ROOM_SET,
            {
                "defaults": {"properties": {"nbf": MILLISECONDS}},
                "rooms": {"properties": {"properties": {"exp": 2**53}}},
            },
            [("defaults", "properties", "nbf"), ("rooms", "properties", "properties", "exp")],
        ),
        (DOMAIN_CONFIG, {"properties": {"lang": "de"}}, []),
        (ROOM, {"properties": UNKNOWN}, []),
        (ROOM, {"properties": {"exp": UNKNOWN, "nbf": True}}, []),
        (ROOM, {"properties": {"max_participants": MILLISECONDS}}, []),
        (ROOM, {"extra_properties": {"exp": MILLISECONDS}}, []),
        # What check refuses is no warning, however large.
        (ROOM, {"properties": {"exp": 10**400, "nbf": math.inf}}, []),
        (ROOM, {"properties": "x"}, []),
    ],
)
def test_moments_more_than_ten_years_ahead_are_found(spec: ObjectSpec, inputs: dict[str, Any], paths: list[Any]):
    assert [path for path, _ in far_moments(spec.inputs, inputs, NOW)] == paths


def test_the_warning_names_the_year_and_the_unit():
    [(_, text)] = far_moments(ROOM.inputs, {"properties": {"exp": MILLISECONDS}}, NOW)
    assert text.startswith("lies in the year 59009, more than ten years ahead")
    assert "unix seconds, not in milliseconds" in text


def test_known_settings_are_found_in_lists_and_maps():
    stream = {"name": "a", "rtmp_config": {"url": "x"}, "odd": 1}
    properties = {"streaming_endpoints": [stream], "permissions": {"canReceive": {"byUserId": {"u": {"video": True}}}}}
    found = [path for path, _, _ in known_settings(ROOM.inputs, {"properties": properties})]
    assert ("properties", "streaming_endpoints", 0, "rtmp_config", "url") in found
    assert ("properties", "permissions", "canReceive", "byUserId", "u", "video") in found
    assert not any("odd" in path for path in found)


@pytest.mark.parametrize("lifetime", [1, TEN_YEARS, UNKNOWN])
def test_a_lifetime_of_up_to_ten_years(lifetime: Any):
    assert validate(MeetingToken, {"lifetime": lifetime})[1] == []


@pytest.mark.parametrize("lifetime", [TEN_YEARS + 1, 10**12])
def test_a_longer_lifetime_is_refused(lifetime: int):
    [failure] = validate(MeetingToken, {"lifetime": lifetime, "properties": UNKNOWN})[1]
    assert str(failure) == f"lifetime: must be at most 315360000 seconds, which are ten years, not {lifetime}"


@pytest.mark.parametrize("given", [5, 5.5, True, {"a": 1}, ["id"], ""])
def test_the_id_of_a_domain_is_text(given: Any):
    [failure] = validate(MeetingToken, {"self_signed": True, "domain_id": given})[1]
    assert failure.path == ("domain_id",)
    assert failure.reason.startswith("must be text") or given == ""

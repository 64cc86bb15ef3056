"""The filters of get_rooms, which are this package's own: Daily has none."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from lookups_world import Daily

from pulumi_daily import get_rooms

ROOMS = [
    # name, privacy, created_at, config
    ("team-c", "private", "2026-03-01T00:00:00.000Z", {"enable_chat": True, "max_participants": 10}),
    ("lobby", "public", "2026-02-01T00:00:00.000Z", {"exp": 1}),
    ("team-b", "public", "2026-01-31T23:59:59.000Z", {"enable_chat": True}),
    ("Team-a", "private", "2025-12-01T00:00:00.000Z", {}),
    ("old", "public", "2024-01-01T00:00:00.000Z", {"max_participants": 200}),
]


@pytest.fixture(autouse=True)
def _rooms(daily: Daily) -> None:
    data = [
        {"id": name, "name": name, "privacy": privacy, "created_at": at, "config": config}
        for name, privacy, at, config in ROOMS
    ]
    daily.answer("/rooms", {"total_count": len(data), "data": data})


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({}, ["team-c", "lobby", "team-b", "Team-a", "old"]),
        ({"privacy": "private"}, ["team-c", "Team-a"]),
        ({"name": "team-*"}, ["team-c", "team-b"]),
        ({"name": "?eam-[ab]"}, ["team-b", "Team-a"]),
        ({"name": "team"}, []),
        ({"name_prefix": "team-"}, ["team-c", "team-b"]),
        ({"created_after": "2026-02-01"}, ["team-c", "lobby"]),
        ({"created_before": "2026-02-01"}, ["team-b", "Team-a", "old"]),
        ({"created_after": 1764547200, "created_before": 1769904000}, ["team-b", "Team-a"]),
        ({"created_after": datetime.datetime(2026, 3, 1, tzinfo=datetime.timezone.utc)}, ["team-c"]),
        ({"config": {"enable_chat": True}}, ["team-c", "team-b"]),
        ({"config": {"enable_chat": False}}, ["lobby", "Team-a", "old"]),
        ({"config": {"max_participants": 200.0}}, ["lobby", "team-b", "Team-a", "old"]),
        ({"config": {"enable_chat": True, "max_participants": 10}}, ["team-c"]),
        ({"config": {"exp": 1}}, ["lobby"]),
        ({"config": {"exp": None, "not_known": None}}, ["team-c", "team-b", "Team-a", "old"]),
        ({"config": {"enable_chat": 1}}, []),
        ({"config": lambda config: "exp" in config}, ["lobby"]),
        ({"privacy": "public", "limit": 2}, ["lobby", "team-b"]),
        ({"limit": 1}, ["team-c"]),
    ],
)
def test_filters(filters: dict[str, Any], names: list[str]) -> None:
    assert [room.name for room in get_rooms(**filters)] == names


def test_rooms_without_a_moment_are_in_no_period(daily: Daily) -> None:
    daily.answer("/rooms", {"total_count": 2, "data": [{"id": "1", "name": "a"}, {"id": "2", "created_at": "?"}]})
    assert len(get_rooms().all()) == 2
    assert get_rooms(created_before="2026-01-01").all() == []
    # They do not end the list either.
    assert get_rooms(created_after="2026-01-01").all() == []


def test_a_list_by_age_is_read_no_further_than_needed(daily: Daily) -> None:
    def answer(request: Any) -> dict[str, Any]:
        start = int(request.params.get("starting_after", -1)) + 1
        data = [{"id": str(n), "created_at": f"{2999 - n}-01-01T00:00:00.000Z"} for n in range(start, start + 100)]
        return {"total_count": 1000, "data": data}

    daily.answer("/rooms", answer)
    assert len(get_rooms(created_after="2850-01-01").all()) == 150
    assert len(daily.asked) == 2


def test_with_a_filter_whole_pages_are_read(daily: Daily) -> None:
    assert get_rooms(name="lobby", limit=1).first() is not None
    assert daily.asked == [("/rooms", {"limit": 100})]

"""What is in every user's state for ever: type tokens and serialised providers."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import dill
import pytest

from pulumi_daily import Room
from pulumi_daily.providers import DailyError, DailyProvider, RoomProvider, serialized

ROOM_PROVIDER = "gASVLgAAAAAAAACMFnB1bHVtaV9kYWlseS5wcm92aWRlcnOUjAxSb29tUHJvdmlkZXKUk5QpgZQu"
RELEASED: dict[str, dict[str, str]] = json.loads(Path(__file__).with_name("released.json").read_text())


def test_the_type_token_of_a_room():
    assert Room._resource_type_name == "dynamic/daily:Room"


def test_a_subclass_keeps_the_type_token():
    class Standup(Room):
        """A room with our defaults."""

    class Renamed(Room, module="acme", name="Standup"):
        """A room that wants to be something else."""

    assert Standup._resource_type_name == "dynamic/daily:Room"
    assert Renamed._resource_type_name == "dynamic/acme:Standup"


def test_the_serialised_provider_is_golden():
    assert serialized(RoomProvider) == ROOM_PROVIDER


def test_the_serialised_provider_is_a_reference_and_nothing_else():
    """By reference it is the same on every Python that has pickle protocol 4, and after every edit of the class."""
    data = base64.b64decode(ROOM_PROVIDER)
    assert data[:2] == b"\x80\x04"
    assert b"\x8c\x16pulumi_daily.providers\x94\x8c\x0cRoomProvider\x94\x93\x94)\x81\x94." in data
    assert vars(RoomProvider()) == {}
    assert RoomProvider.serialize_as_secret_always is False


def test_the_golden_string_is_among_the_released_ones():
    assert ROOM_PROVIDER in RELEASED["RoomProvider"].values()


@pytest.mark.parametrize(
    ("name", "text"),
    [(name, text) for name, found in RELEASED.items() for text in found.values()],
    ids=lambda v: v[:12],
)
def test_every_released_string_still_loads(name: str, text: str):
    provider: Any = dill.loads(base64.b64decode(text))
    assert isinstance(provider, DailyProvider)
    assert type(provider).__name__ == name
    assert serialized(type(provider)) == RELEASED[name][max(RELEASED[name], key=_version)]


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))


def test_every_provider_class_has_released_strings():
    assert {
        cls.__name__ for cls in DailyProvider.__subclasses__() if cls.__module__ == "pulumi_daily.providers"
    } == set(RELEASED)


def test_errors_have_the_name_that_readers_see():
    assert f"{DailyError.__module__}.{DailyError.__qualname__}" == "builtins.DailyError"

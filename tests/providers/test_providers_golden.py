"""What is in every user's state for ever: type tokens and serialised providers."""

from __future__ import annotations

import base64
import json
import pickle
import types
from pathlib import Path
from typing import Any

import dill
import pulumi
import pytest

import pulumi_daily as daily
from pulumi_daily.operations import DailyError
from pulumi_daily.providers import PROVIDERS, DailyProvider, serialized

RELEASED: dict[str, dict[str, str]] = json.loads(Path(__file__).with_name("released.json").read_text())

RESOURCES: dict[type[pulumi.dynamic.Resource], str] = {
    daily.Room: "Room",
    daily.RoomSet: "RoomSet",
    daily.DomainConfig: "DomainConfig",
    daily.Webhook: "Webhook",
    daily.DialinConfig: "DialinConfig",
    daily.PhoneNumber: "PhoneNumber",
    daily.SipTrunk: "SipTrunk",
    daily.SipClient: "SipClient",
    daily.MeetingToken: "MeetingToken",
}
"""Every resource, and what is behind `daily:` in its type token. For ever."""


@pytest.mark.parametrize(("resource", "name"), RESOURCES.items(), ids=RESOURCES.values())
def test_the_type_token(resource: Any, name: str):
    assert resource._resource_type_name == f"dynamic/daily:{name}"
    assert resource._provider_class.spec.kind == name
    assert resource._provider_class.__name__ == f"{name}Provider"


def test_every_kind_has_a_resource_and_a_provider():
    assert [provider.spec.kind for provider in PROVIDERS] == list(RESOURCES.values())
    assert {resource._provider_class for resource in RESOURCES} == set(PROVIDERS)


@pytest.mark.parametrize(("resource", "name"), RESOURCES.items(), ids=RESOURCES.values())
def test_a_subclass_keeps_the_type_token(resource: Any, name: str):
    # Classes as a program would write them.
    kept = type("Ours", (resource,), {})
    renamed = types.new_class("Renamed", (resource,), {"module": "acme", "name": "Ours"})
    assert kept._resource_type_name == f"dynamic/daily:{name}"
    assert renamed._resource_type_name == "dynamic/acme:Ours"


@pytest.fixture(params=[4, 5], ids=["to Python 3.13", "from Python 3.14"])
def protocol(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """The protocol that Pulumi pickles with: the default of the Python that runs the program."""
    monkeypatch.setattr(pickle, "DEFAULT_PROTOCOL", request.param)
    return int(request.param)


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.__name__)
def test_the_serialised_provider_is_a_reference_and_nothing_else(provider: type[DailyProvider], protocol: int):
    """By reference it is the same after every edit of the class, and on every Python but for the protocol's number."""
    data = base64.b64decode(serialized(provider))
    name = provider.__name__.encode()
    assert data[:2] == bytes([0x80, protocol])
    reference = b"\x8c\x16pulumi_daily.providers\x94\x8c" + bytes([len(name)]) + name + b"\x94\x93\x94)\x81\x94."
    assert reference in data
    assert vars(provider()) == {}
    assert provider.serialize_as_secret_always is False


@pytest.mark.parametrize(
    ("name", "text"),
    [(name, text) for name, found in RELEASED.items() for text in found.values()],
    ids=lambda v: v[:12],
)
def test_every_released_string_still_loads(name: str, text: str, protocol: int):
    provider: Any = dill.loads(base64.b64decode(text))
    assert isinstance(provider, DailyProvider)
    assert type(provider).__name__ == name
    data = base64.b64decode(serialized(type(provider)))
    released = base64.b64decode(RELEASED[name][max(RELEASED[name], key=_version)])
    assert (data[:1], data[1], data[2:]) == (released[:1], protocol, released[2:])


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))


def test_every_provider_class_has_released_strings():
    assert {
        cls.__name__ for cls in DailyProvider.__subclasses__() if cls.__module__ == "pulumi_daily.providers"
    } == set(RELEASED)


def test_errors_have_the_name_that_readers_see():
    assert f"{DailyError.__module__}.{DailyError.__qualname__}" == "builtins.DailyError"

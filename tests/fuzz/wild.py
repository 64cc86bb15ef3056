"""Random values of every type that can cross Pulumi's wire or stand in an answer, from a seed; and valid inputs."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Mapping
from typing import Any

import pulumi
from pulumi.output import Unknown
from pulumi.runtime import rpc

from pulumi_daily._wire import SIGNATURE, UNKNOWN_STRINGS
from pulumi_daily.objects.fields import Fields, entries
from pulumi_daily.objects.spec import ObjectSpec
from pulumi_daily.objects.validation import nested_model

SOAK = max(1, int(os.environ.get("PULUMI_DAILY_SOAK", "1")))
"""How many times more examples than `make test` a run tries; `make soak` sets it."""

HOOK = "https://example.com/events"
INPUTS: Mapping[str, dict[str, Any]] = {
    "Room": {"name": "live", "privacy": "private", "properties": {"enable_chat": True, "max_participants": 4.0}},
    "RoomSet": {
        "rooms": {"a": {"properties": {"enable_chat": True}}, "b": {}},
        "defaults": {"properties": {"exp": 1_900_000_000.0}},
    },
    "DomainConfig": {"properties": {"enable_prejoin_ui": True, "hide_daily_branding": False}},
    "Webhook": {"url": HOOK, "event_types": ["meeting.ended"], "retry_type": "circuit-breaker"},
    "PhoneNumber": {"search": {"areacode": "415"}},
    "DialinConfig": {"type": "pinless_dialin", "room_creation_api": HOOK},
    "SipTrunk": {
        "trunk_name": "support",
        "room_template": {"enable_chat": True},
        "notification": {"webhook_url": HOOK},
        "trunk_config": {"credential": {"username": "carrier", "password": "canary-carrier-1"}},
    },
    "SipClient": {"username": "desk.1", "password": "canary-client-1"},
    "MeetingToken": {"properties": {"room_name": "live"}, "lifetime": 86400.0},
}
"""Valid inputs of each kind, as they cross the wire."""


def nested(depth: int, *, objects: bool = False) -> Any:
    """Return so many lists, or objects, inside each other."""
    value: Any = 1.0
    for _ in range(depth):
        value = {"x": value} if objects else [value]
    return value


TEXTS = (
    *sorted(UNKNOWN_STRINGS)[:2],
    SIGNATURE,
    "",
    "\0",
    "\ud83d",
    "live",
    "::set-output name=x::y\n##[error]z",
    "\x1b[31m\u202e",
    "9" * 5000,
    "2026-01-01T00:00:00Z",
    "https://[x",
    "x" * 70_000,
)
NUMBERS = (0, 0.0, -1, 1.5, 7, 2**53 + 1, 10**400, -(10**400), 1e308, 1.8e9, float("nan"), float("inf"), -float("inf"))
DEEP = tuple(nested(depth, objects=objects) for depth in (90, 300) for objects in (False, True))
KEYS = (
    "__daily",
    "__provider",
    "drift",
    "config",
    "id",
    "name",
    "data",
    "total_count",
    "properties",
    "owner",
    "secret",
)
KEYS += ("formerly", "took", "normalized", "elsewhere", "auto_name", "since", "preview", "error", "info", "deleted")


class Wild:
    """A source of random values. `keys` are names that mean something in the objects that it makes."""

    def __init__(self, seed: object, keys: tuple[str, ...] = (), *, on_wire: bool) -> None:
        print("seed:", seed)  # noqa: T201 - pytest shows it when a test fails
        self.random = random.Random(str(seed))
        self._keys = (*keys, *KEYS)
        self._on_wire = on_wire

    def value(self, depth: int = 3) -> Any:
        """Return a value with so many levels at most, apart from some deep ones."""
        pick = self.random.randrange(14)
        if depth and pick < 4:
            return [self.value(depth - 1) for _ in range(self.random.randrange(4))]
        if depth and pick < 7:
            return self.object(depth - 1)
        if self._on_wire and pick == 7:
            return self._special()
        if pick == 8:
            return self.random.choice(DEEP)
        if pick < 11:
            return self.random.choice(NUMBERS)
        return self.random.choice((None, True, False, *TEXTS))

    def object(self, depth: int = 3) -> dict[str, Any]:
        """Return an object with random keys and values."""
        return {self._key(): self.value(depth) for _ in range(self.random.randrange(6))}

    def _key(self) -> str:
        return self.random.choice(self._keys if self.random.random() < 0.8 else TEXTS)

    def _special(self) -> Any:
        asset = pulumi.StringAsset("canary")
        makers: tuple[Callable[[], Any], ...] = (
            lambda: Unknown(),  # type: ignore[no-untyped-call]
            lambda: asset,
            lambda: pulumi.FileAsset("/nowhere"),
            lambda: pulumi.AssetArchive({"x": asset}),
            lambda: {SIGNATURE: rpc._special_secret_sig, "value": self.value(1)},
            lambda: {SIGNATURE: rpc._special_secret_sig},
            lambda: {SIGNATURE: "?", "value": 1.0},
            lambda: {SIGNATURE: None},
        )
        return self.random.choice(makers)()

    def spoiled(self, value: Any) -> Any:
        """Return a copy of a JSON value in which one to three places hold something else, or nothing."""
        whole = [_copied(value)]
        for _ in range(self.random.randint(1, 3)):
            place: Any = whole
            for _depth in range(self.random.randint(1, 6)):
                inner = [item for item in _items(place) if isinstance(item, dict | list) and item]
                if not inner:
                    break
                place = self.random.choice(inner)
            key = self.random.choice([*place] if isinstance(place, dict) else range(len(place)))
            if isinstance(place, dict) and len(place) > 1 and self.random.random() < 0.3:
                del place[key]
            else:
                place[key] = self.value()
        return whole[0]


def names_of(spec: ObjectSpec) -> tuple[str, ...]:
    """Return the names of all settings and secret outputs of a kind, at any depth."""
    return tuple(sorted({*_names(spec.inputs), *spec.secrets}))


def _names(model: type[Fields]) -> set[str]:
    found: set[str] = set()
    for name, entry in entries(model).items():
        inner = nested_model(entry.annotation)
        found |= {name} | (_names(inner) if inner is not None else set())
    return found


def _items(place: Any) -> list[Any]:
    return list(place.values()) if isinstance(place, dict) else list(place)


def _copied(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _copied(item) for key, item in value.items()}
    return [_copied(item) for item in value] if isinstance(value, list | tuple) else value

"""What Daily has stored of an object, under the names of a program, and whether a program holds there."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from in_process import World

from pulumi_daily.objects.dialin import DIALIN_CONFIG
from pulumi_daily.objects.domain import DOMAIN_CONFIG, DomainProperties
from pulumi_daily.objects.fields import Fields, entries
from pulumi_daily.objects.phone_number import PHONE_NUMBER
from pulumi_daily.objects.room import ROOM, RoomProperties
from pulumi_daily.objects.room_set import effective
from pulumi_daily.objects.sip_client import SIP_CLIENT
from pulumi_daily.objects.sip_trunk import SIP_TRUNK
from pulumi_daily.objects.spec import ObjectSpec
from pulumi_daily.objects.validation import defaults, nested_model, validate
from pulumi_daily.objects.values import ABSENT, same
from pulumi_daily.objects.webhook import WEBHOOK

COLLECTIONS: Mapping[str, tuple[str, ObjectSpec]] = {
    "Webhook": ("webhooks", WEBHOOK),
    "PhoneNumber": ("phone_numbers", PHONE_NUMBER),
    "DialinConfig": ("dialin_configs", DIALIN_CONFIG),
    "SipTrunk": ("sip_trunks", SIP_TRUNK),
    "SipClient": ("sip_clients", SIP_CLIENT),
}
"""The emulator's name of each kind that it numbers, and its description."""

SPECS = {ROOM.kind: ROOM, DOMAIN_CONFIG.kind: DOMAIN_CONFIG, **{kind: spec for kind, (_, spec) in COLLECTIONS.items()}}


def visible(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a room without what Daily leaves out inside objects: values that equal its defaults."""
    known = entries(RoomProperties)
    models = {key: nested_model(known[key].annotation) if key in known else None for key in properties}
    usual = {key: defaults(model) if model else {} for key, model in models.items()}
    return {
        key: {k: v for k, v in value.items() if not same(v, usual[key].get(k, ABSENT))}
        if isinstance(value, Mapping)
        else value
        for key, value in properties.items()
    }


def objects_of(world: World, kind: str) -> dict[str, dict[str, Any]]:
    """The objects of a kind by id, under the names of a program."""
    name, spec = COLLECTIONS[kind]
    back = {spec.api_name(key): key for key in spec.inputs.model_fields}
    return {
        identity: {back.get(key, key): value for key, value in data.items()}
        for identity, data in world.emulator.objects(name).items()
    }


def holds(model: type[Fields] | None, key: str, stored: Any, given: Any) -> bool:
    """Whether a stored setting is what the program gives: objects are managed key by key, unset is the default."""
    entry = entries(model).get(key) if model else None
    if stored is None and entry and entry.meta.default is not ABSENT:
        stored = entry.meta.default
    inner = nested_model(entry.annotation) if entry else model
    if isinstance(stored, dict) and isinstance(given, dict):
        return all(holds(inner, name, stored.get(name), value) for name, value in given.items())
    if isinstance(stored, list) and isinstance(given, list) and len(stored) == len(given):
        lists = zip(stored, given, strict=True)
        return sorted(map(repr, stored)) == sorted(map(repr, given)) or all(holds(model, key, *pair) for pair in lists)
    return same(stored, given)


def broken(model: type[Fields], stored: Mapping[str, Any], given: Mapping[str, Any]) -> Iterator[str]:
    """The given settings that do not hold."""
    wanted, _ = validate(model, given)
    found, _ = validate(model, stored)  # lists without an order compare as check writes them
    for key, value in wanted.items():
        if not holds(model, key, found.get(key), value):
            yield f"{key}: {found.get(key)!r} is stored, {value!r} is given"


def not_held(world: World, kind: str, inputs: Mapping[str, Any], unseen: Collection[str] = ()) -> list[str]:
    """What a resource gives and Daily does not have; ``unseen`` are settings that Daily never shows."""
    if kind == "MeetingToken":
        return []
    if kind == "RoomSet":
        every = effective(inputs)
        return [f"{name}: {line}" for name, room in every.items() for line in not_held(world, "Room", room, unseen)]
    if kind == "Room":
        room = world.emulator.rooms().get(inputs["name"])
        if room is None:
            return ["there is no such room"]
        given = {key: value for key, value in inputs.get("properties", {}).items() if key not in unseen}
        privacy = [] if room["privacy"] == inputs.get("privacy", "public") else ["privacy"]
        return [*privacy, *broken(RoomProperties, room["properties"], given)]
    if kind == "DomainConfig":
        properties = {key: value for key, value in inputs.get("properties", {}).items() if value != ""}
        return list(broken(DomainProperties, world.emulator.backend.domain().properties, properties))
    _, spec = COLLECTIONS[kind]
    found = objects_of(world, kind)
    if len(found) != 1:
        return [f"there are {len(found)}"]
    [stored] = found.values()
    own = {*spec.provider_only_inputs, *spec.rotation_triggers, *unseen}
    return list(broken(spec.inputs, stored, {key: value for key, value in inputs.items() if key not in own}))

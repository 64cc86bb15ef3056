"""Domains full of objects: rooms of random valid settings that share much, and one object of every other kind."""

from __future__ import annotations

import os
import random
import sys
import types
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Le, MaxLen, MinLen
from programs import valid

from pulumi_daily.emulator import Emulator
from pulumi_daily.objects.fields import Fields, entries
from pulumi_daily.objects.room import RoomProperties

NUMBER = "+18055550100"
PASSWORD = "canary-pass-1"
STREAM = {"name": "live", "type": "rtmp", "rtmp_config": {"url": "rtmp://live.example.com/canary"}}
TEXTS = ('"); import os  #', "it's {x}\\", "line\nbreak", "ä 日本 \u202e", "{}", "plain", "%s'''", "long " * 25)
URLS = ("https://example.com/a?b='c'&d=\"e\"", "https://example.com/{room_name}", "https://example.com/日本")
VALUES: dict[str, tuple[Any, ...]] = {
    "meeting_join_hook": URLS,
    "redirect_on_meeting_exit": URLS,
    "recordings_template": ("{epoch_time}", "a/{domain_name}/{epoch_time}"),
    "transcription_template": ("{epoch_time}.vtt",),
    "streaming_endpoints": ([STREAM],),
    "geo": ("eu-central-1", "us-west-2"),
}
LEFT_OUT = ("exp", "nbf", "sip_uri")
"""Settings that other tests are about: they depend on the time, or are not shown."""


def new_seed() -> int:
    """Return the seed of a random test: the same in each run, unless others are asked for. A failure prints it."""
    seed = random.randrange(10**6) if "PULUMI_DAILY_RANDOM" in os.environ else 13
    sys.stdout.write(f"seed {seed}\n")
    return seed


def random_rooms(seed: int, count: int) -> dict[str, dict[str, Any]]:
    """Return properties by name: most rooms have those of one of six kinds of room, and some own ones."""
    source = random.Random(seed)
    kinds = [_settings(source, source.randint(3, 9)) for _ in range(6)]
    names = ("team-{}", "class_{}", "{}-lobby", "2nd-{}", "import", "Room-{}")
    found = {}
    for number in range(count):
        kind = source.randrange(6)
        own = _settings(source, source.choice((0, 0, 1, 1, 2)) if source.random() < 0.95 else 6)
        name = names[kind].format(number) if kind != 4 or number > 20 else f"class{number}"
        name = name if name != "import" or "import" not in found else f"import-{number}"
        found[name] = valid(RoomProperties, {**kinds[kind], **own})
    return found


def fill(emulator: Emulator, rooms: dict[str, dict[str, Any]]) -> None:
    """Create rooms, half of them private by their name, and an object of every other kind."""
    for name, properties in rooms.items():
        emulator.add_room(name, privacy="private" if name[:1] in "ct2" else "public", **properties)
    with emulator.backend.lock:
        emulator.backend.domain().properties.update(lang="de", enable_chat=True, redirect_on_meeting_exit=URLS[0])
    emulator.add("webhooks", url=URLS[0], eventTypes=["meeting.started"], basicAuth="Y2FuYXJ5OmNhbmFyeQ==")
    for number in (NUMBER, "+18055550101"):
        emulator.add("phone_numbers", number=number)
    emulator.add("dialin_configs", phone_number=NUMBER, room_creation_api=URLS[1], hold_music_url=URLS[2])
    emulator.add("dialin_configs", room_creation_api=URLS[1], name_prefix=TEXTS[0])
    emulator.add(
        "sip_trunks",
        trunk_name="support",
        description=TEXTS[1],
        room_template={"enable_chat": True, "streaming_endpoints": [STREAM]},
        notification={"webhook_url": URLS[0]},
        trunk_config={"allowed_ips": ["203.0.113.0/24"], "credential": {"username": "c", "password": PASSWORD}},
    )
    emulator.add("sip_clients", username="desk.1", password=PASSWORD)


def _settings(source: random.Random, count: int) -> dict[str, Any]:
    names = [name for name in entries(RoomProperties) if name not in LEFT_OUT]
    return _object(source, RoomProperties, source.sample(names, count))


def _object(source: random.Random, model: type[Fields], names: list[str]) -> dict[str, Any]:
    known = entries(model)
    wanted = [name for name in known if name in names or known[name].meta.required]
    found = {
        name: source.choice(VALUES[name])
        if name in VALUES
        else _value(source, known[name].annotation, known[name].constraints)
        for name in wanted
    }
    return valid(model, found)


def _value(source: random.Random, annotation: Any, bounds: tuple[Any, ...] = ()) -> Any:
    """Return a random value of a type of the field models."""
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        inner = [part for item in args[1:] for part in (getattr(item, "metadata", None) or [item])]
        return _value(source, args[0], (*bounds, *inner))
    if origin in (Union, types.UnionType):
        return _value(source, source.choice([one for one in args if one is not types.NoneType]), bounds)
    if origin is Literal:
        return source.choice(args)
    if origin is list:
        return [_value(source, args[0]) for _ in range(source.randint(1, 3))]
    if origin is dict:
        return {f"key_{n}": source.choice((True, 7)) for n in range(source.randint(1, 2))}
    if isinstance(annotation, type) and issubclass(annotation, Fields):
        return _object(source, annotation, source.sample(list(entries(annotation)), min(2, len(entries(annotation)))))
    limit = {type(item): item for item in bounds}
    if annotation is bool:
        return source.random() < 0.5
    if annotation is int:
        low = int(limit[Ge].ge) if Ge in limit else 0
        return source.randint(low, min(low + 50, int(limit[Le].le) if Le in limit else low + 50))
    if annotation is float:
        return source.choice((0, 1, 0.5, 30))
    text = source.choice(TEXTS)
    longest = limit[MaxLen].max_length if MaxLen in limit else 200
    shortest = limit[MinLen].min_length if MinLen in limit else 0
    return text[:longest].ljust(shortest, "x")

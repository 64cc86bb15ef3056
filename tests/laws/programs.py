"""Random programs: valid inputs drawn from the field models, so that a new setting is tested from its first day."""

from __future__ import annotations

import base64
import string
import types
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Le, MaxLen, MinLen
from hypothesis import strategies as st
from in_process import NOW

from pulumi_daily.objects.fields import Fields, entries
from pulumi_daily.objects.room import RoomProperties
from pulumi_daily.objects.validation import validate

WORD = st.text(string.ascii_letters + string.digits + "-_", min_size=1, max_size=8)
_ADDRESS = WORD.map(lambda word: f"https://hooks.example/{word}")
_TEXTS = {
    "meeting_join_hook": _ADDRESS,
    "redirect_on_meeting_exit": _ADDRESS,
    "room_creation_api": _ADDRESS,
    "hold_music_url": _ADDRESS,
    "phone_number": st.sampled_from(["+18055550100", "+12125550101"]),
    "hmac": st.binary(min_size=3, max_size=12).map(lambda secret: base64.b64encode(secret).decode()),
    "allowed_ips": st.lists(st.sampled_from(["203.0.113.0/24", "198.51.100.7", "192.0.2.0/28"]), max_size=3),
    "recordings_template": st.sampled_from(
        ["{epoch_time}", "{room_name}/{epoch_time}", "a/{domain_name}/{epoch_time}"]
    ),
    "transcription_template": st.sampled_from(["{epoch_time}.vtt", "t/{room_name}-{epoch_time}.vtt"]),
    "url": WORD.map(lambda w: f"rtmps://live.example/app/{w}"),
}
_MOMENTS = {
    "exp": st.integers(int(NOW) + 3600, int(NOW) + 10**7),
    "nbf": st.integers(int(NOW) - 1000, int(NOW) + 3000),
}


def _bound(metadata: tuple[Any, ...], kind: type, name: str, default: Any) -> Any:
    found = [getattr(item, name) for item in metadata if isinstance(item, kind)]
    return found[0] if found else default


def _of(annotation: Any, metadata: tuple[Any, ...], name: str) -> st.SearchStrategy[Any]:
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        inner: list[Any] = []
        for item in args[1:]:
            inner += getattr(item, "metadata", None) or [item]  # pydantic's Field(ge=…) holds its bounds inside
        return _of(args[0], (*metadata, *inner), name)
    if origin in (Union, types.UnionType):
        return st.one_of([_of(option, metadata, name) for option in args if option is not type(None)])
    if origin is Literal:
        return st.sampled_from(args)
    if origin is list:
        return st.lists(_of(args[0], (), name), max_size=3)
    if origin is dict:
        value = st.one_of(st.booleans(), st.integers(0, 99), WORD) if args[1] is Any else _of(args[1], (), name)
        return st.dictionaries(WORD, value, max_size=2)
    if isinstance(annotation, type) and issubclass(annotation, Fields):
        return objects(annotation)
    if annotation is bool:
        return st.booleans()
    if annotation is int:
        return st.integers(int(_bound(metadata, Ge, "ge", 0)), int(_bound(metadata, Le, "le", 5000)))
    if annotation is float:
        return st.sampled_from([0, 1, 0.5, 2.25, 30])
    assert annotation is str, annotation
    shortest = _bound(metadata, MinLen, "min_length", 0)
    longest = min(8, _bound(metadata, MaxLen, "max_length", 8))
    return st.text(string.ascii_letters + "é ", min_size=shortest, max_size=longest)


def _field(name: str, model: type[Fields]) -> st.SearchStrategy[Any]:
    entry = entries(model)[name]
    if name in _MOMENTS:
        return _MOMENTS[name]
    if name in _TEXTS:
        return _TEXTS[name]
    return _of(entry.annotation, entry.constraints, name)


def objects(model: type[Fields]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects of a nested model: the keys it requires, and some others."""
    known = entries(model)
    required = {name: _field(name, model) for name, entry in known.items() if entry.meta.required}
    optional = {name: _field(name, model) for name in known if name not in required}
    return st.fixed_dictionaries(required, optional=optional)


def valid(model: type[Fields], found: dict[str, Any]) -> dict[str, Any]:
    """What is left when the keys are taken out that do not go together. Keys that are missing are not given."""
    while wrong := {failure.path[0] for failure in validate(model, found)[1]} & found.keys():
        found = {key: value for key, value in found.items() if key not in wrong}
    return found


def few_of(model: type[Fields], most: int = 6) -> st.SearchStrategy[dict[str, Any]]:
    """Valid settings of a model, few at a time."""
    every = {name: _field(name, model) for name in entries(model)}
    return (
        st.lists(st.sampled_from(sorted(every)), max_size=most, unique=True)
        .flatmap(lambda names: st.fixed_dictionaries({name: every[name] for name in names}))
        .map(lambda found: valid(model, found))
    )


properties = few_of(RoomProperties)
"""Valid `properties` of a room, few at a time."""


@st.composite
def rooms(draw: Any, name: str, extras: bool = False) -> dict[str, Any]:
    """Valid inputs of one room."""
    inputs: dict[str, Any] = {"name": name}
    if draw(st.booleans()):
        inputs["privacy"] = draw(st.sampled_from(["public", "private"]))
    if draw(st.integers(0, 4)):
        inputs["properties"] = draw(properties)
    if extras and draw(st.booleans()):
        inputs["extra_properties"] = draw(
            st.dictionaries(
                WORD.map(lambda w: f"new_{w}"), st.one_of(st.booleans(), st.integers(0, 9), WORD), max_size=2
            )
        )
    return inputs


NAMES = ("alpha", "beta", "gamma")


@st.composite
def programs(draw: Any, extras: bool = False, least: int = 0) -> dict[str, dict[str, Any]]:
    """A program of up to three rooms."""
    chosen = draw(st.lists(st.sampled_from(NAMES), min_size=least, max_size=3, unique=True))
    return {f"r-{name}": draw(rooms(name, extras)) for name in chosen}

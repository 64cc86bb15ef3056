"""The state of objects that exist already, as an import file for Pulumi wants it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..api import Redactor, is_secret_field
from ..lifecycle.account import Domain
from ..lifecycle.check import check
from ..lifecycle.errors import LifecycleError
from ..lifecycle.outputs import live_inputs, outputs, settings_model
from ..lifecycle.room_set_plan import set_outputs
from ..objects.fields import Fields, entries
from ..objects.room_set import ROOM_SET
from ..objects.secrets import without_text
from ..objects.spec import ObjectSpec
from ..objects.validation import nested_model
from ..objects.values import ABSENT, Path, format_path, same

SECRET = "secret"
"""Why a setting is left out: an import file holds values in clear text."""

SHARED = ("privacy", "properties", "extra_properties")
"""What the rooms of a set can have in common."""

PUBLIC = "public"
"""The privacy of a room of a set that says nothing of it."""


@dataclass(frozen=True)
class LeftOut:
    """A setting that an object has, or may have, and its import does not."""

    setting: str
    why: str


@dataclass(frozen=True)
class Existing:
    """An object, as an import file and a program have it."""

    spec: ObjectSpec
    identity: str
    inputs: dict[str, Any]
    outputs: dict[str, Any]
    left_out: tuple[LeftOut, ...] = ()

    @property
    def label(self) -> str:
        """What it is called in messages."""
        return str(self.outputs.get(self.spec.label or "") or self.identity)


class NotImportable(LifecycleError):
    """What Daily shows of an object is not enough to declare it."""


def imported(spec: ObjectSpec, live: Mapping[str, Any], domain: Domain) -> tuple[dict[str, Any], dict[str, Any]]:
    """``(inputs, outputs)`` of an object as Daily shows it: every setting that is set becomes managed."""
    inputs = live_inputs(spec, live)
    return inputs, _outputs(spec, inputs, live, domain)


def _outputs(spec: ObjectSpec, inputs: Mapping[str, Any], live: Mapping[str, Any], domain: Domain) -> dict[str, Any]:
    return outputs(spec, inputs, live, echo={}, domain=domain.name, domain_id=domain.id)


def existing(spec: ObjectSpec, live: Mapping[str, Any], domain: Domain, now: float, **more: Any) -> Existing:
    """An object as Daily shows it, without what is secret and without what check would refuse; each is named.

    ``more`` are inputs beyond those that Daily shows. Raises :class:`NotImportable` when the rest cannot be declared.
    """
    whole = {**live_inputs(spec, live), **more}
    inputs, left = _without_secrets(spec, whole)
    left += _without_deprecated(spec, inputs)
    first = ""
    while failures := check(spec, {}, inputs, now).failures:
        failure = failures[0]
        first = first or f"{format_path(failure.path)} {failure.reason}"
        place = failure.path[: 2 if failure.path[0] in (spec.settings, spec.extras) else 1]
        if not _take(inputs, place):
            raise NotImportable(_why_not(spec, live, first, left))
        left.append(LeftOut(format_path(place), f"{format_path(failure.path)} {failure.reason}"))
    for name in spec.unshown:
        if name not in inputs and all(item.setting != name for item in left):
            left.append(LeftOut(name, SECRET if name in spec.secrets else "Daily does not show it"))
    outs = _outputs(spec, inputs, live, domain)
    if spec.config:
        # Text of settings that no model knows is hidden there as long as they are among the inputs.
        outs[spec.config] = _outputs(spec, whole, live, domain)[spec.config]
    outs = {name: value for name, value in outs.items() if name not in spec.secrets}
    return Existing(spec, str(live[spec.key]), inputs, outs, tuple(left))


def existing_set(identity: str, rooms: Sequence[Existing], domain: Domain) -> Existing:
    """Rooms as one set; what all of them have in common is in ``defaults``."""
    own = {room.identity: {key: room.inputs[key] for key in SHARED if key in room.inputs} for room in rooms}
    shared = _in_common(list(own.values())) if len(own) > 1 else {}
    inputs: dict[str, Any] = {"rooms": {name: _beyond(room, shared) for name, room in own.items()}}
    if shared:
        inputs["defaults"] = shared
    left = [LeftOut(f"{item.setting} of {room.identity}", item.why) for room in rooms for item in room.left_out]
    outs = set_outputs(inputs, {room.identity: room.outputs for room in rooms}, {}, domain)
    return Existing(ROOM_SET, identity, inputs, outs, tuple(left))


# -- what an import does not have -------------------------------------------------------------------------------------


_LOOKS = Redactor()


def _without_secrets(spec: ObjectSpec, inputs: Mapping[str, Any]) -> tuple[dict[str, Any], list[LeftOut]]:
    """Inputs without secrets, and without text of settings that no model knows, which may be secret."""
    kept, paths = _bare(spec.inputs, inputs, ())
    left = [LeftOut(format_path(path[1:] if path[0] == spec.settings else path), SECRET) for path in paths]
    extras = kept.get(spec.extras) if spec.extras else None
    for name, value in list((extras or {}).items()):
        if not same(without_text(value), value):
            _take(kept, (str(spec.extras), name))
            left.append(LeftOut(format_path((name,)), "not known to this package, and perhaps a secret"))
    for container in (spec.settings, spec.extras):
        if container and kept.get(container) == {}:
            del kept[container]
    return kept, left


def _bare(model: type[Fields] | None, value: Any, path: Path) -> tuple[Any, list[Path]]:
    """A value along its model without secret settings, and their paths; ABSENT when nothing can stand without them.

    An object that must have a secret goes as a whole, and so does a list with a secret in one of its entries. What no
    model knows is a secret when its name is a secret's, and text is one when it looks like one.
    """
    if isinstance(value, str) and _LOOKS.text(value) != value:
        return ABSENT, [path]
    if isinstance(value, list | tuple):
        pairs = [_bare(model, item, path) for item in value]
        return (ABSENT, [path]) if any(paths for _, paths in pairs) else (value, [])
    if not isinstance(value, Mapping):
        return value, []
    known = entries(model) if model else {}
    if any(entry.meta.secret and entry.meta.required for entry in known.values()):
        return ABSENT, [path]
    kept: dict[str, Any] = {}
    found: list[Path] = []
    for name in (*known, *(name for name in value if name not in known)):
        item, entry, at = value.get(name), known.get(name), (*path, name)
        if entry is not None and item is None:
            continue
        if entry.meta.secret if entry else item and is_secret_field(name):
            found.append(at)
            continue
        bare, below = _bare(nested_model(entry.annotation) if entry else None, item, at)
        if bare is not ABSENT:
            kept[name] = bare
        found += below
    return kept, found


def _without_deprecated(spec: ObjectSpec, inputs: dict[str, Any]) -> list[LeftOut]:
    """Takes out what should be declared otherwise."""
    found = []
    for name, entry in entries(settings_model(spec)).items():
        if entry.meta.deprecated and _take(inputs, (spec.settings, name) if spec.settings else (name,)):
            found.append(LeftOut(name, f"deprecated; use {entry.meta.deprecated}"))
    return found


def _take(inputs: dict[str, Any], place: Path) -> bool:
    """Takes a setting out of inputs, and an object that is empty then; whether it was there."""
    key, *below = (str(part) for part in place)
    value = inputs.get(key)
    if value is None or (below and below[0] not in value):
        return False
    rest = {name: item for name, item in value.items() if name != below[0]} if below else {}
    if rest:
        inputs[key] = rest
    else:
        del inputs[key]
    return True


def _why_not(spec: ObjectSpec, live: Mapping[str, Any], reason: str, left: Sequence[LeftOut]) -> str:
    label = live.get(spec.label or "") or live.get(spec.key)
    secret = ", ".join(item.setting for item in left if item.why == SECRET)
    without = f"without its secrets ({secret}), " if secret else ""
    return (
        f'{spec.noun} "{label}" cannot be imported: {without}{reason}. Declare it in the program as a whole, with '
        "adopt_existing=True: the next `pulumi up` takes it over"
    )


# -- what rooms have in common ----------------------------------------------------------------------------------------


def _in_common(rooms: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What all rooms say alike: settings one by one."""
    first, *others = rooms
    shared: dict[str, Any] = {}
    if first["privacy"] != PUBLIC and all(room["privacy"] == first["privacy"] for room in others):
        shared["privacy"] = first["privacy"]
    for container in ("properties", "extra_properties"):
        alike = {
            key: value
            for key, value in (first.get(container) or {}).items()
            if all(same((room.get(container) or {}).get(key, ABSENT), value) for room in others)
        }
        if alike:
            shared[container] = alike
    return shared


def _beyond(room: Mapping[str, Any], shared: Mapping[str, Any]) -> dict[str, Any]:
    """What a room says beyond what all of them share."""
    own: dict[str, Any] = {}
    if room["privacy"] != shared.get("privacy", PUBLIC):
        own["privacy"] = room["privacy"]
    for container in ("properties", "extra_properties"):
        rest = {k: v for k, v in (room.get(container) or {}).items() if k not in (shared.get(container) or {})}
        if rest:
            own[container] = rest
    return own

"""The state of existing objects in the form of Pulumi's import files. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..api import Redactor, is_secret_field
from ..lifecycle.decide.check import check
from ..lifecycle.decide.inputs import settings_of
from ..lifecycle.decide.project import declared_inputs, observe
from ..lifecycle.decide.room_set import set_state
from ..lifecycle.errors import LifecycleError
from ..lifecycle.state import Domain, LiveView, ResourceState
from ..objects.domain import DOMAIN_CONFIG
from ..objects.fields import Fields, entries
from ..objects.room_set import ROOM_SET, RoomSetRoom
from ..objects.secrets import redact_strings
from ..objects.spec import ObjectSpec, settings_model
from ..objects.validation import UNLISTED, nested_model, validate
from ..objects.values import ABSENT, Path, format_path, get_at, same
from .profiles import common_values

SECRET = "secret"
"""The reason to omit a secret setting: an import file contains values in clear text."""

SHARED = ("privacy", "properties", "extra_properties")
"""The inputs that the rooms of a set can share."""

SHOWN_AS = {"sip": "sip_uri"}
"""Settings that Daily returns only in the form of another key, from which they cannot be restored."""

PUBLIC = "public"
"""The default privacy of a room in a set."""


@dataclass(frozen=True)
class LeftOut:
    """A setting that the import of an object omits, and the reason. The object may have no value for it."""

    setting: str
    why: str
    path: Path = ()
    """The input of a secret; for a set, it begins with the input of the room, also if the setting is no secret."""
    is_text: bool = True
    """True for a secret that is a text; False for an object or a list."""


@dataclass(frozen=True)
class Existing:
    """An existing object as an import file and a program declare it."""

    spec: ObjectSpec
    identity: str
    state: ResourceState
    left_out: tuple[LeftOut, ...] = ()

    @property
    def inputs(self) -> Mapping[str, Any]:
        """Return the inputs that declare the object."""
        return self.state.inputs

    @property
    def label(self) -> str:
        """Return the object's name in messages."""
        return str(self.state.get(self.spec.label or "") or self.identity)


class NotImportable(LifecycleError):
    """Error: the data that Daily returns for an object are not enough to declare it."""


def imported(spec: ObjectSpec, live: Mapping[str, Any], domain: Domain) -> ResourceState:
    """Return the state of a live object, in which every setting that is set is managed."""
    view = LiveView(spec, live)
    return _state(declared_inputs(spec, view), view, domain)


def _state(inputs: dict[str, Any], live: LiveView, domain: Domain) -> ResourceState:
    return ResourceState(inputs, observe(live.spec, inputs, live), domain=domain)


def existing(
    spec: ObjectSpec,
    live: Mapping[str, Any],
    domain: Domain,
    now: float,
    carry: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None = None,
    **more: Any,
) -> Existing:
    """Return a live object without secrets and without inputs that check would refuse; ``left_out`` lists these.

    ``carry`` returns a copy that a state can hold; settings that differ in it are omitted too. ``more`` are inputs that
    Daily does not return. Raises :class:`NotImportable` when the rest cannot be declared.
    """
    original = view = live if isinstance(live, LiveView) else LiveView(spec, live)
    if carry is not None:
        view = original.changed(carry)
    if view.get(spec.key) is None:
        name = f"{spec.noun} {view.get(spec.label or spec.key)}"
        raise NotImportable(f"{name}: Daily shows it without its {spec.key}, by which it would be managed")
    whole = {**declared_inputs(spec, view), **more}
    if view.id != original.id:
        raise NotImportable(f"{spec.noun} {view.id}: Pulumi's state cannot hold its {spec.key} as Daily shows it")
    kept = dict(whole)
    altered = _without_altered(spec, kept, {**declared_inputs(spec, original), **more})
    inputs, left = _without_secrets(spec, kept)
    left += altered
    left += _without_deprecated(spec, inputs)
    left += _without_failures(spec, inputs, now, view, left)
    for name in spec.write_only:
        if name not in inputs and all(item.setting != name for item in left):
            secret = name in spec.secrets
            left.append(LeftOut(name, SECRET, (name,)) if secret else LeftOut(name, "Daily does not show it"))
    left += [
        LeftOut(name, f"Daily does not show it, only its result {shown}")
        for name, shown in SHOWN_AS.items()
        if shown in spec.config_outputs and view.config.get(shown) and name not in settings_of(spec, whole)
    ]
    # Strings in settings that no model knows are hidden in the config as long as these settings are inputs.
    observed = observe(spec, inputs, view)
    if spec.config:
        observed[spec.config] = observe(spec, whole, view)[spec.config]
    shown = {name: value for name, value in observed.items() if name not in spec.secrets}
    return Existing(spec, view.id, ResourceState(inputs, shown, domain=domain), tuple(left))


def _without_failures(
    spec: ObjectSpec, inputs: dict[str, Any], now: float, live: LiveView, left: Sequence[LeftOut]
) -> list[LeftOut]:
    """Remove from ``inputs``, in place, the settings that check would refuse, and return them.

    Raises :class:`NotImportable` for a failure that no removal ends; its text lists the secrets in ``left``.
    """
    found: list[LeftOut] = []
    first = ""
    while failures := check(spec, {}, inputs, now).failures:
        failure = failures[0]
        first = first or f"{format_path(failure.path)} {failure.reason}"
        place = failure.path[: 2 if failure.path[0] in (spec.settings, spec.extras) else 1]
        if not _take(inputs, place):
            raise NotImportable(_why_not(spec, live, first, [*left, *found]))
        found.append(LeftOut(format_path(place), f"{format_path(failure.path)} {failure.reason}"))
    return found


def undisclosed_inputs(spec: ObjectSpec) -> dict[str, Any]:
    """Return the inputs of an imported object that Daily does not return.

    Domain settings that existed before the stack are kept when the stack is destroyed.
    """
    return {"on_destroy": "keep"} if spec is DOMAIN_CONFIG else {}


def existing_set(identity: str, rooms: Sequence[Existing], domain: Domain) -> Existing:
    """Return rooms as one set; ``defaults`` has the settings that all of them have, with their most frequent values."""
    own = {room.identity: {key: room.inputs[key] for key in SHARED if key in room.inputs} for room in rooms}
    shared = _defaults(list(own.values())) if len(own) > 1 else {}
    inputs: dict[str, Any] = {"rooms": {name: _beyond(room, shared) for name, room in own.items()}}
    if shared:
        inputs["defaults"] = shared
    left = [
        LeftOut(
            f"{item.setting} of {room.identity}",
            item.why,
            ("rooms", room.identity, *item.path),
            item.is_text,
        )
        for room in rooms
        for item in room.left_out
    ]
    lives = {room.identity: room.state.observed for room in rooms}
    return Existing(ROOM_SET, identity, set_state(inputs, lives, {}, domain), tuple(left))


# -- what an import omits ------------------------------------------------------------------------------------------


_LOOKS = Redactor()


def _without_secrets(spec: ObjectSpec, inputs: Mapping[str, Any]) -> tuple[dict[str, Any], list[LeftOut]]:
    """Return inputs without secrets and without strings in settings that no model knows, and the omitted settings."""
    kept, paths = _bare(spec.inputs, inputs, ())
    left = [
        LeftOut(
            format_path(path[1:] if path[0] == spec.settings else path),
            SECRET,
            path,
            isinstance(get_at(inputs, path), str),
        )
        for path in paths
    ]
    extras = kept.get(spec.extras) if spec.extras else None
    for name, value in list((extras or {}).items()):
        if not same(redact_strings(value), value):
            _take(kept, (str(spec.extras), name))
            left.append(LeftOut(format_path((name,)), "not known to this package, and perhaps a secret"))
    for container in (spec.settings, spec.extras):
        if container and kept.get(container) == {}:
            del kept[container]
    return kept, left


def _bare(model: type[Fields] | None, value: Any, path: Path) -> tuple[Any, list[Path]]:
    """Return a value without secret settings, and their paths. The value is ABSENT when it is useless without them.

    An object with a required secret is omitted as a whole, and so is a list with a secret in one of its entries. A
    setting that no model knows is secret when its name is that of a secret; a string is secret when it looks like one.
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


def _without_altered(spec: ObjectSpec, inputs: dict[str, Any], original: Mapping[str, Any]) -> list[LeftOut]:
    """Remove from ``inputs`` the settings that a state holds in another form than Daily, and return them.

    The next update would write that form to Daily.
    """
    found = []
    for key in list(inputs):
        inside = key in (spec.settings, spec.extras)
        for place in [(key, name) for name in inputs[key]] if inside else [(key,)]:
            if not same(get_at(original, place), get_at(inputs, place)) and _take(inputs, place):
                why = "Pulumi's state cannot hold its value (a number above 2**53, deep nesting or special text)"
                found.append(LeftOut(format_path(place[1:] if key == spec.settings else place), why))
    return found


def _without_deprecated(spec: ObjectSpec, inputs: dict[str, Any]) -> list[LeftOut]:
    """Remove deprecated settings from inputs, and return them."""
    found = []
    for name, entry in entries(settings_model(spec)).items():
        if entry.meta.deprecated and _take(inputs, (spec.settings, name) if spec.settings else (name,)):
            found.append(LeftOut(name, f"deprecated; use {entry.meta.deprecated}"))
    return found


def _take(inputs: dict[str, Any], place: Path) -> bool:
    """Remove a setting from inputs, with its container if that is empty then, and return whether it existed."""
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


# -- what rooms share ------------------------------------------------------------------------------------------------


def _defaults(rooms: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the ``defaults`` of a set: the settings that every room has.

    Each has its most frequent value. If such values do not go together, the settings that are equal in all rooms.
    """
    often, always = (_common(rooms, fewest) for fewest in (2, len(rooms)))
    fails = any(failure.kind != UNLISTED for failure in validate(RoomSetRoom, often)[1])
    return always if fails else often


def _common(rooms: Sequence[Mapping[str, Any]], fewest: int) -> dict[str, Any]:
    """Return the inputs that every room has, if at least ``fewest`` rooms have their value."""
    privacy = common_values([{"privacy": room["privacy"]} for room in rooms], fewest)
    shared: dict[str, Any] = privacy if privacy.get("privacy", PUBLIC) != PUBLIC else {}
    for container in ("properties", "extra_properties"):
        if found := common_values([room.get(container) or {} for room in rooms], fewest):
            shared[container] = found
    return shared


def _beyond(room: Mapping[str, Any], shared: Mapping[str, Any]) -> dict[str, Any]:
    """Return a room's inputs without those that ``shared`` has with the same value."""
    own: dict[str, Any] = {}
    if room["privacy"] != shared.get("privacy", PUBLIC):
        own["privacy"] = room["privacy"]
    for container in ("properties", "extra_properties"):
        common = shared.get(container) or {}
        rest = {k: v for k, v in (room.get(container) or {}).items() if k not in common or not same(common[k], v)}
        if rest:
            own[container] = rest
    return own

"""Converts the steps of a preview to entries: what happens to each object on Daily."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..objects import kinds
from ..objects.domain import DOMAIN_CONFIG
from ..objects.kinds import DYNAMIC_TYPE
from ..objects.meeting_token import MEETING_TOKEN
from ..objects.notes import AGAIN, DRIFT, EXPIRED, GONE, HIDDEN, is_internal
from ..objects.room import ROOM
from ..objects.room_set import ROOM_SET
from ..objects.spec import ObjectSpec
from ..objects.values import ABSENT, Path, format_path, get_at, parse_path, same
from ._model import SECRET, Change, Entry, Shown
from ._preview import PreviewError, State, Step
from ._secrets import masked_inputs

SPECS: Mapping[str, ObjectSpec] = {DYNAMIC_TYPE + kind: spec for kind, spec in kinds.SPECS.items()}
"""The kinds of objects by Pulumi's name of the type of their resources."""

Leaf = tuple[Path, Any, Any]
"""The path of a changed value, and the value before and after."""
_NOTHING = ("same", "read", "refresh", "discard", "remove-pending-replace")
_DIFFERS = re.compile(r"is (?P<live>.*) on Daily(?:, the program says (?P<wanted>.*)|; (?P<reason>.*))", re.DOTALL)


def entries_of(step: Step, before: State | None) -> list[Entry]:
    """Return the entries of one step; ``before`` is the resource's state before a refresh of this preview.

    Raises :class:`PreviewError` for a step that Pulumi does not have, or without the states that it needs.
    """
    spec = SPECS[step.type]
    if step.op in _NOTHING:
        return []
    old, new = step.old, step.new
    if step.op in ("create", "import") and new is not None:
        return list(_created(spec, step, new, gone=before is not None))
    if step.op in ("update", "replace") and old is not None and new is not None:
        return list(_changed(spec, step, old, new, before))
    if step.op == "delete" and old is not None:
        return list(_deleted(spec, step, old))
    raise PreviewError(f"the preview has a step of an unknown form: {step.op!r} on {step.urn!r}")


def rooms_unknown(step: Step) -> bool:
    """Return whether a step changes a set of rooms in a way that the preview does not show.

    Its rooms are known only after ``up``, or secret as a whole.
    """
    parts = SPECS[step.type].parts
    if parts is None or step.new is None or step.op not in ("update", "replace"):
        return False
    listed = step.diff is None or any(parse_path(path)[0] == parts.input for path in step.diff)
    return listed and not isinstance(step.new.inputs.get(parts.input), Mapping)


def name_of(spec: ObjectSpec, state: State, old: State | None, resource: str) -> str:
    """Return the name of an object; else the value that identifies it, its id, or the resource's name.

    ``old`` is the state before the step, which has what only Daily knows.
    """
    if spec in (MEETING_TOKEN, ROOM_SET):
        return resource
    outputs = {**(old.outputs if old is not None else {}), **state.outputs}
    inputs = masked_inputs(spec, state.inputs)
    named = [inputs.get(key) or outputs.get(key) for key in (spec.label, spec.id_input) if key]
    other = [inputs.get(group[0]) for group in spec.natural_keys[:1]]
    found = (*named, *other, identity_of(spec, old or state))
    return next((text for text in found if isinstance(text, str) and text), resource)


def identity_of(spec: ObjectSpec, state: State) -> str:
    """Return an object's name in messages: its label or its id."""
    found = state.outputs.get("domain") if spec is DOMAIN_CONFIG else state.outputs.get(spec.label or "") or state.id
    return found if isinstance(found, str) else state.id


def parts_of(spec: ObjectSpec, state: State) -> Mapping[str, Any] | None:
    """Return the objects of a set by name, from the outputs where the inputs do not show them.

    Returns None for another kind, and for a set whose objects are not shown at all.
    """
    if spec.parts is None or not spec.parts.objects:
        return None
    found = [state.inputs.get(spec.parts.input), state.outputs.get("room_ids")]
    return next((rooms for rooms in found if isinstance(rooms, Mapping)), None)


def _entry(spec: ObjectSpec, step: Step, state: State, name: str | None = None, **more: Any) -> Entry:
    """Return an entry for the object of a step, or for one of a set's rooms, ``name``."""
    own = name is None
    return Entry(
        kind=spec.kind if own else ROOM.kind,
        noun=spec.noun if own else ROOM.noun,
        name=name_of(spec, state, step.old, step.name) if name is None else name,
        resource=step.name,
        set=not own,
        guarded=_old_name(spec, step) if name is None else name,
        provider=state.provider,
        identity=identity_of(spec, step.old) if own and step.old is not None else "",
        **more,
    )


def _old_name(spec: ObjectSpec, step: Step) -> str:
    """Return the name of the object that a step may delete: the id, if it is the name and the inputs hide it."""
    if step.old is None:
        return ""
    name = name_of(spec, step.old, None, step.name)
    return step.old.id or name if name == SECRET else name


def _created(spec: ObjectSpec, step: Step, new: State, *, gone: bool) -> Iterator[Entry]:
    """Yield the created objects. ``gone``: a refresh of this preview has found that they are missing."""
    reason = "imported" if step.op == "import" else ""
    action = "drift" if gone else "take over" if reason else "create"
    changes = (Change("", Shown(GONE)),) if gone else ()
    parts = parts_of(spec, new)
    for name in [None] if parts is None else parts:
        yield _entry(spec, step, new, name, action=action, changes=changes, reason=reason)


def _deleted(spec: ObjectSpec, step: Step, old: State) -> Iterator[Entry]:
    parts = parts_of(spec, old)
    for name in [None] if parts is None else parts:
        yield _removed(spec, step, old, name)


def _removed(spec: ObjectSpec, step: Step, old: State, name: str | None) -> Entry:
    """Return the entry for an object that leaves the program.

    A set deletes rooms in its update, where the provider goes by the option that the program has now, and that the set
    itself has: neither an inherited one nor that of the state counts.
    """
    kept = _kept(spec, old) if step.op == "delete" or step.new is None else _kept_by_set(step.new)
    if kept:
        return _entry(spec, step, old, name, action="let go", reason=kept)
    reason = "its settings are reset" if spec is DOMAIN_CONFIG else ""
    return _entry(spec, step, old, name, action="delete", removes=True, reason=reason)


def _kept(spec: ObjectSpec, old: State) -> str:
    """Return why an object stays on Daily when its resource is deleted; empty when it does not."""
    if old.retain:
        return "retain_on_delete"
    if spec is DOMAIN_CONFIG and old.inputs.get("on_destroy") == "keep":
        return 'on_destroy="keep"'
    return "a token is valid until it expires" if spec is MEETING_TOKEN else ""


def _kept_by_set(new: State) -> str:
    """Return why rooms that leave a set in its update stay on Daily; empty when they do not."""
    hidden = new.inputs.get(HIDDEN)
    return "retain_on_delete" if isinstance(hidden, Mapping) and hidden.get("retain") is True else ""


def _changed(spec: ObjectSpec, step: Step, old: State, new: State, before: State | None) -> Iterator[Entry]:
    """Yield what an update or a replacement does: the repair of drift, and changes of the program."""
    note = new.inputs.get(DRIFT)
    drifted = list(_drifted(spec, step, new, note))
    yield from drifted
    changes, refreshed = _apart(list(_leaves(spec, step, old, new)), spec, before)
    parts = spec.parts.input if spec.parts is not None and spec.parts.objects else ""
    own, rooms = _by_room(changes, parts)
    own_drift, rooms_drift = _by_room(refreshed, parts)
    for name, found in [(None, own_drift), *rooms_drift.items()]:
        if found:
            gone = name is not None and found[0].setting == ""
            yield _entry(
                spec, step, new, name, action="drift", changes=(Change("", Shown(GONE)),) if gone else tuple(found)
            )
    if step.op == "replace":
        yield from _replaced(spec, step, old, new, tuple(own))
        return
    for name, found in rooms.items():
        first = found[0]
        if first.setting == "" and first.new is ABSENT:
            yield _removed(spec, step, old, name)
        elif first.setting == "":
            yield _entry(spec, step, new, name, action="create")
        else:
            yield _entry(spec, step, new, name, action="change", changes=tuple(found))
    if own or not (drifted or refreshed or rooms):
        yield _entry(spec, step, new, action="change", changes=tuple(own))


def _replaced(spec: ObjectSpec, step: Step, old: State, new: State, changes: tuple[Change, ...]) -> Iterator[Entry]:
    """Yield a replacement; nothing for an object that is only gone from Daily, which is drift."""
    note = new.inputs.get(DRIFT)
    missing = note.removesuffix(AGAIN) if isinstance(note, str) else ""
    if missing and not missing.startswith(EXPIRED) and not changes:
        return
    kept = _kept(spec, old) and _kept(spec, new)
    keys = ["provider" if key.startswith("__") else key for key in step.reasons]
    reason = missing or f"{', '.join(keys) or 'it'} cannot be changed in place"
    parts = parts_of(spec, old)
    for name in [None] if parts is None else parts:
        yield _entry(
            spec,
            step,
            new,
            name,
            action="replace",
            changes=changes if name is None else (),
            reason=f"{reason}; the old one stays: {kept}" if kept and not missing else reason,
            removes=not kept and not missing,
            old_name=name_of(spec, old, None, step.name) if name is None else name,
        )


def _drifted(spec: ObjectSpec, step: Step, new: State, note: Any) -> Iterator[Entry]:
    """Yield the objects that differ on Daily, from the input ``drift``."""
    several = spec.parts is not None and spec.parts.objects and isinstance(note, Mapping)
    notes = note.items() if several else [(None, note)]
    for name, found in notes:
        if isinstance(found, Mapping) and found:
            changes = tuple(difference(setting, str(text)) for setting, text in found.items())
            yield _entry(spec, step, new, name, action="drift", changes=changes)
        elif isinstance(found, str) and found and (name is not None or not found.startswith(EXPIRED)):
            yield _entry(spec, step, new, name, action="drift", changes=(difference("", found),))


def difference(setting: str, text: str) -> Change:
    """Return the change for a text such as ``is false on Daily, the program says true``."""
    found = _DIFFERS.fullmatch(text.removesuffix(AGAIN))
    if found is None:
        return Change(setting, Shown(text.removesuffix(AGAIN)))
    return Change(setting, Shown(found["live"]), Shown(found["wanted"] or found["reason"]))


def _leaves(spec: ObjectSpec, step: Step, old: State, new: State) -> Iterator[Leaf]:
    """Yield the changed leaves of the inputs, with their old and new values; secret ones are ``[secret]``."""
    before, after = masked_inputs(spec, old.inputs), masked_inputs(spec, new.inputs)
    if step.diff is None:
        yield from _between((), before, after, spec)
        return
    for text in step.diff:
        path = parse_path(text)
        if is_internal(str(path[0])):
            continue
        left, right = get_at(before, path), get_at(after, path)
        found = list(_between(path, left, right, spec))
        if found:
            yield from found
        elif left is not ABSENT:
            yield path, left, right  # both are masked
        elif _is_inside_a_secret(path, before, after):
            yield path, SECRET, SECRET


def _is_inside_a_secret(path: Path, *inputs: Mapping[str, Any]) -> bool:
    return any(get_at(side, path[:length]) == SECRET for side in inputs for length in range(1, len(path)))


def _between(path: Path, left: Any, right: Any, spec: ObjectSpec) -> Iterator[Leaf]:
    """Yield the leaves in which two values differ. A part of a set that only one of them has is one leaf."""
    if same(left, right):
        return
    part = spec.parts is not None and len(path) == 2 and path[0] == spec.parts.input
    one_sided = part and (left is ABSENT or right is ABSENT)
    nested = [value for value in (left, right) if isinstance(value, Mapping)]
    other = [value for value in (left, right) if not isinstance(value, Mapping) and value is not ABSENT]
    if one_sided or other or not any(nested):
        yield path, left, right
        return
    for key in dict.fromkeys(key for value in nested for key in value):
        yield from _between((*path, key), get_at(left, (key,)), get_at(right, (key,)), spec)


def _apart(leaves: list[Leaf], spec: ObjectSpec, before: State | None) -> tuple[list[Leaf], list[Leaf]]:
    """Return the leaves that the program changes, and those that only differ on Daily.

    After a refresh, the old values are Daily's: a leaf whose new value is that of before the refresh is drift.
    """
    if before is None:
        return leaves, []
    recorded = masked_inputs(spec, before.inputs)
    changed: list[Leaf] = []
    drift: list[Leaf] = []
    for path, old, new in leaves:
        plain = new is not ABSENT and new != SECRET
        (drift if plain and same(get_at(recorded, path), new) else changed).append((path, old, new))
    return changed, drift


def _by_room(leaves: Iterable[Leaf], parts: str) -> tuple[list[Change], dict[str, list[Change]]]:
    """Return the changes of the object itself, and those of a set's rooms by name."""
    own: list[Change] = []
    rooms: dict[str, list[Change]] = {}
    for path, old, new in sorted(leaves, key=lambda leaf: format_path(leaf[0])):
        if parts and path[0] == parts and len(path) > 1:
            rooms.setdefault(str(path[1]), []).append(Change(label(path[2:]), old, new))
        else:
            own.append(Change(label(path), old, new))
    return own, rooms


def label(path: Path) -> str:
    """Return a setting's path, without the input that contains all settings."""
    inside = len(path) > 1 and path[0] in ("properties", "extra_properties")
    return format_path(path[1:] if inside else path)

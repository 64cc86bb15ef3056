"""Masks secrets of Daily's objects that stand in clear in a preview, for whatever reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from ..api import Redactor, is_secret_field
from ..objects.fields import Fields
from ..objects.notes import is_internal
from ..objects.room_set import RoomSetRoom
from ..objects.secrets import masked
from ..objects.spec import ObjectSpec
from ._model import SECRET, Change, Entry, Shown
from ._preview import Preview, State

_MASK = "<redacted>"


def masked_inputs(spec: ObjectSpec, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return inputs without internal ones, and with ``[secret]`` in place of secret settings.

    The names of a set's parts are names, even one such as ``password``.
    """
    parts = spec.parts.input if spec.parts is not None and spec.parts.objects else None
    shown = {key: value for key, value in inputs.items() if not is_internal(key)}
    rooms = shown.pop(parts, None) if parts else None
    found: dict[str, Any] = _masked(spec.inputs, shown)
    if isinstance(rooms, Mapping):
        found[str(parts)] = {name: _masked(RoomSetRoom, room) for name, room in rooms.items()}
    elif rooms is not None:
        found[str(parts)] = rooms
    return found


def _masked(model: type[Fields], value: Any) -> Any:
    """Return a masked copy that keeps nulls."""
    copy = masked(model, value)
    return _with_nulls(value, copy)


def _with_nulls(value: Any, copy: Any) -> Any:
    if not isinstance(value, Mapping) or not isinstance(copy, Mapping):
        return copy
    return {key: _with_nulls(item, copy.get(key)) for key, item in value.items()}


def redactor_of(preview: Preview, specs: Mapping[str, ObjectSpec]) -> Redactor:
    """Return a masker of texts for all secrets that the preview contains in clear."""
    found = {str(value) for key, value in preview.config.items() if is_secret_field(key.rpartition(":")[2])}
    for step in preview.steps:
        spec = specs.get(step.type)
        for state in (step.old, step.new):
            if spec is not None and state is not None:
                found |= set(_secrets(spec, state))
    return Redactor(text for text in found if text != SECRET)


def _secrets(spec: ObjectSpec, state: State) -> Iterator[str]:
    inputs = {key: value for key, value in state.inputs.items() if not is_internal(key)}
    yield from _replaced(inputs, masked_inputs(spec, inputs))
    for name in spec.secrets:
        yield from _texts(state.outputs.get(name))


def _replaced(value: Any, copy: Any) -> Iterator[str]:
    """Yield the texts of a value that its masked copy does not contain."""
    if isinstance(value, Mapping) and isinstance(copy, Mapping):
        for key, item in value.items():
            yield from _replaced(item, copy.get(key))
    elif isinstance(value, list) and isinstance(copy, list):
        for item, other in zip(value, copy, strict=True):
            yield from _replaced(item, other)
    elif copy == SECRET:
        yield from _texts(value)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(item)


def without_secrets(redactor: Redactor, text: str) -> str:
    """Return a text with ``[secret]`` in place of each secret."""
    return redactor.text(text).replace(_MASK, SECRET)


def clean(redactor: Redactor, entry: Entry) -> Entry:
    """Return an entry whose names, reason and values contain no secret of the preview."""
    changes = [Change(item.setting, _clean(redactor, item.old), _clean(redactor, item.new)) for item in entry.changes]
    return replace(
        entry,
        name=without_secrets(redactor, entry.name),
        old_name=without_secrets(redactor, entry.old_name),
        resource=without_secrets(redactor, entry.resource),
        reason=without_secrets(redactor, entry.reason),
        changes=tuple(changes),
    )


def _clean(redactor: Redactor, value: Any) -> Any:
    if isinstance(value, str):
        text = without_secrets(redactor, value)
        return Shown(text) if isinstance(value, Shown) else text
    if isinstance(value, Mapping):
        return {key: _clean(redactor, item) for key, item in value.items()}
    return [_clean(redactor, item) for item in value] if isinstance(value, list) else value

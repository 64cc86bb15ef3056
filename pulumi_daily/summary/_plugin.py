"""Brings steps on resources of the native plugin into the form of dynamic resources, which all other code reads.

The plugin has other types, and other names of inputs and outputs. It has no input ``drift``: it marks what differs on
Daily among the paths of the diff, and writes a line about each difference, as the dynamic providers do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from ..objects.kinds import DYNAMIC_TYPE, PLUGIN_TYPE, SPECS
from ..objects.notes import DIFFERS, DRIFT, ENDS_SOON, EXPIRED, GONE
from ..objects.plugin_names import Shape, path_to_daily, shape_of, to_daily
from ..objects.spec import ObjectSpec
from ..objects.values import ABSENT, format_path, get_at, parse_path, same
from ._lines import OBJECT, drift_in
from ._model import SECRET
from ._preview import State, Step
from ._steps import label

_AGAIN = re.compile(rf"{OBJECT} (?:is )?(?P<text>{GONE}|{EXPIRED}); it will be made again.*", re.DOTALL)
_TOKEN = re.compile(r"a meeting token (?P<verb>expired|expires) at .*; it will be made anew", re.DOTALL)


def as_dynamic(step: Step, warnings: Iterable[str]) -> Step:
    """Return a step on a resource of the plugin as one on a dynamic resource, and any other step as it is.

    ``warnings`` are those about the resource.
    """
    kind = step.type.removeprefix(PLUGIN_TYPE)
    if kind == step.type or kind not in SPECS:
        return step
    spec, shape = SPECS[kind], shape_of(SPECS[kind])
    found = replace(
        step,
        type=DYNAMIC_TYPE + kind,
        old=_state(shape, step.old),
        new=_state(shape, step.new),
        diff=None if step.diff is None else tuple(_path(shape, path) for path in step.diff),
        reasons=tuple(_path(shape, path) for path in step.reasons),
        outside=tuple(_path(shape, path) for path in step.outside),
    )
    return found if found.old is None or found.new is None else _with_note(spec, found, found.old, found.new, warnings)


def _with_note(spec: ObjectSpec, step: Step, old: State, new: State, warnings: Iterable[str]) -> Step:
    """Return a step with the input ``drift``, and without the marks that have no change of an input."""
    note = _note(spec, warnings, step.outside)
    marks = _marks(step.reasons, old, new, said=isinstance(note, str))
    if isinstance(note, str) and step.op == "replace" and not marks:
        note = ""  # something else is the reason, so the line is not the provider's: the old object is deleted
    inputs = {**new.inputs, DRIFT: note} if note else new.inputs
    diff = step.diff and tuple(path for path in step.diff if path not in marks and path not in step.outside)
    return replace(step, new=replace(new, inputs=inputs), diff=diff)


def _path(shape: Shape, path: str) -> str:
    """Return a property path under Daily's names."""
    return format_path(path_to_daily(shape, parse_path(path)))


def _state(shape: Shape, state: State | None) -> State | None:
    """Return a state under Daily's names."""
    if state is None:
        return None
    return replace(state, inputs=to_daily(shape, state.inputs), outputs=to_daily(shape, state.outputs))


def _marks(reasons: Iterable[str], old: State, new: State, *, said: bool) -> set[str]:
    """Return the reasons of a replacement that are inputs without a change, or the id: the plugin's marks.

    Two secrets look the same: they are, if a line says why the object is made again (``said``).
    """
    values = {key: (get_at(old.inputs, parse_path(key)), get_at(new.inputs, parse_path(key))) for key in reasons}
    unchanged = {key for key, (before, after) in values.items() if same(before, after) and (said or before != SECRET)}
    return {key for key in unchanged if key == "id" or values[key][0] is not ABSENT}


def _note(spec: ObjectSpec, warnings: Iterable[str], outside: Iterable[str]) -> Any:
    """Return the input ``drift``: what the warnings say, and what is marked without one, where there are too many."""
    several = spec.parts is not None and spec.parts.objects
    whole: dict[str, str] = {}
    settings: dict[str, dict[str, str]] = {}
    for line in warnings:
        drift, missing, token = drift_in(line), _AGAIN.fullmatch(line), _TOKEN.fullmatch(line)
        if drift is not None:
            settings.setdefault(drift["name"] if several else "", {})[drift["setting"]] = drift["text"]
        elif missing is not None:
            whole[missing["name"] if several else ""] = missing["text"]
        elif token is not None:
            whole[""] = EXPIRED if token["verb"] == "expired" else ENDS_SOON
    start = 2 if several else 0
    for path in (path for path in map(parse_path, outside) if len(path) >= start):
        name, setting = str(path[1]) if several else "", label(path[start:])
        told = settings.setdefault(name, {})
        # A setting from the defaults of a set is marked as its room, or as all settings of it.
        shared = setting in ("", "properties", "extra_properties")
        if not told if shared else setting not in told:
            told["defaults" if shared else setting] = DIFFERS
    notes = {**{name: dict(sorted(texts.items())) for name, texts in settings.items()}, **whole}
    return notes if several else notes.get("")

"""Estimates the requests that ``pulumi up`` sends for a preview, and the seconds that Daily's limits allow for them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from ..api import TIERS
from ..objects.meeting_token import MEETING_TOKEN
from ..objects.phone_number import PHONE_NUMBER
from ..objects.room import ROOM
from ..objects.room_set import ROOM_SET, effective
from ..objects.spec import ObjectSpec
from ..objects.values import same
from ._model import Cost, Entry
from ._preview import Step
from ._steps import SPECS, parts_of

_PAGE = 100
"""Rooms in one answer of Daily's list."""
_BATCH = 1000
"""Rooms in one request that creates or deletes several."""


def cost_of(entries: Sequence[Entry], steps: Sequence[Step], unlisted: int) -> Cost:
    """Return the estimate; ``unlisted`` is the number of unchanged resources that the preview does not list.

    It assumes that the domain has no other rooms than the stack's, that unlisted resources are rooms, and that no two
    single rooms share a request.
    """
    requests = _reads(steps, unlisted) + sum(_writes(step, entries) for step in steps)
    return Cost(requests, least_seconds(requests)) if requests else Cost()


def least_seconds(requests: int) -> float:
    """Return the seconds between the first and the last of so many requests, as fast as Daily's tier A allows."""
    return max((requests - 1) // window.limit * window.seconds for window in TIERS["A"].windows)


def _reads(steps: Iterable[Step], unlisted: int) -> int:
    """Return the reads of the domain, of the list of rooms by pages, and of each other list."""
    rooms, lists = unlisted, set()
    for step in steps:
        spec = SPECS[step.type]
        if spec in (ROOM, ROOM_SET):
            rooms += 0 if step.old is None else len(parts_of(spec, step.old) or (None,))
        elif spec.routes.list and spec is not PHONE_NUMBER:
            lists.add(spec.kind)
    listed = len(lists) + math.ceil(rooms / _PAGE)
    return 1 + listed if steps or unlisted else 0


def _writes(step: Step, entries: Sequence[Entry]) -> int:
    spec = SPECS[step.type]
    if spec is ROOM_SET:
        return _writes_of_set(step, [entry for entry in entries if entry.set and entry.resource == step.name])
    single = {"create": _creates(spec, step), "update": 1, "delete": _deletes(spec, step)}
    return single["create"] + single["delete"] if step.op == "replace" else single.get(step.op, 0)


def _creates(spec: ObjectSpec, step: Step) -> int:
    """Return the requests of a create: a number is searched before it is bought, a self-signed token needs none."""
    if spec is MEETING_TOKEN and step.new is not None and step.new.inputs.get("self_signed"):
        return 0
    return 2 if spec is PHONE_NUMBER else 1


def _deletes(spec: ObjectSpec, step: Step) -> int:
    kept = spec is MEETING_TOKEN or (step.old is not None and step.old.retain)
    return 0 if kept else 1


def _writes_of_set(step: Step, entries: Sequence[Entry]) -> int:
    """Return the requests for a set: batches of new and of removed rooms, and one for each room that changes."""
    gone = {entry.name for entry in entries if entry.action == "drift" and not entry.changes[0].setting}
    new = {entry.name for entry in entries if entry.action in ("create", "replace")} | gone
    left = {entry.name for entry in entries if entry.removes}
    changed = {entry.name for entry in entries if entry.action in ("drift", "take over", "move")} | _changed(step)
    return math.ceil(len(new) / _BATCH) + math.ceil(len(left) / _BATCH) + len(changed - new)


def _changed(step: Step) -> set[str]:
    """Return the rooms of a set whose own or common settings change."""
    if step.op != "update" or step.old is None or step.new is None:
        return set()
    before, after = effective(step.old.inputs), effective(step.new.inputs)
    return {name for name in before.keys() & after.keys() if not same(before[name], after[name])}

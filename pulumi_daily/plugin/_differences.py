"""The leaves of a diff, as Pulumi shows them: changed by the program, or different on Daily. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ..lifecycle.decide.diff import Plan
from ..objects.spec import ObjectSpec
from ..objects.values import ABSENT, Path, get_at, same

Change = Literal["ADD", "DELETE", "UPDATE"]


@dataclass(frozen=True)
class Difference:
    """One leaf of a diff."""

    path: Path
    change: Change
    replaces: bool = False
    """True if the object cannot be changed in place, and must be replaced."""
    of_program: bool = True
    """True if the program changed the value, False if it differs on Daily (drift)."""


def differences(spec: ObjectSpec, old: Mapping[str, Any], new: Mapping[str, Any], plan: Plan) -> list[Difference]:
    """Return the leaves in which inputs differ from those of the state, and those that drifted on Daily.

    Inputs that only control this package are no changes. A path that the program changed is not one of drift as well.
    A replacement without a changed input is a difference of the input that identifies the object, or of the id.
    """
    found = [
        Difference(path, change, replaces=path[0] in plan.replaces)
        for path, change in _changes(old, new)
        if plan.changes is not False and path[0] not in spec.provider_only_inputs
    ]
    for item in plan.drift:
        at = (spec.parts.input, item.owner, *item.path) if spec.parts and item.owner else item.path
        # A setting of a room that stands in the defaults of its set: Pulumi shows only what the inputs contain.
        while len(at) > 1 and get_at(new, at) is ABSENT:
            at = at[:-1]
        if all(at != other.path for other in found):
            found.append(Difference(at, "UPDATE", of_program=False))
    marked = {item.path[0] for item in found}
    gone = (Difference((name,), "UPDATE", replaces=True) for name in plan.replaces if name not in marked)
    return [*found, *gone]


def _changes(old: Mapping[Any, Any], new: Mapping[Any, Any], path: Path = ()) -> Iterator[tuple[Path, Change]]:
    for name in dict.fromkeys((*old, *new)):
        before, after, at = old.get(name), new.get(name), (*path, name)
        if (before is None and after is None) or same(before, after):
            continue
        if isinstance(before, Mapping) and isinstance(after, Mapping):
            yield from _changes(before, after, at)
        elif isinstance(before, list) and isinstance(after, list):
            yield from _changes(dict(enumerate(before)), dict(enumerate(after)), at)
        else:
            yield at, "ADD" if before is None else "DELETE" if after is None else "UPDATE"

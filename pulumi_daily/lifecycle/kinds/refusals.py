"""Warns in a preview about what ``pulumi up`` will refuse: existing objects that a create would duplicate.

A preview sends at most one request for this, for the newest page of the kind's list, unless the list is read anyway.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..state import LiveView
from .adopting import describe
from .kind import NAMED, Inputs, Operation
from .steps import Steps, id_of


def warn_of_refusals(op: Operation, steps: Steps, before: Inputs, inputs: Inputs) -> None:
    """Warn about an existing object that a create of these inputs would be refused for.

    ``before`` are the inputs of the last run, empty for a new resource.
    """
    lines = [steps.foresee_refusal(op, before, inputs)]
    if not before and op.spec.claims_of(inputs) and op.spec.routes.create:
        op.account.check_domain()
        if op.spec.routes.batch is not None:
            warn_of_existing(op, steps, {id_of(op, inputs): (op, inputs)})
        else:
            found = steps.foresee(op, inputs)
            lines.append(_the_only_one(op) if found is None else _refusal(op, steps, inputs, found))
    for line in lines:
        if line:
            op.warn(line)


def warn_of_existing(op: Operation, steps: Steps, new: Mapping[str, tuple[Operation, Inputs]]) -> None:
    """Warn about each of the objects ``new`` that is in a page of the list which this process reads, now or later."""

    def warn(found: dict[str, LiveView]) -> None:
        each = [_refusal(new[name][0], steps, new[name][1], found[name], name) for name in sorted(found)]
        lines = [line for line in each if line]
        for line in lines[:NAMED]:
            op.warn(line)
        if len(lines) > NAMED:
            op.warn(f"{len(lines) - NAMED} more {op.spec.noun}s exist on Daily already")

    op.account.snapshot(op.spec).watch(new, warn)


def _refusal(op: Operation, steps: Steps, inputs: Inputs, found: LiveView, name: str | None = None) -> str | None:
    """Return the line about an existing object that a create of these inputs may not take over; else None.

    ``name`` is the object's name in the program, if the program chooses it.
    """
    if name not in (None, found.id):
        return (
            f'{op.what(name or "", inputs)}: Daily has {op.spec.noun} "{found.id}", whose name differs only in case. '
            "Daily may take them for one; then `pulumi up` will refuse to create another"
        )
    there = describe(op, steps, inputs, found)
    own = op.claims.had(op.hints, op.spec.claims_of(inputs))
    if own or found.is_expired(op.now()) or op.account.adopts(inputs, as_asked=there.as_asked):
        return None
    what = op.what(id_of(op, found), inputs)
    return (
        f"{what} exists on Daily already ({there}); `pulumi up` will refuse to create it, unless this resource may "
        "take it over (adopt_existing=True) or has it already (aliases, or delete_before_replace=True for a "
        "replacement)"
    )


def _the_only_one(op: Operation) -> str | None:
    """Return the line about another object of a kind of which Daily allows one in a domain; else None."""
    spec = op.spec
    others = op.account.snapshot(spec).everything() if spec.delete_before_create else []
    if not others or op.claims.had_any(op.hints):
        return None
    first, other = spec.natural_keys[0][0], others[0]
    return (
        f"Daily allows one {spec.noun} in a domain, and this one has {other.id} ({first} {other.get(first)}) already: "
        "`pulumi up` will be refused while it is there"
    )

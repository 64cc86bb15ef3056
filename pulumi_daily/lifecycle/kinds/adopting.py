"""Takes over an existing object that a create finds on Daily, where the program or the run allows it; else refuses."""

from __future__ import annotations

from dataclasses import replace
from typing import NoReturn

from ...api import DailyError
from ...ownership import called
from ..decide.adoption import Found
from ..errors import AlreadyExists, Shared
from ..state import Domain, LiveView
from .kind import Inputs, Made, Operation, listed
from .recording import written
from .steps import Steps, id_of


def takeovers(op: Operation, steps: Steps, before: Inputs, inputs: Inputs) -> list[str]:
    """Return a line for each object that a create of these inputs would take over. There are none for a replacement.

    An object that another resource of this run keeps gives the line that refuses it. ``before`` are the inputs of the
    last run, empty for a new resource.
    """
    claims = op.spec.claims_of(inputs)
    own = bool(before) or op.claims.had(op.hints, claims)  # else a replacement
    if own or not claims or not op.account.looks_ahead(inputs):
        return []
    found = steps.foresee(op, inputs)
    if found is None or found.is_expired(op.now()):
        return []
    there = describe(op, steps, inputs, found)
    if not op.account.adopts(inputs, as_asked=there.as_asked):
        return []
    identity = id_of(op, found)
    keeper = _kept_by(op, identity, found)
    if keeper is not None:
        return [str(Shared.of(op.what(identity, found), keeper))]
    return [takeover_line(op, identity, inputs, there, "exists already and will be taken over")]


def take_over(op: Operation, steps: Steps, inputs: Inputs, found: LiveView, domain: Domain) -> Made:
    """Take over an existing object where that is allowed; else raise :class:`AlreadyExists`.

    Raises :class:`Shared` for an object that another resource of this run keeps.
    """
    identity = id_of(op, found)
    keeper = _kept_by(op, identity, found)
    if keeper is not None:
        raise Shared.of(op.what(identity, found), keeper)
    steps.check_adoptable(op, identity, inputs, found)
    there = describe(op, steps, inputs, found)
    if not op.account.adopts(inputs, as_asked=there.as_asked):
        refuse(op, identity, inputs, found, there)
    made = record_made(op, steps, identity, inputs, steps.adopt(op, steps, identity, inputs, found), domain)
    note_takeover(op, identity, inputs, found)
    op.warn(takeover_line(op, identity, inputs, there, "existed already and was taken over"))
    return made


def _kept_by(op: Operation, identity: str, found: LiveView) -> str | None:
    """Return the name, for messages, of another resource of this run that keeps the object; None when there is none."""
    keeper = op.claims.keeper(op.hints, op.claims_of_live(identity, found))
    return None if keeper is None else called(keeper, op.spec.kind)


def record_made(
    op: Operation, steps: Steps, identity: str, inputs: Inputs, live: LiveView | None, domain: Domain
) -> Made:
    """Return the result of a create or takeover, and protect the object from pending deletes of an earlier run."""
    op.note_made(identity, inputs, live)
    return Made(identity, written(op, steps, identity, inputs, live, domain))


def note_takeover(op: Operation, identity: str, inputs: Inputs, found: LiveView) -> None:
    """Protect an object from the delete of the resource that managed it before."""
    claims, lasting = op.spec.claims_of(inputs), op.claims_of_live(identity, found)
    op.claims.take_over(op.hints, claims, lasting or claims)


def describe(op: Operation, steps: Steps, inputs: Inputs, found: LiveView) -> Found:
    """Return the description of an existing object; one whose takeover resets a setting is not as the program says."""
    there = op.found(inputs, found)
    resets = tuple(f"a new {name}" for name in steps.resets)
    return replace(there, as_asked=False, changes=(*there.changes, *resets)) if resets else there


def takeover_line(op: Operation, identity: str, inputs: Inputs, there: Found, happens: str) -> str:
    """Return the line about a takeover, with each setting that the takeover changes."""
    return f"{op.what(identity, inputs)} {happens}: {', '.join(there.changes) or 'it is as the program says'}"


def refuse(op: Operation, identity: str, inputs: Inputs, found: LiveView, there: Found) -> NoReturn:
    """Raise :class:`AlreadyExists` for an existing object without proof that it belongs to the resource."""
    own = op.claims.had(op.hints, op.spec.claims_of(inputs), op.claims_of_live(identity, found))
    others = "" if own else _others(op, identity)
    what = op.what(identity, inputs)
    raise AlreadyExists.of(what, there, op.spec, identity, own=own, others=others) from None


def _others(op: Operation, identity: str) -> str:
    """Return the clause that lists the other objects which this run is to create and which exist already."""
    if op.spec.routes.batch is None:
        return ""
    new = [other for other in op.claims.new(op.spec.kind) if other.lower() != identity.lower()]
    try:
        found = op.account.snapshot(op.spec).find_many(new)
    except DailyError:
        return ""
    there = [other for other, live in found.items() if not op.account.may_have_made(live)]
    exist = " of the program exists" if len(there) == 1 else "s of the program exist"
    return f". {len(there)} more {op.spec.noun}{exist} already ({listed(there)})" if there else ""

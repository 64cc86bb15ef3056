"""Objects whose id the program chooses (rooms), and the frame of all kinds that are made of :class:`Steps`.

The promises: one mutating call makes an object; a call whose outcome is unknown is settled by a read; nothing is taken
over unasked, and nothing is deleted that another resource stands for (see ``ownership``); a 404 on delete is done; a
key of another domain is noticed before anything is read as gone or written.
"""

from __future__ import annotations

from dataclasses import dataclass

from ...objects.secrets import masked
from ...objects.spec import ObjectSpec
from ...ownership import called
from ..decide.check import Checked, check
from ..decide.diff import Plan, declared_end, diff, diff_offline
from ..decide.project import declared_inputs, project_inputs
from ..errors import Missing, Wanted
from ..state import ResourceState
from . import adopting, creating, updating
from .kind import Inputs, Made, Operation, label_of
from .recording import state_of
from .steps import Steps


@dataclass(frozen=True)
class Stepwise:
    """A kind of which each resource is one object that Daily keeps; ``steps`` are what it does in its own way."""

    spec: ObjectSpec
    steps: Steps = Steps()  # noqa: RUF009 - frozen

    @property
    def drift_spec(self) -> ObjectSpec:
        """Return the description of the objects that drift is about: the kind's own."""
        return self.spec

    def check(self, before: Inputs, inputs: Inputs, now: float) -> Checked:
        """Return inputs in their normal form, and their failures."""
        return check(self.spec, before, inputs, now)

    def takeovers(self, op: Operation, before: Inputs, inputs: Inputs) -> list[str]:
        """Return a line for each object that a create of these inputs would take over."""
        return adopting.takeovers(op, self.steps, before, inputs)

    def plan_offline(self, identity: str, state: ResourceState, inputs: Inputs, now: float) -> Plan:
        """Return the plan by comparison with the state alone."""
        return diff_offline(self.spec, state, inputs)

    def plan(self, op: Operation, identity: str, state: ResourceState, inputs: Inputs) -> Plan:
        """Return the plan by comparison with the live object, behind the domain guard."""
        op.guard(identity, state)
        ids = op.claims_of_state(identity, state)
        op.claims.keep(op.hints, ids)
        live = self.steps.find(op, identity, state)
        label = label_of(self.spec, identity, state)
        plan = diff(self.spec, state, inputs, live, name=label, now=op.now(), hints=op.hints)
        op.stay(plan, ids, self.spec.claims_of(state) if self.spec.claims else ids)
        return plan

    def create(self, op: Operation, inputs: Inputs) -> Made:
        """Make the object, or take over one that exists where that was asked for."""
        return creating.create(op, self.steps, inputs)

    def read(self, op: Operation, identity: str, state: ResourceState) -> ResourceState | None:
        """Return the state after a refresh; None when the object is gone or has expired.

        Raises :class:`Missing` when there is none and the state knows nothing: a program reads what does not exist.
        """
        spec, unmanaged = self.spec, state.domain is None
        domain = op.guard(identity, state)
        live = self.steps.find(op, identity, state)
        if live is None or not op.is_ours(identity, state, live, "it is let go"):
            if unmanaged:
                raise Missing.of(spec, identity)
            note_end(op, identity, state)
            return None
        recorded = state.inputs if spec.id_input is None else {spec.id_input: identity, **state.inputs}
        inputs = project_inputs(spec, recorded, live, state.normalized)
        found = state_of(op, inputs, live, state.normalized, domain, state)
        if unmanaged and spec.settings is None:
            # A program reads an object that it does not manage, and asks what it is like.
            shown = masked(spec.inputs, declared_inputs(spec, live))
            return ResourceState(found.inputs, {**shown, **found.observed}, found.normalized, found.domain, found.hints)
        return found

    def update(self, op: Operation, identity: str, state: ResourceState, inputs: Inputs) -> ResourceState:
        """Make the live object what the inputs say; return its new state."""
        return updating.update(op, self.steps, identity, state, inputs)

    def delete(self, op: Operation, identity: str, state: ResourceState) -> None:
        """Remove the object; one that is not there is removed already, and one that is not ours stays."""
        op.guard(identity, state)
        claims = [*self.spec.claims_of(state), *op.claims_of_state(identity, state)]
        with op.claims.deleting(op.hints, {identity: claims}) as kept:
            if kept:
                other = called(kept[identity].owner, self.spec.kind)
                if not kept[identity].has:
                    raise Wanted.of(op.what(identity, state), other)
                op.warn(f"{op.what(identity, state)} stays on Daily: {other} stands for it now")
            elif may_be_there(op, identity, state):
                self.steps.remove(op, identity, state)


def named(spec: ObjectSpec) -> Stepwise:
    """Return the kind of objects whose id the program chooses."""
    return Stepwise(spec)


def note_end(op: Operation, identity: str, state: ResourceState) -> None:
    """Remember an object that expired by our state: its name may be freed, which Daily may still keep."""
    if declared_end(op.spec, state.inputs, op.now()) is not None:
        op.account.ended.add(identity)


def may_be_there(op: Operation, identity: str, state: ResourceState) -> bool:
    """Return whether the object may be there, and not another one of its name.

    What Daily does not show may have expired, or a reading may lag behind its making: it is removed all the same.
    """
    if not op.spec.own_id or not state.get(op.spec.own_id):
        return True
    # What the snapshot calls gone may have been made since, by somebody else.
    live = op.account.snapshot(op.spec).find(identity) or op.account.reader(op.spec).get(identity)
    return live is None or live.is_of(state) or op.is_ours(identity, state, live, "it stays")

"""Objects whose id the program chooses (rooms), and the base of all kinds that are composed of :class:`Steps`.

Guarantees: one mutating call makes an object; after a call of unknown outcome the object is read; nothing is taken over
without permission, and nothing is deleted that another resource manages (see ``ownership``); a 404 on delete counts as
done; a key of another domain is detected before anything is treated as gone or written.
"""

from __future__ import annotations

from dataclasses import dataclass

from ...objects.secrets import masked
from ...objects.spec import ObjectSpec
from ...ownership import called
from ..decide.check import Checked, check
from ..decide.diff import Plan, diff, diff_offline
from ..decide.drift_input import Note, drift_note
from ..decide.project import declared_inputs, observe, project_inputs
from ..errors import Missing, Wanted
from ..state import ResourceState
from . import adopting, creating, updating
from .kind import Inputs, Made, Operation, label_of
from .recording import state_of
from .refusals import warn_of_refusals
from .steps import Steps, confirmed, existing
from .updating import note_end


@dataclass(frozen=True)
class Stepwise:
    """A kind whose resources are one stored Daily object each; ``steps`` contain its own behaviour."""

    spec: ObjectSpec
    steps: Steps = Steps()  # noqa: RUF009 - frozen

    @property
    def drift_spec(self) -> ObjectSpec:
        """Return the kind's own description: drift is found in the objects themselves."""
        return self.spec

    @property
    def dated(self) -> bool:
        """Return False: Daily returns creation times where they are needed."""
        return False

    def check(self, before: Inputs, inputs: Inputs, now: float) -> Checked:
        """Return inputs in their normal form, and their failures."""
        return check(self.spec, before, inputs, now)

    def takeovers(self, op: Operation, before: Inputs, inputs: Inputs) -> list[str]:
        """Return a line for each object that a create of these inputs would take over."""
        return adopting.takeovers(op, self.steps, before, inputs)

    def warn_of_refusals(self, op: Operation, before: Inputs, inputs: Inputs) -> None:
        """Warn about an existing object that a create of these inputs would be refused for."""
        warn_of_refusals(op, self.steps, before, inputs)

    def drift_note(self, op: Operation, before: Inputs, inputs: Inputs) -> Note:
        """Return what differs on Daily from the object that the inputs of the last deployment describe."""
        if not self.spec.claims_of(before) or diff_offline(self.spec, ResourceState(before), inputs).replaces:
            return ""
        op.account.domain()  # refuses another domain than the configured one
        return drift_note(self.spec, before, inputs, self.steps.foresee(op, before), op.now(), op.hints)

    def plan_offline(self, identity: str, state: ResourceState, inputs: Inputs, now: float) -> Plan:
        """Return the plan by comparison with the state alone."""
        return diff_offline(self.spec, state, inputs)

    def plan(self, op: Operation, identity: str, state: ResourceState, inputs: Inputs) -> Plan:
        """Return the plan by comparison with the live object.

        Raises :class:`DomainMismatch` for a key of another domain.
        """
        op.guard(identity, state)
        ids = op.claims_of_state(identity, state)
        op.claims.keep(op.hints, ids)
        live = existing(op, self.steps, identity, state)
        label = label_of(self.spec, identity, state)
        plan = diff(self.spec, state, inputs, live, name=label, now=op.now(), hints=op.hints)
        op.stay(plan, op.what(identity, state), ids, self.spec.claims_of(state) if self.spec.claims else ids)
        return plan

    def create(self, op: Operation, inputs: Inputs) -> Made:
        """Create the object, or take over an existing one where that is allowed."""
        return creating.create(op, self.steps, inputs)

    def read(self, op: Operation, identity: str, state: ResourceState) -> ResourceState | None:
        """Return the state after a refresh; None when the object is gone or has expired.

        Raises :class:`Missing` for an object that a program reads without managing it and that does not exist.
        """
        spec = self.spec
        domain = op.guard(identity, state)
        live = existing(op, self.steps, identity, state)
        if live is None or not op.is_ours(identity, state, live, "it is let go"):
            if state.domain is None:
                raise Missing.of(spec, identity)
            note_end(op, identity, state)
            return None
        if state.unmanaged or state.domain is None:
            # What a program would declare are outputs, with masked secrets; there are no inputs to manage.
            shown = masked(spec.inputs, declared_inputs(spec, live)) | observe(spec, {}, live, state)
            return ResourceState({}, shown, domain=domain, hints=op.hints, unmanaged=True)
        recorded = state.inputs if spec.id_input is None else {spec.id_input: identity, **state.inputs}
        inputs = project_inputs(spec, recorded, live, state.normalized)
        return state_of(op, inputs, live, state.normalized, domain, state)

    def update(self, op: Operation, identity: str, state: ResourceState, inputs: Inputs) -> ResourceState:
        """Change the live object to match the inputs, and return its new state."""
        return updating.update(op, self.steps, identity, state, inputs)

    def delete(self, op: Operation, identity: str, state: ResourceState) -> None:
        """Remove the object.

        An object that does not exist counts as removed. An object that another resource manages is kept. Raises
        :class:`Wanted` when another resource declares the object but does not have it yet.
        """
        op.guard(identity, state)
        claims = [*self.spec.claims_of(state), *op.claims_of_state(identity, state)]
        with op.claims.deleting(op.hints, {identity: claims}) as kept:
            if kept:
                other = kept[identity]
                if not other.has:
                    raise Wanted.of(op.what(identity, state), called(other.owner, self.spec.kind))
                op.warn(f"{op.what(identity, state)} stays on Daily: {other.text(self.spec.kind)}")
            elif may_be_there(op, identity, state):
                self.steps.remove(op, identity, state)


def named(spec: ObjectSpec) -> Stepwise:
    """Return the kind of objects whose id the program chooses."""
    return Stepwise(spec)


def may_be_there(op: Operation, identity: str, state: ResourceState) -> bool:
    """Return whether the object may exist and is not another object with its name.

    An object that Daily does not return may have expired, or its creation may not be visible yet; it is removed anyway.
    """
    if not op.spec.own_id or not state.get(op.spec.own_id):
        return True
    # An object that is gone by the snapshot may have been created since by another client.
    read = op.account.reader(op.spec).get
    live = op.account.snapshot(op.spec).find(identity)
    for _ in op.reads(state.made_at):
        live = live or read(identity)
        if live is None or live.is_of(state):
            return True
        other, live = live, None
    live = confirmed(op, identity, state, other, read(identity))
    return live is None or live.is_of(state) or op.is_ours(identity, state, live, "it stays")

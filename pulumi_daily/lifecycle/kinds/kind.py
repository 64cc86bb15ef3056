"""The protocol of a kind, and the context that the operations of all kinds share."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from typing import Any, Protocol

from ...api import ApiError, DailyError, ServerError
from ...objects.spec import Advice, Claim, ObjectSpec, Values
from ...ownership import Claims, Hints, called
from ..decide.adoption import Found
from ..decide.check import Checked
from ..decide.diff import Plan
from ..decide.drift import NO_HINTS, Drift, differences
from ..decide.drift_input import Note
from ..errors import Refused, Shared
from ..live.account import Account
from ..state import Domain, LiveView, ResourceState

NAMED = 10
"""The number of objects that a message lists."""

Inputs = Mapping[str, Any]


@dataclass(frozen=True)
class Made:
    """The result of a create."""

    identity: str
    state: ResourceState


@dataclass(frozen=True)
class Operation:
    """One operation of Pulumi on a resource: its kind, the account, and the resource's ``hints``.

    ``now`` returns Unix seconds; ``warn`` writes a line for the user.
    """

    spec: ObjectSpec
    account: Account
    now: Callable[[], float]
    warn: Callable[[str], None]
    hints: Hints = NO_HINTS

    def part(self, spec: ObjectSpec, hints: Hints) -> Operation:
        """Return the operation on one of the objects that the resource manages."""
        return replace(self, spec=spec, hints=hints)

    @property
    def claims(self) -> Claims:
        """Return the claims of all resources of this run."""
        return self.account.claims

    def what(self, identity: str, values: Values) -> str:
        """Return the object's name in messages, with its noun; ``values`` are its inputs or its state."""
        return f'{self.spec.noun} "{label_of(self.spec, identity, values)}"'

    def guard(self, identity: str, state: ResourceState) -> Domain:
        """Return the key's domain. Raises :class:`DomainMismatch` when the state is of another domain."""
        return self.account.guard(self.what(identity, state), state)

    def claims_of_state(self, identity: str, state: ResourceState) -> list[Claim]:
        """Return the claims on the id that Daily gave the object in the state."""
        return self.spec.claims_of_id(identity, state.get(self.spec.own_id))

    def claims_of_live(self, identity: str, live: LiveView | None) -> list[Claim]:
        """Return the claims on the id that Daily gave a live object."""
        return self.spec.claims_of_id(identity, live.own_id if live is not None else None)

    def made_at(self) -> int | None:
        """Return the time for the state of an object that was created just now; None where no lag is expected."""
        return self.account.lag.stamp(self.now())

    def reads(self, since: float | None) -> Iterator[bool]:
        """Yield for each read that an absence needs, of an object created at ``since`` (see ``ReadLag.reads``)."""
        return self.account.lag.reads(since, self.now)

    def taking(self, inputs: Inputs) -> AbstractContextManager[None]:
        """Return a context in which no delete of an object that these inputs claim is under way."""
        adopting = self.account.looks_ahead(inputs)
        return self.claims.taking(self.hints, self.spec.claims_of(inputs), adopting=adopting)

    def note_made(self, identity: str, inputs: Inputs, live: LiveView | None) -> None:
        """Protect a created object from deletes that an earlier run left pending."""
        ids = self.claims_of_live(identity, live)
        self.claims.made(self.hints, [*self.spec.claims_of(inputs), *ids])
        if self.spec.id_input and not self.spec.own_id:  # another object, now gone, may have had this id
            self.claims.created(ids)

    def stay(self, plan: Plan, what: str, claims: Collection[Claim], lasting: Collection[Claim]) -> None:
        """Record that the resource goes on managing its objects (``what``), unless the plan replaces them.

        Raises :class:`Shared` when another resource of the run has one of them.
        """
        if not plan.replaces and (plan.changes is not None or not self.hints.may_replace):
            other = self.claims.stay(self.hints, claims, lasting)
            if other is not None:
                raise Shared.of(what, called(other, self.spec.kind))

    def is_ours(self, identity: str, state: ResourceState, live: LiveView, then: str) -> bool:
        """Return whether a live object is the one in the state and has not expired. Warn when it is another object.

        ``then`` is the consequence for the other object, for the warning.
        """
        if live.is_of(state):
            return not live.is_expired(self.now())
        self.warn(f"{self.what(identity, state)} was deleted on Daily and made anew by somebody else: {then}")
        return False

    def differences(self, inputs: Inputs, live: LiveView) -> list[Drift]:
        """Return the differences between an existing object and the inputs that declare it."""
        return differences(self.spec, inputs, live, self.now(), self.hints)

    def found(self, inputs: Inputs, live: LiveView) -> Found:
        """Return the description of an existing object, compared with the inputs that declare it."""
        return Found.of(self.spec, inputs, live, self.differences(inputs, live))

    @contextmanager
    def advised(self, operation: str, values: Values) -> Iterator[None]:
        """Convert a refusal by Daily into :class:`Refused` where there is advice for it."""
        try:
            yield
        except ApiError as error:
            advice = None if isinstance(error, ServerError) else self.advice(operation, error)
            if advice is None:
                raise
            raise Refused.of(error, advice, self.spec, values) from error

    def advice(self, operation: str, error: DailyError) -> Advice | None:
        """Return the advice for an error of ``create``, ``update`` or ``delete``; None where there is none."""
        text = str(error).lower()
        return next((advice for advice in self.spec.advice.get(operation, ()) if advice.match in text), None)


class Kind(Protocol):
    """Pulumi's operations for one kind of object.

    ``check`` and ``plan_offline`` are pure. The others raise errors of the API and :class:`LifecycleError`.
    """

    @property
    def spec(self) -> ObjectSpec:
        """Return the description of the kind."""
        ...

    @property
    def drift_spec(self) -> ObjectSpec:
        """Return the description of the objects in which drift is found."""
        ...

    @property
    def dated(self) -> bool:
        """Return whether the hints contain the time of the check before the create."""
        ...

    def check(self, before: Inputs, inputs: Inputs, now: float) -> Checked:
        """Return inputs in their normal form, and their failures; ``before`` are those of the last run."""
        ...

    def takeovers(self, op: Operation, before: Inputs, inputs: Inputs) -> list[str]:
        """Return a line for each object that a create of these inputs would take over."""
        ...

    def warn_of_refusals(self, op: Operation, before: Inputs, inputs: Inputs) -> None:
        """Warn in a preview about what ``pulumi up`` will refuse because of objects that exist on Daily.

        Raises the errors of the API client.
        """
        ...

    def drift_note(self, op: Operation, before: Inputs, inputs: Inputs) -> Note:
        """Return what differs on Daily, for the input ``drift``; empty when nothing does or it is not known.

        ``before`` are the inputs of the last deployment. Raises the errors of the API client.
        """
        ...

    def plan_offline(self, identity: str, state: ResourceState, inputs: Inputs, now: float) -> Plan:
        """Return the plan for a preview that must not send requests to Daily."""
        ...

    def plan(self, op: Operation, identity: str, state: ResourceState, inputs: Inputs) -> Plan:
        """Return the plan by comparison with the live object.

        Raises :class:`DomainMismatch` for a key of another domain.
        """
        ...

    def create(self, op: Operation, inputs: Inputs) -> Made:
        """Create the object."""
        ...

    def read(self, op: Operation, identity: str, state: ResourceState) -> ResourceState | None:
        """Return the state after a refresh; None when the object is gone."""
        ...

    def update(self, op: Operation, identity: str, state: ResourceState, inputs: Inputs) -> ResourceState:
        """Change the live object to match the inputs, and return its new state."""
        ...

    def delete(self, op: Operation, identity: str, state: ResourceState) -> None:
        """Remove the object; an object that does not exist counts as removed."""
        ...


def label_of(spec: ObjectSpec, identity: str, values: Values) -> str:
    """Return an object's name in messages, without its noun."""
    return str(values.get(spec.label) or identity) if spec.label else identity


def listed(names: Collection[str]) -> str:
    """Return the first :data:`NAMED` names in alphabetical order, with the number of the others."""
    shown = ", ".join(sorted(names)[:NAMED])
    return shown if len(names) <= NAMED else f"{shown} and {len(names) - NAMED} more"

"""create: one mutating call makes an object, and nothing after its success raises (Pulumi would forget the object).

After a call of unknown outcome, the object is read before anything is sent again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from ...api import DailyError, is_name_taken
from ..decide.adoption import Creation
from ..decide.inputs import create_body
from ..errors import NameHeld
from ..state import Domain, LiveView
from .adopting import record_made, take_over
from .kind import Inputs, Made, Operation
from .steps import Steps, id_of

_T = TypeVar("_T")


def create(op: Operation, steps: Steps, inputs: Inputs) -> Made:
    """Create an object, or take over an existing one where that is allowed."""
    chosen = steps.prepare(op, inputs)
    try:
        with op.taking(chosen):
            made = _make(op, steps, chosen)
    except DailyError as error:
        unclear = error.outcome_unknown and chosen is not inputs
        better = steps.explain_unknown(chosen, error) if unclear else None
        if better is None:
            raise
        raise better from error
    return Made(made.identity, made.state.given_by(inputs))


def read_back(read: Callable[[], _T], error: DailyError) -> _T:
    """Return the result of ``read`` after a failed create. When that fails as well, raise the create's ``error``."""
    try:
        return read()
    except DailyError as unread:
        raise error from unread


def look_again(op: Operation, look: Callable[[Operation, Inputs], LiveView | None], inputs: Inputs) -> LiveView | None:
    """Return the object of a create that may have been processed just now, as ``look`` finds it.

    None means that there is none although reads must show it.
    """
    for _ in op.reads(op.made_at()):
        found = look(op, inputs)
        if found is not None:
            return found
    return None


def _make(op: Operation, steps: Steps, inputs: Inputs) -> Made:
    domain = op.account.domain()
    found = steps.look(op, inputs) if steps.reads_first else None
    # What this process removed for the new object may still be visible; if Daily still has it, the create is refused.
    if found is not None and not op.account.snapshot(op.spec).was_removed(found.id):
        return take_over(op, steps, inputs, found, domain)
    creation = Creation(op.account.sending(), absent_before=steps.reads_first)
    while True:
        try:
            answer = op.account.writes(op.spec).create(create_body(op.spec, inputs))
        except DailyError as error:
            made = _after_failure(op, steps, creation, inputs, error, domain)
            if made is not None:
                return made
        else:
            identity, live = steps.created(op, inputs, answer)
            return _record_new(op, steps, identity, inputs, live, domain)


def _record_new(
    op: Operation, steps: Steps, identity: str, inputs: Inputs, live: LiveView | None, domain: Domain
) -> Made:
    """Return the result of a create that made the object."""
    made_at = op.made_at()
    made = record_made(op, steps, identity, inputs, steps.complete(op, identity, live), domain)
    return Made(identity, replace(made.state, made_at=made_at))


def _after_failure(
    op: Operation, steps: Steps, creation: Creation, inputs: Inputs, error: DailyError, domain: Domain
) -> Made | None:
    """Return the object that exists after a failed create; None when the create is to be sent again.

    Raises the error of a create that failed for good.
    """
    unknown = creation.failed(error)
    taken = op.spec.id_input is not None and is_name_taken(error)
    # A create that is sent again makes no second object of an id that the program chooses. What holds a name and is not
    # visible may be a new object, ours or somebody else's, or an expired one that is to be removed.
    may_lag = creation.lost if op.spec.id_input is None else taken and (creation.lost or _has_ended(op, inputs))

    def look() -> LiveView | None:
        return look_again(op, steps.look, inputs) if may_lag else steps.look(op, inputs)

    found = read_back(look, error) if creation.lost or taken else None
    if found is not None and not found.is_expired(op.now()):
        if not creation.made(found, exactly=op.found(inputs, found).as_asked):
            return take_over(op, steps, inputs, found, domain)
        return _record_new(op, steps, id_of(op, found), inputs, found, domain)
    freed = taken and _free_name(op, inputs, found)
    if creation.exhausted or not (unknown or taken):
        if taken and not freed:
            raise NameHeld.of(op.what(id_of(op, inputs), inputs), error) from error
        steps.explain(op, inputs, error)
        with op.advised("create", inputs):
            raise error
    return None


def _free_name(op: Operation, inputs: Inputs, found: LiveView | None) -> bool:
    """Remove an expired object that Daily has not removed yet, and return True; return False for any other object.

    Its expiry is known from Daily, or from the state where Daily no longer returns the object.
    """
    if found is None and not _has_ended(op, inputs):
        return False
    name = id_of(op, inputs)
    op.account.ended.discard(name)
    op.account.writes(op.spec).delete(name)
    return True


def _has_ended(op: Operation, inputs: Inputs) -> bool:
    """Return whether the object is in the state and Daily no longer returns it."""
    return id_of(op, inputs) in op.account.ended

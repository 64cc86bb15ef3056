"""Objects whose id Daily generates, or that are searched for before they are created.

After a lost answer there is no name by which to read the object. Therefore the existing objects are read before the
create; an object that appeared since and matches the inputs is the created one. The same read finds an existing object
that the create would duplicate.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...api import BadResponse, DailyError, InvalidRequestError
from ...objects.spec import ObjectSpec
from ...objects.values import same
from ..errors import NotAdoptable, Occupied
from ..state import LiveView, ResourceState, live_view
from . import steps as usual
from .creating import look_again, read_back
from .kind import Inputs, Operation
from .named import Stepwise
from .steps import Steps


def _twin(op: Operation, inputs: Inputs, lives: Iterable[LiveView]) -> LiveView | None:
    """Return the live object that a create with these inputs would duplicate; None when there is none."""
    # The first input of the last group is a required one.
    group = next(group for group in op.spec.natural_keys if inputs.get(group[0]) is not None)
    twins = (live for live in lives if all(same(live.get(name) or None, inputs.get(name)) for name in group))
    return next(twins, None)


def look(op: Operation, inputs: Inputs) -> LiveView | None:
    """Read from Daily the object that a create of these inputs would duplicate."""
    return _twin(op, inputs, op.account.reader(op.spec).all())


def foresee(op: Operation, inputs: Inputs) -> LiveView | None:
    """Return the object in the snapshot that matches these inputs; None when there is none."""
    return _twin(op, inputs, op.account.snapshot(op.spec).everything())


def check_adoptable(op: Operation, identity: str, inputs: Inputs, found: LiveView) -> None:
    """Raise :class:`NotAdoptable` for an object that differs in an input that cannot be changed in place."""
    for key in op.spec.replaces:
        if found.get(key) is not None and key in inputs and not same(found[key], inputs[key]):
            raise NotAdoptable.of(op.what(identity, inputs), key, found[key], inputs[key])


def created(op: Operation, inputs: Inputs, answer: Any) -> tuple[str, LiveView | None]:
    """Return the id of a created object, and the object. Without an id in the answer, the object is searched for."""
    live = live_view(op.spec, answer)
    if live is None or not isinstance(live.get(op.spec.key), str) or not live[op.spec.key]:
        error = BadResponse(f"the answer to a create has no {op.spec.key}")
        error.outcome_unknown = True
        live = read_back(lambda: look_again(op, look, inputs), error)
        if live is None:
            raise error
    return live.id, live


def explain(op: Operation, inputs: Inputs, error: DailyError) -> None:
    """Raise :class:`Occupied` after a create was refused for no known reason, when an object of the kind exists."""
    known = op.advice("create", error) is not None
    if not op.spec.delete_before_create or not isinstance(error, InvalidRequestError) or known:
        return
    try:
        others = op.account.reader(op.spec).all()
    except DailyError:
        return
    if others:
        raise Occupied.of(op.spec, others[0].id, others[0], error) from error


def remove(op: Operation, identity: str, state: ResourceState) -> None:
    """Remove the object from Daily."""
    try:
        usual.remove(op, identity, state)
    except InvalidRequestError:
        # Daily's answer for an unknown id is not documented for every kind.
        if op.account.reader(op.spec).get(identity) is not None:
            raise
        op.account.snapshot(op.spec).remove(identity)


STEPS = Steps(
    reads_first=True,
    look=look,
    foresee=foresee,
    check_adoptable=check_adoptable,
    created=created,
    explain=explain,
    remove=remove,
    make_again=False,  # a new object has another id
)


def numbered(spec: ObjectSpec) -> Stepwise:
    """Return the kind of objects whose ids Daily generates."""
    return Stepwise(spec, STEPS)

"""The steps of an operation on one object in which kinds differ, with defaults for objects with a chosen id."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ...api import BadResponse, DailyError
from ..decide.patch import update_body
from ..errors import LifecycleError
from ..state import NO_STATE, LiveView, ResourceState, live_view
from .kind import Inputs, Operation


def id_of(op: Operation, values: Mapping[str, Any]) -> str:
    """Return the id in inputs or in a live object. Raises `BadResponse` for an answer of Daily without an id."""
    if isinstance(values, LiveView) and values.get(op.spec.key) is None:
        raise BadResponse(f"an answer contains a {op.spec.noun} without {op.spec.key}")
    return str(values[op.spec.key])


def look(op: Operation, inputs: Inputs) -> LiveView | None:
    """Read from Daily the object that a create of these inputs would duplicate."""
    return op.account.reader(op.spec).get(id_of(op, inputs))


def foresee(op: Operation, inputs: Inputs) -> LiveView | None:
    """Return the object in the snapshot that these inputs declare; None when there is none."""
    return op.account.snapshot(op.spec).find(id_of(op, inputs))


def find(op: Operation, identity: str, state: ResourceState) -> LiveView | None:
    """Return the live object of the state; None when Daily definitely has none."""
    return op.account.snapshot(op.spec).find(identity)


def remember(op: Operation, identity: str, live: LiveView | None) -> None:
    """Store the answer to a write for later reads.

    None means that the outcome is unknown: the next operation reads the object.
    """
    snapshot = op.account.snapshot(op.spec)
    snapshot.forget(identity) if live is None else snapshot.put(live)


def created(op: Operation, inputs: Inputs, answer: Any) -> tuple[str, Any]:
    """Return the id of a created object, and the object in Daily's answer."""
    return id_of(op, inputs), live_view(op.spec, answer)


def send_update(op: Operation, identity: str, changes: Mapping[str, Any]) -> LiveView | None:
    """Send an update, and return the object in the answer; None when the answer contains none."""
    routes = op.spec.routes
    return live_view(op.spec, op.account.api.call(routes.update, path={routes.path_parameter: identity}, json=changes))


def adopt(op: Operation, steps: Steps, identity: str, inputs: Inputs, found: LiveView) -> LiveView | None:
    """Change an existing object to match the inputs. Only differences are sent, other settings are kept."""
    changes = update_body(op.spec, NO_STATE, inputs, found, now=op.now())
    if not changes:
        return found
    with op.advised("update", inputs):
        return steps.send_update(op, identity, changes)


def remove(op: Operation, identity: str, state: ResourceState) -> None:
    """Remove the object from Daily."""
    snapshot = op.account.snapshot(op.spec)
    snapshot.forget(identity)
    with op.advised("delete", state):
        for _ in op.reads(state.made_at):
            if op.account.writes(op.spec).delete(identity):
                break
    snapshot.remove(identity)


def existing(op: Operation, steps: Steps, identity: str, state: ResourceState) -> LiveView | None:
    """Return the live object of the state, or another one that has its name now; None when Daily definitely has none.

    An absence counts when reads must show the object (``live.lag``), another object when two reads agree. Raises what
    :attr:`Steps.check_gone` and :func:`confirmed` raise.
    """
    live = None
    for again in op.reads(state.made_at):
        if again:
            op.account.snapshot(op.spec).forget(identity)
        live = steps.find(op, identity, state)
        if live is not None and live.is_of(state):
            return live
    if live is None:
        steps.check_gone(op, identity, state)
        return None
    return confirmed(op, identity, state, live, op.account.reader(op.spec).get(identity))


def confirmed(
    op: Operation, identity: str, state: ResourceState, live: LiveView, again: LiveView | None
) -> LiveView | None:
    """Return the result ``again`` of a second read, after one that returned another object than that of the state.

    Raises `BadResponse` when each read returned another object: then nothing is known.
    """
    if again is not None and not again.is_of(state) and again.own_id != live.own_id:
        ids = f"it has the id {live.own_id}, then {again.own_id}"
        raise BadResponse(f"Daily contradicts itself about {op.what(identity, state)}: {ids}. Nothing was changed")
    return again


@dataclass(frozen=True)
class Steps:
    """The steps of one kind; the defaults are those for objects whose id the program chooses (rooms)."""

    prepare: Callable[[Operation, Inputs], Inputs] = lambda op, inputs: inputs
    """Returns the inputs with the values that must be decided before anything is sent."""
    reads_first: bool = False
    """Whether the objects are read before each create. Needed for kinds whose objects have no creation time and of
    which Daily accepts two equal ones.
    """
    look: Callable[[Operation, Inputs], LiveView | None] = look
    foresee: Callable[[Operation, Inputs], LiveView | None] = foresee
    find: Callable[[Operation, str, ResourceState], LiveView | None] = find
    check_gone: Callable[[Operation, str, ResourceState], None] = lambda op, identity, state: None
    """Raises an error where Daily's answers do not prove that an object which they lack is gone."""
    remember: Callable[[Operation, str, LiveView | None], None] = remember
    created: Callable[[Operation, Inputs, Any], tuple[str, Any]] = created
    complete: Callable[[Operation, str, LiveView | None], LiveView | None] = lambda op, identity, live: live
    """Returns a created object with the fields that the answer to its create lacks."""
    check_adoptable: Callable[[Operation, str, Inputs, LiveView], None] = lambda op, identity, inputs, found: None
    """Raises an error when an existing object cannot be changed to match the inputs."""
    adopt: Callable[[Operation, Steps, str, Inputs, LiveView], LiveView | None] = adopt
    send_update: Callable[[Operation, str, Mapping[str, Any]], LiveView | None] = send_update
    remove: Callable[[Operation, str, ResourceState], None] = remove
    foresee_refusal: Callable[[Operation, Inputs, Inputs], str | None] = lambda op, before, inputs: None
    """Returns a line for a preview, about a value of the new inputs (the second ones) that Daily will refuse."""
    explain: Callable[[Operation, Inputs, DailyError], None] = lambda op, inputs, error: None
    """Raises a more precise error than Daily's refusal of a create, where there is one."""
    explain_unknown: Callable[[Inputs, DailyError], LifecycleError | None] = lambda chosen, error: None
    """Returns a more precise error for a create of unknown outcome whose inputs :attr:`prepare` chose in part."""
    resets: tuple[str, ...] = ()
    """Settings that a takeover replaces, because Daily does not return them."""
    make_again: bool = True
    """Whether an update may create an object that is gone again. Pulumi keeps the id of an updated resource."""

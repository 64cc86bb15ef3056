"""update: sends the smallest request that changes the live object to match the program."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ...api import DailyError, NotFoundError
from ..decide.diff import declared_end
from ..decide.patch import unremoved_keys, update_body
from ..errors import Gone
from ..state import LiveView, ResourceState
from .creating import create
from .kind import Inputs, Operation
from .recording import unchanged, written
from .steps import Steps, existing


def update(op: Operation, steps: Steps, identity: str, state: ResourceState, inputs: Inputs) -> ResourceState:
    """Change the live object to match the inputs, and return its new state."""
    domain = op.guard(identity, state)
    live = existing(op, steps, identity, state)
    if live is None or live.is_expired(op.now()):
        if declared_end(op.spec, inputs, op.now()) is not None:  # it has expired, as declared in the program
            return unchanged(op, inputs, None, domain, state)
        live = None
    if live is None or not live.is_of(state):
        return make_again(op, steps, identity, inputs)
    changes = update_body(op.spec, state, inputs, live, now=op.now(), hints=op.hints)
    if not changes:
        return unchanged(op, inputs, live, domain, state)
    steps.remember(op, identity, None)
    answer = None
    with op.advised("update", inputs):
        for _ in op.reads(state.made_at):
            try:
                answer = steps.send_update(op, identity, changes)
                break
            except NotFoundError:
                continue
        else:
            return make_again(op, steps, identity, inputs)
    answer = clear_unremoved(op, steps, identity, state, inputs, answer, changes)
    return written(op, steps, identity, inputs, answer, domain, sent=_sent(op, changes), before=state)


def _sent(op: Operation, changes: Mapping[str, Any]) -> Collection[str]:
    """Return the settings that an update sent, with their values where these may differ from the program's."""
    if op.spec.settings:
        return changes.get(op.spec.settings) or {}
    return {key for key in op.spec.inputs.model_fields if op.spec.api_name(key) in changes}


def note_end(op: Operation, identity: str, state: ResourceState) -> None:
    """Remember an object that expired by the state's own expiry: a create may free its name on Daily."""
    if declared_end(op.spec, state.inputs, op.now()) is not None:
        op.account.ended.add(identity)


def make_again(op: Operation, steps: Steps, identity: str, inputs: Inputs) -> ResourceState:
    """Create an object again that was removed between preview and update. Raises :class:`Gone` for kinds with new ids.

    Pulumi keeps the id of an updated resource.
    """
    if not steps.make_again:
        raise Gone.of(op.what(identity, inputs))
    op.account.ended.add(identity)
    return create(op, steps, inputs).state


def clear_unremoved(
    op: Operation,
    steps: Steps,
    identity: str,
    state: ResourceState,
    inputs: Inputs,
    answer: LiveView | None,
    sent: Mapping[str, Any],
) -> LiveView | None:
    """Reset object settings of which keys left the program, and set them again, when Daily merged instead of replacing.

    Returns the last answer. The update itself succeeded: a failure here is logged, and appears as drift in the next
    preview.
    """
    spec = op.spec
    left = unremoved_keys(spec, state.inputs, inputs, answer) if answer is not None and spec.settings else {}
    if not left or not spec.settings:
        return answer
    try:
        steps.send_update(op, identity, {spec.settings: dict.fromkeys(left)})
        # As it was sent, including Daily's values at ignored paths.
        again = {key: sent[spec.settings].get(key, value) for key, value in left.items()}
        return steps.send_update(op, identity, {spec.settings: again})
    except DailyError as error:
        op.warn(f"{op.what(identity, state)}: {', '.join(left)} could not be reset as a whole: {error}")
        return answer

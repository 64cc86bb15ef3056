"""The state of a resource after an operation. Never raises: the object exists whatever Daily answered."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ...objects.values import ABSENT, show
from ..decide.drift import must_redact
from ..decide.inputs import setting_path, settings_of
from ..decide.project import kept_normalizations, new_normalizations, observe, observed_settings
from ..state import Domain, LiveView, ResourceState
from .kind import Inputs, Operation
from .steps import Steps


def state_of(
    op: Operation,
    inputs: Inputs,
    live: LiveView | None,
    normalized: Mapping[str, str],
    domain: Domain,
    before: ResourceState | None = None,
) -> ResourceState:
    """Return the state of an object; ``live`` is None when Daily's answer is unusable."""
    given = {name: value for name, value in inputs.items() if value is not None}
    made_at = before.made_at if before is not None else None
    observed = observe(op.spec, inputs, live, before)
    return ResourceState(given, observed, normalized, domain, op.hints, made_at=made_at)


def unchanged(
    op: Operation, inputs: Inputs, live: LiveView | None, domain: Domain, before: ResourceState
) -> ResourceState:
    """Return the state after an update that sent nothing."""
    return state_of(op, inputs, live, kept_normalizations(op.spec, before, inputs), domain, before)


def written(
    op: Operation,
    steps: Steps,
    identity: str,
    inputs: Inputs,
    answer: LiveView | None,
    domain: Domain,
    *,
    sent: Collection[str] | None = None,
    before: ResourceState | None = None,
) -> ResourceState:
    """Return the state after a write, and store the answer for later reads.

    ``sent`` are the settings of an update, with their values where these may differ from the program's (see
    ``ignore_changes`` in ``update_body``); None means all settings. Settings that were not sent keep their
    normalisations.
    """
    spec = op.spec
    kept = kept_normalizations(spec, before, inputs) if before is not None else {}
    if answer is None or answer.get(spec.key, identity) != identity:
        what = op.what(identity, inputs)
        op.warn(f"{what}: Daily's answer is not a {spec.noun}; it will be read at the next refresh")
        steps.remember(op, identity, None)
        return state_of(op, inputs, None, kept, domain, before)
    steps.remember(op, identity, answer)
    normalized = new_normalizations(spec, inputs, answer, sent, kept)
    wanted = settings_of(spec, inputs)
    shown = observed_settings(spec, wanted, answer, wanted)
    for key in normalized:
        if sent is None or key in sent:
            _warn_of_normalization(op, identity, inputs, key, wanted[key], shown[key])
    return state_of(op, inputs, answer, normalized, domain, before)


def _warn_of_normalization(op: Operation, identity: str, inputs: Inputs, key: str, wanted: Any, shown: Any) -> None:
    if shown is ABSENT or isinstance(wanted, Mapping | list):
        return
    if not must_redact(op.spec, setting_path(op.spec, inputs, key), wanted, shown, hints=op.hints):
        op.warn(
            f"{op.what(identity, inputs)}: Daily was sent {key} = {show(wanted)} and shows {show(shown)}; "
            "this is taken as its way to say so and not reported as drift"
        )

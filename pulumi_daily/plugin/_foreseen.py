"""The outputs that a preview of a create or an update knows before Daily answers."""

from __future__ import annotations

from collections.abc import Iterable

from ..api import DailyError as ApiFailure
from ..lifecycle.errors import DomainMismatch, LifecycleError
from ..lifecycle.state import hints_of
from ..objects.notes import HIDDEN
from ..objects.spec import DOMAIN, DOMAIN_ID
from ..objects.values import UNKNOWN, contains_unknown
from ..operations import Operations, Values, readable
from ._values import Props


def foreseen_create(operations: Operations, inputs: Values, hidden: Values) -> Values:
    """Return the outputs of an object that a create will make.

    Warns about objects that the create will be refused for.
    """
    spec, domain = operations.spec, None
    if operations.connection.reachable:
        op = operations.operation(hints_of(hidden.get(HIDDEN)))
        with readable(operations.connection):
            try:
                domain = op.account.domain()
                operations.kind.warn_of_refusals(op, {}, inputs)
            except DomainMismatch:
                raise
            except (ApiFailure, LifecycleError) as error:
                op.warn(f"what exists on Daily already is not known: {error}")
    outputs: Values = dict.fromkeys((*spec.outputs, *spec.computed, DOMAIN, DOMAIN_ID), UNKNOWN)
    if domain is not None:
        outputs |= {DOMAIN: domain.name, DOMAIN_ID: domain.id} | _expected(operations, inputs, domain.name)
    return {**outputs, **inputs, **hidden}


def foreseen_update(operations: Operations, state: Props, inputs: Values, hidden: Values) -> Values:
    """Return the outputs of an object after an update. What the update may change is unknown."""
    spec, olds = operations.spec, state.values
    domain = olds.get(DOMAIN)
    kept = _lasting(operations, olds)
    outputs: Values = dict.fromkeys(spec.outputs, UNKNOWN) | kept
    outputs |= {name: olds[name] for name in (DOMAIN, DOMAIN_ID) if name in olds}
    if isinstance(domain, str):
        outputs |= _expected(operations, inputs, domain)
    generated = {name: olds[name] for name in spec.computed if name in olds}
    return {**outputs, **generated, **inputs, **hidden}


def _expected(operations: Operations, inputs: Values, domain: str) -> Values:
    if contains_unknown(inputs.get(operations.spec.unique_input or "")):
        return {}
    fields = operations.spec.output_fields
    return {item.name: item.expected(inputs, domain) for item in fields if item.expected is not None}


def _lasting(operations: Operations, olds: Values) -> Values:
    names: Iterable[str] = (item.name for item in operations.spec.output_fields if item.lasting)
    return {name: olds[name] for name in names if name in olds}

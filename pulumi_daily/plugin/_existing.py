"""Reads objects that are in no state: for ``pulumi import``, ``import`` options, and ``get``."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

from .._wire import carried
from ..importing import existing, undisclosed_inputs
from ..lifecycle.decide.project import observe
from ..lifecycle.errors import Missing
from ..lifecycle.kinds.named import Stepwise
from ..lifecycle.state import NO_STATE, hints_of
from ..objects.notes import HIDDEN
from ..operations import DailyError, Operations, Values, readable
from ._urns import Urn


def read_existing(operations: Operations, urn: Urn, identity: str) -> tuple[Values, Values]:
    """Return the outputs and the inputs that declare an object. Inputs have no secrets; there is a line for each.

    Raises :class:`DailyError` when there is no such object, and for kinds that cannot be read by an id.
    """
    kind, spec = operations.kind, operations.spec
    if not isinstance(kind, Stepwise):
        raise DailyError(f"a {spec.noun} cannot be imported: declare it in the program")
    hidden: dict[str, Any] = {HIDDEN: {"owner": urn.owner}}
    op = operations.operation(hints_of(hidden[HIDDEN]))
    with readable(operations.connection):
        domain = op.account.domain()
        live = kind.steps.find(op, identity, NO_STATE)
        if live is None or live.is_expired(op.now()):
            raise Missing.of(spec, identity)
        found = existing(spec, live, domain, time.time(), **undisclosed_inputs(spec))
    for item in found.left_out:
        operations.connection.info(f"{op.what(found.identity, found.inputs)}: without {item.setting} ({item.why})")
    # The state is encrypted where an import file is not: outputs keep their secrets.
    state = replace(found.state, observed=observe(spec, found.inputs, live))
    return operations.outputs_of(state, hidden), {**carried(found.inputs), **hidden}

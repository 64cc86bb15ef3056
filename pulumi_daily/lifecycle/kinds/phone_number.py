"""Phone numbers: chosen from those that are available, bought, released.

The number is decided before anything is bought, so that a lost answer can be told from no purchase.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from ...api import BadResponse, DailyError
from ...objects.phone_number import PHONE_NUMBER
from ..errors import LifecycleError
from ..state import LiveView
from .kind import Inputs, Operation
from .named import Stepwise
from .numbered import STEPS
from .steps import Steps

AVAILABLE = "phone_numbers.available"


def choose(op: Operation, inputs: Inputs) -> Inputs:
    """Return the inputs with a number: the given one, or the first available one that nobody else takes."""
    if inputs.get("number") is not None:
        return inputs
    search = {key: value for key, value in (inputs.get("search") or {}).items() if value is not None}
    offered = list(_offered(op, search))
    owned = {live.get("number") for live in op.account.snapshot(op.spec).everything()}
    for number in offered:
        # Other threads choose from the same list at this moment.
        if number not in owned and op.claims.take(op.hints, op.spec.claims_of({"number": number})):
            return {**inputs, "number": number}
    shown = ", ".join(f"{key}={value}" for key, value in search.items()) or "no filter"
    raise LifecycleError(f"no phone number is available for this search ({shown}); ask for less, or try later")


def _offered(op: Operation, search: Mapping[str, Any]) -> Iterator[str]:
    answer = op.account.api.call(AVAILABLE, params=search)
    found = answer.get("data") if isinstance(answer, Mapping) else None
    if not isinstance(found, list):
        raise BadResponse(f"the answer to {AVAILABLE} is not a list")
    for item in found:
        number = item.get("phoneNumber") if isinstance(item, Mapping) else None
        if isinstance(number, str) and number:
            yield number


def complete(op: Operation, identity: str, live: LiveView | None) -> LiveView | None:
    """Return a number that was bought with what the answer lacks: it has an id and a number alone.

    The rest is worth a reading, never a failure.
    """
    try:
        read = op.account.reader(op.spec).all()
    except DailyError:
        return live
    return next((item for item in read if item.id == identity), live)


def adopt(op: Operation, steps: Steps, identity: str, inputs: Inputs, found: LiveView) -> LiveView:
    """Return the number that exists: nothing of it can be changed."""
    return found


def explain_unknown(chosen: Inputs, error: DailyError) -> LifecycleError:
    """Return what to do when nobody knows whether a number that was chosen here was bought."""
    number = chosen["number"]
    return LifecycleError(
        f"{error}. Whether {number} was bought is not known, and another run would choose another number: look "
        f'for it among those of your domain, and if it is there say number="{number}" and adopt_existing=True'
    )


PHONE_NUMBERS = Stepwise(
    PHONE_NUMBER, replace(STEPS, prepare=choose, complete=complete, adopt=adopt, explain_unknown=explain_unknown)
)

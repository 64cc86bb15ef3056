"""Phone numbers: chosen from the available ones, bought, released.

The number is chosen before the purchase, so that after a lost answer a read shows whether it was bought.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from ...api import BadResponse, DailyError
from ...objects.phone_number import PHONE_NUMBER
from ..errors import LifecycleError
from ..state import LiveView, ResourceState
from .kind import Inputs, Operation
from .named import Stepwise
from .numbered import STEPS
from .steps import Steps

AVAILABLE = "phone_numbers.available"
JUST_BOUGHT = 3600.0
"""Seconds for which a bought number that no resource has may be that of an interrupted run."""


def choose(op: Operation, inputs: Inputs) -> Inputs:
    """Return the inputs with a number: the given one, or the first available one that no other resource takes.

    Raises :class:`LifecycleError` when none is available, and when the domain has a number that an interrupted run may
    have bought, before a second one is paid for. That number is returned where the run may take over objects.
    """
    if inputs.get("number") is not None:
        return inputs
    search = {key: value for key, value in (inputs.get("search") or {}).items() if value is not None}
    offered = list(_offered(op, search))
    lives = op.account.snapshot(op.spec).everything()
    owned = {live.get("number") for live in lives}
    recent = [str(live["number"]) for live in lives if _just_bought(op, live) and _may_fit(search, live["number"])]
    for number in [*recent, *(number for number in offered if number not in owned)]:
        # Other threads may choose from the same list now.
        if op.claims.take(op.hints, op.spec.claims_of({"number": number})):
            if number in recent and not op.account.adopts(inputs, as_asked=True):
                raise _unclaimed(op, number)
            return {**inputs, "number": number}
    shown = ", ".join(f"{key}={value}" for key, value in search.items()) or "no filter"
    raise LifecycleError(f"no phone number is available for this search ({shown}); ask for less, or try later")


def _unclaimed(op: Operation, number: str) -> LifecycleError:
    """Return the error for a number that was bought just now and that no resource of the program has."""
    return LifecycleError(
        f"the domain bought {number} within the last hour, it fits this search, and no resource of this program has "
        "it; nothing was bought. If an interrupted run bought it: `DAILY_ADOPT_EXISTING=as-asked pulumi up`, once. If "
        "another program has it: say which number to buy (number=…), or run this again in an hour"
    )


def _just_bought(op: Operation, live: LiveView) -> bool:
    at = live.created_at
    return at is not None and isinstance(live.get("number"), str) and op.now() - at < JUST_BOUGHT


def _may_fit(search: Mapping[str, Any], number: str) -> bool:
    """Return False for a number that the search cannot have found; region and city are not visible in a number."""
    return all(part in number for key, part in search.items() if key not in ("region", "city"))


def _offered(op: Operation, search: Mapping[str, Any]) -> Iterator[str]:
    answer = op.account.api.call(AVAILABLE, params=search)
    found = answer.get("data") if isinstance(answer, Mapping) else None
    if not isinstance(found, list):
        raise BadResponse(f"the answer to {AVAILABLE} is not a list")
    for item in found:
        # Two pages of Daily contradict each other about the key.
        number = (item.get("phoneNumber") or item.get("number")) if isinstance(item, Mapping) else None
        if isinstance(number, str) and number:
            yield number


def look(op: Operation, inputs: Inputs) -> LiveView | None:
    """Return the domain's number with these inputs. Raises :class:`LifecycleError` for one that is listed without id.

    Source: entries of Daily's list may lack the id, without which a number cannot be released.
    """
    found = STEPS.look(op, inputs)
    if found is not None and found.get("id") is None:
        what = op.what(str(found["number"]), inputs)
        raise LifecycleError(f"{what} is owned by the domain, but Daily lists it without the id that manages it")
    return found


def find(op: Operation, identity: str, state: ResourceState) -> LiveView | None:
    """Return the live number of the state; None when Daily's list contains neither its id nor, without id, itself."""
    live = STEPS.find(op, identity, state)
    return live or _listed(op.account.reader(op.spec).all(), identity, state.get("number"))


def check_gone(op: Operation, identity: str, state: ResourceState) -> None:
    """Raise :class:`LifecycleError` for a number of a stack that Daily's list lacks.

    Daily has no route for one number, so that a list is all there is, and a list may be wrong. A number costs money, is
    not got back once it is released, and does not vanish by itself: what is missing in a list is not bought again.
    """
    if state.domain is not None and not state.unmanaged:
        raise LifecycleError(
            f"{op.what(identity, state)} (id {identity}) is not in Daily's list of the domain's numbers, and Daily has "
            "no other way to ask for it; nothing was changed, and no number was bought. If it was released or "
            "transferred: `pulumi up --replace URN` buys one, and what refers to it follows; to have none, remove it "
            "from the program and run `pulumi up`. If the domain still has it, run this again later"
        )


def complete(op: Operation, identity: str, live: LiveView | None) -> LiveView | None:
    """Return a bought number with all its fields: the answer to the purchase contains only id and number.

    When the list of numbers cannot be read, ``live`` is returned unchanged.
    """
    try:
        read = op.account.reader(op.spec).all()
    except DailyError:
        return live
    return _listed(read, identity, live.get("number") if live else None) or live


def _listed(numbers: Iterable[LiveView], identity: str, number: Any) -> LiveView | None:
    """Return the number with an id from a list; also the entry without an id for the same phone number."""
    for live in numbers:
        if live.get("id") == identity or (
            live.get("id") is None and number is not None and live.get("number") == number
        ):
            return live.changed(lambda raw: {**raw, "id": identity})
    return None


def adopt(op: Operation, steps: Steps, identity: str, inputs: Inputs, found: LiveView) -> LiveView:
    """Return the existing number unchanged: nothing of it can be changed."""
    return found


def explain_unknown(chosen: Inputs, error: DailyError) -> LifecycleError:
    """Return the error for a chosen number of which it is unknown whether it was bought, with the next steps."""
    number = chosen["number"]
    return LifecycleError(
        f"{error}. Whether {number} was bought is not known, and another run would choose another number: look "
        f'for it among those of your domain, and if it is there say number="{number}" and adopt_existing=True'
    )


PHONE_NUMBERS = Stepwise(
    PHONE_NUMBER,
    replace(
        STEPS,
        prepare=choose,
        look=look,
        find=find,
        check_gone=check_gone,
        complete=complete,
        adopt=adopt,
        explain_unknown=explain_unknown,
    ),
)

"""Dial-in configurations: like other objects with ids from Daily, but for a number that the domain must own."""

from __future__ import annotations

from dataclasses import replace

from ...objects.dialin import DIALIN_CONFIG, NUMBER_ADVICE
from ...objects.phone_number import PHONE_NUMBER
from ...objects.values import same
from .kind import Inputs, Operation
from .named import Stepwise
from .numbered import STEPS


def number_is_not_owned(op: Operation, before: Inputs, inputs: Inputs) -> str | None:
    """Return a line about a new number that the domain does not own and that no resource buys; else None."""
    number = inputs.get("phone_number")
    if not isinstance(number, str) or same(before.get("phone_number"), number):
        return None
    op.account.check_domain()
    # Not from the snapshot, which lacks numbers that Daily lists without an id.
    owned = {live.get("number") for live in op.account.reader(PHONE_NUMBER).all()}
    if number in owned or op.claims.is_declared(PHONE_NUMBER.claims_of({"number": number})):
        return None
    return NUMBER_ADVICE.format(phone_number=number)


DIALIN_CONFIGS = Stepwise(DIALIN_CONFIG, replace(STEPS, foresee_refusal=number_is_not_owned))

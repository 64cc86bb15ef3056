"""A phone number (Daily: /rest-api/phone-numbers): bought and released, never changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import Field

from .fields import Fields, PhoneNumberText, Rule, RuleFinding, setting
from .spec import Advice, ObjectSpec, OutputField, Routes

HOLD_DAYS = 14
"""The number of days after the purchase before which a number cannot be released."""

_Digits = Annotated[str, Field(pattern=r"^[0-9]{3,7}$")]
_PARTS = ("contains", "starts_with", "ends_with")
_ANY = "that any number is bought"


def _filters(search: Mapping[str, Any]) -> Iterator[RuleFinding]:
    if "region" in search and "areacode" in search:
        yield ("region",), "does not go with areacode"
    if "city" in search:
        if "region" not in search:
            yield ("city",), "needs region"
        for other in ("areacode", *_PARTS):
            if other in search:
                yield ("city",), f"does not go with {other}"
    parts = [name for name in _PARTS if name in search]
    if len(parts) > 1:
        yield (parts[1],), f"does not go with {parts[0]}"


class NumberSearch(Fields):
    """The search for a number; the first available one is bought."""

    rules = (Rule(("areacode", "region", "city", *_PARTS), _filters),)

    areacode: Annotated[str, Field(pattern=r"^[0-9]{3}$")] | None = setting("Area code, three digits.", null_means=_ANY)
    region: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = setting(
        "State of the USA or province, two letters.", null_means=_ANY
    )
    city: str | None = setting("City; needs region.", min_length=1, null_means=_ANY)
    contains: _Digits | None = setting("Digits that occur in the number, three to seven.", null_means=_ANY)
    starts_with: _Digits | None = setting("Digits that the number starts with, three to seven.", null_means=_ANY)
    ends_with: _Digits | None = setting("Digits that the number ends with, three to seven.", null_means=_ANY)


def _one_way(inputs: Mapping[str, Any]) -> Iterator[RuleFinding]:
    if "number" not in inputs and "search" not in inputs:
        yield ("number",), "is required, or search (an empty one takes the first number that is available)"


class PhoneNumber(Fields):
    """The inputs of a phone number."""

    rules = (Rule(("number", "search"), _one_way),)

    number: PhoneNumberText | None = setting(
        "The number to buy, in E.164 form. A change replaces it. By default, the first result of `search` is bought.",
        null_means="that the first one is bought that `search` finds",
    )
    search: NumberSearch | None = setting(
        "Search for a number, used if `number` is not given. It is used once: a later change has no effect."
    )
    adopt_existing: bool | None = setting(
        "Take over the number if the domain has it already, instead of failing.", default=False
    )


_RELEASE = Advice(
    "14 days",
    f"Daily keeps a number for {HOLD_DAYS} days after it was bought. Destroy it later (each `pulumi up` tries again), "
    "or take it out of the stack and keep it: set ResourceOptions(retain_on_delete=True) on it, run `pulumi up`, then "
    "remove it. For a number that was replaced by another one, retain_on_delete would apply to the other one: leave "
    "it, or keep it outside the stack with `pulumi state delete URN`",
)

PHONE_NUMBER = ObjectSpec(
    kind="PhoneNumber",
    noun="phone number",
    doc="""A phone number, bought by number or by search (Daily: /rest-api/phone-numbers). It costs money.

Daily does not release a number within 14 days of the purchase: an earlier destroy fails. `retain_on_delete=True`
removes the number from the stack without releasing it.""",
    inputs=PhoneNumber,
    id_input=None,
    id_key="id",
    replaces=("number",),
    provider_only_inputs=("adopt_existing", "search"),
    computed=("number",),
    natural_keys=(("number",),),
    label="number",
    output_fields=(
        OutputField("number", "The number, in E.164 form."),
        OutputField("name", "Daily's name of the number.", "str | None"),
        OutputField("status", "Status of the number, such as `verified`.", "str | None"),
        OutputField("verified", "Whether the number can be used.", "bool | None"),
        OutputField(
            "created_at",
            "When the number was bought; it can be released 14 days later.",
            "str | None",
            key="created_date",
        ),
    ),
    routes=Routes(
        create="phone_numbers.buy",
        delete="phone_numbers.release",
        path_parameter="id",
        list="phone_numbers.list",
    ),
    advice={"delete": (_RELEASE,)},
)

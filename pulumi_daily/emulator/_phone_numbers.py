"""Phone numbers (Daily: /rest-api/phone-numbers): searched, bought, listed, and released after 14 days."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pulumi_daily.objects.fields import entries
from pulumi_daily.objects.phone_number import HOLD_DAYS, NumberSearch
from pulumi_daily.objects.validation import validate

from . import _checks as checks
from . import _errors as errors
from ._call import Call, Handler, Kind
from ._dialin import digits, uses
from ._paging import page_of
from ._state import Backend, Domain, timestamp
from ._store import Item, Values
from ._switches import Switches

MAX_LIMIT = 50
SECONDS_HELD = HOLD_DAYS * 86400

# The numbers on offer: ten in each area, from those reserved for fiction.
AREAS = {
    "209": ("CA", "Stockton"),
    "213": ("CA", "Los Angeles"),
    "415": ("CA", "San Francisco"),
    "619": ("CA", "San Diego"),
    "805": ("CA", "Santa Barbara"),
    "206": ("WA", "Seattle"),
    "212": ("NY", "New York"),
    "305": ("FL", "Miami"),
    "312": ("IL", "Chicago"),
    "512": ("TX", "Austin"),
}
PER_AREA = 10
HOME_REGION = "CA"
"""The region of a number that is bought without a choice."""


def catalogue() -> Iterator[tuple[str, str, str]]:
    """Yield all numbers of the catalogue, bought or not: the ten digits after +1, region, city."""
    for area, (region, city) in AREAS.items():
        for line in range(PER_AREA):
            yield f"{area}55501{line:02d}", region, city


def _bought(backend: Backend) -> set[str]:
    return {one.data["number"] for domain in backend.domains() for one in domain.collection("phone_numbers").all()}


def _filled(domain: Domain, values: Values) -> Values:
    made = {"name": domain.name, "status": "verified", "verified": True, **values}
    if "number" not in made:
        own = {one.data["number"] for one in domain.collection("phone_numbers").all()}
        made["number"] = next(f"+1{n}" for n, *_ in catalogue() if f"+1{n}" not in own)
    return made


KINDS = (Kind("phone_numbers", _filled),)


def list_available(call: Call) -> dict[str, Any]:
    """Answer `GET /list-available-numbers`."""
    checks.paid(call.switches)
    search = {key: text for key, text in call.query.items() if key in entries(NumberSearch)}
    if validate(NumberSearch, search)[1]:
        raise errors.bad_search()
    taken = _bought(call.backend)
    found = [
        {call.switches.available_number_key: f"+1{number}", "region": region}
        for number, region, city in catalogue()
        if f"+1{number}" not in taken
        and search.get("region", region) == region
        and search.get("city", city).casefold() == city.casefold()
        and number.startswith(search.get("areacode", ""))
        and search.get("contains", "") in number
        and number.startswith(search.get("starts_with", ""))
        and number.endswith(search.get("ends_with", ""))
    ]
    return {"total_count": len(found), "data": found}


def buy(call: Call) -> dict[str, Any]:
    """Answer `POST /buy-phone-number`: buys the given number, or an available one in California."""
    checks.paid(call.switches)
    number = checks.known_keys(call.body, ("number",), call.switches).get("number")
    taken = _bought(call.backend)
    if number is None:
        offered = (f"+1{digits_}" for digits_, region, _ in catalogue() if region == HOME_REGION)
        number = next((one for one in offered if one not in taken), None)
        if number is None:
            raise errors.no_number()
    elif not isinstance(number, str):
        raise errors.invalid('"number" must be a string')
    elif not re.fullmatch(r"\+1[2-9][0-9]{9}", number):
        raise errors.number_refused("Number is invalid.")
    elif number in taken:
        raise errors.number_refused("Number is not available.")
    data = _filled(call.domain, {"number": number})
    bought = call.domain.collection("phone_numbers").add(call.domain.new_id(), data, call.now)
    return {"id": bought.id, "number": number}


def view(number: Item, switches: Switches) -> dict[str, Any]:
    """Return a purchased number in the API's form."""
    shown = {
        "type": "purchased_phone_number",
        "id": number.id,
        "pagination_id": number.number,
        "created_date": timestamp(int(number.created_at)),
        **number.data,
    }
    if not switches.purchased_number_id:
        del shown["id"]
    return shown


def list_purchased(call: Call) -> dict[str, Any]:
    """Answer `GET /purchased-phone-numbers`. Cursors are `pagination_id`s; `total_count` counts all matches."""
    name, number = call.query.get("filter_name", ""), digits(call.query.get("filter_number", ""))

    def matches(one: Item) -> bool:
        return name.lower() in str(one.data["name"]).lower() and number in one.data["number"]

    found = call.domain.collection("phone_numbers").select(matches, by_number=True)
    page = page_of(call, found, default=MAX_LIMIT, maximum=MAX_LIMIT)
    return {"total_count": len(found), "data": [view(one, call.switches) for one in page]}


def number_of(call: Call) -> Item:
    """Return the phone number with the id of a request. Raises `Problem` (404) if the domain has none."""
    number = call.domain.collection("phone_numbers").by_id(call.params["id"])
    if number is None:
        raise errors.missing(f"phone number {call.params['id']} not found")
    return number


def release(call: Call) -> dict[str, Any]:
    """Answer `DELETE /release-phone-number/:id`. The dial-in config of the number is deleted with it (a switch)."""
    number = number_of(call)
    if call.now < number.created_at + SECONDS_HELD:
        raise errors.number_too_new(HOLD_DAYS)
    config, effect = uses(call.domain, number.data["number"]), call.switches.release_in_use
    if config is not None and effect == "reject":
        raise errors.invalid(f"{number.data['number']} is used by a dialin config")
    if config is not None and effect == "delete":
        call.domain.collection("dialin_configs").remove(config)
    call.domain.collection("phone_numbers").remove(number)
    return {"status": "ok"}


HANDLERS: dict[str, Handler] = {
    "GET /list-available-numbers": list_available,
    "POST /buy-phone-number": buy,
    "GET /purchased-phone-numbers": list_purchased,
    "DELETE /release-phone-number/:id": release,
}

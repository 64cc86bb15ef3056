"""Phone numbers: search, purchase, list, release."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from pulumi_daily.emulator import Emulator

DAY = 86400
GIVEN = "+18058700061"


def available(http: Any, **query: str) -> list[str]:
    found = http.ok("GET", "/list-available-numbers", params=query)
    assert found["total_count"] == len(found["data"])
    return [one["phoneNumber"] for one in found["data"]]


def test_the_search_is_filtered(http: Any) -> None:
    everything = available(http)
    assert len(everything) == len(set(everything)) == 100
    assert all(number.startswith("+1305") for number in available(http, areacode="305"))
    assert len(available(http, areacode="305")) == 10
    assert available(http, areacode="999") == []
    assert available(http, region="FL") == available(http, areacode="305")
    assert len(available(http, region="CA")) == 50
    assert available(http, region="CA", city="san francisco") == available(http, areacode="415")
    assert available(http, starts_with="3055550") == available(http, areacode="305")
    assert available(http, ends_with="5550107", areacode="305") == ["+13055550107"]
    assert len(available(http, contains="50107")) == 10
    found = http.ok("GET", "/list-available-numbers", params={"region": "WA", "contains": "50103"})
    assert found == {"total_count": 1, "data": [{"phoneNumber": "+12065550103", "region": "WA"}]}


@pytest.mark.parametrize(
    "query",
    [
        {"region": "CA", "areacode": "305"},
        {"city": "Miami"},
        {"city": "Miami", "region": "FL", "contains": "555"},
        {"contains": "555", "starts_with": "305"},
        {"starts_with": "305", "ends_with": "107"},
        {"contains": "55"},
        {"contains": "12345678"},
        {"ends_with": "abc"},
        {"areacode": "30"},
        {"region": "Florida"},
    ],
)
def test_filters_that_make_no_sense(http: Any, query: dict[str, str]) -> None:
    answer = http("GET", "/list-available-numbers", params=query)
    assert answer == (400, {"error": "validation-error", "info": "invalid path parameter"})


def test_a_given_number_is_bought_once(emulator: Emulator, http: Any) -> None:
    bought = http.ok("POST", "/buy-phone-number", {"number": GIVEN})
    assert bought == {"id": bought["id"], "number": GIVEN}
    status, body = http("POST", "/buy-phone-number", {"number": GIVEN})
    assert (status, set(body), body["status"]) == (422, {"errors", "status"}, 422)
    assert body["errors"][0]["detail"] == "Number is not available."
    for number in ("805", "+44 20 7946 0000", "+1805870006", "+10058700061", ""):
        assert http("POST", "/buy-phone-number", {"number": number}) == (
            422,
            {
                "errors": [
                    {"detail": "Number is invalid.", "status": "422", "title": "Invalid Attribute", "code": "422"}
                ],
                "status": 422,
            },
        )
    assert http.refused("POST", "/buy-phone-number", {"number": 5}) == '"number" must be a string'
    assert http.refused("POST", "/buy-phone-number", {"area": "x"}) == '"area" is not allowed'
    assert len(emulator.objects("phone_numbers")) == 1


def test_without_a_number_one_of_california_is_bought(emulator: Emulator, http: Any) -> None:
    offered = available(http, region="CA")
    bought = [http.ok("POST", "/buy-phone-number")["number"], http.ok("POST", "/buy-phone-number", {})["number"]]
    assert set(bought) < set(offered)
    assert len(set(bought)) == 2
    assert set(available(http, region="CA")) == set(offered) - set(bought)
    for number in set(offered) - set(bought):
        emulator.add("phone_numbers", number=number)
    answer = http("POST", "/buy-phone-number")
    assert answer == (500, {"error": "vendor-unavailable", "info": "Phone number unavailable"})


def test_a_number_belongs_to_one_domain() -> None:
    with Emulator(rate_limits=False) as emulator:
        emulator.add_domain("other", "k")
        emulator.add("phone_numbers", number=GIVEN, domain="other")
        headers = {"Authorization": f"Bearer {emulator.api_key}"}
        url = emulator.url + "/buy-phone-number"
        assert requests.post(url, json={"number": GIVEN}, headers=headers, timeout=20).status_code == 422
        listed = requests.get(emulator.url + "/purchased-phone-numbers", headers=headers, timeout=20).json()
        assert listed == {"total_count": 0, "data": []}


def test_the_list_of_purchased_numbers(emulator: Emulator, http: Any) -> None:
    for i in range(60):
        emulator.add("phone_numbers", number=f"+1805870{i:04d}", created_at=1_700_000_000 + i, name=f"Desk {i}")
    first = http.ok("GET", "/purchased-phone-numbers")
    assert (first["total_count"], len(first["data"])) == (60, 50)
    newest = first["data"][0]
    assert newest == {
        "name": "Desk 59",
        "type": "purchased_phone_number",
        "id": newest["id"],
        "pagination_id": newest["pagination_id"],
        "created_date": "2023-11-14T22:14:19.000Z",
        "number": "+18058700059",
        "status": "verified",
        "verified": True,
    }
    assert isinstance(newest["pagination_id"], int)

    def names(**query: Any) -> list[str]:
        return [one["name"] for one in http.ok("GET", "/purchased-phone-numbers", params=query)["data"]]

    last = first["data"][-1]
    assert names(starting_after=last["pagination_id"]) == [f"Desk {i}" for i in range(9, -1, -1)]
    assert names(ending_before=last["pagination_id"], limit=2) == ["Desk 12", "Desk 11"]
    assert "not a valid id" in http.refused("GET", "/purchased-phone-numbers", params={"starting_after": last["id"]})
    assert names(filter_name="desk 5", limit=3) == ["Desk 59", "Desk 58", "Desk 57"]
    assert names(filter_number="+18058700007") == ["Desk 7"]
    assert http.ok("GET", "/purchased-phone-numbers", params={"filter_name": "5", "limit": 1})["total_count"] == 15
    emulator.switches.limit_over_max = "400"
    assert "50" in http.refused("GET", "/purchased-phone-numbers", params={"limit": 51})


def test_a_number_is_kept_for_fourteen_days(emulator: Emulator, http: Any) -> None:
    bought = http.ok("POST", "/buy-phone-number", {"number": GIVEN})
    path = f"/release-phone-number/{bought['id']}"
    early = (422, {"error": "Failed to release new number, try again in 14 days"})
    assert http("DELETE", path) == early
    emulator.clock.advance(14 * DAY - 1)
    assert http("DELETE", path) == early
    emulator.clock.advance(1)
    assert http.ok("DELETE", path) == {"status": "ok"}
    status, body = http("DELETE", path)
    assert (status, body["error"]) == (404, "not-found")
    assert http.ok("POST", "/buy-phone-number", {"number": GIVEN})["id"] != bought["id"]


def test_phone_numbers_need_a_paid_plan(emulator: Emulator, http: Any) -> None:
    emulator.switches.plan = "free"
    assert http("GET", "/list-available-numbers")[1]["error"] == "invalid-plan-type"
    assert http("POST", "/buy-phone-number")[1]["error"] == "invalid-plan-type"

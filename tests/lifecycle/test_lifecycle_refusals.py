"""What a preview says about objects that exist on Daily already, and how few requests it sends for this."""

from __future__ import annotations

from typing import Any

import pytest
from fake_daily import EARLIER, NOW, FakeDaily
from fake_objects import FakeObjects
from fake_objects import Kit as ObjectsKit
from test_lifecycle_apply import Kit, inputs_of
from test_lifecycle_room_set import Kit as SetKit
from test_lifecycle_room_set import inputs_of as set_of
from test_lifecycle_singleton import kit as domain_kit

from pulumi_daily.api import ServerError
from pulumi_daily.lifecycle import DomainMismatch, LiveView
from pulumi_daily.lifecycle.kinds.dialin_config import DIALIN_CONFIGS
from pulumi_daily.lifecycle.kinds.numbered import numbered
from pulumi_daily.lifecycle.kinds.phone_number import PHONE_NUMBERS
from pulumi_daily.lifecycle.kinds.token import TOKENS
from pulumi_daily.objects.dialin import DIALIN_CONFIG
from pulumi_daily.objects.meeting_token import MEETING_TOKEN
from pulumi_daily.objects.phone_number import PHONE_NUMBER
from pulumi_daily.objects.room import ROOM
from pulumi_daily.objects.values import UNKNOWN
from pulumi_daily.objects.webhook import WEBHOOK
from pulumi_daily.ownership import Hints

HOOK: dict[str, Any] = {"url": "https://example.com/hook", "event_types": ["meeting.started"]}


def test_a_taken_name_is_said_with_what_differs():
    kit = Kit(FakeDaily({"name": "standup", "privacy": "private", "created_at": EARLIER, "api_created": True}))
    kit.applier.refusals({}, inputs_of())
    assert kit.warnings == [
        'room "standup" exists on Daily already (made through the API at 2027-01-15 07:00:00 UTC: privacy is "private" '
        'on Daily, the program says "public"); `pulumi up` will refuse to create it, unless this resource may take it '
        "over (adopt_existing=True) or has it already (aliases, or delete_before_replace=True for a replacement)"
    ]
    assert dict(kit.daily.counts) == {"rooms.list": 1}


@pytest.mark.parametrize("how", ["adopt_existing", "always", "as-asked"])
def test_what_will_be_taken_over_is_not_refused(how: Any):
    kit = Kit(FakeDaily({"name": "standup", "api_created": True}), adoption="never" if how == "adopt_existing" else how)
    inputs = inputs_of(adopt_existing=True) if how == "adopt_existing" else inputs_of()
    assert len(kit.applier.expected({}, inputs)) == 1
    kit.applier.refusals({}, inputs)
    assert kit.warnings == []


def test_as_asked_refuses_what_differs():
    kit = Kit(FakeDaily({"name": "standup", "privacy": "private", "api_created": True}), adoption="as-asked")
    kit.applier.refusals({}, inputs_of())
    assert len(kit.warnings) == 1


def test_the_state_s_own_and_expired_rooms_are_not_refused():
    kit = Kit(FakeDaily({"name": "standup"}, {"name": "old", "exp": NOW - 1}))
    kit.applier.refusals(inputs_of(), inputs_of())
    assert kit.daily.calls == []  # not a new resource
    kit.account.claims.declare(kit.applier.op.hints, [("Room", "standup")], [], renames=True)
    kit.applier.refusals({}, inputs_of())  # a replacement
    kit.of("two").refusals({}, inputs_of(name="old"))
    kit.of("three").refusals({}, {"name": UNKNOWN})
    kit.of("four").refusals({}, inputs_of(name="new"))
    assert kit.warnings == []
    assert dict(kit.daily.counts) == {"rooms.list": 1}


def test_pages_that_are_read_for_other_rooms_are_looked_through_in_any_order():
    for first in (True, False):
        kit = Kit(FakeDaily(*({"name": f"r-{n}"} for n in range(150)), {"name": "standup"}))
        for name in ("r-0", "standup"):
            assert name in kit.daily.rooms
        newest = "r-149" if first else "r-0"
        kit.of("two").refusals({}, inputs_of(name=newest))
        kit.applier.refusals({}, inputs_of(name="r-60"))
        kit.applier.op.account.snapshot(kit.applier.op.spec).find_many([f"r-{n}" for n in range(150)])
        assert {line.split('"')[1] for line in kit.warnings} == {newest, "r-60"}
        assert kit.daily.counts["rooms.list"] == 2
        assert kit.daily.counts["rooms.get"] == 0


def test_the_newest_page_is_all_that_is_read_for_new_rooms():
    kit = Kit(FakeDaily(*({"name": f"r-{n}"} for n in range(500))))
    for n in range(30):
        kit.of(f"x-{n}").refusals({}, inputs_of(name=f"x-{n}"))
    kit.of("old").refusals({}, inputs_of(name="r-0"))
    assert kit.warnings == []
    assert dict(kit.daily.counts) == {"rooms.list": 1}


def test_another_domain_than_the_configured_one_is_not_read():
    kit = Kit(FakeDaily({"name": "standup"}), expected_domain="other")
    with pytest.raises(DomainMismatch):
        kit.applier.refusals({}, inputs_of())
    assert dict(kit.daily.counts) == {"domain.get": 1}


def test_a_failing_list_is_an_error():
    kit = Kit()
    kit.daily.fail("rooms.list", ServerError(503, "server-error", "down", "GET", "/rooms"))
    for _ in range(2):
        with pytest.raises(ServerError):
            kit.applier.refusals({}, inputs_of())
    assert not kit.daily.faults["rooms.list"]


def test_new_rooms_of_a_set():
    kit = SetKit(FakeDaily(*({"name": f"r-{n:02}"} for n in range(15))))
    old, new = set_of({"r-00": {}}), set_of({f"r-{n:02}": {} for n in range(13)} | {"x": {}})
    kit.applier.refusals(old, new)
    assert [line.split('"')[1] for line in kit.warnings[:-1]] == [f"r-{n:02}" for n in range(1, 11)]
    assert kit.warnings[-1] == "2 more rooms exist on Daily already"
    kit.warnings.clear()
    kit.applier.refusals(old, old)
    kit.applier.refusals(old, set_of({f"r-{n:02}": {} for n in range(13)}, adopt_existing=True))
    assert kit.warnings == []


def test_a_second_webhook():
    kit = ObjectsKit(numbered(WEBHOOK), FakeObjects(WEBHOOK, {"url": "https://example.com/other", "uuid": "id-1"}))
    kit.applier.refusals({}, kit.checked(HOOK))
    assert kit.warnings == [
        "Daily allows one webhook in a domain, and this one has id-1 (url https://example.com/other) already: "
        "`pulumi up` will be refused while it is there"
    ]
    kit.warnings.clear()
    kit.account.claims.declare(kit.applier.op.hints, [("Webhook", "https://example.com/other")], [], renames=False)
    kit.applier.refusals({}, kit.checked(HOOK))  # its own, which is to be replaced
    assert kit.warnings == []


def test_a_webhook_of_the_same_address():
    kit = ObjectsKit(numbered(WEBHOOK), FakeObjects(WEBHOOK, {"url": HOOK["url"], "uuid": "id-1"}))
    kit.applier.refusals({}, kit.checked(HOOK))
    assert len(kit.warnings) == 1
    assert kit.warnings[0].startswith('webhook "id-1" exists on Daily already (')


def test_two_sip_clients_or_numbers_are_no_conflict():
    kit = ObjectsKit(PHONE_NUMBERS, FakeObjects(PHONE_NUMBER, {"number": "+12125550100", "pagination_id": 1}))
    kit.applier.refusals({}, kit.checked({"search": {"areacode": "212"}}))
    assert kit.daily.calls == []
    kit.applier.refusals({}, kit.checked({"number": "+12125550199"}))
    assert kit.warnings == []
    kit.applier.refusals({}, kit.checked({"number": "+12125550100"}))
    assert len(kit.warnings) == 1


class FakeDialin(FakeObjects):
    """Dial-in configurations of a domain with one phone number."""

    def _do(self, route: str, path: Any, params: Any, json: Any) -> Any:
        if route == PHONE_NUMBER.routes.list:
            return {"total_count": 1, "data": [{"id": "n-1", "number": "+12125550100", "pagination_id": 1}]}
        return super()._do(route, path, params, json)


def test_a_number_that_the_domain_does_not_own():
    def inputs(number: Any) -> dict[str, Any]:
        return kit.checked({"type": "pin_dialin", "phone_number": number})

    kit = ObjectsKit(DIALIN_CONFIGS, FakeDialin(DIALIN_CONFIG))
    kit.applier.refusals({}, inputs("+12125550100"))
    kit.applier.refusals({}, inputs(UNKNOWN))
    kit.applier.refusals(inputs("+12125550123"), inputs("+12125550123"))
    assert kit.warnings == []
    for before in ({}, inputs("+12125550100")):
        kit.applier.refusals(before, inputs("+12125550123"))
        assert kit.warnings.pop() == (
            "+12125550123 is not a number of this domain: buy it first (a PhoneNumber resource does), and pass its "
            "`number` output"
        )
    buyer = Hints("proj/dev::PhoneNumber one")
    kit.account.claims.declare(buyer, [], [("PhoneNumber", "+12125550123")], renames=True)
    kit.applier.refusals({}, inputs("+12125550123"))
    assert kit.warnings == []


def test_settings_of_the_domain_that_somebody_else_set():
    one = domain_kit(lang="de", enable_pip_ui=True)
    inputs = one.checked({"properties": {"lang": "it", "enable_pip_ui": True, "enable_network_ui": True}})
    one.applier.refusals({}, inputs)
    assert one.warnings == [
        'domain "acme": lang is "de" on Daily, the program says "it"; `pulumi up` will refuse to overwrite it without '
        "adopt_existing=True, unless another DomainConfig of the program gives it up"
    ]
    one.warnings.clear()
    one.applier.refusals(inputs, inputs)
    one.applier.refusals({}, {**inputs, "adopt_existing": True})
    one.account.claims.declare(one.applier.op.hints, [("DomainConfig", "lang")], [], renames=False)
    one.applier.refusals({}, inputs)  # a replacement
    assert one.warnings == []


def test_a_token_is_never_refused():
    kit = ObjectsKit(TOKENS, FakeObjects(MEETING_TOKEN))
    kit.applier.refusals({}, {"lifetime": 60})
    assert kit.daily.calls == []
    assert kit.warnings == []


CASE = (
    'room "STANDUP": Daily has room "standup", whose name differs only in case. Daily may take them for one; then '
    "`pulumi up` will refuse to create another"
)


@pytest.mark.parametrize("own", [False, True])
def test_names_that_differ_only_in_case(own: bool):
    """Whether Daily ignores case is not known, and no preview may fail over it."""
    kit = Kit(FakeDaily({"name": "standup"}, *({"name": f"r-{n}"} for n in range(150))))
    if own:
        kit.account.claims.declare(kit.applier.op.hints, [("Room", "standup")], [], renames=True)
    kit.applier.refusals({}, inputs_of(name="STANDUP"))
    assert kit.warnings == []  # it is not in the newest page
    kit.account.snapshot(kit.applier.op.spec).find_many([f"r-{n}" for n in range(150)])
    assert kit.warnings == [CASE]
    sets = SetKit(FakeDaily({"name": "standup"}))
    sets.applier.refusals({}, set_of({"STANDUP": {}, "other": {}}))
    assert sets.warnings == [CASE]


def test_a_daily_that_ignores_case_returns_the_other_room():
    kit = SetKit(FakeDaily({"name": "standup"}), adoption="always")
    kit.account.snapshot(ROOM).put(LiveView(ROOM, {"name": "standup", "config": {}}))
    kit.applier.refusals({}, set_of({"STANDUP": {}}))
    assert kit.warnings == [CASE]

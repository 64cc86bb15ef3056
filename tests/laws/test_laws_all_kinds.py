"""Every kind of object through its life: up, an empty preview, drift that is named and repaired, refresh, destroy."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from in_process import CLOCK, NOW, World
from mini_stack import KIND, CheckFailed, MiniStack, StepFailed, attempt

HOOK = "https://example.com/events"
"""Not on this machine: the emulator takes its test calls as answered."""

BASE64 = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3I="


def program(**changes: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """One resource of each kind; ``changes`` are merged into the inputs of a resource."""
    found: dict[str, dict[str, Any]] = {
        "room": {"name": "standup", "privacy": "private", "properties": {"enable_chat": True}},
        "set": {
            KIND: "RoomSet",
            "rooms": {"math-1": {}, "math-2": {"properties": {"lang": "de"}}},
            "defaults": {"privacy": "private", "properties": {"enable_chat": True}},
        },
        "domain": {KIND: "DomainConfig", "properties": {"lang": "de", "enable_people_ui": False}},
        "hook": {KIND: "Webhook", "url": HOOK, "event_types": ["meeting.started", "meeting.ended"]},
        "number": {KIND: "PhoneNumber", "number": "+18055550100"},
        "dialin": {
            KIND: "DialinConfig",
            "type": "pinless_dialin",
            "phone_number": "+18055550100",
            "room_creation_api": "https://example.com/calls",
            "timeout_config": {"message": "Nobody is there"},
        },
        "trunk": {
            KIND: "SipTrunk",
            "trunk_name": "support",
            "description": "Support line",
            "room_template": {"enable_chat": True},
            "notification": {"webhook_url": HOOK},
            "trunk_config": {
                "allowed_ips": ["203.0.113.0/24"],
                "credential": {"username": "carrier", "password": "carrier-pass-1"},
            },
        },
        "client": {KIND: "SipClient", "username": "desk.1"},
        "token": {KIND: "MeetingToken", "properties": {"room_name": "standup", "is_owner": True}, "lifetime": 3600},
        "signed": {KIND: "MeetingToken", "properties": {"room_name": "standup"}, "self_signed": True},
    }
    for name, more in changes.items():
        found[name] = {**found[name], **more}
    return found


def snapshot_of(world: World) -> Any:
    """Everything that the domain has."""
    kinds = ("webhooks", "dialin_configs", "phone_numbers", "sip_trunks", "sip_clients")
    domain = world.emulator.backend.domain()
    return copy.deepcopy(
        {"rooms": world.emulator.rooms(), "config": domain.properties, **{k: world.emulator.objects(k) for k in kinds}}
    )


def only(world: World, kind: str) -> str:
    """The id of the one object of a kind."""
    return next(iter(world.emulator.objects(kind)))


DRIFTS: dict[str, tuple[Callable[[World], Any], str]] = {
    "room": (
        lambda w: w.emulator.edit_room("standup", enable_chat=False),
        'room "standup": enable_chat is false on Daily, the program says true',
    ),
    "set": (
        lambda w: w.emulator.edit_room("math-2", lang="fr"),
        'room "math-2": lang is "fr" on Daily, the program says "de"',
    ),
    "domain": (
        lambda w: w.emulator.backend.domain().properties.update(lang="fr"),
        'domain "acme": lang is "fr" on Daily, the program says "de"',
    ),
    "hook": (
        lambda w: w.emulator.edit("webhooks", only(w, "webhooks"), eventTypes=["meeting.ended"]),
        'event_types is ["meeting.ended"] on Daily, the program says ["meeting.ended", "meeting.started"]',
    ),
    "dialin": (
        lambda w: w.emulator.edit("dialin_configs", only(w, "dialin_configs"), timeout_config={"message": "Later"}),
        'timeout_config.message is "Later" on Daily, the program says "Nobody is there"',
    ),
    "trunk": (
        lambda w: w.emulator.edit("sip_trunks", only(w, "sip_trunks"), description="x"),
        'SIP trunk "support": description is "x" on Daily, the program says "Support line"',
    ),
}


@pytest.fixture
def world() -> World:
    return World()


def test_every_kind_through_its_life(world: World):
    before = snapshot_of(world)
    stack = MiniStack(world)
    made = program()
    assert stack.up(made) == dict.fromkeys(made, "create")
    assert stack.preview(made) == {}
    assert stack.lines == []
    after_up = snapshot_of(world)

    for drift, _ in DRIFTS.values():
        drift(world)
    assert stack.preview(made) == dict.fromkeys(DRIFTS, "update")
    for name, (_, line) in DRIFTS.items():
        assert any(line in said for said in stack.lines), (name, stack.lines)
    stack.up(made)
    assert stack.preview(made) == {}
    repaired = snapshot_of(world)
    for kind in ("webhooks", "sip_trunks"):
        for item in (*after_up[kind].values(), *repaired[kind].values()):
            item.pop("updated_at", None)
    assert repaired == after_up

    stack.refresh()
    assert stack.preview(made) == {}
    CLOCK.advance(15 * 86400)
    try:
        stack.destroy()
    finally:
        CLOCK.set(NOW)
    assert snapshot_of(world) == before


GONE: dict[str, Callable[[World], Any]] = {
    "room": lambda w: w.emulator.remove_room("standup"),
    "hook": lambda w: w.emulator.remove("webhooks", only(w, "webhooks")),
    "dialin": lambda w: w.emulator.remove("dialin_configs", only(w, "dialin_configs")),
    "trunk": lambda w: w.emulator.remove("sip_trunks", only(w, "sip_trunks")),
    "client": lambda w: w.emulator.remove("sip_clients", only(w, "sip_clients")),
}


def test_a_number_that_is_gone_is_not_bought_again_unasked(world: World):
    stack, made = MiniStack(world), {"number": program()["number"]}
    stack.up(made)
    state = dict(stack.state)
    world.emulator.remove("phone_numbers", only(world, "phone_numbers"))
    for operation in (lambda: stack.preview(made), lambda: stack.up(made), stack.refresh):
        with pytest.raises(
            StepFailed, match=r"is not in Daily's list of the domain's numbers.*`pulumi up --replace URN`"
        ):
            operation()
        assert stack.state == state
        assert world.emulator.objects("phone_numbers") == {}
    del stack.state["number"]  # pulumi state delete
    stack.up(made)
    assert stack.preview(made) == {}


@pytest.mark.parametrize("name", GONE)
def test_an_object_that_is_gone_is_made_again(world: World, name: str):
    stack, made = MiniStack(world), {name: program()[name]}
    world.emulator.switches.dialin_number_check = False
    stack.up(made)
    GONE[name](world)
    assert stack.preview(made) == {name: "replace"}
    again = "is gone from Daily; it will be made again (if it is protected, run `pulumi refresh` first)"
    assert any(again in line for line in stack.lines)
    stack.up(made)
    assert stack.preview(made) == {}
    GONE[name](world)
    stack.refresh()
    assert stack.state == {}
    stack.up(made)
    assert stack.preview(made) == {}


def test_rooms_of_a_set_that_are_gone_are_made_again(world: World):
    stack, made = MiniStack(world), {"set": program()["set"]}
    stack.up(made)
    world.emulator.remove_room("math-1")
    assert stack.preview(made) == {"set": "update"}
    assert stack.lines == [
        'room "math-1" is gone from Daily; it will be made again (if it is protected, run `pulumi refresh` first)'
    ]
    stack.up(made)
    assert stack.preview(made) == {}
    assert set(world.emulator.rooms()) == {"math-1", "math-2"}


def test_refresh_takes_drift_into_the_state_and_up_corrects_it(world: World):
    stack, made = MiniStack(world), program()
    stack.up(made)
    for drift, _ in DRIFTS.values():
        drift(world)
    stack.refresh()
    assert stack.state["domain"].inputs["properties"]["lang"] == "fr"
    assert stack.state["set"].inputs["rooms"]["math-2"]["properties"]["lang"] == "fr"
    assert stack.state["hook"].inputs["event_types"] == ["meeting.ended"]
    assert stack.preview(made) == dict.fromkeys(DRIFTS, "update")
    stack.up(made)
    assert stack.preview(made) == {}


# -- what is particular to a kind --------------------------------------------------------------------------------------


def one(name: str, **changes: Any) -> dict[str, dict[str, Any]]:
    return {name: {**program()[name], **changes}}


def test_foreign_settings_of_the_domain_are_not_lost_silently(world: World):
    world.emulator.backend.domain().properties.update(lang="fr", enable_people_ui=True)
    stack = MiniStack(world)
    error = attempt(lambda: stack.up(one("domain")))
    assert error is not None
    assert 'lang is "fr" on Daily, the program says "de"' in error
    assert "enable_people_ui" not in error  # Daily's default is nobody's setting
    assert "adopt_existing=True" in error
    assert world.emulator.backend.domain().properties == {"lang": "fr", "enable_people_ui": True}
    stack.up(one("domain", adopt_existing=True))
    assert any('lang is "fr" on Daily, the program says "de"; it was overwritten' in line for line in stack.lines)
    assert world.emulator.backend.domain().properties == {"lang": "de", "enable_people_ui": False}


def test_a_setting_that_leaves_the_program_goes_back_to_null(world: World):
    stack = MiniStack(world)
    stack.up(one("domain"))
    assert stack.up(one("domain", properties={"lang": "de"})) == {"domain": "update"}
    assert world.emulator.backend.domain().properties == {"lang": "de"}


@pytest.mark.parametrize(("mode", "left"), [("reset", {}), ("keep", {"lang": "de", "enable_people_ui": False})])
def test_destroy_resets_the_domain_or_keeps_it(world: World, mode: str, left: dict[str, Any]):
    stack = MiniStack(world)
    stack.up(one("domain"))
    stack.up(one("domain", on_destroy=mode))  # also when it is said later: the state must know it
    stack.destroy()
    assert world.emulator.backend.domain().properties == left


def test_blank_null_and_absent_are_one_unset(world: World):
    stack = MiniStack(world)
    made = one("domain", properties={"redirect_on_meeting_exit": ""})
    stack.up(made)
    assert stack.preview(made) == {}
    assert world.emulator.count("POST /") == 0
    world.emulator.backend.domain().properties["redirect_on_meeting_exit"] = "https://example.com"
    assert stack.preview(made) == {"domain": "update"}
    stack.up(made)
    assert stack.preview(made) == {}
    world.emulator.backend.domain().properties["redirect_on_meeting_exit"] = None
    assert stack.preview(made) == {}


def test_a_webhook_that_daily_gave_up_on_is_drift_that_an_up_repairs(world: World):
    stack, made = MiniStack(world), one("hook", retry_type="exponential")
    stack.up(made)
    world.emulator.edit("webhooks", only(world, "webhooks"), state="FAILED", failedCount=3)
    assert stack.preview(made) == {"hook": "update"}
    assert any('state is "FAILED" on Daily; the next update repairs it' in line for line in stack.lines)
    stack.refresh()
    assert stack.preview(made) == {"hook": "update"}
    stack.up(made)
    assert world.emulator.objects("webhooks")[only(world, "webhooks")]["state"] == "ACTIVE"
    assert stack.preview(made) == {}
    assert stack.state["hook"].outputs["state"] == "ACTIVE"


def test_no_update_of_a_webhook_is_sent_that_changes_nothing(world: World):
    stack = MiniStack(world)
    stack.up(one("hook"))
    stack.up(one("hook", event_types=["meeting.ended", "meeting.started"]))  # a set: another order is no change
    stack.up(one("hook", adopt_existing=True))
    stack.refresh()
    stack.up(one("hook"))
    assert world.emulator.count("POST /webhooks/:id") == 0
    stack.up(one("hook", hmac=BASE64))
    stack.up(one("hook"))  # left out again: Daily keeps the secret, and nothing is sent
    assert world.emulator.count("POST /webhooks/:id") == 1
    assert stack.preview(one("hook")) == {}
    assert stack.state["hook"].outputs["hmac"] == BASE64


def test_a_second_webhook_names_the_first_and_the_way_to_import_it(world: World):
    stack = MiniStack(world)
    stack.up(one("hook"))
    first = only(world, "webhooks")
    other = MiniStack(world)
    error = attempt(lambda: other.up(one("hook", url="https://example.com/other")))
    assert error is not None
    assert f"Daily allows one webhook in a domain, and this one has {first} (url {HOOK}) already" in error
    assert f"pulumi-daily import --kind Webhook --id {first}" in error
    error = attempt(lambda: other.up(one("hook")))
    assert error is not None
    assert "adopt_existing=True" in error
    other.up(one("hook", adopt_existing=True, event_types=["meeting.ended"]))
    assert other.state["hook"].id == first
    assert world.emulator.objects("webhooks")[first]["eventTypes"] == ["meeting.ended"]


def test_a_failing_test_call_says_how_to_serve_the_address(world: World):
    world.emulator.switches.foreign_ping = "fail"
    stack = MiniStack(world)
    error = attempt(lambda: stack.up(one("hook")))
    assert error is not None
    assert f"Daily calls {HOOK} when a webhook is created" in error
    assert "pulumi-daily webhook-echo" in error
    error = attempt(lambda: stack.up(one("trunk")))
    assert error is not None
    assert "sip_trunk.test" in error
    assert stack.state == {}
    assert world.emulator.objects("webhooks") == world.emulator.objects("sip_trunks") == {}


def test_a_number_is_bought_by_search_and_kept_when_the_search_changes(world: World):
    stack, made = MiniStack(world), {"number": {KIND: "PhoneNumber", "search": {"region": "NY"}}}
    stack.up(made)
    number = stack.state["number"].outputs["number"]
    assert number.startswith("+1212")
    assert stack.preview(made) == {}
    made["number"]["search"] = {"region": "CA"}
    assert stack.preview(made) == {}
    stack.refresh()
    assert stack.preview(made) == {}
    assert "number" not in stack.state["number"].inputs
    made["number"]["number"] = "+18055550101"
    assert stack.preview(made) == {"number": "replace"}


def test_releasing_a_number_too_early_says_what_to_do(world: World):
    stack, made = MiniStack(world), one("number")
    stack.up(made)
    error = attempt(stack.destroy)
    assert error is not None
    assert "retain_on_delete=True" in error
    assert "14 days" in error
    assert set(stack.state) == {"number"}
    CLOCK.advance(15 * 86400)
    try:
        stack.destroy()
    finally:
        CLOCK.set(NOW)
    assert world.emulator.objects("phone_numbers") == {}


def test_a_type_of_dialin_replaces_and_the_old_one_goes_first(world: World):
    world.emulator.switches.dialin_number_check = False
    stack = MiniStack(world)
    stack.up(one("dialin"))
    old = only(world, "dialin_configs")
    made = {"dialin": {KIND: "DialinConfig", "type": "pin_dialin", "phone_number": "+18055550100"}}
    assert stack.up(made) == {"dialin": "replace"}
    assert only(world, "dialin_configs") != old
    assert stack.preview(made) == {}


def test_a_number_that_is_not_ours_says_to_buy_it(world: World):
    error = attempt(lambda: MiniStack(world).up(one("dialin")))
    assert error is not None
    assert "+18055550100 is not a number of this domain: buy it first (a PhoneNumber resource does)" in error


def test_a_rotation_of_a_trunk_is_visible_and_sends_the_credential(world: World):
    stack = MiniStack(world)
    stack.up(one("trunk", credential_version="1"))
    config = program()["trunk"]["trunk_config"]
    new = {**config, "credential": {"username": "carrier", "password": "another-pass-2"}}
    made = one("trunk", credential_version="2", trunk_config=new)
    assert stack.preview(made) == {"trunk": "update"}
    stack.up(made)
    stored = world.emulator.objects("sip_trunks")[only(world, "sip_trunks")]
    assert stored["trunk_config"]["credential"]["password"] == "another-pass-2"
    assert stack.preview(made) == {}
    made = one("trunk", credential_version="2", trunk_config={"allowed_ips": ["203.0.113.0/24"]})
    stack.up(made)
    stored = world.emulator.objects("sip_trunks")[only(world, "sip_trunks")]
    assert "credential" not in stored["trunk_config"]
    assert stack.preview(made) == {}


def test_another_hmac_version_has_daily_draw_a_new_secret(world: World):
    stack = MiniStack(world)
    stack.up(one("trunk"))
    old = stack.state["trunk"].outputs["hmac"]
    stack.up(one("trunk", hmac_version="2"))
    assert stack.state["trunk"].outputs["hmac"] not in (None, old)
    assert stack.preview(one("trunk", hmac_version="2")) == {}
    pings = world.emulator.count("PUT /sip-trunk/:id")
    stack.up(one("trunk", hmac_version="2", description="Another"))
    assert world.emulator.count("PUT /sip-trunk/:id") == pings + 1
    assert stack.state["trunk"].outputs["hmac"] != old


@pytest.mark.parametrize("shape", ["nested", "flat"])
@pytest.mark.parametrize("on_read", [True, False])
def test_a_trunk_in_every_shape_that_daily_may_show(shape: str, on_read: bool):
    world = World(trunk_shape=shape, trunk_hmac_on_read=on_read)
    stack, made = MiniStack(world), one("trunk")
    stack.up(made)
    secret = stack.state["trunk"].outputs["hmac"]
    assert secret
    assert stack.preview(made) == {}
    stack.refresh()
    assert stack.state["trunk"].outputs["hmac"] == secret
    assert stack.preview(made) == {}


def test_the_password_of_a_client_is_kept_and_rotates_by_its_version(world: World):
    stack = MiniStack(world)
    stack.up(one("client"))
    first = stack.state["client"].outputs["password"]
    stack.refresh()
    assert stack.state["client"].outputs["password"] == first
    assert "password" not in stack.state["client"].inputs
    assert stack.preview(one("client")) == {}
    assert stack.preview(one("client", password_version="2")) == {"client": "update"}
    stack.up(one("client", password_version="2"))
    second = stack.state["client"].outputs["password"]
    assert second not in (None, first)
    assert world.emulator.objects("sip_clients")["desk.1"]["password"] == second
    own = one("client", password_version="2", password="my-own-password-1")
    stack.up(own)
    assert world.emulator.objects("sip_clients")["desk.1"]["password"] == "my-own-password-1"
    assert stack.preview(own) == {}
    stack.up(one("client", password_version="2"))
    assert stack.state["client"].outputs["password"] == "my-own-password-1"


def test_an_existing_client_is_taken_over_with_a_new_password(world: World):
    world.emulator.add("sip_clients", username="desk.1")
    stack = MiniStack(world)
    error = attempt(lambda: stack.up(one("client")))
    assert error is not None
    assert "adopt_existing=True" in error
    stack.up(one("client", adopt_existing=True))
    assert stack.state["client"].outputs["password"] == world.emulator.objects("sip_clients")["desk.1"]["password"]


@pytest.mark.parametrize("readable", ["404", "200"])
def test_an_expired_client_is_made_again(readable: str):
    world = World(expired_sip_client=readable)
    stack, made = MiniStack(world), one("client", expires_in_seconds=600)
    stack.up(made)
    assert stack.preview(made) == {}
    CLOCK.advance(601)
    try:
        assert stack.preview(made) == {"client": "replace"}
        stack.up(made)
        assert stack.preview(made) == {}
    finally:
        CLOCK.set(NOW)


def test_a_token_is_made_anew_when_little_of_its_life_is_left(world: World):
    stack, made = MiniStack(world), one("token", renew_share=0.5)
    stack.up(made)
    old = stack.state["token"].outputs["token"]
    try:
        CLOCK.advance(1799)
        assert stack.preview(made) == {}
        CLOCK.advance(2)
        assert stack.preview(made) == {"token": "replace"}
        assert any("a meeting token expires at" in line for line in stack.lines)
        stack.up(made)
        assert stack.state["token"].outputs["token"] != old
        CLOCK.advance(4000)
        stack.refresh()
        assert stack.state == {}
    finally:
        CLOCK.set(NOW)


def test_a_changed_token_is_another_token_and_an_other_share_is_not(world: World):
    stack = MiniStack(world)
    stack.up(one("token"))
    assert stack.preview(one("token", renew_share=0.1)) == {}
    assert stack.preview(one("token", properties={"room_name": "other"})) == {"token": "replace"}


def test_a_self_signed_token_makes_no_request(world: World):
    stack = MiniStack(world)
    made = one("signed", domain_id=world.emulator.domain_id)
    stack.up(made)
    assert stack.preview(made) == {}
    stack.refresh()
    assert stack.preview(made) == {}
    stack.destroy()
    assert world.emulator.count() == 0


def test_a_self_signed_token_is_what_daily_would_issue(world: World):
    stack = MiniStack(world)
    properties = {"room_name": "standup", "is_owner": True, "permissions": {"canSend": ["audio"]}, "exp": int(NOW) + 60}
    stack.up({"a": {KIND: "MeetingToken", "properties": properties}})
    stack.up({"a": {KIND: "MeetingToken", "properties": properties}, **one("signed", properties=properties)})
    assert stack.state["a"].outputs["token"] == stack.state["signed"].outputs["token"]


def test_another_key_makes_self_signed_tokens_anew(world: World):
    stack = MiniStack(world)
    stack.up(one("signed"))
    world.emulator.rotate_key()
    assert stack.preview(one("signed")) == {"signed": "replace"}
    assert any("signed with another API key" in line for line in stack.lines)
    stack.refresh()
    assert stack.state == {}


# -- sets of rooms -----------------------------------------------------------------------------------------------------


def rooms(count: int, **room: Any) -> dict[str, Any]:
    return {f"room-{i}": dict(room) for i in range(count)}


def the_set(made: dict[str, Any], **more: Any) -> dict[str, dict[str, Any]]:
    return {"set": {KIND: "RoomSet", "rooms": made, **more}}


def test_a_set_of_1000_costs_a_handful_of_requests(world: World):
    stack, made = MiniStack(world), the_set(rooms(1000), defaults={"properties": {"enable_chat": True}})
    stack.up(made)
    assert world.emulator.counts() == {"GET /": 1, "POST /batch/rooms": 1}
    world.emulator.clear_log()
    assert stack.preview(made) == {}
    assert world.emulator.counts() == {"GET /": 1, "GET /rooms": 10}
    world.emulator.clear_log()
    stack.destroy()
    # The list says whether a room is still the one of the state, and not one that somebody made anew.
    assert world.emulator.counts() == {"GET /": 1, "GET /rooms": 10, "DELETE /batch/rooms": 1}
    assert world.emulator.rooms() == {}


def test_a_change_of_a_set_touches_only_the_rooms_that_changed(world: World):
    stack = MiniStack(world)
    stack.up(the_set(rooms(50)))
    world.emulator.clear_log()
    made = rooms(50)
    made["room-7"] = {"properties": {"lang": "de"}}
    del made["room-3"]
    made["room-99"] = {"privacy": "private"}
    stack.up(the_set(made))
    counts = world.emulator.counts()
    assert counts["POST /rooms/:name"] == counts["POST /batch/rooms"] == counts["DELETE /rooms/:name"] == 1
    assert set(world.emulator.rooms()) == set(made)
    assert world.emulator.rooms()["room-7"]["properties"] == {"lang": "de"}
    assert world.emulator.rooms()["room-99"]["privacy"] == "private"
    assert stack.preview(the_set(made)) == {}


def test_defaults_reach_rooms_that_do_not_say_otherwise(world: World):
    stack = MiniStack(world)
    made = {"a": {}, "b": {"privacy": "public", "properties": {"lang": "de"}}}
    stack.up(the_set(made, defaults={"privacy": "private", "properties": {"lang": "fr", "enable_chat": True}}))
    found = world.emulator.rooms()
    assert found["a"]["properties"] == {"lang": "fr", "enable_chat": True}
    assert found["b"]["properties"] == {"lang": "de", "enable_chat": True}
    assert (found["a"]["privacy"], found["b"]["privacy"]) == ("private", "public")
    stack.up(the_set(made, defaults={"privacy": "private", "properties": {"lang": "fr"}}))
    assert world.emulator.rooms()["b"]["properties"] == {"lang": "de"}


def test_a_half_done_set_is_taken_over_when_asked_for_and_a_foreign_room_is_not(world: World):
    world.emulator.seed([{"name": "room-1"}, {"name": "room-2"}])
    stack = MiniStack(world)
    error = attempt(lambda: stack.up(the_set(rooms(5))))
    assert error is not None
    assert "each of these rooms (room-1, room-2) exists on Daily already" in error
    assert "`DAILY_ADOPT_EXISTING=as-asked pulumi up`" in error
    assert set(world.emulator.rooms()) == {"room-1", "room-2"}
    stack.adoption = "as-asked"
    stack.up(the_set(rooms(5)))
    assert any("rooms are taken over (room-1, room-2)" in line for line in stack.lines)
    assert len(world.emulator.rooms()) == 5

    other = World()
    other.emulator.seed([{"name": "room-1", "properties": {"lang": "de"}}, {"name": "room-2"}])
    stack = MiniStack(other)
    stack.adoption = "as-asked"
    error = attempt(lambda: stack.up(the_set(rooms(5))))
    assert error is not None
    assert "each of these rooms (room-1) exists on Daily already" in error
    assert set(other.emulator.rooms()) == {"room-1", "room-2"}
    stack.up(the_set(rooms(5, properties={"lang": "fr"}), adopt_existing=True))
    assert {room["properties"]["lang"] for room in other.emulator.rooms().values()} == {"fr"}


def test_a_chunk_that_fails_takes_back_the_ones_before_it(world: World):
    stack, made = MiniStack(world), the_set(rooms(1500))
    world.emulator.fail("POST /batch/rooms", status=400, after=1, times=None)
    error = attempt(lambda: stack.up(made))
    assert error is not None
    assert "Daily did not create 500 rooms (room-1000, " in error
    assert world.emulator.rooms() == {}
    world.emulator.clear_faults()
    stack.up(made)
    assert len(world.emulator.rooms()) == 1500


@pytest.mark.parametrize("fault", ["drop_after", "drop_before", "truncate", "not_json", "fail_after"])
def test_a_lost_answer_of_a_batch_is_settled_by_a_read(world: World, fault: str):
    stack, made = MiniStack(world), the_set(rooms(30))
    inject(world, "POST /batch/rooms", fault)
    stack.up(made)
    assert len(world.emulator.rooms()) == 30
    assert stack.preview(made) == {}
    inject(world, "DELETE /batch/rooms", fault)
    stack.destroy()
    assert world.emulator.rooms() == {}


def inject(world: World, route: str, fault: str) -> None:
    {
        "drop_after": lambda: world.emulator.drop(route, when="after"),
        "drop_before": lambda: world.emulator.drop(route, when="before"),
        "truncate": lambda: world.emulator.truncate(route),
        "not_json": lambda: world.emulator.not_json(route),
        "fail_after": lambda: world.emulator.fail(route, status=500, when="after"),
    }[fault]()


def test_destroy_of_a_set_of_which_rooms_are_gone_already(world: World):
    stack = MiniStack(world)
    stack.up(the_set(rooms(20)))
    world.emulator.remove_room("room-4")
    stack.destroy()
    assert world.emulator.rooms() == {}


def test_an_update_of_a_set_that_fails_goes_on_the_next_time(world: World):
    stack = MiniStack(world)
    stack.up(the_set(rooms(4)))
    made = the_set({**rooms(4, properties={"lang": "de"}), "new": {}})
    world.emulator.fail("POST /rooms/:name", status=400, after=2, times=1)
    error = attempt(lambda: stack.up(made))
    assert error is not None
    assert "1 of 4 rooms could not be changed" in error
    assert "new" not in world.emulator.rooms()  # Pulumi would not know of it
    stack.up(made)
    assert stack.preview(made) == {}
    assert {room["properties"].get("lang") for room in world.emulator.rooms().values()} == {"de", None}


def test_at_most_ten_bucket_configurations_go_in_one_batch(world: World):
    made = {}
    for i in range(25):
        bucket = {"bucket_name": f"b{i}", "bucket_region": "us-west-2", "assume_role_arn": "arn:aws:iam::1:role/r"}
        made[f"room-{i}"] = {"properties": {"recordings_bucket": bucket}}
    MiniStack(world).up(the_set({**made, **{f"plain-{i}": {} for i in range(5)}}))
    assert world.emulator.count("POST /batch/rooms") == 3
    assert len(world.emulator.rooms()) == 30


def test_wrong_names_and_past_moments_of_a_set_are_found_at_once(world: World):
    made = the_set(
        {"bad name": {}, "a": {"properties": {"exp": 5, "enable_chta": True}}, "b": {}},
        defaults={"properties": {"nbf": "soon"}},
    )
    with pytest.raises(CheckFailed) as found:
        MiniStack(world).preview(made)
    text = str(found.value)
    assert "did you mean enable_chat?" in text
    assert "rooms.a.properties.exp" in text
    assert "defaults.properties.nbf" in text
    with pytest.raises(CheckFailed, match="did you mean bad-name"):
        MiniStack(world).preview(the_set({"bad name": {}}))
    assert world.emulator.count() == 0


# -- lost answers of objects that Daily numbers ------------------------------------------------------------------------

CREATES = {
    "hook": ("POST /webhooks", "webhooks"),
    "dialin": ("POST /domain-dialin-config", "dialin_configs"),
    "number": ("POST /buy-phone-number", "phone_numbers"),
    "trunk": ("POST /sip-trunk", "sip_trunks"),
    "client": ("POST /sip-clients", "sip_clients"),
}


@pytest.mark.parametrize("fault", ["drop_after", "drop_before", "truncate", "not_json", "fail_after"])
@pytest.mark.parametrize("name", CREATES)
def test_a_create_whose_answer_is_lost_makes_one_object_and_knows_it(world: World, name: str, fault: str):
    world.emulator.switches.dialin_number_check = False
    route, kind = CREATES[name]
    stack, made = MiniStack(world), one(name)
    inject(world, route, fault)
    stack.up(made)
    stored = world.emulator.objects(kind)
    assert list(stored) == [stack.state[name].id]
    assert stack.preview(made) == {}
    if name == "client":
        assert stack.state[name].outputs["password"] == stored["desk.1"]["password"]


@pytest.mark.parametrize("name", CREATES)
def test_a_create_that_cannot_be_settled_is_found_by_the_next_up(world: World, name: str):
    world.emulator.switches.dialin_number_check = False
    route, kind = CREATES[name]
    stack = MiniStack(world)
    world.emulator.drop(route, when="after")
    world.emulator.fail("GET *", status=500, after=2, times=None)
    assert attempt(lambda: stack.up(one(name))) is not None
    world.emulator.clear_faults()
    if world.emulator.objects(kind):
        error = attempt(lambda: stack.up(one(name)))
        assert error is not None
        assert "adopt_existing=True" in error
        stack.up(one(name, adopt_existing=True))
        assert list(world.emulator.objects(kind)) == [stack.state[name].id]


def test_a_room_of_a_set_that_ended_as_the_program_says_is_left_alone(world: World):
    stack, made = MiniStack(world), {"a": {"properties": {"exp": int(NOW) + 100}}, "b": {}}
    stack.up(the_set(made))
    CLOCK.advance(200)
    try:
        assert stack.preview(the_set(made)) == {}
        stack.up(the_set({**made, "b": {"properties": {"lang": "de"}}}))
        assert world.emulator.count("POST /batch/rooms") == 1
        assert world.emulator.rooms()["b"]["properties"] == {"lang": "de"}
    finally:
        CLOCK.set(NOW)

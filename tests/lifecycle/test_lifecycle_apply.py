"""create, read, update, delete over a Daily in a dict, with every outcome a call can have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from edge import Edge, kept
from fake_daily import NOW, FakeDaily, dropped, stamp, taken

from pulumi_daily.api import DailyError, ForbiddenError, InvalidRequestError, RateLimitError, ServerError
from pulumi_daily.lifecycle import Account, AlreadyExists, DomainMismatch
from pulumi_daily.lifecycle.decide.adoption import CREATE_ATTEMPTS
from pulumi_daily.lifecycle.decide.check import check
from pulumi_daily.lifecycle.errors import NameHeld
from pulumi_daily.lifecycle.kinds.named import named
from pulumi_daily.objects.room import ROOM
from pulumi_daily.ownership import Hints


class Kit:
    """One applier over one fake."""

    def __init__(self, daily: FakeDaily | None = None, **account: Any) -> None:
        self.daily = daily or FakeDaily()
        self.warnings: list[str] = []
        self.account = Account(self.daily, **account)
        self.applier = self.of("one")

    def of(self, owner: str, **hints: Any) -> Edge:
        """What works for the resource of that name."""
        told = Hints(f"proj/dev::Room {owner}", **hints)
        return Edge(named(ROOM), self.account, now=lambda: self.daily.now, warn=self.warnings.append, hints=told)

    def create(self, **inputs: Any) -> dict[str, Any]:
        return self.applier.create(inputs_of(**inputs))[1]

    def update(self, outs: dict[str, Any], ignored: Any = (), **inputs: Any) -> dict[str, Any]:
        return self.of("one", ignored=tuple(ignored)).update(outs["name"], outs, inputs_of(**inputs))

    def fresh(self, **account: Any) -> Kit:
        """Another process on the same Daily."""
        self.daily.calls.clear()
        self.daily.counts.clear()
        return Kit(self.daily, **account)


def inputs_of(**inputs: Any) -> dict[str, Any]:
    checked = check(ROOM, {}, {"name": "standup", **inputs}, NOW)
    assert checked.failures == []
    return checked.inputs


def test_create_makes_the_room_with_one_mutating_call():
    kit = Kit()
    identity, outs = kit.applier.create(
        inputs_of(privacy="private", properties={"enable_chat": True}, extra_properties={"new_thing": 1})
    )
    assert identity == "standup"
    assert kit.daily.writes == [
        (
            "rooms.create",
            None,
            {"name": "standup", "privacy": "private", "properties": {"enable_chat": True, "new_thing": 1}},
        )
    ]
    assert outs == {
        "name": "standup",
        "privacy": "private",
        "properties": {"enable_chat": True},
        "extra_properties": {"new_thing": 1},
        "url": "https://acme.daily.co/standup",
        "created_at": "2027-01-15T08:00:00.000Z",
        "api_created": True,
        "room_id": "uuid-1",
        "config": {"enable_chat": True, "new_thing": 1},
        "domain": "acme",
        "domain_id": "id-acme",
    }


def test_sip_uri_is_an_output_of_its_own_and_stream_keys_are_masked():
    kit = Kit()
    kit.daily.coerced["sip"] = {"display_name": "x", "sip_mode": "dial-in"}
    endpoint = {"name": "a", "type": "rtmp", "rtmp_config": {"url": "rtmp://live.example/app/KEY"}}
    outs = kit.create(properties={"streaming_endpoints": [endpoint]})
    assert "KEY" not in str(outs["config"])
    assert outs["properties"]["streaming_endpoints"] == [endpoint]
    kit.daily.rooms["standup"]["config"]["sip_uri"] = {"endpoint": "a@b", "extra_endpoints": None}
    again = kit.fresh().applier.read("standup", outs)
    assert again is not None
    assert again[0]["sip_uri"] == {"endpoint": "a@b"}


def test_text_of_settings_that_no_model_knows_is_not_repeated_in_the_config():
    """Such a setting may be a secret, and only its own key keeps Pulumi's secret mark."""
    kit = Kit()
    kit.daily.coerced["key"] = "CANARY-2"
    given = {"key": "CANARY", "nested": {"keys": ["CANARY", 5]}, "flag": True}
    outs = kit.create(extra_properties=given, properties={"meeting_join_hook": "https://x.example/CANARY"})
    assert outs["config"] == {
        "key": "[secret]",
        "nested": {"keys": ["[secret]", 5]},
        "flag": True,
        "meeting_join_hook": "[secret]",
    }
    assert "CANARY" not in str([kit.warnings, {key: value for key, value in outs.items() if "properties" not in key}])


def test_a_taken_name_is_an_error_that_names_the_two_ways_on():
    kit = Kit(FakeDaily({"name": "standup"}))
    with pytest.raises(AlreadyExists, match=r"adopt_existing=True.*pulumi-daily import --room standup"):
        kit.create()
    assert [call[0] for call in kit.daily.writes] == ["rooms.create"]


@pytest.mark.parametrize("how", ["adopt_existing", "always"])
def test_a_taken_name_is_adopted_when_the_resource_or_the_run_asks_for_it(how: str):
    theirs = {"name": "standup", "privacy": "public", "enable_chat": True, "lang": "de"}
    kit = Kit(FakeDaily(theirs), adoption=how if how == "always" else "never")
    adopt = {"adopt_existing": True} if how == "adopt_existing" else {}
    outs = kit.create(privacy="private", properties={"enable_chat": True, "geo": "us-west-2"}, **adopt)
    assert kit.daily.writes[1:] == [
        ("rooms.update", {"name": "standup"}, {"privacy": "private", "properties": {"geo": "us-west-2"}})
    ]
    assert outs["privacy"] == "private"
    assert outs["config"] == {"enable_chat": True, "geo": "us-west-2", "lang": "de"}
    assert kit.warnings == [
        'room "standup" existed already and was taken over: privacy "public" -> "private", geo not set -> "us-west-2"'
    ]


def test_adopting_what_is_as_the_program_says_sends_nothing():
    kit = Kit(FakeDaily({"name": "standup", "enable_chat": True}))
    kit.create(adopt_existing=True, properties={"enable_chat": True})
    assert [call[0] for call in kit.daily.writes] == ["rooms.create"]


def test_a_lost_answer_is_settled_by_reading_and_nothing_is_sent_twice():
    kit = Kit()
    kit.daily.fail("rooms.create", dropped(), when="after")
    outs = kit.create(properties={"enable_chat": True, "start_video_off": False})
    assert [call[0] for call in kit.daily.calls] == ["domain.get", "rooms.create", "rooms.get"]
    assert outs["room_id"] == "uuid-1"


def test_a_call_that_never_arrived_is_sent_again():
    kit = Kit()
    kit.daily.fail("rooms.create", dropped())
    assert kit.create()["room_id"] == "uuid-1"
    assert kit.daily.counts["rooms.create"] == 2


def test_a_call_that_never_arrives_gives_up_with_its_own_error():
    kit = Kit()
    kit.daily.fail("rooms.create", *[dropped() for _ in range(CREATE_ATTEMPTS)])
    with pytest.raises(DailyError, match="the connection broke"):
        kit.create()
    assert kit.daily.counts["rooms.create"] == CREATE_ATTEMPTS


def test_when_the_settling_read_fails_too_the_error_is_that_of_the_create():
    kit = Kit()
    kit.daily.fail("rooms.create", dropped(), when="after")
    kit.daily.fail("rooms.get", ServerError(500, "server-error", "oops"))
    with pytest.raises(DailyError, match="the connection broke"):
        kit.create()


@pytest.mark.parametrize(
    "room",
    [
        {"name": "standup", "created_at": "2020-01-01T00:00:00.000Z", "enable_chat": True},
        {"name": "standup", "enable_chat": True, "lang": "de", "privacy": "private"},
        {"name": "standup", "enable_chat": True, "created_at": "no date", "geo": "us-west-2"},
    ],
)
def test_a_room_that_was_there_before_a_lost_create_is_not_ours(room: dict[str, Any]):
    kit = Kit(FakeDaily(room))
    kit.daily.fail("rooms.create", dropped())
    with pytest.raises(AlreadyExists):
        kit.create(properties={"enable_chat": True, "geo": "eu-central-1"})


def test_an_answer_that_says_taken_after_a_retry_is_our_own_room():
    """The client repeated a create itself: the first attempt arrived, the second was told that the name is taken."""
    kit = Kit()
    error = taken("standup")
    error.outcome_unknown = True
    kit.daily.fail("rooms.create", error, when="after")
    assert kit.create(properties={"enable_chat": True})["room_id"] == "uuid-1"


def landing_late(kit: Kit, **room: Any) -> None:
    """The first create gets no answer and takes effect behind the read that settles it."""
    real = kit.daily._rooms_get

    def get(name: str, json: Any) -> Any:
        try:
            return real(name, json)
        finally:
            if kit.daily.counts["rooms.create"] == 1:
                kit.daily.add(name, created_at=stamp(kit.daily.now), **room)

    kit.daily._rooms_get = get  # type: ignore[method-assign]
    kit.daily.fail("rooms.create", dropped())


REFUSALS: dict[str, Callable[[], DailyError]] = {
    "taken": lambda: taken("standup"),
    "bad name": lambda: InvalidRequestError(400, "invalid-request-error", "bad name", "POST", "/rooms"),
    "no": lambda: ForbiddenError(403, "forbidden-error", "no", "POST", "/rooms"),
}


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_create_that_lands_late_is_our_own_room(refusal: str):
    """Whatever Daily says to the second attempt."""
    kit = Kit()
    landing_late(kit, enable_chat=True)
    kit.daily.fail("rooms.create", REFUSALS[refusal]())
    outs = kit.create(properties={"enable_chat": True})
    assert outs["room_id"] == "uuid-1"
    assert [call[0] for call in kit.daily.writes] == ["rooms.create"] * 2


def test_what_landed_meanwhile_and_is_not_as_asked_is_not_ours():
    kit = Kit()
    landing_late(kit, enable_chat=False, lang="fr")
    with pytest.raises(AlreadyExists):
        kit.create(properties={"lang": "de"})


@pytest.mark.parametrize("refusal", ["bad name", "no"])
def test_a_refusal_after_a_call_that_never_arrived_is_handed_on(refusal: str):
    kit = Kit()
    error = REFUSALS[refusal]()
    kit.daily.fail("rooms.create", dropped(), error)
    with pytest.raises(DailyError) as caught:
        kit.create()
    assert caught.value is error
    assert kit.daily.counts["rooms.create"] == 2


def test_an_expired_room_in_the_way_is_cleared():
    kit = Kit(FakeDaily({"name": "standup", "exp": NOW - 1}))
    outs = kit.create()
    assert outs["room_id"] == "uuid-2"
    assert [call[0] for call in kit.daily.writes] == ["rooms.create", "rooms.delete", "rooms.create"]


@pytest.mark.parametrize("how", ["refresh", "update"])
def test_a_name_whose_room_expired_by_our_state_is_freed_though_daily_does_not_show_it(how: str):
    kit = Kit()
    outs = kit.create(properties={"exp": int(NOW) + 5})
    kit.daily.now, kit.daily.expired_readable = NOW + 10, False
    kit = kit.fresh()
    later = {"properties": {"exp": int(NOW) + 500}}
    if how == "refresh":
        assert kit.applier.read("standup", outs) is None
        assert kit.create(**later)["room_id"] == "uuid-2"
    else:
        assert kit.update(outs, **later)["room_id"] == "uuid-2"
    assert [call[0] for call in kit.daily.writes] == ["rooms.create", "rooms.delete", "rooms.create"]
    assert kit.account.ended == set()


def test_a_name_that_daily_refuses_and_does_not_show_is_never_freed_by_a_delete():
    """It may have been made a second ago by somebody else, and the read lag behind."""
    kit = Kit(FakeDaily({"name": "standup", "exp": NOW - 1}))
    kit.daily.expired_readable = False
    with pytest.raises(NameHeld, match=r'does not show room "standup".*Nothing was removed to free the name'):
        kit.create()
    assert [call[0] for call in kit.daily.writes] == ["rooms.create"] * CREATE_ATTEMPTS
    assert "standup" in kit.daily.rooms


@pytest.mark.parametrize(
    "error", [ServerError(503, "server-error", "no"), RateLimitError(429, "rate-limit-error", "slow down")]
)
def test_definite_errors_of_create_are_handed_on(error: DailyError):
    kit = Kit()
    kit.daily.fail("rooms.create", error)
    with pytest.raises(DailyError) as caught:
        kit.create()
    assert caught.value is error
    assert kit.daily.counts["rooms.get"] == 0


def test_other_bad_requests_of_create_are_handed_on():
    kit = Kit()
    error = taken("x")
    error.info = error.message = "missing required field"  # type: ignore[attr-defined]
    kit.daily.fail("rooms.create", error)
    with pytest.raises(DailyError, match="missing required field"):
        kit.create()


@pytest.mark.parametrize("answer", [None, [], "ok", {"name": "other"}])
def test_a_strange_answer_to_a_successful_create_is_not_an_error(answer: Any):
    kit = Kit()
    kit.daily.answers["rooms.create"] = answer
    outs = kit.create(properties={"enable_chat": True})
    if answer is not None:
        assert outs == {
            "name": "standup",
            "privacy": "public",
            "properties": {"enable_chat": True},
            "config": {},
            "domain": "acme",
            "domain_id": "id-acme",
        }
        assert "not a room" in kit.warnings[0]
    read = kit.fresh().applier.read("standup", outs)
    assert read is not None
    assert read[0]["room_id"] == "uuid-1"


def test_read_projects_on_what_the_program_manages():
    kit = Kit()
    outs = kit.create(properties={"enable_chat": True, "permissions": {"canSend": True}})
    room = kit.daily.rooms["standup"]
    room["privacy"] = "private"
    room["config"].update(enable_chat=False, lang="de", permissions={"canSend": False, "hasPresence": True})
    read = kit.fresh().applier.read("standup", outs)
    assert read is not None
    assert read[1] == {
        "name": "standup",
        "privacy": "private",
        "properties": {"enable_chat": False, "permissions": {"canSend": False}},
    }
    assert read[0]["config"]["lang"] == "de"


def test_read_leaves_out_what_is_unset_and_keeps_what_is_echoed_otherwise():
    kit = Kit()
    kit.daily.never_echoed.add("enable_knocking")
    kit.daily.coerced["eject_after_elapsed"] = 90
    outs = kit.create(properties={"enable_knocking": False, "eject_after_elapsed": 60, "geo": "us-west-2"})
    assert set(kept(outs, "normalized")) == {"enable_knocking", "eject_after_elapsed"}
    assert kit.warnings == [
        'room "standup": Daily was sent eject_after_elapsed = 60 and shows 90; '
        "this is taken as its way to say so and not reported as drift"
    ]
    del kit.daily.rooms["standup"]["config"]["geo"]
    read = kit.fresh().applier.read("standup", outs)
    assert read is not None
    assert read[1]["properties"] == {"enable_knocking": False, "eject_after_elapsed": 60}


def test_read_of_a_gone_or_expired_room_is_none_and_of_a_failing_daily_an_error():
    kit = Kit()
    outs = kit.create(properties={"exp": int(NOW) + 100})
    kit.daily.now = NOW + 200
    assert kit.fresh().applier.read("standup", outs) is None
    del kit.daily.rooms["standup"]
    assert kit.fresh().applier.read("standup", outs) is None
    for route in ("rooms.list", "rooms.get"):
        kit.daily.fail(route, ServerError(500, "server-error", "oops"))
    with pytest.raises(ServerError):
        kit.fresh().applier.read("standup", outs)


def test_update_sends_only_what_changed_and_null_for_what_left():
    kit = Kit()
    outs = kit.create(properties={"enable_chat": True, "geo": "us-west-2", "lang": "de"})
    kit = kit.fresh()
    new = kit.update(outs, privacy="private", properties={"enable_chat": True, "lang": "fr"})
    assert kit.daily.writes == [
        ("rooms.update", {"name": "standup"}, {"privacy": "private", "properties": {"geo": None, "lang": "fr"}})
    ]
    assert new["config"] == {"enable_chat": True, "lang": "fr"}


def test_update_corrects_drift_but_not_where_it_is_ignored():
    kit = Kit()
    outs = kit.create(properties={"enable_chat": True, "geo": "us-west-2", "lang": "de"})
    kit.daily.rooms["standup"]["config"].update(enable_chat=False, geo="eu-west-2")
    kit.daily.rooms["standup"]["privacy"] = "private"
    kit = kit.fresh()
    kit.update(
        outs, [("properties", "geo"), ("privacy",)], properties={"enable_chat": True, "geo": "us-west-2", "lang": "fr"}
    )
    assert kit.daily.writes[0][2] == {"properties": {"enable_chat": True, "lang": "fr"}}


def test_update_to_what_daily_has_already_sends_nothing_and_keeps_the_echo():
    kit = Kit()
    kit.daily.never_echoed.add("enable_knocking")
    outs = kit.create(properties={"enable_chat": True, "enable_knocking": False})
    kit.daily.rooms["standup"]["config"]["lang"] = "fr"
    kit = kit.fresh()
    new = kit.update(outs, properties={"enable_chat": True, "lang": "fr", "enable_knocking": False})
    assert kit.daily.writes == []
    assert new["properties"]["lang"] == "fr"
    assert kept(new, "normalized") == kept(outs, "normalized")


def test_update_keeps_the_echo_of_settings_it_did_not_send():
    kit = Kit()
    kit.daily.never_echoed.update({"enable_knocking", "enable_pip_ui"})
    outs = kit.create(properties={"enable_knocking": False, "enable_pip_ui": True, "lang": "de"})
    kit = kit.fresh()
    new = kit.update(outs, properties={"enable_knocking": False, "lang": "fr"})
    assert set(kept(new, "normalized")) == {"enable_knocking"}


def test_ignored_drift_does_not_become_an_echo():
    kit = Kit()
    outs = kit.create(properties={"geo": "us-west-2", "lang": "de"})
    kit.daily.rooms["standup"]["config"]["geo"] = "eu-west-2"
    kit = kit.fresh()
    new = kit.update(outs, [("properties", "geo")], properties={"geo": "us-west-2", "lang": "fr"})
    assert kept(new, "normalized") is None


@pytest.mark.parametrize("merges", [False, True])
def test_what_is_ignored_inside_an_object_is_kept_and_is_no_echo(merges: bool):
    kit = Kit()
    kit.daily.merge_nested = merges
    ignored = [("properties", "permissions", "canAdmin")]
    first = {"canSend": ["video"], "canAdmin": False, "hasPresence": True}
    outs = kit.create(properties={"permissions": first})
    config = kit.daily.rooms["standup"]["config"]
    config["permissions"] = {**config["permissions"], "canAdmin": True}
    kit = kit.fresh()
    second = {"canSend": ["audio"], "canAdmin": False}  # the engine gives the old input where it is ignored
    new = kit.update(outs, ignored, properties={"permissions": second})
    assert kit.daily.rooms["standup"]["config"]["permissions"] == {"canSend": ["audio"], "canAdmin": True}
    assert kept(new, "normalized") is None
    plan = kit.fresh().applier.plan("standup", new, inputs_of(properties={"permissions": second}))
    assert [item.path for item in plan.drift] == [("properties", "permissions", "canAdmin")]


def test_update_of_a_room_that_vanished_makes_it_again():
    kit = Kit()
    outs = kit.create()
    del kit.daily.rooms["standup"]
    assert kit.fresh().update(outs, privacy="private")["room_id"] == "uuid-2"
    kit = kit.fresh()
    assert kit.applier.plan("standup", outs, inputs_of(privacy="private")).changes is None
    del kit.daily.rooms["standup"]
    assert kit.update(outs, privacy="private", properties={"lang": "de"})["room_id"] == "uuid-3"


def test_update_resets_objects_as_a_whole_where_daily_merges():
    kit = Kit()
    kit.daily.merge_nested = True
    outs = kit.create(properties={"permissions": {"canSend": False, "hasPresence": False}})
    kit = kit.fresh()
    new = kit.update(outs, properties={"permissions": {"hasPresence": False}})
    assert [call[2] for call in kit.daily.writes] == [
        {"properties": {"permissions": {"hasPresence": False}}},
        {"properties": {"permissions": None}},
        {"properties": {"permissions": {"hasPresence": False}}},
    ]
    assert new["config"] == {"permissions": {"hasPresence": False}}


def test_a_failing_reset_is_a_warning_because_the_update_succeeded():
    kit = Kit()
    kit.daily.merge_nested = True
    outs = kit.create(properties={"permissions": {"canSend": False, "hasPresence": False}})
    kit = kit.fresh()
    kit.daily.fail("rooms.update", ServerError(500, "server-error", "x"), when="never")
    kit.daily.faults["rooms.update"] = []
    original = kit.daily.call
    seen = []

    def call(route: str, **given: Any) -> Any:
        seen.append(route)
        if seen.count("rooms.update") == 2:
            raise ServerError(500, "server-error", "oops")
        return original(route, **given)

    kit.daily.call = call  # type: ignore[method-assign]
    new = kit.update(outs, properties={"permissions": {"hasPresence": False}})
    assert new["properties"] == {"permissions": {"hasPresence": False}}
    assert "permissions could not be reset as a whole: 500 server-error: oops" in kit.warnings[0]


def test_an_update_that_replaces_needs_no_second_call():
    kit = Kit()
    outs = kit.create(properties={"permissions": {"canSend": False, "hasPresence": False}})
    kit = kit.fresh()
    kit.update(outs, properties={"permissions": {"hasPresence": False}})
    assert kit.daily.counts["rooms.update"] == 1


def test_a_failed_update_forgets_what_it_knew():
    kit = Kit()
    outs = kit.create()
    kit = kit.fresh()
    kit.daily.fail("rooms.update", dropped(), when="after")
    with pytest.raises(DailyError):
        kit.update(outs, properties={"lang": "de"})
    assert kit.account.snapshot(ROOM).find("standup")["config"] == {"lang": "de"}  # type: ignore[index]


def test_delete_takes_a_missing_room_for_done():
    kit = Kit()
    outs = kit.create()
    kit = kit.fresh()
    kit.applier.delete("standup", outs)
    assert kit.daily.rooms == {}
    kit.applier.delete("standup", outs)
    assert kit.applier.plan("standup", outs, inputs_of()).replaces == ("name",)
    assert kit.daily.counts["rooms.get"] == 1  # gone by the own write, and is another one of the name there since?


def test_delete_hands_other_errors_on():
    kit = Kit()
    outs = kit.create()
    kit = kit.fresh()
    kit.daily.fail("rooms.delete", ServerError(500, "server-error", "oops"))
    with pytest.raises(ServerError):
        kit.applier.delete("standup", outs)


@pytest.mark.parametrize("operation", ["plan", "read", "update", "delete"])
@pytest.mark.parametrize("recorded", [{"domain": "beta", "domain_id": "id-beta"}, {"domain": "beta"}])
def test_a_key_of_another_domain_is_refused_before_anything_is_read_or_written(operation: str, recorded: Any):
    kit = Kit(FakeDaily({"name": "standup"}))
    outs = {"name": "standup", **recorded}
    with pytest.raises(DomainMismatch, match=r'room "standup" belongs to the Daily domain "beta".*"acme"'):
        {
            "plan": lambda: kit.applier.plan("standup", outs, inputs_of()),
            "read": lambda: kit.applier.read("standup", outs),
            "update": lambda: kit.applier.update("standup", outs, inputs_of()),
            "delete": lambda: kit.applier.delete("standup", outs),
        }[operation]()
    assert [call[0] for call in kit.daily.calls] == ["domain.get"]
    assert kit.daily.counts["rooms.list"] == 0


def test_a_renamed_domain_is_still_the_same():
    kit = Kit(FakeDaily({"name": "standup"}))
    outs = {"name": "standup", "privacy": "public", "domain": "old-name", "domain_id": "id-acme"}
    assert kit.applier.plan("standup", outs, inputs_of()).changes is False


def test_the_configured_domain_is_checked_on_create_too():
    kit = Kit(expected_domain="beta")
    with pytest.raises(DomainMismatch, match=r'daily:domain is "beta", but the API key in use is for "acme"'):
        kit.create()
    assert kit.daily.writes == []
    assert Kit(expected_domain="acme").create()["domain"] == "acme"


def test_the_domain_is_asked_for_once():
    kit = Kit()
    for _ in range(3):
        kit.account.domain()
    assert kit.daily.counts["domain.get"] == 1


# -- rooms that a program only reads, and values beyond the model -----------------------------------------------------


def test_a_room_that_a_program_only_reads_shows_its_settings():
    hook = "https://x.example/CANARY"
    endpoint = {"name": "a", "type": "rtmp", "rtmp_config": {"url": "rtmp://live.example/CANARY"}}
    theirs = {"meeting_join_hook": hook, "streaming_endpoints": [endpoint], "lang": "de", "autojoin": True}
    kit = Kit(FakeDaily({"name": "standup", "privacy": "private", **theirs}))
    outs, inputs = kit.applier.read("standup", {}) or ({}, {})
    assert inputs == {}
    assert (outs["name"], outs["privacy"], outs["extra_properties"]) == ("standup", "private", {"autojoin": True})
    assert outs["properties"] == {
        "meeting_join_hook": "[secret]",
        "streaming_endpoints": [{**endpoint, "rtmp_config": {"url": "[secret]"}}],
        "lang": "de",
    }
    assert "CANARY" not in str(outs)
    kit.daily.rooms["standup"]["config"] = {"lang": "fr", "enable_chat": True}
    outs, inputs = kit.fresh().applier.read("standup", outs) or ({}, {})
    assert (outs["properties"], inputs) == ({"lang": "fr", "enable_chat": True}, {})
    assert "extra_properties" not in outs


@pytest.mark.parametrize(
    "given",
    [
        {"lang": "hu", "owner_only_broadcast": True},
        {"max_participants": "many", "exp": NOW + 60.5},
        {"enable_recording": ["raw-tracks", "cloud"], "recordings_bucket": {"bucket_name": "b", "tier": 5}},
    ],
    ids=str,
)
def test_what_stands_in_extra_properties_is_sent_unchanged_and_compared(given: dict[str, Any]):
    kit = Kit()
    outs = kit.create(properties={"enable_chat": True}, extra_properties=given)
    assert kit.daily.writes[0][2]["properties"] == {"enable_chat": True, **given}
    news = inputs_of(properties={"enable_chat": True}, extra_properties=given)
    assert kit.fresh().applier.plan("standup", outs, news).changes is False
    assert (kit.fresh().applier.read("standup", outs) or ((), {}))[1] == news
    key = next(iter(given))
    kit.daily.rooms["standup"]["config"][key] = 7
    plan = kit.fresh().applier.plan("standup", outs, news)
    assert (plan.changes, {item.path[:2] for item in plan.drift}) == (True, {("extra_properties", key)})
    kit.fresh().update(outs, properties={"enable_chat": True}, extra_properties=given)
    assert kit.daily.rooms["standup"]["config"][key] == given[key]


def test_a_setting_that_moves_to_extra_properties_is_not_sent_again():
    kit = Kit()
    outs = kit.create(properties={"lang": "de"})
    kit.daily.calls.clear()
    outs = kit.update(outs, extra_properties={"lang": "de"})
    assert kit.daily.writes == []
    assert outs["config"] == {"lang": "de"}
    assert "properties" not in outs


def test_a_known_setting_in_extra_properties_is_as_secret_as_elsewhere():
    kit = Kit()
    hook = "https://x.example/CANARY"
    outs = kit.create(extra_properties={"meeting_join_hook": hook, "geo": "eu-west-3", "new": "CANARY"})
    assert outs["config"] == {"meeting_join_hook": "[secret]", "geo": "eu-west-3", "new": "[secret]"}

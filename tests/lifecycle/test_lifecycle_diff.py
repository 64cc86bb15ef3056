"""diff: three-valued answers, drift by leaf, gone, expired, ignored, offline."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from edge import diff, imported, normalizations, outputs, project_inputs, unremoved_keys, update_body
from fake_daily import NOW, FakeDaily

from pulumi_daily.api import SecretText
from pulumi_daily.lifecycle import Domain
from pulumi_daily.lifecycle.decide.check import check
from pulumi_daily.lifecycle.decide.diff import Plan
from pulumi_daily.lifecycle.decide.drift import Drift, must_redact
from pulumi_daily.objects.domain import DOMAIN_CONFIG
from pulumi_daily.objects.room import ROOM
from pulumi_daily.objects.secrets import is_secret
from pulumi_daily.objects.sip_trunk import SIP_TRUNK
from pulumi_daily.objects.values import ABSENT, UNKNOWN, moment, parse_path, seconds
from pulumi_daily.objects.webhook import WEBHOOK
from pulumi_daily.ownership import Hints


def inputs_of(**inputs: Any) -> dict[str, Any]:
    checked = check(ROOM, inputs, {"name": "standup", **inputs}, NOW)
    assert checked.failures == []
    return checked.inputs


def live_of(**config: Any) -> dict[str, Any]:
    daily = FakeDaily({"name": "standup", **config})
    return daily.call("rooms.get", path={"name": "standup"})


def state_of(inputs: dict[str, Any], live: dict[str, Any] | None = None) -> dict[str, Any]:
    live = live if live is not None else live_of(privacy=inputs["privacy"], **inputs.get("properties", {}))
    return outputs(
        ROOM, inputs, live, normalized=normalizations(ROOM, inputs, live), domain="acme", domain_id="id-acme"
    )


def plan(old: dict[str, Any], new: dict[str, Any], live: dict[str, Any] | None, **options: Any) -> Plan:
    return diff(ROOM, state_of(old), new, live, **{"name": "standup", "now": NOW, **options})


CHAT = {
    "enable_chat": True,
    "start_video_off": False,
    "permissions": {"canSend": ["video", "audio"], "canAdmin": False},
}


def test_same_is_false():
    old = inputs_of(properties=CHAT)
    assert plan(old, old, live_of(**old["properties"])) == Plan(False)


def test_changed_inputs_are_none_so_that_pulumi_marks_the_leaves():
    old, new = inputs_of(properties=CHAT), inputs_of(properties={**CHAT, "lang": "de"})
    assert plan(old, new, live_of(**old["properties"])).changes is None
    assert plan(old, inputs_of(), live_of(**old["properties"])).changes is None
    assert plan(old, inputs_of(properties=CHAT, extra_properties={"x": 1}), live_of()).changes is None


def test_only_local_inputs_changed_is_no_change():
    old = inputs_of()
    assert plan(old, inputs_of(adopt_existing=True), live_of()) == Plan(False)


def test_drift_is_true_and_named_leaf_by_leaf():
    old = inputs_of(
        properties={
            **CHAT,
            "streaming_endpoints": [{"name": "a", "type": "rtmp", "rtmp_config": {"url": "rtmp://x/y"}}],
        }
    )
    live = live_of(
        privacy="private",
        start_video_off=True,
        permissions={"canSend": ["audio"], "canAdmin": False, "hasPresence": False},
        streaming_endpoints=[{"name": "a", "type": "rtmp", "rtmp_config": {"url": "rtmp://x/z"}}],
    )
    found = plan(old, old, live)
    assert found.changes is True
    assert [item.line(ROOM, "standup") for item in found.drift] == [
        'room "standup": privacy is "private" on Daily, the program says "public"',
        'room "standup": enable_chat is false on Daily, the program says true',
        'room "standup": start_video_off is true on Daily, the program says false',
        'room "standup": permissions.canSend is ["audio"] on Daily, the program says ["audio", "video"]',
        'room "standup": streaming_endpoints[0].rtmp_config.url has another value on Daily',
    ]


def test_drift_of_unset_objects_and_lists_of_other_length():
    old = inputs_of(
        properties={"permissions": {"canSend": True}, "enable_recording": ["cloud", "local"], "geo": "us-west-2"}
    )
    found = plan(old, old, live_of(enable_recording=["cloud"]))
    assert [item.line(ROOM, "standup") for item in found.drift] == [
        'room "standup": permissions is not set on Daily, the program says {"canSend": true}',
        'room "standup": enable_recording is ["cloud"] on Daily, the program says ["cloud", "local"]',
        'room "standup": geo is not set on Daily, the program says "us-west-2"',
    ]


def test_another_order_of_a_set_is_no_drift_and_neither_is_what_the_program_does_not_say():
    old = inputs_of(properties=CHAT)
    live = live_of(
        enable_chat=True,
        lang="de",
        permissions={"canSend": ["audio", "video"], "canAdmin": False, "hasPresence": False},
    )
    assert plan(old, old, live) == Plan(False)


def test_drift_of_extra_properties():
    old = inputs_of(extra_properties={"new_thing": {"a": 1, "b": [1, 2]}})
    state = outputs(ROOM, old, live_of(new_thing={"a": 1, "b": [1, 2]}), normalized={}, domain="acme", domain_id="i")
    assert diff(ROOM, state, old, live_of(new_thing={"a": 1, "b": [1, 2], "c": 3}), name="standup", now=NOW) == Plan(
        False
    )
    found = diff(ROOM, state, old, live_of(new_thing={"a": 2, "b": [1, 2]}), name="standup", now=NOW)
    assert found.drift[0].line(ROOM, "standup") == ('room "standup": new_thing.a is 2 on Daily, the program says 1')
    found = diff(ROOM, state, old, live_of(new_thing={"a": "CANARY", "b": [1, 2]}), name="standup", now=NOW)
    assert found.drift[0].line(ROOM, "standup") == 'room "standup": new_thing.a has another value on Daily'


@pytest.mark.parametrize("pattern", [("properties",), ("properties", "enable_chat"), ("*", "enable_chat")])
def test_ignored_drift_is_no_drift(pattern: Any):
    old = inputs_of(properties=CHAT)
    live = live_of(permissions=old["properties"]["permissions"])
    assert plan(old, old, live, hints=Hints(ignored=(pattern,))) == Plan(False)
    assert plan(old, old, live, hints=Hints(ignored=(("properties", "lang"),))).changes is True


def test_ignored_drift_of_an_output_hides_no_other_and_is_not_repaired_later():
    hints = Hints(ignored=(("privacy",),))
    inputs = inputs_of(properties=CHAT)
    state = state_of(inputs, live_of(privacy="private", **inputs["properties"]))  # after an update that left it alone
    live = live_of(privacy="private", **{**inputs["properties"], "enable_chat": False})
    found = diff(ROOM, state, inputs, live, name="standup", now=NOW, hints=hints)
    assert (found.changes, [item.path for item in found.drift]) == (True, [("properties", "enable_chat")])
    body = update_body(ROOM, state, inputs, live, now=NOW, hints=hints)
    assert body == {"properties": {"enable_chat": True}}
    refreshed = project_inputs(ROOM, inputs, live, {})
    assert refreshed["privacy"] == "private"
    assert update_body(ROOM, state_of(refreshed, live), inputs, live, now=NOW)["privacy"] == "public"


def test_another_name_replaces_and_the_new_room_comes_first():
    old = inputs_of()
    assert plan(old, inputs_of(name="other"), live_of()) == Plan(None, ("name",), False)
    assert plan(old, inputs_of(name=UNKNOWN), live_of()) == Plan(None, ("name",), False)


def test_a_gone_room_is_made_again_delete_first():
    old = inputs_of()
    found = plan(old, old, None)
    assert (found.changes, found.replaces, found.delete_before_replace) == (True, ("name",), True)
    assert found.notes == (
        'room "standup" is gone from Daily; it will be made again (if it is protected, run `pulumi refresh` first)',
    )
    assert plan(old, inputs_of(privacy="private"), None).changes is None


def test_an_expired_room_is_left_alone_while_the_program_says_so():
    old = inputs_of(properties={"exp": int(NOW) - 10})
    for live in (None, live_of(exp=NOW - 10)):
        found = plan(old, old, live)
        assert (found.changes, found.replaces) == (False, ())
        assert found.notes == (f'room "standup" expired at {moment(NOW - 10)}, as the program says',)


def test_an_expired_room_is_made_again_when_the_program_gives_it_a_new_life():
    old = inputs_of(properties={"exp": int(NOW) - 10})
    found = plan(old, inputs_of(properties={"exp": int(NOW) + 10}), live_of(exp=NOW - 10))
    assert (found.changes, found.replaces, found.delete_before_replace) == (None, ("name",), True)
    assert "expired" in found.notes[0]


def test_a_past_exp_is_never_drift_because_daily_would_not_take_it():
    old = inputs_of(properties={"exp": int(NOW) - 10, "enable_chat": True})
    live = live_of(exp=NOW + 1000, enable_chat=True)
    assert plan(old, old, live) == Plan(False)
    new = inputs_of(properties={"exp": int(NOW) - 10, "enable_chat": False})
    assert update_body(ROOM, state_of(old), new, live, now=NOW) == {"properties": {"enable_chat": False}}


def test_offline_only_the_state_is_compared():
    old, new = inputs_of(properties=CHAT), inputs_of(properties={"enable_chat": False})
    assert plan(old, old, None, known=False) == Plan(False)
    assert plan(old, new, None, known=False) == Plan(None)
    assert plan(old, inputs_of(name="b"), None, known=False) == Plan(None, ("name",), False)


def test_unknown_inputs_are_changes_and_never_drift():
    old = inputs_of(properties={"meeting_join_hook": "https://x.example", "lang": "de"})
    new = inputs_of(properties={"meeting_join_hook": UNKNOWN, "lang": "de"})
    found = plan(old, new, live_of(meeting_join_hook="https://x.example", lang="de"))
    assert found == Plan(None)


def test_an_echo_is_accepted_only_as_it_was():
    old = inputs_of(properties={"sip": {"display_name": "a", "sip_mode": "dial-in"}})
    state = state_of(old, live_of())
    assert diff(ROOM, state, old, live_of(), name="standup", now=NOW) == Plan(False)
    assert (
        diff(
            ROOM, state, old, live_of(sip={"display_name": "b", "sip_mode": "dial-in"}), name="standup", now=NOW
        ).changes
        is True
    )


def test_nested_defaults_count_as_set():
    old = inputs_of(properties={"dialout_config": {"allow_room_start": False, "dialout_geo": "us-west-2"}})
    assert plan(old, old, live_of(dialout_config={"dialout_geo": "us-west-2"})) == Plan(False)


def test_secret_settings_are_found_at_any_depth():
    assert is_secret(ROOM.inputs, ("properties", "streaming_endpoints"))
    assert is_secret(ROOM.inputs, ("properties", "streaming_endpoints", 0, "rtmp_config"))
    assert not is_secret(ROOM.inputs, ("properties", "streaming_endpoints", 0, "hls_config"))
    assert not is_secret(ROOM.inputs, ("properties", "enable_chat", "deeper"))
    assert not is_secret(ROOM.inputs, ("extra_properties", "x"))
    assert not is_secret(ROOM.inputs, ("nothing",))
    assert is_secret(ROOM.inputs, ())


def test_update_body_of_a_changed_object_without_difference_on_daily():
    old = inputs_of(properties={"permissions": {"canSend": True, "canAdmin": False}})
    new = inputs_of(properties={"permissions": {"canSend": True}})
    live = live_of(permissions={"canSend": True, "canAdmin": False})
    # What Daily shows of the rest is right, and yet a key left the program: it must be sent.
    assert update_body(ROOM, state_of(old), new, live, now=NOW) == {"properties": {"permissions": {"canSend": True}}}


def test_a_default_that_the_program_newly_asks_for_is_sent_because_the_domain_may_say_otherwise():
    said = {"lang": "en", "enable_transcription_storage": False, "dialout_config": {"allow_room_start": False}}
    old, new = inputs_of(properties={"dialout_config": {}}), inputs_of(properties=said)
    live = live_of(dialout_config={"dialout_geo": "us-west-2"})
    assert update_body(ROOM, state_of(old, live), new, live, now=NOW) == {"properties": said}
    assert update_body(ROOM, {}, new, live, now=NOW) == {"properties": said}  # so does an adoption
    # What Daily shows is there already, and without a change of the program a default is what holds.
    shown = {"name": "standup", "privacy": "public", "config": said}
    assert update_body(ROOM, state_of(old, live), new, shown, now=NOW) == {}
    assert plan(new, new, live) == Plan(False)


TRUNK = {"trunk_name": "carrier", "notification": {"webhook_url": "https://example.org/sip"}, "room_template": {}}


@pytest.mark.parametrize(
    ("spec", "old", "said", "body"),
    [
        (SIP_TRUNK, TRUNK, {"enabled": True}, {}),
        (SIP_TRUNK, TRUNK, {"room_template": {"lang": "en"}}, {"room_template": {"lang": "en"}}),
        (DOMAIN_CONFIG, {"properties": {}}, {"properties": {"lang": "en"}}, {}),
    ],
    ids=["trunk", "its rooms", "domain"],
)
def test_a_default_is_what_holds_where_no_domain_is_above(spec: Any, old: Any, said: Any, body: Any):
    live = {**old, "config": {}}
    state = outputs(spec, old, live, normalized={})
    assert update_body(spec, state, {**old, **said}, live, now=NOW) == body


HLS = {
    "save_hls_recording": True,
    "storage": {"bucket_name": "b", "bucket_region": "us-west-2", "assume_role_arn": "arn", "path_template": "x"},
    "variants": [{"width": 640}, {"width": 64, "iframe_only": True}],
}
LISTS = [
    (ROOM, "streaming_endpoints", {"name": "h", "type": "hls", "hls_config": HLS}, "hls_config.storage.path_template"),
    (ROOM, "streaming_endpoints", {"name": "h", "type": "hls", "hls_config": HLS}, "hls_config.variants.1.iframe_only"),
    (
        DOMAIN_CONFIG,
        "pinless_dialin",
        {"phone_number": "+18055550100", "timeout_config": {"message": "no"}},
        "timeout_config",
    ),
]


@pytest.mark.parametrize(("spec", "setting", "element", "lost"), LISTS, ids=[case[3] for case in LISTS])
def test_a_key_that_left_an_element_of_a_list_is_sent(spec: Any, setting: str, element: Any, lost: str):
    """Daily shows the rest as it is wanted, and yet the key must go."""
    without = copy.deepcopy(element)
    *above, last = lost.split(".")
    place: Any = without
    for part in above:
        place = place[int(part) if part.isdigit() else part]
    del place[last]
    first = {"phone_number": "+18055550101"} if spec is DOMAIN_CONFIG else {"name": "first", "type": "hls"}
    old, new = [first, element], [first, without]
    live = {"name": "standup", "privacy": "public", "config": {setting: old}}
    state = outputs(spec, {"properties": {setting: old}}, live, normalized={})
    body = update_body(spec, state, {"properties": {setting: new}}, live, now=NOW)
    assert body == {"properties": {setting: new}}  # whole, and without nulls
    # A list is replaced whole: what Daily shows in it beside the program is Daily's own.
    assert unremoved_keys(spec, state, {"properties": {setting: new}}, live) == {}


def test_a_list_that_is_shorter_in_the_program_and_on_daily_is_not_sent():
    ends = [{"name": name, "type": "rtmp", "rtmp_config": {"url": "rtmp://x/y"}} for name in "ab"]
    old, new = (inputs_of(properties={"streaming_endpoints": part}) for part in (ends, ends[:1]))
    live = live_of(streaming_endpoints=ends[:1])
    assert update_body(ROOM, state_of(old), new, live, now=NOW) == {}


def test_imported_is_what_a_preview_of_the_same_program_calls_unchanged():
    live = live_of(privacy="private", enable_chat=True, autojoin=True, exp=NOW + 5, sip_uri={"endpoint": "a@b"})
    inputs, outs = imported(ROOM, live, Domain("acme", "id-acme"))
    assert inputs == {
        "name": "standup",
        "privacy": "private",
        "properties": {"enable_chat": True, "exp": int(NOW) + 5},
        "extra_properties": {"autojoin": True},
    }
    checked = check(ROOM, {}, inputs, NOW)
    assert checked.failures == []
    assert checked.inputs == inputs
    assert diff(ROOM, outs, inputs, live, name="standup", now=NOW) == Plan(False)
    assert imported(ROOM, live_of(), Domain("acme", "i"))[0] == {"name": "standup", "privacy": "public"}


def test_dates():
    assert seconds("1970-01-01T00:01:00.000Z") == 60
    assert seconds(None) is None
    assert moment(60) == "1970-01-01 00:01:00 UTC"
    assert moment(1e30) == "a moment beyond the calendar"


def test_an_object_that_daily_gave_up_on_is_drift_that_one_setting_repairs():
    inputs = {"url": "https://example.org/daily", "event_types": ["meeting.started"], "retry_type": "circuit-breaker"}
    live = {"uuid": "w", "url": inputs["url"], "eventTypes": inputs["event_types"], "state": "ACTIVE"}
    live = dict(WEBHOOK.from_api(live))
    state = outputs(WEBHOOK, inputs, live, normalized={})
    assert diff(WEBHOOK, state, inputs, live, name="w", now=NOW) == Plan(False)
    failed = {**live, "state": "FAILED"}
    found = diff(WEBHOOK, state, inputs, failed, name="w", now=NOW)
    assert found.changes is True
    assert [drift.line(WEBHOOK, "w") for drift in found.drift] == [
        'webhook "w": state is "FAILED" on Daily; the next update repairs it'
    ]
    assert update_body(WEBHOOK, state, inputs, failed, now=NOW) == {"url": inputs["url"]}


@pytest.mark.parametrize("secret", [{}, {"hmac": "aG1hYw=="}])
def test_another_version_sends_a_secret_again_or_asks_for_a_new_one(secret: dict[str, str]):
    inputs = {
        "trunk_name": "carrier",
        "room_template": {},
        "notification": {"webhook_url": "https://example.org/sip", **secret},
        "trunk_config": {"is_open": True},
        "hmac_version": "1",
    }
    live = {
        "id": "t",
        "config": {
            "trunk_name": "carrier",
            "room_template": {},
            **{key: inputs[key] for key in ("notification", "trunk_config")},
        },
    }
    state = outputs(SIP_TRUNK, inputs, live, normalized={})
    assert update_body(SIP_TRUNK, state, inputs, live, now=NOW) == {}
    body = update_body(SIP_TRUNK, state, {**inputs, "hmac_version": "2"}, live, now=NOW)
    assert body == {"notification": {"webhook_url": "https://example.org/sip", **(secret or {"hmac": None})}}


@pytest.mark.parametrize(
    ("config", "left"),
    [
        ({"sip": {"display_name": "a", "video": True}}, True),
        ({"sip": {"display_name": "a"}}, False),
        ({"sip_uri": {}}, True),  # Daily shows the addresses in its place
    ],
)
def test_a_key_that_left_an_object_may_still_be_there_where_daily_merges(config: dict[str, Any], left: bool):
    before = {"name": "a", "properties": {"sip": {"display_name": "a", "video": True}}}
    news = {"properties": {"sip": {"display_name": "a"}}}
    state = outputs(ROOM, before, {"name": "a", "config": {}}, normalized={})
    found = unremoved_keys(ROOM, state, news, {"name": "a", "config": config})
    assert found == (news["properties"] if left else {})


def test_a_secret_of_a_trunk_that_is_left_out_stays_as_it_is():
    notification = {"webhook_url": "https://example.org/sip", "hmac": "aG1hYw=="}
    inputs = {
        "trunk_name": "carrier",
        "room_template": {"lang": "de"},
        "notification": notification,
        "trunk_config": {"credential": {"username": "u", "password": "p"}, "allowed_ips": ["203.0.113.0/24"]},
    }
    live = {"id": "t", "config": inputs}
    state = outputs(SIP_TRUNK, inputs, live, normalized={})
    without = {**inputs, "notification": {"webhook_url": "https://example.org/sip"}}
    # Null would have Daily make a new one, and any change of the notification calls the address.
    assert update_body(SIP_TRUNK, state, without, live, now=NOW) == {}
    kept = outputs(SIP_TRUNK, without, live, normalized={}, domain="acme", domain_id="id-acme", before=state)
    assert kept["hmac"] == "aG1hYw=="
    moved = {**inputs, "notification": {"webhook_url": "https://example.org/moved"}}
    assert update_body(SIP_TRUNK, state, moved, live, now=NOW) == {"notification": moved["notification"]}
    rotated = {**without, "hmac_version": "2"}
    body = update_body(SIP_TRUNK, state, rotated, live, now=NOW)
    assert body == {"notification": {"webhook_url": "https://example.org/sip", "hmac": None}}
    # What Daily does not make is taken out.
    ips = {"allowed_ips": ["203.0.113.0/24"]}
    body = update_body(SIP_TRUNK, state, {**inputs, "room_template": {}, "trunk_config": ips}, live, now=NOW)
    assert body == {"room_template": {"lang": None}, "trunk_config": {**ips, "credential": None}}


def sent(old: Any, new: Any, config: dict[str, Any], *ignored: str) -> dict[str, Any]:
    """What an update of a room sends, under ``ignore_changes``."""
    before, after = inputs_of(**old), inputs_of(**new)
    paths = tuple(parse_path(text) for text in ignored)
    return update_body(ROOM, state_of(before), after, live_of(**config), now=NOW, hints=Hints(ignored=paths))


def test_an_ignored_leaf_keeps_dailys_value_when_its_object_is_sent():
    old = {"properties": {"permissions": {"canSend": True, "canAdmin": False, "canReceive": {"base": True}}}}
    new = {"properties": {"permissions": {**old["properties"]["permissions"], "canSend": ["audio"]}}}
    live = {"permissions": {"canSend": True, "canAdmin": True, "canReceive": {"base": False, "byUserId": {"u": True}}}}
    for ignored, admin, receive in (
        ("properties.permissions.canAdmin", True, {"base": True}),
        ("properties.permissions.canReceive.base", False, {"base": False}),
        ("properties.permissions.canReceive", False, live["permissions"]["canReceive"]),
        ("properties.lang", False, {"base": True}),
    ):
        body = sent(old, new, live, ignored)["properties"]["permissions"]
        assert body == {"canSend": ["audio"], "canAdmin": admin, "canReceive": receive}, ignored
    # One that is not set on Daily stays so, and when all that differs is ignored, nothing is sent.
    live = {"permissions": {"canSend": True, "canReceive": {"base": True}}}
    body = sent(old, new, live, "properties.permissions.canAdmin")
    assert body == {"properties": {"permissions": {"canSend": ["audio"], "canReceive": {"base": True}}}}
    live = {"permissions": {"canSend": ["audio"], "canAdmin": True, "canReceive": {"base": True}}}
    assert sent(old, new, live, "properties.permissions.canAdmin") == {}
    # What Daily does not show stays unset; what the program changed is not what is ignored.
    assert sent(old, new, {}, "properties.permissions.canAdmin") == {
        "properties": {"permissions": {"canSend": ["audio"], "canReceive": {"base": True}}}
    }
    assert sent(old, new, {"permissions": {"canSend": True}}, "properties.permissions.canSend")["properties"] == {
        "permissions": {"canSend": ["audio"], "canAdmin": False, "canReceive": {"base": True}}
    }


def test_a_list_of_plain_values_is_one_leaf_and_the_programs_own_when_it_changed():
    old, new = ({"properties": {"enable_recording": ["cloud", last]}} for last in ("local", "raw-tracks"))
    live = {"enable_recording": ["cloud-audio-only", "local"]}
    # As for a room that says so itself in a set that ignores its defaults.
    assert sent(old, new, live, "properties") == new


def test_an_ignored_leaf_inside_a_list_keeps_dailys_value():
    def ends(first: str, second: str) -> list[dict[str, Any]]:
        return [{"name": url, "type": "rtmp", "rtmp_config": {"url": f"rtmp://x/{url}"}} for url in (first, second)]

    old, new = ({"properties": {"streaming_endpoints": ends("a", last)}} for last in "bc")
    live = {"streaming_endpoints": [{**ends("theirs", "b")[0], "name": "a"}, ends("a", "b")[1]]}
    expected = [live["streaming_endpoints"][0], ends("a", "c")[1]]
    for ignored in ("properties.streaming_endpoints[0].rtmp_config.url", "properties.streaming_endpoints[*]"):
        assert sent(old, new, live, ignored) == {"properties": {"streaming_endpoints": expected}}
    # A list of another length on Daily: element by element all the same.
    shorter = {"streaming_endpoints": live["streaming_endpoints"][:1]}
    body = sent(old, new, shorter, "properties.streaming_endpoints[0].rtmp_config.url")
    assert body == {"properties": {"streaming_endpoints": expected}}


def test_what_daily_makes_inside_a_list_is_not_sent_back():
    entries = [{"phone_number": "+18055550100", "name_prefix": name} for name in "ab"]
    old, new = {"pinless_dialin": entries}, {"pinless_dialin": [entries[0], {**entries[1], "name_prefix": "c"}]}
    live = {"config": {"pinless_dialin": [{**entries[0], "name_prefix": "theirs", "sip_uri": "a@b"}, entries[1]]}}
    state = outputs(DOMAIN_CONFIG, {"properties": old}, live, normalized={})
    hints = Hints(ignored=(("properties", "pinless_dialin", 0),))
    body = update_body(DOMAIN_CONFIG, state, {"properties": new}, live, now=NOW, hints=hints)
    first = {**entries[0], "name_prefix": "theirs"}
    assert body == {"properties": {"pinless_dialin": [first, new["pinless_dialin"][1]]}}


def test_ignored_text_that_no_model_knows_is_guarded_on_its_way_back():
    old, new = ({"extra_properties": {"new": {"a": "old", "b": n}}} for n in (1, 2))
    body = sent(old, new, {"new": {"a": "theirs", "b": 1}}, "extra_properties.new.a")
    assert body == {"properties": {"new": {"a": "theirs", "b": 2}}}
    assert isinstance(body["properties"]["new"]["a"], SecretText)


def test_a_version_sends_the_given_secret_even_where_the_secret_is_ignored():
    notification = {"webhook_url": "https://example.org/sip", "hmac": "aG1hYw=="}
    credential = {"username": "u", "password": "p"}
    inputs = {
        "trunk_name": "carrier",
        "room_template": {},
        "notification": notification,
        "trunk_config": {"credential": credential, "exp_offset": 60},
    }
    shown = {"credential": {"username": "theirs"}, "exp_offset": 90}
    theirs = {**notification, "webhook_url": "https://example.org/theirs", "hmac": "dGhlaXJz"}
    live = {"id": "t", "config": {**inputs, "notification": theirs, "trunk_config": shown}}
    state = outputs(SIP_TRUNK, inputs, live, normalized={})
    hints = Hints(ignored=(("notification",), ("trunk_config",)))
    assert update_body(SIP_TRUNK, state, inputs, live, now=NOW, hints=hints) == {}
    body = update_body(SIP_TRUNK, state, {**inputs, "hmac_version": "2"}, live, now=NOW, hints=hints)
    assert body == {"notification": {**theirs, "hmac": "aG1hYw=="}}
    # The password, which Daily does not show, is the one that was written last.
    body = update_body(SIP_TRUNK, state, {**inputs, "credential_version": "2"}, live, now=NOW, hints=hints)
    assert body == {"trunk_config": {"credential": {"username": "theirs", "password": "p"}, "exp_offset": 90}}


# -- ignore_changes below what Daily shows otherwise, or not at all ----------------------------------------------------


def drifted(inputs: dict[str, Any], live: dict[str, Any], *ignored: str, **more: Any) -> list[str]:
    """The lines of the drift under ``ignore_changes``, where neither an update nor a second look may say otherwise."""
    hints = Hints(ignored=tuple(parse_path(text) for text in ignored), **more)
    state = state_of(inputs, {**live, "config": inputs.get("properties", {}) | inputs.get("extra_properties", {})})
    found = diff(ROOM, state, inputs, live, name="standup", now=NOW, hints=hints)
    assert found.changes is bool(found.drift)
    assert bool(update_body(ROOM, state, inputs, live, now=NOW, hints=hints)) is bool(found.drift)
    return [item.line(ROOM, "standup").removeprefix('room "standup": ') for item in found.drift]


SOME = {"permissions": {"canSend": ["audio"], "canAdmin": False, "canReceive": {"base": False}}}


@pytest.mark.parametrize(
    ("ignored", "left"),
    [
        (["properties.permissions.canAdmin"], {"permissions.canSend", "permissions.canReceive"}),
        (["properties.permissions.canAdmin", "properties.permissions.canSend"], {"permissions.canReceive"}),
        (["properties.permissions.canReceive.base"], {"permissions.canSend", "permissions.canAdmin"}),
        (["properties.permissions.*"], set()),
        (["properties.*"], set()),
        (["*"], set()),
        (["*.permissions.*"], set()),
        (["properties.permissions"], set()),
        (["properties.lang"], {"permissions"}),
    ],
    ids=lambda value: str(sorted(value)),
)
def test_ignored_leaves_of_an_object_that_daily_does_not_show_are_no_drift(ignored: list[str], left: set[str]):
    found = drifted(inputs_of(properties=SOME), live_of(), *ignored)
    assert {line.partition(" ")[0] for line in found} == left


def test_an_update_of_an_object_that_daily_does_not_show_leaves_ignored_leaves_unset():
    inputs = inputs_of(properties=SOME)
    state = state_of(inputs, live_of(**SOME))
    hints = Hints(ignored=(("properties", "permissions", "canAdmin"),))
    body = update_body(ROOM, state, inputs, live_of(), now=NOW, hints=hints)
    assert body == {"properties": {"permissions": {"canSend": ["audio"], "canReceive": {"base": False}}}}


def ends(*names: str) -> list[dict[str, Any]]:
    return [{"name": name, "type": "rtmp", "rtmp_config": {"url": f"rtmp://x/{name}"}} for name in names]


@pytest.mark.parametrize(
    ("ignored", "left"),
    [
        (["properties.streaming_endpoints[*]"], []),
        (["properties.streaming_endpoints"], []),
        (["properties.streaming_endpoints[1]"], []),
        (["properties.streaming_endpoints[0]"], ["streaming_endpoints[1]"]),
        (
            ["properties.streaming_endpoints[1].name"],
            ["streaming_endpoints[1].rtmp_config", "streaming_endpoints[1].type"],
        ),
        (
            ["properties.streaming_endpoints[*].rtmp_config.url"],
            ["streaming_endpoints[1].name", "streaming_endpoints[1].type"],
        ),
        (["properties.lang"], ["streaming_endpoints"]),
    ],
    ids=str,
)
def test_ignored_elements_of_a_list_of_another_length_are_no_drift(ignored: list[str], left: list[str]):
    """Somebody removed the second one."""
    inputs = inputs_of(properties={"streaming_endpoints": ends("a", "b")})
    found = drifted(inputs, live_of(streaming_endpoints=ends("a")), *ignored)
    assert sorted(line.partition(" ")[0] for line in found) == left


def test_an_ignored_element_that_somebody_added_stays():
    inputs = inputs_of(properties={"streaming_endpoints": ends("a")})
    live = live_of(streaming_endpoints=ends("a", "theirs"))
    assert drifted(inputs, live, "properties.streaming_endpoints[1]") == []
    assert drifted(inputs, live, "properties.streaming_endpoints[*]") == []
    assert len(drifted(inputs, live, "properties.streaming_endpoints[0]")) == 1
    state = state_of(inputs, live_of(streaming_endpoints=ends("a")))
    new = inputs_of(properties={"streaming_endpoints": [{**ends("a")[0], "name": "renamed"}]})
    hints = Hints(ignored=(("properties", "streaming_endpoints", 1),))
    body = update_body(ROOM, state, new, live, now=NOW, hints=hints)
    assert [end["name"] for end in body["properties"]["streaming_endpoints"]] == ["renamed", "theirs"]


def test_a_list_that_daily_shows_as_something_else_is_compared_whole():
    inputs = inputs_of(extra_properties={"new": [1, 2]})
    assert drifted(inputs, live_of(new=5), "extra_properties.new[0]") == [
        "new[1] is not set on Daily, the program says 2"
    ]
    assert drifted(inputs, live_of(new=5), "extra_properties.new[*]") == []
    assert drifted(inputs, live_of(new={"a": 1}), "extra_properties.new.a") != []


def test_what_all_rooms_share_keeps_its_ignored_leaves_when_a_room_changes_another():
    """A set that ignores its defaults; the room says one leaf of an object itself."""
    old = {"properties": {"permissions": {"canSend": True, "canAdmin": False}}}
    new = {"properties": {"permissions": {"canSend": ["audio"], "canAdmin": False}}}
    body = sent(old, new, {"permissions": {"canSend": True, "canAdmin": True}}, "properties")
    assert body == {"properties": {"permissions": {"canSend": ["audio"], "canAdmin": True}}}


# -- what may not be shown ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "values", "hidden"),
    [
        (("properties", "lang"), ("de", "fr"), False),
        (("properties", "meeting_join_hook"), ("https://x.example",), True),
        (("properties", "streaming_endpoints", 0), (ABSENT,), True),
        (("properties", "auto_transcription_settings"), ({"a": 1},), False),
        (("properties", "auto_transcription_settings"), ({"api_key": "x"},), True),
        (("properties", "auto_transcription_settings"), ([{"deep": ({"hmac": "x"},)}],), True),
        (("properties", "auto_transcription_settings", "secret"), ("x",), True),
        (("extra_properties", "new"), ("text",), True),
        (("extra_properties", "new"), (5, True), False),
        (("extra_properties", "token"), (5,), True),
        (("extra_properties", "lang"), ("hu",), False),
        (("extra_properties", "meeting_join_hook"), (5,), True),
        (("extra_properties", "streaming_endpoints", 0, "name"), ("a",), False),
        (("extra_properties",), ("text",), True),
    ],
    ids=str,
)
def test_secrets_are_hidden_by_model_and_by_name(path: Any, values: Any, hidden: bool):
    assert must_redact(ROOM, path, *values) is hidden


@pytest.mark.parametrize(
    ("marked", "hidden"),
    [
        ("properties.lang", True),
        ("properties", True),
        ("properties.*", True),
        ("properties.geo", False),
        ("properties.lang.deeper", True),
        ("lang", False),
    ],
)
def test_what_the_program_marked_as_a_secret_is_hidden(marked: str, hidden: bool):
    hints = Hints(secret=(parse_path(marked),))
    assert must_redact(ROOM, ("properties", "lang"), "de", hints=hints) is hidden
    line = "lang has another value on Daily" if hidden else 'lang is "fr" on Daily, the program says "de"'
    secret = hints.secret
    assert drifted(inputs_of(properties={"lang": "de"}), live_of(lang="fr"), secret=secret) == [line]


def test_a_secret_below_a_setting_that_differs_as_a_whole_is_hidden():
    inputs = inputs_of(properties={"permissions": {"canSend": ["audio"]}})
    secret = (("properties", "permissions", "canSend", 0),)
    assert drifted(inputs, live_of(), secret=secret) == ["permissions has another value on Daily"]


def test_a_change_is_said_without_secrets():
    assert Drift(("properties", "lang"), "fr", "de").change(ROOM) == 'lang "fr" -> "de"'
    assert Drift(("privacy",), ABSENT, "public").change(ROOM) == 'privacy not set -> "public"'
    assert Drift(("properties", "meeting_join_hook"), "CANARY", "x", hidden=True).change(ROOM) == "meeting_join_hook"

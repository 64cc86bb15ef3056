"""Every kind of object in one stack, and a set of rooms of its own."""

from __future__ import annotations

from .model import (
    Days,
    Edit,
    EditDomain,
    EditObject,
    NothingLeft,
    Remove,
    RemoveObject,
    Scenario,
    SecretInState,
    destroy,
    preview,
    program,
    refresh,
    up,
)

HOOK = "https://example.com/events"
"""Not on this machine: the emulator takes its test calls as answered."""

EVERYTHING = program(f"""
standup = daily.Room("standup", name="standup", privacy="private", properties={{"enable_chat": True}})
daily.RoomSet("classrooms", defaults={{"properties": {{"enable_chat": True}}}}, rooms={{
    "math-1": {{"privacy": "private"}}, "math-2": {{"properties": {{"lang": "de"}}}}}})
daily.DomainConfig("domain", properties=daily.DomainPropertiesArgs(lang="de", enable_people_ui=False))
daily.Webhook("hook", url="{HOOK}", event_types=["meeting.started", "meeting.ended"], basic_auth="dXNlcjpwYXNz")
number = daily.PhoneNumber("number", search=daily.NumberSearchArgs(region="NY"))
daily.DialinConfig("dialin", type="pinless_dialin", phone_number=number.number,
    room_creation_api="https://example.com/calls", timeout_config={{"message": "Nobody is there"}})
daily.SipTrunk("trunk", trunk_name="support", description="Support line", room_template={{"enable_chat": True}},
    notification={{"webhook_url": "{HOOK}"}}, trunk_config=daily.TrunkConfigArgs(
        allowed_ips=["203.0.113.0/24"],
        credential=daily.TrunkCredentialArgs(username="carrier", password="carrier-pass-1")))
daily.SipClient("client", username="desk.1")
daily.MeetingToken("token", properties={{"room_name": standup.name, "is_owner": True}}, lifetime=7776000)
daily.MeetingToken("signed", properties={{"room_name": standup.name}}, self_signed=True, lifetime=7776000)
""")
COUNT = 11
"""With the stack."""

DRIFTED = (
    'room "standup": enable_chat is false on Daily, the program says true',
    'room "math-2": lang is "fr" on Daily, the program says "de"',
    'domain "acme": lang is "fr" on Daily, the program says "de"',
    'event_types is ["meeting.ended"] on Daily, the program says ["meeting.ended", "meeting.started"]',
    'timeout_config.message is "Later" on Daily, the program says "Nobody is there"',
    'SIP trunk "support": description is "x" on Daily, the program says "Support line"',
)
DRIFT = (
    Edit("standup", {"enable_chat": False}),
    Edit("math-2", {"lang": "fr"}),
    EditDomain({"lang": "fr"}),
    EditObject("webhooks", {"eventTypes": ["meeting.ended"]}),
    EditObject("dialin_configs", {"timeout_config": {"message": "Later"}}),
    EditObject("sip_trunks", {"description": "x"}),
)

GONE_OR_DUE = ("dial-in config", 'SIP client "desk"', "a meeting token expires at")

SCENARIOS = (
    Scenario(
        "every_kind",
        [
            EVERYTHING,
            preview({"create": COUNT}),
            up({"create": COUNT}),
            SecretInState("hook", "hmac", "url"),
            SecretInState("hook", "basic_auth", "state"),
            SecretInState("trunk", "hmac", "sip_uri"),
            SecretInState("client", "password", "sip_uri"),
            SecretInState("token", "token", "expires_at"),
            SecretInState("signed", "token", "expires_at"),
            preview(),
            preview(refresh=True),
            *DRIFT,
            preview({"update": len(DRIFT)}, says=DRIFTED),
            up({"update": len(DRIFT)}, says=DRIFTED),
            preview(),
            *DRIFT,
            refresh({"update": len(DRIFT)}),
            up({"update": len(DRIFT)}),
            preview(),
            Days(15),
            destroy({"delete": COUNT}),
            NothingLeft(),
        ],
    ),
    Scenario(
        "broken_webhook",
        [
            program(f'daily.Webhook("hook", url="{HOOK}", event_types=["meeting.started"])\n'),
            up({"create": 2}),
            EditObject("webhooks", {"state": "FAILED", "failedCount": 3}),
            preview({"update": 1}, says=('state is "FAILED" on Daily; the next update repairs it',)),
            up({"update": 1}, says=('state is "FAILED" on Daily',)),
            preview(),
            program(f'daily.Webhook("hook", url="{HOOK}", event_types=["meeting.startd"])\n'),
            preview(fails=("did you mean meeting.started?",)),
            program(f'daily.Webhook("hook", url="{HOOK}", event_types=["meeting.ended"], retry_type="exponential")\n'),
            # The note on what the last run repaired goes as well.
            preview({"update": 1}, leaves={"hook": ("add retry_type", "delete drift", "update event_types[0]")}),
            up({"update": 1}),
            preview(refresh=True),
            destroy({"delete": 2}),
            NothingLeft(),
        ],
    ),
    Scenario(
        "room_set",
        [
            program('daily.RoomSet("set", rooms={"a": {}, "b": {"properties": {"lang": "de"}}, "c": {}})\n'),
            up({"create": 2}),
            preview(),
            program(
                'daily.RoomSet("set", rooms={"a": {"properties": {"enable_chat": True}}, '
                '"b": {"properties": {"lang": "fr"}}, "d": {}})\n'
            ),
            preview(
                {"update": 1},
                leaves={
                    "set": ("add rooms.a.properties", "update rooms.b.properties.lang", "delete rooms.c", "add rooms.d")
                },
            ),
            up({"update": 1}),
            Edit("b", {"lang": "it"}),
            Remove("a"),
            preview(
                {"update": 1},
                says=(
                    'room "b": lang is "it" on Daily, the program says "fr"',
                    'room "a" is gone from Daily; it will be made again (if it is protected, run `pulumi refresh` '
                    "first)",
                ),
            ),
            refresh({"update": 1}),
            up({"update": 1}),
            preview(),
            destroy({"delete": 2}),
            NothingLeft(),
        ],
    ),
    Scenario(
        "foreign_domain_settings",
        [
            EditDomain({"lang": "fr"}),
            program('daily.DomainConfig("domain", properties={"lang": "de"})\n'),
            preview({"create": 2}, says=("`pulumi up` will refuse to overwrite it without adopt_existing=True",)),
            up(fails=('lang is "fr" on Daily, the program says "de"', "adopt_existing=True")),
            program('daily.DomainConfig("domain", properties={"lang": "de"}, adopt_existing=True)\n'),
            preview({"create": 1}, says=('lang is "fr" on Daily, the program says "de"; it will be overwritten',)),
            up({"create": 1}, says=("it will be overwritten", "it was overwritten")),
            preview(),
            destroy({"delete": 2}),
            NothingLeft(),
        ],
    ),
    Scenario(
        "read_what_exists",
        [
            program(f'daily.Webhook("hook", url="{HOOK}", event_types=["meeting.started"])\n'),
            up({"create": 2}),
            program(
                f'hook = daily.Webhook("hook", url="{HOOK}", event_types=["meeting.started"])\n'
                'again = daily.Webhook.get("again", hook.id)\npulumi.export("url", again.url)\n'
                'pulumi.export("events", again.event_types)\n'
                'daily.DomainConfig.get("domain", "acme")\n'
            ),
            up(),
            SecretInState("again", "hmac", "url"),
            preview(),
            destroy({"delete": 2, "discard": 2}),
        ],
    ),
    Scenario(
        "gone_or_due",
        [
            program(
                'number = daily.PhoneNumber("number", number="+18055550100")\n'
                'daily.DialinConfig("dialin", type="pin_dialin", phone_number=number.number)\n'
                'daily.SipClient("client", username="desk")\n'
                # Almost all of its lifetime is never left.
                'daily.MeetingToken("token", lifetime=7776000, renew_share=0.99999999)\n'
            ),
            up({"create": 5}),
            RemoveObject("dialin_configs"),
            RemoveObject("sip_clients"),
            preview({"replace": 3}, says=GONE_OR_DUE),
            up({"replace": 3}, says=GONE_OR_DUE),
        ],
    ),
    Scenario(
        "number_is_gone",
        [
            program('daily.PhoneNumber("number", number="+18055550100")\n'),
            up({"create": 2}),
            RemoveObject("phone_numbers"),
            preview(fails=('phone number "+18055550100"', "no number was bought", "pulumi up --replace URN")),
            refresh(fails=("no number was bought",)),
            up(fails=("no number was bought",)),
            destroy({"delete": 2}),
        ],
    ),
)

"""A program that uses the whole surface; mypy and pyright find nothing in it. It is read, never run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

import pulumi_daily as daily

config = pulumi.Config()
protect = pulumi.ResourceOptions(protect=True)

# -- the forms of a constructor

eu = daily.Provider("eu", api_key=config.require_secret("euKey"), opts=protect)
us = daily.Provider("us", daily.ProviderArgs(api_key="key", adopt_existing="never"), protect)
automatic = daily.Room("automatic")
standup = daily.Room("standup", name="standup", privacy="private", properties={"enable_chat": True})
second = daily.Room("second", protect, name="second")
keyword = daily.Room("keyword", name="keyword", opts=pulumi.ResourceOptions(provider=eu))
by_args = daily.Room("by-args", daily.RoomArgs(name="by-args", privacy="public"))
by_both = daily.Room("by-both", daily.RoomArgs(name="by-both"), protect)
by_names = daily.Room("by-names", args=daily.RoomArgs(), opts=protect)
read: daily.Room = daily.Room.get("read", "standup", protect)

# -- nested inputs: dictionaries, classes, both

nested = daily.Room(
    "nested",
    properties={
        "permissions": {"canSend": ["audio"], "canAdmin": False},
        "streaming_endpoints": [
            {"name": "a", "type": "rtmp", "rtmp_config": daily.RtmpConfigArgs(url=config.require_secret("url"))}
        ],
        "lang": None,
    },
)
typed = daily.Room(
    "typed",
    properties=daily.RoomPropertiesArgs(
        exp=1_800_000_000,
        lang="de",
        permissions=daily.PermissionsArgs(canSend=["audio", "video"]),
        enable_recording=["cloud"],
    ),
)
settings: daily.RoomPropertiesArgsDict = {"enable_chat": True}
settings["geo"] = "eu-central-1"
shared = daily.Room("shared", properties=settings)
privacy: daily.RoomPrivacy = "private"
events: list[daily.WebhookEventTypes] = ["meeting.started", "meeting.ended"]
hook = daily.Webhook("hook", url="https://hooks.example", event_types=events, retry_type="exponential")
rooms = daily.RoomSet(
    "rooms",
    rooms={f"team-{name}": {"privacy": privacy, "properties": {"exp": 1_800_000_000}} for name in "abc"},
    defaults=daily.RoomSetRoomArgs(properties={"enable_chat": True}),
)
empty_rooms = daily.RoomSet("empty", rooms=dict.fromkeys(("a", "b")))
domain = daily.DomainConfig("domain", properties={"lang": "de"}, on_destroy="keep")
number = daily.PhoneNumber("number", search={"areacode": "415"})
dialin = daily.DialinConfig("dialin", type="pin_dialin", phone_number=number.number)
trunk = daily.SipTrunk(
    "trunk",
    trunk_name="main",
    trunk_config={"is_open": True},
    room_template={"enable_chat": True},
    notification={"webhook_url": "https://hooks.example"},
)
client = daily.SipClient("client", username="desk-1")

# -- outputs as inputs, and the types of outputs

follower = daily.Room(
    "follower",
    name=standup.name.apply(lambda name: f"{name}-2"),
    properties={"exp": standup.config.apply(lambda shown: shown.exp)},
)
token = daily.MeetingToken("token", properties={"room_name": standup.name, "exp": 1_800_000_000, "is_owner": True})
issued: pulumi.Output[int] = token.issued_at
ends: pulumi.Output[int | None] = standup.properties.apply(lambda given: given.exp if given else None)
endpoint: pulumi.Output[str] = standup.sip_uri.apply(lambda uri: uri.endpoint if uri else "")
limits: pulumi.Output[list[int | None]] = rooms.rooms.apply(
    lambda found: [room.properties.max_participants for room in found.values() if room.properties]
)
addresses: pulumi.Output[dict[str, str]] = rooms.urls
lang: pulumi.Output[str | None] = domain.config.apply(lambda shown: shown.lang)
same: pulumi.Output[Any] = standup.config.apply(lambda shown: shown["lang"])
pulumi.export("endpoint", standup.sip_uri.endpoint)
output: daily.outputs.RoomProperties = daily.outputs.RoomProperties.of({"exp": 5.0})

# -- what a program computes


def computed() -> Mapping[str, Any]:
    return {"enable_chat": True}


plain = daily.Room("plain", properties=daily.untyped(computed()))
later = daily.Room("later", properties=daily.untyped(pulumi.Output.from_input(computed())))
spread = daily.Room("spread", properties=daily.RoomPropertiesArgs(**computed()))
many = daily.RoomSet("many", rooms=config.require_object("rooms"))
choice = daily.Room("choice", privacy=daily.untyped(config.require("privacy")))
again = daily.Room("again", privacy=daily.untyped(standup.privacy))
newer = daily.Room("newer", extra_properties={"of_tomorrow": {"level": 3}})

# -- lookups

lobby: daily.GetRoomResult = daily.get_room("lobby")
perhaps = daily.get_room("lobby", default=None, opts=pulumi.InvokeOptions(provider=eu))
seconds: int | None = lobby.config.exp
first_address: str = lobby.sip_uri.endpoint if lobby.sip_uri else ""
found = daily.get_rooms(privacy="private", config={"enable_chat": True}, opts=pulumi.InvokeOptions(parent=standup))
names: list[str] = [room.name for room in found]
unknown = daily.get_room_output(standup.name, opts=pulumi.InvokeOutputOptions(depends_on=[standup]))
url: pulumi.Output[str] = unknown.apply(lambda room: room.url)

version: str = daily.__version__
maker = daily.tokens.sign
verifier = daily.webhooks.verify

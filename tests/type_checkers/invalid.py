"""Mistakes that mypy and pyright find, each in a line that ends with `# wrong`. It is read, never run."""

from __future__ import annotations

import pulumi

import pulumi_daily as daily

config = pulumi.Config()
options = pulumi.ResourceOptions(protect=True)
eu = daily.Provider("eu", api_key="key")
room = daily.Room("room")

# -- names

daily.Rooom("a")  # wrong
daily.get_roms()  # wrong
daily.outputs.RoomPropertys()  # wrong
room.urll  # wrong
room.properties.apply(lambda given: given and given.enable_chatt)  # wrong
daily.get_room("a").config.max_participant  # wrong
daily.get_room("a").adress  # wrong

# -- keys and keywords

daily.Room("a", properties={"enable_chatt": True})  # wrong
daily.Room("a", properties=daily.RoomPropertiesArgs(enable_chatt=True))  # wrong
daily.Room("a", properties={"permissions": {"can_send": True}})  # wrong
daily.Room("a", privcy="public")  # wrong
daily.RoomArgs(privcy="public")  # wrong
daily.RoomSet("a", rooms={"a": {"property": {}}})  # wrong
daily.RoomSet("a", rooms={"a": {"properties": {"enable_chatt": True}}})  # wrong
daily.DomainConfig("a", properties={"pinless_dialin": [{"sip_url": "a"}]})  # wrong

# -- values

daily.Room("a", properties={"max_participants": "50"})  # wrong
daily.Room("a", properties={"max_participants": config.require("limit")})  # wrong
daily.Room("a", properties={"exp": pulumi.Output.from_input("tomorrow")})  # wrong
daily.Room("a", privacy="secret")  # wrong
daily.Room("a", privacy=config.require("privacy"))  # wrong
daily.Room("a", name=5)  # wrong
daily.RoomArgs(privacy="secret")  # wrong
daily.RoomPropertiesArgs(lang="deutsch")  # wrong
daily.Webhook("a", url="https://a.example", event_types=["meeting.start"])  # wrong
daily.Webhook("a", url="https://a.example", event_types=["meeting.started"], retry_type="never")  # wrong
daily.DomainConfig("a", on_destroy="rest")  # wrong
daily.DialinConfig("a", type="pin")  # wrong
daily.get_rooms(privacy="secret")  # wrong

# -- forms

daily.Webhook("a", url="https://a.example")  # wrong
daily.Room("a", options, options)  # wrong
daily.Room("a", daily.RoomArgs(), name="a")  # wrong
daily.Room("a", daily.WebhookArgs(url="https://a.example", event_types=["meeting.started"]))  # wrong
daily.Room("a", {"name": "a"})  # wrong
daily.Room("a", pulumi.InvokeOptions())  # wrong
daily.Provider("a", adopt_existing="sometimes")  # wrong
daily.get_room("a", provider=eu)  # wrong
daily.get_room("a", opts=options)  # wrong

# -- outputs are not what they hold

text: str = room.url  # wrong
whole: pulumi.Output[str] = room.config.apply(lambda shown: shown.exp)  # wrong

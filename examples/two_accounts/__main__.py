"""Rooms in two Daily accounts, in one stack: the stack's own account, and a second one for Europe.

Configuration of the second account:

    pulumi config set --secret euKey <key>
    pulumi config set euDomain <name of its domain>
"""

import pulumi

import pulumi_daily as daily

config = pulumi.Config()

eu = daily.Provider(
    "eu",
    api_key=config.require_secret("euKey"),
    # With a key of another domain, the preview fails.
    domain=config.require("euDomain"),
    # A provider takes nothing from the stack's `daily:` configuration. This is for an emulator, else None.
    api_url=pulumi.Config("daily").get("apiUrl"),
)

rooms: dict[str, daily.RoomSetRoomArgsDict] = {"reception": {}, "interviews": {"privacy": "private"}}
accounts = {
    # Without a provider: the account of the stack's configuration.
    "us": daily.RoomSet("rooms-us", rooms=rooms, defaults={"properties": {"geo": "us-west-2"}}),
    "eu": daily.RoomSet(
        "rooms-eu",
        rooms=rooms,
        defaults={"properties": {"geo": "eu-central-1", "lang": "de"}},
        opts=pulumi.ResourceOptions(provider=eu),
    ),
}

pulumi.export("urls", {name: account.urls for name, account in accounts.items()})

"""Whose room it is: accounts, rooms that exist already, names that are taken, keys."""

from __future__ import annotations

from .model import (
    EU_DOMAIN,
    EU_KEY,
    NEXT_KEY,
    Add,
    Configure,
    Edit,
    ImportRooms,
    NothingLeft,
    OnServer,
    RotateKey,
    Scenario,
    destroy,
    preview,
    program,
    refresh,
    up,
)
from .scenarios_lifecycle import one

TWO_ACCOUNTS = program("""
config = pulumi.Config()
eu = daily.Provider("eu", api_key=config.require_secret("euKey"), api_url=pulumi.Config("daily").require("apiUrl"))
daily.Room("us-room", name="standup", properties={"lang": "en"})
daily.Room("eu-room", name="standup", properties={"lang": "de"}, opts=ResourceOptions(provider=eu))
""")

SAME_ACCOUNT = """
mine = daily.Provider(
    "mine",
    api_key=pulumi.Config("daily").require_secret("apiKey"),
    api_url=pulumi.Config("daily").require("apiUrl"),
)
"""
FOUND_AGAIN = """
daily.Room("room", name="standup", properties={"lang": "en"}, adopt_existing=True, opts=opts)
daily.RoomSet("set", rooms={"one": {}, "two": {}}, opts=opts)
daily.DomainConfig("domain", properties={"lang": "de"}, opts=opts)
"""

SCENARIOS = (
    Scenario(
        "moved_into_a_set",
        [
            program(one('{"enable_chat": True}')),
            up({"create": 2}),
            program('daily.RoomSet("set", rooms={"standup": {"properties": {"enable_chat": True}}})\n'),
            preview(
                {"create": 1, "delete": 1},
                says=("unless this resource may take it over",),
            ),
            up(fails=("standup", "exists on Daily already", "adopt_existing=True", "aliases"), order=()),
            program(
                'daily.RoomSet("set", rooms={"standup": {"properties": {"enable_chat": True}}}, adopt_existing=True)\n'
            ),
            preview({"create": 1, "delete": 1}, says=('room "standup" exists already and will be taken over',)),
            up(
                {"create": 1, "delete": 1},
                says=(
                    'room "standup" exists already and will be taken over: it is as the program says',
                    "rooms are taken over (standup)",
                    'room "standup" stays on Daily: "set" (RoomSet) stands for it now',
                ),
                order=(),
            ),
            OnServer({"standup": {"enable_chat": True}}),
            preview(),
            destroy({"delete": 2}),
            OnServer({}),
        ],
    ),
    Scenario(
        "another_provider",
        [
            program("opts = None\n" + FOUND_AGAIN),
            up({"create": 4}),
            program(SAME_ACCOUNT + "opts = ResourceOptions(provider=mine)\n" + FOUND_AGAIN),
            up({"create": 1}, order=()),
            OnServer({"standup": {"lang": "en"}, "one": {}, "two": {}}),
            preview(),
            destroy({"delete": 5}),
            NothingLeft(),
        ],
    ),
    Scenario(
        "two_accounts",
        [
            TWO_ACCOUNTS,
            up({"create": 4}),
            OnServer({"standup": {"lang": "en"}}),
            OnServer({"standup": {"lang": "de"}}, domain=EU_DOMAIN),
            preview(),
            Edit("standup", {"lang": "fr"}, domain=EU_DOMAIN),
            preview({"update": 1}, says=('room "standup": lang is "fr" on Daily, the program says "de"',)),
            refresh({"update": 1}),
            destroy({"delete": 4}),
            OnServer({}),
            OnServer({}, domain=EU_DOMAIN),
        ],
    ),
    Scenario(
        "wrong_domain",
        [
            program(one('{"enable_chat": True}')),
            up({"create": 2}),
            Configure("daily:apiKey", EU_KEY, secret=True),
            up(fails=('room "standup" belongs to the Daily domain "acme"', "nothing was read or changed"), order=()),
            OnServer({"standup": {"enable_chat": True}}),
        ],
    ),
    Scenario(
        "taken",
        [
            Add("standup", {"enable_chat": False, "lang": "fr"}),
            program(one('{"enable_chat": True}')),
            up(
                fails=("exists on Daily already", "adopt_existing=True", "`pulumi-daily import --room standup`"),
                order=(),
            ),
            program('daily.Room("room", name="standup", properties={"enable_chat": True}, adopt_existing=True)\n'),
            preview(
                {"create": 1},
                says=('room "standup" exists already and will be taken over: enable_chat false -> true',),
            ),
            up(
                {"create": 1},
                says=(
                    'room "standup" exists already and will be taken over: enable_chat false -> true',
                    'room "standup" existed already and was taken over: enable_chat false -> true',
                ),
                order=('update standup {"properties": {"enable_chat": true}}',),
            ),
            OnServer({"standup": {"enable_chat": True, "lang": "fr"}}),
            preview(refresh=True),
            program(one('{"enable_chat": True}')),
            preview(),
            destroy({"delete": 2}, order=("delete standup",)),
        ],
    ),
    Scenario(
        "duplicate_name",
        [
            program("""
first = daily.Room("first", name="standup")
daily.Room("second", name="standup", opts=ResourceOptions(depends_on=[first]))
"""),
            up(fails=('room "standup" is declared twice: by "first" and by "second"',), order=("create standup",)),
            OnServer({"standup": {}}),
        ],
    ),
    Scenario(
        "get",
        [
            Add("shared", {"lang": "fr"}),
            program("""
shared = daily.Room.get("shared", "shared")
overflow = daily.Room("overflow", name=shared.name.apply(lambda name: f"{name}-overflow"))
pulumi.export("overflow", [overflow.privacy, overflow.properties])
pulumi.export("shared", [shared.url, shared.privacy, shared.config, shared.properties])
"""),
            preview({"create": 2}),
            up({"create": 2}, order=("create shared-overflow",)),
            preview(),
            Edit("shared", {"lang": "de"}),
            up({"read": 1}, order=()),
            refresh(),
            destroy({"delete": 2, "discard": 1}, order=("delete shared-overflow",)),
            OnServer({"shared": {"lang": "de"}}),
        ],
    ),
    Scenario(
        "import_file",
        [
            Add("legacy", {"enable_chat": True, "lang": "fr"}, privacy="private"),
            program(""),
            up({"create": 1}),
            ImportRooms(("legacy",)),
            program(
                'daily.Room("legacy", name="legacy", privacy="private", '
                'properties={"enable_chat": True, "lang": "fr"})\n'
            ),
            preview(refresh=True),
            up(order=()),
            Edit("legacy", {"enable_chat": False}),
            up({"update": 1}, says=('room "legacy": enable_chat is false on Daily',)),
            destroy({"delete": 2}, order=("delete legacy",)),
        ],
    ),
    Scenario(
        "key_rotation",
        [
            program(one('{"enable_chat": True}')),
            up({"create": 2}),
            RotateKey(),
            preview(fails=("401", "daily:apiKey")),
            Configure("daily:apiKey", NEXT_KEY, secret=True),
            preview(),
            # Pulumi refreshes with the configuration of the last up.
            refresh(fails=("401",)),
            up(order=()),
            refresh(),
            destroy({"delete": 2}),
            OnServer({}),
        ],
    ),
)

"""What is refused before anything is written: what is not there, nulls, wrong settings; and secrets."""

from __future__ import annotations

from .model import (
    Configure,
    Edit,
    NowhereInState,
    OnServer,
    Scenario,
    preview,
    program,
    refresh,
    up,
)

NOBODYS = "11111111-2222-4333-8444-555555555555"
"""An id that no object has."""
MISSING = {
    "Room": ("nope-room", 'there is no room "nope-room" in the Daily domain'),
    "Webhook": (NOBODYS, f'there is no webhook "{NOBODYS}"'),
    "DialinConfig": (NOBODYS, f'there is no dial-in config "{NOBODYS}"'),
    "PhoneNumber": (NOBODYS, f'there is no phone number "{NOBODYS}"'),
    "SipTrunk": (NOBODYS, f'there is no SIP trunk "{NOBODYS}"'),
    "SipClient": (NOBODYS, f'there is no SIP client "{NOBODYS}"'),
    "DomainConfig": ("production", 'there is no domain "production"'),
}
"""Kinds with ``get``: an id that is not there, and what is said of it."""


def get(kind: str) -> str:
    """A program that reads what is not there, and makes a room of it."""
    return f'dead = daily.{kind}.get("dead", "{MISSING[kind][0]}")\ndaily.Room("room", name=dead.domain)\n'


SCENARIOS = (
    Scenario(
        "get_of_what_is_not_there",
        [
            *(
                act
                for kind, (_, text) in MISSING.items()
                for act in (program(get(kind)), preview(fails=(text, f"{kind}.get")))
            ),
            program(get("Room")),
            up(fails=(MISSING["Room"][1],), order=()),
            OnServer({}),
        ],
    ),
    Scenario(
        "token_of_a_room_that_is_null",
        [
            program("""
nothing = pulumi.Output.from_input(None)
daily.MeetingToken("token", properties={"room_name": nothing, "is_owner": True}, lifetime=3600)
"""),
            preview(fails=("properties.room_name: ", "a token for every room")),
            program("""
nothing = pulumi.Output.secret({"room": None})
daily.MeetingToken("token", properties=nothing.apply(lambda it: {"room_name": it["room"]}), lifetime=3600)
"""),
            preview(fails=("properties.room_name: ",)),
        ],
    ),
    Scenario(
        "wrong_setting",
        [
            program('for n in range(3):\n    daily.Room(f"room-{n}", name=f"room-{n}")\n'),
            Configure("daily:rateShare", "0"),
            preview(fails=("daily:rateShare must be a number from 0.01 to 1, not '0'",)),
            up(fails=("daily:rateShare must be a number from 0.01 to 1, not '0'",), order=()),
            OnServer({}),
        ],
    ),
    Scenario(
        "preview_of_new_rooms_that_asks_nothing",
        [
            program('for n in range(3):\n    daily.Room(f"room-{n}", name=f"room-{n}")\n'),
            Configure("daily:offline", "true"),
            preview({"create": 4}, says=("daily:offline is set: Daily is not asked. Drift, names that are taken and",)),
            OnServer({}),
        ],
    ),
    Scenario(
        "misspelt_configuration",
        [
            program('for n in range(3):\n    daily.Room(f"room-{n}", name=f"room-{n}")\n'),
            Configure("daily:flavour", "x"),
            preview({"create": 4}, says=("daily:flavour is unknown to pulumi_daily and has no effect on it",)),
            Configure("daily:ofline", "true"),
            Configure("daily:rateShare", "0"),
            preview(
                fails=(
                    "DailyError: daily:rateShare must be a number from 0.01 to 1, not '0'; "
                    "daily:ofline is unknown (did you mean daily:offline?)",
                )
            ),
            program("daily.get_rooms()\n"),
            preview(fails=("daily:rateShare must be a number", "daily:ofline is unknown")),
        ],
    ),
    Scenario(
        "all_failures_of_a_set",
        [
            program("""
daily.RoomSet("set", rooms={"a b": {}, "c": {"enable_chat": True}, "d": {"properties": {"exp": "x", "privacy": "x"}}},
              defaults={"exp": 5})
"""),
            preview(
                fails=(
                    "may hold only A-Z a-z 0-9 - and _; did you mean a-b?",
                    "belongs into properties: give it as rooms.c.properties.enable_chat",
                    "rooms.d.properties.exp: ",
                    "does not belong into properties: give it as rooms.d.privacy",
                    "belongs into properties: give it as defaults.properties.exp",
                )
            ),
        ],
    ),
    Scenario(
        "messages_name_the_provider",
        [
            program("""
eu = daily.Provider("eu", api_key="wrong", api_url=pulumi.Config("daily").require("apiUrl"))
daily.Room("room", name="room", opts=pulumi.ResourceOptions(provider=eu))
"""),
            up(fails=('Daily does not know the API key of daily.Provider "eu"; give it another api_key',), order=()),
            program("""
eu = daily.Provider("eu", api_key="wrong", rate_share=2, offline="maybe")
daily.Room("room", name="room", opts=pulumi.ResourceOptions(provider=eu))
"""),
            preview(
                fails=(
                    "rate_share of daily.Provider \"eu\" must be a number from 0.01 to 1, not '2'; "
                    "offline of daily.Provider \"eu\" must be true or false, not 'maybe'",
                )
            ),
            program("""
eu = daily.Provider("eu", offline=True)
daily.Room("room", name="room", opts=pulumi.ResourceOptions(provider=eu))
"""),
            preview({"create": 1, "update": 1}, says=('offline of daily.Provider "eu" is set: Daily is not asked',)),
        ],
    ),
    Scenario(
        "secret_default_edited_on_daily",
        [
            program(
                'daily.RoomSet("set", defaults={"properties": {"meeting_join_hook": "https://example.com/canary-1"}}, '
                'rooms={"a": {}, "b": {}})\n'
            ),
            up({"create": 2}),
            NowhereInState("canary-1"),
            Edit("a", {"meeting_join_hook": "https://example.com/canary-2"}),
            refresh({"update": 1}, says=('room "a": meeting_join_hook has another value on Daily',)),
            NowhereInState("canary-1"),
            NowhereInState("canary-2"),
            up({"update": 1}, says=('room "a": meeting_join_hook has another value on Daily',)),
            NowhereInState("canary-2"),
        ],
    ),
    Scenario(
        "secrets_in_extra_properties",
        [
            program(
                'hook = "https://example.com/canary-{}"\n'
                'daily.Room("room", name="room", extra_properties={"meeting_join_hook": hook.format(1)})\n'
                'daily.RoomSet("set", rooms={"a": {"extra_properties": {"meeting_join_hook": hook.format(2)}}})\n'
            ),
            up({"create": 3}),
            NowhereInState("canary-1"),
            NowhereInState("canary-2"),
            Edit("room", {"meeting_join_hook": "https://example.com/canary-3"}),
            Edit("a", {"meeting_join_hook": "https://example.com/canary-4"}),
            preview({"update": 2}, says=("meeting_join_hook has another value on Daily",)),
            refresh({"update": 2}),
            NowhereInState("canary-3"),
            NowhereInState("canary-4"),
            up({"update": 2}),
        ],
    ),
)

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
            preview(fails=("property properties.room_name ", "a token for every room")),
            program("""
nothing = pulumi.Output.secret({"room": None})
daily.MeetingToken("token", properties=nothing.apply(lambda it: {"room_name": it["room"]}), lifetime=3600)
"""),
            preview(fails=("property properties.room_name ",)),
        ],
    ),
    Scenario(
        "wrong_setting",
        [
            program('for n in range(3):\n    daily.Room(f"room-{n}", name=f"room-{n}")\n'),
            Configure("daily:rateShare", "0"),
            preview(fails=("daily:rateShare must be a number over 0 and at most 1, not '0'",)),
            up(fails=("daily:rateShare must be a number over 0 and at most 1, not '0'",), order=()),
            OnServer({}),
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
)

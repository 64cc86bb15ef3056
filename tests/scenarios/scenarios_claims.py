"""One object, one owner: declared twice, moved from one resource to another, renamed, exchanged."""

from __future__ import annotations

from .model import (
    Calm,
    Days,
    Edit,
    EditDomain,
    ImportRooms,
    NothingLeft,
    OnServer,
    Program,
    Scenario,
    Switch,
    destroy,
    preview,
    program,
    slow,
    up,
)
from .scenarios_ownership import SAME_ACCOUNT

HOOK = "https://example.com/events"
NUMBER = "+18055550100"
AUTOMATIC = "room-dev-bb1448259c"
"""The name of a resource "room" without one."""
IN_OFFICE, IN_TEAM = "room-dev-66b7192239", "room-dev-5d6bcbed93"
"""The same in a component."""

COMPONENTS = """
class Office(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__("acme:index:Office", name)
        daily.Room("room", opts=ResourceOptions(parent=self))
        self.register_outputs({})

class Team(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__("acme:index:Team", name)
        daily.Room("room", opts=ResourceOptions(parent=self))
        self.register_outputs({})
"""

TRUNK = (
    'daily.SipTrunk("{}", trunk_name="support", room_template={{}}, notification={{"webhook_url": "' + HOOK + '"}}, '
    'trunk_config={{"allowed_ips": ["203.0.113.0/24"]}}'
)
TWICE = {
    'room "x" is declared twice: by "one" and by "two"': ('daily.Room("{}", name="x"',) * 2,
    # Names that differ only in case are one name on Daily, or may be.
    'room "X" is declared twice: by "one" and by "two" (RoomSet)': (
        'daily.Room("{}", name="x"',
        'daily.RoomSet("{}", rooms={{"X": {{}}}}',
    ),
    'room "x" is declared twice: by "one" (RoomSet) and by "two" (RoomSet)': (
        'daily.RoomSet("{}", rooms={{"x": {{}}}}',
    )
    * 2,
    'domain setting "lang" is declared twice: by "one" and by "two"': (
        'daily.DomainConfig("{}", properties={{"lang": "de"}}',
    )
    * 2,
    f'webhook "{HOOK}" is declared twice: by "one" and by "two"': (
        'daily.Webhook("{}", url="' + HOOK + '", event_types=["meeting.started"]',
    )
    * 2,
    f'dial-in config "{NUMBER}" is declared twice: by "one" and by "two"': (
        'daily.DialinConfig("{}", type="pin_dialin", phone_number="' + NUMBER + '"',
    )
    * 2,
    f'phone number "{NUMBER}" is declared twice: by "one" and by "two"': (
        'daily.PhoneNumber("{}", number="' + NUMBER + '"',
    )
    * 2,
    'SIP trunk "support" is declared twice: by "one" and by "two"': (TRUNK,) * 2,
    'SIP client "desk" is declared twice: by "one" and by "two"': ('daily.SipClient("{}", username="desk"',) * 2,
}
"""What a preview says of two resources for one object, without their last argument."""


def twice(first: str, second: str) -> str:
    """A program with two resources "one" and "two", one after the other so that the record is the same every time."""
    return f"one = {first.format('one')})\n{second.format('two')}, opts=ResourceOptions(depends_on=[one]))\n"


def room(name: str, logical: str = "room", more: str = "") -> str:
    """A room as text."""
    return f'daily.Room("{logical}", name="{name}"{more})\n'


def two_rooms(first: str, second: str, more: str = "") -> Program:
    """A program with two rooms of these names, one after the other."""
    return program(
        f'a = daily.Room("a", name="{first}", {more}properties={{"lang": "de"}})\n'
        f'daily.Room("b", name="{second}", {more}properties={{"lang": "fr"}}, opts=ResourceOptions(depends_on=[a]))\n'
    )


SCENARIOS = (
    Scenario(
        "two_components",
        [
            program(COMPONENTS + 'Office("a")\nTeam("a")\n'),
            up({"create": 5}),
            OnServer({IN_OFFICE: {}, IN_TEAM: {}}),
            preview(),
            program(COMPONENTS + 'Office("a")\n'),
            up({"delete": 2}, order=(f"delete {IN_TEAM}",)),
            OnServer({IN_OFFICE: {}}),
        ],
    ),
    Scenario(
        "declared_twice",
        [
            act
            for text, both in TWICE.items()
            for act in (
                program(twice(*both)),
                preview(fails=(text,), says=("is not a number of this domain",) if "dial-in" in text else ()),
            )
        ],
    ),
    Scenario(
        "renamed_in_the_program",
        [
            program(room("x", "a")),
            up({"create": 2}),
            program(room("x", "b")),
            up(fails=('room "x" exists on Daily already', 'aliases=[pulumi.Alias(name="'), order=()),
            program(room("x", "b", ', opts=ResourceOptions(aliases=[Alias(name="a")])')),
            up(order=()),
            program(room("x", "c", ", adopt_existing=True")),
            up(
                {"create": 1, "delete": 1},
                says=('room "x" existed already', 'room "x" stays on Daily: "c" stands for it now'),
                order=(),
            ),
            # Imported as the refusal advises; the import file names the resource as the room.
            ImportRooms(("x",)),
            program(room("x", "x", ', privacy="public"')),
            up({"delete": 1}, says=('room "x" stays on Daily: "x" stands for it now',), order=()),
            OnServer({"x": {}}),
        ],
    ),
    Scenario(
        "to_a_set_of_another_provider",
        [
            program(room("x", "a") + room("y", "b")),
            up({"create": 3}),
            program(
                SAME_ACCOUNT + 'daily.RoomSet("set", rooms={"x": {}, "y": {}}, adopt_existing=True, '
                "opts=ResourceOptions(provider=mine))\n"
            ),
            up(
                {"create": 2, "delete": 2},
                says=(
                    "rooms are taken over (x, y)",
                    'room "x" stays on Daily: "set" (RoomSet) stands for it now',
                    'room "y" stays on Daily: "set" (RoomSet) stands for it now',
                ),
                order=(),
            ),
            OnServer({"x": {}, "y": {}}),
            preview(),
            # Back, from the process of that provider to the default one's.
            program(room("x", "a", ", adopt_existing=True") + room("y", "b", ", adopt_existing=True")),
            up(
                {"create": 2, "delete": 2},
                says=(
                    'rooms stay on Daily, "a" (Room) stands for them now: x',
                    'rooms stay on Daily, "b" (Room) stands for them now: y',
                ),
                order=(),
            ),
            OnServer({"x": {}, "y": {}}),
            destroy({"delete": 3}),
            OnServer({}),
        ],
    ),
    Scenario(
        "other_kinds_to_another_provider",
        [
            program(f"""
daily.PhoneNumber("number", number="{NUMBER}")
daily.Webhook("hook", url="{HOOK}", event_types=["meeting.started"])
daily.DomainConfig("domain", properties={{"lang": "de"}})
"""),
            up({"create": 4}),
            Days(15),  # a number can be released only after 14
            program(
                SAME_ACCOUNT
                + f"""
opts = ResourceOptions(provider=mine)
daily.PhoneNumber("my-number", number="{NUMBER}", adopt_existing=True, opts=opts)
daily.Webhook("my-hook", url="{HOOK}", event_types=["meeting.started"], adopt_existing=True, opts=opts)
daily.DomainConfig("my-domain", properties={{"lang": "de"}}, adopt_existing=True, opts=opts)
"""
            ),
            up(
                {"create": 4, "delete": 3},
                says=(
                    f'phone number "{NUMBER}" stays on Daily: "my-number" stands for it now',
                    'stays on Daily: "my-hook" stands for it now',
                    'domain "acme": lang stays, "my-domain" stands for it now',
                ),
                order=(),
            ),
            preview(refresh=True),
            destroy({"delete": 5}),
            NothingLeft(),
        ],
    ),
    Scenario(
        "between_sets_with_slow_deletes",
        [
            program('daily.RoomSet("a", rooms={"x0": {}, "x1": {}, "y": {}})\n'),
            up({"create": 2}),
            slow("DELETE /batch/rooms", 1.0),
            slow("DELETE /rooms/:name", 1.0),
            program(
                'daily.RoomSet("a", rooms={"y": {}})\n'
                'daily.RoomSet("b", rooms={"z": {}, "x0": {}, "x1": {}}, adopt_existing=True)\n'
            ),
            up({"create": 1, "update": 1}, racing=True),
            OnServer({"x0": {}, "x1": {}, "y": {}, "z": {}}),
            preview(refresh=True),
            # In order: what is deleted first is made anew.
            program(
                'a = daily.RoomSet("a", rooms={"y": {}, "x0": {}, "x1": {}}, adopt_existing=True)\n'
                'daily.RoomSet("b", rooms={"z": {}}, opts=ResourceOptions(depends_on=[a]))\n'
            ),
            up({"update": 2}, racing=True),
            OnServer({"x0": {}, "x1": {}, "y": {}, "z": {}}),
            preview(refresh=True),
        ],
    ),
    Scenario(
        "between_sets_and_not_taken",
        [
            program('daily.RoomSet("one", rooms={"a": {}, "b": {}})\n'),
            up({"create": 2}),
            slow("POST /batch/rooms", 2.0),
            slow("POST /rooms", 1.0),
            # "one" waits for a room that takes its time, so "two" has asked for "a" by then.
            program(
                'daily.RoomSet("two", rooms={"a": {}, "z": {}})\n'
                'later = daily.Room("later", name="later")\n'
                'daily.RoomSet("one", rooms={"b": {}}, opts=ResourceOptions(depends_on=[later]))\n'
            ),
            up(fails=("each of these rooms (a) exists on Daily already",), racing=True),
            Calm(),
            OnServer({"a": {}, "b": {}, "later": {}}),
            # It went to another set, and comes back like any other room.
            program('daily.RoomSet("one", rooms={"a": {}, "b": {}})\n'),
            up(fails=("each of these rooms (a) exists on Daily already",), racing=True),
            program('daily.RoomSet("one", rooms={"a": {}, "b": {}}, adopt_existing=True)\n'),
            up({"update": 1, "delete": 1}, racing=True),
            preview(),
            destroy({"delete": 2}),
            NothingLeft(),
        ],
    ),
    Scenario(
        "from_a_set_to_a_room_that_comes_later",
        [
            program('daily.RoomSet("set", rooms={"a": {}, "b": {}, "c": {}})\n'),
            up({"create": 2}),
            Edit("a", {"enable_chat": True}),  # shows whether it is still the same room
            slow("POST /rooms", 1.0),
            program(
                'daily.RoomSet("set", rooms={"b": {}})\n'
                'later = daily.Room("later", name="later")\n'
                'daily.Room("a", name="a", adopt_existing=True, opts=ResourceOptions(depends_on=[later]))\n'
            ),
            up({"create": 2, "update": 1}, says=('rooms stay on Daily, "a" (Room) asks for them: a', "taken over")),
            Calm(),
            OnServer({"a": {"enable_chat": True}, "b": {}, "later": {}}),
            preview(),
            destroy({"delete": 4}, racing=True),
            NothingLeft(),
        ],
    ),
    Scenario(
        "let_go_and_moved_on",
        [
            program('daily.RoomSet("set", rooms={"a": {}, "b": {}})\n'),
            up({"create": 2}),
            # "set" is updated once "room" has asked for "a", and before it has it.
            slow("POST /rooms", 1.0),
            slow("GET /rooms/:name", 2.0),
            program(
                'daily.Room("room", name="a", adopt_existing=True, opts=ResourceOptions(retain_on_delete=True))\n'
                'later = daily.Room("later", name="later")\n'
                'daily.RoomSet("set", rooms={"b": {}}, opts=ResourceOptions(depends_on=[later]))\n'
            ),
            up({"create": 2, "update": 1}, says=('rooms stay on Daily, "room" (Room) asks for them: a',), racing=True),
            Calm(),
            # It leaves the stack, for another one say.
            program('daily.RoomSet("set", rooms={"b": {}})\n'),
            up({"delete": 2}, racing=True),
            OnServer({"a": {}, "b": {}}),
            preview(refresh=True),
            destroy({"delete": 2}, says=('the set "set" for another resource are not removed with it: a',)),
            OnServer({"a": {}}),
        ],
    ),
    Scenario(
        "between_sets_in_order",
        [
            program('daily.RoomSet("one", rooms={"a": {"properties": {"lang": "de"}}, "b": {}})\n'),
            up({"create": 2}),
            Edit("a", {"enable_chat": True}),
            program(
                'one = daily.RoomSet("one", rooms={"b": {}})\n'
                'daily.RoomSet("two", rooms={"a": {"properties": {"lang": "de"}}}, adopt_existing=True,\n'
                "    opts=ResourceOptions(depends_on=[one]))\n"
            ),
            preview(
                {"create": 1, "update": 1},
                says=('room "a" exists already and will be taken over',),
            ),
            up(
                {"create": 1, "update": 1},
                says=('rooms stay on Daily, "two" asks for them: a', "rooms are taken over (a)"),
                order=(),
            ),
            OnServer({"a": {"lang": "de", "enable_chat": True}, "b": {}}),
            preview(),
        ],
    ),
    Scenario(
        "a_failed_takeover_keeps_nothing",
        [
            program('daily.Room("a", name="a")\n'),
            up({"create": 2}),
            Switch({"max_rooms": 1}),
            program('daily.RoomSet("set", rooms={"a": {}, "b": {}}, adopt_existing=True)\n'),
            up(fails=("b",), racing=True),
            Switch({"max_rooms": None}),
            program('daily.Room("a", name="a")\n'),
            up(racing=True),
            destroy({"delete": 2}),
            NothingLeft(),
        ],
    ),
    Scenario(
        "a_domain_setting_that_comes_later",
        [
            EditDomain({"lang": "de"}),
            program('daily.DomainConfig("d", properties={"enable_pip_ui": True})\n'),
            up({"create": 2}),
            program('daily.DomainConfig("d", properties={"enable_pip_ui": True, "lang": "fr"})\n'),
            up(fails=('lang is "de" on Daily, the program says "fr"', "adopt_existing=True"), order=()),
            program('daily.DomainConfig("d", properties={"enable_pip_ui": True, "lang": "fr"}, adopt_existing=True)\n'),
            preview({"update": 1}, says=('lang is "de" on Daily, the program says "fr"; it will be overwritten',)),
            up({"update": 1}, says=("it was overwritten",)),
            preview(),
        ],
    ),
    Scenario(
        "exchanged_names",
        [
            two_rooms("x", "y"),
            up({"create": 3}),
            two_rooms("y", "x"),
            preview(fails=("passes between", "with another name for each"), says=('room "y" exists on Daily already',)),
            two_rooms("y", "x", "adopt_existing=True, "),
            preview(fails=("passes between",), says=('room "y" exists already and will be taken over',)),
            OnServer({"x": {"lang": "de"}, "y": {"lang": "fr"}}),
            two_rooms("p", "q"),
            up({"replace": 2}),
            two_rooms("y", "x"),
            up({"replace": 2}),
            OnServer({"x": {"lang": "fr"}, "y": {"lang": "de"}}),
        ],
    ),
    Scenario(
        "renamed_in_case_only",
        [
            Switch({"case_sensitive_names": False}),
            program(room("Standup", more=', properties={"lang": "de"}, adopt_existing=True')),
            up({"create": 2}),
            program(room("standup", more=', properties={"lang": "de"}, adopt_existing=True')),
            up(
                {"replace": 1},
                says=(
                    'room "Standup" existed already and was taken over: it is as the program says',
                    'room "Standup" stays on Daily: "room" stands for it now',
                ),
                order=(),
            ),
            OnServer({"Standup": {"lang": "de"}}),
            preview(refresh=True),
        ],
    ),
    Scenario(
        "automatic_name_for_good",
        [
            program('daily.Room("room")\n'),
            up({"create": 2}),
            OnServer({AUTOMATIC: {}}),
            program('daily.Room("desk", opts=ResourceOptions(aliases=[Alias(name="room")]))\n'),
            up(order=()),
            program(
                COMPONENTS.replace('daily.Room("room", opts=ResourceOptions(parent=self))', "pass")
                + 'daily.Room("desk", opts=ResourceOptions(parent=Office("a"), '
                "aliases=[Alias(parent=pulumi.ROOT_STACK_RESOURCE)]))\n"
            ),
            up({"create": 1}, order=()),
            OnServer({AUTOMATIC: {}}),
            preview(),
        ],
    ),
)

"""What a stack may take for its own, and what not: lost answers, foreign objects, killed runs."""

from __future__ import annotations

from .model import (
    Add,
    Calm,
    Days,
    Edit,
    Elsewhere,
    Fault,
    Meanwhile,
    NothingLeft,
    OnServer,
    Remove,
    Scenario,
    Switch,
    destroy,
    drop,
    fail,
    minutes,
    preview,
    program,
    refresh,
    up,
)
from .scenarios_lifecycle import one

AUTOMATIC = "standup-dev-ef9538d5dd"
"""The name of a resource "standup" without one."""
EXISTS = "exists on Daily already"
AS_ASKED = {"DAILY_ADOPT_EXISTING": "as-asked"}
UNREADABLE = (
    Fault("fail", "GET /rooms/:name", {"status": 403, "times": None}),
    Fault("fail", "GET /rooms", {"status": 403, "times": None}),
)
"""What became of a request cannot be looked up: an answer that is not tried again."""
THREE_ROOMS = program("".join(f'daily.Room("r{n}", name="r{n}")\n' for n in range(3)))
ADOPTING_ONE = one('{"lang": "de"}').replace("properties=", "adopt_existing=True, properties=")


SCENARIOS = (
    Scenario(
        "two_people",
        [
            program('daily.Room("standup")\n'),
            up({"create": 2}),
            Elsewhere(program('daily.Room("standup")\n')),
            Elsewhere(up(fails=(AUTOMATIC, EXISTS, "adopt_existing=True", "choose another name"), order=())),
            Elsewhere(destroy({"delete": 1}, order=())),
            OnServer({AUTOMATIC: {}}),
        ],
    ),
    Scenario(
        "room_of_another_stack_in_a_set",
        [
            Elsewhere(program('daily.Room("standup", name="standup")\n')),
            Elsewhere(up({"create": 2})),
            program('daily.RoomSet("set", rooms={"standup": {}, "other": {}})\n'),
            up(fails=("standup", EXISTS, "adopt_existing=True")),
            OnServer({"standup": {}}),
            destroy({"delete": 1}, order=()),
            OnServer({"standup": {}}),
        ],
    ),
    Scenario(
        "older_room_and_a_lost_request",
        [
            Add("standup", {"lang": "fr"}, api=True),
            minutes(9),
            drop("POST /rooms", "before"),
            program(one('{"lang": "de"}')),
            up(fails=(EXISTS, 'lang is "fr" on Daily, the program says "de"', "through the API"), order=()),
            OnServer({"standup": {"lang": "fr"}}),
            # The same as the program says: made before, so not ours. The text offers the way for leftovers.
            Edit("standup", {"lang": "de"}),
            drop("POST /rooms", "before"),
            up(fails=(EXISTS, "it is as the program says", "DAILY_ADOPT_EXISTING=as-asked"), order=()),
            up({"create": 1}, env=AS_ASKED, says=('room "standup" existed already and was taken over',), order=()),
            preview(),
        ],
    ),
    Scenario(
        "room_at_the_moment_of_a_lost_request",
        [
            Meanwhile("POST /rooms", Add("standup", {"lang": "fr"}, api=True)),
            drop("POST /rooms", "before"),
            program(one('{"lang": "de"}')),
            up(fails=(EXISTS, 'lang is "fr" on Daily'), order=()),
            OnServer({"standup": {"lang": "fr"}}),
            Remove("standup"),
            Meanwhile("POST /rooms", Add("standup", {"lang": "de"})),
            drop("POST /rooms", "before"),
            # In the dashboard, so not by our request.
            up(fails=(EXISTS, "in the dashboard"), order=()),
            OnServer({"standup": {"lang": "de"}}),
        ],
    ),
    Scenario(
        "dashboard_room_and_a_503",
        [
            Add("standup", {"lang": "de"}),
            minutes(5),
            fail("POST /rooms", 503),
            program(one('{"lang": "de"}')),
            up(fails=(EXISTS, "in the dashboard"), order=()),
            destroy({"delete": 1}, order=()),
            OnServer({"standup": {"lang": "de"}}),
        ],
    ),
    Scenario(
        "lost_batch_then_refused",
        [
            Add("foreign", {}, api=True),
            minutes(9),
            drop("POST /batch/rooms", "before"),
            program('daily.RoomSet("set", rooms={"a": {}, "foreign": {}})\n'),
            up(fails=("foreign", EXISTS), order=()),
            OnServer({"foreign": {}}),
            # Where it is taken over, it is not among what a failure takes back.
            drop("POST /batch/rooms", "before"),
            fail("POST /batch/rooms", 400, times=None),
            program('daily.RoomSet("set", rooms={"a": {}, "foreign": {}}, adopt_existing=True)\n'),
            up(fails=("did not create",), says=("rooms are taken over (foreign)",), order=()),
            OnServer({"foreign": {}}),
        ],
    ),
    Scenario(
        "lost_batch_of_what_daily_does_not_show",
        [
            drop("POST /batch/rooms", "after"),
            program(
                'daily.RoomSet("set", defaults={"properties": {"enable_people_ui": True}}, '
                'rooms={f"r{n}": {} for n in range(4)})\n'
            ),
            # The record of the emulator's requests leaves out those without an answer.
            up({"create": 2}, order=()),
            OnServer({f"r{n}": {"enable_people_ui": True} for n in range(4)}),
            preview(refresh=True),
            destroy({"delete": 2}),
            NothingLeft(),
        ],
    ),
    Scenario(
        "name_taken_and_not_shown",
        [
            Switch({"read_lag": 3600.0}),
            Add("standup", {"lang": "fr"}, api=True),
            program(one('{"lang": "de"}')),
            up(fails=("it does not show", "Nothing was removed to free the name"), order=()),
            program('daily.RoomSet("set", rooms={"standup": {}})\n'),
            up(fails=("standup",), order=()),
            OnServer({"standup": {"lang": "fr"}}),
        ],
    ),
    Scenario(
        "killed_with_a_set",
        [
            program('daily.RoomSet("set", rooms={"a": {}, "b": {"properties": {"lang": "de"}}})\n'),
            drop("POST /batch/rooms", "after"),
            *UNREADABLE,
            up(fails=("Daily may have processed the request",), order=()),
            OnServer({"a": {}, "b": {"lang": "de"}}),
            Calm(),
            up(fails=("each of these rooms (a, b)", EXISTS, "DAILY_ADOPT_EXISTING=as-asked pulumi up"), order=()),
            up({"create": 1}, env=AS_ASKED, says=("rooms are taken over (a, b)",), order=()),
            preview(refresh=True),
            destroy({"delete": 2}),
            OnServer({}),
        ],
    ),
    Scenario(
        "killed_with_rooms",
        [
            # As a killed run leaves them: made, and not in the state.
            *(Add(f"r{n}", {}, api=True) for n in range(3)),
            Add("theirs", {}, api=True),
            Days(1),  # what was made within the second could be this run's
            THREE_ROOMS,
            up(
                fails=(EXISTS, "2 more rooms of the program exist already", "DAILY_ADOPT_EXISTING=as-asked pulumi up"),
                racing=True,
            ),
            preview(
                {"create": 3},
                env=AS_ASKED,
                says=tuple(f'room "r{n}" exists already and will be taken over' for n in range(3)),
            ),
            up(
                {"create": 3},
                env=AS_ASKED,
                says=tuple(f'room "r{n}" existed already and was taken over' for n in range(3)),
                order=(),
            ),
            destroy({"delete": 4}),
            OnServer({"theirs": {}}),
        ],
    ),
    Scenario(
        "made_anew_by_somebody",
        [
            program(one('{"lang": "de"}')),
            up({"create": 2}),
            Remove("standup"),
            Add("standup", {"lang": "fr"}, api=True),
            preview({"replace": 1}, says=("made anew by somebody else",)),
            destroy({"delete": 2}, says=("made anew by somebody else: it stays",), order=()),
            OnServer({"standup": {"lang": "fr"}}),
            Remove("standup"),
            up({"create": 2}),
            Remove("standup"),
            Add("standup", {"lang": "fr"}, api=True),
            # Let go, and refused like any other room that is not the stack's.
            up(
                fails=(EXISTS, 'lang is "fr" on Daily', "adopt_existing"),
                says=("made anew by somebody else",),
                order=(),
            ),
            OnServer({"standup": {"lang": "fr"}}),
            program(ADOPTING_ONE),
            up({"replace": 1}, says=('was taken over: lang "fr" -> "de"',)),
            Remove("standup"),
            Add("standup", {"lang": "fr"}, api=True),
            refresh({"delete": 1}, says=("made anew by somebody else: it is let go",), order=()),
            up({"create": 1}, says=('was taken over: lang "fr" -> "de"',)),
            destroy({"delete": 2}, order=("delete standup",)),
        ],
    ),
)

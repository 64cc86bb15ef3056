"""Update plans: what the hidden input has of a preview is no violation of the plan that it made."""

from __future__ import annotations

import time

from driver import Cli
from scenarios.model import HEAD

from pulumi_daily.emulator import Emulator

PROGRAM = """
room = daily.Room("standup", properties={"enable_chat": True})
daily.RoomSet("classrooms", rooms={"c-1": {}, "c-2": {}})
daily.MeetingToken("token", properties={"room_name": room.name}, lifetime=3600)
# Almost all of its lifetime is never left.
daily.MeetingToken("due", lifetime=7776000, renew_share=0.99999999)
"""


def test_an_up_follows_the_plan_of_its_preview(cli: Cli, emulator: Emulator) -> None:
    cli.env["PULUMI_EXPERIMENTAL"] = "true"
    cli.write(HEAD + PROGRAM)
    for _ in ("create", "repair"):
        cli.call("preview", "--save-plan", "plan.json")
        time.sleep(1.1)  # the time of a check has whole seconds
        cli.call("up", "--yes", "--plan", "plan.json")
        emulator.edit_room("c-1", enable_chat=True, lang="de")
        emulator.remove_room("c-2")
    assert set(emulator.rooms()) >= {"c-1"}

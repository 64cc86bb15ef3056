"""What a reviewer reads of drift in a pull request: the tree, --diff and --json of the real CLI."""

from __future__ import annotations

import json
from typing import Any

from driver import Cli
from scenarios.model import HEAD

from pulumi_daily.emulator import Emulator

SET = """
rooms = {f"c-{n}": {"properties": {"max_participants": 10}} for n in range(300)}
daily.RoomSet("classrooms", rooms=rooms, defaults={"properties": {"enable_chat": True}})
"""
ROOMS = """
daily.Room("standup", name="standup", properties={"enable_chat": True})
daily.Room("townhall", name="townhall")
daily.Room("hooked", name="hooked", properties={"meeting_join_hook": "https://example.com/canary-hook"})
"""


def previewed(cli: Cli) -> dict[str, Any]:
    """The steps of ``preview --json`` that change something, by name."""
    steps = json.loads(cli.call("preview", "--json").stdout)["steps"]
    return {step["urn"].rpartition("::")[2]: step for step in steps if step["op"] != "same"}


def test_a_set_of_300_rooms_shows_the_two_that_drifted(cli: Cli, emulator: Emulator) -> None:
    emulator.rate_limits = False
    cli.write(HEAD + SET)
    assert cli.run("up").ok
    emulator.edit_room("c-7", max_participants=5)
    emulator.remove_room("c-8")
    shown = cli.call("preview", "--diff").stdout
    assert len(shown.splitlines()) <= 40
    assert '+ max_participants: "is 5 on Daily, the program says 10"' in shown
    assert '+ c-8: "gone from Daily"' in shown
    assert previewed(cli)["classrooms"]["detailedDiff"] == {"drift": {"kind": "add", "inputDiff": True}}
    assert cli.run("up").changes == {"same": 1, "update": 1}
    assert '"drift"' in cli.state_text()
    cli.call("preview", "--expect-no-changes")
    assert cli.run("up").changes == {"same": 2}
    assert '"drift"' not in cli.state_text()


def test_drift_of_single_rooms_and_the_same_again(cli: Cli, emulator: Emulator) -> None:
    cli.write(HEAD + ROOMS)
    assert cli.run("up").ok
    for said in ("is false on Daily, the program says true", "is false on Daily, the program says true (again)"):
        emulator.edit_room("standup", enable_chat=False)
        emulator.edit_room("hooked", meeting_join_hook="https://example.com/canary-other")
        found = previewed(cli)
        assert found["standup"]["newState"]["inputs"]["drift"] == {"enable_chat": said}
        assert found["hooked"]["newState"]["inputs"]["drift"].keys() == {"meeting_join_hook"}
        assert {step["op"] for step in found.values()} == {"update"}
        assert cli.run("up").changes == {"same": 2, "update": 2}
        assert emulator.rooms()["standup"]["properties"] == {"enable_chat": True}
    emulator.remove_room("townhall")
    shown = cli.call("preview").stdout
    assert "townhall replace [diff: +drift]" in " ".join(shown.split())
    assert "canary" not in "".join(cli.console) + cli.state_text()
    assert cli.run("up").ok
    assert cli.run("preview").changes == {"same": 4}

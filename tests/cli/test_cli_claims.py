"""Whose a room is, where only the real CLI can show it: stacks renamed, states moved, runs killed, --replace."""

from __future__ import annotations

import json
import os
import signal
import time

from driver import Cli
from scenarios.model import HEAD, PROJECT, ROOM, STACK

from pulumi_daily.emulator import Emulator

URN = f"urn:pulumi:{STACK}::{PROJECT}::{ROOM}::"
AUTOMATIC = HEAD + 'daily.Room("room", properties={"enable_chat": True})\n'
PATIENCE = 600
"""Polls, of 50 ms each, until a killed run has done what it must have done."""
STILL = 20
"""Polls in which the state must not have changed before the kill: a second."""


def test_a_renamed_stack_keeps_its_rooms(cli: Cli, emulator: Emulator) -> None:
    cli.write(AUTOMATIC)
    assert cli.run("up").ok
    rooms = emulator.rooms()
    cli.call("stack", "rename", "production")
    report = cli.run("up")
    assert report.ok, report.errors
    assert report.changes == {"same": 2}
    assert emulator.rooms() == rooms
    assert cli.run("destroy").ok
    assert not emulator.rooms()


def test_a_room_moved_to_another_stack_keeps_its_name(cli: Cli, emulator: Emulator) -> None:
    cli.write(AUTOMATIC)
    assert cli.run("up").ok
    rooms = emulator.rooms()
    (cli.work / "Pulumi.other.yaml").write_bytes((cli.work / f"Pulumi.{STACK}.yaml").read_bytes())
    cli.call("stack", "init", "other")
    (cli.work / "Pulumi.other.yaml").write_bytes((cli.work / f"Pulumi.{STACK}.yaml").read_bytes())
    names = [f"organization/{PROJECT}/{name}" for name in (STACK, "other")]
    cli.call("state", "move", "--source", names[0], "--dest", names[1], "--yes", URN + "room")
    cli.call("stack", "select", "other")
    report = cli.run("up")
    assert report.ok, report.errors
    assert report.changes.get("same", 0) >= 1
    assert set(report.changes) <= {"same", "create"}, report.changes
    assert emulator.rooms() == rooms
    # The stack that it left no longer has it.
    cli.call("stack", "select", STACK)
    cli.write(HEAD)
    report = cli.run("up")
    assert report.ok, report.errors
    assert emulator.rooms() == rooms


RENAMED = 'daily.Room("room", name="standup", opts=ResourceOptions(ALIASESdelete_before_replace=True))\n'


def test_replace_on_a_named_room(cli: Cli, emulator: Emulator) -> None:
    """A replacement that the command line asks for: the room is not lost, and the refusal says the way on."""
    cli.write(HEAD + 'daily.Room("room", name="standup")\n')
    assert cli.run("up").ok
    first = emulator.rooms()["standup"]["id"]
    report = cli.run("up", options=["--replace", URN + "room"])
    assert not report.ok
    assert "delete_before_replace=True" in report.errors
    assert "is not in this stack" not in report.errors
    assert emulator.rooms()["standup"]["id"] == first
    assert cli.run("up").changes == {"same": 2}
    cli.write(HEAD + 'daily.Room("room", name="standup", opts=ResourceOptions(delete_before_replace=True))\n')
    report = cli.run("up", options=["--replace", URN + "room"])
    assert report.ok, report.errors
    assert emulator.rooms()["standup"]["id"] != first


def test_replace_of_a_resource_that_an_alias_renamed(cli: Cli, emulator: Emulator) -> None:
    """Nothing was updated since: the state's outputs have the former name, and --replace passes no earlier inputs."""
    cli.write(HEAD + 'daily.Room("old", name="standup")\n')
    assert cli.run("up").ok
    first = emulator.rooms()["standup"]["id"]
    cli.write(HEAD + RENAMED.replace("ALIASES", 'aliases=[Alias(name="old")], '))
    assert cli.run("up").changes == {"same": 2}
    cli.write(HEAD + RENAMED.replace("ALIASES", ""))
    report = cli.run("up", options=["--replace", URN + "room"])
    assert not report.ok
    assert 'aliases=[pulumi.Alias(name="OLD")]' in report.errors
    assert emulator.rooms()["standup"]["id"] == first
    cli.write(HEAD + RENAMED.replace("ALIASES", 'aliases=[Alias(name="old")], '))
    report = cli.run("up", options=["--replace", URN + "room"])
    assert report.ok, report.errors
    assert emulator.rooms()["standup"]["id"] != first
    assert cli.run("up").changes == {"same": 2}


def killed(cli: Cli, emulator: Emulator, rooms: int) -> None:
    """Run ``pulumi up``, and kill the CLI and all of its children once so many rooms are there.

    The CLI writes its state in place: it is not killed while it does.
    """
    texts: list[str] = []
    run = cli.begin("up")
    try:
        for _ in range(PATIENCE):
            texts = [*texts[-STILL:], cli.state_text()]
            if len(emulator.rooms()) >= rooms and len(texts) > STILL and len(set(texts)) == 1 and texts[0]:
                break
            assert run.poll() is None, "it ended by itself"
            time.sleep(0.05)
    finally:
        os.killpg(run.pid, signal.SIGKILL)
        run.wait()
    emulator.clear_faults()
    assert len(emulator.rooms()) >= rooms
    cli.call("cancel", "--yes")


def test_rooms_of_a_killed_run(cli: Cli, emulator: Emulator) -> None:
    cli.write(HEAD + 'for n in range(60):\n    daily.Room(f"r{n}", name=f"r{n}", properties={"enable_chat": True})\n')
    emulator.hang("POST /rooms", seconds=600, times=None, after=8)
    killed(cli, emulator, 10)
    made = {name: room["id"] for name, room in emulator.rooms().items()}
    report = cli.run("up")
    assert not report.ok
    assert "DAILY_ADOPT_EXISTING=as-asked pulumi up" in report.errors
    report = cli.run("up", env={"DAILY_ADOPT_EXISTING": "as-asked"})
    assert report.ok, report.errors
    now = {name: room["id"] for name, room in emulator.rooms().items()}
    assert set(now) == {f"r{n}" for n in range(60)}
    assert made.items() <= now.items()
    assert cli.run("preview").changes == {"same": 61}


def test_set_of_a_killed_run(cli: Cli, emulator: Emulator) -> None:
    cli.write(HEAD + 'daily.RoomSet("set", rooms={f"r{n}": {"properties": {"lang": "de"}} for n in range(60)})\n')
    emulator.hang("POST /batch/rooms", seconds=600, times=None)
    killed(cli, emulator, 50)
    report = cli.run("up")
    assert not report.ok
    assert "DAILY_ADOPT_EXISTING=as-asked pulumi up" in report.errors
    report = cli.run("up", env={"DAILY_ADOPT_EXISTING": "as-asked"})
    assert report.ok, report.errors
    assert len(emulator.rooms()) == 60
    assert cli.run("preview", refresh=True).changes == {"same": 2}


def test_a_wrong_setting_is_one_line_a_resource(cli: Cli, emulator: Emulator) -> None:
    cli.write(HEAD + 'for n in range(3):\n    daily.Room(f"r{n}", name=f"r{n}")\n')
    cli.configure("daily:rateShare", "0", secret=False)
    cli.console.clear()
    report = cli.run("up")
    assert not report.ok
    text = "DailyError: daily:rateShare must be a number from 0.01 to 1, not '0'"
    lines = [line for line in report.errors.splitlines() if line.strip()]
    # Pulumi stops at the first failure; others may have been under way.
    assert lines == [text] * len(lines), lines
    assert 1 <= len(lines) <= 3
    # A traceback of the program that Pulumi interrupts is Pulumi's own; of ours there is none.
    assert not [line for line in "\n".join(cli.console).splitlines() if "pulumi_daily" in line]


def test_a_number_that_is_gone_is_bought_again_on_request_and_what_refers_to_it_follows(
    cli: Cli, emulator: Emulator
) -> None:
    """What the error says to do: Pulumi asks no provider before a replacement that the user wants."""
    emulator.switches.release_in_use = "allow"
    number = 'number = daily.PhoneNumber("number", search={"region": "NY"})\n'
    dialin = 'daily.DialinConfig("dialin", type="pin_dialin", phone_number=number.number, name_prefix="x")\n'
    cli.write(HEAD + number + dialin)
    assert cli.run("up").ok
    [gone] = emulator.objects("phone_numbers")
    emulator.remove("phone_numbers", gone)
    report = cli.run("preview")
    assert (report.ok, "`pulumi up --replace URN` buys one" in report.errors) == (False, True)
    exported = json.loads(cli.call("stack", "export").stdout)["deployment"]["resources"]
    [urn] = [one["urn"] for one in exported if one["urn"].endswith("::number")]
    assert cli.run("up", options=["--replace", urn]).ok
    assert cli.run("preview").changes == {"same": 3}
    assert [len(emulator.objects(kind)) for kind in ("phone_numbers", "dialin_configs")] == [1, 1]

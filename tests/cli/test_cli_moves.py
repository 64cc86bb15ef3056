"""State is edited so that objects leave a stack or go to another one: no request changes anything on Daily.

The steps are those of docs/leaving.md. The emulator's log is the witness; at the end, the previews of all stacks that
took part are empty. What programs can do without such edits is in tests/scenarios/scenarios_leaving.py.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from driver import Cli
from scenarios.model import HEAD, KEY, PROJECT, ROOM, STACK
from scenarios.play import import_entries, writes_of
from scenarios.scenarios_leaving import RETAINED, everything
from scenarios.scenarios_objects import COUNT

from pulumi_daily.emulator import Emulator

OTHER, ANOTHER = "other", "elsewhere"
"""A second stack, and a second project."""
TWO = 'daily.Room("one", name="one", properties={"lang": "de"})\ndaily.Room("auto", properties={"enable_chat": True})\n'
SET = 'daily.RoomSet("set", rooms={"one": {"properties": {"lang": "de"}}}'


def urns(cli: Cli) -> dict[str, str]:
    """Return the URNs of all objects of this package in the state, by name."""
    state = json.loads(cli.call("stack", "export").stdout)["deployment"]
    found = [one["urn"] for one in state.get("resources", ()) if "dynamic/daily:" in one["type"]]
    return {urn.rpartition("::")[2]: urn for urn in found}


def up(cli: Cli, source: str, **changes: int) -> None:
    """Deploy a program; ``changes`` are those of the summary, without what stays the same."""
    cli.write(source)
    report = cli.run("up")
    assert report.ok, report.errors
    assert {op: count for op, count in report.changes.items() if op != "same"} == changes, report.warnings


def empty(cli: Cli, source: str, count: int) -> None:
    """Assert that a preview, which compares with Daily, finds ``count`` resources and nothing to do or to warn of."""
    cli.write(source)
    report = cli.run("preview")
    assert report.ok, report.errors
    assert report.changes == {"same": count}
    assert not report.warnings


def unwritten(emulator: Emulator) -> None:
    """Assert that no request changed anything on Daily since the log was cleared; a create may have been refused."""
    assert writes_of(emulator) == []


def deploy(cli: Cli, emulator: Emulator, source: str, count: int) -> dict[str, str]:
    """Deploy the first program, clear the log, and return the URNs by name."""
    up(cli, source, create=count)
    emulator.clear_log()
    return urns(cli)


def second_stack(cli: Cli) -> None:
    """Make the stack OTHER of the same project, with the same configuration, and select the first one."""
    settings = (cli.work / f"Pulumi.{STACK}.yaml").read_bytes()
    cli.call("stack", "init", OTHER)
    (cli.work / f"Pulumi.{OTHER}.yaml").write_bytes(settings)
    cli.call("stack", "select", STACK)


def another_project(cli: Cli, emulator: Emulator, folder: Path, *, backend: str) -> Cli:
    """Return a stack of the same name in the project ANOTHER, with its own passphrase."""
    other = Cli(folder / ANOTHER, Path(cli.env["PULUMI_HOME"]), project=ANOTHER)
    other.env["PULUMI_BACKEND_URL"] = backend or other.env["PULUMI_BACKEND_URL"]
    other.init({"daily:apiUrl": emulator.url}, {"daily:apiKey": KEY})
    return other


def state_move(cli: Cli, source: str, destination: str, moved: dict[str, str]) -> None:
    """Move resources between stacks, each given as ``project/stack``."""
    names = [f"organization/{stack}" for stack in (source, destination)]
    cli.call("state", "move", "--source", names[0], "--dest", names[1], "--yes", *moved.values())


# -- a stack lets go


def test_a_whole_stack_is_forgotten(cli: Cli, emulator: Emulator) -> None:
    deploy(cli, emulator, everything().source, COUNT)
    cli.call("stack", "rm", STACK, "--force", "--yes")
    assert emulator.requests == []


def test_a_destroy_keeps_what_is_retained(cli: Cli, emulator: Emulator) -> None:
    deploy(cli, emulator, everything(RETAINED).source, COUNT)
    assert "[retain]" in cli.call("destroy", "--preview-only", "--diff").stdout
    assert cli.run("destroy").ok
    unwritten(emulator)
    assert urns(cli) == {}


def test_objects_are_deleted_from_the_state(cli: Cli, emulator: Emulator) -> None:
    """Also protected ones. What others depend on goes together with them, or not at all."""
    found = deploy(cli, emulator, everything().source, COUNT)
    for name in ("standup", "classrooms"):
        cli.call("state", "protect", found[name], "--yes")
    refused = cli.call("state", "delete", found["number"], "--yes", ok=False)
    assert "depend" in refused.stdout + refused.stderr
    cli.call("state", "delete", *found.values(), "--yes", "--force", "--target-dependents")
    assert emulator.requests == []
    empty(cli, HEAD, 1)
    unwritten(emulator)


def test_an_update_before_the_program_forgets_them_is_refused(cli: Cli, emulator: Emulator) -> None:
    source = 'daily.Room("room", name="standup")\ndaily.RoomSet("set", rooms={"a": {}})\n'
    found = deploy(cli, emulator, HEAD + source, 3)
    cli.call("state", "delete", *found.values(), "--yes")
    report = cli.run("up")
    assert not report.ok
    assert "exists on Daily already" in report.errors
    unwritten(emulator)
    empty(cli, HEAD, 1)


# -- to another stack or project


def test_every_kind_moves_to_another_stack_of_the_project(cli: Cli, emulator: Emulator) -> None:
    found = deploy(cli, emulator, everything().source, COUNT)
    second_stack(cli)
    state_move(cli, f"{PROJECT}/{STACK}", f"{PROJECT}/{OTHER}", found)
    empty(cli, HEAD, 1)
    cli.call("stack", "select", OTHER)
    empty(cli, everything().source, COUNT)
    up(cli, everything().source)
    empty(cli, everything().source, COUNT)
    unwritten(emulator)


def test_rooms_move_to_another_project(cli: Cli, emulator: Emulator, tmp_path: Path) -> None:
    """The room without a name keeps the one that was derived from the first project."""
    found = deploy(cli, emulator, HEAD + TWO, 3)
    other = another_project(cli, emulator, tmp_path, backend=cli.env["PULUMI_BACKEND_URL"])
    state_move(cli, f"{PROJECT}/{STACK}", f"{ANOTHER}/{STACK}", found)
    empty(cli, HEAD, 1)
    up(other, HEAD + TWO)
    empty(other, HEAD + TWO, 3)
    unwritten(emulator)


def test_rooms_move_to_another_backend_by_an_import(cli: Cli, emulator: Emulator, tmp_path: Path) -> None:
    found = deploy(cli, emulator, HEAD + TWO.splitlines()[0] + "\n", 2)
    other = another_project(cli, emulator, tmp_path, backend="")
    cli.call("state", "delete", found["one"], "--yes")
    entries, code = import_entries(["--room", "one"], emulator)
    assert other.import_file(entries).ok
    empty(cli, HEAD, 1)
    up(other, code)
    empty(other, code, 2)
    unwritten(emulator)


def test_a_room_moves_into_a_set_of_another_stack(cli: Cli, emulator: Emulator) -> None:
    found = deploy(cli, emulator, HEAD + TWO.splitlines()[0] + "\n", 2)
    second_stack(cli)
    cli.call("state", "delete", found["one"], "--yes")
    empty(cli, HEAD, 1)
    cli.call("stack", "select", OTHER)
    up(cli, HEAD + SET + ", adopt_existing=True)\n", create=2)
    empty(cli, HEAD + SET + ")\n", 2)
    unwritten(emulator)


# -- renames


def test_stack_and_project_are_renamed(cli: Cli, emulator: Emulator) -> None:
    source = HEAD + TWO + SET.replace("one", "two") + ")\n"
    deploy(cli, emulator, source, 4)
    cli.call("stack", "rename", "production")
    empty(cli, source, 4)
    cli.call("stack", "rename", f"organization/{ANOTHER}/production")
    settings = json.loads((cli.work / "Pulumi.yaml").read_text("utf-8"))
    (cli.work / "Pulumi.yaml").write_text(json.dumps({**settings, "name": ANOTHER}), "utf-8")
    cli.call("stack", "select", "production")
    empty(cli, source, 4)
    up(cli, source)
    unwritten(emulator)


@pytest.mark.parametrize("by", ["alias", "state rename"])
def test_a_resource_is_renamed(by: str, cli: Cli, emulator: Emulator) -> None:
    """Also a room without a name: it keeps the one that was derived from its former logical name."""
    found = deploy(cli, emulator, HEAD + 'daily.Room("old")\n', 2)
    if by == "state rename":
        cli.call("state", "rename", found["old"], "new", "--yes")
    else:
        up(cli, HEAD + 'daily.Room("new", opts=ResourceOptions(aliases=[Alias(name="old")]))\n')
    assert urns(cli) == {"new": f"urn:pulumi:{STACK}::{PROJECT}::{ROOM}::new"}
    empty(cli, HEAD + 'daily.Room("new")\n', 2)
    unwritten(emulator)


def test_a_component_moves_with_its_room(cli: Cli, emulator: Emulator) -> None:
    source = HEAD + (
        'parent = pulumi.ComponentResource("acme:Office", "office", {})\n'
        'daily.Room("room", opts=ResourceOptions(parent=parent))\n'
    )
    found = deploy(cli, emulator, source, 3)
    second_stack(cli)
    names = [f"organization/{PROJECT}/{stack}" for stack in (STACK, OTHER)]
    cli.call("state", "move", "--source", names[0], "--dest", names[1], "--yes", "--include-parents", *found.values())
    cli.call("stack", "select", OTHER)
    up(cli, source)
    empty(cli, source, 3)
    unwritten(emulator)

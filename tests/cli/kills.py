"""Runs of the real CLI that are killed or interrupted at a request, and what a user does afterwards.

The processes are found through ``/proc``: Linux alone.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Literal

from driver import Cli
from scenarios.model import HEAD

from pulumi_daily.emulator import Emulator
from pulumi_daily.emulator._faults import Fault, Faults

Operation = Literal["up", "destroy"]
Rooms = dict[str, str]
"""Daily's ids of rooms, by their names."""

ROOMS = 'for n in range({}):\n    daily.Room(f"r{{n}}", name=f"r{{n}}", properties={{"enable_chat": True}})\n'
SET = 'daily.RoomSet("all", rooms={{f"r{{n}}": {{"properties": {{"lang": "de"}}}} for n in range({})}})\n'


@dataclass(frozen=True)
class Program:
    """What is deployed, and at how many requests of each run it can be killed (an undisturbed one sends more)."""

    name: str
    source: str
    rooms: int
    requests: Mapping[Operation, int]

    def __str__(self) -> str:
        return self.name.format(self.rooms)


PROGRAMS = (
    Program("{} rooms", ROOMS, 60, {"up": 20, "destroy": 16}),
    Program("a set of {}", SET, 200, {"up": 2, "destroy": 3}),
)
SIGKILLS = ("SIGKILL of the CLI", "SIGKILL of the provider", "SIGKILL of both")
OTHERS = ("SIGINT", "SIGINT twice", "SIGTERM", "pulumi cancel")

LOCKED, AS_ASKED, EOF, NOTHING, OVER = "locked", "as-asked", "EOF", "converges", "over before"
PATIENCE = 1200
"""Polls, of 50 ms each."""


@dataclass(frozen=True)
class Kill:
    """What ends a run, and when."""

    how: str
    at: int
    """The number of the request, from 1 on."""
    done: bool
    """Whether this request has its effect."""
    later: float
    """Seconds between the request and the kill; 0: the server does nothing in between."""

    @classmethod
    def random(cls, random: Random, how: str, requests: int) -> Kill:
        later = random.choice([0.0, 0.0, random.uniform(0.0, 0.4)])
        return cls(how, random.randint(1, requests), random.random() < 0.5, later)


@dataclass
class Outcome:
    """What a kill left, and what the runs said afterwards."""

    in_doubt: int
    said: list[str]


class Moment(Faults):
    """Stops the server at one request until the kill is done; the request may then have no effect."""

    def __init__(self) -> None:
        super().__init__()
        self.reached, self.over = threading.Event(), threading.Event()
        self.kill: Kill | None = None
        self._left = 0

    def arm(self, kill: Kill) -> None:
        self.reached.clear()
        self.over.clear()
        self.kill, self._left = kill, kill.at

    def take(self, route: str | None) -> Fault | None:
        kill = self.kill
        if kill is not None and self._left > 0:
            self._left -= 1
            if self._left == 0:
                self.reached.set()
                if not kill.later:
                    self.over.wait(20)
                if not kill.done:
                    return Fault("drop", "*")
        return super().take(route)


def providers_of(cli: int) -> list[int]:
    """The provider processes of a CLI process: Python, below the shell that the CLI starts."""
    parents: dict[int, int] = {}
    python = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if b"\0pulumi.dynamic\0" in (folder / "cmdline").read_bytes():
                python.append(int(folder.name))
        except OSError:  # it ended meanwhile
            continue
    return [pid for pid in python if cli in (parents.get(pid), parents.get(parents.get(pid, 0)))]


def is_alive(pid: int) -> bool:
    """Whether this process runs: a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_for_end(pids: Iterable[int]) -> None:
    """Wait until none of these processes runs."""
    for pid in pids:
        for _ in range(PATIENCE):
            if not is_alive(pid):
                break
            time.sleep(0.05)
        else:
            os.kill(pid, signal.SIGKILL)
            raise AssertionError("a provider lives on without its CLI")


class Story:
    """One stack and its server, on which others have rooms too."""

    def __init__(self, cli: Cli, emulator: Emulator, program: Program) -> None:
        self.cli, self.emulator, self.program = cli, emulator, program
        self.moment = Moment()
        emulator.faults = emulator.app.faults = self.moment
        emulator.seed(5, properties={"enable_chat": True})
        emulator.add_room("r1-of-somebody")
        self.foreign = emulator.rooms()
        cli.write(HEAD + program.source.format(program.rooms))

    # -- what there is

    def on_server(self) -> Rooms:
        """Our rooms, after a look at those of the others."""
        rooms = self.emulator.rooms()
        assert {name: rooms.pop(name, None) for name in self.foreign} == self.foreign, "somebody's rooms were changed"
        return {name: room["id"] for name, room in rooms.items()}

    def state(self) -> Mapping[str, Any]:
        """The state's deployment. The CLI replaces the file as a whole, so that a kill leaves it readable."""
        return dict(json.loads(self.cli.state_text())["checkpoint"]["latest"] or {})

    def in_state(self) -> Rooms:
        """The rooms that the state has."""
        rooms: Rooms = {}
        for resource in self.state().get("resources", ()):
            outputs = resource.get("outputs") or {}
            rooms |= outputs.get("room_ids") or {}
            if "room_id" in outputs:
                rooms[outputs["name"]] = outputs["room_id"]
        return rooms

    # -- what happens

    def killed(self, operation: Operation, kill: Kill) -> Outcome:
        """Run, kill, repair; assert that nothing was lost, orphaned or made twice."""
        self.moment.arm(kill)
        met = self._run_and_kill(operation, kill)
        self.moment.kill = None
        left, known = self.on_server(), self.in_state()
        in_doubt = len(left.items() ^ known.items())
        said = self._repair(operation)
        self._assert_whole(operation, left)
        return Outcome(in_doubt, said if met else [OVER])

    def _run_and_kill(self, operation: Operation, kill: Kill) -> bool:
        """Return whether there was something to kill: the number of requests differs a little from run to run."""
        run = self.cli.begin(operation)
        providers: list[int] = []
        try:
            for _ in range(PATIENCE):
                if self.moment.reached.wait(0.05) or run.poll() is not None:
                    break
            if not self.moment.reached.is_set():
                return False
            providers = providers_of(run.pid)
            time.sleep(kill.later)
            self._send(kill.how, run, providers)
            self.moment.over.set()
            run.wait(120)
            wait_for_end(providers)
            return True
        finally:
            self.moment.over.set()
            run.kill()
            run.wait()

    def _send(self, how: str, run: subprocess.Popen[bytes], providers: list[int]) -> None:
        if how in ("SIGKILL of the CLI", "SIGKILL of both"):
            run.kill()
        if how in ("SIGKILL of the provider", "SIGKILL of both"):
            assert providers
            for pid in providers:
                os.kill(pid, signal.SIGKILL)
        if how.startswith("SIGINT"):
            run.send_signal(signal.SIGINT)
        if how == "SIGINT twice":
            self.moment.over.set()
            time.sleep(0.3)
            run.send_signal(signal.SIGINT)
        if how == "SIGTERM":
            run.terminate()
        if how == "pulumi cancel":
            self.moment.over.set()
            self.cli.call("cancel", "--yes")

    def _repair(self, operation: Operation) -> list[str]:
        """Do what the next runs say, until one succeeds; return what they said."""
        said: list[str] = []
        env: dict[str, str] = {}
        for _ in range(5):
            done = self.cli.call(operation, "--yes", "--skip-preview", "--color", "never", ok=False, env=env)
            text = done.stdout + done.stderr
            if done.returncode == 0:
                break
            if "the stack is currently locked" in text and LOCKED not in said:
                said.append(LOCKED)
                self.cli.call("cancel", "--yes")
            elif "DAILY_ADOPT_EXISTING=as-asked pulumi up" in text and AS_ASKED not in said:
                said.append(AS_ASKED)
                env = {"DAILY_ADOPT_EXISTING": "as-asked"}
            elif "failed to load checkpoint: EOF" in text and EOF not in said:
                # The CLI writes this file of its backend in place, and needs none.
                said.append(EOF)
                self.cli.state_file.with_suffix(".json.attrs").unlink()
            else:
                raise AssertionError(f"after {said}: {text}")
        if self.state().get("pending_operations"):
            self.cli.call("refresh", "--clear-pending-creates", "--yes", "--skip-preview")
        return said or [NOTHING]

    def _assert_whole(self, operation: Operation, left: Rooms) -> None:
        now = self.on_server()
        assert not self.state().get("pending_operations"), "operations are still pending"
        assert now == self.in_state(), "the state is not what is on the server"
        if operation == "up":
            assert len(now) == self.program.rooms
            assert left.items() <= now.items(), "a room was lost, or made anew"
            report = self.cli.run("preview")
            assert report.ok, report.errors
            assert set(report.changes) == {"same"}, report.changes
        else:
            assert not now


@dataclass
class Table:
    """The outcomes, by operation and kind of kill. What was lost or orphaned would have failed."""

    outcomes: dict[tuple[Operation, str], list[Outcome]] = field(default_factory=lambda: defaultdict(list))

    def __str__(self) -> str:
        rows = [
            "| operation | ended by | runs | with objects in doubt | objects | the next runs said | lost | orphaned |",
            "|---|---|---:|---:|---:|---|---:|---:|",
        ]
        for (operation, how), all_ in sorted(self.outcomes.items(), reverse=True):
            said = Counter(one for outcome in all_ for one in outcome.said)
            doubt = [outcome.in_doubt for outcome in all_ if outcome.in_doubt]
            text = ", ".join(f"{count} {one}" for one, count in sorted(said.items()))
            rows.append(f"| {operation} | {how} | {len(all_)} | {len(doubt)} | {sum(doubt)} | {text} | 0 | 0 |")
        return "\n".join(rows)


def story(one: Story, table: Table, random: Random, kinds: Mapping[Operation, str]) -> None:
    """Live through a stack: an ``up`` and a ``destroy`` that are killed, and repaired."""
    for operation, how in kinds.items():
        kill = Kill.random(random, how, one.program.requests[operation])
        try:
            outcome = one.killed(operation, kill)
        except AssertionError as error:
            raise AssertionError(f"{operation} of {one.program}, {kill}: {error}") from error
        table.outcomes[operation, how].append(outcome)

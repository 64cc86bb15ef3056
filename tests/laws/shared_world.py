"""Daily with stacks that work on it at once: processes, slow and broken connections, and a journal of who did what.

Everything that providers do at once takes turns (`turns`), so what happens is the same for the same seed.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from in_process import CLOCK, URL, Process, World
from stored import COLLECTIONS
from turns import Task, Turns

from pulumi_daily.api import Client, ConnectionDropped, Limiter, Response, Secret
from pulumi_daily.connection import Connection, signer_of
from pulumi_daily.lifecycle import Account
from pulumi_daily.lifecycle.kinds import rooms
from pulumi_daily.lifecycle.live import account, coalesce, reader, snapshot
from pulumi_daily.objects.room import ROOM
from pulumi_daily.objects.room_set import effective
from pulumi_daily.objects.values import same
from pulumi_daily.ownership import Adoption, Claims, FileTakeovers, claims
from pulumi_daily.providers import PROVIDERS
from pulumi_daily.settings import Settings

if TYPE_CHECKING:
    from parallel_stack import ParallelStack


@dataclass(frozen=True)
class Declared:
    """One resource of a program. A room without a name gets one."""

    kind: str
    inputs: Mapping[str, Any]
    alias: str = ""
    """The logical name that it had before."""
    process: str = ""
    """The explicit provider."""

    def rooms(self) -> dict[str, dict[str, Any]]:
        """Return the inputs of its rooms by name; those of a room that gets its name under the empty text."""
        if self.kind == "RoomSet":
            return effective(self.inputs)
        return {str(self.inputs.get("name", "")): dict(self.inputs)} if self.kind == "Room" else {}


Program = Mapping[str, Declared]


@dataclass
class Kept:
    """One resource of the state."""

    id: str
    declared: Declared
    inputs: dict[str, Any]
    outputs: dict[str, Any]
    replacing: bool = False
    """Deleted already, to be made anew."""

    def objects(self) -> dict[str, str]:
        """Return Daily's ids of its objects, by the name of the room or the label of the object."""
        kind = self.declared.kind
        if kind == "RoomSet":
            return dict(self.outputs["room_ids"])
        if kind == "Room":
            return {self.id: self.outputs["room_id"]}
        return {label(kind, self.id): self.id} if kind in COLLECTIONS else {}


def label(kind: str, identity: str) -> str:
    """Return the name of an object that is no room, for the journal."""
    return f"{kind} {identity[:8]}"


class Killed(BaseException):
    """The process of whoever meets this has ended."""


@dataclass
class Weather:
    """What happens to one operation."""

    adoption: Adoption = "never"
    kill_at: int = 0
    """The request at which all processes end, counted from 1; 0: never."""
    lossy: float = 0.0
    """How many answers are lost, before or after Daily did what was asked."""
    pace: float = 0.2
    """Seconds of a request, at most, each way."""
    slow: float = 5.0
    """Those of a DELETE."""
    at_once: bool = False
    """Check and diff go on at once, too, as Pulumi's parallel diff has it."""


@dataclass
class Run:
    """One operation that goes on."""

    stack: ParallelStack
    number: int
    weather: Weather
    program: Program
    preview: bool = False
    requests: int = 0
    over: bool = False
    """The processes have ended, or the CLI does not wait for them any more."""
    killed: bool = False
    errors: list[str] = field(default_factory=list)
    processes: dict[str, tuple[Process, list[Task]]] = field(default_factory=dict)
    leaving: set[str] = field(default_factory=set)
    """The resources that are to be deleted."""
    narrowing: dict[str, set[str]] = field(default_factory=dict)
    """The rooms that sets in the middle of their update are to keep."""
    underway: set[str] = field(default_factory=set)
    """The resources of which nobody knows how far their steps came."""


class OwnConnection(Connection):
    """As the real one, without network."""

    def __init__(self, settings: Settings, lines: list[str], own: Claims, made: Account) -> None:
        super().__init__(settings, SimpleNamespace(info=lines.append, warn=lines.append))
        self.claims, self._made, self._lines = own, made, lines

    def account(self) -> Account:
        return self._made

    def warn_once(self, line: str) -> None:
        if line not in self._lines:
            self._lines.append(line)

    info = warn_once


class SharedWorld(World):
    """Daily with stacks that work on it at once, and a journal of what each did to which object."""

    def __init__(self, seed: int, folder: Path, **switches: Any) -> None:
        super().__init__(seed=seed, **switches)
        self.random = Random(seed)
        self.turns = Turns(self.random, CLOCK.advance)
        self.file = folder / "takeovers.json"
        self.runs = 0
        self.maker: dict[str, str] = {}
        self.made_in: dict[str, int] = {}
        self.removed: dict[str, str] = {}
        """Who removed a room, by its id."""
        self.values: dict[str, list[tuple[int, Any]]] = {}
        """What each room was, by its id, and how many operations had begun by then."""
        self.seen: set[str] = set()
        """The names of all rooms that there ever were."""
        self.faults: list[str] = []
        """What no stack may do."""
        self.story: list[str] = []
        self.kinds: Sequence[str] = ()
        """The other kinds of objects of which a journal is kept."""
        self.troubled: set[int] = set()
        """The runs that were killed or lost an answer."""
        self.kills = self.losses = 0

    def say(self, line: str) -> None:
        self.story.append(f"{self.turns.now:8.2f} {line}")

    def tell(self, seed: int) -> None:
        """Print what happened."""
        sys.stdout.write("\n".join([f"seed {seed}", *self.story, ""]))

    # -- the journal

    def ids(self) -> dict[str, tuple[str, Any]]:
        """Return name and values of each room by id, and label and values of each other object."""
        rooms = self.emulator.backend.domain(None).all()
        found = {room.id: (room.name, (room.privacy, dict(room.properties))) for room in rooms}
        for kind in self.kinds:
            objects = self.emulator.objects(COLLECTIONS[kind][0])
            found |= {identity: (label(kind, identity), (kind, values)) for identity, values in objects.items()}
        return found

    def room(self, name: str) -> dict[str, Any] | None:
        """Return a room as `is_held` takes it."""
        room = self.emulator.backend.domain(None).find(name)
        return None if room is None else vars(room)

    @contextmanager
    def journal(self, actor: str, run: Run | None = None) -> Iterator[None]:
        """Note what is done to rooms within, and judge it."""
        before = self.ids()
        yield
        after = self.ids()
        for identity, (_, values) in after.items():
            if identity not in before or before[identity][1] != values:
                self.values.setdefault(identity, []).append((self.runs, values))
        for identity in sorted(after.keys() - before.keys()):
            self.maker[identity], self.made_in[identity] = actor, run.number if run else 0
            self.seen.add(after[identity][0])
            self.say(f'{actor} made "{after[identity][0]}" {identity[:8]}')
        for identity in sorted(before.keys() - after.keys()):
            self.removed[identity] = actor
            self.say(f'{actor} removed "{before[identity][0]}" {identity[:8]}')
            if run is not None:
                self._judge_removal(identity, before[identity][0], run)
        for identity in sorted(before.keys() & after.keys()):
            if before[identity] != after[identity]:
                self.say(f'{actor} changed "{before[identity][0]}" {identity[:8]}: {after[identity][1]}')
                if run is not None:
                    self._judge_change(identity, before[identity], run)

    def blame(self, text: str) -> None:
        self.say(f"FAULT {text}")
        self.faults.append(text)

    def _judge_removal(self, identity: str, name: str, run: Run) -> None:
        stack = run.stack
        if run.preview:
            self.blame(f'a preview removed "{name}"')
        if self.maker[identity] != stack.project and identity not in stack.adopted:
            self.blame(f'{stack.project} removed "{name}", which {self.maker[identity]} made')
        for resource, kept in stack.state.items():
            mine = {key for key, found in kept.objects().items() if found == identity}
            mine &= run.narrowing.get(resource, mine)
            if mine and not kept.replacing and resource not in run.leaving:
                self.blame(f'{stack.project} removed "{name}", for which {resource} stands')

    def _judge_change(self, identity: str, before: tuple[str, Any], run: Run) -> None:
        stack, (name, (privacy, properties)) = run.stack, before
        if run.preview:
            self.blame(f'a preview changed "{name}"')
        if self.maker[identity] == stack.project or identity in stack.adopted:
            return
        shown = {"api_created": True, "privacy": privacy, "properties": properties}
        if not self.may_adopt(run, name, shown):
            self.blame(f'{stack.project} changed "{name}", which {self.maker[identity]} made')

    def may_adopt(self, run: Run, name: str, live: Mapping[str, Any]) -> bool:
        """Return whether the program, or the whole run, asks to take over an object that is there."""
        if live["privacy"] in COLLECTIONS:
            asked_of_kind = [one.inputs for one in run.program.values() if one.kind == live["privacy"]]
            return run.weather.adoption != "never" or any(one.get("adopt_existing") for one in asked_of_kind)
        asked = [
            (declared, room)
            for declared in run.program.values()
            for key, room in declared.rooms().items()
            if key.lower() == name.lower() or not key
        ]
        adoption = run.weather.adoption
        return any(
            declared.inputs.get("adopt_existing")
            or adoption == "always"
            or (adoption == "as-asked" and live["api_created"] and is_held(room, live))
            for declared, room in asked
        )

    def could_adopt(self, run: Run, name: str, identity: str) -> bool:
        """Return whether that held at any moment of the run: others may have changed the room since."""
        live = self.room(name) or {"api_created": True}
        values = self.values.get(identity, [])
        past = [each for number, each in values if number < run.number][-1:]
        past += [each for number, each in values if number >= run.number]
        return identity not in self.ids() or any(
            self.may_adopt(run, name, {**live, "privacy": privacy, "properties": properties})
            for privacy, properties in past
        )

    # -- processes

    def process_of(self, run: Run) -> tuple[Process, list[Task]]:
        """Start a provider process of an operation."""
        lines = run.stack.lines
        settings = Settings(
            Secret(self.emulator.api_key), None, URL, 1.0, 30.0, 120.0, False, False, False, run.weather.adoption
        )
        turns = self.turns
        client = Client(
            self.emulator.api_key,
            api_url=URL,
            transport=Wire(self, run),
            limiter=Limiter(clock=turns.clock, sleep=turns.sleep),
            clock=turns.clock,
            sleep=turns.sleep,
            random=lambda: 0.5,
        )
        # Ten times longer naps: the file is read that much less often.
        file = FileTakeovers(
            lambda: "acme", path=lambda: self.file, now=CLOCK.now, sleep=lambda seconds: turns.sleep(10 * seconds)
        )
        own = Claims(file)

        def spawn(work: Callable[[], None]) -> None:
            turns.spawn(work)

        made = Account(
            client,
            expected_wait=client.would_wait,
            spawn=spawn,
            claims=own,
            adoption=run.weather.adoption,
            signer=signer_of(Secret(self.emulator.api_key)),
        )
        specs = [ROOM, *(COLLECTIONS[kind][1] for kind in self.kinds)]
        parts = [made.writes(ROOM)._creates, made.writes(ROOM)._deletes, *map(made.snapshot, specs)]
        for one in parts:
            one._clock = turns.clock
        connection = OwnConnection(settings, lines, own, made)
        providers = {cls.spec.kind: cls() for cls in PROVIDERS}
        for provider in providers.values():
            provider._connection = connection
        return Process(providers, lines), []


@contextmanager
def shared_world(seed: int, **switches: Any) -> Iterator[SharedWorld]:
    """A world in which everything that the providers do at once takes turns."""
    with ExitStack() as stack:
        memory = Path("/dev/shm")  # the file of the takeovers is written thousands of times
        folder = stack.enter_context(tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None))
        world = SharedWorld(seed, Path(folder), **switches)
        for module in (account, coalesce, claims, snapshot):
            stack.enter_context(patch.object(module, "threading", world.turns.threading))
        for module in (reader, rooms, snapshot):
            stack.enter_context(patch.object(module, "ThreadPoolExecutor", world.turns.pool))
        yield world


class Wire:
    """The way of one operation's requests to Daily: slow, and cut at some moment."""

    def __init__(self, world: SharedWorld, run: Run) -> None:
        self._world = world
        self._run = run

    def send(self, method: str, url: str, headers: Any, params: Any, json: Any, timeout: Any) -> Response:
        world, run, random = self._world, self._run, self._world.random
        if run.over:
            raise Killed
        run.requests += 1
        longest = run.weather.slow if method == "DELETE" else run.weather.pace
        last = run.requests == run.weather.kill_at
        lost = random.random() < run.weather.lossy
        if lost:
            world.losses += 1
            world.troubled.add(run.number)
        world.turns.sleep(random.uniform(0, longest))
        if (lost or last or run.over) and random.random() < 0.5:
            self._end(last)
            raise ConnectionDropped("lost on the way there")
        with nullcontext() if method == "GET" else world.journal(run.stack.project, run):
            answer = world.transport.send(method, url, headers, params, json, timeout)
        self._end(last)
        world.turns.sleep(random.uniform(0, longest))
        if run.over:
            raise Killed
        if lost:
            raise ConnectionDropped("lost on the way back")
        return answer

    def _end(self, last: bool) -> None:
        if last and not self._run.over:
            self._world.say(f"{self._run.stack.project} is killed")
            self._run.killed = True
            self._world.kills += 1
            self._world.troubled.add(self._run.number)
        if last or self._run.over:
            self._run.over = True
            raise Killed


def is_held(room: Mapping[str, Any], live: Mapping[str, Any]) -> bool:
    """Return whether a room of Daily is as a program says; what it sets beyond that does not matter."""
    wanted: Mapping[str, Any] = room.get("properties") or {}
    stored = live["properties"]
    return live["privacy"] == (room.get("privacy") or "public") and all(
        same(stored.get(key), value) for key, value in wanted.items()
    )

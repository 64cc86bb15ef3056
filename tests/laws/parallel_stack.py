"""A stack whose resources go on at once, as in Pulumi's engine, on a Daily that remembers who did what to which room.

The step rules are those of `pulumi_daily.testing` (which is held to the CLI): the resources of a program are checked
and diffed one after the other, while the steps of those before are carried out, at most four at once in a provider
process; a replacement that deletes first does so in its place, everything else that is to go goes at the end, at once.
A preview and an up have processes of their own, and an explicit provider is one more.
"""

from __future__ import annotations

import copy
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

from in_process import CLOCK, URL, Process, World
from mini_stack import wire
from turns import Task, Turns

from pulumi_daily.api import Client, ConnectionDropped, Limiter, Response, Secret
from pulumi_daily.lifecycle import Account, account, coalesce, reader, room_set, snapshot
from pulumi_daily.objects.names import room_name
from pulumi_daily.objects.room import ROOM
from pulumi_daily.objects.room_set import effective
from pulumi_daily.objects.values import same
from pulumi_daily.ownership import Claims, FileTakeovers, claims
from pulumi_daily.providers import PROVIDERS, Connection
from pulumi_daily.settings import Adoption, Settings

AT_ONCE = 4
"""Calls in flight in one provider process."""

START = 1.5
"""Seconds in which an operation begins. Daily dates rooms by the second: what was made before is older than that."""


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
        return {str(self.inputs.get("name", "")): dict(self.inputs)}


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

    def rooms(self) -> dict[str, str]:
        """Return Daily's ids by name."""
        if self.declared.kind == "RoomSet":
            return dict(self.outputs["room_ids"])
        return {self.id: self.outputs["room_id"]}


class Failed(Exception):
    """An operation failed; what was done before is in the state."""


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
        super().__init__(settings)
        self.claims, self._made, self._lines = own, made, lines

    def account(self) -> Account:
        return self._made

    def warn_once(self, line: str) -> None:
        if line not in self._lines:
            self._lines.append(line)

    info = warn_once


class SharedWorld(World):
    """Daily with stacks that work on it at once, and a journal of what each did to which room."""

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
        self.seen: set[str] = set()
        """The names of all rooms that there ever were."""
        self.faults: list[str] = []
        """What no stack may do."""
        self.story: list[str] = []

    def say(self, line: str) -> None:
        self.story.append(f"{self.turns.now:8.2f} {line}")

    def tell(self, seed: int) -> None:
        """Print what happened."""
        sys.stdout.write("\n".join([f"seed {seed}", *self.story, ""]))

    # -- the journal

    def ids(self) -> dict[str, tuple[str, Any]]:
        """Return name and values of each room by id."""
        rooms = self.emulator.backend.domain(None).all()
        return {room.id: (room.name, (room.privacy, dict(room.properties))) for room in rooms}

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
            mine = {key for key, found in kept.rooms().items() if found == identity}
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
        """Return whether the program, or the whole run, asks to take over a room that is there."""
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

        def beside(work: Callable[[], None]) -> None:
            turns.spawn(work)

        made = Account(
            client,
            forecast=client.would_wait,
            beside=beside,
            claims=own,
            adoption=run.weather.adoption,
        )
        for one in (made.writes(ROOM)._creates, made.writes(ROOM)._deletes, made.snapshot(ROOM)):
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
        for module in (reader, room_set, snapshot):
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
        if last or self._run.over:
            self._run.over = True
            raise Killed


class ParallelStack:
    """State and operations. ``lines`` are the log lines of the latest operation."""

    def __init__(self, world: SharedWorld, project: str) -> None:
        self.world = world
        self.project = project
        self.state: dict[str, Kept] = {}
        self.pending: list[tuple[str, Kept]] = []
        """Replaced and still to be deleted."""
        self.adopted: set[str] = set()
        """The rooms that it was asked to take over."""
        self.excused: set[str] = set()
        """The rooms that failed steps may have removed."""
        self.lines: list[str] = []
        self.kills = 0

    # -- operations

    def preview(self, program: Program, weather: Weather | None = None) -> dict[str, str]:
        """The steps that are not "same", by resource name. Raises :class:`Failed`."""
        run = self._begin(program, weather, preview=True)
        plans: dict[str, str] = {}

        def look(name: str) -> None:
            plans[name] = self._plan(run, name)[0]

        self._side_by_side(run, [partial(look, name) for name in self._order(run)])
        self._end(run)
        return {name: op for name, op in plans.items() if op != "same"} | dict.fromkeys(run.leaving, "delete")

    def up(self, program: Program, weather: Weather | None = None) -> None:
        """Make it so. Raises :class:`Failed`, also when it was killed."""
        calm = copy.copy(weather or Weather())
        calm.kill_at = 0
        self.preview(program, calm)
        run = self._begin(program, weather)
        running: list[Task] = []

        def generate(name: str) -> None:
            op, inputs = self._plan(run, name)
            running.append(self._spawn(run, lambda: self._step(run, name, op, inputs)))

        self._side_by_side(run, [partial(generate, name) for name in self._order(run)])
        self.world.turns.join(running)
        if not run.errors and not run.over:
            self._delete_rest(run)
        self._end(run)

    def destroy(self, weather: Weather | None = None) -> None:
        """Delete every resource."""
        run = self._begin({}, weather)
        self._delete_rest(run)
        self._end(run)

    def refresh(self) -> None:
        """Read every resource."""
        run = self._begin({name: kept.declared for name, kept in self.state.items()}, None, preview=True)

        def look(name: str) -> None:
            kept = self.state[name]
            provider = kept.declared
            found = self._call(run, name, provider, "read", kept.id, wire(kept.outputs))
            if found.id:
                kept.inputs, kept.outputs = wire(found.inputs), wire(found.outs)
            else:
                del self.state[name]

        names = [name for name, kept in self.state.items() if not kept.replacing]
        self._side_by_side(run, [partial(look, name) for name in names])
        self._end(run)

    # -- a run

    def _begin(self, program: Program, weather: Weather | None, *, preview: bool = False) -> Run:
        self.world.turns.sleep(START)
        self.world.runs += 1
        self.lines = []
        run = Run(self, self.world.runs, weather or Weather(), program, preview)
        moved = {declared.alias for name, declared in program.items() if name not in self.state}
        run.leaving = {name for name in self.state if name not in program and name not in moved}
        self.world.say(f"{self.project} begins {'to look at' if preview else 'an up of'} {len(program)} resources")
        return run

    def _end(self, run: Run) -> None:
        """Nothing of its processes goes on. Raises what went wrong."""
        run.over = True
        world = self.world
        live = world.ids()
        for name in run.underway & self.state.keys():
            self.excused |= set(self.state[name].rooms().values())
        for name, kept in self.state.items():
            for room, identity in kept.rooms().items():
                by = world.removed.get(identity)
                if not kept.replacing and by == self.project and identity not in self.excused and identity not in live:
                    world.blame(f'{self.project} removed "{room}", for which {name} stands')
                    self.excused.add(identity)
        if run.killed:
            self.kills += 1
            raise Failed("killed")
        if run.errors:
            world.say(f"{self.project} failed: {run.errors}")
            raise Failed("\n".join(run.errors))

    def _order(self, run: Run) -> list[str]:
        names = list(run.program)
        self.world.random.shuffle(names)
        return names

    def _spawn(self, run: Run, work: Callable[[], None]) -> Task:
        def guarded() -> None:
            try:
                work()
            except Killed:
                pass
            except Failed as error:
                run.errors.append(str(error))
            except BaseException as error:  # noqa: BLE001 - no provider may raise anything else
                self.world.blame(f"{type(error).__name__}: {error}")
                run.errors.append(str(error))

        return self.world.turns.spawn(guarded)

    def _side_by_side(self, run: Run, parts: Sequence[Callable[[], None]]) -> None:
        """Do some work: all at once, or one after the other until something fails."""
        if run.preview or run.weather.at_once:
            self.world.turns.join([self._spawn(run, part) for part in parts])
            return

        def one_by_one() -> None:
            for part in parts:
                if run.errors or run.over:
                    return
                part()

        self.world.turns.join([self._spawn(run, one_by_one)])

    # -- steps

    def _hidden(self, name: str, declared: Declared) -> dict[str, Any]:
        """The inputs as `resources._base` sends them."""
        own: dict[str, Any] = {"owner": f"{self.project}/dev::{declared.kind} {name}"}
        inputs = dict(declared.inputs)
        if declared.kind == "Room" and "name" not in inputs:
            inputs["name"] = room_name(self.project, "dev", name)
            own["auto_name"] = True
        return {**inputs, "__daily": own}

    def _source(self, run: Run, name: str) -> str:
        """The name under which the state has a resource of the program."""
        return name if name in self.state or run.program[name].alias not in self.state else run.program[name].alias

    def _plan(self, run: Run, name: str) -> tuple[str, dict[str, Any]]:
        declared = run.program[name]
        given = self._hidden(name, declared)
        old = self.state.get(self._source(run, name))
        if old is not None and old.declared.kind != declared.kind:
            raise AssertionError("a logical name stands for one kind")
        news = self._check(run, name, declared, old.inputs if old else {}, given)
        if old is None:
            return "create", news
        found = self._call(run, name, declared, "diff", old.id, wire(old.outputs), wire(news))
        if found.replaces or old.replacing:
            first = found.delete_before_replace
            return "delete-create" if first else "create-delete", self._check(run, name, declared, {}, given)
        changed = not same(old.inputs, news) if found.changes is None else found.changes
        return "update" if changed else "same", news

    def _check(self, run: Run, name: str, declared: Declared, olds: Any, news: Any) -> dict[str, Any]:
        checked = self._call(run, name, declared, "check", wire(olds), wire(news))
        if checked.failures:
            raise Failed(f"check {name}: {[failure.reason for failure in checked.failures]}")
        return dict(wire(checked.inputs))

    def _step(self, run: Run, name: str, op: str, inputs: dict[str, Any]) -> None:
        if run.errors or run.over:
            return
        declared, source = run.program[name], self._source(run, name)
        if op == "same":
            kept = self.state.pop(source)
            self.state[name] = Kept(kept.id, declared, inputs, kept.outputs)
            return
        run.underway |= {name, source}
        old = self.state.get(source)
        if op == "update":
            assert old is not None
            if declared.kind == "RoomSet":
                run.narrowing[source] = set(declared.rooms())
            made = self._call(run, name, declared, "update", old.id, wire(old.outputs), wire(inputs))
            self._record(run, source, name, Kept(old.id, declared, inputs, wire(made.outs)))
            return
        if op == "delete-create" and old is not None and not old.replacing:
            run.leaving.add(source)
            self._call(run, name, old.declared, "delete", old.id, wire(old.outputs))
            old.replacing = True
        made = self._call(run, name, declared, "create", wire(inputs))
        if op == "create-delete" and old is not None and not old.replacing:
            self.pending.append((name, old))
        self._record(run, source, name, Kept(made.id, declared, inputs, wire(made.outs)))

    def _record(self, run: Run, source: str, name: str, kept: Kept) -> None:
        """Take the outcome of a step into the state; what it took over must have been asked for."""
        before = self.state.pop(source, None)
        self.state[name] = kept
        run.underway -= {name, source}
        run.leaving -= {name, source}
        run.narrowing.pop(source, None)
        had = set(before.rooms().values()) if before is not None else set()
        for room, identity in kept.rooms().items():
            if identity in had or self.world.made_in.get(identity) == run.number:
                continue
            live = self.world.room(room)
            if identity not in self.adopted and live is not None and not self.world.may_adopt(run, room, live):
                self.world.blame(f'{self.project} took over "{room}" unasked')
            self.world.say(f'{self.project} took over "{room}" {identity[:8]} for {name}')
            self.adopted.add(identity)

    def _delete_rest(self, run: Run) -> None:
        """Delete what left the program, and what was replaced, all at once."""

        def gone(name: str) -> None:
            kept = self.state[name]
            if not kept.replacing:
                run.underway.add(name)
                self._call(run, name, kept.declared, "delete", kept.id, wire(kept.outputs))
            del self.state[name]

        def replaced(item: tuple[str, Kept]) -> None:
            name, kept = item
            self._call(run, name, kept.declared, "delete", kept.id, wire(kept.outputs))
            self.pending.remove(item)

        parts = [partial(gone, name) for name in sorted(run.leaving & self.state.keys())]
        parts += [partial(replaced, item) for item in self.pending]
        self.world.random.shuffle(parts)
        self.world.turns.join([self._spawn(run, part) for part in parts])

    def _call(self, run: Run, name: str, declared: Declared, op: str, *args: Any) -> Any:
        """Call a provider once fewer than four others do; after the end of a run nobody hears of the outcome."""
        turns = self.world.turns
        if declared.process not in run.processes:
            run.processes[declared.process] = self.world.process_of(run)
        process, flying = run.processes[declared.process]
        turns.wait(lambda: len(flying) < AT_ONCE)
        if run.over or (run.errors and op not in ("check", "diff", "read") and name not in run.underway):
            raise Killed
        flying.append(turns.running())
        try:
            result = getattr(process.providers[declared.kind], op)(*args)
        except Exception as error:
            if run.killed:
                raise Killed from error
            if type(error).__name__ != "DailyError":
                raise
            text = str(error)
            assert "\n" not in text, text
            raise Failed(f"{op} {name}: {text}") from error
        finally:
            flying.remove(turns.running())
        if run.killed:
            raise Killed
        return result


def is_held(room: Mapping[str, Any], live: Mapping[str, Any]) -> bool:
    """Return whether a room of Daily is as a program says; what it sets beyond that does not matter."""
    wanted: Mapping[str, Any] = room.get("properties") or {}
    stored = live["properties"]
    return live["privacy"] == (room.get("privacy") or "public") and all(
        same(stored.get(key), value) for key, value in wanted.items()
    )


def assert_holds(stack: ParallelStack, program: Program) -> None:
    """After an up: every room of the program is there as it says, and the state knows it by its id."""
    assert stack.state.keys() == program.keys()
    assert not stack.pending
    for name, declared in program.items():
        known = {room.lower(): identity for room, identity in stack.state[name].rooms().items()}
        for key, wanted in declared.rooms().items():
            room = key or stack.state[name].id
            live = stack.world.room(room)
            assert live is not None, f'"{room}" of {name} is lost'
            assert is_held(wanted, live), f'"{room}" of {name} is {live}, wanted {wanted}'
            # Where case is ignored, a set cannot tell a room of another case by its answers, and has no id of it.
            mine = known.get(room.lower(), None if live["name"] == room else live["id"])
            assert mine == live["id"], f'the state of {name} knows another "{room}"'
        assert known.keys() <= {name.lower() for name in declared.rooms()} or "" in declared.rooms()

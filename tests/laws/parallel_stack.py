"""A stack whose resources go on at once, as in Pulumi's engine, on a Daily that remembers who did what to which room.

The step rules are those of `pulumi_daily.testing` (which is held to the CLI): the resources of a program are checked
and diffed one after the other, while the steps of those before are carried out, at most four at once in a provider
process; a replacement that deletes first does so in its place, everything else that is to go goes at the end, at once.
A preview and an up have processes of their own, and an explicit provider is one more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from mini_stack import wire
from shared_world import Declared, Kept, Killed, Program, Run, SharedWorld, Weather, is_held
from turns import Task

from pulumi_daily.objects.names import room_name
from pulumi_daily.objects.values import same

AT_ONCE = 4
"""Calls in flight in one provider process."""

START = 1.5
"""Seconds in which an operation begins. Daily dates rooms by the second: what was made before is older than that."""


class Failed(Exception):
    """An operation failed; what was done before is in the state."""


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
        self.said: list[str] = []
        """The log lines of the operations before."""
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

    def up(self, program: Program, weather: Weather | None = None, *, preview: bool = True) -> None:
        """Make it so. Raises :class:`Failed`, also when it was killed."""
        if preview:
            self.preview(program, replace(weather or Weather(), kill_at=0))
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
        self.said += self.lines
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
        for name in (run.underway | run.leaving) & self.state.keys():  # what left the program stands for nothing
            self.excused |= set(self.state[name].objects().values())
        for name, kept in self.state.items():
            for room, identity in kept.objects().items():
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
            own["auto_name"] = inputs["name"]
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
        had = set(before.objects().values()) if before is not None else set()
        for room, identity in kept.objects().items():
            if identity in had or self.world.made_in.get(identity) == run.number:
                continue
            if identity not in self.adopted and not self.world.could_adopt(run, room, identity):
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


def assert_holds(stack: ParallelStack, program: Program) -> None:
    """After an up: every room of the program is there as it says, and the state knows it by its id."""
    assert stack.state.keys() == program.keys()
    assert not stack.pending
    for name, declared in program.items():
        if declared.kind not in ("Room", "RoomSet"):
            continue
        known = {room.lower(): identity for room, identity in stack.state[name].objects().items()}
        for key, wanted in declared.rooms().items():
            room = key or stack.state[name].id
            live = stack.world.room(room)
            assert live is not None, f'"{room}" of {name} is lost'
            assert is_held(wanted, live), f'"{room}" of {name} is {live}, wanted {wanted}'
            # Where case is ignored, a set cannot tell a room of another case by its answers, and has no id of it.
            mine = known.get(room.lower(), None if live["name"] == room else live["id"])
            assert mine == live["id"], f'the state of {name} knows another "{room}"'
        assert known.keys() <= {name.lower() for name in declared.rooms()} or "" in declared.rooms()

"""A stack in a dict: the engine's step rules (check, diff, then create, update, replace, delete or same) in one page.

For laws over thousands of random programs. Values cross between engine and provider as on Pulumi's wire: numbers are
floats, nulls inside objects vanish. The rules are those of Pulumi's step generator; the real runner is held to the CLI.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from in_process import Process, World

from pulumi_daily._wire import SIGNATURE, UNKNOWN_STRINGS
from pulumi_daily.objects.values import same
from pulumi_daily.ownership import Adoption
from pulumi_daily.providers import HIDDEN_INPUT, DailyProvider

Program = Mapping[str, Mapping[str, Any]]
"""Inputs by resource name; under ``KIND`` the kind of the object, a room without it."""

KIND = "__kind"
WIRE_DEPTH = 32
"""Objects and lists inside each other: by itself, protobuf reads no more (see `pulumi_daily._wire`)."""


class CheckFailed(Exception):
    """The provider refused inputs."""


class StepFailed(Exception):
    """A step of an operation failed; the steps before it are done."""


@dataclass
class Resource:
    """One resource of the state."""

    id: str
    inputs: dict[str, Any]
    outputs: dict[str, Any]
    kind: str = "Room"


@dataclass
class Planned:
    """One step."""

    op: str
    inputs: dict[str, Any] = field(default_factory=dict)
    kind: str = "Room"
    delete_first: bool = False


def wire(value: Any, depth: int = WIRE_DEPTH) -> Any:
    """A value as the other side of Pulumi's protocol gets it. Raises for what cannot cross, or not as itself."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, str):
        if value in UNKNOWN_STRINGS:
            raise ValueError("Pulumi's wire takes that text for an unknown value")
        if not value.isascii():
            value.encode()
        return value
    if isinstance(value, int | float):
        return float(value)
    if not depth:
        raise ValueError("nested too deeply for Pulumi's wire")
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                raise TypeError(f"a key that is {type(key).__name__} cannot cross Pulumi's wire")
            key.encode()
        if SIGNATURE in value:
            raise ValueError("Pulumi's wire takes that object for a secret, an asset or the like")
        return {key: wire(item, depth - 1) for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [wire(item, depth - 1) for item in value]
    raise TypeError(f"{type(value).__name__} cannot cross Pulumi's wire")


def attempt(operation: Callable[[], Any]) -> str | None:
    """Run an operation: None when it went well, else its error, which is one line for a person."""
    try:
        operation()
    except StepFailed as error:
        text = str(error)
        if "\n" in text or "Traceback" in text:
            raise AssertionError(f"not one readable line: {text}") from error
        return text
    return None


class MiniStack:
    """State and operations. `lines` are the log lines of the latest operation."""

    def __init__(self, world: World, name: str = "dev") -> None:
        self.world = world
        self.name = name
        self.adoption: Adoption = "never"
        self.state: dict[str, Resource] = {}
        self.pending: list[tuple[str, Resource]] = []
        """Replaced and still to be deleted: the engine tries it at the end of this up, and of every later one."""
        self.lines: list[str] = []

    # -- operations

    def preview(self, program: Program) -> dict[str, str]:
        """The steps that are not "same", by resource name."""
        process = self._process()
        plan = {name: self._plan(process, name, inputs).op for name, inputs in program.items()}
        plan.update((name, "delete") for name in self.state if name not in program)
        return {name: op for name, op in plan.items() if op != "same"}

    def up(self, program: Program, *, refresh: bool = False) -> dict[str, str]:
        """Make it so. Raises `StepFailed` at the first step that fails."""
        self.preview(program)  # Pulumi always plans first, in a process of its own
        process = self._process()
        if refresh:
            self._refresh(process)
        done: dict[str, str] = {}
        for name, inputs in program.items():
            step = self._plan(process, name, inputs)
            self._run(process, name, step)
            if step.op != "same":
                done[name] = step.op
        for name in [name for name in reversed(list(self.state)) if name not in program]:
            self._delete(process, name)
            done[name] = "delete"
        self._delete_pending(process)
        return done

    def refresh(self) -> None:
        """Read every resource."""
        self._refresh(self._process())

    def destroy(self) -> None:
        """Delete every resource, the latest first."""
        process = self._process()
        for name in reversed(list(self.state)):
            self._delete(process, name)
        self._delete_pending(process)

    def dump(self) -> str:
        """The state as text, as a state file holds it."""
        return json.dumps({name: vars(r) for name, r in self.state.items()}, sort_keys=True)

    # -- steps

    def _process(self) -> Process:
        process = self.world.process(adoption=self.adoption)
        self.lines = process.lines
        return process

    def _plan(self, process: Process, name: str, inputs: Mapping[str, Any]) -> Planned:
        old = self.state.get(name)
        kind = str(inputs.get(KIND, "Room"))
        given = self._given(name, inputs)
        provider = process.providers[kind]
        news = self._check(provider, old.inputs if old else {}, given)
        if old is None:
            return Planned("create", news, kind)
        result = self._call("diff", name, provider.diff, old.id, wire(old.outputs), wire(news))
        if result.replaces:
            return Planned("replace", self._check(provider, {}, given), kind, bool(result.delete_before_replace))
        changed = not same(old.inputs, news) if result.changes is None else result.changes
        return Planned("update" if changed else "same", news, kind)

    def _given(self, name: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Inputs as a resource sends them: with the hidden one, which names it for good."""
        kind, hidden = str(inputs.get(KIND, "Room")), inputs.get(HIDDEN_INPUT) or {}
        own = {HIDDEN_INPUT: {"owner": f"proj/{self.name}::{kind} {name}", **hidden}}
        return {key: value for key, value in inputs.items() if key != KIND} | own

    @staticmethod
    def _check(provider: DailyProvider, olds: Mapping[str, Any], news: Mapping[str, Any]) -> dict[str, Any]:
        checked = provider.check(wire(olds), wire(news))
        if checked.failures:
            raise CheckFailed([(f.property, f.reason) for f in checked.failures])
        return dict(wire(checked.inputs))

    def _run(self, process: Process, name: str, step: Planned) -> None:
        if step.op == "same":
            self.state[name].inputs = step.inputs
        elif step.op == "update":
            old = self.state[name]
            update = process.providers[old.kind].update
            result = self._call("update", name, update, old.id, wire(old.outputs), wire(step.inputs))
            self.state[name] = Resource(old.id, step.inputs, wire(result.outs), old.kind)
        elif step.op == "create":
            self._create(process, name, step)
        elif step.delete_first:
            self._delete(process, name)
            self._create(process, name, step)
        else:
            old = self.state[name]
            self._create(process, name, step)
            self.pending.append((name, old))

    def _create(self, process: Process, name: str, step: Planned) -> None:
        result = self._call("create", name, process.providers[step.kind].create, wire(step.inputs))
        assert isinstance(result.id, str)
        assert result.id
        self.state[name] = Resource(result.id, step.inputs, wire(result.outs), step.kind)

    def _delete(self, process: Process, name: str) -> None:
        old = self.state[name]
        self._call("delete", name, process.providers[old.kind].delete, old.id, wire(old.outputs))
        del self.state[name]

    def _delete_pending(self, process: Process) -> None:
        while self.pending:
            name, old = self.pending[0]
            self._call("delete", name, process.providers[old.kind].delete, old.id, wire(old.outputs))
            del self.pending[0]

    def _refresh(self, process: Process) -> None:
        for name, old in list(self.state.items()):
            result = self._call("read", name, process.providers[old.kind].read, old.id, wire(old.outputs))
            if result.id:
                self.state[name] = Resource(old.id, wire(result.inputs), wire(result.outs), old.kind)
            else:
                del self.state[name]

    def _call(self, op: str, name: str, operation: Callable[..., Any], *args: Any) -> Any:
        try:
            return operation(*args)
        except Exception as error:
            # Pulumi shows whatever a provider raises; only the readable kind is ever right.
            if type(error).__name__ != "DailyError":
                raise
            raise StepFailed(f"{op} {name}: {error}") from error

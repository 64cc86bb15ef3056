"""What an operation returns, and what it raises."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ._diagnostics import Diagnostic
from ._diff import DetailedDiff
from ._state import ResourceState
from ._steps import BaseStep, Op, Severity


@dataclass(frozen=True)
class Step:
    """One step of an operation, in the engine's words.

    `op` is one of same, create, update, delete, replace, create-replacement, delete-replaced, read, read-replacement,
    discard, discard-replaced, refresh, import. A replacement is three steps: ``replace`` for the whole, and the two
    that do it, in the order in which they are done. `result` is what a refresh found (``same``, ``update``,
    ``delete``), else `op`.

    `old` and `new` are the resource's states before and after (None where there is none); in a preview, values that
    only ``up`` can know are :data:`~pulumi_daily.testing.UNKNOWN` or missing. `replaces` are the keys that force a
    replacement, `diffs` the changed top-level keys, `detailed_diff` the changed leaves; the last two are there only
    where the engine computed the difference itself (the provider answered ``changes=None``). `error` is why the step
    failed, if it did.
    """

    op: Op
    result: Op
    urn: str
    type: str
    name: str
    id: str
    old: ResourceState | None
    new: ResourceState | None
    replaces: tuple[str, ...]
    diffs: tuple[str, ...]
    detailed_diff: DetailedDiff | None
    error: str | None = None


@dataclass(frozen=True)
class Result:
    """What an operation did, or (a preview) would do.

    `changes` counts as the CLI's summary does: a replacement once, the stack itself too, the engine's own provider
    not. `outputs` are the stack's outputs; secret ones are :class:`~pulumi_daily.testing.Secret`.
    """

    steps: list[Step]
    changes: dict[str, int]
    outputs: dict[str, Any]
    diagnostics: list[Diagnostic]
    error: StackError | None = field(default=None, compare=False)

    @property
    def ok(self) -> bool:
        return self.error is None

    @property
    def has_changes(self) -> bool:
        """Whether anything but reading and leaving alone was (or would be) done."""
        return any(op not in ("same", "read", "refresh") for op in self.changes)

    def ops(self, name: str) -> list[str]:
        """The steps on the resources called `name` in the program, as a list of their `op`."""
        return [step.op for step in self.steps if step.name == name]

    def step(self, name: str) -> Step:
        """The one step (of a replacement, the ``replace``) on the resource `name`. Raises :class:`LookupError`."""
        found = [s for s in self.steps if s.name == name]
        found = [s for s in found if s.op == "replace"] or found
        if len(found) != 1:
            raise LookupError(f"{len(found)} steps on {name!r}, not 1: {[s.op for s in found]}")
        return found[0]

    def messages(self, severity: Severity | None = None) -> list[str]:
        """The messages of all diagnostics (of one severity)."""
        return [d.message for d in self.diagnostics if severity in (None, d.severity)]


class StackError(Exception):
    """An operation failed. The message has every error, with the resource it is about.

    ``.result`` is what was done all the same, ``.errors`` the errors by themselves.
    """

    def __init__(self, operation: str, stack: str, diagnostics: list[Diagnostic]) -> None:
        self.errors = [d for d in diagnostics if d.severity == "error"]
        lines = [f"{operation} of {stack} failed"]
        for error in self.errors:
            where = error.urn.split("::", 2)[-1]
            text = f"{where}: {error.message}" if where else error.message
            lines.append("\n    ".join(text.rstrip().splitlines()))
        if not self.errors:
            lines.append("no error was reported")
        super().__init__("\n  ".join(lines))
        self.result: Result | None = None


def step_of(step: BaseStep, hide: Callable[[str], str]) -> Step:
    """Return what is told of `step`; `hide` takes secrets out of its error."""
    state = step.state
    return Step(
        op=step.op,
        result=step.result,
        urn=state.urn,
        type=state.type,
        name=state.name,
        id=state.id,
        old=step.old.copy() if step.old is not None else None,
        new=step.new.copy() if step.new is not None else None,
        replaces=tuple(step.keys),
        diffs=tuple(step.diffs),
        detailed_diff=step.detailed,
        error=None if step.error is None else hide(step.error),
    )

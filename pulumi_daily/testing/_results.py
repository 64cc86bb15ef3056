"""The results and the error of an operation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ._diagnostics import Diagnostic
from ._diff import DetailedDiff
from ._preview import preview_json
from ._state import ResourceState
from ._steps import BaseStep, Op, Severity


@dataclass(frozen=True)
class Step:
    """One step of an operation, in the engine's terms.

    `op` is one of same, create, update, delete, replace, create-replacement, delete-replaced, read, read-replacement,
    discard, discard-replaced, refresh, import. A replacement is three steps: ``replace`` for the whole, and its two
    parts in the order in which they are carried out. `result` is the result of a refresh (``same``, ``update``,
    ``delete``), else equal to `op`.

    `old` and `new` are the resource's states before and after (None where there is none); in a preview, values that
    only ``up`` can know are :data:`~pulumi_daily.testing.UNKNOWN` or missing. `replaces` are the keys that force a
    replacement, `diffs` the changed top-level keys, `detailed_diff` the changed leaves; the last two are present only
    where the engine computed the difference itself (the provider answered ``changes=None``). `error` is the reason of a
    failed step.
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
    """The result of an operation, or of its preview.

    `changes` counts like the CLI's summary: a replacement once, the stack itself too, the engine's own provider not.
    `outputs` are the stack's outputs; secret ones are :class:`~pulumi_daily.testing.Secret`.
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
        """Return whether the operation did (or would do) more than read and keep resources."""
        return any(op not in ("same", "read", "refresh") for op in self.changes)

    def ops(self, name: str) -> list[str]:
        """Return the `op` of each step on the resources called `name` in the program."""
        return [step.op for step in self.steps if step.name == name]

    def step(self, name: str) -> Step:
        """Return the step on the resource `name` (of a replacement, the ``replace``).

        Raises :class:`LookupError` if there is none, or more than one.
        """
        found = [s for s in self.steps if s.name == name]
        found = [s for s in found if s.op == "replace"] or found
        if len(found) != 1:
            raise LookupError(f"{len(found)} steps on {name!r}, not 1: {[s.op for s in found]}")
        return found[0]

    def messages(self, severity: Severity | None = None) -> list[str]:
        """Return the messages of all diagnostics (of one severity)."""
        return [d.message for d in self.diagnostics if severity in (None, d.severity)]

    def preview_json(self, *, show_sames: bool = False) -> dict[str, Any]:
        """Return the result of a preview in the shape of ``pulumi preview --json``, as data.

        `show_sames` adds unchanged resources, as the option of the CLI does. Secrets are ``[secret]``. Configuration
        and duration, which the CLI adds, are missing.
        """
        return preview_json(self, show_sames=show_sames)


class StackError(Exception):
    """Error: an operation failed. The message contains every error, with its resource.

    ``.result`` is the result of the operation in spite of the failure, ``.errors`` are the error diagnostics.
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
    """Return the public form of `step`; `hide` masks secrets in its error."""
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

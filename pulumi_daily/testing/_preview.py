"""The result of a preview in the shape of ``pulumi preview --json`` (Pulumi: ``pkg/backend/display/json.go``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._diagnostics import Diagnostic
from ._format import Hidden, encode_state
from ._state import STACK_TYPE, ResourceState
from ._wire import Secret, Value

if TYPE_CHECKING:
    from ._results import Result, Step

_PARTS = frozenset({"create-replacement", "delete-replaced", "read-replacement", "discard-replaced"})


def preview_json(result: Result, *, show_sames: bool) -> dict[str, Any]:
    """Return the steps, diagnostics and counts of `result` in the CLI's keys; configuration and duration are missing.

    Like the CLI, it leaves out the parts of replacements, and without `show_sames` the unchanged resources, except the
    stack and those whose protection changes.
    """
    digest = {
        "steps": [_step(step) for step in result.steps if _is_shown(step, show_sames)],
        "diagnostics": [_diagnostic(item) for item in result.diagnostics if item.severity != "debug"],
        "changeSummary": dict(sorted(result.changes.items())),
    }
    return {key: value for key, value in digest.items() if value}


def _is_shown(step: Step, show_sames: bool) -> bool:
    if step.op == "same" and not show_sames:
        return step.type == STACK_TYPE or (step.old and step.old.protect) != (step.new and step.new.protect)
    return step.op not in _PARTS


def _step(step: Step) -> dict[str, Any]:
    old, new, diff = step.old, step.new, step.detailed_diff
    diffs: tuple[str, ...] = step.diffs
    # The CLI prints each step as it begins: nothing is read or made yet.
    if step.op == "refresh":
        new, diff, diffs = old, None, ()
    elif new is not None:
        new = new.copy(id="", outputs={})
    found: dict[str, Any] = {
        "op": step.op,
        "urn": step.urn,
        "provider": (new or old or ResourceState(urn="", type="")).provider,
        "oldState": old and _state(old),
        "newState": new and _state(new),
        "diffReasons": list(diffs),
        "replaceReasons": list(step.replaces),
    }
    detailed = [(path, {"kind": item.kind, "inputDiff": item.input_diff}) for path, item in (diff or {}).items()]
    found = {key: value for key, value in found.items() if value}
    return {**found, "detailedDiff": None if diff is None else dict(detailed)}


def _state(state: ResourceState) -> dict[str, Any]:
    shown = state.copy(inputs=_printed(state.inputs), outputs=_printed(state.outputs))
    return encode_state(shown, Hidden())


def _printed(value: Value) -> Value:
    """Return a copy as the CLI prints it: ``[secret]`` in place of each secret, ``10`` and not ``10.0``."""
    if isinstance(value, Secret):
        return "[secret]"
    if isinstance(value, dict):
        return {key: _printed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_printed(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _diagnostic(item: Diagnostic) -> dict[str, Any]:
    """Return a message as the CLI prints it: lines of a provider's process are what it wrote to standard error."""
    prefix = f"{item.severity}: " if item.severity in ("warning", "error") else ""
    severity = "info#err" if item.source == "provider" else item.severity
    urn = {"urn": item.urn} if item.urn else {}
    return {**urn, "message": f"{prefix}{item.message}\n", "severity": severity}

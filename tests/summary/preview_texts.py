"""Builds texts as of ``pulumi preview --json``."""

from __future__ import annotations

import json
from typing import Any

from pulumi_daily.summary import Summary, read, summarize

STACK = "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev"
ACCOUNT = "urn:pulumi:dev::shop::pulumi:providers:pulumi-python::default::1"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


def state(inputs: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a state of a resource; internal inputs are added."""
    hidden = {"__daily": {"owner": "shop/dev::x"}, "__provider": "pickle"}
    return {"inputs": {**inputs, **hidden}, "provider": ACCOUNT, **more}


def step(
    op: str,
    kind: str,
    name: str,
    old: dict[str, Any] | None = None,
    new: dict[str, Any] | None = None,
    diff: list[str] | None = None,
    reasons: list[str] | None = None,
    **of_old: Any,
) -> dict[str, Any]:
    """Return a step on a resource of this package, from its inputs before and after; `of_old` are keys of its state."""
    found: dict[str, Any] = {"op": op, "urn": f"urn:pulumi:dev::shop::pulumi-python:dynamic/daily:{kind}::{name}"}
    if old is not None:
        found["oldState"] = state(old, **{"id": name, **of_old})
    if new is not None:
        found["newState"] = state(new)
    found["replaceReasons"] = reasons
    found["detailedDiff"] = None if diff is None else {path: {"kind": "update", "inputDiff": True} for path in diff}
    return found


def other(op: str, type_: str, name: str) -> dict[str, Any]:
    """Return a step on a resource of another package."""
    return {"op": op, "urn": f"urn:pulumi:dev::shop::{type_}::{name}", "newState": {"inputs": {}}}


def warning(text: str) -> dict[str, Any]:
    """Return a warning of a provider, as the CLI prints it."""
    return {"message": f"warning: {text}\n\n", "severity": "info#err"}


def preview(*steps: dict[str, Any], said: list[dict[str, Any]] | None = None, same: int = 1) -> str:
    """Return the text of a preview of these steps."""
    own = {"op": "same", "urn": STACK, "oldState": {}, "newState": {}, "detailedDiff": None}
    data = {
        "config": {"daily:apiKey": "[secret]"},
        "steps": [own, *steps],
        "diagnostics": said or [],
        "duration": 1,
        "changeSummary": {"same": same},
    }
    return json.dumps(data)


def summary(*steps: dict[str, Any], said: list[dict[str, Any]] | None = None, same: int = 1) -> Summary:
    return summarize(read(preview(*steps, said=said, same=same)))


def told(found: Summary) -> list[tuple[Any, ...]]:
    """Return action, object, and changes of each entry."""
    return [
        (
            item.action,
            f"{item.noun} {item.name}",
            *((change.setting, change.old, change.new) for change in item.changes),
        )
        for item in found.entries
    ]

"""Builds texts as of ``pulumi preview --json``."""

from __future__ import annotations

import json
from typing import Any

from pulumi_daily.summary import Summary, read, summarize

STACK = "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev"
ACCOUNT = "urn:pulumi:dev::shop::pulumi:providers:pulumi-python::default::1"
DYNAMIC, PLUGIN = "pulumi-python:dynamic/daily:", "daily:index:"
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
    outside: list[str] | None = None,
    types: str = DYNAMIC,
    **of_old: Any,
) -> dict[str, Any]:
    """Return a step on a resource of this package, from its inputs before and after; `of_old` are keys of its state.

    ``diff`` are the paths of inputs that change, ``outside`` those that a provider marks for another reason.
    """
    found: dict[str, Any] = {"op": op, "urn": f"urn:pulumi:dev::shop::{types}{kind}::{name}"}
    if old is not None:
        found["oldState"] = state(old, **{"id": name, **of_old})
    if new is not None:
        found["newState"] = state(new)
    found["replaceReasons"] = reasons
    if diff is None and outside is None:
        found["detailedDiff"] = None
    else:
        marks = {**dict.fromkeys(diff or (), True), **dict.fromkeys(outside or (), False)}
        found["detailedDiff"] = {path: {"kind": "update", "inputDiff": changed} for path, changed in marks.items()}
    return found


def other(op: str, type_: str, name: str) -> dict[str, Any]:
    """Return a step on a resource of another package."""
    return {"op": op, "urn": f"urn:pulumi:dev::shop::{type_}::{name}", "newState": {"inputs": {}}}


def warning(text: str, resource: str = "") -> dict[str, Any]:
    """Return a warning of a provider, as the CLI prints it; of the plugin, with its resource, such as ``Room::a``."""
    if resource:
        urn = f"urn:pulumi:dev::shop::{PLUGIN}{resource}"
        return {"urn": urn, "message": f"warning: {text}\n", "severity": "warning"}
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

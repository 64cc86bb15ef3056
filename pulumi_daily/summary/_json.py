"""Renders summaries as JSON for other programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from ..objects.values import ABSENT, UNKNOWN
from ._model import ACTIONS, Change, Entry, Report, Shown

VERSION = 1


def to_json(reports: Sequence[Report]) -> str:
    """Return the summaries as JSON text; ``docs/summary.md`` describes it."""
    data = {"version": VERSION, "stacks": [_stack(report) for report in reports]}
    return json.dumps(data, indent=2, ensure_ascii=True) + "\n"


def _stack(report: Report) -> dict[str, Any]:
    summary = report.summary
    return {
        "title": summary.title,
        "headline": summary.headline,
        "status": summary.status,
        "askedDaily": summary.asked,
        "counts": {action: len(summary.of(action)) for action in ACTIONS if summary.of(action)},
        "objects": [_entry(entry) for entry in summary.entries],
        "refused": list(report.refused),
        "errors": list(summary.errors),
        "upWouldRefuse": list(summary.refusals),
        "warnings": list(summary.warnings),
        "otherResources": dict(summary.others),
        "cost": {"requests": summary.cost.requests, "seconds": summary.cost.seconds},
    }


def _entry(entry: Entry) -> dict[str, Any]:
    found: dict[str, Any] = {
        "action": entry.action,
        "kind": entry.kind,
        "name": entry.name,
        "resource": entry.resource,
        "inSet": entry.set,
        "deletes": entry.removes,
        "reason": entry.reason,
        "changes": [_change(change) for change in entry.changes],
    }
    if entry.old_name:
        found["oldName"] = entry.old_name
    return found


def _change(change: Change) -> dict[str, Any]:
    """Return a change without sides that have no value; ``unknown`` lists those that are not known yet."""
    sides = {"old": change.old, "new": change.new}
    found: dict[str, Any] = {"setting": change.setting}
    found |= {side: _value(value) for side, value in sides.items() if value is not ABSENT and value is not UNKNOWN}
    unknown = [side for side, value in sides.items() if value is UNKNOWN]
    return found | ({"unknown": unknown} if unknown else {})


def _value(value: Any) -> Any:
    """Return a JSON value; the text of a message is read as JSON where it is, and else stays a text."""
    if isinstance(value, Shown):
        try:
            return json.loads(value)
        except ValueError:
            return str(value)
    return json.loads(json.dumps(value, default=lambda _: None))

"""Arranges a report as sections of rows, which the formats for people share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from ..objects.values import ABSENT
from ._model import Action, Change, Entry, Report, Shown, Summary, value_text

_DRIFTS = 20
"""The drifted settings of one resource that are listed."""
_LINES = 40
"""The last lines of an error that are shown."""


class Foreign(str):
    """A text from a program or a server, which a format must escape."""

    __slots__ = ()


Cell = tuple[str, ...]
"""The parts of a cell: texts of this package, and :class:`Foreign` ones."""


@dataclass(frozen=True)
class Section:
    """A part of a summary. ``head`` is empty for a list; the rows of a ``code`` section are lines of an output."""

    title: str
    head: tuple[str, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    note: str = ""
    form: Literal["table", "list", "code"] = "table"


_TITLES: dict[Action, tuple[str, tuple[str, ...], str]] = {
    "delete": ("Deleted", ("object", "resource", ""), ""),
    "replace": ("Replaced", ("object", "why", "setting", "old", "new"), ""),
    "drift": (
        "Changed outside Pulumi",
        ("object", "setting", "on Daily", "in the program"),
        "`pulumi up` makes it as the program says.",
    ),
    "change": ("Changed", ("object", "setting", "old", "new"), ""),
    "take over": ("Taken over", ("object", "setting", "on Daily", "in the program"), "These objects exist already."),
    "move": ("Moved", ("object", "between resources"), ""),
    "create": ("Created", ("object", "resource"), ""),
    "let go": ("Let go", ("object", "why"), "These objects stay on Daily; the stack no longer manages them."),
}


def sections_of(report: Report) -> list[Section]:
    """Return the sections of a report that are not empty, in their order."""
    summary = report.summary
    found = [
        Section("Refused", rows=_list(report.refused), form="list"),
        Section(
            "Errors", rows=_list(line for text in summary.errors for line in text.splitlines()[-_LINES:]), form="code"
        ),
        Section("`pulumi up` would refuse", rows=_list(summary.refusals), form="list"),
        *(_section(action, summary) for action in _TITLES),
        Section("Warnings", rows=_list(summary.warnings), form="list"),
    ]
    return [section for section in found if section.rows]


def closing(summary: Summary) -> list[str]:
    """Return the last lines: other resources, and the cost."""
    lines = []
    if summary.others:
        words = {"create": "to create", "change": "to change", "delete": "to delete", "replace": "to replace"}
        number = sum(count for _, count in summary.others)
        parts = ", ".join(f"{count} {words.get(op, 'to import')}" for op, count in summary.others)
        lines.append(f"{number} resource{'' if number == 1 else 's'} of other packages: {parts}.")
    cost = summary.cost
    if summary.entries and cost.requests:
        many = "second" if cost.seconds == 1 else "seconds"
        seconds = "less than a second" if cost.seconds < 1 else f"at least {cost.seconds:g} {many}"
        many = "request" if cost.requests == 1 else "requests"
        lines.append(f"`pulumi up` sends about {cost.requests} {many} to Daily: {seconds} under its limits.")
    return lines


def _list(texts: Iterable[str]) -> tuple[tuple[Cell, ...], ...]:
    return tuple(((Foreign(text),),) for text in texts)


def _section(action: Action, summary: Summary) -> Section:
    title, head, note = _TITLES[action]
    entries = summary.of(action)
    if action == "delete" and not any(entry.reason for entry in entries):
        head = head[:2]
    rows = [row for entry in entries for row in _rows(action, entry, len(head))]
    if action == "drift":
        rows = _shortened(entries)
    return Section(f"{title} ({len(entries)})", head, tuple(rows), note)


def _rows(action: Action, entry: Entry, columns: int) -> list[tuple[Cell, ...]]:
    what, resource = _object(entry), (Foreign(entry.resource),)
    if action in ("delete", "create"):
        return [(what, resource, (entry.reason,))[:columns]]
    if action == "move":
        return [(what, (Foreign(entry.reason),))]
    if action == "let go":
        return [(what, (entry.reason,))]
    first = [(Foreign(entry.reason),)] if action == "replace" else []
    changes = entry.changes or (Change("", entry.reason if action == "take over" else ""),)
    rows = [(what, *first, *_change(change)) for change in changes]
    # What a message says as a whole has no other side.
    whole = [isinstance(change.old, Shown) and change.new is ABSENT for change in changes]
    return [(*row[:-1], ()) if alone else row for row, alone in zip(rows, whole, strict=True)]


def _change(change: Change) -> tuple[Cell, Cell, Cell]:
    setting: Cell = (Foreign(change.setting),) if change.setting else ()
    return setting, _value(change.old), _value(change.new)


def _value(value: object) -> Cell:
    if value == "":
        return ()
    text = value_text(value)
    return (text,) if text in ("not set", "not known yet") else (Foreign(text),)


def _shortened(entries: Sequence[Entry]) -> list[tuple[Cell, ...]]:
    """Return the rows for drift, at most so many for a resource, and then their number."""
    rows: list[tuple[Cell, ...]] = []
    seen: Counter[tuple[bool, str]] = Counter()
    total = Counter({(entry.set, entry.resource): 0 for entry in entries})
    for entry in entries:
        total[entry.set, entry.resource] += len(entry.changes)
    for entry in entries:
        key = (entry.set, entry.resource)
        for row in _rows("drift", entry, 4):
            seen[key] += 1
            if seen[key] <= _DRIFTS:
                rows.append(row)
            elif seen[key] == total[key]:
                rows.append(((Foreign(entry.resource),), (f"and {total[key] - _DRIFTS} more",), (), ()))
    return rows


def _object(entry: Entry) -> Cell:
    """Return the noun and name of an object, with its set or its resource where they differ."""
    name = entry.old_name if entry.action == "replace" and entry.old_name else entry.name
    if entry.set:
        return f"{entry.noun} ", Foreign(name), " of ", Foreign(entry.resource)
    if entry.action in ("create", "delete") or entry.resource == name:
        return f"{entry.noun} ", Foreign(name)
    return f"{entry.noun} ", Foreign(name), " (", Foreign(entry.resource), ")"

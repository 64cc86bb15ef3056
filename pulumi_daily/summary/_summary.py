"""Makes the summary of a preview from its steps and messages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from ..objects.meeting_token import MEETING_TOKEN
from ._cost import cost_of
from ._messages import sort
from ._model import ACTIONS, Action, Entry, Status, Summary
from ._preview import Preview, Step
from ._secrets import clean, redactor_of, without_secrets
from ._steps import SPECS, entries_of, parts_of, rooms_unknown

_WORDS: dict[Action, str] = {
    "delete": "to delete",
    "replace": "to replace",
    "drift": "changed outside Pulumi",
    "change": "to change",
    "take over": "to take over",
    "move": "to move",
    "create": "to create",
    "let go": "to let go",
}
_SPOKEN: tuple[Action, ...] = ("drift", "create", "change", "take over", "move", "replace", "let go", "delete")
_NOT_ASKED = "Daily is not asked"
"""A part of the warning of a preview without a key, or with ``daily:offline``."""
_OTHER = {"create": "create", "update": "change", "delete": "delete", "replace": "replace", "import": "import"}


def summarize(preview: Preview, title: str = "") -> Summary:
    """Return the summary of a preview. ``title`` names the stack; its project and stack if empty.

    Raises :class:`PreviewError` for a step that Pulumi does not have.
    """
    ours = [step for step in preview.steps if step.type in SPECS]
    before = {step.urn: step.old for step in ours if step.op == "refresh" and step.old is not None}
    steps = [step for step in ours if step.op != "refresh"]
    redactor = redactor_of(preview, SPECS)
    entries = moved([entry for step in steps for entry in entries_of(step, before.get(step.urn))])
    said = sort(preview.messages, entries, lambda text: without_secrets(redactor, text))
    entries = sorted(
        (clean(redactor, entry) for entry in said.entries),
        key=lambda entry: (ACTIONS.index(entry.action), entry.kind, _natural(entry.name)),
    )
    errors = (*said.errors, *_gaps(preview, bool(said.errors)))
    others = _others(preview.steps)
    unlisted = _unlisted(preview)
    asked = not any(_NOT_ASKED in warning for warning in said.warnings)
    return Summary(
        title=title or preview.stack,
        headline=headline(entries, len(errors), others) + ("" if asked else "; Daily was not asked"),
        status=_status(entries, bool(errors), bool(others)),
        entries=tuple(entries),
        refusals=said.refusals,
        errors=errors,
        warnings=said.warnings,
        others=others,
        managed=sum(map(_managed, ours)),
        unlisted=unlisted,
        unknown_sets=tuple(step.name for step in steps if rooms_unknown(step)),
        cost=cost_of(entries, steps, unlisted),
        asked=asked,
    )


def _gaps(preview: Preview, failed: bool) -> Iterator[str]:
    """Yield what the preview leaves out by its own account: nobody can say then what ``pulumi up`` does."""
    if preview.corrupt:
        yield "Pulumi says that the JSON of this preview may be corrupt (maybeCorrupt)"
    if not preview.listed and not failed:
        yield "the preview is not complete: it lists no resources, not even the stack"
    for op, words in _OTHER.items():
        number, listed = preview.counts.get(op, 0), preview.listed.get(op, 0)
        if number > listed and not failed:
            yield f"the preview is not complete: it counts {number} resources to {words}, and lists {listed}"


def unreadable(title: str, reason: str) -> Summary:
    """Return the summary of a preview that could not be read."""
    return Summary(title, "the preview could not be read", "failed", errors=(reason,))


def moved(entries: list[Entry]) -> list[Entry]:
    """Return the entries in which a room that one resource gives up and another one takes is one move.

    The provider does not delete the room of a deleted resource, if both resources have one account and the same name.
    A set deletes rooms in its update, and the preview does not show whether it knows the new resource by then; the old
    object of a replacement may be deleted first. Both remain deletions for the guards.
    """
    arriving = {
        (entry.provider, entry.name): entry for entry in entries if entry.kind == "Room" and entry.action == "create"
    }
    found: list[Entry] = []
    taken: set[int] = set()
    for entry in entries:
        old = entry.old_name or entry.name
        taker = arriving.get((entry.provider, old)) if entry.kind == "Room" else None
        leaves = entry.action in ("delete", "let go", "replace")
        if taker is None or not leaves or id(taker) in taken or taker.resource == entry.resource:
            found.append(entry)
            continue
        taken.add(id(taker))
        reason = f"from {_resource(entry)} to {_resource(taker)}"
        if entry.action == "replace":
            found.append(entry)
        risky = entry.set and entry.action == "delete"
        found.append(
            replace(
                taker,
                action="move",
                reason=f"{reason}; the set may delete it first, unless it has retain_on_delete" if risky else reason,
                removes=risky,
                guarded=entry.guarded,
            )
        )
    return [entry for entry in found if id(entry) not in taken]


def _resource(entry: Entry) -> str:
    return f"{entry.resource} (RoomSet)" if entry.set else entry.resource


def headline(entries: Iterable[Entry], errors: int, others: Sequence[tuple[str, int]]) -> str:
    """Return one line about all entries, such as ``2 rooms changed outside Pulumi, 1 to create``."""
    objects = {
        action: {(item.noun, item.name, item.provider) for item in entries if item.action == action}
        for action in _SPOKEN
    }
    counts = [(action, len(names)) for action, names in objects.items() if names]
    nouns = {noun for names in objects.values() for noun, _, _ in names}
    noun = nouns.pop() if len(nouns) == 1 else "object"
    parts = [f"{number} {_WORDS[action]}" for action, number in counts]
    if parts:
        number = counts[0][1]
        parts[0] = f"{number} {noun}{'' if number == 1 else 's'} {_WORDS[counts[0][0]]}"
    if errors:
        return ", ".join([f"the preview failed with {errors} error{'' if errors == 1 else 's'}", *parts])
    if not parts:
        return "nothing of Daily changes" if others else "no changes"
    return ", ".join(parts)


def _status(entries: Sequence[Entry], failed: bool, others: bool) -> Status:
    if failed:
        return "failed"
    if others or any(entry.action != "drift" for entry in entries):
        return "changes"
    return "drift" if entries else "clean"


def _others(steps: Iterable[Step]) -> tuple[tuple[str, int], ...]:
    """Return the number of steps on resources of other packages, by what happens to them."""
    found = Counter(_OTHER[step.op] for step in steps if step.type not in SPECS and step.op in _OTHER)
    return tuple(sorted(found.items()))


def _unlisted(preview: Preview) -> int:
    """Return the number of unchanged resources without a step; the stack itself is one resource that has one."""
    listed = sum(step.op == "same" for step in preview.steps)
    return max(0, preview.counts.get("same", 0) - listed - 1)


def _managed(step: Step) -> int:
    """Return the number of objects on Daily that a step's resource has."""
    spec = SPECS[step.type]
    if step.old is None or spec is MEETING_TOKEN or step.op in ("read", "discard", "refresh"):
        return 0
    parts = parts_of(spec, step.old)
    return 1 if parts is None else len(parts)


def _natural(name: str) -> tuple[tuple[int, str], ...]:
    """Return a key that sorts ``c-2`` before ``c-10``."""
    parts = re.split(r"([0-9]+)", name.casefold())
    return tuple((int(part[:18]), part) if index % 2 else (0, part) for index, part in enumerate(parts))

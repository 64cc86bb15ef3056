"""Reads the messages of a preview: errors, refusals, takeovers and moves, and drift that only a message reports."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from ._lines import MISSING, OBJECT, OVERWRITTEN, REFUSED, drift_in, warnings_in
from ._model import Change, Entry, Shown
from ._preview import Message
from ._steps import SPECS, difference

_TAKEOVER = re.compile(rf"{OBJECT} exists already and will be taken over: (?P<changes>.*)", re.DOTALL)
_CHANGE = re.compile(r"(?P<setting>\S+) (?P<old>.*) -> (?P<new>.*)", re.DOTALL)
_NEXT = re.compile(r", (?=[\w.\[\]-]+ \S.* -> |[\w.\[\]-]+(?:, |$))", re.DOTALL)
"""The comma between two changes, but not a comma inside a value."""
_MOVE = re.compile(rf'{OBJECT} moves from (?P<giver>".*) to (?P<taker>".*)', re.DOTALL)
_MORE = re.compile(rf"{OBJECT}: and (?P<number>\d+) more", re.DOTALL)
_KINDS = {spec.noun: spec.kind for spec in SPECS.values()}


@dataclass(frozen=True)
class Sorted:
    """The messages of a preview by their meaning."""

    errors: tuple[str, ...]
    refusals: tuple[str, ...]
    warnings: tuple[str, ...]
    entries: tuple[Entry, ...]


def sort(messages: Iterable[Message], entries: list[Entry], clean: Callable[[str], str]) -> Sorted:
    """Return the messages by their meaning, and the entries with what only messages say.

    ``clean`` masks secrets in a text.
    """
    errors: list[str] = []
    refusals: list[str] = []
    warnings: list[str] = []
    for message in messages:
        text = clean(message.text).strip()
        if message.severity == "error" and text:
            where = f"{message.name}: " if message.name else ""
            errors.append(where + text.removeprefix("error: "))
        for line in warnings_in(message.severity, text):
            if _MORE.fullmatch(line):
                continue
            if REFUSED.fullmatch(line):
                refusals.append(line)
            elif not (_taken_over(line, entries) or _differs(line, entries) or _moves(line, entries)):
                warnings.append(line)
    unique = [tuple(dict.fromkeys(texts)) for texts in (errors, refusals, warnings)]
    return Sorted(unique[0], unique[1], unique[2], tuple(entries))


def _find(entries: list[Entry], found: re.Match[str], *actions: str) -> int | None:
    """Return the index of the entry for the object of a message."""
    for index, entry in enumerate(entries):
        named = found["name"] in (entry.name, entry.identity)
        if named and entry.action in actions and entry.noun == found["noun"]:
            return index
    return None


def _new(found: re.Match[str], change: Change) -> Entry:
    kind = _KINDS.get(found["noun"], "")
    return Entry("drift", kind, found["noun"], found["name"], found["name"], changes=(change,))


def _taken_over(line: str, entries: list[Entry]) -> bool:
    """Turn the creation that takes over an object into a takeover, with what it changes. Return whether it did."""
    found = _TAKEOVER.fullmatch(line)
    if found is not None:
        index = _find(entries, found, "create", "move")
        if index is None:
            return False
        texts = _NEXT.split(found["changes"]) if " -> " in found["changes"] else []
        changes = tuple(_change(text) for text in texts)
        entry = entries[index]
        if entry.action == "create":
            entries[index] = replace(
                entry, action="take over", changes=changes, reason="" if changes else found["changes"]
            )
        elif changes:
            entries.append(replace(entry, action="change", changes=changes, reason=""))
        return True
    found = OVERWRITTEN.fullmatch(line)
    index = None if found is None else _find(entries, found, "create", "take over", "change")
    if found is None or index is None:
        return False
    entry, change = entries[index], difference(found["setting"], found["text"])
    kept = entry.changes if entry.action == "take over" else ()
    entries[index] = replace(entry, action="take over", changes=(*kept, change))
    return True


def _change(text: str) -> Change:
    found = _CHANGE.fullmatch(text)
    return Change(text) if found is None else Change(found["setting"], Shown(found["old"]), Shown(found["new"]))


def _differs(line: str, entries: list[Entry]) -> bool:
    """Add drift that only a message reports to the entries. Return whether the line is about drift."""
    found = drift_in(line)
    if found is not None:
        index = _find(entries, found, "drift")
        change = difference(found["setting"], found["text"])
        if index is None:
            _replace_empty(entries, found, _new(found, change))
        elif all(item.setting != change.setting for item in entries[index].changes):
            entries[index] = replace(entries[index], changes=(*entries[index].changes, change))
        return True
    found = MISSING.fullmatch(line)
    if found is None:
        return False
    if _find(entries, found, "drift", "replace") is None:
        if found["text"] == "expired":
            return False
        entries.append(_new(found, Change("", Shown(found["text"].removeprefix("is ")))))
    return True


def _replace_empty(entries: list[Entry], found: re.Match[str], drift: Entry) -> None:
    """Put drift in the place of the object's change that lists nothing, or after all entries."""
    index = _find(entries, found, "change")
    if index is not None and not entries[index].changes:
        entries[index] = replace(entries[index], action="drift", changes=drift.changes)
    else:
        entries.append(drift)


def _moves(line: str, entries: list[Entry]) -> bool:
    """Return whether the line is about an object that the entries have as moved."""
    found = _MOVE.fullmatch(line)
    return found is not None and _find(entries, found, "move") is not None

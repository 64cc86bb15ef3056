"""Differences between property values, and property paths.

This module contains the engine's own comparison for a provider whose ``diff`` answers ``changes=None``, and the
resource options ``ignore_changes`` and ``replace_on_changes``. Rules: ``sdk/go/common/resource``
(``properties_diff.go``, ``properties_path.go``) and ``step_generator.go`` of pulumi/pulumi.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from ._wire import Properties, Secret, Value, equal, has_value, plain

Path = tuple[str | int, ...]

Kind = Literal["add", "add-replace", "delete", "delete-replace", "update", "update-replace"]
_INVERSE: dict[str, Kind] = {
    "add": "delete",
    "delete": "add",
    "update": "update",
    "add-replace": "delete-replace",
    "delete-replace": "add-replace",
    "update-replace": "update-replace",
}


@dataclass(frozen=True)
class PropertyDiff:
    """The difference in one property.

    ``input_diff``: between old and new inputs; else between old outputs and new inputs.
    """

    kind: Kind
    input_diff: bool = True

    @property
    def replaces(self) -> bool:
        return self.kind.endswith("-replace")

    def as_replace(self) -> PropertyDiff:
        kind: Kind = self.kind if self.replaces else f"{self.kind}-replace"  # type: ignore[assignment]
        return replace(self, kind=kind)

    def inverted(self) -> PropertyDiff:
        return replace(self, kind=_INVERSE[self.kind])


DetailedDiff = dict[str, PropertyDiff]


@dataclass
class Diff:
    """The result of a diff of one resource."""

    changes: bool | None
    """True, False, or None when the provider does not know."""
    replace_keys: list[str] = field(default_factory=list)
    changed_keys: list[str] = field(default_factory=list)
    detailed: DetailedDiff | None = None
    delete_before_replace: bool = False

    @property
    def replaces(self) -> bool:
        return bool(self.replace_keys) or any(d.replaces for d in (self.detailed or {}).values())

    def inverted(self) -> Diff:
        """Return the difference in the opposite direction, as ``refresh`` shows it."""
        detailed = None if self.detailed is None else {k: v.inverted() for k, v in self.detailed.items()}
        return replace(self, detailed=detailed)


# --- paths --------------------------------------------------------------------------------------------------------


class PathError(ValueError):
    """Error: a text is not a property path."""


def parse_path(text: str) -> Path:
    """Return a path such as ``a.b[0]["c.d"][*]`` as a tuple of names and indices.

    Raises :class:`PathError` for a malformed text.
    """
    if text.startswith("."):
        raise PathError("expected property path to start with a name or index")
    parts: list[str | int] = []
    at = 0
    while at < len(text):
        if text[at] == ".":
            at += 1
            if at == len(text):
                raise PathError("expected property path to end with a name or index")
        elif text.startswith('["', at):
            name, at = _quoted(text, at + 2)
            parts.append(name)
        elif text[at] == "[":
            end = text.find("]", at)
            if end < 0:
                raise PathError("missing closing bracket in array index")
            segment = text[at + 1 : end]
            try:
                parts.append("*" if segment == "*" else int(segment))
            except ValueError:
                raise PathError(f"invalid array index: {segment!r}") from None
            at = end + 1
        else:
            end = at
            while end < len(text) and text[end] not in ".[":
                end += 1
            parts.append(text[at:end])
            at = end
    return tuple(parts)


def _quoted(text: str, at: int) -> tuple[str, int]:
    name: list[str] = []
    while at < len(text):
        if text[at] == '"':
            if text[at + 1 : at + 2] != "]":
                raise PathError("missing closing bracket in property access")
            return "".join(name), at + 2
        if text.startswith('\\"', at):
            at += 1
        name.append(text[at])
        at += 1
    raise PathError("missing closing quote in property name")


def format_path(path: Path) -> str:
    """Return the text form of `path`, as in the keys of a detailed diff."""
    out = []
    for i, part in enumerate(path):
        if isinstance(part, int):
            out.append(f"[{part}]")
        elif all(c.isascii() and (c.isalnum() or c == "_") for c in part):
            out.append(f".{part}" if i else part)
        else:
            escaped = part.replace('"', '\\"')
            out.append(f'["{escaped}"]')
    return "".join(out)


def path_contains(outer: Path, inner: Path) -> bool:
    """Return whether `inner` equals `outer` or is below it; ``*`` in `outer` matches any part."""
    return len(inner) >= len(outer) and all(
        a == "*" or (a == b and type(a) is type(b)) for a, b in zip(outer, inner, strict=False)
    )


# --- differences --------------------------------------------------------------------------------------------------


def input_diff(old: Properties, new: Properties) -> tuple[list[str], DetailedDiff]:
    """Return the changed top-level keys and all changed leaves of two sets of inputs; secret marks are ignored."""
    old, new = plain(old), plain(new)
    keys: list[str] = []
    leaves: DetailedDiff = {}
    for key in sorted({*old, *new}):
        before = len(leaves)
        _object(_only(old, key), _only(new, key), (), leaves)
        if len(leaves) > before:
            keys.append(key)
    return keys, leaves


def _only(props: Properties, key: str) -> Properties:
    return {key: props[key]} if key in props else {}


def _object(old: Properties, new: Properties, at: Path, out: DetailedDiff) -> None:
    for key, before in old.items():
        after = new.get(key)
        if has_value(before):
            _leaf(before, after, (*at, key), out)
        elif has_value(after):
            out[format_path((*at, key))] = PropertyDiff("add")
    for key, after in new.items():
        if key not in old and has_value(after):
            out[format_path((*at, key))] = PropertyDiff("add")


def _leaf(before: Value, after: Value, at: Path, out: DetailedDiff) -> None:
    if isinstance(before, dict) and isinstance(after, dict):
        _object(before, after, at, out)
    elif isinstance(before, list) and isinstance(after, list):
        shared = min(len(before), len(after))
        for i in range(shared):
            _leaf(before[i], after[i], (*at, i), out)
        for i in range(shared, len(after)):
            out[format_path((*at, i))] = PropertyDiff("add")
        for i in range(shared, len(before)):
            out[format_path((*at, i))] = PropertyDiff("delete")
    elif not equal(before, after):
        kind: Kind = "add" if before is None else "delete" if after is None else "update"
        out[format_path(at)] = PropertyDiff(kind)


def apply_replace_on_changes(diff: Diff, paths: Sequence[str]) -> Diff:
    """Return `diff` with the ``replace_on_changes`` option applied, and without duplicates in ``replace_keys``.

    As in the engine, only changed keys and the detailed diff are considered. A provider that answered ``changes=True``
    gave neither, so the option has no effect then. Raises :class:`PathError` for a malformed path.
    """
    if not diff.changes:
        return diff
    wanted = [parse_path(p) for p in paths]

    def hit(path: str) -> bool:
        parsed = parse_path(path)
        return any(path_contains(w, parsed) for w in wanted)

    detailed = diff.detailed
    if detailed is not None:
        detailed = {p: d.as_replace() if hit(p) else d for p, d in detailed.items()}
    keys = list(dict.fromkeys([*diff.replace_keys, *(k for k in diff.changed_keys if hit(k))]))
    return replace(diff, detailed=detailed, replace_keys=keys)


# --- ignore_changes -----------------------------------------------------------------------------------------------


def ignore_changes(new: Properties, old: Properties, paths: Sequence[str]) -> list[str]:
    """Restore, in place, the old value in `new` at each of `paths`. `new` must be a copy (:func:`._wire.copy`).

    Returns the paths that could not be ignored because they cross added or removed elements. A malformed path is
    skipped, as in the engine.
    """
    failed = []
    for text in paths:
        try:
            path = parse_path(text)
        except PathError:
            continue
        if not _reset(path, old, new, False, False):
            failed.append(text)
    return failed


def _open(value: Value, secret: bool) -> tuple[Value, bool]:
    while isinstance(value, Secret):
        value, secret = value.value, True
    return value, secret


def _reset(path: Path, old: Value, new: Value, old_secret: bool, new_secret: bool) -> bool:
    if not path:
        return False
    old, old_secret = _open(old, old_secret)
    new, new_secret = _open(new, new_secret)
    head, rest = path[0], path[1:]

    def marked(value: Value) -> Value:
        return Secret(value) if old_secret and not new_secret else value

    def deeper(a: Value, b: Value) -> bool:
        return _reset(rest, a, b, old_secret, new_secret)

    if isinstance(head, int):
        return _reset_index(head, rest, old, new, marked, deeper)
    if head == "*":
        return _reset_all(rest, old, new, marked, deeper)
    if not rest:
        if isinstance(old, dict) and head in old:
            if not isinstance(new, dict):
                return False
            new[head] = marked(old[head])
        elif isinstance(new, dict):
            new.pop(head, None)
        return True
    if not isinstance(old, dict) or not isinstance(new, dict):
        return not isinstance(old, dict) and not isinstance(new, dict)
    if head not in new:
        return head not in old
    return deeper(old.get(head), new[head])


def _reset_index(head: int, rest: Path, old: Value, new: Value, marked, deeper) -> bool:  # type: ignore[no-untyped-def]
    if head < 0:
        return False
    if not isinstance(old, list) or not isinstance(new, list):
        return not isinstance(old, list) and not isinstance(new, list)
    if head >= len(old) or head >= len(new):
        return not rest and head >= len(old) and head >= len(new)
    if rest:
        return bool(deeper(old[head], new[head]))
    new[head] = marked(old[head])
    return True


def _reset_all(rest: Path, old: Value, new: Value, marked, deeper) -> bool:  # type: ignore[no-untyped-def]
    if isinstance(old, list) and isinstance(new, list):
        for i in range(min(len(old), len(new))):
            if not rest:
                new[i] = marked(old[i])
            elif not deeper(old[i], new[i]):
                return False
        return len(old) == len(new)
    if not rest:
        if isinstance(new, dict) and isinstance(old, dict):
            for key in [k for k in new if k not in old]:
                del new[key]
            new.update({k: marked(v) for k, v in old.items()})
        return isinstance(new, (dict, list))
    if isinstance(old, dict) and isinstance(new, dict):
        return all(key in new and deeper(old[key], new[key]) for key in old)
    return False

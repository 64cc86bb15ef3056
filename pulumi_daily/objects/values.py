"""JSON-like values in this package, and the marker for "not known yet".

``UNKNOWN`` represents an input that another resource has yet to produce (Pulumi passes such values to check and diff in
a preview). The Pulumi adapter converts Pulumi's own objects to this singleton and back, so that all other code can
compare by identity and needs no import of Pulumi.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from ..api import printable

Path = tuple[str | int, ...]
"""The path of a value inside an object: ``("properties", "permissions", "canSend", 0)``."""


class _Unknown:
    """The type of :data:`UNKNOWN`; a singleton that survives copying."""

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __copy__(self) -> _Unknown:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> _Unknown:
        return self


UNKNOWN: Final = _Unknown()


class _Absent:
    """The type of :data:`ABSENT`."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = _Absent()
"""The value of a missing key; distinct from null."""

NULL_GIVEN: Final[Mapping[str, Any]] = {"__daily_null": True}
"""The encoding on Pulumi's wire of a null that the program gave, for settings where a missing value has an important
effect. The wire drops real nulls, so the provider would not see that a value was given.
"""


def camel_case(name: str) -> str:
    """Return a name in camelCase: ``enableChat`` for ``enable_chat``; one in camelCase is unchanged."""
    return re.sub(r"_([a-z0-9])", lambda match: match[1].upper(), name)


def contains_unknown(value: Any) -> bool:
    """Return whether a value is, or contains at any depth, a value that is not known yet."""
    if value is UNKNOWN:
        return True
    if isinstance(value, Mapping):
        return any(contains_unknown(item) for item in value.values())
    if isinstance(value, list | tuple):
        return any(contains_unknown(item) for item in value)
    return False


def format_path(path: Path) -> str:
    """Return a path in Pulumi's form for property paths: ``properties.permissions.canSend[0]``.

    A key that is not a plain word is quoted, ``properties["odd.key"]``. Source: Pulumi's property-path syntax
    (``ignore_changes``, check failures).
    """
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif part and all(c.isalnum() or c in "_-" for c in part):
            text += f".{part}" if text else part
        else:
            text += f"[{json.dumps(part)}]"
    return text


_STEP = re.compile(r"""\.?([^.\[\]"]+)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|\[(\*)\]""")


def parse_path(text: str) -> Path:
    """Return the path for a property path of ``ignore_changes``; the inverse of :func:`format_path`.

    An unreadable text is returned as a single key, which matches nothing.
    """
    path: list[str | int] = []
    end = 0
    for step in _STEP.finditer(text):
        if step.start() != end:
            return (text,)
        end = step.end()
        word, index, quoted, star = step.groups()
        if index is not None:
            path.append(int(index))
        elif quoted is not None:
            try:
                path.append(json.loads(quoted))
            except ValueError:
                return (text,)
        else:
            path.append(word or star)
    return tuple(path) if end == len(text) else (text,)


def path_matches(pattern: Path, path: Path) -> bool:
    """Return whether a pattern of ``ignore_changes`` (``*`` is any one step) matches a path or a part above it."""
    return len(pattern) <= len(path) and all(p in ("*", q) for p, q in zip(pattern, path[: len(pattern)], strict=True))


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield every leaf below ``value`` with its path; an empty object or list is a leaf itself."""
    if isinstance(value, Mapping) and value:
        for key, item in value.items():
            yield from leaves(item, (*path, key))
    elif isinstance(value, list | tuple) and value:
        for index, item in enumerate(value):
            yield from leaves(item, (*path, index))
    else:
        yield path, value


def same(left: Any, right: Any) -> bool:
    """Return whether JSON values are equal: ``1 == 1.0`` but ``True != 1``; an unknown value equals nothing."""
    if left is UNKNOWN or right is UNKNOWN:
        return False
    if isinstance(left, bool) or isinstance(right, bool):
        return isinstance(left, bool) and isinstance(right, bool) and left == right
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(same(left[k], right[k]) for k in left)
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(same(a, b) for a, b in zip(left, right, strict=True))
    return bool(left == right)


def get_at(value: Any, path: Path) -> Any:
    """Return the value at a path inside ``value``, or :data:`ABSENT`."""
    for part in path:
        if isinstance(part, int):
            if not isinstance(value, list | tuple) or not 0 <= part < len(value):
                return ABSENT
            value = value[part]
        elif isinstance(value, Mapping) and part in value:
            value = value[part]
        else:
            return ABSENT
    return value


def show(value: Any, limit: int = 60) -> str:
    """Return a value as printable JSON text for a message, cut after ``limit`` characters."""
    if value is ABSENT:
        return "not set"
    if value is UNKNOWN:
        return "not known yet"
    text = printable(json.dumps(value, ensure_ascii=False, sort_keys=True, default=repr))
    return text if len(text) <= limit else text[: limit - 1] + "…"


def fingerprint(value: Any) -> str:
    """Return 16 hexadecimal digits of a digest of a JSON value, the same for values that :func:`same` calls equal.

    It is stored in the state where the value itself must not be stored (it may be a secret under another key).
    """

    def plain(item: Any) -> Any:
        if isinstance(item, Mapping):
            return {k: plain(v) for k, v in item.items()}
        if isinstance(item, list | tuple):
            return [plain(v) for v in item]
        if isinstance(item, float) and item.is_integer():
            return int(item)
        return item

    text = json.dumps(plain(value), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def seconds(text: Any) -> float | None:
    """Return Daily's ``2019-01-26T09:01:22.000Z`` in Unix seconds; None for any other value."""
    try:
        return datetime.datetime.fromisoformat(str(text).replace("Z", "+00:00")).timestamp()
    except (ValueError, OverflowError, OSError):
        return None


def moment(seconds: float) -> str:
    """Return Unix seconds as a readable UTC time."""
    try:
        return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (OverflowError, OSError, ValueError):
        return "a moment beyond the calendar"

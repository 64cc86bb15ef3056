"""Converts values between Pulumi's wire format and this package's, and removes what the wire cannot carry.

On the wire a value is a protobuf ``Struct``: text is UTF-8, all numbers are doubles, nulls in objects vanish. Values
that are not JSON are encoded as JSON: an unknown is one of seven strings; a secret, an asset or a resource is an object
with the key :data:`SIGNATURE`. A server's answer may contain the same strings and keys, or values that cannot be sent.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

from pulumi.output import Unknown
from pulumi.runtime import rpc

from .objects.values import UNKNOWN

SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
"""The key that marks an object as a secret, an asset, an archive, an output or a reference to a resource."""
UNKNOWN_STRINGS: Final = frozenset(
    {
        rpc.UNKNOWN,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # bool
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # array
        "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # object
    }
)
"""The strings that represent a value that is not known yet."""

DEPTH: Final = 24
"""The depth of nested objects and lists that :func:`carried` keeps.

Protobuf by itself reads 100 nested messages, which is 32 objects or 48 lists; Pulumi's SDK raises that limit where it
can, and then fails at 329 lists. The rest is reserved for secrets, which are objects of their own on the wire.
"""
LEVELS: Final = 64
"""The number of levels of objects and lists that :func:`from_wire` accepts: more than any program has, and few enough
for functions that call themselves for each level.
"""
SIZE: Final = 64 * 1024 * 1024
"""The number of characters that :func:`carried` keeps, counting 16 for each value: in UTF-8 less than the 400 MB that
Pulumi accepts.
"""
TOO_DEEP: Final = "(nested too deeply to be kept)"
TOO_MUCH: Final = "(too large to be kept)"

_EXACT: Final = 2**53
_COST: Final = 16


class TooDeep(ValueError):
    """Error: a value from Pulumi's wire is nested in more levels than `LEVELS`."""

    @classmethod
    def of(cls, key: str) -> TooDeep:
        """Return the error for the value of a key."""
        return cls(f"{key[:100]} is nested too deeply: at most {LEVELS} levels of objects and lists")


def from_wire(props: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return Pulumi's values converted to this package's, and separately the hidden keys (``__…``).

    The key ``__provider`` is omitted. Raises :class:`TooDeep` for a value with more than :data:`LEVELS` levels.
    """
    own: dict[str, Any] = {}
    hidden: dict[str, Any] = {}
    for key, value in props.items():
        try:
            (hidden if key.startswith("__") else own)[key] = _from_wire(value, LEVELS)
        except TooDeep:
            raise TooDeep.of(key) from None
    return own, {key: value for key, value in hidden.items() if key != "__provider"}


def _from_wire(value: Any, levels: int) -> Any:
    if value is None or type(value) in (str, bool):
        return value  # most values, converted quickly
    if isinstance(value, Unknown):
        return UNKNOWN
    if isinstance(value, dict | list | tuple):
        if not levels:
            raise TooDeep
        if not isinstance(value, dict):
            return [_from_wire(item, levels - 1) for item in value]
        if rpc.is_rpc_secret(value):
            return _from_wire(value.get("value"), levels - 1)
        return {key: _from_wire(item, levels - 1) for key, item in value.items()}
    # The wire has only floats; an int of check's result is passed to create as one.
    return int(value) if isinstance(value, float) and value.is_integer() else value


def to_wire(value: Any) -> Any:
    """Return this package's values converted to Pulumi's."""
    if value is UNKNOWN:
        return Unknown()  # type: ignore[no-untyped-call]
    if isinstance(value, Mapping):
        return {key: to_wire(item) for key, item in value.items()}
    return [to_wire(item) for item in value] if isinstance(value, list | tuple) else value


def carried(value: Any) -> Any:
    """Return a copy that Pulumi's wire can carry, whatever a server sent; never raises.

    Ordinary JSON is unchanged. Lone surrogates become U+FFFD; NaN, the infinities and integers beyond a double become
    text; integers above 2**53 the nearest double's; tuples and sets lists; keys text. Text that Pulumi would read as a
    secret, an asset or an unknown is prefixed with ``text:``. Values below :data:`DEPTH` and beyond :data:`SIZE` are
    replaced with a short text. Unknowns are kept. ``carried(carried(value)) == carried(value)``.
    """
    return _Copy().of(value, DEPTH)


class _Copy:
    """One copy, with the number of characters that it may still keep."""

    def __init__(self) -> None:
        self._left = SIZE

    def of(self, value: Any, depth: int) -> Any:
        if isinstance(value, str):
            text = _text(value)
            # The replacement of an omitted value is free, so that a second copy has the same result.
            return text if text in (TOO_DEEP, TOO_MUCH) or self._affords(len(text)) else TOO_MUCH
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = _number(value)
            if isinstance(value, str):
                return self.of(value, depth)
        elif isinstance(value, Mapping | list | tuple | set | frozenset):
            if depth == 0:
                return TOO_DEEP
            if not self._affords(0):
                return TOO_MUCH
            if isinstance(value, Mapping):
                return {self._key(key): self.of(item, depth - 1) for key, item in value.items()}
            items = [self.of(item, depth - 1) for item in value]
            return items if isinstance(value, list | tuple) else sorted(items, key=repr)
        elif not (value is None or isinstance(value, bool | Unknown) or value is UNKNOWN):
            return self.of(f"({type(value).__name__})", depth)
        return value if self._affords(0) else TOO_MUCH

    def _affords(self, characters: int) -> bool:
        if self._left < _COST + characters:
            return False
        self._left -= _COST + characters
        return True

    def _key(self, key: Any) -> str:
        if isinstance(key, int | float) and not isinstance(key, bool):
            key = str(_number(key))
        elif not isinstance(key, str):
            key = str(key) if key is None or isinstance(key, bool) else f"({type(key).__name__})"
        text = _text(key)
        self._left -= len(text)
        return text


def _text(value: str) -> str:
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            # Both halves of a surrogate pair in succession become the character that they encode.
            value = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return f"text:{value}" if value in UNKNOWN_STRINGS or value == SIGNATURE else str.__str__(value)


def _number(value: float) -> float | str:
    try:
        near = float(value)
    except OverflowError:
        try:
            return str(value)
        except ValueError:  # Python's own limit of digits in a text
            return hex(int(value))
    if not math.isfinite(near):
        return "NaN" if math.isnan(near) else "Infinity" if near > 0 else "-Infinity"
    return int(near) if isinstance(value, int) and abs(value) > _EXACT else value

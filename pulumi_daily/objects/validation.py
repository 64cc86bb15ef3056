"""Validates a JSON-like object against a field model and normalises it.

This module walks through objects, and pydantic validates the leaves: pydantic alone could neither accept unknown values
at any depth nor give every failure with Pulumi's property path. The emulator validates requests with the same function.
"""

from __future__ import annotations

import difflib
import json
import re
import types
import typing
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Annotated, Any, Union, get_args, get_origin

from annotated_types import MaxLen, MinLen
from pydantic import ConfigDict, TypeAdapter, ValidationError

from ..api import Redactor, is_secret_field
from .fields import REFUSAL, Entry, Fields, entries
from .values import ABSENT, NULL_GIVEN, UNKNOWN, Path, contains_unknown, format_path

_ANNOTATED: Any = Annotated
NOT_KNOWN = "is not known here"
UNLISTED = "unlisted"
"""The kind of a :class:`Failure` for a value that an enumeration may contain at Daily, but does not in its model."""
LEGACY = "legacy"
"""The kind of a :class:`Failure` for a setting in ``Fields.legacy``."""


@dataclass(frozen=True)
class Failure:
    """One failure in an object."""

    path: Path
    kind: str
    """``unknown`` (no such key), :data:`LEGACY`, ``required``, ``type`` (wrong type or limit), :data:`UNLISTED`,
    ``read_only``, or ``rule``.
    """
    reason: str
    """A sentence without subject: ``must be a whole number, not 'x'``. It never contains a possible secret."""
    bare: str = ""
    """``reason`` without the given value, for values that the program marked as secret; ``reason`` itself if empty."""

    def __post_init__(self) -> None:
        if not self.bare:
            object.__setattr__(self, "bare", self.reason)

    def __str__(self) -> str:
        return f"{format_path(self.path)}: {self.reason}"


def validate(model: type[Fields], data: Any, path: Path = ()) -> tuple[Any, list[Failure]]:
    """Return the normal form of ``data`` under ``model``, and its failures.

    ``None`` under a key means unset: the key is removed; ``NULL_GIVEN`` is refused. Unknown values are accepted.
    Invalid values stay in the result unchanged. ``path`` is the path of ``data`` in the failures. Never raises on any
    JSON-like input.
    """
    if data is UNKNOWN:
        return data, []
    if not isinstance(data, Mapping):
        return data, [Failure(path, "type", f"must be an object, not {_kind_of(data)}")]
    known = entries(model)
    result: dict[str, Any] = {}
    failures: list[Failure] = []
    for key, value in data.items():
        entry = known.get(key)
        if entry is None:
            failures.append(Failure((*path, str(key)), *_unknown(str(key), model)))
            result[key] = value
        elif value == NULL_GIVEN:
            result[key] = value
            means = entry.meta.null_means or "that it is left out"
            reason = f"came out as null, which would mean {means}; give it a value, or leave it out"
            failures.append(Failure((*path, key), "type", reason))
        elif value is not None:
            result[key], found = _value(entry, value, (*path, key))
            failures += found
            if entry.meta.read_only:
                failures.append(Failure((*path, key), "read_only", entry.meta.read_only))
    for name, entry in known.items():
        if entry.meta.required and name not in result:
            failures.append(Failure((*path, name), "required", "is required"))
    wrong = {failure.path for failure in failures if failure.kind != UNLISTED}
    for rule in model.rules:
        if not any((*path, need) in wrong for need in rule.needs):
            found = [Failure((*path, *at), "rule", reason) for at, reason in rule.findings(result)]
            failures += [failure for failure in found if failure.path not in wrong]
    return result, failures


def _value(entry: Entry, value: Any, path: Path) -> tuple[Any, list[Failure]]:
    annotation: Any = entry.annotation
    if entry.constraints:
        annotation = _ANNOTATED[(annotation, *entry.constraints)]
    result, failures = _typed(annotation, value, path, entry)
    if not failures and isinstance(result, list):
        failures = _wrong_length(entry, result, path)
    if not failures and entry.meta.unordered and isinstance(result, list) and not contains_unknown(result):
        result = sorted(set(result))
    return result, failures


def _wrong_length(entry: Entry, value: list[Any], path: Path) -> list[Failure]:
    for bound in entry.constraints:
        if isinstance(bound, MaxLen) and len(value) > bound.max_length:
            return [Failure(path, "type", f"may hold at most {bound.max_length} entries, and holds {len(value)}")]
        if isinstance(bound, MinLen) and len(value) < bound.min_length:
            return [Failure(path, "type", "must not be empty")]
    return []


def _typed(annotation: Any, value: Any, path: Path, entry: Entry) -> tuple[Any, list[Failure]]:
    """Validate models, lists and maps recursively, and all other values with pydantic."""
    if value is UNKNOWN:
        return value, []
    options = members(annotation)
    models = [option for option in options if is_model(option)]
    if models and isinstance(value, Mapping):
        return validate(models[0], value, path)
    for option in options:
        origin, args = get_origin(option), get_args(option)
        if origin is list and isinstance(value, list | tuple):
            pairs = [_typed(args[0], item, (*path, i), entry) for i, item in enumerate(value)]
            return [item for item, _ in pairs], [f for _, found in pairs for f in found]
        if origin is dict and isinstance(value, Mapping) and args[1] is not Any:
            items = {k: _typed(args[1], item, (*path, str(k)), entry) for k, item in value.items()}
            return {k: item for k, (item, _) in items.items()}, [f for _, found in items.values() for f in found]
    if contains_unknown(value):
        return _plain(value), []
    if models and len(options) == 1:
        return value, [Failure(path, "type", f"must be an object, not {_kind_of(value)}")]
    try:
        return _plain(_adapter(annotation).validate_python(value)), []
    except ValidationError as error:
        return value, [_refused(error, options, value, path, entry)]


def _plain(value: Any) -> Any:
    """Return a value with whole numbers as int: JSON then has 5, not 5.0 (free-form objects have Pulumi's floats)."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        return {k: _plain(v) for k, v in value.items() if v is not None}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    return value


@cache
def _adapter(annotation: Any) -> TypeAdapter[Any]:
    return TypeAdapter(annotation, config=ConfigDict(strict=True))


@cache
def members(annotation: Any) -> tuple[Any, ...]:
    """Return the members of ``A | B | None`` without None, also inside Annotated."""
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    if get_origin(annotation) in (Union, types.UnionType):
        found: list[Any] = []
        for option in get_args(annotation):
            if option is not type(None):
                found += members(option) if get_origin(option) is Annotated else [option]
        return tuple(found)
    return (annotation,)


def is_model(option: Any) -> bool:
    return isinstance(option, type) and issubclass(option, Fields)


def _choices(options: Iterable[Any]) -> list[str]:
    found: list[str] = []
    for option in options:
        if get_origin(option) is typing.Literal:
            found += [str(choice) for choice in get_args(option)]
    return found


def _refused(error: ValidationError, options: tuple[Any, ...], value: Any, path: Path, entry: Entry) -> Failure:
    bare = _reason(error, options)
    if _may_hold_secret(value, path, entry):
        return Failure(path, "type", bare)
    choices = _choices(options)
    near = _misspelt(value, choices) if isinstance(value, str) and value else None
    if near is None and isinstance(value, str) and value and choices and not entry.meta.closed:
        return Failure(path, UNLISTED, f"{bare}, not {_shown(value)}", bare)
    meant = f"; did you mean {near}?" if near else ""
    return Failure(path, "type", f"{bare}, not {_shown(value)}{meant}", bare)


def _misspelt(value: str, choices: list[str]) -> str | None:
    """Return the choice that a value is most likely meant to be; None for a value that Daily may have added.

    Misspelt means: another case or separator, a beginning of a choice, or one wrong character (two from 16 characters
    on). Up to three characters are never misspelt (``hu`` is not ``ru``), nor are other digits (``eu-west-3``).
    """
    plain, known = _folded(value), {_folded(choice): choice for choice in choices}
    if plain in known:
        return known[plain]
    if len(plain) < 4 or _DIGITS.sub("", plain) in {_DIGITS.sub("", choice) for choice in known}:
        return None
    least = 1 - (2 if len(plain) >= 16 else 1) / len(plain)
    found = [choice for choice in known if choice.startswith(plain)] or difflib.get_close_matches(
        plain, known, 1, least
    )
    return known[found[0]] if found else None


def _folded(text: str) -> str:
    return text.lower().replace("_", "-").strip()


def _reason(error: ValidationError, options: tuple[Any, ...]) -> str:
    """Return pydantic's error as one readable clause, without its own text, which contains Python types."""
    choices = _choices(options)
    details = error.errors(include_url=False, include_input=False, include_context=True)
    for detail in details:
        if detail["type"] == REFUSAL:
            return str(detail["msg"])
    if choices:
        other = " or a list of them" if any(get_origin(o) is list for o in options) else ""
        listed = ", ".join(choice or '""' for choice in choices)
        return f"must be one of {listed}{other}"
    for detail in details:
        words = _BOUNDS.get(detail["type"])
        if words:
            return words.format(**detail.get("ctx", {}))
    return f"must be {' or '.join(dict.fromkeys(_name_of(option) for option in options))}"


_DIGITS = re.compile(r"[0-9]")

_BOUNDS = {
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "less_than": "must be less than {lt}",
    "string_too_long": "must be at most {max_length} characters long",
    "too_long": "must be at most {max_length} characters long",
    "string_too_short": "must not be empty",
    "string_pattern_mismatch": "must match {pattern}",
}


_LOOKS = Redactor()


def _may_hold_secret(value: Any, path: Path, entry: Entry) -> bool:
    """Return whether an invalid value may be a secret, given directly instead of an object that contains the secret."""
    model = nested_model(entry.annotation)
    return (
        entry.meta.secret
        or (model is not None and holds_secrets(model))
        or any(is_secret_field(part) for part in path)
        or (isinstance(value, str) and _LOOKS.text(value) != value)
    )


def _shown(value: Any) -> str:
    if isinstance(value, str | bool | int | float) or value is None:
        try:
            text = repr(value) if isinstance(value, str) else json.dumps(_plain(value))
        except ValueError:  # thousands of digits
            return "a number"
        return text if len(text) <= 60 else f"{text[:59]}…"
    return _kind_of(value)


def _name_of(option: Any) -> str:
    if is_model(option) or get_origin(option) is dict:
        return "an object"
    if get_origin(option) is list:
        return "a list"
    return {bool: "true or false", int: "a whole number", float: "a number", str: "text"}.get(option, "a value")


def _kind_of(value: Any) -> str:
    """Return the kind of a value in words, without its content."""
    if isinstance(value, bool):
        return "true or false"
    if value is None:
        return "null"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "text"
    if isinstance(value, list | tuple):
        return "a list"
    return "an object" if isinstance(value, Mapping) else type(value).__name__


@lru_cache(maxsize=1024)  # all objects of a list have the same unknown settings
def _unknown(key: str, model: type[Fields]) -> tuple[str, str]:
    """Return the kind and the reason of the failure for a key that the model does not contain."""
    if key in model.legacy:
        return LEGACY, f"is a setting that Daily no longer documents; give it under {model.extras}"
    names = list(entries(model))
    near = difflib.get_close_matches(key, names, 1, 0.6) or [
        name for name in names if name.replace("_", "").lower() == key.replace("_", "").replace("-", "").lower()
    ]
    if near:
        return "unknown", f"{NOT_KNOWN}; did you mean {near[0]}?"
    advice = f"; if Daily has it and this package does not know it yet, use {model.extras}" if model.extras else ""
    return "unknown", f"{NOT_KNOWN}{advice}"


@cache
def nested_model(annotation: Any) -> type[Fields] | None:
    """Return the field model in an annotation, at any depth of unions, lists and maps; None for plain values."""
    for option in members(annotation):
        if is_model(option):
            return typing.cast("type[Fields]", option)
        for argument in get_args(option):
            if argument is not option and not isinstance(argument, str):
                found = nested_model(argument)
                if found is not None:
                    return found
    return None


@cache
def holds_secrets(model: type[Fields]) -> bool:
    """Return whether a model has a secret setting, at any depth."""
    inner = [(entry.meta.secret, nested_model(entry.annotation)) for entry in entries(model).values()]
    return any(secret or (below is not None and holds_secrets(below)) for secret, below in inner)


def known_settings(model: type[Fields], value: Any, path: Path = ()) -> Iterator[tuple[Path, Entry, Any]]:
    """Yield ``(path, entry, value)`` for each known setting in an object, at any depth."""
    known = entries(model)
    for name, item in value.items() if isinstance(value, Mapping) else ():
        if name in known:
            yield (*path, name), known[name], item
            if isinstance(item, Mapping | list | tuple):
                yield from _settings_below(known[name].annotation, item, (*path, name))


def _settings_below(annotation: Any, value: Any, path: Path) -> Iterator[tuple[Path, Entry, Any]]:
    for option in members(annotation):
        origin, args = get_origin(option), get_args(option)
        if is_model(option):
            yield from known_settings(option, value, path)
        elif origin is list and isinstance(value, list | tuple):
            for index, item in enumerate(value):
                yield from _settings_below(args[0], item, (*path, index))
        elif origin is dict and isinstance(value, Mapping):
            for key, item in value.items():
                yield from _settings_below(args[1], item, (*path, str(key)))


def defaults(model: type[Fields]) -> dict[str, Any]:
    """Return Daily's known defaults by setting."""
    return {name: entry.meta.default for name, entry in entries(model).items() if entry.meta.default is not ABSENT}

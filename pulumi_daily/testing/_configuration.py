"""The configuration of a stack: the values that a test gives, combined with the declarations in ``Pulumi.yaml``.

As in the CLI (``pkg/workspace/config.go``), declared defaults replace missing values, a declared value without a
default is required, and a declared type is checked. Values reach the program and the providers as text; lists and
objects as JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ._wire import Properties, Secret, Value, contains_secret, plain

ConfigValue = str | int | float | bool | Secret | Sequence[Any] | Mapping[str, Any]


class ConfigurationError(Exception):
    """Error: the configuration does not match ``Pulumi.yaml``. The message is the CLI's."""


@dataclass(frozen=True)
class Configuration:
    """All values as text, by full key (``namespace:key``)."""

    texts: dict[str, str]
    secret_keys: list[str]
    """Keys whose value is or contains a secret; the whole value is then passed on as a secret."""
    secrets: list[str]
    """The secret values in clear, for masking in messages."""

    def inputs(self) -> Properties:
        """Return the inputs of a default provider: every value of every namespace."""
        hidden = set(self.secret_keys)
        return {key: Secret(text) if key in hidden else text for key, text in self.texts.items()}


def configuration(
    given: Mapping[str, ConfigValue], declared: Mapping[str, Any], *, project: str, stack: str, validate: bool = True
) -> Configuration:
    """Return the configuration of a stack.

    It combines the values `given` and those `declared` under ``config`` in ``Pulumi.yaml``. Raises
    :class:`ConfigurationError` for a key or a declaration that the CLI refuses; with `validate` also for a value that
    is missing, has another type, or is plain although declared secret. Raises :class:`TypeError` for a given value that
    is no :data:`ConfigValue`.
    """
    values: dict[str, Value] = {_full(key, project): _checked(key, value) for key, value in given.items()}
    declarations = [_declaration(name, entry, project) for name, entry in sorted(declared.items())]
    for one in declarations:
        if one.default is not None:
            values.setdefault(one.key, one.default)
    if validate:
        _validate(values, declarations, project, stack)
    return Configuration(
        texts={key: as_text(value) for key, value in values.items()},
        secret_keys=[key for key, value in values.items() if contains_secret(value)],
        secrets=[text for value in values.values() for text in _secrets(value, False)],
    )


@dataclass(frozen=True)
class _Declaration:
    """An entry of ``config`` in ``Pulumi.yaml``."""

    name: str
    key: str
    default: Any
    type: Mapping[str, Any] | None
    """``type`` and ``items``, if the entry has a type."""
    secret: bool


def _declaration(name: str, entry: Any, project: str) -> _Declaration:
    """Return the long form of an entry; the short form is just the default.

    Raises :class:`ConfigurationError` for an entry that the CLI refuses, such as one whose default does not have the
    declared type.
    """
    full = entry if isinstance(entry, dict) else {"default" if _is_own(name, project) else "value": entry}
    for problem in _declaration_problems(name, full, project):
        raise ConfigurationError(problem)
    default = full.get("default", full.get("value"))
    type_ = full if "type" in full else None
    if default is not None and type_ is not None and not _fits(type_, default):
        raise ConfigurationError(
            f"The default value specified for configuration key '{name}' is not of the expected type "
            f"'{_type_name(type_)}'"
        )
    return _Declaration(name, _full(name, project), default, type_, bool(full.get("secret")))


def _is_own(name: str, project: str) -> bool:
    """Return whether a key belongs to the project's own namespace."""
    return ":" not in name or name.startswith(f"{project}:")


def _declaration_problems(name: str, entry: Mapping[str, Any], project: str) -> Iterator[str]:
    """Yield the CLI's messages about a declaration that it refuses, except a default of the wrong type.

    Pulumi: ``Project.Validate`` in ``workspace/project.go``.
    """
    default, value = entry.get("default"), entry.get("value")
    if default is not None and value is not None:
        yield f"project config '{name}' cannot have both a 'default' and 'value' attribute"
    if _is_own(name, project):
        if entry.get("type") == "array" and entry.get("items") is None:
            yield (
                f"The configuration key '{name}' declares an array but does not specify the underlying type via the "
                "'items' attribute"
            )
        return
    if "type" in entry:
        yield f"Configuration key '{name}' is not namespaced by the project and should not define a type"
    if default is not None:
        yield (
            f"Configuration key '{name}' is not namespaced by the project and should not define a default value. "
            "Did you mean to use the 'value' attribute instead of 'default'?"
        )
    if value is None:
        yield f"Configuration key '{name}' is namespaced and must provide an attribute 'value'"


def _validate(values: Mapping[str, Value], declarations: Sequence[_Declaration], project: str, stack: str) -> None:
    """Raise :class:`ConfigurationError` for missing values, wrong types and plain values that are declared secret."""
    missing = [f"'{d.name}'" for d in declarations if d.key not in values and d.key.startswith(f"{project}:")]
    if missing:
        *rest, last = missing
        which = f"values {', '.join(rest)} and {last}" if rest else f"value {last}"
        raise ConfigurationError(f"Stack '{stack}' is missing configuration {which}")
    for one in declarations:
        if one.type is None or one.key not in values:
            continue
        what = f"Stack '{stack}' with configuration key '{one.name}'"
        if one.secret and not contains_secret(values[one.key]):
            raise ConfigurationError(f"{what} must be encrypted as it's secret")
        bare = plain(values[one.key])
        if not _fits(one.type, bare if isinstance(bare, (dict, list)) else as_text(bare)):
            raise ConfigurationError(f"{what} must be of type '{_type_name(one.type)}'")


def as_text(value: Value) -> str:
    """Return a configuration value as the text that the program and the providers read."""
    value = plain(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return go_json(value) if isinstance(value, (dict, list)) else str(value)


def go_json(value: Value) -> str:
    """Return `value` as JSON in the CLI's form (Go): compact, sorted, with ``<``, ``>`` and ``&`` escaped."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def hider(secrets: Sequence[str]) -> Callable[[str], str]:
    """Return a function that replaces each of `secrets` in a text with ``[secret]``, as the CLI does.

    Values of less than three bytes and ``true`` and ``false`` are not replaced: texts would become unreadable.
    """
    words = {s for s in secrets if len(s.encode()) >= 3 and s.lower() not in ("true", "false")}
    words |= {go_json(word)[1:-1] for word in words}
    if not words:
        return lambda text: text
    pattern = re.compile("|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)))
    return lambda text: pattern.sub("[secret]", text)


def _full(key: str, project: str) -> str:
    """Return a key with its namespace, by default that of the project (Pulumi: ``resource/config/key.go``).

    ``namespace:config:name`` is the former form of ``namespace:name``. Raises :class:`ConfigurationError` for a key
    with more parts.
    """
    match key.split(":"):
        case [name]:
            return f"{project}:{name}"
        case [namespace, name] | [namespace, "config", name]:
            return f"{namespace}:{name}"
    raise ConfigurationError(
        f"could not parse {key} as a configuration key (configuration keys should be of the form `<namespace>:<name>`)"
    )


def _checked(key: str, value: Any) -> Value:
    """Return a configuration value with plain lists and dictionaries; secrets stay secrets, at any depth.

    Raises :class:`TypeError` for a value (or part) other than text, a number, a boolean, a list, a tuple, a mapping or
    a secret, such as None. `key` is for the message.
    """
    if isinstance(value, Secret):
        return Secret(_checked(key, value.value))
    if isinstance(value, Mapping):
        return {str(k): _checked(key, v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_checked(key, v) for v in value]
    if isinstance(value, (str, int, float)):
        return value
    raise TypeError(f"config {key!r}: {type(value).__name__} is not a configuration value")


def _fits(declaration: Mapping[str, Any], value: Any) -> bool:
    """Return whether `value` has the declared type; an integer or boolean may also be given as text."""
    match declaration["type"]:
        case "string":
            return isinstance(value, str)
        case "integer":
            text = isinstance(value, str) and re.fullmatch(r"[+-]?[0-9]+", value) is not None
            number = isinstance(value, (int, float)) and not isinstance(value, bool) and value == int(value)
            return text or number
        case "boolean":
            return value in ("true", "false") or isinstance(value, bool)
        case "object":
            return isinstance(value, dict)
    items = declaration.get("items")
    return isinstance(value, list) and items is not None and all(_fits(items, item) for item in value)


def _type_name(declaration: Mapping[str, Any]) -> str:
    if "items" in declaration:
        return f"array<{_type_name(declaration['items'])}>"
    return str(declaration["type"])


def _secrets(value: Value, inside: bool) -> Iterator[str]:
    """Yield, as text, every value that is part of a secret within `value`; with `inside`, `value` is such a part."""
    if isinstance(value, Secret):
        yield from _secrets(value.value, True)
    elif isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _secrets(item, inside)
    elif inside:
        yield as_text(value)

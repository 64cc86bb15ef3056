"""Finds and masks secrets: secret settings, keys with the names of secrets, and texts that look like one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..api import Redactor, SecretText, is_secret_field
from .fields import Fields, entries
from .validation import holds_secrets, nested_model
from .values import Path

_MASK = "[secret]"
_PLAIN = Redactor()
"""Masks texts that look like secrets anywhere: addresses of streams, signed tokens, bearer credentials."""


def holds_secret(value: Any) -> bool:
    """Return whether a value contains a key with the name of a secret, at any depth."""
    if isinstance(value, Mapping):
        return any(is_secret_field(key) or holds_secret(inner) for key, inner in value.items())
    return isinstance(value, list | tuple) and any(holds_secret(item) for item in value)


def is_secret(model: type[Fields], path: Path) -> bool:
    """Return whether the value at a path of a model is, or contains, a secret setting."""
    at: type[Fields] | None = model
    for part in path:
        if isinstance(part, int):
            continue
        entry = entries(at).get(part) if at else None
        if is_secret_field(part) or (entry is not None and entry.meta.secret):
            return True
        at = nested_model(entry.annotation) if entry else None
    return at is not None and holds_secrets(at)


def masked(model: type[Fields] | None, value: Any) -> Any:
    """Return a copy of a live value without nulls and with secret settings masked, because outputs are not secret."""
    if isinstance(value, Mapping):
        known = entries(model) if model else {}
        copy = {}
        for key, inner in value.items():
            entry = known.get(key)
            if inner is None:
                continue
            secret = entry.meta.secret if entry else is_secret_field(key)
            if secret and inner != "":  # "" is a domain's value for an unset setting
                copy[key] = _MASK
            else:
                copy[key] = masked(nested_model(entry.annotation) if entry else model, inner)
        return copy
    if isinstance(value, list | tuple):
        return [masked(model, item) for item in value]
    return _MASK if isinstance(value, str) and _PLAIN.text(value) != value else value


def mask_in_errors(value: Any) -> Any:
    """Return a copy whose strings are masked in errors: a setting that no model knows may be secret."""
    return _with_text(value, SecretText)


def _with_text(value: Any, changed: Callable[[str], str]) -> Any:
    """Return a copy of a JSON value with all strings replaced by the result of ``changed``."""
    if isinstance(value, Mapping):
        return {key: _with_text(inner, changed) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_with_text(item, changed) for item in value]
    return changed(value) if isinstance(value, str) else value


def redact_strings(value: Any) -> Any:
    """Return a copy with all strings masked: a setting that no model knows may be secret. Numbers are kept."""
    return _with_text(value, lambda _: _MASK)

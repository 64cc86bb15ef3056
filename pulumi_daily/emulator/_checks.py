"""Checks of request bodies: the rules of the field models, with exceptions for other values that Daily accepts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pulumi_daily.objects.fields import Fields, entries
from pulumi_daily.objects.validation import LEGACY, UNLISTED, Failure, validate
from pulumi_daily.objects.values import format_path

from . import _errors as errors
from ._switches import Switches

NAME = re.compile(r"[A-Za-z0-9_-]+")
NAME_LENGTH = 128
PRIVACY = ("public", "private")
MOMENTS = {"exp": True, "nbf": False}
"""The settings that are Unix seconds, and whether Daily requires them to be in the future."""
BUCKETS = ("recordings_bucket", "transcription_bucket", "batch_processor_bucket")

_WORDS = {"true": True, "false": False, "1": True, "0": False}


def lax(path: tuple[Any, ...], value: Any) -> bool:
    """Return whether Daily accepts a value that its documentation forbids (source: recorded answers, client comments).

    Also True for every time: `moments` checks these.
    """
    if path == ("geo",):
        return bool(value == "NULL")  # the documentation's placeholder; stored unchanged
    if path == ("enable_recording",):
        return value is False  # undocumented, but common
    if path == ("user_id",):
        return isinstance(value, int | float) and not isinstance(value, bool)  # of a token; it stays a number
    # Times may have a fraction; all other rules about times are checked by `moments`.
    return len(path) == 1 and path[0] in MOMENTS


def as_object(body: Any, path: str = "value") -> dict[str, Any]:
    """Return the body. Raises `Problem` (400) unless it is an object."""
    if not isinstance(body, dict):
        raise errors.invalid(f'"{path}" must be an object')
    return body


def only(body: Mapping[str, Any], allowed: Iterable[str], switches: Switches, prefix: str = "") -> None:
    """Raise `Problem` for a key that is not in `allowed`, if the switch says that unknown keys are rejected."""
    if switches.unknown_property == "reject":
        for key in body:
            if key not in allowed:
                raise errors.not_allowed(prefix + key)


def known_keys(body: Any, keys: Iterable[str], switches: Switches) -> dict[str, Any]:
    """Return the body of a request for an object other than a room, checked for unknown keys (those not in `keys`).

    Unknown keys are refused, dropped or kept, depending on the switch. Raises `Problem` for a refused key, and for a
    body that is not an object.
    """
    given = as_object(body)
    only(given, keys, switches)
    return {k: v for k, v in given.items() if k in keys} if switches.unknown_property == "ignore" else dict(given)


def overlaid(
    stored: Mapping[str, Any], given: Mapping[str, Any], switches: Switches, merged: Iterable[str] = ()
) -> dict[str, Any]:
    """Return the stored values with the changes of a request, key by key. A null removes a key.

    The objects under `merged` are changed key by key as well; a switch decides whether other objects are merged or
    replaced.
    """
    result = dict(stored)
    for key, value in given.items():
        old = result.get(key)
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict) and isinstance(old, dict) and (key in merged or switches.nested_update == "merge"):
            result[key] = overlaid(old, value, switches)
        else:
            result[key] = stripped(value)
    return result


def whole(model: type[Fields], values: Mapping[str, Any], switches: Switches) -> dict[str, Any]:
    """Return `values`, all settings of an object under Daily's names, after a check against its field model.

    Unknown keys inside a setting are refused, dropped or kept, depending on the switch. Raises `Problem` for a refused
    key, and for an invalid value.
    """
    known = entries(model)
    api_name = {name: entry.meta.api or name for name, entry in known.items()}
    model_name = {api: name for name, api in api_name.items()}
    _, failures = validate(model, {model_name[k]: v for k, v in values.items() if k in model_name})
    dropped: set[tuple[Any, ...]] = set()
    for failure in failures:
        if failure.kind == UNLISTED and switches.unlisted_value == "store":
            continue
        path = (api_name.get(str(failure.path[0]), failure.path[0]), *failure.path[1:])
        if failure.kind != "unknown":
            raise errors.invalid(f'"{format_path(path)}" {failure.reason.split(", not ")[0]}')
        if switches.unknown_property == "reject":
            raise errors.not_allowed(format_path(path))
        if switches.unknown_property == "ignore":
            dropped.add(path)
    return dict(_without(values, dropped))


def paid(switches: Switches) -> None:
    """Raise `Problem` if the plan is free. For requests that a free plan does not include."""
    if switches.plan == "free":
        raise errors.plan()


def properties(
    model: type[Fields], body: Mapping[str, Any], switches: Switches, now: float, key: str = "properties"
) -> dict[str, Any]:
    """Return the checked room or domain settings of a request, which are under `key`; None means a reset.

    Nulls inside a setting are removed, and the keys that a switch ignores. Raises `Problem` for a key or a value that
    Daily refuses, by its rules, its plan or a switch.
    """
    given = as_object(body.get(key, {}), key)
    known = entries(model)
    if switches.coerce_booleans:
        given = {k: _coerced(known[k].annotation, v) if k in known else v for k, v in given.items()}
    moments(given, now, known)
    _, found = validate(model, {k: v for k, v in given.items() if v is not None})
    failures = [failure for failure in found if failure.kind != LEGACY]  # Daily still accepts these settings
    ignored = {
        "unknown": switches.unknown_property == "ignore",
        "read_only": switches.read_only_setting == "ignore",
    }
    for failure in failures:
        _judge(failure, given, switches, key)
    given = _without(given, {f.path for f in failures if ignored.get(f.kind)})
    _plan(given, known, switches)
    _limits(given, switches, key)
    return {name: stripped(value) for name, value in given.items()}


def _limits(given: Mapping[str, Any], switches: Switches, key: str) -> None:
    """Raise `Problem` for what only Daily's server knows: too many participants, a bucket without access (switches)."""
    participants = given.get("max_participants")
    if switches.max_participants_over_200 == "reject" and isinstance(participants, int) and participants > 200:
        raise errors.invalid(f'"{key}.max_participants" must be less than or equal to 200')
    for name in BUCKETS:
        bucket = given.get(name)
        if bucket and switches.bucket_verification == "fail" and bucket.get("storage_provider", "aws") == "aws":
            raise errors.bad_bucket(bucket)


def _judge(failure: Failure, given: Mapping[str, Any], switches: Switches, key: str) -> None:
    where = f"{key}.{format_path(failure.path)}"
    if failure.kind == "unknown":
        if switches.unknown_property == "reject":
            whole = key == "properties" and len(failure.path) == 1
            raise errors.unknown_property(str(failure.path[0])) if whole else errors.not_allowed(where)
    elif _is_ignored(failure, switches):
        pass
    elif failure.kind == "rule" and not _needs_key(failure):
        pass  # rules between settings are this package's own; Daily stores such values
    elif not lax(failure.path, given.get(str(failure.path[0])) if failure.path else given):
        raise errors.invalid(f'"{where}" {failure.reason.split(", not ")[0]}')


def _is_ignored(failure: Failure, switches: Switches) -> bool:
    """Return whether a switch decides that the value is not refused."""
    kinds = {"read_only": switches.read_only_setting == "ignore", UNLISTED: switches.unlisted_value == "store"}
    return kinds.get(failure.kind, False)


def _needs_key(failure: Failure) -> bool:
    # The only rule between settings that Daily is known to enforce: the required keys of a bucket.
    return str(failure.path[0]) in BUCKETS


def moments(given: Mapping[str, Any], now: float, known: Mapping[str, Any]) -> None:
    """Raise `Problem` for an `exp` or `nbf` that is not a number, and for an `exp` that is not later than `now`.

    `known` contains the settings of the object; a time that is not among them is not checked.
    """
    for key, future in MOMENTS.items():
        value = given.get(key)
        if value is None or key not in known:
            continue
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise errors.moment_not_a_number(key, shown(value))
        if future and value <= now:
            raise errors.moment_past(key, shown(value))


def room_name(name: Any) -> str:
    """Return `name`. Raises `Problem` if it is not a valid room name."""
    if not isinstance(name, str):
        raise errors.invalid('"name" must be a string')
    if not name:
        raise errors.invalid('"name" is not allowed to be empty')
    if not NAME.fullmatch(name):
        raise errors.bad_name(name)
    if len(name) > NAME_LENGTH:
        raise errors.invalid(f'"name" length must be less than or equal to {NAME_LENGTH} characters long')
    return name


def privacy(body: Mapping[str, Any], switches: Switches) -> str | None:
    """Return the `privacy` of a request, or None when it is missing. A null is a reset to public.

    A switch decides whether an invalid value counts as public, or raises `Problem`.
    """
    if "privacy" not in body:
        return None
    value = body["privacy"]
    if value is None:
        return PRIVACY[0]
    if value not in PRIVACY:
        if switches.invalid_privacy == "ignore":
            return PRIVACY[0]
        raise errors.invalid(f'"privacy" must be one of [{", ".join(PRIVACY)}]')
    return str(value)


def shown(value: Any) -> str:
    """Return a value in the form of Daily's messages, which are made by JavaScript."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, Mapping):
        return "[object Object]"
    if isinstance(value, list):
        return ",".join(map(shown, value))
    return str(value)


def stripped(value: Any) -> Any:
    """Return a value without the nulls inside it."""
    if isinstance(value, dict):
        return {k: stripped(v) for k, v in value.items() if v is not None}
    if isinstance(value, list):
        return [stripped(v) for v in value]
    return value


def _coerced(annotation: Any, value: Any) -> Any:
    if annotation == bool | None and not isinstance(value, bool) and isinstance(value, str | int):
        return _WORDS.get(str(value).lower(), value)
    return value


def _without(value: Any, paths: set[tuple[Any, ...]], at: tuple[Any, ...] = ()) -> Any:
    if isinstance(value, dict):
        return {k: _without(v, paths, (*at, k)) for k, v in value.items() if (*at, k) not in paths}
    if isinstance(value, list):
        return [_without(v, paths, (*at, i)) for i, v in enumerate(value)]
    return value


def _plan(given: Mapping[str, Any], known: Mapping[str, Any], switches: Switches) -> None:
    if switches.plan == "free":
        for key, value in given.items():
            if value is not None and key in known and known[key].meta.plan:
                raise errors.plan()

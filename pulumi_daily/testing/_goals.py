"""Reads a program's requests to the engine as goals."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from ._assets import hashed
from ._diff import PathError, parse_path
from ._state import Alias, Goal, ReadGoal
from ._wire import unmarshal, unmarshal_value


class GoalError(ValueError):
    """Error: the engine refuses a resource option. The message is the engine's."""


def goal_of(request: Any, folder: Path) -> Goal:
    """Return the goal of a ``RegisterResourceRequest``, without the options that it inherits from its parent.

    Paths of assets are relative to `folder`. Paths in ``hide_diffs`` are only checked. Raises :class:`AssetError` for
    an asset whose file cannot be read, and :class:`GoalError` for a timeout or a path of another form.
    """
    for number, path in enumerate(getattr(request, "hideDiffs", ())):
        try:
            parse_path(path)
        except PathError as e:
            raise GoalError(f"{number}: {e}") from None
    timeouts = request.customTimeouts
    properties = hashed(unmarshal(request.object), folder)
    dependencies = list(request.dependencies)
    by_property = {k: list(v.urns) for k, v in request.propertyDependencies.items()}
    return Goal(
        type=request.type,
        name=request.name,
        custom=request.custom,
        properties=properties,
        parent=request.parent,
        protect=request.protect if request.HasField("protect") else None,
        dependencies=dependencies,
        property_dependencies=by_property or {key: dependencies for key in properties if dependencies},
        delete_before_replace=(
            request.deleteBeforeReplace if request.deleteBeforeReplaceDefined or request.deleteBeforeReplace else None
        ),
        ignore_changes=list(request.ignoreChanges),
        replace_on_changes=list(request.replaceOnChanges),
        replacement_trigger=(
            unmarshal_value(request.replacement_trigger) if request.HasField("replacement_trigger") else None
        ),
        additional_secret_outputs=list(request.additionalSecretOutputs),
        aliases=[*(Alias(urn=u) for u in request.aliasURNs), *map(_alias, request.aliases)],
        import_id=request.importId,
        retain_on_delete=request.retainOnDelete if request.HasField("retainOnDelete") else None,
        deleted_with=request.deletedWith,
        replace_with=list(request.replace_with),
        custom_timeouts={
            name: seconds(text)
            for name in ("create", "delete", "update", "read")
            if (text := getattr(timeouts, name, ""))  # the oldest supported SDK has no `read`
        },
    )


def _alias(message: Any) -> Alias:
    if message.WhichOneof("alias") == "urn":
        return Alias(urn=message.urn)
    spec = message.spec
    return Alias(
        name=spec.name,
        type=spec.type,
        stack=spec.stack,
        project=spec.project,
        parent=spec.parentUrn,
        no_parent=spec.noParent,
    )


def read_goal_of(request: Any, provider: str, folder: Path) -> ReadGoal:
    """Return the goal of a ``ReadResourceRequest``; see :func:`goal_of`."""
    return ReadGoal(
        type=request.type,
        name=request.name,
        id=request.id,
        properties=hashed(unmarshal(request.properties), folder),
        parent=request.parent,
        provider=provider,
        dependencies=list(request.dependencies),
        additional_secret_outputs=list(request.additionalSecretOutputs),
    )


_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_PART = r"([0-9]+\.?[0-9]*|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)"
_LONGEST = 2**63 / 1e9
"""The longest Go duration, in seconds."""


def seconds(duration: str) -> float:
    """Return a Go duration such as ``1m30s`` in seconds. Raises :class:`GoalError` for a text of another form."""
    sign, rest = (duration[0], duration[1:]) if duration.startswith(("+", "-")) else ("", duration)
    total = sum(float(number) * _UNITS[unit] for number, unit in re.findall(_PART, rest))
    if not (rest == "0" or re.fullmatch(f"({_PART})+", rest)) or total >= _LONGEST:
        raise GoalError(f"unable to parse customTimeout Value {duration}")
    return -total if sign == "-" else total

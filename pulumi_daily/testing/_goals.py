"""Reads a program's requests to the engine as goals."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ._assets import hashed
from ._state import Alias, Goal, ReadGoal
from ._wire import unmarshal, unmarshal_value


def goal_of(request: Any, folder: Path) -> Goal:
    """Return the goal of a ``RegisterResourceRequest``, without the options that it inherits from its parent.

    Paths of assets are relative to `folder`. Raises :class:`AssetError` for an asset whose file cannot be read.
    """
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
            name: seconds(text) for name in ("create", "update", "delete") if (text := getattr(timeouts, name, ""))
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


_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


def seconds(duration: str) -> float:
    """Return a Go duration such as ``1m30s`` in seconds. Raises :class:`ValueError` for a text of another form."""
    total, rest = 0.0, duration.strip()
    while rest:
        digits = len(rest) - len(rest.lstrip("0123456789."))
        unit = next((u for u in ("ns", "us", "µs", "ms", "s", "m", "h") if rest.startswith(u, digits)), "")
        if not digits or not unit:
            raise ValueError(f"not a duration: {duration!r}")
        total += float(rest[:digits]) * _UNITS[unit]
        rest = rest[digits + len(unit) :]
    return total

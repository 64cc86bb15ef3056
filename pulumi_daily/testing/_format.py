"""Pulumi's deployment format: resource states as JSON data, and back (``pulumi stack export``)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Protocol

from .._wire import SIGNATURE
from ._state import ResourceState
from ._wire import SECRET, UNKNOWN, UNKNOWN_STRING, ResourceRef, Secret, Value

_JSON_NAMES = {
    "id": "id",
    "inputs": "inputs",
    "outputs": "outputs",
    "parent": "parent",
    "protect": "protect",
    "external": "external",
    "dependencies": "dependencies",
    "property_dependencies": "propertyDependencies",
    "provider": "provider",
    "pending_replacement": "pendingReplacement",
    "additional_secret_outputs": "additionalSecretOutputs",
    "retain_on_delete": "retainOnDelete",
    "deleted_with": "deletedWith",
    "replace_with": "replaceWith",
    "ignore_changes": "ignoreChanges",
    "replace_on_changes": "replaceOnChanges",
    "replacement_trigger": "replacementTrigger",
    "custom_timeouts": "customTimeouts",
    "import_id": "importID",
    "delete": "delete",
}


class Sealer(Protocol):
    """How secret values are written down and read back."""

    def seal(self, value: Value) -> Mapping[str, str]: ...
    def open(self, sealed: Mapping[str, Any]) -> Value: ...


def encode(value: Value, sealer: Sealer) -> Any:
    """`value` as JSON data; secrets become ``{"4dabf…": "1b472…", …}`` around what `sealer` makes of them."""
    if isinstance(value, Secret):
        return {SIGNATURE: SECRET, **sealer.seal(encode(value.value, sealer))}
    if isinstance(value, dict):
        return {k: encode(v, sealer) for k, v in value.items()}
    if isinstance(value, list):
        return [encode(v, sealer) for v in value]
    if isinstance(value, ResourceRef):
        return value.urn if value.id is None else encode(value.id, sealer)
    return UNKNOWN_STRING if value is UNKNOWN else value


def decode(value: Any, sealer: Sealer) -> Value:
    """The inverse of :func:`encode`."""
    if isinstance(value, dict):
        if value.get(SIGNATURE) == SECRET:
            return Secret(decode(sealer.open(value), sealer))
        return {k: decode(v, sealer) for k, v in value.items()}
    if isinstance(value, list):
        return [decode(v, sealer) for v in value]
    return value


def encode_state(state: ResourceState, sealer: Sealer) -> dict[str, Any]:
    """One resource of a Pulumi deployment (``pulumi stack export``); empty fields are left out."""
    out: dict[str, Any] = {"urn": state.urn, "custom": state.custom, "type": state.type}
    for name, key in _JSON_NAMES.items():
        value = getattr(state, name)
        if value not in (None, "", False, [], {}):
            out[key] = encode(value, sealer)
    return out


def decode_state(data: Mapping[str, Any], sealer: Sealer) -> ResourceState:
    """The inverse of :func:`encode_state`; fields this runner has no use for are ignored."""
    values = {name: decode(data[key], sealer) for name, key in _JSON_NAMES.items() if key in data}
    return ResourceState(urn=data["urn"], type=data["type"], custom=bool(data.get("custom")), **values)


def relink(states: Iterable[ResourceState]) -> list[ResourceState]:
    """`states` (dependencies first) without references to resources that are no longer among them.

    After a refresh removed resources: dangling dependencies go, and a child whose parent is gone moves up.
    """
    out: list[ResourceState] = []
    known: set[str] = set()
    parents: dict[str, str] = {}
    for state in states:
        props = {k: [u for u in urns if u in known] for k, urns in state.property_dependencies.items()}
        parent = state.parent if not state.parent or state.parent in known else parents.get(state.parent, "")
        state = replace(
            state,
            dependencies=[u for u in state.dependencies if u in known],
            property_dependencies={k: v for k, v in props.items() if v},
            deleted_with=state.deleted_with if state.deleted_with in known else "",
            replace_with=[u for u in state.replace_with if u in known],
            parent=parent,
        )
        parents[state.urn] = parent
        known.add(state.urn)
        out.append(state)
    return out

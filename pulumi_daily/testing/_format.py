"""Pulumi's deployment format: conversion of resource states to JSON data and back (``pulumi stack export``)."""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from .._wire import SIGNATURE
from ._state import ResourceState
from ._wire import RESOURCE, SECRET, UNKNOWN, UNKNOWN_STRING, ResourceRef, Secret, Value, reference_of

_FLOAT = "8ad145fe-0d11-4827-bfd7-1abcbf086f5c"
"""The signature of a number that JSON cannot represent: its 8 bytes, in hexadecimal."""

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


class StateFileError(Exception):
    """Error: a state cannot be read: it is not JSON, is not a deployment, or its secrets are hidden or encrypted."""


class Sealer(Protocol):
    """The interface of an encoding of secret values in a deployment."""

    def seal(self, value: Value) -> Mapping[str, str]: ...
    def open(self, sealed: Mapping[str, Any]) -> Value: ...


class Hidden:
    """An encoding that writes ``[secret]`` for a secret value (for :meth:`Stack.export`). It reads clear text."""

    def seal(self, value: Value) -> Mapping[str, str]:
        return {"ciphertext": "[secret]"}

    def open(self, sealed: Mapping[str, Any]) -> Value:
        if "plaintext" in sealed:
            return json.loads(sealed["plaintext"])
        raise StateFileError(
            "the secrets of this state are hidden or encrypted: export it with `show_secrets=True`, or with "
            "`pulumi stack export --show-secrets`"
        )


class Shown(Hidden):
    """An encoding with secret values in clear text, marked (``pulumi stack export --show-secrets``)."""

    def seal(self, value: Value) -> Mapping[str, str]:
        return {"plaintext": json.dumps(value)}


def encode(value: Value, sealer: Sealer) -> Any:
    """Return `value` as JSON data. A secret becomes ``{"4dabf…": "1b472…", …}`` with its value encoded by `sealer`."""
    if isinstance(value, Secret):
        return {SIGNATURE: SECRET, **sealer.seal(encode(value.value, sealer))}
    if isinstance(value, dict):
        return {k: encode(v, sealer) for k, v in value.items()}
    if isinstance(value, list):
        return [encode(v, sealer) for v in value]
    if isinstance(value, ResourceRef):
        ident = {} if value.id is None else {"id": "" if value.id is UNKNOWN else value.id}
        return {SIGNATURE: RESOURCE, "urn": value.urn, **ident, "packageVersion": value.version}
    if isinstance(value, float) and not math.isfinite(value):
        return {SIGNATURE: _FLOAT, "value": struct.pack(">d", value).hex()}
    return UNKNOWN_STRING if value is UNKNOWN else value


def decode(value: Any, sealer: Sealer) -> Value:
    """Return the value of JSON data from :func:`encode`; unknown values stay text.

    Raises :class:`StateFileError` for a secret that `sealer` cannot read.
    """
    if isinstance(value, dict):
        if value.get(SIGNATURE) == SECRET:
            return Secret(decode(sealer.open(value), sealer))
        if value.get(SIGNATURE) == _FLOAT:
            return struct.unpack(">d", bytes.fromhex(value["value"]))[0]
        if value.get(SIGNATURE) == RESOURCE:
            return reference_of(value)
        return {k: decode(v, sealer) for k, v in value.items()}
    if isinstance(value, list):
        return [decode(v, sealer) for v in value]
    return value


def encode_state(state: ResourceState, sealer: Sealer) -> dict[str, Any]:
    """Return one resource of a Pulumi deployment (``pulumi stack export``); empty fields are left out."""
    out: dict[str, Any] = {"urn": state.urn, "custom": state.custom, "type": state.type}
    for name, key in _JSON_NAMES.items():
        value = getattr(state, name)
        if value not in (None, "", False, [], {}):
            out[key] = encode(value, sealer)
    return out


def decode_state(data: Mapping[str, Any], sealer: Sealer) -> ResourceState:
    """Return the state of one resource of a deployment. Fields that this kit does not use are ignored."""
    values = {name: decode(data[key], sealer) for name, key in _JSON_NAMES.items() if key in data}
    return ResourceState(urn=data["urn"], type=data["type"], custom=bool(data.get("custom")), **values)


def deployment(states: Sequence[ResourceState], sealer: Sealer) -> dict[str, Any]:
    """Return a deployment in the form of ``pulumi stack export``."""
    return {"version": 3, "deployment": {"resources": [encode_state(s, sealer) for s in states]}}


def states_of(data: Mapping[str, Any], sealer: Sealer) -> list[ResourceState]:
    """Return the resources in the data of ``pulumi stack export``, an object with the key ``deployment``.

    Raises :class:`StateFileError` for data of another form, and for a secret that `sealer` cannot read.
    """
    try:
        resources = data["deployment"].get("resources") or []
        return [decode_state(r, sealer) for r in resources]
    except StateFileError:
        raise
    except (KeyError, TypeError, AttributeError, ValueError, struct.error) as e:
        raise StateFileError(f"not a Pulumi deployment: {type(e).__name__}: {e}") from None


_EMPTY_PASSPHRASE = "v1:pc/Spb+LRNQ=:v1:SlK6ZDbshv10E0Gq:VI/bRmai8itcCspnmBrbntlPjyaONQ=="
"""The CLI's ``encryptionsalt`` for an empty passphrase. It contains no secret."""


def secrets_provider(root: Path | None, stack: str) -> dict[str, Any]:
    """Return the entry of a deployment about the encryption of secrets, which the CLI needs for an import.

    It is taken from ``Pulumi.<stack>.yaml`` of the project at `root`; without such a file, it is that of an empty
    passphrase.
    """
    settings: dict[str, Any] = {}
    file = root / f"Pulumi.{stack}.yaml" if root is not None else None
    if file is not None and file.is_file():
        import yaml  # comes with the SDK

        settings = yaml.safe_load(file.read_text()) or {}
    if "encryptedkey" in settings:
        state = {"url": settings.get("secretsprovider", ""), "encryptedkey": settings["encryptedkey"]}
        return {"type": "cloud", "state": state}
    return {"type": "passphrase", "state": {"salt": settings.get("encryptionsalt", _EMPTY_PASSPHRASE)}}


def relink(states: Iterable[ResourceState]) -> list[ResourceState]:
    """Return `states` (dependencies first) without references to missing resources, after a refresh removed resources.

    Dependencies on missing resources are removed, and a child of a missing parent gets the parent's parent.
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

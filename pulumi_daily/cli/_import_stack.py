"""The objects of Daily that a stack manages, from its exported state or from an import file."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .._wire import SIGNATURE
from ..lifecycle.kinds.table import KINDS
from ..lifecycle.state import ResourceState, decode
from ..objects.notes import HIDDEN
from ..objects.spec import ObjectSpec
from ..objects.values import ABSENT
from ._account import in_project, run_pulumi
from ._terminal import say

TYPE = "pulumi-python:dynamic/daily:"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"
"""The value of ``SIGNATURE`` that marks a secret in a state."""


@dataclass(frozen=True)
class Managed:
    """One resource of a stack."""

    spec: ObjectSpec
    name: str
    identity: str
    state: ResourceState
    """The state, without secrets."""
    nested: bool = False
    """True for a resource with a parent: its URN contains the parent's type, that of an imported resource does not."""

    @property
    def label(self) -> str:
        """Return the object's name in messages."""
        return str(self.state.get(self.spec.label or "") or self.identity)


def exported(stack: str | None) -> list[Managed]:
    """Return the objects of a stack (None: the selected one); nothing without a project or a CLI.

    Prints a warning if its state cannot be read.
    """
    if not in_project() or shutil.which("pulumi") is None:
        return []
    done = run_pulumi("stack", "export", *(["--stack", stack] if stack else []))
    try:
        return managed_in(done or "")
    except ValueError:
        say("warning: `pulumi stack export` failed; objects that the stack has already are not recognized", err=True)
        return []


def managed_in(text: str) -> list[Managed]:
    """Return the objects in the output of ``pulumi stack export``, or in an import file.

    Raises ``ValueError`` for something else.
    """
    data = json.loads(text)
    data = data.get("deployment", data) if isinstance(data, Mapping) else {}
    entries = data.get("resources", [] if "manifest" in data else None) if isinstance(data, Mapping) else None
    if not isinstance(entries, list) or not all(isinstance(entry, Mapping) for entry in entries):
        raise ValueError("neither a stack's state nor an import file")
    return [_managed(entry) for entry in entries if _spec(entry) is not None and not entry.get("delete")]


def _spec(entry: Mapping[str, Any]) -> ObjectSpec | None:
    kind = KINDS.get(str(entry.get("type")).removeprefix(TYPE))
    return kind.spec if kind is not None and entry.get("id") and not entry.get("external") else None


def _managed(entry: Mapping[str, Any]) -> Managed:
    spec = _spec(entry)
    assert spec is not None
    urn = str(entry.get("urn"))
    name = entry.get("name") or urn.rpartition("::")[2]
    outputs = _without_secrets(entry.get("outputs") or {})
    return Managed(spec, str(name), str(entry["id"]), decode(spec, outputs, outputs.get(HIDDEN)), f"${TYPE}" in urn)


def _without_secrets(value: Any) -> Any:
    """Return a value without secrets; ABSENT for a secret, and for a list that contains one."""
    if isinstance(value, Mapping):
        if value.get(SIGNATURE) == _SECRET:
            return ABSENT
        items = {key: _without_secrets(item) for key, item in value.items()}
        return {key: item for key, item in items.items() if item is not ABSENT}
    if isinstance(value, list):
        return value if [_without_secrets(item) for item in value] == value else ABSENT
    return value

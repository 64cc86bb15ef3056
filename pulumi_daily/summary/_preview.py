"""The data of a preview, as the CLI tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


class PreviewError(ValueError):
    """Error: a text is not the complete output of ``pulumi preview --json``."""


@dataclass(frozen=True)
class State:
    """A resource before or after a step."""

    id: str
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]
    retain: bool
    provider: str


@dataclass(frozen=True)
class Step:
    """A step of the preview. ``diff`` are the paths that changed; None where Pulumi does not list them."""

    op: str
    type: str
    name: str
    old: State | None
    new: State | None
    diff: tuple[str, ...] | None
    reasons: tuple[str, ...]
    """The inputs that force a replacement."""
    urn: str = ""
    outside: tuple[str, ...] = ()
    """The paths of ``diff`` that the provider marks as different outside Pulumi, and not in the inputs."""


@dataclass(frozen=True)
class Message:
    """A message of the engine, the program or a provider."""

    severity: str
    text: str
    name: str
    """The name of the resource; empty without one."""
    urn: str = ""


@dataclass(frozen=True)
class Preview:
    """A preview: its steps without the stack's own, its messages, and the number of resources by operation."""

    stack: str
    """``project/stack``; empty when the preview lists nothing."""
    steps: tuple[Step, ...]
    messages: tuple[Message, ...]
    counts: Mapping[str, int]
    config: Mapping[str, Any] = field(default_factory=dict, repr=False)
    listed: Mapping[str, int] = field(default_factory=dict)
    """The number of steps by operation, with that of the stack and without the parts of replacements."""
    corrupt: bool = False
    """True if Pulumi marked its JSON as possibly corrupt (``maybeCorrupt``)."""

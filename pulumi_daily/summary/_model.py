"""The data of a summary."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from ..objects.values import ABSENT, show

SECRET = "[secret]"

Action = Literal["delete", "replace", "drift", "change", "take over", "move", "create", "let go"]
ACTIONS: tuple[Action, ...] = ("delete", "replace", "drift", "change", "take over", "move", "create", "let go")
"""All actions, in the order of a summary: what removes something comes first."""

Status = Literal["clean", "changes", "drift", "failed"]


class Shown(str):
    """A value as a text that is shown without quotes, because it is the text of a message."""

    __slots__ = ()


@dataclass(frozen=True)
class Change:
    """One setting that changes: ``old`` and ``new`` are JSON values, ``ABSENT``, ``UNKNOWN`` or :class:`Shown`.

    For drift, ``old`` is the value on Daily, and ``new`` the value of the program.
    """

    setting: str
    old: Any = ABSENT
    new: Any = ABSENT


def value_text(value: Any) -> str:
    """Return a value as JSON text of at most 60 characters; ``not set`` for a missing one."""
    if isinstance(value, Shown):
        return value if len(value) <= 60 else value[:59] + "…"
    return value if value == SECRET else show(value)


@dataclass(frozen=True)
class Entry:
    """One object on Daily, and what ``pulumi up`` does with it."""

    action: Action
    kind: str
    """Pulumi's name of the object's kind, such as ``Room``; the kind of the rooms of a ``RoomSet`` is ``Room``."""
    noun: str
    name: str
    """The name on Daily, or the address or id of an object without a name."""
    resource: str
    """The name of the resource in the program."""
    set: bool = False
    """True if the resource is a ``RoomSet``, and the object one of its rooms."""
    changes: tuple[Change, ...] = ()
    reason: str = ""
    removes: bool = False
    """True if ``up`` deletes the object from Daily, or may do so: a replaced object, a room that moves out of a set."""
    old_name: str = ""
    """The name of the object that a replacement deletes; ``name`` is that of the new one."""
    guarded: str = field(default="", repr=False)
    """The name that guards compare with patterns, as it is, even a secret one. It is never shown."""
    provider: str = field(default="", repr=False)
    identity: str = field(default="", repr=False)
    """The object's name in the messages of a preview; empty for an object that is not on Daily yet."""


@dataclass(frozen=True)
class Cost:
    """An estimate of the requests of ``pulumi up``, and of the seconds that Daily's limits allow for them at best."""

    requests: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class Summary:
    """The summary of one stack's preview."""

    title: str
    headline: str
    status: Status
    entries: tuple[Entry, ...] = ()
    refusals: tuple[str, ...] = ()
    """The objects that ``up`` would refuse to create, as the preview says it."""
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    others: tuple[tuple[str, int], ...] = ()
    """The changes of resources that are not Daily's: Pulumi's name of the step, and their number."""
    managed: int = 0
    """The number of objects on Daily that the stack manages, as far as the preview lists them."""
    unlisted: int = 0
    """The number of unchanged resources that the preview does not list."""
    unknown_sets: tuple[str, ...] = ()
    """The sets of rooms whose rooms are known only after ``up``."""
    cost: Cost = Cost()
    asked: bool = True
    """False if the preview did not compare the program with Daily, so that drift is not known."""

    def of(self, action: Action) -> list[Entry]:
        """Return the entries of an action."""
        return [entry for entry in self.entries if entry.action == action]


@dataclass(frozen=True)
class Report:
    """The summary of a stack, and the guards that it violates, as texts."""

    summary: Summary
    refused: tuple[str, ...] = ()

"""Describes the owners of Daily objects, and defines the interface of the record that processes share about them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

from ..objects.spec import Claim
from ..objects.values import Path, moment

Adoption = Literal["never", "as-asked", "always"]
"""A run's permission to take over existing objects: none, those that were created through the API and match the program
exactly (left over from an interrupted run), or all.
"""


@dataclass(frozen=True)
class Hints:
    """The information about a resource that a provider receives in addition to its inputs."""

    owner: str = ""
    """The permanent name of the resource: ``project/stack::type name::…::Kind name``, with all parents."""
    formerly: tuple[str, ...] = ()
    """The resource's former owner names (of an alias, of a renamed stack)."""
    ignored: tuple[Path, ...] = ()
    """The paths of ``ignore_changes``."""
    secret: tuple[Path, ...] = ()
    """The paths of inputs that the program marked as secrets."""
    took: tuple[str, ...] = ()
    """The runs in which the resource took over an existing object."""
    retain: bool = False
    """True if objects that leave the resource stay on Daily (``retain_on_delete``)."""
    since: float | None = None
    """The time of the check before the create, in Unix seconds, for kinds with :attr:`Kind.dated`."""
    may_replace: bool = False
    """True if ``replace_on_changes`` may make the engine replace the object where an update would be enough."""


def stack_of(owner: str) -> str:
    """Return ``project/stack`` of an owner."""
    return owner.partition("::")[0]


def called(owner: str, kind: str) -> str:
    """Return an owner's name for messages about an object of a kind, such as ``"one" of "desk" (RoomSet)``."""
    _, *parents, last = owner.split("::")
    own_kind, _, name = last.partition(" ")
    parent = f' of "{parents[-1].partition(" ")[2]}"' if parents else ""
    return f'"{name}"{parent}' + ("" if own_kind == kind else f" ({own_kind})")


class Holder(NamedTuple):
    """The owner of an object that another resource would delete."""

    owner: str
    has: bool
    """True if the owner manages the object; False if it only declares the object, and may not get it."""
    at: float | None = None
    """The time of a record of an earlier run. Whether the owner still manages the object is unknown."""

    def text(self, kind: str, *, plural: bool = False) -> str:
        """Return the owner with its relation to an object of a kind (or to several), for messages."""
        name, it = called(self.owner, kind), "them" if plural else "it"
        if self.at is not None:
            since = f"{name} (stack {stack_of(self.owner)}) managed {it} at {moment(self.at)}"
            return f"{since} (where it no longer manages {it}: adopt_existing=True, or remove {it} on Daily)"
        return f"{name} stands for {it} now" if self.has else f"{name} asks for {it}"


class Move(NamedTuple):
    """Objects of one kind that move from one resource to another."""

    kind: str
    names: list[str]
    giver: str
    taker: str
    adopts: bool
    """True if the new owner has the permission to take them over."""


class Takeovers(Protocol):
    """A record of the takeovers and deletes of one account, shared by the processes of this machine."""

    run: str
    """The id of this run. The state of a resource contains it after a takeover in this run."""

    def note(self, claims: Collection[Claim], owner: str) -> None:
        """Record permanently the owner of objects that were taken over."""

    def recall(self, claims: Collection[Claim], owner: str, run: str) -> None:
        """Record a takeover of an earlier run, which the state of a resource in this run's program contains."""

    def taking(self, claims: Collection[Claim], owner: str) -> AbstractContextManager[None]:
        """Wait until no other process deletes these objects, and prevent deletes by all processes in the block."""

    def keep(self, claims: Collection[Claim], owner: str) -> None:
        """Record, for this run, that a resource has objects which another one of its stack took over earlier."""

    def undo(self, claims: Collection[Claim], owner: str = "") -> None:
        """Remove the record of a resource's takeovers that are in no state; without an owner, of everybody's."""

    def leaving(
        self, claims: Collection[Claim], hints: Hints, staying: Collection[Claim]
    ) -> AbstractContextManager[Mapping[Claim, Holder]]:
        """Reserve objects for a delete, and yield the owners of those that must stay.

        ``hints`` are those of the deleted state. ``staying`` are claims of objects that stay anyway.
        """


class Alone:
    """The takeovers of a process without access to those of other processes."""

    run = ""

    def note(self, claims: Collection[Claim], owner: str) -> None:
        return

    def recall(self, claims: Collection[Claim], owner: str, run: str) -> None:
        return

    def taking(self, claims: Collection[Claim], owner: str) -> AbstractContextManager[None]:
        return nullcontext()

    def keep(self, claims: Collection[Claim], owner: str) -> None:
        return

    def undo(self, claims: Collection[Claim], owner: str = "") -> None:
        return

    def leaving(
        self, claims: Collection[Claim], hints: Hints, staying: Collection[Claim]
    ) -> AbstractContextManager[Mapping[Claim, Holder]]:
        return nullcontext({})


def plain(claim: Claim) -> Claim:
    """Return a claim in the form that is compared: in lower case, because Daily may ignore case."""
    return claim[0], claim[1].lower()

"""Whose an object is. Daily keeps no owner, so nothing on an object says who made it.

Each provider process keeps what the resources of this run stand for (`Claims`): a second owner of one object is an
error of the preview, and a delete lets go what another resource stands for.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from ..objects.spec import Claim
from ..objects.values import Path


@dataclass(frozen=True)
class Hints:
    """What a provider is told of a resource beyond its inputs."""

    owner: str = ""
    """The resource's name for good: ``project/stack::type name::…::Kind name``, with all parents."""
    formerly: tuple[str, ...] = ()
    """The owners that it was before (an alias, a renamed stack)."""
    ignored: tuple[Path, ...] = ()
    """The paths of ``ignore_changes``."""
    secret: tuple[Path, ...] = ()
    """The paths of inputs that the program marked as secrets."""
    took: tuple[str, ...] = ()
    """The runs in which the state of the resource took something over."""
    retain: bool = False
    """Whether what leaves the resource stays on Daily (``retain_on_delete``)."""
    may_replace: bool = False
    """Whether ``replace_on_changes`` may have the engine replace what needs only an update."""


def called(owner: str, kind: str) -> str:
    """Return the name of an owner for messages about an object of a kind: ``"one" of "desk" (RoomSet)``."""
    _, *parents, last = owner.split("::")
    own_kind, _, name = last.partition(" ")
    parent = f' of "{parents[-1].partition(" ")[2]}"' if parents else ""
    return f'"{name}"{parent}' + ("" if own_kind == kind else f" ({own_kind})")


class Holder(NamedTuple):
    """Who stands for an object that another resource would delete."""

    owner: str
    has: bool
    """Whether it has the object; else it only asks for it, and may not get it."""


class Takeovers(Protocol):
    """Where the processes of this machine tell each other what they take over and delete, under one account."""

    run: str
    """What the state of a resource keeps of this run when it took something over in it."""

    def note(self, claims: Collection[Claim], owner: str) -> None:
        """Remember for good the owner of objects that were taken over."""

    def recall(self, claims: Collection[Claim], owner: str, run: str) -> None:
        """Remember a takeover of an earlier run, by the state of a resource that this run's program has."""

    def taking(self, claims: Collection[Claim], owner: str) -> AbstractContextManager[None]:
        """Wait until no other process deletes these objects, and keep all from deleting them meanwhile."""

    def undo(self, claims: Collection[Claim], owner: str) -> None:
        """Forget takeovers of a resource: what it took over is in no state."""

    def leaving(
        self, claims: Collection[Claim], took: Collection[str], staying: Collection[Claim], *, since: str
    ) -> AbstractContextManager[Mapping[Claim, Holder]]:
        """Reserve objects for a delete of a state that took something over in the runs ``took``, and has had them all
        ``since`` one of them; yields who stands for those that must stay. ``staying`` is what stays already."""


class _Alone:
    """The takeovers of a process that knows of no other."""

    run = ""

    def note(self, claims: Collection[Claim], owner: str) -> None:
        return

    def recall(self, claims: Collection[Claim], owner: str, run: str) -> None:
        return

    def taking(self, claims: Collection[Claim], owner: str) -> AbstractContextManager[None]:
        return nullcontext()

    def undo(self, claims: Collection[Claim], owner: str) -> None:
        return

    def leaving(
        self, claims: Collection[Claim], took: Collection[str], staying: Collection[Claim], *, since: str
    ) -> AbstractContextManager[Mapping[Claim, Holder]]:
        return nullcontext({})


@dataclass
class _Stand:
    """What one resource of the program stands for."""

    names: set[str]
    before: set[Claim] = field(default_factory=set)
    """By the state of the last run."""
    now: set[Claim] = field(default_factory=set)
    renames: bool = False
    declared: bool = False
    """Whether the program of this run has it; a refresh looks at resources as well that are about to be deleted."""


class Claims:
    """What the resources of this run stand for. Shared by all threads of a provider process.

    Claims are compared without case, because Daily may.
    """

    def __init__(self, takeovers: Takeovers | None = None) -> None:
        self._takeovers: Takeovers = _Alone() if takeovers is None else takeovers
        self._changed = threading.Condition()
        self._holders: dict[Claim, str] = {}
        self._stands: dict[str, _Stand] = {}
        self._made: dict[Claim, str] = {}
        self._ids: dict[Claim, set[Claim]] = {}
        """Daily's own ids of what a name stands for in this run: another object may have had the name before."""
        self._took: set[str] = set()
        self._labels: dict[Claim, str] = {}
        self._leaving: Counter[Claim] = Counter()

    def _stand(self, hints: Hints) -> _Stand:
        stand = self._stands.setdefault(hints.owner, _Stand(set()))
        stand.names.update((hints.owner, *hints.formerly))
        return stand

    def declare(
        self, hints: Hints, before: Collection[Claim], now: Collection[Claim], *, renames: bool
    ) -> list[tuple[Claim, str, bool]]:
        """Note what a resource stood for before this run and stands for now.

        Returns the conflicts as ``(claim, other owner, whether one of both is about to give it up)``. ``renames`` says
        that another claim makes another object of it, so that two of them cannot exchange theirs in one run.
        """
        with self._changed:
            mine = self._stand(hints)
            mine.before.update(map(plain, before))
            mine.renames, mine.declared = renames, True
            self._labels.update((plain(claim), claim[1]) for claim in (*before, *now))
            wanted = set(map(plain, now))
            for claim in mine.now - wanted:
                self._holders.pop(claim, None)
            taken = {claim: self._holders.setdefault(claim, hints.owner) for claim in sorted(wanted)}
            mine.now = {claim for claim, owner in taken.items() if owner == hints.owner}
            conflicts = [(claim, owner, False) for claim, owner in taken.items() if owner != hints.owner]
            for other, stand in self._stands.items():
                if renames and stand.renames and other != hints.owner:
                    both = ((stand, mine), (mine, stand))
                    passing = ((one.before - one.now) & (two.now - two.before) for one, two in both)
                    conflicts += [(claim, other, True) for each in passing for claim in sorted(each)]
            return [((claim[0], self._labels.get(claim, claim[1])), other, both) for claim, other, both in conflicts]

    def giver(self, hints: Hints, claims: Iterable[Claim]) -> str | None:
        """Return the resource that gives up one of these in this run by an update, which deletes before Pulumi does."""
        with self._changed:
            wanted = set(map(plain, claims))
            others = ((owner, stand) for owner, stand in self._stands.items() if owner != hints.owner)
            gives = (owner for owner, stand in others if not stand.renames and wanted & (stand.before - stand.now))
            return next(gives, None)

    def keep(self, hints: Hints, claims: Iterable[Claim]) -> None:
        """Note what a resource stands for by its state, where its inputs do not tell (an id that Daily made)."""
        with self._changed:
            for claim in map(plain, claims):
                self._stand(hints).before.add(claim)
                self._holders.setdefault(claim, hints.owner)

    def take(self, hints: Hints, claims: Collection[Claim]) -> bool:
        """Wait until none of these objects is being deleted, and note who stands for them; False when another does."""
        wanted = list(map(plain, claims))
        with self._changed:
            self._stand(hints)
            self._changed.wait_for(lambda: not any(claim in self._leaving for claim in wanted))
            holders = {self._holders.setdefault(claim, hints.owner) for claim in wanted}
        return holders <= {hints.owner}

    @contextmanager
    def taking(self, hints: Hints, claims: Collection[Claim], *, adopting: bool) -> Iterator[None]:
        """Surround a create: no delete of these objects is under way, nor begins where they may be taken over."""
        self.take(hints, claims)
        with self._takeovers.taking(claims, hints.owner) if adopting and claims else nullcontext():
            yield

    def made(self, hints: Hints, claims: Collection[Claim]) -> None:
        """Note that a resource made an object in this run, or took it over; ``claims`` are its name and its id."""
        with self._changed:
            if self._stand(hints) and hints.owner:
                each = list(map(plain, claims))
                self._holders.update(dict.fromkeys(each, hints.owner))
                self._made.update(dict.fromkeys(each, hints.owner))
                ids = set(filter(_is_id, each))
                self._ids.update((claim, ids) for claim in each if ids and claim not in ids)

    def stay(self, hints: Hints, claims: Collection[Claim], lasting: Collection[Claim]) -> None:
        """Note that a resource of the program goes on to stand for the objects that it has: no delete that an earlier
        run left pending may remove them. Other processes hear of the ``lasting`` ones where it took something over
        once: it may have been on another machine."""
        with self._changed:
            declared = self._stand(hints).declared
        if declared:
            self.made(hints, claims)
            if hints.took and lasting:
                self._takeovers.recall(lasting, hints.owner, hints.took[-1])

    def take_over(self, hints: Hints, claims: Collection[Claim], lasting: Collection[Claim]) -> None:
        """Note that a resource now stands for objects that were there already; the ``lasting`` ones for other processes
        as well (no name, which another object may have tomorrow)."""
        self.made(hints, [*claims, *lasting])
        self._takeovers.note(lasting, hints.owner)
        with self._changed:
            self._took.add(hints.owner)

    def give_back(self, hints: Hints, claims: Collection[Claim]) -> None:
        """Undo a takeover: the operation failed, and no state has what it took over."""
        with self._changed:
            for claim in map(plain, claims):
                self._made.pop(claim, None)
                if _is_id(claim):  # the name it goes on to ask for
                    self._holders.pop(claim, None)
        self._takeovers.undo(claims, hints.owner)

    def runs_of(self, hints: Hints) -> tuple[str, ...]:
        """Return the runs in which a resource took something over, this one among them."""
        now = (self._takeovers.run,) if hints.owner in self._took and self._takeovers.run not in hints.took else ()
        return tuple(run for run in (*hints.took, *now) if run)

    def had(self, hints: Hints, claims: Iterable[Claim], ids: Iterable[Claim] = ()) -> bool:
        """Return whether a resource stood for one of these before this run; ``ids`` are Daily's own of what is there
        now, which may be another object of the same name."""
        with self._changed:
            before = self._stand(hints).before
            there = set(map(plain, ids))
            known = {claim for claim in before if claim[0] in {kind for kind, _ in there}}
            return (not known or bool(known & there)) and any(plain(claim) in before for claim in claims)

    def new(self, kind: str) -> list[str]:
        """Return what stands to be made in this run, as far as it is known: claims of a kind that no state had."""
        with self._changed:
            had = {claim for stand in self._stands.values() for claim in stand.before}
            new = (claim for claim in self._holders if claim[0] == kind and claim not in had | self._made.keys())
            return sorted(self._labels[claim] for claim in new if claim in self._labels)

    @contextmanager
    def deleting(
        self, hints: Hints, objects: Mapping[str, Collection[Claim]], *, several: bool = False
    ) -> Iterator[dict[str, Holder]]:
        """Reserve objects for a delete: nobody takes them until it is over.

        ``objects`` are claims by label; ``several`` says that the state came to have them at different times. Yields
        who stands for those that must stay, by label. Looking and reserving are one step.
        """
        with self._changed:
            others = {label: self._other(each, hints) for label, each in objects.items()}
            kept = {label: other for label, other in others.items() if other is not None}
            leaving = [claim for label, each in objects.items() if label not in kept for claim in each]
            self._leaving.update(map(plain, leaving))
        try:
            staying = [claim for label in kept for claim in objects[label]]
            since = "" if several else max(hints.took, default="")
            with self._takeovers.leaving(leaving, hints.took, staying, since=since) as elsewhere:
                for label, each in objects.items():
                    kept.update((label, elsewhere[claim]) for claim in each if claim in elsewhere)
                yield kept
        finally:
            with self._changed:
                self._leaving -= Counter(map(plain, leaving))
                self._changed.notify_all()

    def _other(self, claims: Collection[Claim], hints: Hints) -> Holder | None:
        """Return who stands for an object beside the resource whose object is to go.

        What this run made or took over stays, even where it is the same resource's: the delete is that of its former
        object. What a resource only asks for is its own to replace. A name keeps no object but the one that has it.
        """
        each = list(map(plain, claims))
        ids = set(filter(_is_id, each))
        for claim in each:
            if ids and ids.isdisjoint(self._ids.get(claim, ids)):
                continue
            if claim in self._made:
                return Holder(self._made[claim], True)
            holder = self._holders.get(claim)
            if holder is not None and hints.owner not in self._stands[holder].names:
                return Holder(holder, claim in self._stands[holder].before)
        return None


def plain(claim: Claim) -> Claim:
    """Return a claim as it is compared: without case, because Daily may ignore it."""
    return claim[0], claim[1].lower()


def _is_id(claim: Claim) -> bool:
    return claim[0].endswith("#")

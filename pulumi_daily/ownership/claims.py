"""Ownership of Daily objects. Daily stores no owner, so an object itself does not show which resource manages it.

Each provider process records the claims of the resources of this run (`Claims`): a second owner of one object is an
error of the preview, and a delete leaves an object that another resource manages.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field

from ..objects.spec import Claim
from .owners import Alone, Hints, Holder, Move, Takeovers, plain


@dataclass
class _Stand:
    """The claims of one resource of the program."""

    names: set[str]
    before: set[Claim] = field(default_factory=set)
    """The claims in the state of the last run."""
    now: set[Claim] = field(default_factory=set)
    renames: bool = False
    adopts: bool = False
    declared: bool = False
    """Whether this run's program declares the resource. A refresh also reads resources that are about to be deleted."""


class Claims:
    """The claims of the resources of this run, shared by all threads of a provider process.

    Claims are compared without case, because Daily may ignore case.
    """

    def __init__(self, takeovers: Takeovers | None = None) -> None:
        self._takeovers: Takeovers = Alone() if takeovers is None else takeovers
        self._changed = threading.Condition()
        self._holders: dict[Claim, str] = {}
        self._stands: dict[str, _Stand] = {}
        self._made: dict[Claim, str] = {}
        self._expected: dict[str, dict[Claim, str]] = {}
        """What other resources of the program claim, by the owner that this was told to: they may be declared later."""
        self._withdrawn: set[Claim] = set()
        self._exactly: set[Claim] = set()
        """The claims of ``_made`` with their case. Two objects cannot have one name at the same time."""
        self._ids: dict[Claim, set[Claim]] = {}
        """The ids that Daily gave the object with a name in this run. Another object may have had the name before."""
        self._took: set[str] = set()
        self._labels: dict[Claim, str] = {}
        self._leaving: Counter[Claim] = Counter()

    def _stand(self, hints: Hints) -> _Stand:
        stand = self._stands.setdefault(hints.owner, _Stand(set()))
        stand.names.update((hints.owner, *hints.formerly))
        return stand

    def declare(
        self, hints: Hints, before: Collection[Claim], now: Collection[Claim], *, renames: bool, adopts: bool = False
    ) -> list[tuple[Claim, str, bool]]:
        """Record the claims that a resource had before this run and has now.

        Returns the conflicts as ``(claim, other owner, whether one of both is about to give it up)``. ``renames``: a
        resource with another claim is another object, so two such resources cannot exchange their claims in one run.
        ``adopts``: the resource may take over existing objects.
        """
        with self._changed:
            mine = self._stand(hints)
            mine.before.update(map(plain, before))
            mine.renames, mine.adopts, mine.declared = renames, adopts, True
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

    def moves(self, hints: Hints) -> list[Move]:
        """Return the objects that move to or from a declared resource in this run.

        The other resource must be declared as well: of one that left the program, nothing is known before its delete.
        """
        found = []
        with self._changed:
            mine = self._stands[hints.owner]
            others = [(name, stand) for name, stand in self._stands.items() if stand.declared and stand is not mine]
            for other, stand in others:
                for giver, old, taker, new in ((other, stand, hints.owner, mine), (hints.owner, mine, other, stand)):
                    moved = sorted((old.before - old.now) & (new.now - new.before))
                    if moved:
                        names = [self._labels.get(claim, claim[1]) for claim in moved]
                        found.append(Move(moved[0][0], names, giver, taker, new.adopts))
        return found

    def expect(self, hints: Hints, claims: Iterable[tuple[str, str, str]]) -> None:
        """Record what other resources of the program claim, as ``(kind, name, "Kind name of the resource")``.

        Pulumi updates a resource while it has yet to declare those that come later in the program.
        """
        with self._changed:
            self._expected[hints.owner] = {plain((kind, name)): f"::{owner}" for kind, name, owner in claims}

    def keep(self, hints: Hints, claims: Iterable[Claim]) -> None:
        """Record the claims in a resource's state that its inputs do not contain (ids that Daily generates)."""
        with self._changed:
            for claim in map(plain, claims):
                self._stand(hints).before.add(claim)
                self._holders.setdefault(claim, hints.owner)

    def take(self, hints: Hints, claims: Collection[Claim]) -> bool:
        """Wait until none of these objects is being deleted, and claim them.

        Returns False if another resource has a claim on one of them.
        """
        wanted = list(map(plain, claims))
        with self._changed:
            self._stand(hints)
            self._changed.wait_for(lambda: not any(claim in self._leaving for claim in wanted))
            holders = {self._holders.setdefault(claim, hints.owner) for claim in wanted}
        return holders <= {hints.owner}

    @contextmanager
    def taking(self, hints: Hints, claims: Collection[Claim], *, adopting: bool) -> Iterator[None]:
        """Surround a create: no delete of these objects is under way, nor begins if the create may take them over."""
        self.take(hints, claims)
        with self._takeovers.taking(claims, hints.owner) if adopting and claims else nullcontext():
            yield

    def made(self, hints: Hints, claims: Collection[Claim]) -> None:
        """Record that a resource created or took over an object in this run; ``claims`` are its name and its id."""
        with self._changed:
            if self._stand(hints) and hints.owner:
                each = list(map(plain, claims))
                self._holders.update(dict.fromkeys(each, hints.owner))
                self._made.update(dict.fromkeys(each, hints.owner))
                self._exactly.update(claims)
                ids = set(filter(_is_id, each))
                self._ids.update((claim, ids) for claim in each if ids and claim not in ids)

    def created(self, claims: Collection[Claim]) -> None:
        """Forget who took over an earlier object with these claims, which a new object has now."""
        self._takeovers.undo(claims)

    def stay(self, hints: Hints, claims: Collection[Claim], lasting: Collection[Claim]) -> str | None:
        """Record that a resource of the program keeps its objects, and return None.

        Returns another resource that made or keeps one of them in this run, if there is one; then nothing is recorded.
        Deletes that an earlier run left pending must not remove the objects. The ``lasting`` claims are shared with
        other processes if the resource ever took over an object, which may have happened on another machine.
        """
        with self._changed:
            if not self._stand(hints).declared:
                return None
            other = self.keeper(hints, claims)
            if other is not None:
                return other
            self.made(hints, claims)
        if hints.took and lasting:
            self._takeovers.recall(lasting, hints.owner, hints.took[-1])
        elif lasting:
            self._takeovers.keep(lasting, hints.owner)
        return None

    def keeper(self, hints: Hints, claims: Iterable[Claim]) -> str | None:
        """Return another resource that made one of these objects in this run, or keeps it; None when there is none."""
        with self._changed:
            owners = (self._made.get(plain(claim), hints.owner) for claim in claims)
            return next((owner for owner in owners if not self._is_former(owner, hints.owner)), None)

    def holder(self, hints: Hints, claims: Collection[Claim]) -> Holder | None:
        """Return the owner that :meth:`deleting` would yield for an object, as far as this process knows."""
        with self._changed:
            return self._other(claims, hints)

    def withdraw(self, hints: Hints, claims: Collection[Claim]) -> bool:
        """Give up the claims on objects that a resource does not get, and return True.

        Returns False, and keeps them, when another resource gives one of them up in this run by an update.
        """
        with self._changed:
            wanted = set(map(plain, claims))
            others = [stand for owner, stand in self._stands.items() if owner != hints.owner]
            if any(not stand.renames and wanted & (stand.before - stand.now) for stand in others):
                return False
            for claim in wanted:
                self._withdrawn.add(claim)
                if self._holders.get(claim) == hints.owner:
                    del self._holders[claim]
            return True

    def take_over(self, hints: Hints, claims: Collection[Claim], lasting: Collection[Claim]) -> None:
        """Record that a resource now manages objects that existed before.

        The ``lasting`` claims are shared with other processes. They contain no names, which other objects may get
        later.
        """
        self.made(hints, [*claims, *lasting])
        self._takeovers.note(lasting, hints.owner)
        with self._changed:
            self._took.add(hints.owner)

    def give_back(self, hints: Hints, claims: Collection[Claim]) -> None:
        """Undo a takeover after a failed operation, whose objects are in no state."""
        with self._changed:
            self._exactly.difference_update(claims)
            for claim in map(plain, claims):
                self._made.pop(claim, None)
                if _is_id(claim):  # the resource still declares the name
                    self._holders.pop(claim, None)
        self._takeovers.undo(claims, hints.owner)

    def runs_of(self, hints: Hints) -> tuple[str, ...]:
        """Return the runs in which a resource took over objects, including this one."""
        now = (self._takeovers.run,) if hints.owner in self._took and self._takeovers.run not in hints.took else ()
        return tuple(run for run in (*hints.took, *now) if run)

    def had(self, hints: Hints, claims: Iterable[Claim], ids: Iterable[Claim] = ()) -> bool:
        """Return whether a resource had one of these claims before this run.

        ``ids`` are the ids of the existing object: it may be another object with the same name.
        """
        with self._changed:
            before = self._stand(hints).before
            there = set(map(plain, ids))
            known = {claim for claim in before if claim[0] in {kind for kind, _ in there}}
            return (not known or bool(known & there)) and any(plain(claim) in before for claim in claims)

    def had_any(self, hints: Hints) -> bool:
        """Return whether a resource had an object before this run."""
        with self._changed:
            return bool(self._stand(hints).before)

    def is_declared(self, claims: Iterable[Claim]) -> bool:
        """Return whether a resource that was declared until now claims one of these objects."""
        with self._changed:
            return any(plain(claim) in self._holders for claim in claims)

    def new(self, kind: str) -> list[str]:
        """Return the claims of a kind that no state contains: objects that this run is expected to create."""
        with self._changed:
            had = {claim for stand in self._stands.values() for claim in stand.before}
            new = (claim for claim in self._holders if claim[0] == kind and claim not in had | self._made.keys())
            return sorted(self._labels[claim] for claim in new if claim in self._labels)

    @contextmanager
    def deleting(self, hints: Hints, objects: Mapping[str, Collection[Claim]]) -> Iterator[dict[str, Holder]]:
        """Reserve objects for a delete: no other resource can claim them until the block ends.

        ``objects`` are claims by label. Yields the owners of objects that must stay, by label. Checking and reserving
        are one atomic step.
        """
        with self._changed:
            others = {label: self._other(each, hints) for label, each in objects.items()}
            kept = {label: other for label, other in others.items() if other is not None}
            leaving = [claim for label, each in objects.items() if label not in kept for claim in each]
            self._leaving.update(map(plain, leaving))
        try:
            staying = [claim for label in kept for claim in objects[label]]
            with self._takeovers.leaving(leaving, hints, staying) as elsewhere:
                for label, each in objects.items():
                    kept.update((label, elsewhere[claim]) for claim in each if claim in elsewhere)
                yield kept
        finally:
            with self._changed:
                self._leaving -= Counter(map(plain, leaving))
                self._changed.notify_all()

    def _other(self, claims: Collection[Claim], hints: Hints) -> Holder | None:
        """Return the owner of an object other than the resource whose object is to be deleted; None when there is none.

        An object that this run created or took over stays, even for the same resource: the delete is for that
        resource's former object. A resource may replace an object that it only declares. A claim on a name protects
        only the object that has the name now.
        """
        each = {plain(claim): claim in self._exactly for claim in claims}
        ids = set(filter(_is_id, each))
        for claim, exactly in each.items():
            if ids and not exactly and ids.isdisjoint(self._ids.get(claim, ids)):
                continue
            if claim in self._made:
                return Holder(self._made[claim], True)
            holder = self._holders.get(claim)
            if holder is not None and not self._is_former(hints.owner, holder):
                return Holder(holder, claim in self._stands[holder].before)
            if claim in self._expected.get(hints.owner, ()) and claim not in self._withdrawn:
                return Holder(self._expected[hints.owner][claim], False)
        return None

    def _is_former(self, owner: str, holder: str) -> bool:
        """Return whether ``owner`` is the holder, or its former name that no other resource of the program has now."""
        stand, theirs = self._stands.get(owner), self._stands.get(holder)
        reused = stand is not None and stand.declared
        return owner == holder or (theirs is not None and owner in theirs.names and not reused)


def _is_id(claim: Claim) -> bool:
    return claim[0].endswith("#")

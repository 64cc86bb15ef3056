"""Arranges the objects of an import: as rooms or as a set, without those that the stack has. Pure."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import click

from ..importing import Existing, existing_set
from ..lifecycle import Domain
from ..objects.room import ROOM
from ..objects.room_set import ROOM_SET
from ..objects.spec import Claim
from ..ownership.owners import plain
from ._import_file import named, prefixed
from ._import_read import Found
from ._import_stack import Managed
from ._program import Declared, Program, SecondAccount, program

FORMS = ("rooms", "set", "auto")

SET_FROM = 20
"""The fewest rooms of which ``auto`` makes a set."""

Name = tuple[str, str]
"""The kind and the name of a resource."""


@dataclass(frozen=True)
class Plan:
    """Holds the objects to import, by resource, and the program that declares them."""

    objects: Mapping[Name, Existing]
    program: Program
    not_taken: Sequence[str]
    """A line of text for each object or kind that is not imported."""
    present: int = 0
    """The number of resources that the stack has already."""


def laid_out(
    found: Found,
    form: str,
    room_set: str,
    domain: Domain,
    second: SecondAccount | None,
    split: bool,
    managed: Iterable[Managed],
) -> Plan:
    """Return the plan for objects of a domain, in one of ``FORMS``; ``managed`` are the objects of the stack.

    ``auto`` is what the stack has already; without one, a set if there are enough rooms and its program is shorter.
    ``room_set`` is the name of the set.
    """
    managed = list(managed)
    owned = [one for one in managed if _is_of(one, domain)]
    provider = second.name if second else None
    if not room_set.startswith(prefixed("", provider)):
        room_set = prefixed(room_set, provider)

    def plan(rooms_as_set: bool) -> Plan:
        kept, lines = _without_owned(found.objects, managed, domain, room_set if rooms_as_set else None, provider)
        objects = named(_as_set(kept, room_set, domain) if rooms_as_set else kept, room_set, provider)
        lines = [*found.not_taken, *lines]
        present = sum(key in objects for key in {(one.spec.kind, one.name) for one in owned if not one.nested})
        return Plan(objects, program(_declared(objects), lines, account=second, split=split), lines, present)

    if form == "auto" and any(one.spec is ROOM_SET and one.name == room_set for one in owned):
        form = "set"
    if form != "auto":
        return plan(form == "set")
    rooms = plan(False)
    if sum(one.spec is ROOM for one in rooms.objects.values()) < SET_FROM:
        return rooms
    as_set = plan(True)
    return as_set if as_set.not_taken == rooms.not_taken and _length(as_set) < _length(rooms) else rooms


def _is_of(one: Managed, domain: Domain) -> bool:
    return one.state.domain is not None and one.state.domain.id == domain.id


def _length(plan: Plan) -> int:
    return sum(map(len, plan.program.modules.values()))


def _as_set(objects: Sequence[Existing], name: str, domain: Domain) -> list[Existing]:
    """Return the objects with all rooms combined into one set."""
    rooms = [one for one in objects if one.spec is ROOM]
    if not rooms:
        return list(objects)
    first = objects.index(rooms[0])
    others = [one for one in objects if one.spec is not ROOM]
    # The same at each run: `pulumi import` skips what it has imported before.
    identity = hashlib.sha256(f"{domain.id} {name}".encode()).hexdigest()[:16]
    return [*others[:first], existing_set(identity, rooms, domain), *others[first:]]


def _without_owned(
    objects: Sequence[Existing], managed: Sequence[Managed], domain: Domain, room_set: str | None, provider: str | None
) -> tuple[list[Existing], list[str]]:
    """Return the objects without those that another resource of the stack manages, and a line for each of these.

    So are objects whose name another resource has, also one of another domain: `pulumi import` would skip them.

    An object whose resource is in the stack stays: the program declares it, and `pulumi import` skips it. ``room_set``
    is the name of the set that the rooms become. Raises ``ClickException`` if the stack has a set with this name and
    other rooms.
    """
    owned = [one for one in managed if _is_of(one, domain)]
    owners: dict[Claim, Managed] = {plain(claim): one for one in owned for claim in one.spec.claims_of(one.state)}
    ids = {(one.spec.kind, one.name): one for one in managed if not one.nested}
    rooms = {one.identity for one in objects if one.spec is ROOM}
    known = ids.get((ROOM_SET.kind, room_set or ""))
    if known is not None and not (_is_of(known, domain) and rooms == set(known.state.mapping("rooms"))):
        raise click.ClickException(
            f'the stack has a RoomSet "{room_set}" with other rooms: give another name with --room-set, or add the '
            "rooms to its program, with adopt_existing=True"
        )
    kept, lines, in_sets = [], [], Counter[str]()
    for (kind, name), one in named(objects, provider=provider).items():
        own = (ROOM_SET.kind, room_set) if room_set is not None and one.spec is ROOM else (kind, name)
        others = [owners[claim] for claim in map(plain, one.spec.claims_of(one.inputs)) if claim in owners]
        other = next((other for other in others if other.nested or (other.spec.kind, other.name) != own), None)
        what = f'{one.spec.noun} "{one.label}"'
        if other is not None and other.spec is ROOM_SET:
            in_sets[other.name] += 1
        elif other is not None:
            lines.append(f'{what} is in the stack already, as {other.spec.kind} "{other.name}"')
        elif (
            own == (kind, name) and own in ids and not (_is_of(ids[own], domain) and ids[own].identity == one.identity)
        ):
            lines.append(f'{what}: the stack has another {kind} "{name}"')
        else:
            kept.append(one)
    lines += [f'{count} rooms are in the stack already, in RoomSet "{name}"' for name, count in in_sets.items()]
    return kept, lines


def _declared(objects: Mapping[Name, Existing]) -> Iterator[Declared]:
    for (_, name), one in objects.items():
        yield Declared(one.spec, name, one.inputs, one.left_out)

"""A set of rooms as one resource: batches instead of single requests, and each change, drift and error per room.

The rules for one room apply here as well: nothing after a successful create may raise unless the created rooms are
removed again; after an unknown outcome, each room is read; existing rooms are never taken over without permission.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ...objects.room import ROOM
from ...objects.room_set import ROOM_SET, effective
from ...objects.spec import ObjectSpec
from ...ownership import called
from ..decide.check import Checked
from ..decide.diff import Plan, declared_end, diff_offline
from ..decide.drift_input import Note, drift_note
from ..decide.patch import update_body
from ..decide.project import kept_normalizations, new_normalizations, project_inputs
from ..decide.room_set import check_set, let_go_of, plan, room_hints, rooms_of_state, set_state, with_overrides
from ..errors import Wanted
from ..state import NO_STATE, Domain, LiveView, ResourceState
from .kind import NAMED, Inputs, Made, Operation, listed
from .named import named
from .refusals import warn_of_existing
from .rooms import (
    Change,
    MadeRooms,
    create_rooms,
    delete_rooms,
    find_rooms,
    let_rooms_go,
    room_op,
    taken_back,
    update_rooms,
)
from .updating import note_end

_ROOMS = named(ROOM)


@dataclass(frozen=True)
class RoomSets:
    """Pulumi's operations for sets of rooms; a :class:`Kind`."""

    spec: ObjectSpec

    @property
    def drift_spec(self) -> ObjectSpec:
        """Return the description of rooms: drift is found in the rooms of the set."""
        return ROOM

    @property
    def dated(self) -> bool:
        """Return False: Daily returns creation times where they are needed."""
        return False

    def check(self, before: Inputs, inputs: Inputs, now: float) -> Checked:
        """Return inputs in their normal form, and their failures."""
        return check_set(self.spec, before, inputs, now)

    def takeovers(self, op: Operation, before: Inputs, inputs: Inputs) -> list[str]:
        """Return a line for each room that a create of these inputs would take over."""
        rooms = _new_rooms(before, inputs)
        if not op.account.looks_ahead(inputs) or not rooms:
            return []
        op.account.snapshot(ROOM).find_many(rooms)
        lines = [line for key, room in rooms.items() for line in _ROOMS.takeovers(room_op(op, key), {}, room)]
        return lines if len(lines) <= NAMED else [*lines[:NAMED], f"and {len(lines) - NAMED} more rooms likewise"]

    def warn_of_refusals(self, op: Operation, before: Inputs, inputs: Inputs) -> None:
        """Warn about existing rooms that an update or create of the set would be refused for."""
        rooms = _new_rooms(before, inputs)
        if rooms:
            op.account.check_domain()
            each = {key: (room_op(op, key), room) for key, room in rooms.items()}
            warn_of_existing(op.part(ROOM, op.hints), _ROOMS.steps, each)

    def drift_note(self, op: Operation, before: Inputs, inputs: Inputs) -> Note:
        """Return what differs on Daily, by room."""
        op.account.domain()  # refuses another domain than the configured one
        known, wanted = effective(before), effective(inputs)
        lives = op.account.snapshot(ROOM).find_many(key for key in wanted if key in known)
        notes = {
            key: drift_note(ROOM, known[key], room, lives.get(key), op.now(), room_hints(op.hints, key))
            for key, room in wanted.items()
            if key in known
        }
        return {key: note for key, note in sorted(notes.items()) if note}

    def plan_offline(self, identity: str, state: ResourceState, inputs: Inputs, now: float) -> Plan:
        """Return the plan by comparison with the state alone."""
        return diff_offline(self.spec, state, inputs)

    def plan(self, op: Operation, identity: str, state: ResourceState, inputs: Inputs) -> Plan:
        """Return the plan by comparison with the live rooms.

        Raises :class:`DomainMismatch` for a key of another domain.
        """
        op.guard(identity, state)
        recorded = rooms_of_state(state)
        claims = {key: room_op(op, key).claims_of_state(key, room) for key, room in recorded.items()}
        op.claims.keep(op.hints, [claim for key in effective(state) for claim in claims[key]])
        lives = find_rooms(op, {key: recorded[key] for key in effective(inputs) if key in recorded})
        found = plan(state, inputs, lives, op.now(), op.hints)
        kept = [claim for key, live in lives.items() if live.is_of(recorded[key]) for claim in claims[key]]
        op.stay(found, "a room of this set", kept, kept)
        return found

    def read(self, op: Operation, identity: str, state: ResourceState) -> ResourceState | None:
        """Return the state after a refresh, without the rooms that are gone."""
        domain = op.guard(identity, state)
        recorded, let_go = rooms_of_state(state), let_go_of(state)
        lives = op.account.snapshot(ROOM).find_many(let_go) | find_rooms(op, recorded)
        alive = {
            key: live
            for key, live in lives.items()
            if key in recorded and room_op(op, key).is_ours(key, recorded[key], live, "it is let go")
        }
        for key in recorded.keys() - alive.keys():
            note_end(room_op(op, key), key, recorded[key])
        inputs = {key: value for key, value in state.inputs.items() if key != "rooms"}
        inputs["rooms"] = {
            key: with_overrides(
                state.inputs["rooms"][key],
                room.inputs,
                project_inputs(ROOM, room.inputs, alive[key], room.normalized),
            )
            for key, room in recorded.items()
            if key in alive and key in state.inputs["rooms"]
        }
        normalized = {key: marks for key, marks in state.normalized.items() if key in alive}
        left = [key for key, old in let_go.items() if key in lives and lives[key].is_of(old)]
        return set_state(
            inputs, {key: alive[key] for key in inputs["rooms"]}, normalized, domain, state, op.hints, left
        )

    def create(self, op: Operation, inputs: Inputs) -> Made:
        """Create all rooms, or none."""
        domain = op.account.domain()
        made = MadeRooms()
        with taken_back(op, made):
            create_rooms(op, effective(inputs), made, inputs)
        return Made(uuid.uuid4().hex[:16], _finished(op, inputs, made, domain, NO_STATE))

    def update(self, op: Operation, identity: str, state: ResourceState, inputs: Inputs) -> ResourceState:
        """Create, change and remove rooms, and return the new state."""
        domain = op.guard(identity, state)
        recorded, wanted = rooms_of_state(state), effective(inputs)
        lives = find_rooms(op, {key: recorded[key] for key in wanted if key in recorded})
        made = MadeRooms()
        changes: dict[str, Change] = {}
        missing: dict[str, dict[str, Any]] = {}
        for key, room in wanted.items():
            old, live = recorded.get(key), lives.get(key)
            if _is_missing(op, key, old, room, live):
                missing[key] = room
            elif live is not None and old is not None and not live.is_expired(op.now()):
                made.lives[key] = live
                hints = room_hints(op.hints, key)
                found = update_body(ROOM, old, room, live, now=op.now(), hints=hints)
                changes |= {key: Change(found, old, room)} if found else {}
        with taken_back(op, made):
            create_rooms(op, missing, made, inputs)
            update_rooms(op, changes, made)
            left = let_go_of(state).items()
            let_go = [key for key, old in left if key not in wanted and not _has_owner(op, key, old)]
            let_go += let_rooms_go(op, {key: recorded[key] for key in recorded if key not in wanted})
        return _finished(op, inputs, made, domain, state, let_go)

    def delete(self, op: Operation, identity: str, state: ResourceState) -> None:
        """Remove all rooms, except those that another resource manages.

        Raises :class:`Wanted` for a room that another resource declares but does not have yet. Rooms that left the set
        for another resource stay, with a warning.
        """
        op.guard(identity, state)
        let_go = let_go_of(state)
        lives = op.account.snapshot(ROOM).find_many(let_go) if let_go else {}
        stay = [key for key, live in lives.items() if live.is_of(let_go[key])]
        if stay:
            op.warn(
                f"rooms that left the set {called(op.hints.owner, self.spec.kind)} for another resource are not "
                f"removed with it: {listed(stay)}. Where no resource manages them now, remove them on Daily"
            )
        for key, other in delete_rooms(op, rooms_of_state(state)).items():
            raise Wanted.of(f'room "{key}"', called(other.owner, self.spec.kind))


ROOM_SETS = RoomSets(ROOM_SET)


def _new_rooms(before: Inputs, inputs: Inputs) -> dict[str, dict[str, Any]]:
    """Return the rooms that an update from ``before`` creates, with the set's permission to take them over."""
    known, asked = effective(before), {"adopt_existing": inputs.get("adopt_existing")}
    return {key: {**room, **asked} for key, room in effective(inputs).items() if key not in known}


def _has_owner(op: Operation, key: str, old: ResourceState) -> bool:
    """Return whether another resource of this run has a room that left the set for it; ``old`` is the room's state."""
    holder = op.claims.holder(op.hints, [*ROOM.claims_of(old), *room_op(op, key).claims_of_state(key, old)])
    return holder is not None and holder.has


def _is_missing(
    op: Operation, key: str, old: ResourceState | None, room: Mapping[str, Any], live: LiveView | None
) -> bool:
    """Return whether an update must create a room: it is new, or gone without an expiry in the program."""
    other = live is not None and old is not None and not live.is_of(old)
    if live is not None and not other and not live.is_expired(op.now()):
        return False
    if not other and declared_end(ROOM, room, op.now()) is not None:
        return False
    if old is not None and not other:
        op.account.ended.add(key)  # Daily may hold its name: it may have expired by an end that somebody set there
    return True


def _finished(
    op: Operation,
    inputs: Inputs,
    made: MadeRooms,
    domain: Domain,
    before: ResourceState,
    let_go: Collection[str] = (),
) -> ResourceState:
    """Return the state. Rooms that were not written, and settings that were not sent, keep their normalisations."""
    olds = rooms_of_state(before)
    marks: dict[str, Mapping[str, str]] = {}
    for key, room in effective(inputs).items():
        marks[key] = kept_normalizations(ROOM, olds.get(key, NO_STATE), room)
        if key in made.written:
            live = made.lives[key] if "config" in made.lives[key] else None
            marks[key] = new_normalizations(ROOM, room, live, made.written[key], marks[key])
    marks = {key: found for key, found in marks.items() if found}
    state = set_state(inputs, made.lives, marks, domain, before, op.hints, let_go)
    return replace(state, made_at=op.made_at()) if made.created else state

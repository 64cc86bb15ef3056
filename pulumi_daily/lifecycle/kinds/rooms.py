"""Creates, changes and removes the rooms of a set, in batches."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from ...api import ApiError, AuthenticationError, DailyError, RateLimitError, is_name_taken
from ...objects.room import ROOM
from ...ownership import Holder
from ..decide.adoption import Creation, Found
from ..decide.inputs import create_body
from ..decide.patch import update_body
from ..decide.room_set import chunks, room_hints
from ..errors import AlreadyExists, LifecycleError, NameHeld, PartlyDone
from ..state import NO_STATE, LiveView, ResourceState
from .adopting import note_takeover, takeover_line
from .creating import read_back
from .kind import NAMED, Inputs, Operation, listed
from .named import may_be_there
from .steps import Steps, confirmed, send_update
from .updating import clear_unremoved

UPDATES_AT_ONCE = 8
"""The number of single updates in flight; the pace is set by the rate limiter."""

Rooms = Mapping[str, Mapping[str, Any]]
"""The inputs of rooms by name."""


@dataclass
class MadeRooms:
    """The results of an operation so far."""

    lives: dict[str, LiveView] = field(default_factory=dict)
    """The rooms of the set as Daily returned them, by name."""
    created: list[str] = field(default_factory=list)
    """The rooms that this operation created; they are removed when the operation fails."""
    adopted: list[str] = field(default_factory=list)
    """The rooms that were taken over."""
    written: dict[str, Mapping[str, Any] | None] = field(default_factory=dict)
    """The rooms that were written, with the settings that were sent; None means all settings of the program."""


@dataclass(frozen=True)
class Change:
    """An update of one room: the body to send, the room's state and its new inputs."""

    sent: Mapping[str, Any]
    before: ResourceState
    wanted: Mapping[str, Any]


def room_op(op: Operation, room: str) -> Operation:
    """Return the operation on one room of a set."""
    return op.part(ROOM, room_hints(op.hints, room))


def _last_made(rooms: Mapping[str, ResourceState]) -> float | None:
    """Return the latest time at which one of the rooms was created, by their states; None where none is known."""
    return max((old.made_at for old in rooms.values() if old.made_at is not None), default=None)


def find_rooms(op: Operation, rooms: Mapping[str, ResourceState]) -> dict[str, LiveView]:
    """Return those of the rooms of a set that exist on Daily, by name; ``rooms`` are their states.

    The rules of :func:`steps.existing` decide about absences, and about other rooms with these names.
    """
    snapshot, reader = op.account.snapshot(ROOM), op.account.reader(ROOM)
    lives: dict[str, LiveView] = {}
    left, recent = list(rooms), False
    for recent in op.reads(_last_made(rooms)):
        found = reader.among(left) if recent else snapshot.find_many(left)
        lives |= found
        left = [key for key in left if key not in found or not found[key].is_of(rooms[key])]
        if not left:
            break
    # A list proves no absence, and one read no other room.
    unsure = [key for key in left if recent or key in lives]
    second = reader.among(unsure, surely=True) if unsure else {}
    for key in unsure:
        first, again = lives.pop(key, None), second.get(key)
        live = again if first is None else confirmed(room_op(op, key), key, rooms[key], first, again)
        lives |= {} if live is None else {key: live}
    if recent:
        for live in lives.values():
            snapshot.put(live)
    return lives


# -- create -----------------------------------------------------------------------------------------------------------


def create_rooms(op: Operation, rooms: Rooms, made: MadeRooms, inputs: Inputs) -> None:
    """Create rooms, or take over existing ones where that is allowed; ``inputs`` are those of the set."""
    claims = [claim for room in rooms.values() for claim in ROOM.claims_of(room)]
    with op.claims.taking(op.hints, claims, adopting=op.account.looks_ahead(inputs)):
        for chunk in chunks(rooms):
            _create_chunk(op, chunk, made, inputs)


def _create_chunk(op: Operation, chunk: Rooms, made: MadeRooms, inputs: Inputs) -> None:
    creation, cleared = Creation(op.account.sending()), set[str]()
    while chunk:
        bodies = [create_body(ROOM, room) for room in chunk.values()]
        try:
            answered = op.account.writes(ROOM).create_many(bodies)
        except DailyError as error:
            chunk = _after_failure(op, creation, chunk, made, inputs, error, cleared)
        else:
            _take_answer(op, chunk, answered, made)
            return


def _after_failure(
    op: Operation,
    creation: Creation,
    chunk: Rooms,
    made: MadeRooms,
    inputs: Inputs,
    error: DailyError,
    cleared: set[str],
) -> Rooms:
    """Return the rooms of a failed batch that are to be sent again. Raises the error of a batch that failed for good.

    ``cleared`` are the names freed before; each is freed only once.
    """
    unknown = creation.failed(error)
    refused = isinstance(error, ApiError) and not unknown
    if isinstance(error, AuthenticationError | RateLimitError) or not (refused or unknown):
        raise error
    there, expired = _look_among(op, chunk, error, refused, surely=refused and creation.lost)
    freed = _free_names(op, expired) - cleared if refused else set[str]()
    cleared |= freed
    if not there and not freed and (refused or creation.exhausted):
        raise _not_created(chunk, error) from error
    left = _settle(op, creation, chunk, there, made, inputs)
    if left and creation.exhausted and not freed:
        raise _not_created(left, error) from error
    return left


def _look_among(
    op: Operation, chunk: Rooms, error: DailyError, refused: bool, *, surely: bool
) -> tuple[dict[str, LiveView], set[str]]:
    """Return the rooms of a failed batch that exist, and the names of those that have expired.

    ``surely``: rooms that the list lacks are read one by one, because an attempt without an answer may have made them
    (what the list lacks after that attempt is sent again, and refused if it exists). Then the list is read until new
    rooms must be visible; also for a name that seems to be held by an expired room, and may be that of a new one. The
    expiry of rooms is known from Daily or from the state. When the rooms cannot be read, the error of the batch is
    raised.
    """
    ended = op.account.ended & chunk.keys()
    needed = chunk.keys() if surely else ended if refused else set[str]()
    rooms = op.account.snapshot(ROOM)
    for key in chunk:
        rooms.forget(key)
    reader = op.account.reader(ROOM)

    def read() -> dict[str, LiveView]:
        found: dict[str, LiveView] = {}
        for again in op.reads(op.made_at() if needed else None):
            found |= reader.among(chunk, surely=surely and not again)
            if found.keys() >= needed:
                break
        if refused:  # lists omit expired rooms, and a refusal by Daily names one room at a time
            found |= reader.among(key for key in chunk if key in _names_in(error) and key not in found)
        return found

    found = read_back(read, error)
    expired = {key for key, live in found.items() if live.is_expired(op.now())}
    ended -= found.keys()
    return {key: found[key] for key in chunk if key in found and key not in expired}, expired | ended


def _free_names(op: Operation, expired: set[str]) -> set[str]:
    """Remove expired rooms that Daily has not removed yet, and return their names."""
    op.account.ended -= expired
    op.account.writes(ROOM).delete_many(sorted(expired))
    return expired


def _settle(
    op: Operation,
    creation: Creation,
    chunk: Rooms,
    there: Mapping[str, LiveView],
    made: MadeRooms,
    inputs: Inputs,
) -> Rooms:
    """Accept the existing rooms, as created by this operation or taken over, and return the rest of the chunk.

    Raises :class:`AlreadyExists` when a room must not be taken over.
    """
    found = {key: room_op(op, key).found(chunk[key], live) for key, live in there.items()}
    ours = {key for key, live in there.items() if creation.made(live, exactly=found[key].as_asked)}
    foreign = [k for k in there if k not in ours and not op.account.adopts(inputs, as_asked=found[k].as_asked)]
    if foreign:
        raise _already_there(op, {key: there[key] for key in foreign}, found)
    for key, live in there.items():
        made.lives[key], made.written[key] = live, None
        if key in ours:
            made.created.append(key)
            room_op(op, key).note_made(key, {"name": key}, live)
    _adopt(op, chunk, {key: live for key, live in there.items() if key not in ours}, found, made)
    return {key: room for key, room in chunk.items() if key not in there}


def _already_there(op: Operation, foreign: Mapping[str, LiveView], known: Mapping[str, Found]) -> AlreadyExists:
    """Return the error about existing rooms without proof that they belong to the resource."""
    texts = [f'"{key}": {text}' for key in sorted(foreign) for text in known[key].differences]
    found = Found("", tuple(texts[:NAMED]), all(known[key].as_asked for key in foreign))
    what = f"each of these rooms ({listed(foreign)})"
    return AlreadyExists.of(what, found, op.spec, "", own=False, others="")


def _adopt(
    op: Operation, chunk: Rooms, adopted: Mapping[str, LiveView], known: Mapping[str, Found], made: MadeRooms
) -> None:
    """Change existing rooms, described by ``known``, to match the inputs, with a warning for the user."""
    if not adopted:
        return
    lines = [takeover_line(room_op(op, key), key, chunk[key], known[key], "existed already") for key in sorted(adopted)]
    bodies = {key: update_body(ROOM, NO_STATE, chunk[key], live, now=op.now()) for key, live in adopted.items()}
    op.warn(f"rooms are taken over ({listed(adopted)}): {'; '.join(lines[:NAMED])}")
    update_rooms(op, {key: Change(body, NO_STATE, chunk[key]) for key, body in bodies.items() if body}, made)
    for key, live in adopted.items():
        note_takeover(room_op(op, key), key, chunk[key], live)
    made.adopted += adopted


def _take_answer(op: Operation, chunk: Rooms, answered: Mapping[str, LiveView], made: MadeRooms) -> None:
    """Record that the rooms exist, whatever Daily answered. Never raises."""
    rooms = op.account.snapshot(ROOM)
    made.created += chunk
    made.written |= dict.fromkeys(chunk)
    for key in chunk:
        live = answered.get(key)
        if live is not None:
            rooms.put(live)
        else:
            rooms.forget(key)
        made.lives[key] = live if live is not None else _unread(key)
        room_op(op, key).note_made(key, {"name": key}, made.lives[key])


def _unread(key: str) -> LiveView:
    """Return a view of a room that is missing in Daily's answer; the next refresh reads the room."""
    return LiveView(ROOM, {"name": key})


def _not_created(chunk: Rooms, error: DailyError) -> LifecycleError:
    held = [key for key in chunk if key in _names_in(error)] if is_name_taken(error) else []
    if held:
        return NameHeld.of(f'room "{held[0]}"', error)
    rooms = "the room" if len(chunk) == 1 else f"{len(chunk)} rooms"
    return LifecycleError(f"Daily did not create {rooms} ({listed(list(chunk))}): {error}")


def _names_in(error: DailyError) -> set[str]:
    """Return all words in a refusal by Daily that may be names of rooms. Daily names one room at a time."""
    return set(re.findall(r"[A-Za-z0-9_-]+", error.message))


# -- update -----------------------------------------------------------------------------------------------------------


def update_rooms(op: Operation, changes: Mapping[str, Change], made: MadeRooms) -> None:
    """Change rooms, several at a time. Raises :class:`PartlyDone` with the rooms that could not be changed."""
    if not changes:
        return
    failed: dict[str, DailyError] = {}
    with (
        op.account.progress("room updates", len(changes)) as done,
        ThreadPoolExecutor(max_workers=min(UPDATES_AT_ONCE, len(changes))) as pool,
    ):

        def change(item: tuple[str, Change]) -> tuple[str, LiveView | DailyError | None]:
            try:
                return item[0], _update_room(room_op(op, item[0]), item[0], item[1])
            except DailyError as error:
                return item[0], error
            finally:
                done.advance()

        for key, answer in pool.map(change, changes.items()):
            if isinstance(answer, DailyError):
                failed[key] = answer
                continue
            made.written.setdefault(key, changes[key].sent.get("properties") or {})
            good = answer is not None and answer.id.lower() == key.lower()
            made.lives[key] = answer if good and answer is not None else _unread(key)
            if good and answer is not None:
                op.account.snapshot(ROOM).put(answer)
    if failed:
        shown = "; ".join(f'room "{key}": {error}' for key, error in itertools.islice(failed.items(), NAMED))
        raise PartlyDone(
            f"{len(failed)} of {len(changes)} rooms could not be changed: {shown}"
            + (". The others are changed; the next `pulumi up` goes on" if len(failed) < len(changes) else "")
        ) from next(iter(failed.values()))


_ROOM_STEPS = Steps()


def _update_room(one: Operation, key: str, change: Change) -> LiveView | None:
    one.account.snapshot(ROOM).forget(key)
    answer = send_update(one, key, change.sent)
    return clear_unremoved(one, _ROOM_STEPS, key, change.before, change.wanted, answer, change.sent)


# -- delete -----------------------------------------------------------------------------------------------------------


def let_rooms_go(op: Operation, rooms: Mapping[str, ResourceState]) -> Collection[str]:
    """Remove rooms that left a set, as :func:`delete_rooms` does; with ``retain_on_delete`` they stay on Daily."""
    if rooms and op.hints.retain:
        op.warn(f"rooms that left the set stay on Daily, as retain_on_delete says: {listed(rooms)}")
        return ()
    return delete_rooms(op, rooms)


def delete_rooms(op: Operation, rooms: Mapping[str, ResourceState]) -> dict[str, Holder]:
    """Remove rooms by their states, except those that another resource manages or that were replaced outside Pulumi.

    Returns the rooms that stay because another resource declares them but does not have them yet, with that resource.
    The state must keep these rooms.
    """
    claims = {key: [*ROOM.claims_of(old), *room_op(op, key).claims_of_state(key, old)] for key, old in rooms.items()}
    with op.claims.deleting(op.hints, claims) as kept:
        for other in dict.fromkeys(kept.values()):
            theirs = listed([key for key in rooms if kept.get(key) == other])
            op.warn(f"rooms stay on Daily, {other.text(op.spec.kind, plural=True)}: {theirs}")
        known = {key: old for key, old in rooms.items() if key not in kept}
        find_rooms(op, {key: old for key, old in known.items() if old.get("room_id")})
        left = [key for key, old in known.items() if may_be_there(room_op(op, key), key, old)]
        remove_rooms(op, left, _last_made(known))
    return {key: other for key, other in kept.items() if not other.has}


def remove_rooms(op: Operation, names: list[str], since: float | None) -> None:
    """Remove rooms from Daily, of which the last was created at ``since``.

    An answer that a room does not exist counts when reads must show the room.
    """
    rooms = op.account.snapshot(ROOM)
    for key in names:
        rooms.forget(key)
    left = names
    for _ in op.reads(since):
        left = op.account.writes(ROOM).delete_many(left)
        if not left:
            break
    for key in names:
        rooms.remove(key)


@contextmanager
def taken_back(op: Operation, made: MadeRooms) -> Iterator[None]:
    """Remove the rooms created inside the block when the block raises: Pulumi would forget them.

    Raises :class:`PartlyDone` when that fails.
    """
    try:
        yield
    except BaseException as error:
        for key in made.adopted:
            ids = room_op(op, key).claims_of_live(key, made.lives[key])
            op.claims.give_back(op.hints, [*ROOM.claims_of({"name": key}), *ids])
        try:
            remove_rooms(op, list(made.created), op.made_at())
        except (DailyError, LifecycleError) as second:
            raise PartlyDone(
                f"{error}. {len(made.created)} rooms that were made before that could not be removed again "
                f"({listed(made.created)}): {second}. `DAILY_ADOPT_EXISTING=as-asked pulumi up` takes them over"
            ) from error
        raise

"""Many rooms as one resource: batches instead of single requests, and each change, drift and error per room.

What holds for one room holds here: nothing after a successful create may raise unless what it made is taken back; an
unknown outcome is settled by a read, room by room; a room that exists already is never taken over unasked.
"""

from __future__ import annotations

import itertools
import re
import uuid
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from ..api import ApiError, AuthenticationError, DailyError, RateLimitError, is_name_taken
from ..objects.room import ROOM
from ..objects.room_set import effective
from ..ownership import Holder, called
from .account import Domain
from .adoption import Found, Sending
from .apply import CREATE_ATTEMPTS, NAMED, Applier, kept_echo, listed, new_echo
from .diff import Plan, declared_end, is_expired, update_body
from .errors import AlreadyExists, LifecycleError, NameHeld, PartlyDone, Wanted
from .outputs import ECHO, body, projected_inputs
from .room_set_plan import LET_GO, Change, Made, chunks, plan, room_hints, rooms_of_state, set_outputs, with_overrides
from .snapshot import Snapshot

UPDATES_AT_ONCE = 8
"""Single updates in flight; the rate limiter, not this number, sets the pace."""


class RoomSetApplier(Applier):
    """The operations on a set of rooms."""

    @property
    def _rooms(self) -> Snapshot:
        return self._account.snapshot(ROOM)

    def _one(self, room: str) -> Applier:
        """Return what does one room's part."""
        return Applier(ROOM, self._account, now=self._now, warn=self._warn, hints=room_hints(self._hints, room))

    # -- diff and read ------------------------------------------------------------------------------------------------

    def plan(self, name: str, outs: Mapping[str, Any], news: Mapping[str, Any]) -> Plan:
        self._account.guard(self._what(name, outs), outs)
        recorded = rooms_of_state(outs)
        ids = [claim for key in effective(outs) for claim in ROOM.claims_of_id(key, recorded[key])]
        self._account.claims.keep(self._hints, ids)
        lives = self._rooms.find_many([room for room in effective(news) if room in recorded])
        found = plan(outs, news, lives, self._now(), self._hints)
        same = [key for key, live in lives.items() if ROOM.is_same_object(recorded[key], live)]
        kept = [claim for key in same for claim in ROOM.claims_of_id(key, recorded[key])]
        self._stay(found, kept, kept)
        return found

    def read(self, name: str, outs: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]] | None:
        domain = self._account.guard(self._what(name, outs), outs)
        recorded = rooms_of_state(outs)
        lives = self._rooms.find_many(recorded)
        alive = {k: live for k, live in lives.items() if self._one(k)._is_ours(k, recorded[k], live, "it is let go")}
        for key in recorded.keys() - alive.keys():
            self._one(key)._note_end(key, recorded[key])
        inputs = {key: outs[key] for key in ("rooms", "defaults", "adopt_existing") if outs.get(key) is not None}
        inputs["rooms"] = {
            key: with_overrides(outs["rooms"][key], room, projected_inputs(ROOM, room, alive[key], recorded[key][ECHO]))
            for key, room in effective(outs).items()
            if key in alive
        }
        echo = {key: mark for key, mark in (outs.get(ECHO) or {}).items() if key in alive}
        let_go = [key for key in outs.get(LET_GO) or {} if key in alive]
        return set_outputs(inputs, {key: alive[key] for key in inputs["rooms"]}, echo, domain, outs, let_go), inputs

    def expected(self, before: Mapping[str, Any], inputs: Mapping[str, Any]) -> list[str]:
        rooms = {key: room for key, room in effective(inputs).items() if key not in effective(before)}
        if not self._account.looks_ahead(inputs) or not rooms:
            return []
        self._rooms.find_many(rooms)
        asked = {"adopt_existing": inputs.get("adopt_existing")}
        lines = [line for key, room in rooms.items() for line in self._one(key).expected({}, {**room, **asked})]
        return lines if len(lines) <= NAMED else [*lines[:NAMED], f"and {len(lines) - NAMED} more rooms likewise"]

    # -- create, update, delete ---------------------------------------------------------------------------------------

    def create(self, inputs: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        domain = self._account.domain()
        made = Made()
        with self._taken_back(made):
            self._create_rooms(effective(inputs), made, inputs)
        return uuid.uuid4().hex[:16], self._finished(inputs, made, domain, {})

    def update(self, name: str, outs: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
        domain = self._account.guard(self._what(name, outs), outs)
        recorded, wanted, now = rooms_of_state(outs), effective(inputs), self._now()
        lives = self._rooms.find_many(room for room in wanted if room in recorded)
        made = Made()
        changes: dict[str, Change] = {}
        missing: dict[str, dict[str, Any]] = {}
        for key, room in wanted.items():
            live, old = lives.get(key), recorded.get(key, {})
            other = live is not None and not ROOM.is_same_object(old, live)
            if live is None or other or is_expired(ROOM, live, now):
                if other or declared_end(ROOM, room, now) is None:  # else it has ended, as the program says
                    missing[key] = room
                    if old and not other:
                        self._account.ended.add(key)
                continue
            made.lives[key] = live
            found = update_body(ROOM, old, room, live, now=now, hints=room_hints(self._hints, key))
            if found:
                changes[key] = Change(found, old, room)
        with self._taken_back(made):
            self._create_rooms(missing, made, inputs)
            self._update_rooms(changes, made)
            # What was let go before stays in any case: who has it now may be registered later in this run.
            let_go = [key for key in outs.get(LET_GO) or {} if key not in wanted]
            let_go += self._let_rooms_go({key: recorded[key] for key in recorded if key not in (*wanted, *let_go)})
        return self._finished(inputs, made, domain, outs, let_go)

    def delete(self, name: str, outs: Mapping[str, Any]) -> None:
        self._account.guard(self._what(name, outs), outs)
        for key, other in self._delete_rooms(rooms_of_state(outs)).items():
            raise Wanted.of(f'room "{key}"', called(other.owner, self._spec.kind))

    # -- many rooms at once -------------------------------------------------------------------------------------------

    def _create_rooms(self, rooms: Mapping[str, Mapping[str, Any]], made: Made, inputs: Mapping[str, Any]) -> None:
        """Make rooms, or take over those that exist where that was asked for."""
        claims = [claim for room in rooms.values() for claim in ROOM.claims_of(room)]
        with self._account.claims.taking(self._hints, claims, adopting=self._account.looks_ahead(inputs)):
            for chunk in chunks(rooms):
                self._create_chunk(chunk, made, inputs)

    def _create_chunk(self, chunk: dict[str, Mapping[str, Any]], made: Made, inputs: Mapping[str, Any]) -> None:
        batch = ROOM.routes.batch
        assert batch is not None
        sending, lost, attempts, cleared = self._account.sending(), False, 0, set[str]()
        while chunk:
            attempts += 1
            bodies = [body(ROOM, room) for room in chunk.values()]
            try:
                answer = self._account.api.call(batch.create, json={batch.create_key: bodies})
            except DailyError as error:
                refused = isinstance(error, ApiError) and not error.outcome_unknown
                if isinstance(error, AuthenticationError | RateLimitError) or not (refused or error.outcome_unknown):
                    raise
                lost = lost or error.outcome_unknown
                there, freed = self._look_among(chunk, error, refused)
                freed -= cleared
                cleared |= freed
                if not there and not freed and (refused or attempts >= CREATE_ATTEMPTS):
                    raise self._not_created(chunk, error) from error
                chunk = self._settle_chunk(chunk, there, made, inputs, sending if lost else None)
                if chunk and attempts >= CREATE_ATTEMPTS and not freed:
                    raise self._not_created(chunk, error) from error
            else:
                self._take_answer(chunk, answer, made)
                return

    def _look_among(
        self, chunk: Mapping[str, Any], error: DailyError, refused: bool
    ) -> tuple[dict[str, Mapping[str, Any]], set[str]]:
        """Read which rooms of a failed batch are there, and free the names of those that have expired.

        Returns the rooms, and the names that were freed: of rooms that expired by what Daily shows or by our state,
        and of no other. When even that cannot be read, the error of the batch stands.
        """
        for key in chunk:
            self._rooms.forget(key)
        reader = self._account.reader(ROOM)
        try:
            found = reader.among(chunk)
            if refused:  # a list leaves out what has expired, and Daily's refusal names one room at a time
                found |= reader.among(key for key in chunk if key in _names_in(error) and key not in found)
        except DailyError as unread:
            raise error from unread
        expired = {key for key, live in found.items() if is_expired(ROOM, live, self._now())}
        freed = expired | {key for key in self._account.ended if key in chunk and key not in found}
        if refused:
            self._account.ended -= freed
            self._account.writes(ROOM).delete_all(sorted(freed))
        there = {key: found[key] for key in chunk if key in found and key not in expired}
        return there, freed if refused else set()

    def _settle_chunk(
        self,
        chunk: dict[str, Mapping[str, Any]],
        there: Mapping[str, Mapping[str, Any]],
        made: Made,
        inputs: Mapping[str, Any],
        sending: Sending | None,
    ) -> dict[str, Mapping[str, Any]]:
        """Take the rooms that are there, ours or adopted; the rest of the chunk. Raises when one must not be taken.

        ``sending`` began before the first batch, if an answer was lost: then what was made since can be our own work.
        """
        found = {key: self._one(key)._found(chunk[key], live) for key, live in there.items()}
        ours = {k for k, live in there.items() if sending and found[k].as_asked and sending.made(ROOM, live)}
        foreign = [k for k in there if k not in ours and not self._account.adopts(inputs, as_asked=found[k].as_asked)]
        if foreign:
            texts = [f'"{key}": {text}' for key in sorted(foreign) for text in found[key].differences]
            what = f"each of these rooms ({listed(foreign)})"
            together = Found("", tuple(texts[:NAMED]), all(found[key].as_asked for key in foreign))
            ids = [claim for key in foreign for claim in self._one(key)._claims_of_live(key, there[key])]
            names = [claim for key in foreign for claim in ROOM.claims_of(chunk[key])]
            own = self._account.claims.had(self._hints, names, ids)
            raise AlreadyExists.of(what, together, self._spec, "", own=own, others="")
        adopted = [key for key in there if key not in ours]
        lines = [self._one(k)._takeover_line(k, chunk[k], there[k], "existed already") for k in sorted(adopted)]
        changes: dict[str, Change] = {}
        for key, live in there.items():
            made.lives[key], made.written[key] = live, None
            if key in ours:
                made.created.append(key)
                self._note_made(key, live)
                continue
            found_changes = update_body(ROOM, {}, chunk[key], live, now=self._now())
            if found_changes:
                changes[key] = Change(found_changes, {}, chunk[key])
        if adopted:
            self._warn(f"rooms are taken over ({listed(adopted)}): {'; '.join(lines[:NAMED])}")
        self._update_rooms(changes, made)
        for key in adopted:
            self._one(key)._note_takeover(key, chunk[key], there[key])
        made.adopted += adopted
        return {key: room for key, room in chunk.items() if key not in there}

    def _take_answer(self, chunk: Mapping[str, Mapping[str, Any]], answer: Any, made: Made) -> None:
        """Total: the rooms exist, whatever Daily answered."""
        made.created += chunk
        made.written |= dict.fromkeys(chunk)
        items = answer.get("data") if isinstance(answer, Mapping) else answer
        for live in items if isinstance(items, list) else ():
            if isinstance(live, Mapping) and live.get("name") in chunk:
                made.lives[live["name"]] = live
                self._rooms.put(live)
        for key in chunk:
            if key not in made.lives:
                self._rooms.forget(key)
                made.lives[key] = {"name": key}
            self._note_made(key, made.lives[key])

    def _note_made(self, key: str, live: Mapping[str, Any]) -> None:
        claims = [*ROOM.claims_of({"name": key}), *self._one(key)._claims_of_live(key, live)]
        self._account.claims.made(self._hints, claims)

    def _update_rooms(self, changes: Mapping[str, Change], made: Made) -> None:
        if not changes:
            return

        def change(item: tuple[str, Change]) -> tuple[str, Any]:
            key, one = item
            self._rooms.forget(key)
            try:
                answer = self._one(key)._send_update(key, one.sent)
            except DailyError as error:
                return key, error
            finally:
                done.advance()
            return key, self._one(key)._clear_leftovers(key, one.before, one.wanted, answer, one.sent)

        failed: dict[str, DailyError] = {}
        with (
            self._account.progress("room updates", len(changes)) as done,
            ThreadPoolExecutor(max_workers=min(UPDATES_AT_ONCE, len(changes))) as pool,
        ):
            for key, answer in pool.map(change, changes.items()):
                if isinstance(answer, DailyError):
                    failed[key] = answer
                    continue
                made.written.setdefault(key, changes[key].sent.get("properties") or {})
                # What cannot be read says nothing; it will be read at the next refresh.
                good = isinstance(answer, Mapping) and str(answer.get("name")).lower() == key.lower()
                made.lives[key] = answer if good else {"name": key}
                if good:
                    self._rooms.put(answer)
        if failed:
            shown = "; ".join(f'room "{key}": {error}' for key, error in itertools.islice(failed.items(), NAMED))
            raise PartlyDone(
                f"{len(failed)} of {len(changes)} rooms could not be changed: {shown}. The others are changed; the "
                "next `pulumi up` goes on"
            ) from next(iter(failed.values()))

    def _let_rooms_go(self, rooms: Mapping[str, Mapping[str, Any]]) -> Collection[str]:
        """Remove rooms that left the set, as :meth:`_delete_rooms`; with ``retain_on_delete`` they stay on Daily."""
        if rooms and self._hints.retain:
            self._warn(f"rooms that left the set stay on Daily, as retain_on_delete says: {listed(rooms)}")
            return ()
        return self._delete_rooms(rooms)

    def _delete_rooms(self, rooms: Mapping[str, Mapping[str, Any]]) -> dict[str, Holder]:
        """Remove rooms by their outputs; those that another resource stands for, or somebody made anew, stay.

        Returns who asks for rooms that stay, where it does not have them yet: the state must not forget them.
        """
        claims = {key: [*ROOM.claims_of(outs), *ROOM.claims_of_id(key, outs)] for key, outs in rooms.items()}
        with self._account.claims.deleting(self._hints, claims, several=True) as kept:
            for other in dict.fromkeys(kept.values()):
                theirs = listed([key for key in rooms if kept.get(key) == other])
                does = "stands for them now" if other.has else "asks for them"
                self._warn(f"rooms stay on Daily, {called(other.owner, self._spec.kind)} {does}: {theirs}")
            known = {key: outs for key, outs in rooms.items() if key not in kept}
            self._rooms.find_many(key for key, outs in known.items() if outs.get("room_id"))
            self._remove_rooms([key for key, outs in known.items() if self._one(key)._is_there(key, outs)])
        return {key: other for key, other in kept.items() if not other.has}

    def _remove_rooms(self, names: list[str]) -> None:
        for key in names:
            self._rooms.forget(key)
        self._account.writes(ROOM).delete_all(names)
        for key in names:
            self._rooms.remove(key)

    @contextmanager
    def _taken_back(self, made: Made) -> Iterator[None]:
        """Remove the rooms that an operation made when it fails: Pulumi would forget them."""
        try:
            yield
        except BaseException as error:
            for key in made.adopted:
                ids = self._one(key)._claims_of_live(key, made.lives[key])
                self._account.claims.give_back(self._hints, [*ROOM.claims_of({"name": key}), *ids])
            try:
                self._remove_rooms(list(made.created))
            except (DailyError, LifecycleError) as second:
                raise PartlyDone(
                    f"{error}. {len(made.created)} rooms that were made before that could not be removed again "
                    f"({listed(made.created)}): {second}. `DAILY_ADOPT_EXISTING=as-asked pulumi up` takes them over"
                ) from error
            raise

    # -- results ------------------------------------------------------------------------------------------------------

    def _not_created(self, chunk: Mapping[str, Any], error: DailyError) -> LifecycleError:
        held = [key for key in chunk if key in _names_in(error)] if is_name_taken(error) else []
        if held:
            return NameHeld.of(f'room "{held[0]}"', error)
        return LifecycleError(f"Daily did not create {len(chunk)} rooms ({listed(list(chunk))}): {error}")

    def _finished(
        self,
        inputs: Mapping[str, Any],
        made: Made,
        domain: Domain,
        outs: Mapping[str, Any],
        let_go: Collection[str] = (),
    ) -> dict[str, Any]:
        """Return the outputs. A room that was not written, and a setting that was not sent, keep the echo they had."""
        olds = rooms_of_state(outs)
        marks: dict[str, Mapping[str, str]] = {}
        for key, room in effective(inputs).items():
            marks[key] = kept_echo(ROOM, olds.get(key, {}), room)
            if key in made.written:
                live = made.lives[key] if "config" in made.lives[key] else None
                marks[key] = new_echo(ROOM, room, live, made.written[key], marks[key])
        marks = {key: found for key, found in marks.items() if found}
        return set_outputs(inputs, made.lives, marks, domain, outs, let_go)


def _names_in(error: DailyError) -> set[str]:
    """Return what may be names of rooms in Daily's refusal, of which it tells one at a time."""
    return set(re.findall(r"[A-Za-z0-9_-]+", error.message))

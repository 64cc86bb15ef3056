"""Many rooms as one resource: batches instead of single requests, and each change, drift and error per room.

What holds for one room holds here: nothing after a successful create may raise unless what it made is taken back; an
unknown outcome is settled by a read; a room that exists and differs is an error, never silently taken.
"""

from __future__ import annotations

import itertools
import re
import uuid
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ..api import BATCH_LIMIT, ApiError, AuthenticationError, DailyError, RateLimitError
from ..objects.room import ROOM
from ..objects.room_set import effective
from ..objects.spec import ObjectSpec
from ..objects.values import ABSENT, Path, same
from .account import Account, Domain
from .apply import CREATE_ATTEMPTS, Applier, kept_echo, made_since
from .diff import Plan, declared_end, is_expired, update_body
from .errors import LifecycleError, PartlyDone
from .outputs import ECHO, body, echoes, projected_inputs, seen_settings, settings_of
from .room_set_plan import (
    NAMED,
    Change,
    Made,
    as_outs,
    below,
    chunks,
    listed,
    plan,
    rooms_of_state,
    set_outputs,
    with_overrides,
)
from .snapshot import READS_AT_ONCE

UPDATES_AT_ONCE = 8
"""Single updates in flight; the rate limiter, not this number, sets the pace."""

NEVER_SHOWN = ("sip",)
"""Settings that Daily, by today's knowledge, takes and does not read back."""


class RoomSetApplier(Applier):
    """The operations on a set of rooms."""

    def __init__(
        self, spec: ObjectSpec, account: Account, *, now: Callable[[], float], warn: Callable[[str], None]
    ) -> None:
        super().__init__(spec, account, now=now, warn=warn)
        self._one = Applier(ROOM, account, now=now, warn=warn)
        """For what is done room by room."""

    # -- diff and read ------------------------------------------------------------------------------------------------

    def plan(
        self, name: str, outs: Mapping[str, Any], news: Mapping[str, Any], *, ignored: Iterable[Path] = ()
    ) -> Plan:
        self._account.guard(self._what(name, outs), outs)
        recorded = rooms_of_state(outs)
        common = [room for room in effective(news) if room in recorded]
        lives = self._account.snapshot(ROOM).find_many(common)
        return plan(outs, news, lives, self._now(), tuple(ignored))

    def read(self, name: str, outs: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]] | None:
        domain = self._account.guard(self._what(name, outs), outs)
        recorded = rooms_of_state(outs)
        lives = self._account.snapshot(ROOM).find_many(recorded)
        alive = {key: live for key, live in lives.items() if not is_expired(ROOM, live, self._now())}
        inputs = {key: outs[key] for key in ("rooms", "defaults", "adopt_existing") if outs.get(key) is not None}
        inputs["rooms"] = {
            key: with_overrides(outs["rooms"][key], room, projected_inputs(ROOM, room, alive[key], echo))
            for key, (room, echo) in recorded.items()
            if key in alive
        }
        echo = {key: mark for key, mark in (outs.get(ECHO) or {}).items() if key in alive}
        return self._set_outputs(inputs, alive, echo, domain), inputs

    # -- create, update, delete ---------------------------------------------------------------------------------------

    def create(self, inputs: Mapping[str, Any], *, auto_named: bool = False) -> tuple[str, dict[str, Any]]:
        domain = self._account.domain()
        rooms = effective(inputs)
        made = Made()
        with _TakenBack(self, made):
            self._create_rooms(rooms, made, adopt=bool(inputs.get("adopt_existing")))
        return uuid.uuid4().hex[:16], self._finished(inputs, made, domain, {})

    def update(
        self, name: str, outs: Mapping[str, Any], inputs: Mapping[str, Any], *, ignored: Iterable[Path] = ()
    ) -> dict[str, Any]:
        domain = self._account.guard(self._what(name, outs), outs)
        recorded, wanted, now = rooms_of_state(outs), effective(inputs), self._now()
        lives = self._account.snapshot(ROOM).find_many(room for room in wanted if room in recorded)
        olds = {key: as_outs(*recorded[key]) for key in wanted if key in recorded}
        made = Made()
        changes: dict[str, Change] = {}
        missing: dict[str, dict[str, Any]] = {}
        for key, room in wanted.items():
            live = lives.get(key)
            if live is None or is_expired(ROOM, live, now):
                if declared_end(ROOM, room, now) is None:  # else it has ended, as the program says
                    missing[key] = room
                continue
            made.lives[key] = live
            found = update_body(ROOM, olds[key], room, live, now=now, ignored=below(ignored, key))
            if found:
                changes[key] = Change(found, olds[key], room)
        ended = {key for key in missing if key in lives or declared_end(ROOM, olds.get(key, {}), now) is not None}
        with _TakenBack(self, made):
            self._create_rooms(missing, made, adopt=bool(inputs.get("adopt_existing")), ended=ended)
            self._update_rooms(changes, made)
            self._delete_rooms([key for key in recorded if key not in wanted])
        return self._finished(inputs, made, domain, olds)

    def delete(self, name: str, outs: Mapping[str, Any]) -> None:
        self._account.guard(self._what(name, outs), outs)
        self._delete_rooms(list(rooms_of_state(outs)))

    # -- many rooms at once -------------------------------------------------------------------------------------------

    def _create_rooms(
        self, rooms: Mapping[str, Mapping[str, Any]], made: Made, *, adopt: bool, ended: Collection[str] = ()
    ) -> None:
        """``ended`` are rooms that have expired, of which Daily may still keep the names."""
        adopted: list[str] = []
        started = self._now()
        for chunk in chunks(rooms):
            self._create_chunk(chunk, made, adopted, adopt=adopt, ended=ended, started=started)
        if adopted:
            self._warn(
                f"{len(adopted)} rooms were there already, just as the program says ({listed(adopted)}), and were "
                "taken over: an earlier run that did not finish made them"
            )

    def _create_chunk(
        self,
        chunk: dict[str, Mapping[str, Any]],
        made: Made,
        adopted: list[str],
        *,
        adopt: bool,
        ended: Collection[str],
        started: float,
    ) -> None:
        batch = ROOM.routes.batch
        assert batch is not None
        lost, attempts, cleared = False, 0, set[str]()
        while chunk:
            attempts += 1
            bodies = [body(ROOM, room) for room in chunk.values()]
            try:
                answer = self._account.api.call(batch.create, json={batch.create_key: bodies})
            except DailyError as error:
                refused = isinstance(error, ApiError) and not error.outcome_unknown
                if not refused and not error.outcome_unknown:
                    raise
                if refused and isinstance(error, AuthenticationError | RateLimitError):
                    raise
                lost = lost or error.outcome_unknown
                try:
                    there = self._find_among(chunk)
                except DailyError as unread:
                    raise error from unread
                named = {*_names_in(error), *ended} if refused else set()
                suspects = [key for key in chunk if key in named and key not in {*there, *cleared}]
                for key in suspects:
                    live = self._clear(key)
                    if live is not None:
                        there[key] = live
                cleared.update(suspects)
                if not there and not suspects and (refused or attempts >= CREATE_ATTEMPTS):
                    raise self._not_created(chunk, error) from error
                since = started if lost else None
                chunk = self._settled(chunk, there, made, adopted, lost_since=since, adopt=adopt)
                if chunk and attempts >= CREATE_ATTEMPTS and not suspects:
                    raise self._not_created(chunk, error) from error
            else:
                self._take_answer(chunk, answer, made)
                return

    def _clear(self, name: str) -> Mapping[str, Any] | None:
        """Free the name of an expired room that Daily has yet to collect; the room, when it is none of these."""
        live = self._one._get(name)
        if live is not None and not is_expired(ROOM, live, self._now()):
            return live
        self._account.writes(ROOM).delete(name)
        return None

    def _settled(
        self,
        chunk: dict[str, Mapping[str, Any]],
        there: Mapping[str, Mapping[str, Any]],
        made: Made,
        adopted: list[str],
        *,
        lost_since: float | None,
        adopt: bool,
    ) -> dict[str, Mapping[str, Any]]:
        """Take the rooms that are there, ours or adopted; the rest of the chunk. Raises when one must not be taken.

        ``lost_since`` is when the operation began, if an answer of it was lost: what was made since is its own work.
        """
        ours = {
            key: live
            for key, live in there.items()
            if live.get("api_created") and self._is_as_asked_exactly(chunk[key], live)
        }
        foreign = [key for key in there if key not in ours]
        if foreign and not adopt:
            raise LifecycleError(
                f"{len(foreign)} rooms of these names exist on Daily already and differ from the program: "
                f"{listed(foreign)}. Take them over with adopt_existing=True (they are then updated to the program, "
                "and deleted with the set), or choose other names"
            )
        changes: dict[str, Change] = {}
        for key, live in there.items():
            made.lives[key], made.written[key] = live, None
            if key not in ours:
                found = update_body(ROOM, {}, chunk[key], live, now=self._now())
                if found:
                    changes[key] = Change(found, {}, chunk[key])
            elif lost_since is not None and made_since(live, lost_since):
                made.created.append(key)
            else:
                adopted.append(key)
        self._update_rooms(changes, made)
        self._account.take_over(ROOM.kind, there.keys() - set(made.created))
        return {key: room for key, room in chunk.items() if key not in there}

    def _is_as_asked_exactly(self, room: Mapping[str, Any], live: Mapping[str, Any]) -> bool:
        """Whether a room is what a create of these inputs makes: as asked, and nothing set beyond that."""
        if any(not same(live.get(key), room[key]) for key in ("name", "privacy")):
            return False
        wanted = settings_of(ROOM, room)
        shown = seen_settings(ROOM, wanted, live)
        config = live.get("config")
        beyond = set(config if isinstance(config, Mapping) else ()) - set(wanted) - ROOM.lifted
        return not beyond and all(
            same(shown[key], value) or (shown[key] is ABSENT and (value is False or key in NEVER_SHOWN))
            for key, value in wanted.items()
        )

    def _take_answer(self, chunk: Mapping[str, Mapping[str, Any]], answer: Any, made: Made) -> None:
        """Total: the rooms exist, whatever Daily answered."""
        made.created += chunk
        made.written |= dict.fromkeys(chunk)
        items = answer.get("data") if isinstance(answer, Mapping) else answer
        snapshot = self._account.snapshot(ROOM)
        for live in items if isinstance(items, list) else ():
            if isinstance(live, Mapping) and live.get("name") in chunk:
                made.lives[live["name"]] = live
                snapshot.put(live)
        for key in chunk:
            if key not in made.lives:
                snapshot.forget(key)
                made.lives[key] = {"name": key}

    def _update_rooms(self, changes: Mapping[str, Change], made: Made) -> None:
        if not changes:
            return
        snapshot = self._account.snapshot(ROOM)

        def change(item: tuple[str, Change]) -> tuple[str, Any]:
            key, one = item
            snapshot.forget(key)
            try:
                answer = self._one._send_update(key, one.sent)
            except DailyError as error:
                return key, error
            finally:
                done.advance()
            return key, self._one._clear_leftovers(key, one.before, one.wanted, answer, one.sent)

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
                good = isinstance(answer, Mapping) and answer.get("name") == key
                made.lives[key] = answer if good else {"name": key}
                if good:
                    snapshot.put(answer)
        if failed:
            shown = "; ".join(f'room "{key}": {error}' for key, error in itertools.islice(failed.items(), NAMED))
            raise PartlyDone(
                f"{len(failed)} of {len(changes)} rooms could not be changed: {shown}. The others are changed; the "
                "next `pulumi up` goes on"
            ) from next(iter(failed.values()))

    def _delete_rooms(self, names: list[str]) -> None:
        snapshot = self._account.snapshot(ROOM)
        kept = {key: None for key in names if self._account.is_taken_over(ROOM.kind, key)}
        if kept:
            shown = listed(list(kept))
            self._warn(f"{len(kept)} rooms were taken over by another resource of this run, so they stay: {shown}")
            names = [key for key in names if key not in kept]
        for start in range(0, len(names), BATCH_LIMIT):
            chunk = names[start : start + BATCH_LIMIT]
            for key in chunk:
                snapshot.forget(key)
            self._delete_chunk(chunk)
            for key in chunk:
                snapshot.remove(key)

    def _delete_chunk(self, chunk: list[str]) -> None:
        batch = ROOM.routes.batch
        assert batch is not None
        for attempt in range(1, CREATE_ATTEMPTS + 1):
            try:
                answer = self._account.api.call(batch.delete, json={batch.delete_key: chunk})
            except DailyError as error:
                if isinstance(error, AuthenticationError | RateLimitError) or attempt == CREATE_ATTEMPTS:
                    raise
            else:
                count = answer.get("deleted_count") if isinstance(answer, Mapping) else None
                if count == len(chunk):
                    return
            # All or nothing: one name that is gone already refuses all. Those that are there are tried again.
            chunk = list(self._find_among(chunk, surely=True))
            if not chunk:
                return
        raise LifecycleError(f"Daily did not delete {len(chunk)} rooms ({listed(chunk)}); run this again")

    def _find_among(self, names: Iterable[str], *, surely: bool = False) -> dict[str, Mapping[str, Any]]:
        """Those of the rooms that are there now and have not expired, read anew: one by one, or by the shorter list.

        ``surely``: a list proves no absence, so what it does not show is read by itself.
        """
        wanted = list(names)
        for key in wanted:
            self._account.snapshot(ROOM).forget(key)
        reader = self._account.reader(ROOM)
        if len(wanted) <= 2 or reader.page().total_count > len(wanted) * reader.listing.limit:
            read = self._read_each(wanted)
        else:
            every = {live.get("name"): live for live in reader.all()}
            read = {key: every.get(key) for key in wanted}
            if surely:
                read |= self._read_each([key for key, live in read.items() if live is None])
        return {key: live for key, live in read.items() if live is not None and not is_expired(ROOM, live, self._now())}

    def _read_each(self, names: list[str]) -> dict[str, Mapping[str, Any] | None]:
        with ThreadPoolExecutor(max_workers=READS_AT_ONCE) as pool:
            return dict(zip(names, pool.map(self._one._get, names), strict=True))

    # -- results ------------------------------------------------------------------------------------------------------

    def _not_created(self, chunk: Mapping[str, Any], error: DailyError) -> LifecycleError:
        return LifecycleError(f"Daily did not create {len(chunk)} rooms ({listed(list(chunk))}): {error}")

    def _finished(
        self, inputs: Mapping[str, Any], made: Made, domain: Domain, olds: Mapping[str, Mapping[str, Any]]
    ) -> dict[str, Any]:
        """The outputs. A room that was not written, and a setting that was not sent, keep the echo they had."""
        marks: dict[str, Mapping[str, str]] = {}
        for key, room in effective(inputs).items():
            kept = kept_echo(ROOM, olds.get(key, {}), room)
            found: Mapping[str, str] = kept
            if key in made.written:
                live, sent = made.lives[key], made.written[key]
                now = echoes(ROOM, room, live) if "config" in live else {}
                wanted = settings_of(ROOM, room)
                found = {
                    k: mark
                    for k, mark in now.items()
                    if sent is None or kept.get(k) == mark or (k in sent and same(sent[k], wanted[k]))
                }
            if found:
                marks[key] = found
        return self._set_outputs(inputs, made.lives, marks, domain)

    def _set_outputs(
        self,
        inputs: Mapping[str, Any],
        lives: Mapping[str, Mapping[str, Any]],
        echo: Mapping[str, Any],
        domain: Domain,
    ) -> dict[str, Any]:
        return set_outputs(inputs, lives, echo, domain.name, domain.id)


class _TakenBack:
    """Around an operation: when it fails, the rooms that it made are removed again: Pulumi would forget them."""

    def __init__(self, applier: RoomSetApplier, made: Made) -> None:
        self._applier = applier
        self._made = made

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _trace: Any) -> None:
        created = self._made.created
        if error is None or not created:
            return
        try:
            self._applier._delete_rooms(list(created))
        except (DailyError, LifecycleError) as second:
            raise PartlyDone(
                f"{error}. {len(created)} rooms that were made before that could not be removed again "
                f"({listed(created)}): {second}. The next `pulumi up` takes them over"
            ) from error


def _names_in(error: DailyError) -> set[str]:
    """What may be names of rooms in Daily's refusal, of which it tells one at a time."""
    return set(re.findall(r"[A-Za-z0-9_-]+", error.message))

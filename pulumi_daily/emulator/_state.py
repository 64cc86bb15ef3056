"""The state of the emulator: domains and rooms (other objects are in _store.py). No HTTP, no request rules.

A domain keeps its live rooms in one sorted list (newest first, then by id). A page of a list therefore costs its length
and a binary search, however many rooms there are. Expired rooms leave that list when the clock passes their `exp`.
"""

from __future__ import annotations

import bisect
import heapq
import random
import string
import threading
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from ._api_log import ApiLog
from ._clock import Clock
from ._outgoing import PING_SECONDS
from ._store import Collection, Item, ReadLag, window
from ._switches import Switches

_Key = tuple[int, str]


@dataclass
class Room:
    """A stored room: `properties` are the given values, without defaults."""

    id: str
    name: str
    privacy: str
    created_at: int
    """Unix seconds; Daily stores no fractions."""
    api_created: bool = True
    properties: dict[str, Any] = field(default_factory=dict)
    stored_at: float = 0.0
    """When the room was stored, which may be later than `created_at`."""

    @property
    def key(self) -> _Key:
        """Return the sort key of lists: newest first, then by id."""
        return (-self.created_at, self.id)

    def expired(self, now: float) -> bool:
        """Return whether `exp` is not later than `now` (Unix seconds)."""
        exp = self.properties.get("exp")
        return isinstance(exp, int | float) and exp <= now


class Domain:
    """One Daily account: a key, a name, settings, rooms and other objects."""

    def __init__(self, name: str, api_key: str, clock: Clock, switches: Switches, rng: random.Random) -> None:
        self.name = name
        self.api_key = api_key
        self.id = str(uuid.UUID(int=rng.getrandbits(128), version=4))
        self._clock = clock
        self.switches = switches
        self._rng = rng
        self.read_lag = ReadLag(clock)
        self.clear()

    def clear(self) -> None:
        """Remove all rooms, settings and other objects."""
        self.properties: dict[str, Any] = {}
        self.read_only: dict[str, Any] = {}
        """Values of `config` that only Daily's staff can set, such as `disable_rate_limiting`."""
        self.api_log = ApiLog(self.id, self._clock)
        """The requests made with this account's key, which `GET /logs/api` returns."""
        self._collections: dict[str, Collection] = {}
        self._by_name: dict[str, Room] = {}
        self._by_id: dict[str, Room] = {}
        self._folded: dict[str, set[str]] = {}
        self._order: list[_Key] = []
        self._due: list[tuple[float, str]] = []
        self._gone: list[tuple[float, str]] = []
        self._swept = float("-inf")

    @property
    def now(self) -> float:
        """Return the time in Unix seconds."""
        return self._clock.now()

    # -- reading

    def find(self, name: str) -> Room | None:
        """Return the room with a name, expired or not; None without one. The switches about case and ids apply."""
        self.sweep()
        room = self._by_name.get(name)
        if room is None and not self.switches.case_sensitive_names:
            others = self._folded.get(name.lower())
            room = self._by_name[min(others)] if others else None
        if room is None and self.switches.address_by_id:
            room = self._by_id.get(name)
        return self.read_lag.visible(room)

    def live(self, name: str) -> Room | None:
        """Return the room with a name; None when there is none or it has expired."""
        room = self.find(name)
        return None if room is None or self.expired(room) else room

    def expired(self, room: Room) -> bool:
        """Return whether the clock has reached the room's `exp`."""
        return room.expired(self._clock.now())

    def by_id(self, room_id: str) -> Room | None:
        """Return the room with an id, expired or not; None without one."""
        self.sweep()
        return self.read_lag.visible(self._by_id.get(room_id))

    def all(self) -> list[Room]:
        """Return all rooms, including expired ones that are not removed yet."""
        self.sweep()
        return [*filter(self.read_lag.visible, self._by_name.values())]

    def count(self) -> int:
        """Return the number of rooms that have not expired."""
        return len(self._keys())

    def page(
        self, limit: int, after: Room | None = None, before: Room | None = None, oldest: bool = False
    ) -> list[Room]:
        """Return at most `limit` live rooms, newest first; see `_paging.Source.page`."""
        keys = self._keys()
        chosen = keys[window(keys, limit, after and after.key, before and before.key, oldest)]
        return [self._by_id[room_id] for _, room_id in chosen]

    def _keys(self) -> list[_Key]:
        """Return the keys of visible live rooms, in order."""
        self.sweep()
        if not self.read_lag.active:
            return self._order
        return [key for key in self._order if self.read_lag.visible(self._by_id[key[1]])]

    # -- writing

    def add(self, room: Room) -> None:
        """Store a new room. Raises `ValueError` when its name is taken."""
        self._store(room)
        bisect.insort(self._order, room.key)
        self._schedule(room)
        self.sweep()

    def add_many(self, rooms: Iterable[Room]) -> None:
        """Store many rooms at once, with a single sort. Raises `ValueError` when a name is taken."""
        for room in rooms:
            self._store(room)
            self._order.append(room.key)
            self._schedule(room)
        self._order.sort()
        self.sweep()

    def change(self, room: Room, *, privacy: str | None = None, properties: Mapping[str, Any] | None = None) -> None:
        """Set the given values; a property of None is removed."""
        if privacy is not None:
            room.privacy = privacy
        for key, value in (properties or {}).items():
            if value is None:
                room.properties.pop(key, None)
            else:
                room.properties[key] = value
        if "exp" in (properties or {}):
            self._drop_key(room.key)
            bisect.insort(self._order, room.key)
            self._schedule(room)
            self.sweep()

    def remove(self, room: Room) -> None:
        """Remove a room; its name is free at once."""
        del self._by_name[room.name]
        del self._by_id[room.id]
        names = self._folded[room.name.lower()]
        names.discard(room.name)
        if not names:
            del self._folded[room.name.lower()]
        self._drop_key(room.key)

    def collection(self, kind: str) -> Collection:
        """Return the objects of a kind other than rooms, such as `webhooks` (`Kind.name`)."""
        return self._collections.setdefault(kind, Collection(self.read_lag))

    def stored(self) -> tuple[list[Room], dict[str, Collection]]:
        """Return all rooms, and the collections by kind, with objects that a read lag hides."""
        return [*self._by_name.values()], self._collections

    def restore(self, rooms: Sequence[Room], collections: Mapping[str, tuple[int, Iterable[Item]]]) -> None:
        """Replace rooms and objects by saved ones; a collection is its last serial number and its objects.

        Raises `ValueError` when two rooms have one name, or two objects of a kind one id.
        """
        self.clear()
        moments = [room.stored_at for room in rooms]
        self.add_many(rooms)
        for room, moment in zip(rooms, moments, strict=True):
            room.stored_at = moment
        for kind, (last, items) in collections.items():
            self.collection(kind).restore(last, items)

    def new_id(self) -> str:
        """Return a new id, a random UUID. With a seed, the ids are the same in every run."""
        return str(uuid.UUID(int=self._rng.getrandbits(128), version=4))

    def new_bytes(self, count: int) -> bytes:
        """Return random bytes for generated secrets. With a seed, they are the same in every run."""
        return self._rng.randbytes(count)

    def new_name(self) -> str:
        """Return a random room name in Daily's form: 20 letters and digits."""
        while True:
            name = "".join(self._rng.choices(string.ascii_letters + string.digits, k=20))
            if name not in self._by_name:
                return name

    def _store(self, room: Room) -> None:
        if room.name in self._by_name:
            raise ValueError(f"a room named {room.name} is there already")
        room.stored_at = self.now
        self._by_name[room.name] = room
        self._by_id[room.id] = room
        self._folded.setdefault(room.name.lower(), set()).add(room.name)

    def _drop_key(self, key: _Key) -> None:
        at = bisect.bisect_left(self._order, key)
        if at < len(self._order) and self._order[at] == key:
            del self._order[at]

    # -- expiry

    def _schedule(self, room: Room) -> None:
        exp = room.properties.get("exp")
        if isinstance(exp, int | float):
            heapq.heappush(self._due, (exp, room.id))

    def _rebuild(self) -> None:
        """Compute the order of the unexpired rooms and the queues of expiries again, after the clock was set back."""
        now = self._clock.now()
        rooms = self._by_name.values()
        self._order = sorted(room.key for room in rooms if not room.expired(now))
        self._due = [(r.properties["exp"], r.id) for r in rooms if "exp" in r.properties and not r.expired(now)]
        self._gone = [(r.properties["exp"], r.id) for r in rooms if r.expired(now)]
        heapq.heapify(self._due)
        heapq.heapify(self._gone)
        self._swept = now

    def sweep(self) -> None:
        """Remove rooms whose `exp` the clock has reached from the lists.

        They are removed completely `collect_expired_after` seconds (a switch) after `exp`.
        """
        now = self._clock.now()
        if now < self._swept:
            self._rebuild()
        self._swept = now
        while self._due and self._due[0][0] <= now:
            due = heapq.heappop(self._due)
            room = self._by_id.get(due[1])
            if room is not None and room.properties.get("exp") == due[0]:
                self._drop_key(room.key)
                heapq.heappush(self._gone, due)
        wait = self.switches.collect_expired_after
        while wait is not None and self._gone and self._gone[0][0] + wait <= now:
            exp, room_id = heapq.heappop(self._gone)
            room = self._by_id.get(room_id)
            if room is not None and room.properties.get("exp") == exp:
                self.remove(room)


class Backend:
    """All domains of one server, found by API key."""

    def __init__(
        self, clock: Clock, switches: Switches, seed: int | None = None, ping_seconds: float = PING_SECONDS
    ) -> None:
        self.clock = clock
        self.switches = switches
        self.ping_seconds = ping_seconds
        """The time limit in seconds for the user's URL to answer a test call or an event."""
        self.lock = threading.RLock()
        """Held while a request is handled, and while a test reads or changes the state from another thread."""
        self._rng = random.Random(seed)
        self._by_key: dict[str, Domain] = {}

    def add_domain(self, name: str, api_key: str) -> Domain:
        """Add an account, and return it. Name and key must be new (`ValueError`)."""
        with self.lock:
            if api_key in self._by_key or any(d.name == name for d in self._by_key.values()):
                raise ValueError(f"there is a domain {name}, or one with this key, already")
            domain = self._by_key[api_key] = Domain(name, api_key, self.clock, self.switches, self._rng)
            return domain

    def rotate_key(self, domain: Domain, api_key: str) -> None:
        """Give an account another key in place of its own. Raises `ValueError` for a key that is in use."""
        with self.lock:
            if api_key in self._by_key:
                raise ValueError("there is a domain with this key already")
            domain.api_key = api_key
            self._by_key = {one.api_key: one for one in self._by_key.values()}

    def by_key(self, api_key: str) -> Domain | None:
        """Return the account of a key, or None."""
        return self._by_key.get(api_key)

    def domain(self, name: str | None = None) -> Domain:
        """Return the account with a name, or the first account. Raises `KeyError` for an unknown name."""
        for domain in self._by_key.values():
            if name is None or domain.name == name:
                return domain
        raise KeyError(f"there is no domain {name}")

    def domains(self) -> list[Domain]:
        """Return all accounts, in the order they were added."""
        return list(self._by_key.values())

    def seed(
        self, rooms: int | Iterable[Mapping[str, Any]], prefix: str, domain: str | None, template: Mapping[str, Any]
    ) -> list[str]:
        """Create many rooms without a request, and return their names; see `Emulator.seed`."""
        with self.lock:
            target = self.domain(domain)
            if isinstance(rooms, int):
                given: list[Mapping[str, Any]] = [{"name": f"{prefix}-{i}"} for i in range(rooms)]
            else:
                given = list(rooms)
            now, total = int(self.clock.now()), len(given)
            made = []
            for i, one in enumerate(given):
                data = {**template, **one}
                made.append(
                    Room(
                        id=data.get("id") or target.new_id(),
                        name=data.get("name") or target.new_name(),
                        privacy=data.get("privacy", "public"),
                        # Three rooms share each second, so that the second sort key matters too.
                        created_at=seconds(data.get("created_at", now - (total - 1 - i) // 3)),
                        api_created=data.get("api_created", True),
                        properties=dict(data.get("properties") or {}),
                    )
                )
            names = [room.name for room in made]
            taken = [n for n in names if target.find(n)]
            if taken or len(set(names)) != len(names):
                raise ValueError(f"seed: {taken[0] if taken else 'a name'} is there already, or given twice")
            target.add_many(made)
            return names


def timestamp(seconds: int) -> str:
    """Return Unix seconds in Daily's form: `2019-01-26T09:01:22.000Z`."""
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def timestamp_ms(seconds: float) -> str:
    """Return Unix seconds with milliseconds, cut off, Daily's form in some answers: `2023-08-15T18:28:30.317Z`."""
    whole, ms = divmod(int(seconds * 1000 + 0.01), 1000)  # a float's error is smaller than 0.01 ms
    return timestamp(whole).replace(".000Z", f".{ms:03d}Z")


def seconds(moment: float | str) -> int:
    """Return the Unix seconds of a text of :func:`timestamp`; a number is truncated to a whole one."""
    if isinstance(moment, str):
        return int(datetime.fromisoformat(moment.replace("Z", "+00:00")).timestamp())
    return int(moment)

"""Daily in a dict: enough of its rules to test decisions, with faults at every call. The emulator is the real model."""

from __future__ import annotations

import copy
import datetime
import itertools
from collections import Counter
from typing import Any

from pulumi_daily.api import ConnectionDropped, DailyError, InvalidRequestError, NotFoundError
from pulumi_daily.objects.room import RoomProperties
from pulumi_daily.objects.validation import defaults
from pulumi_daily.objects.values import same

DEFAULTS = defaults(RoomProperties)
NOW = 1_800_000_000.0
EARLIER = "2027-01-15T07:00:00.000Z"
"""An hour before ``NOW``: when a room was made that a test finds there."""


def stamp(seconds: float) -> str:
    """A moment as Daily writes it."""
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def dropped() -> DailyError:
    error = ConnectionDropped("the connection broke")
    error.outcome_unknown = True
    return error


def taken(name: str) -> DailyError:
    return InvalidRequestError(400, "invalid-request-error", f"a room named {name} already exists", "POST", "/rooms")


def not_found(name: str, **body: Any) -> DailyError:
    return NotFoundError(404, "not-found", f"room {name} not found", "GET", f"/rooms/{name}", body)


def _page(total: int, data: list[dict[str, Any]]) -> dict[str, Any]:
    return {"total_count": total, "data": data}


class FakeDaily:
    """The API as the applier sees it."""

    def __init__(self, *rooms: dict[str, Any], domain: str = "acme") -> None:
        self.rooms: dict[str, dict[str, Any]] = {}
        self.calls: list[tuple[str, Any, Any]] = []
        self.counts: Counter[str] = Counter()
        self.domain = {"domain_name": domain, "domain_id": f"id-{domain}", "config": {}}
        self.faults: dict[str, list[tuple[str, DailyError]]] = {}
        self.merge_nested = False
        self.never_echoed: set[str] = set()
        self.coerced: dict[str, Any] = {}
        self.answers: dict[str, Any] = {}
        self.lost_cursor: str = ""
        self.expired_readable = True
        self.now = NOW
        self._ids = itertools.count(1)
        for room in rooms:
            self.add(**room)

    def add(self, name: str, privacy: str = "public", created_at: str = EARLIER, **config: Any) -> None:
        self.rooms[name] = {
            "id": f"uuid-{next(self._ids)}",
            "name": name,
            "privacy": privacy,
            "url": f"https://acme.daily.co/{name}",
            "api_created": True,
            "created_at": created_at,
            "config": config,
        }

    def server_time(self) -> tuple[float, float] | None:
        return self.now, self.now

    def fail(self, route: str, *errors: DailyError, when: str = "before") -> None:
        self.faults.setdefault(route, []).extend((when, error) for error in errors)

    def _list(self, *, limit: int = 100, starting_after: str | None = None, ending_before: str | None = None) -> Any:
        self._fault("rooms.list", "before")
        self.counts["rooms.list"] += 1
        shown = [self._shown(room) for room in reversed(self.rooms.values()) if not self._expired(room)]
        ids = [room["id"] for room in shown]
        start = 0
        if starting_after is not None:
            if starting_after not in ids:
                return self._lost(shown, limit)
            start = ids.index(starting_after) + 1
        elif ending_before == "OLDEST":
            start = max(0, len(shown) - limit)
        return _page(len(shown), shown[start : start + limit])

    def _lost(self, shown: list[dict[str, Any]], limit: int) -> Any:
        if self.lost_cursor == "error":
            raise InvalidRequestError(400, "invalid-request-error", "unknown cursor", "GET", "/rooms")
        return _page(len(shown), [] if self.lost_cursor == "empty" else shown[:limit])

    def call(self, route: str, *, path: Any = None, params: Any = None, json: Any = None) -> Any:
        if route == "rooms.list":
            return self._list(**(params or {}))
        return self._do(route, path, json)

    def _fault(self, route: str, when: str) -> None:
        waiting = self.faults.get(route)
        if waiting and waiting[0][0] == when:
            raise waiting.pop(0)[1]

    def _do(self, route: str, path: Any, json: Any) -> Any:
        self.calls.append((route, copy.deepcopy(path), copy.deepcopy(json)))
        self.counts[route] += 1
        self._fault(route, "before")
        result = getattr(self, "_" + route.replace(".", "_"))((path or {}).get("name"), json)
        self._fault(route, "after")
        return self.answers.get(route, copy.deepcopy(result))

    def _domain_get(self, _name: Any, _json: Any) -> Any:
        return self.domain

    def _rooms_get(self, name: str, _json: Any) -> Any:
        room = self.rooms.get(name)
        if room is None or (self._expired(room) and not self.expired_readable):
            raise not_found(name)
        return self._shown(room)

    def _rooms_create(self, _name: Any, json: Any) -> Any:
        name = json["name"]
        if name in self.rooms:
            raise taken(name)
        self.add(name, json.get("privacy", "public"), stamp(self.now), **json.get("properties", {}))
        return self._shown(self.rooms[name])

    def _rooms_update(self, name: str, json: Any) -> Any:
        room = self.rooms.get(name)
        if room is None:
            raise not_found(name)
        room["privacy"] = json.get("privacy", room["privacy"])
        for key, value in json.get("properties", {}).items():
            old = room["config"].get(key)
            if value is None:
                room["config"].pop(key, None)
            elif self.merge_nested and isinstance(value, dict) and isinstance(old, dict):
                room["config"][key] = {**old, **value}
            else:
                room["config"][key] = value
        return self._shown(room)

    def _rooms_delete(self, name: str, _json: Any) -> Any:
        room = self.rooms.pop(name, None)
        if room is None:
            raise not_found(name)
        if self._expired(room):
            raise not_found(name, deleted=True)
        return {"deleted": True, "name": name}

    def _batch_rooms_create(self, _name: Any, json: Any) -> Any:
        names = [room["name"] for room in json["rooms"]]
        for name in names:
            if name in self.rooms or names.count(name) > 1:
                raise taken(name)
        return [self._rooms_create(None, room) for room in json["rooms"]]

    def _batch_rooms_delete(self, _name: Any, json: Any) -> Any:
        for name in json["room_names"]:
            if name not in self.rooms:
                raise not_found(name)
        for name in json["room_names"]:
            del self.rooms[name]
        return {"deleted_count": len(json["room_names"])}

    def _expired(self, room: dict[str, Any]) -> bool:
        return room["config"].get("exp", self.now + 1) <= self.now

    def _shown(self, room: dict[str, Any]) -> dict[str, Any]:
        config = {
            key: self.coerced.get(key, value)
            for key, value in room["config"].items()
            if key not in self.never_echoed and not (key in DEFAULTS and same(DEFAULTS[key], value))
        }
        return {**room, "config": config}

    @property
    def writes(self) -> list[tuple[str, Any, Any]]:
        return [call for call in self.calls if not call[0].endswith((".get", ".list"))]

"""The part of `Emulator` that changes objects other than rooms without requests."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from . import _calls, _webhooks
from ._call import Kind
from ._routes import KINDS
from ._state import Backend, seconds
from ._store import Collection, Item


class Objects:
    """The methods of `Emulator` for objects other than rooms.

    A `kind` is one of `_routes.KINDS`; the methods with a `kind` raise `KeyError` for another one.
    """

    backend: Backend

    def objects(self, kind: str, domain: str | None = None) -> dict[str, dict[str, Any]]:
        """Return all objects of a kind (`webhooks`, …) by id, newest first, in their stored form.

        They contain given and generated values, including those that the API never returns (passwords), the id under
        Daily's name for it, and `created_at` (Unix seconds). Raises `KeyError` for an unknown kind.
        """
        with self.backend.lock:
            known_kind, collection = self._collection(kind, domain)
            _calls.settle(self.backend.domain(domain))
            return {item.id: _copied(known_kind, item) for item in collection.all()}

    def add(
        self, kind: str, /, domain: str | None = None, created_at: float | str | None = None, **values: Any
    ) -> dict[str, Any]:
        """Create an object of a kind without a request, and return it with the values that Daily generates.

        The values are not checked, except that the id, if given, must be new (`ValueError`).
        """
        with self.backend.lock:
            known_kind, collection = self._collection(kind, domain)
            target = self.backend.domain(domain)
            data = known_kind.fill(target, copy.deepcopy(values))
            item_id = str(data.pop(known_kind.id_key, None) or target.new_id())
            moment = self.backend.clock.now() if created_at is None else _moment(created_at)
            return _copied(known_kind, collection.add(item_id, data, moment))

    def edit(
        self,
        kind: str,
        object_id: str,
        /,
        domain: str | None = None,
        created_at: float | str | None = None,
        **values: Any,
    ) -> dict[str, Any]:
        """Change values of an object without a request, and return it. A value of None is removed.

        Raises `KeyError` for an unknown object, `ValueError` for a change of the id.
        """
        with self.backend.lock:
            known_kind, collection = self._collection(kind, domain)
            item = self._item(collection, kind, object_id)
            if known_kind.id_key in values:
                raise ValueError(f"{known_kind.id_key} cannot be changed")
            if created_at is not None:
                item.created_at = _moment(created_at)
            for key, value in copy.deepcopy(values).items():
                if value is None:
                    item.data.pop(key, None)
                else:
                    item.data[key] = value
            return _copied(known_kind, item)

    def remove(self, kind: str, object_id: str, /, domain: str | None = None) -> None:
        """Delete an object without a request. Raises `KeyError` for an unknown object."""
        with self.backend.lock:
            _, collection = self._collection(kind, domain)
            collection.remove(self._item(collection, kind, object_id))

    def deliver(
        self, event_type: str, payload: Mapping[str, Any] | None = None, domain: str | None = None
    ) -> dict[str, list[int | None]]:
        """Send a signed event to a domain's active webhooks for its type, and wait for their answers.

        Returns the HTTP status of each attempt by webhook (None for no answer in time). Three consecutive failures make
        a webhook with `circuit-breaker` FAILED; with `exponential` an event is sent up to five times, here without a
        pause. Raises `ValueError` for an event type that Daily does not have.
        """
        return _webhooks.deliver(self.backend, self.backend.domain(domain), event_type, dict(payload or {}))

    def _collection(self, kind: str, domain: str | None) -> tuple[Kind, Collection]:
        if kind not in KINDS:
            raise KeyError(f"there is no kind {kind!r}; known are: {', '.join(KINDS)}")
        return KINDS[kind], self.backend.domain(domain).collection(kind)

    @staticmethod
    def _item(collection: Collection, kind: str, object_id: str) -> Item:
        item = collection.by_id(object_id)
        if item is None:
            raise KeyError(f"there is nothing with the id {object_id} in {kind}")
        return item


def _moment(value: float | str) -> float:
    return float(seconds(value) if isinstance(value, str) else value)


def _copied(kind: Kind, item: Item) -> dict[str, Any]:
    return {kind.id_key: item.id, **copy.deepcopy(item.data), "created_at": item.created_at}

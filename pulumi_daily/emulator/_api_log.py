"""What `GET /logs/api` shows: the requests that a domain's key made, with the texts of request and answer.

It is Daily's own log of its API, beside the emulator's request log (_log.py), which is for tests: it knows only what
came through (no lost connections, no injected errors), and forgets all but the latest entries.
"""

from __future__ import annotations

import json
import uuid
from collections import deque
from typing import Any

from ._clock import Clock
from ._log import masked
from ._store import Item, Selection

KEPT = 1000
"""How many entries a domain keeps."""


class ApiLog:
    """The entries of one domain."""

    def __init__(self, domain_id: str, clock: Clock) -> None:
        self._namespace = uuid.UUID(domain_id)
        self._clock = clock
        self._entries: deque[Item] = deque(maxlen=KEPT)
        self._last = 0

    def add(
        self,
        *,
        method: str,
        url: str,
        status: int,
        request: bytes = b"",
        response: bytes = b"",
        ip: str = "127.0.0.1",
        source: str = "api",
    ) -> None:
        """Record a request. The texts are kept as they came, and shown without their secrets."""
        self._last += 1
        # An id of its own making: one drawn from the domain would change, request by request, what rooms are called.
        entry_id = str(uuid.uuid5(self._namespace, f"log {self._last}"))
        data = {"method": method, "url": url, "status": status, "ip": ip, "source": source}
        data.update(request=request, response=response)
        self._entries.append(Item(entry_id, self._clock.now(), self._last, data))

    def select(self, source: str, url: str | None) -> Selection:
        """The entries of one source, and about one address if it is given, newest first."""
        return Selection(
            list(reversed(self._entries)),
            lambda entry: entry.data["source"] == source and url in (None, entry.data["url"]),
            by_number=False,
        )

    def view(self, entry: Item) -> dict[str, Any]:
        """An entry as the API shows it, without `createdAt`; `userId` is the account's owner."""
        plain = {key: entry.data[key] for key in ("source", "ip", "method", "url", "status")}
        return {
            "id": entry.id,
            "userId": str(uuid.uuid5(self._namespace, "owner")),
            "domainId": str(self._namespace),
            **plain,
            "request": _text(entry.data["request"]),
            "response": _text(entry.data["response"]),
        }


def _text(raw: bytes) -> str | None:
    """A body as text, its secrets masked; null without one, and for what is not JSON (nothing is known of it)."""
    if not raw.strip():
        return None
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return json.dumps(masked(value), separators=(",", ":"))

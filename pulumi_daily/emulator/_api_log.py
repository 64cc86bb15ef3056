"""The log that `GET /logs/api` returns: the requests with a domain's key, with the texts of request and answer.

This is Daily's own log of its API. The emulator's request log (_log.py) is separate and for tests. This log contains
only requests that were processed (no lost connections, no injected errors), and only the latest of them.
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
"""The number of entries that a domain keeps."""


class ApiLog:
    """The requests with the key of one domain, in the form of Daily's log."""

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
        """Record a request. The texts are stored unchanged; `view` masks their secrets."""
        self._last += 1
        # Not from the domain's random numbers: each request would change the names of the next rooms.
        entry_id = str(uuid.uuid5(self._namespace, f"log {self._last}"))
        data = {"method": method, "url": url, "status": status, "ip": ip, "source": source}
        data.update(request=request, response=response)
        self._entries.append(Item(entry_id, self._clock.now(), self._last, data))

    def select(self, source: str, url: str | None) -> Selection:
        """Return the entries of one source, newest first; with `url`, only those of that address."""
        return Selection(
            list(reversed(self._entries)),
            lambda entry: entry.data["source"] == source and url in (None, entry.data["url"]),
            by_number=False,
        )

    def view(self, entry: Item) -> dict[str, Any]:
        """Return an entry in the API's form, without `createdAt`. `userId` is the owner of the account."""
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
    """Return a JSON body as text with its secrets masked, or None for an empty body and one that is not JSON."""
    if not raw.strip():
        return None
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return json.dumps(masked(value), separators=(",", ":"))

"""The request log. It never contains the key, and bodies only on request, with secrets masked."""

from __future__ import annotations

import hashlib
import threading
from collections import Counter, deque
from dataclasses import asdict, dataclass
from typing import Any

from ..api import is_secret_field

KEPT = 200_000
MASK = "[secret]"


@dataclass(frozen=True)
class LoggedRequest:
    """One request and its answer."""

    method: str
    path: str
    """The path as sent, without the query; a meeting token in it is masked."""
    route: str | None
    """`METHOD /path/:parameter`; None for a path that Daily does not have."""
    status: int | None
    """None when no answer was sent (a dropped connection)."""
    key_id: str | None
    """A digest of the API key; None without one."""
    at: float
    """Unix seconds of the emulator's clock."""
    body_size: int
    query: str = ""
    fault: str | None = None
    """The kind of the fault that was applied to this request."""
    body: Any = None
    """The parsed body, when bodies are recorded."""

    def as_dict(self) -> dict[str, Any]:
        """Return the request as a dictionary, for JSON."""
        return asdict(self)


class Log:
    """The latest requests, and counters of all requests."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: deque[LoggedRequest] = deque(maxlen=KEPT)
        self._counts: Counter[tuple[str | None, int | None]] = Counter()

    def add(self, request: LoggedRequest) -> None:
        """Record a request."""
        with self._lock:
            self._requests.append(request)
            self._counts[request.route, request.status] += 1

    def requests(self) -> list[LoggedRequest]:
        """Return the latest requests, oldest first."""
        with self._lock:
            return list(self._requests)

    def count(self, route: str | None = None, status: int | None = None) -> int:
        """Return the number of requests, to one route or all, with one status or any."""
        with self._lock:
            return sum(n for (r, s), n in self._counts.items() if route in (None, r) and status in (None, s))

    def counts(self) -> dict[str, int]:
        """Return the number of requests by route; those to unknown routes count as `unknown`."""
        with self._lock:
            result: Counter[str] = Counter()
            for (route, _), n in self._counts.items():
                result[route or "unknown"] += n
        return dict(sorted(result.items()))

    def clear(self) -> None:
        """Remove all requests and reset the counters."""
        with self._lock:
            self._requests.clear()
            self._counts.clear()


def key_id(api_key: str | None) -> str | None:
    """Return a digest of a key that identifies it without revealing it; None without a key."""
    return hashlib.sha256(api_key.encode()).hexdigest()[:8] if api_key else None


def masked(value: Any) -> Any:
    """Return a body with the values of secret keys masked."""
    if isinstance(value, dict):
        return {k: MASK if is_secret_field(k) and v is not None else masked(v) for k, v in value.items()}
    if isinstance(value, list):
        return [masked(v) for v in value]
    return value

"""The interface through which HTTP requests are sent (`Transport`), and an implementation for tests.

The real implementation is in `_http.py`. A transport sends one request, follows no redirect and retries nothing. It
returns a `Response` for every HTTP answer and raises a subclass of `TransportError` when there is none.
"""

from __future__ import annotations

import ipaddress
import json as jsonlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlsplit

from ._errors import UsageError
from ._redact import SafeHeaders


@dataclass(frozen=True)
class Response:
    """An HTTP answer: `status`, `headers` with names in lower case, the whole `body`."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @classmethod
    def of(cls, status: int, value: Any, headers: Mapping[str, str] | None = None) -> Response:
        """Return an answer with a JSON body."""
        lower = {name.lower(): text for name, text in (headers or {}).items()}
        return cls(status, {"content-type": "application/json", **lower}, jsonlib.dumps(value).encode())


class Transport(Protocol):
    """The interface of a sender of single requests.

    `timeout` is (connect, read) in seconds; the answer must be complete within the second. `json=None` means no body.
    Raises `ConnectError` (nothing was sent), `RequestTimeout`, `ConnectionDropped` or `BadResponse` (the answer was cut
    off, or is longer than 16 MiB).
    """

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        params: Mapping[str, Any] | None,
        json: Any,
        timeout: tuple[float, float],
    ) -> Response: ...


def is_loopback(host: str | None) -> bool:
    """Return whether a host name is this machine: literally localhost, 127.0.0.0/8 or ::1."""
    if host is None:
        return False
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def encode_json(value: Any) -> bytes:
    """Return a request body as compact JSON. Raises `UsageError` for values that JSON cannot represent."""
    try:
        return jsonlib.dumps(value, separators=(",", ":"), allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        reason = str(error)
    raise UsageError(f"the request body cannot be written as JSON: {reason}")


@dataclass(frozen=True)
class SentRequest:
    """A request as `MockTransport` passes it to its handler. `path` is the percent-encoded path of the URL."""

    method: str
    url: str
    headers: Mapping[str, str]
    params: Mapping[str, Any]
    json: Any
    timeout: tuple[float, float]

    @property
    def path(self) -> str:
        return urlsplit(self.url).path


class MockTransport:
    """A transport without a network, for tests.

    `handler(request)` returns a `Response` or raises a `TransportError`. Every request is kept in `requests`, in order;
    the repr of their headers does not contain the key.
    """

    def __init__(self, handler: Callable[[SentRequest], Response]) -> None:
        self._handler = handler
        self._lock = threading.Lock()
        self.requests: list[SentRequest] = []

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        params: Mapping[str, Any] | None,
        json: Any,
        timeout: tuple[float, float],
    ) -> Response:
        """Call the handler with the request; see `Transport`.

        The body is encoded as JSON and decoded again, as on the wire.
        """
        body = None if json is None else jsonlib.loads(encode_json(json))
        request = SentRequest(method, url, SafeHeaders(headers), dict(params or {}), body, timeout)
        with self._lock:
            self.requests.append(request)
        return self._handler(request)

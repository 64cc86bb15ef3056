"""An answer, and its delivery by the server."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Answer:
    """Status, body and headers of one answer."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    media_type: str = "application/json"


@dataclass(frozen=True)
class Delivery:
    """An instruction to the server how to send an answer: after `delay` seconds, and with `broken` in its way.

    Without an answer the server closes the connection.
    """

    answer: Answer | None
    delay: float = 0.0
    broken: Callable[[Any, Answer], Awaitable[None]] | None = None
    """Sends the answer over a `_broken.Wire`; None: the answer is sent as it should be."""


class Stopping(Exception):
    """Error: the server is being stopped while a request waits."""


def json_answer(status: int, value: Any, headers: dict[str, str] | None = None) -> Answer:
    """Return an answer whose body is `value` as JSON."""
    return Answer(status, json.dumps(value, separators=(",", ":")).encode(), headers or {})

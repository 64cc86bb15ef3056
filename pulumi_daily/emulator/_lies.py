"""False lists, because a test requested them: objects are missing or doubled, or the total is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ._answer import Answer

Lie = Callable[[dict[str, Any], str], None]
"""Changes the JSON object of a list's answer, in which a key has the objects."""


def tell(answer: Answer, lie: Lie) -> Answer:
    """Return the answer with a false list. An answer without a list stays as it is."""
    body = json.loads(answer.body or b"null")
    # Some lists are bare arrays.
    envelope = {"data": body} if isinstance(body, list) else body
    key = next((key for key, value in (envelope or {}).items() if isinstance(value, list)), None)
    if answer.status != 200 or key is None:
        return answer
    lie(envelope, key)
    return replace(answer, body=json.dumps(envelope[key] if isinstance(body, list) else envelope).encode())


def without(every: int) -> Lie:
    """Return the lie that each `every`-th object of a page does not exist. Raises `ValueError` for less than 1."""
    if every < 1:
        raise ValueError("every must be at least 1")

    def lie(envelope: dict[str, Any], key: str) -> None:
        envelope[key] = [item for number, item in enumerate(envelope[key], 1) if number % every]

    return lie


def doubled(envelope: dict[str, Any], key: str) -> None:
    """List each object of a page twice."""
    envelope[key] = [item for item in envelope[key] for _ in range(2)]


def miscounted(by: int) -> Lie:
    """Return the lie that a list has `by` more objects (negative: fewer) in all. Raises `ValueError` for 0."""
    if not by:
        raise ValueError("by must not be 0")

    def lie(envelope: dict[str, Any], key: str) -> None:
        for total in ("total_count", "total"):
            if total in envelope:
                envelope[total] = max(0, envelope[total] + by)

    return lie

"""What is right by its type and was most likely meant otherwise. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from .fields import TEN_YEARS, Fields, UnixSeconds
from .validation import known_settings
from .values import Path

_YEAR = 31_556_952
"""Seconds of a mean year of the calendar."""
_LARGEST = 2**53
"""What is larger is a failure of check."""


def far_moments(model: type[Fields], inputs: Mapping[str, Any], now: float) -> list[tuple[Path, str]]:
    """Return ``(path, sentence without subject)`` for each moment that lies more than ten years after ``now``.

    ``inputs`` are checked inputs of the kind whose field model is ``model``; ``now`` is in unix seconds. Whoever gives
    milliseconds makes a room or a token that lives for tens of thousands of years.
    """
    return [
        (
            path,
            f"lies in the year {1970 + value // _YEAR}, more than ten years ahead; moments are in unix seconds, "
            "not in milliseconds",
        )
        for path, entry, value in known_settings(model, inputs)
        if isinstance(value, int) and now + TEN_YEARS < value <= _LARGEST and UnixSeconds in get_args(entry.annotation)
    ]

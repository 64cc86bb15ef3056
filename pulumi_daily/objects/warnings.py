"""Finds values of the right type that are most likely mistakes. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from .fields import TEN_YEARS, Fields, UnixSeconds
from .validation import known_settings
from .values import Path

_YEAR = 31_556_952
"""The seconds of a mean calendar year."""
_LARGEST = 2**53
"""The largest valid value; check refuses larger ones."""


def far_moments(model: type[Fields], inputs: Mapping[str, Any], now: float) -> list[tuple[Path, str]]:
    """Return ``(path, sentence without subject)`` for each time that is more than ten years after ``now``.

    ``inputs`` are checked inputs of the kind with the field model ``model``; ``now`` is in Unix seconds. The usual
    mistake is a time in milliseconds: a room or token with it would be valid for tens of thousands of years.
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

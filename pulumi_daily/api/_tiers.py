"""Daily's rate limits as data.

Source: Daily's REST API documentation, "Rate limits". It gives two numbers for each tier, a rate and a count per window
("20 requests per second, or 100 over a 5 second window"). Both have the same average, and only the window limits: a
burst inside it is allowed. Therefore only the windows are listed here, and `Limiter` lets bursts pass.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Window:
    """A limit of at most `limit` requests in any `seconds` seconds."""

    limit: int
    seconds: float

    def __str__(self) -> str:
        return f"{self.limit} requests per {self.seconds:g} s"


@dataclass(frozen=True)
class Tier:
    """A class of routes that share one budget: all `windows` apply at the same time."""

    name: str
    windows: tuple[Window, ...]
    note: str

    def __str__(self) -> str:
        return f"tier {self.name}: " + (", ".join(map(str, self.windows)) or "no limit")


_A = (Window(100, 5.0),)

TIERS: Mapping[str, Tier] = MappingProxyType(
    {
        tier.name: tier
        for tier in (
            Tier("A", _A, "20/s on average; every route that is in no other tier"),
            Tier("B", (Window(50, 30.0),), "about 2/s; DELETE /rooms/:name and GET /recordings"),
            Tier("C", (Window(5, 5.0),), "about 1/s; starting a recording, a live stream, a call out"),
            # Documented as wider than single calls, without a number: A's windows are the widest known ones.
            Tier("batch", _A, "/batch/rooms; no published number"),
        )
    }
)

"""Daily's rate limits as data.

Source: Daily's REST API documentation, "Rate limits". It gives two limits for each tier ("20 requests per second, or
100 requests over a 5 second window"). A server can enforce either of them, or both. Both are kept.
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
        return f"{self.limit} request{'s' if self.limit > 1 else ''} per {self.seconds:g} s"


@dataclass(frozen=True)
class Tier:
    """A class of routes that share one budget: all `windows` apply at the same time.

    `within` is the name of another tier, in which each request of this tier counts as well.
    """

    name: str
    windows: tuple[Window, ...]
    note: str
    within: str | None = None

    def __str__(self) -> str:
        return f"tier {self.name}: " + (", ".join(map(str, self.windows)) or "no limit")


_A = (Window(20, 1.0), Window(100, 5.0))

TIERS: Mapping[str, Tier] = MappingProxyType(
    {
        tier.name: tier
        for tier in (
            Tier("A", _A, "every route that is in no other tier"),
            Tier("B", (Window(2, 1.0), Window(50, 30.0)), "DELETE /rooms/:name and GET /recordings"),
            Tier("C", (Window(1, 1.0), Window(5, 5.0)), "starting a recording, a live stream, a call out"),
            # Documented as "higher" than single calls, without a number, and without saying whether these requests
            # count in tier A as well. A's windows are the widest known ones.
            Tier("batch", _A, "/batch/rooms; no published number", within="A"),
        )
    }
)

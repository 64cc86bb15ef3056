"""Daily's rate limits with real windows (Daily: "Rate limits"), per API key and tier."""

from __future__ import annotations

from collections import deque

from ._clock import Clock
from ._switches import Switches

TIERS: dict[str, tuple[int, float]] = {
    "A": (100, 5.0),
    "B": (50, 30.0),
    "C": (5, 5.0),
    # "Higher effective limits" than single calls, without a number: a separate budget, as wide as the widest tier.
    "batch": (100, 5.0),
}
"""The limit of each tier: number of requests and seconds."""


class Rates:
    """Counters of the requests of each key in each tier."""

    def __init__(self, clock: Clock, switches: Switches, enabled: bool = True) -> None:
        self._clock = clock
        self._switches = switches
        self.enabled = enabled
        self._taken: dict[tuple[str, str], deque[float]] = {}

    def take(self, key: str, tier: str) -> float | None:
        """Count a request, and return None if it is within the limit; else return the seconds until it would be.

        A switch decides whether a refused request counts too.
        """
        if not self.enabled:
            return None
        limit, span = TIERS[tier]
        now = self._clock.monotonic()
        taken = self._taken.setdefault((key, tier), deque())
        start = now - now % span if self._switches.rate_window == "fixed" else now - span
        if taken and taken[-1] > now:
            taken.clear()  # the clock was set back
        # A fixed window includes its first moment; a sliding one excludes a request that is exactly `span` old.
        while taken and (taken[0] < start or (taken[0] == start and self._switches.rate_window == "sliding")):
            taken.popleft()
        if len(taken) < limit:
            taken.append(now)
            return None
        if self._switches.refused_requests_count:
            taken.append(now)
        if self._switches.rate_window == "fixed":
            return start + span - now
        return taken[len(taken) - limit] + span - now

    def used(self) -> dict[str, int]:
        """Return the number of requests counted within the last span of each tier, summed over keys."""
        now = self._clock.monotonic()
        result = dict.fromkeys(TIERS, 0)
        for (_, tier), taken in self._taken.items():
            result[tier] += sum(1 for at in taken if at > now - TIERS[tier][1])
        return result

    def clear(self) -> None:
        """Remove all counted requests."""
        self._taken.clear()

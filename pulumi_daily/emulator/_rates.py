"""Daily's rate limits with real windows (Daily: "Rate limits"), per API key and tier."""

from __future__ import annotations

from collections import deque

from ._clock import Clock
from ._switches import Switches

TIERS: dict[str, tuple[tuple[int, float], ...]] = {
    "A": ((20, 1.0), (100, 5.0)),
    "B": ((2, 1.0), (50, 30.0)),
    "C": ((1, 1.0), (5, 5.0)),
    # "Higher effective limits" than single calls, without a number: as wide as the widest tier.
    "batch": ((20, 1.0), (100, 5.0)),
}
"""The windows of each tier, the longest one last: number of requests and seconds."""


class Rates:
    """Counters of the requests of each key in each tier."""

    def __init__(self, clock: Clock, switches: Switches, enabled: bool = True) -> None:
        self._clock = clock
        self._switches = switches
        self.enabled = enabled
        self._taken: dict[tuple[str, str], deque[float]] = {}

    def take(self, key: str, tier: str) -> float | None:
        """Count a request, and return None if it is within the limits; else return the seconds until it would be.

        Switches decide which windows apply, and whether a refused request counts too.
        """
        if not self.enabled:
            return None
        literal = self._switches.rate_reading == "literal"
        now = self._clock.monotonic()
        names = {tier, "A"} if literal and tier == "batch" else {tier}
        counters = {name: self._counter(key, name, now) for name in names}
        wait = max(
            self._wait(counter, now, *window)
            for name, counter in counters.items()
            for window in (TIERS[name] if literal else TIERS[name][-1:])
        )
        if not wait or self._switches.refused_requests_count:
            for counter in counters.values():
                counter.append(now)
        return wait or None

    def _counter(self, key: str, tier: str, now: float) -> deque[float]:
        """Return the times of the requests of a key in a tier that one of its windows may still contain, in order."""
        taken = self._taken.setdefault((key, tier), deque())
        if taken and taken[-1] > now:
            taken.clear()  # the clock was set back
        while taken and taken[0] <= now - TIERS[tier][-1][1]:
            taken.popleft()
        return taken

    def _wait(self, taken: deque[float], now: float, limit: int, span: float) -> float:
        """Return the seconds until a window of `limit` requests in `span` seconds has a free place; 0 if it has one."""
        if len(taken) < limit:
            return 0.0
        if self._switches.rate_window == "sliding":
            # A request that is exactly `span` seconds old is not in the window.
            return max(0.0, taken[-limit] + span - now)
        start = now - now % span
        return start + span - now if taken[-limit] >= start else 0.0

    def used(self) -> dict[str, int]:
        """Return the number of requests counted within the longest window of each tier, summed over keys."""
        now = self._clock.monotonic()
        result = dict.fromkeys(TIERS, 0)
        for (_, tier), taken in self._taken.items():
            result[tier] += sum(1 for at in taken if at > now - TIERS[tier][-1][1])
        return result

    def clear(self) -> None:
        """Remove all counted requests."""
        self._taken.clear()

"""A client-side limiter that keeps inside Daily's windows before the server has to say 429.

What it promises: no window of a tier, counted as a *sliding* window anywhere on the time axis, ever holds
more requests than its limit. Whether the server counts sliding or fixed windows is not documented; a fixed
window is one of the sliding ones, so both are satisfied. Bursts inside a window are let through at once
(100 requests of tier A start without any wait, the 101st waits for the first to leave the window), because
the window is what binds and a preview of a few dozen requests should not take seconds.

When a request counts: the server counts it somewhere between its sending and its answer. `slot()` therefore
keeps the request "in flight" for the time of the call and enters it into the window when the call ends,
which is never earlier than the server's count. The price is one round trip per window. `acquire()` counts
the moment of its return.

After a 429 (`penalise`) somebody else is using the budget too: the whole tier pauses, then goes on with
half of its budget, which grows back linearly over ten windows.
"""

from __future__ import annotations

import threading
import time
from bisect import insort
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from ._errors import ConfigurationError, UsageError
from ._tiers import TIERS, Tier, Window

GUARD = 0.01  # seconds added to each window: clock granularity, and windows that count both their ends
NOTICE = 3.0  # a wait longer than this many seconds is worth a log line ...
NOTICE_EVERY = 10.0  # ... but not from every thread: one per tier in this many seconds
PAUSE = 1.0  # pause after a 429 when nobody says how long
FLOOR = 1 / 8  # repeated 429s never take a tier below this part of its budget
RECOVERY = 10  # windows until the full budget is back after a pause


class _Waiter:
    """A place in a tier's queue; `at` is the time planned for it."""

    at = 0.0


class _State:
    """What is known of one tier: when requests were counted, how many are in flight, who waits, what was
    penalised.
    """

    def __init__(self, tier: Tier) -> None:
        self.tier = tier
        self.counted: list[float] = []
        self.flying = 0
        self.queue: list[_Waiter] = []
        self.paused_until = float("-inf")
        self.factor = 1.0
        self.noticed = float("-inf")
        self.keep = max((window.limit for window in tier.windows), default=0)
        self.longest = max((window.seconds for window in tier.windows), default=0.0)

    def count(self, at: float) -> None:
        insort(self.counted, at)
        del self.counted[: -self.keep or None]


class Limiter:
    """Shares the budget of each tier among threads, first come first served.

    `share` (over 0, up to 1) is the part of Daily's limits to use, so that production traffic with the same
    key keeps the rest. `log` gets one line when a wait is longer than about 3 s. `clock` and `sleep` count
    seconds. One limiter per API key and process is right; it knows nothing of other processes, for them the
    429 rules apply.

    Threads wait outside the lock: each waiter has a planned time, and plans are made anew whenever one
    wakes up.
    """

    def __init__(
        self,
        *,
        share: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        log: Callable[[str], None] | None = None,
        tiers: Mapping[str, Tier] = TIERS,
    ) -> None:
        if not 0 < share <= 1:
            raise ConfigurationError(f"the rate share must be over 0 and at most 1, not {share!r}")
        self.share = share
        self._clock = clock
        self._sleep = sleep
        self._log = log
        self._lock = threading.Lock()
        self._states = {name: _State(tier) for name, tier in tiers.items()}

    @classmethod
    def unlimited(
        cls, *, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
    ) -> Limiter:
        """A limiter without windows (tests, a domain whose `disable_rate_limiting` is on); a 429 still
        pauses.
        """
        tiers = {name: Tier(name, (), tier.note) for name, tier in TIERS.items()}
        return cls(clock=clock, sleep=sleep, tiers=tiers)

    def acquire(self, tier: str) -> float:
        """Wait until a request of that tier may be sent, count it now, and return the seconds waited."""
        return self._enter(self._state(tier), flying=False)

    @contextmanager
    def slot(self, tier: str) -> Iterator[float]:
        """Around one request: waits before it, counts it at its end. Gives the seconds waited."""
        state = self._state(tier)
        waited = self._enter(state, flying=True)
        try:
            yield waited
        finally:
            with self._lock:
                state.flying -= 1
                state.count(self._clock())

    def penalise(self, tier: str, retry_after: float | None = None) -> None:
        """Pause a tier for `retry_after` seconds after a 429 and halve its budget; it recovers by itself.

        Several 429s during one pause are one incident (requests that were in flight together).
        """
        state = self._state(tier)
        with self._lock:
            now = self._clock()
            if now >= state.paused_until:
                state.factor = max(FLOOR, self._factor(state, now) / 2)
            pause = PAUSE if retry_after is None else max(0.0, retry_after)
            state.paused_until = max(state.paused_until, now + pause)

    def budget(self, tier: str) -> tuple[Window, ...]:
        """The windows in force for a tier at this moment: Daily's, times the share, times what a 429 left
        of it.
        """
        state = self._state(tier)
        with self._lock:
            return self._windows(state, self._clock())

    def _state(self, tier: str) -> _State:
        if tier not in self._states:
            raise UsageError(f"there is no rate tier {tier!r}; known are: {', '.join(sorted(self._states))}")
        return self._states[tier]

    def _factor(self, state: _State, now: float) -> float:
        if state.factor == 1.0 or not state.longest:
            return 1.0
        grown = max(0.0, now - state.paused_until) / (RECOVERY * state.longest)
        return min(1.0, state.factor + (1.0 - state.factor) * grown)

    def _windows(self, state: _State, now: float) -> tuple[Window, ...]:
        part = self.share * self._factor(state, now)
        return tuple(_scaled(window, part) for window in state.tier.windows)

    def _plan(self, state: _State, now: float) -> None:
        """Give everyone in the queue, in order, the earliest time that keeps all windows."""
        windows = self._windows(state, now)
        # Those in flight will be counted now at the earliest; a later end is seen when the plan is made anew.
        taken = state.counted + [now] * state.flying
        at = max(now, state.paused_until)
        for waiter in state.queue:
            for window in windows:
                if len(taken) >= window.limit:
                    at = max(at, taken[-window.limit] + window.seconds + GUARD)
            waiter.at = at
            taken.append(at)

    def _enter(self, state: _State, *, flying: bool) -> float:
        me = _Waiter()
        with self._lock:
            asked = self._clock()
            state.queue.append(me)
        try:
            while True:
                with self._lock:
                    now = self._clock()
                    self._plan(state, now)
                    wait = me.at - now
                    if wait <= 1e-6:  # not 0: now + wait may fall short of me.at by rounding
                        state.queue.remove(me)
                        if flying:
                            state.flying += 1
                        else:
                            state.count(now)
                        return now - asked
                    line = self._notice(state, now, wait)
                if line and self._log:
                    self._log(line)
                self._sleep(wait)
        except BaseException:
            with self._lock:
                state.queue.remove(me)
            raise

    def _notice(self, state: _State, now: float, wait: float) -> str | None:
        if wait <= NOTICE or now - state.noticed < NOTICE_EVERY:
            return None
        state.noticed = now
        if state.paused_until > now:
            return f"waiting {wait:.0f} s because Daily asked to slow down ({state.tier})"
        return f"waiting {wait:.0f} s to stay within Daily's rate limits ({state.tier})"


def _scaled(window: Window, part: float) -> Window:
    """A part of a window's budget: fewer requests, or, below one request, a longer window."""
    budget = window.limit * part
    if budget >= 1:
        return Window(int(budget + 1e-9), window.seconds)
    return Window(1, window.seconds / budget)

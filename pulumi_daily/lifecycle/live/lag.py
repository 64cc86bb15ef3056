"""Decides for how long an absence may only mean that Daily's reads do not show a new object yet.

A read that is answered by a replica may lag behind the write: the object answers 404, and no list contains it. An
object that was created less than `seconds` and a minute ago, by Daily's clock, therefore counts as missing only after
a read that began `seconds` after the first one.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator

FIRST_PAUSE = 0.5
"""Seconds of the first pause; each further one is twice as long."""
SKEW = 60.0
"""Seconds by which the clocks of Daily's servers, and of what stands before them, may differ."""
RECENT = 600.0
"""Seconds after the lag for which an absence is read once more: a snapshot may have read it earlier, within the lag."""


class ReadLag:
    """The lag of an account's reads. ``seconds`` is the longest one that is expected; 0 means that there is none.

    ``server_time`` returns bounds of Daily's time (see ``Client.server_time``); ``pause`` waits for seconds.
    """

    def __init__(
        self,
        seconds: float = 0.0,
        *,
        server_time: Callable[[], tuple[float, float] | None],
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.seconds = seconds
        self._server_time = server_time
        self._pause = pause

    def stamp(self, now: float) -> int | None:
        """Return the time of a creation that was just answered, in Unix seconds, rounded up; None without a lag.

        ``now`` is this machine's time, for a server that does not tell its own.
        """
        return math.ceil(self._bounds(now)[1]) if self.seconds else None

    def reads(self, since: float | None, now: Callable[[], float]) -> Iterator[bool]:
        """Yield for each read that an absence needs, of an object created at ``since``: False first, then True.

        True means that Daily must be asked anew, after a pause while the object may not be visible yet. The pauses take
        ``seconds`` in all, by this machine's clock: those of two servers may differ. Only the first read is needed if
        the object is not recent, or ``since`` is None.
        """
        over = now() if since is None else self._bounds(now())[0] - since - self.seconds
        yield False
        if since is None or not self.seconds or not over < RECENT:
            return
        left, pause = self.seconds if over < SKEW else 0.0, FIRST_PAUSE
        while left > 0:
            pause = min(pause, left)
            self._pause(pause)
            left, pause = left - pause, 2 * pause
            yield True
        if over >= SKEW:
            yield True

    def _bounds(self, now: float) -> tuple[float, float]:
        return self._server_time() or (now, now)

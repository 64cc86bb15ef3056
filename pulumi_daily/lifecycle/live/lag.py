"""Decides for how long an absence may only mean that Daily's reads do not show a new object yet.

A read that is answered by a replica may lag behind the write: the object answers 404, and no list contains it. An
object therefore counts as missing only after a read that began when `seconds` had passed since its creation, by Daily's
clock.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator

FIRST_PAUSE = 0.5
MOST_PAUSES = 10
"""Each pause is twice as long as the one before: these last longer than the longest lag that can be configured."""
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

        True means that Daily must be asked anew. It follows a pause while the object may not be visible yet. Only the
        first read is needed if the object is not recent, or ``since`` is None.
        """
        yield False
        pause = FIRST_PAUSE
        for _ in range(MOST_PAUSES if self._is_recent(since, now()) else 0):
            left = self._left(since, now())
            if left > 0:
                self._pause(min(pause, left))
                pause *= 2
            ended = self._left(since, now()) <= 0
            yield True
            if ended:
                return

    def _is_recent(self, since: float | None, now: float) -> bool:
        # A time much later than now says nothing: the server's clock was set back.
        return bool(since and self.seconds and -RECENT < self._left(since, now) <= 2 * self.seconds + 1)

    def _left(self, since: float | None, now: float) -> float:
        """Return the seconds until an object must be visible; at most 0 if it must be now."""
        return (since or 0.0) + self.seconds - self._bounds(now)[0]

    def _bounds(self, now: float) -> tuple[float, float]:
        return self._server_time() or (now, now)

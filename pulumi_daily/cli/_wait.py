"""Waiting for Ctrl-C in commands that serve."""

from __future__ import annotations

import signal
import sys
import threading
from types import FrameType


class _Ended(BaseException):
    """Ctrl-C or SIGTERM."""


def wait() -> None:
    """Until Ctrl-C or SIGTERM. What was printed so far is shown first; the handlers are put back at the end."""

    def end(signum: int, frame: FrameType | None) -> None:
        raise _Ended

    sys.stdout.flush()
    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        threading.Event().wait()
    except _Ended:
        pass
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

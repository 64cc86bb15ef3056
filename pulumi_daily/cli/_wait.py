"""Waits for Ctrl-C, in commands that run a server."""

from __future__ import annotations

import signal
import sys
import threading
from types import FrameType


class _Ended(BaseException):
    """Ctrl-C or SIGTERM as an exception."""


def wait() -> None:
    """Wait until Ctrl-C or SIGTERM. The output so far is flushed first; the old handlers are restored at the end."""

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

"""A lock that a forked child never inherits locked."""

from __future__ import annotations

import os
import threading


class ProcessLock:
    """A lock among the threads of one process: `with lock(): ...`.

    The child of a fork has its own, which is free even if a thread of the parent held it at that moment.
    """

    def __init__(self) -> None:
        self._of_process: dict[int, threading.Lock] = {}

    def __call__(self) -> threading.Lock:
        """Return this process's lock."""
        return self._of_process.setdefault(os.getpid(), threading.Lock())

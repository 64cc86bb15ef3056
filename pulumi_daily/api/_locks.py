"""A lock that the child of a fork never inherits in locked state."""

from __future__ import annotations

import os
import threading


class ProcessLock:
    """A lock among the threads of one process: `with lock(): ...`.

    The child of a fork has its own lock, which is free even if a thread of the parent had locked the parent's one.
    """

    def __init__(self) -> None:
        self._of_process: dict[int, threading.Lock] = {}

    def __call__(self) -> threading.Lock:
        """Return this process's lock."""
        return self._of_process.setdefault(os.getpid(), threading.Lock())

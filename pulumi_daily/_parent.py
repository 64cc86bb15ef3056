"""Ends a provider whose parent, the process that started it, is gone.

After a SIGKILL of Pulumi's CLI, a provider would go on: its waits end, its writes happen, and nobody records them.
Therefore it sends nothing more as soon as it has another parent process, and ends once no request is under way.

It is not noticed on Windows, where a process keeps the number of its parent, nor where something between the CLI and
the provider lives on: the CLI starts dynamic providers through a shell script, and that shell survives it (measured).
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable

from .api import Stop

GONE = "the process that started this provider has ended"
PAUSE = 0.5
"""Seconds between two looks at the parent."""


def is_dynamic_provider() -> bool:
    """Return whether this process is one that Pulumi started for dynamic providers."""
    spec = getattr(sys.modules.get("__main__"), "__spec__", None)
    return getattr(spec, "name", "") == "pulumi.dynamic.__main__"


def stop_without_parent(
    stop: Stop,
    *,
    parent: Callable[[], int] = os.getppid,
    leave: Callable[[int], object] = os._exit,
    sleep: Callable[[float], None] = time.sleep,
) -> threading.Thread:
    """Start a thread that watches the parent of this process, and return it.

    When the parent changes, ``stop`` is set, and the process is left once its requests have been answered.
    """
    first = parent()

    def watch() -> None:
        while parent() == first:
            sleep(PAUSE)
        stop.set(GONE)
        while stop.in_flight:
            sleep(PAUSE)
        leave(1)

    thread = threading.Thread(target=watch, name="pulumi-daily-parent", daemon=True)
    thread.start()
    return thread

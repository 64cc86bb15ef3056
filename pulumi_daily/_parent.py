"""Ends a provider process once Pulumi, which started it, is gone.

After a SIGKILL of Pulumi's CLI, a provider would go on: its waits end, its writes happen, and nobody records them.
Therefore it sends nothing more as soon as Pulumi is gone, and ends once no request is under way.

Two things show that Pulumi is gone. The process has another parent: not on Windows, where a process keeps the number
of its parent, and not for dynamic providers, which the CLI starts through a shell script that survives it. Or nobody
listens at the address of Pulumi's engine, which is an argument of each provider process.
"""

from __future__ import annotations

import contextlib
import os
import re
import socket
import sys
import threading
import time
from collections.abc import Callable, Sequence

from .api import Stop

GONE = "Pulumi, which started this provider, has ended"
PAUSE = 0.5
"""Seconds between two looks, each of which connects to the engine."""
REFUSALS = 3
"""Refused connections in a row after which the engine is gone: one alone may be a full queue of a busy machine."""
CONNECT_SECONDS = 2.0

_LOOPBACK = re.compile(r"(127(?:\.\d{1,3}){3}|localhost|\[::1\]):(\d{1,5})")


def is_dynamic_provider() -> bool:
    """Return whether this process is one that Pulumi started for dynamic providers."""
    spec = getattr(sys.modules.get("__main__"), "__spec__", None)
    return getattr(spec, "name", "") == "pulumi.dynamic.__main__"


def is_refused(host: str, port: int) -> bool | None:
    """Return whether a connection to this address is refused; None after another failure, which proves nothing."""
    try:
        with contextlib.closing(socket.create_connection((host, port), CONNECT_SECONDS)):
            return False
    except ConnectionRefusedError:
        return True
    except OSError:
        return None


def pulumi_gone(
    arguments: Sequence[str],
    *,
    parent: Callable[[], int] = os.getppid,
    refused: Callable[[str, int], bool | None] = is_refused,
) -> Callable[[], bool]:
    """Return a function that looks whether Pulumi is gone, for a provider process with these arguments.

    It looks at the parent alone while no connection to the engine has succeeded, and if there is no loopback address
    among the arguments: further away, a refusal may have other reasons.
    """
    first = parent()
    addresses = [found for found in map(_LOOPBACK.fullmatch, arguments) if found]
    host, port = addresses[-1].groups() if addresses else ("", "")
    in_a_row, was_there = 0, False

    def gone() -> bool:
        nonlocal in_a_row, was_there
        if parent() != first:
            return True
        answer = refused(host.strip("[]"), int(port)) if host else None
        was_there = was_there or answer is False
        in_a_row = in_a_row + 1 if answer else 0
        return was_there and in_a_row >= REFUSALS

    return gone


def stop_without_pulumi(
    stop: Stop,
    gone: Callable[[], bool],
    *,
    leave: Callable[[int], object] = os._exit,
    sleep: Callable[[float], None] = time.sleep,
) -> threading.Thread:
    """Start a thread that asks ``gone`` again and again, and return it.

    When Pulumi is gone, ``stop`` is set, and the process is left once its requests have been answered.
    """

    def watch() -> None:
        while not gone():
            sleep(PAUSE)
        stop.set(GONE)
        while stop.in_flight:
            sleep(PAUSE)
        leave(1)

    thread = threading.Thread(target=watch, name="pulumi-daily-parent", daemon=True)
    thread.start()
    return thread

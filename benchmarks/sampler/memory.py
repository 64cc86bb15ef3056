"""Records what a provider process holds: the peak of its memory, and the most threads and descriptors.

Imported by `sitecustomize.py` in a provider process that `load.py` measures. The figures are written to the file
BENCH_MEMORY five times a second, as JSON, because the process may be killed.
"""

from __future__ import annotations

import json
import os
import threading
import time
from pathlib import Path

PERIOD = 0.2


def peak() -> int:
    """Return the peak of this process's resident memory since its start, in KiB (Linux)."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))


def record(path: str) -> None:
    """Write the figures until the process ends."""
    most = {"kib": 0, "threads": 0, "descriptors": 0}
    while True:
        now = (peak(), threading.active_count() - 1, len(os.listdir("/proc/self/fd")))
        most = {name: max(before, found) for (name, before), found in zip(most.items(), now, strict=True)}
        with open(f"{path}.new", "w", encoding="utf-8") as file:
            json.dump(most, file)
        os.replace(f"{path}.new", path)
        time.sleep(PERIOD)

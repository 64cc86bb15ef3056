"""Samples the threads of a provider process, from its first moment to its last; started by `profile_provider.py`.

About every millisecond, the stack of each thread that is not idle is counted by the place where it spends its time. The
counts are written to the file BENCH_SAMPLES twice a second, as JSON, because the process may be killed. With
BENCH_MEMORY, which `load.py` sets, its memory is recorded instead (`memory.py`).
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections import Counter
from types import FrameType

PERIOD = 0.001
WRITE = 0.5
WAITS = ("threading", "concurrent", "selectors", "socket", "ssl", "queue")
AREAS = ("pulumi_daily", "google", "grpc", "pulumi", "dill", "urllib3", "requests", "pydantic", "asyncio", "json")


def place(frame: FrameType, main: bool) -> str | None:
    """Return the place where a thread is, as `who: what`; None for an idle thread. `main`: it is the main thread."""
    names = []
    walk: FrameType | None = frame
    while walk is not None:
        names.append((walk.f_globals.get("__name__", "?"), walk.f_code.co_name))
        walk = walk.f_back
    modules = [name for name, _ in names]
    functions = {(name.rpartition(".")[2], function) for name, function in names}
    top, function = names[0]
    if ("thread", "_worker") in functions and not any(
        name == "__main__" or "pulumi.dynamic" in name for name in modules
    ):
        return None
    if (main and function == "wait") or (top == "grpc._server" and function.startswith("_serve")):
        return None  # the main thread waits for the end, gRPC's for calls
    if any(name.startswith("importlib") for name in modules):
        loaded = next((n for n in modules if n.partition(".")[0] in AREAS), top)
        return f"start-up: importing {loaded.partition('.')[0]}"
    if ("_limits", "_enter") in functions and top.partition(".")[0] in ("pulumi_daily", *WAITS):
        return "waiting: Daily's rate limits"
    if ("coalesce", "__call__") in functions and top == "threading":
        return "waiting: for the batch that others send"
    if top.endswith(("live.coalesce", "live.account")) and function in ("__call__", "live_domain"):
        # At a lock: its owner waits for an answer, or for more calls.
        return f"waiting: for {'the batch before' if function == '__call__' else 'the domain, asked for by another'}"
    if ("snapshot", "find") in functions and top.endswith("snapshot") and function == "find":
        return "waiting: for the list that another thread reads"
    if top == "socket" or (top == "ssl" and function in ("read", "recv_into")):
        return "waiting: for Daily's answer"
    for name in modules:
        first, _, rest = name.partition(".")
        if first == "pulumi_daily":
            return f"own: {rest}"
        if first in AREAS:
            return f"libraries: {first}"
    return f"other: {top}"


def sample(path: str) -> None:
    """Sample all threads until the process ends."""
    counts: Counter[str] = Counter()
    me, main = threading.get_ident(), threading.main_thread().ident
    written = time.monotonic()
    while True:
        for ident, frame in sys._current_frames().items():
            if ident != me:
                found = place(frame, ident == main)
                if found:
                    counts[found] += 1
        if time.monotonic() - written > WRITE:
            written = time.monotonic()
            with open(f"{path}.new", "w", encoding="utf-8") as file:
                json.dump(counts, file)
            os.replace(f"{path}.new", path)
        time.sleep(PERIOD)


if os.environ.get("BENCH_SAMPLES") and "pulumi.dynamic" in sys.orig_argv:
    threading.Thread(target=sample, args=(os.environ["BENCH_SAMPLES"],), daemon=True).start()

if os.environ.get("BENCH_MEMORY") and "pulumi.dynamic" in sys.orig_argv:
    from memory import record

    threading.Thread(target=record, args=(os.environ["BENCH_MEMORY"],), daemon=True).start()

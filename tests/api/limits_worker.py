"""A process of its own for the tests of the shared limiter; prints `start end` (monotonic seconds) of each request.

    limits_worker.py FOLDER KEY LIMIT SECONDS COUNT DURATION [THREADS [wait]]

`COUNT` requests that take `DURATION` seconds each, under one window of `LIMIT` in `SECONDS`. With `wait`, it says that
it is ready, and begins when it is sent a line.
"""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

from pulumi_daily.api import Limiter, Tier, Window
from pulumi_daily.api._shared import FileStore, limits_name


def say(*values: object) -> None:
    """One whole line, whoever else writes to the same pipe."""
    sys.stdout.write(" ".join(map(repr, values)) + "\n")
    sys.stdout.flush()


def main(
    folder: str, key: str, limit: str, seconds: str, count: str, duration: str, threads: str = "1", wait: str = ""
) -> None:
    tiers = {"T": Tier("T", (Window(int(limit), float(seconds)),), "")}
    store = FileStore(limits_name(key, "http://127.0.0.1"), Path(folder), log=sys.stderr.write)
    limiter = Limiter(tiers=tiers, store=store)
    left = iter(range(int(count)))
    lock = threading.Lock()

    def work() -> None:
        while True:
            with lock:
                if next(left, None) is None:
                    return
            with limiter.slot("T"):
                start = time.monotonic()
                with lock:
                    say(start)
                time.sleep(float(duration))
                end = time.monotonic()
            with lock:
                say(start, end)

    if wait:
        say("ready")
        sys.stdin.readline()
    workers = [threading.Thread(target=work) for _ in range(int(threads))]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


if __name__ == "__main__":
    main(*sys.argv[1:])

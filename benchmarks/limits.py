"""Measure what a decision about a rate limit costs: in memory, in the file of the machine, on a redis-server.

    python benchmarks/limits.py [REDIS_URL]

Without a URL it starts the `redis-server` on PATH. It prints the Markdown table of docs/rate-limits.md. One request is
two decisions (its turn and its end) without a wait.
"""

from __future__ import annotations

import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from pulumi_daily.api import Limiter, Tier, Window
from pulumi_daily.api._books import LocalBook, MemoryStore
from pulumi_daily.api._redis import RemoteBook, connect
from pulumi_daily.api._settings import checked_limits_url
from pulumi_daily.api._shared import FileStore

WIDE = {"T": Tier("T", (Window(100, 1e-9),), "")}  # as much to remember as in Daily's widest window, and no wait
REQUESTS = 2000


def measured(limiter: Limiter, threads: int) -> tuple[float, float]:
    """Return the decisions per second of all threads, and the median milliseconds of one request's two decisions."""
    times: list[float] = []

    def work() -> None:
        for _ in range(REQUESTS // threads):
            began = time.perf_counter()
            with limiter.slot("T") as waited:
                pass
            times.append(time.perf_counter() - began - waited)

    workers = [threading.Thread(target=work) for _ in range(threads)]
    began = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return 2 * len(times) / (time.perf_counter() - began), 1000 * statistics.median(times)


def main(url: str | None) -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        server = None
        if url is None:
            program = shutil.which("redis-server")
            if program is None:
                sys.exit("redis-server is not on PATH: give the URL of a server")
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                port = free.getsockname()[1]
            command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
            server = subprocess.Popen([*command, "--dir", folder], stdout=subprocess.DEVNULL)
            time.sleep(1)
            url = f"redis://127.0.0.1:{port}"
        try:
            print("| the ledgers are | threads | decisions per second | median time per request |\n|---|---|---|---|")
            for name in ("in memory", "in the file", "on a redis-server on loopback"):
                for threads in (1, 8):
                    store = MemoryStore() if name == "in memory" else FileStore("limits", Path(folder))
                    book = None
                    if "redis" in name:
                        spare = LocalBook(MemoryStore(), time.monotonic)
                        book = RemoteBook(f"benchmark:{threads}", connect(checked_limits_url(url)), spare, log=sys.exit)
                    rate, cost = measured(Limiter(tiers=WIDE, store=store, book=book), threads)
                    print(f"| {name} | {threads} | {rate:.0f} | {cost:.2f} ms |")
        finally:
            if server is not None:
                server.kill()
                server.wait()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)

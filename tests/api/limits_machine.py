"""A process on a machine of its own, for the tests of limits on a server: `limits_machine.py FOLDER API_URL THREADS`.

The key and the URL of the limits server are in the environment. It lists rooms until it is ended, and prints a line
for each answer: its status.
"""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

from pulumi_daily.api import ApiError, Client, Limiter, RetryPolicy


def main(folder: str, api_url: str, threads: str) -> None:
    key, limits_url = os.environ["KEY"], os.environ["LIMITS_URL"]
    limiter = Limiter.shared(key, api_url=api_url, folder=Path(folder), limits_url=limits_url, log=sys.stderr.write)
    lock = threading.Lock()

    def work() -> None:
        with Client(key, api_url=api_url, limiter=limiter, retry=RetryPolicy(limited_attempts=1)) as client:
            while True:
                try:
                    client.get_domain()
                    found = "200"
                except ApiError as error:
                    found = str(error.status)
                with lock:
                    sys.stdout.write(f"{found}\n")
                    sys.stdout.flush()

    for _ in range(int(threads)):
        threading.Thread(target=work, daemon=True).start()
    threading.Event().wait(60)


if __name__ == "__main__":
    main(*sys.argv[1:])

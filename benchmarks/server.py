"""The emulator in its own process, and its records of the requests."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import requests

from pulumi_daily.api import Client, Limiter

KEY = "benchmark-key"
SECONDS = 60.0


@dataclass(frozen=True)
class Requests:
    """The requests of one operation."""

    routes: Mapping[str, int]
    """The number of requests by route, `{"GET /rooms": 3, …}`."""
    refused: int
    """The number of requests that were answered with 429."""

    @property
    def total(self) -> int:
        return sum(self.routes.values())


class Server:
    """Daily's API with its rate limits and `latency` (seconds), in a domain that has `rooms` rooms already."""

    def __init__(self, latency: float, rooms: int = 0) -> None:
        command = [sys.executable, "-u", "-m", "pulumi_daily.cli", "emulator", "--port", "0", "--api-key", KEY]
        command += ["--latency", str(latency), "--rooms", str(rooms)]
        self.latency = latency
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert self._process.stdout is not None
        said = ""
        for line in self._process.stdout:
            said += line
            found = re.match(r"Control plane.*: (\S+)", line)
            if found:
                self._control = found[1]
                self.url = self._control.rpartition("/")[0] + "/v1"
                break
        else:
            raise RuntimeError(f"the emulator did not start: {said}")
        self._session = requests.Session()
        self._session.trust_env = False

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.communicate(timeout=SECONDS)

    def control(self, action: str, **arguments: Any) -> Any:
        """Send a request to the control plane, and return its JSON answer."""
        method, _, path = action.partition(" ")
        body = arguments if method == "POST" else None
        answer = self._session.request(method, self._control + path, json=body, timeout=SECONDS)
        answer.raise_for_status()
        return answer.json()

    def forget(self) -> None:
        """Remove all requests from the log."""
        self.control("POST /clear_log")

    def seen(self) -> Requests:
        """Return the requests since the last `forget`."""
        found = self.control("GET /requests")["requests"]
        routes = Counter(one["route"] or "unknown" for one in found)
        return Requests(dict(sorted(routes.items())), sum(1 for one in found if one["status"] == 429))

    def rooms(self) -> int:
        """Return the number of rooms."""
        return sum(len(domain["rooms"]) for domain in self.control("GET /state")["domains"].values())

    def settle(self) -> None:
        """Wait until all rate windows are empty. Raises `RuntimeError` if they are not after a minute."""
        end = time.monotonic() + SECONDS
        while any(self.control("GET /counts")["windows"].values()):
            if time.monotonic() > end:
                raise RuntimeError("the rate windows do not empty")
            time.sleep(0.1)
        time.sleep(0.1)

    def edit(self, name: str, **properties: Any) -> None:
        """Change a room as in the dashboard."""
        self.control("POST /edit", name=name, properties=properties)

    def seed(self, rooms: int) -> None:
        """Create rooms of another client, newer than all others."""
        self.control("POST /seed", n=rooms, prefix="stranger", created_at=time.time() + 3600)

    def refuse(self, times: int, after: int) -> None:
        """Answer `times` requests with 429, after `after` other requests."""
        self.control("POST /fault", kind="fail", route="*", status=429, times=times, after=after)

    def calm(self) -> None:
        """Remove all faults."""
        self.control("POST /clear_faults")

    def own_seconds(self) -> float:
        """Return the seconds that the server itself needs to return domain and list, page by page."""
        with Client(KEY, api_url=self.url, limiter=Limiter.unlimited()) as client:
            client.get_domain()
            started = time.perf_counter()
            client.get_domain()
            for _ in client.iter_rooms():
                pass
            return time.perf_counter() - started

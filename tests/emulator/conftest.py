"""A running emulator, emptied before each test, and a client of it that knows nothing of the package."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from pulumi_daily.emulator import Clock, Emulator

NOW = 1_800_000_000.0


class Http:
    """Plain requests against one base URL."""

    def __init__(self, url: str, key: str | None) -> None:
        self.url = url
        self.session = requests.Session()
        if key is not None:
            self.session.headers["Authorization"] = f"Bearer {key}"

    def __call__(self, method: str, path: str, body: Any = None, **more: Any) -> tuple[int, Any]:
        """Status and parsed body."""
        answer = self.raw(method, path, body, **more)
        return answer.status_code, answer.json()

    def raw(self, method: str, path: str, body: Any = None, **more: Any) -> requests.Response:
        """The answer as it is."""
        if body is not None:
            more["json"] = body
        return self.session.request(method, self.url + path, timeout=20, **more)

    def ok(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """The body of a 200."""
        status, value = self(method, path, body, **more)
        assert status == 200, value
        return value

    def refused(self, method: str, path: str, body: Any = None, **more: Any) -> str:
        """The `info` of a 400 invalid-request-error."""
        status, value = self(method, path, body, **more)
        assert (status, value["error"], set(value)) == (400, "invalid-request-error", {"error", "info"}), value
        return str(value["info"])


@pytest.fixture(scope="module")
def running() -> Iterator[Emulator]:
    with Emulator(domain_name="acme", clock=Clock(NOW), seed=7) as emulator:
        emulator.rate_limits = False
        yield emulator


@pytest.fixture
def emulator(running: Emulator) -> Emulator:
    running.reset()
    running.rate_limits = False
    running.latency = 0.0
    return running


@pytest.fixture
def http(emulator: Emulator) -> Iterator[Http]:
    client = Http(emulator.url, emulator.api_key)
    yield client
    client.session.close()

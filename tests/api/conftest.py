"""Fixtures of the API client's tests: a clock that is moved by hand, a client without a network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pulumi_daily.api import Client, Limiter, MockTransport, Response, RetryPolicy, SentRequest

KEY = "canary-key-1f0c9b7d5e3a"

ANY = {"name": "x", "domain_name": "acme", "deleted": True}
"""An answer that every route of rooms and of the domain may give."""


class FakeClock:
    """Seconds that pass only in `sleep`; everything slept is kept."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds >= 0
        self.slept.append(seconds)
        self.now += seconds


class Harness:
    """A client on a scripted transport: `answers` are taken one after the other (the last one stays)."""

    def __init__(self, clock: FakeClock, **options: Any) -> None:
        self.clock = clock
        self.answers: list[Any] = [Response.of(200, ANY)]
        self.lines: list[str] = []
        self.transport = MockTransport(self._answer)
        options.setdefault("limiter", Limiter(clock=clock, sleep=clock.sleep, log=self.lines.append))
        options.setdefault("random", lambda: 1.0)
        self.client = Client(
            options.pop("api_key", KEY),
            transport=self.transport,
            clock=clock,
            sleep=clock.sleep,
            log=self.lines.append,
            **options,
        )

    def _answer(self, request: SentRequest) -> Response:
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if callable(answer):
            answer = answer(request)
        if isinstance(answer, Exception):
            raise answer
        assert isinstance(answer, Response)
        return answer

    @property
    def sent(self) -> list[SentRequest]:
        return self.transport.requests


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def harness(clock: FakeClock) -> Harness:
    return Harness(clock)


@pytest.fixture
def make_harness(clock: FakeClock) -> Callable[..., Harness]:
    def make(**options: Any) -> Harness:
        return Harness(clock, **options)

    return make


@pytest.fixture
def once(clock: FakeClock) -> Harness:
    """A client that never retries."""
    return Harness(clock, retry=RetryPolicy(attempts=1, quick_attempts=1, limited_attempts=1))


@pytest.fixture
def key() -> str:
    return KEY


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's own proxy settings and .netrc play no part."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "NETRC"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)

"""The emulator without a socket: requests of the real client reach its ASGI application in the same thread.

Everything between the client's `Transport` and the emulator's state is real (routes, checks, faults, JSON bytes); only
the connection is not. That makes thousands of operations per second, and a fault never waits.
"""

from __future__ import annotations

import itertools
import json as jsonlib
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from pulumi_daily.api import (
    BadResponse,
    Client,
    ConnectionDropped,
    Limiter,
    RequestTimeout,
    Response,
    RetryPolicy,
    Secret,
)
from pulumi_daily.connection import Connection, signer_of
from pulumi_daily.emulator import Clock, Emulator, Switches
from pulumi_daily.lifecycle import Account
from pulumi_daily.objects.spec import Claim
from pulumi_daily.ownership import Adoption, Claims, Hints, Holder
from pulumi_daily.providers import PROVIDERS, DailyProvider
from pulumi_daily.settings import Settings

NOW = 1_800_000_000.0
CLOCK = Clock(NOW)
"""The time of emulator and provider alike. Tests that move it set it back."""


@pytest.fixture(autouse=True)
def one_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the provider the emulator's time, which no wait moves. For the ``conftest.py`` of a folder.

    The rate limits count in :class:`FakeTime`. A group of calls that stays open for them would wait in real time.
    """
    CLOCK.set(NOW)
    monkeypatch.setattr("pulumi_daily.operations.time", SimpleNamespace(time=CLOCK.now))
    monkeypatch.setattr("pulumi_daily.lifecycle.live.coalesce.HOLD", 0.0)


URL = "http://127.0.0.1/v1"


class _Hangs(Exception):
    """The emulator was told not to answer in time."""


class _Dropped(Exception):
    """The emulator closed the connection; `after` is what it had sent by then."""


async def _hang(_seconds: float) -> bool:
    raise _Hangs


async def _at_once(work: Any) -> Any:
    return work()


class Direct:
    """A `Transport` into an emulator that is not started. Keeps the bytes of every body that was sent."""

    def __init__(self, emulator: Emulator) -> None:
        self._app = emulator.app
        self._app.disconnect = self._disconnect
        self._app._pause = _hang  # type: ignore[method-assign]  # hanging takes no time here
        self._app._outside = _at_once  # type: ignore[method-assign]  # and neither do calls of webhooks
        self.bodies: list[tuple[str, str, Any]] = []

    @staticmethod
    def _disconnect(_scope: Any, _flush: bool) -> None:
        raise _Dropped

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        params: Mapping[str, Any] | None,
        json: Any,
        timeout: tuple[float, float],
    ) -> Response:
        body = b"" if json is None else jsonlib.dumps(json, allow_nan=False).encode()
        path = urlsplit(url).path
        self.bodies.append((method, path, jsonlib.loads(body) if body else None))
        query = urlencode({k: v for k, v in (params or {}).items() if v is not None})
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": [(k.lower().encode(), v.encode()) for k, v in headers.items()],
        }
        sent: list[Any] = []
        waiting = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> Any:
            return waiting.pop() if waiting else {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message)

        self._app.disconnect = self._disconnect
        running = self._app(scope, receive, send)
        try:
            running.send(None)  # nothing in there waits: one step runs it to its end
        except StopIteration:
            pass
        except _Hangs:
            raise RequestTimeout("no answer in time") from None
        except _Dropped:
            if sent:
                raise BadResponse("the answer was cut off: test") from None
            raise ConnectionDropped("the connection was lost: test") from None
        else:
            raise AssertionError("the emulator waited for something")
        finally:
            running.close()
        head, *rest = sent
        found = {k.decode().lower(): v.decode() for k, v in head["headers"]}
        return Response(head["status"], found, b"".join(part.get("body", b"") for part in rest))


class FakeTime:
    """Seconds that pass only in `sleep`."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@dataclass
class Process:
    """One provider process: providers that share a client, snapshots and a log."""

    providers: dict[str, DailyProvider]
    """By kind of object."""
    lines: list[str]

    @property
    def provider(self) -> DailyProvider:
        """That of rooms."""
        return self.providers["Room"]


_RUNS = itertools.count()


class Remembered:
    """Takeovers as a process sees them: ``took`` is shared by the processes of one machine, without a file."""

    def __init__(self, took: dict[Claim, tuple[str, str]]) -> None:
        self._took = took
        self.run = f"{next(_RUNS):06}-{uuid.uuid4().hex}"

    def note(self, claims: Collection[Claim], owner: str) -> None:
        self._took.update(dict.fromkeys(claims, (owner, self.run)))

    def recall(self, claims: Collection[Claim], owner: str, run: str) -> None:
        for claim in claims:
            self._took.setdefault(claim, (owner, run))

    def keep(self, claims: Collection[Claim], owner: str) -> None:
        for claim in claims:
            other = self._took.get(claim, (owner, ""))[0]
            if other != owner and other.partition("::")[0] == owner.partition("::")[0]:
                del self._took[claim]

    def undo(self, claims: Collection[Claim], owner: str = "") -> None:
        for claim in claims:
            if claim in self._took and owner in ("", self._took[claim][0]):
                del self._took[claim]

    @staticmethod
    def taking(claims: Collection[Claim], owner: str) -> AbstractContextManager[None]:
        return nullcontext()

    @contextmanager
    def leaving(
        self, claims: Collection[Claim], hints: Hints, staying: Collection[Claim]
    ) -> Iterator[Mapping[Claim, Holder]]:
        taken = {claim: self._took[claim] for claim in claims if claim in self._took}
        took, since = hints.took, max((run for run in hints.took if run != self.run), default="")
        found = {claim: Holder(owner, True) for claim, (owner, run) in taken.items() if run not in took and run > since}
        yield found
        for claim in [claim for claim in claims if claim not in found]:
            self._took.pop(claim, None)
        for claim in [claim for claim in staying if self._took.get(claim, ("", ""))[1] in took]:
            del self._took[claim]


class _Connection(Connection):
    def __init__(
        self,
        settings: Settings,
        client: Client,
        lines: list[str],
        takeovers: Remembered,
        pause: Callable[[float], None],
    ) -> None:
        super().__init__(settings, SimpleNamespace(info=lines.append, warn=lines.append))
        key = settings.api_key
        assert key is not None
        self.claims = Claims(takeovers)
        self._made = Account(
            client,
            expected_domain=settings.domain,
            signer=signer_of(key),
            expected_wait=client.would_wait,
            claims=self.claims,
            adoption=settings.adopt_existing,
            read_lag=settings.read_lag,
            pause=pause,
        )
        self._lines = lines

    def account(self) -> Account:
        return self._made

    def warn_once(self, line: str) -> None:
        if line not in self._lines:
            self._lines.append(line)

    def info(self, line: str) -> None:
        self._lines.append(line)


class World:
    """Daily, and a way to start provider processes on it."""

    def __init__(self, domain_name: str = "acme", *, key: str = "k" * 64, seed: int = 1, **switches: Any) -> None:
        self.emulator = Emulator(
            domain_name, key, clock=CLOCK, switches=Switches(**switches), rate_limits=False, seed=seed
        )
        self.transport = Direct(self.emulator)
        self.time = FakeTime()
        self.took: dict[Claim, tuple[str, str]] = {}
        self.read_lag = 0.0
        """The configured ``daily:readLag``."""

    def pause(self, seconds: float) -> None:
        """Wait for reads to show a new object: the emulator's time goes on as well."""
        self.time.sleep(seconds)
        CLOCK.advance(seconds)

    def client(self, *, key: str | None = None, transport: Any = None, retry: RetryPolicy | None = None) -> Client:
        """A client that never really sleeps."""
        return Client(
            key or self.emulator.api_key,
            api_url=URL,
            transport=transport or self.transport,
            limiter=Limiter(clock=self.time, sleep=self.time.sleep),
            retry=retry or RetryPolicy(),
            clock=self.time,
            sleep=self.time.sleep,
            random=lambda: 0.5,
        )

    def process(self, *, key: str | None = None, transport: Any = None, adoption: Adoption = "never") -> Process:
        """A fresh provider process, as Pulumi starts one for each operation."""
        lines: list[str] = []
        secret = Secret(key or self.emulator.api_key)
        settings = Settings(secret, None, URL, 1.0, 30.0, 120.0, False, False, adopt_existing=adoption)
        settings = replace(settings, read_lag=self.read_lag)
        client = self.client(key=key, transport=transport)
        connection = _Connection(settings, client, lines, Remembered(self.took), self.pause)
        providers = {cls.spec.kind: cls() for cls in PROVIDERS}
        for provider in providers.values():
            provider._connection = connection
        return Process(providers, lines)

    def managed(self, names: Any) -> dict[str, dict[str, Any]]:
        """What the server holds of the rooms with these names."""
        rooms = self.emulator.rooms()
        return {name: rooms[name] for name in names if name in rooms}

"""Lookups without a network (a transport that answers from a table), against the emulator, and under Pulumi's mocks."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest
from lookups_world import KEY, Daily, Program
from pulumi.runtime.config import CONFIG

from pulumi_daily import connection
from pulumi_daily.api import Client
from pulumi_daily.emulator import Clock, Emulator
from pulumi_daily.lookups import _account, _mocks

NOW = 1_800_000_000.0


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No client, no configuration and no environment of another test."""
    monkeypatch.setattr(connection, "_connections", {})
    monkeypatch.setattr(_account, "_said", set())
    # Resources are made by Pulumi's mocks, and lookups ask Daily nevertheless, as under the engine.
    monkeypatch.setattr(_mocks, "active", lambda: False)
    for name in ("DAILY_API_KEY", "DAILY_DOMAIN", "DAILY_API_URL", "PULUMI_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    token = CONFIG.set({})
    yield
    CONFIG.reset(token)


@pytest.fixture
def daily(monkeypatch: pytest.MonkeyPatch) -> Daily:
    """The stack's account is a table of answers; `daily.asked` has the requests."""
    made = Daily()
    monkeypatch.setattr(connection, "Client", partial(Client, transport=made.transport))
    CONFIG.get()["daily:apiKey"] = KEY
    return made


@pytest.fixture
def program() -> Iterator[Program]:
    made = Program()
    made.start(preview=False)
    yield made
    made.close()


@pytest.fixture(scope="module")
def running() -> Iterator[Emulator]:
    with Emulator(domain_name="acme", clock=Clock(NOW), seed=7) as emulator:
        yield emulator


@pytest.fixture
def emulator(running: Emulator) -> Emulator:
    """The stack's account is a domain of the emulator."""
    running.reset()
    running.rate_limits = False
    CONFIG.get().update({"daily:apiKey": running.api_key, "daily:apiUrl": running.url})
    return running

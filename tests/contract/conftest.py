"""The two targets of the contract: the emulator, and on request Daily itself."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from pulumi_daily.api import Client, Limiter
from pulumi_daily.emulator import Emulator

if TYPE_CHECKING:
    from target import Target

LIMITER = Limiter()  # one for all tests: they follow each other within a second
LIVE = bool(os.environ.get("DAILY_API_KEY")) and os.environ.get("PULUMI_DAILY_LIVE") == "1"


@pytest.fixture(scope="session")
def _emulator() -> Iterator[Emulator]:
    with Emulator("acme") as emulator:
        yield emulator


@pytest.fixture(
    params=[
        "emulator",
        pytest.param(
            "live",
            marks=[
                pytest.mark.live,
                pytest.mark.enable_socket,
                pytest.mark.skipif(not LIVE, reason="needs DAILY_API_KEY and PULUMI_DAILY_LIVE=1"),
            ],
        ),
    ]
)
def target(request: pytest.FixtureRequest, _emulator: Emulator) -> Iterator[Target]:
    """A target with a client of the real API."""
    prefix = f"pulumi-daily-test-{secrets.token_hex(5)}"
    if request.param == "live":
        client = Client(os.environ["DAILY_API_KEY"], limiter=LIMITER)
    else:
        client = Client(_emulator.api_key, api_url=_emulator.url, limiter=LIMITER)
    with client:
        from target import Target

        found = Target(client, prefix, None if request.param == "live" else _emulator)
        try:
            yield found
        finally:
            found.clean()

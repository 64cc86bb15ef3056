"""The two targets of the contract: the emulator, and on request Daily itself."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from pulumi_daily.api import Client, NotFoundError
from pulumi_daily.emulator import Emulator

LIVE = bool(os.environ.get("DAILY_API_KEY")) and os.environ.get("PULUMI_DAILY_LIVE") == "1"


@dataclass
class Target:
    """Daily, or what stands in for it. Rooms made through it have names of their own and are removed at the end."""

    client: Client
    prefix: str
    made: list[str] = field(default_factory=list)

    def name(self, suffix: str) -> str:
        """A room name that is ours and is cleaned up."""
        name = f"{self.prefix}-{suffix}"
        self.made.append(name)
        return name

    def make(self, suffix: str, **body: Any) -> dict[str, Any]:
        """A room made for a test."""
        return self.client.create_room({"name": self.name(suffix), **body})

    def clean(self) -> None:
        """Remove whatever is left of ours."""
        for name in self.made:
            try:
                self.client.delete_room(name)
            except NotFoundError:
                continue
        self.made.clear()

    def later(self, seconds: int = 3600) -> int:
        """A moment to come."""
        return int(time.time()) + seconds


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
        client = Client(os.environ["DAILY_API_KEY"])
    else:
        client = Client(_emulator.api_key, api_url=_emulator.url)
    with client:
        found = Target(client, prefix)
        try:
            yield found
        finally:
            found.clean()

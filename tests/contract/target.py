"""What the contract is tested against."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import pytest

from pulumi_daily.api import ApiError, Client, NotFoundError
from pulumi_daily.emulator import Emulator


@dataclass
class Target:
    """Daily, or what stands in for it. Rooms made through it have names of their own and are removed at the end."""

    client: Client
    prefix: str
    emulator: Emulator | None
    """The emulator; None for Daily itself."""
    made: list[str] = field(default_factory=list)

    def name(self, suffix: str) -> str:
        """A room name that is ours and is cleaned up."""
        name = f"{self.prefix}-{suffix}"
        self.made.append(name)
        return name

    def make(self, suffix: str, **body: Any) -> dict[str, Any]:
        """A room made for a test."""
        return self.client.create_room({"name": self.name(suffix), **body})

    def refused(self, route: str, json: Any = None, **path: str) -> ApiError:
        """The error answer to a request that must be refused."""
        with pytest.raises(ApiError) as caught:
            self.client.call(route, path=path or None, json=json)
        return caught.value

    def stood_in(self) -> Emulator:
        """The emulator, for facts that on Daily cost money or need people in a call; those tests skip Daily."""
        if self.emulator is None:
            pytest.skip("costs money, or needs people in a call: only the emulator is asked")
        return self.emulator

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        if self.emulator is None:
            time.sleep(seconds)
        else:
            self.emulator.clock.advance(seconds)

    def clean(self) -> None:
        """Remove whatever is left of ours."""
        for name in self.made:
            try:
                self.client.delete_room(name)
            except NotFoundError:
                continue
        self.made.clear()
        if self.emulator is not None:
            self.emulator.reset()

    def later(self, seconds: int = 3600) -> int:
        """A moment to come."""
        return int(time.time()) + seconds

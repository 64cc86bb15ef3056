"""What the contract is tested against."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from pulumi_daily.api import Client, NotFoundError


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

"""Rooms from a YAML file: who needs a room edits `rooms.yaml` in a pull request, and needs no Python.

Configuration of another file, relative to this folder:

    pulumi config set rooms teams.yaml
"""

from pathlib import Path
from typing import Any

import pulumi
import yaml  # comes with pulumi

import pulumi_daily as daily


class Loader(yaml.SafeLoader):
    """Loader that refuses what YAML accepts silently: a key that is written twice, and a name that is not text."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Return a mapping. Raises ValueError, with the line, for a key that is not text or is written twice."""
        seen: set[str] = set()
        for key_node, _ in node.value:
            key, line = self.construct_object(key_node), key_node.start_mark.line + 1
            if not isinstance(key, str):
                raise ValueError(f'line {line}: YAML reads this name as {key!r}; write "{key_node.value}", in quotes')
            if key in seen:
                raise ValueError(f"line {line}: {key} is written twice")
            seen.add(key)
        return super().construct_mapping(node, deep)


def fleet(path: Path) -> dict[str, Any]:
    """Return the `defaults` and the `rooms` of a file. Raises ValueError if the file has another structure."""
    found = yaml.load(path.read_text("utf-8"), Loader)
    if not isinstance(found, dict) or not isinstance(found.get("rooms"), dict) or found.keys() - {"rooms", "defaults"}:
        raise ValueError(
            f"{path.name} must contain `rooms` (a mapping by name), may contain `defaults`, and nothing else"
        )
    # A room without settings of its own is a name and a colon.
    rooms = {name: {} if room is None else room for name, room in found["rooms"].items()}
    return {"defaults": found.get("defaults") or {}, "rooms": rooms}


file = Path(__file__).parent / (pulumi.Config().get("rooms") or "rooms.yaml")
# The preview checks all names and settings, and reports wrong ones together.
rooms = daily.RoomSet("fleet", **fleet(file))

pulumi.export("urls", rooms.urls)

"""A dynamic provider that does nothing, to measure the cost of Pulumi itself with the same amount of state."""

from __future__ import annotations

from typing import Any

from pulumi.dynamic import CreateResult, DiffResult, ReadResult, Resource, ResourceProvider, UpdateResult

INPUTS = ("name", "privacy", "properties")


def outputs(props: dict[str, Any]) -> dict[str, Any]:
    """Return outputs such as a room has, with fictitious values."""
    name = props["name"]
    return {
        **{key: props[key] for key in INPUTS},
        "room_id": "00000000-0000-4000-8000-000000000000",
        "url": f"https://acme.daily.co/{name}",
        "created_at": "2026-01-01T00:00:00.000Z",
        "api_created": True,
        "config": props["properties"],
        "domain": "acme",
        "domain_id": "00000000-0000-4000-8000-000000000001",
    }


class NoopRoomProvider(ResourceProvider):
    """A provider that answers like one of rooms, at once and without a server."""

    def create(self, props: dict[str, Any]) -> CreateResult:
        return CreateResult(props["name"], outputs(props))

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        return DiffResult(changes=any(_olds.get(key) != _news.get(key) for key in INPUTS))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        return ReadResult(id_, outputs(props), {key: props[key] for key in INPUTS})

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        return UpdateResult(outputs(_news))

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        return


class NoopRoom(Resource, module="noop", name="Room"):
    """The resource of the no-op provider."""

    def __init__(self, resource_name: str, **props: Any) -> None:
        made = dict.fromkeys(("room_id", "url", "created_at", "api_created", "config", "domain", "domain_id"))
        super().__init__(NoopRoomProvider(), resource_name, {**props, **made})

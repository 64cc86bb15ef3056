"""A dynamic provider for rooms as most people would write it: one call per room, and a retry after a 429."""

from __future__ import annotations

import time
from typing import Any

import requests
from pulumi.dynamic import (
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    Resource,
    ResourceProvider,
    UpdateResult,
)


class NaiveRoomProvider(ResourceProvider):
    """A provider whose diff compares inputs, as in the usual example of a dynamic provider."""

    _key: str
    _url: str

    def configure(self, req: ConfigureRequest) -> None:
        self._key = req.config.get("daily:apiKey")
        self._url = req.config.get("daily:apiUrl")

    def _call(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        delay = 0.5
        while True:
            headers = {"Authorization": f"Bearer {self._key}"}
            answer = requests.request(method, self._url + path, json=body, headers=headers, timeout=30)
            if answer.status_code != 429:
                answer.raise_for_status()
                return answer.json()  # type: ignore[no-any-return]
            time.sleep(float(answer.headers.get("Retry-After", delay)))
            delay = min(delay * 2, 8)

    @staticmethod
    def _body(props: dict[str, Any]) -> dict[str, Any]:
        return {"privacy": props["privacy"], "properties": props["properties"]}

    def create(self, props: dict[str, Any]) -> CreateResult:
        room = self._call("POST", "/rooms", {"name": props["name"], **self._body(props)})
        return CreateResult(props["name"], {**props, "url": room["url"]})

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        keys = ("name", "privacy", "properties")
        replaces = ["name"] if _olds.get("name") != _news.get("name") else []
        return DiffResult(changes=any(_olds.get(key) != _news.get(key) for key in keys), replaces=replaces)

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        room = self._call("GET", f"/rooms/{id_}")
        seen = {key: room["config"].get(key, value) for key, value in props["properties"].items()}
        outs = {**props, "privacy": room["privacy"], "properties": seen, "url": room["url"]}
        return ReadResult(id_, outs, {key: outs[key] for key in ("name", "privacy", "properties")})

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        room = self._call("POST", f"/rooms/{_id}", self._body(_news))
        return UpdateResult({**_news, "url": room["url"]})

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        self._call("DELETE", f"/rooms/{_id}")


class NaiveRoom(Resource, module="naive", name="Room"):
    """The resource of the naive provider."""

    def __init__(self, resource_name: str, **props: Any) -> None:
        super().__init__(NaiveRoomProvider(), resource_name, {**props, "url": None})

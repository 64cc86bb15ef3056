"""The snippets of docs/api-client.md run, against a small model of Daily."""

from __future__ import annotations

import pathlib
import re
from typing import Any

import pytest

from pulumi_daily.api import MockTransport, RequestsTransport, Response, SentRequest

PAGE = pathlib.Path(__file__).parents[2] / "docs" / "api-client.md"
SNIPPETS = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.M | re.S)


class Model:
    """Just enough of Daily for the page: rooms by name; the first create of each test loses its answer if asked to."""

    def __init__(self) -> None:
        self.rooms: dict[str, dict[str, Any]] = {"older": {"id": "0", "name": "older"}}

    def __call__(self, request: SentRequest) -> Response:
        path = request.path.removeprefix("/v1")
        name = path.removeprefix("/rooms/")
        if path == "/":
            return Response.of(200, {"domain_name": "example", "config": {}})
        if path == "/rooms" and request.method == "GET":
            return Response.of(200, {"total_count": len(self.rooms), "data": list(self.rooms.values())})
        if path == "/rooms":
            name = request.json["name"]
            self.rooms[name] = {"id": "1", "name": name, "url": f"https://example.daily.co/{name}"}
            return Response.of(200, self.rooms[name])
        if path == "/meeting-tokens":
            return Response.of(200, {"token": "signed"})
        if path == "/webhooks":
            return Response.of(200, [{"uuid": "u1"}])
        if path == "/webhooks/u1":
            return Response(200)
        if path == "/recordings":
            return Response.of(200, {"total_count": 1, "data": [{"id": "r", "status": "finished"}]})
        if path == "/rooms/standup/future":
            return Response.of(200, {})
        if request.method == "DELETE" and name in self.rooms:
            return Response.of(200, {"deleted": True, **self.rooms.pop(name)})
        assert name in self.rooms, request
        return Response.of(200, self.rooms[name])


def test_there_are_snippets() -> None:
    assert len(SNIPPETS) == 9


@pytest.mark.parametrize("number", range(len(SNIPPETS)))
def test_snippet(number: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    mock = MockTransport(Model())
    monkeypatch.setattr(RequestsTransport, "send", lambda self, *args: mock.send(*args))
    monkeypatch.setenv("DAILY_API_KEY", "canary-key")
    exec(compile(SNIPPETS[number], f"api-client.md, snippet {number + 1}", "exec"), {})  # noqa: S102
    out = capsys.readouterr().out
    assert "canary" not in out
    for expected in re.findall(r"print\(.*\)  # (.+)", SNIPPETS[number]):
        assert expected in out
    assert mock.requests or "MockTransport" in SNIPPETS[number]


def test_the_lost_answer_of_the_page_is_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """The snippet on `outcome_unknown` makes one room, whether the lost create was processed or not."""
    (snippet,) = [one for one in SNIPPETS if "outcome_unknown" in one]
    for processed in (True, False):
        model = Model()
        lost = []

        def lossy(
            request: SentRequest, model: Model = model, lost: list[Any] = lost, done: bool = processed
        ) -> Response:
            if request.method == "POST" and not lost:
                lost.append(request)
                if done:
                    model(request)
                return Response.of(503, {"error": "server-error"})
            if request.path == "/v1/rooms/standup" and "standup" not in model.rooms:
                return Response.of(404, {"error": "not-found", "info": "room standup not found"})
            return model(request)

        mock = MockTransport(lossy)
        monkeypatch.setattr(RequestsTransport, "send", lambda self, *args, mock=mock: mock.send(*args))
        monkeypatch.setenv("DAILY_API_KEY", "canary-key")
        exec(compile(snippet, "api-client.md", "exec"), {})  # noqa: S102
        assert set(model.rooms) == {"older", "standup"}
        assert [request.method for request in mock.requests] == ["POST", "GET"] + ["POST"] * (not processed)

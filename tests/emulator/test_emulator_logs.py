"""The log of a call, and Daily's own log of its API."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from pulumi_daily.emulator import Emulator
from pulumi_daily.emulator._api_log import KEPT


@pytest.fixture
def session(emulator: Emulator) -> tuple[str, str, str]:
    """Two people who joined and left: the meeting, and both session ids."""
    emulator.add_room("a")
    ada = emulator.join("a")
    emulator.clock.advance(1.5)
    bob = emulator.join("a")
    emulator.clock.advance(1)
    emulator.leave(ada)
    (meeting,) = emulator.objects("meetings")
    return meeting, ada, bob


def test_a_log_is_of_a_meeting_or_a_participant(http: Any, session: tuple[str, str, str]) -> None:
    meeting, ada, bob = session
    for query in ({}, {"mtgSessionId": ""}):
        assert http("GET", "/logs", params=query) == (
            400,
            {"error": "invalid-request-error", "info": "mtgSessionId or userSessionId is required"},
        )

    def lines(**query: Any) -> list[str]:
        return [line["message"] for line in http.ok("GET", "/logs", params=query)["logs"]]

    assert lines(mtgSessionId=meeting) == ["participant left", "leaving session", "joined session", "joined session"]
    assert lines(userSessionId=ada) == ["leaving session", "joined session"]
    assert lines(userSessionId=ada, order="asc") == ["joined session", "leaving session"]
    assert lines(userSessionId=ada, mtgSessionId="x") == []
    assert http.ok("GET", "/logs", params={"userSessionId": bob})["logs"][0] == {
        "time": "2027-01-15T08:00:02.000000000Z",
        "clientTime": "2027-01-15T08:00:02.000000000Z",
        "message": "participant left",
        "mtgSessionId": meeting,
        "userSessionId": bob,
        "peerId": ada,
        "domainName": "acme",
        "level": 1,
        "code": 8020,
    }


def test_a_log_is_cut_and_filtered(emulator: Emulator, http: Any) -> None:
    for i in range(30):
        emulator.add("call_logs", created_at=1000 + i, mtgSessionId="m", message=str(i), level=i % 3)

    def lines(**query: Any) -> list[int]:
        answer = http.ok("GET", "/logs", params={"mtgSessionId": "m", **query})
        return [int(line["message"]) for line in answer["logs"]]

    assert lines() == list(range(29, 9, -1))
    assert lines(limit=2, offset=3) == [26, 25]
    assert lines(offset=30) == []
    assert lines(logLevel="ERROR", limit=2) == [27, 24]
    assert lines(logLevel="DEBUG", limit=1) == [29]
    assert lines(startTime=1_003_000, endTime=1_005_000) == [5, 4, 3]
    only = http.ok("GET", "/logs", params={"mtgSessionId": "m", "includeMetrics": "true", "includeLogs": "false"})
    assert only == {"metrics": []}
    assert set(http.ok("GET", "/logs", params={"mtgSessionId": "m", "includeMetrics": "true"})) == {"logs", "metrics"}
    bad = {"logLevel": "WARN", "order": "up", "startTime": "x", "includeLogs": "1", "limit": "0", "offset": "-1"}
    for key, value in bad.items():
        assert key in http.refused("GET", "/logs", params={"mtgSessionId": "m", key: value})


# -- the API's own log


def test_every_request_is_recorded_with_its_texts(emulator: Emulator, http: Any) -> None:
    made = http.ok("POST", "/rooms", {"name": "a"})
    http("GET", "/rooms/b", params={"x": 1})
    http.raw("POST", "/rooms", data=b"{")
    requests.get(emulator.url + "/rooms", headers={"Authorization": "Bearer wrong"}, timeout=20)  # nobody's
    entries = http.ok("GET", "/logs/api")
    assert [(e["method"], e["url"], e["status"]) for e in entries] == [
        ("POST", "/v1/rooms", 400),
        ("GET", "/v1/rooms/b", 404),
        ("POST", "/v1/rooms", 200),
    ]
    last = entries[2]
    assert json.loads(last.pop("request")) == {"name": "a"}
    assert json.loads(last.pop("response")) == made
    assert last == {
        "id": last["id"],
        "userId": entries[0]["userId"],
        "domainId": emulator.domain_id,
        "source": "api",
        "ip": "127.0.0.1",
        "method": "POST",
        "url": "/v1/rooms",
        "status": 200,
        "createdAt": "2027-01-15T08:00:00.000Z",
    }
    assert (entries[1]["request"], entries[0]["request"]) == (None, None)
    assert json.loads(entries[1]["response"])["error"] == "not-found"
    assert [e["url"] for e in http.ok("GET", "/logs/api", params={"limit": 1})] == ["/v1/logs/api"]


def test_the_log_is_paged_and_filtered(emulator: Emulator, http: Any) -> None:
    for i in range(25):
        http("GET", f"/rooms/r{i}")
    entries = http.ok("GET", "/logs/api")
    assert len(entries) == 20
    assert len({entry["id"] for entry in entries}) == 20
    older = http.ok("GET", "/logs/api", params={"starting_after": entries[-1]["id"], "limit": 3})
    assert [e["url"] for e in older] == ["/v1/rooms/r4", "/v1/rooms/r3", "/v1/rooms/r2"]
    newer = http.ok("GET", "/logs/api", params={"ending_before": entries[2]["id"], "limit": 1})
    assert [e["url"] for e in newer] == ["/v1/rooms/r23"]
    assert [e["status"] for e in http.ok("GET", "/logs/api", params={"url": "/v1/rooms/r7"})] == [404]
    assert http.ok("GET", "/logs/api", params={"source": "webhook"}) == []
    status, body = http("GET", "/logs/api", params={"source": "phone"})
    assert (status, body) == (
        400,
        {
            "error": "invalid-request-error",
            "info": '"source" must be one of [webhook, api] [Received source="phone"]\n',
        },
    )


def test_secrets_are_not_in_the_log(emulator: Emulator, http: Any) -> None:
    token = http.ok("POST", "/meeting-tokens", {})["token"]
    http.ok("GET", f"/meeting-tokens/{token}")
    client = http.ok("POST", "/sip-clients", {"username": "desk", "password": "hush-hush-1234"})
    assert client["password"] == "hush-hush-1234"
    text = str(http.ok("GET", "/logs/api"))
    assert "[secret]" in text
    for secret in (token, "hush-hush-1234", emulator.api_key):
        assert secret not in text


def test_the_log_is_bounded_and_forgotten(emulator: Emulator, http: Any) -> None:
    log = emulator.backend.domain().api_log
    for i in range(KEPT + 5):
        log.add(method="GET", url=f"/v1/{i}", status=200)
    assert len(log.select("api", None)) == KEPT
    emulator.reset()
    assert http.ok("GET", "/logs/api") == []


def test_the_log_does_not_change_what_is_made(emulator: Emulator) -> None:
    names = []
    for reads in (0, 3):
        with Emulator(seed=5) as other:
            headers = {"Authorization": f"Bearer {other.api_key}"}
            for _ in range(reads):
                requests.get(f"{other.url}/rooms", headers=headers, timeout=20)
            names.append(requests.post(f"{other.url}/rooms", json={}, headers=headers, timeout=20).json()["name"])
    assert names[0] == names[1]


def test_what_a_fault_took_away_is_recorded_as_it_was(emulator: Emulator, http: Any) -> None:
    emulator.drop("POST /rooms", when="after")
    with pytest.raises(requests.ConnectionError):
        http.raw("POST", "/rooms", {"name": "a"})
    emulator.fail("POST /rooms", status=503)
    assert http("POST", "/rooms", {"name": "b"})[0] == 503
    assert [(e["status"], e["request"]) for e in http.ok("GET", "/logs/api")] == [(200, '{"name":"a"}')]

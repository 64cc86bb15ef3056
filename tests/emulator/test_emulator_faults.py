"""Faults, over HTTP."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import requests

from pulumi_daily.api import ApiError, BadResponse, Client, DailyError, RequestTimeout, RetryPolicy
from pulumi_daily.emulator import Emulator

CREATE = "POST /rooms"


def create(http: Any, name: str = "a") -> requests.Response:
    answer: requests.Response = http.raw("POST", "/rooms", {"name": name})
    return answer


@pytest.mark.parametrize(
    ("status", "error"),
    [(429, "rate-limit-error"), (500, "server-error"), (503, "server-error"), (401, "authentication-error")],
)
@pytest.mark.parametrize("when", ["before", "after"])
def test_an_error_before_or_after_the_effect(emulator: Emulator, http: Any, status: int, error: str, when: Any) -> None:
    emulator.fail(CREATE, status, when=when)
    answer = create(http)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert list(emulator.rooms()) == ([] if when == "before" else ["a"])
    assert create(http, "b").status_code == 200
    assert [(r.status, r.fault) for r in emulator.requests] == [(status, "fail"), (200, None)]


def test_which_requests_are_hit(emulator: Emulator, http: Any) -> None:
    emulator.fail("GET /rooms/{name}", 500, times=2, after=1)
    emulator.fail("DELETE *", 503, times=None)
    assert [http("GET", "/rooms")[0] for _ in range(2)] == [200, 200]
    assert [http("GET", "/rooms/a")[0] for _ in range(5)] == [404, 500, 500, 404, 404]
    assert [http("DELETE", "/rooms/a")[0] for _ in range(3)] == [503] * 3
    emulator.clear_faults()
    assert http("DELETE", "/rooms/a")[0] == 404
    emulator.fail(times=1)
    assert http("GET", "/nowhere")[0] == 500


def test_what_the_answer_carries(emulator: Emulator, http: Any) -> None:
    emulator.fail(status=429, retry_after=7, body={"error": "mine"})
    answer = http.raw("GET", "/")
    assert (answer.headers["Retry-After"], answer.json()) == ("7", {"error": "mine"})
    emulator.fail(status=502, body="<html>bad gateway</html>")
    answer = http.raw("GET", "/")
    assert (answer.status_code, answer.text) == (502, "<html>bad gateway</html>")
    assert answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize(
    "ask",
    [
        lambda emulator: emulator.fail(status=429),
        lambda emulator: emulator.fail(status=502, body="<html>", when="after"),
        lambda emulator: emulator.not_json(),
        lambda emulator: emulator.truncate(),
        lambda emulator: emulator.hang(seconds=0.01),
        lambda emulator: None,
    ],
)
def test_every_answer_has_a_date_of_the_emulator_s_clock(emulator: Emulator, http: Any, ask: Any) -> None:
    emulator.clock.set(1_800_000_001 - 2**-22)
    ask(emulator)
    assert http.raw("GET", "/", stream=True).headers["Date"] == "Fri, 15 Jan 2027 08:00:00 GMT"
    emulator.clock.advance(1)
    for path, status in (("/rooms/a", 404), ("/nowhere", 404), ("/rooms?limit=0", 400)):
        answer = http.raw("GET", path)
        assert (answer.status_code, answer.headers["Date"]) == (status, "Fri, 15 Jan 2027 08:00:01 GMT")


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_dropped_connection(emulator: Emulator, http: Any, when: Any) -> None:
    emulator.drop(CREATE, when)
    with pytest.raises(requests.ConnectionError):
        create(http)
    assert list(emulator.rooms()) == ([] if when == "before" else ["a"])
    assert [(r.status, r.fault) for r in emulator.requests] == [(None, "drop")]
    assert create(http, "b").status_code == 200


def test_a_truncated_answer(emulator: Emulator, http: Any) -> None:
    emulator.truncate(CREATE)
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        create(http)
    assert list(emulator.rooms()) == ["a"]
    assert http("GET", "/rooms/a")[0] == 200


def test_an_answer_that_is_not_json(emulator: Emulator, http: Any) -> None:
    emulator.not_json(CREATE)
    answer = create(http)
    assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (200, "text/html")
    with pytest.raises(requests.exceptions.JSONDecodeError):
        answer.json()
    assert list(emulator.rooms()) == ["a"]


def test_a_hanging_answer_does_not_hold_up_others(emulator: Emulator, http: Any) -> None:
    emulator.hang(CREATE, seconds=30)
    with pytest.raises(requests.exceptions.ReadTimeout):
        http.session.post(emulator.url + "/rooms", json={"name": "a"}, timeout=0.2)
    assert http("GET", "/rooms/a")[0] == 200


def test_a_hanging_answer_comes_in_the_end(emulator: Emulator, http: Any) -> None:
    emulator.hang(CREATE, seconds=0.05, when="before")
    assert create(http).status_code == 200


def test_latency_is_added_without_holding_up_others(emulator: Emulator, http: Any) -> None:
    emulator.latency = 0.05
    found: list[int] = []
    headers = {"Authorization": f"Bearer {emulator.api_key}"}
    threads = [
        threading.Thread(
            target=lambda: found.append(requests.get(emulator.url, headers=headers, timeout=20).status_code)
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert found == [200] * 4


@pytest.mark.parametrize(
    "wrong", [{"route": "GET /room"}, {"route": "rooms"}, {"times": 0}, {"after": -1}, {"when": "during"}]
)
def test_faults_that_make_no_sense(emulator: Emulator, wrong: Any) -> None:
    with pytest.raises(ValueError):
        emulator.fail(**wrong)
    assert len(emulator.faults) == 0


def once(emulator: Emulator, read: float = 0.5) -> Client:
    """A client of this package that sends each request once."""
    policy = RetryPolicy(attempts=1, quick_attempts=1, limited_attempts=1)
    return Client(emulator.api_key, api_url=emulator.url, retry=policy, timeout=(5.0, read))


@pytest.mark.parametrize(
    ("ask", "error"),
    [
        (lambda emulator: emulator.drip(CREATE, part="headers", seconds=0.01), RequestTimeout),
        (lambda emulator: emulator.drip(CREATE, part="body", seconds=0.01), RequestTimeout),
        (lambda emulator: emulator.wrong_length(CREATE, by=10), BadResponse),
        (lambda emulator: emulator.wrong_length(CREATE, by=-10), BadResponse),
        (lambda emulator: emulator.fail(CREATE, status=200, body={"ok": 1}, when="after"), BadResponse),
        (
            lambda emulator: emulator.fail(CREATE, 307, headers={"Location": "http://127.0.0.1:9"}, when="after"),
            ApiError,
        ),
    ],
)
def test_an_answer_that_the_client_cannot_use(emulator: Emulator, ask: Any, error: type[DailyError]) -> None:
    ask(emulator)
    with once(emulator) as client:
        with pytest.raises(error) as raised:
            client.create_room({"name": "a"})
        assert raised.value.outcome_unknown
    assert list(emulator.rooms()) == ["a"]


@pytest.mark.parametrize("compressed", [False, True])
def test_an_answer_without_end(emulator: Emulator, compressed: bool) -> None:
    emulator.flood("GET /rooms/:name", megabytes=1, compressed=compressed)
    emulator.flood("GET /rooms/:name", megabytes=100, compressed=compressed)
    emulator.add_room("a")
    with once(emulator, read=60) as client:
        assert client.get_room("a")["name"] == "a", "one megabyte is read"
        with pytest.raises(BadResponse):
            client.get_room("a")
        assert client.get_room("a")["name"] == "a"


def test_retry_after_as_a_text(emulator: Emulator, http: Any) -> None:
    emulator.fail(status=429, retry_after="Fri, 15 Jan 2027 08:00:20 GMT")
    assert http.raw("GET", "/").headers["Retry-After"] == "Fri, 15 Jan 2027 08:00:20 GMT"


@pytest.mark.parametrize(
    "ask",
    [
        lambda emulator: emulator.drip(part="status"),
        lambda emulator: emulator.drip(seconds=0),
        lambda emulator: emulator.flood(megabytes=0),
        lambda emulator: emulator.wrong_length(by=0),
        lambda emulator: emulator.omit(every=0),
        lambda emulator: emulator.wrong_total(by=0),
    ],
)
def test_ways_of_sending_that_make_no_sense(emulator: Emulator, ask: Any) -> None:
    with pytest.raises(ValueError):
        ask(emulator)
    assert len(emulator.faults) == 0


@pytest.mark.parametrize(
    ("ask", "false", "total"),
    [
        (lambda emulator: emulator.omit("GET /rooms"), lambda page: page[::2], 4),
        (lambda emulator: emulator.omit("GET /rooms", every=1), lambda page: [], 4),
        (lambda emulator: emulator.repeat("GET *"), lambda page: [room for room in page for _ in range(2)], 4),
        (lambda emulator: emulator.wrong_total("GET /rooms"), lambda page: page, 14),
        (lambda emulator: emulator.wrong_total("*", by=-9), lambda page: page, 0),
    ],
)
def test_false_lists(emulator: Emulator, http: Any, ask: Any, false: Any, total: int) -> None:
    emulator.seed(4, "room")
    true = http("GET", "/rooms")[1]
    ask(emulator)
    assert http("GET", "/rooms")[1] == {"total_count": total, "data": false(true["data"])}
    assert http("GET", "/rooms")[1] == true


def test_false_lists_of_other_shapes(emulator: Emulator, http: Any) -> None:
    emulator.add("webhooks", url="https://example.com/", eventTypes=["meeting.started"])
    emulator.add("sip_clients", username="desk")
    emulator.repeat("GET /webhooks")
    emulator.wrong_total("GET /sip-clients", by=1)
    assert len(http("GET", "/webhooks")[1]) == 2
    assert http("GET", "/sip-clients")[1]["total"] == 2
    emulator.omit("*", times=None)  # an answer without a list stays as it is
    assert http("GET", "/")[1]["domain_name"] == emulator.domain_name
    assert http("GET", "/rooms/gone")[0] == 404


def test_a_slow_answer_ends_with_the_emulator() -> None:
    emulator = Emulator().start()
    emulator.drip(seconds=60)
    failed: list[DailyError] = []
    with once(emulator, read=20) as client:

        def ask() -> None:
            try:
                client.get_domain()
            except DailyError as error:
                failed.append(error)

        thread = threading.Thread(target=ask)
        thread.start()
        for _ in range(400):
            if emulator.app.waiting:
                break
            threading.Event().wait(0.01)
        emulator.stop()
        thread.join(20)
    assert len(failed) == 1

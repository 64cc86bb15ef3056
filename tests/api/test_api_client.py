"""The client on a scripted transport: what it sends, repeats, waits for and gives back."""

from __future__ import annotations

import logging
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from pulumi_daily.api import (
    ROUTES,
    BadResponse,
    Client,
    ConfigurationError,
    ConnectError,
    ConnectionDropped,
    Limiter,
    MockTransport,
    NotFoundError,
    RateLimitError,
    RequestTimeout,
    Response,
    RetryBudgetExceeded,
    RetryPolicy,
    Route,
    Secret,
    ServerError,
    UsageError,
)
from pulumi_daily.api._client import SLACK

ROOM = {"id": "1", "name": "standup", "privacy": "public", "config": {}}
OK = Response.of(200, ROOM)
ANY = {"name": "x", "domain_name": "acme", "deleted": True}
"""An answer that every route of rooms and of the domain may give."""
DOWN = Response.of(503, {"error": "server-error"})
LIMITED = Response.of(429, {"error": "rate-limit-error"})


# -- what is sent ------------------------------------------------------------------------------------------------


def test_one_request(harness: Any, key: str) -> None:
    harness.answers = [OK]
    body = {"name": "standup"}
    assert harness.client.call("rooms.create", json=body, params={"a": None, "b": True, "c": 2}) == ROOM
    (sent,) = harness.sent
    assert (sent.method, sent.url, sent.path) == ("POST", "https://api.daily.co/v1/rooms", "/v1/rooms")
    assert sent.headers["Authorization"] == f"Bearer {key}"
    assert sent.headers["Accept"] == "application/json"
    assert sent.headers["User-Agent"].startswith("pulumi-daily/")
    assert sent.params == {"b": "true", "c": 2}
    assert sent.json == body
    assert sent.timeout == (5.0, 30.0)
    assert key not in repr(sent)


def test_options(make_harness: Callable[..., Any]) -> None:
    harness = make_harness(api_url="https://eu.example/api/v1/", user_agent="mine/1", timeout=(1.0, 2.0))
    harness.client.call(Route("own", "GET", "/own/{id}"), path={"id": "a/b"})
    (sent,) = harness.sent
    assert (sent.url, sent.json, sent.timeout) == ("https://eu.example/api/v1/own/a%2Fb", None, (1.0, 2.0))
    assert sent.headers["User-Agent"] == "mine/1"


def test_user_agent_of_a_copy_that_is_not_installed(monkeypatch: pytest.MonkeyPatch, harness: Any) -> None:
    from pulumi_daily.api import _settings

    def missing(name: str) -> str:
        raise _settings.importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(_settings.importlib.metadata, "version", missing)
    assert _settings.default_user_agent.__wrapped__() == "pulumi-daily/0"


@pytest.mark.parametrize(
    ("call", "method", "path", "json"),
    [
        (lambda c: c.get_domain(), "GET", "/", None),
        (lambda c: c.update_domain({"lang": None}), "POST", "/", {"properties": {"lang": None}}),
        (lambda c: c.get_room("a b"), "GET", "/rooms/a%20b", None),
        (lambda c: c.create_room(), "POST", "/rooms", {}),
        (lambda c: c.create_room({"name": "x"}), "POST", "/rooms", {"name": "x"}),
        (lambda c: c.update_room("x", {"privacy": "private"}), "POST", "/rooms/x", {"privacy": "private"}),
        (lambda c: c.delete_room("x"), "DELETE", "/rooms/x", None),
        (lambda c: c.delete_rooms(["x", "y"]), "DELETE", "/batch/rooms", {"room_names": ["x", "y"]}),
        (lambda c: c.get_room_presence("x", limit=5, user_id="u"), "GET", "/rooms/x/presence", None),
        (lambda c: c.get_presence(), "GET", "/presence", None),
    ],
)
def test_methods_that_give_objects(once: Any, call: Any, method: str, path: str, json: Any) -> None:
    once.answers = [Response.of(200, ANY)]
    assert call(once.client) == ANY
    (sent,) = once.sent
    assert (sent.method, sent.path, sent.json) == (method, "/v1" + path, json)
    once.answers = [Response.of(200, ["no object"])]
    with pytest.raises(BadResponse, match="is not an object") as raised:
        call(once.client)
    assert raised.value.outcome_unknown == (method != "GET")
    if "presence" in path and "rooms" in path:
        assert sent.params == {"limit": 5, "userId": "u"}


@pytest.mark.parametrize("answer", [[ROOM], {"data": [ROOM]}])
def test_batch_create(once: Any, answer: Any) -> None:
    once.answers = [Response.of(200, answer)]
    assert once.client.create_rooms([{"name": "standup"}]) == [ROOM]
    assert once.sent[0].json == {"rooms": [{"name": "standup"}]}


@pytest.mark.parametrize("answer", [None, {}, {"data": {}}, ["x"], "x"])
def test_batch_create_with_an_odd_answer(once: Any, answer: Any) -> None:
    once.answers = [Response.of(200, answer)]
    with pytest.raises(
        BadResponse, match=r"not (a list of rooms|an object with name or data) .*\(POST /batch/rooms\)"
    ) as raised:
        once.client.create_rooms([{}])
    assert raised.value.outcome_unknown


@pytest.mark.parametrize("count", [0, 1001])
def test_batch_bounds(once: Any, count: int) -> None:
    with pytest.raises(UsageError, match=f"1 to 1000 rooms, not {count}"):
        once.client.create_rooms([{}] * count)
    with pytest.raises(UsageError, match=f"1 to 1000 rooms, not {count}"):
        once.client.delete_rooms(["x"] * count)
    assert once.sent == []


def test_tokens(once: Any) -> None:
    once.answers = [Response.of(200, {"token": "jwt"})]
    assert once.client.create_meeting_token() == "jwt"
    assert once.client.create_meeting_token({"room_name": "x"}) == "jwt"
    assert [sent.json for sent in once.sent] == [{"properties": {}}, {"properties": {"room_name": "x"}}]
    once.answers = [Response.of(200, {"token": None})]
    with pytest.raises(BadResponse, match="an object with a token"):
        once.client.create_meeting_token()


@pytest.mark.parametrize("body", [b"", b"  \n", b"null"])
def test_empty_answers_are_none(once: Any, body: bytes) -> None:
    once.answers = [Response(200, {}, body)]
    assert once.client.call("webhooks.delete", path={"id": "u"}) is None


def test_calls_that_cannot_be_made(harness: Any, key: str) -> None:
    with pytest.raises(UsageError, match=r"no route 'rooms\.creat'; near it: rooms\.create"):
        harness.client.call("rooms.creat")
    with pytest.raises(UsageError, match="no route 'zzz'; see ROUTES"):
        harness.client.call("zzz")
    with pytest.raises(UsageError, match="path parameters"):
        harness.client.call("rooms.get")
    for value in (object(), float("nan")):
        with pytest.raises(UsageError, match="cannot be written as JSON"):
            harness.client.call("rooms.create", json={"hmac": "canary", "x": value})
    assert harness.sent == []
    assert harness.client.request_counts == {}


# -- repeating ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("failure", [DOWN, RequestTimeout("late"), ConnectionDropped("gone"), Response(200, {}, b"<")])
def test_idempotent_calls_are_repeated(harness: Any, failure: Any) -> None:
    for route, path in [("rooms.get", {"name": "x"}), ("rooms.delete", {"name": "x"}), ("domain.update", None)]:
        harness.answers = [failure, failure, Response.of(200, ANY)]
        harness.clock.slept.clear()
        assert harness.client.call(route, path=path) == ANY
        assert harness.clock.slept == [0.5, 1.0]


@pytest.mark.parametrize("failure", [DOWN, RequestTimeout("late"), ConnectionDropped("gone"), Response(200, {}, b"<")])
@pytest.mark.parametrize("route", [n for n, r in ROUTES.items() if not r.idempotent])
def test_others_are_not(harness: Any, failure: Any, route: str) -> None:
    harness.answers = [failure]
    path = dict.fromkeys(ROUTES[route].params, "x")
    with pytest.raises((ServerError, RequestTimeout, ConnectionDropped, BadResponse)) as raised:
        harness.client.call(route, path=path, json={})
    assert raised.value.outcome_unknown
    assert len(harness.sent) == 1
    assert harness.clock.slept == []


@pytest.mark.parametrize("failure", [LIMITED, ConnectError("refused")])
def test_what_was_not_processed_is_repeated_always(harness: Any, failure: Any) -> None:
    harness.answers = [failure, failure, OK]
    assert harness.client.create_room() == ROOM
    assert len(harness.sent) == 3
    assert sum(harness.clock.slept) == pytest.approx(1.5)


def test_every_attempt_is_counted(harness: Any) -> None:
    harness.answers = [DOWN, LIMITED, Response.of(200, ANY)]
    harness.client.get_room("x")
    harness.client.get_domain()
    counts = harness.client.request_counts
    assert counts == {"rooms.get": 3, "domain.get": 1}
    harness.client.get_domain()
    assert counts["domain.get"] == 1
    with pytest.raises(TypeError):
        counts["domain.get"] = 0


def test_retry_after_pauses_the_tier(harness: Any) -> None:
    harness.answers = [Response.of(429, {"error": "rate-limit-error"}, {"Retry-After": "7"}), OK]
    start = harness.clock.now
    harness.client.get_room("x")
    assert harness.clock.now - start == pytest.approx(7)
    (line,) = harness.lines
    assert line.startswith(
        "waiting 7 s because Daily asked to slow down (tier A: 20 requests per 1 s, 100 requests per 5 s): "
    )
    assert harness.client._limiter.budget("A")[0].limit == 10


def test_long_waits_are_told(harness: Any, key: str) -> None:
    harness.answers = [Response.of(503, {"info": key}, {"Retry-After": "7"}), DOWN, OK]
    harness.client.get_room("x")
    assert harness.lines == ["503: <redacted> (GET /rooms/x); try again later; attempt 2 in 7 s"]
    assert harness.clock.slept == [7.0, 1.0]


def test_no_log_is_fine(clock: Any) -> None:
    answers = iter([Response.of(503, {}, {"Retry-After": "7"}), OK])
    client = Client("k", transport=MockTransport(lambda request: next(answers)), clock=clock, sleep=clock.sleep)
    assert client.get_room("x") == ROOM


@pytest.mark.parametrize(
    ("failure", "attempts", "last"),
    [
        (DOWN, 8, ServerError),
        (LIMITED, 16, RateLimitError),  # in two minutes, not in 8 attempts
        (ConnectError("no"), 4, ConnectError),
        (Response(200, {}, b"<"), 4, BadResponse),
    ],
)
def test_giving_up(harness: Any, failure: Any, attempts: int, last: type[Exception]) -> None:
    harness.answers = [failure]
    with pytest.raises(RetryBudgetExceeded) as raised:
        harness.client.get_room("x")
    error = raised.value
    assert type(error.last) is last
    assert error.__cause__ is error.last
    assert error.attempts == attempts == len(harness.sent)
    assert error.waited == pytest.approx(sum(harness.clock.slept))
    assert not error.outcome_unknown
    assert str(error).startswith(f"gave up after {attempts} attempts and ")


def test_giving_up_pauses_the_others_too(make_harness: Callable[..., Any]) -> None:
    harness = make_harness(retry=RetryPolicy(limited_attempts=1))
    for headers, pause in [({}, 1.0), ({"Retry-After": "9"}, 9.0), ({"Retry-After": "999"}, 60.0)]:
        harness.answers = [Response.of(429, {}, headers)]
        with pytest.raises(RateLimitError):
            harness.client.get_room("x")
        start = harness.clock.now
        harness.answers = [OK]
        harness.client.get_room("x")
        assert harness.clock.now - start == pytest.approx(pause)


def test_time_spent_in_failed_attempts_counts(harness: Any) -> None:
    def slow(request: Any) -> Response:
        harness.clock.now += 30
        raise RequestTimeout("no answer in time")

    harness.answers = [slow]
    start = harness.clock.now
    with pytest.raises(RetryBudgetExceeded):
        harness.client.get_room("x")
    assert len(harness.sent) == 4
    assert harness.clock.now - start <= 120 + 30


def test_429s_of_calls_that_flew_together_halve_the_budget_once(harness: Any, clock: Any) -> None:
    soon = Response.of(429, {}, {"Retry-After": "0"})

    def while_another_call_is_refused(request: Any) -> Response:
        clock.now += 0.1
        assert harness.client.get_room("other") == ROOM
        clock.now += 0.1
        return soon

    harness.answers = [while_another_call_is_refused, soon, OK]
    assert harness.client.get_room("standup") == ROOM
    assert len(harness.sent) == 4
    assert harness.client._limiter.budget("A")[0].limit == 10


def test_what_a_call_would_wait(harness: Any) -> None:
    assert harness.client.would_wait("rooms.delete") == 0.0
    harness.client._limiter.penalise("B", 7.0)
    assert harness.client.would_wait("rooms.delete") == pytest.approx(7.0)
    assert harness.client.would_wait(ROUTES["rooms.get"]) == 0.0


def test_waits_of_the_limiter_do_not_count(make_harness: Callable[..., Any], clock: Any) -> None:
    limiter = Limiter(clock=clock, sleep=clock.sleep, share=0.001)
    harness = make_harness(limiter=limiter, retry=RetryPolicy(budget=2.0))
    harness.answers = [DOWN, DOWN, OK]
    assert harness.client.get_room("x") == ROOM
    assert clock.now > 1100


def test_a_definite_error_after_a_lost_answer_stays_unknown(harness: Any) -> None:
    gone = Response.of(404, {"error": "not-found", "info": "room x not found"})
    harness.answers = [ConnectionDropped("gone"), gone]
    with pytest.raises(NotFoundError) as raised:
        harness.client.delete_room("x")
    assert raised.value.outcome_unknown
    harness.answers = [ConnectError("refused"), gone]
    with pytest.raises(NotFoundError) as raised:
        harness.client.delete_room("x")
    assert not raised.value.outcome_unknown


def test_unknown_outcomes_survive_giving_up(harness: Any) -> None:
    harness.answers = [ConnectionDropped("gone"), ConnectError("refused")]
    with pytest.raises(RetryBudgetExceeded) as raised:
        harness.client.delete_room("x")
    assert isinstance(raised.value.last, ConnectError)
    assert raised.value.outcome_unknown


def test_each_route_waits_in_its_tier(harness: Any) -> None:
    for _ in range(2):
        harness.client.delete_room("x")
    for _ in range(20):
        harness.client.get_room("x")
    assert harness.clock.slept == []
    harness.client.delete_room("x")
    assert sum(harness.clock.slept) == pytest.approx(1, abs=0.1)
    for _ in range(47):
        harness.client.delete_room("x")
    harness.client.delete_room("x")
    assert sum(harness.clock.slept) == pytest.approx(30, abs=0.1)


def test_other_processes_know_how_long_a_request_may_last(make_harness: Any) -> None:
    leases: list[float] = []

    def answer(request: Any) -> Response:
        with harness.client._limiter._store.open("A") as ledger:
            leases.extend(until - harness.clock.now for until in ledger.flying.values())
        return Response.of(200, ROOM)

    for timeout in ((5.0, 30.0), (2.0, 600.0)):
        harness = make_harness(timeout=timeout)
        harness.answers = [answer]
        harness.client.get_room("x")
    assert leases == [5.0 + 30.0 + SLACK, 2.0 + 600.0 + SLACK]


def test_errors_of_the_transport_s_own_pass_through(harness: Any) -> None:
    harness.answers = [ZeroDivisionError()]
    with pytest.raises(ZeroDivisionError):
        harness.client.get_room("x")


# -- key and URL --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bad", "text"),
    [
        ("", "empty"),
        ("  \n", "empty"),
        ("canary\n", "a blank or a line break"),
        (" canary", "a blank or a line break"),
        ("can\tary", "a blank or a line break"),
        ("can\u00a0ary", "a blank or a line break"),
        ("canäry", "characters that no key has"),
        ("can\x00ary", "characters that no key has"),
        (None, "not a string"),
    ],
)
def test_keys_that_cannot_be_used(bad: Any, text: str) -> None:
    for form in (bad, Secret(bad)):
        with pytest.raises(ConfigurationError, match=text) as raised:
            Client(form, transport=MockTransport(lambda request: OK))
        assert "can" not in str(raised.value).replace("cannot", "")


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://api.daily.co/v1", "https://api.daily.co/v1"),
        (" HTTPS://API.daily.co/v1// ", "https://api.daily.co/v1"),
        ("https://eu.example:8443", "https://eu.example:8443"),
        ("http://127.0.0.1:9999/v1", "http://127.0.0.1:9999/v1"),
        ("http://127.8.8.8", "http://127.8.8.8"),
        ("http://[::1]:80/v1", "http://[::1]:80/v1"),
        ("http://LOCALHOST:1/v1", "http://localhost:1/v1"),
    ],
)
def test_urls(url: str, kept: str) -> None:
    assert Client("k", api_url=url, transport=MockTransport(lambda request: OK)).api_url == kept


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.daily.co/v1",
        "ftp://api.daily.co",
        "https://",
        "https:///v1",
        "https://api.daily.co:port",
        "https://[broken",
        "https://api daily.co/v1",
        "https://api.daily.co/v 1",
        "https://me:canary@api.daily.co/v1",
        "https://canary@api.daily.co/v1",
        "https://me:12/canary@api.daily.co/v1",
        "https://api.daily.co/v1?key=canary",
        "https://api.daily.co/v1#canary",
        "http://api.daily.co/v1",
        "http://127.0.0.1.evil.example/v1",
        "http://localhost.evil.example/v1",
        "http://10.0.0.1/v1",
        "http://0x7f.1/v1",
        "http://[::2]/v1",
    ],
)
def test_urls_that_must_not_see_the_key(url: str) -> None:
    transport = MockTransport(lambda request: OK)
    with pytest.raises(ConfigurationError, match=r"API URL|plain HTTP") as raised:
        Client("k", api_url=url, transport=transport)
    assert "canary" not in str(raised.value)
    assert transport.requests == []


# -- housekeeping -------------------------------------------------------------------------------------------------


def test_repr_and_pickle_do_not_show_the_key(harness: Any, key: str) -> None:
    assert repr(harness.client) == "Client(api_url='https://api.daily.co/v1', api_key=***)"
    assert key not in f"{vars(harness.client)}"
    with pytest.raises(TypeError):
        pickle.dumps(harness.client)


def test_a_key_may_come_as_a_secret(make_harness: Callable[..., Any]) -> None:
    harness = make_harness(api_key=Secret("other"))
    harness.client.get_domain()
    assert harness.sent[0].headers["Authorization"] == "Bearer other"


def test_debug_log(harness: Any, caplog: pytest.LogCaptureFixture, key: str) -> None:
    def slow(request: Any) -> Response:
        harness.clock.now += 0.25
        return OK

    harness.answers = [slow, ConnectError("refused"), OK]
    with caplog.at_level(logging.DEBUG, logger="pulumi_daily"):
        harness.client.update_room("standup-canary", {"properties": {"hmac": "hmac-canary"}})
        harness.client.get_room("standup-canary")
    lines = [(record.levelname, record.getMessage()) for record in caplog.records if record.name == "pulumi_daily"]
    assert lines == [
        ("DEBUG", "POST /rooms/{name}: 200 in 250 ms"),
        ("DEBUG", "GET /rooms/{name}: no answer in 0 ms"),
        ("DEBUG", "GET /rooms/{name}: 200 in 0 ms"),
    ]
    assert "canary" not in caplog.text


def test_a_given_transport_is_not_closed() -> None:
    class Closing(MockTransport):
        closed = False

        def close(self) -> None:
            self.closed = True

    transport = Closing(lambda request: OK)
    with Client("k", transport=transport) as client:
        assert client.get_room("x") == ROOM
    assert not transport.closed
    with Client("k") as client:
        assert repr(client._transport) == "RequestsTransport()"

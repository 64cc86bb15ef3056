"""The retry decision, case by case, and its bounds."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_daily.api import (
    ROUTES,
    ApiError,
    AuthenticationError,
    BadResponse,
    ConfigurationError,
    ConnectError,
    ConnectionDropped,
    DailyError,
    InvalidRequestError,
    NotFoundError,
    RateLimitError,
    RequestTimeout,
    RetryPolicy,
    ServerError,
)
from pulumi_daily.api._retry import decide, retry_after

POLICY = RetryPolicy()
READ, SET, CREATE = ROUTES["rooms.get"], ROUTES["rooms.update"], ROUTES["rooms.create"]
NOW = 1_800_000_000.0


@pytest.mark.parametrize(
    ("failure", "read", "set_", "create"),
    [
        (429, True, True, True),
        (RateLimitError(429), True, True, True),
        (ConnectError("x"), True, True, True),
        (ConnectError("x", permanent=True), False, False, False),
        (500, True, True, False),
        (503, True, True, False),
        (ServerError(502), True, True, False),
        (ConnectionDropped("x"), True, True, False),
        (RequestTimeout("x"), True, True, False),
        (BadResponse("x"), True, True, False),
        (400, False, False, False),
        (404, False, False, False),
        (302, False, False, False),
        (InvalidRequestError(400), False, False, False),
        (NotFoundError(404), False, False, False),
        (AuthenticationError(401), False, False, False),
        (ApiError(418), False, False, False),
        (ConfigurationError("x"), False, False, False),
    ],
)
def test_table(failure: DailyError | int, read: bool, set_: bool, create: bool) -> None:
    for route, expected in ((READ, read), (SET, set_), (CREATE, create)):
        decision = decide(1, failure, route, 0.0, POLICY, lambda: 1.0)
        assert decision.retry is expected
        assert decision.exhausted is False
        assert bool(decision.reason) is not expected
        assert (decision.wait > 0) is expected


def test_backoff() -> None:
    policy = RetryPolicy(attempts=100, budget=1e9)
    waits = [decide(n, 500, READ, 0.0, policy, lambda: 1.0).wait for n in range(1, 9)]
    assert waits == [0.5, 1, 2, 4, 8, 16, 30, 30]
    assert [decide(n, 500, READ, 0.0, policy, lambda: 0.0).wait for n in (1, 8)] == [0.25, 15]
    endless = RetryPolicy(attempts=10**9)
    assert decide(10**6, 500, READ, 0.0, endless, lambda: 1.0).wait == 30
    limited = [decide(n, 429, READ, 0.0, POLICY, lambda: 1.0).wait for n in range(1, 8)]
    assert limited == [0.5, 1, 2, 4, 8, 10, 10]


def test_bounds() -> None:
    assert decide(7, 500, READ, 0.0, POLICY, lambda: 0.0).retry
    last = decide(8, 500, READ, 0.0, POLICY, lambda: 0.0)
    assert (last.retry, last.exhausted, last.reason) == (False, True, "8 attempts failed")
    assert decide(39, 429, READ, 0.0, POLICY, lambda: 0.0).retry
    assert decide(40, 429, READ, 0.0, POLICY, lambda: 0.0).exhausted
    for quick in (ConnectError("x"), BadResponse("x")):
        assert decide(3, quick, READ, 0.0, POLICY, lambda: 0.0).retry
        assert decide(4, quick, READ, 0.0, POLICY, lambda: 0.0).exhausted
    late = decide(1, 500, READ, 119.8, POLICY, lambda: 1.0)
    assert (late.retry, late.exhausted, late.reason) == (False, True, "120 s lost, 120 s allowed")
    assert decide(1, 500, READ, 119.5, POLICY, lambda: 1.0).retry
    assert decide(1, 429, READ, 0.0, RetryPolicy(limited_attempts=1), lambda: 1.0).exhausted


def test_retry_after_wins() -> None:
    assert decide(1, RateLimitError(429, retry_after=7.0), READ, 0.0, POLICY, lambda: 0.0).wait == 7
    assert decide(5, ServerError(503, retry_after=0.0), READ, 0.0, POLICY, lambda: 1.0).wait == 0
    assert decide(1, RateLimitError(429, retry_after=3600.0), READ, 0.0, POLICY, lambda: 0.0).wait == 60
    assert decide(1, RateLimitError(429, retry_after=50.0), READ, 100.0, POLICY, lambda: 0.0).exhausted


@given(
    st.lists(st.tuples(st.sampled_from([429, 500, 503]), st.none() | st.floats(0, 1e6)), min_size=1, max_size=12),
    st.floats(0, 1, exclude_max=True),
)
def test_always_ends_in_time(failures: list[tuple[int, float | None]], draw: float) -> None:
    elapsed = 0.0
    for attempt, (status, asked) in zip(range(1, 201), itertools.cycle(failures), strict=False):
        cls = RateLimitError if status == 429 else ServerError
        decision = decide(attempt, cls(status, retry_after=asked), READ, elapsed, POLICY, lambda: draw)
        if not decision.retry:
            assert decision.exhausted
            break
        assert decision.wait >= 0
        elapsed += decision.wait
    assert attempt <= POLICY.limited_attempts
    assert elapsed <= POLICY.budget


@pytest.mark.parametrize("draw", [0.0, 0.999])
def test_a_storm_of_429s_is_sat_out_as_long_as_there_is_time(draw: float) -> None:
    attempt, elapsed = 1, 0.0
    while (decision := decide(attempt, 429, CREATE, elapsed, POLICY, lambda: draw)).retry and attempt < 1000:
        attempt, elapsed = attempt + 1, elapsed + decision.wait
    assert attempt < POLICY.limited_attempts
    assert POLICY.budget - POLICY.limited_cap < elapsed <= POLICY.budget


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": " 12 "}, 12.0),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "1.5"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "²"}, None),
        ({"retry-after": "Fri, 15 Jan 2027 08:00:30 GMT"}, 30.0),
        ({"retry-after": "Fri, 15 Jan 2027 07:59:00 GMT"}, 0.0),
        ({"retry-after": "Fri, 15 Jan 2027 08:00:30"}, 30.0),
        ({"retry-after": "Fri, 99 Jan 2027 07:59:00 GMT"}, None),
        ({"retry-after": "Fri, 15 Jan 2027 08:00:30 GMT", "date": "Fri, 15 Jan 2027 08:00:20 GMT"}, 10.0),
        ({"retry-after": "Fri, 15 Jan 2027 08:00:30 GMT", "date": "yesterday"}, 30.0),
    ],
)
def test_retry_after_header(headers: dict[str, str], expected: float | None) -> None:
    assert retry_after(headers, lambda: NOW) == expected

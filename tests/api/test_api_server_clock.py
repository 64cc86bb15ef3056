"""What the `Date` headers say about the server's clock."""

from __future__ import annotations

import contextlib
import email.utils
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_daily.api import DailyError, Response
from pulumi_daily.api._server_clock import ServerClock

NOW = 1_800_000_000
EXACT = 1 << 10  # times are in parts of a second that floats add without rounding


def dated(at: float) -> dict[str, str]:
    return {"date": email.utils.formatdate(math.floor(at), usegmt=True)}


def moments(least: int, most: int) -> st.SearchStrategy[float]:
    return st.integers(least * EXACT, most * EXACT).map(lambda parts: parts / EXACT)


ANSWERS = st.lists(st.tuples(moments(0, 100), moments(0, 30), moments(0, 30)), min_size=1, max_size=12)
"""(pause before it, way there, way back), in seconds."""


@given(moments(NOW, NOW + 10), ANSWERS, moments(0, 10_000))
def test_the_true_time_is_always_within_the_bounds(ahead: float, answers: list[tuple[float, float, float]], end: float):
    now = 0.0
    clock = ServerClock(lambda: now)
    before = math.inf
    for pause, there, back in answers:
        sent = now + pause
        now = sent + there + back
        clock.learn(dated(ahead + sent + there), sent, now)
        bounds = clock.now()
        assert bounds is not None
        assert bounds[0] <= ahead + now < bounds[1]
        assert bounds[1] - bounds[0] <= min(before, 1 + there + back), "each answer tells as much, or more"
        before = bounds[1] - bounds[0]
    now += end
    assert clock.now() == (bounds[0] + end, bounds[1] + end)


@given(moments(NOW, NOW + 10), st.floats(2, 1e6) | st.floats(-1e6, -2), ANSWERS)
def test_a_clock_that_was_set_is_learned_anew(ahead: float, change: float, answers: list[tuple[float, float, float]]):
    """By more than the bounds were apart."""
    now = 0.0
    clock = ServerClock(lambda: now)
    clock.learn(dated(ahead), 0.0, 0.0)
    clock.learn(dated(ahead + change), 0.0, 0.0)
    bounds = clock.now()
    assert bounds is not None
    assert bounds[0] <= ahead + change < bounds[1]
    assert bounds[1] - bounds[0] == 1


def test_without_a_usable_date_nothing_is_known() -> None:
    clock = ServerClock(lambda: 0.0)
    for headers in ({}, {"date": "yesterday"}, {"date": ""}):
        clock.learn(headers, 0.0, 1.0)
        assert clock.now() is None


@pytest.mark.parametrize("status", [200, 302, 404, 429])
def test_a_client_learns_from_answers_of_daily(once: Any, clock: Any, status: int) -> None:
    assert once.client.server_time() is None
    once.answers = [lambda request: clock.sleep(0.5) or Response.of(status, {}, dated(NOW + 0.5))]
    started = clock()
    with contextlib.suppress(DailyError):
        once.client.call("rooms.list")
    assert clock() == started + 0.5
    assert once.client.server_time() == (NOW, NOW + 1.5)
    clock.now += 10
    assert once.client.server_time() == (NOW + 10, NOW + 11.5)


@pytest.mark.parametrize("status", [500, 502, 504])
def test_an_error_page_tells_no_time(once: Any, status: int) -> None:
    """It may be that of a gateway, whose clock is another one."""
    once.answers = [Response.of(status, {}, dated(NOW))]
    with pytest.raises(DailyError):
        once.client.call("rooms.list")
    assert once.client.server_time() is None


def test_an_answer_that_did_not_come_tells_nothing(once: Any) -> None:
    once.answers = [DailyError("lost")]
    with pytest.raises(DailyError):
        once.client.call("rooms.list")
    assert once.client.server_time() is None

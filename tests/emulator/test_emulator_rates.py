"""Rate windows: on a settable clock, in process; and once over HTTP."""

from __future__ import annotations

import random
from typing import Any

import pytest

from pulumi_daily.emulator import Clock, Emulator, Switches
from pulumi_daily.emulator._rates import TIERS, Rates
from pulumi_daily.emulator._routes import ROUTES


def test_the_tiers_are_those_of_the_documentation() -> None:
    assert {t: TIERS[t] for t in "ABC"} == {"A": (100, 5.0), "B": (50, 30.0), "C": (5, 5.0)}
    assert {name for name, route in ROUTES.items() if route.tier == "B"} == {"DELETE /rooms/:name", "GET /recordings"}
    assert {name for name, route in ROUTES.items() if route.tier == "C"} == {
        "POST /rooms/:name/recordings/start",
        "POST /rooms/:name/live-streaming/start",
        "POST /rooms/:name/dialOut/start",
    }


@pytest.mark.parametrize("tier", sorted(TIERS))
@pytest.mark.parametrize("window", ["sliding", "fixed"])
def test_no_window_lets_more_through(tier: str, window: Any) -> None:
    limit, span = TIERS[tier]
    clock = Clock(1000.0 * span)
    rates = Rates(clock, Switches(rate_window=window))
    seed = random.randrange(2**32)
    rng = random.Random(seed)
    passed: list[float] = []
    for _ in range(limit * 8):
        clock.advance(rng.random() * span / limit)
        wait = rates.take("key", tier)
        if wait is None:
            passed.append(clock.now())
        else:
            assert 0 < wait <= span, seed
    for i, start in enumerate(passed):
        if window == "fixed":
            start -= start % span
        inside = sum(1 for at in passed[i if window == "sliding" else 0 :] if start <= at < start + span)
        assert inside <= limit, seed


def test_the_wait_that_is_named_is_enough() -> None:
    for window in ("sliding", "fixed"):
        clock = Clock(1002.0)
        rates = Rates(clock, Switches(rate_window=window))
        for _ in range(5):
            clock.advance(0.1)
            assert rates.take("key", "C") is None
        wait = rates.take("key", "C")
        assert wait is not None
        clock.advance(wait + 1e-6)
        assert rates.take("key", "C") is None


def test_keys_and_tiers_have_budgets_of_their_own() -> None:
    rates = Rates(Clock(0.0), Switches())
    for _ in range(5):
        assert rates.take("one", "C") is None
    assert rates.take("one", "C") == 5.0
    assert rates.take("two", "C") is None
    assert rates.take("one", "A") is None
    assert rates.used() == {"A": 1, "B": 0, "C": 6, "batch": 0}
    rates.clear()
    assert rates.take("one", "C") is None


def test_a_clock_that_is_set_back_does_not_lock_out() -> None:
    clock = Clock(1000.0)
    rates = Rates(clock, Switches())
    for _ in range(5):
        rates.take("key", "C")
    clock.set(10.0)
    assert rates.take("key", "C") is None


def test_deleting_rooms_is_the_narrow_tier(emulator: Emulator, http: Any) -> None:
    emulator.rate_limits = True
    emulator.seed(60, "r")
    statuses = [http("DELETE", f"/rooms/r-{i}")[0] for i in range(51)]
    assert statuses == [200] * 50 + [429]
    assert http("GET", "/rooms")[0] == 200
    assert http("DELETE", "/batch/rooms", {"room_names": ["r-50"]})[0] == 200
    assert emulator.rate_counts() == {"A": 1, "B": 50, "C": 0, "batch": 1}
    emulator.clock.advance(29.9)
    assert http("DELETE", "/rooms/r-51")[0] == 429
    emulator.clock.advance(0.1)
    assert http("DELETE", "/rooms/r-51")[0] == 200
    assert emulator.count("DELETE /rooms/:name", 429) == 2


def test_a_domain_can_be_without_limits(emulator: Emulator, http: Any) -> None:
    emulator.rate_limits = True
    emulator.set_domain_config(disable_rate_limiting=True)
    assert {http("GET", "/")[0] for _ in range(101)} == {200}
    assert http.ok("GET", "/")["config"]["disable_rate_limiting"] is True


def test_refused_keys_and_unknown_routes_cost_nothing(emulator: Emulator, http: Any) -> None:
    emulator.rate_limits = True
    for _ in range(3):
        http("GET", "/nowhere")
        http("GET", "/rooms", headers={"Authorization": "Bearer wrong"})
    assert emulator.rate_counts()["A"] == 0

"""Rate windows: on a settable clock, in process; and once over HTTP."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from pulumi_daily.emulator import Clock, Emulator, Switches
from pulumi_daily.emulator._rates import TIERS, Rates
from pulumi_daily.emulator._routes import ROUTES


def test_the_tiers_are_those_of_the_documentation() -> None:
    assert {t: TIERS[t] for t in "ABC"} == {
        "A": ((20, 1.0), (100, 5.0)),
        "B": ((2, 1.0), (50, 30.0)),
        "C": ((1, 1.0), (5, 5.0)),
    }
    assert {name for name, route in ROUTES.items() if route.tier == "B"} == {"DELETE /rooms/:name", "GET /recordings"}
    assert {name for name, route in ROUTES.items() if route.tier == "C"} == {
        "POST /rooms/:name/recordings/start",
        "POST /rooms/:name/live-streaming/start",
        "POST /rooms/:name/dialOut/start",
    }


@pytest.mark.parametrize("tier", sorted(TIERS))
@pytest.mark.parametrize("window", ["sliding", "fixed"])
@pytest.mark.parametrize("reading", ["literal", "window"])
def test_no_window_lets_more_through(tier: str, window: Any, reading: Any) -> None:
    windows = TIERS[tier] if reading == "literal" else TIERS[tier][-1:]
    limit, longest = TIERS[tier][-1]
    clock = Clock(1000.0 * longest)
    rates = Rates(clock, Switches(rate_window=window, rate_reading=reading))
    seed = random.randrange(2**32)
    rng = random.Random(seed)
    passed: list[float] = []
    refused = 0
    for _ in range(limit * 8):
        clock.advance(rng.random() * longest / limit)
        wait = rates.take("key", tier)
        if wait is None:
            passed.append(clock.now())
        else:
            refused += 1
            assert 0 < wait <= longest, seed
            assert max(map(inside(passed, window, clock.now()), windows)) == 1, seed
    assert refused, seed
    for at in passed:
        assert max(map(inside([one for one in passed if one <= at], window, at), windows)) <= 1, seed


def inside(passed: list[float], window: str, now: float) -> Callable[[tuple[int, float]], float]:
    """How full a window is at a moment; 1 is full."""

    def full(one: tuple[int, float]) -> float:
        limit, span = one
        recent = [at for at in passed if (at > now - span if window == "sliding" else at >= now - now % span)]
        return len(recent) / limit

    return full


@pytest.mark.parametrize("window", ["sliding", "fixed"])
@pytest.mark.parametrize("reading", ["literal", "window"])
def test_the_wait_that_is_named_is_enough(window: Any, reading: Any) -> None:
    clock = Clock(1002.0)
    rates = Rates(clock, Switches(rate_window=window, rate_reading=reading))
    for tier in TIERS:
        waits = 0
        while waits < 3:
            clock.advance(0.01)
            wait = rates.take("key", tier)
            if wait is not None:
                clock.advance(wait + 1e-6)
                assert rates.take("key", tier) is None
                waits += 1


@pytest.mark.parametrize(("reading", "left"), [("literal", 8), ("window", 100)])
def test_batches_count_in_tier_a_as_well(reading: Any, left: int) -> None:
    rates = Rates(Clock(0.0), Switches(rate_reading=reading))
    for _ in range(12):
        assert rates.take("key", "batch") is None
    for _ in range(left):
        assert rates.take("key", "A") is None
    assert rates.take("key", "A") is not None
    assert (rates.take("key", "batch") is None) == (reading == "window"), "a full tier A refuses batches"
    if reading == "literal":
        assert rates.used() == {"A": 20, "B": 0, "C": 0, "batch": 12}, "what is refused counts nowhere"


def test_keys_and_tiers_have_budgets_of_their_own() -> None:
    rates = Rates(Clock(0.0), Switches(rate_reading="window"))
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
    assert rates.take("key", "C") is None
    assert rates.take("key", "C") == 1.0
    clock.set(10.0)
    assert rates.take("key", "C") is None


def test_deleting_rooms_is_the_narrow_tier(emulator: Emulator, http: Any) -> None:
    emulator.rate_limits = True
    emulator.switches.rate_reading = "window"
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


def test_a_second_has_a_limit_of_its_own(emulator: Emulator, http: Any) -> None:
    emulator.rate_limits = True
    emulator.seed(3, "r")
    assert [http("DELETE", f"/rooms/r-{i}")[0] for i in range(3)] == [200, 200, 429]
    emulator.clock.advance(1)
    assert http("DELETE", "/rooms/r-2")[0] == 200
    assert [http("GET", "/rooms")[0] for _ in range(20)] == [200] * 20
    assert http("GET", "/rooms")[0] == http("DELETE", "/batch/rooms", {"room_names": ["r-2"]})[0] == 429
    assert emulator.rate_counts() == {"A": 20, "B": 3, "C": 0, "batch": 0}


def test_a_domain_can_be_without_limits(emulator: Emulator, http: Any) -> None:
    emulator.rate_limits = True
    emulator.set_domain_config(disable_rate_limiting=True)
    assert {http("GET", "/")[0] for _ in range(21)} == {200}
    assert http.ok("GET", "/")["config"]["disable_rate_limiting"] is True


def test_refused_keys_and_unknown_routes_cost_nothing(emulator: Emulator, http: Any) -> None:
    emulator.rate_limits = True
    for _ in range(3):
        http("GET", "/nowhere")
        http("GET", "/rooms", headers={"Authorization": "Bearer wrong"})
    assert emulator.rate_counts()["A"] == 0

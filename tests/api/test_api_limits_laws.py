"""Laws of the limiter over several processes that share a store, with a clock that jumps and processes that die."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import cycle
from random import Random
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from limits_world import Machine, Process

from pulumi_daily.api import TIERS, Tier, Window
from pulumi_daily.api._ledger import LEASE
from pulumi_daily.api._limits import NAP
from pulumi_daily.emulator import Clock, Switches
from pulumi_daily.emulator._rates import Rates

LIMIT, SECONDS = 4, 5.0


@dataclass
class Request:
    """One request: when its turn was asked for, when it was sent, when it was answered (or its process died)."""

    process: Process
    asked: float
    start: float
    tier: str = "T"
    end: float = float("inf")

    @property
    def counted_at_last(self) -> float:
        """The latest moment at which the server may have counted it."""
        return min(self.end, self.process.died)


@dataclass
class Plan:
    """What a simulated process does: threads, requests of each, how long one takes, pauses between them."""

    begins: float
    threads: int
    requests: int
    duration: float
    idle: float
    share: float
    dies: float | None
    tiers: tuple[str, ...] = ("T",)
    """Those of its requests, one after the other."""


PLANS = st.builds(
    Plan,
    begins=st.floats(0, 20),
    threads=st.integers(1, 4),
    requests=st.integers(1, 6),
    duration=st.floats(0, 3),
    idle=st.sampled_from([0.0, 0.1, 2.0]),
    share=st.sampled_from([1.0, 0.5, 0.75, 0.2]),
    dies=st.none() | st.floats(0, 30),
)


def tiers(*windows: Window) -> dict[str, Tier]:
    return {"T": Tier("T", windows or (Window(LIMIT, SECONDS),), "")}


def play(machine: Machine, plans: list[Plan], until: float = 1000.0, **options: Any) -> list[Request]:
    """Run the processes; their requests in the order in which they were sent."""
    sent: list[Request] = []

    def start(plan: Plan) -> None:
        process = Process(machine, share=plan.share, **{"tiers": tiers(), **options})

        def work() -> None:
            for _, tier in zip(range(plan.requests), cycle(plan.tiers), strict=False):
                asked = machine.now
                with process.limiter.slot(tier):
                    request = Request(process, asked, machine.now, tier)
                    sent.append(request)
                    machine.sleep(plan.duration)
                    request.end = machine.now
                machine.sleep(plan.idle)

        for _ in range(plan.threads):
            machine.start(process, plan.begins, work)
        if plan.dies is not None:
            killer = Process(machine)
            machine.start(killer, plan.begins + plan.dies, process.kill)

    for plan in plans:
        start(plan)
    machine.run(until)
    return sent


def check_windows(sent: list[Request], windows: tuple[Window, ...] = (Window(LIMIT, SECONDS),)) -> None:
    """However late or early the server counts each request between its sending and its end: never too many."""
    for number, request in enumerate(sent):
        for window in windows:
            budget = window.limit * request.process.limiter.share
            allowed, seconds = (int(budget + 1e-9), window.seconds) if budget >= 1 else (1, window.seconds / budget)
            near = sum(1 for other in sent[:number] if other.counted_at_last >= request.start - seconds)
            assert near < allowed, f"{near} requests in the {seconds} s before that of {request.start}"


@settings(max_examples=60)
@given(st.lists(PLANS, min_size=1, max_size=5))
def test_no_window_is_exceeded_whoever_dies(plans: list[Plan]) -> None:
    machine = Machine()
    sent = play(machine, plans)
    check_windows(sent)
    wanted = sum(plan.threads * plan.requests for plan in plans if plan.dies is None)
    assert sum(1 for request in sent if request.process.died == float("inf")) == wanted


@settings(max_examples=20)
@given(st.lists(PLANS, min_size=2, max_size=4))
def test_several_windows_hold_at_once(plans: list[Plan]) -> None:
    windows = (Window(3, 1.0), Window(7, 10.0))
    check_windows(play(Machine(), plans, tiers=tiers(*windows)), windows)


DAILY_PLANS = st.builds(
    Plan,
    begins=st.floats(0, 8),
    threads=st.integers(1, 4),
    requests=st.integers(1, 40),
    duration=st.sampled_from([0.0, 0.02, 0.3, 3.0]),
    idle=st.sampled_from([0.0, 0.1]),
    share=st.sampled_from([1.0, 0.5, 0.2]),
    dies=st.none() | st.floats(0, 30),
    tiers=st.lists(st.sampled_from(["A", "A", "A", "batch", "batch", "B", "C"]), min_size=1, max_size=4).map(tuple),
)


@settings(max_examples=40)
@given(
    st.lists(DAILY_PLANS, min_size=1, max_size=4),
    st.randoms(use_true_random=False),
    st.sampled_from(["literal", "window"]),
    st.sampled_from(["sliding", "fixed"]),
)
def test_no_server_refuses_a_request_whenever_it_counts_it(
    plans: list[Plan], random: Random, reading: Literal["literal", "window"], window: Literal["sliding", "fixed"]
) -> None:
    """Of a literal server, too: all windows of Daily's tiers, batches in tier A as well, and processes that die."""
    sent = play(Machine(), plans, until=10_000.0, tiers=TIERS)
    clock = Clock(0.0)
    rates = Rates(clock, Switches(rate_reading=reading, rate_window=window))
    counted = []
    for request in sent:
        late = random.choice((0.0, 1.0, random.random()))
        counted.append((request.start + late * (request.counted_at_last - request.start), request.tier))
    for at, tier in sorted(counted):
        clock.set(at)
        assert rates.take("key", tier) is None, f"a request of tier {tier} at {at} s is refused"


@pytest.mark.parametrize("latency", [0.0, 0.02, 0.2])
def test_the_rate_is_the_highest_that_is_safe(latency: float) -> None:
    """20 requests in each second and the time of an answer; with four threads, as Pulumi has."""
    sent = play(Machine(), [Plan(0.0, 4, 250, latency, 0.0, 1.0, None, ("A",))], tiers=TIERS)
    last = max(request.start for request in sent)
    assert len(sent) == 1000
    # 49 windows pass before the last 20 requests, whose four threads send one after the other.
    assert 49 * (1.0 + latency) <= last <= 49 * (1.0 + latency + 0.011) + 5 * latency


@settings(max_examples=30)
@given(st.lists(PLANS, min_size=2, max_size=4))
def test_who_asks_first_is_served_first_whatever_his_process(plans: list[Plan]) -> None:
    for plan in plans:
        plan.share = 1.0
        plan.dies = None
    sent = play(Machine(), plans)
    for number, later in enumerate(sent):
        # Somebody who asked before may be asleep for a nap when his turn comes early; his turn is kept.
        assert not [r for r in sent[number:] if r.asked < later.asked and r.start > later.start + NAP]


@settings(max_examples=20)
@given(st.integers(2, 4), st.integers(1, 4), st.integers(4, 12), st.floats(0, 0.4))
def test_the_budget_is_used(processes: int, threads: int, requests: int, duration: float) -> None:
    """Sharing costs no throughput: processes that only wait for their turn use up the windows."""
    machine = Machine()
    sent = play(machine, [Plan(0, threads, requests, duration, 0, 1.0, None)] * processes)
    total = processes * threads * requests
    assert len(sent) == total
    # Each window lasts its seconds, the guard and at most the time a request takes to be answered. The last window's
    # may all be of one thread, one after the other.
    assert machine.now <= (total // LIMIT) * (SECONDS + 0.02 + duration) + LIMIT * duration + 0.1


@settings(max_examples=25)
@given(st.floats(0, 10), st.floats(0.1, 20), st.lists(PLANS, min_size=1, max_size=3))
def test_a_429_of_one_process_pauses_all(at: float, pause: float, plans: list[Plan]) -> None:
    machine = Machine()
    refused = Process(machine, tiers=tiers())
    machine.start(refused, at, lambda: refused.limiter.penalise("T", pause))
    sent = play(machine, plans)
    assert not [r for r in sent if at < r.start < at + pause - 1e-6]
    check_windows(sent)
    machine.now = max(machine.now, at + pause) + 10 * SECONDS
    assert refused.limiter.budget("T") == (Window(LIMIT, SECONDS),)


def test_the_dead_hold_nobody_up() -> None:
    """Two in flight and two waiting when their process dies: the others lose less than their places' time."""
    machine = Machine()
    one = tiers(Window(2, 5.0))
    sent = play(
        machine,
        [Plan(0.0, 4, 3, 2.0, 0.0, 1.0, 1.0), Plan(0.5, 2, 2, 0.0, 0.0, 1.0, None)],
        tiers=one,
    )
    check_windows(sent, (Window(2, 5.0),))
    alive = [r for r in sent if r.process.died == float("inf")]
    assert len(alive) == 4
    # The requests in flight may have been counted at any time until their leases end; the places are free at once.
    assert alive[0].start == pytest.approx(LEASE + 5, abs=0.1)
    assert alive[-1].start < LEASE + 5 + 5.1 + 3 * NAP


def test_a_place_that_nobody_came_back_for_is_kept_for_who_was_only_late() -> None:
    """A process that was stopped for a while gets its place back; meanwhile others went on."""
    machine = Machine()
    one = tiers(Window(1, 5.0))
    order: list[str] = []
    naps = iter([7.0])

    class Stopped(Process):
        """Its first nap is longer than it was meant to be."""

        def __init__(self) -> None:
            super().__init__(machine, tiers=one)
            self.limiter._sleep = lambda seconds: machine.sleep(next(naps, seconds))

    def worker(process: Process, name: str) -> Any:
        def work() -> None:
            process.limiter.acquire("T")
            order.append(f"{name} at {machine.now:.0f}")

        return work

    first, stopped, others = Process(machine, tiers=one), Stopped(), Process(machine, tiers=one)
    machine.start(first, 0.0, worker(first, "first"))
    machine.start(stopped, 0.1, worker(stopped, "stopped"))
    for number in (1, 2):
        machine.start(others, 0.2, worker(others, f"other {number}"))
    machine.run(100)
    assert order == ["first at 0", "other 1 at 5", "stopped at 10", "other 2 at 15"]


def test_a_file_that_is_lost_is_an_empty_one() -> None:
    machine = Machine()
    process = Process(machine, tiers=tiers(Window(2, 5.0)))

    def work() -> None:
        with process.limiter.slot("T"):
            machine.sleep(1)
            machine.file = machine.file[:-1]
            # What is in flight is known to its process; what was counted is not.
            assert process.limiter.acquire("T") == 0.0
            with Process(machine).open("T") as ledger:
                assert len(ledger.flying) == 1, "the others know of it again"
            assert process.limiter.acquire("T") == pytest.approx(5.01)

    machine.start(process, 0.0, lambda: process.limiter.acquire("T") and None)
    machine.start(process, 0.0, work)
    machine.run(100)


def test_a_request_that_outlives_its_lease_counts_when_it_ends_all_the_same() -> None:
    machine = Machine()
    one = tiers(Window(1, 5.0))
    slow, other = Process(machine, tiers=one), Process(machine, tiers=one)
    starts: list[float] = []

    def long() -> None:
        with slow.limiter.slot("T"):
            machine.sleep(LEASE + 20)

    def mine() -> None:
        slow.limiter.acquire("T")
        starts.append(machine.now)

    def others() -> None:
        other.limiter.acquire("T")
        starts.append(machine.now)

    machine.start(slow, 0.0, long)
    machine.start(other, 1.0, others)
    machine.start(slow, 2.0, mine)
    machine.run(200)
    # The other process waits for the lease, the own one for the end.
    assert starts == [pytest.approx(LEASE + 5.01, abs=NAP + 0.1), pytest.approx(LEASE + 25.01, abs=0.1)]

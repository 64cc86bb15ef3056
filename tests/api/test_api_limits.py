"""The limiter: no sliding window ever holds more than its limit, in order of asking, with any number of threads.

Daily's own tiers are in the tests of their numbers; the others use tiers of one window, whose waits are easy to see.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_daily.api import TIERS, ConfigurationError, Limiter, Tier, UsageError, Window
from pulumi_daily.api._ledger import FLOOR, GUARD

PLAIN = {
    "A": Tier("A", (Window(100, 5.0),), ""),
    "B": Tier("B", (Window(50, 30.0),), ""),
    "C": Tier("C", (Window(5, 5.0),), ""),
}


def limiter_on(clock: Any, **options: Any) -> Limiter:
    return Limiter(clock=clock, sleep=clock.sleep, **{"tiers": PLAIN, **options})


def most_in_any_window(times: list[float], seconds: float) -> int:
    """The largest number of `times` in any closed interval of that length."""
    times = sorted(times)
    return max((sum(1 for t in times if start <= t <= start + seconds) for start in times), default=0)


@pytest.mark.parametrize(
    ("tier", "bursts", "pause"),
    [
        ("A", [20, 20, 20, 20, 20, 20], 1.0),
        # 25 bursts of B use up the window of 30 s before the first one leaves it.
        ("B", [2] * 25, 30.0 - 24 * (1.0 + GUARD)),
        ("C", [1] * 12, 1.0),
        ("batch", [20, 20, 20, 20, 20, 20], 1.0),
    ],
)
def test_bursts_pass_and_the_next_request_waits(clock: Any, tier: str, bursts: list[int], pause: float) -> None:
    limiter = limiter_on(clock, tiers=TIERS)
    for number, burst in enumerate(bursts):
        waits = [limiter.acquire(tier) for _ in range(burst)]
        assert waits == [pytest.approx(1.0 + GUARD if number else 0.0), *[0.0] * (burst - 1)]
    assert limiter.acquire(tier) == pytest.approx(pause + GUARD)


def test_a_batch_counts_in_its_own_tier_and_in_the_one_it_is_within(clock: Any) -> None:
    limiter = limiter_on(clock, tiers=TIERS)
    for _ in range(12):
        limiter.acquire("batch")
    for _ in range(8):
        with limiter.slot("A") as waited:
            assert waited == 0.0
    assert limiter.expected_wait("batch") == limiter.expected_wait("A") == pytest.approx(1 + GUARD)
    assert limiter.expected_wait("B") == 0.0
    with limiter.slot("batch") as waited:
        assert waited == pytest.approx(1 + GUARD)
        assert waited.began == clock.now
    for tier, known in (("A", 21), ("batch", 13)):
        with limiter._store.open(tier) as ledger:
            assert (len(ledger.counted), ledger.flying) == (known, {})
    # A refused batch says nothing of the wider tier; but whoever waits there waits with its batches, too.
    limiter.penalise("batch", 3.0)
    assert limiter.acquire("A") == 0.0
    assert limiter.acquire("batch") == pytest.approx(3.0)
    limiter.penalise("A", 4.0)
    assert limiter.acquire("batch") == pytest.approx(4.0)


def test_a_lease_is_known_to_other_processes(clock: Any) -> None:
    limiter = limiter_on(clock, tiers=TIERS)
    with limiter.slot("batch", lease=40.0), limiter.slot("A"):
        for tier, leases in (("batch", [40.0]), ("A", [40.0, 60.0])):
            with limiter._store.open(tier) as ledger:
                assert list(ledger.flying.values()) == [clock.now + lease for lease in leases]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 3), st.floats(0, 2)), max_size=60),
    st.sampled_from([Window(3, 5.0), Window(5, 5.0), Window(1, 0.5)]),
    st.floats(0.05, 1),
)
def test_no_sliding_window_is_exceeded(steps: list[tuple[float, float]], window: Window, share: float) -> None:
    """The server may count a request at any moment between its sending and its answer."""
    now = 0.0

    def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds

    tiers = {"T": Tier("T", (window, Window(10 * window.limit, 100 * window.seconds)), "")}
    limiter = Limiter(clock=lambda: now, sleep=sleep, tiers=tiers, share=share)
    starts, ends = [], []
    for idle, duration in steps:
        sleep(idle)
        with limiter.slot("T"):
            starts.append(now)
            sleep(duration)
        ends.append(now)
    for one in tiers["T"].windows:
        allowed = max(1, int(one.limit * share + 1e-9))
        assert most_in_any_window(starts, one.seconds) <= allowed
        assert most_in_any_window(ends, one.seconds) <= allowed
        # counted late for the older ones and early for the newer ones, the worst mixture:
        for i in range(len(starts) - allowed):
            assert starts[i + allowed] - ends[i] > one.seconds


def test_in_flight_requests_count_when_they_end(clock: Any) -> None:
    limiter = limiter_on(clock)
    for _ in range(5):
        with limiter.slot("C") as waited:
            assert waited == 0.0
            clock.now += 0.2
    # The first ended 0.2 s after its start: what starts now must be 5 s after that.
    assert limiter.acquire("C") == pytest.approx(5 + GUARD - 0.8)


def test_flying_requests_block_without_a_known_end(clock: Any) -> None:
    limiter = limiter_on(clock, tiers={"T": Tier("T", (Window(1, 5.0),), "")})
    outer = limiter.slot("T")
    outer.__enter__()
    ended = False

    def sleep(seconds: float) -> None:
        nonlocal ended
        clock.sleep(seconds)
        if not ended:
            ended = True
            outer.__exit__(None, None, None)

    limiter._sleep = sleep
    assert limiter.acquire("T") == pytest.approx(2 * (5 + GUARD))


def test_an_error_in_the_slot_counts_too(clock: Any) -> None:
    limiter = limiter_on(clock, tiers={"T": Tier("T", (Window(1, 5.0),), "")})
    with pytest.raises(RuntimeError), limiter.slot("T"):
        raise RuntimeError
    assert limiter.acquire("T") > 5


def test_interrupted_waits_leave_the_queue(clock: Any) -> None:
    limiter = limiter_on(clock, tiers={"T": Tier("T", (Window(1, 5.0),), "")})
    limiter.acquire("T")

    def interrupt(seconds: float) -> None:
        raise KeyboardInterrupt

    limiter._sleep = interrupt
    with pytest.raises(KeyboardInterrupt):
        limiter.acquire("T")
    limiter._sleep = clock.sleep
    assert limiter.acquire("T") == pytest.approx(5 + GUARD)


@pytest.mark.parametrize(
    ("share", "expected"),
    [
        (1.0, [(20, 1.0), (100, 5.0)]),
        (0.5, [(10, 1.0), (50, 5.0)]),
        (0.29, [(5, 1.0), (29, 5.0)]),
        (0.01, [(1, 5.0), (1, 5.0)]),
        (0.001, [(1, 50.0), (1, 50.0)]),
    ],
)
def test_share(clock: Any, share: float, expected: list[tuple[int, float]]) -> None:
    found = limiter_on(clock, tiers=TIERS, share=share).budget("A")
    assert [(window.limit, window.seconds) for window in found] == [(n, pytest.approx(s)) for n, s in expected]


@pytest.mark.parametrize("share", [0, -1, 1.5, float("nan")])
def test_share_out_of_range(share: float) -> None:
    with pytest.raises(ConfigurationError, match="rate share"):
        Limiter(share=share)


def test_unknown_tier() -> None:
    with pytest.raises(UsageError, match="no rate tier 'Z'; known are: A, B, C, batch"):
        Limiter().acquire("Z")


def test_a_429_pauses_the_tier_and_it_recovers(clock: Any) -> None:
    limiter = limiter_on(clock)
    limiter.penalise("A", 7.0)
    assert limiter.acquire("B") == 0.0
    assert limiter.acquire("A") == pytest.approx(7.0)
    assert limiter.budget("A") == (Window(50, 5.0),)
    clock.now += 25
    assert limiter.budget("A") == (Window(75, 5.0),)
    clock.now += 26
    assert limiter.budget("A") == (Window(100, 5.0),)


def test_429s_of_one_pause_are_one_incident(clock: Any) -> None:
    limiter = limiter_on(clock)
    limiter.penalise("A", 2.0)
    limiter.penalise("A", 5.0)
    limiter.penalise("A", -3.0)
    assert limiter.acquire("A") == pytest.approx(5.0)
    assert limiter.budget("A") == (Window(50, 5.0),)


@pytest.mark.parametrize("pause", [0.0, 0.3])
def test_429s_of_requests_that_flew_together_are_one_incident(clock: Any, pause: float) -> None:
    """Also when the answers come after the pause, or when there is none."""
    limiter = limiter_on(clock)
    flying = [limiter.acquire("A") for _ in range(4)]
    for turn in flying:
        clock.now += 0.31
        limiter.penalise("A", pause, began=turn.began)
    (window,) = limiter.budget("A")
    assert window.limit == 50
    # What begins after the pause has seen the halved budget, and is news.
    turn = limiter.acquire("A")
    assert (turn, turn.began) == (pytest.approx(pause), clock.now)
    limiter.penalise("A", pause, began=turn.began)
    (window,) = limiter.budget("A")
    assert window.limit == 25


def test_a_turn_that_came_a_rounding_too_early_is_no_part_of_the_pause(clock: Any) -> None:
    limiter = limiter_on(clock)
    limiter.penalise("A", 1.0)
    clock.now += 1.0 - 1e-9
    turn = limiter.acquire("A")
    assert turn == 0.0
    limiter.penalise("A", 1.0, began=turn.began)
    assert limiter.budget("A") == (Window(25, 5.0),)


def test_repeated_429s_have_a_floor(clock: Any) -> None:
    limiter = limiter_on(clock)
    for _ in range(9):
        limiter.penalise("A")
        assert limiter.acquire("A") == pytest.approx(1.0)
    assert limiter.budget("A") == (Window(int(100 * FLOOR), 5.0),)


def test_a_429_reaches_those_who_wait_already(clock: Any) -> None:
    limiter = limiter_on(clock)
    for _ in range(5):
        limiter.acquire("C")
    penalised = False

    def sleep(seconds: float) -> None:
        nonlocal penalised
        clock.sleep(seconds)
        if not penalised:
            penalised = True
            limiter.penalise("C", 20.0)

    limiter._sleep = sleep
    assert limiter.acquire("C") == pytest.approx(25 + GUARD)


def test_long_waits_are_told_once_in_a_while(clock: Any) -> None:
    lines: list[str] = []
    limiter = limiter_on(clock, log=lines.append)
    for _ in range(6):
        limiter.acquire("C")
    tier = "(tier C: 5 requests per 5 s)"
    assert lines == [f"waiting 5 s for Daily's rate limit {tier}: 5 sent so far, 1 waiting"]
    limiter.penalise("C", 5.0)
    limiter.acquire("C")
    assert len(lines) == 1
    clock.now += 10
    limiter.penalise("C", 30.0)
    limiter.acquire("C")
    slow = "because Daily asked to slow down"
    assert lines[1:] == [f"waiting {s} s {slow} {tier}: 7 sent so far, 1 waiting" for s in (30, 20, 10)]
    clock.now += 60
    limiter.penalise("C", 2.0)
    limiter.acquire("C")
    assert len(lines) == 4


def test_waits_without_a_log(clock: Any) -> None:
    limiter = limiter_on(clock)
    limiter.penalise("C", 30.0)
    assert limiter.acquire("C") == pytest.approx(30.0)


def test_unlimited_still_pauses(clock: Any) -> None:
    limiter = Limiter.unlimited(clock=clock, sleep=clock.sleep)
    for _ in range(1000):
        with limiter.slot("C") as waited:
            assert waited == 0.0
    limiter.penalise("C", 3.0)
    assert limiter.acquire("C") == pytest.approx(3.0)
    assert limiter.budget("C") == ()


class VirtualTime:
    """A clock for threads: it jumps to the next wake-up when every registered thread sleeps."""

    def __init__(self, threads: int) -> None:
        self._condition = threading.Condition()
        self._running = threads
        self._now = 0.0
        self._wakes: list[float] = []

    def __call__(self) -> float:
        return self._now

    def _advance(self) -> None:
        if self._running == 0 and self._wakes:
            self._now = min(self._wakes)
            self._condition.notify_all()

    def sleep(self, seconds: float) -> None:
        with self._condition:
            until = self._now + seconds
            self._wakes.append(until)
            self._running -= 1
            self._advance()
            while self._now < until:
                assert self._condition.wait(timeout=30)
            self._wakes.remove(until)
            self._running += 1

    def run(self, body: Callable[[], None]) -> Callable[[], None]:
        def thread() -> None:
            try:
                body()
            finally:
                with self._condition:
                    self._running -= 1
                    self._advance()

        return thread


def test_threads_share_a_budget_in_order() -> None:
    threads, each = 4, 40
    time = VirtualTime(threads)
    limiter = limiter_on(time)
    lock = threading.Lock()
    calls: list[tuple[float, float, float]] = []

    def body() -> None:
        for _ in range(each):
            asked = time()
            with limiter.slot("B") as waited:
                start = time()
                assert waited >= 0
                time.sleep(0.2)
                end = time()
            with lock:
                calls.append((asked, start, end))

    workers = [threading.Thread(target=time.run(body)) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=60)
        assert not worker.is_alive()
    assert len(calls) == threads * each
    (window,) = PLAIN["B"].windows
    assert most_in_any_window([start for _, start, _ in calls], window.seconds) <= window.limit
    assert most_in_any_window([end for _, _, end in calls], window.seconds) <= window.limit
    # 160 requests need three more windows after the first burst; the round trip costs little on top.
    assert 90 < max(end for _, _, end in calls) < 100
    for one in calls:
        for other in calls:
            if one[0] < other[0]:
                assert one[1] <= other[1], "who asked first was served first"


# -- work of a known size


def test_progress_says_how_far_it_is(clock: Any) -> None:
    lines: list[str] = []
    limiter = limiter_on(clock, log=lines.append)
    with limiter.progress("deletes", total=120, tier="B") as progress:
        for _ in range(120):
            with limiter.slot("B"):
                clock.now += 0.01
            progress.advance()
    done = "waiting for Daily's rate limit: 50 of 120 deletes done, about {} s left"
    assert lines[0] == done.format(60)
    assert [line.rpartition(",")[2] for line in lines] == [f" about {s} s left" for s in (60, 50, 40, 30, 20, 10)]
    # Without it, waits are told as ever.
    for _ in range(50):
        limiter.acquire("B")
    assert lines[6].startswith("waiting ")
    assert "sent so far" in lines[6]


@given(
    st.integers(1, 40),
    st.integers(0, 12),
    st.sampled_from(
        [(Window(3, 5.0),), (Window(10, 2.0),), (Window(1, 0.5),), (Window(2, 1.0), Window(7, 9.0)), TIERS["A"].windows]
    ),
    st.floats(0, 6),
    st.sampled_from([0.0, 4.0]),
)
def test_the_time_left_is_that_of_the_windows(
    count: int, before: int, windows: tuple[Window, ...], idle: float, pause: float
) -> None:
    now = [100.0]
    tier = Tier("T", windows, "")
    limiter = Limiter(clock=lambda: now[0], sleep=lambda s: now.__setitem__(0, now[0] + s), tiers={"T": tier})
    for _ in range(before):
        limiter.acquire("T")
    now[0] += idle
    with limiter._store.open("T") as ledger:
        ledger.paused_until = now[0] + pause
        predicted = limiter._until(limiter._tiers["T"], ledger, now[0])(count)
    started = now[0]
    for _ in range(count):
        limiter.acquire("T")
    assert predicted == pytest.approx(now[0] - started)


def test_slow_work_speaks_without_waiting(clock: Any) -> None:
    """The server is slow: nobody waits for the limits, and the speed so far says how long it takes."""
    lines: list[str] = []
    limiter = limiter_on(clock, log=lines.append)
    with limiter.progress("updates", total=30) as progress:
        for _ in range(15):
            clock.now += 1
            progress.advance(2)
    assert lines == ["20 of 30 updates done, about 5 s left"]


def test_several_works_and_one_that_is_done(clock: Any) -> None:
    lines: list[str] = []
    limiter = limiter_on(clock, log=lines.append)
    with limiter.progress("creates", total=3, tier="C") as one, limiter.progress("calls", total=7, tier="C"):
        one.advance(3)
        for _ in range(6):
            limiter.acquire("C")
    assert lines == ["waiting for Daily's rate limit: 3 of 3 creates done; 0 of 7 calls done, about 10 s left"]
    limiter.penalise("A", 20.0)
    with limiter.progress("updates", total=2):
        limiter.acquire("A")
    assert lines[1] == "waiting because Daily asked to slow down: 0 of 2 updates done, about 20 s left"


def test_progress_from_threads() -> None:
    lines: list[str] = []
    limiter = Limiter(log=lines.append)
    with limiter.progress("updates", total=80) as progress:
        threads = [threading.Thread(target=lambda: [progress.advance() for _ in range(10)]) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert progress._task.done == 80
    assert lines == []


def test_progress_without_windows_and_of_an_unknown_tier(clock: Any) -> None:
    limiter = Limiter.unlimited(clock=clock, sleep=clock.sleep)
    with limiter.progress("updates", total=2) as progress:
        clock.now += 12
        progress.advance()
    with pytest.raises(UsageError, match="no rate tier"), limiter.progress("updates", total=2, tier="Z"):
        pass


def test_the_expected_wait_is_the_wait_of_one_more(clock: Any) -> None:
    limiter = limiter_on(clock)
    assert limiter.expected_wait("B") == 0
    for _ in range(50):
        limiter.acquire("B")
    assert limiter.expected_wait("B") == pytest.approx(30, abs=0.1)
    assert limiter.expected_wait("A") == 0
    clock.sleep(29)
    assert limiter.expected_wait("B") == pytest.approx(1, abs=0.1)
    limiter.penalise("A", 7)
    assert limiter.expected_wait("A") == pytest.approx(7, abs=0.1)


def test_the_expected_wait_knows_all_windows(clock: Any) -> None:
    limiter = limiter_on(clock, tiers=TIERS)
    for tier, burst in (("B", 2), ("C", 1)):
        for _ in range(burst):
            limiter.acquire(tier)
        assert limiter.expected_wait(tier) == pytest.approx(1 + GUARD)
    for _ in range(48):
        limiter.acquire("B")
    assert limiter.expected_wait("B") == pytest.approx(30 + GUARD - 24 * (1 + GUARD))

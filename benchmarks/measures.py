"""The measurements: which rooms, with which provider, on which engine, in which order."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from engines import BenchError, Cli, Engine, Runner
from server import KEY, Requests, Server

import pulumi_daily as daily
from pulumi_daily.api import TIERS

OPERATIONS = (
    "create",
    "preview, no change",
    "refresh",
    "change one setting of all",
    "repair drift on 1 %",
    "destroy",
)


BUSY = "busy machine"


@dataclass(frozen=True)
class Cost:
    """The cost of one operation. Times are in seconds."""

    engine: str
    kind: str
    """The provider: room, set, naive, noop."""
    scenario: str
    rooms: int
    operation: str
    seconds: float
    requests: int
    refused: int
    routes: dict[str, int]
    server_seconds: float = 0.0
    """The time that the server itself needs to list all its rooms, page by page."""


@dataclass
class Bench:
    """The folder, the engine, the latency and the costs measured so far."""

    folder: Path
    pulumi: str | None
    latency: float
    patient: bool = True
    """Whether to wait for empty rate windows before each operation, so that none is slowed by the previous one."""
    costs: list[Cost] = field(default_factory=list)
    stacks: int = 0

    @property
    def engine_name(self) -> str:
        return "cli" if self.pulumi else "runner"

    def engine(self, server: Server, name: str) -> Engine:
        self.stacks += 1
        cache = self.folder / "cache"
        cache.mkdir(parents=True, exist_ok=True)
        if name == "runner":
            return Runner(cache, server.url, KEY)
        assert self.pulumi is not None
        return Cli(self.pulumi, self.folder / f"stack-{self.stacks}", cache, server.url, KEY)


class Play:
    """One stack of `rooms` rooms on a server, whose operations are measured."""

    def __init__(
        self, bench: Bench, server: Server, kind: str, rooms: int, *, engine: str | None = None, scenario: str = ""
    ) -> None:
        self.bench, self.server, self.kind, self.rooms = bench, server, kind, rooms
        self.engine_name = engine or bench.engine_name
        self.engine = bench.engine(server, self.engine_name)
        self.scenario = scenario or f"{rooms} rooms"
        self.prefix = f"{kind}-room-{bench.stacks}"
        self.chat = True

    def program(self) -> dict[str, str]:
        return {
            "BENCH_KIND": self.kind,
            "BENCH_ROOMS": str(self.rooms),
            "BENCH_PREFIX": self.prefix,
            "BENCH_CHAT": str(self.chat).lower(),
        }

    def run(self, operation: str) -> None:
        """Carry out one of `OPERATIONS`."""
        if operation == "change one setting of all":
            self.chat = not self.chat
        # A handwritten provider's diff compares with the state: it finds drift only after a refresh.
        refresh = operation.startswith("repair") and self.kind == "naive"
        command = {"create": "up", "preview, no change": "preview", "refresh": "refresh", "destroy": "destroy"}
        self.engine.run(command.get(operation, "up"), self.program(), refresh=refresh)

    def measure(self, operation: str, *, server_seconds: float = 0.0, times: int = 1) -> Cost:
        """Carry out an operation alone, and record its cost; of several times, the fastest one."""
        if operation.startswith("repair") and self.kind != "noop":
            for i in range(max(1, self.rooms // 100)):
                self.server.edit(f"{self.prefix}-{i * 100 % self.rooms}", enable_chat=not self.chat)
        found = []
        for _ in range(times):
            if self.bench.patient:
                self.server.settle()
            self.server.forget()
            started = time.perf_counter()
            self.run(operation)
            found.append((time.perf_counter() - started, self.server.seen()))
        seconds, seen = min(found, key=lambda one: one[0])
        return self.note(operation, seconds, seen, server_seconds)

    def note(self, operation: str, seconds: float, seen: Requests, server_seconds: float = 0.0) -> Cost:
        cost = Cost(
            self.engine_name,
            self.kind,
            self.scenario,
            self.rooms,
            operation,
            seconds,
            seen.total,
            seen.refused,
            dict(seen.routes),
            server_seconds,
        )
        self.bench.costs.append(cost)
        say(
            f"  {self.engine_name:<6} {self.kind:<5} {self.scenario:<22} {operation:<26} {seconds:7.1f} s "
            f"{seen.total:6} requests, {seen.refused} refused"
        )
        return cost


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


@contextmanager
def played(bench: Bench, server: Server, kind: str, rooms: int, **options: Any) -> Iterator[Play]:
    play = Play(bench, server, kind, rooms, **options)
    try:
        yield play
    finally:
        play.engine.close()


def room_sets() -> bool:
    """Return whether this version of the package has `RoomSet`; print a warning if not."""
    if hasattr(daily, "RoomSet"):
        return True
    say("!!! there is no RoomSet in this version: its scenarios are SKIPPED")
    return False


def life(
    bench: Bench,
    kind: str,
    rooms: int,
    *,
    skip: tuple[str, ...] = (),
    engine: str | None = None,
    refreshes: int = 1,
    scenario: str = "",
) -> None:
    """Measure all operations on a stack, in an empty domain. Of several refreshes, the fastest counts.

    Raises `BenchError` if an operation fails, or leaves another number of rooms than expected.
    """
    with (
        Server(bench.latency) as server,
        played(bench, server, kind, rooms, engine=engine, scenario=scenario) as play,
    ):
        for operation in OPERATIONS:
            if operation in skip:
                continue
            # Compared in the tables of the stack runner alone. The provider's limits do not know of these few requests,
            # so they are sent only where each operation waits for empty windows.
            compared = bench.patient and play.engine_name == "runner" and operation in ("preview, no change", "refresh")
            own = server.own_seconds() if compared and kind != "noop" else 0.0
            play.measure(operation, server_seconds=own, times=refreshes if operation == "refresh" else 1)
            if kind != "noop" and operation in ("create", "destroy"):
                wanted = rooms if operation == "create" else 0
                if server.rooms() != wanted:
                    raise BenchError(f"{server.rooms()} rooms, not {wanted}, after {operation}")


@contextmanager
def busy_loops(count: int) -> Iterator[None]:
    """Run processes that calculate all the time."""
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def beside_busy_loops(bench: Bench, rooms: int, kinds: tuple[str, ...]) -> None:
    """Measure some of the providers on a machine without an idle processor."""
    with busy_loops(2):
        for kind in kinds:
            life(bench, kind, rooms, skip=("repair drift on 1 %",), scenario=f"{rooms} rooms, {BUSY}")


def few_among_many(bench: Bench, rooms: int, strangers: int) -> None:
    """Measure a small stack in a large domain, with its rooms in the middle of the list, far from both ends."""
    with Server(bench.latency, strangers // 2) as server:
        scenario = f"{rooms} rooms among {strangers:,}".replace(",", " ")
        with played(bench, server, "room", rooms, scenario=scenario) as play:
            for operation in OPERATIONS:
                play.measure(operation)
                if operation == "create":
                    server.seed(strangers - strangers // 2)


def two_at_once(bench: Bench, rooms: int) -> None:
    """Measure two stacks of one account at the same time. Daily must never refuse a request."""
    with Server(bench.latency) as server:
        scenario = f"two stacks of {rooms}"
        with (
            played(bench, server, "room", rooms, scenario=scenario) as one,
            played(bench, server, "room", rooms, scenario=scenario) as two,
            ThreadPoolExecutor(2) as pool,
        ):
            for operation in OPERATIONS:
                if operation.startswith("repair"):
                    continue
                server.forget()  # the rate windows are as the previous operation left them
                started = time.perf_counter()
                for done in [pool.submit(play.run, operation) for play in (one, two)]:
                    done.result()
                one.note(operation, time.perf_counter() - started, server.seen())
        if server.rooms():
            raise BenchError(f"{server.rooms()} rooms are left")


def storm(bench: Bench, rooms: int, bursts: int) -> None:
    """Measure operations with injected refusals, although the limits were kept.

    A read operation gets one refusal, a change several bursts of three.
    """
    with Server(bench.latency) as server:
        with played(bench, server, "room", rooms, scenario=f"{rooms} rooms, storm") as play:
            for operation in OPERATIONS:
                if operation.startswith("repair"):
                    continue
                looks = operation in ("preview, no change", "refresh")
                for burst in range(1 if looks else bursts):
                    server.refuse(1 if looks else 3, after=1 + 10 * burst)  # the request of the domain guard passes
                play.measure(operation)
                server.calm()
        if server.rooms():
            raise BenchError(f"{server.rooms()} rooms are left")


# -- lower bounds


def least_requests(kind: str, operation: str, rooms: int) -> int:
    """Return the smallest possible number of requests, over Daily's API and with Pulumi's four calls at a time."""
    together = 1000 if kind == "set" else 4
    pages = -(-rooms // 100)
    return {
        "create": -(-rooms // together),
        "destroy": -(-rooms // together),
        "change one setting of all": rooms,
        "repair drift on 1 %": pages + max(1, rooms // 100),
    }.get(operation, pages)


def least_seconds(requests: int) -> float:
    """Return the seconds that Daily's widest tier requires for a number of requests that take no time themselves."""
    return max((requests - 1) // window.limit * window.seconds for window in TIERS["A"].windows)


Step = tuple[str, Callable[[], None]]


def full(bench: Bench) -> list[Step]:
    """Return the steps of the whole table."""
    steps: list[Step] = [
        (f"{kind}, {size} rooms", partial(life, bench, kind, size))
        for size in (100, 300)
        for kind in ("noop", "room", "naive")
    ]
    steps += [(f"{kind}, 1000 rooms", partial(life, bench, kind, 1000)) for kind in ("noop", "room")]
    if bench.pulumi:
        # With the stack runner as well: its own time is short enough to show this package's time.
        for size, skip in ((300, OPERATIONS[1:5]), (1000, OPERATIONS[3:5])):
            # A second or two are decisive there, and single runs differ by more than the differences that matter.
            runner = partial(life, bench, rooms=size, skip=skip, engine="runner", refreshes=5)
            steps += [(f"{kind}, {size} rooms, stack runner", partial(runner, kind=kind)) for kind in ("noop", "room")]
        naive = partial(life, bench, "naive", 300, skip=OPERATIONS[1:], engine="runner")
        steps.append(("naive, 300 rooms, stack runner", naive))
    if room_sets():
        steps.append(("a set of 1000", partial(life, bench, "set", 1000)))
        # Changing all 10 000 takes eight minutes under Daily's limits, and shows nothing more than 1 000.
        steps.append(("a set of 10000", partial(life, bench, "set", 10_000, skip=OPERATIONS[3:4])))
    steps.append((BUSY, partial(beside_busy_loops, bench, 300, ("room", "set", "naive"))))
    steps.append(("few among many", partial(few_among_many, bench, 10, 100_000)))
    steps.append(("two at once", partial(two_at_once, bench, 150)))
    steps.append(("storm", partial(storm, bench, 100, 3)))
    return steps


def small(bench: Bench, rooms: int, sets: int, few: int, strangers: int) -> list[Step]:
    """Return all steps once, at small sizes."""
    steps: list[Step] = [
        (f"{kind}, {rooms} rooms", partial(life, bench, kind, rooms)) for kind in ("noop", "room", "naive")
    ]
    if room_sets():
        steps.append((f"a set of {sets}", partial(life, bench, "set", sets)))
    steps.append((BUSY, partial(beside_busy_loops, bench, rooms, ("room",))))
    steps.append(("few among many", partial(few_among_many, bench, few, strangers)))
    steps.append(("two at once", partial(two_at_once, bench, rooms)))
    steps.append(("storm", partial(storm, bench, rooms, 1)))
    return steps


def quick(bench: Bench) -> list[Step]:
    """Return steps for less than two minutes."""
    return small(bench, 20, 50, 3, 2000)


def tiny(bench: Bench) -> list[Step]:
    """Return steps for a test."""
    return small(bench, 5, 5, 2, 300)


def play(bench: Bench, steps: list[Step], seconds: float, after_each: Callable[[], None]) -> list[str]:
    """Run the steps until the time in seconds is over, and return the missing ones with the reasons."""
    started = time.monotonic()
    missing = []
    for name, step in steps:
        if time.monotonic() - started > seconds:
            missing.append(f"{name} (for want of time)")
            say(f"!!! {name}: LEFT OUT, the time is up")
            continue
        say(name)
        try:
            step()
        except (BenchError, RuntimeError, subprocess.TimeoutExpired) as error:
            missing.append(f"{name} (FAILED)")
            say(f"!!! {name}: FAILED: {error}")
        after_each()
    return missing

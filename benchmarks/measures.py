"""What is measured: which rooms, with which provider, on which engine, in which order."""

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


@dataclass(frozen=True)
class Cost:
    """What one operation cost. Times in seconds."""

    engine: str
    kind: str
    """Which provider: room, set, naive, noop."""
    scenario: str
    rooms: int
    operation: str
    seconds: float
    requests: int
    refused: int
    routes: dict[str, int]
    server_seconds: float = 0.0
    """What the server itself needs to list all its rooms, one page after the other."""


@dataclass
class Bench:
    """The folder, the engine, the latency and what was measured so far."""

    folder: Path
    pulumi: str | None
    latency: float
    patient: bool = True
    """Let the rate windows empty before each operation, so that none pays for the one before."""
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
    """One stack of `rooms` rooms on a server, and what each operation on it costs."""

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
        """Carry one of `OPERATIONS` out."""
        if operation == "change one setting of all":
            self.chat = not self.chat
        # A hand-written provider's diff compares with the state: it sees drift only after a refresh.
        refresh = operation.startswith("repair") and self.kind == "naive"
        command = {"create": "up", "preview, no change": "preview", "refresh": "refresh", "destroy": "destroy"}
        self.engine.run(command.get(operation, "up"), self.program(), refresh=refresh)

    def measure(self, operation: str, *, server_seconds: float = 0.0, times: int = 1) -> Cost:
        """Carry it out, alone, and note what it cost; of several times, the fastest."""
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
    """Whether this version of the package has `RoomSet`; says so loudly where it has not."""
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
) -> None:
    """All operations on a stack, in an empty domain. Of several refreshes, the fastest counts."""
    with Server(bench.latency) as server, played(bench, server, kind, rooms, engine=engine) as play:
        for operation in OPERATIONS:
            if operation in skip:
                continue
            own = server.own_seconds() if operation in ("preview, no change", "refresh") and kind != "noop" else 0.0
            play.measure(operation, server_seconds=own, times=refreshes if operation == "refresh" else 1)
            if kind != "noop" and operation in ("create", "destroy"):
                wanted = rooms if operation == "create" else 0
                if server.rooms() != wanted:
                    raise BenchError(f"{server.rooms()} rooms, not {wanted}, after {operation}")


def few_among_many(bench: Bench, rooms: int, strangers: int) -> None:
    """A small stack in a large domain, its rooms in the middle of the list, where no end of it has them."""
    with Server(bench.latency, strangers // 2) as server:
        scenario = f"{rooms} rooms among {strangers:,}".replace(",", " ")
        with played(bench, server, "room", rooms, scenario=scenario) as play:
            for operation in OPERATIONS:
                play.measure(operation)
                if operation == "create":
                    server.seed(strangers - strangers // 2)


def two_at_once(bench: Bench, rooms: int) -> None:
    """Two stacks of one account at the same time: whatever they do, Daily never has to refuse."""
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
                server.forget()  # the windows are as the operation before left them
                started = time.perf_counter()
                for done in [pool.submit(play.run, operation) for play in (one, two)]:
                    done.result()
                one.note(operation, time.perf_counter() - started, server.seen())
        if server.rooms():
            raise BenchError(f"{server.rooms()} rooms are left")


def storm(bench: Bench, rooms: int, bursts: int) -> None:
    """Daily refuses requests although the limits were kept: once in a look, three in a row, and again, in a change."""
    with Server(bench.latency) as server:
        with played(bench, server, "room", rooms, scenario=f"{rooms} rooms, storm") as play:
            for operation in OPERATIONS:
                if operation.startswith("repair"):
                    continue
                looks = operation in ("preview, no change", "refresh")
                for burst in range(1 if looks else bursts):
                    server.refuse(1 if looks else 3, after=1 + 10 * burst)  # the guard's request passes
                play.measure(operation)
                server.calm()
        if server.rooms():
            raise BenchError(f"{server.rooms()} rooms are left")


# -- what there is to gain


def least_requests(kind: str, operation: str, rooms: int) -> int:
    """The fewest requests that can do it, over Daily's API and with Pulumi's four calls at a time."""
    together = 1000 if kind == "set" else 4
    pages = -(-rooms // 100)
    return {
        "create": -(-rooms // together),
        "destroy": -(-rooms // together),
        "change one setting of all": rooms,
        "repair drift on 1 %": pages + max(1, rooms // 100),
    }.get(operation, pages)


def least_seconds(requests: int) -> float:
    """The time that Daily's widest tier asks for that many requests, if they took no time themselves."""
    (window,) = TIERS["A"].windows
    return (requests - 1) // window.limit * window.seconds


Step = tuple[str, Callable[[], None]]


def full(bench: Bench) -> list[Step]:
    """The whole table."""
    steps: list[Step] = [
        (f"{kind}, {size} rooms", partial(life, bench, kind, size))
        for size in (100, 300)
        for kind in ("noop", "room", "naive")
    ]
    steps += [(f"{kind}, 1000 rooms", partial(life, bench, kind, 1000)) for kind in ("noop", "room")]
    if bench.pulumi:
        # With the stack runner as well: there the floor is low enough to see what is our own.
        for size, skip in ((300, OPERATIONS[1:5]), (1000, OPERATIONS[3:5])):
            # A second or two decide there, and one run differs from the next by more than what is looked for.
            runner = partial(life, bench, rooms=size, skip=skip, engine="runner", refreshes=5)
            steps += [(f"{kind}, {size} rooms, stack runner", partial(runner, kind=kind)) for kind in ("noop", "room")]
        naive = partial(life, bench, "naive", 300, skip=OPERATIONS[1:], engine="runner")
        steps.append(("naive, 300 rooms, stack runner", naive))
    if room_sets():
        steps.append(("a set of 1000", partial(life, bench, "set", 1000)))
        # To change all 10 000 takes Daily's limits eight minutes, and shows nothing that 1 000 do not.
        steps.append(("a set of 10000", partial(life, bench, "set", 10_000, skip=OPERATIONS[3:4])))
    steps.append(("few among many", partial(few_among_many, bench, 10, 100_000)))
    steps.append(("two at once", partial(two_at_once, bench, 150)))
    steps.append(("storm", partial(storm, bench, 100, 3)))
    return steps


def small(bench: Bench, rooms: int, sets: int, few: int, strangers: int) -> list[Step]:
    """Everything once, at small sizes."""
    steps: list[Step] = [
        (f"{kind}, {rooms} rooms", partial(life, bench, kind, rooms)) for kind in ("noop", "room", "naive")
    ]
    if room_sets():
        steps.append((f"a set of {sets}", partial(life, bench, "set", sets)))
    steps.append(("few among many", partial(few_among_many, bench, few, strangers)))
    steps.append(("two at once", partial(two_at_once, bench, rooms)))
    steps.append(("storm", partial(storm, bench, rooms, 1)))
    return steps


def quick(bench: Bench) -> list[Step]:
    """In less than two minutes."""
    return small(bench, 20, 50, 3, 2000)


def tiny(bench: Bench) -> list[Step]:
    """For a test."""
    return small(bench, 5, 5, 2, 300)


def play(bench: Bench, steps: list[Step], seconds: float, after_each: Callable[[], None]) -> list[str]:
    """Run the steps, as long as there is time; what is not in the figures, and why."""
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

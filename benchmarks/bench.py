"""What an operation costs: wall time and API requests, beside a naive provider in the same run.

    python benchmarks/bench.py [--sizes 30,100] [--latency 0.02] [--json FILE]

The emulator keeps Daily's rate windows and answers after the given latency. Both providers run through the stack
runner, with four provider calls at once, as Pulumi's engine makes them. Figures are of one run: requests and
refusals are exact, times are for comparison within the table.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
# The provider process must be able to import the naive provider.
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(HERE), os.environ.get("PYTHONPATH")]))

from naive_provider import NaiveRoom  # noqa: E402

import pulumi_daily as daily  # noqa: E402
from pulumi_daily.emulator import Emulator  # noqa: E402
from pulumi_daily.testing import Secret, Stack  # noqa: E402

OPERATIONS = ("create", "preview, no change", "refresh", "change one setting of all", "destroy")


@dataclass
class Cost:
    """What one operation cost one provider."""

    seconds: float
    requests: int
    refused: int


def program(count: int, chat: bool, naive: bool) -> Callable[[], None]:
    """``count`` rooms; a program for one of the two providers."""

    def run() -> None:
        for i in range(count):
            settings = {"enable_chat": chat, "max_participants": 10}
            if naive:
                NaiveRoom(f"room-{i}", name=f"room-{i}", privacy="private", properties=settings)
            else:
                daily.Room(f"room-{i}", name=f"room-{i}", privacy="private", properties=settings)

    return run


def measure(count: int, naive: bool, latency: float) -> dict[str, Cost]:
    """All operations on ``count`` rooms with one provider, on an emulator of its own."""
    costs: dict[str, Cost] = {}
    with Emulator(latency=latency) as emulator:
        config: dict[str, Any] = {"daily:apiKey": Secret(emulator.api_key), "daily:apiUrl": emulator.url}
        with Stack(program(count, True, naive), config=config, timeout=1800) as stack:

            def step(name: str, operation: Callable[[], Any]) -> None:
                emulator.clear_log()
                started = time.perf_counter()
                operation()
                seconds = time.perf_counter() - started
                costs[name] = Cost(seconds, emulator.count(), emulator.count(status=429))

            step("create", stack.up)
            step("preview, no change", stack.preview)
            step("refresh", stack.refresh)
            stack.program = program(count, False, naive)
            step("change one setting of all", stack.up)
            step("destroy", stack.destroy)
        if emulator.rooms():
            raise SystemExit(f"{len(emulator.rooms())} rooms are left after destroy")
    return costs


def table(results: dict[int, tuple[dict[str, Cost], dict[str, Cost]]]) -> str:
    """The results as a markdown table."""
    lines = [
        "| rooms | operation | s | requests | 429 | naive: s | requests | 429 | times faster | requests saved |",
        "|---:|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for count, (ours, naive) in results.items():
        for name in OPERATIONS:
            a, b = ours[name], naive[name]
            saved = f"{1 - a.requests / b.requests:.0%}" if b.requests else "-"
            lines.append(
                f"| {count} | {name} | {a.seconds:.1f} | {a.requests} | {a.refused} "
                f"| {b.seconds:.1f} | {b.requests} | {b.refused} | {b.seconds / a.seconds:.1f} | {saved} |"
            )
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--sizes", default="30,100", help="numbers of rooms, separated by commas")
    parser.add_argument("--latency", type=float, default=0.02, help="seconds until the emulator answers")
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    options = parser.parse_args()
    results = {}
    for size in (int(text) for text in options.sizes.split(",")):
        print(f"{size} rooms …", file=sys.stderr, flush=True)
        results[size] = (
            measure(size, naive=False, latency=options.latency),
            measure(size, naive=True, latency=options.latency),
        )
    print(f"Stack runner, emulator with Daily's rate limits, {options.latency * 1000:g} ms latency\n")
    print(table(results))
    if options.json:
        figures = {
            str(size): {
                "ours": {name: asdict(cost) for name, cost in ours.items()},
                "naive": {name: asdict(cost) for name, cost in naive.items()},
            }
            for size, (ours, naive) in results.items()
        }
        options.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()

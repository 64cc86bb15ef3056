"""Measure what a provider process holds at its peak: memory, threads and descriptors, by number of rooms.

    python benchmarks/load.py [--sets 100,10000] [--rooms 100,2000] [--runner]

The emulator runs in its own process and answers without delay. The program is run by the Pulumi CLI when one is on
PATH, else by the stack runner; each provider process is a fresh interpreter with a recorder in it (`sampler/`). Memory
is the peak of resident memory; "per room" is the difference to the smallest size, divided by the difference in rooms.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from engines import PROGRAM, PROJECT, Cli, Engine, environment, keep_bytecode  # noqa: E402
from server import KEY, Server  # noqa: E402

from pulumi_daily.testing import Secret, Stack  # noqa: E402

OPERATIONS = ("create", "preview, no change", "refresh", "destroy")
COMMANDS = {"create": "up", "preview, no change": "preview"}


@dataclass(frozen=True)
class Load:
    """What one provider process held at most. `kib` is the peak of its resident memory in KiB."""

    kind: str
    rooms: int
    operation: str
    seconds: float
    kib: int
    threads: int
    descriptors: int


class Fresh:
    """The stack runner, with a fresh interpreter for each provider process."""

    def __init__(self, cache: Path, url: str) -> None:
        config = {"daily:apiUrl": url, "daily:apiKey": Secret(KEY)}
        self._env = environment(cache)
        self._stack = Stack(PROGRAM, project=PROJECT, config=config, env=self._env, timeout=3000, start="spawn")

    def run(self, operation: str, program: dict[str, str], *, refresh: bool = False) -> None:
        self._stack.env = self._env | program
        getattr(self._stack, operation)()

    def close(self) -> None:
        self._stack.close()


def measured(folder: Path, pulumi: str | None, kind: str, rooms: int) -> list[Load]:
    """Return what the provider held in each operation on `rooms` rooms. `kind` is room (single ones) or set."""
    figures, found = folder / "memory.json", []
    cache, home = folder / "cache", folder / f"{kind}-{rooms}"
    cache.mkdir(exist_ok=True)
    program = {"BENCH_KIND": kind, "BENCH_ROOMS": str(rooms), "BENCH_PREFIX": "room", "BENCH_CHAT": "true"}
    program |= {"BENCH_MEMORY": str(figures), "PYTHONPATH": os.pathsep.join([str(HERE / "sampler"), str(HERE)])}
    with Server(0.0) as server:
        engine: Engine = Cli(pulumi, home, cache, server.url, KEY) if pulumi else Fresh(cache, server.url)
        try:
            for operation in OPERATIONS:
                figures.unlink(missing_ok=True)
                started = time.perf_counter()
                engine.run(COMMANDS.get(operation, operation), program)
                seconds = time.perf_counter() - started
                found.append(Load(kind, rooms, operation, seconds, **json.loads(figures.read_text(encoding="utf-8"))))
                print(found[-1], file=sys.stderr)
        finally:
            engine.close()
    return found


def table(loads: list[Load]) -> str:
    """Return the figures as a Markdown table."""
    lines = [
        "| rooms | operation | peak, MiB | KiB per room | threads | descriptors |",
        "|---|---|---:|---:|---:|---:|",
    ]
    for load in loads:
        alike = [other for other in loads if (other.kind, other.operation) == (load.kind, load.operation)]
        least = min(alike, key=lambda other: other.rooms)
        more = load.rooms - least.rooms
        each = f"{(load.kib - least.kib) / more:.1f}" if more else ""
        what = f"{load.rooms:,}".replace(",", " ") + (", one `RoomSet`" if load.kind == "set" else ", one `Room` each")
        lines.append(
            f"| {what} | {load.operation} | {load.kib / 1024:.0f} | {each} | {load.threads} | {load.descriptors} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Measure all sizes, and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--sets", default="100,10000", help="sizes of one RoomSet, separated by commas")
    parser.add_argument("--rooms", default="100,2000", help="numbers of single Rooms, separated by commas")
    parser.add_argument("--runner", action="store_true", help="the stack runner, even if there is a CLI")
    options = parser.parse_args()
    pulumi = None if options.runner else shutil.which("pulumi")
    loads = []
    with tempfile.TemporaryDirectory(prefix="load-") as folder:
        keep_bytecode(Path(folder, "cache"))
        measured(Path(folder), pulumi, "room", 1)  # compiling modules takes memory, too
        for kind, sizes in (("set", options.sets), ("room", options.rooms)):
            for size in filter(None, sizes.split(",")):
                loads += measured(Path(folder), pulumi, kind, int(size))
    print(table(loads))


if __name__ == "__main__":
    main()

"""Compare the native plugin with the dynamic providers: requests and time of the same operations on the same rooms.

    python benchmarks/adapters.py [--rooms 300]

Needs a Pulumi CLI on PATH. The emulator runs in its own process, takes Daily's rate limits literally and answers after
20 ms. Requests and refusals are exact; times are of one run each, for comparison within the table.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from engines import Cli, keep_bytecode  # noqa: E402
from server import KEY, Requests, Server  # noqa: E402

OPERATIONS = {
    "create": ("up", "true"),
    "preview, no change": ("preview", "true"),
    "change of all": ("up", "false"),
    "refresh": ("refresh", "false"),
    "destroy": ("destroy", "false"),
}
"""The command of each operation, and the value of the setting."""
KINDS = {"room": "dynamic", "plugin": "plugin"}


@dataclass(frozen=True)
class Cost:
    """What one operation took, in seconds and requests."""

    seconds: float
    requests: Requests


def measured(folder: Path, pulumi: str, kind: str, rooms: int) -> dict[str, Cost]:
    """Return the costs of all operations on `rooms` rooms of one kind."""
    found = {}
    with Server(0.02) as server:
        engine = Cli(pulumi, folder / kind, folder / "cache", server.url, KEY)
        for operation, (command, chat) in OPERATIONS.items():
            server.settle()
            server.forget()
            program = {"BENCH_KIND": kind, "BENCH_ROOMS": str(rooms), "BENCH_PREFIX": "room", "BENCH_CHAT": chat}
            started = time.perf_counter()
            engine.run(command, program)
            found[operation] = Cost(time.perf_counter() - started, server.seen())
            print(kind, operation, found[operation], file=sys.stderr)
        engine.close()
    return found


def table(costs: dict[str, dict[str, Cost]], rooms: int) -> str:
    """Return the costs as a Markdown table."""
    lines = [
        f"| {rooms} rooms | dynamic: s, requests, 429 | plugin: s, requests, 429 | times faster |",
        "|---|---:|---:|---:|",
    ]
    for operation in OPERATIONS:
        both = [costs[kind][operation] for kind in KINDS]
        cells = [f"{one.seconds:.1f}, {one.requests.total}, {one.requests.refused}" for one in both]
        lines.append(f"| {operation} | {cells[0]} | {cells[1]} | {both[0].seconds / both[1].seconds:.1f} |")
    return "\n".join(lines)


def main() -> None:
    """Measure both, and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--rooms", type=int, default=300)
    rooms = parser.parse_args().rooms
    pulumi = shutil.which("pulumi")
    if pulumi is None:
        sys.exit("no pulumi on PATH")
    # Pulumi finds the plugin of this environment.
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    with tempfile.TemporaryDirectory(prefix="adapters-") as folder:
        keep_bytecode(Path(folder, "cache"))
        measured(Path(folder, "warm"), pulumi, "plugin", 1)
        print(table({kind: measured(Path(folder), pulumi, kind, rooms) for kind in KINDS}, rooms))


if __name__ == "__main__":
    main()

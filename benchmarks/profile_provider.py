"""Print where the provider process spends its time, operation by operation.

    python benchmarks/profile_provider.py [--rooms 1000] [--latency 0.02]

Runs the measured program with the stack runner, each provider process as a fresh interpreter with a sampler in it
(`sampler/`). Shares are of the samples of all threads that were not idle; four threads work at once.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from engines import PROGRAM, PROJECT, environment, keep_bytecode  # noqa: E402
from server import KEY, Server  # noqa: E402

from pulumi_daily.testing import Secret, Stack  # noqa: E402


def main() -> None:
    """Run the operations with the sampler and print the profiles."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--rooms", type=int, default=1000)
    parser.add_argument("--kind", choices=("room", "set"), default="room")
    parser.add_argument("--latency", type=float, default=0.02, help="seconds until the emulator answers")
    parser.add_argument("--lines", type=int, default=12, help="lines of each profile")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, Server(options.latency) as server:
        samples = Path(folder) / "samples.json"
        keep_bytecode(Path(folder))
        env = environment(Path(folder)) | {"BENCH_SAMPLES": str(samples)}
        env["PYTHONPATH"] = os.pathsep.join([str(HERE / "sampler"), env["PYTHONPATH"]])
        env |= {"BENCH_KIND": options.kind, "BENCH_ROOMS": str(options.rooms), "BENCH_PREFIX": "room"}
        config: dict[str, Any] = {"daily:apiUrl": server.url, "daily:apiKey": Secret(KEY)}
        with Stack(PROGRAM, project=PROJECT, config=config, env=env, timeout=1800, start="spawn") as stack:
            for title, operation, chat in (
                ("create", stack.up, "true"),
                ("preview, no change", stack.preview, "true"),
                ("refresh", stack.refresh, "true"),
                ("change one setting of all", stack.up, "false"),
                ("destroy", stack.destroy, "false"),
            ):
                stack.env = env | {"BENCH_CHAT": chat}
                server.settle()
                samples.unlink(missing_ok=True)
                started = time.perf_counter()
                operation()
                print(f"\n{title}: {time.perf_counter() - started:.1f} s\n")
                print(profile(samples, options.lines))


def profile(samples: Path, lines: int) -> str:
    """Return the counts of a process as a table."""
    if not samples.exists():
        return "(too short to be sampled)"
    counts: Counter[str] = Counter(json.loads(samples.read_text(encoding="utf-8")))
    total = counts.total()
    return "\n".join(
        ["| share | where |", "|---:|---|"]
        + [f"| {count / total:.0%} | {place} |" for place, count in counts.most_common(lines)]
    )


if __name__ == "__main__":
    main()

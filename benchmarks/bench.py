"""Measure what operations cost: wall time, requests by route and refusals, next to a naive and a no-op provider.

    make bench                                   everything: on two cores about half an hour
    python benchmarks/bench.py --quick           small sizes, less than two minutes
    python benchmarks/bench.py --docs            also put the tables into docs/performance.md

The emulator runs in its own process, takes Daily's rate limits literally (all windows at once) and answers after the
given latency. The program is run by the Pulumi CLI with a file backend when one is on PATH, else by the stack runner.
Requests and refusals are exact; times are of one run each, for comparison within the table. Exits 1 when a required
result is missed.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import platform
import shutil
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import report  # noqa: E402
from engines import keep_bytecode, version  # noqa: E402
from measures import Bench, Cost, full, play, quick, tiny  # noqa: E402

SIZES = {"full": full, "quick": quick, "tiny": tiny}


def main() -> int:
    """Run the measurements, print the report and write it. Return the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--quick", dest="size", action="store_const", const="quick", default="full", help="small sizes")
    parser.add_argument("--tiny", dest="size", action="store_const", const="tiny", help="a handful of rooms (a test)")
    parser.add_argument("--runner", action="store_true", help="the stack runner, even if there is a CLI")
    parser.add_argument("--latency", type=float, default=0.02, help="seconds until the emulator answers")
    parser.add_argument("--seconds", type=float, default=3300.0, help="no scenario begins after so many seconds")
    parser.add_argument("--results", type=Path, default=HERE / "results", help="folder of the files that are written")
    parser.add_argument("--only", help="only scenarios with this in their names; the rest as in the last results")
    parser.add_argument("--docs", action="store_true", help="put the tables into docs/performance.md")
    options = parser.parse_args()
    pulumi = None if options.runner else shutil.which("pulumi")
    options.results.mkdir(parents=True, exist_ok=True)
    file = options.results / f"{options.size}.json"
    before: list[Cost] = []
    if options.only and file.exists():
        before = report.from_json(file.read_text(encoding="utf-8"))[0].costs
    missing: list[str] = []
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        keep_bytecode(Path(folder, "cache"))
        bench = Bench(Path(folder), pulumi, options.latency, patient=options.size == "full")

        def figures() -> report.Figures:
            return report.Figures(report.merged(before, bench.costs))

        def how() -> str:
            return described(pulumi, options.latency, time.monotonic() - started, missing, options.only)

        def save() -> None:
            file.write_text(report.as_json(figures(), how()), encoding="utf-8")

        steps = [step for step in SIZES[options.size](bench) if not options.only or options.only in step[0]]
        missing += play(bench, steps, options.seconds, save)
    text = report.markdown(figures(), how())
    save()
    file.with_suffix(".md").write_text(text, encoding="utf-8")
    if options.docs:
        report.put_into(HERE.parent / "docs" / "performance.md", text)
    print(text)
    return int(bool(missing) or any(claim.holds is False for claim in report.claims(figures())))


def described(pulumi: str | None, latency: float, seconds: float, missing: list[str], only: str | None) -> str:
    """Return a text about engine, versions, machine and duration of the measurement, and about missing scenarios."""
    engine = f"Pulumi CLI{version(pulumi)} with a file backend" if pulumi else "Stack runner (not the Pulumi CLI)"
    text = (
        f"{engine}; Pulumi's SDK {importlib.metadata.version('pulumi')}; emulator with Daily's rate limits, read "
        f"literally, and {latency * 1000:g} ms latency; Python {platform.python_version()}, {os.cpu_count()} cores, "
        f"{platform.system()}."
    )
    text += f" {only!r} was measured again, by itself." if only else f" Measured in {seconds:.0f} s."
    return f"{text} Missing: {', '.join(missing)}." if missing else text


if __name__ == "__main__":
    sys.exit(main())

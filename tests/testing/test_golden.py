"""The test kit does, step by step and call by call, what a real CLI did when the golden files were recorded."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from .toy_scenarios import SCENARIOS
from .toy_tracing import run_cli, run_kit

GOLDEN = Path(__file__).parent / "golden"
RECORD = "PULUMI_DAILY_RECORD"
CALIBRATE = "PULUMI_DAILY_CALIBRATE"

every_scenario = pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.name)


@every_scenario
def test_the_kit_leaves_the_recorded_trace(scenario, tmp_path):
    recorded = json.loads((GOLDEN / f"{scenario.name}.json").read_text())
    for here, there in zip(run_kit(scenario, tmp_path), recorded, strict=True):
        assert here == there


@pytest.mark.cli
@every_scenario
def test_the_cli_leaves_the_recorded_trace(scenario, tmp_path):
    pulumi = shutil.which("pulumi")
    if pulumi is None:
        pytest.skip("no `pulumi` on PATH: the golden files are not compared with a real CLI")
    if not os.environ.get(CALIBRATE) and not os.environ.get(RECORD):
        # Some minutes; the scenarios with rooms (tests/cli) always run against a CLI that is there.
        pytest.skip(f"the golden files are compared with the CLI when {CALIBRATE}=1 is set")
    traces = run_cli(scenario, tmp_path, pulumi)
    file = GOLDEN / f"{scenario.name}.json"
    if os.environ.get(RECORD):
        GOLDEN.mkdir(exist_ok=True)
        lines = ",\n".join(json.dumps(trace, sort_keys=True) for trace in traces)
        file.write_text(f"[\n{lines}\n]\n")
    assert traces == json.loads(file.read_text())


def test_every_golden_file_has_its_scenario():
    names = [s.name for s in SCENARIOS]
    assert len(set(names)) == len(names)
    assert {p.stem for p in GOLDEN.glob("*.json")} == set(names)

"""The stack runner does, step by step, what the real CLI did when the golden files were recorded."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from pulumi_daily.emulator import Emulator
from pulumi_daily.testing import Result, Secret, Stack, StackError
from pulumi_daily.testing import Step as RunnerStep

from .catalogue import SCENARIOS
from .model import EU_KEY, KEY, PROJECT, STACK, Command, Report, Scenario, Step
from .play import GOLDEN, golden, make_emulator, play


class Runner:
    """The stack runner as an engine of scenarios."""

    def __init__(self, folder: Path, api_url: str) -> None:
        self.folder, self.api_url = folder, api_url
        (folder / "Pulumi.yaml").write_text(json.dumps({"name": PROJECT, "runtime": "python"}), encoding="utf-8")
        self.write("")
        self.stack = Stack(
            folder,
            stack=STACK,
            config={"daily:apiUrl": api_url, "daily:apiKey": Secret(KEY), "scenarios:euKey": Secret(EU_KEY)},
        )

    def write(self, source: str) -> None:
        (self.folder / "__main__.py").write_text(source, encoding="utf-8")

    def configure(self, key: str, value: str, *, secret: bool) -> None:
        self.stack.config[key] = Secret(value) if secret else value

    def another(self) -> Runner:
        folder = self.folder / "elsewhere"
        folder.mkdir()
        return Runner(folder, self.api_url)

    def state_text(self) -> str:
        return json.dumps(self.stack.export())

    def run(self, command: Command, *, refresh: bool, run_program: bool, env: Mapping[str, str]) -> Report:
        assert not run_program, "the runner cannot do that (docs/testing.md)"
        options = {"refresh": True} if refresh else {}
        self.stack.env = {**os.environ, **env}
        try:
            result: Result | None = getattr(self.stack, command)(**options)
        except StackError as error:
            result = error.result
        assert result is not None
        return report_of(result)

    def import_file(self, entries: Mapping[str, Any]) -> Report:
        result = self.stack.import_file(entries, protect=False)
        return Report(result.ok, [], {}, [], "\n".join(result.messages("error")))

    def outputs_of(self, resource: str) -> Mapping[str, Any]:
        [found] = [
            r
            for r in self.stack.export()["deployment"]["resources"]
            if r["urn"].endswith(f"::{resource}") and r.get("id")
        ]
        return dict(found["outputs"])


def report_of(result: Result) -> Report:
    """What the runner tells, in the words of the CLI's events."""
    warnings = [
        line.removeprefix("warning: ")
        for d in result.diagnostics
        if d.severity in ("info", "warning")
        for line in d.message.splitlines()
        if line.startswith("warning: ") or d.severity == "warning"
    ]
    errors = "\n".join(result.messages("error"))
    # The runner lists what was tried; the events of the CLI are looked at for what was done.
    steps = [step_of(step) for step in result.steps if step.error is None]
    return Report(result.ok, steps, dict(result.changes), warnings, errors)


def step_of(step: RunnerStep) -> Step:
    """A step as the golden files have it."""
    return Step(
        name=step.name,
        type=step.type,
        op=f"refresh {step.result}" if step.op == "refresh" else step.op,
        replaces=tuple(sorted(step.replaces)),
        leaves=tuple(sorted(f"{diff.kind} {path}" for path, diff in (step.detailed_diff or {}).items())),
    )


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with make_emulator() as running:
        yield running


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.name)
def test_same_as_the_cli(scenario: Scenario, emulator: Emulator, tmp_path: Path) -> None:
    recorded = golden(scenario)
    assert recorded is not None, "never recorded: run tests/cli with PULUMI_DAILY_RECORD=1 and a pulumi on PATH"
    runs = play(scenario, Runner(tmp_path, emulator.url), emulator)
    for mine, theirs in zip(runs, recorded, strict=True):
        assert mine == theirs, "if the scenario was changed, record it again: tests/cli with PULUMI_DAILY_RECORD=1"


def test_every_record_has_its_scenario() -> None:
    names = [scenario.name for scenario in SCENARIOS]
    assert len(set(names)) == len(names)
    assert {path.stem for path in GOLDEN.glob("*.json")} == set(names)

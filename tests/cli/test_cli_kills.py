"""Runs that are killed: nothing is lost, orphaned or made twice, and the next run converges or names the step."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Iterator
from random import Random

import pytest
from driver import Cli
from kills import (
    OTHERS,
    PROGRAMS,
    ROOMS,
    SET,
    SIGKILLS,
    Operation,
    Program,
    Story,
    Table,
    providers_of,
    story,
    wait_for_end,
)
from scenarios.model import HEAD
from scenarios.play import reset
from soak import SEED, SOAKS, TIMES

from pulumi_daily.emulator import Emulator

STORIES = 3 * TIMES
"""Stories of the soak with random kills, of two each: 30 kills with `make soak`."""
FEW = (
    Program("{} rooms", ROOMS, 20, {"up": 4, "destroy": 4}),
    Program("a set of {}", SET, 20, {"up": 2, "destroy": 2}),
)
ALWAYS: list[tuple[Program, dict[Operation, str]]] = [
    (FEW[0], {"up": SIGKILLS[0], "destroy": SIGKILLS[1]}),
    (FEW[1], {"up": SIGKILLS[2], "destroy": SIGKILLS[0]}),
]


@pytest.fixture
def calm(emulator: Emulator) -> Iterator[Emulator]:
    """The emulator; what a story changes of it is undone afterwards."""
    faults = emulator.faults
    yield emulator
    emulator.faults = emulator.app.faults = faults
    emulator.latency = 0.0


def test_a_provider_ends_soon_after_its_cli(cli: Cli, calm: Emulator) -> None:
    """Through the shell script that the CLI starts, and that lives as long as the provider does."""
    cli.write(HEAD + 'for n in range(40):\n    daily.Room(f"r{n}", name=f"r{n}")\n')
    calm.latency = 1.0
    run = cli.begin("up")
    try:
        for _ in range(600):
            if calm.rooms():
                break
            time.sleep(0.05)
        providers = providers_of(run.pid)
        assert len(providers) == 1
    finally:
        run.kill()
        run.wait()
    wait_for_end(providers)
    sent = calm.counts()
    time.sleep(1.5)
    assert calm.counts() == sent
    assert 0 < len(calm.rooms()) < 40


@pytest.mark.parametrize(("program", "kinds"), ALWAYS, ids=[str(program) for program, _ in ALWAYS])
def test_kills(program: Program, kinds: dict[Operation, str], cli: Cli, calm: Emulator) -> None:
    seed = int.from_bytes(os.urandom(4), "big") if "PULUMI_DAILY_RANDOM" in os.environ else SEED
    print(f"seed {seed}")  # noqa: T201 - shown when it fails
    story(Story(cli, calm, program), Table(), Random(seed), kinds)


@pytest.mark.skipif(not SOAKS, reason="make soak runs it: it takes ten minutes")
def test_soak_of_kills(
    template: Cli, calm: Emulator, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    """Kills at random, then each other way to end a run; a table of what became of them."""
    random, table = Random(SEED), Table()
    plan: list[tuple[Program, dict[Operation, str]]] = [
        (program, {"up": SIGKILLS[n % 3], "destroy": SIGKILLS[(n + n // 3 + 1) % 3]})
        for n, program in zip(range(STORIES), itertools.cycle(PROGRAMS), strict=False)
    ]
    plan += [(program, {"up": how, "destroy": how}) for program in PROGRAMS for how in OTHERS]
    failures: list[AssertionError] = []
    for program, kinds in plan:
        reset(calm)
        cli = template.copy_of(tmp_path_factory.mktemp("story"))
        calm.latency = random.choice([0.0, 0.02, 0.05])
        try:
            story(Story(cli, calm, program), table, random, kinds)
        except AssertionError as failure:
            failures.append(failure)
    with capsys.disabled():
        print(f"\nseed {SEED}:\n{table}")  # noqa: T201 - the figures are what the run is for
    assert not failures

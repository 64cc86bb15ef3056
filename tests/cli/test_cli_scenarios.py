"""Every scenario through the real CLI; what it did is compared with the golden files, or recorded in them."""

from __future__ import annotations

import os

import pytest
from driver import Cli
from scenarios.catalogue import SCENARIOS
from scenarios.model import Scenario
from scenarios.play import golden, play, record

from pulumi_daily.emulator import Emulator

RECORD = "PULUMI_DAILY_RECORD"
"""Set to 1, the golden files are written anew."""


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.name)
def test_scenario(scenario: Scenario, cli: Cli, emulator: Emulator) -> None:
    runs = play(scenario, cli, emulator)
    if os.environ.get(RECORD):
        record(scenario, runs)
    assert runs == golden(scenario), f"not what was recorded; {RECORD}=1 records it anew"

"""Cells of the matrix of faults (`matrix.py`): no object is lost or orphaned, and the outcomes are the recorded ones.

Each run tries the same sample; PULUMI_DAILY_SOAK=10 tries ten times as many cells. `make faults` tries all of them and
records the outcomes.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from typing import Any

import pytest
from columns import COLUMNS, LASTING
from matrix import GOOD, KINDS, OPERATIONS, Row, cell, filled, read, recorded, requests_of, rows, write

from pulumi_daily.providers import PROVIDERS

RECORD = "PULUMI_DAILY_RECORD" in os.environ
CELLS = 3 * int(os.environ.get("PULUMI_DAILY_SOAK") or 1)
"""Cells of each row that are tried."""
SEED = 13
ALL = [(fault, False) for fault in COLUMNS] + [(fault, True) for fault in LASTING]


@pytest.fixture(scope="module")
def found() -> Iterator[dict[str, Any]]:
    """The rows that are recorded, which are written in the end."""
    made: dict[str, Any] = {}
    yield made
    if RECORD:
        write(made)


@pytest.mark.parametrize("row", list(rows()), ids=lambda row: f"{row.kind}-{row.operation}")
def test_no_object_is_lost_or_orphaned(row: Row, found: dict[str, Any]):
    if RECORD:
        made = found.setdefault(row.kind, {})[row.operation] = filled(row)
        groups = [*made["once"], *made["lasting"]]
        assert all(part.partition(" ")[2] in GOOD for text in groups for part in text.split(", ")), groups
        return
    requests = requests_of(row)
    assert requests == read()[row.kind][row.operation]["requests"], "run `make faults`"
    chance = random.Random(f"{SEED} {row}")
    for fault, lasting in chance.sample(ALL, min(CELLS, len(ALL))) if requests else ():
        outcomes = cell(row, fault, requests, lasting=lasting)
        assert outcomes == recorded(row, fault, lasting=lasting), f"{fault}, {lasting=}, seed {SEED}: `make faults`?"


@pytest.mark.skipif(RECORD, reason="the outcomes are being recorded")
def test_every_cell_is_recorded_and_good():
    assert set(KINDS) == {provider.spec.kind for provider in PROVIDERS}
    assert {(row.kind, row.operation) for row in rows()} == {(kind, op) for kind, ops in read().items() for op in ops}
    for row in rows():
        requests = read()[row.kind][row.operation]["requests"]
        for fault, lasting in ALL if requests else ():
            counts = [part.split(" ", 1) for part in (recorded(row, fault, lasting=lasting) or "").split(", ")]
            assert sum(int(number) for number, _ in counts) == requests, (row, fault)
            assert {word for _, word in counts} <= set(GOOD), (row, fault)
    assert set(OPERATIONS) == {op for ops in read().values() for op in ops}

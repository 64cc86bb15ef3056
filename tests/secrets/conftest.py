from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "laws"))


@pytest.fixture(autouse=True)
def _one_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Provider and emulator agree on the time."""
    from in_process import CLOCK, NOW

    CLOCK.set(NOW)
    monkeypatch.setattr("pulumi_daily.providers.time", SimpleNamespace(time=CLOCK.now))

from __future__ import annotations

from types import SimpleNamespace

import pytest


@pytest.fixture(autouse=True)
def _one_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Provider and emulator agree on the time."""
    from in_process import CLOCK, NOW

    CLOCK.set(NOW)
    monkeypatch.setattr("pulumi_daily.providers.time", SimpleNamespace(time=CLOCK.now))

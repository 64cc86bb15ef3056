"""A provider whose parent is gone sends nothing more, and ends."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from pulumi_daily._parent import GONE, is_dynamic_provider, stop_without_parent
from pulumi_daily.api import Stop, Stopped


def test_it_stops_when_it_has_another_parent_and_ends_after_its_requests() -> None:
    stop, left = Stop(), []
    parents: Iterator[int] = iter([7, 7, 7, 1])
    with stop.request():
        flying = stop.request()
        flying.__enter__()
    pauses: list[float] = []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if stop.is_set and stop.in_flight:
            assert left == []
            flying.__exit__(None, None, None)

    thread = stop_without_parent(stop, parent=lambda: next(parents), leave=left.append, sleep=sleep)
    thread.join(20)
    assert left == [1]
    assert len(pauses) == 3  # twice with its parent, once for the request
    with pytest.raises(Stopped, match=GONE):
        stop.check()


def test_only_a_process_of_dynamic_providers_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not is_dynamic_provider()
    spec = SimpleNamespace(name="pulumi.dynamic.__main__")
    monkeypatch.setitem(sys.modules, "__main__", SimpleNamespace(__spec__=spec))  # type: ignore[arg-type]
    assert is_dynamic_provider()
    monkeypatch.delitem(sys.modules, "__main__")
    assert not is_dynamic_provider()

"""A provider whose Pulumi is gone sends nothing more, and ends."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from pulumi_daily._parent import GONE, is_dynamic_provider, is_refused, pulumi_gone, stop_without_pulumi
from pulumi_daily.api import Stop, Stopped

ENGINE = "127.0.0.1:45077"


def test_it_stops_when_pulumi_is_gone_and_ends_after_its_requests() -> None:
    stop, left = Stop(), []
    looks: Iterator[bool] = iter([False, False, True])
    flying = stop.request()
    flying.__enter__()
    pauses: list[float] = []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if stop.is_set and stop.in_flight:
            assert left == []
            flying.__exit__(None, None, None)

    thread = stop_without_pulumi(stop, lambda: next(looks), leave=left.append, sleep=sleep)
    thread.join(20)
    assert left == [1]
    assert len(pauses) == 3  # twice while Pulumi was there, once for the request
    with pytest.raises(Stopped, match=GONE):
        stop.check()


def test_another_parent_is_enough() -> None:
    parents = iter([7, 7, 7, 1])
    gone = pulumi_gone([], parent=lambda: next(parents))
    assert [gone() for _ in range(3)] == [False, False, True]


def test_only_refusals_in_a_row_count() -> None:
    answers = iter([False, True, True, None, True, True, False, True, True, True])
    gone = pulumi_gone([ENGINE], parent=lambda: 7, refused=lambda *_: next(answers))
    assert [gone() for _ in range(10)] == [False] * 9 + [True]


def test_where_nobody_ever_listened_nobody_has_gone() -> None:
    answers = iter([True, True, None, True, True, True])
    gone = pulumi_gone([ENGINE], parent=lambda: 7, refused=lambda *_: next(answers))
    assert [gone() for _ in range(6)] == [False] * 6


@pytest.mark.parametrize(
    ("arguments", "asked"),
    [
        ([ENGINE], ("127.0.0.1", 45077)),
        (["--logtostderr", "-v=9", "--tracing", "127.0.0.1:9", ENGINE], ("127.0.0.1", 45077)),
        (["localhost:1"], ("localhost", 1)),
        (["[::1]:1"], ("::1", 1)),
        ([], None),
        (["10.0.0.7:45077"], None),
        (["127.0.0.1"], None),
        (["tcp://127.0.0.1:45077"], None),
    ],
)
def test_only_a_loopback_address_is_asked(arguments: list[str], asked: tuple[str, int] | None) -> None:
    asks: list[tuple[str, int]] = []

    def refused(host: str, port: int) -> bool:
        asks.append((host, port))
        return len(asks) > 1

    gone = pulumi_gone(arguments, parent=lambda: 7, refused=refused)
    assert [gone() for _ in range(4)] == [False, False, False, asked is not None]
    assert asks == ([asked] * 4 if asked else [])


def test_only_a_refused_connection_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert is_refused("127.0.0.1", port) is False
    assert is_refused("127.0.0.1", port) is True

    def late(*_: object) -> socket.socket:
        raise TimeoutError

    monkeypatch.setattr(socket, "create_connection", late)
    assert is_refused("127.0.0.1", port) is None


def test_only_a_process_of_dynamic_providers_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not is_dynamic_provider()
    spec = SimpleNamespace(name="pulumi.dynamic.__main__")
    monkeypatch.setitem(sys.modules, "__main__", SimpleNamespace(__spec__=spec))  # type: ignore[arg-type]
    assert is_dynamic_provider()
    monkeypatch.delitem(sys.modules, "__main__")
    assert not is_dynamic_provider()

"""Calls in flight together go as one; each gets its own answer or its own error."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from pulumi_daily.lifecycle.coalesce import Coalescer


def at_once(count: int, call: Any) -> list[Any]:
    """The results of ``call(i)`` from as many threads, exceptions as values."""
    results: list[Any] = [None] * count
    barrier = threading.Barrier(count)

    def work(i: int) -> None:
        barrier.wait(5)
        try:
            results[i] = call(i)
        except Exception as error:  # noqa: BLE001
            results[i] = error

    threads = [threading.Thread(target=work, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()
    return results


def test_a_lone_call_goes_alone():
    groups: list[list[int]] = []

    def together(items: list[int]) -> list[Any]:
        groups.append(list(items))
        return [item * 2 for item in items]

    assert Coalescer(together, most=10, window=0)(4) == 8
    assert groups == [[4]]


def test_calls_at_once_go_together_and_a_full_group_waits_for_nobody():
    groups: list[int] = []

    def together(items: list[int]) -> list[Any]:
        groups.append(len(items))
        return [item * 2 for item in items]

    started = time.monotonic()
    assert at_once(8, Coalescer(together, most=4, window=30)) == [i * 2 for i in range(8)]
    assert groups == [4, 4]
    assert time.monotonic() - started < 30


def test_each_call_gets_its_own_error():
    def together(items: list[int]) -> list[Any]:
        return [ValueError(f"no {item}") if item % 2 else item for item in items]

    results = at_once(4, Coalescer(together, most=4, window=30))
    assert [str(result) for result in results] == ["0", "no 1", "2", "no 3"]


def test_an_error_of_the_whole_reaches_everybody_as_a_copy():
    def together(items: list[int]) -> list[Any]:
        raise OSError("broken")

    results = at_once(3, Coalescer(together, most=3, window=30))
    assert [str(result) for result in results] == ["broken"] * 3
    assert len({id(result) for result in results}) == 3


def test_what_comes_while_a_group_is_on_its_way_forms_the_next_one():
    inside, go = threading.Event(), threading.Event()
    groups: list[list[int]] = []

    def together(items: list[int]) -> list[Any]:
        groups.append(sorted(items))
        if items == [1]:
            inside.set()
            go.wait(5)
        return list(items)

    call = Coalescer(together, most=3, window=0)
    first = threading.Thread(target=call, args=(1,))
    first.start()
    assert inside.wait(5)
    others = [threading.Thread(target=call, args=(i,)) for i in (2, 3, 4)]
    for thread in others:
        thread.start()
    # The group of three is full, and so closed, while the first is still on its way.
    for _ in range(500):
        if call._open is None:
            break
        time.sleep(0.01)
    go.set()
    for thread in [first, *others]:
        thread.join(5)
    assert groups == [[1], [2, 3, 4]]


def test_interrupts_are_handed_on():
    def together(items: list[int]) -> list[Any]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Coalescer(together, most=1)(1)

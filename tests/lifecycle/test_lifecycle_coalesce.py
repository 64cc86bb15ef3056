"""Calls in flight together go as one; each gets its own answer or its own error."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from pulumi_daily.lifecycle.live import coalesce
from pulumi_daily.lifecycle.live.coalesce import Coalescer


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


class Steps:
    """A coalescer whose groups are noted, in which each call of the first group makes a second one after ``pause``."""

    def __init__(self, pause: float, **options: Any) -> None:
        self.groups: list[int] = []
        self.pause = pause
        self.call = Coalescer(self.together, most=10, window=0.0, **options)

    def together(self, items: list[int]) -> list[Any]:
        self.groups.append(len(items))
        return list(items)

    def two(self, i: int) -> None:
        self.call(i)
        time.sleep(self.pause)
        self.call(i)


def test_who_has_just_got_an_answer_is_waited_for(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(coalesce, "PATIENCE", 30.0)
    steps = Steps(pause=0.05, held=lambda: 0.2 if not steps.groups else 0.0)
    started = time.monotonic()
    at_once(4, steps.two)
    assert steps.groups == [4, 4]
    assert time.monotonic() - started < 30


def test_but_not_for_long():
    steps = Steps(pause=0.3, held=lambda: 0.2 if not steps.groups else 0.0)
    at_once(1, steps.two)
    steps.call(1)
    assert steps.groups == [1, 1, 1]


def test_who_has_to_wait_anyway_waits_for_company(monkeypatch: pytest.MonkeyPatch):
    steps = Steps(pause=0.0, held=lambda: 1e9)
    monkeypatch.setattr(coalesce, "HOLD", 0.5)
    results = at_once(3, lambda i: (time.sleep(i * 0.05), steps.call(i)))
    assert [result[1] for result in results] == [0, 1, 2]
    assert steps.groups == [3]


def test_an_error_before_the_group_goes_is_everybodys_and_the_next_group_is_a_new_one():
    answers = iter([OSError("no file"), 0.0])

    def held() -> float:
        answer = next(answers)
        if isinstance(answer, OSError):
            raise answer
        return answer

    steps = Steps(pause=0.0, held=held)
    with pytest.raises(OSError, match="no file"):
        steps.call(1)
    assert steps.call(2) == 2
    assert steps.groups == [1]


def test_interrupts_are_handed_on():
    def together(items: list[int]) -> list[Any]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Coalescer(together, most=1)(1)

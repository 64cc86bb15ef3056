"""The pytest plugin with the fixtures ``daily_emulator`` and ``daily_stack``.

It is installed with the package (entry point ``pytest11``), and imports only pytest until a fixture is used, so that
other test runs are not slowed down.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol

import pytest

if TYPE_CHECKING:
    from pulumi_daily.emulator import Emulator
    from pulumi_daily.testing import Stack


class StackFactory(Protocol):
    """The interface of the fixture ``daily_stack``: ``daily_stack(program, **options)``."""

    def __call__(self, program: Any, *, config: dict[str, Any] | None = None, **options: Any) -> Stack: ...


@pytest.fixture(scope="session")
def _daily_emulator_session() -> Iterator[Emulator]:
    from pulumi_daily.emulator import Emulator

    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def daily_emulator(_daily_emulator_session: Emulator) -> Emulator:
    """Return an empty emulator of Daily's REST API on loopback: one server per test session, reset for every test."""
    _daily_emulator_session.reset()
    return _daily_emulator_session


@pytest.fixture
def daily_stack(daily_emulator: Emulator) -> Iterator[StackFactory]:
    """Yield a function that makes stacks with the emulator as Daily account: ``daily_stack(program, **options)``.

    The options are those of :class:`pulumi_daily.testing.Stack`. Entries of `config` take precedence over the
    emulator's key, address and domain; None removes an entry. Stacks are closed after the test; rooms need not be
    destroyed, because the emulator is reset before the next test.
    """
    from pulumi_daily.testing import Secret, Stack

    made: list[Stack] = []

    def make(program: Any, *, config: dict[str, Any] | None = None, **options: Any) -> Stack:
        account: dict[str, Any] = {
            "daily:apiKey": Secret(daily_emulator.api_key),
            "daily:apiUrl": daily_emulator.url,
            "daily:domain": daily_emulator.domain_name,
        }
        whole = {key: value for key, value in {**account, **(config or {})}.items() if value is not None}
        stack = Stack(program, config=whole, **options)
        made.append(stack)
        return stack

    yield make
    for stack in made:
        stack.close()

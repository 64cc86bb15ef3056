"""The pytest plugin: ``daily_emulator`` and ``daily_stack``. Installed with the package (entry point ``pytest11``).

Imports nothing but pytest until a fixture is used, so that it costs other people's test runs nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol

import pytest

if TYPE_CHECKING:
    from pulumi_daily.emulator import Emulator
    from pulumi_daily.testing import Stack


class StackFactory(Protocol):
    """What the fixture ``daily_stack`` is: ``daily_stack(program, **options)``."""

    def __call__(self, program: Any, *, config: dict[str, Any] | None = None, **options: Any) -> Stack: ...


@pytest.fixture(scope="session")
def _daily_emulator_session() -> Iterator[Emulator]:
    from pulumi_daily.emulator import Emulator

    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def daily_emulator(_daily_emulator_session: Emulator) -> Emulator:
    """Daily's REST API on loopback, empty: one server per test session, reset for every test."""
    _daily_emulator_session.reset()
    return _daily_emulator_session


@pytest.fixture
def daily_stack(daily_emulator: Emulator) -> Iterator[StackFactory]:
    """Makes stacks whose Daily account is the emulator: ``daily_stack(program, **options)``.

    The options are those of :class:`pulumi_daily.testing.Stack`; entries of `config` win over the emulator's key,
    address and domain, and one that is None leaves it out. Stacks are closed after the test; rooms need not be
    destroyed, the next test begins anew.
    """
    from pulumi_daily.testing import Secret, Stack

    made: list[Stack] = []

    def make(program: Any, *, config: dict[str, Any] | None = None, **options: Any) -> Stack:
        account: dict[str, Any] = {
            "daily:apiKey": Secret(daily_emulator.api_key),
            "daily:apiUrl": daily_emulator.url,
            "daily:domain": daily_emulator.domain_name,
            # The emulator's rate windows start anew with each test, and so do the provider's.
            "daily:perProcessLimits": True,
        }
        whole = {key: value for key, value in {**account, **(config or {})}.items() if value is not None}
        stack = Stack(program, config=whole, **options)
        made.append(stack)
        return stack

    yield make
    for stack in made:
        stack.close()

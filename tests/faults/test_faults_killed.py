"""The provider process dies in the middle of an operation on an object of any kind, and another one goes on."""

from __future__ import annotations

import pytest
from cases import CHANGES, OPERATIONS, Case, calls_of


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("name", CHANGES)
def test_law_5_the_process_is_killed(name: str, when: str):
    """What the engine had not written is not in the state; a fresh process goes on."""
    for operation in OPERATIONS:
        for number in range(calls_of(name, operation)):
            case = Case(name, operation)
            assert case.stack.dies(case.run, number, when)
            # A lost create of an object that the user named is the one thing that a person must settle.
            case.settle(by_hand=operation != "delete")

"""Looking at objects of any kind while Daily fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from calls import FAULTS, REFUSALS
from cases import CHANGES, Case
from mini_stack import MiniStack, attempt


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", CHANGES)
def test_looking_never_takes_a_failure_for_absence(name: str, fault: str):
    """Reads fail or are tried again; nothing is ever taken for gone, and nothing is written."""
    looks: dict[str, Callable[[MiniStack, Any], Any]] = {
        "preview": lambda stack, program: stack.preview(program),
        "refresh": lambda stack, program: stack.refresh(),
    }
    for look in looks.values():
        for times in (1, None):
            for number in range(3):
                case = Case(name, "create")
                case.run()
                before = case.stack.dump()
                case.emulator.clear_log()
                FAULTS[fault](case.emulator, "*", times)
                case.emulator.faults._waiting[0].after = number
                if attempt(lambda case=case, look=look: look(case.stack, case.target)) is None:
                    assert case.stack.dump() == before
                case.emulator.clear_faults()
                assert [r for r in case.emulator.requests if r.method != "GET"] == []
                assert set(case.stack.state) == {name}
                assert case.stack.preview(case.target) == {}


@pytest.mark.parametrize("fault", REFUSALS)
@pytest.mark.parametrize("name", CHANGES)
def test_a_refused_key_is_one_readable_line(name: str, fault: str):
    case = Case(name, "create")
    FAULTS[fault](case.emulator, "*", None)
    error = case.run()
    assert error is not None
    assert ("daily:apiKey" if fault == "401" else "may not do this") in error
    case.settle()

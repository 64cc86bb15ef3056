"""A route does not work for good while an object of any kind is made, changed or removed, and then it does again.

What is on the server is then what is in the state, or the next up makes it so; where nobody but the user can know whose
an object is, the error names the two ways on.
"""

from __future__ import annotations

import pytest
from calls import ALIKE, FAULTS
from cases import CHANGES, OPERATIONS, Case

UNKNOWN_OUTCOMES = ("500 after", "503", "dropped before", "dropped after", "hangs after", "truncated", "not JSON")
"""Faults after which nobody knows whether Daily did what it was asked."""


@pytest.mark.parametrize("fault", [name for name in FAULTS if name not in (*ALIKE, "hangs before")])
@pytest.mark.parametrize("name", CHANGES)
def test_law_5_a_route_never_works_again_until_it_does(name: str, fault: str):
    """Each route for itself, and everything but the reads."""
    for operation in OPERATIONS:
        case = Case(name, operation)
        case.run()
        routes = sorted(case.emulator.counts())
        for route in (*routes, "writes"):
            case = Case(name, operation)
            for one in ("POST *", "PUT *", "DELETE *") if route == "writes" else (route,):
                FAULTS[fault](case.emulator, one, None)
            case.run()
            case.settle(by_hand=True)


@pytest.mark.parametrize("fault", UNKNOWN_OUTCOMES)
@pytest.mark.parametrize("name", CHANGES)
def test_nothing_can_be_read_after_a_write(name: str, fault: str):
    """Daily takes the write, or nobody knows; and no read works any more: only the user can know whose an object is."""
    for operation in OPERATIONS:
        for skipped in (0, 2):
            case = Case(name, operation)
            for one in ("POST *", "PUT *", "DELETE *"):
                FAULTS[fault](case.emulator, one, None)
            case.emulator.fail("GET *", 503, times=None, after=skipped)
            case.run()
            case.settle(by_hand=True)

"""One call of an operation on an object of any kind goes wrong, whichever it is.

Afterwards what is on the server is what is in the state, and the same operation again is the last one needed.
"""

from __future__ import annotations

import pytest
from calls import ALIKE, FAULTS, break_call
from cases import CHANGES, MOST, OPERATIONS, Case


@pytest.mark.parametrize("fault", [name for name in FAULTS if name not in ALIKE])
@pytest.mark.parametrize("name", CHANGES)
def test_law_5_one_call_goes_wrong(name: str, fault: str):
    for operation in OPERATIONS:
        number = 0
        while True:  # the first request, the second, ...
            case = Case(name, operation)
            break_call(case.stack.world, number, fault)
            error = case.run()
            if len(case.emulator.faults):
                assert error is None
                break
            if error is None:
                case.assert_settled()
            case.settle()
            number += 1
            assert number <= MOST

"""Tests for Daily infrastructure programs in milliseconds, without an account and without the Pulumi CLI.

:class:`Stack` runs an unmodified Pulumi program and the real provider process of its dynamic resources, and follows the
engine's rules on what is created, updated, replaced and deleted, in which order. It is a test kit, not a replacement of
the CLI: ``docs/testing.md`` lists which rules it follows and which it does not.

Names are loaded on first use, because pytest imports this package in every test run wherever it is installed.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._diagnostics import Diagnostic as Diagnostic
    from ._diff import PropertyDiff as PropertyDiff
    from ._format import StateFileError as StateFileError
    from ._project import ProgramError as ProgramError
    from ._results import Result as Result
    from ._results import StackError as StackError
    from ._results import Step as Step
    from ._stack import Stack as Stack
    from ._state import ResourceState as ResourceState
    from ._wire import UNKNOWN as UNKNOWN
    from ._wire import Secret as Secret

_HOMES = {
    "UNKNOWN": "._wire",
    "Diagnostic": "._diagnostics",
    "ProgramError": "._project",
    "PropertyDiff": "._diff",
    "ResourceState": "._state",
    "Result": "._results",
    "Secret": "._wire",
    "Stack": "._stack",
    "StackError": "._results",
    "StateFileError": "._format",
    "Step": "._results",
}

__all__ = [
    "UNKNOWN",
    "Diagnostic",
    "ProgramError",
    "PropertyDiff",
    "ResourceState",
    "Result",
    "Secret",
    "Stack",
    "StackError",
    "StateFileError",
    "Step",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

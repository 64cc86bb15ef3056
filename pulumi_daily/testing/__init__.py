"""Test your Daily infrastructure program in milliseconds, without an account and without the Pulumi CLI.

:class:`Stack` runs an unmodified Pulumi program and the real provider process of its dynamic resources, and follows the
engine's rules on what is created, updated, replaced and deleted, in which order. It is a test kit, not a replacement of
the CLI: ``docs/testing.md`` lists what it follows and what it does not.
"""

from ._deployment import Diagnostic
from ._diff import PropertyDiff
from ._file import StateFileError
from ._runner import ProgramError
from ._stack import Result, Stack, StackError, Step
from ._state import ResourceState
from ._wire import UNKNOWN, Secret

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

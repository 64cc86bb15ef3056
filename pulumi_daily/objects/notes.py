"""Keys and texts that providers add to inputs, for the code that writes them and the code that reads a preview."""

from __future__ import annotations

HIDDEN = "__daily"
"""The one hidden key. As an input, it contains what a provider cannot learn otherwise; as an output, also parts of the
state. Pulumi does not display keys that begin with two underscores.
"""
DRIFT = "drift"
"""The input in which a preview shows what differs on Daily."""
GONE = "gone from Daily"
EXPIRED = "expired"
ENDS_SOON = "expires soon"
DIFFERS = "has another value on Daily"
"""The text about drift of a value that must not be shown."""
AGAIN = " (again)"
"""The end of a text about drift that is in the last deployment's inputs already: Pulumi would see no change else."""


def is_internal(key: str) -> bool:
    """Return whether an input comes from this package or Pulumi, and not from the program."""
    return key.startswith("__") or key == DRIFT

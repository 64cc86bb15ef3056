"""The command ``pulumi-daily``. A subcommand is imported when it is run."""

from ._main import main

__all__ = ["main"]

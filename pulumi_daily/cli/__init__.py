"""The command ``pulumi-daily``. Each subcommand is imported when it is run."""

from ._main import main

__all__ = ["main"]

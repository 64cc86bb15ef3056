"""Output of commands: every line is escaped here, because parts of it may come from a server."""

from __future__ import annotations

import click

from ..api import printable


def say(line: str, *, err: bool = False) -> None:
    """Write one line, with line breaks, cursor movements and commands to a CI runner escaped; `err`: to stderr."""
    click.echo(printable(line), err=err)

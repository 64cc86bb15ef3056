"""What commands print: every line goes through here, for a part of it may come from a server."""

from __future__ import annotations

import click

from ..api import printable


def say(line: str, *, err: bool = False) -> None:
    """Write one line. Whatever in it could begin another one, move the cursor or command a CI runner is escaped."""
    click.echo(printable(line), err=err)

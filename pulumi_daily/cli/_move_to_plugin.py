"""`pulumi-daily move-to-plugin`: converts the state of a stack."""

from __future__ import annotations

import json
from typing import IO

import click


@click.command("move-to-plugin")
@click.argument("state", type=click.File("r", encoding="utf-8"), default="-")
def command(state: IO[str]) -> None:
    """Convert the output of `pulumi stack export` from dynamic resources to resources of the native plugin.

    Reads STATE, or standard input, and prints the new state for `pulumi stack import`. No request is sent, and secrets
    stay encrypted.
    """
    from ..api import UsageError
    from ..plugin._moved import moved

    try:
        export = json.load(state)
    except ValueError:
        raise click.ClickException("this is not JSON: pass the output of `pulumi stack export`") from None
    try:
        result, count = moved(export if isinstance(export, dict) else {})
    except UsageError as error:
        raise click.ClickException(str(error)) from None
    click.echo(json.dumps(result, indent=4))
    click.echo(
        f"{count} resources converted. Next: `pulumi stack import`, and a program that uses the plugin", err=True
    )

"""`pulumi-daily plugin`: the native plugin in a folder, for ``pulumi plugin install``."""

from __future__ import annotations

import os
import shlex
import sys
from importlib import metadata
from pathlib import Path

import click

from ._files import check_files, write_files

NAME = "pulumi-resource-daily"


@click.command("plugin")
@click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(NAME),
    show_default=True,
    help="The folder, which is made if there is none.",
)
@click.option("--force", is_flag=True, help="Overwrite the plugin in the folder.")
def command(folder: Path, force: bool) -> None:
    """Write the native plugin, for programs in any language, into a folder.

    The plugin is a script that runs this installation of Python. Prints the command that installs it for Pulumi.
    """
    if sys.platform == "win32":
        raise click.ClickException(f"on Windows, Pulumi takes {NAME} from PATH: activate this environment instead")
    if not folder.exists():
        folder.mkdir(parents=True)
    path = folder / NAME
    check_files({"--dir": path}, force)
    python = shlex.quote(sys.executable)
    gone = f"pulumi-resource-daily: there is no {sys.executable}; run `pulumi-daily plugin` in the new environment"
    look = f"[ -x {python} ] || {{ echo {shlex.quote(gone)} >&2; exit 1; }}"
    run = f"exec {python} -c 'from pulumi_daily.plugin import main; main()' \"$@\""
    write_files({path: f"#!/bin/sh\n{look}\n{run}\n"})
    os.chmod(path, 0o755)
    click.echo(f"{path} runs pulumi_daily of {sys.executable}. To install it for Pulumi:\n", err=True)
    click.echo(
        f"pulumi plugin install resource daily {metadata.version('pulumi-daily')} --reinstall "
        f"--file {shlex.quote(str(folder))}"
    )

"""``pulumi-daily import``: rooms that exist already, as a file for ``pulumi import``.

Source: since CLI 3.254 an import file may carry inputs and outputs, and Pulumi then does not ask the provider to read
(which no dynamic provider in Python can do during an import).
"""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from ..api import Client, DailyError, NotFoundError
from ..lifecycle import imported
from ..lifecycle.account import Account, Domain
from ..lifecycle.errors import LifecycleError
from ..lifecycle.outputs import masked, settings_model
from ..objects.room import ROOM
from ..settings import MISSING_KEY
from ._account import account_options, client_of, find_account
from ._program import program


@dataclass(frozen=True)
class Existing:
    """One room, as the import file has it."""

    name: str
    inputs: dict[str, Any]
    outputs: dict[str, Any]
    left_out: tuple[str, ...]
    """Settings that hold secrets: an import file and the state it makes would show them in clear text."""


@click.command("import")
@account_options
@click.option("--room", "rooms", multiple=True, metavar="NAME", help="A room; may be given several times.")
@click.option("--all", "everything", is_flag=True, help="All rooms of the domain (expired ones are not listed).")
@click.option("--match", metavar="GLOB", help="With --all: only rooms whose name matches, such as 'team-*'.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), default="import.json", show_default=True)
@click.option("--program", "code", type=click.Path(dir_okay=False, path_type=Path), help="Write the Python code too.")
@click.option("--force", is_flag=True, help="Overwrite files.")
def command(
    api_key_stdin: bool,
    api_url: str | None,
    stack: str | None,
    rooms: tuple[str, ...],
    everything: bool,
    match: str | None,
    out: Path,
    code: Path | None,
    force: bool,
) -> None:
    """Write a Pulumi import file for rooms that exist already. Changes nothing on Daily."""
    if bool(rooms) == everything:
        raise click.UsageError("give either --room NAME (once or more) or --all")
    if match is not None and not everything:
        raise click.UsageError("--match goes with --all")
    for path in (out, code):
        if path is not None and path.exists() and not force:
            raise click.ClickException(f"{path} exists already; --force overwrites it")
    try:
        settings = find_account(api_key_stdin, api_url, stack).settings
        if settings.api_key is None:
            raise click.ClickException(MISSING_KEY)
        with client_of(settings, settings.api_key) as client:
            domain = Account(client, expected_domain=settings.domain).domain()
            found = [existing(live, domain) for live in _read(client, rooms, match)]
    except (DailyError, LifecycleError) as error:
        raise click.ClickException(str(error)) from None
    if not found:
        raise click.ClickException("no room matches")
    out.write_text(json.dumps(import_file(found), indent=2) + "\n", encoding="utf-8")
    if code is not None:
        code.write_text(program([room.inputs for room in found]), encoding="utf-8")
    _say(found, out, code)


def _read(client: Client, names: tuple[str, ...], match: str | None) -> list[Mapping[str, Any]]:
    if not names:
        live = sorted(client.iter_rooms(), key=lambda room: str(room["name"]))
        return [room for room in live if match is None or fnmatch.fnmatchcase(room["name"], match)]
    found: list[Mapping[str, Any]] = []
    missing: list[str] = []
    for name in dict.fromkeys(names):
        try:
            found.append(client.get_room(name))
        except NotFoundError:
            missing.append(name)
    if missing:
        raise click.ClickException(f"there is no room {', '.join(missing)} (expired rooms cannot be imported)")
    return found


def existing(live: Mapping[str, Any], domain: Domain) -> Existing:
    """A room as Daily shows it, without the settings that are secret."""
    config = dict(live.get("config") or {})
    model = settings_model(ROOM)
    secret = tuple(name for name, value in config.items() if masked(model, {name: value}) != {name: value})
    secret = tuple(name for name in secret if config[name] is not None)
    shown = {**live, "config": {name: value for name, value in config.items() if name not in secret}}
    inputs, outs = imported(ROOM, shown, domain)
    return Existing(str(live["name"]), inputs, outs, secret)


def import_file(rooms: list[Existing]) -> dict[str, Any]:
    """The import file of Pulumi for these rooms."""
    from ..providers import RoomProvider, serialized  # imports Pulumi

    provider = {"__provider": serialized(RoomProvider)}
    return {
        "resources": [
            {
                "type": f"pulumi-python:dynamic/daily:{ROOM.kind}",
                "name": room.name,
                "id": room.name,
                "inputs": {**room.inputs, **provider},
                "outputs": {**room.outputs, **provider},
            }
            for room in rooms
        ]
    }


def _say(rooms: list[Existing], out: Path, code: Path | None) -> None:
    click.echo(f"{out}: {len(rooms)} room{'s' if len(rooms) != 1 else ''}")
    for room in rooms:
        if room.left_out:
            names = ", ".join(room.left_out)
            click.echo(f'  room "{room.name}": {names} left out (secret); add it to the program, with its secrets')
    click.echo("Next:")
    click.echo(f"  pulumi import --file {out} --generate-code=false --protect=false --yes")
    where = f"paste {code} into the program" if code else "declare the same rooms in the program (--program writes it)"
    click.echo(f"  {where}; `pulumi preview` then shows no change")

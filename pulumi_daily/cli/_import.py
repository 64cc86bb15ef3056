"""``pulumi-daily import``: writes existing objects into a file for ``pulumi import``."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from ..api import DailyError
from ..lifecycle.errors import LifecycleError
from ..objects.domain import DOMAIN_CONFIG
from ..objects.room import ROOM
from ._account import account_options
from ._files import check_files, write_files
from ._import_check import check_domain
from ._import_file import import_file
from ._import_layout import FORMS, laid_out
from ._import_output import Output, report
from ._import_read import SPECS, Selection, opened, read
from ._import_stack import exported
from ._options import expecting, glob, identifier, not_blank

_ORDER = "pulumi_daily.import.order"

_KINDS = {kind.lower(): kind for kind in SPECS}
_ROOM = expecting("the name of a room", identifier)
_KIND = expecting(f"one of {', '.join(SPECS)}", lambda text: _KINDS.get(text.lower()))
_ID = expecting("Daily's id of the object, or its user name, number or trunk name", identifier)
_GLOB = expecting("a pattern such as 'team-*' or 'team-[0-9]', with a ] for each [", glob)
_RESOURCE = expecting("the name of the resource in the program", not_blank)
_FILE = click.Path(dir_okay=False, path_type=Path)


class _InOrder(click.Command):
    """A command that remembers the order of its options: an ``--id`` belongs to the ``--kind`` before it."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        _, _, order = self.make_parser(ctx).parse_args(args=list(args))
        ctx.meta[_ORDER] = [parameter.name for parameter in order]
        return super().parse_args(ctx, args)


@click.command("import", cls=_InOrder)
@account_options
@click.option("--room", "rooms", multiple=True, type=_ROOM, metavar="NAME", help="A room by name; repeatable.")
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    type=_KIND,
    metavar=f"[{'|'.join(SPECS)}]",
    help="A kind of object, followed by --id ID (repeatable) or with --all; repeatable.",
)
@click.option(
    "--id", "ids", multiple=True, type=_ID, metavar="ID", help="Daily's id, or the user name, number or trunk name."
)
@click.option("--all", "everyone", is_flag=True, help="All rooms of the domain, or all objects of each --kind.")
@click.option("--everything", is_flag=True, help="All objects of all kinds.")
@click.option(
    "--include",
    multiple=True,
    type=_GLOB,
    metavar="GLOB",
    help="With --all, --everything: only objects whose name matches, such as 'team-*'; repeatable.",
)
@click.option("--exclude", multiple=True, type=_GLOB, metavar="GLOB", help="No objects whose name matches; repeatable.")
@click.option(
    "--as",
    "form",
    type=click.Choice(FORMS),
    help="Rooms one by one, as one RoomSet, or what makes the program shorter.  [default: rooms]",
)
@click.option("--room-set", type=_RESOURCE, metavar="NAME", help="The name of the RoomSet; implies --as set.")
@click.option(
    "--provider", type=_RESOURCE, metavar="NAME", help="The objects belong to the second account with this name."
)
@click.option("--out", type=_FILE, default="import.json", show_default=True, help="The import file; - is the output.")
@click.option("--program", "code", type=_FILE, help="Also write Python code.")
@click.option("--split", is_flag=True, help="Divide the code into modules by kind, beside the file of --program.")
@click.option("--force", is_flag=True, help="Overwrite existing files.")
@click.option("--dry-run", is_flag=True, help="Show what would be imported, and write nothing.")
@click.option(
    "--check",
    is_flag=False,
    flag_value="",
    metavar="[FILE]",
    help="Compare the stack's state, or the state or import file FILE, with Daily instead.",
)
@click.pass_context
def command(
    ctx: click.Context,
    api_key_stdin: bool,
    api_url: str | None,
    stack: str | None,
    rooms: tuple[str, ...],
    kinds: tuple[str, ...],
    ids: tuple[str, ...],
    everyone: bool,
    everything: bool,
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    form: str | None,
    room_set: str | None,
    provider: str | None,
    out: Path,
    code: Path | None,
    split: bool,
    force: bool,
    dry_run: bool,
    check: str | None,
) -> None:
    """Write a Pulumi import file for existing objects. Changes nothing on Daily.

    Expired rooms cannot be imported. Secrets are left out of the file and reported.

    Exit status: 0 done; 1 failed; 2 wrong usage. With --check: 0 the stack and Daily agree; 10 they differ; 11 the
    stack has objects, but none of this domain.
    """
    single = [(ROOM.kind, name) for name in rooms]
    pairs, bare = _pairs(ctx.meta[_ORDER], kinds, ids)
    if check is not None:
        everything = everything or not (single or pairs or bare or everyone)
    wanted = _selection([*single, *pairs], bare, everyone, everything, (include, exclude), provider)
    if check is not None:
        if wanted.single:
            raise click.UsageError(
                "--check goes with --all, --kind KIND --all or --everything, not with --room and --id"
            )
        sys.exit(check_domain(api_key_stdin, api_url, stack, provider, check, wanted))
    form = form or ("set" if room_set is not None else "rooms")
    if form == "rooms" and room_set is not None:
        raise click.UsageError("--room-set goes with --as set and --as auto")
    if form != "rooms" and not (ROOM.kind in wanted.every or any(kind == ROOM.kind for kind, _ in wanted.single)):
        raise click.UsageError("--as and --room-set go with rooms: --room, --all or --everything")
    if str(code) == "-":
        raise click.UsageError("--program needs the name of a file")
    if split and code is None:
        raise click.UsageError("--split goes with --program FILE")
    output = Output(out, code, split, dry_run)
    if not dry_run:
        check_files(output.possible, force, "`pulumi up` then deletes what the stack has and the new program has not")
    try:
        with opened(api_key_stdin, api_url, stack, provider) as (account, second):
            found = read(account, wanted)
            plan = laid_out(found, form, room_set or "rooms", account.domain(), second, split, exported(stack))
    except (DailyError, LifecycleError) as error:
        raise click.ClickException(str(error)) from None
    if not plan.objects:
        only = len(wanted.every) == 1 and not plan.not_taken
        nothing = f"the domain has no {SPECS[wanted.every[0]].noun}" if only else "there is nothing to import"
        raise click.ClickException("; ".join([nothing, *plan.not_taken]))
    if not dry_run:
        text = json.dumps(import_file(plan.objects, provider), indent=2) + "\n"
        write_files(output.files(text, plan.program))
        if output.out is None:
            click.echo(text, nl=False)
    report(plan, output, second)


def _pairs(order: Iterable[str | None], kinds: Iterable[str], ids: Iterable[str]) -> tuple[list[Any], list[str]]:
    """Return ``(kind, id)`` for each id, and the kinds without one. Raises ``UsageError`` for an id without a kind."""
    next_kind, next_id = iter(kinds), iter(ids)
    pairs: list[tuple[str, str]] = []
    bare: list[str] = []
    kind, alone = None, False
    for option in order:
        if option == "kinds":
            kind = next(next_kind)
            bare.append(kind)
            alone = True
        elif option == "ids":
            if kind is None:
                raise click.UsageError("--id goes behind the --kind that it is of")
            if alone:
                bare.pop()
                alone = False
            pairs.append((kind, next(next_id)))
    return pairs, bare


def _selection(
    single: list[tuple[str, str | None]],
    bare: list[str],
    everyone: bool,
    everything: bool,
    patterns: tuple[tuple[str, ...], tuple[str, ...]],
    provider: str | None,
) -> Selection:
    """Return the selection of objects for the options; ``patterns`` are those of --include and of --exclude.

    Raises ``UsageError`` for options that exclude each other.
    """
    include, exclude = patterns
    if everything:
        if single or bare or everyone:
            raise click.UsageError("--everything goes without --room, --kind and --all")
        return Selection((), tuple(SPECS), include, exclude, lenient=True, provider=provider)
    if (everyone and single) or not (everyone or single or bare):
        raise click.UsageError(
            "give either --room NAME or --kind KIND --id ID (once or more), or --all, --kind KIND --all or --everything"
        )
    if everyone:
        return Selection((), tuple(dict.fromkeys(bare or [ROOM.kind])), include, exclude, provider=provider)
    if include or exclude:
        raise click.UsageError("--include and --exclude go with --all and --everything")
    for kind in bare:
        if kind != DOMAIN_CONFIG.kind:
            raise click.UsageError(f"--kind {kind} needs --id ID behind it, or --all")
    return Selection(single=(*single, *((kind, None) for kind in bare)))

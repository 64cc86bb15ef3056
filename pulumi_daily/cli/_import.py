"""``pulumi-daily import``: writes existing objects into a file for ``pulumi import``."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import click

from ..api import DailyError
from ..importing import SECRET, Existing, LeftOut, existing_set
from ..lifecycle import Account
from ..lifecycle.errors import LifecycleError
from ..objects.domain import DOMAIN_CONFIG
from ..objects.room import ROOM
from ..settings import MISSING_KEY
from ._account import account_options, client_of, find_account
from ._files import check_files, write_files
from ._import_file import import_file, named, shown_secrets
from ._import_read import SPECS, Found, Selection, read
from ._options import expecting, glob, identifier, not_blank
from ._program import Declared, program
from ._terminal import say

_ORDER = "pulumi_daily.import.order"

_KINDS = {kind.lower(): kind for kind in SPECS}
_ROOM = expecting("the name of a room", identifier)
_KIND = expecting(f"one of {', '.join(SPECS)}", lambda text: _KINDS.get(text.lower()))
_ID = expecting("Daily's id of the object, or its user name, number or trunk name", identifier)
_MATCH = expecting("a pattern such as 'team-*' or 'team-[0-9]', with a ] for each [", glob)
_RESOURCE = expecting("the name of the resource in the program", not_blank)


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
    "--match",
    type=_MATCH,
    metavar="GLOB",
    help="With --all, --everything: rooms whose name matches, such as 'team-*'.",
)
@click.option(
    "--room-set", type=_RESOURCE, metavar="NAME", help="Import the rooms as one RoomSet with this resource name."
)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), default="import.json", show_default=True)
@click.option("--program", "code", type=click.Path(dir_okay=False, path_type=Path), help="Also write Python code.")
@click.option("--force", is_flag=True, help="Overwrite existing files.")
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
    match: str | None,
    room_set: str | None,
    out: Path,
    code: Path | None,
    force: bool,
) -> None:
    """Write a Pulumi import file for existing objects. Changes nothing on Daily.

    Expired rooms cannot be imported. Secrets are left out of the file and reported.
    """
    single = [(ROOM.kind, name) for name in rooms]
    pairs, bare = _pairs(ctx.meta[_ORDER], kinds, ids)
    wanted = _selection([*single, *pairs], bare, everyone, everything, match)
    if room_set is not None and not (ROOM.kind in wanted.every or any(kind == ROOM.kind for kind, _ in wanted.single)):
        raise click.UsageError("--room-set goes with rooms: --room, --all or --everything")
    check_files({"--out": out} if code is None else {"--out": out, "--program": code}, force)
    try:
        chosen = find_account(api_key_stdin, api_url, stack)
        _check_stack(chosen.stack.note, stack)
        settings = chosen.settings
        if settings.api_key is None:
            raise click.ClickException(MISSING_KEY)
        with client_of(settings) as client:
            account = Account(client, expected_domain=settings.domain)
            domain = account.domain()
            found = read(client, account, wanted)
    except (DailyError, LifecycleError) as error:
        raise click.ClickException(str(error)) from None
    if not found.objects:
        only = len(wanted.every) == 1 and not found.not_taken
        nothing = f"the domain has no {SPECS[wanted.every[0]].noun}" if only else "there is nothing to import"
        raise click.ClickException("; ".join([nothing, *found.not_taken]))
    if room_set is not None:
        found.objects = _as_set(found.objects, lambda all_rooms: existing_set(uuid.uuid4().hex[:16], all_rooms, domain))
    objects = named(found.objects, room_set)
    texts = {out: json.dumps(import_file(objects), indent=2) + "\n"}
    if code is not None:
        texts[code] = program(_declared(objects), found.not_taken)
    write_files(texts)
    _say(found, objects, out, code)


def _check_stack(note: str | None, stack: str | None) -> None:
    """Raise ``ClickException`` when the requested stack cannot be read; warn when the default one cannot.

    Without the stack's settings, the key may be of another account, and no daily:domain protects against that.
    """
    if note is None:
        return
    if stack is not None:
        raise click.ClickException(note)
    say(f"warning: {note}; going on without the stack's settings, such as its key and daily:domain", err=True)


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
    single: list[tuple[str, str | None]], bare: list[str], everyone: bool, everything: bool, match: str | None
) -> Selection:
    """Return the selection of objects for the options. Raises ``UsageError`` for options that exclude each other."""
    if everything:
        if single or bare or everyone:
            raise click.UsageError("--everything goes without --room, --kind and --all")
        return Selection(every=tuple(SPECS), match=match, lenient=True)
    if (everyone and single) or not (everyone or single or bare):
        raise click.UsageError(
            "give either --room NAME or --kind KIND --id ID (once or more), or --all, --kind KIND --all or --everything"
        )
    every = tuple(dict.fromkeys(bare or [ROOM.kind])) if everyone else ()
    if match is not None and ROOM.kind not in every:
        raise click.UsageError("--match goes with --all and --everything, and looks at the names of rooms")
    if everyone:
        return Selection(every=every, match=match)
    for kind in bare:
        if kind != DOMAIN_CONFIG.kind:
            raise click.UsageError(f"--kind {kind} needs --id ID behind it, or --all")
    return Selection(single=(*single, *((kind, None) for kind in bare)))


def _as_set(objects: list[Existing], joined: Callable[[list[Existing]], Existing]) -> list[Existing]:
    """Return the objects with all rooms combined into one set, which ``joined`` makes."""
    rooms = [one for one in objects if one.spec is ROOM]
    if not rooms:
        return objects
    first = objects.index(rooms[0])
    others = [one for one in objects if one.spec is not ROOM]
    return [*others[:first], joined(rooms), *others[first:]]


def _declared(objects: Mapping[tuple[str, str], Existing]) -> Iterable[Declared]:
    for (kind, name), one in objects.items():
        yield Declared(kind, name, dict(one.inputs), tuple(f"{item.setting} ({item.why})" for item in one.left_out))


def _say(found: Found, objects: Mapping[tuple[str, str], Existing], out: Path, code: Path | None) -> None:
    counts = Counter(one.spec.noun for one in objects.values())
    say(f"{out}: {', '.join(f'{count} {noun}' + 's' * (count > 1) for noun, count in counts.items())}")
    for one in objects.values():
        for item in one.left_out:
            say(f'  {one.spec.noun} "{one.label}": {_advice(one, item)}')
    for line in found.not_taken:
        say(f"  not in the file: {line}")
    say("Next:")
    say(f"  pulumi import --file {out} --generate-code=false --protect=false --yes")
    what = "rooms" if set(counts) == {ROOM.noun} else "resources"
    if code is None:
        where = f"declare the same {what} in the program (--program writes it)"
    elif code.name == "__main__.py":
        where = f"{code} is the program already"
    else:
        where = f"paste {code} into the program"
    say(f"  {where}; `pulumi preview` then shows no change")
    if any(_comes_back(one, name) for one in objects.values() for name in shown_secrets(one)):
        say("  pulumi refresh --yes   (brings the secrets that Daily shows, as secret outputs)")


def _advice(one: Existing, item: LeftOut) -> str:
    """Return a text about an omitted setting, with the consequence."""
    if item.why != SECRET:
        return f"{item.setting} left out: {item.why}"
    name = item.setting.rpartition(".")[2]
    if name in one.spec.write_only:
        return f"{item.setting} left out (secret): Daily does not show it, and it stays until the program sets another"
    if _comes_back(one, name):
        return f"{item.setting} left out (secret): it stays as it is, and the next refresh brings it as an output"
    return f"{item.setting} left out (secret); add it to the program, with its secrets"


def _comes_back(one: Existing, name: str) -> bool:
    """Return whether a secret is an output that a refresh can read."""
    return name in shown_secrets(one) and name not in one.spec.write_only

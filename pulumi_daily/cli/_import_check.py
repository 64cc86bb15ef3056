"""``pulumi-daily import --check``: compares a stack with its domain."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import click

from ..api import ApiError, DailyError
from ..lifecycle import Account, LiveView
from ..lifecycle.decide.diff import diff
from ..lifecycle.decide.drift import Drift
from ..lifecycle.decide.room_set import plan as plan_of_set
from ..lifecycle.decide.room_set import rooms_of_state
from ..lifecycle.errors import LifecycleError
from ..objects.domain import DOMAIN_CONFIG
from ..objects.room import ROOM
from ..objects.room_set import ROOM_SET
from ..objects.spec import ObjectSpec
from ._account import run_pulumi
from ._import_file import names_of
from ._import_read import SPECS, Selection, every, is_refusal, label_of, opened
from ._import_stack import Managed, managed_in
from ._terminal import say

AGREE, DIFFER, OTHER_DOMAIN = 0, 10, 11


def check_domain(
    api_key_stdin: bool, api_url: str | None, stack: str | None, provider: str | None, file: str, wanted: Selection
) -> int:
    """Print the differences between a stack and its domain, and return the exit status.

    ``file`` is a state or an import file, ``-`` for standard input, and "" for the state of the stack. Raises
    ``ClickException`` if one of both cannot be read.
    """
    managed = _managed(file, stack)
    try:
        with opened(api_key_stdin, api_url, stack, provider) as (account, _):
            domain = account.domain()
            ours = [one for one in managed if one.state.domain is not None and one.state.domain.id == domain.id]
            if managed and not ours:
                say(f'none of the {len(managed)} objects in the state is of the domain "{domain.name}"', err=True)
                return OTHER_DOMAIN
            lines = list(_differences(account, ours, wanted))
    except (DailyError, LifecycleError) as error:
        raise click.ClickException(str(error)) from None
    for line in lines:
        say(line)
    others = len(managed) - len(ours)
    rest = f"; {_count(others, 'resource')} of other domains not compared" if others else ""
    say(f"{domain.name}: {_count(len(ours), 'resource')}, {_count(len(lines), 'difference')}{rest}")
    return DIFFER if lines else AGREE


def _count(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'s' * (number != 1)}"


def _managed(file: str, stack: str | None) -> list[Managed]:
    if file:
        where = "standard input" if file == "-" else file
        try:
            text = sys.stdin.read() if file == "-" else Path(file).read_text("utf-8")
        except (OSError, UnicodeError) as error:
            raise click.ClickException(f"{where} cannot be read: {getattr(error, 'strerror', error)}") from None
    else:
        where = "the state of the stack"
        text = run_pulumi("stack", "export", *(["--stack", stack] if stack else [])) or ""
        if not text:
            raise click.ClickException(f"{where} cannot be read: `pulumi stack export` failed; or give a file")
    try:
        return managed_in(text)
    except ValueError:
        raise click.ClickException(f"{where} is neither a stack's state nor an import file") from None


def _differences(account: Account, managed: list[Managed], wanted: Selection) -> Iterator[str]:
    """Yield a line for each object that is only on one side, and for each setting that differs."""
    for spec in (SPECS[kind] for kind in wanted.every):
        own = [one for one in managed if one.spec is spec and wanted.wants(*_names(one))]
        sets = [one for one in managed if one.spec is ROOM_SET] if spec is ROOM else []
        try:
            lives = [
                live for live in every(account, spec) if wanted.wants(*names_of(spec, live, live.id, wanted.provider))
            ]
        except ApiError as error:
            if not (wanted.lenient and is_refusal(error)):
                raise
            if own:
                yield f"only in the state: {len(own)} {spec.noun}s, which Daily does not show to this account ({error})"
            continue
        by_id = {live.id: live for live in lives}
        known = {one.identity for one in own} | {name for one in sets for name in rooms_of_state(one.state)}
        for one in own:
            yield from _of_object(one, _surely(account, spec, one.identity, by_id))
        for one in sets:
            yield from _of_set(account, one, by_id, wanted)
        for live in lives:
            if live.id not in known and spec is not DOMAIN_CONFIG:
                yield f'only on Daily: {spec.noun} "{label_of(live)}"'


def _names(one: Managed) -> set[str]:
    return {one.name, *names_of(one.spec, {**one.state.observed, **one.state.inputs}, one.identity)}


def _surely(account: Account, spec: ObjectSpec, identity: str, lives: Mapping[str, LiveView]) -> LiveView | None:
    """Return a live object; None only if Daily has none, which a list does not prove.

    There is one domain, whatever it was called when the state was written.
    """
    if spec is DOMAIN_CONFIG:
        return next(iter(lives.values()), None)
    return lives.get(identity) or account.reader(spec).get(identity)


def _of_object(one: Managed, live: LiveView | None) -> Iterator[str]:
    spec, now = one.spec, time.time()
    if spec is DOMAIN_CONFIG and live is None:
        return
    found = diff(spec, one.state, one.state.inputs, live, name=one.label, now=now, hints=one.state.hints)
    if found.changes is not False and not found.drift:
        yield f'only in the state: {spec.noun} "{one.label}"'
    yield from _lines(spec, one, found.drift)


def _of_set(account: Account, one: Managed, lives: Mapping[str, LiveView], wanted: Selection) -> Iterator[str]:
    names = [name for name in rooms_of_state(one.state) if wanted.wants(name)]
    found = {name: live for name in names if (live := _surely(account, ROOM, name, lives)) is not None}
    plan = plan_of_set(one.state, one.state.inputs, found, time.time(), one.state.hints)
    for name in names:
        if name not in found:
            yield f'only in the state: room "{name}" (RoomSet "{one.name}")'
    yield from _lines(ROOM_SET, one, [item for item in plan.drift if item.owner in found])


def _lines(spec: ObjectSpec, one: Managed, drift: Sequence[Drift]) -> Iterator[str]:
    for item in drift:
        yield f"differs: {item.line(ROOM if item.owner else spec, one.label)}"

"""Reads the objects to import from Daily."""

from __future__ import annotations

import fnmatch
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import click

from ..api import DEFAULT_API_URL, ApiError, AuthenticationError, RateLimitError, ServerError
from ..importing import Existing, NotImportable, existing, undisclosed_inputs
from ..lifecycle import Account, LiveView
from ..objects.dialin import DIALIN_CONFIG
from ..objects.domain import DOMAIN_CONFIG
from ..objects.phone_number import PHONE_NUMBER
from ..objects.room import ROOM
from ..objects.sip_client import SIP_CLIENT
from ..objects.sip_trunk import SIP_TRUNK
from ..objects.spec import Claim, ObjectSpec
from ..objects.webhook import WEBHOOK
from ..ownership.owners import plain
from ..settings import MISSING_KEY
from ._account import client_of, find_account
from ._import_file import names_of
from ._program import SecondAccount
from ._terminal import say, watched

SPECS: Mapping[str, ObjectSpec] = {
    spec.kind: spec for spec in (DOMAIN_CONFIG, ROOM, WEBHOOK, PHONE_NUMBER, DIALIN_CONFIG, SIP_TRUNK, SIP_CLIENT)
}
"""The kinds of objects that Daily stores; those that others refer to come first."""


@dataclass(frozen=True)
class Selection:
    """The objects to import."""

    single: tuple[tuple[str, str | None], ...] = ()
    """Single objects by kind and id; the id of the domain configuration may be None."""
    every: tuple[str, ...] = ()
    """Kinds of which all objects are imported."""
    include: tuple[str, ...] = ()
    """Patterns of names, if all objects of a kind are imported; without one, every name matches."""
    exclude: tuple[str, ...] = ()
    """Patterns of the names of objects that are not imported."""
    lenient: bool = False
    """Whether to skip a kind that Daily does not show to this account."""
    provider: str | None = None
    """The name of the second account, with which the names of resources begin."""

    def wants(self, *names: str) -> bool:
        """Return whether the patterns select an object with these names (see :func:`names_of`)."""
        return (not self.include or bool(matched(self.include, names))) and not matched(self.exclude, names)


def matched(patterns: Iterable[str], names: Iterable[str]) -> set[str]:
    """Return the patterns that match at least one of the names."""
    return {pattern for name in names for pattern in patterns if fnmatch.fnmatchcase(name, pattern)}


@dataclass
class Found:
    """The objects found for a :class:`Selection`."""

    objects: list[Existing] = field(default_factory=list)
    not_taken: list[str] = field(default_factory=list)
    """A line of text for each object or kind that cannot be imported."""
    matched: set[str] = field(default_factory=set)
    """The patterns of --include and --exclude that match something."""


@contextmanager
def opened(
    api_key_stdin: bool, api_url: str | None, stack: str | None, provider: str | None
) -> Iterator[tuple[Account, SecondAccount | None]]:
    """Open the account of the options; with ``provider``, it is also returned as a second account of the program.

    Raises ``ClickException`` without a key and for a ``stack`` that cannot be read, ``ConfigurationError`` for invalid
    settings, and what the first request raises.
    """
    second = None if provider is None else SecondAccount(provider, "").secret
    chosen = find_account(api_key_stdin, api_url, stack, second_key=second)
    note, settings = chosen.stack.note, chosen.settings
    if note is not None:
        # Without the stack's settings, the key may be of another account, and no daily:domain protects against that.
        if stack is not None:
            raise click.ClickException(note)
        say(f"warning: {note}; going on without the stack's settings, such as its key and daily:domain", err=True)
    if settings.api_key is None:
        missing = f"no key of the account {provider}: set DAILY_API_KEY, or `pulumi config set --secret {second}`"
        raise click.ClickException(MISSING_KEY if provider is None else missing)
    with client_of(settings) as client:
        account = Account(client, expected_domain=settings.domain)
        url = None if settings.api_url == DEFAULT_API_URL else settings.api_url
        yield account, None if provider is None else SecondAccount(provider, account.domain().name, url)


def read(account: Account, wanted: Selection) -> Found:
    """Return the objects, kind by kind. Raises ``ClickException`` for missing objects that were given by id."""
    found = Found()
    missing: list[str] = []
    for spec in SPECS.values():
        if spec.kind in wanted.every:
            found.not_taken += _take_all(account, spec, wanted, found)
        ids = tuple(dict.fromkeys(identity for kind, identity in wanted.single if kind == spec.kind))
        lives = [(identity, _one(account, spec, identity)) for identity in ids]
        absent = [str(identity) for identity, live in lives if live is None]
        if absent:
            hint = f" (expired {spec.noun}s cannot be imported)" if spec.expiry else ""
            missing.append(f"there is no {spec.noun} {', '.join(absent)}{hint}")
        found.objects += [_existing(account, spec, live) for _, live in lives if live is not None]
    for pattern in dict.fromkeys(wanted.include + wanted.exclude):
        if pattern not in found.matched:
            say(f"warning: the pattern {pattern} matches no object", err=True)
    found.objects, doubles = _without_doubles(found.objects)
    # An object that was asked for by its id is never left out.
    missing += doubles if wanted.single else []
    if missing:
        raise click.ClickException("; ".join(missing))
    found.not_taken += doubles
    return found


def _without_doubles(objects: list[Existing]) -> tuple[list[Existing], list[str]]:
    """Return the objects that one program can declare, and a line of text for each of the others.

    A preview refuses two resources with the same claim, and claims are compared without case.
    """
    first: dict[Claim, Existing] = {}
    kept, doubles = [], []
    for one in objects:
        claims = one.spec.claims_of(one.inputs)
        other = next((first[key] for key in map(plain, claims) if key in first), None)
        if other is None:
            kept.append(one)
            first |= {plain(claim): one for claim in claims}
            continue
        same = claims == other.spec.claims_of(other.inputs)
        why = "it takes them for one object" if same else "it compares names without case"
        doubles.append(
            f'{one.spec.noun} "{one.label}" cannot be imported together with {other.spec.noun} "{other.label}": '
            f"`pulumi preview` refuses a program with both, because {why}"
        )
    return kept, doubles


def _take_all(account: Account, spec: ObjectSpec, wanted: Selection, found: Found) -> Iterator[str]:
    """Add the objects of a kind to ``found``, and yield a line for each one that cannot be imported."""
    try:
        lives = list(every(account, spec))
    except ApiError as error:
        if not (wanted.lenient and is_refusal(error)):
            raise
        yield f"{spec.noun}s: Daily does not show them to this account ({error})"
        return
    names = {live.id: names_of(spec, live, live.id, wanted.provider) for live in lives}
    found.matched |= matched(wanted.include + wanted.exclude, [name for some in names.values() for name in some])
    chosen = [live for live in lives if wanted.wants(*names[live.id])]
    if lives and not chosen and not wanted.lenient:
        yield f"no {spec.noun} matches --include and --exclude"
    for live in sorted(chosen, key=label_of):
        try:
            found.objects.append(_existing(account, spec, live))
        except NotImportable as error:
            yield str(error)


def is_refusal(error: ApiError) -> bool:
    """Return whether an error means that the account's plan lacks a kind."""
    return not isinstance(error, AuthenticationError | RateLimitError | ServerError)


def label_of(live: LiveView) -> str:
    """Return the name of an object, or its id if it has none."""
    return str(live.get(live.spec.label or live.spec.key))


def every(account: Account, spec: ObjectSpec) -> Iterator[LiveView]:
    """Yield all objects of a kind that are not expired, with a progress bar."""
    if spec is DOMAIN_CONFIG:
        yield LiveView(spec, account.live_domain())
        return
    pager = account.reader(spec).pager()
    count = 0
    for item in watched(pager.all(), f"{spec.noun}s", lambda: pager.total):
        count += 1
        live = LiveView(spec, item)
        if not live.is_expired(time.time()):
            yield live
    if pager.total is not None and count < pager.total:
        perhaps = " (it may count expired ones)" if spec.expiry else ""
        say(
            f"warning: Daily's list has {count} {spec.noun}s, but its total is {pager.total}{perhaps}: some may be "
            "missing. Run the command again",
            err=True,
        )


def _one(account: Account, spec: ObjectSpec, identity: str | None) -> LiveView | None:
    """Return an object by its id, or by its name or number; None when there is none or it has expired."""
    if spec is DOMAIN_CONFIG:
        live = LiveView(spec, account.live_domain())
        return live if identity in (None, live.id) else None
    reader = account.reader(spec)
    found = reader.get(str(identity))
    if found is None and spec.label:
        found = next((live for live in reader.all() if live.get(spec.label) == identity), None)
    return None if found is None or found.is_expired(time.time()) else found


def _existing(account: Account, spec: ObjectSpec, live: LiveView) -> Existing:
    from .._wire import carried  # imports Pulumi

    return existing(spec, live, account.domain(), time.time(), carried, **undisclosed_inputs(spec))

"""Reads the objects to import from Daily."""

from __future__ import annotations

import fnmatch
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import click

from ..api import ApiError, AuthenticationError, Client, RateLimitError, ServerError
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
    match: str | None = None
    """The pattern for names of rooms, if all are imported."""
    lenient: bool = False
    """Whether to skip a kind that Daily does not show to this account."""


@dataclass
class Found:
    """The objects found for a :class:`Selection`."""

    objects: list[Existing] = field(default_factory=list)
    not_taken: list[str] = field(default_factory=list)
    """A line of text for each object or kind that cannot be imported."""


def read(client: Client, account: Account, wanted: Selection) -> Found:
    """Return the objects, kind by kind. Raises ``ClickException`` for missing objects that were given by id."""
    found = Found()
    missing: list[str] = []
    for spec in SPECS.values():
        if spec.kind in wanted.every:
            found.not_taken += _take_all(client, account, spec, wanted, found.objects)
        ids = tuple(dict.fromkeys(identity for kind, identity in wanted.single if kind == spec.kind))
        lives = [(identity, _one(account, spec, identity)) for identity in ids]
        absent = [str(identity) for identity, live in lives if live is None]
        if absent:
            hint = f" (expired {spec.noun}s cannot be imported)" if spec.expiry else ""
            missing.append(f"there is no {spec.noun} {', '.join(absent)}{hint}")
        found.objects += [_existing(account, spec, live) for _, live in lives if live is not None]
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


def _take_all(
    client: Client, account: Account, spec: ObjectSpec, wanted: Selection, objects: list[Existing]
) -> Iterator[str]:
    try:
        lives = list(_all(client, account, spec))
    except ApiError as error:
        refused = not isinstance(error, AuthenticationError | RateLimitError | ServerError)
        if not (wanted.lenient and refused):
            raise
        yield f"{spec.noun}s: Daily does not show them to this account ({error})"
        return
    match = wanted.match if spec is ROOM else None
    if match is not None:
        lives = [live for live in lives if fnmatch.fnmatchcase(str(live["name"]), match)]
        if not lives:
            yield f'no room matches "{match}"'
    for live in sorted(lives, key=lambda item: str(item.get(spec.label or spec.key))):
        try:
            objects.append(_existing(account, spec, live))
        except NotImportable as error:
            yield str(error)


def _all(client: Client, account: Account, spec: ObjectSpec) -> Iterator[LiveView]:
    if spec is DOMAIN_CONFIG:
        yield LiveView(spec, account.live_domain())
    elif spec is ROOM:
        yield from (LiveView(spec, room) for room in client.iter_rooms())
    else:
        yield from (live for live in account.reader(spec).all() if not live.is_expired(time.time()))


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

    return existing(spec, live.changed(carried), account.domain(), time.time(), **undisclosed_inputs(spec))

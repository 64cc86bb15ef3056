"""The state of an emulator as JSON text, and back. No files.

The text contains keys and passwords. The request logs, the faults and the rate windows are not in it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError

from ._out_of_band import OutOfBand
from ._routes import KINDS
from ._state import Domain, Room
from ._store import Item

VERSION = 1
"""The version of the format. Raise it when older code would read a text wrongly."""


class SavedStateError(ValueError):
    """Error: a text is not a saved state that this version can read. The message contains no value of the text."""


@dataclass
class _Collection:
    last: int
    """The last serial number that was used, perhaps by an object that was deleted."""
    items: list[Item]


@dataclass
class _Domain:
    name: str
    api_key: str
    id: str
    properties: dict[str, Any]
    read_only: dict[str, Any]
    rooms: list[Room]
    objects: dict[str, _Collection]


@dataclass
class Saved:
    """The state of an emulator. The first domain is the one that the emulator is made with."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    domains: list[_Domain]
    stopped_at: float | None = None
    """The time at which the clock is stopped; None: it runs."""
    moved_by: float = 0.0
    """The seconds by which a running clock is ahead of that of the machine."""
    switches: dict[str, Any] = field(default_factory=dict)
    version: int = VERSION


_FORMAT = TypeAdapter(Saved)
_HEAD = TypeAdapter(dict[str, Any])


def saved(emulator: OutOfBand) -> bytes:
    """Return the state of an emulator as JSON text."""
    with emulator.backend.lock:
        now, offset = emulator.clock.stored()
        domains = [_saved_domain(domain) for domain in emulator.backend.domains()]
        return _FORMAT.dump_json(Saved(domains, now, offset, emulator.switches.as_dict()), indent=1)


def _saved_domain(domain: Domain) -> _Domain:
    rooms, collections = domain.stored()
    stored = {kind: found.stored() for kind, found in collections.items()}
    objects = {kind: _Collection(last, items) for kind, (last, items) in stored.items() if last}
    return _Domain(domain.name, domain.api_key, domain.id, domain.properties, domain.read_only, rooms, objects)


def parsed(text: bytes) -> Saved:
    """Return the state of a text that `saved` returned. Raises `SavedStateError` for another text."""
    try:
        version = _HEAD.validate_json(text).get("version")
        if isinstance(version, int) and version > VERSION:
            raise SavedStateError(f"it is of a newer version of this package (format {version}, not {VERSION})")
        found = _FORMAT.validate_json(text)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise SavedStateError(f"it is damaged: {where + ': ' if where else ''}{first['msg']}") from None
    if not found.domains:
        raise SavedStateError("it is damaged: it has no domain")
    unknown = {kind for domain in found.domains for kind in domain.objects} - {*KINDS}
    if unknown:
        raise SavedStateError(f"it has objects that this version does not know: {', '.join(sorted(unknown))}")
    return found


def restore(emulator: OutOfBand, state: Saved) -> None:
    """Replace the state of an emulator, which was made with name and key of the first domain of `state`.

    Raises `SavedStateError` for a state that contradicts itself, or has a switch that this version does not know.
    """
    backend = emulator.backend
    with backend.lock:
        try:
            emulator.switches.update(state.switches)
            for number, given in enumerate(state.domains):
                domain = backend.domain() if number == 0 else backend.add_domain(given.name, given.api_key)
                domain.id = given.id
                domain.restore(given.rooms, {kind: (one.last, one.items) for kind, one in given.objects.items()})
                domain.properties, domain.read_only = given.properties, given.read_only
        except (AttributeError, ValueError) as error:
            raise SavedStateError(f"it cannot be used: {error}") from None
        emulator.clock.restore(state.stopped_at, state.moved_by)

"""All operations of Daily's API as data, written from Daily's documentation and independently of this package's client.

Each has a handler, in the `HANDLERS` of one of the `MODULES`; a module's `KINDS` are the kinds of objects that it
stores.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType
from urllib.parse import unquote

from . import (
    _account,
    _batch_processor,
    _dialin,
    _incall,
    _logs,
    _meetings,
    _number_transfer,
    _phone_numbers,
    _recordings,
    _rooms,
    _sip_clients,
    _sip_trunks,
    _streams,
    _telephony_calls,
    _tokens,
    _transcripts,
    _webhooks,
)
from ._call import Handler, Kind

MODULES: tuple[ModuleType, ...] = (
    _account,
    _rooms,
    _tokens,
    _webhooks,
    _dialin,
    _phone_numbers,
    _number_transfer,
    _sip_trunks,
    _sip_clients,
    _meetings,
    _incall,
    _streams,
    _telephony_calls,
    _recordings,
    _transcripts,
    _batch_processor,
    _logs,
)
PREFIXES = (("v1",), ("api", "v1"))


@dataclass(frozen=True)
class Route:
    """One operation. `name` is `METHOD /path/:parameter`; `tier` is its rate limit tier."""

    method: str
    path: str
    tier: str
    handler: Handler

    @property
    def name(self) -> str:
        """Return the operation's name in the request log and in faults."""
        return f"{self.method} {self.path}"


# path: methods, each with its tier when it is not A
_TABLE = """
/                                       GET POST
/rooms                                  GET POST
/rooms/:name                            GET POST DELETE=B
/rooms/:name/presence                   GET
/rooms/:name/send-app-message           POST
/rooms/:name/get-session-data           GET
/rooms/:name/set-session-data           POST
/rooms/:name/eject                      POST
/rooms/:name/update-permissions         POST
/rooms/:name/recordings/start           POST=C
/rooms/:name/recordings/update          POST
/rooms/:name/recordings/stop            POST
/rooms/:name/live-streaming/start       POST=C
/rooms/:name/live-streaming/update      POST
/rooms/:name/live-streaming/stop        POST
/rooms/:name/transcription/start        POST
/rooms/:name/transcription/update       POST
/rooms/:name/transcription/stop         POST
/rooms/:name/dialOut/start              POST=C
/rooms/:name/dialOut/sendDTMF           POST
/rooms/:name/dialOut/stop               POST
/rooms/:name/sipCallTransfer            POST
/rooms/:name/sipRefer                   POST
/batch/rooms                            POST=batch DELETE=batch
/batch-processor                        GET POST
/batch-processor/:id                    GET DELETE
/batch-processor/:id/access-link        GET
/meeting-tokens                         POST
/meeting-tokens/:token                  GET
/presence                               GET
/meetings                               GET
/meetings/:id                           GET
/meetings/:id/participants              GET
/logs                                   GET
/logs/api                               GET
/recordings                             GET=B
/recordings/test-oci-bucket             GET
/recordings/:id                         GET DELETE
/recordings/:id/access-link             GET
/transcript                             GET
/transcript/:id                         GET DELETE
/transcript/:id/access-link             GET
/webhooks                               GET POST
/webhooks/:id                           GET POST DELETE
/domain-dialin-config                   GET POST
/domain-dialin-config/:id               GET PUT DELETE
/dialin/pinlessCallUpdate               POST
/list-available-numbers                 GET
/purchased-phone-numbers                GET
/buy-phone-number                       POST
/release-phone-number/:id               DELETE
/transfer-phone-number/:id              POST
/verified-caller-ids                    POST
/sip-trunk                              GET POST
/sip-trunk/:id                          GET PUT DELETE
/sip-clients                            GET POST
/sip-clients/:username                  GET DELETE
/sip-clients/:username/rotate           POST
"""


def _build() -> dict[str, Route]:
    handlers: dict[str, Handler] = {}
    for module in MODULES:
        handlers.update(module.HANDLERS)
    found: dict[str, Route] = {}
    for line in _TABLE.split("\n"):
        path, *methods = line.split() or [""]
        for spec in methods:
            method, _, tier = spec.partition("=")
            name = f"{method} {path}"
            found[name] = Route(method, path, tier or "A", handlers.pop(name))
    assert not handlers, f"handlers for routes that are not in the table: {sorted(handlers)}"
    return found


ROUTES = _build()

KINDS: dict[str, Kind] = {kind.name: kind for module in MODULES for kind in getattr(module, "KINDS", ())}
"""The kinds of objects other than rooms, by name."""


def _index() -> dict[tuple[str, int], list[tuple[tuple[str, ...], Route]]]:
    index: dict[tuple[str, int], list[tuple[tuple[str, ...], Route]]] = {}
    for route in ROUTES.values():
        parts = tuple(part for part in route.path.split("/") if part)
        index.setdefault((route.method, len(parts)), []).append((parts, route))
    for candidates in index.values():
        candidates.sort(key=lambda one: sum(part.startswith(":") for part in one[0]))  # literal paths first
    return index


_INDEX = _index()


def match(method: str, raw_path: str) -> tuple[Route, dict[str, str]] | None:
    """Return the route of a request and its path parameters, or None.

    `raw_path` is percent-encoded; a slash at its end is ignored.
    """
    parts = raw_path.split("/")[1:]
    while parts and not parts[-1]:
        parts.pop()
    for prefix in PREFIXES:
        if tuple(parts[: len(prefix)]) == prefix:
            rest = parts[len(prefix) :]
            break
    else:
        return None
    if not all(rest):
        return None
    for pattern, route in _INDEX.get((method, len(rest)), ()):
        pairs = list(zip(pattern, rest, strict=True))
        if all(want.startswith(":") or want == got for want, got in pairs):
            return route, {want[1:]: unquote(got) for want, got in pairs if want.startswith(":")}
    return None


def known(name: str) -> str:
    """Return a test's route name in normal form (`{name}` becomes `:name`); `*` and `METHOD *` match all routes.

    Raises `ValueError` for a route that Daily does not have.
    """
    normal = " ".join(name.replace("{", ":").replace("}", "").split())
    if normal not in ROUTES and normal != "*" and normal.partition(" ")[2] != "*":
        raise ValueError(f"there is no route {name!r}; routes look like 'POST /rooms/:name'")
    return normal

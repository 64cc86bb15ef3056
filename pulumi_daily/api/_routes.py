"""Every operation of Daily's REST API as data: one table, `ROUTES`, from route name to `Route`.

Sources: Daily's OpenAPI description 1.1.1 (60 operations) and its newer documentation pages (SIP trunks, SIP clients,
batch processor, OCI bucket test), and its program for moving phone numbers.

`idempotent` is true when the same request may be sent again although the first one may have been processed. Reads,
deletes and requests that set values are idempotent. Requests that create, buy, call, message or rotate are not, nor are
those that make Daily ping a URL (webhooks, SIP trunks): for these, the caller finds out the outcome by a read.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal
from urllib.parse import quote

from ._errors import UsageError
from ._redact import MASK

_PLACEHOLDER = re.compile(r"\{(\w+)\}")

MAX_LIMIT = 100
"""The longest page that Daily gives, unless it documents another size."""


@dataclass(frozen=True)
class Listing:
    """The way in which a route lists objects: the shape of its answer, and the selection of its pages."""

    style: Literal["cursor", "offset", "whole"] = "cursor"
    """A page is selected by the cursor of the last object, or by the number of objects before it; or there is one."""
    items: str | None = "data"
    """The key that holds the objects; None when the answer is a bare array."""
    total: str = "total_count"
    """The key that holds the number of all objects; empty when the answer has none."""
    exact_total: bool = False
    """Whether the total counts only what is listed (that of rooms may count expired ones). A list that ends before its
    exact total was not read to its end."""
    limit: int = MAX_LIMIT
    """The longest page, which is requested by default."""
    cursor: str = "id"
    """The field of an object that is its cursor; empty when objects have none."""
    position: str = "starting_after"
    """The query parameter that takes the cursor."""
    both_ends: bool = False
    """Whether the oldest page can be requested (`ending_before=OLDEST`)."""
    ends_with_404: bool = False
    """Whether Daily answers 404 after the last object, so that a short page proves nothing."""


@dataclass(frozen=True)
class Route:
    """One operation: name (chosen by this package), HTTP method, path template, rate tier, idempotency.

    `mutates` is false for an operation that changes nothing on the server. `secret_params` are path parameters that are
    masked in every text.
    """

    name: str
    method: str
    template: str
    tier: str = "A"
    idempotent: bool = True
    mutates: bool = True
    secret_params: frozenset[str] = field(default_factory=frozenset)
    pages: Listing | None = None
    """The way in which the route lists objects; None for a route that does not."""
    answers: tuple[str, ...] = ()
    """Keys of which each answer has at least one; an answer with none of them is not Daily's. Empty: not known."""

    @property
    def listing(self) -> Listing:
        """Return `pages`. Raises `UsageError` for a route that does not list objects."""
        if self.pages is None:
            raise UsageError(f"route {self.name} is not a list that can be paged through")
        return self.pages

    @property
    def expected(self) -> str:
        """Return what an answer is, for messages."""
        return "a list page" if self.pages else f"an object with {' or '.join(self.answers)}"

    @property
    def params(self) -> tuple[str, ...]:
        """Return the names of the path parameters, in order."""
        return tuple(_PLACEHOLDER.findall(self.template))

    def fill(self, path: Mapping[str, Any] | None = None) -> str:
        """Return the path with its parameters, percent-encoded.

        Raises `UsageError` for missing, unknown or empty parameters, and for `.` and `..`, which HTTP libraries resolve
        (deleting a room called `..` would address the domain).
        """
        given = dict(path or {})
        if set(given) != set(self.params):
            wanted = ", ".join(self.params) or "none"
            raise UsageError(f"route {self.name} takes the path parameters: {wanted}; got {sorted(given)}")
        return _PLACEHOLDER.sub(lambda m: _encode(self, m[1], given[m[1]]), self.template)

    def show(self, path: Mapping[str, Any] | None = None) -> str:
        """Return the path for messages: like `fill`, with secret parameters masked. Never raises."""
        given = path or {}

        def shown(match: re.Match[str]) -> str:
            name = match[1]
            if name in self.secret_params:
                return MASK
            return quote(str(given[name]), safe="", errors="replace") if name in given else match[0]

        return _PLACEHOLDER.sub(shown, self.template)


def _encode(route: Route, name: str, value: Any) -> str:
    text = "" if value is None else str(value)
    if text in ("", ".", ".."):
        raise UsageError(f"{name} must be given, and must not be empty, '.' or '..' ({route.name})")
    try:
        encoded = quote(text, safe="")
    except UnicodeEncodeError:
        encoded = ""
    if not encoded:
        raise UsageError(f"{name} is not valid Unicode text ({route.name})")
    return encoded


_DELETED = ("deleted", "status")
"""Keys in the answers to a DELETE, of which Daily documents each for some routes, and an empty body for others."""


def _get(name: str, template: str, *answers: str, tier: str = "A", **more: Any) -> Route:
    return Route(name, "GET", template, tier, mutates=False, answers=answers, **more)


def _list(name: str, template: str, tier: str = "A", **pages: Any) -> Route:
    return _get(name, template, tier=tier, pages=Listing(**pages))


def _set(name: str, template: str, *answers: str, method: str = "POST") -> Route:
    """Return a route whose requests set values: sending one twice has the same result as sending it once."""
    return Route(name, method, template, answers=answers)


def _act(name: str, template: str, *answers: str, tier: str = "A", method: str = "POST") -> Route:
    """Return a route whose requests have a new effect each time they are sent."""
    return Route(name, method, template, tier, idempotent=False, answers=answers)


def _delete(name: str, template: str, tier: str = "A", answers: tuple[str, ...] = _DELETED) -> Route:
    return Route(name, "DELETE", template, tier, answers=answers)


_TABLE = (
    # The account
    _get("domain.get", "/", "domain_name", "domain_id"),
    _set("domain.update", "/", "domain_name", "config"),
    # Rooms
    _list("rooms.list", "/rooms", both_ends=True),
    _act("rooms.create", "/rooms", "name"),
    _get("rooms.get", "/rooms/{name}", "name"),
    _set("rooms.update", "/rooms/{name}", "name"),
    _delete("rooms.delete", "/rooms/{name}", tier="B"),
    _act("batch.rooms.create", "/batch/rooms", "name", "data", tier="batch"),
    # Its answer counts the deleted rooms: the caller compares the number and reads what is left.
    _delete("batch.rooms.delete", "/batch/rooms", tier="batch", answers=()),
    # Actions and data of a running call
    _get("rooms.presence", "/rooms/{name}/presence"),
    _act("rooms.send_app_message", "/rooms/{name}/send-app-message"),
    _get("rooms.session_data.get", "/rooms/{name}/get-session-data"),
    _set("rooms.session_data.set", "/rooms/{name}/set-session-data"),
    _set("rooms.eject", "/rooms/{name}/eject"),
    _set("rooms.permissions.update", "/rooms/{name}/update-permissions"),
    _act("rooms.recordings.start", "/rooms/{name}/recordings/start", tier="C"),
    _act("rooms.recordings.update", "/rooms/{name}/recordings/update"),
    _act("rooms.recordings.stop", "/rooms/{name}/recordings/stop"),
    _act("rooms.live_streaming.start", "/rooms/{name}/live-streaming/start", tier="C"),
    _act("rooms.live_streaming.update", "/rooms/{name}/live-streaming/update"),
    _act("rooms.live_streaming.stop", "/rooms/{name}/live-streaming/stop"),
    _act("rooms.transcription.start", "/rooms/{name}/transcription/start"),
    _act("rooms.transcription.update", "/rooms/{name}/transcription/update"),
    _act("rooms.transcription.stop", "/rooms/{name}/transcription/stop"),
    _act("rooms.dialout.start", "/rooms/{name}/dialOut/start", tier="C"),
    _act("rooms.dialout.send_dtmf", "/rooms/{name}/dialOut/sendDTMF"),
    _act("rooms.dialout.stop", "/rooms/{name}/dialOut/stop"),
    # Tier C is "starting a call". Daily does not document whether a transfer counts, so the narrower tier is assumed.
    _act("rooms.sip_call_transfer", "/rooms/{name}/sipCallTransfer", tier="C"),
    _act("rooms.sip_refer", "/rooms/{name}/sipRefer", tier="C"),
    # Meeting tokens: signed, not stored, so making one twice has no lasting effect.
    Route("meeting_tokens.create", "POST", "/meeting-tokens", mutates=False, answers=("token",)),
    _get("meeting_tokens.get", "/meeting-tokens/{token}", secret_params=frozenset({"token"})),
    # Presence, meetings, logs
    _get("presence.get", "/presence"),
    _list("meetings.list", "/meetings"),
    _get("meetings.get", "/meetings/{id}"),
    _list(
        "meetings.participants",
        "/meetings/{id}/participants",
        total="",
        cursor="participant_id",
        position="joined_after",
        ends_with_404=True,
    ),
    _list("logs.list", "/logs", style="offset", items="logs", total="", cursor=""),
    _list("logs.api", "/logs/api", items=None, total=""),
    # Recordings and transcripts
    _list("recordings.list", "/recordings", tier="B"),
    _get("recordings.get", "/recordings/{id}"),
    _delete("recordings.delete", "/recordings/{id}"),
    _get("recordings.access_link", "/recordings/{id}/access-link"),
    _get("recordings.test_oci_bucket", "/recordings/test-oci-bucket"),
    _list("transcripts.list", "/transcript", cursor="transcriptId"),
    _get("transcripts.get", "/transcript/{id}"),
    _delete("transcripts.delete", "/transcript/{id}"),
    _get("transcripts.access_link", "/transcript/{id}/access-link"),
    # Webhooks: creating and updating makes Daily call the endpoint.
    _list("webhooks.list", "/webhooks", style="whole", items=None, total=""),
    _act("webhooks.create", "/webhooks", "uuid", "url"),
    _get("webhooks.get", "/webhooks/{id}", "uuid", "url"),
    _act("webhooks.update", "/webhooks/{id}", "uuid", "url"),
    _delete("webhooks.delete", "/webhooks/{id}"),
    # Telephony
    _list("dialin.list", "/domain-dialin-config", exact_total=True),
    _act("dialin.create", "/domain-dialin-config", "id", "type"),
    _get("dialin.get", "/domain-dialin-config/{id}", "id", "type"),
    _set("dialin.update", "/domain-dialin-config/{id}", "id", "type", method="PUT"),
    _delete("dialin.delete", "/domain-dialin-config/{id}"),
    _act("dialin.pinless_call_update", "/dialin/pinlessCallUpdate"),
    _list("phone_numbers.available", "/list-available-numbers", style="whole", total=""),
    _list("phone_numbers.list", "/purchased-phone-numbers", limit=50, cursor="pagination_id", exact_total=True),
    _act("phone_numbers.buy", "/buy-phone-number", "id", "number"),
    _delete("phone_numbers.release", "/release-phone-number/{id}"),
    _act("phone_numbers.transfer", "/transfer-phone-number/{id}"),
    _act("caller_ids.create", "/verified-caller-ids"),
    _list("sip_trunks.list", "/sip-trunk", exact_total=True),
    _act("sip_trunks.create", "/sip-trunk", "id", "trunk_name"),
    _get("sip_trunks.get", "/sip-trunk/{id}", "id", "trunk_name"),
    # The one PUT that is not idempotent: it may ping the webhook, and a null hmac makes a new secret each time.
    _act("sip_trunks.update", "/sip-trunk/{id}", "id", "trunk_name", method="PUT"),
    _delete("sip_trunks.delete", "/sip-trunk/{id}"),
    _list(
        "sip_clients.list",
        "/sip-clients",
        style="offset",
        items="sip_clients",
        total="total",
        cursor="username",
        exact_total=True,
    ),
    _act("sip_clients.create", "/sip-clients", "username"),
    _get("sip_clients.get", "/sip-clients/{username}", "username"),
    _delete("sip_clients.delete", "/sip-clients/{username}"),
    _act("sip_clients.rotate", "/sip-clients/{username}/rotate", "username"),
    # Batch processor
    _list("batch_processor.list", "/batch-processor"),
    _act("batch_processor.create", "/batch-processor"),
    _get("batch_processor.get", "/batch-processor/{id}"),
    _delete("batch_processor.delete", "/batch-processor/{id}"),
    _get("batch_processor.access_link", "/batch-processor/{id}/access-link"),
)

ROUTES: Mapping[str, Route] = MappingProxyType({route.name: route for route in _TABLE})


def find_route(route: Route | str) -> Route:
    """Return the route with a name (a `Route` is returned unchanged). Raises `UsageError` for an unknown name."""
    if isinstance(route, Route):
        return route
    if route not in ROUTES:
        near = difflib.get_close_matches(route, ROUTES, n=3)
        raise UsageError(f"there is no route {route!r}; {'near it: ' + ', '.join(near) if near else 'see ROUTES'}")
    return ROUTES[route]

"""Every error body of the emulator (sources: Daily's documentation and recorded answers; see docs/emulator.md)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pulumi_daily.api import ENDPOINT_UNKNOWN, ErrorString


class Problem(Exception):
    """The refusal of a request: HTTP status, JSON body, extra headers. Raised by the rules, and sent by the app."""

    def __init__(
        self, status: int, error: str, info: str | None = None, *, headers: dict[str, str] | None = None, **more: Any
    ) -> None:
        super().__init__(f"{status} {error}: {info}")
        self.status = status
        self.body: dict[str, Any] = {"error": error}
        if info is not None:
            self.body["info"] = info
        self.body.update(more)
        self.headers = headers or {}


def endpoint_unknown() -> Problem:
    """Return the error for an unknown path or method. Daily checks this before the key, and never answers 405."""
    return Problem(404, ErrorString.NOT_FOUND, ENDPOINT_UNKNOWN)


def bad_header() -> Problem:
    """Return the error for a request without `Authorization: Bearer <key>`."""
    return Problem(400, ErrorString.AUTHORIZATION_HEADER, "invalid authorization header")


def wrong_key() -> Problem:
    """Return the error for an unknown key. The body has no `info`."""
    return Problem(401, ErrorString.AUTHENTICATION)


def bad_json() -> Problem:
    """Return the error for a body that is not JSON."""
    return Problem(400, ErrorString.JSON_PARSING, "the request body is not valid JSON")


def invalid(info: str) -> Problem:
    """Return the error for an invalid request, with `info` as its text."""
    return Problem(400, ErrorString.INVALID_REQUEST, info)


def missing_field() -> Problem:
    """Return the generic error of Daily's API description for a missing field."""
    return invalid("missing required field")


def not_allowed(path: str) -> Problem:
    """Return the error (400) for a key of the body, at `path`, that is unknown or may not be set there."""
    return invalid(f'"{path}" is not allowed')


def unknown_property(name: str) -> Problem:
    """Return the error for an unknown key of `properties`: recorded for rooms, assumed for the domain and tokens."""
    return invalid(f"invalid property name '{name}'")


def bad_bucket(bucket: Mapping[str, Any]) -> Problem:
    """Return the error for a bucket to which Daily cannot write."""
    return invalid(f"unable to upload test file to bucket {bucket['bucket_name']}")


def room_missing(name: str, *, deleted: bool = False) -> Problem:
    """Return the error for a room that does not exist. `deleted`: a DELETE has just removed the expired room."""
    problem = Problem(404, ErrorString.NOT_FOUND, f"room {name} not found")
    if deleted:
        problem.body["deleted"] = True
    return problem


def name_taken(name: str) -> Problem:
    """Return the error for the name of an existing room."""
    return invalid(f"a room named {name} already exists")


def bad_name(name: str) -> Problem:
    """Return the error for a room name with invalid characters."""
    return invalid(f"{name} contains invalid characters (room names can contain A-Z, a-z, 0-9, '-', and '_')")


def moment_past(key: str, shown: str) -> Problem:
    """Return the error for a time that is not later than the clock's, in a setting that must be in the future."""
    return invalid(f"{key} was '{shown}', which is in the past rather than in the future")


def moment_not_a_number(key: str, shown: str) -> Problem:
    """Return the error for a time that is not a number."""
    return invalid(f"{key} was '{shown}' but should be a number of seconds since the unix epoch")


def missing(info: str) -> Problem:
    """Return the error for an object that does not exist."""
    return Problem(404, ErrorString.NOT_FOUND, info)


def taken(info: str, status: int = 400) -> Problem:
    """Return the error for a name or number that another object uses."""
    return Problem(status, ErrorString.INVALID_REQUEST, info)


def ping_failed(status: int | None) -> Problem:
    """Return the error for a webhook whose URL did not answer its test call with 200; None means no answer."""
    return invalid(f"non-200 status code returned from webhook endpoint, recvd {_received(status)}")


def probe_failed(status: int | None) -> Problem:
    """Return the error for a SIP trunk whose URL did not answer its test call with 2xx."""
    return invalid(f"notification.webhook_url did not answer the sip_trunk.test with 2xx, recvd {_received(status)}")


def _received(status: int | None) -> str:
    return "undefined" if status is None else str(status)


def number_not_owned(kind: str, number: str, domain: str) -> Problem:
    """Return the error for a dial-in configuration (`kind`: pin, pinless) with a number that is not the domain's."""
    return invalid(f"Failed to configure {kind} dialin: {number.lstrip('+')} not associated with domain: {domain}")


def bad_search() -> Problem:
    """Return the error for a search for phone numbers with invalid filters or combinations."""
    return Problem(400, ErrorString.VALIDATION, "invalid path parameter")


def no_number() -> Problem:
    """Return the error for a purchase when no phone number is available."""
    return Problem(500, ErrorString.VENDOR_UNAVAILABLE, "Phone number unavailable")


def number_refused(detail: str) -> Problem:
    """Return the error for a phone number that cannot be bought. The body is the vendor's, unlike all others."""
    problem = Problem(422, detail)
    problem.body = {
        "errors": [{"detail": detail, "status": "422", "title": "Invalid Attribute", "code": "422"}],
        "status": 422,
    }
    return problem


def number_too_new(days: int) -> Problem:
    """Return the error for the release of a number bought less than `days` ago. The body has no `info`."""
    return Problem(422, f"Failed to release new number, try again in {days} days")


def client_limit() -> Problem:
    """Return the error for a domain with the largest number of SIP clients already."""
    return Problem(403, ErrorString.FORBIDDEN, "SIP client limit reached for this domain")


def no_call(room: str) -> Problem:
    """Return the error for an action on a call in an empty room."""
    return missing(f"room {room} does not seem to be hosting a call currently")


def stream_active(room: str) -> Problem:
    """Return the error for a start of a stream that is running already, or that would exceed the domain's limit."""
    return invalid(f"room {room} has an active stream")


def stream_missing(room: str, kind: str) -> Problem:
    """Return the error for a change or stop of a stream that is not running."""
    return invalid(f"room {room} has no active {kind}")


def bad_source(given: str) -> Problem:
    """Return the error for an unknown `source` of `GET /logs/api`.

    Its text, with the line feed, is from Daily's API description.
    """
    return invalid(f'"source" must be one of [webhook, api] [Received source="{given}"]\n')


def plan() -> Problem:
    """Return the error for a property or an endpoint that the plan does not include. Its status is not recorded."""
    return Problem(400, ErrorString.INVALID_PLAN, "This feature is only available to paid accounts")


def rate_limited(retry_after: float | None) -> Problem:
    """Return the error (429) for too many requests.

    `retry_after` (seconds) is sent as a header if given, rounded up to whole seconds, at least 1.
    """
    headers = {} if retry_after is None else {"Retry-After": str(max(1, int(-(-retry_after // 1))))}
    return Problem(429, ErrorString.RATE_LIMIT, "rate limit exceeded, try again later", headers=headers)


def internal() -> Problem:
    """Return the error for a failure of the emulator itself."""
    return Problem(500, ErrorString.SERVER, "the emulator failed; its log says why")


_BY_STATUS = {
    400: ErrorString.INVALID_REQUEST,
    401: ErrorString.AUTHENTICATION,
    403: ErrorString.FORBIDDEN,
    404: ErrorString.NOT_FOUND,
    429: ErrorString.RATE_LIMIT,
}


def injected(status: int) -> dict[str, Any]:
    """Return the body of an injected fault for which the test gave no body."""
    return {"error": _BY_STATUS.get(status, ErrorString.SERVER), "info": "injected by the emulator"}

"""Every error body of the emulator (sources: Daily's documentation and recorded answers; see docs/emulator.md)."""

from __future__ import annotations

from typing import Any

from pulumi_daily.api import ENDPOINT_UNKNOWN, ErrorString


class Problem(Exception):
    """A refusal: HTTP status, JSON body, extra headers. Raised by the rules, turned into an answer by the app."""

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
    """Unknown path or unsupported method; Daily checks this before the key, and never answers 405."""
    return Problem(404, ErrorString.NOT_FOUND, ENDPOINT_UNKNOWN)


def bad_header() -> Problem:
    """No `Authorization: Bearer <key>`."""
    return Problem(400, ErrorString.AUTHORIZATION_HEADER, "invalid authorization header")


def wrong_key() -> Problem:
    """A key that is not known; the body has no `info`."""
    return Problem(401, ErrorString.AUTHENTICATION)


def bad_json() -> Problem:
    """The body cannot be parsed."""
    return Problem(400, ErrorString.JSON_PARSING, "the request body is not valid JSON")


def invalid(info: str) -> Problem:
    """Anything wrong with the request itself."""
    return Problem(400, ErrorString.INVALID_REQUEST, info)


def missing_field() -> Problem:
    """The generic error of Daily's API description."""
    return invalid("missing required field")


def not_allowed(path: str) -> Problem:
    """A key that is not known."""
    return invalid(f'"{path}" is not allowed')


def room_missing(name: str, *, deleted: bool = False) -> Problem:
    """No such room; `deleted` is set when an expired room was just collected by a DELETE."""
    problem = Problem(404, ErrorString.NOT_FOUND, f"room {name} not found")
    if deleted:
        problem.body["deleted"] = True
    return problem


def name_taken(name: str) -> Problem:
    """A room of this name exists."""
    return invalid(f"a room named {name} already exists")


def bad_name(name: str) -> Problem:
    """Characters that a room name cannot have."""
    return invalid(f"{name} contains invalid characters (room names can contain A-Z, a-z, 0-9, '-', and '_')")


def moment_past(key: str, shown: str) -> Problem:
    """A moment that must lie in the future does not."""
    return invalid(f"{key} was '{shown}', which is in the past rather than in the future")


def moment_not_a_number(key: str, shown: str) -> Problem:
    """A moment that is no number."""
    return invalid(f"{key} was '{shown}' but should be a number of seconds since the unix epoch")


def missing(info: str) -> Problem:
    """No such object."""
    return Problem(404, ErrorString.NOT_FOUND, info)


def taken(info: str, status: int = 400) -> Problem:
    """A name or number that something else has."""
    return Problem(status, ErrorString.INVALID_REQUEST, info)


def ping_failed(status: int | None) -> Problem:
    """The address of a webhook did not answer its test call with 200; None is no answer at all."""
    return invalid(f"non-200 status code returned from webhook endpoint, recvd {_received(status)}")


def probe_failed(status: int | None) -> Problem:
    """The address of a SIP trunk's notification did not answer its test call with 2xx."""
    return invalid(f"notification.webhook_url did not answer the sip_trunk.test with 2xx, recvd {_received(status)}")


def _received(status: int | None) -> str:
    return "undefined" if status is None else str(status)


def number_not_owned(kind: str, number: str, domain: str) -> Problem:
    """A dial-in config (`kind`: pin, pinless) with a number that the domain has not bought."""
    return invalid(f"Failed to configure {kind} dialin: {number.lstrip('+')} not associated with domain: {domain}")


def bad_search() -> Problem:
    """Filters of a search for phone numbers that make no sense, alone or together."""
    return Problem(400, ErrorString.VALIDATION, "invalid path parameter")


def no_number() -> Problem:
    """No phone number is to be had."""
    return Problem(500, ErrorString.VENDOR_UNAVAILABLE, "Phone number unavailable")


def number_refused(detail: str) -> Problem:
    """A phone number that cannot be bought; the body is the vendor's, of another shape than all others."""
    problem = Problem(422, detail)
    problem.body = {
        "errors": [{"detail": detail, "status": "422", "title": "Invalid Attribute", "code": "422"}],
        "status": 422,
    }
    return problem


def number_too_new(days: int) -> Problem:
    """A phone number that was bought less than `days` ago; the body has no `info`."""
    return Problem(422, f"Failed to release new number, try again in {days} days")


def client_limit() -> Problem:
    """More SIP clients than a domain may have."""
    return Problem(403, ErrorString.FORBIDDEN, "SIP client limit reached for this domain")


def no_call(room: str) -> Problem:
    """An action on a call in a room where nobody is."""
    return missing(f"room {room} does not seem to be hosting a call currently")


def stream_active(room: str) -> Problem:
    """A recording, live stream or transcription that runs already."""
    return invalid(f"room {room} has an active stream")


def stream_missing(room: str, kind: str) -> Problem:
    """None that could be changed or stopped."""
    return invalid(f"room {room} has no active {kind}")


def bad_source(given: str) -> Problem:
    """A `source` of `GET /logs/api` that there is not; the text, with its line feed, is in Daily's API description."""
    return invalid(f'"source" must be one of [webhook, api] [Received source="{given}"]\n')


def plan(key: str) -> Problem:
    """A property that the plan does not include."""
    return Problem(400, ErrorString.INVALID_PLAN, f"{key}: This feature is only available to paid accounts")


def rate_limited(retry_after: float | None) -> Problem:
    """Over the limit; `retry_after` (seconds) becomes a header when it is given."""
    headers = {} if retry_after is None else {"Retry-After": str(max(1, int(-(-retry_after // 1))))}
    return Problem(429, ErrorString.RATE_LIMIT, "rate limit exceeded, try again later", headers=headers)


def internal() -> Problem:
    """A fault of the emulator itself."""
    return Problem(500, ErrorString.SERVER, "the emulator failed; its log says why")


_BY_STATUS = {
    400: ErrorString.INVALID_REQUEST,
    401: ErrorString.AUTHENTICATION,
    403: ErrorString.FORBIDDEN,
    404: ErrorString.NOT_FOUND,
    429: ErrorString.RATE_LIMIT,
}


def injected(status: int) -> dict[str, Any]:
    """The body of a fault that a test asked for without giving one."""
    return {"error": _BY_STATUS.get(status, ErrorString.SERVER), "info": "injected by the emulator"}

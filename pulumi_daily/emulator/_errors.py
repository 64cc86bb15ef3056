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


def plan(key: str) -> Problem:
    """A property that the plan does not include."""
    return Problem(400, ErrorString.INVALID_PLAN, f"{key}: This feature is only available to paid accounts")


def rate_limited(retry_after: float | None) -> Problem:
    """Over the limit; `retry_after` (seconds) becomes a header when it is given."""
    headers = {} if retry_after is None else {"Retry-After": str(max(1, int(-(-retry_after // 1))))}
    return Problem(429, ErrorString.RATE_LIMIT, "rate limit exceeded, try again later", headers=headers)


def not_emulated(route: str) -> Problem:
    """A route that Daily has and the emulator has not."""
    return Problem(501, ErrorString.SERVER, f"not emulated: {route}")


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

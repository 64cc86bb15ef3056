"""Turns an HTTP answer into a value or an error. No other module reads the bodies of Daily's answers.

Error bodies come as `{"error", "info"}`, as `{"error"}` alone (401; on 422s about phone numbers with a human-readable
text), as `{"errors": [...]}` (422 of a vendor), as HTML (from a proxy or load balancer), or empty.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from ._errors import (
    ENDPOINT_UNKNOWN,
    ApiError,
    AuthenticationError,
    BadResponse,
    EndpointNotFoundError,
    ErrorString,
    ForbiddenError,
    InvalidRequestError,
    JsonParsingError,
    NotFoundError,
    PlanError,
    RateLimitError,
    ServerError,
)
from ._paging import is_page
from ._printable import printable
from ._redact import Redactor
from ._retry import retry_after
from ._routes import Route
from ._transport import Response

TEXT_LIMIT = 500  # characters of a server's text that are quoted
VALUES_LIMIT = 1_000_000  # values in a body: 1 000 rooms of a batch with 1 000 each
DEPTH_LIMIT = 100  # levels of lists and objects; Daily's deepest answers have ten
_TEXTS = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_NOT_JSON = "the body is not JSON"
_TOO_DEEP = f"the body has lists or objects nested deeper than {DEPTH_LIMIT}"
TEXT_LOOKED_AT = 16_384  # bytes of a text that are searched for secrets; the longest secret has about 2 000

_KEY_HINT = (
    "Daily does not know the key that was sent; set another with `pulumi config set --secret daily:apiKey` (it asks "
    "for it) or in the environment variable DAILY_API_KEY (Daily's dashboard shows it under Developers)"
)
_HINTS: dict[type[ApiError], str] = {
    AuthenticationError: _KEY_HINT,
    ForbiddenError: "the API key is valid and may not do this",
    PlanError: "the plan of this Daily account does not include the feature",
    EndpointNotFoundError: "check the API URL",
    RateLimitError: "other programs share this account's limits; try again later or lower the rate share",
    ServerError: "try again later",
}

_BY_STRING: dict[str, type[ApiError]] = {
    ErrorString.AUTHENTICATION: AuthenticationError,
    ErrorString.AUTHORIZATION_HEADER: AuthenticationError,
    ErrorString.FORBIDDEN: ForbiddenError,
    ErrorString.JSON_PARSING: JsonParsingError,
    ErrorString.INVALID_REQUEST: InvalidRequestError,
    ErrorString.RATE_LIMIT: RateLimitError,
    ErrorString.SERVER: ServerError,
    ErrorString.VALIDATION: InvalidRequestError,
    ErrorString.VENDOR_UNAVAILABLE: ServerError,
    ErrorString.INVALID_PLAN: PlanError,
}
_BY_STATUS: dict[int, type[ApiError]] = {
    400: InvalidRequestError,
    401: AuthenticationError,
    403: ForbiddenError,
    422: InvalidRequestError,
}


def read_answer(
    response: Response,
    route: Route,
    shown: Callable[[], str],
    redactor: Redactor,
    now: Callable[[], float],
) -> Any:
    """Return the JSON value of a 2xx answer (None for an empty body).

    Raises an `ApiError` for an error answer, `BadResponse` for a 2xx answer that is not JSON, or that is not the one
    which Daily documents for the route: something between here and Daily sent it, and nothing proves that Daily got the
    request. `shown` returns the redacted path for messages, `now` the wall clock in Unix seconds.
    """
    if not 200 <= response.status < 300:
        raise _api_error(response, route, shown(), redactor, now)
    defect, value = _parse(response.body)
    if not defect and _fits(route, value):
        return value
    text = f"{response.status}, but {defect or f'the body is not {route.expected}'} ({_kind(response, redactor)})"
    permanent = bool(defect) and defect != _NOT_JSON
    error = BadResponse(text, permanent=permanent, method=route.method, path=shown())
    error.outcome_unknown = route.mutates
    raise error


def _fits(route: Route, value: Any) -> bool:
    """Return whether a value has the documented shape of a route's answers.

    A list of objects stands for one: Daily's documents contradict each other for some routes.
    """
    if route.pages is not None:
        return is_page(route.pages, value)
    if not route.answers or (value is None and route.method == "DELETE"):
        return True
    items = value if isinstance(value, list) and value else [value]
    return all(isinstance(item, dict) and not item.keys().isdisjoint(route.answers) for item in items)


def _api_error(response: Response, route: Route, path: str, redactor: Redactor, now: Callable[[], float]) -> ApiError:
    status = response.status
    readable, body = _masked(response.body, redactor)
    error, info = _texts(body)
    cls = _class(status, body, error, info)
    if 300 <= status < 400:
        info = f"redirect to {_host(response, redactor)}, not followed because the API key would go along"
    elif not readable:
        info = f"not an answer of Daily's API ({_kind(response, redactor)})"
    elsewhere = cls is ApiError and (status < 400 or status == 404)
    hint = _HINTS.get(EndpointNotFoundError if elsewhere else cls)
    failure = cls(
        status,
        error,
        info,
        route.method,
        path,
        body,
        hint=hint,
        retry_after=retry_after(response.headers, now),
    )
    # Whatever redirects may have passed the request on first: 303 even says so.
    failure.outcome_unknown = route.mutates and (status < 400 or isinstance(failure, ServerError))
    return failure


def _class(status: int, body: Any, error: str | None, info: str | None) -> type[ApiError]:
    # The status decides first whether to retry: a 5xx may have been processed, whatever its text.
    if status == 429:
        return RateLimitError
    if status >= 500:
        return ServerError
    if status == 404:
        # Only Daily's own `error` counts: a proxy's 404 does not mean that the room is gone.
        if not isinstance(body, dict) or body.get("error") != ErrorString.NOT_FOUND:
            return ApiError
        return EndpointNotFoundError if ENDPOINT_UNKNOWN in (info or "").lower() else NotFoundError
    if status < 400:
        return ApiError
    known = _BY_STRING.get(error or "")
    if known is not None and known is not ServerError:
        return known
    return _BY_STATUS.get(status, ApiError)


def _texts(body: Any) -> tuple[str | None, str | None]:
    """Return `error` and `info` of an error body of any shape; None for a missing one."""
    if not isinstance(body, dict):
        return None, None
    error, info = _text(body.get("error")), _text(body.get("info"))
    errors = body.get("errors")
    if info is None and isinstance(errors, list):
        details = [_text(item.get("detail") or item.get("title")) for item in errors if isinstance(item, dict)]
        info = "; ".join(detail for detail in details if detail) or None
    return error, info


def _text(value: Any) -> str | None:
    """Return a server's text in printable form, on one line of at most `TEXT_LIMIT` characters; None for no text."""
    if value is None or value == "":
        return None
    text = printable(" ".join((value if isinstance(value, str) else json.dumps(value)).split()))
    return text if len(text) <= TEXT_LIMIT else f"{text[:TEXT_LIMIT]}..."


def _parse(body: bytes) -> tuple[str, Any]:
    """Return what is wrong with a body (empty for nothing), and its JSON value. An empty body counts as null.

    Size and nesting of the value are limited: a body of empty lists takes twenty times its length in memory.
    """
    if not body.strip():
        return "", None
    try:
        # Marks inside of texts, such as logs in JSON, are no values; removing texts takes time.
        if _marks(body) > VALUES_LIMIT and _marks(_TEXTS.sub(b"", body)) > VALUES_LIMIT:
            return f"the body has more than {VALUES_LIMIT:,} values", None
        value = json.loads(body)
    except RecursionError:
        return _TOO_DEEP, None
    except (json.JSONDecodeError, UnicodeDecodeError):
        return _NOT_JSON, None
    except ValueError:  # of Python's int: converting a number takes the square of its length
        return "the body has a number of more digits than Python reads", None
    return ("", value) if _is_flat(value) else (_TOO_DEEP, None)


def _marks(body: bytes) -> int:
    """Return how many values a body has at most, if there are no commas and brackets in its texts."""
    return sum(map(body.count, (b",", b"[", b"{")))


def _is_flat(value: Any) -> bool:
    """Return whether lists and objects are nested at most `DEPTH_LIMIT` deep."""
    level = [value]
    for _ in range(DEPTH_LIMIT + 1):
        level = [
            inner
            for outer in level
            if isinstance(outer, (list, dict))
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return True
    return False


def _masked(body: bytes, redactor: Redactor) -> tuple[bool, Any]:
    """Return whether an error body is JSON, and its value with secrets masked.

    For a body that is not JSON, the value is the beginning of its text.
    """
    defect, value = _parse(body)
    if not defect:
        return True, redactor.value(value)
    # Masked before the text is cut: otherwise the first part of a secret at the cut would be shown.
    return False, redactor.text(body[:TEXT_LOOKED_AT].decode("utf-8", "replace"))[:TEXT_LIMIT]


def _kind(response: Response, redactor: Redactor) -> str:
    kind = response.headers.get("content-type", "").split(";")[0].strip() or "no content type"
    return f"{printable(redactor.text(kind)[:60])}, {len(response.body)} bytes"


def _host(response: Response, redactor: Redactor) -> str:
    """Return the host that a redirect points to. Path and query are left out: they may contain secrets."""
    try:
        host = urlsplit(response.headers.get("location", "")).hostname
    except ValueError:
        return "an invalid address"
    return printable(redactor.text(host)[:TEXT_LIMIT]) if host else "the same host"

"""The errors of the API client.

    DailyError                      base of all below; str() is one readable line without secrets
    ├── ConfigurationError          the key or the API URL cannot be used; nothing was sent
    ├── UsageError                  an invalid call (unknown route, bad parameter); nothing was sent
    ├── ApiError                    an error answer of Daily; also one with an unknown error string
    │   ├── AuthenticationError     401 authentication-error, 400 authorization-header-error
    │   ├── ForbiddenError          403, forbidden-error
    │   ├── PlanError               invalid-plan-type: the account's plan lacks the feature
    │   ├── NotFoundError           404 not-found: the object is gone (`deleted`: an expired room)
    │   ├── EndpointNotFoundError   404 "api endpoint does not exist": wrong URL, *not* a missing object
    │   ├── InvalidRequestError     400 and 422: the request is wrong
    │   │   └── JsonParsingError    json-parsing-error
    │   ├── RateLimitError          429 (`retry_after` in seconds, if Daily sent it)
    │   └── ServerError             5xx
    ├── Stopped                     nothing was sent: the operation was cancelled, or its time is over
    └── TransportError              no usable answer
        ├── ConnectError            nothing was sent: name resolution, network, TLS or proxy failed
        ├── RequestTimeout          sent, no answer in time
        ├── ConnectionDropped       sent, the connection broke
        ├── BadResponse             an unreadable answer: not JSON, cut off, not the documented shape
        └── RetryBudgetExceeded     no retries left; `last` (also `__cause__`) is the last error

`outcome_unknown` is true on an error after which the server may or may not have changed something: the connection was
dropped after sending, no answer came in time, 5xx, 3xx, an unreadable 2xx, or any error of a call of which an earlier
attempt ended like this. Read the object before you send the request again. It is never true for calls that change
nothing.

A 404 is a `NotFoundError` only when its JSON body has Daily's own error string, `"error": "not-found"`. Any other 404,
such as a proxy's, is a plain `ApiError`: it does not prove that an object is gone.

Server texts in messages are escaped by `printable`.
"""

from __future__ import annotations

from typing import Any

from ._printable import printable


class ErrorString:
    """The values of `error` in Daily's error bodies (stable, unlike `info`)."""

    AUTHENTICATION = "authentication-error"
    AUTHORIZATION_HEADER = "authorization-header-error"
    FORBIDDEN = "forbidden-error"
    JSON_PARSING = "json-parsing-error"
    INVALID_REQUEST = "invalid-request-error"
    RATE_LIMIT = "rate-limit-error"
    SERVER = "server-error"
    # Seen in answers, but missing from Daily's documented list:
    NOT_FOUND = "not-found"
    VALIDATION = "validation-error"
    VENDOR_UNAVAILABLE = "vendor-unavailable"
    INVALID_PLAN = "invalid-plan-type"


# `info` of a 404 for an unknown path or method; Daily checks this before the key.
ENDPOINT_UNKNOWN = "api endpoint does not exist"


def _rebuild(cls: type[DailyError], args: tuple[Any, ...], state: dict[str, Any]) -> DailyError:
    error = cls.__new__(cls, *args)
    error.__dict__.update(state)
    return error


class DailyError(Exception):
    """Base of all errors of this package.

    `message` is the text without context, `hint` the suggested action, `method` and `path` the request (secrets in the
    path are masked). `outcome_unknown` is explained in the module docstring. `rate_limited` is true when Daily refused
    the request because of its rate limits, at once or in the last attempt.
    """

    rate_limited = False

    def __init__(self, message: str = "", *, hint: str | None = None, method: str = "", path: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.method = method
        self.path = path
        self.outcome_unknown = False

    def __str__(self) -> str:
        where = f" ({self.method} {self.path})" if self.method else ""
        unknown = "; Daily may have processed the request" if self.outcome_unknown else ""
        hint = f"; {self.hint}" if self.hint else ""
        return printable(" ".join(f"{self._what()}{where}{unknown}{hint}".split()))

    def _what(self) -> str:
        return self.message

    def __reduce__(self) -> Any:
        return _rebuild, (type(self), self.args, self.__dict__)


class ConfigurationError(DailyError):
    """Error: the API key or the API URL cannot be used. Nothing was sent."""


class UsageError(DailyError, ValueError):
    """Error: the arguments of a call are invalid. Nothing was sent."""


class Stopped(DailyError):
    """Error: no further request may be sent, because the operation was cancelled or has taken too long."""


class ApiError(DailyError):
    """Error answer of Daily.

    `status` is the HTTP status; `error` and `info` are the fields of the body (None when missing); `body` is the parsed
    body (or its text) with secrets masked; `retry_after` is the wait that the answer requests, in seconds.
    """

    def __init__(
        self,
        status: int,
        error: str | None = None,
        info: str | None = None,
        method: str = "",
        path: str = "",
        body: Any = None,
        *,
        hint: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(info or error or "", hint=hint, method=method, path=path)
        self.status = status
        self.error = error
        self.info = info
        self.body = body
        self.retry_after = retry_after

    def _what(self) -> str:
        head = f"{self.status} {self.error}" if self.error else f"{self.status}"
        return f"{head}: {self.info}" if self.info else head


class AuthenticationError(ApiError):
    """Error answer: the key is missing, malformed or refused."""


class ForbiddenError(ApiError):
    """Error answer: the key is valid, but is not allowed to do this."""


class PlanError(ApiError):
    """Error answer: the account's plan does not include the feature (`invalid-plan-type`)."""


class NotFoundError(ApiError):
    """Error answer: the object does not exist."""

    @property
    def deleted(self) -> bool:
        """Return whether the body has `"deleted": true`: an expired room that Daily has not removed completely yet."""
        return isinstance(self.body, dict) and self.body.get("deleted") is True


class EndpointNotFoundError(ApiError):
    """Error answer: the URL is not one of Daily's API (wrong `api_url`, or a route that Daily removed)."""


class InvalidRequestError(ApiError):
    """Error answer: the request is wrong; the same request would be refused again."""


class JsonParsingError(InvalidRequestError):
    """Error answer: Daily could not parse the body as JSON."""


class RateLimitError(ApiError):
    """Error answer: too many requests. `retry_after` is the wait that Daily requests, in seconds, or None."""

    rate_limited = True


class ServerError(ApiError):
    """Error answer: Daily, or a proxy in front of it, failed."""


class TransportError(DailyError):
    """Error: there is no answer, or none that can be read; or all attempts failed (`RetryBudgetExceeded`).

    `permanent` is true when a retry is pointless.
    """

    maybe_processed = True  # whether the server may have processed the request; False where nothing was sent

    def __init__(
        self, message: str = "", *, permanent: bool = False, hint: str | None = None, method: str = "", path: str = ""
    ) -> None:
        super().__init__(message, hint=hint, method=method, path=path)
        self.permanent = permanent


class ConnectError(TransportError):
    """Error: no connection could be opened, or the request cannot be sent at all; nothing was sent.

    It is `permanent` for an invalid certificate, URL or header, and for a CA bundle or a proxy that cannot be used.
    """

    maybe_processed = False


class RequestTimeout(TransportError):
    """Error: the request was sent, but no answer came in time."""


class ConnectionDropped(TransportError):
    """Error: the request was sent at least in part, and the connection broke before the answer."""


class BadResponse(TransportError):
    """Error: an answer was received but is unreadable: not JSON, cut off, or not of the documented shape.

    It is `permanent` for an answer that is too long, or has too many values, levels or digits.
    """


class RetryBudgetExceeded(TransportError):
    """Error: two or more attempts failed, and the `RetryPolicy` allows no other, by their number or the time lost.

    `last` is the last error, `attempts` the number of attempts, `waited` the seconds lost to failed attempts and waits.
    A call that fails at its only attempt raises that error itself.
    """

    def __init__(self, last: DailyError, attempts: int, waited: float) -> None:
        super().__init__(last.message, hint=last.hint, method=last.method, path=last.path)
        self.args = (last, attempts, waited)
        self.last = last
        self.attempts = attempts
        self.waited = waited
        self.outcome_unknown = last.outcome_unknown
        self.rate_limited = last.rate_limited

    @property
    def status(self) -> int | None:
        """Return the HTTP status of the last answer, or None when there was none."""
        return self.last.status if isinstance(self.last, ApiError) else None

    def _what(self) -> str:
        return f"gave up after {self.attempts} attempts and {self.waited:.0f} s: {self.last._what()}"


def is_name_taken(error: BaseException) -> bool:
    """Return whether a create was refused because the name is in use.

    The result is not reliable: Daily answers with the status and `error` of any bad request, and only the text of
    `info` ("a room named x already exists"), which Daily may change, tells the difference. Where the result matters,
    also read the object.
    """
    return isinstance(error, InvalidRequestError) and "already exists" in (error.info or "").lower()

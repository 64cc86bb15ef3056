"""The errors of the API client.

    DailyError                      anything below; str() is one readable line without secrets
    ├── ConfigurationError          the key or the API URL cannot be used; nothing was sent
    ├── UsageError                  a call that cannot be made (unknown route, bad parameter); nothing sent
    ├── ApiError                    Daily answered with an error; also error strings that are not known yet
    │   ├── AuthenticationError     401 authentication-error, 400 authorization-header-error
    │   ├── ForbiddenError          403, forbidden-error
    │   ├── PlanError               invalid-plan-type: the account's plan lacks the feature
    │   ├── NotFoundError           404 not-found: the object is gone (`deleted`: an expired room)
    │   ├── EndpointNotFoundError   404 "api endpoint does not exist": wrong URL, *not* a missing object
    │   ├── InvalidRequestError     400 and 422: the request is wrong
    │   │   └── JsonParsingError    json-parsing-error
    │   ├── RateLimitError          429 (`retry_after` in seconds, when Daily says)
    │   └── ServerError             5xx
    └── TransportError              no usable answer
        ├── ConnectError            nothing was sent: name, network, TLS or proxy failed
        ├── RequestTimeout          sent, no answer in time
        ├── ConnectionDropped       sent, the connection broke
        ├── BadResponse             an answer that cannot be read: not JSON, cut off, not the documented shape
        └── RetryBudgetExceeded     gave up retrying; `last` (also `__cause__`) is the last error

`outcome_unknown` is true on an error after which nobody knows whether the server changed something: the connection
was dropped after sending, no answer came in time, 5xx, an unreadable 2xx, or a definite error after such an attempt.
Read the object before you send anything again. It is never true for calls that change nothing.

A 404 is a `NotFoundError` only when its JSON body says so in Daily's own word, `"error": "not-found"`. Any other
404, such as a proxy's, is a plain `ApiError`: it does not prove that an object is gone.

Texts of a server are made safe to show by `printable`.
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
    # Seen in answers, not in Daily's list:
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

    `message` is the text without context, `hint` says what to do, `method` and `path` name the request (the
    path never holds a secret), `outcome_unknown` is explained in the module docstring, `rate_limited` says whether
    Daily refused the request because of its rate limits, at once or in the last of all attempts.
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
    """Raised when the API key or the API URL cannot be used. Nothing was sent."""


class UsageError(DailyError, ValueError):
    """Raised when the arguments of a call are wrong. Nothing was sent."""


class ApiError(DailyError):
    """Daily answered with an error.

    `status` is the HTTP status, `error` and `info` are the fields of the body (either may be missing),
    `body` is the parsed body (or its text) with secrets masked, `retry_after` is what the answer asked for,
    in seconds.
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
    """The key is missing, malformed or refused."""


class ForbiddenError(ApiError):
    """The key is valid, but is not allowed to do this."""


class PlanError(ApiError):
    """The account's plan does not have the feature (`invalid-plan-type`)."""


class NotFoundError(ApiError):
    """Daily says that the object does not exist. `deleted` is true for an expired room that is still being
    collected.
    """

    @property
    def deleted(self) -> bool:
        """Return whether the body has `"deleted": true`."""
        return isinstance(self.body, dict) and self.body.get("deleted") is True


class EndpointNotFoundError(ApiError):
    """The URL is not one of Daily's API (wrong `api_url`, or a route that Daily removed)."""


class InvalidRequestError(ApiError):
    """The request is wrong; the same request will be refused again."""


class JsonParsingError(InvalidRequestError):
    """Daily could not parse the body as JSON."""


class RateLimitError(ApiError):
    """Too many requests. `retry_after` is the number of seconds that Daily asks to wait, if it says so."""

    rate_limited = True


class ServerError(ApiError):
    """Daily, or something in front of it, failed."""


class TransportError(DailyError):
    """No answer was received that could be read."""

    maybe_processed = True  # whether the server may have processed the request; False where nothing was sent


class ConnectError(TransportError):
    """No connection could be opened, so nothing was sent. `permanent` is true when a retry is pointless (bad
    certificate).
    """

    maybe_processed = False

    def __init__(self, message: str = "", *, permanent: bool = False, **more: Any) -> None:
        super().__init__(message, **more)
        self.permanent = permanent


class RequestTimeout(TransportError):
    """The request was sent and no answer came in time."""


class ConnectionDropped(TransportError):
    """The request was sent, or part of it, and the connection broke before the answer."""


class BadResponse(TransportError):
    """An answer was received but cannot be read: it is not JSON, cut off, or not of the documented shape."""


class RetryBudgetExceeded(TransportError):
    """All attempts failed. `last` is the last error, `attempts` their number, `waited` the seconds spent on them."""

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

    This is not stable: Daily answers with the status and `error` of any bad request, so that only the text of `info`
    ("a room named x already exists") tells the difference, and Daily may change it. Where it matters, read the object
    as well.
    """
    return isinstance(error, InvalidRequestError) and "already exists" in (error.info or "").lower()

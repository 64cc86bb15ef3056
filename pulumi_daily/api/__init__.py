"""Daily's REST API client, usable alone: transport, rate limits, retries, paging, typed errors.

    from pulumi_daily.api import Client

    with Client(api_key) as daily:
        room = daily.create_room({"name": "standup", "privacy": "private"})

It needs `requests` alone. See docs/api-client.md.
"""

from typing import TYPE_CHECKING, Any

from ._client import BATCH_LIMIT, Client
from ._errors import (
    ENDPOINT_UNKNOWN,
    ApiError,
    AuthenticationError,
    BadResponse,
    ConfigurationError,
    ConnectError,
    ConnectionDropped,
    DailyError,
    EndpointNotFoundError,
    ErrorString,
    ForbiddenError,
    InvalidRequestError,
    JsonParsingError,
    NotFoundError,
    PlanError,
    RateLimitError,
    RetryBudgetExceeded,
    ServerError,
    TimeoutError_,
    TransportError,
    UsageError,
    is_name_taken,
)
from ._limits import Limiter
from ._paging import MAX_LIMIT, OLDEST, Page, paginate
from ._printable import printable
from ._redact import Redactor, Secret, SecretText, is_secret_field
from ._retry import Decision, RetryPolicy, decide
from ._routes import ROUTES, Route
from ._settings import DEFAULT_API_URL
from ._tiers import TIERS, Tier, Window
from ._transport import MockTransport, Response, SentRequest, Transport, is_loopback

if TYPE_CHECKING:
    from ._http import RequestsTransport

__all__ = [
    "BATCH_LIMIT",
    "DEFAULT_API_URL",
    "ENDPOINT_UNKNOWN",
    "MAX_LIMIT",
    "OLDEST",
    "ROUTES",
    "TIERS",
    "ApiError",
    "AuthenticationError",
    "BadResponse",
    "Client",
    "ConfigurationError",
    "ConnectError",
    "ConnectionDropped",
    "DailyError",
    "Decision",
    "EndpointNotFoundError",
    "ErrorString",
    "ForbiddenError",
    "InvalidRequestError",
    "JsonParsingError",
    "Limiter",
    "MockTransport",
    "NotFoundError",
    "Page",
    "PlanError",
    "RateLimitError",
    "Redactor",
    "RequestsTransport",
    "Response",
    "RetryBudgetExceeded",
    "RetryPolicy",
    "Route",
    "Secret",
    "SecretText",
    "SentRequest",
    "ServerError",
    "Tier",
    "TimeoutError_",
    "Transport",
    "TransportError",
    "UsageError",
    "Window",
    "decide",
    "is_loopback",
    "is_name_taken",
    "is_secret_field",
    "paginate",
    "printable",
]


def __getattr__(name: str) -> Any:
    """`RequestsTransport` is loaded on first use, and `requests` with it."""
    if name == "RequestsTransport":
        from ._http import RequestsTransport

        return RequestsTransport
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

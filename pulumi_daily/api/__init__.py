"""Daily's REST API client, usable without Pulumi: transport, rate limits, retries, paging, typed errors.

    from pulumi_daily.api import Client

    with Client(api_key) as daily:
        room = daily.create_room({"name": "standup", "privacy": "private"})

`requests` is imported with the first request, `platformdirs` and `filelock` only where processes share their rate
limits. See docs/api-client.md.
"""

from typing import TYPE_CHECKING, Any

from ._client import BATCH_LIMIT as BATCH_LIMIT
from ._client import Client
from ._errors import ENDPOINT_UNKNOWN as ENDPOINT_UNKNOWN
from ._errors import (
    ApiError,
    AuthenticationError,
    BadResponse,
    ConfigurationError,
    ConnectError,
    ConnectionDropped,
    DailyError,
    EndpointNotFoundError,
    ForbiddenError,
    InvalidRequestError,
    JsonParsingError,
    NotFoundError,
    PlanError,
    RateLimitError,
    RequestTimeout,
    RetryBudgetExceeded,
    ServerError,
    Stopped,
    TransportError,
    UsageError,
    is_name_taken,
)
from ._errors import ErrorString as ErrorString
from ._limits import Limiter
from ._paging import OLDEST, Page
from ._paging import Pager as Pager
from ._paging import fetcher as fetcher
from ._printable import printable as printable
from ._redact import Redactor as Redactor
from ._redact import Secret
from ._redact import SecretText as SecretText
from ._redact import is_secret_field as is_secret_field
from ._retry import RetryPolicy
from ._routes import MAX_LIMIT as MAX_LIMIT
from ._routes import ROUTES, Route
from ._settings import DEFAULT_API_URL as DEFAULT_API_URL
from ._stop import Stop as Stop
from ._tiers import TIERS, Tier, Window
from ._transport import MockTransport, Response, SentRequest, Transport
from ._transport import is_loopback as is_loopback

if TYPE_CHECKING:
    from ._http import RequestsTransport

# Names imported as themselves and missing here are internal to the package and may change without notice.
__all__ = [
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
    "EndpointNotFoundError",
    "ForbiddenError",
    "InvalidRequestError",
    "JsonParsingError",
    "Limiter",
    "MockTransport",
    "NotFoundError",
    "Page",
    "PlanError",
    "RateLimitError",
    "RequestTimeout",
    "RequestsTransport",
    "Response",
    "RetryBudgetExceeded",
    "RetryPolicy",
    "Route",
    "Secret",
    "SentRequest",
    "ServerError",
    "Stopped",
    "Tier",
    "Transport",
    "TransportError",
    "UsageError",
    "Window",
    "is_name_taken",
]


def __getattr__(name: str) -> Any:
    """Return `RequestsTransport`, which is imported, with `requests`, on first use."""
    if name == "RequestsTransport":
        from ._http import RequestsTransport

        return RequestsTransport
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

"""Lookups of the domain itself, its webhooks, and meeting tokens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar

import pulumi

from .. import outputs
from ..api import Client, InvalidRequestError
from ._lookup import REQUIRED, Required, lookup
from ._paging import get_one, one, read
from ._results import Result, Results, Wire

__all__ = [
    "GetDomainResult",
    "GetWebhookResult",
    "ValidateMeetingTokenResult",
    "get_domain",
    "get_domain_output",
    "get_webhook",
    "get_webhook_output",
    "get_webhooks",
    "get_webhooks_output",
    "validate_meeting_token",
    "validate_meeting_token_output",
]

D = TypeVar("D")


@dataclass(frozen=True, kw_only=True, repr=False)
class GetDomainResult(Result):
    """The domain that the API key belongs to."""

    domain_name: str = ""
    """The name of the domain, as in ``https://<domain_name>.daily.co``."""
    domain_id: str = ""
    """Daily's id of the domain, a UUID."""
    config: outputs.DomainProperties = field(default_factory=outputs.DomainProperties)
    """The settings of the domain, including those that were never set; null and empty text mean "not set"."""


@dataclass(frozen=True, kw_only=True, repr=False)
class GetWebhookResult(Result):
    """A webhook."""

    uuid: str = ""
    """Daily's id of the webhook."""
    url: str = ""
    """The URL that events are posted to."""
    event_types: list[str] = field(default_factory=list)
    """The events that are sent."""
    retry_type: str | None = None
    """``circuit-breaker`` or ``exponential``; None where Daily does not return it."""
    hmac: Annotated[str | None, Wire(secret=True)] = None
    """Secret that events are signed with, base64."""
    basic_auth: Annotated[str | None, Wire(secret=True)] = None
    """The credentials sent as ``Authorization: Basic …``."""
    state: str = ""
    """``ACTIVE``, or ``FAILED`` when Daily stopped sending."""
    failed_count: int | None = None
    """The number of consecutive failed deliveries."""
    last_moment_pushed: str | None = None
    """When the last event was sent."""
    domain_id: str | None = None
    """Id of the domain."""
    created_at: str | None = None
    """When the webhook was created."""
    updated_at: str | None = None
    """When the webhook was last changed."""


@dataclass(frozen=True, kw_only=True, repr=False)
class ValidateMeetingTokenResult(Result):
    """The content of a valid meeting token."""

    room_name: str | None = None
    """The room that the token is valid for; None for every room of the domain."""
    is_owner: bool | None = None
    """Whether its holder is a meeting owner."""
    user_name: str | None = None
    """The name of its holder."""
    user_id: str | None = None
    """Your app's id of its holder."""
    nbf: int | None = None
    """The time from which the token is valid, in Unix seconds."""
    exp: int | None = None
    """The time until which the token is valid, in Unix seconds."""
    properties: outputs.TokenProperties = field(default_factory=outputs.TokenProperties)
    """All properties of the token, including the ones above, under Daily's names."""

    @classmethod
    def _seen(cls, answer: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"properties": answer, **answer}


@lookup("get_domain", "domain.get")
def _domain(client: Client) -> GetDomainResult:
    return GetDomainResult.of(client.get_domain())


def get_domain(*, opts: pulumi.InvokeOptions | None = None) -> GetDomainResult:
    """Return the domain that the API key belongs to, with its settings (Daily: GET /).

    :param opts: Options of the lookup; ``provider`` selects the account.
    """
    return _domain.plain(opts)


def get_domain_output(*, opts: pulumi.InvokeOptions | None = None) -> pulumi.Output[GetDomainResult]:
    """Return the result of :func:`get_domain` as an Output, once the account is known."""
    return _domain.output(opts)


@lookup("get_webhook", "webhooks.get")
def _webhook(client: Client, uuid: str) -> GetWebhookResult:
    return GetWebhookResult.of(get_one(client, "webhooks.get", uuid))


def get_webhook(
    uuid: str, *, default: D | Required = REQUIRED, opts: pulumi.InvokeOptions | None = None
) -> GetWebhookResult | D:
    """Return a webhook by its id (Daily: GET /webhooks/:uuid).

    The result contains the webhook's secrets; prefer the ``_output`` form.

    :param uuid: Daily's id of the webhook, which is the id of a ``daily.Webhook``.
    :param default: The value to return when there is no such webhook, instead of raising an error.
    :param opts: Options of the lookup; ``provider`` selects the account.
    """
    return _webhook.plain_or(opts, default, uuid=uuid)


def get_webhook_output(
    uuid: pulumi.Input[str], *, default: D | Required = REQUIRED, opts: pulumi.InvokeOptions | None = None
) -> pulumi.Output[GetWebhookResult | D]:
    """Return the result of :func:`get_webhook` as an Output, for an id that is known later.

    The Output is secret because of ``hmac`` and ``basic_auth``.
    """
    return _webhook.output(opts, default, uuid=uuid)


@lookup("get_webhooks", "webhooks.list")
def _webhooks(client: Client) -> Results[GetWebhookResult]:
    return read(client, "webhooks.list", GetWebhookResult, limit=None)


def get_webhooks(*, opts: pulumi.InvokeOptions | None = None) -> Results[GetWebhookResult]:
    """Return all webhooks of the domain (Daily: GET /webhooks). Daily currently allows one per domain.

    :param opts: Options of the lookup; ``provider`` selects the account.
    """
    return _webhooks.plain(opts)


def get_webhooks_output(*, opts: pulumi.InvokeOptions | None = None) -> pulumi.Output[list[GetWebhookResult]]:
    """Return the list of :func:`get_webhooks` as an Output.

    The Output is secret because of ``hmac`` and ``basic_auth``.
    """
    return _webhooks.output(opts)


@lookup(
    "validate_meeting_token",
    "meeting_tokens.get",
    hint="pass default=None if it may be invalid",
    absent=InvalidRequestError,
)
def _token(client: Client, token: str, ignore_nbf: bool) -> ValidateMeetingTokenResult:
    route = "meeting_tokens.get"
    params = {"ignoreNbf": True} if ignore_nbf else None
    return ValidateMeetingTokenResult.of(one(route, client.call(route, path={"token": token}, params=params)))


def validate_meeting_token(
    token: str, *, ignore_nbf: bool = False, default: D | Required = REQUIRED, opts: pulumi.InvokeOptions | None = None
) -> ValidateMeetingTokenResult | D:
    """Return the properties of a meeting token as validated by Daily (Daily: GET /meeting-tokens/:token).

    Raises ``InvalidRequestError`` for a token of another domain, an expired one and one that is not valid yet. To read
    a token without a request to Daily, decode it: it is a JWT.

    :param token: The token; it is never part of a message.
    :param ignore_nbf: Also accept a token that is not valid yet.
    :param default: The value to return when Daily refuses the token, instead of raising an error.
    :param opts: Options of the lookup; ``provider`` selects the account.
    """
    return _token.plain_or(opts, default, token=token, ignore_nbf=ignore_nbf)


def validate_meeting_token_output(
    token: pulumi.Input[str],
    *,
    ignore_nbf: pulumi.Input[bool] = False,
    default: D | Required = REQUIRED,
    opts: pulumi.InvokeOptions | None = None,
) -> pulumi.Output[ValidateMeetingTokenResult | D]:
    """Return the result of :func:`validate_meeting_token` as an Output, for a token that is known later.

    The Output is secret when the token is.
    """
    return _token.output(opts, default, token=token, ignore_nbf=ignore_nbf)

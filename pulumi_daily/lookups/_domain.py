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
    """Its name, as in ``https://<domain_name>.daily.co``."""
    domain_id: str = ""
    """Daily's id of it, a UUID."""
    config: outputs.DomainProperties = field(default_factory=outputs.DomainProperties)
    """Its settings, also those that nobody set; null and empty text are "not set"."""


@dataclass(frozen=True, kw_only=True, repr=False)
class GetWebhookResult(Result):
    """A webhook."""

    uuid: str = ""
    """Daily's id of it."""
    url: str = ""
    """Address that events are posted to."""
    event_types: list[str] = field(default_factory=list)
    """The events that are sent."""
    retry_type: str | None = None
    """``circuit-breaker`` or ``exponential``; Daily may not say."""
    hmac: Annotated[str | None, Wire(secret=True)] = None
    """Secret that events are signed with, base64."""
    basic_auth: Annotated[str | None, Wire(secret=True)] = None
    """What is sent as ``Authorization: Basic …``."""
    state: str = ""
    """``ACTIVE``, or ``FAILED`` when Daily stopped sending."""
    failed_count: int | None = None
    """How many deliveries in a row have failed."""
    last_moment_pushed: str | None = None
    """When an event was sent last."""
    domain_id: str | None = None
    """Id of the domain."""
    created_at: str | None = None
    """When it was made."""
    updated_at: str | None = None
    """When it was changed last."""


@dataclass(frozen=True, kw_only=True, repr=False)
class ValidateMeetingTokenResult(Result):
    """What a valid meeting token says."""

    room_name: str | None = None
    """The room that it opens; None for every room of the domain."""
    is_owner: bool | None = None
    """Whether its holder is a meeting owner."""
    user_name: str | None = None
    """The name of its holder."""
    user_id: str | None = None
    """Your app's id of its holder."""
    nbf: int | None = None
    """The moment from which on it is valid, in unix seconds."""
    exp: int | None = None
    """The moment until which it is valid, in unix seconds."""
    properties: outputs.TokenProperties = field(default_factory=outputs.TokenProperties)
    """All that it says, these included, under Daily's names."""

    @classmethod
    def _seen(cls, answer: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**answer, "properties": answer}


@lookup("get_domain", "domain.get")
def _domain(client: Client) -> GetDomainResult:
    return GetDomainResult.of(client.get_domain())


def get_domain(*, opts: pulumi.InvokeOptions | None = None) -> GetDomainResult:
    """The domain that the API key belongs to, with its settings (Daily: GET /).

    :param opts: Options of the lookup: ``provider`` is the account to ask.
    """
    return _domain.plain(opts)


def get_domain_output(*, opts: pulumi.InvokeOptions | None = None) -> pulumi.Output[GetDomainResult]:
    """:func:`get_domain` once the account is known."""
    return _domain.output(opts)


@lookup("get_webhook", "webhooks.get")
def _webhook(client: Client, uuid: str) -> GetWebhookResult:
    return GetWebhookResult.of(get_one(client, "webhooks.get", uuid))


def get_webhook(
    uuid: str, *, default: D | Required = REQUIRED, opts: pulumi.InvokeOptions | None = None
) -> GetWebhookResult | D:
    """A webhook by its id (Daily: GET /webhooks/:uuid). Its secrets are in the result; prefer the ``_output`` form.

    :param uuid: Daily's id of the webhook, which is the id of a ``daily.Webhook``.
    :param default: What to give when there is no such webhook.
    :param opts: Options of the lookup: ``provider`` is the account to ask.
    """
    return _webhook.plain_or(opts, default, uuid=uuid)


def get_webhook_output(
    uuid: pulumi.Input[str], *, default: D | Required = REQUIRED, opts: pulumi.InvokeOptions | None = None
) -> pulumi.Output[GetWebhookResult | D]:
    """:func:`get_webhook` for an id that is known later. Secret, because of ``hmac`` and ``basic_auth``."""
    return _webhook.output(opts, default, uuid=uuid)


@lookup("get_webhooks", "webhooks.list")
def _webhooks(client: Client) -> Results[GetWebhookResult]:
    return read(client, "webhooks.list", GetWebhookResult, limit=None)


def get_webhooks(*, opts: pulumi.InvokeOptions | None = None) -> Results[GetWebhookResult]:
    """All webhooks of the domain (Daily: GET /webhooks). Daily allows one per domain today.

    :param opts: Options of the lookup: ``provider`` is the account to ask.
    """
    return _webhooks.plain(opts)


def get_webhooks_output(*, opts: pulumi.InvokeOptions | None = None) -> pulumi.Output[list[GetWebhookResult]]:
    """:func:`get_webhooks`, as a list. Secret, because of ``hmac`` and ``basic_auth``."""
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
    """What Daily says of a meeting token (Daily: GET /meeting-tokens/:token).

    A token of another domain, one that has expired and one that is not valid yet are refused, with
    ``InvalidRequestError``. To look into a token without asking Daily, decode it: it is a JWT.

    :param token: The token; it is shown in no message.
    :param ignore_nbf: Take a token that is not valid yet as well.
    :param default: What to give when Daily refuses the token.
    :param opts: Options of the lookup: ``provider`` is the account to ask.
    """
    return _token.plain_or(opts, default, token=token, ignore_nbf=ignore_nbf)


def validate_meeting_token_output(
    token: pulumi.Input[str],
    *,
    ignore_nbf: pulumi.Input[bool] = False,
    default: D | Required = REQUIRED,
    opts: pulumi.InvokeOptions | None = None,
) -> pulumi.Output[ValidateMeetingTokenResult | D]:
    """:func:`validate_meeting_token` for a token that is known later. Secret when the token is."""
    return _token.output(opts, default, token=token, ignore_nbf=ignore_nbf)

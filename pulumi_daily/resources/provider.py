"""A second Daily account in one program."""

from __future__ import annotations

from typing import Any, overload

import pulumi

from ..objects.values import camel_case
from ..ownership import Adoption
from ..settings import NAMESPACE, OPTIONS, PROVIDER_NAME, called_provider
from ._arguments import inputs_and_options
from ._typing import input_type


@input_type
class ProviderArgs:
    """The options of a second account."""

    api_key: pulumi.Input[str | None] = None
    """Daily API key of the account's domain."""
    domain: pulumi.Input[str | None] = None
    """Name of the domain that the key must belong to."""
    api_url: pulumi.Input[str | None] = None
    """Base URL of the API."""
    rate_share: pulumi.Input[float | None] = None
    """Part of Daily's rate limits to use, from 0.01 to 1."""
    limits_url: pulumi.Input[str | None] = None
    """URL of a Redis or Valkey server (`redis://`, `rediss://`) through which machines share the rate limits."""
    per_process_limits: pulumi.Input[bool | None] = None
    """Whether each process keeps its own rate limits instead of sharing them with other processes of the machine."""
    request_timeout: pulumi.Input[float | None] = None
    """Seconds to wait for an answer to one request."""
    max_retry_seconds: pulumi.Input[float | None] = None
    """Maximum time spent retrying one request, in seconds."""
    read_lag: pulumi.Input[float | None] = None
    """Seconds after its creation for which an object that Daily does not return is read again."""
    adopt_existing: pulumi.Input[Adoption | None] = None
    """The existing objects that a run takes over without `adopt_existing` in its program: `never` (the default),
    `as-asked` (those that were created through the API and match the program exactly), or `always`.
    """
    offline: pulumi.Input[bool | None] = None
    """Whether previews compare with the state alone and send no request."""
    debug: pulumi.Input[bool | None] = None
    """Whether errors are shown with their tracebacks."""


class Provider(pulumi.ProviderResource):
    """A Daily account: resources with ``opts=ResourceOptions(provider=…)`` use it instead of the stack's configuration.

    The key and ``limits_url`` are stored as secrets in the state. Missing options are taken from the environment
    (``DAILY_API_KEY``, ``DAILY_API_URL``, ``DAILY_DOMAIN``, ``DAILY_LIMITS_URL``, ``DAILY_READ_LAG``,
    ``DAILY_ADOPT_EXISTING``), never from the stack's own ``daily:`` configuration. An option that is empty, or an
    Output that resolves to null, is an error, so that no other account is used by mistake.
    """

    @overload
    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        api_key: pulumi.Input[str | None] = None,
        domain: pulumi.Input[str | None] = None,
        api_url: pulumi.Input[str | None] = None,
        rate_share: pulumi.Input[float | None] = None,
        limits_url: pulumi.Input[str | None] = None,
        per_process_limits: pulumi.Input[bool | None] = None,
        request_timeout: pulumi.Input[float | None] = None,
        max_retry_seconds: pulumi.Input[float | None] = None,
        read_lag: pulumi.Input[float | None] = None,
        adopt_existing: pulumi.Input[Adoption | None] = None,
        offline: pulumi.Input[bool | None] = None,
        debug: pulumi.Input[bool | None] = None,
    ) -> None: ...
    @overload
    def __init__(self, resource_name: str, args: ProviderArgs, opts: pulumi.ResourceOptions | None = None) -> None: ...
    def __init__(self, resource_name: str, *args: Any, **kwargs: Any) -> None:
        """
        :param resource_name: The name of the provider in Pulumi.
        :param opts: Options of the provider.
        :param args: All options of the account as a `ProviderArgs`, in place of its keywords.

        Raises `ValueError` for an empty text.
        """
        given, opts = inputs_and_options(ProviderArgs, args, kwargs)
        empty = [name for name, value in given.items() if isinstance(value, str) and not value.strip()]
        if empty:
            names = " and ".join(empty)
            raise ValueError(
                f"{names} of {called_provider(resource_name)} may not be empty: give a value or none at all"
            )
        props: dict[str, Any] = {PROVIDER_NAME: resource_name}
        props |= {_key(name): pulumi.Output.from_input(value).apply(_text) for name, value in given.items()}
        for secret in (f"{NAMESPACE}:{option.name}" for option in OPTIONS if option.secret):
            if secret in props:
                props[secret] = pulumi.Output.secret(props[secret])
        super().__init__("pulumi-python", resource_name, props, opts)


def _key(name: str) -> str:
    """Return the configuration key of a keyword: ``daily:apiKey`` for ``api_key``."""
    return f"{NAMESPACE}:{camel_case(name)}"


def _text(value: Any) -> str:
    """Return a value as text, the only type of provider configuration; "" for a null, which the wire would drop."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)

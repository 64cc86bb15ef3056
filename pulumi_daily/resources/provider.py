"""A second Daily account in one program."""

from __future__ import annotations

from typing import Any

import pulumi

from ..settings import NAMESPACE, Adoption


class Provider(pulumi.ProviderResource):
    """An account of its own: resources with ``opts=ResourceOptions(provider=…)`` use it instead of the stack's config.

    The key is kept as a secret in the state. What is left out comes from the environment (``DAILY_API_KEY``,
    ``DAILY_API_URL``, ``DAILY_DOMAIN``, ``DAILY_ADOPT_EXISTING``), never from the stack's own ``daily:`` configuration.
    What is given and empty, or comes out as null, is an error, so that no other account stands in for it.
    """

    def __init__(
        self,
        resource_name: str,
        *,
        api_key: pulumi.Input[str] | None = None,
        domain: pulumi.Input[str] | None = None,
        api_url: pulumi.Input[str] | None = None,
        rate_share: pulumi.Input[float] | None = None,
        per_process_limits: pulumi.Input[bool] | None = None,
        request_timeout: pulumi.Input[float] | None = None,
        max_retry_seconds: pulumi.Input[float] | None = None,
        adopt_existing: pulumi.Input[Adoption] | None = None,
        offline: pulumi.Input[bool] | None = None,
        debug: pulumi.Input[bool] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """
        :param resource_name: The name of the provider in Pulumi.
        :param api_key: Daily API key of the account's domain.
        :param domain: Name of the domain that the key must belong to.
        :param api_url: Base URL of the API.
        :param rate_share: Part of Daily's rate limits to use, over 0 and up to 1.
        :param per_process_limits: Rate limits are not shared with other processes of the machine.
        :param request_timeout: Seconds to wait for an answer to one request.
        :param max_retry_seconds: Seconds to lose at most to failures of one request.
        :param adopt_existing: What a run takes over unasked by its program: `never` (the default), `as-asked` (what was
            made through the API and is exactly as the program says), or `always`.
        :param offline: Previews compare with the state alone and make no request.
        :param debug: Errors come with their tracebacks.
        :param opts: Options of the resource.
        """
        options: dict[str, Any] = {
            "api_key": api_key,
            "domain": domain,
            "api_url": api_url,
            "rate_share": rate_share,
            "per_process_limits": per_process_limits,
            "request_timeout": request_timeout,
            "max_retry_seconds": max_retry_seconds,
            "adopt_existing": adopt_existing,
            "offline": offline,
            "debug": debug,
        }
        given = {name: value for name, value in options.items() if value is not None}
        empty = [name for name, value in given.items() if isinstance(value, str) and not value.strip()]
        if empty:
            names = " and ".join(empty)
            raise ValueError(
                f"{names} of daily.Provider {resource_name!r} may not be empty: give a value or none at all"
            )
        props = {_key(name): pulumi.Output.from_input(value).apply(_text) for name, value in given.items()}
        if api_key is not None:
            props["daily:apiKey"] = pulumi.Output.secret(props["daily:apiKey"])
        super().__init__("pulumi-python", resource_name, props, opts)


def _key(name: str) -> str:
    """Return the configuration key of a keyword: ``daily:apiKey`` for ``api_key``."""
    first, *others = name.split("_")
    return f"{NAMESPACE}:{first}{''.join(word.title() for word in others)}"


def _text(value: Any) -> str:
    """Return a value as text, which is all that provider configuration can be; a null, which the wire drops, as ""."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)

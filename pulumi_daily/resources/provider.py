"""A second Daily account in one program."""

from __future__ import annotations

from typing import Any

import pulumi


class Provider(pulumi.ProviderResource):
    """An account of its own: resources with ``opts=ResourceOptions(provider=…)`` use it instead of the stack's config.

    The key is kept as a secret in the state. What is left out comes from the environment (``DAILY_API_KEY``,
    ``DAILY_API_URL``, ``DAILY_DOMAIN``), never from the stack's own ``daily:`` configuration.
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
        :param offline: Previews compare with the state alone and make no request.
        :param debug: Errors come with their tracebacks.
        :param opts: Options of the resource.
        """
        given: dict[str, Any] = {
            "domain": domain,
            "apiUrl": api_url,
            "rateShare": rate_share,
            "perProcessLimits": per_process_limits,
            "requestTimeout": request_timeout,
            "maxRetrySeconds": max_retry_seconds,
            "offline": offline,
            "debug": debug,
        }
        props: dict[str, Any] = {
            f"daily:{name}": pulumi.Output.from_input(value).apply(_text)
            for name, value in given.items()
            if value is not None
        }
        if api_key is not None:
            props["daily:apiKey"] = pulumi.Output.secret(api_key)
        super().__init__("pulumi-python", resource_name, props, opts)


def _text(value: Any) -> str:
    """Provider configuration is text on Pulumi's wire."""
    return str(value).lower() if isinstance(value, bool) else str(value)

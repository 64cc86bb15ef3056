"""Which account a lookup asks: the stack's configuration, that of a provider resource, or one that is given.

Lookups run in the Pulumi program, not in the provider process, so the configuration is read and the client is made
here. The rules are those of ``pulumi_daily.settings``: explicit configuration wins over the environment, and an account
of its own takes what it is not given from the environment, never from the stack's ``daily:`` configuration.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any

import pulumi
from pulumi.runtime.sync_await import _sync_await

from ..api import Client, ConfigurationError, DailyError, RetryPolicy, Secret, UsageError
from ..settings import MISSING_KEY, NAMESPACE, OPTIONS, Settings, limiter_of, read_settings

if sys.version_info >= (3, 11):
    from typing import TypedDict
    from typing import Unpack as Unpack
else:
    from typing_extensions import TypedDict
    from typing_extensions import Unpack as Unpack

PACKAGE = "pulumi-python"
"""Pulumi's name for what serves dynamic providers; a ``daily.Provider`` is a provider of it."""

OFFLINE = "daily:offline is set, and a lookup asks Daily. Unset it to look things up"


@dataclass(frozen=True, kw_only=True)
class Account:
    """A Daily account to ask, beside the stack's own.

    ``api_key`` may be a ``config.require_secret(…)``; a value that is not known yet goes with the ``_output`` forms
    alone. What is left out comes from the environment (``DAILY_API_KEY``, ``DAILY_DOMAIN``, ``DAILY_API_URL``).
    """

    api_key: pulumi.Input[str] | Secret | None = None
    """Daily API key of the account's domain; not shown."""
    domain: pulumi.Input[str] | None = None
    """Name of the domain that the key must belong to; asked for once, before the first lookup."""
    api_url: pulumi.Input[str] | None = None
    """Base URL of the API."""
    rate_share: pulumi.Input[float] | None = None
    """Part of Daily's rate limits to use, over 0 and up to 1."""
    request_timeout: pulumi.Input[float] | None = None
    """Seconds to wait for an answer to one request."""
    max_retry_seconds: pulumi.Input[float] | None = None
    """Seconds to lose at most to failures of one request."""

    def __repr__(self) -> str:
        domain = repr(self.domain) if isinstance(self.domain, str) else "…"
        return f"Account(domain={domain if self.domain is not None else None}, api_key=***)"

    def _config(self) -> dict[str, Any]:
        key = self.api_key.reveal() if isinstance(self.api_key, Secret) else self.api_key
        values = {
            "apiKey": key,
            "domain": self.domain,
            "apiUrl": self.api_url,
            "rateShare": self.rate_share,
            "requestTimeout": self.request_timeout,
            "maxRetrySeconds": self.max_retry_seconds,
        }
        return {f"{NAMESPACE}:{name}": value for name, value in values.items() if value is not None}


class Where(TypedDict, total=False):
    """The options that every lookup takes."""

    account: Account | None
    """The account to ask."""
    provider: pulumi.ProviderResource | None
    """A ``daily.Provider`` whose account is asked."""
    opts: pulumi.InvokeOptions | None
    """Pulumi's options: ``provider``, ``parent`` (whose provider is then used) and, in the ``_output`` forms,
    ``depends_on``. The others mean nothing here."""


def _own_config(lookup: str, where: Where) -> Mapping[str, pulumi.Input[Any]] | None:
    """The configuration of an account of its own, as it was given; None for the stack's."""
    wrong = where.keys() - Where.__annotations__.keys()
    if wrong:
        raise TypeError(f"{lookup}() got an unexpected keyword argument {min(wrong)!r}")
    account, provider, opts = where.get("account"), where.get("provider"), where.get("opts")
    if provider is None and opts is not None:
        provider = opts.provider
    if account is not None and provider is not None:
        raise UsageError(f"{lookup} takes an account or a provider, not both")
    if account is not None:
        return account._config()
    if provider is None and opts is not None and opts.parent is not None:
        provider = opts.parent.get_provider(f"{PACKAGE}:dynamic:Resource")
    if provider is None:
        return None
    if provider.package != PACKAGE:
        raise UsageError(f"{lookup} takes a daily.Provider, not a provider of {provider.package}")
    # A resource has an output of each of its inputs, and a provider's are known in a preview, too.
    names = [f"{NAMESPACE}:{option.name}" for option in OPTIONS]
    return {name: provider.__dict__[name] for name in names if name in provider.__dict__}


def settings_now(lookup: str, where: Where) -> Settings:
    """The configuration for a plain lookup. Raises ``UsageError`` when it is not known yet."""
    config = _own_config(lookup, where)
    if config is None:
        return read_settings(pulumi.runtime.get_config, os.environ)
    return read_settings({name: _value_now(lookup, name, value) for name, value in config.items()}.get, os.environ)


def _value_now(lookup: str, name: str, value: pulumi.Input[Any]) -> Any:
    """A value now, as Pulumi's own plain functions read the provider that they are given."""
    if isinstance(value, pulumi.Output):
        if not _sync_await(value.is_known()):
            raise UsageError(f"{name} is not known yet in this preview: use {lookup}_output")
        value = _sync_await(value.future())
    elif isawaitable(value):
        value = _sync_await(value)
    return "" if value is None else value  # given and null is as wrong as given and empty


def settings_later(lookup: str, where: Where) -> pulumi.Output[Settings]:
    """The configuration for an ``_output`` lookup. No secret, though its key was one: it hides the key itself."""
    config = _own_config(lookup, where)
    if config is None:
        return pulumi.Output.from_input(read_settings(pulumi.runtime.get_config, os.environ))

    def read(known: Mapping[str, Any]) -> Settings:
        with one_line():
            given = {name: "" if value is None else value for name, value in known.items()}
            return read_settings(given.get, os.environ)

    return pulumi.Output.unsecret(pulumi.Output.from_input(dict(config))).apply(read)


@contextmanager
def one_line(debug: bool = False) -> Iterator[None]:
    """Errors as Pulumi shows them in one line: the frames of a callback, which no program calls, help nobody."""
    try:
        yield
    except DailyError as error:
        if debug:
            raise
        raise pulumi.RunError(f"DailyError: {error}") from error


class _Connection:
    """One configuration in this process: its client, and whether the domain is the one that is expected."""

    def __init__(self, settings: Settings, key: Secret) -> None:
        self._expected = settings.domain
        self._lock = threading.Lock()
        self._client = Client(
            key,
            api_url=settings.api_url,
            limiter=limiter_of(settings, key, pulumi.log.info),
            retry=RetryPolicy(budget=settings.max_retry_seconds),
            timeout=(min(5.0, settings.request_timeout), settings.request_timeout),
        )

    def client(self) -> Client:
        """The client, once the key's domain is the one that the configuration names (if it names one)."""
        with self._lock:
            if self._expected is not None:
                actual = str(self._client.get_domain().get("domain_name", ""))
                if actual != self._expected:
                    raise ConfigurationError(
                        f'daily:domain is "{self._expected}", but the API key in use is for "{actual}"; nothing was '
                        "looked up. Correct daily:apiKey or daily:domain"
                    )
                self._expected = None
        return self._client


_connections: dict[Settings, _Connection] = {}
_connections_lock = threading.Lock()


def connect(settings: Settings) -> Client:
    """The process's client for a configuration; all lookups with it share its connections and its rate limits.

    Raises ``ConfigurationError`` without a key, with a key of another domain than ``daily:domain``, and when offline.
    """
    if settings.offline:
        raise ConfigurationError(OFFLINE)
    if settings.api_key is None:
        raise ConfigurationError(MISSING_KEY)
    with _connections_lock:
        if settings not in _connections:
            _connections[settings] = _Connection(settings, settings.api_key)
        connection = _connections[settings]
    return connection.client()


_said: set[str] = set()


def unreachable(settings: Settings) -> bool:
    """Whether Daily cannot be asked; said once, as the provider does for its previews."""
    if not settings.offline and settings.api_key is not None:
        return False
    why = "daily:offline is set" if settings.offline else "no Daily API key is configured"
    with _connections_lock:
        new = why not in _said
        _said.add(why)
    if new:
        pulumi.log.warn(f"{why}: what is looked up on Daily is not known in this preview")
    return True

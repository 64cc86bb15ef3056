"""The account of a lookup: that of the stack's configuration, or that of a provider resource.

Lookups run in the Pulumi program, not in the provider process, so the configuration is read and the client is made
here. The rules are those of ``pulumi_daily.settings``: explicit configuration takes precedence over the environment. A
provider resource takes missing values from the environment, never from the stack's ``daily:`` configuration.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from inspect import isawaitable
from typing import Any

import pulumi
from pulumi.runtime import config as stack_config
from pulumi.runtime.sync_await import _sync_await

from .. import connection
from ..api import Client, ConfigurationError, DailyError, UsageError
from ..settings import (
    NAMESPACE,
    OPTIONS,
    PROVIDER_NAME,
    Settings,
    keys_of_package,
    read_settings,
    refuse_account_by_package,
)

PACKAGE = "pulumi-python"
"""Pulumi's package name of dynamic providers; a ``daily.Provider`` belongs to this package."""


class ConfigurationRunError(ConfigurationError, pulumi.RunError):
    """A ``ConfigurationError`` that Pulumi shows in one line, without the program's traceback."""


def provider_of(lookup: str, opts: pulumi.InvokeOptions | None) -> pulumi.ProviderResource | None:
    """Return the ``daily.Provider`` in the options, or of the parent; None for the account of the stack.

    Raises ``UsageError`` for options of another type, and for the provider of another package.
    """
    if opts is None:
        return None
    if not isinstance(opts, pulumi.InvokeOptions):
        raise UsageError(f"opts of {lookup} must be pulumi.InvokeOptions, not {type(opts).__name__}")
    provider = opts.provider
    if provider is None and opts.parent is not None:
        refuse_account_by_package(opts.parent, lookup)
        provider = opts.parent.get_provider(f"{PACKAGE}:dynamic:Resource")
    if provider is not None and provider.package != PACKAGE:
        raise UsageError(f"{lookup} takes a daily.Provider, not a provider of {provider.package}")
    return provider


def _own_config(lookup: str, opts: pulumi.InvokeOptions | None) -> Mapping[str, pulumi.Input[Any]] | None:
    """Return the configuration of the provider of the options; None for the stack's. Raises as ``provider_of``."""
    provider = provider_of(lookup, opts)
    if provider is None:
        return None
    # A resource has an output for each of its inputs; those of a provider are known in a preview, too.
    names = [PROVIDER_NAME, *(f"{NAMESPACE}:{option.name}" for option in OPTIONS)]
    return {name: provider.__dict__[name] for name in names if name in provider.__dict__}


def _settings_of_stack() -> Settings:
    names = keys_of_package(pulumi.get_project(), {*stack_config.CONFIG.get(), *stack_config.get_config_env()})
    return read_settings(pulumi.runtime.get_config, os.environ, names)


def settings_now(lookup: str, opts: pulumi.InvokeOptions | None) -> Settings:
    """Return the configuration for a plain lookup. Raises ``UsageError`` when it is not known yet."""
    config = _own_config(lookup, opts)
    if config is None:
        return _settings_of_stack()
    return read_settings({name: _value_now(lookup, name, value) for name, value in config.items()}.get, os.environ)


def _value_now(lookup: str, name: str, value: pulumi.Input[Any]) -> Any:
    """Return the present value of an input. Raises ``UsageError`` when it is not known yet."""
    if isinstance(value, pulumi.Output):
        if not _sync_await(value.is_known()):
            raise UsageError(f"{name} is not known yet in this preview: use {lookup}_output")
        value = _sync_await(value.future())
    elif isawaitable(value):
        value = _sync_await(value)
    return "" if value is None else value  # a null that was given is an error, as an empty value is


def settings_later(lookup: str, opts: pulumi.InvokeOptions | None) -> pulumi.Output[Settings]:
    """Return the configuration for an ``_output`` lookup. It is no secret Output: ``Settings`` hides the key."""
    config = _own_config(lookup, opts)
    if config is None:
        return pulumi.Output.from_input(_settings_of_stack())

    def read(known: Mapping[str, Any]) -> Settings:
        with one_line():
            given = {name: "" if value is None else value for name, value in known.items()}
            return read_settings(given.get, os.environ)

    return pulumi.Output.unsecret(pulumi.Output.from_input(dict(config))).apply(read)


@contextmanager
def one_line(debug: bool = False) -> Iterator[None]:
    """Raise the errors of a lookup as Pulumi shows them, in one line, without the internal frames of a callback.

    With ``debug``, they are raised unchanged.
    """
    try:
        yield
    except DailyError as error:
        if debug:
            raise
        raise pulumi.RunError(f"DailyError: {error}") from error


def readable(error: DailyError) -> DailyError:
    """Return the error as a plain lookup raises it: one about the configuration without the program's traceback."""
    if type(error) is not ConfigurationError:
        return error.with_traceback(None)
    return ConfigurationRunError(error.message, hint=error.hint)


def connect(settings: Settings) -> Client:
    """Return the process's client for a configuration; all lookups with it share connections and rate limits.

    Raises ``ConfigurationError`` without a key, with a key of another domain than ``daily:domain``, and when offline.
    """
    if settings.offline:
        raise ConfigurationError(f"{settings.unreachable_because}, and a lookup asks Daily. Unset it to look things up")
    return connection.connect(settings, pulumi.log).client_of_expected_domain()


_said: set[str] = set()
_said_lock = threading.Lock()


def unreachable(settings: Settings) -> bool:
    """Return whether no request can be sent to Daily: offline, or without a key. The reason is logged once."""
    why = settings.unreachable_because
    if not why:
        return False
    with _said_lock:
        new = why not in _said
        _said.add(why)
    if new:
        pulumi.log.warn(f"{why}: what is looked up on Daily is not known in this preview")
    return True

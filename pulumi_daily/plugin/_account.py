"""The configuration of the provider: checked, compared, and connected."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from ..api import ConfigurationError
from ..connection import Connection, Log, connect_configured
from ..objects.values import UNKNOWN
from ..settings import NAMESPACE, OPTIONS, PROVIDER_NAME, read_settings, unknown_keys

MOVES = "domain"
"""The option whose change means another account: the resources of the old one must be replaced."""


def texts(values: Mapping[str, Any]) -> dict[str, str]:
    """Return the options that are given and known, as text."""
    return {
        key: value if isinstance(value, str) else json.dumps(value)
        for key, value in values.items()
        if value is not None and value is not UNKNOWN and key != "version"
    }


def problems(values: Mapping[str, Any], name: str) -> tuple[str, list[str]]:
    """Return all failures of a configuration in one text (empty without any), and a line for each unknown option.

    ``name`` is that of an explicit provider, else empty.
    """
    given = _options(values, name)
    try:
        read_settings(given.get, os.environ, [key for key in given if key != PROVIDER_NAME])
    except ConfigurationError as error:
        return str(error), []
    return "", unknown_keys(key for key in given if key != PROVIDER_NAME)[1]


def open_connection(values: Mapping[str, Any], name: str, log: Log) -> Connection:
    """Return the connection of a configuration; ``name`` is that of an explicit provider, else empty."""
    return connect_configured(_options(values, name).get, os.environ, log)


def provider_name(urn: str) -> str:
    """Return the name of an explicit provider; empty for a default one, whose name is Pulumi's."""
    name = urn.rpartition("::")[2]
    return "" if name.startswith("default") else name


def _options(values: Mapping[str, Any], name: str) -> dict[str, str]:
    """Return options by their configuration keys."""
    given = {f"{NAMESPACE}:{key}": text for key, text in texts(values).items() if not key.startswith("__")}
    return {**given, PROVIDER_NAME: name} if name else given


SECRET_OPTIONS = frozenset(option.name for option in OPTIONS if option.secret)
"""The options that are secret."""

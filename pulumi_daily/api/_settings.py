"""Validation of the API key, the API URL and the limits URL, before anything is sent."""

from __future__ import annotations

import importlib.metadata
import re
from functools import cache
from urllib.parse import urlsplit

from ._errors import ConfigurationError
from ._redact import Secret
from ._transport import is_loopback

DEFAULT_API_URL = "https://api.daily.co/v1"


def checked_key(key: str | Secret) -> Secret:
    """Return the key as a `Secret`.

    Raises `ConfigurationError`, without the key in its text, for a key that is not a string, is empty, or contains a
    blank or a character other than printable ASCII.
    """
    secret = key if isinstance(key, Secret) else Secret(key)
    value = secret.reveal()
    hint = "copy it from Daily's dashboard (Developers) without quotes, blanks or line breaks"
    if not isinstance(value, str):
        raise ConfigurationError("the API key is not a string", hint=hint)
    if not value.strip():
        raise ConfigurationError("the API key is empty", hint=hint)
    if any(character.isspace() for character in value):
        raise ConfigurationError("the API key contains a blank or a line break", hint=hint)
    if not all("!" <= character <= "~" for character in value):
        raise ConfigurationError("the API key contains characters that no key has", hint=hint)
    return secret


def checked_url(url: str) -> str:
    """Return the API URL without a trailing slash.

    Raises `ConfigurationError` for a URL that is not HTTPS (or HTTP to this machine), or has a user name, a query or a
    fragment.
    """
    hint = f"Daily's is {DEFAULT_API_URL}"
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        parts, host, port = urlsplit(""), None, None
    if parts.scheme not in ("http", "https") or not host or any(c.isspace() for c in parts.netloc + parts.path):
        raise ConfigurationError("the API URL is not an HTTPS address", hint=hint)
    if "@" in url or parts.query or parts.fragment:
        # Not quoted: it may contain a password (one with a slash is parsed as part of the path).
        raise ConfigurationError("the API URL must not have a user name, a query or a fragment", hint=hint)
    if parts.scheme == "http" and not is_loopback(host):
        raise ConfigurationError(
            f"the API key is not sent over plain HTTP to {host}: use https://",
            hint="http:// is for this machine alone",
        )
    shown_host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown_host}{'' if port is None else f':{port}'}{parts.path.rstrip('/')}"


def checked_limits_url(url: str | Secret) -> Secret:
    """Return the URL of a Redis or Valkey server: `redis[s]://[[USER]:PASSWORD@]HOST[:PORT][/NUMBER]`.

    Raises `ConfigurationError`, without any of the URL in its text, for another form.
    """
    secret = url if isinstance(url, Secret) else Secret(url)
    try:
        parts = urlsplit(secret.reveal().strip())
        known = parts.scheme in ("redis", "rediss") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        parts, known = urlsplit(""), False
    rest = parts.query or parts.fragment or not re.fullmatch(r"(/[0-9]{0,4})?", parts.path)
    if not known or rest or not all("!" <= character <= "~" for character in parts.netloc):
        raise ConfigurationError(
            "the limits URL is not one of a Redis or Valkey server",
            hint="it has the form redis://:PASSWORD@HOST:6379/0 (rediss:// with TLS) without a query; / ? # @ % in the "
            "password are written as %2F %3F %23 %40 %25",
        )
    return Secret(parts.geturl())


@cache
def default_user_agent() -> str:
    """Return `pulumi-daily/<version>`."""
    try:
        version = importlib.metadata.version("pulumi-daily")
    except importlib.metadata.PackageNotFoundError:
        version = "0"
    return f"pulumi-daily/{version}"

"""The variables of the environment that name files and proxies for connections, checked before anything is sent.

The HTTP library meets a bad value in the middle of a connection, and reports it like a fault of the network.
"""

from __future__ import annotations

import importlib.util
import os
import re
import ssl
from collections.abc import Callable
from urllib.parse import urlsplit

from ._errors import ConnectError
from ._printable import printable

BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
PROXY_SCHEMES = ("http", "https")
SOCKS_SCHEMES = ("socks4", "socks4a", "socks5", "socks5h")
PROXY_HINT = "a proxy is written as http://host:port or http://user:password@host:port"


def check_bundle(path: str) -> None:
    """Raise `ConnectError` when a file or folder of CA certificates cannot be loaded; the text names its variable."""
    name = next((name for name in BUNDLES if os.environ.get(name) == path), " or ".join(BUNDLES))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if not os.path.isdir(path):  # OpenSSL reads a folder when a certificate is looked up
        _check(name, path, lambda: context.load_verify_locations(path), "a PEM file, or a folder, of CA certificates")


def check_key_log() -> None:
    """Raise `ConnectError` when the file for TLS keys (SSLKEYLOGFILE) cannot be opened for writing."""
    path = os.path.expandvars(os.environ.get("SSLKEYLOGFILE", ""))
    if path:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        _check("SSLKEYLOGFILE", path, lambda: setattr(context, "keylog_filename", path), "a file that can be written")


def check_proxy(proxy: str, scheme: str) -> None:
    """Raise `ConnectError` for a proxy that cannot be used. Of its URL, only the scheme is shown.

    `scheme` is that of the request. Raises it also for a SOCKS proxy when PySocks is not installed.
    """
    names = [f"{kind}_proxy" for kind in (scheme, "all")]
    names = [name for low in names for name in (low, low.upper())]
    name = next((name for name in names if os.environ.get(name) == proxy), "the settings of the system")
    try:
        parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
        kind, reason = parts.scheme, "" if parts.hostname and (parts.port is None or parts.port > 0) else "no host"
    except ValueError:
        kind, reason = "http", "no valid URL"
    if not reason and kind not in (*PROXY_SCHEMES, *SOCKS_SCHEMES):
        reason = f"unknown scheme {kind}"
    if reason:
        raise ConnectError(f"the proxy in {name} cannot be used: {printable(reason)}", permanent=True, hint=PROXY_HINT)
    if kind in SOCKS_SCHEMES and importlib.util.find_spec("socks") is None:
        raise ConnectError(
            f"the proxy in {name} is a SOCKS proxy, which needs the package PySocks",
            permanent=True,
            hint="install it into the environment of the Pulumi program: `pip install 'requests[socks]'`",
        )


def _check(name: str, path: str, use: Callable[[], None], wanted: str) -> None:
    reason = ""
    try:
        use()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
    if reason:
        text = re.sub(r"^\[[^]]*\] | \(_ssl\.c:\d+\)$", "", reason)
        raise ConnectError(
            f"{name} is {printable(path)}, which cannot be used: {printable(text[:1].lower() + text[1:])}",
            permanent=True,
            hint=f"set it to {wanted}, or unset it",
        )

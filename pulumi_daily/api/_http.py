"""The transport that uses `requests`.

It is imported when the first client needs it: a Pulumi program sends nothing itself, and an HTTP library would be a
quarter of its import time.
"""

from __future__ import annotations

import http.client
import io
import logging
import re
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests
import requests.adapters
import requests.utils
import urllib3.exceptions

from ._environment import PROXY_HINT, check_bundle, check_key_log, check_proxy
from ._errors import BadResponse, ConnectError, ConnectionDropped, RequestTimeout, TransportError
from ._printable import printable
from ._redact import Redactor, SafeHeaders
from ._settings import DEFAULT_API_URL
from ._transport import Response, encode_json, is_loopback

POOL = 16  # connections kept open; with more threads, the extra connections are closed after use
BODY_LIMIT = 16 << 20  # bytes of a body, also decompressed: 1 000 rooms of a batch with 16 KiB each
WIRE_LIMIT = BODY_LIMIT + (1 << 20)  # bytes of an answer on the wire, with headers and the frames of chunks
PIECE = 1 << 14  # bytes read at once: versions of urllib3 before 2.6 decompress each to up to a thousand times as many
STATUS_LENGTH = 100  # characters of a proxy's status line that are quoted
REFUSED_PROXY = "Tunnel connection failed: 407"  # in the text of http.client about a proxy that asks for a login
SHOWN = 2  # addresses of one name that a message contains


class _Mask(logging.Filter):
    """A log filter that masks URLs in the lines of urllib3: the path of one route contains a meeting token.

    It is called only for records of enabled levels.
    """

    _redactor = Redactor()

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = self._redactor.text(record.getMessage()), ()
        return True


for _name in ("urllib3.connection", "urllib3.connectionpool", "urllib3.util.retry"):
    logging.getLogger(_name).addFilter(_Mask())


class _TooLong(OSError):
    """Error: an answer has more bytes than the limit."""


class _Bounded(io.RawIOBase):
    """A reader of a socket with one timeout, and one limit of bytes, for everything that is read.

    A socket's own timeout applies to each piece, so an answer could go on forever: header after header, or one `100
    Continue` after another. `clock` counts seconds.
    """

    def __init__(self, sock: Any, raw: Any, clock: Callable[[], float] = time.monotonic) -> None:
        self._sock = sock
        self._raw = raw
        self._clock = clock
        self._timeout = sock.gettimeout()
        self._end = clock() + self._timeout
        self._bytes = WIRE_LIMIT

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._end - self._clock()
        if left <= 0:
            raise TimeoutError("the answer did not end in time")
        self._sock.settimeout(left)
        try:
            read: int | None = self._raw.readinto(buffer)
        finally:
            self._sock.settimeout(self._timeout)  # for the next request on this connection
        self._bytes -= read or 0
        if self._bytes < 0:
            raise _TooLong
        return read

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Answer(http.client.HTTPResponse):
    """An `http.client` answer that must be complete within the read timeout. Interim answers (1xx) are skipped."""

    def __init__(self, clock: Callable[[], float], sock: Any, *args: Any, **more: Any) -> None:
        super().__init__(sock, *args, **more)
        self.fp = io.BufferedReader(_Bounded(sock, self.fp.detach(), clock))

    def _read_status(self) -> tuple[str, int, str]:
        # The base class skips only 100. It would take another interim answer for the answer itself, and the real answer
        # for that of the next request.
        while True:
            found: tuple[str, int, str] = super()._read_status()  # type: ignore[misc]
            if not 100 < found[1] < 200:
                return found
            http.client.parse_headers(self.fp)


class _Adapter(requests.adapters.HTTPAdapter):
    """An adapter whose answers are limited in time, by `clock`, and in size."""

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__(pool_connections=4, pool_maxsize=POOL, max_retries=0)
        self._answers = {"response_class": staticmethod(partial(_Answer, clock))}
        self._kinds: dict[type, type] = {}

    def get_connection_with_tls_context(self, *args: Any, **more: Any) -> Any:
        pool: Any = super().get_connection_with_tls_context(*args, **more)
        kind = type(pool).ConnectionCls
        pool.ConnectionCls = self._kinds.setdefault(kind, type(kind.__name__, (kind,), self._answers))
        return pool


class RequestsTransport:
    """A transport with one `requests.Session` and a keep-alive pool, for any number of threads.

    Sharing the session is safe because it is never changed after its creation and cookies are off. Proxies and CA
    bundles from the environment are honoured, except for loopback hosts, which are connected to directly. `.netrc` is
    never read: its entries would replace the Authorization header. `clock` counts seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._checked: set[str] = set()  # the CA bundles with which connections can be opened
        self._session = requests.Session()
        self._session.auth = _keep_authorization  # a session without auth takes one from .netrc
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for prefix in ("https://", "http://"):
            self._session.mount(prefix, _Adapter(clock))

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        params: Mapping[str, Any] | None,
        json: Any,
        timeout: tuple[float, float],
    ) -> Response:
        """Send a request; see `Transport`. Raises `UsageError` when `json` cannot be written as JSON."""
        sent_headers = SafeHeaders(headers)
        data = None
        if json is not None:
            data = encode_json(json)
            sent_headers["Content-Type"] = "application/json"
        failure: TransportError
        settings: dict[str, Any] = {}
        try:
            request = self._session.prepare_request(
                requests.Request(method, url, headers=sent_headers, params=dict(params or {}), data=data)
            )
            settings = {**self._session.merge_environment_settings(url, {}, True, None, None)}
            if is_loopback(urlsplit(url).hostname):
                settings["proxies"] = {}
            self._check_environment(url, settings)
            # Not the session's `send`: it follows redirects to see their target, and reads bodies of any size.
            answer = self._session.get_adapter(url).send(request, timeout=timeout, **settings)
            try:
                body = _body(answer.raw)
            finally:
                answer.close()  # returns the connection to the pool after a whole body, and closes it otherwise
            return Response(answer.status_code, {name.lower(): value for name, value in answer.headers.items()}, body)
        except (
            requests.RequestException,
            urllib3.exceptions.HTTPError,
            OSError,
            http.client.HTTPException,
            ValueError,  # malformed parts of an answer
        ) as error:
            failure = _failure(error, _Peer.of(url, settings.get("proxies") or {}, timeout))
        # Raised here, not above: the library's exceptions quote the URL, and a chained one would be printed.
        raise failure

    def _check_environment(self, url: str, settings: Mapping[str, Any]) -> None:
        """Raise `ConnectError` for a proxy or file, named by a variable, with which no connection can be opened."""
        scheme = urlsplit(url).scheme
        if proxy := requests.utils.select_proxy(url, settings["proxies"]):
            check_proxy(proxy, scheme)
        bundle = settings["verify"] if isinstance(settings["verify"], str) else ""
        if scheme == "https" and bundle not in self._checked:
            check_key_log()
            if bundle:
                check_bundle(bundle)
            self._checked.add(bundle)

    def close(self) -> None:
        """Close the pooled connections."""
        self._session.close()

    def __repr__(self) -> str:
        return "RequestsTransport()"


def _keep_authorization(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _body(raw: Any) -> bytes:
    """Return the whole decompressed body of a urllib3 answer. Raises `_TooLong` for one over `BODY_LIMIT` bytes.

    A body that is announced as longer is not read at all.
    """
    body = bytearray()
    if (raw.length_remaining or 0) > BODY_LIMIT:
        raise _TooLong
    try:
        while piece := raw.read(PIECE, decode_content=True):
            body += piece
            if len(body) > BODY_LIMIT:
                raise _TooLong
    except (urllib3.exceptions.ProtocolError, urllib3.exceptions.DecodeError) as error:
        # Converted as requests does while it reads a body; before the answer, the same exceptions have another meaning.
        raise requests.exceptions.ChunkedEncodingError(error) from None
    return bytes(body)


@dataclass(frozen=True)
class _Peer:
    """The server of a request, for messages. `proxy` is the host and port of a proxy on the way; empty for none.

    `timeout` is (connect, read) in seconds.
    """

    host: str
    port: int
    timeout: tuple[float, float]
    proxy: str = ""

    @classmethod
    def of(cls, url: str, proxies: Mapping[str, str], timeout: tuple[float, float]) -> _Peer:
        """Return the server of a URL. Of both URLs, only hosts and ports are kept: a proxy's may contain a password."""
        host, port = _host_and_port(url)
        proxy = requests.utils.select_proxy(url, proxies)
        return cls(host, port, timeout, _joined(*_host_and_port(proxy)) if proxy else "")

    def __str__(self) -> str:
        name = self.host if self.port == 443 and not _is_address(self.host) else _joined(self.host, self.port)
        return f"{name} through the proxy {self.proxy}" if self.proxy else name

    def with_addresses(self) -> str:
        """Return the server with the addresses of its name, as `api.daily.co (1.2.3.4:443)`.

        A proxy resolves the name itself: then its own host and port are named instead.
        """
        if self.proxy or _is_address(self.host):
            return str(self)
        try:
            # The failed connection does not contain the addresses that were tried.
            found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            return str(self)
        addresses = list(dict.fromkeys(_joined(str(at[0]), self.port) for *_, at in found))
        more = f" and {len(addresses) - SHOWN} more" if len(addresses) > SHOWN else ""
        return f"{self.host} ({', '.join(addresses[:SHOWN])}{more})"

    @property
    def hint(self) -> str:
        """Return what to check when there is no connection."""
        if self.proxy:
            return "check the proxy (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY), or put the host into NO_PROXY"
        url = "the API URL (daily:apiUrl, DAILY_API_URL, or api_url of the daily.Provider)"
        if is_loopback(self.host):
            return f"check {url}, and that a server runs there"
        what = "the network" if self.host == urlsplit(DEFAULT_API_URL).hostname else url
        return f"check {what}, and HTTPS_PROXY if a proxy is needed"


def _host_and_port(url: str) -> tuple[str, int]:
    """Return host and port of a URL; "an invalid address" and 0 for an unreadable one."""
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        return parts.hostname or "an invalid address", parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return "an invalid address", 0


def _is_address(host: str) -> bool:
    return ":" in host or re.fullmatch(r"[0-9.]+", host) is not None


def _joined(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _failure(error: BaseException, peer: _Peer) -> TransportError:
    """Return the `TransportError` for an exception of requests, urllib3 or the socket layer.

    An exception that does not prove "never sent" counts as "may have been processed". The message contains the
    innermost reason, because the outer exceptions quote the URL.
    """
    chain = list(_chain(error))
    text = _reason(chain)

    def has(*kinds: type[BaseException]) -> bool:
        return any(isinstance(link, kinds) for link in chain)

    def unconnected(reason: str) -> ConnectError:
        return ConnectError(f"could not connect to {peer.with_addresses()}: {reason}", hint=peer.hint)

    if has(_TooLong):
        return BadResponse(
            f"the answer from {peer} is longer than {BODY_LIMIT >> 20} MiB",
            permanent=True,
            hint="check the API URL; of a list with long texts, such as logs, read shorter pages (`limit`)",
        )
    if has(ssl.SSLCertVerificationError):
        return ConnectError(
            f"could not connect to {peer.with_addresses()}: the server's certificate is not accepted: {text}",
            permanent=True,
            hint="if a proxy of the network replaces certificates, set REQUESTS_CA_BUNDLE to a file with its own",
        )
    if has(urllib3.exceptions.InvalidHeader):  # of the answer; an invalid header of the request is another class
        return BadResponse(f"the headers of the answer from {peer} cannot be read")
    if has(requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema, requests.exceptions.InvalidHeader):
        return ConnectError(f"the request cannot be sent: {text}", permanent=True)
    if has(urllib3.exceptions.NameResolutionError):
        return unconnected(f"{'the proxy' if peer.proxy else 'the name'} has no known address ({text})")
    # A connection that broke after the request was sent through a proxy comes as a ProxyError as well.
    unsent = has(urllib3.exceptions.NewConnectionError)
    if has(requests.exceptions.ProxyError) and (unsent or not has(ConnectionError, http.client.HTTPException)):
        if REFUSED_PROXY in str(chain[-1]):
            return ConnectError(
                f"could not connect to {peer}: {text}", permanent=True, hint=f"the proxy asks for a login: {PROXY_HINT}"
            )
        return unconnected(text)
    if has(requests.exceptions.ConnectTimeout):
        return unconnected(f"no connection within {peer.timeout[0]:.3g} s")
    if unsent:
        return unconnected(text)
    if has(requests.exceptions.ReadTimeout, urllib3.exceptions.ReadTimeoutError):
        return RequestTimeout(f"no complete answer from {peer} within {_timeout_of(chain, peer):.3g} s")
    if has(requests.exceptions.ChunkedEncodingError):
        return BadResponse(f"the answer from {peer} was cut off: {text}")
    if has(ssl.SSLError):
        return ConnectionDropped(f"the TLS connection to {peer} failed: {text}")
    return ConnectionDropped(f"the connection to {peer} was lost: {text}")


def _timeout_of(chain: list[BaseException], peer: _Peer) -> float:
    """Return the seconds after which a request was given up: those in urllib3's text, else the read timeout.

    A TLS handshake and a proxy's answer to CONNECT have the connect timeout, but end with the same exception.
    """
    found = next((m for link in chain if (m := re.search(r"\(read timeout=([0-9.]+)\)", str(link)))), None)
    return float(found[1]) if found else peer.timeout[1]


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an exception and those wrapped in it, from the outside in.

    requests nests exceptions by argument, urllib3 by `reason`. `__context__` is left out: it may be an exception that
    the caller is just handling.
    """
    for _ in range(12):
        if error is None:
            return
        yield error
        inner = [getattr(error, "reason", None), *error.args[:2], error.__cause__]
        error = next((item for item in inner if isinstance(item, BaseException)), None)


_REASONS = {
    http.client.RemoteDisconnected: "it was closed without an answer",
    http.client.BadStatusLine: "the answer is not HTTP",
    http.client.IncompleteRead: "fewer bytes than announced",
}


def _reason(chain: list[BaseException]) -> str:
    innermost = chain[-1]
    if isinstance(innermost, OSError) and innermost.strerror:
        text = printable(re.sub(r"^\[SSL[^]]*\] |\.? \(_ssl\.c:\d+\)$", "", innermost.strerror))
        return text[:1].lower() + text[1:]
    # A proxy's refusal contains host and port and no secret.
    _, refused, status = str(innermost).partition("Tunnel connection failed: ")
    if refused:
        return f"the proxy answers {printable(status[:STATUS_LENGTH])}"
    return next((words for kind, words in _REASONS.items() if isinstance(innermost, kind)), type(innermost).__name__)

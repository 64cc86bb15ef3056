"""The transport that uses `requests`.

It is imported when the first client needs it: a Pulumi program sends nothing itself, and an HTTP library would be a
quarter of its import time.
"""

from __future__ import annotations

import http.client
import io
import logging
import ssl
import time
from collections.abc import Iterator, Mapping
from functools import cache
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests
import requests.adapters
import urllib3.exceptions

from ._errors import BadResponse, ConnectError, ConnectionDropped, RequestTimeout, TransportError
from ._printable import printable
from ._redact import Redactor, SafeHeaders
from ._transport import Response, encode_json, is_loopback

POOL = 16  # connections kept open; with more threads, the extra connections are closed after use
BODY_LIMIT = 64 << 20  # bytes of a body; Daily's longest answers have a few million
PIECE = 1 << 16  # bytes read at once
STATUS_LENGTH = 100  # characters of a proxy's status line that are quoted


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


class _Bounded(io.RawIOBase):
    """A reader of a socket with one timeout for everything that is read.

    A socket's own timeout applies to each piece, so an answer could go on forever: header after header, or one `100
    Continue` after another.
    """

    def __init__(self, sock: Any, raw: Any) -> None:
        self._sock = sock
        self._raw = raw
        self._timeout = sock.gettimeout()
        self._end = time.monotonic() + self._timeout

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer did not end in time")
        self._sock.settimeout(left)
        try:
            read: int | None = self._raw.readinto(buffer)
        finally:
            self._sock.settimeout(self._timeout)  # for the next request on this connection
        return read

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Answer(http.client.HTTPResponse):
    """An `http.client` answer that must be complete within the read timeout. Interim answers (1xx) are skipped."""

    def __init__(self, sock: Any, *args: Any, **more: Any) -> None:
        super().__init__(sock, *args, **more)
        self.fp = io.BufferedReader(_Bounded(sock, self.fp.detach()))

    def _read_status(self) -> tuple[str, int, str]:
        # The base class skips only 100. It would take another interim answer for the answer itself, and the real answer
        # for that of the next request.
        while True:
            found: tuple[str, int, str] = super()._read_status()  # type: ignore[misc]
            if not 100 < found[1] < 200:
                return found
            http.client.parse_headers(self.fp)


@cache
def _bounded(kind: type) -> type:
    """Return a subclass of a urllib3 connection class whose answers are limited in time."""
    return type(kind.__name__, (kind,), {"response_class": _Answer})


class _Adapter(requests.adapters.HTTPAdapter):
    def get_connection_with_tls_context(self, *args: Any, **more: Any) -> Any:
        pool: Any = super().get_connection_with_tls_context(*args, **more)
        pool.ConnectionCls = _bounded(type(pool).ConnectionCls)
        return pool


class RequestsTransport:
    """A transport with one `requests.Session` and a keep-alive pool, for any number of threads.

    Sharing the session is safe because it is never changed after its creation and cookies are off. Proxies and CA
    bundles from the environment are honoured, except for loopback hosts, which are connected to directly. `.netrc` is
    never read: its entries would replace the Authorization header.
    """

    def __init__(self) -> None:
        self._session = requests.Session()
        self._session.auth = _keep_authorization  # a session without auth takes one from .netrc
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for prefix in ("https://", "http://"):
            adapter = _Adapter(pool_connections=4, pool_maxsize=POOL, max_retries=0)
            self._session.mount(prefix, adapter)

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
        try:
            request = self._session.prepare_request(
                requests.Request(method, url, headers=sent_headers, params=dict(params or {}), data=data)
            )
            settings: dict[str, Any] = {**self._session.merge_environment_settings(url, {}, True, None, None)}
            if is_loopback(urlsplit(url).hostname):
                settings["proxies"] = {}
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
            failure = _failure(error)
        # Raised here, not above: the library's exceptions quote the URL, and a chained one would be printed.
        raise failure

    def close(self) -> None:
        """Close the pooled connections."""
        self._session.close()

    def __repr__(self) -> str:
        return "RequestsTransport()"


def _keep_authorization(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _body(raw: Any) -> bytes:
    """Return the whole decompressed body of a urllib3 answer. Raises `BadResponse` for one over `BODY_LIMIT` bytes."""
    body = bytearray()
    try:
        while piece := raw.read(PIECE, decode_content=True):
            body += piece
            if len(body) > BODY_LIMIT:
                raise BadResponse(f"the answer is longer than {BODY_LIMIT >> 20} MiB")
    except (urllib3.exceptions.ProtocolError, urllib3.exceptions.DecodeError) as error:
        # Converted as requests does while it reads a body; before the answer, the same exceptions have another meaning.
        raise requests.exceptions.ChunkedEncodingError(error) from None
    return bytes(body)


def _failure(error: BaseException) -> TransportError:
    """Return the `TransportError` for an exception of requests, urllib3 or the socket layer.

    An exception that does not prove "never sent" counts as "may have been processed". The message contains the
    innermost reason, because the outer exceptions quote the URL.
    """
    chain = list(_chain(error))
    text = _reason(chain)

    def has(*kinds: type[BaseException]) -> bool:
        return any(isinstance(link, kinds) for link in chain)

    if has(ssl.SSLCertVerificationError):
        return ConnectError(f"the server's certificate is not accepted: {text}", permanent=True)
    if has(urllib3.exceptions.InvalidHeader):  # of the answer; an invalid header of the request is another class
        return BadResponse("the answer's headers cannot be read")
    if has(requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema, requests.exceptions.InvalidHeader):
        return ConnectError(f"the request cannot be sent: {text}", permanent=True)
    if type(error) is OSError and len(chain) == 1:  # requests, before anything else
        return ConnectError("there is no CA bundle where REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE says", permanent=True)
    # A connection that broke after the request was sent through a proxy comes as a ProxyError as well.
    unsent = has(urllib3.exceptions.NewConnectionError)
    if has(requests.exceptions.ProxyError) and (unsent or not has(ConnectionError, http.client.HTTPException)):
        return ConnectError(f"the proxy cannot be used: {text}")
    if has(requests.exceptions.ConnectTimeout):
        return ConnectError("no connection in time")
    if unsent:
        return ConnectError(f"no connection: {text}")
    if has(requests.exceptions.ReadTimeout, urllib3.exceptions.ReadTimeoutError):
        return RequestTimeout("no answer in time")
    if has(requests.exceptions.ChunkedEncodingError):
        return BadResponse(f"the answer was cut off: {text}")
    return ConnectionDropped(f"the connection was lost: {text}")


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


def _reason(chain: list[BaseException]) -> str:
    innermost = chain[-1]
    if isinstance(innermost, OSError) and innermost.strerror:
        return innermost.strerror
    # A proxy's refusal contains host and port and no secret.
    _, refused, status = str(innermost).partition("Tunnel connection failed: ")
    return printable(status[:STATUS_LENGTH]) if refused else type(innermost).__name__

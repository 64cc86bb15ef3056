"""One configuration in this process: its client, its account, and the log lines already written.

The only place that builds a client. Providers, lookups and the command line all come here.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from .api import Client, ConfigurationError, Limiter, RetryPolicy, Secret, printable
from .lifecycle import Account, DomainMismatch, Signer
from .ownership import Claims, FileTakeovers
from .settings import MISSING_KEY, Settings, limiter_of

CONNECT_TIMEOUT = 5.0
"""Maximum seconds to open a connection; a shorter ``daily:requestTimeout`` wins."""


class Log(Protocol):
    """Writes lines for the user. ``pulumi.log`` is one."""

    def info(self, line: str, /) -> None: ...

    def warn(self, line: str, /) -> None: ...


def open_client(
    settings: Settings, log: Callable[[str], None], /, *, retry_seconds: float | None = None, **options: Any
) -> tuple[Client, Limiter]:
    """Return a client for a configuration, and its rate limiter. ``log`` gets a line about long waits.

    ``retry_seconds`` bounds the time spent retrying one request, instead of ``daily:maxRetrySeconds``. ``options`` go
    to :class:`Client`. Raises ``ConfigurationError`` without a key, or with a key or URL that cannot be used.
    """
    key = settings.api_key
    if key is None:
        raise ConfigurationError(MISSING_KEY)
    limiter = limiter_of(settings, key, log)
    client = Client(
        key,
        api_url=settings.api_url,
        limiter=limiter,
        retry=RetryPolicy(budget=settings.max_retry_seconds if retry_seconds is None else retry_seconds),
        timeout=(min(CONNECT_TIMEOUT, settings.request_timeout), settings.request_timeout),
        **options,
    )
    return client, limiter


class Connection:
    """Holds what all users of one configuration share in this process: client, account, claims, lines. Thread-safe.

    A configuration that is wrong is a connection with a ``problem``: the text to fail with, where it is used.
    """

    def __init__(self, settings: Settings, log: Log, problem: str = "") -> None:
        self.settings = settings
        self.problem = problem
        self.claims = Claims(
            FileTakeovers(lambda: f"{settings.api_url} {self.account().domain()}") if settings.api_key else None
        )
        self._log = log
        self._account: Account | None = None
        self._opened: tuple[Client, Limiter] | None = None
        self._lock = threading.RLock()
        self._written: set[str] = set()

    @property
    def reachable(self) -> bool:
        """Return whether Daily may and can be asked."""
        return not self.settings.offline and self.settings.api_key is not None

    @property
    def unreachable_because(self) -> str:
        """Return why Daily is not asked."""
        return "daily:offline is set" if self.settings.offline else "no Daily API key is configured"

    def _open(self) -> tuple[Client, Limiter]:
        with self._lock:
            if self._opened is None:
                self._opened = open_client(self.settings, self.info)
            return self._opened

    def client(self) -> Client:
        """Return the client, made on first use. Raises ``ConfigurationError`` without a usable key."""
        return self._open()[0]

    def client_of_expected_domain(self) -> Client:
        """Return the client. Raises ``ConfigurationError`` when ``daily:domain`` names another domain than the key's.

        Daily is asked for the key's domain once, and only where ``daily:domain`` is set.
        """
        client = self.client()
        if self.settings.domain is not None:
            try:
                self.account().domain()
            except DomainMismatch as error:
                raise ConfigurationError(str(error)) from None
        return client

    def account(self) -> Account:
        """Return the account of the key, made on first use: Pulumi configures providers that it may never need."""
        if self.settings.offline:
            raise ConfigurationError("daily:offline is set: only previews work. Unset it to deploy")
        if self.settings.api_key is None:
            raise ConfigurationError(MISSING_KEY)
        with self._lock:
            if self._account is None:
                client, limiter = self._open()
                self._account = Account(
                    client,
                    expected_domain=self.settings.domain,
                    signer=signer_of(self.settings.api_key),
                    progress=limiter.progress,
                    expected_wait=client.would_wait,
                    spawn=_spawn,
                    claims=self.claims,
                    adoption=self.settings.adopt_existing,
                )
            return self._account

    def warn_once(self, line: str) -> None:
        """Write a warning, the first time it is given in this process."""
        line = printable(line)
        with self._lock:
            if line in self._written:
                return
            self._written.add(line)
        self._log.warn(line)

    def state_only(self) -> None:
        """Write once that this preview compares with the state alone, and why."""
        what = "existing objects are compared with the state alone, drift on Daily is not seen"
        self.warn_once(f"{self.unreachable_because}: {what}")

    def info(self, line: str) -> None:
        """Write a line of information; Pulumi shows it under no resource, so it must name what it is about."""
        self._log.info(printable(line))


def _spawn(work: Callable[[], None]) -> None:
    """Run a function in a thread that does not keep the process alive."""
    threading.Thread(target=work, name="pulumi-daily-ahead", daemon=True).start()


def signer_of(key: Secret) -> Signer:
    """Return the functions that sign and verify tokens with a key; the first token loads their module."""

    def sign(domain_id: str, properties: Mapping[str, Any], issued_at: int) -> str:
        from . import tokens

        return tokens.sign(key.reveal(), domain_id, properties, issued_at=issued_at)

    def is_valid(domain_id: str, token: str) -> bool:
        from . import tokens

        try:
            tokens.verify(token, key.reveal(), domain_id, now=0.0, ignore_nbf=True)
        except tokens.TokenError:
            return False
        return True

    return Signer(sign, is_valid)


_connections: dict[Settings, Connection] = {}
_connections_lock = threading.Lock()


def connect(settings: Settings, log: Log) -> Connection:
    """Return the process's connection for a configuration."""
    with _connections_lock:
        return _connections.setdefault(settings, Connection(settings, log))

"""One configuration in this process: its client, its account, and the log lines already written.

No other module builds a client: providers, lookups and the command line use this one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from .api import (
    ApiError,
    AuthenticationError,
    Client,
    ConfigurationError,
    ForbiddenError,
    Limiter,
    PlanError,
    RetryPolicy,
    Secret,
    Stop,
    printable,
)
from .lifecycle import Account, DomainMismatch, Signer
from .lifecycle.errors import AccountNames
from .ownership import Claims, FileTakeovers
from .settings import Settings, called_provider, limiter_of, read_settings

CONNECT_TIMEOUT = 5.0
"""Maximum seconds to open a connection; a shorter ``daily:requestTimeout`` takes precedence."""


STOP = Stop()
"""Stops all clients of this process."""


class Log(Protocol):
    """The interface of a writer of lines for the user; ``pulumi.log`` implements it."""

    def info(self, line: str, /) -> None: ...

    def warn(self, line: str, /) -> None: ...


def open_client(
    settings: Settings, log: Callable[[str], None], /, *, retry_seconds: float | None = None, **options: Any
) -> tuple[Client, Limiter]:
    """Return a client for a configuration, and its rate limiter. ``log`` receives a line about long waits.

    ``retry_seconds`` limits the time spent retrying one request, instead of ``daily:maxRetrySeconds``. ``options`` are
    passed to :class:`Client`. Raises ``ConfigurationError`` for a missing key, and for a key or URL as ``Client`` does.
    """
    key = settings.api_key
    if key is None:
        raise ConfigurationError(settings.missing_key)
    limiter = limiter_of(settings, key, log, STOP.sleep)
    client = Client(
        key,
        api_url=settings.api_url,
        limiter=limiter,
        retry=RetryPolicy(budget=settings.max_retry_seconds if retry_seconds is None else retry_seconds),
        timeout=(min(CONNECT_TIMEOUT, settings.request_timeout), settings.request_timeout),
        hints=hints_of(settings),
        stop=STOP,
        **options,
    )
    return client, limiter


def hints_of(settings: Settings) -> dict[type[ApiError], str]:
    """Return the hints, by class of error, that name the provider. Those of ``api`` are for the default provider."""
    if not settings.provider:
        return {}
    whose = called_provider(settings.provider)
    return {
        AuthenticationError: f"Daily does not know the API key of {whose}; give it another api_key (or DAILY_API_KEY, "
        "if it has none; Daily's dashboard shows it under Developers)",
        ForbiddenError: f"the API key of {whose} is valid and may not do this",
        PlanError: f"the plan of the Daily account of {whose} does not include the feature",
    }


def names_of(settings: Settings) -> AccountNames:
    """Return the names of the account's key and options for messages about another domain."""
    key = f"the API key of {called_provider(settings.provider)}"
    where = f"{'api_key' if settings.provider else 'daily:apiKey'}, DAILY_API_KEY"
    return AccountNames(key, where, settings.called("domain"))


class Connection:
    """The state shared by all users of one configuration in this process: client, account, claims, lines. Thread-safe.

    An invalid configuration is a connection with a ``problem``: the text of the error for every use.
    """

    def __init__(self, settings: Settings, log: Log, problem: str = "", claims: Claims | None = None) -> None:
        self.settings = settings
        self.problem = problem
        self.claims = claims or Claims(
            FileTakeovers(lambda: f"{settings.api_url} {self.account().domain()}") if settings.api_key else None
        )
        self._log = log
        self._account: Account | None = None
        self._opened: tuple[Client, Limiter] | None = None
        self._lock = threading.RLock()
        self._written: set[str] = set()
        self.found: dict[str, str | dict[str, Any] | Exception] = {}
        """The result of the last comparison with Daily in ``check``, by the resource's owner.

        It is the input ``drift`` (empty without drift), or the error that ``diff`` is to raise.
        """

    @property
    def reachable(self) -> bool:
        """Return whether requests to Daily are allowed and possible."""
        return not self.settings.unreachable_because

    def _open(self) -> tuple[Client, Limiter]:
        with self._lock:
            if self._opened is None:
                self._opened = open_client(self.settings, self.info)
            return self._opened

    def client(self) -> Client:
        """Return the client, which is made on first use. Raises ``ConfigurationError`` for a missing or invalid key."""
        return self._open()[0]

    def client_of_expected_domain(self) -> Client:
        """Return the client. Raises ``ConfigurationError`` when ``daily:domain`` is not the key's domain.

        The key's domain is read from Daily once, and only when ``daily:domain`` is set.
        """
        client = self.client()
        if self.settings.domain is not None:
            try:
                self.account().domain()
            except DomainMismatch as error:
                raise ConfigurationError(str(error)) from None
        return client

    def account(self) -> Account:
        """Return the account of the key, which is made on first use.

        Raises ``ConfigurationError`` when offline or keyless. It is not made earlier because Pulumi also configures
        providers that it never uses.
        """
        if self.settings.offline:
            raise ConfigurationError(f"{self.settings.unreachable_because}: only previews work. Unset it to deploy")
        if self.settings.api_key is None:
            raise ConfigurationError(self.settings.missing_key)
        with self._lock:
            if self._account is None:
                client, limiter = self._open()
                self._account = Account(
                    client,
                    expected_domain=self.settings.domain,
                    names=names_of(self.settings),
                    signer=signer_of(self.settings.api_key),
                    progress=limiter.progress,
                    expected_wait=client.would_wait,
                    spawn=_spawn,
                    claims=self.claims,
                    adoption=self.settings.adopt_existing,
                    read_lag=self.settings.read_lag,
                    pause=STOP.sleep,
                )
            return self._account

    def warn_once(self, line: str) -> None:
        """Write a warning, unless the process has written the same one before."""
        line = printable(line)
        with self._lock:
            if line in self._written:
                return
            self._written.add(line)
        self._log.warn(line)

    def not_asked(self, *, refresh: bool = False) -> None:
        """Write once that Daily is not asked in this run, with the reason and the consequences."""
        what = "Daily is not asked. Drift, names that are taken and other conflicts are not seen"
        if refresh:
            what = (
                "Daily is not asked, and the refresh changes nothing. It uses the configuration of the last "
                "`pulumi up`; with --run-program, the present one"
            )
        self.warn_once(f"{self.settings.unreachable_because}: {what}")

    def info(self, line: str) -> None:
        """Write a line of information. Pulumi shows it under no resource, so the line must contain its subject."""
        self._log.info(printable(line))


def _spawn(work: Callable[[], None]) -> None:
    """Run a function in a daemon thread, which does not keep the process alive."""
    threading.Thread(target=work, name="pulumi-daily-ahead", daemon=True).start()


def signer_of(key: Secret) -> Signer:
    """Return the functions that sign and verify tokens with a key. Their module is loaded with the first token."""

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


def connect_configured(
    config: Callable[[str], Any], environment: Mapping[str, str], log: Log, names: Iterable[str] = ()
) -> Connection:
    """Return the process's connection for a configuration; the arguments are those of ``read_settings``.

    An invalid configuration gives a connection with a ``problem``.
    """
    try:
        settings = read_settings(config, environment, names)
    except ConfigurationError as error:
        return Connection(read_settings(lambda _: None, {}), log, str(error))
    return connect(settings, log)


_connections: dict[Settings, Connection] = {}
_connections_lock = threading.Lock()


def connect(settings: Settings, log: Log) -> Connection:
    """Return the process's connection for a configuration, which is made on first use.

    Connections with one key share their claims: an object has one owner, whichever provider manages it.
    """

    def account(known: Settings) -> tuple[Any, ...]:
        return known.api_url, known.api_key, known.offline

    with _connections_lock:
        if settings not in _connections:
            others = (one for known, one in _connections.items() if account(known) == account(settings))
            other = next(others, None)
            _connections[settings] = Connection(settings, log, claims=other.claims if other else None)
        return _connections[settings]

"""The ledgers of all machines that use one key, on a Redis or Valkey server.

* Each decision is one script on the server (`_redis.lua`, the rules of `_ledger.py`), which the server runs without
  interruption, on its own time.
* The keys expire an hour after their last use. A process that is killed leaves nothing that lasts: see `_ledger.py`.
* Nothing is secret there. The name of a key is a keyed hash, whose key is the API key; the values contain only times.
* When the server cannot be reached or refuses, `log` receives one line, and the spare book (the machine's file) is used
  until the process ends: no request waits for the server again. Texts of the server or of its library are never shown:
  they may contain anything, the password included.

The package `redis` is imported on first use.
"""

from __future__ import annotations

import hashlib
import hmac
import math
import struct
import time
from collections.abc import Callable, Sequence
from itertools import chain
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from ._books import Book, OwnTier, View
from ._errors import ConfigurationError
from ._ledger import EARLY, FLOOR, GRACE, GUARD, LONGEST_LEASE, LONGEST_PAUSE, RECOVERY, Ask
from ._locks import ProcessLock
from ._printable import printable
from ._redact import Secret
from ._shared import MOST, decode_ledger

FORMAT = b"pulumi-daily limits on a server, format 1"
EXPIRE = 3600  # seconds without a use after which a key is removed; longer than any entry counts
TIMEOUT = 2.0  # seconds for a connection, and for an answer
SCRIPT = Path(__file__).with_suffix(".lua")

_TIMES = struct.Struct("<dd")
_HEAD = 44  # bytes of a ledger without entries
_REASONS = {
    "AuthenticationError": "it refuses the user name or the password",
    "AuthorizationError": "it refuses the user name or the password",
    "NoPermissionError": "its user may not run scripts (EVALSHA, SCRIPT LOAD), TIME, GET and SET on the key",
    "ReadOnlyError": "it is a read-only replica",
    "OutOfMemoryError": "its memory is full",
    "TimeoutError": f"no answer within {TIMEOUT:g} s",
    "ConnectionError": "no connection",
    "OSError": "no connection",
}


class ServerError(Exception):
    """A server that cannot be used; the text is the reason."""


class Server(Protocol):
    """The interface of a server that runs the script."""

    where: str

    def run(self, key: str, arguments: Sequence[bytes]) -> bytes:
        """Run the script on one key and return its answer. Raises `ServerError`."""
        ...


def ledger_name(api_key: str, api_url: str) -> str:
    """Return the first part of the names of the keys that belong to an API key and a URL of the API."""
    digest = hmac.new(api_key.encode(), FORMAT + b"\0" + api_url.encode(), hashlib.sha256)
    return f"pulumi-daily:limits:{digest.hexdigest()[:32]}"


def script() -> str:
    """Return the text of the script, with the constants of `_ledger.py`."""
    values = {
        "GUARD": GUARD, "EARLY": EARLY, "GRACE": GRACE, "FLOOR": FLOOR, "RECOVERY": RECOVERY, "MOST": MOST,
        "LONGEST_LEASE": LONGEST_LEASE, "LONGEST_PAUSE": LONGEST_PAUSE, "EXPIRE": EXPIRE,
    }  # fmt: skip
    constants = f"local {', '.join(values)} = {', '.join(map(repr, values.values()))}\n"
    return constants + SCRIPT.read_text(encoding="utf-8")


def reason(error: Exception) -> str:
    """Return the reason for an error of the package `redis`, without any of its text."""
    names = [kind.__name__ for kind in type(error).__mro__]
    return next((_REASONS[name] for name in names if name in _REASONS), f"it answers with an error ({names[0]})")


def connect(url: Secret) -> Server:
    """Return a server, which is connected on first use. Raises `ConfigurationError` without the package `redis`."""
    try:
        import redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry
    except ImportError:
        raise ConfigurationError(
            "the rate limits cannot be shared through a server: the package redis is not installed",
            hint="pip install 'pulumi-daily[redis]', or remove the limits URL",
        ) from None
    # One more attempt: the server may have closed a connection that was idle.
    client = redis.Redis.from_url(
        url.reveal(),
        protocol=2,
        retry=Retry(NoBackoff(), 1, (redis.ConnectionError,)),
        socket_timeout=TIMEOUT,
        socket_connect_timeout=TIMEOUT,
    )
    call = client.register_script(script())
    parts = urlsplit(url.reveal())

    class Connected:
        where = f"{parts.hostname}:{parts.port or 6379}"

        def run(self, key: str, arguments: Sequence[bytes]) -> bytes:
            try:
                answer = call(keys=[key], args=list(arguments))
            except (redis.RedisError, OSError, ValueError) as error:
                raise ServerError(reason(error)) from None
            return answer if isinstance(answer, bytes) else b""

    return Connected()


class RemoteBook:
    """A `Book` on a server. `name` is the first part of its keys; `spare` is used when the server fails.

    The clock of this process only dates its requests in flight, for the spare book. Thread-safe.
    """

    def __init__(
        self,
        name: str,
        server: Server,
        spare: Book,
        *,
        log: Callable[[str], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name = name
        self._server = server
        self._spare = spare
        self._log = log
        self._clock = clock
        self._lock = ProcessLock()
        self._lost = False

    def enter(self, own: OwnTier, ask: Ask) -> View:
        """Keep or take a place in the queue; see `Book`."""
        own.waiting.add(ask.id)
        seen = self._run(own, "enter", ask.id, (ask.age, ask.part, ask.nap, ask.lease), ask.flight)
        if seen is None:
            return self._spare.enter(own, ask)
        if not seen.wait:
            own.waiting.discard(ask.id)
            if ask.flight is not None:
                own.flying[ask.flight] = self._clock() + ask.lease
        return seen

    def leave(self, own: OwnTier, id_: int) -> None:
        """Remove a place; see `Book`."""
        if self._run(own, "leave", id_) is None:
            self._spare.leave(own, id_)
        own.waiting.discard(id_)

    def done(self, own: OwnTier, flight: int) -> None:
        """Count a request that was in flight; see `Book`."""
        if self._run(own, "done", flight) is None:
            self._spare.done(own, flight)
        own.flying.pop(flight, None)

    def penalise(self, own: OwnTier, pause: float, began: float | None) -> None:
        """Pause after a 429; see `Book`."""
        if self._run(own, "penalise", numbers=(pause,) if began is None else (pause, began)) is None:
            self._spare.penalise(own, pause, began)

    def view(self, own: OwnTier) -> View:
        """Return the ledger of a tier; see `Book`."""
        return self._run(own, "view") or self._spare.view(own)

    def _run(
        self,
        own: OwnTier,
        command: str,
        id_: int | None = None,
        numbers: Sequence[float] = (),
        flight: int | None = None,
    ) -> View | None:
        """Return the answer to a command. Log the first failure; return None then and ever after."""
        if self._lost:
            return None
        windows = _doubles(*chain.from_iterable((window.limit, window.seconds) for window in own.tier.windows))
        arguments = [command.encode(), windows, _id(id_), _doubles(*numbers), _id(flight)]
        try:
            return _view(self._server.run(f"{self._name}:{own.tier.name}", arguments))
        except ServerError as error:
            with self._lock():
                first, self._lost = not self._lost, True
            if first and self._log:
                where = f"the limits server {self._server.where}"
                self._log(printable(f"rate limits are not shared through {where}, only on this machine: {error}"))
            return None


def _id(id_: int | None) -> bytes:
    """Return an id as in the format of a ledger, and no bytes for none."""
    return b"" if id_ is None else struct.pack("<Q", id_)


def _doubles(*numbers: float) -> bytes:
    """Return numbers as the script reads them."""
    return struct.pack(f"<{len(numbers)}d", *numbers)


def _view(answer: bytes) -> View:
    """Return an answer of the script. Raises `ServerError` for one that no script of this package gives."""
    if len(answer) >= _TIMES.size + _HEAD:
        now, wait = _TIMES.unpack_from(answer)
        if 0 <= now < math.inf and 0 <= wait < math.inf:
            return View(now, wait, decode_ledger(answer[_TIMES.size :], now))
    raise ServerError("its answer has a wrong form")

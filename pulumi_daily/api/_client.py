"""The client of Daily's REST API: `call` for every route, and typed methods for the common ones."""

from __future__ import annotations

import logging
import random as randomlib
import time
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING, Any

from ._answers import read_answer
from ._errors import (
    ApiError,
    BadResponse,
    DailyError,
    RateLimitError,
    RetryBudgetExceeded,
    TransportError,
    UsageError,
)
from ._limits import Limiter
from ._locks import ProcessLock
from ._paging import Page, Pager, fetcher, to_page
from ._progress import NOTICE
from ._redact import Redactor, SafeHeaders, Secret, secrets_in
from ._retry import Decision, RetryPolicy, decide
from ._routes import MAX_LIMIT, Route, find_route
from ._server_clock import ServerClock
from ._settings import DEFAULT_API_URL, checked_key, checked_url, default_user_agent
from ._stop import Stop
from ._transport import Transport, encode_json

if TYPE_CHECKING:
    from ._http import RequestsTransport

BATCH_LIMIT = 1000  # objects in one request to /batch/rooms
SLACK = 25.0  # seconds that a request may last beyond its time-outs: the connect time-out applies to each address

_logger = logging.getLogger("pulumi_daily")


class Client:
    """A client of Daily's REST API with rate limits, retries and typed errors.

    Thread-safe; make one per API key and process. `api_url` must be HTTPS, except for loopback hosts. `timeout` is
    (connect, read) in seconds for each HTTP request; "read" covers the whole answer. `limiter` may be passed to share
    rate limits among several clients of one key. `transport` replaces the network; `close` does not close a transport
    that was passed in. `clock` and `sleep` count seconds, `random` returns numbers in [0, 1). `log` receives a line for
    each wait that is longer than about 3 s. `hints` replace, by the class of an error answer, its suggested action.
    `stop` ends waits and forbids requests; then calls raise `Stopped`.

    Raises `ConfigurationError` for a key or URL that `checked_key` or `checked_url` refuses, before anything is sent.
    All methods raise the errors of `pulumi_daily.api` (see `DailyError`). Each call first waits for the rate limit of
    its tier.
    """

    def __init__(
        self,
        api_key: str | Secret,
        *,
        api_url: str = DEFAULT_API_URL,
        transport: Transport | None = None,
        limiter: Limiter | None = None,
        retry: RetryPolicy = RetryPolicy(),  # noqa: B008 - frozen
        timeout: tuple[float, float] = (5.0, 30.0),
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        random: Callable[[], float] = randomlib.random,
        user_agent: str | None = None,
        log: Callable[[str], None] | None = None,
        hints: Mapping[type[ApiError], str] | None = None,
        stop: Stop | None = None,
    ) -> None:
        self._key = checked_key(api_key)
        self._redactor = Redactor([self._key.reveal()])
        self.api_url = checked_url(api_url)
        self._own_transport: RequestsTransport | None = None
        if transport is None:
            from ._http import RequestsTransport

            transport = self._own_transport = RequestsTransport()
        self._transport: Transport = transport
        self._stop = stop or Stop(clock=clock, wait=lambda _, seconds: sleep(seconds))
        self._limiter = limiter or Limiter(clock=clock, sleep=self._stop.sleep, log=log)
        self._retry = retry
        self._timeout = timeout
        self._clock = clock
        self._random = random
        self._user_agent = user_agent or default_user_agent()
        self._log = log
        self._hints = hints or {}
        self._counts: dict[str, int] = {}
        self._counts_lock = ProcessLock()
        self._server_clock = ServerClock(clock)

    # -- calls of any route ---------------------------------------------------------------------------------

    def call(
        self,
        route: Route | str,
        *,
        path: Mapping[str, str] | None = None,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
    ) -> Any:
        """Call a route of `ROUTES` and return the JSON value of the answer (None for an empty body).

        `path` are the path parameters (unencoded), `params` the query (None values are left out, booleans are sent as
        `true` and `false`), `json` the body. `RetryPolicy` and `decide` define when a request is sent again.
        """
        route = find_route(route)
        target = _Target(route, route.fill(path), path, params, json, self._redactor)
        attempt = 0
        lost = 0.0
        unknown = False
        while True:
            attempt += 1
            failure, value, seconds, began = self._attempt(target)
            if failure is None:
                return value
            unknown = unknown or failure.outcome_unknown
            failure.outcome_unknown = unknown
            lost += seconds
            decision = decide(attempt, failure, route, lost, self._retry, self._random)
            self._slow_down(route, failure, decision, began)
            if not decision.retry:
                if decision.exhausted and attempt > 1:
                    raise RetryBudgetExceeded(failure, attempt, lost) from failure
                raise failure
            lost += decision.wait
            self._wait(failure, attempt, decision)

    def would_wait(self, route: Route | str) -> float:
        """Return an estimate of the seconds that a call of a route would wait now for its rate tier; 0 for no wait."""
        return self._limiter.expected_wait(find_route(route).tier)

    def server_time(self) -> tuple[float, float] | None:
        """Return the earliest and the latest time that it can be now by Daily's clock, in Unix seconds.

        The bounds are computed from the `Date` headers of all answers so far; None before the first answer.
        """
        return self._server_clock.now()

    def _attempt(self, target: _Target) -> tuple[DailyError | None, Any, float, float]:
        """Send one HTTP request and return (error or None, value, seconds taken, begin of its turn).

        The begin of the turn is a time of the limiter's clock.
        """
        route = target.route
        failure: DailyError | None = None
        value: Any = None
        with self._limiter.slot(route.tier, lease=sum(self._timeout) + SLACK) as turn:
            with self._counts_lock():
                self._counts[route.name] = self._counts.get(route.name, 0) + 1
            started = self._clock()
            status: int | str = "no answer"
            try:
                with self._stop.request():
                    response = self._transport.send(
                        route.method,
                        self.api_url + target.path,
                        self._headers(),
                        target.params,
                        target.json,
                        (self._stop.left(self._timeout[0]), self._stop.left(self._timeout[1])),
                    )
                if response.status < 500:  # an error page may be that of a gateway with a clock of its own
                    self._server_clock.learn(response.headers, started, self._clock())
                status = response.status
                value = read_answer(response, route, target.shown, target.redactor, time.time)
            except DailyError as error:
                failure = error
            seconds = self._clock() - started
        _logger.debug("%s %s: %s in %.0f ms", route.method, route.template, status, seconds * 1000)
        if isinstance(failure, ApiError):
            failure.hint = self._hints.get(type(failure), failure.hint)
        if isinstance(failure, TransportError):
            failure.method, failure.path = route.method, target.shown()
            failure.outcome_unknown = route.mutates and failure.maybe_processed
        return failure, value, seconds, turn.began

    def _headers(self) -> SafeHeaders:
        return SafeHeaders(
            {
                "Authorization": f"Bearer {self._key.reveal()}",
                "Accept": "application/json",
                "User-Agent": self._user_agent,
            }
        )

    def _slow_down(self, route: Route, failure: DailyError, decision: Decision, began: float) -> None:
        if isinstance(failure, RateLimitError):
            cap = self._retry.retry_after_cap
            asked = None if failure.retry_after is None else min(failure.retry_after, cap)
            self._limiter.penalise(route.tier, decision.wait if decision.retry else asked, began=began)

    def _wait(self, failure: DailyError, attempt: int, decision: Decision) -> None:
        if isinstance(failure, RateLimitError):
            return  # the tier is paused: the limiter makes this call wait, and the call keeps its place in the queue
        if decision.wait > NOTICE and self._log:
            self._log(f"{failure}; attempt {attempt + 1} in {decision.wait:.0f} s")
        self._stop.sleep(decision.wait)

    # -- the account -------------------------------------------------------------------------------------

    def get_domain(self) -> dict[str, Any]:
        """Return the domain of the key: `{"domain_name", "domain_id", "config": {...}}` (GET /)."""
        return self._object("domain.get")

    def update_domain(self, properties: Mapping[str, Any]) -> dict[str, Any]:
        """Set domain properties (POST /) and return the domain, without `domain_id`. A None resets its property."""
        return self._object("domain.update", json={"properties": dict(properties)})

    # -- rooms -------------------------------------------------------------------------------------------

    def get_room(self, name: str) -> dict[str, Any]:
        """Return a room: `{"id", "name", "privacy", "url", "created_at", "api_created", "config"}`.

        Raises `NotFoundError` for a room that does not exist.
        """
        return self._object("rooms.get", path={"name": name})

    def create_room(self, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Create a room from `{"name"?, "privacy"?, "properties"?}` and return it.

        Never sent again after a lost answer. Raises `InvalidRequestError` for a name that is taken (see
        `is_name_taken`). After an error with `outcome_unknown` the room may exist.
        """
        return self._object("rooms.create", json=dict(body or {}))

    def update_room(self, name: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Set `{"privacy"?, "properties"?}` of a room and return the room.

        A property that is None is reset to its default.
        """
        return self._object("rooms.update", path={"name": name}, json=dict(body))

    def delete_room(self, name: str) -> dict[str, Any]:
        """Delete a room and return `{"deleted": true, "name"}`.

        Raises `NotFoundError` for a room that does not exist, also when an earlier attempt of this call deleted it.
        """
        return self._object("rooms.delete", path={"name": name})

    def list_rooms(
        self,
        *,
        limit: int = MAX_LIMIT,
        starting_after: str | None = None,
        ending_before: str | None = None,
    ) -> Page:
        """Return one page of rooms, newest first, without expired ones. Cursors are room ids, or `OLDEST`.

        `starting_after=<id of the last room>` requests the next older page, `ending_before=<id of the first>` the next
        newer one.
        """
        _check_limit(limit)
        cursors = {"starting_after": starting_after, "ending_before": ending_before}
        route = find_route("rooms.list")
        return to_page(route, self.call(route, params={"limit": limit, **cursors}))

    def iter_rooms(self, *, limit: int = MAX_LIMIT, newest_first: bool = True) -> Iterator[dict[str, Any]]:
        """Yield all rooms, each once, from the newest or from the oldest on; see `iterate`."""
        return self.iterate("rooms.list", limit=limit, newest_first=newest_first)

    def create_rooms(self, rooms: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Create up to 1 000 rooms, all or none, and return them in the server's order (POST /batch/rooms)."""
        _check_batch(rooms)
        answer = self.call("batch.rooms.create", json={"rooms": rooms})
        # Daily documents a bare array; other lists of its API come in an envelope.
        made = answer.get("data") if isinstance(answer, Mapping) else answer
        if not isinstance(made, list) or not all(isinstance(room, dict) for room in made):
            raise self._unexpected(find_route("batch.rooms.create"), "a list of rooms")
        return made

    def delete_rooms(self, names: list[str]) -> dict[str, Any]:
        """Delete up to 1 000 rooms by name, all or none, and return `{"deleted_count"}` (DELETE /batch/rooms)."""
        _check_batch(names)
        return self._object("batch.rooms.delete", json={"room_names": names})

    # -- tokens, presence --------------------------------------------------------------------------------

    def create_meeting_token(self, properties: Mapping[str, Any] | None = None) -> str:
        """Return a signed meeting token (a JWT, to be kept secret) with these properties."""
        answer = self._object("meeting_tokens.create", json={"properties": dict(properties or {})})
        token = answer.get("token")
        if not isinstance(token, str):
            raise self._unexpected(find_route("meeting_tokens.create"), "an object with a token")
        return token

    def get_room_presence(
        self,
        name: str,
        *,
        limit: int | None = None,
        user_id: str | None = None,
        user_name: str | None = None,
    ) -> dict[str, Any]:
        """Return the participants of a room: `{"total_count", "data": [...]}`. Daily's data is 10 to 25 s old."""
        params = {"limit": limit, "userId": user_id, "userName": user_name}
        return self._object("rooms.presence", path={"name": name}, params=params)

    def get_presence(self) -> dict[str, Any]:
        """Return the participants of all rooms, as lists by room name. Daily's data is up to 15 s old."""
        return self._object("presence.get")

    # -- lists -------------------------------------------------------------------------------------------

    def iterate(
        self,
        route: Route | str,
        *,
        path: Mapping[str, Any] | None = None,
        params: Mapping[str, Any] | None = None,
        limit: int | None = None,
        newest_first: bool = True,
    ) -> Iterator[dict[str, Any]]:
        """Yield all objects of a route that lists (`ROUTES[name].pages`), each once.

        `params` are filters, `limit` is the size of a page. `newest_first=False` begins with the oldest object, for a
        listing with `both_ends`. Pages are read as they are needed. Raises `UsageError` for a route that does not list
        and for a `limit` out of range, and `BadResponse` when a list changes so much that it cannot be read to its end.
        """
        found = find_route(route)
        if limit is not None:
            _check_limit(limit, found.listing.limit)
        fetch = fetcher(self.call, found, path=path, params=params)
        return Pager(fetch, found, limit=limit, newest_first=newest_first).all()

    def _object(self, name: str, **request: Any) -> dict[str, Any]:
        answer = self.call(name, **request)
        if not isinstance(answer, dict):
            raise self._unexpected(find_route(name), "an object")
        return answer

    @staticmethod
    def _unexpected(route: Route, wanted: str) -> BadResponse:
        error = BadResponse(f"the answer is not {wanted}", method=route.method, path=route.template)
        error.outcome_unknown = route.mutates
        return error

    # -- housekeeping ------------------------------------------------------------------------------------

    @property
    def request_counts(self) -> Mapping[str, int]:
        """Return the number of HTTP requests sent so far, by route name. Each attempt of a call is counted."""
        with self._counts_lock():
            return MappingProxyType(dict(self._counts))

    def close(self) -> None:
        """Close the connections of the client's own transport. The client must not be used afterwards."""
        if self._own_transport is not None:
            self._own_transport.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Client(api_url={self.api_url!r}, api_key={self._key})"


class _Target:
    """The request of one call, the same in every attempt, with its redacted path and a redactor for its secrets."""

    __slots__ = ("_values", "json", "params", "path", "redactor", "route")

    def __init__(
        self,
        route: Route,
        filled: str,
        path: Mapping[str, Any] | None,
        params: Mapping[str, Any] | None,
        json: Any,
        redactor: Redactor,
    ) -> None:
        if json is not None:
            encode_json(json)  # raises for an invalid body before the request takes a place in the limiter's queue
        hidden = [str((path or {})[name]) for name in route.secret_params]
        self.route = route
        self.path = filled
        self.params = {name: _query(value) for name, value in (params or {}).items() if value is not None}
        self.json = json
        self.redactor = redactor.also([*hidden, *secrets_in(json)])
        self._values = path

    def shown(self) -> str:
        """Return the path for messages, with secrets masked."""
        return self.redactor.text(self.route.show(self._values))


def _query(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


def _check_limit(limit: int, longest: int = MAX_LIMIT) -> None:
    if not 1 <= limit <= longest:
        raise UsageError(f"a page has 1 to {longest} objects, not {limit}")


def _check_batch(items: list[Any]) -> None:
    if not 1 <= len(items) <= BATCH_LIMIT:
        raise UsageError(f"a batch has 1 to {BATCH_LIMIT} rooms, not {len(items)}")

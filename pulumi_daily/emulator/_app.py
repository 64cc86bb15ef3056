"""The HTTP part: the checks of a request in Daily's order, and its answer. One ASGI application on one event loop."""

from __future__ import annotations

import asyncio
import json
import logging
import math
import threading
from collections.abc import Callable, Generator
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from . import _errors as errors
from ._answer import Answer, Delivery, Stopping, json_answer
from ._broken import Breaks, Wire
from ._call import EMPTY, Call, Steps
from ._calls import settle
from ._control import PREFIX as CONTROL_PREFIX
from ._control import Control
from ._faults import Fault, Faults, inject
from ._log import MASK, Log, LoggedRequest, key_id, masked
from ._rates import Rates
from ._routes import Route, match
from ._state import Backend, Domain

_logger = logging.getLogger("pulumi_daily.emulator")

T = TypeVar("T")


def _refuse_constant(text: str) -> Any:
    raise ValueError(f"{text} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError("too large a number")  # JSON cannot represent it
    return number


@dataclass
class _Received:
    """A request with the results of its checks so far, which is finally logged."""

    method: str
    path: str
    query: str
    raw: bytes
    route: Route | None = None
    params: dict[str, str] = field(default_factory=dict)
    key: str | None = None
    parsed: Any = None
    ip: str = ""
    domain: Domain | None = None
    """The domain of the key, after the key was checked."""


class App:
    """The ASGI application for a backend."""

    def __init__(
        self,
        backend: Backend,
        rates: Rates,
        faults: Faults,
        log: Log,
        control: Control,
        latency: float = 0.0,
        record_bodies: bool = False,
    ) -> None:
        self.backend = backend
        self.rates = rates
        self.faults = faults
        self.log = log
        self.control = control
        self.latency = latency
        self.record_bodies = record_bodies
        self.disconnect: Callable[[Scope, bool], None] = lambda scope, flush: None
        """Closes the connection of a request; with `flush`, only after all written data are sent. Set by the server."""
        self.write: Callable[[Scope, bytes], bool] = lambda scope, data: False
        """Writes bytes on the connection of a request; returns whether the client is still there. Set by the server."""
        self.stopping = asyncio.Event()
        """Set when waiting requests must give up. The server makes a new one for its event loop."""
        self.waiting = 0
        """The number of requests that are waiting now, because of latency or a fault."""
        self.changes = 0
        """The number of requests, those to the control plane included, that may have changed the state."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        body = await request.body()
        path = scope["raw_path"].decode("ascii", "replace").partition("?")[0]
        try:
            if path == CONTROL_PREFIX or path.startswith(CONTROL_PREFIX + "/"):
                delivery = await self._controlled(request, path, body)
            else:
                delivery = await self._answered(request, path, body)
            if delivery.delay > 0:
                await self._pause(delivery.delay)
        except Stopping:
            delivery = Delivery(None)
        finally:
            self.changes += request.method != "GET"
        if delivery.answer is None:
            await self._drop(scope, receive)
        elif delivery.broken is not None:
            await self._send_broken(delivery.answer, delivery.broken, scope, receive, send)
        else:
            await self._send(delivery.answer, scope, receive, send)

    async def _controlled(self, request: Request, path: str, body: bytes) -> Delivery:
        # In a thread: an action may call the user's URL, which may send a request to the emulator before it answers.
        work = partial(self.control.answer, request, path[len(CONTROL_PREFIX) :], body)
        return Delivery(json_answer(*await self._outside(work)))

    async def _answered(self, request: Request, path: str, body: bytes) -> Delivery:
        """Answer a request to Daily's API, with the next fault applied, log it, and return what to send."""
        if self.latency > 0:
            await self._pause(self.latency)
        received = _Received(request.method, path, request.scope["query_string"].decode("latin-1"), body)
        received.key = _bearer(request.headers.get("authorization"))
        received.ip = request.client.host if request.client else ""
        found = match(request.method, path)
        if found:
            received.route, received.params = found
        fault = self.faults.take(received.route.name if received.route else None)
        delivery = await inject(fault, partial(self._processed, received, fault), self._pause)
        self._record(received, delivery.answer.status if delivery.answer else None, fault)
        return delivery

    async def _processed(self, received: _Received, fault: Fault | None) -> Answer:
        try:
            answer = await self._process(received)
        except Stopping:
            self._record(received, None, fault)
            raise
        self._keep(received, answer)
        return answer

    async def _process(self, received: _Received) -> Answer:
        """Return the answer to a request after checking route, key, rate limit, JSON and rules, in Daily's order."""
        try:
            if received.route is None:
                raise errors.endpoint_unknown()
            with self.backend.lock:
                received.domain = domain = self._authorised(received.key)
                self._rated(received.route, domain)
                received.parsed = _parsed(received.raw)
                query = dict(parse_qsl(received.query, keep_blank_values=True))
                call = Call(self.backend, domain, received.params, query, received.parsed)
                lag = self.backend.switches.read_lag if received.route.method == "GET" else 0.0
                if lag:
                    settle(domain)  # before reads are hidden: a call that ends by itself must find its recording
                with domain.read_lag.behind(lag):
                    value = received.route.handler(call)
            if isinstance(value, Generator):
                value = await self._finished(value)
            return Answer(200, b"") if value is EMPTY else json_answer(200, value)
        except errors.Problem as problem:
            return json_answer(problem.status, problem.body, problem.headers)
        except Stopping:
            raise
        except Exception:
            _logger.exception("%s %s failed in the emulator", received.method, self._shown_path(received))
            failed = errors.internal()
            return json_answer(failed.status, failed.body)

    async def _finished(self, steps: Steps) -> Any:
        """Run a handler that sends requests itself, and return its result; see `_call.Steps`."""
        answer: Any = None
        while True:
            try:
                with self.backend.lock:
                    work = steps.send(answer)
            except StopIteration as end:
                return end.value
            answer = await self._outside(work)

    async def _outside(self, work: Callable[[], T]) -> T:
        """Run `work` in a thread, without blocking other requests, and return its result.

        Raises `Stopping` when the server is stopped first. The thread is then abandoned; it is not one of a pool,
        because a pool waits for its threads.
        """
        done: Future[T] = Future()
        done.set_running_or_notify_cancel()

        def run() -> None:
            try:
                done.set_result(work())
            except Exception as error:  # noqa: BLE001 - raised again where the result is used
                done.set_exception(error)

        threading.Thread(target=run, name="daily-emulator-outside", daemon=True).start()
        finished = asyncio.wrap_future(done)
        stopping = asyncio.ensure_future(self.stopping.wait())
        waited: set[asyncio.Future[Any]] = {finished, stopping}
        await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not finished.done():
            raise Stopping
        return finished.result()

    def _authorised(self, key: str | None) -> Domain:
        if key is None:
            raise errors.bad_header()
        domain = self.backend.by_key(key)
        if domain is None:
            raise errors.wrong_key()
        return domain

    def _rated(self, route: Route, domain: Domain) -> None:
        if domain.read_only.get("disable_rate_limiting") is True:
            return
        wait = self.rates.take(domain.api_key, route.tier)
        if wait is not None:
            raise errors.rate_limited(wait if self.backend.switches.retry_after_header else None)

    # -- connection

    async def _send(self, answer: Answer, scope: Scope, receive: Receive, send: Send) -> None:
        response = Response(answer.body, answer.status, self._headers(answer), media_type=answer.media_type)
        await response(scope, receive, send)

    async def _send_broken(self, answer: Answer, broken: Breaks, scope: Scope, receive: Receive, send: Send) -> None:
        wire = Wire(send, receive, partial(self.write, scope), partial(self.disconnect, scope, True), self._pause)
        try:
            await broken(wire, replace(answer, headers=self._headers(answer)))
        except Stopping:
            await self._drop(scope, receive)

    def _headers(self, answer: Answer) -> dict[str, str]:
        return {**answer.headers, "date": self.backend.clock.date()}

    async def _drop(self, scope: Scope, receive: Receive) -> None:
        self.disconnect(scope, False)
        await _gone(receive)

    async def _pause(self, seconds: float) -> None:
        """Wait without blocking other requests. Raises `Stopping` when the server is stopped meanwhile."""
        self.waiting += 1
        try:
            await asyncio.wait_for(self.stopping.wait(), seconds)
        except (TimeoutError, asyncio.TimeoutError):
            return
        finally:
            self.waiting -= 1
        raise Stopping

    # -- log

    @staticmethod
    def _shown_path(received: _Received) -> str:
        token = received.params.get("token")
        return received.path.replace(received.path.rstrip("/").rpartition("/")[2], MASK) if token else received.path

    def _keep(self, received: _Received, answer: Answer) -> None:
        """Add a request to Daily's own log of the account, which `GET /logs/api` returns."""
        if received.domain is not None:
            with self.backend.lock:
                received.domain.api_log.add(
                    method=received.method,
                    url=self._shown_path(received),
                    status=answer.status,
                    request=received.raw,
                    response=answer.body,
                    ip=received.ip,
                )

    def _record(self, received: _Received, status: int | None, fault: Fault | None) -> None:
        self.log.add(
            LoggedRequest(
                method=received.method,
                path=self._shown_path(received),
                route=received.route.name if received.route else None,
                status=status,
                key_id=key_id(received.key),
                at=self.backend.clock.now(),
                body_size=len(received.raw),
                query=received.query,
                fault=fault.kind if fault else None,
                body=masked(received.parsed) if self.record_bodies else None,
            )
        )


def _bearer(header: str | None) -> str | None:
    scheme, _, key = (header or "").partition(" ")
    return key.strip() or None if scheme == "Bearer" else None


def _parsed(raw: bytes) -> Any:
    if not raw.strip():
        return {}
    try:
        return json.loads(raw, parse_constant=_refuse_constant, parse_float=_finite)
    except (ValueError, RecursionError):
        raise errors.bad_json() from None


async def _gone(receive: Receive) -> None:
    """Wait until the server knows that the connection is closed; otherwise it would send its own answer."""
    while (await receive())["type"] != "http.disconnect":
        pass

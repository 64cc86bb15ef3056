"""The HTTP side: order of checks, faults, answers. One ASGI application, which runs on one event loop."""

from __future__ import annotations

import asyncio
import json
import logging
import math
import threading
from collections.abc import Callable, Generator
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from . import _errors as errors
from ._call import EMPTY, Call, Steps
from ._calls import settle
from ._control import PREFIX as CONTROL_PREFIX
from ._control import Control
from ._faults import Fault, Faults
from ._log import MASK, Log, LoggedRequest, key_id, masked
from ._rates import Rates
from ._routes import Route, match
from ._state import Backend, Domain

_logger = logging.getLogger("pulumi_daily.emulator")

T = TypeVar("T")

_HTML = b"<html><head><title>502 Bad Gateway</title></head><body>Bad Gateway</body></html>"


class _Stopping(Exception):
    """The server is being stopped while a request waits for something."""


@dataclass
class _Answer:
    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    media_type: str = "application/json"


def _json(status: int, value: Any, headers: dict[str, str] | None = None) -> _Answer:
    return _Answer(status, json.dumps(value, separators=(",", ":")).encode(), headers or {})


def _refuse_constant(text: str) -> Any:
    raise ValueError(f"{text} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError("too large a number")  # it could not be written back as JSON
    return number


@dataclass
class _Seen:
    """What is known of a request so far, for the log."""

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
    """The account, once the key has opened it."""


class App:
    """The ASGI application over a backend."""

    def __init__(
        self, backend: Backend, rates: Rates, faults: Faults, log: Log, control: Control, latency: float
    ) -> None:
        self.backend = backend
        self.rates = rates
        self.faults = faults
        self.log = log
        self.control = control
        self.latency = latency
        self.record_bodies = False
        self.disconnect: Callable[[Scope, bool], None] = lambda scope, flush: None
        """Closes the connection of a request; `flush` sends first what was written. Set by the server."""
        self.stopping = asyncio.Event()
        """Set when requests that are held back shall give up; the server makes a new one for its event loop."""
        self.waiting = 0
        """Requests that are held back at this moment, by latency or by a fault."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        raw_path = scope["raw_path"].decode("ascii", "replace").partition("?")[0]
        request = Request(scope, receive)
        body = await request.body()
        if raw_path == CONTROL_PREFIX or raw_path.startswith(CONTROL_PREFIX + "/"):
            work = partial(self.control.answer, request, raw_path[len(CONTROL_PREFIX) :], body)
            try:
                # In a thread: what it does may make an endpoint of the user's ask us something.
                status, value = await self._outside(work)
            except _Stopping:
                await self._drop(scope, receive)
            else:
                await self._send(_json(status, value), scope, receive, send)
            return
        if self.latency > 0 and not await self._pause(self.latency):
            await self._drop(scope, receive)
            return
        method = scope["method"]
        seen = _Seen(method, raw_path, scope["query_string"].decode("latin-1"), body)
        seen.key = _bearer(request.headers.get("authorization"))
        seen.ip = request.client.host if request.client else ""
        found = match(method, raw_path)
        if found:
            seen.route, seen.params = found
        fault = self.faults.take(seen.route.name if seen.route else None)
        await self._answer(seen, fault, scope, receive, send)

    async def _answer(self, seen: _Seen, fault: Fault | None, scope: Scope, receive: Receive, send: Send) -> None:
        kind = fault.kind if fault else None
        if fault and fault.when == "before":
            if fault.kind == "drop":
                self._record(seen, None, fault)
                await self._drop(scope, receive)
                return
            if fault.kind == "hang" and not await self._pause(fault.seconds):
                await self._drop(scope, receive)
                return
            if fault.kind == "fail":
                answer = self._failed(fault)
                self._record(seen, answer.status, fault)
                await self._send(answer, scope, receive, send)
                return
        try:
            answer = await self._process(seen)
        except _Stopping:
            self._record(seen, None, fault)
            await self._drop(scope, receive)
            return
        self._keep(seen, answer)
        if fault and kind == "fail" and fault.when == "after":
            answer = self._failed(fault)
        elif fault and kind == "not_json":
            answer = _Answer(answer.status, _HTML, media_type="text/html")
        gone = kind == "drop" and fault is not None
        self._record(seen, None if gone else answer.status, fault)
        if gone:
            await self._drop(scope, receive)
            return
        if fault and kind == "hang" and fault.when == "after" and not await self._pause(fault.seconds):
            await self._drop(scope, receive)
            return
        await self._send(answer, scope, receive, send, truncate=kind == "truncate")

    async def _process(self, seen: _Seen) -> _Answer:
        """The request itself: route, key, rate, JSON, rules, in Daily's order."""
        try:
            if seen.route is None:
                raise errors.endpoint_unknown()
            with self.backend.lock:
                seen.domain = domain = self._authorised(seen.key)
                self._rated(seen.route, domain)
                seen.parsed = _parsed(seen.raw)
                query = dict(parse_qsl(seen.query, keep_blank_values=True))
                call = Call(self.backend, domain, seen.params, query, seen.parsed)
                lag = self.backend.switches.read_lag if seen.route.method == "GET" else 0.0
                if lag:
                    settle(domain)  # what ends by itself must not meet a recording that cannot be seen
                with domain.behind(lag):
                    value = seen.route.handler(call)
            if isinstance(value, Generator):
                value = await self._finished(value)
            return _Answer(200, b"") if value is EMPTY else _json(200, value)
        except errors.Problem as problem:
            return _json(problem.status, problem.body, problem.headers)
        except _Stopping:
            raise
        except Exception:
            _logger.exception("%s %s failed in the emulator", seen.method, self._shown_path(seen))
            failed = errors.internal()
            return _json(failed.status, failed.body)

    async def _finished(self, steps: Steps) -> Any:
        """The outcome of a handler that asks the outside in between; see `_call.Steps`."""
        answer: Any = None
        while True:
            try:
                with self.backend.lock:
                    work = steps.send(answer)
            except StopIteration as end:
                return end.value
            answer = await self._outside(work)

    async def _outside(self, work: Callable[[], T]) -> T:
        """What `work` gives, run in a thread, holding up nobody. Raises `_Stopping` when the server is stopped first.

        The thread is then left alone, which is why it is not one of a pool: a pool's threads are waited for.
        """
        done: Future[T] = Future()
        done.set_running_or_notify_cancel()

        def run() -> None:
            try:
                done.set_result(work())
            except Exception as error:  # noqa: BLE001 - raised again where the result is asked for
                done.set_exception(error)

        threading.Thread(target=run, name="daily-emulator-outside", daemon=True).start()
        finished = asyncio.wrap_future(done)
        stopping = asyncio.ensure_future(self.stopping.wait())
        waited: set[asyncio.Future[Any]] = {finished, stopping}
        await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not finished.done():
            raise _Stopping
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

    @staticmethod
    def _failed(fault: Fault) -> _Answer:
        headers = {} if fault.retry_after is None else {"Retry-After": f"{fault.retry_after:g}"}
        body = errors.injected(fault.status) if fault.body is None else fault.body
        if isinstance(body, str):
            return _Answer(fault.status, body.encode(), headers, "text/html")
        return _json(fault.status, body, headers)

    # -- connection

    async def _send(self, answer: _Answer, scope: Scope, receive: Receive, send: Send, truncate: bool = False) -> None:
        headers = {**answer.headers, "date": self.backend.clock.date()}
        if not truncate:
            response = Response(answer.body, answer.status, headers, media_type=answer.media_type)
            await response(scope, receive, send)
            return
        headers |= {"content-type": answer.media_type, "content-length": str(len(answer.body))}
        raw = [(k.lower().encode(), v.encode()) for k, v in headers.items()]
        await send({"type": "http.response.start", "status": answer.status, "headers": raw})
        half = answer.body[: len(answer.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
        self.disconnect(scope, True)
        await _gone(receive)

    async def _drop(self, scope: Scope, receive: Receive) -> None:
        self.disconnect(scope, False)
        await _gone(receive)

    async def _pause(self, seconds: float) -> bool:
        """Wait without holding up others; False when the server is being stopped meanwhile."""
        self.waiting += 1
        try:
            await asyncio.wait_for(self.stopping.wait(), seconds)
        except (TimeoutError, asyncio.TimeoutError):
            return True
        finally:
            self.waiting -= 1
        return False

    # -- log

    @staticmethod
    def _shown_path(seen: _Seen) -> str:
        token = seen.params.get("token")
        return seen.path.replace(seen.path.rstrip("/").rpartition("/")[2], MASK) if token else seen.path

    def _keep(self, seen: _Seen, answer: _Answer) -> None:
        """Put a request into Daily's own log of the account, as `GET /logs/api` shows it."""
        if seen.domain is not None:
            with self.backend.lock:
                seen.domain.api_log.add(
                    method=seen.method,
                    url=self._shown_path(seen),
                    status=answer.status,
                    request=seen.raw,
                    response=answer.body,
                    ip=seen.ip,
                )

    def _record(self, seen: _Seen, status: int | None, fault: Fault | None) -> None:
        self.log.add(
            LoggedRequest(
                method=seen.method,
                path=self._shown_path(seen),
                route=seen.route.name if seen.route else None,
                status=status,
                key_id=key_id(seen.key),
                at=self.backend.clock.now(),
                body_size=len(seen.raw),
                query=seen.query,
                fault=fault.kind if fault else None,
                body=masked(seen.parsed) if self.record_bodies else None,
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
    """Wait until the server has noticed that the connection is closed, so that it does not answer for us."""
    while (await receive())["type"] != "http.disconnect":
        pass

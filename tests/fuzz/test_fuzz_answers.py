"""Whatever a server may answer: a result, or one readable error; no requests without end, no other exception."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from in_process import FakeTime, World
from mini_stack import KIND, MiniStack
from wild import INPUTS, SOAK, Wild, names_of

from pulumi_daily.api import ROUTES, Client, DailyError, Limiter, Response
from pulumi_daily.operations import DailyError as OperationFailed
from pulumi_daily.providers import PROVIDERS

SPECS = {provider.spec.kind: provider.spec for provider in PROVIDERS}
KEY = "k" * 64
MOST_REQUESTS = 400
STATUSES = (
    200,
    200,
    200,
    200,
    200,
    200,
    201,
    204,
    299,
    301,
    302,
    400,
    401,
    403,
    404,
    404,
    409,
    422,
    429,
    500,
    503,
    599,
    0,
)
HEADERS = ("content-type", "location", "retry-after", "date", "x-other", "content-length")
ODD_HEADERS = ("", "-1", "1e999", "nan", "3600", "Thu, 01 Jan 1970 00:00:00 GMT", "http://[x", "\x1b[31m\n::error::x")
ODD_BODIES = (b"", b" ", b"\xff\xfe", b"<html>::error::x", b"[" * 100_000, b'{"a":' * 100_000, b'{"a": 1, "a": NaN}')
ODD_BODIES += (b"1e400", b"-" + b"9" * 5000, b'"\\ud83d"', b"null", b'{"error": {"x": []}, "info": [[]]}')
ODD_BODIES += (
    b'{"errors": [{"detail": {"x": 1}}, 7]}',
    b"\x00",
    b"\xef\xbb\xbf{}",
    b'{"error": "not-found", "deleted": 1}',
)


class Liar:
    """A transport that answers anything: spoiled true answers (with `inner`) or invented ones. Counts requests."""

    def __init__(self, wild: Wild, inner: Any = None, share: float = 1.0) -> None:
        self._wild, self._inner, self._share = wild, inner, share
        self.sent = 0

    def send(self, *request: Any) -> Response:
        self.sent += 1
        assert self.sent < MOST_REQUESTS, "requests without end"
        random = self._wild.random
        if self._inner is None:
            return Response(random.choice(STATUSES), self._headers(), self._body(self._wild.value()))
        true = self._inner.send(*request)
        if random.random() >= self._share:
            return true  # type: ignore[no-any-return]
        value = json.loads(true.body) if true.body else None
        status = true.status if random.random() < 0.8 else random.choice(STATUSES)
        return Response(status, self._headers(), self._body(self._wild.spoiled(value)))

    def _headers(self) -> dict[str, str]:
        random = self._wild.random
        return {name: random.choice((*ODD_HEADERS, "application/json")) for name in HEADERS if random.random() < 0.3}

    def _body(self, value: Any) -> bytes:
        if self._wild.random.random() < 0.1:
            return self._wild.random.choice(ODD_BODIES)
        try:
            return json.dumps(value).encode()
        except ValueError:  # a number with too many digits
            return b'{"x": ' + b"9" * 6000 + b"}"


@contextmanager
def readable() -> Iterator[None]:
    """Accept an error that is one readable line without the key; every other error goes on."""
    try:
        yield
    except (DailyError, OperationFailed) as error:
        text = str(error)
        assert text.isprintable(), text
        assert 0 < len(text) < 10_000
        assert KEY not in text


def client_of(transport: Any) -> Client:
    time = FakeTime()
    return Client(
        KEY,
        api_url="http://127.0.0.1/v1",
        transport=transport,
        limiter=Limiter(clock=time, sleep=time.sleep),
        clock=time,
        sleep=time.sleep,
        random=lambda: 0.5,
    )


@pytest.mark.parametrize("number", range(8))
def test_any_answer_to_any_route(number: int) -> None:
    for route in ROUTES.values():
        for turn in range(SOAK):
            seed = f"{route.name} {number} {turn}"
            client = client_of(Liar(Wild(seed, on_wire=False)))
            path = dict.fromkeys(route.params, "x")
            with readable():
                client.call(route, path=path, json={"x": 1} if route.method != "GET" else None)
            if route.pages:
                with readable():
                    for _ in zip(client.iterate(route, path=path), range(1000), strict=False):
                        pass


METHODS: Mapping[str, Callable[[Client], Any]] = {
    "get_domain": lambda client: client.get_domain(),
    "update_domain": lambda client: client.update_domain({"lang": "de"}),
    "get_room": lambda client: client.get_room("x"),
    "create_room": lambda client: client.create_room(),
    "update_room": lambda client: client.update_room("x", {}),
    "delete_room": lambda client: client.delete_room("x"),
    "list_rooms": lambda client: client.list_rooms(),
    "create_rooms": lambda client: client.create_rooms([{}]),
    "delete_rooms": lambda client: client.delete_rooms(["x"]),
    "create_meeting_token": lambda client: client.create_meeting_token(),
    "get_room_presence": lambda client: client.get_room_presence("x"),
    "get_presence": lambda client: client.get_presence(),
}


@pytest.mark.parametrize("method", METHODS)
def test_any_answer_to_the_typed_methods(method: str) -> None:
    for number in range(20 * SOAK):
        with readable():
            METHODS[method](client_of(Liar(Wild(f"{method} {number}", on_wire=False))))


@pytest.mark.parametrize("invented", [False, True], ids=["spoiled", "invented"])
@pytest.mark.parametrize("kind", SPECS)
def test_any_answers_to_the_operations_of_a_provider(kind: str, invented: bool) -> None:
    """Of a kind with an object in its state, and of a create without one."""
    for number in range(3 * SOAK):
        for operation in ("check", "diff", "create", "read", "update", "delete"):
            wild = Wild(f"{kind} {operation} {number}", names_of(SPECS[kind]), on_wire=False)
            world = World(unknown_property="store", release_in_use="allow")
            stack = MiniStack(world)
            inputs = copy.deepcopy(INPUTS[kind])
            if operation != "create":
                stack.up({"one": {KIND: kind, **inputs}})
            one = stack.state.get("one")
            checked = world.process().providers[kind].check(one.outputs if one else {}, inputs)
            assert not checked.failures
            liar = Liar(wild, None if invented else world.transport, share=wild.random.choice((0.2, 0.6, 1.0)))
            provider = world.process(transport=liar).providers[kind]
            with readable():
                if operation == "create":
                    provider.create(checked.inputs)
                elif one is not None:
                    calls: dict[str, Callable[[], Any]] = {
                        "check": lambda: provider.check(one.outputs, inputs),  # noqa: B023
                        "diff": lambda: provider.diff(one.id, one.outputs, checked.inputs),  # noqa: B023
                        "read": lambda: provider.read(one.id, one.outputs),  # noqa: B023
                        "update": lambda: provider.update(one.id, one.outputs, checked.inputs),  # noqa: B023
                        "delete": lambda: provider.delete(one.id, one.outputs),  # noqa: B023
                    }
                    calls[operation]()

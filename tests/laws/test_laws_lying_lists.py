"""Lists that lie: nothing that exists counts as gone, nothing is made twice, and the number of requests has a limit.

The lies are told between the client and the emulator, in the answers to lists alone: single reads and writes are true.
A run may fail under a lie. It may not plan to replace or delete anything, and no refresh may let anything go.
"""

from __future__ import annotations

import json as jsonlib
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from in_process import World
from mini_stack import KIND, MiniStack, attempt
from programs_all_kinds import HOOK, OPEN_TRUNK, age_numbers, world
from stored import COLLECTIONS, objects_of

from pulumi_daily.api import Response

MOST_REQUESTS = 300
"""Of one operation on the program below; without lies it sends about twenty."""

PROGRAM: dict[str, dict[str, Any]] = {
    **{f"room{n}": {"name": f"room{n}"} for n in range(4)},
    "set": {KIND: "RoomSet", "rooms": {f"of-set{n}": {} for n in range(4)}},
    "hook": {KIND: "Webhook", "url": HOOK, "event_types": ["meeting.started"]},
    "number": {KIND: "PhoneNumber", "number": "+18055550100"},
    "dialin": {KIND: "DialinConfig", "type": "pin_dialin", "phone_number": "+18055550100"},
    "client": {KIND: "SipClient", "username": "desk.1", "password": "a1-password-b2"},
    "trunk": dict(OPEN_TRUNK),
}

Page = list[dict[str, Any]]


class Lies:
    """A transport that changes the pages of lists.

    ``lie`` gets the pages of the list before this one, as they were in truth, this page, and its total (None without
    one). It returns the page and the total to pass on.
    """

    def __init__(self, honest: Any) -> None:
        self.honest = honest
        self.lie: Callable[[list[Page], Page, int | None], tuple[Page, int | None]] | None = None
        self.requests = 0
        self._pages: dict[str, list[Page]] = {}

    def send(self, method: str, url: str, headers: Any, params: Any, json: Any, timeout: Any) -> Response:
        self.requests += 1
        assert self.requests <= MOST_REQUESTS, "requests without end"
        answer: Response = self.honest.send(method, url, headers, params, json, timeout)
        if method != "GET" or self.lie is None or answer.status != 200:
            return answer
        return self._changed(url, answer)

    def _changed(self, url: str, answer: Response) -> Response:
        value = jsonlib.loads(answer.body)
        key = "data" if isinstance(value, Mapping) and isinstance(value.get("data"), list) else None
        page = value[key] if key else value
        if not isinstance(page, list):
            return answer
        pages = self._pages.setdefault(url, [])
        total = value.get("total_count") if key else None
        assert self.lie is not None
        false, said = self.lie(pages, page, total)
        pages.append(page)
        if key:
            value = {**value, key: false, **({} if said is None else {"total_count": said})}
        return Response(answer.status, answer.headers, jsonlib.dumps(value if key else false).encode())


LIES: dict[str, Callable[[list[Page], Page, int | None], tuple[Page, int | None]]] = {
    "empty": lambda before, page, total: ([], None if total is None else 0),
    "empty with the right total": lambda before, page, total: ([], total),
    "every second one is missing": lambda before, page, total: (page[::2], total),
    "half of them, and the total of the half": lambda before, page, total: (
        page[::2],
        None if total is None else len(page[::2]),
    ),
    "each twice": lambda before, page, total: ([*page, *page], total),
    "the first page again": lambda before, page, total: (before[0] if before else page, total),
    "a total that is too high": lambda before, page, total: (page, None if total is None else total + 1000),
    "a total that is far too high": lambda before, page, total: (page, None if total is None else 10**15),
    "a total of 0": lambda before, page, total: (page, None if total is None else 0),
    "another list": lambda before, page, total: ([{"id": "x-1", "name": "x-1"}], None if total is None else 1),
    "the other way round": lambda before, page, total: (page[::-1], total),
}


def counted(on: World) -> dict[str, int]:
    """Return how many objects of each kind there are on the server."""
    return {"rooms": len(on.emulator.rooms()), **{kind: len(objects_of(on, kind)) for kind in COLLECTIONS}}


def lying_world() -> tuple[MiniStack, Lies]:
    """Return a stack on an emulator, and the lies between them."""
    on = world()
    on.transport = lies = Lies(on.transport)  # type: ignore[assignment]
    return MiniStack(on), lies


@pytest.mark.parametrize("kind", ["Room", "RoomSet", "Webhook", "PhoneNumber", "DialinConfig", "SipClient", "SipTrunk"])
@pytest.mark.parametrize("lie", LIES)
def test_a_list_that_lies_costs_nothing(kind: str, lie: str) -> None:
    program = {name: inputs for name, inputs in PROGRAM.items() if inputs.get(KIND, "Room") == kind}
    stack, lies = lying_world()
    stack.up(program)
    there, known = counted(stack.world), {name: kept.id for name, kept in stack.state.items()}
    age_numbers(stack.world)
    lies.lie = LIES[lie]

    plans: dict[str, str] = {}
    for operation in (lambda: plans.update(stack.preview(program)), stack.refresh, lambda: stack.up(program)):
        lies.requests = 0
        attempt(operation)
        assert {name: op for name, op in plans.items() if op != "update"} == {}
        assert {name: kept.id for name, kept in stack.state.items()} == known
        assert counted(stack.world) == there

    lies.lie, lies.requests = None, 0
    assert stack.preview(program) == {}
    stack.destroy()
    assert not any(counted(stack.world).values())


@pytest.mark.parametrize("kind", ["Room", "RoomSet", "Webhook", "PhoneNumber", "DialinConfig", "SipClient", "SipTrunk"])
@pytest.mark.parametrize("lie", LIES)
def test_what_is_made_under_a_lie_is_made_once(kind: str, lie: str) -> None:
    program = {name: inputs for name, inputs in PROGRAM.items() if inputs.get(KIND, "Room") == kind}
    stack, lies = lying_world()
    lies.lie = LIES[lie]
    for _ in range(3):
        lies.requests = 0
        attempt(lambda: stack.up(program))
    most = {"Room": 4, "RoomSet": 4}.get(kind, 1)
    assert sum(counted(stack.world).values()) <= most
    lies.lie, lies.requests = None, 0
    attempt(lambda: stack.up(program))
    made = sum(counted(stack.world).values())
    assert made == most

"""Stories on a Daily that is not our emulator and that lies: no false "gone", no second object, no request without end.

The whole way is real but time: HTTP over a socket, the client, the provider. Waits take no time: they move the clock of
the server and the provider.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

import pytest
from in_process import CLOCK, FakeTime, World
from lying_daily import KEY, Daily, Lies, Server, lying_server
from lying_rules import KINDS
from mini_stack import KIND, MiniStack, attempt
from programs_all_kinds import HOOK, OPEN_TRUNK

from pulumi_daily.api import Client, Limiter, RequestsTransport, RetryPolicy
from pulumi_daily.testing import Secret, Stack

LAG = 10.0
"""The configured ``daily:readLag``."""
MOST_REQUESTS = 400
"""Of one operation. Without lies, the whole program takes fewer than 40."""

NUMBER = "+18055550105"
PROGRAM: Mapping[str, dict[str, Any]] = {
    **{f"room{n}": {"name": f"room{n}", "properties": {"enable_chat": True}} for n in range(3)},
    "set": {KIND: "RoomSet", "rooms": {f"of-set{n}": {} for n in range(12)}},
    "hook": {KIND: "Webhook", "url": HOOK, "event_types": ["meeting.started"]},
    "number": {KIND: "PhoneNumber", "number": NUMBER},
    "dialin": {KIND: "DialinConfig", "type": "pin_dialin", "phone_number": NUMBER},
    "pinless": {KIND: "DialinConfig", "type": "pinless_dialin", "name_prefix": "calls", "room_creation_api": HOOK},
    "client": {KIND: "SipClient", "username": "desk.1", "password": "a1-password-b2"},
    "trunk": dict(OPEN_TRUNK),
}
CHANGED: Mapping[str, dict[str, Any]] = {
    **PROGRAM,
    **{f"room{n}": {"name": f"room{n}", "properties": {"enable_chat": True, "lang": "de"}} for n in range(3)},
    "set": {KIND: "RoomSet", "rooms": {f"of-set{n}": {"privacy": "private"} for n in range(1, 14)}},
    "hook": {**PROGRAM["hook"], "event_types": ["meeting.ended"]},
    "pinless": {**PROGRAM["pinless"], "timeout_config": {"message": "Later"}},
    "trunk": {**PROGRAM["trunk"], "description": "Support"},
}


class LyingWorld(World):
    """The way to start provider processes on a lying server, instead of the emulator."""

    def __init__(self, server: Server, transport: RequestsTransport) -> None:
        self.server, self.daily = server, server.daily
        self.time = FakeTime()
        self.took = {}
        self.read_lag = LAG
        self._transport = transport

    def client(self, **_: Any) -> Client:
        sleep = self.pause
        return Client(
            KEY,
            api_url=self.server.url,
            transport=self._transport,
            limiter=Limiter(clock=self.time, sleep=self.time.sleep),
            retry=RetryPolicy(),
            clock=self.time,
            sleep=sleep,
            random=lambda: 0.5,
        )

    def process(self, *, key: str | None = None, transport: Any = None, adoption: Any = "never") -> Any:
        return super().process(key=KEY, adoption=adoption)


@dataclass
class Story:
    """A stack on a lying Daily, with things of others in the domain, and what must hold after each operation."""

    stack: MiniStack
    daily: Daily
    others: dict[str, dict[str, Any]]
    ids: dict[tuple[str, str], Any]
    """Daily's own id of each object of the stack, as it was when the object was first seen."""

    def act(self, operation: Callable[[], Any], *, ends: Collection[str] = ()) -> str | None:
        """Run an operation and return its error, if it has one. It may remove the objects ``ends``."""
        self.daily.requests.clear()
        error = attempt(operation)
        assert len(self.daily.requests) <= MOST_REQUESTS
        self.check(ends)
        return error

    def check(self, ends: Collection[str]) -> None:
        """Fail for a change of what others have, a lost or second object, and an object that was made again."""
        made: dict[tuple[str, str], Any] = {}
        for kind, there in self.own().items():
            names = [name_of(kind, value) for value in there.values()]
            assert len(set(names)) == len(names), f"a second object: {names}"
            made |= {(kind, name_of(kind, value)): own_id(kind, value) for value in there.values()}
        for kind, there in self.others.items():
            assert {key: self.daily.objects(kind).get(key) for key in there} == there
        known = {key: value for key, value in self.ids.items() if key in made or key[1] not in ends}
        assert {key: made.get(key) for key in known} == known, "an object was removed, or made again"
        self.ids = {**known, **made}

    def destroy(self) -> str | None:
        """Destroy the stack, and return the error."""
        error = self.act(self.stack.destroy, ends={name for _, name in self.ids})
        assert error is not None or not any(self.own().values())
        return error

    def own(self) -> dict[str, dict[str, Any]]:
        """Return what is stored besides what others have."""
        return {
            kind: {key: value for key, value in self.daily.objects(kind).items() if key not in self.others[kind]}
            for kind in KINDS
        }


def name_of(kind: str, value: Mapping[str, Any]) -> str:
    """Return what identifies an object for a person."""
    config = value.get("config") or {}
    names = (value.get("name") if kind == "rooms" else None, value.get("url") if kind == "webhooks" else None)
    more = (value.get("username"), value.get("trunk_name"), value.get("number"), config.get("phone_number"))
    return next(str(name) for name in (*names, *more, config.get("name_prefix")) if name)


def own_id(kind: str, value: Mapping[str, Any]) -> Any:
    """Return Daily's id of an object; of a SIP client, which has none, the password."""
    return value["password"] if kind == "SIP clients" else value["id" if kind != "webhooks" else "uuid"]


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Server, RequestsTransport]]:
    with lying_server(Daily(CLOCK.now)) as server, closing(RequestsTransport()) as transport:
        yield server, transport


@pytest.fixture
def story(served: tuple[Server, RequestsTransport]) -> Story:
    server, transport = served
    server.daily = daily = Daily(CLOCK.now)
    for n in range(104):  # two pages, and more if pages are short
        daily.put("rooms", KINDS["rooms"].create(daily, {"name": f"theirs{n}"}))
    for n in range(3):
        daily.put("SIP clients", KINDS["SIP clients"].create(daily, {"username": f"theirs.{n}"}))
        trunk = {"trunk_name": f"theirs{n}", "notification": {"webhook_url": HOOK}}
        daily.put("SIP trunks", KINDS["SIP trunks"].create(daily, trunk))
        pinless = {"type": "pinless_dialin", "name_prefix": f"theirs{n}"}
        daily.put("dialins", KINDS["dialins"].create(daily, pinless))
    client = LyingWorld(server, transport).client()
    for number in daily.for_sale[:3]:
        client.call("phone_numbers.buy", json={"number": number})
    CLOCK.advance(3600)
    others = {kind: dict(daily.objects(kind)) for kind in KINDS}
    return Story(MiniStack(LyingWorld(server, transport)), daily, others, {})


def story_of(story: Story) -> list[str | None]:
    """Live through a stack's life, and return the error of each operation. What is planned is never a replacement."""
    stack, plans = story.stack, []

    def preview(program: Any) -> Callable[[], None]:
        return lambda: plans.append(stack.preview(program))

    errors = [
        story.act(lambda: stack.up(PROGRAM)),
        story.act(preview(PROGRAM)),
        story.act(stack.refresh),
        story.act(lambda: stack.up(PROGRAM)),
        story.act(lambda: stack.up(CHANGED), ends=["of-set0"]),  # it leaves the set
        story.act(preview(CHANGED)),
        story.act(stack.refresh),
        story.act(lambda: stack.up(CHANGED, refresh=True)),
    ]
    made = set(stack.state)
    wrong = [{name: op for name, op in plan.items() if op != "update" and name in made} for plan in plans]
    assert not any(wrong), wrong
    return errors


LATE: dict[str, Lies] = {
    "a second late": Lies(late_seconds=1.0),
    "nearly ten seconds late": Lies(late_seconds=LAG - 0.5),
    "three reads late": Lies(late_reads=3),
    "lists are late": Lies(late_seconds=5.0, late_gets=False),
    "single reads are late": Lies(late_seconds=5.0, late_lists=False),
    "a 404 for whatever is done with a new object": Lies(late_seconds=3.0, late_writes=True),
    "late, in short pages": Lies(late_seconds=2.0, page=7),
}
LIES: dict[str, Lies] = {
    "the truth": Lies(),
    "short pages": Lies(page=3),
    "every second object is missing in lists": Lies(omit=2),
    "lists are empty": Lies(omit=1),
    "lists are empty, and say so": Lies(omit=1, total=lambda count: 0),
    "half of them, with their number": Lies(omit=2, total=lambda count: -(-count // 2)),
    "pages overlap": Lies(repeat=True, page=9),
    "a list that never ends": Lies(loop=True),
    "a list that never ends, in short pages": Lies(loop=True, page=11),
    "objects that do not exist": Lies(endless=True),
    "objects that do not exist, and a total beyond them": Lies(endless=True, total=lambda count: 10**15),
    "a total of nothing": Lies(total=lambda count: 0),
    "a total that is too high": Lies(total=lambda count: count + 40),
    "other ids in every answer": Lies(new_ids=True),
}


@pytest.mark.parametrize("late", LATE)
def test_late_reads_cost_only_time(story: Story, late: str) -> None:
    story.daily.lies = replace(LATE[late])
    assert story_of(story) == [None] * 8
    story.daily.settle()
    assert story.act(lambda: story.stack.up(CHANGED)) is None
    assert story.stack.preview(CHANGED) == {}
    assert len(story.stack.state) == len(CHANGED)
    story.daily.lies = replace(LATE[late])
    assert story.destroy() is None
    sent = [request for request in story.daily.requests if request[0] == "DELETE"]
    assert len(sent) <= 60


@pytest.mark.parametrize("lie", LIES)
def test_whatever_is_answered_each_object_is_made_once_and_kept(
    story: Story, lie: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pulumi_daily.api._paging.MAX_PAGES", 50)
    story.daily.lies = replace(LIES[lie])
    story_of(story)
    story.daily.settle()
    CLOCK.advance(3600)
    assert story.act(lambda: story.stack.up(CHANGED), ends=["of-set0"]) is None
    assert story.stack.preview(CHANGED) == {}
    assert len(story.stack.state) == len(CHANGED)
    assert story.destroy() is None


@pytest.mark.parametrize(
    "late", ["nearly ten seconds late", "three reads late", "a 404 for whatever is done with a new object"]
)
@pytest.mark.parametrize("name", ["room0", "set", "hook", "number", "pinless", "client", "trunk"])
def test_a_create_without_an_answer_makes_one_object_though_reads_are_late(story: Story, name: str, late: str) -> None:
    """The create is executed, its answer is lost, and for some seconds no read shows the object."""
    program = {name: PROGRAM[name]}
    story.daily.lies = replace(LATE[late], lose_creates=1)
    assert story.act(lambda: story.stack.up(program)) is None
    assert list(story.stack.state) == [name]
    assert story.act(lambda: story.stack.up(program)) is None
    assert story.destroy() is None


def test_a_replacement_does_not_meet_what_it_replaces(story: Story) -> None:
    """A number is moved from one type to the other; reads still show its old configuration for some seconds."""
    story.daily.lies = Lies(late_seconds=3.0)
    pin = {name: PROGRAM[name] for name in ("number", "dialin")}
    assert story.act(lambda: story.stack.up(pin)) is None
    CLOCK.advance(60)
    pinless = {**pin, "dialin": {**pin["dialin"], "type": "pinless_dialin", "room_creation_api": HOOK}}
    client = {"client": {**PROGRAM["client"], "expires_in_seconds": 3600}}
    for program in (
        pinless,
        {**pinless, **client},
        {**pinless, "client": {**client["client"], "expires_in_seconds": 60}},
    ):
        assert attempt(lambda program=program: story.stack.up(program)) is None  # type: ignore[misc]
        assert story.stack.preview(program) == {}
    assert [one["type"] for one in story.own()["dialins"].values()] == ["pinless_dialin"]
    story.ids.clear()
    assert story.destroy() is None


def test_the_real_provider_process_waits_for_late_reads() -> None:
    """The same with Pulumi's own protocol, real processes and real time: everything is a second late."""
    import pulumi_daily as daily

    there = Daily(time.time)
    there.lies = Lies(late_seconds=1.0, late_writes=True)
    privacy = "public"

    def program() -> None:
        daily.Room("room", name="standup", privacy=privacy)
        daily.RoomSet("set", rooms={f"of-set{n}": {"privacy": privacy} for n in range(3)})
        daily.Webhook("hook", url=HOOK, event_types=["meeting.started"])
        daily.SipClient("client", username="desk.1")

    with lying_server(there) as server:
        config = {"daily:apiKey": Secret(KEY), "daily:apiUrl": server.url, "daily:readLag": 3}
        with Stack(program, config=config) as stack:
            stack.up()
            before = {kind: there.objects(kind) for kind in KINDS}
            assert not stack.preview().has_changes
            stack.refresh()
            privacy = "private"
            assert set(stack.up().changes) <= {"update", "same"}
            after = {kind: there.objects(kind) for kind in KINDS}
            assert {kind: list(after[kind]) for kind in KINDS} == {kind: list(before[kind]) for kind in KINDS}
            assert {room["id"] for room in after["rooms"].values()} == {room["id"] for room in before["rooms"].values()}
            assert {room["privacy"] for room in after["rooms"].values()} == {"private"}
            stack.destroy()
    assert not any(there.objects(kind) for kind in KINDS)

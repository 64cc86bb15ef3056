"""Lookups under Pulumi's mocks: `Mocks.call` answers; there is no key, and a request would be an error."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import pulumi
import pytest
from lookups_world import Program
from pulumi.runtime import mocks
from test_lookups_requests import CASES

import pulumi_daily as daily
from pulumi_daily import connection
from pulumi_daily.api import DailyError, InvalidRequestError, NotFoundError, UsageError
from pulumi_daily.lookups import Results, _mocks
from pulumi_daily.lookups._mocks import token

ACTIVE = _mocks.active
"""The function itself; the other tests of lookups replace it."""

ROOM = {"name": "lobby", "url": "https://acme.daily.co/lobby", "config": {"max_participants": 20}}


class Mocks(mocks.Mocks):
    """Pulumi's mocks with one answer for all functions; `asked` has the tokens, arguments and providers."""

    def __init__(self, loops: set[asyncio.AbstractEventLoop]) -> None:
        self.answer: Any = None
        self.asked: list[tuple[str, dict[str, Any], str]] = []
        self.loops = loops  # of the program, which closes them: a resource may still be made while it ends

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        self.loops.add(asyncio.get_event_loop())
        return f"{args.name}-id", dict(args.inputs)

    def call(self, args: mocks.MockCallArgs) -> Any:
        self.loops.add(asyncio.get_event_loop())
        self.asked.append((args.token, args.args, args.provider))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def mocked(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Mocks, Program]]:
    """A program under mocks, on a machine where every attempt to reach Daily is an error."""

    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise AssertionError("Daily was asked")

    monkeypatch.setattr(connection, "Client", refuse)
    monkeypatch.setattr(_mocks, "active", ACTIVE)
    made = Program()
    answers = Mocks(made.loops)
    pulumi.runtime.settings.set_root_resource(None)  # type: ignore[arg-type]
    pulumi.runtime.set_mocks(answers, project="shop", stack="prod", preview=False)
    yield answers, made
    made.close()


def flat(found: Any) -> Any:
    """Return the first result in what a lookup gives."""
    while isinstance(found, list | dict):
        found = next(iter(found.values() if isinstance(found, dict) else found))
    return found


@pytest.mark.parametrize("name", CASES)
def test_both_forms_of_every_lookup_ask_the_mocks(name: str, mocked: tuple[Mocks, Program]) -> None:
    answers, program = mocked
    case = CASES[name]
    kind = inspect.get_annotations(getattr(daily, name))["return"]
    one = {key: value for key, value in case.gives.items() if value is not None}
    answers.answer = {"result": {"r": [one]} if name == "get_presence" else [one]}
    if "Results[" not in kind and "list[" not in kind:
        answers.answer = one
    found = getattr(daily, name)(*case.args, **case.kwargs)
    value, known, _ = program.value(getattr(daily, f"{name}_output")(*case.args, **case.kwargs))
    plain = found.all() if isinstance(found, Results) else found
    assert value == plain
    assert known
    assert {key: getattr(flat(plain), key) for key in case.gives} == case.gives
    assert [asked for asked, _, _ in answers.asked] == [token(name)] * 2
    first, second = (args for _, args, _ in answers.asked)
    assert first == second
    assert first.keys() == inspect.signature(getattr(daily, name)).bind(*case.args, **case.kwargs).arguments.keys()


def test_the_documented_answers_of_daily_are_understood(mocked: tuple[Mocks, Program]) -> None:
    for name in ("get_room", "get_domain", "get_webhook", "get_dialin_config", "get_sip_trunk", "get_transcript"):
        case, mocked[0].answer = CASES[name], CASES[name].answer
        found = getattr(daily, name)(*case.args, **case.kwargs)
        assert {key: getattr(found, key) for key in case.gives} == case.gives, name


def test_the_token_and_the_arguments_that_mocks_get(mocked: tuple[Mocks, Program]) -> None:
    answers, _ = mocked
    answers.answer = {"result": []}
    day = datetime(2026, 1, 31, tzinfo=timezone.utc)
    assert list(daily.get_rooms(name_prefix="a-", created_after=day, config=lambda config: True, limit=3)) == []
    ((asked, args, provider),) = answers.asked
    assert (asked, provider) == ("daily:index:getRooms", "")
    assert callable(args.pop("config"))
    assert args == {"name_prefix": "a-", "created_after": day, "limit": 3}


def test_fields_may_be_given_as_the_result_names_them_and_are_empty_without(mocked: tuple[Mocks, Program]) -> None:
    answers, _ = mocked
    answers.answer = {**ROOM, "room_id": "d61c", "created_at": "2026-01-31T12:00:00.000Z"}
    found = daily.get_room("lobby")
    assert (found.room_id, found.privacy, found.sip_uri) == ("d61c", "", None)
    assert found.config.max_participants == 20
    assert isinstance(found.config.max_participants, int)


def test_a_secret_of_the_result_is_hidden_and_marks_the_output(mocked: tuple[Mocks, Program]) -> None:
    answers, program = mocked
    answers.answer = {"result": [{"uuid": "u", "hmac": "canary"}]}
    assert "canary" not in repr(daily.get_webhooks().all())
    value, _, secret = program.value(daily.get_webhooks_output())
    assert value[0].hmac == "canary"
    assert "canary" not in repr(value)
    assert secret


def test_a_secret_that_the_mocks_mark_marks_the_output(mocked: tuple[Mocks, Program]) -> None:
    answers, program = mocked
    answers.answer = {**ROOM, "url": pulumi.Output.secret("https://canary")}
    value, _, secret = program.value(daily.get_room_output("lobby"))
    assert (value.url, secret) == ("https://canary", True)
    answers.answer = ROOM
    assert program.value(daily.get_room_output("lobby"))[2] is False
    assert program.value(daily.get_room_output(pulumi.Output.secret("lobby")))[2] is True


def test_a_missing_object_is_an_error_or_the_default(mocked: tuple[Mocks, Program]) -> None:
    answers, program = mocked
    answers.answer = NotFoundError(404, "not-found")
    with pytest.raises(NotFoundError, match="default=None"):
        daily.get_room("lobby")
    assert daily.get_room("lobby", default=None) is None
    assert program.value(daily.get_room_output("lobby", default=None))[0] is None
    with pytest.raises(pulumi.RunError, match="DailyError: 404 not-found"):
        program.value(daily.get_room_output("lobby"))
    answers.answer = InvalidRequestError(400, "invalid-request-error")
    assert daily.validate_meeting_token("t", default=None) is None


@pytest.mark.parametrize("answer", [None, {}, [], [{}], ({}, [])])
@pytest.mark.parametrize(
    ("ask", "form"),
    [
        (lambda: daily.get_room("lobby"), "a dictionary with the fields of GetRoomResult"),
        (daily.get_webhooks, r'\{"result": \[...\]\}'),
        (daily.get_presence, r'\{"result": \{room: \[...\]\}\}'),
    ],
)
def test_mocks_without_an_answer(answer: Any, ask: Any, form: str, mocked: tuple[Mocks, Program]) -> None:
    mocked[0].answer = answer
    with pytest.raises(UsageError, match=f'let Mocks.call return {form} for the token "daily:index:get'):
        ask()


@pytest.mark.parametrize("result", ["text", ["text"], {"r": "text"}])
def test_answers_of_another_form(result: Any, mocked: tuple[Mocks, Program]) -> None:
    mocked[0].answer = {"result": result}
    with pytest.raises(UsageError, match="no answer for get_webhooks"):
        daily.get_webhooks()
    with pytest.raises(UsageError, match="no answer for get_presence"):
        daily.get_presence()


def test_failures_that_the_mocks_return(mocked: tuple[Mocks, Program]) -> None:
    answers, _ = mocked
    answers.answer = ({}, [("name", "no such room")])
    with pytest.raises(DailyError, match=r"no such room \(name\)"):
        daily.get_room("lobby", default=None)
    answers.answer = (ROOM, None)
    assert daily.get_room("lobby").url == ROOM["url"]


def test_an_error_of_the_mocks_is_their_own(mocked: tuple[Mocks, Program]) -> None:
    answers, program = mocked
    answers.answer = TypeError("a mistake in the test")
    with pytest.raises(TypeError, match="a mistake in the test"):
        daily.get_room("lobby")
    with pytest.raises(TypeError, match="a mistake in the test"):
        program.value(daily.get_room_output("lobby"))


def test_the_provider_is_told_to_the_mocks(mocked: tuple[Mocks, Program]) -> None:
    answers, program = mocked
    answers.answer = ROOM
    eu = daily.Provider("eu", api_key="key-canary-1")
    urn = program.value(eu.urn)[0]
    parent = pulumi.ComponentResource("shop:Site", "site", opts=pulumi.ResourceOptions(provider=eu))
    daily.get_room("lobby", opts=pulumi.InvokeOptions(provider=eu))
    daily.get_room("lobby", opts=pulumi.InvokeOptions(parent=parent))
    program.value(daily.get_room_output("lobby", opts=pulumi.InvokeOutputOptions(provider=eu)))
    assert [provider for _, _, provider in answers.asked] == [f"{urn}::eu-id"] * 3
    other = pulumi.ProviderResource("aws", "aws", {})
    with pytest.raises(DailyError, match=r"takes a daily.Provider, not"):
        daily.get_room("lobby", opts=pulumi.InvokeOptions(provider=other))


def test_in_a_preview_an_unknown_argument_is_not_looked_up(mocked: tuple[Mocks, Program]) -> None:
    answers, program = mocked
    pulumi.runtime.set_mocks(answers, project="shop", stack="prod", preview=True)
    value, known, _ = program.value(daily.get_room_output(pulumi.Output.from_input(pulumi.output.UNKNOWN)))
    assert (value, known, answers.asked) == (None, False, [])

"""The `_output` forms: when they ask, what they wait for, what is secret, and how errors look."""

from __future__ import annotations

import threading
from typing import Any

import pulumi
import pytest
from lookups_world import KEY, NOT_FOUND, Daily, Program
from pulumi.runtime.config import CONFIG
from test_lookups_requests import CASES

import pulumi_daily
from pulumi_daily import Room, get_domain_output, get_room, get_room_output, get_rooms_output, get_webhooks_output
from pulumi_daily.api import NotFoundError, UsageError
from pulumi_daily.lookups import ROUTES_USED, Results
from pulumi_daily.resources import _base

UNKNOWN: Any = pulumi.output.UNKNOWN
ROOM = {"name": "r", "url": "https://acme.daily.co/r", "config": {"enable_chat": True}}


@pytest.fixture(autouse=True)
def _room(daily: Daily, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_base, "_warned", True)
    daily.answer("/rooms/r", ROOM)


def in_preview(args: Any) -> tuple[str | None, dict[Any, Any]]:
    """The engine in a preview of a new stack: inputs are known, ids are not."""
    return "", dict(args.inputs)


def unknown() -> Any:
    return pulumi.Output.from_input(UNKNOWN)


def test_a_known_name_is_looked_up(program: Program, daily: Daily) -> None:
    for name in ("r", pulumi.Output.from_input("r")):
        value, known, secret = program.value(get_room_output(name))
        assert (value.url, known, secret) == (ROOM["url"], True, False)
    assert program.value(get_room_output("r").url) == (ROOM["url"], True, False)


@pytest.mark.parametrize("name", CASES)
def test_the_output_is_what_the_plain_form_gives(name: str, program: Program, daily: Daily) -> None:
    case = CASES[name]
    daily.answer(case.path, case.answer)
    plain = getattr(pulumi_daily, name)(*case.args, **case.kwargs)
    value, known, _ = program.value(getattr(pulumi_daily, f"{name}_output")(*case.args, **case.kwargs))
    assert value == (plain.all() if isinstance(plain, Results) else plain)
    assert known


def test_inputs_in_inputs_are_resolved(program: Program, daily: Daily) -> None:
    daily.answer("/rooms", {"total_count": 1, "data": [{"id": "1", **ROOM}]})
    chat = pulumi.Output.from_input(True)
    value, known, secret = program.value(get_rooms_output(config={"enable_chat": chat}, name_prefix=None))
    assert ([room.name for room in value], known, secret) == (["r"], True, False)
    assert program.value(get_rooms_output(config=lambda config: not config))[0] == []


@pytest.mark.parametrize("name", [name for name in ROUTES_USED if name not in ("get_domain", "get_presence")])
def test_nothing_is_asked_while_an_input_is_unknown(name: str, program: Program, daily: Daily) -> None:
    program.start(preview=True, new_resource=in_preview)
    output = getattr(pulumi_daily, f"{name}_output")
    try:
        made = output(unknown())
    except TypeError:
        made = output(opts=pulumi.InvokeOutputOptions(depends_on=[Room("not yet", name="not-yet")]))
    value, known, _ = program.value(made)
    assert (value, known) == (None, False)
    assert daily.asked == []


# -- resources that are yet to be made


def test_a_room_that_is_yet_to_be_made_is_not_looked_up(program: Program, daily: Daily) -> None:
    program.start(preview=True, new_resource=in_preview)
    room = Room("r", name="r")
    assert program.value(room.name) == ("r", True, False)
    assert program.value(get_room_output(room.name)) == (None, False, False)
    assert daily.asked == []


def test_a_room_that_exists_is_looked_up_in_a_preview(program: Program, daily: Daily) -> None:
    program.start(preview=True)
    room = Room("r", name="r")
    assert program.value(get_room_output(room.name))[0].url == ROOM["url"]


def test_the_room_is_made_before_it_is_looked_up(program: Program, daily: Daily) -> None:
    order: list[str] = []

    def made(args: Any) -> tuple[str | None, dict[Any, Any]]:
        order.append("made")
        return "r", dict(args.inputs)

    def answer(_: Any) -> dict[str, Any]:
        order.append("asked")
        return ROOM

    daily.answer("/rooms/r", answer)
    program.start(preview=False, new_resource=made)
    room = Room("r", name="r")
    program.value(get_room_output("r", opts=pulumi.InvokeOutputOptions(depends_on=[room])))
    assert order == ["made", "asked"]
    program.value(get_room_output("r", opts=pulumi.InvokeOutputOptions(depends_on=room)))


def test_depends_on_a_component_waits_for_what_is_in_it(program: Program, daily: Daily) -> None:
    program.start(preview=True, new_resource=in_preview)

    class Site(pulumi.ComponentResource):
        def __init__(self, name: str, *, empty: bool) -> None:
            super().__init__("shop:Site", name)
            if not empty:
                Room(f"{name}-room", name="r", opts=pulumi.ResourceOptions(parent=self))

    def options(*sites: Site) -> pulumi.InvokeOutputOptions:
        return pulumi.InvokeOutputOptions(depends_on=pulumi.Output.from_input(list(sites)))

    assert program.value(get_room_output("r", opts=options(Site("full", empty=False))))[1] is False
    one = Site("empty", empty=True)
    assert program.value(get_room_output("r", opts=options(one, one)))[1] is True


def test_the_result_depends_on_what_the_inputs_come_from(program: Program) -> None:
    room = Room("r", name="r")
    found = get_room_output(room.name)
    program.value(found)
    assert program.loop.run_until_complete(found.resources()) == {room}


# -- previews without a key, and offline


@pytest.mark.parametrize(
    ("config", "why"),
    [({}, "no Daily API key is configured"), ({"daily:apiKey": KEY, "daily:offline": "true"}, "daily:offline is set")],
)
def test_a_preview_without_a_key_or_offline_asks_nothing(
    config: dict[str, str], why: str, program: Program, daily: Daily, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", said.append)
    CONFIG.set(config)
    program.start(preview=True)
    for _ in range(2):
        assert program.value(get_room_output("r").url) == (None, False, False)
    assert said == [f"{why}: what is looked up on Daily is not known in this preview"]
    program.start(preview=False)
    with pytest.raises(pulumi.RunError, match=r"DailyError: no Daily API key|DailyError: daily:offline is set"):
        program.value(get_room_output("r"))
    assert daily.asked == []


# -- secrets


def test_secret_inputs_make_secret_results(program: Program) -> None:
    assert program.value(get_room_output(pulumi.Output.secret("r")))[2] is True


def test_the_key_makes_no_secret_results(program: Program) -> None:
    eu = pulumi_daily.Provider("eu", api_key=pulumi.Output.secret(KEY))
    assert program.value(get_room_output("r", opts=pulumi.InvokeOptions(provider=eu)))[2] is False


def test_a_result_with_a_secret_is_secret_as_a_whole(program: Program, daily: Daily) -> None:
    daily.answer("/webhooks", [{"uuid": "w", "hmac": "h", "url": "u"}])
    hooks = get_webhooks_output()
    value, known, secret = program.value(hooks)
    assert ([hook.hmac for hook in value], known, secret) == (["h"], True, True)
    assert program.value(hooks[0].url) == ("u", True, True)
    rtmp = {"streaming_endpoints": [{"rtmp_config": {"url": "rtmp://key"}}]}
    daily.answer("/rooms", {"total_count": 2, "data": [{"id": "1"}, {"id": "2", "config": rtmp}]})
    assert program.value(get_rooms_output())[2] is True
    assert program.value(get_rooms_output(limit=1))[2] is False


# -- errors


def test_an_error_is_one_line(program: Program, daily: Daily) -> None:
    daily.answer("/rooms/r", NOT_FOUND)
    with pytest.raises(pulumi.RunError) as error:
        program.value(get_room_output("r"))
    text = str(error.value)
    assert text.startswith("DailyError: 404 not-found: it is not there (GET /rooms/r); make it with daily.Room")
    assert "\n" not in text


def test_with_debug_errors_are_the_clients_own(program: Program, daily: Daily) -> None:
    CONFIG.get()["daily:debug"] = "true"
    daily.answer("/rooms/r", NOT_FOUND)
    with pytest.raises(NotFoundError):
        program.value(get_room_output("r"))
    with pytest.raises(NotFoundError) as error:
        get_room("r")
    assert "read_answer" in [frame.name for frame in error.traceback]


def test_what_is_missing_can_have_a_default(program: Program, daily: Daily) -> None:
    daily.answer("/rooms/r", NOT_FOUND)
    assert program.value(get_room_output("r", default=None)) == (None, True, False)
    assert program.value(get_room_output("r", default="none")) == ("none", True, False)


def test_an_error_on_a_later_page_is_an_error(program: Program, daily: Daily) -> None:
    full = {"total_count": 200, "data": [{"id": str(n)} for n in range(100)]}
    refused = pulumi_daily.api.Response.of(403, {"error": "forbidden-error"})
    daily.answer("/rooms", full, refused)
    with pytest.raises(pulumi.RunError, match="DailyError: 403 forbidden-error"):
        program.value(get_rooms_output())


def test_arguments_are_checked_when_they_are_known(program: Program, daily: Daily) -> None:
    with pytest.raises(pulumi.RunError, match="DailyError: privacy must be public or private"):
        program.value(get_rooms_output(privacy=pulumi.Output.from_input("org")))


def test_the_plain_form_sends_outputs_on(program: Program) -> None:
    with pytest.raises(UsageError, match="name is a value that is known later: use get_room_output"):
        get_room(pulumi.Output.from_input("r"))  # type: ignore[arg-type]


# -- threads


def test_lookups_run_beside_each_other(program: Program, daily: Daily) -> None:
    """Each of the two answers only when the other one has been asked as well."""
    together = threading.Barrier(2, timeout=20)

    def answer(_: Any) -> dict[str, Any]:
        together.wait()
        return ROOM

    daily.answer("/rooms/r", answer)
    assert program.value(pulumi.Output.all(get_room_output("r").name, get_room_output("r").name))[0] == ["r", "r"]


def test_plain_lookups_can_be_used_in_apply(program: Program, daily: Daily) -> None:
    daily.answer("/", {"domain_name": "acme"})
    found = get_domain_output().domain_name.apply(lambda _: get_room("r").url)
    assert program.value(found)[0] == ROOM["url"]

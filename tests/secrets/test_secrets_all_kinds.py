"""Secrets of every kind of object in errors, their chains, log lines and reprs, whatever a server repeats of them."""

from __future__ import annotations

import copy
import json
import traceback
from collections.abc import Iterator
from typing import Any

import pytest
from canaries import GIVEN, HMAC, INPUTS, STREAM, endpoint, join, settle_switches
from in_process import URL, Process, World
from mini_stack import KIND, MiniStack, StepFailed, wire

from pulumi_daily.api import Response, Secret
from pulumi_daily.lifecycle.decide.check import check
from pulumi_daily.operations import DailyError
from pulumi_daily.providers import PROVIDERS
from pulumi_daily.settings import Settings

FREE = "canary-free-text-0b1d"
"""Text of a setting that this package does not know: it may be a secret."""

FREELY: dict[str, Any] = {"new_key": FREE, "new_object": {"list": [FREE, 5]}}
ECHOED = {name: (kind, inputs) for name, (kind, inputs) in INPUTS.items() if not name.startswith("made")} | {
    "free": ("Room", {"name": "free", "extra_properties": FREELY}),
    "free-set": ("RoomSet", {"rooms": {"a": {"extra_properties": FREELY}}, "defaults": {"extra_properties": FREELY}}),
    "free-domain": ("DomainConfig", {"extra_properties": FREELY}),
}
CHANGED: dict[str, dict[str, Any]] = {
    "live": {"properties": {**join("room"), "streaming_endpoints": [endpoint("room", "other.example")]}},
    "set": {"defaults": {"properties": {"streaming_endpoints": [endpoint("shared", "other.example")]}}},
    "domain": {"properties": {"meeting_join_hook": f"{join('domain')['meeting_join_hook']}/2"}},
    "hook": {"hmac": HMAC["trunk"]},
    "dialin": {"hmac": HMAC["trunk"]},
    "trunk": {
        "notification": {"webhook_url": "https://example.com/2", "hmac": HMAC["trunk"]},
        "trunk_config": {"credential": {"username": "other", "password": "canary-carrier-1"}},
    },
    "client": {"password": "canary-carrier-1"},
    "free": {"extra_properties": {**FREELY, "new_key": f"{FREE}-2"}},
    "free-set": {"defaults": {"extra_properties": {**FREELY, "new_key": f"{FREE}-2"}}},
    "free-domain": {"extra_properties": {**FREELY, "new_key": f"{FREE}-2"}},
}
"""What becomes of the inputs in an update."""


def clean(text: str) -> None:
    for secret in (*GIVEN, FREE, "k" * 64):
        assert secret not in text
        assert json.dumps(secret)[1:-1] not in text


class Echoing:
    """A server that answers with an error which repeats what it was sent, key and address among it."""

    def __init__(self, inner: Any, shape: str, *, reads: bool) -> None:
        self._inner, self._shape, self._reads = inner, shape, reads

    def send(self, method: str, url: str, headers: Any, params: Any, body: Any, timeout: Any) -> Response:
        if method == "GET" and not self._reads:
            return self._inner.send(method, url, headers, params, body, timeout)  # type: ignore[no-any-return]
        said = f"cannot do this: {json.dumps(body)} {url} {headers['Authorization']}"
        status, answer = {
            "400": (400, {"error": "invalid-request-error", "info": said}),
            "403": (403, {"error": said}),
            "422": (422, {"errors": [{"detail": said, "title": said}], "status": 422}),
            "500": (500, {"error": "server-error", "info": said, "sent": body}),
            "html": (502, f"<html>{said}</html>"),
            "200": (200, {"said": said, "sent": body}),
        }[self._shape]
        text = answer if isinstance(answer, str) else json.dumps(answer)
        return Response(status, {"content-type": "application/json"}, text.encode())


def everything_of(error: BaseException | None) -> Iterator[str]:
    """All that an exception and those behind it can show."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        yield f"{one!r} {one} {one.args} {vars(one)}"
        yield "".join(traceback.format_exception(one))
        waiting += [one.__cause__, one.__context__]


class Echo(MiniStack):
    """A stack whose processes talk to such a server, when it is told so."""

    transport: Any = None
    debug = False

    def _process(self) -> Process:
        process = self.world.process(transport=self.transport)
        self.lines = process.lines
        connection = process.provider._connection
        old = connection.settings
        connection.settings = Settings(old.api_key, None, URL, 1.0, 30.0, 120.0, offline=False, debug=self.debug)
        return process


def started(**switches: Any) -> Echo:
    stack = Echo(World(unknown_property="store", **switches))
    settle_switches(stack.world.emulator)
    return stack


def program(name: str, **changes: Any) -> dict[str, dict[str, Any]]:
    kind, inputs = ECHOED[name]
    return {name: {KIND: kind, **copy.deepcopy(inputs), **changes}}


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("reads", [False, True])
@pytest.mark.parametrize("shape", ["400", "403", "422", "500", "html", "200"])
@pytest.mark.parametrize("name", ECHOED)
def test_what_a_server_repeats_is_masked(name: str, shape: str, reads: bool, debug: bool):
    for before in (False, True):
        stack = started()
        stack.debug = debug
        if before:
            stack.up(program(name))
        stack.transport = Echoing(stack.world.transport, shape, reads=reads)
        changes = CHANGED.get(name, {}) if before else {}
        for operation in (lambda: stack.up(program(name, **changes)), stack.refresh, stack.destroy):  # noqa: B023
            try:
                operation()
            except StepFailed as error:
                for text in everything_of(error.__cause__):
                    clean(text)
            clean("\n".join(stack.lines))


@pytest.mark.parametrize("name", ECHOED)
def test_lines_about_drift_and_about_what_daily_made_of_a_value_show_no_secret(name: str):
    """Daily answers otherwise than it was asked, and then somebody changes everything that is text."""
    stack = started(echo_retry_type=True)
    real = stack.world.transport.send

    def otherwise(*args: Any, **kwargs: Any) -> Any:
        answer = real(*args, **kwargs)
        body = answer.body
        for secret in (*STREAM.values(), FREE):
            body = body.replace(secret.encode(), f"{secret}-otherwise".encode())
        return type(answer)(answer.status, answer.headers, body)

    stack.world.transport.send = otherwise  # type: ignore[method-assign]
    stack.up(program(name))
    clean("\n".join(stack.lines))
    stack.world.transport.send = real  # type: ignore[method-assign]
    stack.preview(program(name))
    clean("\n".join(stack.lines))
    stack.refresh()
    clean("\n".join(stack.lines))


def test_a_setting_of_the_domain_that_would_be_overwritten_is_named_without_its_value():
    stack = started()
    domain = stack.world.emulator.backend.domain()
    domain.properties |= {"meeting_join_hook": f"https://evil.example/{STREAM['room']}", "new_key": f"{FREE}-theirs"}
    made = {
        "domain": {
            KIND: "DomainConfig",
            "properties": join("domain"),
            "extra_properties": {"new_key": FREE},
        }
    }
    with pytest.raises(StepFailed, match="meeting_join_hook has another value on Daily; new_key has") as caught:
        stack.up(made)
    for text in everything_of(caught.value.__cause__):
        clean(text)
    made["domain"]["adopt_existing"] = True
    stack.up(made)
    says = [f'domain "acme": {key} has another value on Daily; it' for key in ("meeting_join_hook", "new_key")]
    assert stack.lines == [f"{line} {verb} overwritten" for verb in ("will be", "was") for line in says]
    clean("\n".join(stack.lines))


def test_what_is_shown_of_objects_that_exist_is_masked():
    """`get` reads everything that Daily shows into the state of a resource that is not managed."""
    stack = started()
    stack.up({name: {KIND: kind, **copy.deepcopy(inputs)} for name, (kind, inputs) in INPUTS.items()})
    process = stack.world.process()
    for name, resource in stack.state.items():
        spec = process.providers[resource.kind].spec
        if spec.kind in ("RoomSet", "MeetingToken"):
            continue  # there is no such reading of them
        outs = process.providers[spec.kind].read(resource.id, {}).outs
        clean(str({key: value for key, value in outs.items() if key not in spec.secrets})), name


@pytest.mark.parametrize("name", INPUTS)
def test_outputs_hold_secrets_only_where_pulumi_keeps_them(name: str):
    """Under the keys of inputs, which Pulumi marks as the inputs are, and under outputs that are declared secret."""
    stack = started(echo_defaults=True)
    kind, inputs = INPUTS[name]
    stack.up({name: {KIND: kind, **copy.deepcopy(inputs)}})
    for _ in range(2):
        spec = next(provider.spec for provider in PROVIDERS if provider.spec.kind == kind)
        outs = stack.state[name].outputs
        others = {key: value for key, value in outs.items() if key not in (*inputs, *spec.secrets)}
        clean(str(others))
        stack.refresh()


def test_reprs_of_what_check_and_errors_hold_show_nothing():
    world = World()
    process = world.process()
    for provider in process.providers.values():
        clean(f"{provider!r} {vars(provider)!r} {provider._connection!r}")
    settings = Settings(Secret("k" * 64), None, URL, 1.0, 30.0, 120.0, False, False)
    clean(repr(settings))
    for kind, inputs in INPUTS.values():
        spec = process.providers[kind].spec
        bad = {key: f"{STREAM['room']} x" if key in spec.secrets else value for key, value in inputs.items()}
        clean(str(check(spec, {}, bad, 0.0).failures))
    wrong = "-".join(("canary", "key"))  # not as it stands here: a traceback shows this line
    with pytest.raises(DailyError) as caught:
        world.process(key=wrong).providers["Webhook"].create(wire(INPUTS["hook"][1]))
    assert wrong not in "".join(everything_of(caught.value))

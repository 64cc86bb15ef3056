"""Every secret of every kind of object, through a real program, the real provider process and a real server.

The program marks nothing as a secret: the package does.
"""

from __future__ import annotations

import json
import re
import stat
import traceback
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

import pulumi
import pytest
from canaries import GIVEN, HMAC, HOOK, INPUTS, STREAM, endpoint, in_clear, made, program, settle_switches
from click.testing import CliRunner

import pulumi_daily as daily
from pulumi_daily.cli import main
from pulumi_daily.emulator import Emulator
from pulumi_daily.testing import Result, Stack


@pytest.fixture(autouse=True)
def one_clock() -> None:
    """The provider process and the emulator's server both have the machine's clock here."""


@pytest.fixture
def emulator(daily_emulator: Emulator) -> Emulator:
    settle_switches(daily_emulator)
    return daily_emulator


def tokens_of(stack: Stack) -> set[str]:
    """The meeting tokens of a stack."""
    return set(re.findall(r"eyJ[A-Za-z0-9_.-]+", json.dumps(stack.export(show_secrets=True))))


def all_secrets(stack: Stack, emulator: Emulator) -> set[str]:
    found = {*GIVEN, *made(emulator), *tokens_of(stack), emulator.api_key}
    assert len(found) >= len(GIVEN) + 4 + 2 + 1, "a secret that Daily makes is missing here"
    return found


def leaks(secrets: Iterable[str], text: str) -> list[str]:
    return [secret for secret in secrets if secret in text or json.dumps(secret)[1:-1] in text]


def texts_of(results: Iterable[Result]) -> str:
    """All that a person, or a log, can see of operations."""
    found: list[str] = []
    for result in results:
        found += [repr(result), *(d.raw for d in result.diagnostics)]
        if result.error is not None:
            found += ["".join(traceback.format_exception(result.error)), repr(vars(result.error))]
    return "\n".join(found)


@pytest.mark.parametrize("debug", [False, True])
def test_no_secret_is_in_clear_in_state_files_or_on_the_console(
    debug: bool, emulator: Emulator, daily_stack: Any, tmp_path: Path
):
    file = tmp_path / "state.json"
    stack: Stack = daily_stack(program, state_file=file, config={"daily:debug": debug})
    results = [stack.preview(), stack.up()]
    secrets = all_secrets(stack, emulator)
    drift(emulator)
    results += [stack.preview(), stack.refresh(), stack.up(), stack.preview(refresh=True)]
    assert not results[-1].has_changes
    assert any("has another value on Daily" in line for line in results[2].messages())
    secrets |= made(emulator) | tokens_of(stack)

    shown = json.dumps(stack.export(show_secrets=True))
    assert set(leaks(secrets, shown)) >= {*GIVEN, emulator.api_key}  # there is something to hide
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert leaks(secrets, json.dumps(stack.export())) == []
    assert leaks(secrets, repr(stack.state)) == []
    assert leaks(secrets, texts_of(results)) == []
    clear = [(path, text) for path, text in in_clear(stack.export(show_secrets=True)) if leaks(secrets, text)]
    assert clear == []


def drift(emulator: Emulator) -> None:
    """Somebody changes every secret that Daily shows."""
    for name in ("live", "a"):
        emulator.edit_room(name, streaming_endpoints=[endpoint("room", "evil.example")])
    emulator.edit_room("b", meeting_join_hook="https://evil.example/")
    emulator.backend.domain().properties["meeting_join_hook"] = "https://evil.example/"
    for kind in ("webhooks", "dialin_configs"):
        for identity in emulator.objects(kind):
            emulator.edit(kind, identity, hmac=HMAC["trunk"])
    for identity, trunk in emulator.objects("sip_trunks").items():
        emulator.edit("sip_trunks", identity, notification={**trunk["notification"], "hmac": HMAC["hook"]})


BAD = f"{STREAM['room']}!"
WRONG: dict[str, tuple[str, dict[str, Any]]] = {
    "password": ("SipClient", {"username": "desk.1", "password": BAD * 9}),
    "hmac": ("Webhook", {**INPUTS["hook"][1], "hmac": BAD}),
    "basic_auth": ("Webhook", {**INPUTS["hook"][1], "basic_auth": {"x": BAD}}),
    "notification.hmac": ("SipTrunk", {**INPUTS["trunk"][1], "notification": {"webhook_url": HOOK, "hmac": BAD}}),
    "trunk_config.credential.password": (
        "SipTrunk",
        {**INPUTS["trunk"][1], "trunk_config": {"credential": {"username": "x", "password": BAD * 9}}},
    ),
    "hmac ": ("DialinConfig", {**INPUTS["dialin"][1], "hmac": BAD}),
    "rooms.a.properties.meeting_join_hook": ("RoomSet", {"rooms": {"a": {"properties": {"meeting_join_hook": BAD}}}}),
    "defaults.properties.meeting_join_hook": (
        "RoomSet",
        {"rooms": {}, "defaults": {"properties": {"meeting_join_hook": BAD}}},
    ),
    "properties.meeting_join_hook": ("DomainConfig", {"properties": {"meeting_join_hook": BAD}}),
    "room_template.meeting_join_hook": (
        "SipTrunk",
        {**INPUTS["trunk"][1], "room_template": {"meeting_join_hook": BAD}},
    ),
}
"""A bad secret in every place that takes one."""


def test_check_repeats_no_secret(emulator: Emulator, daily_stack: Any):
    def wrong(kind: str, inputs: dict[str, Any]) -> None:
        getattr(daily, kind)("wrong", **inputs)

    for place, (kind, inputs) in WRONG.items():
        stack: Stack = daily_stack(partial(wrong, kind, inputs))
        result = stack.preview(expect_failure=True)
        seen = texts_of([result])
        assert f"has a problem: {place.strip()}: " in seen
        assert leaks({*GIVEN, STREAM["room"]}, seen) == [], place


def test_the_key_of_a_second_account_is_a_secret_of_the_state(emulator: Emulator, daily_stack: Any):
    """An explicit provider has its key among its inputs."""
    emulator.add_domain("acme-of-secrets", "canary-key-of-the-second-account")  # the emulator outlives the test

    def two() -> None:
        eu = daily.Provider("eu", api_key="canary-key-of-the-second-account", api_url=emulator.url)
        daily.SipClient("client", username="desk.1", opts=pulumi.ResourceOptions(provider=eu))

    stack: Stack = daily_stack(two)
    results = [stack.up(), stack.refresh()]
    clear = [t for _, t in in_clear(stack.export(show_secrets=True)) if "canary-key" in t]
    assert clear == []
    assert "canary-key" not in texts_of(results)


def test_an_import_of_everything_holds_no_secret(emulator: Emulator, daily_stack: Any, tmp_path: Path):
    stack: Stack = daily_stack(program)
    stack.up()
    secrets = all_secrets(stack, emulator)
    out, code = tmp_path / "import.json", tmp_path / "program.py"
    environment = {"DAILY_API_KEY": emulator.api_key, "DAILY_API_URL": emulator.url}
    arguments = ["import", "--everything", "--out", str(out), "--program", str(code)]
    result = CliRunner().invoke(main, arguments, env=environment, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    assert leaks(secrets, out.read_text()) == []
    assert leaks(secrets, code.read_text()) == []
    assert leaks(secrets, result.output) == []

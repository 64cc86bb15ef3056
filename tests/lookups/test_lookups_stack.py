"""Lookups in real programs, through the stack runner; and what they do to the provider process."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pulumi
import pytest
from lookups_world import EU_KEY, second_domain

import pulumi_daily as daily
from pulumi_daily.emulator import Emulator
from pulumi_daily.testing import UNKNOWN, Secret

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "lookups"


def test_the_example(daily_stack: Any, daily_emulator: Emulator) -> None:
    daily_emulator.add_room("template", enable_chat=True, lang="de")
    daily_emulator.add_room("older", "private")
    daily_emulator.add("webhooks", url="https://hooks.example", eventTypes=["meeting.started"])
    daily_emulator.join("older")
    stack = daily_stack(EXAMPLE)
    preview = stack.preview()
    assert preview.ops("workshop") == ["create"]
    assert preview.outputs["workshop_room_id"] is UNKNOWN
    assert preview.outputs["newest_private_room"] == "older"
    stack.up()
    made = daily_emulator.rooms()["workshop"]
    assert made["config"] == {"enable_chat": True, "lang": "de"}
    assert stack.outputs["workshop_room_id"] == made["id"]
    assert stack.outputs["domain"] == daily_emulator.domain_name
    assert stack.outputs["rooms_in_use"] == ["older"]
    webhooks = stack.outputs["webhooks"]
    assert isinstance(webhooks, Secret)
    assert webhooks.value == ["https://hooks.example"]
    again = stack.preview()
    assert not again.has_changes
    daily_emulator.edit_room("template", lang="fr")
    assert stack.preview().ops("workshop") == ["update"]


def test_the_example_without_a_template(daily_stack: Any, daily_emulator: Emulator) -> None:
    stack = daily_stack(EXAMPLE)
    stack.up()
    assert daily_emulator.rooms()["workshop"]["config"] == {"enable_chat": True}
    assert stack.outputs.get("newest_private_room") is None  # the program looked before the room was made


def test_an_account_of_a_provider(daily_stack: Any, daily_emulator: Emulator) -> None:
    second_domain(daily_emulator)
    daily_emulator.add_room("there", domain="acme-eu")

    def program() -> None:
        eu = daily.Provider(
            "eu",
            api_key=pulumi.Config("shop").require_secret("euKey"),
            api_url=pulumi.Config("daily").require("apiUrl"),
            domain="acme-eu",
        )
        options = pulumi.InvokeOptions(provider=eu)
        pulumi.export("plain", daily.get_room("there", opts=options).url)
        pulumi.export("output", daily.get_room_output("there", opts=options).url)
        pulumi.export("own", daily.get_room("there", default=None) is None)

    stack = daily_stack(program, config={"shop:euKey": Secret(EU_KEY)})
    wanted = {"plain": "https://acme-eu.daily.co/there", "output": "https://acme-eu.daily.co/there", "own": True}
    assert stack.preview().outputs == wanted
    stack.up()
    assert stack.outputs == wanted


def test_a_room_of_the_program_in_every_operation(daily_stack: Any, daily_emulator: Emulator) -> None:
    def program() -> None:
        room = daily.Room("r", name="r", privacy="private")
        pulumi.export("privacy", daily.get_room_output(room.name).privacy)

    stack = daily_stack(program)
    assert stack.preview().outputs["privacy"] is UNKNOWN
    stack.up()
    assert stack.outputs["privacy"] == "private"
    assert stack.preview().outputs["privacy"] == "private"
    daily_emulator.remove_room("r")
    again = stack.preview()
    assert "replace" in again.ops("r")
    assert again.outputs["privacy"] is UNKNOWN
    stack.up()
    assert stack.outputs["privacy"] == "private"
    stack.destroy()


def test_errors_of_lookups(daily_stack: Any) -> None:
    def plain() -> None:
        daily.get_room("nowhere")

    def output() -> None:
        daily.get_room_output("nowhere")

    for program in (plain, output):
        (message, *_) = daily_stack(program).preview(expect_failure=True).messages("error")
        assert "404 not-found: room nowhere not found (GET /rooms/nowhere); make it with daily.Room" in message
    assert message.startswith("DailyError: ")
    assert len(message.splitlines()) == 1


def test_no_key_no_request(daily_stack: Any, daily_emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DAILY_API_KEY", raising=False)

    def program() -> None:
        pulumi.export("url", daily.get_room_output("r").url)

    stack = daily_stack(program, config={"daily:apiKey": None})
    preview = stack.preview()
    assert preview.outputs["url"] is UNKNOWN
    assert any("no Daily API key is configured" in line for line in preview.messages("warning"))
    failed = stack.up(expect_failure=True)
    assert any("DailyError: no Daily API key is configured. Set it with" in line for line in failed.messages("error"))
    assert daily_emulator.requests == []


def test_a_secret_is_in_clear_nowhere(daily_stack: Any, daily_emulator: Emulator) -> None:
    hook = daily_emulator.add("webhooks", url="https://hooks.example", eventTypes=["meeting.started"])

    def program() -> None:
        pulumi.export("hmac", daily.get_webhooks_output()[0].hmac)
        pulumi.export("hooks", daily.get_webhooks_output())

    stack = daily_stack(program)
    stack.up()
    assert isinstance(stack.outputs["hmac"], Secret)
    assert isinstance(stack.outputs["hooks"], Secret)
    assert stack.outputs["hooks"].value[0]["hmac"] == hook["hmac"]
    assert hook["hmac"] not in repr(stack.outputs)


def test_the_provider_process_does_not_load_the_lookups() -> None:
    code = "import pulumi_daily.providers, json, sys; print(json.dumps(list(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert not [name for name in json.loads(done.stdout) if name.startswith("pulumi_daily.lookups")]

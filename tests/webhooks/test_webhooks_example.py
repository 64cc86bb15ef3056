"""examples/webhook and the snippets of docs/webhooks.md and docs/tokens.md run."""

from __future__ import annotations

import base64
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from pulumi_daily import tokens, webhooks

ROOT = Path(__file__).resolve().parents[2]
HMAC = base64.b64encode(b"canary-secret-of-the-example").decode()
OLD = base64.b64encode(b"old").decode()
DOMAIN = "25df5057-ef0d-4d97-bde6-0cf287276cbb"
KEY = "canary-key-of-the-docs-0123456789abcdef"
EVENT = b'{"type":"meeting.started","id":"e1","payload":{"room":"standup"}}'
PING = b'{"test":"test"}'


def snippets(page: str) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", (ROOT / "docs" / page).read_text("utf-8"), re.M | re.S)


class Running:
    """receiver.py in a process of its own."""

    def __init__(self, hmacs: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(ROOT / "examples" / "webhook" / "receiver.py"), "0"],
            env={**os.environ, "DAILY_WEBHOOK_HMAC": hmacs},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self.process.stdout is not None
        url = re.search(r"http://\S+", self.line())
        assert url is not None
        self.url = url[0]

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def post(self, body: bytes, hmac: str | None = None) -> int:
        moment = int(time.time())
        headers = {"X-Webhook-Timestamp": str(moment)}
        if hmac is not None:
            headers["X-Webhook-Signature"] = webhooks.sign(body, hmac, moment)
        return requests.post(self.url, body, headers=headers, timeout=10).status_code


@pytest.fixture
def receiver() -> Iterator[Callable[[str], Running]]:
    started: list[Running] = []

    def start(hmacs: str) -> Running:
        started.append(Running(hmacs))
        return started[-1]

    yield start
    for one in started:
        one.process.kill()
        out, _ = one.process.communicate()
        assert HMAC not in out


def test_the_receiver_believes_signed_events_alone(receiver: Callable[[str], Running]) -> None:
    running = receiver(f"{HMAC} {OLD}")
    assert running.post(PING, HMAC) == 200
    assert running.post(EVENT, OLD) == 200
    assert running.post(EVENT, HMAC) == 200  # the same event again
    assert running.post(EVENT) == 401
    assert running.post(PING) == 401
    assert sorted([running.line(), running.line(), running.line()])[0] == "meeting.started in standup\n"
    assert running.post(b"x" * (1 << 20) + b"x", HMAC) == 413


def test_the_receiver_without_a_secret_answers_test_calls_alone(receiver: Callable[[str], Running]) -> None:
    running = receiver("")
    assert running.post(PING, HMAC) == 200
    assert running.post(EVENT, HMAC) == 503


def test_there_are_snippets() -> None:
    assert (len(snippets("webhooks.md")), len(snippets("tokens.md"))) == (3, 2)


def test_the_receiving_function_of_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    scope: dict[str, Any] = {}
    exec(compile(snippets("webhooks.md")[1], "webhooks.md, 2", "exec"), scope)  # noqa: S102
    moment = int(time.time())
    headers = {"x-webhook-timestamp": str(moment), "x-webhook-signature": webhooks.sign(EVENT, HMAC, moment)}
    assert scope["receive"](EVENT, headers, HMAC) == 200
    assert scope["receive"](EVENT, headers, OLD) == 401
    shown = capsys.readouterr().out
    assert shown.startswith("meeting.started e1 standup\n")
    assert HMAC not in shown


def test_the_signing_snippet_of_the_page() -> None:
    exec(compile(snippets("webhooks.md")[2], "webhooks.md, 3", "exec"), {})  # noqa: S102


def test_the_snippets_about_tokens() -> None:
    scope: dict[str, Any] = {"api_key": KEY, "domain_id": DOMAIN}
    for number, snippet in enumerate(snippets("tokens.md"), 1):
        exec(compile(snippet, f"tokens.md, {number}", "exec"), scope)  # noqa: S102
    assert scope["properties"]["room_name"] == "standup"
    assert scope["claims"]["r"] == "standup"
    assert tokens.verify(scope["token"], KEY, DOMAIN)["is_owner"] is True


def test_a_receiver_needs_no_library() -> None:
    program = (
        "import sys, pulumi_daily.webhooks\n"
        "print(sorted({'pulumi', 'pydantic', 'requests', 'click', 'grpc'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "[]\n"

"""examples/webhook and the snippets of docs/webhooks.md and docs/tokens.md run."""

from __future__ import annotations

import base64
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests

from pulumi_daily import tokens, webhooks
from pulumi_daily.emulator import Emulator
from pulumi_daily.testing import Secret

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


@pytest.mark.parametrize(("used", "loaded"), [("webhooks.verify", []), ("tokens.sign", ["pydantic"])])
def test_a_receiver_and_a_signer_need_next_to_no_library(used: str, loaded: list[str]) -> None:
    program = (
        f"import sys, pulumi_daily as daily\nassert callable(daily.{used})\n"
        "print(sorted({'pulumi', 'pydantic', 'requests', 'click', 'grpc', 'jwt'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == f"{loaded}\n"


class _Answers200(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def address() -> Iterator[str]:
    """An address that answers 200 to everything."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Answers200) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/daily"
        server.shutdown()
        thread.join()


def test_the_program_makes_the_webhook_and_exports_its_secret(
    daily_stack: Any, daily_emulator: Emulator, address: str
) -> None:
    stack = daily_stack(ROOT / "examples" / "webhook", config={"daily-webhook:url": address})
    stack.up()
    (hook,) = daily_emulator.objects("webhooks").values()
    assert hook["url"] == address
    assert hook["retryType"] == "exponential"
    assert "recording.error" in hook["eventTypes"]
    assert stack.outputs["hmac"] == Secret(hook["hmac"])
    assert hook["hmac"] not in repr(stack.outputs)
    assert not stack.preview().has_changes
    stack.destroy()
    assert not daily_emulator.objects("webhooks")


def test_the_program_takes_a_secret_from_the_configuration(
    daily_stack: Any, daily_emulator: Emulator, address: str
) -> None:
    config = {"daily-webhook:url": address, "daily-webhook:hmac": Secret(HMAC)}
    stack = daily_stack(ROOT / "examples" / "webhook", config=config)
    stack.up()
    (hook,) = daily_emulator.objects("webhooks").values()
    assert hook["hmac"] == HMAC
    assert stack.outputs["hmac"] == Secret(HMAC)
    assert not stack.preview().has_changes

"""`pulumi-daily webhook-echo`: a conforming endpoint that shows what comes, and no secret."""

from __future__ import annotations

import base64
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from click.testing import Result

from pulumi_daily import webhooks
from pulumi_daily.cli import _webhook_echo
from pulumi_daily.cli._webhook_echo import EchoServer, judged
from pulumi_daily.emulator import Emulator

HMAC = base64.b64encode(b"canary-secret-of-the-echo-tests").decode()
OTHER = base64.b64encode(b"another").decode()
EVENT = {
    "version": "1.0.0",
    "type": "participant.joined",
    "id": "ptcpt-join-1",
    "payload": {"room": "standup", "user_name": "canary-user"},
    "event_ts": 1.5,
}


class Echo:
    """A server in a thread, and what it said."""

    def __init__(self, *hmacs: str) -> None:
        self.lines: list[str] = []
        self.server = EchoServer(("127.0.0.1", 0), hmacs, self.lines.append)
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/hook?x=1"
        self._thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()
        assert "canary" not in repr(self.lines)
        assert HMAC not in repr(self.lines)

    def post(self, event: Any, hmac: str | None = None, moment: float | None = None) -> requests.Response:
        body = json.dumps(event, separators=(",", ":")).encode()
        timestamp = f"{time.time() if moment is None else moment:.0f}"
        headers = {"X-Webhook-Timestamp": timestamp}
        if hmac is not None:
            headers["X-Webhook-Signature"] = webhooks.sign(body, hmac, timestamp)
        return requests.post(self.url, body, headers=headers, timeout=10)

    def raw(self, request: bytes, half: bool = False) -> bytes:
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            connection.sendall(request)
            if half:
                connection.shutdown(socket.SHUT_WR)
            answer = b""
            while part := connection.recv(65536):
                answer += part
        return answer


@pytest.fixture
def echo() -> Iterator[Callable[..., Echo]]:
    made: list[Echo] = []

    def make(*hmacs: str) -> Echo:
        made.append(Echo(*hmacs))
        return made[-1]

    yield make
    for server in made:
        server.close()


def until(lines: list[str], count: int) -> list[str]:
    """The lines, once there are so many: they are written after the answer."""
    deadline = time.monotonic() + 10
    while len(lines) < count and time.monotonic() < deadline:
        time.sleep(0.005)
    return lines


def test_signed_events_are_taken(echo: Callable[..., Echo]) -> None:
    server = echo(HMAC)
    assert server.post(EVENT, HMAC).status_code == 200
    assert server.post({"test": "test"}, HMAC).status_code == 200
    first, second = until(server.lines, 2)
    assert re.fullmatch(r"\d\d:\d\d:\d\d 200 verified    participant\.joined ptcpt-join-1 room=standup", first)
    assert second.endswith("200 verified    test call")
    assert server.server.events == 2


def test_what_is_not_signed_well_is_refused(echo: Callable[..., Echo]) -> None:
    server = echo(HMAC)
    answers = [
        server.post(EVENT),
        server.post(EVENT, OTHER),
        server.post(EVENT, HMAC, moment=time.time() - 1000),
        server.post({"test": "test"}),
        server.post({"test": "test"}, OTHER),
    ]
    assert [answer.status_code for answer in answers] == [401] * 5
    assert {answer.text for answer in answers} == {"refused\n"}
    assert all(" 401 refused " in line for line in until(server.lines, 5))
    assert "missing" in server.lines[0]
    assert "does not fit" in server.lines[1]
    assert "1000 s old" in server.lines[2]
    assert server.server.events == 0


def test_one_of_several_secrets_is_enough(echo: Callable[..., Echo]) -> None:
    server = echo(OTHER, HMAC)
    assert server.post(EVENT, HMAC).status_code == 200
    assert server.post(EVENT, OTHER).status_code == 200


def test_without_a_secret_everything_is_taken_and_called_unverified(echo: Callable[..., Echo]) -> None:
    server = echo()
    assert server.post({"test": "test"}, OTHER).status_code == 200
    assert server.post(EVENT).status_code == 200
    assert server.post([1]).status_code == 400
    first, second, third = until(server.lines, 3)
    assert first.endswith("200 unverified  test call")
    assert second.endswith("200 unverified  participant.joined ptcpt-join-1 room=standup")
    assert "400 refused     the body is not a JSON object" in third


def test_a_sip_trunk(echo: Callable[..., Echo]) -> None:
    body = b'{"type":"sip_trunk.test"}'
    moment = int(time.time() * 1000)
    headers = {"X-Siptrunk-Timestamp": str(moment), "X-Siptrunk-Signature": webhooks.sign(body, HMAC, moment)}
    assert judged(body, headers, [HMAC]) == (200, "verified    test call")
    assert judged(body, headers, [OTHER])[0] == 401


def test_the_emulated_daily_calls_it(echo: Callable[..., Echo], emulator: Emulator) -> None:
    server = echo(HMAC)
    headers = {"Authorization": f"Bearer {emulator.api_key}"}
    hook = {"url": server.url, "eventTypes": ["meeting.started"], "hmac": HMAC}
    made = requests.post(f"{emulator.url}/webhooks", json=hook, headers=headers, timeout=20)
    assert made.status_code == 200, made.text
    emulator.deliver("meeting.started", {"room": "standup", "meeting_id": "m", "start_ts": 1.5})
    ping, event = until(server.lines, 2)
    assert ping.endswith("200 verified    test call")
    assert re.search(r"200 verified    meeting\.started \S+ room=standup$", event)
    refused = requests.post(f"{emulator.url}/webhooks/{made.json()['uuid']}", json={"hmac": OTHER}, headers=headers)
    assert refused.status_code == 400


def test_what_is_shown_cannot_move_a_cursor() -> None:
    body = json.dumps({"type": "\x1b[2J\nfake line", "id": "x" * 500, "payload": {"room_name": "a\r\u202eb"}})
    status, line = judged(body.encode(), {}, [])
    assert status == 200
    assert line == rf"unverified  \x1b[2J\nfake line {'x' * 79}… room=a\r\u202eb"
    assert judged(b"{}", {}, []) == (200, "unverified  event without a type")


def test_it_is_http_1_1_and_can_be_looked_at(echo: Callable[..., Echo]) -> None:
    server = echo()
    assert server.raw(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}").startswith(b"HTTP/1.1 200 OK\r\n")
    assert "address for Daily" in requests.get(server.url, timeout=10).text
    assert requests.head(server.url, timeout=10).status_code == 200
    assert requests.put(server.url, timeout=10).status_code == 501
    assert len(until(server.lines, 1)) == 1


@pytest.mark.parametrize(
    ("length", "status"),
    [
        (b"", b"411"),
        (b"Content-Length: -1\r\n", b"411"),
        (b"Content-Length: x\r\n", b"411"),
        (b"Content-Length: " + b"9" * 5000 + b"\r\n", b"411"),
        (b"Content-Length: 1048577\r\n", b"413"),
        (b"Content-Length: 3\r\n", b"400"),
    ],
)
def test_bodies_that_are_not_read(echo: Callable[..., Echo], length: bytes, status: bytes) -> None:
    server = echo()
    answer = server.raw(b"POST / HTTP/1.1\r\nHost: x\r\n" + length + b"\r\n{}", half=True)
    assert answer.startswith(b"HTTP/1.1 " + status)
    assert f" {status.decode()} refused " in until(server.lines, 1)[0]


def test_callers_that_say_nothing_or_nonsense_do_no_harm(
    echo: Callable[..., Echo], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(_webhook_echo._Handler, "timeout", 0.1)
    server = echo()
    assert server.raw(b"") == b""
    assert server.raw(b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n{") == b""
    assert b"<p>Error code: 400</p>" in server.raw(b"canary nonsense \x1b[2J\r\n\r\n", half=True)
    with socket.create_connection(("127.0.0.1", server.port)) as gone:
        # A connection that is reset, not closed.
        gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        gone.sendall(b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n{")
    assert "--- refused     the connection broke off (ConnectionResetError)" in until(server.lines, 1)[0]
    assert server.post(EVENT).status_code == 200
    assert capsys.readouterr() == ("", "")


def test_the_command_serves_verifies_and_ends_on_sigterm() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "pulumi_daily.cli", "webhook-echo", "--port", "0", "--hmac-stdin"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{HMAC}\n")
        process.stdin.flush()
        url = re.search(r"http://\S+", process.stdout.readline())
        assert url is not None
        assert "verified with the hmac from the standard input" in process.stdout.readline()
        body, moment = b'{"test":"test"}', int(time.time())
        headers = {"X-Webhook-Timestamp": str(moment), "X-Webhook-Signature": webhooks.sign(body, HMAC, moment)}
        assert requests.post(url[0], body, headers=headers, timeout=10).status_code == 200
        assert requests.post(url[0], body, timeout=10).status_code == 401
        process.send_signal(signal.SIGTERM)
        rest, _ = process.communicate(timeout=30)
        assert "200 verified    test call" in rest
        assert "Stopped after 1 events." in rest
        assert HMAC not in rest
        assert process.returncode == 0
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            assert stream is not None
            stream.close()


def _ended_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_webhook_echo, "_wait", lambda: None)


def test_secrets_of_the_environment(daily: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    _ended_at_once(monkeypatch)
    monkeypatch.setenv("NEW_HMAC", HMAC)
    monkeypatch.setenv("OLD_HMAC", OTHER)
    result = daily("webhook-echo", "--port", "0", "--hmac-env", "NEW_HMAC", "--hmac-env", "OLD_HMAC")
    assert result.exit_code == 0
    assert "with the hmac from NEW_HMAC, OLD_HMAC." in result.output
    assert "Stopped after 0 events." in result.output
    assert HMAC not in result.output


def test_without_a_secret_it_says_so(daily: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    _ended_at_once(monkeypatch)
    assert "nothing is verified" in daily("webhook-echo", "--port", "0").output


def test_ipv6(daily: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    if not socket.has_ipv6 or not os.path.exists("/proc/net/if_inet6"):
        pytest.skip("no IPv6 on this machine")
    _ended_at_once(monkeypatch)
    assert "http://[::1]:" in daily("webhook-echo", "--host", "::1", "--port", "0").output


@pytest.mark.parametrize("value", [None, "  ", "canary-not base64"])
def test_a_secret_that_cannot_be_used(
    daily: Callable[..., Result], monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    if value is not None:
        monkeypatch.setenv("THE_HMAC", value)
    result = daily("webhook-echo", "--port", "0", "--hmac-env", "THE_HMAC")
    assert result.exit_code == 1
    assert "THE_HMAC" in result.output
    assert "canary" not in result.output
    assert daily("webhook-echo", "--port", "0", "--hmac-stdin", stdin="\n").exit_code == 1


@pytest.mark.parametrize("value", [HMAC, "", "canary value", "canary=value"])
def test_a_secret_in_the_place_of_its_name_is_not_shown(daily: Callable[..., Result], value: str) -> None:
    result = daily("webhook-echo", "--port", "0", "--hmac-env", value)
    assert result.exit_code == 1
    assert result.output == "Error: --hmac-env takes the name of an environment variable, not its value\n"


def test_an_empty_address_does_not_stand_for_all(daily: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    _ended_at_once(monkeypatch)
    result = daily("webhook-echo", "--host", "", "--port", "0")
    assert result.exit_code == 2
    assert "Invalid value for '--host': expected an address of this machine" in result.output


def test_a_port_that_is_taken(daily: Callable[..., Result]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        result = daily("webhook-echo", "--port", str(taken.getsockname()[1]))
    assert result.exit_code == 1
    assert "cannot be used" in result.output

"""`pulumi-daily emulator`: a process of its own that can be pointed at, and that ends when asked."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
import requests
from click.testing import Result

from pulumi_daily.cli import _emulator
from pulumi_daily.emulator import Switches


def test_it_serves_says_how_to_use_it_and_ends_on_sigterm() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "pulumi_daily.cli", "emulator", "--port", "0", "--domain", "globex", "--rooms", "7"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert process.stdout is not None
        said = ""
        while "Control plane" not in said:
            line = process.stdout.readline()
            assert line, said
            said += line
        url = re.search(r"pulumi config set daily:apiUrl (\S+)", said)
        key = re.search(r"pulumi config set --secret daily:apiKey (\S+)", said)
        assert url is not None
        assert key is not None
        answer = requests.get(f"{url[1]}/rooms", headers={"Authorization": f"Bearer {key[1]}"}, timeout=10)
        assert answer.json()["total_count"] == 7
        assert "domain globex, 7 rooms" in said
        process.send_signal(signal.SIGTERM)
        rest, _ = process.communicate(timeout=30)
        assert "Stopped after 1 requests." in rest
        assert process.returncode == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_in_process(daily: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    real = _emulator._wait

    def wait() -> None:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        before = signal.signal(signal.SIGALRM, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
        try:
            real()
        finally:
            signal.signal(signal.SIGALRM, before)

    handler = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(_emulator, "_wait", wait)
    result = daily("emulator", "--port", "0", "--api-key", "local-key", "--rooms", "2", "--no-rate-limits")
    assert result.exit_code == 0
    assert "daily:apiKey local-key" in result.output
    assert "Stopped after 0 requests." in result.output
    assert signal.getsignal(signal.SIGTERM) is handler


def test_switches(daily: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[dict[str, Any]] = []
    monkeypatch.setattr(_emulator, "_wait", lambda: None)
    monkeypatch.setattr(_emulator, "how_to", lambda emulator, _: seen.append(emulator.switches.as_dict()) or "")
    switches = ("rate_reading=window", "max_rooms=7", "echo_defaults=true", 'limit_over_max="400"')
    result = daily("emulator", "--port", "0", *(word for switch in switches for word in ("--switch", switch)))
    assert result.exit_code == 0
    wanted = {"rate_reading": "window", "max_rooms": 7, "echo_defaults": True, "limit_over_max": "400"}
    assert seen == [{**Switches().as_dict(), **wanted}]


@pytest.mark.parametrize("switch", ["rate_reading=wide", "no_such=1", "rate_reading"])
def test_a_switch_that_is_none(daily: Callable[..., Result], switch: str) -> None:
    result = daily("emulator", "--port", "0", "--switch", switch)
    assert result.exit_code == 2
    assert "--switch" in result.output
    assert ("literal" in result.output) == ("rate_reading" in switch)


@pytest.mark.parametrize(
    ("option", "value", "valid"),
    [
        ("--api-key", "", "printable ASCII characters without blanks"),
        ("--api-key", "canary key", "printable ASCII characters without blanks"),
        ("--api-key", "canary\n", "printable ASCII characters without blanks"),
        ("--domain", "", "letters, digits and hyphens"),
        ("--domain", "a b", "letters, digits and hyphens"),
        ("--domain", "-a", "letters, digits and hyphens"),
        ("--domain", "a.b", "letters, digits and hyphens"),
    ],
)
def test_values_that_nothing_can_use(
    daily: Callable[..., Result], monkeypatch: pytest.MonkeyPatch, option: str, value: str, valid: str
) -> None:
    monkeypatch.setattr(_emulator, "_wait", lambda: None)
    result = daily("emulator", "--port", "0", option, value)
    assert result.exit_code == 2
    assert f"Invalid value for '{option}': expected {valid}" in result.output
    assert "canary" not in result.output


def test_a_port_that_is_taken(daily: Callable[..., Result]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        result = daily("emulator", "--port", port)
    assert result.exit_code == 1
    assert f"port {port} cannot be used" in result.output


def test_without_the_extra(daily: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    for name in [name for name in sys.modules if name.startswith("pulumi_daily.emulator")]:
        monkeypatch.delitem(sys.modules, name)
    result = daily("emulator", "--port", "0")
    assert result.exit_code == 1
    assert "pip install 'pulumi-daily[emulator]'" in result.output

"""`pulumi-daily emulator`: a process of its own that can be pointed at, and that ends when asked."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import Result
from filelock import FileLock, Timeout

from pulumi_daily.cli import _emulator
from pulumi_daily.emulator import Emulator, StateFile, Switches
from pulumi_daily.emulator._saved import parsed


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
    texts = ("expired_get=200", 'limit_over_max="400"')
    switches = ("rate_reading=window", "max_rooms=7", "echo_defaults=true", *texts)
    result = daily("emulator", "--port", "0", *(word for switch in switches for word in ("--switch", switch)))
    assert result.exit_code == 0
    wanted = {"rate_reading": "window", "max_rooms": 7, "echo_defaults": True}
    wanted |= {"expired_get": "200", "limit_over_max": "400"}
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


# -- --state


@pytest.fixture
def kept(daily: Callable[..., Result], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Result]:
    """Run the command with a state file; `act` is called with its emulator while it runs."""

    def run(*args: str, act: Callable[[Emulator], Any] = lambda emulator: None) -> Result:
        running: list[Emulator] = []
        monkeypatch.setattr(_emulator, "how_to", lambda emulator, rooms: running.append(emulator) or f"{rooms} rooms")
        monkeypatch.setattr(_emulator, "_wait", lambda: act(running[0]))
        return daily("emulator", "--port", "0", "--state", str(tmp_path / "daily.json"), *args)

    return run


def test_it_goes_on_with_what_it_kept(kept: Callable[..., Result], tmp_path: Path) -> None:
    keys: list[str] = []

    def first(emulator: Emulator) -> None:
        emulator.add_room("standup")
        emulator.clock.advance(86400)
        keys.append(emulator.api_key)

    def second(emulator: Emulator) -> None:
        assert emulator.rooms().keys() == {"seed-0", "standup"}
        assert (emulator.domain_name, emulator.api_key) == ("globex", keys[0])
        assert emulator.clock.stored() == (None, 86400)
        assert emulator.switches.max_rooms == 7
        assert emulator.switches.echo_sip is True

    switches = ("--switch", "max_rooms=7")
    assert kept("--domain", "globex", "--rooms", "1", *switches, act=first).exit_code == 0
    # Rooms are made for a new file alone; a switch of the command takes precedence over that of the file.
    again = kept("--rooms", "1", "--switch", "echo_sip=true", act=second)
    assert again.exit_code == 0
    assert "2 rooms" in again.output
    for option in (("--domain", "acme"), ("--api-key", "another")):
        refused = kept(*option)
        assert refused.exit_code == 2
        assert f"{option[0]} is another one in the file of --state" in refused.output
    assert kept("--domain", "globex", "--api-key", keys[0]).exit_code == 0


@pytest.mark.parametrize("text", ["{", "{}", '{"version": 99, "domains": []}', '{"domains": [], "switches": {}}'])
def test_a_file_that_is_none_stays_as_it_is(kept: Callable[..., Result], tmp_path: Path, text: str) -> None:
    (tmp_path / "daily.json").write_text(text)
    refused = kept()
    assert refused.exit_code == 1
    assert "is no state of an emulator: it is " in refused.output
    assert "It was not changed" in refused.output
    assert (tmp_path / "daily.json").read_text() == text


def test_a_switch_of_another_version(kept: Callable[..., Result], tmp_path: Path) -> None:
    kept()
    path = tmp_path / "daily.json"
    path.write_text(path.read_text().replace('"max_rooms"', '"no_such"'))
    assert "there is no switch 'no_such'" in kept().output
    assert '"no_such"' in path.read_text()


def test_two_with_one_file_and_a_path_that_is_a_folder(kept: Callable[..., Result], tmp_path: Path) -> None:
    inner: list[Result] = []
    kept(act=lambda emulator: inner.append(kept()))
    assert inner[0].exit_code == 1
    assert inner[0].output == f"Error: --state: {tmp_path / 'daily.json'} is used by another emulator\n"
    (tmp_path / "daily.json").unlink()
    (tmp_path / "daily.json").mkdir()
    assert kept().exit_code == 2


def test_a_folder_that_is_missing(
    daily: Callable[..., Result], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(_emulator, "_wait", lambda: None)
    result = daily("emulator", "--port", "0", "--state", str(tmp_path / "nowhere" / "daily.json"))
    assert result.exit_code == 1
    assert "--state: No such file or directory" in result.output


def test_a_folder_that_cannot_be_written(
    daily: Callable[..., Result], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def acquire(self: object) -> None:
        raise Timeout("daily.json.lock")  # what filelock does in /proc

    def refuse(*args: Any, **options: Any) -> None:
        raise FileNotFoundError(2, "No such file or directory")

    monkeypatch.setattr(_emulator, "_wait", lambda: None)
    monkeypatch.setattr(FileLock, "acquire", acquire)
    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    path = tmp_path / "daily.json"
    result = daily("emulator", "--port", "0", "--state", str(path))
    assert result.exit_code == 1
    reason = "its folder cannot be written (No such file or directory)"
    assert result.output == f"Error: --state: {reason}: {path}\n"


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs /proc")
def test_a_file_in_proc(daily: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_emulator, "_wait", lambda: None)
    result = daily("emulator", "--port", "0", "--state", "/proc/daily.json")
    assert result.exit_code == 1
    assert "cannot be written" in result.output
    assert "used by another" not in result.output


def test_a_folder_that_vanishes(daily: Callable[..., Result], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    monkeypatch.setattr(_emulator, "_wait", lambda: shutil.rmtree(folder))
    result = daily("emulator", "--port", "0", "--state", str(folder / "daily.json"))
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit)
    lost = "cannot be written (No such file or directory); the last changes are lost"
    assert result.stderr == f"Error: --state: {folder / 'daily.json'} {lost}\n"


def test_a_disk_that_is_full(kept: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    result = kept()
    assert result.exit_code == 1
    assert "--state: No space left on device" in result.output


def test_a_disk_that_is_full_later(kept: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    real, full, tried = StateFile.write, [False], threading.Event()

    def write(self: StateFile, text: bytes) -> None:
        if full[0]:
            tried.set()
            raise OSError(28, "No space left on device")
        real(self, text)

    def act(emulator: Emulator) -> None:
        full[0] = True
        requests.post(f"{emulator.control_url}/add", json={"name": "a"}, timeout=10).raise_for_status()
        assert tried.wait(30)
        full[0] = False

    monkeypatch.setattr(StateFile, "write", write)
    monkeypatch.setattr(StateFile.kept.__wrapped__, "__defaults__", (0.01,))
    result = kept(act=act)
    assert result.exit_code == 0
    assert "cannot be written (No space left on device); changes are not saved" in result.output


def test_a_killed_emulator_kept_what_it_had(tmp_path: Path) -> None:
    path = tmp_path / "daily.json"
    process = subprocess.Popen(
        [sys.executable, "-m", "pulumi_daily.cli", "emulator", "--port", "0", "--api-key", "k1", "--state", str(path)],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        url = re.search(r"http://\S+/v1", process.stdout.readline())
        assert url is not None
        auth = {"Authorization": "Bearer k1"}
        requests.post(f"{url[0]}/rooms", json={"name": "standup"}, headers=auth, timeout=10).raise_for_status()
        while "standup" not in path.read_text():
            assert process.poll() is None
    finally:
        process.kill()
        process.wait()
        process.stdout.close()  # type: ignore[union-attr]
    state = parsed(path.read_bytes())
    assert [room.name for room in state.domains[0].rooms] == ["standup"]
    with StateFile(path).reserved():  # the lock of a killed process is free
        pass

"""Start and stop: ports, threads, sockets, a process of its own; what an import costs."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
import warnings
from typing import Any

import pytest
import requests

from pulumi_daily.emulator import Emulator, serve


def test_nothing_is_left_after_a_stop() -> None:
    before = set(threading.enumerate())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        session = requests.Session()
        with Emulator() as emulator:
            assert session.get(emulator.url, timeout=20).status_code == 400
            url = emulator.url
        assert set(threading.enumerate()) == before
        with pytest.raises(requests.ConnectionError):
            session.get(url, timeout=20)
        session.close()


def test_the_state_can_be_looked_at_after_a_stop_and_a_restart_keeps_the_address() -> None:
    emulator = Emulator(seed=1)
    with emulator:
        url = emulator.url
        emulator.add_room("a")
    assert list(emulator.rooms()) == ["a"]
    emulator.stop()  # once more does nothing
    with emulator:
        assert emulator.url == url
        headers = {"Authorization": f"Bearer {emulator.api_key}"}
        assert requests.get(url + "/rooms/a", headers=headers, timeout=20).status_code == 200
        with pytest.raises(RuntimeError, match="running"):
            emulator.start()


def test_requests_that_hang_do_not_hold_up_a_stop() -> None:
    before = set(threading.enumerate())
    outcome: list[Any] = []
    with Emulator() as emulator:
        emulator.hang(seconds=300, when="after")

        def ask() -> None:
            try:
                outcome.append(requests.get(emulator.url, timeout=60))
            except requests.ConnectionError as error:
                outcome.append(error)

        thread = threading.Thread(target=ask)
        thread.start()
        for _ in range(500):
            if emulator.count():
                break
            thread.join(0.01)
        assert emulator.count() == 1
    thread.join(20)
    assert set(threading.enumerate()) == before
    assert isinstance(outcome[0], requests.ConnectionError)


@pytest.mark.parametrize("how", ["latency", "hang"])
def test_requests_that_have_not_begun_do_not_hold_up_a_stop(how: str) -> None:
    outcome: list[Any] = []
    emulator = Emulator()
    with emulator:
        if how == "latency":
            emulator.latency = 300
        else:
            emulator.hang(seconds=300, when="before")

        def ask() -> None:
            try:
                outcome.append(requests.get(emulator.url, timeout=60))
            except requests.ConnectionError as error:
                outcome.append(error)

        thread = threading.Thread(target=ask)
        thread.start()
        for _ in range(500):
            if emulator.app.waiting:
                break
            thread.join(0.01)
        assert emulator.app.waiting == 1
    thread.join(20)
    assert isinstance(outcome[0], requests.ConnectionError)
    assert emulator.count() == 0


def test_over_ipv6() -> None:
    try:
        with Emulator(host="::1") as emulator:
            assert emulator.url.startswith("http://[::1]:")
            assert requests.get(emulator.url, timeout=20).status_code == 400
            assert requests.post(emulator.control_url + "/reset", timeout=20).status_code == 200
    except OSError as error:
        pytest.skip(f"no IPv6 here: {error}")


def test_in_the_foreground_of_this_process() -> None:
    seen: list[Any] = []

    def ready(emulator: Emulator) -> None:
        def ask() -> None:
            seen.append(requests.get(emulator.url, timeout=20).status_code)
            signal.raise_signal(signal.SIGINT)

        threading.Thread(target=ask).start()

    serve(port=0, ready=ready)
    assert seen == [400]


def test_a_port_that_is_taken() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        emulator = Emulator(port=taken.getsockname()[1])
        with pytest.raises(OSError):
            emulator.start()


def test_several_at_once() -> None:
    with Emulator("one") as one, Emulator("two") as two:
        assert one.url != two.url
        assert one.api_key != two.api_key


def test_ids_can_be_fixed() -> None:
    assert Emulator(seed=5).domain_id == Emulator(seed=5).domain_id != Emulator(seed=6).domain_id


def test_an_error_inside_is_a_500_that_is_logged(
    emulator: Emulator, http: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(emulator.backend.domain(), "count", lambda: 1 / 0)
    status, body = http("GET", "/rooms")
    assert (status, body["error"]) == (500, "server-error")
    assert "ZeroDivisionError" in caplog.text


SERVE = """
from pulumi_daily.emulator import serve
serve(port=0, api_key="k", rooms=3, ready=lambda emulator: print(emulator.url, flush=True))
print("ended", flush=True)
"""


def test_a_process_of_its_own() -> None:
    process = subprocess.Popen([sys.executable, "-W", "error", "-c", SERVE], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        answer = requests.get(url + "/rooms", headers={"Authorization": "Bearer k"}, timeout=20)
        assert answer.json()["total_count"] == 3
        process.send_signal(signal.SIGINT)
        assert process.stdout.read() == "ended\n"
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait(20)
        if process.stdout:
            process.stdout.close()


def test_the_package_does_not_import_the_emulator() -> None:
    code = (
        "import sys, pulumi_daily; print([m for m in sys.modules if 'emulator' in m or m in ('starlette', 'uvicorn')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.strip() == "[]"


def test_the_emulator_imports_no_pulumi_and_no_provider() -> None:
    code = (
        "import sys, pulumi_daily.emulator\n"
        "wrong = ('pulumi_daily.lifecycle', 'pulumi_daily.providers', 'pulumi_daily.resources')\n"
        "import pathlib\n"
        "for f in pathlib.Path(pulumi_daily.emulator.__file__).parent.glob('*.py'):\n"
        "    t = f.read_text()\n"
        "    assert 'import pulumi\\n' not in t and not any(w in t for w in wrong), f\n"
        "print('ok')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout.strip() == "ok", done.stderr

"""Limits on a server, without one: what is asked, what happens when it fails, and what may be shown."""

from __future__ import annotations

import math
import socket
import struct
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from limits_servers import FakeServer

from pulumi_daily.api import ConfigurationError, Limiter, Secret, Tier, Window, _redis
from pulumi_daily.api._books import LocalBook, MemoryStore
from pulumi_daily.api._ledger import LONGEST_LEASE
from pulumi_daily.api._redis import RemoteBook, ServerError, connect, ledger_name, reason, script
from pulumi_daily.api._settings import checked_limits_url

KEY = "canary-key-of-the-limits-server"
URL = "http://127.0.0.1:1/v1"
TIERS = {"T": Tier("T", (Window(2, 5.0),), ""), "batch": Tier("batch", (Window(3, 5.0),), "", within="T")}


class Fleet:
    """Machines on one server, each with a limiter of its own; all have one clock."""

    def __init__(self, clock: Any) -> None:
        self.clock = clock
        self.server = FakeServer(lambda: 1e9 + clock.now)
        self.lines: list[str] = []

    def machine(self, *, log: bool = True, **options: Any) -> Limiter:
        say = self.lines.append if log else None
        spare = LocalBook(MemoryStore(), self.clock)
        book = RemoteBook(ledger_name(KEY, URL), self.server, spare, log=say, clock=self.clock)
        options = {"tiers": TIERS, "clock": self.clock, "sleep": self.clock.sleep, **options}
        return Limiter(log=say, book=book, **options)


@pytest.fixture
def fleet(clock: Any) -> Fleet:
    return Fleet(clock)


def test_machines_share_windows_pauses_and_requests_in_flight(fleet: Fleet):
    one, two = fleet.machine(), fleet.machine()
    assert one.acquire("T") == 0.0
    with two.slot("T") as turn:
        assert turn == 0.0
        assert turn.began == fleet.server.clock()
        fleet.clock.now += 2
        assert one.expected_wait("T") == pytest.approx(3.01)
    assert one.acquire("T") == pytest.approx(3.01)
    assert two.acquire("T") == pytest.approx(2.0)
    one.penalise("T", 3.0, began=turn.began)
    one.penalise("T", 1.0)
    assert two.budget("T") == (Window(1, 5.0),)
    assert two.expected_wait("T") >= 3.0
    with two.slot("batch"):
        pass
    assert not any("not shared" in line for line in fleet.lines)
    assert one.budget("batch") == TIERS["batch"].windows


def test_shares_and_progress_are_those_of_the_file(fleet: Fleet):
    limiter = fleet.machine(share=0.5)
    with limiter.progress("updates", total=5, tier="T") as progress:
        for _ in range(4):
            limiter.acquire("T")
            progress.advance()
    assert fleet.clock.now == pytest.approx(1000 + 3 * 5.01)
    assert any("of 5 updates done" in line for line in fleet.lines)


def test_a_place_is_given_up_when_its_thread_is_interrupted(fleet: Fleet):
    limiter = fleet.machine()

    def stopped(seconds: float) -> None:
        raise KeyboardInterrupt

    limiter.acquire("T")
    limiter.acquire("T")
    limiter._sleep = stopped
    with pytest.raises(KeyboardInterrupt):
        limiter.acquire("T")
    assert fleet.machine()._book.view(limiter._tiers["T"]).ledger.queue == []
    assert limiter._tiers["T"].waiting == set()


def test_a_machine_that_is_killed_holds_nobody_up_for_longer_than_a_lease(fleet: Fleet):
    killed = fleet.machine().slot("T", lease=1e9)
    killed.__enter__()
    fleet.machine().acquire("T")
    assert fleet.machine().acquire("T") == pytest.approx(5.01)
    assert fleet.machine(tiers={"T": Tier("T", (Window(1, 5.0),), "")}).acquire("T") == pytest.approx(
        LONGEST_LEASE, abs=10
    )


@pytest.mark.parametrize("log", [True, False])
def test_a_server_that_fails_is_named_once_and_not_asked_again(fleet: Fleet, log: bool):
    limiter = fleet.machine(log=log)
    with limiter.slot("T"):
        fleet.server.broken = "no connection\x1b[31m"
        assert limiter.acquire("T") == 0.0
        asked = fleet.server.asked
        assert limiter.acquire("T") == pytest.approx(5.01), "the request in flight counts with the file as well"
    limiter.penalise("T", 1.0, began=fleet.server.clock())
    assert limiter.budget("T") == (Window(1, 5.0),)
    limiter.penalise("T", 1.0)
    limiter._book.leave(limiter._tiers["T"], 1)
    assert fleet.server.asked == asked
    where = (
        "rate limits are not shared through the limits server limits.example:6379, only on this machine: no connection"
    )
    found = [line for line in fleet.lines if not line.startswith("waiting")]
    assert len(found) == (1 if log else 0)
    assert all(line.startswith(where) and "\x1b" not in line for line in found)


def test_a_server_that_fails_while_a_request_waits_loses_no_request(fleet: Fleet):
    limiter = fleet.machine()
    limiter.acquire("T")
    limiter.acquire("T")
    sleep = fleet.clock.sleep

    def fails(seconds: float) -> None:
        fleet.server.broken = "no answer within 2 s"
        sleep(seconds)

    limiter._sleep = fails
    assert limiter.acquire("T") == pytest.approx(1.0)


@pytest.mark.parametrize(
    "answer",
    [b"", b"x" * 59, struct.pack("<dd", math.nan, 0) + bytes(44), struct.pack("<dd", 1, math.inf) + bytes(44)],
)
def test_an_answer_of_a_wrong_form_is_a_failure(fleet: Fleet, answer: bytes):
    fleet.server.answer = answer
    assert fleet.machine().acquire("T") == 0.0
    assert fleet.lines[0].endswith(": its answer has a wrong form")


# -- names and URLs


def test_the_name_of_a_key_tells_the_account_and_nothing_else(fleet: Fleet):
    name = ledger_name(KEY, URL)
    assert len({name, ledger_name(KEY + "2", URL), ledger_name(KEY, URL + "2")}) == 3
    fleet.machine().acquire("T")
    assert [*fleet.server.data] == [f"{name}:T"]
    assert "canary" not in name


@pytest.mark.parametrize(
    "url", ["redis://h", " redis://h:1/0 ", "rediss://u:p@h:6380", "redis://[::1]:6379/", "redis://:p%2F%40@h"]
)
def test_urls_of_servers(url: str):
    found = checked_limits_url(url)
    assert found == checked_limits_url(found) == Secret(url.strip())
    assert "p" not in repr(found).lower().replace("secret", "")


@pytest.mark.parametrize(
    "url",
    [
        "canary", "http://canary", "unix:///canary", "redis://", "redis://:canary@", "redis://h:canary", "redis://h:0",
        "redis://h:70000", "redis://h/canary", "redis://h?password=canary", "redis://h#canary", "redis://ca nary@h",
        "redis://:canary/x@h", "redis://[canary", "redis://:canäry@h",
    ],
)  # fmt: skip
def test_a_url_of_another_form_is_an_error_that_does_not_show_it(url: str):
    with pytest.raises(ConfigurationError, match="not one of a Redis or Valkey server") as caught:
        Limiter.shared(KEY, limits_url=url)
    assert "canary" not in str(caught.value)
    assert "h:0" not in str(caught.value)


# -- the library


class AuthenticationError(Exception):
    """Of the name of the library's."""


def test_reasons_have_no_text_of_others():
    assert reason(AuthenticationError("canary")) == "it refuses the user name or the password"
    assert reason(ConnectionRefusedError("canary")) == "no connection"
    assert reason(ValueError("canary")) == "it answers with an error (ValueError)"


def test_without_the_library_the_error_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "redis", None)
    with pytest.raises(ConfigurationError, match=r"pip install 'pulumi-daily\[redis\]'"):
        connect(Secret("redis://h"))


def test_a_server_that_is_not_there(tmp_path: Path):
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))  # taken, and nobody listens
        port = free.getsockname()[1]
        lines: list[str] = []
        url = f"redis://:canary@127.0.0.1:{port}"
        limiter = Limiter.shared(KEY, api_url=URL, folder=tmp_path, log=lines.append, limits_url=url)
        assert limiter.acquire("A") == limiter.acquire("B") == 0.0
    assert lines == [
        f"rate limits are not shared through the limits server 127.0.0.1:{port}, only on this machine: no connection"
    ]
    assert [path.suffix for path in tmp_path.iterdir()] == [".limits"], "the file as before"


def test_answers_of_the_library(monkeypatch: pytest.MonkeyPatch):
    import redis

    asked: list[Any] = []

    def answer(*, keys: list[str], args: list[Any]) -> Any:
        asked.append((keys, args))
        return next(answers)

    monkeypatch.setattr(redis.Redis, "register_script", lambda self, text: answer)
    server = connect(Secret("redis://:canary@[::1]"))
    answers = iter([b"data", 7])
    assert [server.run("k", ["view", b""]) for _ in range(2)] == [b"data", b""]
    assert asked == [(["k"], ["view", b""])] * 2
    assert server.where == "::1:6379"


def test_the_constants_of_the_script_are_those_of_the_ledgers():
    assert script().splitlines()[0].startswith("local GUARD, EARLY, ")
    assert "0.01, 1e-06, 1.0, 0.125, 10, 1000, 900.0, 600.0, 3600" in script().splitlines()[0]
    assert isinstance(ServerError("x"), Exception)


def test_the_library_is_loaded_on_first_use():
    code = "import sys, pulumi_daily.api as a; a.Limiter.shared('k'); sys.exit('redis' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0
    assert _redis.TIMEOUT == 2.0

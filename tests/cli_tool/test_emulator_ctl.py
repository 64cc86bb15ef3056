"""`pulumi-daily emulator ctl`: it changes a running emulator, and says what is wrong in a line."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests
from click.testing import Result

from pulumi_daily.cli._emulator_control import duration, moment
from pulumi_daily.emulator import Emulator

Ctl = Callable[..., Result]


@pytest.fixture
def ctl(daily: Callable[..., Result], emulator: Emulator) -> Ctl:
    """Run a subcommand on the emulator; it must succeed, unless `code` is given."""

    def run(*args: str, code: int = 0, url: str = emulator.url) -> Result:
        result = daily("emulator", "ctl", "--url", url, *args)
        assert result.exit_code == code, result.output
        return result

    return run


def test_the_clock(ctl: Ctl, emulator: Emulator) -> None:
    assert ctl("clock", "--set", "2026-01-31T12:00:00Z").output == "2026-01-31T12:00:00Z (1769860800)\n"
    assert ctl("clock", "--advance", "15d").output == "2026-02-15T12:00:00Z (1771156800)\n"
    assert ctl("clock").output == "2026-02-15T12:00:00Z (1771156800)\n"
    assert emulator.clock.stored() == (1771156800, 0)
    ctl("clock", "--set", "now")
    assert emulator.clock.stored() == (None, 0)
    assert "expected a number with s, m, h, d or w" in ctl("clock", "--advance", "soon", code=2).output
    assert "expected now, unix seconds, or a time" in ctl("clock", "--set", "2026-01-31T12:00", code=2).output
    assert "expected now" in ctl("clock", "--set", "soon", code=2).output


def test_times() -> None:
    found = [duration(text) for text in ("15d", "1.5h", "30m", "90s", "90", "1w", "-1d")]
    assert found == [15 * 86400, 5400, 1800, 90, 90, 7 * 86400, -86400]
    assert [moment(text) for text in ("now", "0", "1.5", "1970-01-01T01:00:00+01:00")] == [None, 0, 1.5, 0]


def test_rooms(ctl: Ctl, emulator: Emulator) -> None:
    emulator.add_domain("acme-eu", "another-key")
    shown = json.loads(ctl("add-room", "standup", "privacy=private", "enable_chat=true", "lang=de").output)
    assert shown["config"] == {"enable_chat": True, "lang": "de"}
    assert emulator.rooms()["standup"]["privacy"] == "private"
    ctl("edit-room", "standup", "max_participants=5", "lang=null", 'redirect_on_meeting_exit="5"')
    expected = {"enable_chat": True, "max_participants": 5, "redirect_on_meeting_exit": "5"}
    assert emulator.rooms()["standup"]["config"] == expected
    ctl("add-room", "lobby", "--domain", "acme-eu")
    assert emulator.rooms("acme-eu").keys() == {"lobby"}
    assert ctl("remove-room", "standup").output == "standup is deleted\n"
    assert emulator.rooms() == {}
    assert ctl("edit-room", "standup", "lang=de", code=1).output == "Error: there is no room standup\n"
    assert "expected NAME=VALUE" in ctl("edit-room", "standup", "lang", code=2).output


def test_a_setting_that_daily_lacks_is_stored_with_a_note(ctl: Ctl, emulator: Emulator) -> None:
    added = ctl("add-room", "standup", "enable_chatt=true", "frob=1", "privacy=private", "created_at=1700000000")
    assert added.stderr == (
        "note: Daily has no room setting enable_chatt; did you mean enable_chat? The emulator has stored it anyway.\n"
        "note: Daily has no room setting frob. The emulator has stored it anyway.\n"
    )
    assert json.loads(added.stdout)["config"] == {"enable_chatt": True, "frob": 1}
    edited = ctl("edit-room", "standup", 'permissions={"canSent": 1}', "enable_chat=true", "lang=xx", "privacy=public")
    note = "note: Daily has no room setting permissions.canSent; did you mean canSend?"
    assert edited.stderr == note + " The emulator has stored it anyway.\n"
    assert ctl("edit-room", "standup", "enable_chatt=null", "frob=null").stderr == ""
    assert emulator.rooms()["standup"]["config"].keys() == {"permissions", "enable_chat", "lang"}
    assert "note" not in ctl("edit-room", "nobody", "enable_chatt=true", code=1).output


def test_faults_requests_and_reset(ctl: Ctl, emulator: Emulator) -> None:
    assert ctl("requests").output == "no requests yet\n"
    assert ctl("fault", "fail", "GET /rooms", "--status", "503", "--times", "2").output == "fail GET /rooms: 2 times\n"
    auth = {"Authorization": f"Bearer {emulator.api_key}"}
    statuses = [requests.get(f"{emulator.url}/rooms", headers=auth, timeout=10).status_code for _ in range(3)]
    assert statuses == [503, 503, 200]
    assert ctl("requests").output == "503 GET /v1/rooms\n503 GET /v1/rooms\n200 GET /v1/rooms\n"
    assert json.loads(ctl("requests", "--counts").output)["counts"] == {"GET /rooms": 3}
    ctl("fault", "drop")
    assert json.loads(ctl("state").output)["faults"] == 1
    ctl("fault", "clear")
    assert json.loads(ctl("state").output)["faults"] == 0
    assert "Error: " in ctl("fault", "fail", "GET /nothing", code=1).output
    emulator.add_room("a")
    ctl("reset")
    assert emulator.rooms() == {}
    assert ctl("requests").output == "no requests yet\n"


def test_switches(ctl: Ctl, emulator: Emulator) -> None:
    assert json.loads(ctl("switch").output) == emulator.switches.as_dict()
    assert json.loads(ctl("switch", "max_rooms=7", 'limit_over_max="400"').output)["max_rooms"] == 7
    assert (emulator.switches.max_rooms, emulator.switches.limit_over_max) == (7, "400")
    assert "there is no switch 'no_such'" in ctl("switch", "no_such=1", code=1).output
    assert "expected NAME=VALUE" in ctl("switch", "max_rooms", code=2).output
    assert emulator.switches.max_rooms == 7


def test_a_switch_with_texts_needs_no_quotes_around_a_number(ctl: Ctl, emulator: Emulator) -> None:
    for written in ("200", '"200"'):
        emulator.switches.expired_get = "404"
        assert json.loads(ctl("switch", f"expired_get={written}").output)["expired_get"] == "200"
    ctl("switch", "limit_over_max=400", "read_lag=2.5", "collect_expired_after=60", "echo_sip=true")
    switches = emulator.switches
    assert (switches.limit_over_max, switches.read_lag, switches.collect_expired_after) == ("400", 2.5, 60)
    assert switches.echo_sip is True
    ctl("switch", "collect_expired_after=null")
    assert switches.collect_expired_after is None
    for written in ("200.0", "true", "null"):
        refused = ctl("switch", f"expired_get={written}", code=1).output
        assert f"not '{written}" in refused
    assert "a number >= 0" in ctl("switch", 'max_rooms="7"', code=1).output


def test_addresses(ctl: Ctl, emulator: Emulator) -> None:
    for url in (emulator.url, emulator.control_url, emulator.url.removesuffix("/v1")):
        ctl("clock", url=url)
    for url in ("https://api.daily.co/v1", "http://api.daily.co/v1", "127.0.0.1:8765", "http://[", ""):
        assert "--url" in ctl("clock", url=url, code=2).output


def test_nothing_that_answers_there(ctl: Ctl, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    ctl("clock")  # without the proxy
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        assert f"no emulator answers at {url}: start one" in ctl("clock", url=url, code=1).output


def test_another_server(ctl: Ctl) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            url = f"http://127.0.0.1:{server.server_address[1]}"
            assert "this is no emulator: it answers with 501" in ctl("clock", url=url, code=1).output
        finally:
            server.shutdown()
            thread.join()


def test_a_token(daily: Callable[..., Result], emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    with Emulator(api_key=emulator.api_key, control_token="token-1") as guarded:
        command = ("emulator", "ctl", "--url", guarded.url, "clock")
        refused = daily(*command)
        assert refused.exit_code == 1
        assert "needs its token" in refused.output
        monkeypatch.setenv("PULUMI_DAILY_EMULATOR_TOKEN", "token-1")
        assert daily(*command).exit_code == 0

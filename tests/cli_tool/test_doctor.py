"""`pulumi-daily doctor`: each thing that can be wrong is named, with what to do."""

from __future__ import annotations

import importlib.metadata
import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from pulumi_daily.api import RetryPolicy
from pulumi_daily.cli import _doctor
from pulumi_daily.emulator import Emulator

KEY = "key-of-the-cli-tests-0123456789"


@pytest.fixture
def doctor(daily: Callable[..., Result]) -> Callable[..., tuple[int, dict[str, dict[str, Any]]]]:
    def run(*args: str, stdin: str | None = None) -> tuple[int, dict[str, dict[str, Any]]]:
        result = daily("doctor", "--json", *args, stdin=stdin)
        report = json.loads(result.stdout)
        assert report["ok"] is (result.exit_code == 0)
        return result.exit_code, {finding["check"]: finding for finding in report["findings"]}

    return run


Doctor = Callable[..., tuple[int, dict[str, dict[str, Any]]]]


def test_all_is_well(doctor: Doctor, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAILY_API_KEY", KEY)
    monkeypatch.setenv("DAILY_API_URL", emulator.url)
    code, found = doctor()
    assert code == 0
    assert found["key"]["text"] == "found in the environment (DAILY_API_KEY)"
    assert emulator.url in found["api"]["text"]
    assert "without TLS" in found["api"]["text"]
    assert "domain acme" in found["accepted"]["text"]
    assert "daily:domain acme" in found["domain"]["todo"]
    assert "100 requests per 5 s" in found["limits"]["text"]
    assert found["sdk"]["text"] == f"pulumi {importlib.metadata.version('pulumi')} for Python"
    assert found["cli"]["status"] == "warning"
    assert "daily:rateShare" in found["limits"]["todo"]
    assert found["rooms"]["text"] == "none on the domain"
    assert found["webhooks"]["text"] == "there is none"
    assert emulator.counts() == {"GET /": 2, "GET /rooms": 1, "GET /webhooks": 1}


def test_the_text_has_an_arrow_for_what_must_be_done(daily: Callable[..., Result], emulator: Emulator) -> None:
    good = daily("doctor", "--api-key-stdin", "--api-url", emulator.url, stdin=f"{KEY}\n")
    assert good.exit_code == 0
    assert "Everything that is needed is there." in good.output
    bad = daily("doctor", "--api-url", emulator.url)
    assert bad.exit_code == 1
    assert "error    key         there is no API key" in bad.output
    assert "-> no Daily API key is configured" in bad.output
    assert "Something must be done" in bad.output


def test_a_refused_key(doctor: Doctor, emulator: Emulator) -> None:
    code, found = doctor("--api-key-stdin", "--api-url", emulator.url, stdin="another-key")
    assert code == 1
    assert found["key"]["text"] == "found in the standard input"
    assert found["accepted"]["status"] == "error"
    assert "dashboard" in found["accepted"]["todo"]
    assert "another-key" not in json.dumps(found)


def test_a_key_that_cannot_be_one(doctor: Doctor, emulator: Emulator) -> None:
    code, found = doctor("--api-key-stdin", "--api-url", emulator.url, stdin="canary key")
    assert code == 1
    assert found["key"]["status"] == "error"
    assert "the one in the standard input cannot be used: the API key contains a blank" in found["key"]["text"]
    assert "dashboard" in found["key"]["todo"]
    assert found["api"]["status"] == "ok"
    assert "canary" not in json.dumps(found)
    assert "proxy" not in json.dumps(found)


@pytest.mark.parametrize("place", ["option", "environment", "stack"])
@pytest.mark.parametrize("key", [KEY, "a b", None])
def test_a_password_in_the_url_is_not_shown_and_nothing_is_sent(
    daily: Callable[..., Result],
    emulator: Emulator,
    fake_pulumi: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    place: str,
    key: str | None,
) -> None:
    url = emulator.url.replace("http://", "http://user:canary@")
    if key is not None:
        monkeypatch.setenv("DAILY_API_KEY", key)
    if place == "environment":
        monkeypatch.setenv("DAILY_API_URL", url)
    elif place == "stack":
        fake_pulumi(config={"daily:apiUrl": {"value": url, "secret": False}})
    for command in (["doctor"], ["doctor", "--json"], ["import", "--all"]):
        result = daily(*command, *(["--api-url", url] if place == "option" else []))
        assert result.exit_code == 1
        assert "the API URL must not have a user name" in result.output
        assert "canary" not in result.output
    assert emulator.count() == 0


@pytest.mark.parametrize("url", ["http://daily.invalid/v1", "ftp://daily.invalid/v1", "api.daily.co"])
def test_a_url_that_cannot_be_one(doctor: Doctor, url: str) -> None:
    code, found = doctor("--api-url", url)
    assert code == 1
    assert found["config"]["status"] == "error"
    assert "https" in found["config"]["text"].lower()
    assert "api" not in found


def test_the_url_is_shown_as_it_is_used(doctor: Doctor, emulator: Emulator) -> None:
    _, found = doctor("--api-url", f" {emulator.url}/ ")
    assert found["api"]["text"] == f"{emulator.url} answers, without TLS (this machine only)"


def test_an_empty_standard_input(doctor: Doctor, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAILY_API_KEY", KEY)
    code, found = doctor("--api-key-stdin", "--api-url", emulator.url, stdin="\n")
    assert code == 1
    assert found["config"]["status"] == "error"
    assert "no API key on the standard input" in found["config"]["text"]
    assert "options" in found["config"]["todo"]
    assert "key" not in found
    assert emulator.count() == 0


@pytest.mark.parametrize(("configured", "status"), [("acme", "ok"), ("other", "error")])
def test_the_domain_of_the_configuration(
    doctor: Doctor, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, configured: str, status: str
) -> None:
    monkeypatch.setenv("DAILY_DOMAIN", configured)
    code, found = doctor("--api-key-stdin", "--api-url", emulator.url, stdin=KEY)
    assert found["domain"]["status"] == status
    assert (code == 0) is (status == "ok")


@pytest.mark.parametrize("stdin", [KEY, None])
def test_nothing_listens(doctor: Doctor, stdin: str | None) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
        code, found = doctor(*(["--api-key-stdin"] if stdin else []), "--api-url", url, stdin=stdin)
    assert code == 1
    assert found["api"]["status"] == "error"
    assert ": connection refused" in found["api"]["text"]
    assert found["api"]["todo"].startswith("check the API URL (daily:apiUrl")
    assert "accepted" not in found


def test_without_a_key_the_api_is_tried_all_the_same(doctor: Doctor, emulator: Emulator) -> None:
    code, found = doctor("--api-url", emulator.url)
    assert code == 1
    assert found["key"]["status"] == "error"
    assert found["api"]["status"] == "ok"


def test_a_wrong_path_of_the_api(doctor: Doctor, emulator: Emulator) -> None:
    code, found = doctor("--api-key-stdin", "--api-url", emulator.url.removesuffix("/v1") + "/v9", stdin=KEY)
    assert code == 1
    assert found["api"]["status"] == "error"


def test_rate_limits_that_are_switched_off(doctor: Doctor, emulator: Emulator) -> None:
    emulator.set_domain_config(disable_rate_limiting=True)
    _, found = doctor("--api-key-stdin", "--api-url", emulator.url, stdin=KEY)
    assert "switched its rate limits off" in found["limits"]["text"]


@pytest.mark.parametrize(("rooms", "requests"), [(1, 2), (100, 2), (101, 3), (250, 4)])
def test_the_number_of_rooms(doctor: Doctor, emulator: Emulator, rooms: int, requests: int) -> None:
    emulator.seed(rooms)
    _, found = doctor("--api-key-stdin", "--api-url", emulator.url, stdin=KEY)
    assert found["rooms"]["text"] == (
        f"{rooms} on the domain; a preview of all of them makes about {requests} requests"
    )


def test_a_webhook_that_daily_gave_up_on(doctor: Doctor, emulator: Emulator) -> None:
    secret = "canary"
    url = f"https://example.com/{secret}?token={secret}"
    made = emulator.add("webhooks", url=url, eventTypes=["meeting.started"], hmac=secret, basicAuth=secret)
    arguments = ("--api-key-stdin", "--api-url", emulator.url)
    name = f"{made['uuid']} to example.com"
    for changes, status, text in (
        ({}, "ok", f"{name} is ACTIVE"),
        ({"failedCount": 2}, "ok", f"{name} is ACTIVE, 2 failed in a row"),
        ({"state": "FAILED"}, "warning", f"{name} is FAILED: Daily sends it no events"),
    ):
        emulator.edit("webhooks", made["uuid"], **changes)
        code, found = doctor(*arguments, stdin=KEY)
        assert code == 0
        assert (found["webhooks"]["status"], found["webhooks"]["text"]) == (status, text)
        assert secret not in json.dumps(found)
    assert "pulumi up" in found["webhooks"]["todo"]


def test_what_a_server_says_is_shown_on_one_line_and_quoted(
    daily: Callable[..., Result], doctor: Doctor, emulator: Emulator
) -> None:
    made = emulator.add("webhooks", url="https://example.com", eventTypes=["meeting.started"])
    with emulator.backend.lock:
        emulator.backend.domain().name = "a\n::set-output::$(reboot)\x1b[2J"
    emulator.edit("webhooks", made["uuid"], state="\n##[command] Bearer canary rtmp://x.example/canary")
    arguments = ("--api-key-stdin", "--api-url", emulator.url)
    output = daily("doctor", *arguments, stdin=KEY).output
    assert all(line.isprintable() and "##[" not in line for line in output.split("\n"))
    assert not any(line.lstrip().startswith("::") for line in output.split("\n"))
    assert r"pulumi config set daily:domain 'a\n::set-output::$(reboot)\x1b[2J'" in output
    assert "canary" not in output
    _, found = doctor(*arguments, stdin=KEY)
    assert all(text is None or text.isprintable() for finding in found.values() for text in finding.values())


@pytest.mark.parametrize(
    ("status", "finding", "text"),
    [(400, "ok", "not available to this account"), (403, "ok", "not available"), (503, "warning", "could not be read")],
)
def test_what_cannot_be_read_is_no_error(
    doctor: Doctor, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, status: int, finding: str, text: str
) -> None:
    monkeypatch.setattr("pulumi_daily.connection.RetryPolicy", lambda budget: RetryPolicy(budget=0))
    emulator.fail("GET /webhooks", status=status, times=None)
    code, found = doctor("--api-key-stdin", "--api-url", emulator.url, stdin=KEY)
    assert code == 0
    assert found["webhooks"]["status"] == finding
    assert text in found["webhooks"]["text"]
    assert found["rooms"]["status"] == "ok"


def test_a_free_plan(doctor: Doctor, emulator: Emulator) -> None:
    emulator.switches.plan = "free"
    code, found = doctor("--api-key-stdin", "--api-url", emulator.url, stdin=KEY)
    assert code == 0
    assert found["webhooks"]["status"] == "ok"
    assert "not available to this account: 400 invalid-plan-type: This feature is only" in found["webhooks"]["text"]
    assert found["rooms"]["text"] == "none on the domain"


@pytest.mark.parametrize("answer", [None, "x", {}, ["x"], [{"url": "http://["}], [{"url": None, "state": 1}]])
def test_webhooks_of_another_form_are_no_traceback(answer: Any) -> None:
    class Odd:
        def call(self, route: str) -> Any:
            return answer

    assert [finding.status for finding in _doctor._webhooks(Odd())] == ["ok"]  # type: ignore[arg-type]


def test_the_configuration_of_the_stack(
    doctor: Doctor, emulator: Emulator, fake_pulumi: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAILY_API_KEY", "from-the-environment")
    fake_pulumi(
        config={
            "daily:apiKey": {"value": KEY, "secret": True},
            "daily:apiUrl": {"value": emulator.url, "secret": False},
            "daily:rateShare": {"value": "0.5", "secret": False},
            "aws:region": {"value": "eu-central-1", "secret": False},
        }
    )
    code, found = doctor()
    assert code == 0
    assert found["key"]["text"] == "found in the configuration of the stack"
    assert found["cli"] == {"check": "cli", "status": "ok", "text": "pulumi v3.260.0", "todo": None}
    assert "50% of it is used" in found["limits"]["text"]
    assert "secret" not in found


def test_a_blank_key_of_the_stack_is_refused_and_the_environments_is_not_taken(
    doctor: Doctor, emulator: Emulator, fake_pulumi: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAILY_API_KEY", KEY)
    fake_pulumi(config={"daily:apiKey": {"value": " "}, "daily:apiUrl": {"value": emulator.url}})
    code, found = doctor()
    assert code == 1
    assert found["config"]["text"].startswith("daily:apiKey is empty")
    assert "key" not in found


def test_a_key_in_clear_text_is_a_warning(doctor: Doctor, emulator: Emulator, fake_pulumi: Callable[..., None]) -> None:
    fake_pulumi(config={"daily:apiKey": {"value": KEY}, "daily:apiUrl": {"value": emulator.url}})
    code, found = doctor("--stack", "dev")
    assert code == 0
    assert found["secret"]["status"] == "warning"
    assert "--secret" in found["secret"]["todo"]


@pytest.mark.parametrize("config", [None, "not json", "[]"])
def test_a_stack_that_cannot_be_read(
    doctor: Doctor, emulator: Emulator, fake_pulumi: Callable[..., None], config: str | None
) -> None:
    fake_pulumi(config=config)
    code, found = doctor("--api-key-stdin", "--api-url", emulator.url, stdin=KEY)
    assert code == 0
    assert found["stack"]["status"] == "warning"
    assert "failed" in found["stack"]["text"]
    code, found = doctor("--stack", "dev", "--api-key-stdin", "--api-url", emulator.url, stdin=KEY)
    assert code == 1
    assert found["stack"]["status"] == "error"
    assert "`pulumi config --stack dev` failed" in found["stack"]["text"]


def test_a_project_without_a_cli(doctor: Doctor, emulator: Emulator) -> None:
    Path("Pulumi.yaml").write_text("name: test\n")
    _, found = doctor("--api-key-stdin", "--api-url", emulator.url, stdin=KEY)
    assert "no pulumi on PATH" in found["stack"]["text"]


def test_a_stack_without_a_project(doctor: Doctor, emulator: Emulator) -> None:
    _, found = doctor("--stack", "dev", "--api-key-stdin", "--api-url", emulator.url, stdin=KEY)
    assert "project" in found["stack"]["text"]


def test_a_cli_that_is_too_old_for_import_files(doctor: Doctor, fake_pulumi: Callable[..., None]) -> None:
    fake_pulumi(version="v3.100.0", config={})
    _, found = doctor()
    assert found["cli"]["status"] == "warning"
    assert "3.254" in found["cli"]["todo"]


def test_a_cli_that_hangs_is_left(
    doctor: Doctor, fake_pulumi: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_pulumi(config={})
    monkeypatch.setattr("pulumi_daily.cli._account.PULUMI_SECONDS", 1e-6)
    _, found = doctor()
    assert "no pulumi that works" in found["cli"]["text"]


def test_an_sdk_that_is_too_old(doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.metadata.version
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "3.100.1" if name == "pulumi" else real(name))
    code, found = doctor()
    assert code == 1
    assert found["sdk"]["todo"] == "pip install --upgrade pulumi"


def test_configuration_that_cannot_be_used(doctor: Doctor, fake_pulumi: Callable[..., None]) -> None:
    fake_pulumi(config={"daily:rateShare": {"value": "7"}})
    code, found = doctor()
    assert code == 1
    assert "daily:rateShare" in found["config"]["text"]


def test_what_is_no_version_is_older_than_all() -> None:
    assert _doctor._version("dev") == (0, 0)
    assert _doctor._tls("https://api.daily.co/v1") == "over verified TLS"


def test_unknown_keys_of_the_configuration(
    doctor: Doctor, emulator: Emulator, fake_pulumi: Callable[..., None]
) -> None:
    url = {"value": emulator.url}
    fake_pulumi(config={"daily:apiUrl": url, "daily:flavour": {"value": "x"}})
    _, found = doctor("--api-key-stdin", stdin=KEY)
    assert found["config"]["status"] == "warning"
    assert "daily:flavour is unknown to pulumi_daily" in found["config"]["text"]
    fake_pulumi(config={"daily:apiUrl": url, "daily:api_key": {"value": "x"}})
    code, found = doctor("--api-key-stdin", stdin=KEY)
    assert code == 1
    assert found["config"]["text"] == "daily:api_key is unknown (did you mean daily:apiKey?)"

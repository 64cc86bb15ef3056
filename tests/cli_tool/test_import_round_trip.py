"""An import and its program leave nothing to do: the next preview is empty, and nothing was written on Daily."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from domains import fill, new_seed, random_rooms

from pulumi_daily.emulator import Emulator
from pulumi_daily.testing import Secret, Stack

EVERY = 9
"""Objects of `fill` that are no rooms: the domain, a webhook, two numbers, two configurations, a trunk and a client."""


@pytest.fixture
def project(emulator: Emulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A project in the current folder."""
    Path("Pulumi.yaml").write_text("name: adopt\nruntime: python\n")
    return Path.cwd()


def stack_of(emulator: Emulator, project: Path, **config: Any) -> Stack:
    config = {"daily:apiUrl": emulator.url, "daily:apiKey": Secret(emulator.api_key), **config}
    return Stack(project, config=config)


def imported() -> Any:
    return json.loads(Path("import.json").read_text("utf-8"))


def writes(emulator: Emulator) -> list[str]:
    return [f"{one.method} {one.path}" for one in emulator.requests if one.method != "GET"]


@pytest.mark.parametrize("form", ["rooms", "set"])
def test_random_domains(run: Callable[..., Result], emulator: Emulator, project: Path, form: str) -> None:
    rooms = random_rooms(new_seed(), 60)
    fill(emulator, rooms)
    split = ["--split"] if form == "set" else []
    result = run("--everything", "--as", form, "--program", "__main__.py", *split)
    assert result.exit_code == 0, result.output
    written = result.output + "".join(path.read_text("utf-8") for path in project.iterdir())
    assert "canary" not in written
    with stack_of(emulator, project) as stack:
        emulator.clear_log()
        done = stack.import_file(imported(), protect=False)
        assert done.ok
        preview = stack.preview()
        assert set(preview.changes) == {"same"}
        assert preview.changes["same"] == EVERY - 1 + (1 if form == "set" else len(rooms)) + 1
        # Another import of the same file adds nothing: an interrupted one is continued by running it again.
        again = stack.import_file(imported(), protect=False)
        assert "import" not in again.changes
        assert set(stack.up().changes) == {"same"}
    assert writes(emulator) == []


def test_a_second_account(run: Callable[..., Result], emulator: Emulator, project: Path) -> None:
    fill(emulator, random_rooms(new_seed(), 8))
    result = run("--everything", "--provider", "eu", "--program", "__main__.py", "--split")
    assert result.exit_code == 0, result.output
    steps = result.output.partition("Next:\n")[2].splitlines()
    assert [step.strip() for step in steps[:5]] == [
        "__main__.py is the program already",
        "pulumi config set --secret euApiKey",
        "pulumi up --target '**pulumi:providers:pulumi-python::eu'",
        "pulumi import --file import.json --generate-code=false --protect=false --yes",
        "`pulumi preview` then shows no change",
    ]
    account = (project / "daily_account.py").read_text("utf-8")
    assert f'domain="acme",\n    api_url="{emulator.url}",\n' in account
    program = (project / "__main__.py").read_text("utf-8")
    with stack_of(emulator, project, euApiKey=Secret(emulator.api_key)) as stack:
        # In place of `pulumi up --target`.
        (project / "__main__.py").write_text("import daily_account\n")
        assert stack.up().changes["create"] == 2
        (project / "__main__.py").write_text(program)
        emulator.clear_log()
        stack.import_file(imported(), protect=False)
        assert set(stack.preview().changes) == {"same"}
        providers = {one.provider for one in stack.state if "daily:" in one.type}
        assert providers == {f"{stack.resource('eu').urn}::{stack.resource('eu').id}"}
    assert writes(emulator) == []


def test_two_accounts_with_equal_names_in_one_program(
    run: Callable[..., Result], emulator: Emulator, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rooms = {f"team-{number}": {"enable_chat": True, "max_participants": number + 2} for number in range(5)}
    with Emulator(domain_name="acme-eu", api_key="key-of-the-second-account-0123456789") as other:
        for one in (emulator, other):
            fill(one, {"lobby": {"enable_chat": True}, **rooms})
        assert run("--everything", "--program", "us.py").exit_code == 0
        first = imported()
        monkeypatch.setenv("DAILY_API_KEY", other.api_key)
        monkeypatch.setenv("DAILY_API_URL", other.url)
        result = run("--everything", "--provider", "eu", "--program", "eu.py", "--force")
        assert result.exit_code == 0, result.output
        second = imported()
        assert all(one["name"].startswith("eu-") for one in second["resources"][1:])
        program = (project / "us.py").read_text("utf-8") + (project / "eu.py").read_text("utf-8")
        (project / "__main__.py").write_text("")
        with stack_of(emulator, project, euApiKey=Secret(other.api_key)) as stack:
            account = program[program.index("eu = daily.Provider(") :].partition("\n\n")[0]
            head = "import pulumi\nimport pulumi_daily as daily\nconfig = pulumi.Config()\n"
            (project / "__main__.py").write_text(head + account + "\n")
            stack.up()
            (project / "__main__.py").write_text(program)
            for file in (second, first):
                stack.import_file(file, protect=False)
            preview = stack.preview()
            assert set(preview.changes) == {"same"}
            lobbies = {one.urn.rpartition("::")[2]: one for one in stack.state if one.id == "lobby"}
            assert lobbies.keys() == {"lobby", "eu-lobby"}
            assert {one.outputs["domain"] for one in lobbies.values()} == {"acme", "acme-eu"}
        assert writes(emulator) == writes(other) == []


def test_a_second_account_has_its_own_key(
    run: Callable[..., Result], emulator: Emulator, fake_pulumi: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    emulator.add_room("a")
    monkeypatch.delenv("DAILY_API_KEY")
    secret = {"value": emulator.api_key, "secret": True}
    # The key of the stack's own account is not taken for it, nor are the stack's other settings.
    fake_pulumi(config={"daily:apiKey": secret, "daily:domain": {"value": "other", "secret": False}})
    result = run("--all", "--provider", "eu")
    assert result.exit_code == 1
    assert "no key of the account eu: set DAILY_API_KEY, or `pulumi config set --secret euApiKey`" in result.output
    fake_pulumi(config={"daily:domain": {"value": "other", "secret": False}, "adopt:euApiKey": secret})
    assert run("--all", "--provider", "eu").exit_code == 0
    assert [one.get("provider") for one in imported()["resources"]] == [None, "eu"]


def test_a_dry_run_writes_nothing(run: Callable[..., Result], emulator: Emulator) -> None:
    fill(emulator, random_rooms(new_seed(), 8))
    Path("import.json").write_text("mine")
    result = run("--everything", "--dry-run", "--program", "missing/x.py")
    assert result.exit_code == 0
    first, *lines = result.output.splitlines()
    assert first.startswith("would be imported: 1 domain, 8 rooms, 1 webhook, 2 phone numbers, 2 dial-in configs, ")
    assert '  DomainConfig "domain" (acme)' in lines
    assert '  SipClient "desk.1"' in lines
    assert not [line for line in lines if "Next" in line]
    assert [path.name for path in Path.cwd().iterdir()] == ["import.json"]
    assert Path("import.json").read_text() == "mine"


def test_the_file_can_go_to_a_pipe(run: Callable[..., Result], emulator: Emulator) -> None:
    emulator.add_room("a", enable_chat=True)
    result = run("--all", "--out", "-", "--program", "x.py")
    assert result.exit_code == 0
    assert [one["id"] for one in json.loads(result.stdout)["resources"]] == ["a"]
    assert result.stderr.startswith("standard output: 1 room\n")
    assert "pulumi import" not in result.stderr
    assert [path.name for path in Path.cwd().iterdir()] == ["x.py"]


def test_a_program_that_would_be_overwritten(run: Callable[..., Result], emulator: Emulator) -> None:
    emulator.add_room("a")
    for name in ("__main__.py", "daily_sip.py"):
        Path(name).write_text("mine")
        result = run("--all", "--program", "__main__.py", "--split")
        assert result.exit_code == 1
        reason = "`pulumi up` then deletes what the stack has and the new program has not"
        assert result.output == f"Error: {name} exists already; --force overwrites it: {reason}\n"
        Path(name).unlink()
    assert emulator.count() == 0


def test_progress_is_shown_on_a_terminal(
    run: Callable[..., Result], emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    emulator.seed(120, prefix="team")
    quiet = run("--all")
    assert quiet.stderr == ""
    monkeypatch.setattr("pulumi_daily.cli._terminal.is_terminal", lambda: True)
    result = run("--all", "--force")
    assert result.stderr.startswith("rooms")
    assert result.stdout == quiet.stdout


def test_two_imports_of_a_growing_domain_give_the_same_names(run: Callable[..., Result], emulator: Emulator) -> None:
    fill(emulator, random_rooms(new_seed(), 10))
    assert run("--everything").exit_code == 0
    before = {(one["type"], one["id"]): one["name"] for one in imported()["resources"]}
    fill_more = {"A-room": {"enable_chat": True}, "zz": {}}
    for name, properties in fill_more.items():
        emulator.add_room(name, **properties)
    emulator.add("dialin_configs", room_creation_api="https://example.com/a", name_prefix="x")
    emulator.add("sip_clients", username="a.7")
    assert run("--everything", "--force").exit_code == 0
    after = {(one["type"], one["id"]): one["name"] for one in imported()["resources"]}
    assert len(after) == len(before) + 4, after.keys() - before.keys()
    assert before.items() <= after.items()
    assert run("--everything", "--as", "set", "--force").exit_code == 0
    first = imported()
    assert run("--everything", "--as", "set", "--force").exit_code == 0
    assert imported() == first

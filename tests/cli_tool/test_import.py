"""`pulumi-daily import`: the file, the program, and what is refused."""

from __future__ import annotations

import ast
import fnmatch
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from pulumi_daily._wire import SIGNATURE
from pulumi_daily.emulator import Emulator
from pulumi_daily.providers import RoomProvider, serialized

KEY = "key-of-the-cli-tests-0123456789"
STREAM = "rtmp://live.example.com/app/stream-key-canary"


def _entries(path: str = "import.json") -> dict[str, Any]:
    return {entry["id"]: entry for entry in json.loads(Path(path).read_text())["resources"]}


def test_the_entry_of_a_room(run: Callable[..., Result], emulator: Emulator) -> None:
    emulator.add_room("standup", privacy="private", enable_chat=True, permissions={"canSend": ["video", "audio"]})
    result = run("--room", "standup")
    assert result.exit_code == 0, result.output
    assert "import.json: 1 room\n" in result.output
    assert "pulumi import --file import.json --generate-code=false --protect=false --yes" in result.output
    entry = _entries()["standup"]
    provider = serialized(RoomProvider)
    assert entry["type"] == "pulumi-python:dynamic/daily:Room"
    assert entry["name"] == "standup"
    assert entry["inputs"] == {
        "name": "standup",
        "privacy": "private",
        "properties": {"enable_chat": True, "permissions": {"canSend": ["audio", "video"]}},
        "__provider": provider,
        "__daily": {"owner": "import::Room standup"},
    }
    assert entry["outputs"]["url"] == "https://acme.daily.co/standup"
    assert entry["outputs"]["domain"] == "acme"
    assert entry["outputs"]["__provider"] == provider
    assert KEY not in Path("import.json").read_text()


def test_all_rooms_or_those_that_match(run: Callable[..., Result], emulator: Emulator) -> None:
    emulator.seed(120, prefix="team")
    emulator.add_room("lobby")
    assert run("--all").exit_code == 0
    assert len(_entries()) == 121
    assert list(_entries()) == sorted(_entries())
    assert run("--all", "--include", "team-11*", "--force").exit_code == 0
    assert list(_entries()) == ["team-11", *(f"team-11{i}" for i in range(10))]


def test_secrets_are_left_out_and_named(run: Callable[..., Result], emulator: Emulator) -> None:
    endpoint = {"name": "a", "type": "rtmp", "rtmp_config": {"url": STREAM}}
    emulator.add_room("live", streaming_endpoints=[endpoint], enable_chat=True)
    result = run("--room", "live", "--program", "rooms.py")
    assert 'room "live": streaming_endpoints left out (secret)' in result.output
    assert _entries()["live"]["inputs"]["properties"] == {"enable_chat": True}
    assert STREAM not in result.output + Path("import.json").read_text() + Path("rooms.py").read_text()


HOSTILE = "x\nimport os\n\x1b[2J\u202e##vso[task]\u2028#"


def test_what_a_server_says_is_no_code_and_no_command(run: Callable[..., Result], emulator: Emulator) -> None:
    emulator.add_room("standup", **{"enable_chat": True, HOSTILE: HOSTILE, "flag": {HOSTILE: True}})
    result = run("--room", "standup", "--program", "rooms.py")
    assert result.exit_code == 0, result.output
    assert all(line.isprintable() and "##vso[" not in line for line in result.output.split("\n"))
    assert r"x\nimport os\n" in result.output
    code = Path("rooms.py").read_text()
    assert [type(node).__name__ for node in ast.parse(code).body] == ["Import", "Assign"]
    assert all(line.isprintable() for line in code.split("\n"))
    assert _entries()["standup"]["inputs"]["extra_properties"] == {"flag": {HOSTILE: True}}


def test_an_error_of_a_server_is_one_line(run: Callable[..., Result], emulator: Emulator) -> None:
    emulator.fail("GET /rooms/:name", status=400, body={"error": "invalid-request-error", "info": HOSTILE})
    result = run("--room", "standup")
    assert result.exit_code == 1
    assert len(result.output.splitlines()) == 1
    assert result.output[:-1].isprintable()


def test_nested_secrets_that_no_model_knows_are_left_out(run: Callable[..., Result], emulator: Emulator) -> None:
    dialin = [{"phone_number": "+1", "hmac": "stream-key-canary"}]
    emulator.add_room("live", pinless_dialin=dialin, lang={"password": "stream-key-canary"})
    result = run("--room", "live", "--program", "rooms.py")
    assert "extra_properties.pinless_dialin left out (secret)" in result.output
    texts = result.output + Path("import.json").read_text() + Path("rooms.py").read_text()
    assert "stream-key-canary" not in texts


def test_the_program_declares_the_same_inputs(run: Callable[..., Result], emulator: Emulator) -> None:
    emulator.add_room("stand-up", privacy="private", enable_chat=True, lang="de")
    emulator.add_room("Stand_Up", exp=1999999999)
    emulator.add_room("2nd")
    emulator.add_room("class")
    result = run("--all", "--program", "rooms.py")
    assert result.exit_code == 0
    assert "paste rooms.py" in result.output
    declared: dict[str, Any] = {}

    class Daily:
        @staticmethod
        def Room(resource: str, **inputs: Any) -> None:
            declared[resource] = inputs

    code = Path("rooms.py").read_text()
    assert code.startswith("import pulumi_daily as daily\n")
    exec(code.replace("import pulumi_daily as daily", ""), {"daily": Daily})  # noqa: S102
    wanted = {name: dict(entry["inputs"]) for name, entry in _entries().items()}
    for inputs in wanted.values():
        del inputs["__provider"], inputs["__daily"]
    assert declared == wanted
    assert "\nstand_up_2 = daily.Room(" in code
    assert "\nroom_class = daily.Room(" in code
    assert "\nroom_2nd = daily.Room(" in code


def test_a_file_named_main_is_the_program_itself(run: Callable[..., Result], emulator: Emulator) -> None:
    emulator.add_room("standup")
    result = run("--all", "--program", "__main__.py")
    assert "  __main__.py is the program already; `pulumi preview` then shows no change\n" in result.output
    assert "paste" not in result.output


def test_a_missing_room_is_named_and_nothing_is_written(run: Callable[..., Result], emulator: Emulator) -> None:
    emulator.add_room("there")
    result = run("--room", "there", "--room", "gone", "--room", "gone-too")
    assert result.exit_code == 1
    assert "there is no room gone, gone-too" in result.output
    assert not Path("import.json").exists()


def test_there_is_nothing(run: Callable[..., Result], emulator: Emulator) -> None:
    result = run("--all")
    assert (result.exit_code, result.output) == (1, "Error: the domain has no room\n")
    emulator.add_room("lobby")
    result = run("--all", "--include", "team-[0-9]")
    assert (result.exit_code, result.output) == (
        1,
        "warning: the pattern team-[0-9] matches no object\n"
        "Error: there is nothing to import; no room matches --include and --exclude\n",
    )


@pytest.mark.parametrize("pattern", ["[]]*", "[!]]", "[", "x[!]", "[]"])
def test_a_pattern_without_its_end_is_refused(run: Callable[..., Result], emulator: Emulator, pattern: str) -> None:
    emulator.add_room("lobby")
    result = run("--all", "--include", pattern)
    # What fnmatch reads as a set needs no bracket in the name; else the pattern can match no room.
    is_set = r"\[" not in fnmatch.translate(pattern)
    assert (result.exit_code == 2) is not is_set
    assert ("Invalid value for '--include': expected a pattern such as 'team-*'" in result.output) is not is_set
    assert (emulator.count() == 0) is not is_set


@pytest.mark.parametrize(
    ("args", "reason"),
    [
        (("--all", "--include", ""), "'--include': expected a pattern"),
        (("--all", "--include", " "), "'--include': expected a pattern"),
        (("--all", "--room-set", ""), "'--room-set': expected the name of the resource in the program"),
        (("--all", "--room-set", "  "), "'--room-set': expected the name of the resource in the program"),
        (("--room", ""), "'--room': expected the name of a room"),
        (("--room", ".."), "'--room': expected the name of a room"),
        (("--room", "\udcff"), "'--room': expected the name of a room"),
        (("--kind", "SipClient", "--id", ""), "'--id': expected Daily's id of the object, or its user name"),
        (("--kind", "SipClient", "--id", "."), "'--id': expected Daily's id of the object, or its user name"),
        (("--kind", "DomainConfig", "--id", ""), "'--id': expected Daily's id of the object, or its user name"),
        (("--kind", "", "--all"), "'--kind': expected one of DomainConfig, Room, Webhook, PhoneNumber, Di"),
    ],
)
def test_values_that_name_nothing(
    run: Callable[..., Result], emulator: Emulator, args: tuple[str, ...], reason: str
) -> None:
    emulator.add_room("lobby")
    result = run(*args)
    assert result.exit_code == 2
    assert f"Invalid value for {reason}" in result.output
    assert emulator.count() == 0


def test_the_help_shows_kinds_as_the_page_does(run: Callable[..., Result], emulator: Emulator) -> None:
    text = "".join(run("--help").output.split())
    assert "--kind[DomainConfig|Room|Webhook|PhoneNumber|DialinConfig|SipTrunk|SipClient]" in text
    emulator.add_room("lobby")
    for kind in ("Room", "room", "ROOM"):
        assert run("--kind", kind, "--id", "lobby", "--force").exit_code == 0


@pytest.mark.parametrize(
    ("args", "reason"),
    [
        ((), "either --room NAME"),
        (("--all", "--room", "a"), "either --room NAME"),
        (("--all", "--kind", "Webhook", "--id", "a"), "either --room NAME"),
        (("--room", "a", "--include", "b"), "--include and --exclude go with --all"),
        (("--room", "a", "--exclude", "b"), "--include and --exclude go with --all"),
        (("--all", "--as", "rooms", "--room-set", "x"), "--room-set goes with --as set"),
        (("--all", "--split"), "--split goes with --program"),
        (("--check", "--room", "a"), "--check goes with --all"),
        (("--id", "a", "--kind", "Webhook"), "--id goes behind the --kind"),
        (("--kind", "Webhook"), "--kind Webhook needs --id ID behind it, or --all"),
        (("--everything", "--all"), "--everything goes without"),
        (("--everything", "--kind", "Room"), "--everything goes without"),
        (("--kind", "Webhook", "--all", "--room-set", "x"), "--as and --room-set go with rooms"),
        (("--kind", "MeetingToken", "--all"), "expected one of DomainConfig, Room, Webhook"),
    ],
)
def test_options_that_do_not_go_together(run: Callable[..., Result], args: tuple[str, ...], reason: str) -> None:
    result = run(*args)
    assert result.exit_code == 2
    assert reason in result.output


@pytest.mark.parametrize("name", ["import.json", "rooms.py"])
def test_files_are_not_overwritten_unasked(run: Callable[..., Result], emulator: Emulator, name: str) -> None:
    emulator.add_room("there")
    Path(name).write_text("mine")
    result = run("--all", "--program", "rooms.py")
    assert result.exit_code == 1
    assert f"{name} exists already" in result.output
    assert Path(name).read_text() == "mine"
    assert run("--all", "--program", "rooms.py", "--force").exit_code == 0
    assert Path(name).read_text() != "mine"


@pytest.mark.parametrize(
    ("out", "code"),
    [("x.py", "x.py"), ("x.py", "./sub/../x.py"), ("x.py", "link.py"), ("there.py", "hard.py"), ("X.py", "x.py")],
)
def test_one_file_for_both_is_refused(run: Callable[..., Result], emulator: Emulator, out: str, code: str) -> None:
    emulator.add_room("lobby")
    Path("sub").mkdir()
    Path("there.py").write_text("mine")
    Path("hard.py").hardlink_to("there.py")
    Path("link.py").symlink_to("x.py")
    result = run("--all", "--out", out, "--program", code, "--force")
    assert result.exit_code == 2
    assert "--out and --program need different files" in result.output
    assert emulator.count() == 0
    assert Path("there.py").read_text() == "mine"
    assert not Path("x.py").exists()


@pytest.mark.parametrize(
    ("out", "code", "reason"),
    [
        ("missing/x.json", "y.py", "missing/x.json cannot be written: there is no folder "),
        ("x.json", "missing/y.py", "missing/y.py cannot be written: there is no folder "),
        ("x.json", "lobby.txt/y.py", "lobby.txt/y.py cannot be written: there is no folder "),
        ("x.json", "dangling.py", "dangling.py cannot be written: there is no folder "),
        ("", "y.py", "--out needs a file, but . is a folder"),
    ],
)
def test_files_that_cannot_be_written_are_named_before_any_request(
    run: Callable[..., Result], emulator: Emulator, out: str, code: str, reason: str
) -> None:
    emulator.add_room("lobby")
    Path("lobby.txt").write_text("mine")
    Path("dangling.py").symlink_to("missing/y.py")
    result = run("--all", "--out", out, "--program", code, "--force")
    assert result.exit_code == 1
    assert len(result.output.splitlines()) == 1
    assert result.output.startswith(f"Error: {reason}")
    assert emulator.count() == 0
    assert not Path("x.json").exists()
    assert not Path("y.py").exists()


def test_a_file_without_permission_is_named_before_any_request(
    run: Callable[..., Result], emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    emulator.add_room("lobby")
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK or path != Path("y.py"))
    Path("y.py").write_text("mine")
    result = run("--all", "--program", "y.py", "--force")
    assert (result.exit_code, result.output) == (1, "Error: y.py cannot be written: permission denied\n")
    assert emulator.count() == 0
    assert not Path("import.json").exists()


@pytest.mark.parametrize("before", [None, "mine"])
def test_after_a_failed_write_the_files_are_as_before(
    run: Callable[..., Result], emulator: Emulator, before: str | None
) -> None:
    emulator.add_room("lobby")
    if before is not None:
        Path("x.json").write_text(before)
    too_long = f"{'y' * 300}.py"
    result = run("--all", "--out", "x.json", "--program", too_long, "--force")
    assert result.exit_code == 1
    assert result.output.startswith(f"Error: nothing was written: {too_long}: ")
    assert len(result.output.splitlines()) == 1
    assert (Path("x.json").read_text() if Path("x.json").exists() else None) == before


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this machine")
def test_after_a_full_disk_there_is_no_file(run: Callable[..., Result], emulator: Emulator) -> None:
    emulator.add_room("lobby")
    result = run("--all", "--out", "x.json", "--program", "/dev/full", "--force")
    assert result.exit_code == 1
    assert result.output.startswith("Error: nothing was written: /dev/full: ")
    assert not Path("x.json").exists()


def test_a_key_of_another_domain_is_refused(
    run: Callable[..., Result], emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    emulator.add_room("there")
    monkeypatch.setenv("DAILY_DOMAIN", "other")
    result = run("--all")
    assert result.exit_code == 1
    assert "other" in result.output
    assert "acme" in result.output


def test_without_a_key(daily: Callable[..., Result]) -> None:
    result = daily("import", "--all")
    assert result.exit_code == 1
    assert "no Daily API key is configured" in result.output


def test_a_refused_key_is_one_line(daily: Callable[..., Result], emulator: Emulator) -> None:
    result = daily("import", "--all", "--api-key-stdin", "--api-url", emulator.url, stdin="another-key")
    assert result.exit_code == 1
    assert result.output.startswith("Error: ")
    assert "another-key" not in result.output
    assert "Traceback" not in result.output


def test_a_named_stack_that_cannot_be_read_is_refused(
    run: Callable[..., Result], emulator: Emulator, fake_pulumi: Callable[..., None]
) -> None:
    emulator.add_room("there")
    result = run("--all", "--stack", "prdo")
    assert (result.exit_code, result.output) == (1, "Error: --stack needs a Pulumi project\n")
    fake_pulumi(config=None)
    result = run("--all", "--stack", "prdo")
    assert result.exit_code == 1
    assert result.output.startswith("Error: `pulumi config --stack prdo` failed (no such stack")
    assert emulator.count() == 0
    assert not Path("import.json").exists()


def test_without_the_stack_of_the_project_it_says_so(
    run: Callable[..., Result], emulator: Emulator, fake_pulumi: Callable[..., None]
) -> None:
    emulator.add_room("there")
    fake_pulumi(config=None)
    result = run("--all")
    assert result.exit_code == 0
    assert "warning: `pulumi config` failed (no stack selected" in result.stderr
    assert "daily:domain" in result.stderr
    assert "warning" not in result.stdout


def test_a_stack_that_can_be_read_is_used_in_silence(
    run: Callable[..., Result], emulator: Emulator, fake_pulumi: Callable[..., None]
) -> None:
    emulator.add_room("there")
    fake_pulumi(config={"daily:domain": {"value": "acme", "secret": False}})
    result = run("--all", "--stack", "dev")
    assert result.exit_code == 0
    assert result.stderr == ""


@pytest.mark.parametrize("stdin", ["", "\n", "  \n"])
def test_an_empty_standard_input_is_not_the_environment(
    run: Callable[..., Result], daily: Callable[..., Result], emulator: Emulator, stdin: str
) -> None:
    emulator.add_room("there")
    result = daily("import", "--all", "--api-key-stdin", stdin=stdin)
    assert result.exit_code == 1
    assert result.output.startswith("Error: there is no API key on the standard input")
    assert emulator.count() == 0


@pytest.mark.parametrize("option", ["--stack", "--api-url"])
def test_an_empty_option_is_not_the_default(run: Callable[..., Result], emulator: Emulator, option: str) -> None:
    emulator.add_room("there")
    result = run("--all", option, "")
    assert result.exit_code == 1
    assert result.output.startswith(f"Error: {option} is empty")
    assert emulator.count() == 0


def test_long_waits_are_said(run: Callable[..., Result], emulator: Emulator) -> None:
    emulator.add_room("there")
    emulator.fail("GET /rooms/:name", status=429, retry_after=4.0)
    result = run("--room", "there")
    assert result.exit_code == 0
    assert "4 s" in result.stderr


def test_files_are_replaced_as_a_whole(run: Callable[..., Result], emulator: Emulator) -> None:
    emulator.add_room("there")
    Path("sub").mkdir()
    Path("sub/real.json").write_text("mine")
    Path("sub/real.json").chmod(0o640)
    Path("link.json").symlink_to("sub/real.json")
    with Path("sub/real.json").open() as reader:
        assert run("--all", "--out", "link.json", "--force").exit_code == 0
        assert reader.read() == "mine"
    assert Path("link.json").is_symlink()
    assert Path("sub/real.json").stat().st_mode & 0o777 == 0o640
    assert "there" in _entries("sub/real.json")
    assert sorted(path.name for path in Path("sub").iterdir()) == ["real.json"]


def test_no_file_is_replaced_if_one_cannot_be(
    run: Callable[..., Result], emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    emulator.add_room("there")
    Path("x.json").write_text("mine")
    replace = os.replace

    def refuse(new: Path, old: Path) -> None:
        if old.name == "y.py":
            raise OSError(5, "Input/output error")
        replace(new, old)

    monkeypatch.setattr(os, "replace", refuse)
    result = run("--all", "--out", "x.json", "--program", "y.py", "--force")
    assert result.exit_code == 1
    assert result.output.endswith("y.py: Input/output error\n")
    assert [path.name for path in Path.cwd().iterdir()] == ["x.json"]
    assert Path("x.json").read_text() == "mine"


@pytest.mark.parametrize("form", ["rooms", "set"])
def test_settings_that_a_state_cannot_hold_are_left_out(
    run: Callable[..., Result], emulator: Emulator, form: str
) -> None:
    deep: Any = True
    for _ in range(60):
        deep = {"below": deep}
    strange = {"deep": deep, "big": 2**53 + 1, "marked": {SIGNATURE: True}, SIGNATURE: True, "in_list": [[2**60 + 1]]}
    emulator.add_room("lobby", enable_chat=True, kept=2**53, **strange)
    result = run("--room", "lobby", "--as", form, "--program", "rooms.py")
    assert result.exit_code == 0, result.output
    [entry] = json.loads(Path("import.json").read_text())["resources"]
    inputs = entry["inputs"]["rooms"]["lobby"] if form == "set" else entry["inputs"]
    assert inputs["extra_properties"] == {"kept": 2**53}
    assert inputs["properties"] == {"enable_chat": True}
    for name in ("deep", "big", "marked", "in_list"):
        assert f"extra_properties.{name} left out: Pulumi's state cannot hold its value" in result.output
    assert result.output.count("cannot hold its value") == len(strange)
    assert "too deeply" not in Path("rooms.py").read_text()


def test_a_list_that_is_shorter_than_its_total(run: Callable[..., Result], emulator: Emulator) -> None:
    for name in ("lobby", "team", "yard"):
        emulator.add_room(name)
    emulator.omit("GET /rooms", times=None)
    result = run("--all", "--dry-run")
    warning = "warning: Daily's list has 2 rooms, but its total is 3 (it may count expired ones)"
    assert warning in result.stderr
    emulator.clear_faults()
    assert run("--all", "--dry-run").stderr == ""


def test_a_later_import_says_what_the_stack_has(
    run: Callable[..., Result], emulator: Emulator, fake_pulumi: Callable[..., None]
) -> None:
    for name in ("lobby", "team"):
        emulator.add_room(name)
    assert run("--all", "--program", "rooms.py").exit_code == 0
    assert "in the stack already" not in run("--all", "--program", "rooms.py", "--force").output
    state = {
        "version": 3,
        "deployment": {"manifest": {}, "resources": json.loads(Path("import.json").read_text())["resources"]},
    }
    fake_pulumi(config={}, state=state)
    emulator.add_room("new")
    result = run("--all", "--program", "rooms.py", "--force")
    assert (
        "  2 of these are in the stack already (from an earlier import): leave their code out, or replace the program "
        "with this one\n"
    ) in result.output


def test_the_name_of_another_domains_object_is_not_taken(
    run: Callable[..., Result], emulator: Emulator, fake_pulumi: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    emulator.add_room("eu-lobby")
    assert run("--all").exit_code == 0
    state = {
        "version": 3,
        "deployment": {"manifest": {}, "resources": json.loads(Path("import.json").read_text())["resources"]},
    }
    fake_pulumi(config={}, state=state)
    with Emulator(domain_name="acme-eu", api_key="key-of-the-second-account-0123456789") as other:
        monkeypatch.setenv("DAILY_API_KEY", other.api_key)
        monkeypatch.setenv("DAILY_API_URL", other.url)
        other.add_room("lobby")
        other.add_room("hall")
        result = run("--all", "--provider", "eu", "--force")
    assert result.exit_code == 0, result.output
    assert '  not in the file: room "lobby": the stack has another Room "eu-lobby"\n' in result.output
    assert list(_names()) == ["eu", "eu-hall"]


def _names() -> list[str]:
    return [entry["name"] for entry in json.loads(Path("import.json").read_text())["resources"]]


def test_patterns_match_what_a_dry_run_shows(run: Callable[..., Result], emulator: Emulator) -> None:
    emulator.add("webhooks", url="https://example.com/events", eventTypes=["meeting.started"])
    emulator.add("phone_numbers", number="+18055550100")
    emulator.add("dialin_configs", room_creation_api="https://example.com/a", name_prefix="hotline")
    emulator.add_room("lobby")
    for pattern, name in {
        "webhook-*": "webhook-",
        "https://example.com/*": "webhook-",
        "domain": "domain",
        "+1805*": "+18055550100",
        "hotline*": "hotline",
    }.items():
        assert run("--everything", "--include", pattern, "--force").exit_code == 0
        [found] = _names()
        assert found.startswith(name)
    assert run("--everything", "--include", "eu-lobby", "--provider", "eu", "--force").exit_code == 0
    assert _names() == ["eu", "eu-lobby"]
    result = run("--everything", "--include", "lobby", "--exclude", "nothing-*", "--force")
    assert result.stderr == "warning: the pattern nothing-* matches no object\n"


def test_the_program_is_a_file_and_a_module_only_by_its_name(run: Callable[..., Result], emulator: Emulator) -> None:
    emulator.add_room("lobby")
    result = run("--all", "--program", "-")
    assert (result.exit_code, "--program needs the name of a file" in result.output) == (2, True)
    assert not list(Path.cwd().iterdir())
    for name, advice in {
        "rooms.py": "import rooms.py in",
        "my-rooms.py": "paste my-rooms.py into",
        "class.py": "paste class.py",
    }.items():
        assert f"  {advice}" in run("--all", "--program", name, "--split", "--force").output

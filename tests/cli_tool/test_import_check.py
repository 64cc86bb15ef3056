"""`pulumi-daily import --check`, and what an import does about a stack that manages some objects already."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from domains import fill, new_seed, random_rooms

from pulumi_daily.cli._import_stack import managed_in
from pulumi_daily.emulator import Emulator
from pulumi_daily.testing import Secret, Stack

KEY = "key-of-the-cli-tests-0123456789"
CIPHER = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "x"}


@pytest.fixture
def check(run: Callable[..., Result], tmp_path: Path) -> Callable[..., Result]:
    """`pulumi-daily import --check` of an import file of all objects, which is written now."""
    file = str(tmp_path / "all.json")
    assert run("--everything", "--out", file).exit_code == 0
    return lambda *args: run("--check", file, *args)


@pytest.fixture
def filled(emulator: Emulator) -> Emulator:
    fill(emulator, random_rooms(new_seed(), 8))
    return emulator


def test_a_domain_and_its_import_agree(filled: Emulator, check: Callable[..., Result]) -> None:
    result = check()
    assert (result.exit_code, result.output) == (0, "acme: 16 resources, no differences\n")
    assert filled.count() == len([one for one in filled.requests if one.method == "GET"])


def test_each_difference_is_a_line(filled: Emulator, check: Callable[..., Result]) -> None:
    first, second, third, *_ = filled.rooms()
    filled.remove_room(first)
    filled.edit_room(second, privacy="private" if filled.rooms()[second]["privacy"] == "public" else "public")
    filled.add_room("new")
    filled.add("sip_clients", username="new.desk")
    with filled.backend.lock:
        filled.backend.domain().properties.update(lang="fr")
    result = check()
    assert result.exit_code == 10
    lines = result.output.splitlines()
    assert f'only in the state: room "{first}"' in lines
    assert 'only on Daily: room "new"' in lines
    assert 'only on Daily: SIP client "new.desk"' in lines
    assert 'differs: domain "acme": lang is "fr" on Daily, the program says "de"' in lines
    assert any(line.startswith(f'differs: room "{second}": privacy is ') for line in lines)
    assert lines[-1] == "acme: 16 resources, 5 differences"
    assert third not in result.output
    assert check("--everything", "--exclude", "*").exit_code == 0
    only = check("--kind", "Room", "--all", "--include", first)
    assert (only.exit_code, len(only.output.splitlines())) == (10, 2)


def test_a_set_is_compared_room_by_room(run: Callable[..., Result], emulator: Emulator) -> None:
    for name in ("a", "b", "c"):
        emulator.add_room(name, privacy="private", enable_chat=True)
    assert run("--all", "--as", "set").exit_code == 0
    assert run("--all", "--check", "import.json").exit_code == 0
    emulator.remove_room("a")
    emulator.edit_room("b", enable_chat=False)
    emulator.add_room("d")
    result = run("--check", "import.json", "--all")
    assert (result.exit_code, result.output.splitlines()) == (
        10,
        [
            'only in the state: room "a" (RoomSet "rooms")',
            'differs: room "b": enable_chat is false on Daily, the program says true',
            'only on Daily: room "d"',
            "acme: 1 resource, 3 differences",
        ],
    )


def test_a_list_without_a_room_is_no_proof(filled: Emulator, check: Callable[..., Result]) -> None:
    name = next(iter(filled.rooms()))
    page = {"total_count": 0, "data": []}
    filled.fail("GET /rooms", status=200, body=page, times=None)
    result = check("--all")
    assert (result.exit_code, result.output) == (0, "acme: 16 resources, no differences\n")
    assert filled.count("GET /rooms/:name") == len(filled.rooms())
    assert name not in result.output


def test_the_state_of_a_stack(
    run: Callable[..., Result],
    daily: Callable[..., Result],
    filled: Emulator,
    fake_pulumi: Callable[..., None],
    tmp_path: Path,
) -> None:
    assert run("--everything", "--program", "x.py").exit_code == 0
    code = Path("x.py").read_text("utf-8")
    config = {"daily:apiUrl": filled.url, "daily:apiKey": Secret(KEY)}
    with Stack(lambda: exec(code, {}), config=config) as stack:  # noqa: S102
        stack.import_file(json.loads(Path("import.json").read_text()), protect=False)
        stack.refresh()
        export = stack.export()
    fake_pulumi(config={}, state=export)
    done = run("--check")
    assert (done.exit_code, done.output) == (0, "acme: 16 resources, no differences\n")
    piped = daily("import", "--check", "-", stdin=json.dumps(export))
    assert (piped.exit_code, piped.output) == (0, "acme: 16 resources, no differences\n")
    assert run("--everything", "--force").exit_code == 0
    assert "already" not in run("--everything", "--force").output


def test_other_domains_are_not_compared(run: Callable[..., Result], emulator: Emulator) -> None:
    emulator.add_room("a")
    assert run("--all").exit_code == 0
    file = json.loads(Path("import.json").read_text())
    other = json.loads(json.dumps(file["resources"][0]))
    other["outputs"]["domain_id"] = "another"
    Path("other.json").write_text(json.dumps({"resources": [other]}))
    result = run("--check", "other.json", "--all")
    assert result.exit_code == 11
    assert result.stderr == 'none of the 1 objects in the state is of the domain "acme"\n'
    Path("both.json").write_text(json.dumps({"resources": [*file["resources"], other]}))
    both = run("--check", "both.json", "--all")
    assert both.output == "acme: 1 resource, no differences; 1 resource of other domains not compared\n"


def test_a_domain_that_was_renamed_is_the_same(run: Callable[..., Result], filled: Emulator) -> None:
    assert run("--kind", "DomainConfig").exit_code == 0
    file = json.loads(Path("import.json").read_text())
    file["resources"][0]["id"] = "former"
    Path("import.json").write_text(json.dumps(file))
    result = run("--check", "import.json", "--kind", "DomainConfig", "--all")
    assert (result.exit_code, result.output) == (0, "acme: 1 resource, no differences\n")
    # The patterns look at both names.
    assert run("--check", "import.json", "--kind", "DomainConfig", "--all", "--exclude", "acme").exit_code == 0


def test_a_kind_that_the_plan_lacks(filled: Emulator, check: Callable[..., Result]) -> None:
    filled.fail("GET /webhooks", status=403, body={"error": "forbidden", "info": "not on this plan"}, times=None)
    result = check()
    assert result.exit_code == 10
    assert "only in the state: 1 webhooks, which Daily does not show to this account (403" in result.output
    alone = check("--kind", "Webhook", "--all")
    assert (alone.exit_code, alone.output[:10]) == (1, "Error: 403")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, "state.json cannot be read: No such file"),
        ("{", "state.json is neither a stack's state nor an import file"),
        ("[1]", "state.json is neither"),
        ('{"resources": [1]}', "state.json is neither"),
        ('{"version": 3}', "state.json is neither"),
    ],
)
def test_a_file_that_is_no_state(run: Callable[..., Result], emulator: Emulator, text: str | None, reason: str) -> None:
    if text is not None:
        Path("state.json").write_text(text)
    result = run("--check", "state.json")
    assert result.exit_code == 1
    assert reason in result.output
    assert emulator.count() == 0


def test_without_a_stack_there_is_nothing_to_compare(run: Callable[..., Result], emulator: Emulator) -> None:
    result = run("--check")
    assert result.exit_code == 1
    assert "the state of the stack cannot be read: `pulumi stack export` failed; or give a file" in result.output


def test_secrets_of_a_state_are_not_compared() -> None:
    outputs = {
        "name": "a",
        "privacy": "public",
        "properties": {"enable_chat": True, "streaming_endpoints": [{"rtmp_config": {"url": CIPHER}}], "x": CIPHER},
        "domain_id": "id",
    }
    entry = {"type": "pulumi-python:dynamic/daily:Room", "urn": "urn::a", "id": "a", "outputs": outputs}
    gone = {**entry, "delete": True}
    read_only = {**entry, "external": True}
    others = [{"type": "pulumi:pulumi:Stack", "urn": "urn::s"}, gone, read_only]
    [found] = managed_in(json.dumps({"version": 3, "deployment": {"manifest": {}, "resources": [entry, *others]}}))
    assert found.state.inputs["properties"] == {"enable_chat": True}
    assert managed_in(json.dumps({"version": 3, "deployment": {"manifest": {}}})) == []


def _state(*resources: tuple[str, str, dict[str, Any]], domain: str) -> dict[str, Any]:
    entries = [
        {
            "type": f"pulumi-python:dynamic/daily:{kind}",
            "urn": f"urn:pulumi:dev::p::x::{name}",
            "id": outputs.get("name", name),
            "outputs": {**outputs, "domain_id": domain},
        }
        for kind, name, outputs in resources
    ]
    return {"version": 3, "deployment": {"manifest": {}, "resources": entries}}


def test_what_the_stack_manages_otherwise_is_not_imported(
    run: Callable[..., Result], emulator: Emulator, fake_pulumi: Callable[..., None]
) -> None:
    for name in ("a", "b", "c", "d"):
        emulator.add_room(name)
    room_of = {"name": "a", "privacy": "public"}
    owned = _state(
        ("Room", "first", room_of),
        ("Room", "b", {**room_of, "name": "B"}),
        ("Room", "c", {**room_of, "name": "other"}),
        domain=emulator.domain_id,
    )
    fake_pulumi(config={}, state=owned)
    result = run("--all", "--program", "x.py")
    assert result.exit_code == 0, result.output
    assert [one["name"] for one in json.loads(Path("import.json").read_text())["resources"]] == ["d"]
    assert '  not in the file: room "a" is in the stack already, as Room "first"\n' in result.output
    assert '  not in the file: room "c": the stack has another Room "c"\n' in result.output
    assert '# not imported: room "a" is in the stack already, as Room "first"\n' in Path("x.py").read_text()
    # In a component, the resource has another URN than an import would give it.
    nested = _state(("Room", "a", room_of), domain=emulator.domain_id)
    [entry] = nested["deployment"]["resources"]
    entry["urn"] = "urn:pulumi:dev::p::my:Rooms$pulumi-python:dynamic/daily:Room::a"
    fake_pulumi(config={}, state=nested)
    assert 'room "a" is in the stack already, as Room "a"\n' in run("--all", "--force").output
    fake_pulumi(config={}, state=_state(("Room", "first", room_of), domain="another"))
    assert "already" not in run("--all", "--force").output


def test_rooms_of_a_set_of_the_stack(
    run: Callable[..., Result], emulator: Emulator, fake_pulumi: Callable[..., None]
) -> None:
    for number in range(25):
        emulator.add_room(f"r-{number}", enable_chat=True, lang="de", geo="eu-central-1")
    rooms: dict[str, Any] = {f"r-{number}": {} for number in range(25)}
    fake_pulumi(config={}, state=_state(("RoomSet", "rooms", {"rooms": rooms}), domain=emulator.domain_id))
    again = run("--all", "--as", "auto")
    assert again.output.startswith("import.json: 1 room set\n")
    alone = run("--all", "--force")
    assert alone.exit_code == 1
    assert alone.output.endswith('25 rooms are in the stack already, in RoomSet "rooms"\n')
    del rooms["r-3"]
    fake_pulumi(config={}, state=_state(("RoomSet", "rooms", {"rooms": rooms}), domain=emulator.domain_id))
    other = run("--all", "--as", "set", "--force")
    assert other.exit_code == 1
    assert 'the stack has a RoomSet "rooms" with other rooms: give another name with --room-set' in other.output
    single = _state(("Room", "r-3", {"name": "r-3", "privacy": "public"}), domain=emulator.domain_id)
    fake_pulumi(config={}, state=single)
    assert run("--all", "--as", "auto", "--force").output.startswith("import.json: 25 rooms\n")


def test_a_state_that_cannot_be_read(
    run: Callable[..., Result], emulator: Emulator, fake_pulumi: Callable[..., None]
) -> None:
    emulator.add_room("a")
    fake_pulumi(config={}, state=None)
    result = run("--all")
    assert result.exit_code == 0
    assert result.stderr == (
        "warning: `pulumi stack export` failed; objects that the stack has already are not recognized\n"
    )

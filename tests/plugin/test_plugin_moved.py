"""A state of dynamic resources becomes one of the plugin: the same values, under other names."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pulumi_daily.api import UsageError
from pulumi_daily.cli import main
from pulumi_daily.objects.kinds import DYNAMIC_TYPE
from pulumi_daily.plugin._moved import moved

RELEASED = Path(__file__).parents[1] / "laws" / "released" / "0.1.0.json"
OLD = "urn:pulumi:dev::shop::pulumi:providers:pulumi-python::default"
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:x"}


def resource(urn: str, **more: Any) -> dict[str, Any]:
    return {"urn": f"urn:pulumi:dev::shop::{urn}", "type": urn.partition("::")[0].rpartition("$")[2], **more}


def state(*more: dict[str, Any]) -> dict[str, Any]:
    provider = resource("pulumi:providers:pulumi-python::default", id="1", custom=True)
    provider |= {"inputs": {"daily:apiKey": SECRET, "aws:region": "x", "__daily:name": "eu"}, "outputs": {}}
    room = resource(
        "pulumi-python:dynamic/daily:Room::lobby",
        id="lobby",
        provider=f"{OLD}::1",
        inputs={"__provider": "x", "__daily": {"owner": "o"}, "drift": "d", "properties": {"enable_chat": True}},
        outputs={"room_id": "r", "properties": SECRET, "extra_properties": {"new_key": 1}},
        propertyDependencies={"properties": [], "__provider": []},
        additionalSecretOutputs=["sip_uri"],
        ignoreChanges=["properties.enable_chat"],
    )
    return {"version": 3, "deployment": {"manifest": {}, "resources": [provider, room, *more]}}


def test_names_types_and_provider_are_those_of_the_plugin() -> None:
    made, count = moved(state())
    provider, room = made["deployment"]["resources"]
    assert count == 1
    assert provider["urn"] == "urn:pulumi:dev::shop::pulumi:providers:daily::default"
    assert (provider["type"], provider["id"], provider["inputs"]) == ("pulumi:providers:daily", "1", {"apiKey": SECRET})
    assert (room["urn"], room["type"]) == ("urn:pulumi:dev::shop::daily:index:Room::lobby", "daily:index:Room")
    assert room["provider"] == "urn:pulumi:dev::shop::pulumi:providers:daily::default::1"
    assert room["inputs"] == {"__daily": {"owner": "o"}, "properties": {"enableChat": True}}
    assert room["outputs"] == {"roomId": "r", "properties": SECRET, "extraProperties": {"new_key": 1}}
    assert room["propertyDependencies"] == {"properties": []}
    assert (room["additionalSecretOutputs"], room["ignoreChanges"]) == (["sipUri"], ["properties.enableChat"])


def test_other_resources_keep_their_provider_and_follow_the_new_names() -> None:
    lobby = "urn:pulumi:dev::shop::pulumi-python:dynamic/daily:Room::lobby"
    own = resource("pulumi-python:dynamic:Resource::own", id="2", provider=f"{OLD}::1", parent=lobby, inputs={"a_b": 1})
    made, _ = moved(state(own))
    old, new, room, other = made["deployment"]["resources"]
    assert (old["urn"], new["type"]) == (OLD, "pulumi:providers:daily")
    assert other["parent"] == room["urn"]
    assert (other["provider"], other["inputs"]) == (f"{OLD}::1", {"a_b": 1})


def test_what_a_release_has_stored_is_converted() -> None:
    made, count = moved(json.loads(RELEASED.read_text("utf-8")))
    assert count > 9
    kinds = {one["type"] for one in made["deployment"]["resources"]}
    assert not any(kind.startswith("pulumi-python") for kind in kinds)
    assert "__provider" not in json.dumps(made)


@pytest.mark.parametrize(
    ("export", "reason"),
    [
        ({}, "not the output of `pulumi stack export`"),
        ({"deployment": {"resources": [1]}}, "not the output of `pulumi stack export`"),
        ({"deployment": {"resources": [resource("a:b:C::d")]}}, "no dynamic resources of pulumi_daily"),
        ({"deployment": {"resources": [resource("pulumi-python:dynamic/daily:Broom::b")]}}, "does not know .*Broom"),
        (
            {"deployment": {"resources": [resource("a:b:C::d")], "pending_operations": [{}]}},
            "was interrupted: finish it first",
        ),
    ],
)
def test_what_cannot_be_converted_is_refused(export: dict[str, Any], reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        moved(export)


def test_the_command_converts_a_file_or_its_input(tmp_path: Path) -> None:
    path = tmp_path / "before.json"
    path.write_text(json.dumps(state()), encoding="utf-8")
    done = CliRunner().invoke(main, ["move-to-plugin", str(path)])
    assert done.exit_code == 0
    assert json.loads(done.stdout) == moved(state())[0]
    assert "1 resources converted" in done.stderr
    again = CliRunner().invoke(main, ["move-to-plugin"], input=json.dumps(state()))
    assert again.stdout == done.stdout
    assert "this is not JSON" in CliRunner().invoke(main, ["move-to-plugin"], input="x").output
    assert "pulumi stack export" in CliRunner().invoke(main, ["move-to-plugin"], input="[]").output


def test_the_plugin_is_written_as_a_script_that_runs_this_python(tmp_path: Path) -> None:
    folder = tmp_path / "plug in"
    done = CliRunner().invoke(main, ["plugin", "--dir", str(folder)])
    assert done.exit_code == 0, done.output
    script = folder / "pulumi-resource-daily"
    assert os.access(script, os.X_OK)
    assert sys.executable in script.read_text("utf-8")
    assert done.stdout.startswith("pulumi plugin install resource daily ")
    assert done.stdout.endswith(f"--file '{folder}'\n")
    started = subprocess.run([str(script)], capture_output=True, text=True, timeout=60)
    assert (started.returncode, started.stdout) == (1, "")
    assert "is started by Pulumi" in started.stderr
    assert "exists already; --force overwrites it" in CliRunner().invoke(main, ["plugin", "--dir", str(folder)]).output
    assert CliRunner().invoke(main, ["plugin", "--dir", str(folder), "--force"]).exit_code == 0


def test_on_windows_the_script_is_not_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    done = CliRunner().invoke(main, ["plugin", "--dir", str(tmp_path / "x")])
    assert done.exit_code == 1
    assert "activate this environment instead" in done.output
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    "odd", [{"provider": None}, {"provider": 5}, {"inputs": [1]}, {"outputs": "x"}, {"urn": 5}, {"type": 5}], ids=str
)
def test_an_export_that_somebody_changed_is_refused(odd: dict[str, Any]) -> None:
    export = state()
    [mine, *_] = [one for one in export["deployment"]["resources"] if one["type"].startswith(DYNAMIC_TYPE)]
    mine.update(odd)
    with pytest.raises(UsageError, match="not the output of `pulumi stack export`"):
        moved(export)


def test_a_list_that_is_null_is_no_list() -> None:
    export = state()
    [mine, *_] = [one for one in export["deployment"]["resources"] if one["type"].startswith(DYNAMIC_TYPE)]
    mine["ignoreChanges"] = None
    assert moved(export)[1] > 0

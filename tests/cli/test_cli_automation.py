"""Pulumi's Automation API: an inline program with the packaged provider; and the project of this checkout."""

from __future__ import annotations

import shutil
from pathlib import Path

import pulumi
import pytest
from driver import PASSPHRASE, Cli
from pulumi import automation
from scenarios.model import KEY

import pulumi_daily as daily
from pulumi_daily.emulator import Emulator

ROOT = Path(__file__).resolve().parents[2]


def test_inline_program(template: Cli, emulator: Emulator, tmp_path: Path) -> None:
    def program() -> None:
        for number in range(3):
            room = daily.Room(f"room-{number}", name=f"room-{number}", properties={"enable_chat": True})
            pulumi.export(f"url-{number}", room.url)

    backend = tmp_path / "backend"
    backend.mkdir()
    stack = automation.create_or_select_stack(
        stack_name="dev",
        project_name="inline",
        program=program,
        opts=automation.LocalWorkspaceOptions(
            work_dir=str(tmp_path),
            pulumi_home=template.env["PULUMI_HOME"],
            env_vars={
                **{k: v for k, v in template.env.items() if k.startswith("PULUMI_") and k != "PULUMI_DEBUG_COMMANDS"},
                "PATH": template.env["PATH"],
                "PULUMI_BACKEND_URL": backend.as_uri(),
                "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            },
        ),
    )
    stack.set_all_config(
        {
            "daily:apiUrl": automation.ConfigValue(emulator.url),
            "daily:apiKey": automation.ConfigValue(KEY, secret=True),
        }
    )
    made = stack.up()
    assert made.summary.resource_changes == {"create": 4}
    assert made.outputs["url-1"].value == "https://acme.daily.co/room-1"
    assert set(emulator.rooms()) == {"room-0", "room-1", "room-2"}
    stack.preview(expect_no_changes=True)
    emulator.edit_room("room-1", enable_chat=False)
    assert stack.preview().change_summary == {automation.OpType.SAME: 3, automation.OpType.UPDATE: 1}
    stack.destroy()
    assert emulator.rooms() == {}


def test_the_project_of_this_checkout(home: Path, emulator: Emulator, tmp_path: Path) -> None:
    """What ``pulumi preview`` does in the root of this project: its Pulumi.yaml runs examples/quickstart."""
    program = ROOT / "examples" / "quickstart" / "__main__.py"
    if not program.is_file() or not (ROOT / "Pulumi.yaml").is_file():
        pytest.skip("no examples/quickstart yet")
    cli = Cli(tmp_path, home, project="daily-quickstart")
    text = (ROOT / "Pulumi.yaml").read_text(encoding="utf-8")
    assert "main: examples/quickstart" in text
    # The project's own virtual environment is not there: the one of the tests takes its place.
    text = text.replace("virtualenv: .venv", f"virtualenv: {cli.env['PATH'].split(':')[0].removesuffix('/bin')}")
    (cli.work / "Pulumi.yaml").write_text(text, encoding="utf-8")
    shutil.copytree(program.parent, cli.work / "examples" / "quickstart")
    cli.init({"daily:apiUrl": emulator.url}, {"daily:apiKey": KEY})
    report = cli.run("preview")
    assert report.ok, report.errors
    assert not report.warnings
    assert report.changes["create"] >= 3
    assert not emulator.rooms()

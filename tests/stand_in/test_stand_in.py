"""What stands in for the CLI does what the CLI does with the commands of the docs and of the pipelines."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from warm import warm

from pulumi_daily.emulator import Emulator

PROGRAM = """
import pulumi
import pulumi_daily as daily

room = daily.Room("standup", name="standup", properties={"enable_chat": True})
pulumi.export("url", room.url)
pulumi.export("secret", pulumi.Output.secret("canary"))
"""
CLI = [pytest.mark.cli, pytest.mark.skipif(shutil.which("pulumi") is None, reason="no pulumi on PATH")]


class Shell:
    """A project, and the commands that are run in it."""

    def __init__(self, folder: Path, pulumi: str) -> None:
        self.folder, self.pulumi = folder / "work", pulumi
        for name in ("work", "state"):
            (folder / name).mkdir()
        (self.folder / "Pulumi.yaml").write_text("name: demo\nruntime: python\n", "utf-8")
        (self.folder / "__main__.py").write_text(PROGRAM, "utf-8")
        own = {k: v for k, v in os.environ.items() if not k.startswith(("PULUMI_", "DAILY_", "COVERAGE_"))}
        self.env = own | {
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "HOME": str(folder),
            "PULUMI_HOME": str(folder / "home"),
            "PULUMI_BACKEND_URL": (folder / "state").as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": "x",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def __call__(self, *arguments: str, code: int = 0, stdin: str = "") -> str:
        """Return what a command prints to standard output; its exit code must be `code` (-1: any error)."""
        done = subprocess.run(
            [self.pulumi, *arguments, "--non-interactive"],
            cwd=self.folder,
            env=self.env,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
        )
        told = f"pulumi {' '.join(arguments)}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        assert done.returncode == code or (code == -1 and done.returncode), told
        return done.stdout


@pytest.fixture(params=["stand-in", pytest.param("cli", marks=CLI)])
def pulumi(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shell]:
    if request.param == "cli":
        yield Shell(tmp_path, str(shutil.which("pulumi")))
    else:
        with warm(tmp_path):
            yield Shell(tmp_path, str(tmp_path / "pulumi"))


def test_it_runs_by_itself() -> None:
    script = str(Path(__file__).with_name("pulumi"))
    done = subprocess.run([sys.executable, script, "version"], capture_output=True, text=True, timeout=60)
    assert done.stdout == "v3.260.0\n"


def test_the_life_of_a_stack(pulumi: Shell, daily_emulator: Emulator) -> None:
    pulumi("preview", code=-1)
    pulumi("stack", "init", "dev")
    pulumi("config", "set", "daily:apiUrl", daily_emulator.url)
    pulumi("config", "set", "--secret", "daily:apiKey", stdin=daily_emulator.api_key)
    assert pulumi("config", "get", "daily:apiKey").strip() == daily_emulator.api_key
    assert daily_emulator.api_key not in (pulumi.folder / "Pulumi.dev.yaml").read_text("utf-8")
    assert daily_emulator.api_key not in pulumi("config", "--json")

    pulumi("up", code=-1)  # without --yes
    assert not daily_emulator.rooms()
    assert "+ 2 created" in pulumi("up", "--yes")
    assert pulumi("stack", "output", "url").strip() == "https://acme.daily.co/standup"
    assert json.loads(pulumi("stack", "output", "--json"))["secret"] == "[secret]"
    pulumi("preview", "--expect-no-changes")

    daily_emulator.edit_room("standup", enable_chat=False)
    pulumi("preview", "--expect-no-changes", code=7)
    assert "update [diff: +drift]" in pulumi("preview")
    shown: dict[str, Any] = json.loads(pulumi("preview", "--json", "--stack", "dev"))
    assert shown["changeSummary"] == {"same": 1, "update": 1}

    (pulumi.folder / "__main__.py").write_text(PROGRAM.replace("enable_chat", "enable_chatt"), "utf-8")
    pulumi("preview", code=-1)
    pulumi("stack", "rm", "--yes", code=-1)
    assert "- 2 deleted" in pulumi("destroy", "--yes")
    pulumi("stack", "rm", "--yes")
    assert not daily_emulator.rooms()

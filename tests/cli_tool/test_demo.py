"""`make demo`: the story holds, with the stack runner and with a real CLI; and how a CLI is looked for."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
REAL_PATH = os.environ.get("PATH", "")


@pytest.fixture(scope="module")
def demo() -> ModuleType:
    spec = importlib.util.spec_from_file_location("daily_demo", ROOT / "examples" / "demo.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def _run(folder: Path, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "examples" / "demo.py"), str(folder)],
        env={**os.environ, "PATH": REAL_PATH, "PULUMI_DAILY_NO_INSTALL": "1", **env},
        capture_output=True,
        text=True,
        timeout=300,
    )


def _tells_the_story(done: subprocess.CompletedProcess[str], how: str) -> None:
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    assert f"is run by {how}" in done.stdout
    assert 'room "standup": enable_chat is false on Daily, the program says true' in done.stdout
    assert 'room "townhall" is gone from Daily' in done.stdout
    table = done.stdout[done.stdout.index("Requests to Daily's API:") :]
    assert [line.split()[0] for line in table.splitlines()[1:7]] == ["1.", "2.", "3.", "4.", "5.", "6."]
    assert "3. Nothing to do                            2 (1 x GET /, 1 x GET /rooms)" in table
    assert f"Done: every step did what it says, with {how}" in done.stdout


def test_with_the_stack_runner(tmp_path: Path) -> None:
    _tells_the_story(_run(tmp_path, PULUMI_DAILY_NO_CLI="1"), "the stack runner of pulumi_daily.testing")


@pytest.mark.cli
@pytest.mark.skipif(shutil.which("pulumi", path=REAL_PATH) is None, reason="no real `pulumi` on PATH")
def test_with_the_cli_twice_in_the_same_folder(tmp_path: Path) -> None:
    folder = tmp_path / "with blank"
    _tells_the_story(_run(folder), "the Pulumi CLI v3")
    _tells_the_story(_run(folder), "the Pulumi CLI v3")


class _Engine:
    """Says what it is told to say."""

    def __init__(self, demo: ModuleType, changes: Mapping[str, int], messages: str = "") -> None:
        self.outcome = demo.Outcome(changes, messages)

    def run(self, command: str) -> object:
        return self.outcome


@pytest.mark.parametrize(
    ("changes", "messages", "reason"),
    [
        ({"create": 5}, "", "expected {'create': 6}, got {'create': 5}"),
        ({"create": 6, "update": 1}, "", "got {'create': 6, 'update': 1}"),
        ({"create": 6, "same": 2}, "something else", "'drift' was not said"),
    ],
)
def test_a_step_that_does_something_else_is_noticed(
    demo: ModuleType, changes: dict[str, int], messages: str, reason: str
) -> None:
    with demo.Emulator() as emulator:
        story = demo.Story(_Engine(demo, changes, messages), emulator)
        with pytest.raises(demo.StoryError, match=reason):
            story.step("title", "preview", {"create": 6}, ("drift",))
        with pytest.raises(demo.StoryError, match="a room"):
            story.expect("a room", bool(emulator.rooms()))


@pytest.fixture
def _shell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", os.defpath)


def _script(path: Path, text: str) -> str:
    path.write_text(f"#!/bin/sh\n{text}\n")
    return path.as_uri()


@pytest.mark.usefixtures("_shell")
def test_the_installer_is_given_a_folder_of_its_own(demo: ModuleType, tmp_path: Path) -> None:
    body = '[ "$1 $2" = "--no-edit-path --install-root" ] && mkdir -p "$3/bin" && touch "$3/bin/pulumi"'
    found = demo.install(tmp_path, _script(tmp_path / "source", body), 10.0)
    assert found == str(tmp_path / "pulumi" / "bin" / "pulumi")


@pytest.mark.usefixtures("_shell")
@pytest.mark.parametrize(("body", "said"), [("exit 3", "ended with 3"), ("exit 0", "ended with 0")])
def test_an_installer_that_fails(
    demo: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str], body: str, said: str
) -> None:
    assert demo.install(tmp_path, _script(tmp_path / "source", body), 10.0) is None
    assert said in capsys.readouterr().out


@pytest.mark.usefixtures("_shell")
def test_an_installer_that_takes_too_long_is_ended_with_all_it_started(
    demo: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mark = tmp_path / "late"
    started = time.monotonic()
    assert demo.install(tmp_path, _script(tmp_path / "source", f"(sleep 2; touch '{mark}') & sleep 60"), 0.3) is None
    assert time.monotonic() - started < 30
    assert "took more than" in capsys.readouterr().out
    time.sleep(2.5)
    assert not mark.exists()


def test_an_installer_that_cannot_be_had(demo: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert demo.install(tmp_path, (tmp_path / "missing").as_uri(), 1.0) is None
    assert "no: " in capsys.readouterr().out


def test_where_a_cli_is_looked_for(demo: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Path] = []
    monkeypatch.setattr(demo, "install", asked.append)
    monkeypatch.delenv("PULUMI_DAILY_NO_INSTALL", raising=False)
    monkeypatch.delenv("PULUMI_DAILY_NO_CLI", raising=False)
    assert demo.find_cli(tmp_path) is None
    assert asked == [tmp_path]
    monkeypatch.setenv("PULUMI_DAILY_NO_INSTALL", "1")
    assert demo.find_cli(tmp_path) is None
    assert asked == [tmp_path]
    installed = tmp_path / "pulumi" / "bin" / "pulumi"
    installed.parent.mkdir(parents=True)
    installed.write_text("#!/bin/sh\n")
    installed.chmod(0o755)
    assert demo.find_cli(tmp_path) == str(installed)
    monkeypatch.setenv("PULUMI_DAILY_NO_CLI", "1")
    assert demo.find_cli(tmp_path) is None

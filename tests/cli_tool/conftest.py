from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from pulumi_daily.cli import main
from pulumi_daily.emulator import Emulator

EMPTY_STATE: dict[str, Any] = {"version": 3, "deployment": {"manifest": {}}}
KEY = "key-of-the-cli-tests-0123456789"


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A folder that is no project, an environment without Daily, and no Pulumi CLI."""
    (tmp_path / "here").mkdir()
    (tmp_path / "bin").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    for name in ("DAILY_API_KEY", "DAILY_API_URL", "DAILY_DOMAIN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator(domain_name="acme", api_key=KEY) as running:
        yield running


@pytest.fixture
def daily() -> Callable[..., Result]:
    def run(*args: str, stdin: str | None = None) -> Result:
        result = CliRunner().invoke(main, list(args), input=stdin)
        assert KEY not in result.output
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run


@pytest.fixture
def run(daily: Callable[..., Result], emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """`pulumi-daily import` with the key of the emulator."""
    monkeypatch.setenv("DAILY_API_KEY", KEY)
    monkeypatch.setenv("DAILY_API_URL", emulator.url)
    return lambda *args: daily("import", *args)


@pytest.fixture
def fake_pulumi(tmp_path: Path) -> Callable[..., None]:
    """Put a `pulumi` on PATH that answers `version`, `config` and `stack export`, and make the folder a project.

    A command whose answer is None fails.
    """

    def make(
        version: str | None = "v3.260.0",
        config: dict[str, Any] | str | None = None,
        state: dict[str, Any] | None = EMPTY_STATE,
    ) -> None:
        program = tmp_path / "bin" / "pulumi"
        answer = config if isinstance(config, str) or config is None else json.dumps(config)
        program.write_text(
            f"#!{sys.executable}\n"
            "import sys\n"
            f"state = {None if state is None else json.dumps(state)!r}\n"
            f"answer = {{'version': {version!r}, 'config': {answer!r}, 'stack': state}}.get(sys.argv[1])\n"
            "if answer is None or '--non-interactive' not in sys.argv:\n"
            "    sys.exit('error: no')\n"
            "print(answer)\n"
        )
        program.chmod(0o755)
        (tmp_path / "here" / "Pulumi.yaml").write_text("name: test\nruntime: python\n")

    return make

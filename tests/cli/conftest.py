"""One emulator, one Pulumi home and one stack, made once; each test gets a copy of the stack."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from click.testing import CliRunner
from driver import Cli
from native_driver import NATIVE, NativeCli
from scenarios.model import EU_KEY, KEY
from scenarios.play import make_emulator, reset

from pulumi_daily.cli import main
from pulumi_daily.emulator import Emulator

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without a CLI, all of this folder is skipped, and says why."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.cli)
            if shutil.which("pulumi") is None:
                item.add_marker(pytest.mark.skip(reason="no pulumi on PATH"))


@pytest.fixture(scope="session")
def server() -> Iterator[Emulator]:
    """The emulator of all CLI tests."""
    with make_emulator() as emulator:
        yield emulator


@pytest.fixture
def emulator(server: Emulator) -> Emulator:
    """The emulator, emptied."""
    reset(server)
    return server


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The CLI's home; what it unpacks and caches there serves all tests."""
    return tmp_path_factory.mktemp("pulumi-home")


@pytest.fixture(scope="session")
def template(server: Emulator, home: Path, tmp_path_factory: pytest.TempPathFactory) -> Cli:
    """A stack that was made and configured, and never deployed."""
    cli = Cli(tmp_path_factory.mktemp("template"), home)
    cli.init({"daily:apiUrl": server.url}, {"daily:apiKey": KEY, "scenarios:euKey": EU_KEY})
    return cli


@pytest.fixture
def cli(template: Cli, tmp_path: Path) -> Cli:
    """A stack of one's own."""
    return template.copy_of(tmp_path)


@pytest.fixture(scope="session")
def native_template(server: Emulator, tmp_path_factory: pytest.TempPathFactory) -> NativeCli:
    """A stack in a home where the plugin is installed."""
    folder = tmp_path_factory.mktemp("native")
    done = CliRunner().invoke(main, ["plugin", "--dir", str(folder / "plugin")])
    assert done.exit_code == 0, done.output
    cli = NativeCli(folder, folder / "home")
    cli.env["PYTHONPATH"] = str(NATIVE)
    cli.call(
        "plugin", "install", "resource", "daily", metadata.version("pulumi-daily"), "--file", str(folder / "plugin")
    )
    cli.init({"daily:apiUrl": server.url}, {"daily:apiKey": KEY, "scenarios:euKey": EU_KEY})
    return cli


@pytest.fixture
def native(native_template: NativeCli, tmp_path: Path) -> NativeCli:
    return native_template.copy_of(tmp_path)

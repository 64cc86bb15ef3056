"""One emulator, one Pulumi home and one stack, made once; each test gets a copy of the stack."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from driver import Cli
from scenarios.model import EU_KEY, KEY
from scenarios.play import make_emulator, reset

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

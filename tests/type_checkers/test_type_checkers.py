"""mypy and pyright accept valid programs, examples and documentation, and find each mistake in its line."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from domains import random_rooms

from pulumi_daily.cli._program import Declared, SecondAccount, program
from pulumi_daily.objects.room import ROOM
from pulumi_daily.objects.room_set import ROOM_SET

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PAGES = (
    "README.md",
    "docs/accounts.md",
    "docs/lookups.md",
    "docs/many-rooms.md",
    "docs/tutorial.md",
    "docs/types.md",
    *(f"docs/reference/{p.name}" for p in (ROOT / "docs" / "reference").glob("*.md")),
)
PREAMBLE = "import pulumi\nimport pulumi_daily as daily\nconfig = pulumi.Config()\n"
SECONDS = 240.0
Mistakes = dict[str, dict[int, str]]
"""What a checker says, by the name of the program and the line."""


def imported() -> dict[str, str]:
    """Programs that `pulumi-daily import` writes: tables of rooms, with values that the types lack, and a set."""
    properties = {**random_rooms(13, 40), "new": {"lang": "xx"}, "new-2": {"geo": "yy", "enable_chat": True}}
    rooms = {name: {"privacy": "private", "properties": found} for name, found in properties.items()}
    singles = [Declared(ROOM, name, {"name": name, **room}) for name, room in rooms.items()]
    every = program(singles, account=SecondAccount("eu", "acme"), split=True).modules
    a_set = program([Declared(ROOM_SET, "rooms", {"rooms": rooms})]).modules[""]
    return {"imported": every[""], "imported_set": a_set, **{name: text for name, text in every.items() if name}}


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all programs, each under a name of its own."""
    folder = tmp_path_factory.mktemp("programs")
    for path in (HERE / "valid.py", HERE / "invalid.py"):
        (folder / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    for path in sorted((ROOT / "examples").glob("*/*.py")):
        project = path.parent
        is_example = (project / "Pulumi.yaml").is_file() or project.name in ("quickstart", "customer_stacks")
        if not is_example or path.name.startswith("test_"):
            continue
        # A program gets the name of its folder; the modules that it imports keep theirs.
        name = f"example_{path.parent.name}.py" if path.name == "__main__.py" else path.name
        assert not (folder / name).exists()
        (folder / name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    for page in PAGES:
        snippets = re.findall(r"^```python\n(.*?)^```", (ROOT / page).read_text(encoding="utf-8"), re.M | re.S)
        for number, snippet in enumerate(snippets):
            name = re.sub(r"\W", "_", page.removesuffix(".md"))
            (folder / f"{name}_{number}.py").write_text(PREAMBLE + snippet, encoding="utf-8")
    for name, source in imported().items():
        (folder / f"{name}.py").write_text(source, encoding="utf-8")
    assert len(list(folder.iterdir())) > 30
    return folder


def expected() -> Iterator[int]:
    """The lines of the invalid program that are wrong."""
    for number, line in enumerate((HERE / "invalid.py").read_text(encoding="utf-8").splitlines(), 1):
        if line.endswith("# wrong"):
            yield number


def run(*command: str, folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert done.returncode == 1, done.stdout + done.stderr  # 0 would be no mistake, 2 a checker that does not run
    return done.stdout


def held(found: Mistakes) -> None:
    """Raise AssertionError unless each mistake was found, and nothing else in any program."""
    assert found.pop("invalid.py").keys() == set(expected())
    assert found == {}


def test_mypy(programs: Path) -> None:
    options = (
        "--strict",
        "--hide-error-context",
        "--no-error-summary",
        "--config-file=",
        f"--cache-dir={ROOT / '.mypy_cache'}",
    )
    names = sorted(path.name for path in programs.glob("*.py"))
    found: Mistakes = {}
    for line in run("mypy", *options, *names, folder=programs).splitlines():
        matched = re.fullmatch(r"(\w+\.py):(\d+): error: (.*)", line)
        if matched:
            found.setdefault(matched[1], {})[int(matched[2])] = matched[3]
    held(found)


@pytest.mark.skipif(importlib.util.find_spec("pyright") is None, reason="pyright is not installed: not tried")
def test_pyright(programs: Path) -> None:
    answer = json.loads(run("pyright", "--outputjson", "--pythonpath", sys.executable, ".", folder=programs))
    found: Mistakes = {}
    for one in answer["generalDiagnostics"]:
        if one["severity"] == "error":
            line = one["range"]["start"]["line"] + 1
            found.setdefault(Path(one["file"]).name, {})[line] = one["message"]
    held(found)

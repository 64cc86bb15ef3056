"""Every code block of README, docs and examples runs, as blocks.py says."""

from __future__ import annotations

import ast
import contextlib
import inspect
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from blocks import LANGUAGES, PREAMBLE, REASONS, ROOT, RUN_ELSEWHERE, Block, blocks, blocks_of, pages

from pulumi_daily.emulator import Clock, Emulator
from pulumi_daily.testing import Secret

PROGRAMS = [block for block in blocks() if block.program]
SCRIPTS = [block for block in blocks() if block.words in (("plain",), ("emulator",))]
MOST_NOT_RUN = {"installs": 10, "outside": 2, "drawing": 2, "recorded": 2, "part": 1}
"""How many blocks may be left out, by reason. Raise a number only for a block that cannot be run."""


@dataclass(frozen=True)
class Setup:
    """What the programs of a page need."""

    config: dict[str, Any] = field(default_factory=dict)
    references: dict[str, Any] = field(default_factory=dict)
    switches: dict[str, Any] = field(default_factory=dict)


SETUPS = {
    "docs/types.md": Setup(
        {"page:settings": '{"enable_chat": true}', "page:privacy": "private"},
        {"acme/rooms/prod": {"expires": 1_900_000_000.0}},
        {"unlisted_value": "store", "unknown_property": "store"},
    ),
    "docs/reference/sip-trunk.md": Setup({"page:trunkPassword": Secret("carrier-password-1")}),
}
EU_KEY = "eu-key"


def ids(block: Block) -> str:
    return f"{block.page}:{block.line}"


def test_every_block_is_run_or_has_a_reason() -> None:
    assert {block.language for block in blocks()} <= set(LANGUAGES), [
        block.where for block in blocks() if block.language not in LANGUAGES
    ]
    left_out = Counter(block.reason for block in blocks() if block.reason)
    del left_out["elsewhere"]
    assert set(left_out) <= set(REASONS)
    assert all(count <= MOST_NOT_RUN[str(reason)] for reason, count in left_out.items()), left_out


def test_the_tests_of_other_pages_are_there() -> None:
    for page, test in RUN_ELSEWHERE.items():
        assert page.removeprefix("docs/") in (ROOT / test).read_text("utf-8")
        assert any(block.page == page for block in blocks())


def test_a_comment_is_about_the_next_block_only() -> None:
    text = (
        "<!-- run: no, installs -->\n```console\nmake\n```\n\n```console\nls\n```\n"
        "- a\n\n  <!-- run: each -->\n  ```yaml\n  a: 1\n  ```\n"
    )
    found = [(block.language, block.words, block.reason, block.text) for block in blocks_of("page", text)]
    assert found == [
        ("console", ("no", "installs"), "installs", "make\n"),
        ("console", (), None, "ls\n"),
        ("yaml", ("each",), None, "a: 1\n"),
    ]


@pytest.mark.parametrize("block", PROGRAMS, ids=ids)
def test_program(block: Block, daily_stack: Any, daily_emulator: Emulator, tmp_path: Path) -> None:
    setup = SETUPS.get(block.page, Setup())
    for name, value in setup.switches.items():
        setattr(daily_emulator.switches, name, value)
    with contextlib.suppress(ValueError):  # a reset of the emulator keeps its domains
        daily_emulator.add_domain("acme-eu", EU_KEY)
    (tmp_path / "__main__.py").write_text(PREAMBLE + block.text, "utf-8")
    (tmp_path / "Pulumi.yaml").write_text("name: page\nruntime: python\n", "utf-8")
    config = {**setup.config, "page:euKey": EU_KEY, "page:euUrl": daily_emulator.url}
    stack = daily_stack(tmp_path, config=config, references=setup.references)
    stack.up()
    assert not stack.preview().has_changes
    daily_emulator.clock.advance(15 * 86400)  # Daily keeps a phone number for 14 days
    if "protect=True" not in block.text:
        stack.destroy()


def write_files(page: str, folder: Path) -> None:
    """Write the files of a page; a folder with a program becomes a project."""
    for block in blocks():
        if block.page == page and block.file:
            path = folder / block.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, "utf-8")
            if path.name == "__main__.py":
                (path.parent / "Pulumi.yaml").write_text(f"name: {path.parent.name}\nruntime: python\n", "utf-8")


@pytest.mark.parametrize("block", SCRIPTS, ids=ids)
def test_script(block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_files(block.page, tmp_path)
    with Emulator(domain_name="acme", clock=Clock(1_800_000_000)) as emulator:
        emulator.add_room("standup")
        scope = {"emulator": emulator} if "emulator" in block.words else {}
        exec(compile(block.text, block.where, "exec"), scope)  # noqa: S102


@pytest.mark.parametrize("block", [block for block in blocks() if "tests" in block.words], ids=ids)
def test_tests(block: Block, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the tests on a page here, with the fixtures that they ask for."""
    monkeypatch.chdir(tmp_path)
    write_files(block.page, tmp_path)
    scope: dict[str, Any] = {}
    exec(compile(block.text, block.where, "exec"), scope)  # noqa: S102
    tests = [value for name, value in scope.items() if name.startswith("test_")]
    assert tests
    for test in tests:
        test(**{name: request.getfixturevalue(name) for name in inspect.signature(test).parameters})


@pytest.mark.parametrize("block", [block for block in blocks() if block.language in ("yaml", "json")], ids=ids)
def test_data(block: Block) -> None:
    assert yaml.safe_load(block.text) if block.language == "yaml" else json.loads(block.text)


@cache
def texts_of_package() -> str:
    """Return all text constants of the package, one a line; a value in an f-string is ``…``."""
    found: set[str] = set()
    for path in (ROOT / "pulumi_daily").rglob("*.py"):
        found.update(texts_of(ast.parse(path.read_text("utf-8"))))
    return "\n".join(sorted(found))


def fragments(message: str) -> list[str]:
    """Return the fixed parts of a message on a page: those between the dots and without quoted names and numbers."""
    parts = re.split(r'…|"[\w-]+"|\d+|^warning: |\S+ \S+ -> \S+', message)
    return [part.strip(' :"`(),.') for part in parts if len(part.strip(' :"`(),.')) > 3]


def texts_of(node: ast.AST) -> Iterator[str]:
    """Yield the text constants in a part of a program; a value in an f-string is ``…``."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
            yield inner.value
        elif isinstance(inner, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in inner.values)


def test_the_page_has_a_message_of_each_class_of_errors() -> None:
    module = ast.parse((ROOT / "pulumi_daily" / "lifecycle" / "errors.py").read_text("utf-8"))
    quoted = [fragments(message) for page, message in MESSAGES if page == "docs/troubleshooting.md"]
    # The last two have texts of other places.
    for node in module.body:
        if isinstance(node, ast.ClassDef) and node.name not in (
            "LifecycleError",
            "AccountNames",
            "PartlyDone",
            "Refused",
        ):
            own = "\n".join(texts_of(node))
            assert any(all(part in own for part in parts) for parts in quoted), node.name


MESSAGES = [
    (page, message)
    for page, text in pages().items()
    for message in (re.findall(r"^### `([^`]+)`", text, re.MULTILINE) if page == "docs/troubleshooting.md" else ())
] + [(block.page, block.text.strip()) for block in blocks() if "message" in block.words]


@pytest.mark.parametrize(("page", "message"), MESSAGES)
def test_a_quoted_message_is_one_of_the_package(page: str, message: str) -> None:
    assert fragments(message)
    for part in fragments(message):
        assert part in texts_of_package(), f"{page} quotes {part!r}"

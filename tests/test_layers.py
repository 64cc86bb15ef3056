"""The layers: imports go only downwards, and only the command line prints. Read from the sources."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "pulumi_daily"
SOURCES = sorted(ROOT.rglob("*.py"))
PULUMI = {"pulumi", "grpc", "google", "dill"}
HTTP = {"requests", "urllib3", "http", "httpx"}
SERVER = {"starlette", "uvicorn"}

ALLOWED: dict[str, set[str]] = {
    "objects": {"api"},
    "api": set(),
    "settings": {"api"},
    "ownership": {"api", "objects"},
    "lifecycle": {"api", "objects", "ownership"},
    "importing": {"api", "objects", "lifecycle"},
    "_wire": {"objects"},
    "providers": {"api", "objects", "ownership", "lifecycle", "settings", "tokens", "_wire"},
    "resources": {"objects", "providers", "settings"},
    "lookups": {"api", "objects", "settings"},
    "tokens": {"objects"},
    "webhooks": set(),
    "emulator": {"api", "objects", "tokens", "webhooks"},
    "__init__": {"resources", "lookups"},
}
"""What of this package each part may import; `testing` and `cli` stand on top of everything."""

NEVER: dict[str, set[str]] = {
    "objects": PULUMI | HTTP | SERVER | {"click", "pytest"},
    "api": PULUMI | SERVER | {"pydantic", "click", "pytest"},
    "settings": PULUMI | HTTP | SERVER | {"click", "pytest"},
    "ownership": PULUMI | HTTP | SERVER | {"pydantic", "click", "pytest"},
    "lifecycle": PULUMI | HTTP | SERVER | {"pydantic", "click", "pytest"},
    "importing": PULUMI | HTTP | SERVER | {"pydantic", "click", "pytest"},
    "_wire": HTTP | SERVER | {"pydantic", "click", "pytest"},
    "providers": HTTP | SERVER | {"click", "pytest"},
    "resources": HTTP | SERVER | {"pydantic", "click", "pytest"},
    "lookups": HTTP | SERVER | {"click", "pytest"},
    "tokens": PULUMI | HTTP | SERVER | {"pydantic", "click", "pytest"},
    "webhooks": PULUMI | HTTP | SERVER | {"pydantic", "click", "pytest"},
    "emulator": PULUMI | {"requests", "click", "pytest"},
    "__init__": PULUMI | HTTP | SERVER | {"pydantic", "click", "pytest"},
}
"""Libraries that a part never imports."""


def part_of(path: Path) -> str:
    first = path.relative_to(ROOT).parts[0]
    return first.removesuffix(".py")


def imports(path: Path) -> Iterator[str]:
    """Dotted names of all imports of a module that run, wherever they stand; those for type checkers are left out."""
    package = ("pulumi_daily", *path.relative_to(ROOT).parts[:-1])

    def walk(node: ast.AST) -> Iterator[str]:
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            for other in node.orelse:
                yield from walk(other)
            return
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join((*base, *([node.module] if node.module else [])))
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)
        for child in ast.iter_child_nodes(node):
            yield from walk(child)

    yield from walk(ast.parse(path.read_text()))


def test_every_part_of_the_package_has_its_place():
    assert {part_of(path) for path in SOURCES} <= {*ALLOWED, "testing", "cli"}
    assert ALLOWED.keys() == NEVER.keys()
    assert len(SOURCES) > 30


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_go_downwards(path: Path):
    part = part_of(path)
    for name in imports(path):
        top, _, rest = name.partition(".")
        if top != "pulumi_daily":
            assert top not in NEVER.get(part, set()), f"{part} must not import {name}"
        elif rest and part in ALLOWED:
            other = rest.split(".")[0]
            assert (ROOT / other).exists() or (ROOT / f"{other}.py").exists(), name
            assert other == part or other in ALLOWED[part], f"{part} must not import {name}"


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_only_the_command_line_prints(path: Path):
    if part_of(path) == "cli":
        return
    for node in ast.walk(ast.parse(path.read_text())):
        assert not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"), (
            f"print in line {node.lineno}"
        )


def test_the_reader_of_imports_sees_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The tests above would pass over nothing if this were wrong."""
    module = tmp_path / "objects" / "odd.py"
    module.parent.mkdir()
    module.write_text(
        "import pulumi.dynamic\nfrom ..api import Client\ndef f():\n    from . import names\n"
        "if TYPE_CHECKING:\n    import requests\nelse:\n    import click\n"
    )
    monkeypatch.setattr(__import__("test_layers"), "ROOT", tmp_path)
    assert list(imports(module)) == [
        "pulumi.dynamic",
        "pulumi_daily.api",
        "pulumi_daily.api.Client",
        "pulumi_daily.objects",
        "pulumi_daily.objects.names",
        "click",
    ]

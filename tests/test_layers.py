"""The layers: imports go only downwards, and only the command line prints. Read from the sources."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
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
    "settings": {"api", "ownership"},
    "ownership": {"api", "objects"},
    "lifecycle": {"api", "objects", "ownership"},
    "importing": {"api", "objects", "lifecycle"},
    "summary": {"api", "objects"},
    "_wire": {"objects"},
    "_parent": {"api"},
    "connection": {"api", "ownership", "lifecycle", "settings", "tokens"},
    "operations": {"api", "objects", "ownership", "lifecycle", "connection", "_wire"},
    "providers": {"api", "objects", "lifecycle", "settings", "connection", "operations", "_wire", "_parent"},
    "_output_object": set(),
    "outputs": {"_output_object"},
    "resources": {"objects", "ownership", "lifecycle", "providers", "settings", "outputs", "_output_object"},
    "lookups": {"api", "objects", "settings", "connection", "outputs", "_output_object"},
    "plugin": {
        "api",
        "objects",
        "lifecycle",
        "importing",
        "settings",
        "connection",
        "operations",
        "lookups",
        "_wire",
        "_parent",
        "_output_object",
    },
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
    "summary": PULUMI | HTTP | SERVER | {"pydantic", "click", "pytest"},
    "_wire": HTTP | SERVER | {"pydantic", "click", "pytest"},
    "_parent": PULUMI | HTTP | SERVER | {"pydantic", "click", "pytest"},
    "connection": PULUMI | HTTP | SERVER | {"pydantic", "click", "pytest"},
    "operations": PULUMI | HTTP | SERVER | {"click", "pytest"},
    "providers": HTTP | SERVER | {"click", "pytest"},
    "_output_object": PULUMI | HTTP | SERVER | {"pydantic", "click", "pytest"},
    "outputs": PULUMI | HTTP | SERVER | {"pydantic", "click", "pytest"},
    "resources": HTTP | SERVER | {"pydantic", "click", "pytest"},
    "lookups": HTTP | SERVER | {"click", "pytest"},
    "plugin": HTTP | SERVER | {"click", "pytest"},
    "tokens": PULUMI | HTTP | SERVER | {"pydantic", "click", "pytest"},
    "webhooks": PULUMI | HTTP | SERVER | {"pydantic", "click", "pytest"},
    "emulator": PULUMI | {"requests", "click", "pytest"},
    "__init__": PULUMI | HTTP | SERVER | {"pydantic", "click", "pytest"},
}
"""Libraries that a part never imports."""


def part_of(path: Path) -> str:
    first = path.relative_to(ROOT).parts[0]
    return first.removesuffix(".py")


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """All nodes of a module, in no particular order."""
    return tuple(ast.walk(ast.parse(path.read_text())))


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

    yield from walk(nodes(path)[0])


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


ROOMS: dict[str, set[str]] = {
    "state": {"decide"},
    "decide": {"state"},
    "errors": {"decide", "state"},
    "live": {"decide", "errors", "state"},
    "kinds": {"decide", "errors", "live", "state"},
    "__init__": {"errors", "live", "state"},
}
"""What each part of ``lifecycle`` may import of the others: decisions know no account, reads and writes no kind."""

EDGE = {"operations.py", "cli/_import_file.py", "cli/_import_stack.py"}
"""Where states become output dictionaries and back."""


def modules(*parts: str) -> list[Path]:
    found = [path for path in SOURCES if name_of(path).startswith(parts or ("",))]
    assert found
    return found


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_the_rooms_of_the_lifecycle():
    seen = set()
    for path in modules("lifecycle/"):
        room = path.relative_to(ROOT / "lifecycle").parts[0].removesuffix(".py")
        seen.add(room)
        for name in imports(path):
            other = name.split(".")[2] if name.startswith("pulumi_daily.lifecycle.") else room
            if (ROOT / "lifecycle" / other).exists() or (ROOT / "lifecycle" / f"{other}.py").exists():
                assert other == room or other in ROOMS[room], f"{name_of(path)} must not import {name}"
    assert seen == ROOMS.keys()


def test_output_dictionaries_exist_at_the_edge_alone():
    """Below it, a resource is a ``ResourceState``."""
    for path in modules():
        used = {name.rpartition(".")[2] for name in imports(path) if name.startswith("pulumi_daily.lifecycle.state.")}
        assert not used & {"decode", "encode"} or name_of(path) in EDGE, name_of(path)
    for path in modules("lifecycle/", "importing/"):
        for node in nodes(path):
            if isinstance(node, ast.FunctionDef) and node.name != "decode":
                given = {argument.arg for argument in (*node.args.args, *node.args.kwonlyargs)}
                assert not given & {"outs", "outputs", "props"}, f"{name_of(path)}: {node.name}"


def places(*names: str) -> set[str]:
    """The modules in which one of these is called."""
    found = set()
    for path in modules():
        for node in nodes(path):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
                found.add(name_of(path))
    return found


def uses(name: str, *parts: str) -> set[str]:
    """The modules that read or write an attribute of this name."""
    return {
        name_of(path)
        for path in modules(*parts)
        if any(isinstance(node, ast.Attribute) and node.attr == name for node in nodes(path))
    }


def test_one_place_builds_a_client():
    assert places("Client") == {"connection.py"}


def test_one_place_sends_batches():
    assert uses("create_key", "lifecycle/") == uses("delete_key", "lifecycle/") == {"lifecycle/live/batches.py"}


def test_one_place_decides_about_lost_creates():
    """`Creation` does; the others only say that an outcome is unknown, or word the error about it."""
    assert uses("made_by_api", "lifecycle/kinds/", "lifecycle/live/") == set()
    assert places("Creation") == {"lifecycle/kinds/creating.py", "lifecycle/kinds/rooms.py"}
    reads = {"lifecycle/kinds/creating.py", "lifecycle/kinds/rooms.py"}  # what was lost is looked for
    assert uses("lost", "lifecycle/") == {"lifecycle/decide/adoption.py", *reads}


def test_one_place_reads_lists():
    """`Pager` does; `Client.list_rooms` reads one page, as its caller says."""
    assert places("Pager") == {"api/_client.py", "lifecycle/live/reader.py"}
    assert uses("list", "lifecycle/", "importing/", "cli/") == {"lifecycle/live/reader.py"}
    cursors = {name_of(path) for path in modules() if re.search(r"starting_after|ending_before|OLDEST", code(path))}
    emulated = {name for name in cursors if name.startswith("emulator/")}
    assert cursors - emulated == {"api/__init__.py", "api/_client.py", "api/_paging.py", "api/_routes.py"}


def code(path: Path) -> str:
    """A module without its docstrings and comments."""
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            node.value.value = ""
    return ast.unparse(tree)


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_only_the_command_line_prints(path: Path):
    if part_of(path) == "cli":
        return
    for node in nodes(path):
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

"""How the emulator's modules import each other."""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from pulumi_daily import emulator


def imported(source: str) -> set[str]:
    """Return the neighbours that a module imports, those for type checkers included."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.level == 1:
            found |= {node.module} if node.module else {alias.name for alias in node.names}
    return found


def test_no_two_modules_need_each_other() -> None:
    folder = Path(emulator.__file__).parent
    graph = {path.stem: imported(path.read_text()) for path in folder.glob("*.py")}
    assert sum(map(len, graph.values())) > 100
    order = list(TopologicalSorter(graph).static_order())
    assert order.index("_state") < order.index("_app") < order.index("_emulator")


def test_two_that_do_are_found() -> None:
    graph = {"a": imported("from . import b"), "b": imported("if TYPE_CHECKING:\n    from .a import A")}
    with pytest.raises(CycleError):
        list(TopologicalSorter(graph).static_order())

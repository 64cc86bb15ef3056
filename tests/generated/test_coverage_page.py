"""The page on Daily's operations: all of them, each with an answer, no reason too many."""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from pulumi_daily.api import ROUTES
from pulumi_daily.emulator._routes import ROUTES as EMULATED

ROOT = Path(__file__).resolve().parents[2]
OPENAPI = ROOT.parent / "shared" / "reference" / "daily-openapi.json"
METHODS = ("get", "post", "put", "delete", "patch")


@pytest.fixture
def coverage(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    module = importlib.import_module("coverage_page")
    module.rows.cache_clear()
    yield module
    module.rows.cache_clear()


def same_shape(operation: str) -> str:
    """An operation without the names of its parameters."""
    return re.sub(r":\w+|\{\w+\}", "*", operation)


@pytest.mark.skipif(not OPENAPI.is_file(), reason="no copy of Daily's API description at hand")
def test_the_first_table_is_daily_s_description(coverage: ModuleType) -> None:
    paths = json.loads(OPENAPI.read_text(encoding="utf-8"))["paths"]
    described = {same_shape(f"{m.upper()} {path}") for path, ms in paths.items() for m in ms if m in METHODS}
    listed = [same_shape(row.operation) for row in coverage.rows() if row.group == coverage.DESCRIBED]
    assert len(listed) == len(set(listed)) == 60
    assert set(listed) == described


def test_every_operation_has_one_row_with_an_answer(coverage: ModuleType) -> None:
    rows = coverage.rows()
    assert len(rows) == len(ROUTES) == len(EMULATED) == 78
    assert {row.operation for row in rows} == set(EMULATED)
    groups = [row.group for row in rows]
    assert [groups.count(group) for group in (coverage.DESCRIBED, coverage.NEWER, coverage.PROSE)] == [60, 11, 7]
    for row in rows:
        assert row.emulated
        assert bool(row.resources or row.lookups) != bool(row.reason), row.operation


def test_the_page_shows_the_rows(coverage: ModuleType) -> None:
    page = coverage.coverage_page()
    lines = [line for line in page.splitlines() if line.startswith("| `")]
    assert len(lines) == 78
    assert all(line.count(" | ") == 4 for line in lines)
    assert "| `POST /rooms` | `Room` (create), `RoomSet` (create) |  | yes |  |" in lines
    assert "| `GET /rooms/:name/presence` |  | `get_room_presence` | yes |  |" in lines
    eject = next(line for line in lines if "`POST /rooms/:name/eject`" in line)
    assert eject.startswith("| `POST /rooms/:name/eject` |  |  | yes | an action on a running call")


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"rooms.eject": None}, "without an answer {'rooms.eject'}"),
        ({"rooms.list": "there is no need"}, "reasons not needed {'rooms.list'}"),
        ({"rooms.dance": "nobody does"}, "unknown {'rooms.dance'}"),
    ],
)
def test_a_reason_too_few_or_too_many_is_an_error(
    coverage: ModuleType, monkeypatch: pytest.MonkeyPatch, change: dict[str, str | None], text: str
) -> None:
    for name, reason in change.items():
        if reason is None:
            monkeypatch.delitem(coverage.REASONS, name)
        else:
            monkeypatch.setitem(coverage.REASONS, name, reason)
    with pytest.raises(SystemExit, match=re.escape(text)):
        coverage.rows()

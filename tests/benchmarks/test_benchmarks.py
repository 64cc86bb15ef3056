"""The benchmark runs, at a size that takes seconds. Counts are held, times never."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "benchmarks"


@pytest.fixture
def report(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(FOLDER))
    return importlib.import_module("report")


def test_all_scenarios_run_and_what_must_hold_holds(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(FOLDER / "bench.py"), "--tiny", "--runner", "--latency", "0", "--results", str(tmp_path)],
        env={**os.environ, "PULUMI_DAILY_TESTING_START": "auto"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    found = json.loads((tmp_path / "tiny.json").read_text(encoding="utf-8"))
    costs: list[dict[str, Any]] = found["costs"]
    assert {cost["kind"] for cost in costs} == {"room", "set", "naive", "noop"}

    def requests(kind: str, scenario: str, operation: str) -> int:
        (cost,) = [c for c in costs if (c["kind"], c["scenario"], c["operation"]) == (kind, scenario, operation)]
        return int(cost["requests"])

    assert all(cost["requests"] == 0 for cost in costs if cost["kind"] == "noop")
    assert all(cost["refused"] == 0 for cost in costs if "storm" not in cost["scenario"] and cost["kind"] != "naive")
    assert {cost["operation"] for cost in costs if "busy machine" in cost["scenario"]} >= {
        "create",
        "refresh",
        "destroy",
    }
    assert requests("naive", "5 rooms", "refresh") == 5
    for kind in ("room", "set"):
        for operation in ("preview, no change", "refresh"):
            assert requests(kind, "5 rooms", operation) == 2
        assert requests(kind, "5 rooms", "change one setting of all") == 7
    assert requests("set", "5 rooms", "create") == 2
    assert requests("set", "5 rooms", "destroy") == 3  # one more: whose the rooms are
    assert requests("room", "5 rooms", "create") <= 6
    assert [c["refused"] for c in costs if "storm" in c["scenario"]] == [3, 1, 1, 3, 3]
    assert all(claim["holds"] in (True, None) for claim in found["claims"])
    assert sum(claim["holds"] is True for claim in found["claims"]) >= 4
    assert "| 5, one `RoomSet` | create |" in (tmp_path / "tiny.md").read_text(encoding="utf-8")


def test_a_claim_that_does_not_hold_is_seen(report: ModuleType) -> None:
    cost = importlib.import_module("measures").Cost("cli", "room", "1000 rooms", 1000, "refresh", 1.0, 13, 1, {})
    found = {claim.text: claim for claim in report.claims(report.Figures([cost]))}
    assert found["1 000 rooms, refresh: at most 12 requests"].holds is False
    assert found["not one 429 in any run without injected ones"].holds is False
    assert found["1 000 rooms, preview, no change: at most 12 requests"].holds is None
    assert "**NO**" in report.claims_table(report.Figures([cost]))


def test_the_page_has_the_tables_of_the_last_full_run(report: ModuleType, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")
    assert page.count(report.BEGIN) == page.count(report.END) == 1
    between = page.partition(report.BEGIN)[2].partition(report.END)[0]
    assert "| what must hold |" in between
    assert "**NO**" not in between
    copy = tmp_path / "page.md"
    copy.write_text(page, encoding="utf-8")
    report.put_into(copy, "new tables")
    text = copy.read_text(encoding="utf-8")
    assert f"{report.BEGIN}\n\nnew tables\n{report.END}" in text
    assert text.partition(report.BEGIN)[0] == page.partition(report.BEGIN)[0]
    copy.write_text("no markers")
    with pytest.raises(SystemExit, match="no markers"):
        report.put_into(copy, "")

"""What is promised to users is still there, and the pages for contributors name real files."""

from __future__ import annotations

import re
from pathlib import Path

import public_names
import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / name for name in ("CONTRIBUTING.md", "SECURITY.md", "CODE_OF_CONDUCT.md", "CHANGELOG.md")]
PLACES = ("", "docs", "pulumi_daily", "tools", "tests", "tests/laws", "tests/scenarios")


def test_nothing_that_was_promised_is_gone() -> None:
    recorded = public_names.read()
    assert len(recorded) > 100
    assert public_names.gone(recorded, public_names.promised()) == []


def test_what_is_gone_is_named() -> None:
    before = {"pulumi_daily": ["Room", "Webhook"], "pulumi-daily doctor": ["--json"], "configuration": ["daily:apiKey"]}
    now = {"pulumi_daily": ["Room", "RoomSet"], "configuration": ["daily:apiKey"]}
    assert public_names.gone(before, now) == ["pulumi_daily: Webhook", "pulumi-daily doctor: --json"]


def test_a_module_without_a_list_has_the_names_that_it_defines() -> None:
    names = public_names.public(public_names)
    assert {"public", "parameters", "promised", "gone"} <= set(names)
    assert not {"Path", "click", "json", "FILE"} & set(names)
    assert public_names.parameters(public_names.gone) == ["before", "now"]
    assert public_names.parameters(dict) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not link.startswith("https://") and not (ROOT / link).exists()] == []


def test_contributing_names_files_that_exist() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = re.findall(r"`([\w./]+\.(?:py|md|json|toml))`", text) + re.findall(r"`([\w./]+/[\w.]*)`", text)
    assert len(named) > 25
    missing = [name for name in named if not any((ROOT / place / name).exists() for place in PLACES)]
    assert missing == []
    targets = set(re.findall(r"\bmake ([a-z-]+)", " ".join(re.findall(r"`(make [a-z-]+)`", text))))
    assert targets <= set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))

"""What the README and the pages beside it say of names, files and commands is there."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from pulumi_daily.cli import main
from pulumi_daily.settings import OPTIONS

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    ROOT / "README.md",
    *(ROOT / "docs" / name for name in ("install.md", "import.md", "security.md", "tokens.md", "webhooks.md")),
]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8")):
        if not target.startswith("https://"):
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_options_of_the_command_are_real(page: Path) -> None:
    used = re.findall(
        r"pulumi-daily (doctor|emulator|import|webhook-echo)((?: +--?[a-z-]+(?: [^-\s`]\S*)?)*)",
        page.read_text("utf-8"),
    )
    context = click.Context(main)
    for name, options in used:
        command = main.get_command(context, name)
        assert command is not None
        known = {option for parameter in command.params for option in parameter.opts}
        assert set(re.findall(r"--[a-z-]+", options)) <= known, (name, options)


def test_every_configuration_key_is_in_the_readme() -> None:
    text = PAGES[0].read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| `daily:")]
    assert [line.split("`")[1] for line in rows] == [f"daily:{option.name}" for option in OPTIONS]
    for option, row in zip(OPTIONS, rows, strict=True):
        assert (f"`{option.environment}`" in row) is (option.environment is not None)


def test_make_knows_the_targets_of_the_readme() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    used = set(re.findall(r"(?:`|^ *)make ([a-z-]+)", PAGES[0].read_text("utf-8"), re.MULTILINE))
    assert {"demo", "test"} <= used <= targets

"""What the README and the pages beside it say of names, files and commands is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from pulumi_daily.cli import main
from pulumi_daily.cli._import_read import SPECS
from pulumi_daily.objects.fields import Fields, entries
from pulumi_daily.objects.validation import nested_model
from pulumi_daily.providers import PROVIDERS
from pulumi_daily.settings import OPTIONS

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
    ROOT / "examples" / "README.md",
    *sorted((ROOT / "docs" / "reference").glob("*.md")),
]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target, anchor in re.findall(r"\]\(([^)#\s]*)(?:#([^)\s]+))?\)", page.read_text(encoding="utf-8")):
        if not target.startswith("https://"):
            there = page.parent / target if target else page
            assert there.exists(), target
            assert not anchor or anchor in headings(there), f"{target}#{anchor}"


def headings(page: Path) -> set[str]:
    """The anchors of a page."""
    lines = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", line.lower()).replace(" ", "-") for line in lines}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_options_of_the_command_are_real(page: Path) -> None:
    used = re.findall(
        r"pulumi-daily (doctor|emulator|import|summary|webhook-echo)((?: +--?[a-z-]+(?: [^-\s`]\S*)?)*)",
        page.read_text("utf-8"),
    )
    context = click.Context(main)
    for name, options in used:
        command = main.get_command(context, name)
        assert command is not None
        known = {option for parameter in command.params for option in parameter.opts}
        assert set(re.findall(r"--[a-z-]+", options)) <= known, (name, options)


def test_every_configuration_key_is_on_its_page() -> None:
    text = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| `daily:")]
    assert [line.split("`")[1] for line in rows] == [f"daily:{option.name}" for option in OPTIONS]
    for option, row in zip(OPTIONS, rows, strict=True):
        assert (f"`{option.environment}`" in row) is (option.environment is not None)


def test_the_readme_leads_to_every_page_and_every_resource() -> None:
    targets = set(re.findall(r"\]\(([^)#]+)", PAGES[0].read_text("utf-8")))
    pages = {f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")}
    references = {f"docs/reference/{path.name}" for path in (ROOT / "docs" / "reference").glob("*.md")}
    assert pages | references | {"examples/README.md", "CHANGELOG.md"} <= targets


def test_the_import_page_knows_every_kind() -> None:
    rows = re.findall(r"^\| `(\w+)` \| ", (ROOT / "docs" / "import.md").read_text("utf-8"), re.MULTILINE)
    assert set(SPECS) <= set(rows)


def test_the_security_page_names_every_secret() -> None:
    def secrets(model: type[Fields]) -> Iterator[str]:
        for name, entry in entries(model).items():
            if entry.meta.secret:
                yield name
            inner = nested_model(entry.annotation)
            if inner is not None:
                yield from secrets(inner)

    text = (ROOT / "docs" / "security.md").read_text("utf-8")
    for spec in (provider.spec for provider in PROVIDERS):
        rows = [line for line in text.splitlines() if line.startswith("|") and f"`{spec.kind}`" in line.split("|")[1]]
        inputs, outputs = (rows[0].split("|")[2:4]) if rows else ("", "")
        # What a trunk has in common with a room stands there.
        names = {*secrets(spec.inputs)} - ({"meeting_join_hook", "url"} if spec.kind == "SipTrunk" else set())
        assert all(re.search(rf"\b{name}`", inputs) for name in names), (spec.kind, names)
        for item in spec.output_fields:
            assert (f"`{item.name}`" in outputs) is item.secret, (spec.kind, item.name)


def test_make_knows_the_targets_of_the_readme() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    used = set(re.findall(r"(?:`|^ *)make ([a-z-]+)", PAGES[0].read_text("utf-8"), re.MULTILINE))
    assert {"demo", "test"} <= used <= targets

"""A tag can be released if it names the version and the changelog has it."""

from __future__ import annotations

from pathlib import Path

import pytest
import release_check

CHANGELOG = "# Changelog\n\n## [Unreleased]\n\n## [1.2.0] - 2027-01-31\n\n### Added\n"


def test_a_tag_of_the_version_can_be_released() -> None:
    assert release_check.problems("v1.2.0", "1.2.0", CHANGELOG) == []


@pytest.mark.parametrize("tag", ["", "1.2.0", "v1.2", "v1.2.1", "v1.2.0-rc1", "$(id)"])
def test_another_tag_is_refused(tag: str) -> None:
    [problem] = release_check.problems(tag, "1.2.0", CHANGELOG)
    assert f"the tag is {tag or 'missing'}, the version in pyproject.toml is 1.2.0" in problem


@pytest.mark.parametrize("heading", ["## [1.2.0] - Unreleased", "## 1.2.0 - 2027-01-31", "## [1x2.0] - 2027-01-31", ""])
def test_a_version_without_a_dated_heading_is_refused(heading: str) -> None:
    [problem] = release_check.problems("v1.2.0", "1.2.0", f"# Changelog\n\n{heading}\n")
    assert problem == "CHANGELOG.md has no heading `## [1.2.0] - YYYY-MM-DD`"


def test_the_command_prints_all_reasons_and_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "x"\nversion = "1.2.0"  # a comment\n', encoding="utf-8"
    )
    changelog = tmp_path / "CHANGELOG.md"
    changelog.write_text("", encoding="utf-8")
    assert release_check.main("v1.3.0", root=tmp_path) == 1
    assert len(capsys.readouterr().out.splitlines()) == 2
    changelog.write_text(CHANGELOG, encoding="utf-8")
    assert release_check.main("v1.2.0", root=tmp_path) == 0
    assert capsys.readouterr().out == "v1.2.0 can be released\n"


def test_the_version_of_this_project_is_found_and_a_missing_one_is_an_error() -> None:
    text = (release_check.ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert release_check.version_of(text)[0].isdigit()
    with pytest.raises(ValueError, match="no version"):
        release_check.version_of('requires-python = ">=3.10"\n')

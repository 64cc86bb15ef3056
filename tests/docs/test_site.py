"""The site has every page and no dead link; README reads well on PyPI, where relative links lead nowhere."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from email import message_from_string
from pathlib import Path
from xml.etree import ElementTree

import pytest
import readme_renderer.markdown
import site_pages
import yaml
from blocks import pages

ROOT = Path(__file__).resolve().parents[2]


def test_the_site_is_built_without_a_warning() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "site_pages.py")],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    html = (ROOT / ".site" / "html" / "index.html").read_text("utf-8")
    # Nothing is loaded from elsewhere: no fonts, scripts, styles or pictures.
    loaded = re.findall(r"<(?:script|img|iframe|link)\b[^>]*?(?:src|href)=\"?(https?:[^\s\">]+)", html)
    assert [one for one in loaded if "pulumi-daily" not in one] == []
    assert (ROOT / ".site" / "html" / "images" / "drift-preview.svg").is_file()


def test_every_page_is_in_the_navigation_once() -> None:
    site = (ROOT / "mkdocs.yml").read_text("utf-8")
    assert yaml.safe_load(site)["repo_url"] == site_pages.repository()
    listed = re.findall(r": (\S+\.md)$", site, re.MULTILINE)
    assert sorted(listed) == sorted(site_pages.pages().values())


@pytest.mark.parametrize(
    ("page", "link", "expected"),
    [
        ("README.md", "docs/install.md", "install.md"),
        ("README.md", "LICENSE", "https://there/blob/main/LICENSE"),
        ("README.md", "tests/contract/", "https://there/tree/main/tests/contract"),
        ("README.md", "docs/images/drift-preview.svg", "images/drift-preview.svg"),
        ("docs/import.md", "reference/room.md#inputs", "reference/room.md#inputs"),
        ("docs/reference/room.md", "../import.md", "../import.md"),
        ("docs/lookups.md", "../examples/README.md", "examples.md"),
        ("docs/reference/room.md", "../../README.md", "../index.md"),
        ("docs/import.md", "#adopt", "#adopt"),
        ("docs/import.md", "https://daily.co", "https://daily.co"),
    ],
)
def test_links_of_a_page_on_the_site(page: str, link: str, expected: str) -> None:
    assert site_pages.target_on_site(link, page, site_pages.pages(), "https://there") == expected


def test_links_to_missing_files_are_errors_and_code_is_left_alone() -> None:
    names = site_pages.pages()
    with pytest.raises(ValueError, match=r"README\.md links to nowhere\.md, which does not exist"):
        site_pages.on_site("[a](nowhere.md)", "README.md", names, "")
    steps = "1. one:\n\n   ```console\n   ls\n   ```\n2. two\nend\n   no list"
    assert site_pages.on_site(steps, "README.md", names, "") == (
        "1. one:\n\n    ```bash\n    ls\n    ```\n2. two\nend\n   no list"
    )
    code = "```python\na = [1](nowhere.md)\n```"
    assert site_pages.on_site(f"[a](LICENSE)\n{code}\n[b](docs/faq.md)", "README.md", names, "https://x") == (
        f"[a](https://x/blob/main/LICENSE)\n{code}\n[b](faq.md)"
    )


def test_the_readme_on_pypi(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        timeout=120,
        check=True,
    )
    [wheel] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        [name] = [one for one in archive.namelist() if one.endswith(".dist-info/METADATA")]
        metadata = message_from_string(archive.read(name).decode("utf-8"))
    assert metadata["Description-Content-Type"] == "text/markdown"
    repository = site_pages.repository()
    html = readme_renderer.markdown.render(metadata.get_payload())
    assert html is not None
    targets = re.findall(r'(?:href|src)="([^"#][^"]*)"', html)
    assert len(targets) > 30
    raw = repository.replace("https://github.com/", "https://raw.githubusercontent.com/")
    for target in targets:
        assert target.startswith("https://"), target
        for start in (f"{repository}/blob/main/", f"{raw}/main/"):
            if target.startswith(start):
                assert (ROOT / target.removeprefix(start)).exists(), target
    assert any(target.startswith(f"{raw}/main/docs/images/") for target in targets)
    assert "run: no" not in html


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= 120


@pytest.mark.parametrize("path", sorted((ROOT / "docs" / "images").glob("*.svg")), ids=lambda path: path.name)
def test_a_picture_has_a_title_and_loads_nothing(path: Path) -> None:
    text = path.read_text("utf-8")
    [title] = ElementTree.fromstring(text).findall("{http://www.w3.org/2000/svg}title")
    assert title.text
    assert re.findall(r"https?://[^\s\"']+|@import|url\(|<script", text) == ["http://www.w3.org/2000/svg"]


def test_every_picture_is_shown_with_a_description() -> None:
    shown = [found for text in pages().values() for found in re.findall(r"!\[(.*?)\]\((\S+?)\)", text)]
    assert {Path(target).name for _, target in shown} == {
        path.name for path in (ROOT / "docs" / "images").glob("*.svg")
    }
    assert all(len(description) > 60 for description, _ in shown)

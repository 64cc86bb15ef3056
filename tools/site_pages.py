"""Build the site of the documentation in ``.site/html``; exit 1 for a dead link.

    python tools/site_pages.py            build
    python tools/site_pages.py --pages    only copy the pages to .site/docs

The pages of docs/ and the pages in ``OTHERS`` link to each other and to files of the repository by relative paths,
which work on GitHub. In the copies, links to pages are those of the site, and links to other files are addresses.
"""

from __future__ import annotations

import os
import posixpath
import re
import shutil
import subprocess
import sys
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parent.parent
OTHERS = {
    "README.md": "index.md",
    "examples/README.md": "examples.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security-policy.md",
    "CODE_OF_CONDUCT.md": "code-of-conduct.md",
}
"""The pages outside docs/, and their names on the site. A page that does not exist is left out."""
LINK = re.compile(r"(\]\()([^)\s]+)(?=\))")


def repository(root: Path = ROOT) -> str:
    """Return the address of the repository, from pyproject.toml."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    address: str = project["urls"]["Repository"]
    return address


def pages(root: Path = ROOT) -> dict[str, str]:
    """Return the path on the site of each page, by its path in the repository."""
    found = {path.relative_to(root).as_posix(): path for path in sorted((root / "docs").rglob("*.md"))}
    return {name: name.removeprefix("docs/") for name in found} | {
        name: target for name, target in OTHERS.items() if (root / name).is_file()
    }


def target_on_site(link: str, page: str, names: dict[str, str], address: str, root: Path = ROOT) -> str:
    """Return the link as it is on the site, for a link in a page of the repository.

    Raises ``ValueError`` for a link to a file that does not exist.
    """
    path, mark, anchor = link.partition("#")
    if not path or re.match(r"[a-z]+:", link):
        return link
    there = posixpath.normpath(posixpath.join(posixpath.dirname(page), path))
    if not (root / there).exists():
        raise ValueError(f"{page} links to {link}, which does not exist")
    own = posixpath.dirname(names[page])
    if there in names:
        return posixpath.relpath(names[there], own or ".") + mark + anchor
    if there.startswith("docs/"):
        return posixpath.relpath(there.removeprefix("docs/"), own or ".") + mark + anchor
    kind = "tree" if (root / there).is_dir() else "blob"
    return f"{address}/{kind}/main/{there}{mark}{anchor}"


def indented(text: str) -> str:
    """Return the text with four spaces, which the builder expects, where numbered lists on GitHub need three."""
    inside, lines = False, []
    for line in text.split("\n"):
        if re.match(r"\d+\. ", line):
            inside = True
        elif line and not line[0].isspace():
            inside = False
        lines.append(f" {line}" if inside and line.startswith("   ") else line)
    return "\n".join(lines)


def on_site(text: str, page: str, names: dict[str, str], address: str, root: Path = ROOT) -> str:
    """Return the text of a page with the links of the site. Links in code blocks stay as they are.

    Commands are shown as bash: as a console's output they would be grey, because they have no prompt.
    """
    parts = re.split(r"(^```.*?^```$)", text, flags=re.MULTILINE | re.DOTALL)
    for number in range(0, len(parts), 2):
        parts[number] = LINK.sub(
            lambda match: match[1] + target_on_site(match[2], page, names, address, root), parts[number]
        )
    return indented("".join(parts)).replace("```console", "```bash")


def copy_pages(folder: Path, root: Path = ROOT) -> None:
    """Write all pages and pictures into a folder, which is emptied first."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(root / "docs" / "images", folder / "images", ignore=shutil.ignore_patterns("*.ansi"))
    shutil.copy(root / "docs" / "site.css", folder)
    names, address = pages(root), repository(root)
    for name, target in names.items():
        path = folder / target
        path.parent.mkdir(parents=True, exist_ok=True)
        text = (root / name).read_text(encoding="utf-8")
        path.write_text(on_site(text, name, names, address, root), encoding="utf-8")


def build(root: Path = ROOT) -> int:
    """Build the site from the copied pages, and return the exit code of the builder."""
    command = [sys.executable, "-m", "zensical", "build", "--clean", "--strict", "-f", str(root / "mkdocs.yml")]
    return subprocess.run(command, cwd=root, env={**os.environ, "NO_COLOR": "1"}, check=False).returncode


def main(argv: list[str]) -> int:
    try:
        copy_pages(ROOT / ".site" / "docs")
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    return 0 if "--pages" in argv else build()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

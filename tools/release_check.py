"""Check that a tag may be released: ``TAG=v1.2.3 make release-check``, run by the release workflow.

The version has one place, ``pyproject.toml``. The changelog must have it, with the date of its release.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def version_of(pyproject: str) -> str:
    """Return the version in the text of ``pyproject.toml``. Raise ``ValueError`` if there is none."""
    found = re.search(r'^version = "([^"]+)"', pyproject, re.MULTILINE)
    if found is None:
        raise ValueError("pyproject.toml has no version")
    return found[1]


def problems(tag: str, version: str, changelog: str) -> list[str]:
    """Return the reasons why a tag cannot be released, one text each; an empty list if it can."""
    found = []
    if tag != f"v{version}":
        found.append(f"the tag is {tag or 'missing'}, the version in pyproject.toml is {version}: tag v{version}")
    if not re.search(rf"^## \[{re.escape(version)}\] - \d{{4}}-\d\d-\d\d$", changelog, re.MULTILINE):
        found.append(f"CHANGELOG.md has no heading `## [{version}] - YYYY-MM-DD`")
    return found


def main(tag: str, root: Path = ROOT) -> int:
    """Print the reasons against a release, and return 1 if there are any, else 0."""
    version = version_of((root / "pyproject.toml").read_text(encoding="utf-8"))
    found = problems(tag, version, (root / "CHANGELOG.md").read_text(encoding="utf-8"))
    print("\n".join(found) or f"{tag} can be released")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(os.environ.get("TAG", "")))

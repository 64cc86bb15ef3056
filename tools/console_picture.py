"""Draws what the CLI printed, with its colours, as a picture: ``docs/images/drift-preview.svg``.

The printed text was recorded by tests/cli/test_cli_pull_request.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from svg import document, element, text

ROOT = Path(__file__).resolve().parent.parent
RECORDED, PICTURE = "docs/images/drift-preview.ansi", "docs/images/drift-preview.svg"
TITLE = "pulumi preview --diff: one room was changed in the dashboard, another one in the program"
PROMPT = "$ pulumi preview --diff"
LINE, LETTER, MARGIN = 19.0, 7.85, 16.0
CODE = re.compile(r"\x1b\[([0-9;]*)m")
CLASSES = {"1": "red", "2": "green", "3": "yellow", "13": "magenta"}
COLOURS = """.card{fill:#0d1117;stroke:#30363d}.plain{fill:#e6edf3}.red{fill:#ff7b72}.green{fill:#56d364}
.yellow{fill:#e3b341}.magenta{fill:#d2a8ff}"""
"""A console is dark in light mode, too."""


def spans(line: str, colour: str) -> Iterator[tuple[str, str]]:
    """Yield the parts of a printed line, each with its colour; ``colour`` is that of the end of the line before."""
    at = 0
    for code in CODE.finditer(line):
        yield line[at : code.start()], colour
        at = code.end()
        if code[1] in ("", "0"):
            colour = "plain"
        elif code[1].startswith("38;5;"):
            colour = CLASSES.get(code[1].removeprefix("38;5;"), "plain")
    yield line[at:], colour


def picture(printed: str) -> str:
    """Return the SVG of a printed text with ANSI colours."""
    body = [element("style", COLOURS), text(MARGIN, MARGIN + 12, PROMPT, "plain")]
    widest, colour, y = len(PROMPT), "plain", MARGIN + 12
    for line in printed.splitlines():
        column, y = 0, y + LINE
        for words, shade in spans(line, colour):
            if words.strip():
                start = column + len(words) - len(words.lstrip())
                shown = words.strip()
                body.append(text(MARGIN + start * LETTER, y, shown, shade, textLength=len(shown) * LETTER))
            column, colour = column + len(words), shade
        widest = max(widest, column)
    return document(widest * LETTER + 2 * MARGIN, y + MARGIN, TITLE, [element("g", "\n".join(body), class_="mono")])


def pictures(root: Path = ROOT) -> dict[str, str]:
    """Return the picture by its path in the project."""
    return {PICTURE: picture((root / RECORDED).read_text(encoding="utf-8"))}

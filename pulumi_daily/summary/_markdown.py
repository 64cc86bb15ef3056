"""Renders summaries as Markdown for a comment on a pull request."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from ..api import printable
from ._escape import block, code, cut
from ._model import Report
from ._sections import Cell, Foreign, Section, closing, sections_of

LIMIT = 60_000
"""The bytes of a whole comment. GitHub takes 65 536 characters, GitLab 1 000 000."""
_FOLD = 10
"""The rows of a section that are not folded."""
_TAIL = 150
"""The bytes that are kept for a line about what is left out."""
_LEAST = 400
"""The bytes that a stack has at least; those beyond are left out."""


def to_markdown(reports: Sequence[Report], limit: int = LIMIT) -> str:
    """Return the summaries one after another; rows that do not fit into ``limit`` bytes are counted instead."""
    shown = reports[: max(1, limit // _LEAST)]
    whole = [_stack(report, sys.maxsize) or "" for report in shown]
    rooms = _shares([_size(text) + 2 for text in whole], limit - _TAIL)
    texts = [
        text if _size(text) + 2 <= room else _stack(report, room)
        for report, text, room in zip(shown, whole, rooms, strict=True)
    ]
    parts = [text for text in texts if text is not None]
    count = len(reports) - len(parts)
    if count:
        parts.append(f"**{count} more stack{'' if count == 1 else 's'} left out: the comment would be too long.**")
    return "\n\n".join(parts) + "\n"


def _shares(sizes: Sequence[int], room: int) -> list[int]:
    """Return the room of each text, so that small ones are whole and the others have equal parts of the rest."""
    shares = [0] * len(sizes)
    for done, index in enumerate(sorted(range(len(sizes)), key=lambda index: sizes[index])):
        shares[index] = min(sizes[index], room // (len(sizes) - done))
        room -= shares[index]
    return shares


def _size(text: str) -> int:
    return len(text.encode())


def _stack(report: Report, room: int) -> str | None:
    """Return a stack's summary in at most ``room`` bytes; None if that is not enough for its heading."""
    summary = report.summary
    title = f"{code(summary.title)}: " if summary.title else ""
    heading = f"### {title}{summary.headline}"
    ends = closing(summary)
    left = room - _size(heading) - sum(_size(line) + 2 for line in ends) - _TAIL
    if left < 0:
        return None
    parts, missing = [heading], 0
    for section in sections_of(report):
        text, skipped = _section(section, left)
        missing += skipped
        if text:
            parts.append(text)
            left -= _size(text) + 2
    if missing:
        rows = "1 row" if missing == 1 else f"{missing} rows"
        parts.append(f"**{rows} left out: the comment would be too long.** `pulumi preview --diff` shows everything.")
    return "\n\n".join([*parts, *ends])


def _section(section: Section, room: int) -> tuple[str, int]:
    """Return a section in at most ``room`` bytes, with the number of rows that are left out; "" if none fits."""
    count = len(section.rows)
    folded = count > _FOLD and section.form == "table"
    title = section.title.replace("`", "") if folded else section.title
    before = [f"<details><summary><b>{title}</b></summary>" if folded else f"**{title}**"]
    before += [section.note] if section.note else []
    after = ["</details>"] if folded else []
    frame = [*before, _body(section, []), *after]
    # The fence of a block is longer than any run of backticks in its lines.
    lines, used = [], sum(_size(part) + 2 for part in frame) + (1_000 if section.form == "code" else 0)
    for row in section.rows:
        line = _line(section, row)
        used += _size(line) + 1
        if used > room:
            break
        lines.append(line)
    if not lines:
        return "", count
    return "\n\n".join([*before, _body(section, lines), *after]), count - len(lines)


def _line(section: Section, row: tuple[Cell, ...]) -> str:
    if section.form == "code":
        return printable(cut("".join(row[0]), 500))
    if section.form == "list":
        return f"- {_cell(row[0], 1000)}"
    return f"| {' | '.join(_cell(cell) for cell in row)} |"


def _cell(cell: Cell, longest: int = 200) -> str:
    return "".join(code(part, longest) if isinstance(part, Foreign) else part for part in cell)


def _body(section: Section, lines: list[str]) -> str:
    if section.form == "code":
        return block(lines)
    if section.form == "list":
        return "\n".join(lines)
    return "\n".join([f"| {' | '.join(section.head)} |", "|" + "---|" * len(section.head), *lines])

"""Renders summaries as text for a terminal or a log."""

from __future__ import annotations

from collections.abc import Sequence

from ..api import printable
from ._escape import cut
from ._model import Report
from ._sections import Cell, Section, closing, sections_of

_WIDEST = 40
"""The width up to which columns are aligned."""


def to_text(reports: Sequence[Report]) -> str:
    """Return the summaries one after another, one line for each row, without Markdown."""
    return "\n\n".join(_stack(report) for report in reports) + "\n"


def _stack(report: Report) -> str:
    summary = report.summary
    title = f"{printable(cut(summary.title))}: " if summary.title else ""
    parts = [title + summary.headline]
    for section in sections_of(report):
        parts.append("\n".join([_plain(section.title), *(f"  {line}" for line in _lines(section))]))
    parts += [_plain(line) for line in closing(summary)]
    return "\n\n".join(parts)


def _plain(text: str) -> str:
    """Return a text of this package without its Markdown."""
    return text.replace("`", "")


def _lines(section: Section) -> list[str]:
    rows = [[_cell(cell, 1000 if section.form == "list" else 200) for cell in row] for row in section.rows]
    rows = [list(section.head), *rows] if section.head else rows
    widths = [min(_WIDEST, max(len(row[column]) for row in rows)) for column in range(len(rows[0]))]
    return ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _cell(cell: Cell, longest: int) -> str:
    return "".join(printable(cut(part, longest)) for part in cell)

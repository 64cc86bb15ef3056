"""Escapes texts of programs and servers for Markdown, as GitHub and GitLab render it."""

from __future__ import annotations

import re

from ..api import printable

LONGEST = 200
"""The characters of a text that are shown."""


def code(text: str, longest: int = LONGEST) -> str:
    r"""Return a text as Markdown code, in which nothing is a link, an image, an element, a mention or a reference.

    Control characters and line breaks are escaped (``\n``), and so is ``|``, which would end a cell of a table.
    """
    text = printable(cut(text, longest)).replace("|", r"\x7c")
    if not text.strip():
        text = f'"{text}"'
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    pad = " " if text[0] in "` " or text[-1] in "` " else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def cut(text: str, longest: int = LONGEST) -> str:
    """Return the first characters of a text, with ``…`` in place of the others."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def block(lines: list[str]) -> str:
    """Return lines without control characters as a block of code whose end no line can be."""
    fence = "`" * max(3, 1 + max((len(run) for line in lines for run in re.findall("`+", line)), default=0))
    return "\n".join([f"{fence}text", *lines, fence])

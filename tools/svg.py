"""Builds SVG pictures as text: no external fonts, colours for light and dark mode, a title for screen readers."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

STYLE = """
.card{fill:#ffffff;stroke:#d0d7de}.ink{fill:#1f2328}.soft{fill:#59636e}.rule{stroke:#d0d7de}
.c0{fill:#d55e00}.c1{fill:#0072b2}.c2{fill:#00795a}.l0{stroke:#d55e00}.l1{stroke:#0072b2}.l2{stroke:#00795a}
text{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;font-size:13px}
.head{font-size:15px;font-weight:600}.mono text{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
@media (prefers-color-scheme:dark){
.card{fill:#161b22;stroke:#30363d}.ink{fill:#e6edf3}.soft{fill:#9da7b1}.rule{stroke:#30363d}
.c0{fill:#f0883e}.c1{fill:#58a6ff}.c2{fill:#3fb98b}.l0{stroke:#f0883e}.l1{stroke:#58a6ff}.l2{stroke:#3fb98b}}
"""
"""The colours are from Okabe and Ito's palette, which the usual colour blindnesses can tell apart; lighter on dark."""


def number(value: float) -> str:
    """Return a coordinate with at most one digit after the point."""
    return f"{value:.1f}".removesuffix(".0")


def element(tag: str, content: str = "", **attributes: float | str) -> str:
    """Return an element; ``content`` is SVG. In names of attributes, ``_`` stands for ``-``; a last one is cut."""
    given = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{value if isinstance(value, str) else number(value)}"'
        for name, value in attributes.items()
    )
    return f"<{tag}{given}>{content}</{tag}>" if content else f"<{tag}{given}/>"


def text(x: float, y: float, words: str, class_: str = "ink", **attributes: float | str) -> str:
    """Return a line of text whose base line begins at x and y."""
    return element("text", escape(words), x=x, y=y, class_=class_, **attributes)


def document(width: float, height: float, title: str, body: Iterable[str]) -> str:
    """Return a picture of this size on a card with its own background, so that it can be read on any page."""
    card = element("rect", x=0.5, y=0.5, width=width - 1, height=height - 1, rx=6, class_="card")
    parts = [element("title", escape(title)), element("style", STYLE), card, *body]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {number(width)} {number(height)}" '
    return head + f'width="{number(width)}" role="img">\n' + "\n".join(parts) + "\n</svg>\n"

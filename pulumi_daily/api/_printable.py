"""Escapes foreign texts for output: one line, no hidden characters, no command to a terminal or a CI runner."""

from __future__ import annotations

import re

# Characters that move the cursor, break the line, change the direction of writing or are invisible, and lone
# surrogates, which no output can encode. A zero-width joiner between two pictures makes them one emoji and is kept.
_PICTURE = "\u2190-\u2bff\ufe0f\U0001f000-\U0001faff"
_UNSAFE = re.compile(
    "[\0-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b\u200c\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e0fff]"
    f"|(?<![{_PICTURE}])\u200d|\u200d(?![{_PICTURE}])"
)
_ANYWHERE = re.compile(r"##(\w*)\[")  # ##[command], ##vso[command], ##teamcity[command]
_AT_THE_BEGINNING = re.compile(r"^(\s*):(?=:[A-Za-z])")  # ::command::


def printable(text: str) -> str:
    r"""Return `text` in a form that is safe in a line of a console or a CI log; plain text is returned unchanged.

    Control and direction characters, line breaks, characters without width and lone surrogates are replaced with
    visible escapes (`\x1b`, `\n`, `\u202e`). In a command to a CI runner (`##[`, `##vso[`, `::name` at the beginning)
    one character is replaced. Repeated application changes nothing.
    """
    text = _UNSAFE.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
    return _AT_THE_BEGINNING.sub(r"\1\\x3a", _ANYWHERE.sub(r"##\1\\x5b", text))

"""The texts that options accept. A wrong one is a usage error that says what is valid; it is not quoted."""

from __future__ import annotations

import re
from collections.abc import Callable

import click


def expecting(valid: str, accepts: Callable[[str], str | None]) -> Callable[[str], str]:
    """Return an option type for texts that ``accepts`` returns, perhaps in another form; it returns None to refuse.

    ``valid`` describes the accepted texts in the error.
    """

    def text(value: str) -> str:
        found = accepts(value)
        if found is None:
            raise click.BadParameter(f"expected {valid}")
        return found

    return text


def not_blank(text: str) -> str | None:
    """Return a text that does not consist of blanks only, else None."""
    return text if text.strip() else None


def identifier(text: str) -> str | None:
    """Return a text that can be the last part of a URL's path, else None."""
    unencodable = any("\ud800" <= character <= "\udfff" for character in text)  # from an argument that is not UTF-8
    return None if unencodable or text.strip() in ("", ".", "..") else text


def glob(text: str) -> str | None:
    """Return a pattern of ``fnmatch``, else None.

    ``fnmatch`` compares a ``[`` that is not closed as a character, which no name of a room contains.
    """
    without_sets = re.sub(r"\[(?=(!?\]?))\1[^\]]*\]", "", text)  # a ] that comes first belongs to its set
    return None if "[" in without_sets else not_blank(text)


def matching(pattern: str) -> Callable[[str], str | None]:
    """Return a function that returns the texts that match a regular expression as a whole, else None."""
    return lambda text: text if re.fullmatch(pattern, text) else None

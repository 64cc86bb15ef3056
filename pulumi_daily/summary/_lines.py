"""The lines that providers write about objects: what each of them is about."""

from __future__ import annotations

import re

from ..objects.notes import DIFFERS

OBJECT = r'(?P<noun>[A-Za-z-]+(?: [a-z]+)?) "(?P<name>.*?)"'
OVERWRITTEN = re.compile(rf"{OBJECT}: (?P<setting>\S+) (?P<text>is .*); it will be overwritten", re.DOTALL)
MISSING = re.compile(
    rf"{OBJECT} (?P<text>is gone from Daily|expired|was deleted on Daily and made anew)[ ;].*", re.DOTALL
)
REFUSED = re.compile(
    r".*(?:`pulumi up` will (?:refuse|be refused)|\d+ more [A-Za-z -]+ exist on Daily already"
    r"|needs adopt_existing=True).*",
    re.DOTALL,
)
_DRIFT = re.compile(
    rf"{OBJECT}: (?P<setting>\S+) (?P<text>is .* on Daily(?:, the program says |; ).*|{DIFFERS})", re.DOTALL
)


def drift_in(line: str) -> re.Match[str] | None:
    """Return the noun, name, setting and text of a line about a setting that differs on Daily, else None."""
    return None if REFUSED.fullmatch(line) or OVERWRITTEN.fullmatch(line) else _DRIFT.fullmatch(line)


def warnings_in(severity: str, text: str) -> list[str]:
    """Return the warnings in a message: each line of a provider's output that is one, or the warning as a whole."""
    text = text.strip()
    if severity == "warning":
        return [text.removeprefix("warning: ")] if text else []
    lines = text.splitlines() if severity == "info#err" else []
    return [line.removeprefix("warning: ") for line in lines if line.startswith("warning: ")]

"""The messages of an operation, with secrets masked as the CLI does."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from ._steps import Severity


@dataclass(frozen=True)
class Diagnostic:
    """One message: of the engine, the program (``pulumi.log``, its output) or a provider process (its output).

    `severity` is ``info`` for everything that a process printed. `urn` is ``""`` for a message about no known resource.
    `message` is the text as the CLI shows it, with ``[secret]`` for each secret value of the configuration; `raw` is
    the original text, which other readers (debug logs, files) receive.
    """

    severity: Severity
    message: str
    urn: str = ""
    source: str = "engine"
    raw: str = field(default="", repr=False, compare=False)


class Diagnostics:
    """The messages of one operation. Thread-safe."""

    def __init__(self, hide: Callable[[str], str]) -> None:
        self.hide = hide
        self.all: list[Diagnostic] = []
        self._lock = threading.Lock()

    def add(self, severity: Severity, message: str, urn: str = "", source: str = "engine") -> None:
        with self._lock:
            self.all.append(Diagnostic(severity, self.hide(message), urn, source, message))

"""Output of commands: every line is escaped here, because parts of it may come from a server."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

import click

from ..api import printable

_T = TypeVar("_T")


def say(line: str, *, err: bool = False) -> None:
    """Write one line, with line breaks, cursor movements and commands to a CI runner escaped; `err`: to stderr."""
    click.echo(printable(line), err=err)


def is_terminal() -> bool:
    """Return whether standard error is a terminal."""
    return sys.stderr.isatty()


def watched(items: Iterable[_T], label: str, total: Callable[[], int | None]) -> Iterator[_T]:
    """Yield the items, with a progress bar on standard error if that is a terminal.

    ``total`` returns the number of items, as it is known after the first one.
    """
    if not is_terminal():
        yield from items
        return
    with click.progressbar(length=0, label=label, file=sys.stderr, update_min_steps=20) as bar:
        for item in items:
            bar.length = max(total() or 0, bar.pos + 1)
            bar.update(1)
            yield item

"""``pulumi-daily summary``: what a preview does to the objects on Daily, for a pull request, a log or a program."""

from __future__ import annotations

import codecs
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import click

from ..summary import Guards, PreviewError, Report, check, read, summarize, to_json, to_markdown, to_text, unreadable
from ._files import write_files
from ._options import expecting, glob
from ._terminal import say

_FAILED, _REFUSED, _CHANGES, _DRIFT = 1, 3, 10, 11
_FORMS: Mapping[str, Callable[[Sequence[Report]], str]] = {"markdown": to_markdown, "text": to_text, "json": to_json}
_LIMIT = re.compile(r"(?P<number>\d{1,9})|(?P<percent>\d{1,3}(?:\.\d+)?)%")


def _limit(text: str) -> str | None:
    return text if _LIMIT.fullmatch(text) else None


@click.command("summary", short_help="Summarize previews for a pull request.")
@click.argument("files", metavar="[[NAME=]FILE]...", nargs=-1)
@click.option(
    "--format",
    "form",
    type=click.Choice(list(_FORMS)),
    default="markdown",
    show_default=True,
    help="The form of the summary.",
)
@click.option(
    "--max-deletes",
    metavar="N|P%",
    type=expecting("a number, or a percentage such as 10%", _limit),
    help="Refuse more deletions on Daily in a stack: their number, or their share of what the stack manages.",
)
@click.option("--no-deletes", is_flag=True, help="Refuse every deletion on Daily.")
@click.option(
    "--protect-names",
    metavar="GLOB",
    multiple=True,
    type=expecting("a pattern such as 'support-*'", glob),
    help="Refuse to delete or replace objects with such names, also rooms of a set. Repeatable.",
)
@click.option(
    "--exit-code", is_flag=True, help="Exit with 10 if something changes, and with 11 if there is only drift."
)
@click.option("--output", metavar="FILE", type=click.Path(path_type=Path), help="Write the summary to a file instead.")
def command(
    files: tuple[str, ...],
    form: str,
    max_deletes: str | None,
    no_deletes: bool,
    protect_names: tuple[str, ...],
    exit_code: bool,
    output: Path | None,
) -> None:
    """Summarize what `pulumi up` will do to the objects on Daily.

    FILE is the output of `pulumi preview --json`; - or nothing is standard input. Several files are several stacks;
    NAME=FILE gives a stack a title.

    Exit status: 0 done; 1 a preview failed or cannot be read; 2 wrong usage; 3 a guard refuses the deletions (the
    summary is printed all the same). With --exit-code also 10 (changes) and 11 (nothing but drift); a preview that
    did not ask Daily, and changes nothing, is then a failure.
    """
    guards = _guards(max_deletes, no_deletes, protect_names)
    reports = [_report(name, guards) for name in files or ("-",)]
    text = _FORMS[form](reports)
    if output is None:
        click.echo(text, nl=False)
    else:
        write_files({output: text})
    for report in reports:
        for line in (*(report.summary.errors if report.summary.status == "failed" else ()), *report.refused):
            say(f"{report.summary.title or 'the stack'}: {_essence(line)}", err=True)
    status = _status(reports, exit_code)
    if status:
        sys.exit(status)


def _essence(error: str) -> str:
    """Return one line of an error: the first one, or the last one of a traceback."""
    lines = error.splitlines()
    return lines[-1 if "Traceback (most recent call last):" in error else 0]


def _guards(max_deletes: str | None, no_deletes: bool, protect_names: tuple[str, ...]) -> Guards:
    found = _LIMIT.fullmatch(max_deletes or "")
    number, percent = (found["number"], found["percent"]) if found else (None, None)
    return Guards(
        max_deletes=None if number is None else int(number),
        max_percent=None if percent is None else float(percent),
        no_deletes=no_deletes,
        protected=protect_names,
    )


def _report(argument: str, guards: Guards) -> Report:
    """Return the report on one file; one that cannot be read is a report about it."""
    title, file = _named(argument)
    try:
        summary = summarize(read(_content(file)), title)
    except (PreviewError, OSError, UnicodeError) as error:
        reason = error.strerror or str(error) if isinstance(error, OSError) else str(error)
        # The title says which text it is; that of a file in a temporary folder would tell a reader nothing.
        known = title and isinstance(error, PreviewError)
        where = "" if known else "standard input: " if file == "-" else f"{file}: "
        return Report(unreadable(title, f"{where}{reason}"))
    return Report(summary, check(summary, guards))


def _named(argument: str) -> tuple[str, str]:
    """Return the title and the file of an argument; a file whose name contains ``=`` needs no title."""
    title, equals, file = argument.partition("=")
    return (title, file) if equals and title and file and not os.path.exists(argument) else ("", argument)


def _content(file: str) -> str:
    """Return the text of a file, in UTF-8, or in UTF-16 as PowerShell writes it."""
    data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return data.decode("utf-16" if wide else "utf-8-sig")


def _status(reports: list[Report], exit_code: bool) -> int:
    states = {report.summary.status for report in reports}
    if "failed" in states:
        return _FAILED
    if any(report.refused for report in reports):
        return _REFUSED
    if not exit_code:
        return 0
    if "changes" in states:
        return _CHANGES
    if not all(report.summary.asked for report in reports):
        return _FAILED
    return _DRIFT if "drift" in states else 0

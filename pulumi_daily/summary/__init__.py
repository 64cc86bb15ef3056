"""Summaries of ``pulumi preview --json``: what happens to the objects on Daily. Pure: no file, no network, no clock.

:func:`read` parses the CLI's output, :func:`summarize` returns a :class:`Summary`, :func:`check` applies guards against
deletions, and the functions ``to_markdown``, ``to_text`` and ``to_json`` render the summaries of several stacks.
"""

from ._guards import Guards as Guards
from ._guards import check as check
from ._input import read as read
from ._json import to_json as to_json
from ._markdown import to_markdown as to_markdown
from ._model import Report as Report
from ._model import Summary as Summary
from ._preview import PreviewError as PreviewError
from ._summary import summarize as summarize
from ._summary import unreadable as unreadable
from ._text import to_text as to_text

__all__ = [
    "Guards",
    "PreviewError",
    "Report",
    "Summary",
    "check",
    "read",
    "summarize",
    "to_json",
    "to_markdown",
    "to_text",
    "unreadable",
]

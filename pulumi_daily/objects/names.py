"""Deterministic names for rooms that the program does not name.

The same in preview and up, and the same when an up is tried again: a create whose answer was lost is then recognised as
one's own. Source of the alphabet and the length: Daily's room-name rules (``A-Z a-z 0-9 - _``, at most 128).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

MAX_LENGTH = 128
_READABLE = 100
_AUTO = re.compile(r"-[0-9a-f]{10}$")


def room_name(project: str, stack: str, resource: str, parents: Sequence[str] = ()) -> str:
    """Return a name for the resource ``resource`` of ``project``/``stack``.

    ``parents`` are the types and names of its parents, outermost first, as ``"my:Desk front"``. The readable part is
    cut where it is long; the hash is over everything, unambiguously, so that two resources that are cut or cleaned to
    the same text still get two names.
    """
    digest = hashlib.sha256("\0".join((project, stack, *parents, resource)).encode()).hexdigest()[:10]
    readable = re.sub(r"[^A-Za-z0-9_-]+", "-", f"{resource}-{stack}")[:_READABLE].strip("-")
    return f"{readable}-{digest}" if readable else f"room-{digest}"


def suggestion(name: str) -> str:
    """Return the nearest name that Daily accepts, for the error about one that it refuses."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-")[:MAX_LENGTH] or "room"

"""Generates deterministic names for rooms that the program does not name.

A name is the same in preview and update, and when an update is repeated: the room of a create whose answer was lost can
then be recognised. Source of alphabet and length: Daily's room-name rules (``A-Z a-z 0-9 - _``, at most 128).
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
    shortened if necessary. The hash includes the complete names, so that two resources with the same readable part get
    different names.
    """
    digest = hashlib.sha256("\0".join((project, stack, *parents, resource)).encode()).hexdigest()[:10]
    readable = re.sub(r"[^A-Za-z0-9_-]+", "-", f"{resource}-{stack}")[:_READABLE].strip("-")
    return f"{readable}-{digest}" if readable else f"room-{digest}"


def suggestion(name: str) -> str:
    """Return the nearest name that Daily accepts, for the error about an invalid one."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-")[:MAX_LENGTH] or "room"

"""All kinds of objects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ...objects.room import ROOM
from ...objects.sip_trunk import SIP_TRUNK
from ...objects.webhook import WEBHOOK
from .dialin_config import DIALIN_CONFIGS
from .kind import Kind
from .named import named
from .numbered import numbered
from .phone_number import PHONE_NUMBERS
from .room_set import ROOM_SETS
from .singleton import DOMAIN
from .sip_client import SIP_CLIENTS
from .token import TOKENS

_ALL: tuple[Kind, ...] = (
    named(ROOM),
    ROOM_SETS,
    DOMAIN,
    numbered(WEBHOOK),
    DIALIN_CONFIGS,
    PHONE_NUMBERS,
    numbered(SIP_TRUNK),
    SIP_CLIENTS,
    TOKENS,
)

KINDS: Final[Mapping[str, Kind]] = {kind.spec.kind: kind for kind in _ALL}
"""Each kind by its name in Pulumi, as in ``daily:Room``."""

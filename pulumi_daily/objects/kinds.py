"""All kinds of objects, and the types of their resources in Pulumi."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from .dialin import DIALIN_CONFIG
from .domain import DOMAIN_CONFIG
from .meeting_token import MEETING_TOKEN
from .phone_number import PHONE_NUMBER
from .room import ROOM
from .room_set import ROOM_SET
from .sip_client import SIP_CLIENT
from .sip_trunk import SIP_TRUNK
from .spec import ObjectSpec
from .webhook import WEBHOOK

_ALL = (ROOM, ROOM_SET, DOMAIN_CONFIG, WEBHOOK, DIALIN_CONFIG, PHONE_NUMBER, SIP_TRUNK, SIP_CLIENT, MEETING_TOKEN)

SPECS: Final[Mapping[str, ObjectSpec]] = {spec.kind: spec for spec in _ALL}
"""Each kind by its name in Pulumi, such as ``Room``."""

DYNAMIC_TYPE = "pulumi-python:dynamic/daily:"
"""The beginning of the types of dynamic resources; the name of the kind follows."""
DYNAMIC_PROVIDER = "pulumi:providers:pulumi-python"
"""The type of the providers of dynamic resources in a state."""
PLUGIN_TYPE = "daily:index:"
"""The beginning of the types of the native plugin's resources and functions."""

"""Daily (daily.co) as declarative Pulumi resources.

    import pulumi_daily as daily

    room = daily.Room("standup", name="standup", privacy="private", properties={"enable_chat": True})
    other = daily.get_room("lobby")

The API client is in ``pulumi_daily.api``, the test kit in ``pulumi_daily.testing``, the emulator in
``pulumi_daily.emulator``; ``daily.lookups`` looks up what is on Daily, ``daily.tokens`` signs meeting tokens and
``daily.webhooks`` verifies what Daily posts. Names are loaded on first use, so that the client alone does not import
Pulumi.
"""

import importlib
from collections.abc import Iterator
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .lookups._batch_jobs import *  # noqa: F403
    from .lookups._domain import *  # noqa: F403
    from .lookups._logs import *  # noqa: F403
    from .lookups._meetings import *  # noqa: F403
    from .lookups._recordings import *  # noqa: F403
    from .lookups._rooms import *  # noqa: F403
    from .lookups._sip import *  # noqa: F403
    from .lookups._telephony import *  # noqa: F403
    from .resources._domain_config_types import *  # noqa: F403
    from .resources._meeting_token_types import *  # noqa: F403
    from .resources._phone_number_types import *  # noqa: F403
    from .resources._room_set_types import *  # noqa: F403
    from .resources._room_types import *  # noqa: F403
    from .resources._sip_trunk_types import *  # noqa: F403
    from .resources.dialin_config import DialinConfig as DialinConfig
    from .resources.domain_config import DomainConfig as DomainConfig
    from .resources.meeting_token import MeetingToken as MeetingToken
    from .resources.phone_number import PhoneNumber as PhoneNumber
    from .resources.provider import Provider as Provider
    from .resources.room import Room as Room
    from .resources.room_set import RoomSet as RoomSet
    from .resources.sip_client import SipClient as SipClient
    from .resources.sip_trunk import SipTrunk as SipTrunk
    from .resources.webhook import Webhook as Webhook

_HOMES = {
    "DialinConfig": ".resources.dialin_config",
    "DomainConfig": ".resources.domain_config",
    "MeetingToken": ".resources.meeting_token",
    "PhoneNumber": ".resources.phone_number",
    "Provider": ".resources.provider",
    "Room": ".resources.room",
    "RoomSet": ".resources.room_set",
    "SipClient": ".resources.sip_client",
    "SipTrunk": ".resources.sip_trunk",
    "Webhook": ".resources.webhook",
}
_TYPES = (
    ".resources._room_types",
    ".resources._room_set_types",
    ".resources._domain_config_types",
    ".resources._phone_number_types",
    ".resources._sip_trunk_types",
    ".resources._meeting_token_types",
)
_LOOKUPS = ("get_", "validate_", "Get", "Validate")
_MODULES = ("lookups", "tokens", "webhooks")


def __getattr__(name: str) -> Any:
    if name == "__all__":
        typed = (name for module in _typed_inputs() for name in module.__all__)
        return sorted([*_HOMES, *typed, *_looked_up()])
    if name in _MODULES:
        return importlib.import_module(f".{name}", __name__)
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name], __name__), name)
    if name.endswith(("Args", "ArgsDict")):
        for module in _typed_inputs():
            if name in module.__all__:
                return getattr(module, name)
    if name.startswith(_LOOKUPS) and name in _looked_up():
        return getattr(importlib.import_module(".lookups", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _looked_up() -> list[str]:
    """The lookups and the types of what they give; what else is in ``daily.lookups`` is found there alone."""
    return [name for name in importlib.import_module(".lookups", __name__).__all__ if name.startswith(_LOOKUPS)]


def _typed_inputs() -> Iterator[ModuleType]:
    for path in _TYPES:
        yield importlib.import_module(path, __name__)


def __dir__() -> list[str]:
    return list(__getattr__("__all__"))

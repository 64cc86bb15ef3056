"""Daily (daily.co) as declarative Pulumi resources.

    import pulumi_daily as daily

    room = daily.Room("standup", name="standup", privacy="private", properties={"enable_chat": True})
    other = daily.get_room("lobby")

The API client is in ``pulumi_daily.api``, the test kit in ``pulumi_daily.testing``, the emulator in
``pulumi_daily.emulator``. ``daily.outputs`` contains the types of outputs, ``daily.lookups`` the lookups,
``daily.tokens`` signs meeting tokens and ``daily.webhooks`` verifies webhook requests of Daily. Names are loaded on
first use, so that the client alone does not import Pulumi.
"""

import importlib
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from . import lookups as lookups
    from . import outputs as outputs
    from . import tokens as tokens
    from . import webhooks as webhooks
    from .lookups._batch_jobs import *  # noqa: F403
    from .lookups._domain import *  # noqa: F403
    from .lookups._logs import *  # noqa: F403
    from .lookups._meetings import *  # noqa: F403
    from .lookups._recordings import *  # noqa: F403
    from .lookups._rooms import *  # noqa: F403
    from .lookups._sip import *  # noqa: F403
    from .lookups._telephony import *  # noqa: F403
    from .resources._dialin_config_types import *  # noqa: F403
    from .resources._domain_config_types import *  # noqa: F403
    from .resources._meeting_token_types import *  # noqa: F403
    from .resources._phone_number_types import *  # noqa: F403
    from .resources._room_set_types import *  # noqa: F403
    from .resources._room_types import *  # noqa: F403
    from .resources._sip_client_types import *  # noqa: F403
    from .resources._sip_trunk_types import *  # noqa: F403
    from .resources._typing import untyped as untyped
    from .resources._webhook_types import *  # noqa: F403
    from .resources.dialin_config import DialinConfig as DialinConfig
    from .resources.domain_config import DomainConfig as DomainConfig
    from .resources.meeting_token import MeetingToken as MeetingToken
    from .resources.phone_number import PhoneNumber as PhoneNumber
    from .resources.provider import Provider as Provider
    from .resources.provider import ProviderArgs as ProviderArgs
    from .resources.room import Room as Room
    from .resources.room_set import RoomSet as RoomSet
    from .resources.sip_client import SipClient as SipClient
    from .resources.sip_trunk import SipTrunk as SipTrunk
    from .resources.webhook import Webhook as Webhook

    __version__: str

_HOMES = {
    "DialinConfig": ".resources.dialin_config",
    "DomainConfig": ".resources.domain_config",
    "MeetingToken": ".resources.meeting_token",
    "PhoneNumber": ".resources.phone_number",
    "Provider": ".resources.provider",
    "ProviderArgs": ".resources.provider",
    "Room": ".resources.room",
    "RoomSet": ".resources.room_set",
    "SipClient": ".resources.sip_client",
    "SipTrunk": ".resources.sip_trunk",
    "Webhook": ".resources.webhook",
    "untyped": ".resources._typing",
}
_TYPES = (
    ".resources._room_types",
    ".resources._room_set_types",
    ".resources._domain_config_types",
    ".resources._webhook_types",
    ".resources._dialin_config_types",
    ".resources._phone_number_types",
    ".resources._sip_trunk_types",
    ".resources._sip_client_types",
    ".resources._meeting_token_types",
)
_LOOKUPS = ("get_", "validate_", "Get", "Validate")
_MODULES = ("lookups", "outputs", "tokens", "webhooks")


def _public() -> list[str]:
    typed = (name for module in map(_module, _TYPES) for name in module.__all__)
    return sorted([*_HOMES, *typed, *_looked_up()])


def _looked_up() -> list[str]:
    """Return the names of the lookups and of their result types. Other names are only in ``daily.lookups``."""
    return [name for name in _module(".lookups").__all__ if name.startswith(_LOOKUPS)]


def _module(path: str) -> ModuleType:
    return importlib.import_module(path, __name__)


if not TYPE_CHECKING:  # so that type checkers report a misspelt name

    def __getattr__(name: str) -> object:
        if name == "__version__":
            return importlib.import_module("importlib.metadata").version("pulumi-daily")
        if name == "__all__":
            return _public()
        if name in _MODULES:
            return _module(f".{name}")
        if name in _HOMES:
            return getattr(_module(_HOMES[name]), name)
        if name.startswith(_LOOKUPS) and name in _looked_up():
            return getattr(_module(".lookups"), name)
        if name[:1].isupper():
            for module in map(_module, _TYPES):
                if name in module.__all__:
                    return getattr(module, name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*_public(), *_MODULES, "__version__"])

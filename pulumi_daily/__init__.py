"""Daily (daily.co) as declarative Pulumi resources.

    import pulumi_daily as daily

    room = daily.Room("standup", name="standup", privacy="private", properties={"enable_chat": True})

The API client is in ``pulumi_daily.api``, the test kit in ``pulumi_daily.testing``, the emulator in
``pulumi_daily.emulator``; ``daily.tokens`` signs meeting tokens and ``daily.webhooks`` verifies what Daily posts. Names
are loaded on first use, so that the client alone does not import Pulumi.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import tokens as tokens
    from . import webhooks as webhooks
    from .resources._room_types import *  # noqa: F403
    from .resources.provider import Provider as Provider
    from .resources.room import Room as Room

_HOMES = {"Provider": ".resources.provider", "Room": ".resources.room"}
_TYPES = ".resources._room_types"
_MODULES = ("tokens", "webhooks")


def __getattr__(name: str) -> Any:
    if name == "__all__":
        types = importlib.import_module(_TYPES, __name__)
        return sorted([*_HOMES, *types.__all__])
    if name in _MODULES:
        return importlib.import_module(f".{name}", __name__)
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name], __name__), name)
    if name.endswith(("Args", "ArgsDict")):
        types = importlib.import_module(_TYPES, __name__)
        if name in types.__all__:
            return getattr(types, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return list(__getattr__("__all__"))

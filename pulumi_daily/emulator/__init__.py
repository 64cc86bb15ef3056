"""Daily's REST API on loopback, for tests, demos and experiments. Needs the extra `emulator`.

    from pulumi_daily.emulator import Emulator

    with Emulator(domain_name="acme") as emulator:
        ...  # point a client at emulator.url with emulator.api_key

See docs/emulator.md.
"""

try:
    import starlette as _starlette  # noqa: F401
    import uvicorn as _uvicorn  # noqa: F401
except ModuleNotFoundError as _error:  # pragma: no cover - depends on what is installed
    raise ModuleNotFoundError(
        "the emulator needs starlette and uvicorn: pip install 'pulumi-daily[emulator]'", name=_error.name
    ) from _error

from ._clock import Clock
from ._emulator import Emulator, serve
from ._log import LoggedRequest
from ._saved import Saved, SavedStateError, restore, saved
from ._state_file import InUseError, StateFile
from ._switches import Switches

__all__ = [
    "Clock",
    "Emulator",
    "InUseError",
    "LoggedRequest",
    "Saved",
    "SavedStateError",
    "StateFile",
    "Switches",
    "restore",
    "saved",
    "serve",
]

"""Inputs as Pulumi's own serialisation puts them on the wire."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from google.protobuf.json_format import MessageToDict
from pulumi.runtime import mocks, rpc, set_mocks


class _Nothing(mocks.Mocks):
    """Registers nothing; its monitor says that it knows secrets."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        raise AssertionError("nothing is registered")

    def call(self, args: mocks.MockCallArgs) -> Any:
        raise AssertionError("no functions are called")


def serialised(make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return the inputs that ``make`` makes, serialised: secrets are ``{**SECRET, "value": …}``, numbers floats."""

    async def go() -> dict[str, Any]:
        set_mocks(_Nothing())  # asks for the loop of its thread, which other tests take along
        found: dict[str, Any] = MessageToDict(await rpc.serialize_properties(make(), {}))
        return found

    return asyncio.run(go())


SECRET = {rpc._special_sig_key: rpc._special_secret_sig}

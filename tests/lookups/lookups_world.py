"""What the tests of the lookups stand on: a Daily that is a table of answers, and a Pulumi program without a CLI."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pulumi
from pulumi.runtime import mocks

from pulumi_daily.api import MockTransport, Response, SentRequest
from pulumi_daily.emulator import Emulator

KEY = "key-canary-1"
EU_KEY = "eu-canary-key"
NOT_FOUND = Response.of(404, {"error": "not-found", "info": "it is not there"})


def second_domain(emulator: Emulator) -> None:
    """The domain acme-eu with its key; a reset empties domains and keeps them."""
    with suppress(ValueError):
        emulator.add_domain("acme-eu", EU_KEY)


class Daily:
    """Answers of Daily by path, one after another (the last for ever), and what was asked."""

    def __init__(self) -> None:
        self.answers: dict[str, list[Any]] = {}
        self.transport = MockTransport(self._answer)

    def answer(self, path: str, *answers: Any) -> None:
        """What a path answers: a JSON value, a `Response`, or an error to raise."""
        self.answers[path] = list(answers)

    def _answer(self, request: SentRequest) -> Response:
        path = request.path.removeprefix("/v1") or "/"
        given = self.answers.get(path)
        assert given, f"nothing is prepared for {request.method} {path}"
        value = given.pop(0) if len(given) > 1 else given[0]
        if callable(value):
            value = value(request)
        if isinstance(value, Exception):
            raise value
        return value if isinstance(value, Response) else Response.of(200, value)

    @property
    def asked(self) -> list[tuple[str, dict[str, Any]]]:
        """Path and query of each request."""
        return [(one.path.removeprefix("/v1") or "/", dict(one.params)) for one in self.transport.requests]


class Program:
    """What a Pulumi program has: a loop, and an engine that makes resources (Pulumi's mocks)."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self.loop)
        self.loops = {self.loop}

    def start(self, preview: bool, new_resource: Callable[[mocks.MockResourceArgs], Any] | None = None) -> None:
        """Begin a preview or an up."""

        loops = self.loops

        class Engine(mocks.Mocks):
            def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
                loops.add(asyncio.get_event_loop())  # Pulumi's mocks make one for each thread and forget it
                return new_resource(args) if new_resource else (f"{args.name}-id", dict(args.inputs))

            def call(self, args: mocks.MockCallArgs) -> Any:
                raise AssertionError("no function of a provider is called")

        # The stack of the test before belongs to a loop that has ended.
        pulumi.runtime.settings.set_root_resource(None)  # type: ignore[arg-type]
        pulumi.runtime.set_mocks(Engine(), project="shop", stack="prod", preview=preview)

    def value(self, output: pulumi.Output[Any]) -> tuple[Any, bool, bool]:
        """What an output is, whether that is known, and whether it is secret. Raises what failed."""

        async def look() -> tuple[Any, bool, bool]:
            return await output.future(), await output.is_known(), await output.is_secret()

        return self.loop.run_until_complete(look())

    def close(self) -> None:
        pulumi.runtime.settings.SETTINGS.outputs.clear()
        while tasks := asyncio.all_tasks(self.loop):  # what nobody looked at ends, too
            self.loop.run_until_complete(asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 20))
        self.loop.run_until_complete(self.loop.shutdown_default_executor())
        for loop in self.loops:
            loop.close()
        asyncio.set_event_loop(None)

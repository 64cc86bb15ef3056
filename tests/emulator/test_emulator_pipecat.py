"""pipecat's own helper for Daily, unmodified, against the emulator. Skipped where pipecat is not installed."""

from __future__ import annotations

import asyncio
import importlib
import time
import warnings
from typing import Any

import pytest

from pulumi_daily.emulator import Emulator

PLACES = ("pipecat.transports.daily.utils", "pipecat.transports.services.helpers.daily_rest")
"""The helper's module in present and in older releases of pipecat."""


def _imported() -> tuple[Any, Any]:
    for place in PLACES:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # those of pipecat's own imports
            try:
                return importlib.import_module("aiohttp"), importlib.import_module(place)
            except ModuleNotFoundError:
                continue
    pytest.skip("pipecat is not installed", allow_module_level=True)


aiohttp, daily = _imported()


@pytest.fixture
def running() -> Any:
    """An emulator with the clock of the machine, which the helper uses as well."""
    with Emulator("acme", rate_limits=False) as emulator:
        yield emulator


def test_a_room_and_a_token_for_it(running: Emulator) -> None:
    async def life() -> None:
        async with aiohttp.ClientSession() as session:
            helper = daily.DailyRESTHelper(
                daily_api_key=running.api_key, daily_api_url=running.url, aiohttp_session=session
            )
            exp = time.time() + 300.5
            sip = daily.DailyRoomSipParams(display_name="Desk")
            properties = daily.DailyRoomProperties(exp=exp, enable_chat=True, eject_at_room_exp=True, sip=sip)
            room = await helper.create_room(daily.DailyRoomParams(name="standup", properties=properties))
            assert (room.name, room.config.exp, room.config.enable_chat) == ("standup", exp, True)
            assert room.config.sip_endpoint.startswith("sip:standup.0@")
            assert (await helper.get_room_from_url(room.url)).id == room.id

            token = await helper.get_token(room.url, 60, owner=True)
            headers = {"Authorization": f"Bearer {running.api_key}"}
            async with session.get(f"{running.url}/meeting-tokens/{token}", headers=headers) as answer:
                shown = await answer.json()
            assert (shown["room_name"], shown["is_owner"]) == ("standup", True)

            assert await helper.delete_room_by_url(room.url) is True
            assert await helper.delete_room_by_name("standup") is True  # a 404 is no failure for the helper
            with pytest.raises(Exception, match="not found"):
                await helper.get_room_from_url(room.url)

    asyncio.run(life())
    assert running.rooms() == {}


def test_a_room_without_a_name(running: Emulator) -> None:
    async def life() -> Any:
        async with aiohttp.ClientSession() as session:
            helper = daily.DailyRESTHelper(
                daily_api_key=running.api_key, daily_api_url=running.url, aiohttp_session=session
            )
            return await helper.create_room(daily.DailyRoomParams())

    name = asyncio.run(life()).name
    assert set(running.rooms()) == {name}

"""Daily (daily.co) as declarative Pulumi resources.

    import pulumi_daily as daily

    room = daily.Room("standup", name="standup", privacy="private", properties={"enable_chat": True})

The API client is in ``pulumi_daily.api``, the test kit in ``pulumi_daily.testing``, the emulator in
``pulumi_daily.emulator``; none of the latter two is imported here.
"""

from .resources._room_types import *  # noqa: F403
from .resources.provider import Provider
from .resources.room import Room

"""The room resource."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from ..providers import RoomProvider
from ._base import DailyResource
from ._room_types import RoomPropertiesArgs, RoomPropertiesArgsDict


class Room(DailyResource, module="daily", name="Room"):
    """A Daily room (Daily: /rest-api/rooms). Its id is its name.

    Only what the program gives is managed: other settings of the room are left as they are, and a setting that leaves
    the program goes back to Daily's default. A changed ``name`` replaces the room; everything else is updated in place.
    """

    _provider_class = RoomProvider

    name: pulumi.Output[str]
    """The name of the room, the last part of its URL."""
    privacy: pulumi.Output[str]
    """``public`` or ``private``."""
    properties: pulumi.Output[dict[str, Any] | None]
    """The settings that the program manages."""
    extra_properties: pulumi.Output[dict[str, Any] | None]
    """The settings that the program manages and this package does not know."""
    room_id: pulumi.Output[str]
    """Daily's own id of the room, a UUID."""
    url: pulumi.Output[str]
    """``https://<domain>.daily.co/<name>``."""
    created_at: pulumi.Output[str]
    """When the room was made, as in ``2019-01-26T09:01:22.000Z``."""
    api_created: pulumi.Output[bool]
    """Whether the room was made by the API (and not in the dashboard)."""
    config: pulumi.Output[dict[str, Any]]
    """All settings that differ from Daily's defaults, whoever set them; stream keys are masked."""
    sip_uri: pulumi.Output[dict[str, Any] | None]
    """The SIP addresses, ``{"endpoint": …, "extra_endpoints": […]}``, when ``properties.sip`` asks for them."""
    domain: pulumi.Output[str]
    """The name of the Daily domain that the room belongs to."""

    def __init__(
        self,
        resource_name: str,
        *,
        name: pulumi.Input[str] | None = None,
        privacy: pulumi.Input[str] | None = None,
        properties: pulumi.Input[RoomPropertiesArgs | RoomPropertiesArgsDict | Mapping[str, Any]] | None = None,
        extra_properties: pulumi.Input[Mapping[str, Any]] | None = None,
        adopt_existing: pulumi.Input[bool] = False,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """
        :param resource_name: The name of the resource in Pulumi.
        :param name: Name of the room: ``A-Z a-z 0-9 - _``, at most 128 characters. Left out, a name is derived from
            project, stack and resource name; it stays the same from preview to up and from run to run.
        :param privacy: ``public`` (Daily's default) or ``private``.
        :param properties: The settings, as :class:`RoomPropertiesArgs` or as a dict with Daily's names.
        :param extra_properties: Settings that Daily has and this package does not know yet.
        :param adopt_existing: Take over a room of this name that exists already, instead of failing. The room is then
            updated to what the program says, and deleted with the stack.
        :param opts: Options of the resource.
        """
        super().__init__(
            resource_name,
            {
                "name": name,
                "privacy": privacy,
                "properties": properties,
                "extra_properties": extra_properties,
                "adopt_existing": None if adopt_existing is False else adopt_existing,
            },
            opts,
        )

    @classmethod
    def get(cls, resource_name: str, id: pulumi.Input[str], opts: pulumi.ResourceOptions | None = None) -> Room:
        """An existing room, by its name, that this stack reads and does not manage."""
        return cls(resource_name, opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(id=id)))

"""Lookups of SIP trunks and SIP clients."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeAlias, TypeVar

import pulumi

from .. import outputs
from ..api import Client
from ..objects.sip_trunk import SIP_TRUNK
from ._lookup import REQUIRED, Required, lookup
from ._paging import get_one, one, read
from ._results import Result, Results, Wire

__all__ = [
    "GetSipClientResult",
    "GetSipTrunkResult",
    "get_sip_client",
    "get_sip_client_output",
    "get_sip_clients",
    "get_sip_clients_output",
    "get_sip_trunk",
    "get_sip_trunk_output",
    "get_sip_trunks",
    "get_sip_trunks_output",
]

D = TypeVar("D")


_SecretNotification: TypeAlias = Annotated[outputs.TrunkNotification, Wire(secret=True)]


@dataclass(frozen=True, kw_only=True, repr=False)
class GetSipTrunkResult(Result):
    """A SIP trunk."""

    id: str = ""
    """Daily's id of the trunk."""
    trunk_name: str = ""
    """The name of the trunk, a part of its address."""
    description: str | None = None
    """The description of the trunk."""
    sip_uri: str | None = None
    """The address of the trunk, such as ``sip:acme-support.siptrunk.sip-us.daily.co``."""
    enabled: bool | None = None
    """Whether the trunk accepts calls."""
    room_template: outputs.RoomTemplate = field(default_factory=outputs.RoomTemplate)
    """The settings of the rooms created for calls."""
    notification: _SecretNotification = field(default_factory=outputs.TrunkNotification)
    """The webhook to which Daily reports incoming calls; may contain the secret."""
    trunk_config: outputs.TrunkConfig = field(default_factory=outputs.TrunkConfig)
    """Who may call in: ``allowed_ips``, ``credential`` without its password, ``is_open``; and ``exp_offset``."""
    hmac: Annotated[str | None, Wire(secret=True)] = None
    """Secret that notifications are signed with, base64; None where Daily does not return it."""

    @classmethod
    def _seen(cls, answer: Mapping[str, Any]) -> Mapping[str, Any]:
        return SIP_TRUNK.from_api(answer)


@dataclass(frozen=True, kw_only=True, repr=False)
class GetSipClientResult(Result):
    """A SIP client. Daily returns its password only when the client is created."""

    username: str = ""
    """The user name."""
    sip_uri: str = ""
    """The address of the client, such as ``sip:support.1@acme.sip-us.daily.co``."""
    sip_domain: Annotated[str, Wire(("domain",))] = ""
    """The SIP domain, such as ``acme.sip-us.daily.co``."""
    expires_at: str | int | float | None = None
    """When the client expires; None for never."""


@lookup("get_sip_trunk", "sip_trunks.get")
def _trunk(client: Client, id: str) -> GetSipTrunkResult:
    return GetSipTrunkResult.of(get_one(client, "sip_trunks.get", id))


def get_sip_trunk(
    id: str, *, default: D | Required = REQUIRED, opts: pulumi.InvokeOptions | None = None
) -> GetSipTrunkResult | D:
    """Return a SIP trunk by its id (Daily: GET /sip-trunk/:id).

    :param id: Daily's id of the trunk, which is the id of a ``daily.SipTrunk``.
    :param default: The value to return when there is no such trunk, instead of raising an error.
    :param opts: Options of the lookup; ``provider`` selects the account.
    """
    return _trunk.plain_or(opts, default, id=id)


def get_sip_trunk_output(
    id: pulumi.Input[str], *, default: D | Required = REQUIRED, opts: pulumi.InvokeOptions | None = None
) -> pulumi.Output[GetSipTrunkResult | D]:
    """Return the result of :func:`get_sip_trunk` as an Output, for an id that is known later.

    The Output is secret when Daily returns the trunk's secret.
    """
    return _trunk.output(opts, default, id=id)


@lookup("get_sip_trunks", "sip_trunks.list")
def _trunks(
    client: Client, trunk_name: str | None, description: str | None, enabled: bool | None, limit: int | None
) -> Results[GetSipTrunkResult]:
    params = {"trunk_name": trunk_name, "description": description, "enabled": enabled}
    return read(client, "sip_trunks.list", GetSipTrunkResult, params, limit=limit)


def get_sip_trunks(
    *,
    trunk_name: str | None = None,
    description: str | None = None,
    enabled: bool | None = None,
    limit: int | None = None,
    opts: pulumi.InvokeOptions | None = None,
) -> Results[GetSipTrunkResult]:
    """Return SIP trunks (Daily: GET /sip-trunk, 100 per request).

    :param trunk_name: Only trunks with this text in their name.
    :param description: Only trunks with this text in their description.
    :param enabled: True: only trunks that accept calls; False: only the others.
    :param limit: The largest number of results.
    :param opts: Options of the lookup; ``provider`` selects the account.
    """
    return _trunks.plain(opts, trunk_name=trunk_name, description=description, enabled=enabled, limit=limit)


def get_sip_trunks_output(
    *,
    trunk_name: pulumi.Input[str] | None = None,
    description: pulumi.Input[str] | None = None,
    enabled: pulumi.Input[bool] | None = None,
    limit: pulumi.Input[int] | None = None,
    opts: pulumi.InvokeOptions | None = None,
) -> pulumi.Output[list[GetSipTrunkResult]]:
    """Return the list of :func:`get_sip_trunks` as an Output, for filters that are known later.

    The Output is secret when Daily returns a secret.
    """
    return _trunks.output(opts, trunk_name=trunk_name, description=description, enabled=enabled, limit=limit)


@lookup("get_sip_client", "sip_clients.get")
def _sip_client(client: Client, username: str) -> GetSipClientResult:
    route = "sip_clients.get"
    return GetSipClientResult.of(one(route, client.call(route, path={"username": username})))


def get_sip_client(
    username: str, *, default: D | Required = REQUIRED, opts: pulumi.InvokeOptions | None = None
) -> GetSipClientResult | D:
    """Return a SIP client by its user name (Daily: GET /sip-clients/:username).

    :param username: The user name.
    :param default: The value to return when there is no such client, instead of raising an error.
    :param opts: Options of the lookup; ``provider`` selects the account.
    """
    return _sip_client.plain_or(opts, default, username=username)


def get_sip_client_output(
    username: pulumi.Input[str], *, default: D | Required = REQUIRED, opts: pulumi.InvokeOptions | None = None
) -> pulumi.Output[GetSipClientResult | D]:
    """Return the result of :func:`get_sip_client` as an Output, for a name that is known later."""
    return _sip_client.output(opts, default, username=username)


@lookup("get_sip_clients", "sip_clients.list")
def _sip_clients(client: Client, limit: int | None) -> Results[GetSipClientResult]:
    return read(client, "sip_clients.list", GetSipClientResult, limit=limit)


def get_sip_clients(
    *, limit: int | None = None, opts: pulumi.InvokeOptions | None = None
) -> Results[GetSipClientResult]:
    """Return the SIP clients of the domain (Daily: GET /sip-clients, 100 per request).

    Pages are selected by offset: when the number of clients falls during the reading, the list is read again.

    :param limit: The largest number of results.
    :param opts: Options of the lookup; ``provider`` selects the account.
    """
    return _sip_clients.plain(opts, limit=limit)


def get_sip_clients_output(
    *, limit: pulumi.Input[int] | None = None, opts: pulumi.InvokeOptions | None = None
) -> pulumi.Output[list[GetSipClientResult]]:
    """Return the list of :func:`get_sip_clients` as an Output."""
    return _sip_clients.output(opts, limit=limit)

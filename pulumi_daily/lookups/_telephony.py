"""Lookups of phone numbers and dial-in configurations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar

import pulumi

from .. import outputs
from ..api import Client, UsageError
from ..objects.dialin import DIALIN_CONFIG
from ..objects.phone_number import NumberSearch
from ..objects.validation import validate
from ._lookup import REQUIRED, Required, lookup
from ._paging import get_one, read
from ._results import Result, Results, Wire

__all__ = [
    "GetAvailablePhoneNumberResult",
    "GetDialinConfigResult",
    "GetPhoneNumberResult",
    "get_available_phone_numbers",
    "get_available_phone_numbers_output",
    "get_dialin_config",
    "get_dialin_config_output",
    "get_dialin_configs",
    "get_dialin_configs_output",
    "get_phone_numbers",
    "get_phone_numbers_output",
]

D = TypeVar("D")


DialinType = Literal["pin_dialin", "pinless_dialin"]


@dataclass(frozen=True, kw_only=True, repr=False)
class GetAvailablePhoneNumberResult(Result):
    """A phone number that can be bought."""

    phone_number: str = ""
    """The number, in E.164 form."""
    region: str | None = None
    """State of the USA or province, two letters."""


@dataclass(frozen=True, kw_only=True, repr=False)
class GetPhoneNumberResult(Result):
    """A phone number of the domain."""

    id: str = ""
    """Daily's id of it."""
    number: str = ""
    """The number, in E.164 form."""
    name: str | None = None
    """Its name at Daily."""
    type: str | None = None
    """``purchased_phone_number``."""
    status: str | None = None
    """``verified``, for one."""
    verified: bool | None = None
    """Whether it is verified."""
    created_at: Annotated[str | None, Wire(("created_date",))] = None
    """When it was bought. It can be released 14 days later."""
    pagination_id: int | None = None
    """Its place in lists."""


@dataclass(frozen=True, kw_only=True, repr=False)
class GetDialinConfigResult(Result):
    """A dial-in configuration."""

    id: str = ""
    """Daily's id of it."""
    type: str = ""
    """``pin_dialin`` or ``pinless_dialin``."""
    phone_number: str | None = None
    """The number that is called."""
    name_prefix: str | None = None
    """Its name."""
    sip_uri: str | None = None
    """The SIP address that takes calls (pinless)."""
    hmac: Annotated[str | None, Wire(secret=True)] = None
    """Secret that calls to ``room_creation_api`` are signed with, base64."""
    room_creation_api: str | None = None
    """Address that is called when a call comes in."""
    hold_music_url: str | None = None
    """Address of the file that plays while the caller waits."""
    timeout_config: outputs.DialinMessage | None = None
    """What is said when no room was made in time."""
    ivr_greeting: outputs.DialinMessage | None = None
    """What is said when the call connects."""

    @classmethod
    def _seen(cls, answer: Mapping[str, Any]) -> Mapping[str, Any]:
        return DIALIN_CONFIG.from_api(answer)


@lookup("get_available_phone_numbers", "phone_numbers.available")
def _available(client: Client, /, limit: int | None, **filters: Any) -> Results[GetAvailablePhoneNumberResult]:
    search, failures = validate(NumberSearch, {name: value for name, value in filters.items() if value is not None})
    if failures:
        raise UsageError("; ".join(f"{'.'.join(map(str, one.path))} {one.reason}" for one in failures))
    return read(client, "phone_numbers.available", GetAvailablePhoneNumberResult, search, limit=limit)


def get_available_phone_numbers(
    *,
    areacode: str | None = None,
    region: str | None = None,
    city: str | None = None,
    contains: str | None = None,
    starts_with: str | None = None,
    ends_with: str | None = None,
    limit: int | None = None,
    opts: pulumi.InvokeOptions | None = None,
) -> Results[GetAvailablePhoneNumberResult]:
    """Phone numbers that can be bought (Daily: GET /list-available-numbers). Others may buy them first.

    :param areacode: Area code, three digits. Not with ``region`` and ``city``.
    :param region: State of the USA or province, two letters.
    :param city: City; needs ``region``, and goes with none of the others.
    :param contains: Digits that occur in the number, three to seven. One of the three at most.
    :param starts_with: Digits that it starts with.
    :param ends_with: Digits that it ends with.
    :param limit: How many to give at most.
    :param opts: Options of the lookup: ``provider`` is the account to ask.
    """
    return _available.plain(
        opts,
        areacode=areacode,
        region=region,
        city=city,
        contains=contains,
        starts_with=starts_with,
        ends_with=ends_with,
        limit=limit,
    )


def get_available_phone_numbers_output(
    *,
    areacode: pulumi.Input[str] | None = None,
    region: pulumi.Input[str] | None = None,
    city: pulumi.Input[str] | None = None,
    contains: pulumi.Input[str] | None = None,
    starts_with: pulumi.Input[str] | None = None,
    ends_with: pulumi.Input[str] | None = None,
    limit: pulumi.Input[int] | None = None,
    opts: pulumi.InvokeOptions | None = None,
) -> pulumi.Output[list[GetAvailablePhoneNumberResult]]:
    """:func:`get_available_phone_numbers` for filters that are known later, as a list."""
    return _available.output(
        opts,
        areacode=areacode,
        region=region,
        city=city,
        contains=contains,
        starts_with=starts_with,
        ends_with=ends_with,
        limit=limit,
    )


@lookup("get_phone_numbers", "phone_numbers.list")
def _numbers(client: Client, number: str | None, name: str | None, limit: int | None) -> Results[GetPhoneNumberResult]:
    params = {"filter_number": number, "filter_name": name}
    return read(client, "phone_numbers.list", GetPhoneNumberResult, params, limit=limit)


def get_phone_numbers(
    *,
    number: str | None = None,
    name: str | None = None,
    limit: int | None = None,
    opts: pulumi.InvokeOptions | None = None,
) -> Results[GetPhoneNumberResult]:
    """The phone numbers of the domain (Daily: GET /purchased-phone-numbers, 50 a request).

    :param number: Only numbers that match this one.
    :param name: Only numbers whose name matches.
    :param limit: How many to give at most.
    :param opts: Options of the lookup: ``provider`` is the account to ask.
    """
    return _numbers.plain(opts, number=number, name=name, limit=limit)


def get_phone_numbers_output(
    *,
    number: pulumi.Input[str] | None = None,
    name: pulumi.Input[str] | None = None,
    limit: pulumi.Input[int] | None = None,
    opts: pulumi.InvokeOptions | None = None,
) -> pulumi.Output[list[GetPhoneNumberResult]]:
    """:func:`get_phone_numbers` for filters that are known later, as a list."""
    return _numbers.output(opts, number=number, name=name, limit=limit)


@lookup("get_dialin_config", "dialin.get")
def _dialin(client: Client, id: str) -> GetDialinConfigResult:
    return GetDialinConfigResult.of(get_one(client, "dialin.get", id))


def get_dialin_config(
    id: str, *, default: D | Required = REQUIRED, opts: pulumi.InvokeOptions | None = None
) -> GetDialinConfigResult | D:
    """A dial-in configuration by its id (Daily: GET /domain-dialin-config/:id).

    :param id: Daily's id of it, which is the id of a ``daily.DialinConfig``.
    :param default: What to give when there is no such configuration.
    :param opts: Options of the lookup: ``provider`` is the account to ask.
    """
    return _dialin.plain_or(opts, default, id=id)


def get_dialin_config_output(
    id: pulumi.Input[str], *, default: D | Required = REQUIRED, opts: pulumi.InvokeOptions | None = None
) -> pulumi.Output[GetDialinConfigResult | D]:
    """:func:`get_dialin_config` for an id that is known later. Secret when it has an ``hmac``."""
    return _dialin.output(opts, default, id=id)


@lookup("get_dialin_configs", "dialin.list")
def _dialins(
    client: Client,
    type: str | None,
    phone_number: str | None,
    phone_numbers: Sequence[str] | None,
    sip_username: str | None,
    name_prefix: str | None,
    limit: int | None,
) -> Results[GetDialinConfigResult]:
    if type not in (None, "pin_dialin", "pinless_dialin"):
        raise UsageError(f"type must be pin_dialin or pinless_dialin, not {type!r}")
    if isinstance(phone_numbers, str):
        raise UsageError("phone_numbers must be a list; for one number use phone_number")
    params = {
        "type": type,
        "phone_number": phone_number,
        "phone_numbers": ",".join(phone_numbers) if phone_numbers else None,
        "sip_username": sip_username,
        "name_prefix": name_prefix,
    }
    return read(client, "dialin.list", GetDialinConfigResult, params, limit=limit)


def get_dialin_configs(
    *,
    type: DialinType | None = None,
    phone_number: str | None = None,
    phone_numbers: Sequence[str] | None = None,
    sip_username: str | None = None,
    name_prefix: str | None = None,
    limit: int | None = None,
    opts: pulumi.InvokeOptions | None = None,
) -> Results[GetDialinConfigResult]:
    """Dial-in configurations, the newest first (Daily: GET /domain-dialin-config, 100 a request).

    :param type: ``pin_dialin`` or ``pinless_dialin``.
    :param phone_number: Only that of this number.
    :param phone_numbers: Only those whose number contains one of these.
    :param sip_username: Only that with this user name in its SIP address.
    :param name_prefix: Only those of this name.
    :param limit: How many to give at most.
    :param opts: Options of the lookup: ``provider`` is the account to ask.
    """
    return _dialins.plain(
        opts,
        type=type,
        phone_number=phone_number,
        phone_numbers=phone_numbers,
        sip_username=sip_username,
        name_prefix=name_prefix,
        limit=limit,
    )


def get_dialin_configs_output(
    *,
    type: pulumi.Input[str] | None = None,
    phone_number: pulumi.Input[str] | None = None,
    phone_numbers: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
    sip_username: pulumi.Input[str] | None = None,
    name_prefix: pulumi.Input[str] | None = None,
    limit: pulumi.Input[int] | None = None,
    opts: pulumi.InvokeOptions | None = None,
) -> pulumi.Output[list[GetDialinConfigResult]]:
    """:func:`get_dialin_configs` for filters that are known later, as a list. Secret when one has an ``hmac``."""
    return _dialins.output(
        opts,
        type=type,
        phone_number=phone_number,
        phone_numbers=phone_numbers,
        sip_username=sip_username,
        name_prefix=name_prefix,
        limit=limit,
    )

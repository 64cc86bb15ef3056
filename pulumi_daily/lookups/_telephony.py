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

    phone_number: Annotated[str, Wire(("phoneNumber", "number"))] = ""
    """The number, in E.164 form."""
    region: str | None = None
    """State of the USA or province, two letters."""


@dataclass(frozen=True, kw_only=True, repr=False)
class GetPhoneNumberResult(Result):
    """A phone number of the domain."""

    id: str = ""
    """Daily's id of the number."""
    number: str = ""
    """The number, in E.164 form."""
    name: str | None = None
    """The name of the number at Daily."""
    type: str | None = None
    """``purchased_phone_number``."""
    status: str | None = None
    """The status, such as ``verified``."""
    verified: bool | None = None
    """Whether the number is verified."""
    created_at: Annotated[str | None, Wire(("created_date",))] = None
    """When the number was bought. It can be released 14 days later."""
    pagination_id: int | None = None
    """The cursor of the number in lists."""


@dataclass(frozen=True, kw_only=True, repr=False)
class GetDialinConfigResult(Result):
    """A dial-in configuration."""

    id: str = ""
    """Daily's id of the configuration."""
    type: str = ""
    """``pin_dialin`` or ``pinless_dialin``."""
    phone_number: str | None = None
    """The number that is called."""
    name_prefix: str | None = None
    """The name of the configuration."""
    sip_uri: str | None = None
    """The SIP address that accepts calls (pinless)."""
    hmac: Annotated[str | None, Wire(secret=True)] = None
    """Secret that calls to ``room_creation_api`` are signed with, base64."""
    room_creation_api: str | None = None
    """The URL that Daily posts an incoming call to."""
    hold_music_url: str | None = None
    """The URL of the file that plays while the caller waits."""
    timeout_config: outputs.DialinMessage | None = None
    """The message for a caller when no room was created in time."""
    ivr_greeting: outputs.DialinMessage | None = None
    """The message for a caller when the call connects."""

    @classmethod
    def _seen(cls, answer: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**answer, **DIALIN_CONFIG.from_api(answer)}


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
    """Return phone numbers that can be bought (Daily: GET /list-available-numbers). Other customers may buy them first.

    :param areacode: Area code, three digits. Not with ``region`` and ``city``.
    :param region: State of the USA or province, two letters.
    :param city: City. Requires ``region``, and excludes the other filters.
    :param contains: Three to seven digits that occur in the number. Not with ``starts_with`` and ``ends_with``.
    :param starts_with: Digits that the number starts with.
    :param ends_with: Digits that the number ends with.
    :param limit: The largest number of results.
    :param opts: Options of the lookup; ``provider`` selects the account.
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
    """Return the list of :func:`get_available_phone_numbers` as an Output, for filters that are known later."""
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
    """Return the phone numbers of the domain (Daily: GET /purchased-phone-numbers, 50 per request).

    :param number: Only numbers that match this one.
    :param name: Only numbers whose name matches.
    :param limit: The largest number of results.
    :param opts: Options of the lookup; ``provider`` selects the account.
    """
    return _numbers.plain(opts, number=number, name=name, limit=limit)


def get_phone_numbers_output(
    *,
    number: pulumi.Input[str] | None = None,
    name: pulumi.Input[str] | None = None,
    limit: pulumi.Input[int] | None = None,
    opts: pulumi.InvokeOptions | None = None,
) -> pulumi.Output[list[GetPhoneNumberResult]]:
    """Return the list of :func:`get_phone_numbers` as an Output, for filters that are known later."""
    return _numbers.output(opts, number=number, name=name, limit=limit)


@lookup("get_dialin_config", "dialin.get")
def _dialin(client: Client, id: str) -> GetDialinConfigResult:
    return GetDialinConfigResult.of(get_one(client, "dialin.get", id))


def get_dialin_config(
    id: str, *, default: D | Required = REQUIRED, opts: pulumi.InvokeOptions | None = None
) -> GetDialinConfigResult | D:
    """Return a dial-in configuration by its id (Daily: GET /domain-dialin-config/:id).

    :param id: Daily's id of the configuration, which is the id of a ``daily.DialinConfig``.
    :param default: The value to return when there is no such configuration, instead of raising an error.
    :param opts: Options of the lookup; ``provider`` selects the account.
    """
    return _dialin.plain_or(opts, default, id=id)


def get_dialin_config_output(
    id: pulumi.Input[str], *, default: D | Required = REQUIRED, opts: pulumi.InvokeOptions | None = None
) -> pulumi.Output[GetDialinConfigResult | D]:
    """Return the result of :func:`get_dialin_config` as an Output, for an id that is known later.

    The Output is secret when the configuration has an ``hmac``.
    """
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
    """Return dial-in configurations, newest first (Daily: GET /domain-dialin-config, 100 per request).

    :param type: ``pin_dialin`` or ``pinless_dialin``.
    :param phone_number: Only the configuration of this number.
    :param phone_numbers: Only configurations whose number contains one of these.
    :param sip_username: Only the configuration with this user name in its SIP address.
    :param name_prefix: Only configurations with this name.
    :param limit: The largest number of results.
    :param opts: Options of the lookup; ``provider`` selects the account.
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
    """Return the list of :func:`get_dialin_configs` as an Output, for filters that are known later.

    The Output is secret when one has an ``hmac``.
    """
    return _dialins.output(
        opts,
        type=type,
        phone_number=phone_number,
        phone_numbers=phone_numbers,
        sip_username=sip_username,
        name_prefix=name_prefix,
        limit=limit,
    )

"""How one setting of a Daily object is written down: once, in a pydantic model.

Everything the package knows about a setting hangs on its entry in a :class:`Fields` model: type and bounds (check and
the emulator validate with them), Daily's default (reads compare with it), the sentence of the reference docs, the plan
it needs, whether it is secret, set-like or read-only. The typed inputs and the reference pages are generated from the
same entries, so adding a setting is adding one line.
"""

from __future__ import annotations

import base64
import binascii
import copy
import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from .values import ABSENT, Path, contains_unknown

REFUSAL = "daily"
"""The error type of this package's own validators."""


@dataclass(frozen=True)
class Setting:
    """What is known of one setting beyond its type. All of it is documentation or comparison; none is behaviour."""

    doc: str
    """One sentence for the reference docs and the docstring of the typed input."""
    default: Any = ABSENT
    """What Daily uses when the key is unset; ABSENT where it is inherited from the domain or simply unset.
    Never sent: Daily documents values here that its own server rejects."""
    plan: str | None = None
    """The plan or add-on that Daily asks for, if any."""
    source: str = "reference"
    """Where the fact comes from."""
    secret: bool = False
    """Never shown: kept out of messages and of the ``config`` output."""
    unordered: bool = False
    """A list whose order means nothing; check sorts it, so that another order is no change."""
    required: bool = False
    """Must be given where its object is given."""
    deprecated: str | None = None
    """What to use instead."""
    api: str | None = None
    """Daily's name of it, where that is not the name in a program."""
    read_only: str | None = None
    """Why it is shown and cannot be set."""
    write_only: bool = False
    """Daily takes it and need not show it: where it does not, only the state can tell what it is."""
    null_means: str | None = None
    """What leaving it out means, where that is more than a program can want by accident (``a token for every room``):
    a null that is given is then refused."""
    filled: bool = False
    """Whether check fills in the default, so that a preview shows it."""


def setting(
    doc: str,
    *,
    default: Any = ABSENT,
    plan: str | None = None,
    source: str = "reference",
    secret: bool = False,
    unordered: bool = False,
    required: bool = False,
    deprecated: str | None = None,
    api: str | None = None,
    read_only: str | None = None,
    write_only: bool = False,
    null_means: str | None = None,
    filled: bool = False,
    **bounds: Any,
) -> Any:
    """Return the entry of one setting; ``bounds`` are pydantic's (``ge``, ``le``, ``max_length``, ``pattern``)."""
    meta = Setting(
        doc,
        default,
        plan,
        source,
        secret,
        unordered,
        required,
        deprecated,
        api,
        read_only,
        write_only,
        null_means,
        filled,
    )
    return Field(
        default=None,
        description=doc,
        json_schema_extra={"daily": meta},  # type: ignore[dict-item]
        **bounds,
    )


class Fields(BaseModel):
    """The base of every field model: a class that is walked, never instantiated."""

    # Never instantiated, so pydantic need not build validators for the models, which would double the start-up time.
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)

    rules: ClassVar[tuple[Rule, ...]] = ()
    """Conditions between settings of the same object."""


RuleFinding = tuple[Path, str]


class Rule:
    """A condition between settings of one object: ``check`` gets the object and yields ``(path, reason)``.

    It runs only when none of ``needs`` is unknown yet, so a preview never reports what the deployment will settle.
    """

    def __init__(self, needs: tuple[str, ...], check: Any) -> None:
        self.needs = needs
        self.check = check

    def findings(self, data: Mapping[str, Any]) -> list[RuleFinding]:
        """Yield what is wrong with an object, as far as its values are known."""
        return [] if any(contains_unknown(data.get(need)) for need in self.needs) else list(self.check(data))


@dataclass(frozen=True)
class Entry:
    """One setting as the rest of the package sees it."""

    name: str
    """The name in a Pulumi program, which is that of Daily's JSON unless ``meta.api`` says otherwise."""
    annotation: Any
    """The type as written in the model, ``X | None``."""
    constraints: tuple[Any, ...]
    """pydantic's metadata (bounds)."""
    meta: Setting


@cache
def entries(model: type[Fields]) -> dict[str, Entry]:
    """Return the settings of a field model by name, in the order they are written."""
    found = {}
    for name, info in model.model_fields.items():
        extra = info.json_schema_extra
        assert isinstance(extra, dict), f"{model.__name__}.{name} is not a setting(...)"
        found[name] = Entry(name, info.annotation, tuple(info.metadata), extra["daily"])  # type: ignore[arg-type]
    return found


def borrowed(
    source: type[Fields],
    names: str,
    defaults: Mapping[str, Any] | None = None,
    null_means: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Settings of another model for ``pydantic.create_model``; ``defaults`` where Daily's differ (ABSENT: none).

    A setting that a room shares with a domain or a token is so written down once.
    """
    picked: dict[str, Any] = {}
    other = {"default": defaults or {}, "null_means": null_means or {}}
    for name in names.split():
        info = copy.copy(source.model_fields[name])
        changes = {key: values[name] for key, values in other.items() if name in values}
        if changes:
            info.json_schema_extra = {"daily": replace(entries(source)[name].meta, **changes)}  # type: ignore[dict-item]
        picked[name] = (info.annotation, info)
    return picked


def refusal(reason: str) -> PydanticCustomError:
    """Return the error that a validator raises; the reason is shown as it stands and must not repeat the value."""
    # Braces are pydantic's own syntax in a message.
    return PydanticCustomError(REFUSAL, "{reason}", {"reason": reason})


def _whole(value: Any) -> Any:
    # Pulumi's wire has one number type: 5 arrives as 5.0.
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise refusal("must be a whole number")
    return value


def _number(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise refusal("must be a number")
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _http_url(value: str) -> str:
    scheme, separator, rest = value.partition("://")
    if not separator or scheme.lower() not in ("http", "https") or not rest or rest.startswith("/"):
        raise refusal("must be a URL that starts with https:// or http://")
    return value


def _https_url(value: str) -> str:
    scheme, separator, rest = value.partition("://")
    if not separator or scheme.lower() != "https" or not rest or rest.startswith("/"):
        raise refusal("must be a URL that starts with https://")
    return value


def _base64(value: str) -> str:
    try:
        decoded = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        decoded = b""
    if not decoded:
        raise refusal("must be base64 text, such as `openssl rand -base64 32` makes")
    return value


def _phone_number(value: str) -> str:
    if not re.fullmatch(r"\+[1-9][0-9]{6,14}", value):
        raise refusal("must be a number in E.164 form: a plus sign, the country code and digits, such as +18058700061")
    return value


def _sip_password(value: str) -> str:
    if not 12 <= len(value) <= 64 or not re.search(r"[A-Za-z]", value) or not re.search(r"[0-9]", value):
        raise refusal("must be 12 to 64 characters long, with at least one letter and one digit")
    return value


def _ipv4_range(value: str) -> str:
    try:
        ipaddress.IPv4Network(value, strict=False)
    except ValueError:
        raise refusal("must be an IPv4 address or a range such as 203.0.113.0/24") from None
    return value


Int = Annotated[int, BeforeValidator(_whole)]
"""A whole number; ``5.0`` becomes ``5``, text and booleans are refused."""

Number = Annotated[float, BeforeValidator(_number)]
"""A number; a whole one is kept as an int, so that JSON shows ``2`` and not ``2.0``."""

TEN_YEARS = 10 * 365 * 86_400
"""Seconds. What lasts longer, or begins later, was most likely meant otherwise."""

UnixSeconds = Annotated[Int, Field(ge=0, le=2**53)]
"""A moment in whole seconds since 1970-01-01 UTC."""

HttpUrl = Annotated[str, AfterValidator(_http_url)]
"""A web address, kept as it was written."""

HttpsUrl = Annotated[str, AfterValidator(_https_url)]
"""A web address that Daily asks to be HTTPS."""

Base64 = Annotated[str, AfterValidator(_base64)]
"""Bytes as base64 text."""

PhoneNumberText = Annotated[str, AfterValidator(_phone_number)]
"""A phone number in E.164 form."""

SipPassword = Annotated[str, AfterValidator(_sip_password)]
"""A password that Daily's SIP side takes."""

Ipv4Range = Annotated[str, AfterValidator(_ipv4_range)]
"""An IPv4 address or CIDR range."""

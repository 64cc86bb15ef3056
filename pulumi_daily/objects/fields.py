"""Definitions of the settings of Daily objects, each written once, in a pydantic model.

An entry in a :class:`Fields` model contains all facts about a setting: type and limits (for check and the emulator),
Daily's default (for comparison with live values), the sentence for the reference docs, the required plan, and whether
the setting is secret, a set or read-only. The typed inputs and the reference pages are generated from the same entries,
so a new setting is one new line.
"""

from __future__ import annotations

import base64
import binascii
import copy
import ipaddress
import math
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
    """The facts about one setting in addition to its type, for documentation and comparison."""

    doc: str
    """One sentence for the reference docs and the docstring of the typed input."""
    default: Any = ABSENT
    """The value that Daily uses when the key is unset; ABSENT if it is inherited from the domain or simply unset. Never
    sent, because Daily's server rejects some of its documented defaults.
    """
    plan: str | None = None
    """The plan or add-on that Daily requires, if any."""
    source: str = "reference"
    """The source of the facts."""
    secret: bool = False
    """Whether the value is secret: it is kept out of messages and of the ``config`` output."""
    unordered: bool = False
    """Whether the order of the list is irrelevant; check sorts it, so that another order is no change."""
    required: bool = False
    """Whether the setting is required in its object."""
    deprecated: str | None = None
    """The setting to use instead of a deprecated one."""
    api: str | None = None
    """Daily's name of the setting, if it differs from the one in programs."""
    read_only: str | None = None
    """The reason why the setting is returned by Daily but cannot be set."""
    write_only: bool = False
    """Whether Daily may omit the setting in answers; the value is then taken from the state."""
    null_means: str | None = None
    """The effect of a missing value, if a program is unlikely to want it (``a token for every room``). A null that is
    given for the setting is refused then.
    """
    filled: bool = False
    """Whether check sets the default, so that a preview shows it."""
    closed: bool = False
    """True for an enumeration to which Daily adds no values. check then refuses all values that are not documented."""


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
    closed: bool = False,
    **bounds: Any,
) -> Any:
    """Return the entry of one setting; the parameters are those of :class:`Setting`.

    ``bounds`` are pydantic's (``ge``, ``le``, ``max_length``, ``pattern``).
    """
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
        closed,
    )
    return Field(
        default=None,
        description=doc,
        json_schema_extra={"daily": meta},  # type: ignore[dict-item]
        **bounds,
    )


class Fields(BaseModel):
    """Base of every field model. The class is read as data and never instantiated."""

    # Never instantiated, so pydantic need not build validators for the models, which would double the start-up time.
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)

    rules: ClassVar[tuple[Rule, ...]] = ()
    """Conditions between settings of the same object."""

    extras: ClassVar[str] = ""
    """The input for settings that the model does not contain; empty if there is none."""

    legacy: ClassVar[frozenset[str]] = frozenset()
    """Settings that Daily no longer documents but still accepts. A program gives them under ``extras``."""


RuleFinding = tuple[Path, str]


class Rule:
    """A condition between settings of one object: ``check`` receives the object and yields ``(path, reason)``.

    It is checked only when none of ``needs``, the settings that ``check`` reads, is unknown (so that a preview reports
    nothing that may be right in the update) or invalid.
    """

    def __init__(self, needs: tuple[str, ...], check: Any) -> None:
        self.needs = needs
        self.check = check

    def findings(self, data: Mapping[str, Any]) -> list[RuleFinding]:
        """Return the findings about an object; empty while one of the needed values is unknown."""
        return [] if any(contains_unknown(data.get(need)) for need in self.needs) else list(self.check(data))


@dataclass(frozen=True)
class Entry:
    """One setting of a field model."""

    name: str
    """The name in a Pulumi program, equal to that in Daily's JSON unless ``meta.api`` is set."""
    annotation: Any
    """The type as written in the model, ``X | None``."""
    constraints: tuple[Any, ...]
    """pydantic's metadata (bounds)."""
    meta: Setting


@cache
def entries(model: type[Fields]) -> dict[str, Entry]:
    """Return the settings of a field model by name, in the order of their definition."""
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
    """Return settings of another model for ``pydantic.create_model``.

    ``defaults`` and ``null_means`` contain, by setting, the values of these facts that differ from the other model's
    (a default of ABSENT: none). A setting that a room shares with a domain or a token is thus defined only once.
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
    """Return the error for a validator to raise; the reason is shown unchanged and must not contain the value."""
    # Braces are pydantic's own syntax in a message.
    return PydanticCustomError(REFUSAL, "{reason}", {"reason": reason})


def _whole(value: Any) -> Any:
    # Pulumi's wire has only floats: 5 arrives as 5.0.
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise refusal("must be a whole number")
    return value


def _second(value: Any) -> Any:
    return int(value) if isinstance(value, float) and math.isfinite(value) else _whole(value)


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

EXTRAS = (
    "Further settings, and values of known settings that this package does not accept; they are sent unchanged and "
    "compared like others."
)
"""The documentation of the input for settings that a model does not contain."""

TEN_YEARS = 10 * 365 * 86_400
"""Seconds. A longer duration, or a time farther ahead, is most likely a mistake."""

UnixSeconds = Annotated[int, BeforeValidator(_second), Field(ge=0, le=2**53)]
"""A time in whole seconds since 1970-01-01 UTC. A fraction, as in ``time.time() + 3600``, is cut off: Daily accepts it,
but does not document in which form it returns the time.
"""

HttpUrl = Annotated[str, AfterValidator(_http_url)]
"""A URL, unchanged."""

HttpsUrl = Annotated[str, AfterValidator(_https_url)]
"""A URL for which Daily requires HTTPS."""

Base64 = Annotated[str, AfterValidator(_base64)]
"""Bytes as base64 text."""

PhoneNumberText = Annotated[str, AfterValidator(_phone_number)]
"""A phone number in E.164 form."""

SipPassword = Annotated[str, AfterValidator(_sip_password)]
"""A password that Daily accepts for SIP."""

Ipv4Range = Annotated[str, AfterValidator(_ipv4_range)]
"""An IPv4 address or CIDR range."""

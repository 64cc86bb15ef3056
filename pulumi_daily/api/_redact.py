"""Masks secrets in texts: the API key, JWTs, addresses of streams, and secret values of a request.

Every text that leaves this package (messages of exceptions, log lines, reprs) passes through `Redactor`. No other
module of the package masks anything.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NoReturn
from urllib.parse import quote

MASK = "<redacted>"

# Names of fields (letters and digits only, lower case) whose values must not appear in an error text.
SECRET_FIELDS = frozenset(
    {
        "apikey",
        "authorization",
        "basicauth",
        "hmac",
        "meetingjoinhook",
        "password",
        "rtmpconfig",
        "rtmpurl",
        "secret",
        "token",
        "transferdomainapi",
        "webhooksecret",
    },
)

_JWT = re.compile(r"\beyJ[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*){1,2}")
_BEARER = re.compile(r"(?i)\bbearer\s+[^\s\"',;]+")
# The stream key is part of the URL, whose field may have a common name such as `endpoint`; a part may be masked
# already.
_STREAM = re.compile(rf"(?i)rtmps?(?::|%3a)(?:{MASK}|[^\s\"'<>])+")


class Secret:
    """A string that is not shown: `repr`, `str` and `format` return a mask, pickling raises `TypeError`.

    Only `reveal()` returns the value. Two secrets are equal when their values are.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the value in clear."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"

    def __str__(self) -> str:
        return "***"

    def __format__(self, spec: str) -> str:
        return format("***", spec)

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._value.encode("utf-8"), other._value.encode("utf-8"))

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Secret:
        return self

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError("a Secret cannot be pickled")


class SecretText(str):
    """A text of a request body that is masked in errors wherever it occurs, under any field name."""

    __slots__ = ()


class SafeHeaders(dict[str, str]):
    """Request headers whose repr (for instance in a traceback with locals) contains only the names."""

    def __repr__(self) -> str:
        return f"SafeHeaders({', '.join(sorted(self))})"


class Redactor:
    """A masker of texts and JSON values, for given secrets and for every JWT, bearer credential and RTMP URL."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets = frozenset(value for value in secrets if value)
        patterns = []
        for form in sorted({f for value in self._secrets for f in _forms(value)}, key=len, reverse=True):
            literal = re.escape(form)
            # Very short values are not masked: they occur in ordinary words.
            patterns.append(literal if len(form) >= 4 else rf"(?<!\w){literal}(?!\w)")
        self._literals = re.compile("|".join(patterns)) if patterns else None

    def also(self, secrets: Iterable[str]) -> Redactor:
        """Return a redactor for the secrets of this one and for `secrets`."""
        more = frozenset(secrets) - self._secrets
        return Redactor(self._secrets | more) if more else self

    def text(self, text: str) -> str:
        """Return `text` with every secret masked."""
        if self._literals is not None:
            text = self._literals.sub(MASK, text)
        return _STREAM.sub(MASK, _BEARER.sub(f"Bearer {MASK}", _JWT.sub(MASK, text)))

    def value(self, value: Any) -> Any:
        """Return a copy of a JSON value with every secret masked, and with every value of a secret field masked."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.value(item) for item in value]
        if isinstance(value, Mapping):
            return {
                self.text(str(key)): MASK if item and is_secret_field(key) else self.value(item)
                for key, item in value.items()
            }
        return value

    def __repr__(self) -> str:
        return f"Redactor({len(self._secrets)} secrets)"


def is_secret_field(name: object) -> bool:
    """Return whether a JSON key is the name of a secret field, in any spelling (`basicAuth`, `basic_auth`)."""
    return re.sub(r"[^a-z0-9]", "", str(name).lower()) in SECRET_FIELDS


def secrets_in(value: Any, secret: bool = False) -> Iterator[str]:
    """Yield the strings under secret field names anywhere in a JSON value, and every `SecretText`.

    `secret` is true for a value that is itself under a secret name.
    """
    if isinstance(value, str):
        if secret or isinstance(value, SecretText):
            yield str(value)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from secrets_in(item, secret or is_secret_field(key))
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from secrets_in(item, secret)


def _forms(value: str) -> set[str]:
    """Return the spellings in which a server may echo `value`: unchanged, inside JSON, inside a URL."""
    return {value, json.dumps(value)[1:-1], quote(value, safe="", errors="replace")}

"""Masks secrets in texts: the API key, JWTs, addresses of streams, and secret values of a request.

Every text that leaves this package (messages of exceptions, log lines, reprs) passes through `Redactor`. No other
module of the package masks anything.
"""

from __future__ import annotations

import base64
import hmac
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cached_property
from html import escape
from typing import Any, NoReturn
from urllib.parse import quote

MASK = "<redacted>"
RUN = 8  # characters of a long secret that are masked wherever they stand
LONG = 12  # characters of a secret from which on it is masked in parts too
PART = 6  # characters of the shortest part of a secret that is a secret by itself

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
_URL_ALPHABET = str.maketrans("+/", "-_")


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
    """A masker of texts and JSON values, for given secrets and for every JWT, bearer credential and RTMP URL.

    A secret is masked in every spelling of `_forms`; of a long one, every run of at least `RUN` characters is masked,
    because a server may quote a part of a value. The parts of a secret that can be used alone are secrets too: the
    stream key of an address, the password of a basic authorization.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets = frozenset(value for value in secrets if value)

    def also(self, secrets: Iterable[str]) -> Redactor:
        """Return a redactor for the secrets of this one and for `secrets`."""
        more = frozenset(secrets) - self._secrets
        return Redactor(self._secrets | more) if more else self

    @cached_property
    def _patterns(self) -> tuple[re.Pattern[str] | None, frozenset[str]]:
        """Return a pattern of the texts that are masked as a whole, and all runs of the others, in lower case.

        Computed when the first text is masked: few requests fail, and one may contain 1 000 secrets.
        """
        whole: set[str] = set()
        runs: set[str] = set()
        for secret in {part for value in self._secrets for part in (value, *_parts(value))}:
            in_runs = len(secret) >= LONG and "://" not in secret  # the begin of an address occurs in others
            for form in _forms(secret):
                if in_runs and len(form) >= RUN:
                    low = _lower(form)
                    runs.update(low[at : at + RUN] for at in range(len(low) - RUN + 1))
                else:
                    whole.add(form)
        # Very short values are not masked inside a word: they occur in ordinary words.
        longest_first = sorted(whole, key=len, reverse=True)
        literals = [re.escape(x) if len(x) >= 4 else rf"(?<!\w){re.escape(x)}(?!\w)" for x in longest_first]
        return re.compile("|".join(literals)) if literals else None, frozenset(runs)

    def text(self, text: str) -> str:
        """Return `text` with every secret masked."""
        whole, runs = self._patterns
        if whole is not None:
            text = whole.sub(MASK, text)
        if runs:
            text = _without_runs(text, runs)
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


def _parts(value: str) -> Iterator[str]:
    """Yield the parts of a secret that are secrets by themselves.

    Of an address these are its password, its path without the first segment, each such segment and each value of its
    query; of the base64 form of a text, the text and what follows its first colon. Parts shorter than `PART` characters
    are omitted: they are words such as `live`.
    """
    found: list[str] = []
    _, is_address, rest = value.partition("://")
    if is_address:
        place, _, query = rest.partition("?")
        host, _, path = place.partition("/")
        first, _, others = path.partition("/")
        account, _, _ = host.rpartition("@")
        found += [account, account.partition(":")[2], others or first, *(others or first).split("/"), query]
        found += [pair.partition("=")[2] for pair in query.split("&")]
    else:
        with suppress(ValueError):  # no base64, or not of a text
            text = base64.b64decode(value, validate=True).decode("utf-8")
            found += [text, text.partition(":")[2]] if text.isprintable() else []
    yield from (part for part in found if len(part) >= PART)


def _forms(value: str) -> set[str]:
    """Return the spellings in which a server may echo `value`: unchanged, or inside JSON, a URL, HTML or base64."""
    in_json = {json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
    in_json |= {form.replace("/", r"\/") for form in in_json}
    twice = {json.dumps(form)[1:-1] for form in in_json}
    in_url = {quote(value, safe=safe, errors="replace") for safe in ("", "/:")}
    in_url |= {form.replace("%20", "+") for form in in_url}
    in_url |= {re.sub("%..", lambda escape: escape[0].lower(), form) for form in in_url}
    return {value, *in_json, *twice, *in_url, escape(value), *_in_base64(value)}


def _in_base64(value: str) -> set[str]:
    """Return the characters that base64 has for a long `value` at any place of a text, in both alphabets.

    Omitted at both ends are characters that depend on the neighbours in the text.
    """
    if len(value) < LONG:
        return set()
    data = value.encode("utf-8", "replace")
    forms = (base64.b64encode(bytes(before) + data) for before in range(3))
    inner = [form.rstrip(b"=")[(0, 2, 3)[before] : -1].decode() for before, form in enumerate(forms)]
    return {*inner, *(form.translate(_URL_ALPHABET) for form in inner)}


def _lower(text: str) -> str:
    """Return `text` in lower case (a server may change it in a host name), or unchanged if its length would change."""
    low = text.lower()
    return low if len(low) == len(text) else text


def _without_runs(text: str, runs: frozenset[str]) -> str:
    """Return `text` with a mask in place of each passage of which every `RUN` characters are one of `runs`."""
    low = _lower(text)
    kept: list[str] = []
    end = masked_to = 0
    for at in range(len(low) - RUN + 1):
        if low[at : at + RUN] in runs:
            if at > masked_to or not masked_to:
                kept += [text[end:at], MASK]
            end = masked_to = at + RUN
    return "".join([*kept, text[end:]])

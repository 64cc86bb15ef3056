"""The package's configuration: its keys, their meaning and the source of each value. Pure.

Explicit configuration (the stack's, or that of a ``Provider`` resource) takes precedence over the environment. An empty
value in it is an error, never a reason to use the environment's, perhaps of another account. An empty environment
variable counts as not set: CI sets one for a secret that a fork does not have. Pulumi passes every value as text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal, TypeVar, cast, get_args
from urllib.parse import urlsplit

from .api import DEFAULT_API_URL, ConfigurationError, Limiter, Secret, is_loopback
from .api._settings import checked_key, checked_limits_url, checked_url
from .ownership import Adoption

T = TypeVar("T")

NAMESPACE = "daily"
PROVIDER_NAME = f"__{NAMESPACE}:name"
"""The configuration key with the name of a ``daily.Provider``. Pulumi does not show keys with two underscores."""
MISSPELT = 0.8
"""The similarity (0 to 1) from which on an unknown key counts as a misspelt one."""
MIN_SHARE = 0.01
"""The least ``rateShare``: with it, a request of the slowest tier waits for 100 seconds."""

READ_LAG = 10.0
"""The default of ``readLag`` in seconds. Daily documents no lag of rooms; presence lags by 10 to 25 seconds."""
LONGEST_LAG = 300.0

_WHERE_KEYS_ARE = (
    "put it into the environment variable DAILY_API_KEY; it is in Daily's dashboard under Developers. A destroy or "
    "refresh sees a changed configuration only with --run-program"
)
MISSING_KEY = (
    "no Daily API key is configured. Set it with `pulumi config set --secret daily:apiKey` (it asks for the key), or "
    f"{_WHERE_KEYS_ARE}"
)


@dataclass(frozen=True)
class Option:
    """One configuration key."""

    name: str
    doc: str
    environment: str | None = None
    secret: bool = False
    type: Literal["string", "number", "boolean"] = "string"
    """The type of the value in the native plugin's schema; dynamic providers get text."""


OPTIONS = (
    Option("apiKey", "Daily API key of the domain.", "DAILY_API_KEY", secret=True),
    Option(
        "domain",
        "Expected name of the domain. With a key of another domain, every operation fails.",
        "DAILY_DOMAIN",
    ),
    Option("apiUrl", f"Base URL of the API. The default is {DEFAULT_API_URL}.", "DAILY_API_URL"),
    Option(
        "rateShare",
        f"Maximum share of Daily's rate limits to use, from {MIN_SHARE:g} to 1. The default is 1.",
        type="number",
    ),
    Option(
        "limitsUrl",
        "URL of a Redis or Valkey server (redis:// or rediss://) through which several machines share the rate limits.",
        "DAILY_LIMITS_URL",
        secret=True,
    ),
    Option(
        "perProcessLimits",
        "true: do not coordinate the rate limits with other processes: no shared file, and no limitsUrl.",
        type="boolean",
    ),
    Option("requestTimeout", "Timeout of one request, in seconds. The default is 30.", type="number"),
    Option(
        "maxRetrySeconds", "Maximum time spent retrying one request, in seconds. The default is 120.", type="number"
    ),
    Option(
        "readLag",
        "Seconds after its creation for which an object that Daily does not return is read again, because Daily's "
        f"reads may lag behind its writes. The default is {READ_LAG:g}, and 0 for an API on this machine.",
        "DAILY_READ_LAG",
        type="number",
    ),
    Option(
        "adoptExisting",
        "Which existing objects are taken over without adopt_existing=True: never (the default), as-asked (those that "
        "were created through the API and equal the program), or always (all).",
        "DAILY_ADOPT_EXISTING",
    ),
    Option(
        "offline", "true: no requests to Daily; previews compare with the state only, and changes fail.", type="boolean"
    ),
    Option("debug", "true: errors include tracebacks.", type="boolean"),
)


@dataclass(frozen=True)
class Settings:
    """The validated configuration of one account. Hashable: providers with equal settings share their connection."""

    api_key: Secret | None
    domain: str | None
    api_url: str
    rate_share: float
    request_timeout: float
    max_retry_seconds: float
    offline: bool
    debug: bool
    per_process_limits: bool = False
    adopt_existing: Adoption = "never"
    limits_url: Secret | None = None
    read_lag: float = 0.0
    provider: str = ""
    """The name of the ``daily.Provider``; empty for the default provider, which has the stack's configuration."""

    @property
    def no_key(self) -> str:
        """Return the statement, for messages, that there is no key."""
        return f"{called_provider(self.provider)} has no API key" if self.provider else "no Daily API key is configured"

    @property
    def unreachable_because(self) -> str:
        """Return the reason why no request can be sent to Daily; empty when requests are allowed and possible."""
        return f"{self.called('offline')} is set" if self.offline else self.no_key if self.api_key is None else ""

    @property
    def missing_key(self) -> str:
        """Return the text of the error about a missing key."""
        return f"{self.no_key}. Give it an api_key, or {_WHERE_KEYS_ARE}" if self.provider else MISSING_KEY

    def called(self, option: str) -> str:
        """Return the name of an option in messages."""
        return called_option(option, self.provider)


def called_provider(provider: str) -> str:
    """Return the name of a provider in messages; an empty one is the default provider."""
    return f'daily.Provider "{provider}"' if provider else "the default provider"


def called_option(option: str, provider: str) -> str:
    """Return the name of an option in messages: ``daily:apiKey``, or ``api_key of daily.Provider "eu"``."""
    if not provider:
        return f"{NAMESPACE}:{option}"
    keyword = re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", option)
    return f"{keyword} of {called_provider(provider)}"


class _Values:
    """The given value of each option as text, empty for none. ``wrong`` collects the failures of all methods."""

    def __init__(self, config: Callable[[str], Any], environment: Mapping[str, str]) -> None:
        self.provider = str(config(PROVIDER_NAME) or "")
        self.wrong: list[str] = []
        self._texts: dict[str, str] = {}
        for option in OPTIONS:
            value = config(f"{NAMESPACE}:{option.name}")
            variable = option.environment or ""
            self._texts[option.name] = (environment.get(variable, "") if value is None else str(value)).strip()
            if value is not None and not self._texts[option.name]:
                other = f", or remove it to use {variable}" if variable else ", or remove it"
                self.refuse(option.name, f"is empty: give it a value{other}")

    def refuse(self, name: str, reason: str) -> None:
        """Collect a failure of an option."""
        self.wrong.append(f"{called_option(name, self.provider)} {reason}")

    def text(self, name: str) -> str:
        """Return the value of an option unchanged."""
        return self._texts[name]

    def number(self, name: str, default: float, high: float, low: float = 0.0, zero: bool = False) -> float:
        """Return a number over 0 (with ``zero``, also 0), not under ``low`` and at most ``high``."""
        text = self._texts[name]
        if not text:
            return default
        bounds = f"from {low:g} to {high:g}" if low or zero else f"over 0 and at most {high:g}"
        known = re.fullmatch(r"[0-9]+(\.[0-9]*)?|\.[0-9]+", text) and low <= float(text) <= high
        if not known or not (float(text) or zero):
            self.refuse(name, f"must be a number {bounds}, not {text!r}")
            return default
        return float(text)

    def flag(self, name: str) -> bool:
        """Return whether an option is true."""
        text = self._texts[name].lower()
        if text not in ("", "true", "false"):
            self.refuse(name, f"must be true or false, not {text!r}")
        return text == "true"

    def adoption(self) -> Adoption:
        """Return the value of ``adoptExisting``."""
        text = self._texts["adoptExisting"] or "never"
        if text not in get_args(Adoption):
            words = ", ".join(get_args(Adoption))
            self.refuse("adoptExisting", f"(DAILY_ADOPT_EXISTING) must be one of {words}, not {text!r}")
        return cast(Adoption, text)

    def checked(self, name: str, check: Callable[[str], T], default: T) -> T:
        """Return the value of an option as ``check`` returns it, which raises ``ConfigurationError``."""
        try:
            return check(self._texts[name]) if self._texts[name] else default
        except ConfigurationError as error:
            variable = next(option.environment for option in OPTIONS if option.name == name)
            self.refuse(name, f"({variable}) cannot be used: {error.message} ({error.hint})")
        return default


def read_settings(
    config: Callable[[str], Any], environment: Mapping[str, str], names: Iterable[str] = (), *, check_key: bool = True
) -> Settings:
    """Return the settings from ``config`` (called with ``daily:apiKey`` and so on) and the environment.

    ``names`` are all configuration keys, of any namespace, as far as they can be listed. Raises ``ConfigurationError``
    with all invalid values and misspelt keys, but never with the key; for an invalid key only if ``check_key``.
    """
    values = _Values(config, environment)
    make_key: Callable[[str], Secret | None] = checked_key if check_key else Secret
    api_key = values.checked("apiKey", make_key, None)
    api_url = values.checked("apiUrl", checked_url, DEFAULT_API_URL)
    settings = Settings(
        api_key=api_key,
        domain=values.text("domain") or None,
        api_url=api_url,
        rate_share=values.number("rateShare", 1.0, 1, MIN_SHARE),
        request_timeout=values.number("requestTimeout", 30.0, 600),
        max_retry_seconds=values.number("maxRetrySeconds", 120.0, 3600),
        offline=values.flag("offline"),
        debug=values.flag("debug"),
        per_process_limits=values.flag("perProcessLimits"),
        adopt_existing=values.adoption(),
        read_lag=values.number("readLag", _lag_of(api_url), LONGEST_LAG, zero=True),
        limits_url=values.checked("limitsUrl", checked_limits_url, None),
        provider=values.provider,
    )
    wrong = [*values.wrong, *unknown_keys(names)[0]]
    if wrong:
        raise ConfigurationError("; ".join(wrong))
    return settings


def _lag_of(api_url: str) -> float:
    """Return the default of ``readLag``: what runs on this machine is not Daily."""
    return 0.0 if is_loopback(urlsplit(api_url).hostname) else READ_LAG


def keys_of_package(project: str, names: Iterable[str]) -> Iterable[str]:
    """Return the configuration keys that may be this package's.

    In a project "daily" there are none: its own keys, which Pulumi puts into the project's namespace, look the same.
    """
    return () if project == NAMESPACE else names


def unknown_keys(names: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return a sentence for each misspelt key, and one for each other unknown key, of the namespace ``daily``.

    A key counts as misspelt if it is similar to a known one. ``names`` are configuration keys of any namespace.
    """
    misspelt, others = [], []
    known = {_plain(option.name): option.name for option in OPTIONS}
    for name in sorted(names):
        namespace, _, own = name.partition(":")
        if namespace != NAMESPACE or own in known.values():
            continue
        likeness, near = max((SequenceMatcher(None, _plain(own), plain).ratio(), plain) for plain in known)
        if likeness >= MISSPELT:
            misspelt.append(f"{name} is unknown (did you mean {NAMESPACE}:{known[near]}?)")
        else:
            listed = ", ".join(sorted(known.values()))
            others.append(f"{name} is unknown to pulumi_daily and has no effect on it. Known are {listed}")
    return misspelt, others


def _plain(key: str) -> str:
    """Return a key without differences of spelling: in lower case, without underscores and hyphens."""
    return key.lower().replace("_", "").replace("-", "")


def limiter_of(
    settings: Settings, api_key: Secret, log: Callable[[str], None], sleep: Callable[[float], None]
) -> Limiter:
    """Return the rate limiter of an account.

    It is shared by all processes of the machine, or of all machines with the same ``limits_url``, unless
    ``per_process_limits`` is set. ``log`` receives a line about long waits; ``sleep`` waits. Raises
    ``ConfigurationError`` as :meth:`Limiter.shared` does.
    """
    share, url = settings.rate_share, settings.limits_url
    if settings.per_process_limits:
        return Limiter(share=share, log=log, sleep=sleep)
    return Limiter.shared(api_key, api_url=settings.api_url, share=share, log=log, limits_url=url, sleep=sleep)


def refuse_account_by_package(parent: Any, what: str) -> None:
    """Raise ``ConfigurationError`` when a component passes an account on with ``providers={"daily": account}``.

    Pulumi reads this mapping by the package of a resource, which for dynamic providers is ``pulumi-python``: it would
    use another account without a word. ``parent`` is the parent resource; ``what`` is for the message.
    """
    if parent.get_provider(f"{NAMESPACE}:index:Provider") is not None:
        raise ConfigurationError(
            f'{what}: Pulumi does not pass an account on that a component has as providers={{"{NAMESPACE}": account}}. '
            "Write providers=[account] there"
        )

"""The package's configuration: its keys, their meaning and the source of each value. Pure.

Explicit configuration (the stack's, or that of a ``Provider`` resource) takes precedence over the environment. An empty
value in it is an error, never a reason to use the environment's, perhaps of another account. An empty environment
variable counts as not set: CI sets one for a secret that a fork does not have. Pulumi passes every value as text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast, get_args

from .api import DEFAULT_API_URL, ConfigurationError, Limiter, Secret
from .ownership import Adoption

NAMESPACE = "daily"

MISSING_KEY = (
    "no Daily API key is configured. Set it with `pulumi config set --secret daily:apiKey` (it asks for the key), or "
    "put it into the environment variable DAILY_API_KEY; it is in Daily's dashboard under Developers. A destroy or "
    "refresh sees a changed configuration only with --run-program"
)


@dataclass(frozen=True)
class Option:
    """One configuration key."""

    name: str
    doc: str
    environment: str | None = None
    secret: bool = False


OPTIONS = (
    Option("apiKey", "Daily API key of the domain.", "DAILY_API_KEY", secret=True),
    Option(
        "domain",
        "Expected name of the domain. With a key of another domain, every operation fails.",
        "DAILY_DOMAIN",
    ),
    Option("apiUrl", f"Base URL of the API. The default is {DEFAULT_API_URL}.", "DAILY_API_URL"),
    Option("rateShare", "Maximum share of Daily's rate limits to use, above 0 and at most 1. The default is 1."),
    Option(
        "perProcessLimits",
        "true: do not coordinate the rate limits with other processes on this machine, and write no shared file.",
    ),
    Option("requestTimeout", "Timeout of one request, in seconds. The default is 30."),
    Option("maxRetrySeconds", "Maximum time spent retrying one request, in seconds. The default is 120."),
    Option(
        "adoptExisting",
        "Which existing objects are taken over without adopt_existing=True: never (the default), as-asked (those that "
        "were created through the API and equal the program), or always (all).",
        "DAILY_ADOPT_EXISTING",
    ),
    Option("offline", "true: no requests to Daily; previews compare with the state only, and changes fail."),
    Option("debug", "true: errors include tracebacks."),
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


def read_settings(config: Callable[[str], Any], environment: Mapping[str, str]) -> Settings:
    """Return the settings from ``config`` (called with ``daily:apiKey`` and so on) and the environment.

    Raises ``ConfigurationError`` with all invalid values, but never with the key.
    """
    texts: dict[str, str] = {}
    wrong: list[str] = []
    for option in OPTIONS:
        value = config(f"{NAMESPACE}:{option.name}")
        if value is None:
            texts[option.name] = environment.get(option.environment or "", "").strip()
            continue
        texts[option.name] = str(value).strip()
        if not texts[option.name]:
            other = f", or remove it to use {option.environment}" if option.environment else ", or remove it"
            wrong.append(f"{NAMESPACE}:{option.name} is empty: give it a value{other}")

    def number(name: str, default: float, low: float, high: float) -> float:
        text = texts[name]
        if not text:
            return default
        if not re.fullmatch(r"[0-9]+(\.[0-9]*)?|\.[0-9]+", text) or not low < float(text) <= high:
            wrong.append(f"{NAMESPACE}:{name} must be a number over {low:g} and at most {high:g}, not {text!r}")
            return default
        return float(text)

    def flag(name: str) -> bool:
        text = texts[name].lower()
        if text not in ("", "true", "false"):
            wrong.append(f"{NAMESPACE}:{name} must be true or false, not {text!r}")
        return text == "true"

    adoption = texts["adoptExisting"] or "never"
    if adoption not in get_args(Adoption):
        words = ", ".join(get_args(Adoption))
        wrong.append(f"{NAMESPACE}:adoptExisting (DAILY_ADOPT_EXISTING) must be one of {words}, not {adoption!r}")
    settings = Settings(
        api_key=Secret(texts["apiKey"]) if texts["apiKey"] else None,
        domain=texts["domain"] or None,
        api_url=texts["apiUrl"] or DEFAULT_API_URL,
        rate_share=number("rateShare", 1.0, 0, 1),
        request_timeout=number("requestTimeout", 30.0, 0, 600),
        max_retry_seconds=number("maxRetrySeconds", 120.0, 0, 3600),
        offline=flag("offline"),
        debug=flag("debug"),
        per_process_limits=flag("perProcessLimits"),
        adopt_existing=cast(Adoption, adoption),
    )
    if wrong:
        raise ConfigurationError("; ".join(wrong))
    return settings


def limiter_of(settings: Settings, api_key: Secret, log: Callable[[str], None]) -> Limiter:
    """Return the rate limiter of an account.

    It is shared by all processes of the machine, unless ``per_process_limits`` is set. ``log`` receives a line about
    long waits. Raises ``ConfigurationError`` as :meth:`Limiter.shared` does.
    """
    if settings.per_process_limits:
        return Limiter(share=settings.rate_share, log=log)
    return Limiter.shared(api_key, api_url=settings.api_url, share=settings.rate_share, log=log)


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

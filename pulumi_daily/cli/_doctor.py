"""``pulumi-daily doctor``: what is set up, what is missing, and what to do about it."""

from __future__ import annotations

import importlib.metadata
import json
import platform
import re
import shlex
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any
from urllib.parse import urlsplit

import click

from ..api import (
    MAX_LIMIT,
    TIERS,
    ApiError,
    AuthenticationError,
    Client,
    ConfigurationError,
    DailyError,
    EndpointNotFoundError,
    ForbiddenError,
    RateLimitError,
    Redactor,
    RequestsTransport,
    ServerError,
    printable,
)
from ..api._settings import checked_key
from ..objects.webhook import FAILED
from ..settings import MISSING_KEY, unknown_keys
from ._account import Found, account_options, client_of, find_account, run_pulumi
from ._terminal import say

MINIMUM_SDK = (3, 235)
MINIMUM_CLI_FOR_IMPORT = (3, 254)


@dataclass(frozen=True)
class Finding:
    """The result of one check. ``status`` is ok, warning or error; ``todo`` is the recommended action."""

    check: str
    status: str
    text: str
    todo: str | None = None


@click.command("doctor")
@account_options
@click.option("--json", "as_json", is_flag=True, help="Write the findings as JSON.")
def command(api_key_stdin: bool, api_url: str | None, stack: str | None, as_json: bool) -> None:
    """Check versions, key, API and domain, and print the next steps.

    The key comes from --api-key-stdin, else from the configuration of the Pulumi stack in this folder (daily:apiKey),
    else from DAILY_API_KEY. The exit code is 1 if there is an error.
    """
    findings = [_harmless(finding) for finding in (*versions(), *account(api_key_stdin, api_url, stack))]
    good = all(finding.status != "error" for finding in findings)
    if as_json:
        click.echo(json.dumps({"ok": good, "findings": [asdict(finding) for finding in findings]}, indent=2))
    else:
        for finding in findings:
            say(f"{finding.status:<8} {finding.check:<11} {finding.text}")
            if finding.todo:
                say(f"{'':<8} {'':<11} -> {finding.todo}")
        say("Everything that is needed is there." if good else "Something must be done: see the arrows.")
    sys.exit(0 if good else 1)


def _harmless(finding: Finding) -> Finding:
    """Return a finding with secrets masked in its texts, each on one line. The texts may quote a server."""
    text, todo = (printable(Redactor().text(part)) for part in (finding.text, finding.todo or ""))
    return replace(finding, text=text, todo=todo or None)


def versions() -> Iterator[Finding]:
    """Yield the findings about installed versions."""
    yield Finding("python", "ok", platform.python_version())
    yield Finding("package", "ok", f"pulumi-daily {importlib.metadata.version('pulumi-daily')}")
    sdk = importlib.metadata.version("pulumi")
    if _version(sdk) < MINIMUM_SDK:
        yield Finding("sdk", "error", f"pulumi {sdk} for Python is too old", "pip install --upgrade pulumi")
    else:
        yield Finding("sdk", "ok", f"pulumi {sdk} for Python")
    cli = run_pulumi("version")
    if cli is None:
        todo = "install it: https://www.pulumi.com/docs/install/ (tests and the demo do without)"
        yield Finding("cli", "warning", "no pulumi that works is on PATH", todo)
    elif _version(cli) < MINIMUM_CLI_FOR_IMPORT:
        todo = "upgrade the Pulumi CLI to 3.254 or newer for `pulumi-daily import`"
        yield Finding("cli", "warning", f"pulumi {cli.strip()} cannot use import files with outputs", todo)
    else:
        yield Finding("cli", "ok", f"pulumi {cli.strip()}")


def account(api_key_stdin: bool, api_url: str | None, stack: str | None) -> Iterator[Finding]:
    """Yield the findings about key, API and domain."""
    try:
        found = find_account(api_key_stdin, api_url, stack)
    except ConfigurationError as error:
        todo = "correct it where it is set: `pulumi config set`, the environment, or the options of this command"
        yield Finding("config", "error", str(error), todo)
        return
    if found.stack.note:
        todo = "run this in the project, with a stack selected"
        yield Finding("stack", "error" if stack else "warning", found.stack.note, todo)
    for line in unknown_keys(found.stack.values)[1]:
        yield Finding("config", "warning", line, "remove it, or correct its name")
    for name, change in (("apiKey", "make a new key"), ("limitsUrl", "change the password")):
        if f"daily:{name}" in found.stack.plain:
            todo = f"pulumi config set --secret daily:{name}; then {change}: the old one may be in the history"
            yield Finding("secret", "warning", f"daily:{name} is stored in clear text", todo)
    if found.settings.api_key is None:
        yield Finding("key", "error", "there is no API key", MISSING_KEY)
        yield from _reachable(found)
        return
    try:
        checked_key(found.settings.api_key)
    except ConfigurationError as error:
        yield Finding("key", "error", f"the one in {found.key_source} cannot be used: {error.message}", error.hint)
        yield from _reachable(found)
        return
    yield Finding("key", "ok", f"found in {found.key_source}")
    yield from _domain(found)


def _domain(found: Found) -> Iterator[Finding]:
    settings = found.settings
    assert settings.api_key is not None
    try:
        with client_of(settings) as client:
            client.get_domain()
            started = time.monotonic()
            domain = client.get_domain()
            latency = time.monotonic() - started
            objects = [*_read("rooms", _rooms, client), *_read("webhooks", _webhooks, client)]
    except (AuthenticationError, ForbiddenError) as error:
        todo = (
            "copy the key from Daily's dashboard (Developers) and set it again; keys of deleted teams are invalid too"
        )
        yield Finding("api", "ok", f"{settings.api_url} answers")
        yield Finding("accepted", "error", f"Daily refuses the key: {error}", todo)
        return
    except DailyError as error:
        yield _unreachable(settings.api_url, error)
        return
    yield Finding("api", "ok", f"{settings.api_url} answers in {latency * 1000:.0f} ms, {_tls(settings.api_url)}")
    name = str(domain.get("domain_name", ""))
    yield Finding("accepted", "ok", f"the key is accepted; it belongs to the domain {name}")
    if settings.domain is None:
        todo = f"pulumi config set daily:domain {shlex.quote(name)}   (a key of another domain is then refused)"
        yield Finding("domain", "ok", "daily:domain is not set; it is optional", todo)
    elif settings.domain == name:
        yield Finding("domain", "ok", f"daily:domain is {name} as well")
    else:
        todo = f"use a key of {settings.domain}, or set daily:domain to {name}"
        yield Finding("domain", "error", f"daily:domain is {settings.domain}, the key belongs to {name}", todo)
    yield _limits(found, domain)
    yield from objects


def _read(check: str, look: Callable[[Client], Iterator[Finding]], client: Client) -> Iterator[Finding]:
    """Yield the findings of one look at the account, or one finding about its failure; raises no :class:`DailyError`.

    A refusal by Daily (no rate limit, no server error) is an ok finding: the plan may not include the feature. Every
    other error is a warning.
    """
    try:
        yield from look(client)
    except DailyError as error:
        refused = isinstance(error, ApiError) and not isinstance(error, RateLimitError | ServerError)
        text = f"not available to this account: {error}" if refused else f"could not be read: {error}"
        yield Finding(check, "ok" if refused else "warning", text, None if refused else "try again")


def _rooms(client: Client) -> Iterator[Finding]:
    count = client.list_rooms(limit=1).total_count
    if not count:
        yield Finding("rooms", "ok", "none on the domain")
        return
    requests = 1 + -(-count // MAX_LIMIT)
    yield Finding("rooms", "ok", f"{count} on the domain; a preview of all of them makes about {requests} requests")


def _webhooks(client: Client) -> Iterator[Finding]:
    hooks = client.call("webhooks.list")
    hooks = [hook for hook in hooks if isinstance(hook, dict)] if isinstance(hooks, list) else []
    if not hooks:
        yield Finding("webhooks", "ok", "there is none")
    for hook in hooks:
        name = f"{hook.get('uuid')} to {_host(str(hook.get('url')))}"
        if hook.get("state") == FAILED:
            todo = "have the address answer 200 within a few seconds; the next `pulumi up` then activates it again"
            yield Finding("webhooks", "warning", f"{name} is FAILED: Daily sends it no events", todo)
        else:
            failures = f", {hook['failedCount']} failed in a row" if hook.get("failedCount") else ""
            yield Finding("webhooks", "ok", f"{name} is {hook.get('state')}{failures}")


def _host(url: str) -> str:
    """Return the host of a URL; path and query may contain a secret."""
    try:
        return urlsplit(url).hostname or "no address"
    except ValueError:
        return "an address that is no URL"


def _limits(found: Found, domain: dict[str, Any]) -> Finding:
    config = domain.get("config")
    if isinstance(config, dict) and config.get("disable_rate_limiting") is True:
        return Finding("limits", "ok", "Daily has switched its rate limits off for this domain")
    share = found.settings.rate_share
    text = "; ".join(str(tier) for tier in TIERS.values() if tier.name in ("A", "B"))
    if share != 1:
        return Finding("limits", "ok", f"{text}; {share:.0%} of it is used (daily:rateShare)")
    todo = "pulumi config set daily:rateShare 0.5   (if another program uses this key at the same time)"
    return Finding("limits", "ok", f"{text}; all of it is used", todo)


def _reachable(found: Found) -> Iterator[Finding]:
    """Yield a finding whether the API answers at all, for use without a key."""
    transport = RequestsTransport()
    try:
        transport.send("GET", f"{found.settings.api_url}/", {}, None, None, (5.0, 10.0))
    except DailyError as error:
        yield _unreachable(found.settings.api_url, error)
    else:
        yield Finding("api", "ok", f"{found.settings.api_url} answers, {_tls(found.settings.api_url)}")
    finally:
        transport.close()


def _unreachable(url: str, error: DailyError) -> Finding:
    if isinstance(error, EndpointNotFoundError):
        return Finding("api", "error", str(error), "daily:apiUrl must end in /v1; Daily's is https://api.daily.co/v1")
    text = str(error).removesuffix(f"; {error.hint}")
    todo = error.hint or "check the network, a proxy (HTTPS_PROXY), and daily:apiUrl / DAILY_API_URL"
    return Finding("api", "error", f"{url} gives no usable answer: {text}", todo)


def _tls(url: str) -> str:
    return "over verified TLS" if urlsplit(url).scheme == "https" else "without TLS (this machine only)"


def _version(text: str) -> tuple[int, int]:
    match = re.match(r"v?(\d+)\.(\d+)", text.strip())
    return (int(match[1]), int(match[2])) if match else (0, 0)

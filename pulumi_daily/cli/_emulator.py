"""``pulumi-daily emulator``: Daily's API on this machine."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from ._options import expecting, matching
from ._terminal import say
from ._wait import wait as _wait

if TYPE_CHECKING:
    from ..emulator import Emulator

_DOMAIN = expecting(
    "letters, digits and hyphens, such as acme: the name is part of the rooms' URLs",
    matching("[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"),
)
_KEY = expecting(
    "printable ASCII characters without blanks (leave the option out for a random key)", matching("[!-~]+")
)


@click.command("emulator")
@click.option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="Port; 0: a free port.")
@click.option("--domain", type=_DOMAIN, default="acme", show_default=True, help="Name of the Daily domain.")
@click.option("--api-key", type=_KEY, help="API key to accept.  [default: a random key]")
@click.option("--rooms", type=click.IntRange(0, 1_000_000), default=0, show_default=True, help="Initial rooms.")
@click.option(
    "--latency", type=click.FloatRange(0, 60), default=0.0, show_default=True, help="Delay of answers, in seconds."
)
@click.option("--no-rate-limits", is_flag=True, help="Disable the rate limits: never answer 429.")
@click.option("--switch", "switches", multiple=True, metavar="NAME=VALUE", help="Set a switch (docs/emulator.md).")
def command(
    port: int,
    domain: str,
    api_key: str | None,
    rooms: int,
    latency: float,
    no_rate_limits: bool,
    switches: tuple[str, ...],
) -> None:
    """Run an emulator of Daily's REST API on this machine until Ctrl-C. No account is needed.

    All data are in memory and are lost at the end.
    """
    try:
        from ..emulator import Emulator
    except ModuleNotFoundError as error:
        raise click.ClickException(str(error)) from None
    emulator = Emulator(domain, api_key, port, latency=latency, rate_limits=not no_rate_limits)
    try:
        emulator.switches.update(dict(map(_switch, switches)))
    except (AttributeError, ValueError) as error:
        raise click.BadParameter(str(error), param_hint="--switch") from None
    if rooms:
        emulator.seed(rooms)
    try:
        emulator.start()
    except OSError as error:
        raise click.ClickException(f"port {port} cannot be used ({error.strerror}); try --port 0") from None
    try:
        for line in how_to(emulator, rooms).splitlines():
            say(line)
        _wait()
    finally:
        emulator.stop()
    say(f"Stopped after {emulator.count()} requests.")


def _switch(text: str) -> tuple[str, Any]:
    """Return name and value of `NAME=VALUE`. A value that is not JSON is text, as is JSON text in quotes."""
    name, _, value = text.partition("=")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def how_to(emulator: Emulator, rooms: int) -> str:
    """Return instructions for using the emulator. They contain its key, which is not secret: it is valid only here."""
    return f"""\
Daily's API is emulated at {emulator.url}: domain {emulator.domain_name}, {rooms} rooms. Ctrl-C ends it.

Point a stack at it:
  pulumi config set daily:apiUrl {emulator.url}
  pulumi config set --secret daily:apiKey {emulator.api_key}

or a shell:
  export DAILY_API_URL={emulator.url} DAILY_API_KEY={emulator.api_key}

Control plane (requests so far, faults, edits): {emulator.control_url}"""

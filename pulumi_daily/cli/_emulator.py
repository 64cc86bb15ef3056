"""``pulumi-daily emulator``: Daily's API on this machine."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ._emulator_control import DEFAULT_PORT, control, switch_value
from ._options import expecting, matching
from ._terminal import say
from ._wait import wait as _wait

if TYPE_CHECKING:
    from ..emulator import Emulator, Saved, StateFile

_DOMAIN = expecting(
    "letters, digits and hyphens, such as acme: the name is part of the rooms' URLs",
    matching("[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"),
)
_KEY = expecting(
    "printable ASCII characters without blanks (leave the option out for a random key)", matching("[!-~]+")
)


@click.group("emulator", invoke_without_command=True)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=DEFAULT_PORT, show_default=True, help="Port; 0: a free port."
)
@click.option("--domain", type=_DOMAIN, help="Name of the Daily domain.  [default: acme]")
@click.option("--api-key", type=_KEY, help="API key to accept.  [default: a random key]")
@click.option("--rooms", type=click.IntRange(0, 1_000_000), default=0, show_default=True, help="Initial rooms.")
@click.option(
    "--latency", type=click.FloatRange(0, 60), default=0.0, show_default=True, help="Delay of answers, in seconds."
)
@click.option("--no-rate-limits", is_flag=True, help="Disable the rate limits: never answer 429.")
@click.option("--switch", "switches", multiple=True, metavar="NAME=VALUE", help="Set a switch (docs/emulator.md).")
@click.option(
    "--state",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Keep all data in FILE, and continue with it in the next run. It contains keys and passwords.",
)
@click.pass_context
def command(
    ctx: click.Context,
    port: int,
    domain: str | None,
    api_key: str | None,
    rooms: int,
    latency: float,
    no_rate_limits: bool,
    switches: tuple[str, ...],
    state: Path | None,
) -> None:
    """Run an emulator of Daily's REST API on this machine until Ctrl-C. No account is needed.

    Without --state, all data are in memory and are lost at the end. `pulumi-daily emulator ctl` controls a running
    emulator: its clock, its rooms, its faults.
    """
    if ctx.invoked_subcommand is not None:
        return
    try:
        from ..emulator import Emulator, StateFile
    except ModuleNotFoundError as error:
        raise click.ClickException(str(error)) from None
    with ExitStack() as stack:
        file = None if state is None else StateFile(state)
        found = None if file is None else _reserved(stack, file)
        if found is not None:
            domain, api_key = _same_account(found, domain, api_key)
            rooms = 0
        emulator = Emulator(domain or "acme", api_key, port, latency=latency, rate_limits=not no_rate_limits)
        if file is not None and found is not None:
            _restore(emulator, file, found)
        try:
            emulator.switches.update(_switches(switches, emulator.switches.as_dict()))
        except (AttributeError, ValueError) as error:
            raise click.BadParameter(str(error), param_hint="--switch") from None
        if rooms:
            emulator.seed(rooms)
        if file is not None:
            _keep(stack, emulator, file)
        _serve(emulator, port)
    say(f"Stopped after {emulator.count()} requests.")


command.add_command(control)


def _serve(emulator: Emulator, port: int) -> None:
    try:
        emulator.start()
    except OSError as error:
        raise click.ClickException(f"port {port} cannot be used ({error.strerror}); try --port 0") from None
    try:
        for line in how_to(emulator, len(emulator.rooms())).splitlines():
            say(line)
        _wait()
    finally:
        emulator.stop()


def _reserved(stack: ExitStack, file: StateFile) -> Saved | None:
    """Return the state in a file, which this process has until the end of `stack`; None for a new file."""
    from ..emulator import InUseError, SavedStateError

    try:
        stack.enter_context(file.reserved())
        return file.read()
    except InUseError as error:
        raise click.ClickException(f"--state: {error}") from None
    except SavedStateError as error:
        raise _unusable(file, error) from None
    except OSError as error:
        raise click.ClickException(f"--state: {error.strerror or error}: {file.path}") from None


def _unusable(file: StateFile, error: Exception) -> click.ClickException:
    return click.ClickException(
        f"{file.path} is no state of an emulator: {error}. It was not changed; use another file, or delete this one"
    )


def _restore(emulator: Emulator, file: StateFile, found: Saved) -> None:
    from ..emulator import SavedStateError, restore

    try:
        restore(emulator, found)
    except SavedStateError as error:
        raise _unusable(file, error) from None


def _keep(stack: ExitStack, emulator: Emulator, file: StateFile) -> None:
    """Save the emulator's state now, after changes, and at the end of `stack`."""
    from ..emulator import saved

    def failed(error: OSError) -> None:
        click.echo(f"Warning: {file.path} cannot be written ({error.strerror}); changes are not saved", err=True)

    saving = ExitStack()
    try:
        saving.enter_context(file.kept(lambda: saved(emulator), lambda: emulator.changes, failed))
    except OSError as error:
        raise click.ClickException(f"--state: {error.strerror}: {file.path}") from None

    def end() -> None:
        try:
            saving.close()
        except OSError as error:
            raise click.ClickException(
                f"--state: {file.path} cannot be written ({error.strerror}); the last changes are lost"
            ) from None

    stack.callback(end)


def _same_account(found: Saved, domain: str | None, api_key: str | None) -> tuple[str, str]:
    """Return name and key of the saved account. Raises ``UsageError`` when an option asks for another one."""
    first = found.domains[0]
    for option, given, kept in (("--domain", domain, first.name), ("--api-key", api_key, first.api_key)):
        if given is not None and given != kept:
            raise click.UsageError(f"{option} is another one in the file of --state: leave it out, or use another file")
    return first.name, first.api_key


def _switches(texts: tuple[str, ...], present: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of texts `NAME=VALUE` by name; ``present`` are the present ones."""
    parts = [text.partition("=") for text in texts]
    return {name: switch_value(written, present.get(name)) for name, _, written in parts}


def how_to(emulator: Emulator, rooms: int) -> str:
    """Return instructions for using the emulator. They contain its key, which is not secret: it is valid only here."""
    url = "" if emulator.port == DEFAULT_PORT else f" --url {emulator.url}"
    return f"""\
Daily's API is emulated at {emulator.url}: domain {emulator.domain_name}, {rooms} rooms. Ctrl-C ends it.

Point a stack at it:
  pulumi config set daily:apiUrl {emulator.url}
  pulumi config set --secret daily:apiKey {emulator.api_key}

or a shell:
  export DAILY_API_URL={emulator.url} DAILY_API_KEY={emulator.api_key}

Control plane (requests so far, faults, edits): {emulator.control_url}
Commands for it: pulumi-daily emulator ctl{url} --help"""

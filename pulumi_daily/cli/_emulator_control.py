"""``pulumi-daily emulator ctl``: controls a running emulator by its control plane."""

from __future__ import annotations

import http.client
import json
import re
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import datetime, timezone
from functools import update_wrapper
from typing import Any
from urllib.parse import urlsplit

import click

from ._terminal import say

DEFAULT_PORT = 8765
"""The port of an emulator that is started without ``--port``."""
_SECONDS = 30.0
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_FAULTS = (
    "fail",
    "drop",
    "hang",
    "truncate",
    "not_json",
    "drip",
    "flood",
    "wrong_length",
    "omit",
    "repeat",
    "wrong_total",
)
_OF_A_NEW_ROOM = ("privacy", "created_at", "api_created")
"""The keys that `add-room` accepts and that are no settings of a room."""


def duration(text: str) -> float:
    """Return seconds for a text such as `15d`, `90m` or `30`. Raises ``BadParameter`` for another one."""
    found = re.fullmatch(r"(-?[0-9]+(?:\.[0-9]+)?)([smhdw]?)", text)
    if found is None:
        raise click.BadParameter("expected a number with s, m, h, d or w, such as 15d")
    return float(found[1]) * _UNITS[found[2]]


def moment(text: str) -> float | None:
    """Return Unix seconds for a text such as `2026-01-31T12:00:00Z` or `1769860800`; None for `now`.

    Raises ``BadParameter`` for another text, and for a time without a time zone.
    """
    if text == "now":
        return None
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", text):
        return float(text)
    try:
        found = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        found = datetime.min
    if found.tzinfo is None:
        raise click.BadParameter("expected now, unix seconds, or a time such as 2026-01-31T12:00:00Z")
    return found.timestamp()


def setting(text: str) -> tuple[str, Any]:
    """Return name and value of `NAME=VALUE`. A value that is not JSON is text, as is JSON text in quotes."""
    name, separator, value = text.partition("=")
    if not separator or not name:
        raise click.BadParameter("expected NAME=VALUE, such as enable_chat=true; null resets a value")
    return name, _json_or_text(value)


def _json_or_text(written: str) -> Any:
    try:
        return json.loads(written)
    except ValueError:
        return written


def switch_value(written: str, present: Any) -> Any:
    """Return the value of a switch as written in `NAME=VALUE`; ``present`` is its present value.

    If that is a text, all values of the switch are texts: `200` is one, without quotes.
    """
    value = _json_or_text(written)
    return written if isinstance(present, str) and not isinstance(value, str) else value


def _switch_setting(text: str) -> tuple[str, str]:
    name, _ = setting(text)
    return name, text.partition("=")[2]


class Plane:
    """The control plane of an emulator on this machine. ``token`` is that of ``Emulator(control_token=…)``."""

    def __init__(self, url: str, token: str | None) -> None:
        parts = urlsplit(url)
        from ..api import is_loopback

        if parts.scheme != "http" or not is_loopback(parts.hostname or ""):
            raise click.BadParameter(
                "expected the address of an emulator on this machine, such as http://127.0.0.1:8765"
            )
        self._base = f"http://{parts.netloc}/__emulator__"
        self._headers = {"X-Emulator-Token": token} if token else {}

    def get(self, path: str) -> Any:
        """Return the answer to a GET. Raises ``ClickException`` for an error."""
        return self._ask(urllib.request.Request(f"{self._base}/{path}", headers=self._headers))

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """Return the answer to a POST. Raises ``ClickException`` for an error."""
        data = json.dumps(body).encode()
        return self._ask(urllib.request.Request(f"{self._base}/{path}", data, self._headers, method="POST"))

    def _ask(self, request: urllib.request.Request) -> Any:
        # Never through a proxy: the emulator is on this machine.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=_SECONDS) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                raise click.ClickException(_reason(error)) from None
        except (OSError, ValueError, http.client.HTTPException):
            raise click.ClickException(
                f"no emulator answers at {self._base.rpartition('/')[0]}: start one with `pulumi-daily emulator`, or "
                "give its address with `pulumi-daily emulator ctl --url`"
            ) from None


def _reason(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.load(error)["error"]).strip("'\"")
    except (ValueError, KeyError, TypeError, OSError):
        return f"this is no emulator: it answers with {error.code}"


@click.group("ctl")
@click.option("--url", default=f"http://127.0.0.1:{DEFAULT_PORT}", show_default=True, help="Address of the emulator.")
@click.option("--token", envvar="PULUMI_DAILY_EMULATOR_TOKEN", help="Token of the control plane, if it has one.")
@click.pass_context
def control(ctx: click.Context, url: str, token: str | None) -> None:
    """Control a running emulator: its clock, rooms, faults and switches."""
    try:
        ctx.obj = Plane(url, token)
    except (click.BadParameter, ValueError) as error:
        raise click.BadParameter(getattr(error, "message", str(error)), param_hint="--url") from None


def _command(name: str) -> Callable[[Callable[..., Any]], click.Command]:
    """Declare a subcommand: a function that takes the control plane, and whose result is printed as JSON or text."""

    def declare(act: Callable[..., Any]) -> click.Command:
        @click.pass_obj
        def run(plane: Plane, /, **options: Any) -> None:
            result = act(plane, **options)
            text = result if isinstance(result, str) else json.dumps(result, indent=2, ensure_ascii=False)
            for line in text.splitlines():
                say(line)

        return control.command(name)(update_wrapper(run, act))

    return declare


_domain = click.option("--domain", help="Domain of the room.  [default: the first one]")
_settings = click.argument("settings", nargs=-1, type=setting, metavar="[NAME=VALUE]...")


@_command("clock")
@click.option("--advance", type=duration, help="Move the clock forward, for example by 15d.")
@click.option("--set", "moment", type=moment, help="Stop the clock at a time; now: follow the machine's clock again.")
@click.pass_context
def _clock(ctx: click.Context, plane: Plane, advance: float | None, moment: float | None) -> str:
    """Print the time of the emulator, or move its clock."""
    body: dict[str, Any] = {"advance": advance or 0}
    if ctx.get_parameter_source("moment") is click.core.ParameterSource.COMMANDLINE:
        body["set"] = moment
    now = plane.post("clock", body)["now"]
    return f"{datetime.fromtimestamp(now, timezone.utc):%Y-%m-%dT%H:%M:%SZ} ({now:.0f})"


@_command("add-room")
@click.argument("name")
@_settings
@_domain
def _add_room(plane: Plane, name: str, settings: tuple[tuple[str, Any], ...], domain: str | None) -> Any:
    """Create a room as in the dashboard. `privacy` is one of the settings."""
    added = plane.post("add", _room(name, settings, domain))
    _note_unknown({key: value for key, value in settings if key not in _OF_A_NEW_ROOM})
    return added


@_command("edit-room")
@click.argument("name")
@_settings
@_domain
def _edit_room(plane: Plane, name: str, settings: tuple[tuple[str, Any], ...], domain: str | None) -> Any:
    """Change settings of a room as in the dashboard; null resets one."""
    edited = plane.post("edit", _room(name, settings, domain))
    _note_unknown({key: value for key, value in settings if key != "privacy" and value is not None})
    return edited


def _note_unknown(properties: dict[str, Any]) -> None:
    """Write a note to stderr for each setting that rooms do not have, also for one inside another setting.

    The emulator stores such settings, because tests may need one that is newer than this package.
    """
    from ..objects.room import RoomProperties
    from ..objects.validation import validate
    from ..objects.values import format_path

    for failure in validate(RoomProperties, properties)[1]:
        if failure.kind == "unknown":
            _, found, near = failure.reason.partition("; did you mean ")
            meant = f"; did you mean {near}" if found else "."
            name = format_path(failure.path)
            say(f"note: Daily has no room setting {name}{meant} The emulator has stored it anyway.", err=True)


def _room(name: str, settings: tuple[tuple[str, Any], ...], domain: str | None) -> dict[str, Any]:
    properties = dict(settings)
    privacy = properties.pop("privacy", None)
    return {"properties": properties, **_given(name=name, privacy=privacy, domain=domain)}


def _given(**options: Any) -> dict[str, Any]:
    """Return the options that were given."""
    return {name: value for name, value in options.items() if value is not None}


@_command("remove-room")
@click.argument("name")
@_domain
def _remove_room(plane: Plane, name: str, domain: str | None) -> str:
    """Delete a room as in the dashboard."""
    plane.post("remove", _given(name=name, domain=domain))
    return f"{name} is deleted"


@_command("fault")
@click.argument("kind", type=click.Choice([*_FAULTS, "clear"]))
@click.argument("route", default="*")
@click.option("--status", type=click.IntRange(200, 599), help="Status of the answer (fail).  [default: 500]")
@click.option("--retry-after", type=click.FloatRange(0), help="Seconds in the header Retry-After (fail).")
@click.option("--seconds", type=click.FloatRange(0), help="Delay of the answer (hang: 60), or between bytes (drip: 1).")
@click.option("--part", type=click.Choice(["headers", "body"]), help="What does not end (drip).  [default: body]")
@click.option("--megabytes", type=click.IntRange(1, 10_000), help="Size of the answer (flood).  [default: 100]")
@click.option("--compressed", is_flag=True, default=None, help="Send it as gzip (flood).")
@click.option(
    "--by",
    type=int,
    help="How much Content-Length or the total is too large (wrong_length, wrong_total).  [default: 10]",
)
@click.option("--every", type=click.IntRange(1), help="Leave out each object of this number (omit).  [default: 2]")
@click.option("--times", type=click.IntRange(1), default=1, show_default=True, help="How often it happens.")
@click.option("--after", type=click.IntRange(0), default=0, help="The number of requests that pass before.")
@click.option("--when", type=click.Choice(["before", "after"]), help="Before or after the request has its effect.")
def _fault(plane: Plane, kind: str, route: str, **options: Any) -> str:
    """Let the next requests to a route fail, or clear all faults.

    ROUTE is `METHOD /path/:parameter`, `METHOD *` or `*` (all requests), for example "POST /rooms".
    """
    if kind == "clear":
        plane.post("clear_faults", {})
        return "there are no faults any more"
    plane.post("fault", _given(kind=kind, route=route, **options))
    return f"{kind} {route}: {options['times']} times"


@_command("state")
def _state(plane: Plane) -> Any:
    """Print the domains with rooms and all other objects, as JSON. It contains passwords."""
    return plane.get("state")


@_command("requests")
@click.option("--counts", is_flag=True, help="Print the number of requests by route.")
def _requests(plane: Plane, counts: bool) -> Any:
    """Print the requests so far, a line for each."""
    if counts:
        return plane.get("counts")
    found = plane.get("requests")["requests"]
    return "\n".join(f"{one['status'] or 'lost'} {one['method']} {one['path']}" for one in found) or "no requests yet"


@_command("reset")
def _reset(plane: Plane) -> str:
    """Delete all objects, faults and logged requests, and reset switches and clock."""
    plane.post("reset", {})
    return "the emulator is empty"


@_command("switch")
@click.argument("settings", nargs=-1, type=_switch_setting, metavar="[NAME=VALUE]...")
def _switch(plane: Plane, settings: tuple[tuple[str, str], ...]) -> Any:
    """Set switches (docs/emulator.md), and print all of them."""
    present = plane.get("switches")
    if not settings:
        return present
    return plane.post("switches", {name: switch_value(written, present.get(name)) for name, written in settings})

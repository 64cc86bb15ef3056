"""The page about the use of every operation of Daily's API in this package: ``docs/coverage.md``.

The resources and lookups of an operation, and whether the emulator answers it, are read from the package. Only the
reasons are written by hand, one for each operation that has neither resource nor lookup; a missing or superfluous one
is an error.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from targets import TARGETS

from pulumi_daily.api import ROUTES, Route
from pulumi_daily.emulator._routes import ROUTES as EMULATED
from pulumi_daily.lifecycle.kinds.phone_number import AVAILABLE
from pulumi_daily.lookups import ROUTES_USED
from pulumi_daily.objects.phone_number import PHONE_NUMBER
from pulumi_daily.objects.room import ROOM
from pulumi_daily.objects.room_set import ROOM_SET
from pulumi_daily.objects.spec import ObjectSpec, Routes

PAGE = "docs/coverage.md"
DESCRIBED, NEWER, PROSE = "described", "newer", "prose"
NEWER_PATHS = ("/sip-trunk", "/sip-clients", "/recordings/test-oci-bucket")
PROSE_PATHS = ("/batch-processor", "/transfer-phone-number", "/verified-caller-ids")

ACTION = "an action on a running call, without a state to declare; repeating it in each `pulumi up` would be wrong"
STREAM = "starts, changes or stops a process in a running call, without a state to declare"
PHONE = "a single phone call, without a state to declare"
RESULT = "the result of a call: it is not declared, and a destroy must not delete it"
REASONS: dict[str, str] = {
    "rooms.send_app_message": ACTION,
    "rooms.session_data.set": ACTION,
    "rooms.eject": ACTION,
    "rooms.permissions.update": f"{ACTION}; initial permissions are `permissions` of a room or token",
    "rooms.recordings.start": f"{STREAM}; a token's `start_cloud_recording` starts it when the holder joins",
    "rooms.recordings.update": STREAM,
    "rooms.recordings.stop": STREAM,
    "rooms.live_streaming.start": f"{STREAM}; its targets are `streaming_endpoints` of a room",
    "rooms.live_streaming.update": STREAM,
    "rooms.live_streaming.stop": STREAM,
    "rooms.transcription.start": f"{STREAM}; a token's `auto_start_transcription` starts it when the holder joins",
    "rooms.transcription.update": STREAM,
    "rooms.transcription.stop": STREAM,
    "rooms.dialout.start": PHONE,
    "rooms.dialout.send_dtmf": PHONE,
    "rooms.dialout.stop": PHONE,
    "rooms.sip_call_transfer": PHONE,
    "rooms.sip_refer": PHONE,
    "dialin.pinless_call_update": PHONE,
    "phone_numbers.transfer": "moves a number to another domain once, with both keys, without a state to declare",
    "caller_ids.create": "Daily documents no way to read or remove a caller id, so that it could not be compared",
    "recordings.delete": RESULT,
    "recordings.test_oci_bucket": "writes into the bucket as a test: a check to run manually, not in each preview",
    "transcripts.delete": RESULT,
    "batch_processor.create": "runs a job once, for money, without a state to declare",
    "batch_processor.delete": RESULT,
}
"""The reason why an operation has neither resource nor lookup, by route name."""


@dataclass(frozen=True)
class Row:
    """The use of one operation."""

    route: Route
    resources: tuple[str, ...]
    """Texts such as `Room (create)`."""
    lookups: tuple[str, ...]
    emulated: bool
    reason: str

    @property
    def operation(self) -> str:
        """Return `METHOD /path/:parameter`."""
        return operation_name(self.route)

    @property
    def group(self) -> str:
        """Return the part of Daily's documentation that describes the operation."""
        if self.route.template.startswith(NEWER_PATHS):
            return NEWER
        return PROSE if self.route.template.startswith(PROSE_PATHS) else DESCRIBED


def operation_name(route: Route) -> str:
    path = re.sub(r"\{(\w+)\}", r":\1", route.template)
    return f"{route.method} {path}"


def uses(spec: ObjectSpec) -> dict[str, list[str]]:
    """Return the operations of a resource (``create``, ``read``, …) by the name of the route that they use."""
    # A set of rooms is created with the routes of rooms.
    routes = ROOM.routes if spec is ROOM_SET and spec.routes == Routes() else spec.routes
    found: dict[str, list[str]] = {}
    for verb in ("create", "read", "update", "delete"):
        if getattr(routes, verb):
            found.setdefault(getattr(routes, verb), []).append(verb)
    if routes.list:
        found.setdefault(routes.list, []).append("read")
    if routes.batch:
        found.setdefault(routes.batch.create, []).append("create")
        found.setdefault(routes.batch.delete, []).append("delete")
    if spec is PHONE_NUMBER:
        found[AVAILABLE] = ["create"]  # available numbers are searched when the program only describes one
    return found


@cache
def rows() -> tuple[Row, ...]:
    """Return all operations. Raises `SystemExit` for one without use or reason, and for a superfluous reason."""
    resources: dict[str, list[str]] = {}
    for target in TARGETS:
        for route, verbs in uses(target.spec).items():
            resources.setdefault(route, []).append(f"`{target.spec.kind}` ({', '.join(verbs)})")
    lookups: dict[str, list[str]] = {}
    for lookup, routes in ROUTES_USED.items():
        for route in routes:
            lookups.setdefault(route, []).append(f"`{lookup}`")
    unknown = {*resources, *lookups, *REASONS} - set(ROUTES)
    answered = {*resources, *lookups}
    silent = set(ROUTES) - answered - set(REASONS)
    idle = set(REASONS) & answered
    if unknown or silent or idle:
        raise SystemExit(f"coverage: unknown {unknown}, without an answer {silent}, reasons not needed {idle}")
    return tuple(
        Row(
            route,
            tuple(resources.get(name, ())),
            tuple(lookups.get(name, ())),
            operation_name(route) in EMULATED,
            REASONS.get(name, ""),
        )
        for name, route in ROUTES.items()
    )


def table(group: str) -> str:
    lines = ["| operation | resource | lookup | emulated | why neither |", "|---|---|---|---|---|"]
    for row in rows():
        if row.group == group:
            cells = (
                f"`{row.operation}`",
                ", ".join(row.resources),
                ", ".join(row.lookups),
                "yes" if row.emulated else "no",
                row.reason,
            )
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def coverage_page() -> str:
    """Return the text of the page."""
    counts = {group: sum(row.group == group for row in rows()) for group in (DESCRIBED, NEWER, PROSE)}
    emulated = sum(row.emulated for row in rows())
    how_many = f"all {emulated}" if emulated == len(rows()) else f"{emulated} of the {len(rows())}"
    return f"""<!-- Generated by tools/generate.py from the package; the reasons are in tools/coverage_page.py. -->
# Coverage of Daily's API

For each operation of Daily's REST API, the tables list the resource and the lookup that use it, whether the
[emulator](emulator.md) answers it, and the reason if there is neither a resource nor a lookup. The client in
`pulumi_daily.api` can call all operations, and the emulator answers {how_many}.

A resource reads a list instead of single objects if this takes fewer requests. `RoomSet` uses the operations of `Room`.

## In Daily's API description: {counts[DESCRIBED]} operations

{table(DESCRIBED)}

## Newer than the API description: {counts[NEWER]} operations

{table(NEWER)}

## Only in Daily's guides and programs: {counts[PROSE]} operations

{table(PROSE)}
"""

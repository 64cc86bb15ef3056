"""The vocabulary of scenarios: acts with their expectations, and what an engine reports of a command."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

PROJECT = "scenarios"
STACK = "dev"
DOMAIN, EU_DOMAIN = "acme", "acme-eu"
KEY, EU_KEY, NEXT_KEY = "canary-key-acme-" + "1" * 48, "canary-key-eu-" + "2" * 50, "canary-key-next-" + "3" * 48
"""API keys that are easy to find where they must not be. NEXT_KEY is what KEY is rotated to."""

ROOM = "pulumi-python:dynamic/daily:Room"
HEAD = "import pulumi\nfrom pulumi import Alias, ResourceOptions\nimport pulumi_daily as daily\n\n"

Command = Literal["preview", "up", "refresh", "destroy"]


@dataclass(frozen=True, order=True)
class Step:
    """One step that was carried out (in a preview: planned)."""

    name: str
    type: str
    op: str
    """Pulumi's name of the step; a refresh is ``refresh`` and what it found: same, update or delete."""
    replaces: tuple[str, ...] = ()
    """The inputs that are the reason of a replacement."""
    leaves: tuple[str, ...] = ()
    """``<kind> <path>`` of each marked leaf of the detailed diff."""

    def as_json(self) -> dict[str, Any]:
        """For a golden file; empty parts left out."""
        shown: dict[str, Any] = {"op": self.op, "type": self.type, "name": self.name}
        if self.replaces:
            shown["replaces"] = list(self.replaces)
        if self.leaves:
            shown["leaves"] = list(self.leaves)
        return shown


@dataclass
class Report:
    """What an engine did for one command."""

    ok: bool
    steps: list[Step]
    changes: dict[str, int]
    """Resources by operation, as Pulumi's summary counts them."""
    warnings: list[str]
    """The lines that providers logged as warnings, without the word."""
    errors: str
    """All that was said with the severity of an error."""


class Engine(Protocol):
    """What deploys the program of a scenario: the CLI, or the stack runner."""

    def write(self, source: str) -> None:
        """Make ``source`` the program."""

    def run(self, command: Command, *, refresh: bool, run_program: bool, env: Mapping[str, str]) -> Report:
        """One command; ``env`` are environment variables for it alone."""

    def configure(self, key: str, value: str, *, secret: bool) -> None:
        """Set a value of the stack's configuration."""

    def import_file(self, entries: Mapping[str, Any]) -> Report:
        """What ``pulumi import --file`` does."""

    def outputs_of(self, resource: str) -> Mapping[str, Any]:
        """The outputs of a resource as the state holds them (secrets wrapped or encrypted)."""

    def state_text(self) -> str:
        """The whole state as it is kept, secrets sealed."""

    def another(self) -> Engine:
        """An engine of the same project and stack name, with the same configuration and a state of its own."""


# -- acts


@dataclass(frozen=True)
class Program:
    """From here on, this is the program."""

    source: str


@dataclass(frozen=True)
class Run:
    """One command, and what must come of it."""

    command: Command
    changes: Mapping[str, int] = field(default_factory=dict)
    """What the summary counts, without what stays the same. Not looked at when the command must fail."""
    says: tuple[str, ...] = ()
    """Parts of warnings; without any, there must be no warning at all."""
    fails: tuple[str, ...] = ()
    """The command fails, and its errors hold each of these."""
    leaves: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Marked leaves by resource."""
    order: tuple[str, ...] | None = None
    """All writes, in this order (``create NAME``, ``update NAME BODY``, ``delete NAME``). None: not looked at."""
    refresh: bool = False
    run_program: bool = False
    env: Mapping[str, str] = field(default_factory=dict)
    """Environment variables, for this command alone."""
    racing: bool = False
    """What is done side by side decides which of several right ways it takes: of the record, only whether it failed."""


@dataclass(frozen=True)
class Edit:
    """Somebody changes a room in the dashboard; a property of None is reset."""

    room: str
    properties: Mapping[str, Any] = field(default_factory=dict)
    privacy: str | None = None
    domain: str | None = None


@dataclass(frozen=True)
class Remove:
    """Somebody deletes a room in the dashboard."""

    room: str
    domain: str | None = None


@dataclass(frozen=True)
class Add:
    """Somebody makes a room in the dashboard, or (``api``) through the API."""

    room: str
    properties: Mapping[str, Any] = field(default_factory=dict)
    privacy: str = "public"
    api: bool = False


@dataclass(frozen=True)
class RotateKey:
    """The first domain's KEY is revoked; NEXT_KEY is valid instead."""


@dataclass(frozen=True)
class Configure:
    """``pulumi config set``."""

    key: str
    value: str
    secret: bool = False


@dataclass(frozen=True)
class ImportRooms:
    """Write an import file for rooms with ``pulumi-daily import``, and import it; resources are named as the rooms."""

    rooms: tuple[str, ...]


@dataclass(frozen=True)
class Import:
    """Write an import file and its program with ``pulumi-daily import``, import the file and take the program."""

    options: tuple[str, ...]


@dataclass(frozen=True)
class OnServer:
    """The rooms of a domain, with exactly these stored properties; and no other room."""

    rooms: Mapping[str, Mapping[str, Any]]
    domain: str | None = None


@dataclass(frozen=True)
class SecretInState:
    """This output of a resource is in the state as a secret, that one is not."""

    resource: str
    secret: str
    plain: str


@dataclass(frozen=True)
class AddObject:
    """Somebody makes an object of a kind (the emulator's name of it) in the dashboard."""

    kind: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class EditObject:
    """Somebody changes the one object of a kind (the emulator's name of it) in the dashboard."""

    kind: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class RemoveObject:
    """Somebody deletes the one object of a kind (the emulator's name of it) in the dashboard."""

    kind: str


@dataclass(frozen=True)
class EditDomain:
    """Somebody changes settings of the domain in the dashboard."""

    properties: Mapping[str, Any]


@dataclass(frozen=True)
class Days:
    """Days pass on Daily."""

    count: float


@dataclass(frozen=True)
class NothingLeft:
    """The domain is as it was before anything was made."""


@dataclass(frozen=True)
class Switch:
    """Set switches of the emulator: how Daily may be."""

    values: Mapping[str, Any]


@dataclass(frozen=True)
class Fault:
    """Requests to a route go wrong; ``how`` are the arguments of the emulator's method."""

    kind: Literal["drop", "fail", "hang"]
    route: str
    how: Mapping[str, Any]


@dataclass(frozen=True)
class Calm:
    """No more faults."""


@dataclass(frozen=True)
class Meanwhile:
    """An act of somebody's that happens once, right before a request to ``route`` has its effect (or its fault)."""

    route: str
    act: Add | Remove
    after: int = 0
    """How many requests to the route pass before."""


@dataclass(frozen=True)
class Elsewhere:
    """Somebody else works on a stack of the same name and project, with a backend of their own and the same account."""

    act: Program | Run


@dataclass(frozen=True)
class NowhereInState:
    """A text, such as a secret, is not in the state as it is kept."""

    text: str


Act = (
    Program
    | Run
    | Edit
    | EditDomain
    | EditObject
    | Days
    | NothingLeft
    | Remove
    | Add
    | AddObject
    | RotateKey
    | Configure
    | Import
    | ImportRooms
    | OnServer
    | SecretInState
    | Switch
    | Fault
    | Calm
    | Meanwhile
    | Elsewhere
    | NowhereInState
)


@dataclass(frozen=True)
class Scenario:
    """A story with a name, which is also that of its golden file."""

    name: str
    acts: Sequence[Act]


def program(body: str) -> Program:
    """A program; the imports are added."""
    return Program(HEAD + body)


def preview(changes: Mapping[str, int] | None = None, **expected: Any) -> Run:
    """``pulumi preview``."""
    return Run("preview", changes or {}, **expected)


def up(changes: Mapping[str, int] | None = None, **expected: Any) -> Run:
    """``pulumi up``."""
    return Run("up", changes or {}, **expected)


def refresh(changes: Mapping[str, int] | None = None, **expected: Any) -> Run:
    """``pulumi refresh``."""
    return Run("refresh", changes or {}, **expected)


def destroy(changes: Mapping[str, int] | None = None, **expected: Any) -> Run:
    """``pulumi destroy``."""
    return Run("destroy", changes or {}, **expected)


def drop(route: str, when: str, times: int | None = 1) -> Fault:
    """The connection closes without an answer, before or after the request had its effect."""
    return Fault("drop", route, {"when": when, "times": times})


def fail(route: str, status: int, times: int | None = 1, after: int = 0) -> Fault:
    """The answer is an error, and the request has no effect."""
    return Fault("fail", route, {"status": status, "times": times, "after": after})


def slow(route: str, seconds: float) -> Fault:
    """Every request to a route has its effect, and its answer, only after a while."""
    return Fault("hang", route, {"seconds": seconds, "times": None, "when": "before"})


def minutes(count: float) -> Days:
    """Minutes pass on Daily."""
    return Days(count / 1440)

"""What is particular to a kind of Daily object, as data; :mod:`pulumi_daily.lifecycle` is written once over it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from .fields import Fields, entries
from .values import UNKNOWN, Path

DOMAIN = "domain"
"""Output of every object: the name of the domain it was made in (the domain guard compares it)."""

DOMAIN_ID = "domain_id"
"""Output of every object: the id of that domain."""

Claim = tuple[str, str]
"""What a resource stands for: a kind of object, and what tells it from others of its kind."""


@dataclass(frozen=True)
class BatchRoutes:
    """The routes that make and remove many objects in one request, all or nothing."""

    create: str
    create_key: str
    """The key of the request body that holds the list of create bodies."""
    delete: str
    delete_key: str
    """The key of the request body that holds the list of ids."""


@dataclass(frozen=True)
class Routes:
    """The names of the API routes (``pulumi_daily.api``) that make, read, change and remove an object."""

    create: str = ""
    read: str = ""
    """Empty when Daily has no route for one object: it is then found in the list."""
    update: str = ""
    """Empty when nothing of the object can be changed."""
    delete: str = ""
    path_parameter: str = ""
    """The path parameter that carries the id in read, update and delete."""
    batch: BatchRoutes | None = None
    list: str = ""
    """The route that lists all objects of the kind."""


@dataclass(frozen=True)
class OutputField:
    """One output: something that Daily says of an object."""

    name: str
    doc: str
    """One sentence for the reference docs and the docstring of the attribute."""
    type: str = "str"
    """Its Python type as it stands in the source of the resource; ``… | None`` where it may be missing."""
    key: str = ""
    """Daily's key, where it has another name."""
    from_config: bool = False
    """Whether it is read from the config."""
    secret: bool = False
    repeats: Path = ()
    """The input that it repeats where the program gives it."""


@dataclass(frozen=True)
class UnhealthyState:
    """An output whose value says that the object does not work, and the input to send again to repair it."""

    output: str
    value: str
    healthy: str
    resend: str


@dataclass(frozen=True)
class Advice:
    """What to do about an error of Daily: shown behind its text when ``match`` occurs in it."""

    match: str
    """A part of Daily's text, in lower case; empty matches every refusal of the operation."""
    text: str
    """What to do next; ``{name}`` stands for inputs that are no secrets."""


class Values(Protocol):
    """Inputs, or a resource's state: values by the names of inputs and outputs."""

    def get(self, name: str, /) -> Any: ...


@dataclass(frozen=True)
class Parts:
    """The things that one resource stands for."""

    input: str
    """The input whose keys are their names."""
    noun: str
    """What one of them is called in messages."""


@dataclass(frozen=True)
class ObjectSpec:
    """One kind of Daily object."""

    kind: str
    """Pulumi's name of it, as in ``daily:Room``. In every user's state for ever."""
    noun: str
    """Its name in messages."""
    doc: str
    """What the resource is, for its docstring and its reference page."""
    inputs: type[Fields]
    """The field model of the inputs."""
    id_input: str | None
    """The input that is the object's id on Daily; None when Daily makes the id."""
    routes: Routes
    id_key: str = ""
    """The key of the live object that holds its id; ``id_input`` unless said otherwise."""
    replaces: tuple[str, ...] = ()
    """Inputs that cannot be changed in place."""
    settings: str | None = None
    """The input whose keys are single settings (a room's ``properties``); None when the inputs are the settings."""
    extras: str | None = None
    """The input with settings that the field model does not know."""
    inherited: tuple[str, ...] = ()
    """Inputs that hold settings of a room: where a room does not say, the domain may say otherwise than the default. So
    a default that the program newly asks for is sent, unless Daily shows it."""
    config: str | None = None
    """The key of the live object under which the settings are read back; None when they are its own keys."""
    provider_only_inputs: tuple[str, ...] = ()
    """Inputs that steer this package and are never sent; a change of one alone is no change."""
    rotation_triggers: Mapping[str, Path] = field(default_factory=dict)
    """Inputs that are never sent and whose change is a change all the same; the setting at the path is then sent again
    (a secret that Daily never shows: a version next to it lets a preview show the rotation). An empty path sends
    nothing; the path of a value that the program does not give is sent as null, which has Daily make a new one."""
    computed: tuple[str, ...] = ()
    """Inputs that Daily makes when the program gives none; then they are outputs, and no change when left out."""
    blank_is_unset: bool = False
    """Whether Daily reads back ``""`` for a setting that is not set."""
    natural_keys: tuple[tuple[str, ...], ...] = ()
    """Inputs that tell two objects of this kind apart, where Daily makes the id: the first group of which the program
    gives the first input counts. A live object with the same values is what a create would make again."""
    delete_before_create: bool = False
    """Whether Daily may allow only one in a domain, so that a replacement deletes first."""
    unhealthy: UnhealthyState | None = None
    """A state that an update repairs."""
    label: str | None = None
    """The input that names an object in messages; the id when there is none."""
    output_fields: tuple[OutputField, ...] = ()
    """What Daily says of an object beyond its settings, as outputs."""
    future_moments: tuple[str, ...] = ()
    """Settings that Daily refuses when they lie in the past."""
    expiry: str | None = None
    """The setting, or key of the live object, after which Daily treats the object as gone."""
    own_id: str = ""
    """The output with Daily's own id of the object, where the object's id is a name that another one can have later."""
    claims: Callable[[Values], list[Claim]] | None = None
    """Returns what inputs stand for, where it is not the object that the id or ``natural_keys`` tell."""
    parts: Parts | None = None
    """Where inputs stand for several things: the input that has them, and what one of them is called."""
    auto_name: Callable[..., str] | None = None
    """Makes the id from project, stack, parents and resource name when the program gives none."""
    flatten: Callable[[Mapping[str, Any]], dict[str, Any]] | None = None
    """Daily's object with this package's names and without nesting, where the two differ."""
    adjust_update: Callable[[Mapping[str, Any], Mapping[str, Any], Mapping[str, Any]], Mapping[str, Any]] | None = None
    """Returns what to send for the settings of an update (the first argument), given those of the state and the live
    object: with null for what the object must lose, where an update of Daily merges objects."""
    advice: Mapping[str, tuple[Advice, ...]] = field(default_factory=dict)
    """What to do about refusals, by operation (``create``, ``update``, ``delete``)."""

    @property
    def outputs(self) -> tuple[str, ...]:
        """Return the names of all outputs that are not inputs."""
        own = [item.name for item in self.output_fields]
        if self.config:
            own.append(self.config)
        return tuple(name for name in own if name not in self.inputs.model_fields)

    @property
    def config_outputs(self) -> frozenset[str]:
        """Return the keys of the config that are outputs of their own."""
        return frozenset(item.key or item.name for item in self.output_fields if item.from_config)

    @property
    def secrets(self) -> tuple[str, ...]:
        """Return the outputs that are secrets, whether the program gave them or Daily made them."""
        given = [name for name, entry in entries(self.inputs).items() if entry.meta.secret]
        return tuple(dict.fromkeys([*given, *(item.name for item in self.output_fields if item.secret)]))

    @property
    def write_only(self) -> tuple[str, ...]:
        """Return the inputs that Daily need not show."""
        return tuple(name for name, entry in entries(self.inputs).items() if entry.meta.write_only)

    @property
    def flat_settings(self) -> tuple[str, ...]:
        """Return the inputs that are single settings, where no input holds them all."""
        if self.settings is not None:
            return ()
        other = {self.id_input, *self.replaces, *self.provider_only_inputs, *self.rotation_triggers}
        return tuple(name for name in self.inputs.model_fields if name not in other)

    @property
    def key(self) -> str:
        """Return the key of the live object that holds its id."""
        return self.id_key or self.id_input or "id"

    @property
    def unique_input(self) -> str | None:
        """Return the input that tells an object from others first; None where there is none."""
        return self.id_input or (self.natural_keys[0][0] if self.natural_keys else None)

    def claims_of(self, inputs: Values) -> list[Claim]:
        """Return what inputs (or a state) stand for; empty where that is not known yet."""
        if self.claims is not None:
            return self.claims(inputs)
        groups = ((self.id_input,),) if self.id_input else self.natural_keys
        group = next((group for group in groups if inputs.get(group[0]) is not None), ())
        values = [inputs.get(name) for name in group]
        if not group or any(value is UNKNOWN for value in values):
            return []
        return [(self.kind, " ".join("" if value is None else str(value) for value in values))]

    def claims_of_id(self, name: str, own_id: Any) -> list[Claim]:
        """Return what Daily's own id of an object stands for: ``own_id`` where the object's id is a name."""
        identity = own_id if self.own_id else name
        return [(f"{self.kind}#", str(identity))] if identity and (self.routes.delete or self.own_id) else []

    def api_name(self, name: str) -> str:
        """Return Daily's name of an input."""
        entry = entries(self.inputs).get(name)
        return (entry.meta.api if entry else None) or name

    def from_api(self, live: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a live object under this package's names."""
        if self.flatten is not None:
            return self.flatten(live)
        renamed = {entry.meta.api: name for name, entry in entries(self.inputs).items() if entry.meta.api}
        return {renamed.get(key, key): value for key, value in live.items()} if renamed else live

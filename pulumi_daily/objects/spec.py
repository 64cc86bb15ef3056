"""The properties of each kind of Daily object, as data for the generic code in :mod:`pulumi_daily.lifecycle`."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from .fields import Fields, entries
from .validation import nested_model
from .values import UNKNOWN, Path

DOMAIN = "domain"
"""An output of every object: the name of its domain (compared by the domain guard)."""

DOMAIN_ID = "domain_id"
"""An output of every object: the id of its domain."""

Claim = tuple[str, str]
"""An object that a resource manages: its kind, and the value that identifies it within the kind."""


@dataclass(frozen=True)
class BatchRoutes:
    """The routes that create or delete many objects in one request, all or nothing, with the keys of their bodies."""

    create: str
    create_key: str
    """The key of the request body for the list of create bodies."""
    delete: str
    delete_key: str
    """The key of the request body for the list of ids."""


@dataclass(frozen=True)
class Routes:
    """The names of the API routes (``pulumi_daily.api``) that create, read, change and delete an object."""

    create: str = ""
    read: str = ""
    """Empty when Daily has no route for one object: the list is searched instead."""
    update: str = ""
    """Empty when the object cannot be changed."""
    delete: str = ""
    path_parameter: str = ""
    """The path parameter for the id in read, update and delete."""
    batch: BatchRoutes | None = None
    list: str = ""
    """The route that lists all objects of the kind."""


@dataclass(frozen=True)
class OutputField:
    """One output: a value that Daily returns for an object."""

    name: str
    doc: str
    """One sentence for the reference docs and the docstring of the attribute."""
    type: str = "str"
    """The Python type in the source of the resource; ``… | None`` if the value may be missing."""
    key: str = ""
    """Daily's key, if it has another name."""
    from_config: bool = False
    """Whether the value is read from the config."""
    secret: bool = False
    repeats: Path = ()
    """The input whose value is used instead if the program gives it."""
    model: builtins.type[Fields] | None = None
    """The field model of an object."""
    lasting: bool = False
    """True if Daily never changes the value while the object exists, for example its id."""
    expected: Callable[[Values, str], Any] | None = None
    """Returns the value after a create, for its inputs and the name of the domain, where it is known before."""


@dataclass(frozen=True)
class UnhealthyState:
    """An output value that means that the object does not work, and the input that repairs it when it is sent again."""

    output: str
    value: str
    healthy: str
    resend: str


@dataclass(frozen=True)
class Advice:
    """Advice for a refusal by Daily (not for a 5xx), added to the error's text when ``match`` occurs in that text."""

    match: str
    """A part of Daily's text, in lower case; empty matches every refusal of the operation."""
    text: str
    """The advice; ``{name}`` is replaced with an input that is not secret."""


class Values(Protocol):
    """The interface of inputs and of a resource's state: values by the names of inputs and outputs."""

    def get(self, name: str, /) -> Any: ...


@dataclass(frozen=True)
class Parts:
    """The parts that one resource manages."""

    input: str
    """The input whose keys are the names of the parts."""
    kind: str
    """The kind of the claims on them."""
    noun: str
    """The noun for a part in messages."""
    objects: bool = True
    """Whether the parts are objects, which an update deletes; else they are settings."""


@dataclass(frozen=True)
class ObjectSpec:
    """The description of one kind of Daily object."""

    kind: str
    """Pulumi's name of the kind, as in ``daily:Room``. It is permanent: users' states contain it."""
    noun: str
    """The noun for an object in messages."""
    doc: str
    """A description of the resource, for its docstring and its reference page."""
    inputs: type[Fields]
    """The field model of the inputs."""
    id_input: str | None
    """The input that is the object's id on Daily; None when Daily generates the id."""
    routes: Routes
    id_key: str = ""
    """The key of the id in the live object; ``id_input`` if empty."""
    replaces: tuple[str, ...] = ()
    """Inputs that cannot be changed in place."""
    settings: str | None = None
    """The input whose keys are the settings (a room's ``properties``); None when the inputs are the settings."""
    extras: str | None = None
    """The input for settings that the field model does not contain."""
    inherited: tuple[str, ...] = ()
    """Inputs with settings of a room: if a room has no value, the domain's may apply instead of the default. A default
    that is new in the program is therefore sent, unless Daily returns it.
    """
    config: str | None = None
    """The key of the settings in the live object; None when they are on its top level."""
    provider_only_inputs: tuple[str, ...] = ()
    """Inputs that control this package and are never sent; a change of only these is no change."""
    rotation_triggers: Mapping[str, Path] = field(default_factory=dict)
    """Inputs that are never sent, but whose change is a change: the setting at the path is then sent again (for a
    secret that Daily never returns: a version next to it makes the rotation visible in a preview). An empty path
    sends nothing; a value that is missing in the program is sent as null, for which Daily generates a new one.
    """
    computed: tuple[str, ...] = ()
    """Inputs that Daily generates if the program gives none; a missing one is an output, and no change."""
    blank_is_unset: bool = False
    """Whether Daily returns ``""`` for an unset setting."""
    natural_keys: tuple[tuple[str, ...], ...] = ()
    """Groups of inputs that identify an object when Daily generates the id: the first group whose first input is given
    applies. A create would duplicate a live object with the same values.
    """
    delete_before_create: bool = False
    """Whether Daily may allow only one object in a domain, so that a replacement must delete first."""
    unhealthy: UnhealthyState | None = None
    """The output value of an object that does not work, and its repair by an update."""
    label: str | None = None
    """The input with the object's name in messages; the id if None."""
    output_fields: tuple[OutputField, ...] = ()
    """The outputs that Daily returns for an object in addition to its settings."""
    future_moments: tuple[str, ...] = ()
    """Settings with a time that Daily requires to be in the future when it is set."""
    expiry: str | None = None
    """The setting, or key of the live object, with the time from which Daily treats the object as missing."""
    own_id: str = ""
    """The output with the id that Daily generates, for objects whose id is a name that other objects may have later."""
    claims: Callable[[Values], list[Claim]] | None = None
    """Returns the claims of inputs, if they are not those of the id or of ``natural_keys``."""
    parts: Parts | None = None
    """The parts that one resource manages, if there are several."""
    auto_name: Callable[..., str] | None = None
    """Returns the id for project, stack, parents and resource name, when the program gives none."""
    flatten: Callable[[Mapping[str, Any]], dict[str, Any]] | None = None
    """Returns a live object with this package's names and without nesting, if Daily's form differs."""
    adjust_update: Callable[[Mapping[str, Any], Mapping[str, Any], Mapping[str, Any]], Mapping[str, Any]] | None = None
    """Returns the settings of an update with the removals that Daily requires for them. The arguments are the settings
    to send, those of the state, and the live object."""
    advice: Mapping[str, tuple[Advice, ...]] = field(default_factory=dict)
    """The advice for refusals, by operation (``create``, ``update``, ``delete``)."""

    @property
    def outputs(self) -> tuple[str, ...]:
        """Return the names of all outputs that are not inputs."""
        own = [item.name for item in self.output_fields]
        if self.config:
            own.append(self.config)
        return tuple(name for name in own if name not in self.inputs.model_fields)

    @property
    def config_outputs(self) -> frozenset[str]:
        """Return the keys of the config that are separate outputs."""
        return frozenset(item.key or item.name for item in self.output_fields if item.from_config)

    @property
    def secrets(self) -> tuple[str, ...]:
        """Return the secret outputs, both given by the program and generated by Daily."""
        given = [name for name, entry in entries(self.inputs).items() if entry.meta.secret]
        return tuple(dict.fromkeys([*given, *(item.name for item in self.output_fields if item.secret)]))

    @property
    def write_only(self) -> tuple[str, ...]:
        """Return the inputs that Daily may omit in answers."""
        return tuple(name for name, entry in entries(self.inputs).items() if entry.meta.write_only)

    @property
    def flat_settings(self) -> tuple[str, ...]:
        """Return the inputs that are settings, if no input contains all settings; else nothing."""
        if self.settings is not None:
            return ()
        other = {self.id_input, *self.replaces, *self.provider_only_inputs, *self.rotation_triggers}
        return tuple(name for name in self.inputs.model_fields if name not in other)

    @property
    def key(self) -> str:
        """Return the key of the id in the live object."""
        return self.id_key or self.id_input or "id"

    @property
    def unique_input(self) -> str | None:
        """Return the input that primarily identifies an object; None without one."""
        return self.id_input or (self.natural_keys[0][0] if self.natural_keys else None)

    def claims_of(self, inputs: Values) -> list[Claim]:
        """Return the claims of inputs (or a state); empty while they are unknown."""
        if self.claims is not None:
            return self.claims(inputs)
        groups = ((self.id_input,),) if self.id_input else self.natural_keys
        group = next((group for group in groups if inputs.get(group[0]) is not None), ())
        values = [inputs.get(name) for name in group]
        if not group or any(value is UNKNOWN for value in values):
            return []
        return [(self.kind, " ".join("" if value is None else str(value) for value in values))]

    def claims_by_name(self, inputs: Values) -> list[Claim]:
        """Return the claims on names and parts that are plain text in inputs that were not checked yet."""
        if self.id_input:
            name = inputs.get(self.id_input)
            return [(self.kind, name)] if isinstance(name, str) else []
        parts = inputs.get(self.parts.input) if self.parts else None
        if self.parts is None or not isinstance(parts, Mapping):
            return []
        return [(self.parts.kind, name) for name in parts if isinstance(name, str)]

    def claims_of_id(self, name: str, own_id: Any) -> list[Claim]:
        """Return the claims of the id that Daily generates: ``own_id`` if the object's id is a name, else ``name``."""
        identity = own_id if self.own_id else name
        return [(f"{self.kind}#", str(identity))] if identity and (self.routes.delete or self.own_id) else []

    def api_name(self, name: str) -> str:
        """Return Daily's name for an input."""
        entry = entries(self.inputs).get(name)
        return (entry.meta.api if entry else None) or name

    def from_api(self, live: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a live object under this package's names."""
        if self.flatten is not None:
            return self.flatten(live)
        renamed = {entry.meta.api: name for name, entry in entries(self.inputs).items() if entry.meta.api}
        return {renamed.get(key, key): value for key, value in live.items()} if renamed else live


def settings_model(spec: ObjectSpec) -> type[Fields]:
    """Return the field model of the settings."""
    if spec.settings is None:
        return spec.inputs
    model = nested_model(entries(spec.inputs)[spec.settings].annotation)
    assert model is not None
    return model

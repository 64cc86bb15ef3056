"""What is particular to a kind of Daily object, as data; :mod:`pulumi_daily.lifecycle` is written once over it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from .fields import Fields

DOMAIN = "domain"
"""Output of every object: the name of the domain it was made in (the domain guard compares it)."""

DOMAIN_ID = "domain_id"
"""Output of every object: the id of that domain."""


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

    create: str
    read: str
    update: str
    delete: str
    path_parameter: str
    """The path parameter that carries the id in read, update and delete."""
    batch: BatchRoutes | None = None


@dataclass(frozen=True)
class ObjectSpec:
    """One kind of Daily object."""

    kind: str
    """Pulumi's name of it, as in ``daily:Room``. In every user's state for ever."""
    noun: str
    """Its name in messages."""
    inputs: type[Fields]
    """The field model of the inputs."""
    id_input: str
    """The input that is the object's id on Daily."""
    routes: Routes
    replaces: tuple[str, ...] = ()
    """Inputs that cannot be changed in place."""
    settings: str | None = None
    """The input whose keys are single settings (a room's ``properties``)."""
    extras: str | None = None
    """The input with settings that the field model does not know."""
    config: str | None = None
    """The key of the API object under which the settings are read back."""
    filled: tuple[str, ...] = ()
    """Inputs that check fills with Daily's default, so that a preview shows them."""
    local: tuple[str, ...] = ()
    """Inputs that steer this package and are never sent."""
    plain_outputs: tuple[str, ...] = ()
    """Top-level keys of the API object that become outputs of the same name."""
    renamed_outputs: Mapping[str, str] = field(default_factory=dict)
    """Keys of the API object that become outputs of another name (``id`` is Pulumi's own)."""
    lifted_outputs: Mapping[str, str] = field(default_factory=dict)
    """Read-only keys of the config that become outputs."""
    future_moments: tuple[str, ...] = ()
    """Settings that Daily refuses when they lie in the past."""
    expiry: str | None = None
    """The setting after which Daily treats the object as gone."""
    auto_name: Callable[[str, str, str], str] | None = None
    """Makes the id from project, stack and resource name when the program gives none."""

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of all outputs that are not inputs."""
        own = [*self.plain_outputs, *self.renamed_outputs.values(), *self.lifted_outputs.values()]
        if self.config:
            own.append(self.config)
        return tuple(name for name in own if name not in self.inputs.model_fields)

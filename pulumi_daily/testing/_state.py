"""Resource states, URNs, the graph of dependencies, and the record of states during an operation."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from ._wire import Properties, Value, copy

STACK_TYPE = "pulumi:pulumi:Stack"
PROVIDER_PREFIX = "pulumi:providers:"
PYTHON_PACKAGE = "pulumi-python"


def make_urn(project: str, stack: str, parent: str, type_: str, name: str) -> str:
    """Return the URN of a resource; the types of its parents (except the stack's) are part of it."""
    qualified = urn_qualified_type(parent) if parent else ""
    if qualified and qualified != STACK_TYPE:
        type_ = f"{qualified}${type_}"
    return f"urn:pulumi:{stack}::{project}::{type_}::{name}"


def urn_qualified_type(urn: str) -> str:
    return urn.split("::", 3)[2]


def urn_type(urn: str) -> str:
    return urn_qualified_type(urn).rsplit("$", 1)[-1]


def urn_name(urn: str) -> str:
    return urn.split("::", 3)[3]


def is_provider_type(type_: str) -> bool:
    return type_.startswith(PROVIDER_PREFIX)


def is_default_provider(urn: str) -> bool:
    """Return whether `urn` is that of a default provider, which the engine makes itself and hides in summaries."""
    return is_provider_type(urn_type(urn)) and urn_name(urn).split("_", 1)[0] == "default"


def split_reference(reference: str) -> tuple[str, str]:
    """Return URN and id of a provider reference (``urn::id``)."""
    urn, _, ident = reference.rpartition("::")
    return urn, ident


@dataclass(eq=False, kw_only=True)
class ResourceState:
    """One resource in the state. Property values may be :class:`~pulumi_daily.testing.Secret`.

    `provider` is ``<urn>::<id>`` of the provider resource, or ``""``. `delete` marks an old resource that was replaced
    and is still to be deleted, `pending_replacement` a deleted one that is still to be created again.
    """

    urn: str
    type: str
    custom: bool = True
    id: str = ""
    inputs: Properties = field(default_factory=dict)
    outputs: Properties = field(default_factory=dict)
    parent: str = ""
    protect: bool = False
    external: bool = False
    dependencies: list[str] = field(default_factory=list)
    property_dependencies: dict[str, list[str]] = field(default_factory=dict)
    provider: str = ""
    delete: bool = False
    pending_replacement: bool = False
    additional_secret_outputs: list[str] = field(default_factory=list)
    retain_on_delete: bool = False
    deleted_with: str = ""
    replace_with: list[str] = field(default_factory=list)
    ignore_changes: list[str] = field(default_factory=list)
    replace_on_changes: list[str] = field(default_factory=list)
    replacement_trigger: Value = None
    custom_timeouts: dict[str, float] = field(default_factory=dict)
    import_id: str = ""

    @property
    def name(self) -> str:
        """Return the resource's name in the program."""
        return urn_name(self.urn)

    @property
    def is_provider(self) -> bool:
        return is_provider_type(self.type)

    def copy(self, **changes: Any) -> ResourceState:
        """Return a copy that shares no mutable value with this state."""
        values = {name: copy(getattr(self, name)) for name in _FIELDS}
        return ResourceState(**{**values, **changes})

    def all_dependencies(self) -> Iterator[str]:
        """Yield the URNs of all dependencies, except parent and provider."""
        yield from self.dependencies
        for urns in self.property_dependencies.values():
            yield from urns
        if self.deleted_with:
            yield self.deleted_with
        yield from self.replace_with

    def needs(self) -> set[str]:
        """Return the URNs of all resources that this one requires: parent, provider and dependencies."""
        urns = set(self.all_dependencies())
        if self.parent:
            urns.add(self.parent)
        if self.provider:
            urns.add(split_reference(self.provider)[0])
        return urns


_FIELDS = tuple(ResourceState.__dataclass_fields__)


@dataclass(kw_only=True)
class Alias:
    """A former name by which the state of a resource is found."""

    urn: str = ""
    name: str = ""
    type: str = ""
    parent: str = ""
    no_parent: bool = False
    project: str = ""
    stack: str = ""


@dataclass(kw_only=True)
class Goal:
    """A resource that the program declares: one ``RegisterResource`` call."""

    type: str
    name: str
    custom: bool
    properties: Properties
    parent: str = ""
    protect: bool | None = None
    dependencies: list[str] = field(default_factory=list)
    property_dependencies: dict[str, list[str]] = field(default_factory=dict)
    provider: str = ""
    delete_before_replace: bool | None = None
    ignore_changes: list[str] = field(default_factory=list)
    replace_on_changes: list[str] = field(default_factory=list)
    replacement_trigger: Value = None
    additional_secret_outputs: list[str] = field(default_factory=list)
    aliases: list[Alias] = field(default_factory=list)
    import_id: str = ""
    retain_on_delete: bool | None = None
    deleted_with: str = ""
    replace_with: list[str] = field(default_factory=list)
    custom_timeouts: dict[str, float] = field(default_factory=dict)

    def state(self, urn: str) -> ResourceState:
        """Return the state of the declared resource before any step: with its inputs, without id and outputs."""
        return ResourceState(
            urn=urn,
            type=self.type,
            custom=self.custom,
            inputs=copy(self.properties),
            parent=self.parent,
            protect=bool(self.protect),
            dependencies=list(self.dependencies),
            property_dependencies={k: list(v) for k, v in self.property_dependencies.items()},
            provider=self.provider,
            additional_secret_outputs=list(self.additional_secret_outputs),
            retain_on_delete=bool(self.retain_on_delete),
            deleted_with=self.deleted_with,
            replace_with=list(self.replace_with),
            ignore_changes=list(self.ignore_changes),
            replace_on_changes=list(self.replace_on_changes),
            replacement_trigger=copy(self.replacement_trigger),
            custom_timeouts=dict(self.custom_timeouts),
            import_id=self.import_id,
        )


@dataclass(kw_only=True)
class ReadGoal:
    """A resource that the program reads: one ``ReadResource`` call."""

    type: str
    name: str
    id: str
    properties: Properties
    parent: str
    provider: str
    dependencies: list[str]
    additional_secret_outputs: list[str]


# --- the graph ----------------------------------------------------------------------------------------------------


class Graph:
    """The dependencies in a list of states that is ordered dependencies-first."""

    def __init__(self, states: Sequence[ResourceState]) -> None:
        self.states = states
        self._index = {id(s): i for i, s in enumerate(states)}
        self._by_urn: dict[str, list[int]] = {}
        self._children: dict[str, list[int]] = {}
        self._dependents: dict[str, list[int]] | None = None
        for i, state in enumerate(states):
            self._by_urn.setdefault(state.urn, []).append(i)
            if state.parent:
                self._children.setdefault(state.parent, []).append(i)

    def __contains__(self, state: ResourceState) -> bool:
        return id(state) in self._index

    def depending_on(self, root: ResourceState, ignore: set[str]) -> list[ResourceState]:
        """Return all states after `root` that depend on it, directly or not (a child only if it depends on it).

        States with a URN in `ignore` are left out, and with them what depends on `root` only through them.
        """
        if self._dependents is None:
            self._dependents = {}
            for i, state in enumerate(self.states):
                for urn in {*state.all_dependencies(), split_reference(state.provider)[0]}:
                    self._dependents.setdefault(urn, []).append(i)
        start = self._index[id(root)]
        found: set[int] = set()
        todo = [root.urn]
        while todo:
            for i in self._dependents.get(todo.pop(), ()):
                if i > start and i not in found and self.states[i].urn not in ignore:
                    found.add(i)
                    todo.append(self.states[i].urn)
        return [self.states[i] for i in sorted(found)]

    def dependencies_of(self, state: ResourceState) -> Iterator[ResourceState]:
        """Yield the states before `state` that it requires: dependencies, provider and parent.

        A dependency on a component includes the component's children.
        """
        at = self._index[id(state)]
        urns = set(state.all_dependencies())
        if state.provider:
            urns.add(split_reference(state.provider)[0])
        for urn in urns:
            for i in self._by_urn.get(urn, ()):
                if i < at:
                    yield self.states[i]
                    if not self.states[i].custom:  # a dependency on a component includes all its children
                        yield from self._inside(urn, at)
        for i in self._by_urn.get(state.parent, ()):
            if i < at:
                yield self.states[i]

    def _inside(self, urn: str, before: int) -> Iterator[ResourceState]:
        todo, seen = [urn], {urn}
        while todo:
            for i in self._children.get(todo.pop(), ()):
                if self.states[i].urn not in seen:
                    seen.add(self.states[i].urn)
                    todo.append(self.states[i].urn)
                if i < before:
                    yield self.states[i]

    def needed_by(self, state: ResourceState) -> list[ResourceState]:
        """Return all states that `state` requires, directly or not."""
        found: dict[int, ResourceState] = {}
        todo = [state]
        while todo:
            for dependency in self.dependencies_of(todo.pop()):
                if id(dependency) not in found:
                    found[id(dependency)] = dependency
                    todo.append(dependency)
        return list(found.values())

    def deletion_order(self, doomed: Sequence[ResourceState]) -> list[list[ResourceState]]:
        """Return `doomed` in groups: the states of a group may be deleted in parallel, after all earlier groups."""
        inside = {id(s) for s in doomed}
        level: dict[int, int] = {}
        groups: list[list[ResourceState]] = []
        for state in sorted(doomed, key=lambda s: self._index[id(s)]):
            below = [level[id(d)] for d in self.dependencies_of(state) if id(d) in inside]
            at = level[id(state)] = max(below, default=-1) + 1
            if at == len(groups):
                groups.append([])
            groups[at].append(state)
        return groups[::-1]


# --- the record of an operation -----------------------------------------------------------------------------------


class Journal(Protocol):
    """The interface of a store that keeps each change of a :class:`Record` at once, so that a crash loses none."""

    def begin(self, base: Sequence[ResourceState]) -> None: ...
    def put(self, number: int, state: ResourceState) -> None: ...
    def remove(self, number: int) -> None: ...


class Record:
    """The states of a stack during an operation: finished new ones first, then old ones that are not done yet.

    Thread-safe. A preview (`live` False) keeps no record.
    """

    def __init__(self, base: Sequence[ResourceState], *, live: bool = True, journal: Journal | None = None) -> None:
        self._live = live
        self._journal = journal if live else None
        self._lock = threading.Lock()
        self._base: dict[int, ResourceState] = {}
        self._new: dict[int, ResourceState] = {}
        self._number: dict[int, int] = {}
        self._next = 0
        self.rebase(base)

    def rebase(self, base: Sequence[ResourceState]) -> None:
        """Replace all states with `base`."""
        with self._lock:
            self._base = dict(enumerate(base))
            self._new = {}
            self._number = {id(s): i for i, s in self._base.items()}
            self._next = len(base)
            if self._journal:
                self._journal.begin(base)

    def add(self, state: ResourceState) -> None:
        """Record the new `state` of a resource, after its step."""
        if not self._live:
            return
        with self._lock:
            number = self._next
            self._next += 1
            self._new[number] = state
            self._number[id(state)] = number
            if self._journal:
                self._journal.put(number, state)

    def touch(self, state: ResourceState) -> None:
        """Record that `state` was changed in place."""
        if not self._live:
            return
        with self._lock:
            number = self._number.get(id(state))
            if number is not None and self._journal:
                self._journal.put(number, state)

    def done(self, state: ResourceState) -> None:
        """Remove the old `state`: its resource was deleted, or has a new state."""
        if not self._live:
            return
        with self._lock:
            number = self._number.get(id(state))
            if number is None:
                return
            self._base.pop(number, None)
            self._new.pop(number, None)
            if self._journal:
                self._journal.remove(number)

    def states(self) -> list[ResourceState]:
        """Return the current states, dependencies first."""
        with self._lock:
            return [*self._new.values(), *self._base.values()]

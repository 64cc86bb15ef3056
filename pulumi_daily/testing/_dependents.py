"""Resources that are replaced because one that they depend on is deleted before it is replaced."""

from __future__ import annotations

from typing import Protocol

from . import _steps as steps
from ._diff import apply_replace_on_changes
from ._reading import diff_resource
from ._state import Graph, ResourceState, split_reference
from ._wire import UNKNOWN, copy


class Context(steps.Context, Protocol):
    """The interface of the deployment for the functions of this module."""

    def ensure_provider(self, ref: str) -> None: ...


def dependent_replacements(
    context: Context, graph: Graph, root: ResourceState, settled: set[str]
) -> list[tuple[ResourceState, list[str]]]:
    """Return the states that are replaced together with `root`, each with the names of the inputs that are the reason.

    First those that depend on it, dependencies first, except those with a URN in `settled` (they have their steps in
    this run); then those whose ``replace_with`` or ``deleted_with`` is `root`, with no inputs. Raises
    :class:`ProviderError` if a provider is missing or its diff fails.
    """
    found: dict[int, tuple[ResourceState, list[str]]] = {}
    replaced = {root.urn}
    if root in graph:
        for state in graph.depending_on(root, settled):
            keys = _replaced_with(context, state, replaced)
            if keys is not None:
                found[id(state)] = (state, keys)
                replaced.add(state.urn)
    for state in graph.states:
        if not state.delete and (root.urn in state.replace_with or state.deleted_with == root.urn):
            found.setdefault(id(state), (state, []))
    return list(found.values())


def _replaced_with(context: Context, state: ResourceState, replaced: set[str]) -> list[str] | None:
    """Return the names of the inputs for which `state` is replaced when the URNs in `replaced` are.

    The list is empty if the reason is its provider or ``deleted_with``. None: the state is not replaced.
    """
    if not state.custom or state.external:
        return None
    if split_reference(state.provider)[0] in replaced or state.deleted_with in replaced:
        context.ensure_provider(state.provider)
        return []
    deps = state.property_dependencies
    affected = [key for key in state.inputs if any(urn in replaced for urn in deps.get(key, ()))]
    if not affected or state.is_provider:  # a changed configuration never replaces a provider
        return None
    inputs = {**copy(state.inputs), **dict.fromkeys(affected, UNKNOWN)}
    context.ensure_provider(state.provider)
    diff = diff_resource(
        context,
        context.registry.get(state.provider),
        state,
        state.inputs,
        state.outputs,
        inputs,
        ignore=state.ignore_changes,
        preview=True,
    )
    diff = apply_replace_on_changes(diff, state.replace_on_changes)
    return diff.replace_keys if diff.replaces else None

"""Import by file: existing resources are added to the state (Pulumi: ``deploy/import.go``)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ._deployment import Deployment
from ._format import Shown, decode
from ._reading import ImportStep
from ._registry import reference
from ._state import PROVIDER_PREFIX, STACK_TYPE, ResourceState, make_urn, urn_type
from ._steps import BaseStep, CreateStep
from ._wire import UNKNOWN_STRING, Properties


def import_steps(run: Deployment, config: Properties, file: Mapping[str, Any], protect: bool) -> list[BaseStep]:
    """Return the steps for the entries of an import file, after those that create missing default providers.

    There is no step for a resource that is in the state with the same id. An entry of a provider without an id gives a
    name to that provider; unlike with the CLI, it must be in the state. Raises :class:`ValueError` for another entry
    without type, name or id, with a provider that is not in the state, with a parent that is neither the stack, nor in
    the state, nor an earlier entry, or with a URN that is taken by another resource, and :class:`ProviderError` for a
    default provider of an unsupported package. `config` are the inputs of default providers; `protect` is set on the
    imported resources.
    """
    known = {s.urn: s for s in run.states if not s.delete}
    names: Mapping[str, str] = {**file.get("nameTable", {}), **_named_providers(run, file["resources"])}
    steps: list[BaseStep] = []
    made: dict[str, _NamedCreate] = {}
    imported: set[str] = set()
    for entry in file["resources"]:
        if _is_provider(entry):
            continue
        urn, parent = _names_of(run, entry, names, {*known, *imported})
        if urn in known and entry["id"] in (known[urn].import_id, known[urn].id):
            continue
        if urn in known or urn in imported:
            raise ValueError(f"resource '{urn}' already exists")
        provider_urn = _provider_urn(run, entry, names)
        if entry.get("provider") and provider_urn not in known:
            raise ValueError(f"import entry {entry['name']!r}: unknown provider {entry['provider']!r}")
        if provider_urn not in known and provider_urn not in made:
            state = ResourceState(urn=provider_urn, type=urn_type(provider_urn), inputs=dict(config))
            run.registry.check(state, state.inputs)
            made[provider_urn] = _NamedCreate(new=state)
        new = ResourceState(
            urn=urn,
            type=entry["type"],
            inputs=decode(entry.get("inputs") or {}, Shown()),
            outputs=decode(entry.get("outputs") or {}, Shown()),
            parent=parent,
            protect=protect,
            provider=reference(provider_urn, known[provider_urn].id if provider_urn in known else UNKNOWN_STRING),
            import_id=entry["id"],
        )
        if provider_urn in made:
            made[provider_urn].users.append(new)
        imported.add(urn)
        steps.append(ImportStep(new=new))
    return [*made.values(), *steps]


def _names_of(run: Deployment, entry: Mapping[str, Any], names: Mapping[str, str], taken: set[str]) -> tuple[str, str]:
    """Return the URNs of an entry and of its parent.

    `names` is the file's ``nameTable``, `taken` are the URNs in the state and of earlier entries. Raises
    :class:`ValueError` for an entry as described in :func:`import_steps`.
    """
    missing = [key for key in ("type", "name", "id") if not entry.get(key)]
    if missing:
        raise ValueError(f"import entry {entry.get('name', '?')!r} has no {', '.join(missing)}")
    stack_urn = _stack_urn(run)
    parent = names.get(entry["parent"], entry["parent"]) if entry.get("parent") else stack_urn
    if parent not in {stack_urn, *taken}:
        raise ValueError(f"import entry {entry['name']!r}: unknown parent {entry['parent']!r}")
    urn = make_urn(run.project, run.stack, parent, entry["type"], entry["name"])
    return urn, parent


def _stack_urn(run: Deployment) -> str:
    return make_urn(run.project, run.stack, "", STACK_TYPE, f"{run.project}-{run.stack}")


def _is_provider(entry: Mapping[str, Any]) -> bool:
    return str(entry.get("type")).startswith(PROVIDER_PREFIX) and not entry.get("id")


def _named_providers(run: Deployment, entries: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return the URNs of the providers for which a file has an entry without an id, by name."""
    parent = _stack_urn(run)
    found = (entry for entry in entries if _is_provider(entry))
    return {entry["name"]: make_urn(run.project, run.stack, parent, entry["type"], entry["name"]) for entry in found}


def _provider_urn(run: Deployment, entry: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """Return the URN of an entry's provider: the given one (looked up in `names`), or the default provider."""
    if entry.get("provider"):
        return names.get(entry["provider"], entry["provider"])
    type_ = PROVIDER_PREFIX + entry["type"].split(":", 1)[0]
    return make_urn(run.project, run.stack, "", type_, "default")


class _NamedCreate(CreateStep):
    """A create of a default provider; it then puts the provider's id into the resources to import (`users`)."""

    def __init__(self, *, new: ResourceState) -> None:
        super().__init__(new=new)
        self.users: list[ResourceState] = []

    def apply(self, context: Any) -> Any:
        complete = super().apply(context)
        for user in self.users:
            user.provider = reference(self.urn, self.state.id)
        return complete

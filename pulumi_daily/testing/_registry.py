"""Providers as resources: the process of each provider reference (Pulumi: ``deploy/providers/registry.go``).

Provider resources are checked, diffed, created and updated here, not by a provider. The only supported package is that
of Python's dynamic resources (``pulumi-python``).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

from ._diff import Diff
from ._provider import CheckFailure, Process, Provider, ProviderError, ProviderLauncher, ProviderProcess
from ._references import PACKAGE as REFERENCES_PACKAGE
from ._references import ReferenceProcess
from ._state import PROVIDER_PREFIX, PYTHON_PACKAGE, ResourceState, split_reference
from ._wire import UNKNOWN_STRING, Properties, copy, equal

_UNCONFIGURED = "unconfigured"


def reference(urn: str, ident: str) -> str:
    """Return the reference of a provider in the state of its resources: ``<urn>::<id>``."""
    return f"{urn}::{ident or UNKNOWN_STRING}"


class Registry:
    """The providers of one operation. :meth:`close` ends every process that was started."""

    def __init__(
        self,
        launcher: ProviderLauncher,
        new_id: Callable[[], str],
        references: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        self._launcher = launcher
        self._references = references or {}
        self._new_id = new_id
        self._lock = threading.Lock()
        self._providers: dict[str, Provider] = {}
        self._loaded: list[Provider] = []
        self._spare: list[ProviderProcess] = []

    def prestart(self, count: int) -> None:
        """Start `count` processes now, so that they import their modules while the program imports its own."""
        for _ in range(count):
            self._spare.append(self._launcher.launch())

    def get(self, ref: str) -> Provider:
        """Return the provider of a reference. Raises :class:`ProviderError` for an unknown one."""
        with self._lock:
            provider = self._providers.get(ref)
        if provider is None:
            raise ProviderError(f"unknown provider '{ref}'")
        return provider

    def has(self, ref: str) -> bool:
        with self._lock:
            return ref in self._providers

    def check(self, state: ResourceState, news: Properties) -> tuple[Properties, list[CheckFailure]]:
        """Start a process for a provider resource; return its inputs unchanged, and no failures.

        ``CheckConfig`` of a dynamic provider is not implemented. Raises :class:`ProviderError` for another package
        than those of dynamic resources and stack references.
        """
        self._set(reference(state.urn, _UNCONFIGURED), self._load(state.type))
        return copy(news), []

    def diff(self, old: ResourceState, new_inputs: Properties) -> Diff:
        """Return the changes of configuration, which never replace the provider (``DiffConfig`` is not implemented)."""
        return Diff(changes=not equal(old.outputs, _config(new_inputs)))

    def create(self, state: ResourceState, *, preview: bool) -> tuple[str, Properties]:
        """Configure the process started by :meth:`check`, and return the provider resource's id and outputs.

        In a preview the id stays unknown.
        """
        provider = self._take(reference(state.urn, _UNCONFIGURED)) or self._load(state.type)
        ident = UNKNOWN_STRING if preview else self._new_id()
        provider.configure(state.urn, ident, state.inputs)
        self._set(reference(state.urn, ident), provider)
        return ident, _config(state.inputs)

    def update(self, state: ResourceState, ident: str) -> Properties:
        """Configure a process with a provider resource's new inputs, and end the old one. The id stays the same."""
        provider = self._take(reference(state.urn, _UNCONFIGURED)) or self._load(state.type)
        provider.configure(state.urn, ident, state.inputs)
        before = self._take(reference(state.urn, ident))
        self._set(reference(state.urn, ident), provider)
        if before is not None:
            before.end()
        return _config(state.inputs)

    def same(self, state: ResourceState, *, from_check: bool) -> None:
        """Prepare the provider of an unchanged provider resource, with the inputs in its state.

        `from_check`: use the process that :meth:`check` started. False for a provider resource that the program has
        not declared (yet): in `destroy`, `refresh`, deletions.
        """
        ref = reference(state.urn, state.id)
        if self.has(ref):
            return
        provider = self._take(reference(state.urn, _UNCONFIGURED)) if from_check else None
        provider = provider or self._load(state.type)
        provider.configure(state.urn, state.id, state.inputs)
        self._set(ref, provider)

    def ensure(self, ref: str, states: Callable[[str, str], ResourceState | None]) -> None:
        """Prepare the provider `ref` from the state, unless it is ready. `states` finds its state by URN and id.

        Raises :class:`ProviderError` if there is no such state.
        """
        if not ref or self.has(ref):
            return
        state = states(*split_reference(ref))
        if state is None:
            raise ProviderError(f"could not find provider {ref}")
        self.same(state, from_check=False)

    def close(self) -> None:
        """End all processes, in parallel."""
        with self._lock:
            loaded, self._loaded = self._loaded, []
            spare, self._spare = self._spare, []
            self._providers = {}
        threads = [threading.Thread(target=end) for end in [*(p.end for p in loaded), *(p.end for p in spare)]]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _load(self, type_: str) -> Provider:
        provider = Provider(self._process(type_.removeprefix(PROVIDER_PREFIX)))
        with self._lock:
            self._loaded.append(provider)
        return provider

    def _process(self, package: str) -> Process:
        if package == REFERENCES_PACKAGE:
            return ReferenceProcess(self._references)
        if package != PYTHON_PACKAGE:
            raise ProviderError(
                f'provider package "{package}" is not served by this test kit, only Python dynamic resources '
                f'(package "{PYTHON_PACKAGE}") are'
            )
        with self._lock:
            spare = self._spare.pop(0) if self._spare else None
        return spare or self._launcher.launch()

    def _set(self, ref: str, provider: Provider) -> None:
        with self._lock:
            self._providers[ref] = provider

    def _take(self, ref: str) -> Provider | None:
        with self._lock:
            return self._providers.pop(ref, None)


def _config(inputs: Properties) -> Properties:
    return {k: copy(v) for k, v in inputs.items() if k != "__internal"}

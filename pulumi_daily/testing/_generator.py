"""Decides which steps a resource needs (Pulumi: ``deploy/step_generator.go``).

It runs in one thread: a resource is checked and diffed before the next one, while earlier steps are carried out in
other threads.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from . import _steps as steps
from ._aliases import AliasBook
from ._dependents import Context as DependentsContext
from ._dependents import dependent_replacements
from ._diff import Diff, apply_replace_on_changes, ignore_changes
from ._provider import CheckFailure, DiffUnavailable, Provider
from ._reading import ImportStep, ReadStep, diff_resource, ignored_badly
from ._state import Goal, Graph, ReadGoal, ResourceState, make_urn
from ._steps import BaseStep, Reply
from ._wire import Properties, contains_unknown, copy, display, equal, plain

__all__ = ["GenerationError", "StepGenerator"]


class GenerationError(Exception):
    """Error: no steps can be made for a resource. `reported`: the reason is in the diagnostics already."""

    def __init__(self, message: str, urn: str = "", *, reported: bool = False) -> None:
        super().__init__(message)
        self.urn = urn
        self.reported = reported


class Context(DependentsContext, Protocol):
    """The interface of the deployment that the generator uses."""

    @property
    def project(self) -> str: ...
    @property
    def stack(self) -> str: ...


class StepGenerator:
    """A generator of steps for one run of a program with the states `olds` (dependencies first)."""

    def __init__(self, context: Context, olds: Sequence[ResourceState]) -> None:
        self._context = context
        self._all = olds
        self._olds = {s.urn: s for s in olds if not s.delete}
        self._graph = Graph(olds)
        self._aliases = AliasBook(context.project, context.stack)
        self._urns: set[str] = set()
        self._replaces: set[str] = set()
        self._settled: set[str] = set()  # URNs whose steps have been made
        self._deleted_early: set[int] = set()
        self._dependent_keys: dict[str, list[str]] = {}
        self.failed = False
        """True after the refused replacement of a protected resource; a preview may continue after it."""

    # --- from the program ---------------------------------------------------------------------------------------

    def register(self, goal: Goal, reply: Reply) -> list[BaseStep]:
        """Return the steps for a resource that the program declares.

        Raises `GenerationError` for a resource that is refused (such as a URN that this run has already, an unknown
        parent, failures of the check, a protected resource that has to be replaced), `ProviderError` if a call to the
        provider fails, and `PathError` for a malformed path in ``replace_on_changes``.
        """
        urn = self._new_urn(goal.parent, goal.type, goal.name)
        old = self._find(urn, goal)
        new = goal.state(urn)
        provider = self._provider_of(new)
        recreating = urn in self._context.deletes
        if goal.custom and goal.import_id and (old is None or old.external or not self._is_import(old, goal)):
            return self._import(new, old, reply, recreating=recreating)
        fresh = old is None or recreating or old.external
        inputs = copy(new.inputs)
        if old is not None:
            ignored_badly(self._context, urn, ignore_changes(inputs, old.inputs, goal.ignore_changes))
        if new.custom:
            olds: Properties = {} if fresh or old is None else old.inputs
            news = copy(goal.properties) if fresh else inputs
            new.inputs = self._check(provider, new, olds, news)
        else:
            new.inputs = inputs
        return self._steps_for(goal, old, new, provider, reply, recreating=recreating)

    def read(self, goal: ReadGoal, reply: Reply) -> list[BaseStep]:
        """Return the steps for a resource that the program reads (``Resource.get``).

        They are a read, and a replacement when the state manages an object with another id under the same URN. Raises
        :class:`GenerationError` for an empty id, a URN that this run has already, or an unknown parent.
        """
        urn = self._new_urn(goal.parent, goal.type, goal.name)
        if not goal.id:
            raise GenerationError(f"Expected an ID for {urn}", urn)
        old = self._olds.get(urn)
        new = ResourceState(
            urn=urn,
            type=goal.type,
            id=goal.id,
            inputs=copy(goal.properties),
            parent=goal.parent,
            external=True,
            dependencies=list(goal.dependencies),
            provider=goal.provider,
            additional_secret_outputs=list(goal.additional_secret_outputs),
        )
        self._settled.add(urn)
        if old is not None and not old.external and old.id != goal.id:
            self._replaces.add(urn)
            return [
                ReadStep(old=old, new=new, reply=reply, replacing=True),
                steps.ReplaceStep(old=old, new=new),
            ]
        return [ReadStep(old=old, new=new, reply=reply)]

    # --- deletions at the end ------------------------------------------------------------------------------------

    def deletions(self) -> list[list[BaseStep]]:
        """Return the steps that remove all states that the program did not declare or read, and replaced objects.

        They are in groups: the steps of a group may run in parallel, after those of all earlier groups. Raises
        :class:`ProviderError` if a provider is missing.
        """
        doomed: dict[int, BaseStep] = {}
        for old in self._all:
            if old.delete:
                if id(old) in self._deleted_early:
                    continue
                doomed[id(old)] = steps.DeleteStep(old=old, replaced=True)
            elif old.urn in self._settled or self._aliases.new_name(old.urn) in self._settled:
                continue
            elif old.pending_replacement:
                doomed[id(old)] = steps.RemovePendingReplaceStep(old=old)
            else:
                doomed[id(old)] = steps.DeleteStep(old=old)
            self._context.deletes.add(old.urn)
            self._context.ensure_provider(old.provider)
        order = self._graph.deletion_order([s for s in self._all if id(s) in doomed])
        return [[doomed[id(state)] for state in group] for group in order]

    def needed_by(self, state: ResourceState) -> list[ResourceState]:
        """Return the states that must stay because `state` could not be deleted."""
        return self._graph.needed_by(state) if state in self._graph else []

    # --- finding ------------------------------------------------------------------------------------------------

    def _new_urn(self, parent: str, type_: str, name: str) -> str:
        if parent and parent not in self._urns:
            raise GenerationError(f"could not find parent resource {parent}")
        urn = make_urn(self._context.project, self._context.stack, parent, type_, name)
        if urn in self._urns:
            raise GenerationError(f"Duplicate resource URN '{urn}'; try giving it a unique name", urn)
        self._urns.add(urn)
        return urn

    def _find(self, urn: str, goal: Goal) -> ResourceState | None:
        """Return the state that `goal` continues, by its own URN or else by an alias; None for a new resource.

        Raises :class:`GenerationError` for a URN or an alias that another resource of this run has taken.
        """
        if urn in self._olds:
            if taken := self._aliases.new_name(urn):
                raise GenerationError(
                    f"Duplicate resource URN '{urn}' conflicting with alias on resource with URN '{taken}'", urn
                )
            return self._olds[urn]
        for alias in self._aliases.names(goal):
            if alias in self._olds:
                if alias in self._urns or self._aliases.new_name(alias):
                    raise GenerationError(
                        f"Duplicate resource alias '{alias}' applied to resource with URN '{urn}'", urn
                    )
                self._aliases.use(urn, alias)
                return self._olds[alias]
        return None

    def _provider_of(self, new: ResourceState) -> Provider | None:
        if not new.custom or new.is_provider:
            return None
        if not new.provider:
            raise GenerationError(f"resource {new.urn} has no provider", new.urn)
        return self._context.registry.get(new.provider)

    @staticmethod
    def _is_import(old: ResourceState, goal: Goal) -> bool:
        return (old.import_id or old.id) == goal.import_id

    def _import(
        self, new: ResourceState, old: ResourceState | None, reply: Reply, *, recreating: bool
    ) -> list[BaseStep]:
        if old is not None and not recreating:
            raise GenerationError(
                f"{new.urn} exists already: replacing it by an import is not supported by this test kit", new.urn
            )
        self._settled.add(new.urn)
        return [ImportStep(new=new, reply=reply, planned=False)]

    # --- check --------------------------------------------------------------------------------------------------

    def _check(self, provider: Provider | None, new: ResourceState, olds: Properties, news: Properties) -> Properties:
        if provider is None:
            inputs, failures = self._context.registry.check(new, news)
        else:
            inputs, failures = provider.check(new, olds, news, preview=self._context.preview)
        for failure in failures:
            self._context.note("error", new.urn, check_message(new, failure))
        if failures:
            raise GenerationError(f"resource {new.urn} is invalid", new.urn, reported=True)
        return inputs

    # --- deciding -----------------------------------------------------------------------------------------------

    def _steps_for(
        self,
        goal: Goal,
        old: ResourceState | None,
        new: ResourceState,
        provider: Provider | None,
        reply: Reply,
        *,
        recreating: bool,
    ) -> list[BaseStep]:
        urn = new.urn
        if old is not None and recreating:  # deleted before, because one of its dependencies was replaced
            self._context.deletes.discard(urn)
            self._replaces.add(urn)
            self._settled.add(urn)
            keys = self._dependent_keys.get(urn, [])
            return [
                steps.ReplaceStep(old=old, new=new),
                steps.CreateReplacementStep(old=old, new=new, reply=reply, keys=keys, pending_delete=False),
            ]
        if old is not None and old.external:  # only read so far, managed from now on
            self._settled.add(urn)
            return [
                steps.CreateReplacementStep(old=old, new=new, reply=reply, pending_delete=True),
                steps.ReplaceStep(old=old, new=new),
            ]
        if old is None:
            self._settled.add(urn)
            return [steps.CreateStep(new=new, reply=reply)]
        diff, triggered = self._diff(goal, old, new, provider)
        diff = apply_replace_on_changes(diff, goal.replace_on_changes)
        if diff.changes or old.pending_replacement:
            if diff.replaces or triggered or old.pending_replacement:
                made = self._replace(goal, old, new, provider, diff, reply)
                self._settled.add(urn)
                return made
            self._settled.add(urn)
            return [steps.UpdateStep(old=old, new=new, reply=reply, diffs=diff.changed_keys, detailed=diff.detailed)]
        self._settled.add(urn)
        return [steps.SameStep(old=old, new=new, reply=reply)]

    def _diff(self, goal: Goal, old: ResourceState, new: ResourceState, provider: Provider | None) -> tuple[Diff, bool]:
        """Return the difference between `new` and `old`, and True if the option ``replacement_trigger`` requires a
        replacement.
        """
        if not self._context.preview and contains_unknown(new.replacement_trigger):
            raise GenerationError(f"replacement trigger contains unknowns for {new.urn}", new.urn)
        if triggers(new.replacement_trigger, old.replacement_trigger):
            return Diff(changes=True), True
        if any(urn in self._replaces for urn in new.replace_with):
            return Diff(changes=True, replace_keys=["replaceWith"]), False
        if new.deleted_with in self._replaces:
            return Diff(changes=True, replace_keys=["deletedWith"]), False
        if bool(old.provider) != bool(new.provider):
            return Diff(changes=True, replace_keys=["provider"]), False
        if new.is_provider:
            return self._context.registry.diff(old, new.inputs), False
        if provider is None:
            return Diff(changes=not equal(old.inputs, new.inputs)), False
        try:
            diff = diff_resource(
                self._context, provider, old, old.inputs, old.outputs, new.inputs, ignore=goal.ignore_changes
            )
        except DiffUnavailable as e:
            self._context.note("warning", new.urn, str(e))
            diff = Diff(changes=True)
        return diff, False

    def _replace(
        self,
        goal: Goal,
        old: ResourceState,
        new: ResourceState,
        provider: Provider | None,
        diff: Diff,
        reply: Reply,
    ) -> list[BaseStep]:
        urn = new.urn
        if new.protect and old.protect:
            self._refuse(
                f'unable to replace resource "{urn}"\nas it is currently marked for protection. To unprotect the '
                "resource, remove the `protect` flag from the resource in your Pulumi program and run `pulumi up`",
                urn,
                stop=not self._context.preview,
            )
        if goal.import_id:
            message = "previously-imported resources that still specify an ID may not be replaced; please remove "
            message += "the `import` declaration from your program"
            if not self._context.preview:
                raise GenerationError(message, urn)
            self._context.note("warning", urn, message)
        self._replaces.add(urn)
        if new.custom:  # defaults taken over from the old resource may be wrong now
            new.inputs = self._check(provider, new, {}, copy(goal.properties))
        why = {"keys": diff.replace_keys, "diffs": diff.changed_keys, "detailed": diff.detailed}
        delete_first = goal.delete_before_replace
        if delete_first is None:
            delete_first = diff.delete_before_replace
        if not delete_first:
            return [
                steps.CreateReplacementStep(old=old, new=new, reply=reply, pending_delete=True, **why),
                steps.ReplaceStep(old=old, new=new, **why),  # type: ignore[arg-type]
            ]
        made = self._delete_dependents(old)
        self._context.ensure_provider(old.provider)
        if not old.pending_replacement:
            self._context.deletes.add(old.urn)
            self._deleted_early.add(id(old))
            made.append(steps.DeleteStep(old=old, replaced=True, pending_replacement=True))
        return [
            *made,
            steps.ReplaceStep(old=old, new=new, **why),  # type: ignore[arg-type]
            steps.CreateReplacementStep(old=old, new=new, reply=reply, pending_delete=False, **why),
        ]

    def _refuse(self, message: str, urn: str, *, stop: bool) -> None:
        self._context.note("error", urn, message)
        self.failed = True
        if stop:
            raise GenerationError(message, urn, reported=True)

    # --- dependents that are deleted with a resource that is deleted before it is replaced ----------------------

    def _delete_dependents(self, root: ResourceState) -> list[BaseStep]:
        """Return the deletions of the states that are replaced together with `root`, dependents first.

        Raises :class:`GenerationError` for a protected one.
        """
        made: list[BaseStep] = []
        for state, keys in reversed(dependent_replacements(self._context, self._graph, root, self._settled)):
            if id(state) in self._deleted_early:
                continue
            self._dependent_keys[state.urn] = keys
            if state.delete:
                made.append(steps.DeleteStep(old=state))
            else:
                if state.protect:
                    self._refuse(
                        f'unable to replace resource "{state.urn}" as part of replacing "{root.urn}" as it is '
                        "currently marked for protection",
                        root.urn,
                        stop=True,
                    )
                made.append(steps.DeleteStep(old=state, replaced=True, pending_replacement=True))
            self._context.deletes.add(state.urn)
            self._deleted_early.add(id(state))
        return made


def triggers(new: object, old: object) -> bool:
    """Return whether a replacement trigger fired: a value is unknown, or they differ and neither is null."""
    new, old = plain(new), plain(old)
    if contains_unknown(new) or contains_unknown(old):
        return True
    return new is not None and old is not None and not equal(old, new)


def check_message(new: ResourceState, failure: CheckFailure) -> str:
    """Return the CLI's message for a check failure, with the top-level input of that name and secrets masked."""
    if not failure.property:
        return f"{new.type} resource '{new.name}' has a problem: {failure.reason}"
    value = display(new.inputs.get(failure.property))
    return (
        f"{new.type} resource '{new.name}': property {failure.property} value {value} has a problem: {failure.reason}"
    )

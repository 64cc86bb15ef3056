"""The steps of a deployment, and how each one is applied (Pulumi: ``deploy/step.go``)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar, Literal, Protocol

from ._diff import DetailedDiff
from ._provider import Provider
from ._registry import Registry
from ._state import ResourceState
from ._wire import copy

Op = Literal[
    "same",
    "create",
    "update",
    "delete",
    "replace",
    "create-replacement",
    "delete-replaced",
    "read",
    "read-replacement",
    "discard",
    "discard-replaced",
    "refresh",
    "import",
    "remove-pending-replace",
]


Severity = Literal["debug", "info", "warning", "error"]


class StepError(Exception):
    """Error: a step failed for another reason than the failure of a provider call."""


class ProtectedError(StepError):
    """Error: a protected resource should be deleted. It does not stop the other steps of the operation."""


class Context(Protocol):
    """The interface of the deployment that steps use."""

    @property
    def preview(self) -> bool: ...
    @property
    def registry(self) -> Registry: ...
    @property
    def deletes(self) -> set[str]:
        """Return the URNs whose deletion this deployment has planned, and that it has not created again."""

    def note(self, severity: Severity, urn: str, message: str) -> None:
        """Add a message about a resource."""


@dataclass(frozen=True)
class Outcome:
    """The result of a step, as the program that waits for the resource receives it."""

    state: ResourceState
    result: Literal["success", "failed", "skipped"] = "success"


Reply = Callable[[Outcome], None]
Complete = Callable[[], None]
"""The rest of a step, to be called after the step is recorded."""


def no_reply(outcome: Outcome) -> None:
    """Do nothing: for steps without a waiting program."""


@dataclass(eq=False, kw_only=True)
class BaseStep:
    """One step on one resource.

    `old` and `new` are its states before and after; `keys` are the reasons to replace it, `diffs` the changed keys,
    `detailed` the changed leaves.
    """

    old: ResourceState | None = None
    new: ResourceState | None = None
    reply: Reply = no_reply
    keys: list[str] = field(default_factory=list)
    diffs: list[str] = field(default_factory=list)
    detailed: DetailedDiff | None = None
    error: str | None = None
    """The reason of a failure."""

    remote: ClassVar[bool] = True
    """Whether the step may take time to apply (a provider call)."""

    _op: ClassVar[Op] = "same"

    @property
    def op(self) -> Op:
        """Return the engine's name of the step."""
        return self._op

    @property
    def logical(self) -> bool:
        """Return whether the step counts as a change of its own, and not as a part of a replacement."""
        return True

    @property
    def state(self) -> ResourceState:
        """Return the new state of the resource, or else the old one."""
        state = self.new or self.old
        assert state is not None
        return state

    @property
    def urn(self) -> str:
        return self.state.urn

    @property
    def result(self) -> Op:
        """Return the final name of the step: a refresh becomes a ``same``, ``update`` or ``delete``."""
        return self.op

    def apply(self, context: Context) -> Complete:
        """Apply the step, and return the function to call after it is recorded.

        Raises :class:`StepError` or :class:`ProviderError` if it fails.
        """
        raise NotImplementedError

    def fail(self) -> None:
        self.reply(Outcome(self.state, "failed"))

    def skip(self) -> None:
        self.reply(Outcome(self.state, "skipped"))

    def _provider(self, context: Context) -> Provider:
        return context.registry.get(self.state.provider)

    def _both(self) -> tuple[ResourceState, ResourceState]:
        assert self.old is not None
        assert self.new is not None
        return self.old, self.new


class SameStep(BaseStep):
    _op: ClassVar[Op] = "same"
    remote = False

    def apply(self, context: Context) -> Complete:
        old, new = self._both()
        new.id = old.id
        new.outputs = copy(old.outputs)
        if new.is_provider:
            # An unchanged provider uses the inputs in the state, with which the new ones were compared.
            context.registry.same(new.copy(inputs=copy(old.inputs)), from_check=True)
        return lambda: self.reply(Outcome(new))


class CreateStep(BaseStep):
    _op: ClassVar[Op] = "create"

    def apply(self, context: Context) -> Complete:
        new = self.new
        assert new is not None
        if new.is_provider:
            new.id, new.outputs = context.registry.create(new, preview=context.preview)
        elif new.custom:
            new.id, new.outputs = self._provider(context).create(new, preview=context.preview)
        return lambda: self.reply(Outcome(new))


class CreateReplacementStep(CreateStep):
    """A step that creates the replacement of `old`. `pending_delete`: `old` is deleted at the end of the operation."""

    _op: ClassVar[Op] = "create-replacement"

    def __init__(self, *, pending_delete: bool, **kwargs: object) -> None:
        super().__init__(**kwargs)  # type: ignore[arg-type]
        self.pending_delete = pending_delete

    @property
    def logical(self) -> bool:
        return False

    def apply(self, context: Context) -> Complete:
        complete = super().apply(context)
        if self.pending_delete and self.old is not None:
            self.old.delete = True
        return complete


class ReplaceStep(BaseStep):
    """A step that represents a replacement as a whole; it does nothing itself."""

    _op: ClassVar[Op] = "replace"
    remote = False

    def apply(self, context: Context) -> Complete:
        return lambda: None


class UpdateStep(BaseStep):
    _op: ClassVar[Op] = "update"

    def apply(self, context: Context) -> Complete:
        old, new = self._both()
        new.id = old.id
        if new.is_provider:
            new.outputs = context.registry.update(new, new.id)
        elif new.custom:
            new.outputs = self._provider(context).update(old, new, preview=context.preview)
        return lambda: self.reply(Outcome(new))


class DeleteStep(BaseStep):
    """A step that deletes `old`.

    `replaced`: as a part of a replacement. `pending_replacement`: the replacement is created later, so the state is
    kept and marked.
    """

    def __init__(self, *, old: ResourceState, replaced: bool = False, pending_replacement: bool = False) -> None:
        super().__init__(old=old)
        self.replaced = replaced
        self.pending_replacement = pending_replacement

    @property
    def op(self) -> Op:
        if self.state.external:
            return "discard-replaced" if self.replaced else "discard"
        return "delete-replaced" if self.replaced else "delete"

    @property
    def logical(self) -> bool:
        return not self.replaced

    def apply(self, context: Context) -> Complete:
        old = self.state
        if old.protect and not self.replaced:
            raise ProtectedError(
                f'resource "{old.urn}" cannot be deleted\n'
                "because it is protected. To unprotect the resource, remove the `protect` flag from the resource "
                "in your Pulumi program and run `pulumi up`"
            )
        gone_with = bool(old.deleted_with) and old.deleted_with in context.deletes
        ours = old.custom and not old.is_provider and not old.external  # a provider's process ends by itself
        if ours and not context.preview and not old.retain_on_delete and not gone_with:
            self._provider(context).delete(old)
        if self.pending_replacement:
            old.pending_replacement = True
        return lambda: None


class RemovePendingReplaceStep(BaseStep):
    """A step that removes from the state a resource whose replacement was never created."""

    _op: ClassVar[Op] = "remove-pending-replace"
    remote = False

    @property
    def logical(self) -> bool:
        return False

    def apply(self, context: Context) -> Complete:
        return lambda: None

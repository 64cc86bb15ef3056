"""The steps of a deployment: what each one does when it is applied (Pulumi: ``deploy/step.go``)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar, Literal, Protocol

from ._diff import DetailedDiff, Diff, ignore_changes, input_diff
from ._provider import Provider
from ._registry import Registry
from ._state import ResourceState
from ._wire import UNKNOWN_STRING, Properties, copy, equal

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
    """A step failed. The message is what the CLI prints for the resource."""


class ProtectedError(StepError):
    """A protected resource was to be deleted. It does not stop the rest of the operation."""


class Context(Protocol):
    """What a step needs of the deployment it belongs to."""

    @property
    def preview(self) -> bool: ...
    @property
    def registry(self) -> Registry: ...
    @property
    def deletes(self) -> set[str]:
        """URNs that are deleted in this deployment."""

    def note(self, severity: Severity, urn: str, message: str) -> None:
        """Report something about a resource."""


@dataclass(frozen=True)
class Outcome:
    """What the program is told about a resource."""

    state: ResourceState
    result: Literal["success", "failed", "skipped"] = "success"
    unknown: bool = False


Reply = Callable[[Outcome], None]


def no_reply(outcome: Outcome) -> None:
    """For steps that no program waits for."""


@dataclass(eq=False, kw_only=True)
class BaseStep:
    """One step on one resource. `old` and `new` are its states before and after; `keys` are the reasons to replace it,
    `diffs` the changed keys, `detailed` the changed leaves."""

    old: ResourceState | None = None
    new: ResourceState | None = None
    reply: Reply = no_reply
    keys: list[str] = field(default_factory=list)
    diffs: list[str] = field(default_factory=list)
    detailed: DetailedDiff | None = None
    error: str | None = None
    """Why it failed, once it has."""

    remote: ClassVar[bool] = True
    """Whether applying it may take time (a provider call)."""

    _op: ClassVar[Op] = "same"

    @property
    def op(self) -> Op:
        """The engine's word for it."""
        return self._op

    @property
    def logical(self) -> bool:
        """Whether it counts as a change of its own, and not as a part of a replacement."""
        return True

    @property
    def state(self) -> ResourceState:
        """The state that stands for the resource."""
        state = self.new or self.old
        assert state is not None
        return state

    @property
    def urn(self) -> str:
        return self.state.urn

    @property
    def result(self) -> Op:
        """What it turned out to be: a refresh is a ``same``, ``update`` or ``delete`` in the end."""
        return self.op

    def apply(self, context: Context) -> Callable[[], None]:
        """Do it; returns what to do once it is recorded. Raises :class:`StepError` or a provider's error."""
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

    def apply(self, context: Context) -> Callable[[], None]:
        old, new = self._both()
        new.id = old.id
        new.outputs = copy(old.outputs)
        if new.is_provider:
            # An unchanged provider works with the inputs it is known to be unchanged from.
            context.registry.same(new.copy(inputs=copy(old.inputs)), from_check=True)
        return lambda: self.reply(Outcome(new))


class CreateStep(BaseStep):
    _op: ClassVar[Op] = "create"

    def apply(self, context: Context) -> Callable[[], None]:
        new = self.new
        assert new is not None
        if new.is_provider:
            new.id, new.outputs = context.registry.create(new, preview=context.preview)
        elif new.custom:
            new.id, new.outputs = self._provider(context).create(new, preview=context.preview)
        return lambda: self.reply(Outcome(new))


class CreateReplacementStep(CreateStep):
    """Creates the successor of `old`. With `pending_delete`, `old` is still there and is deleted at the end."""

    _op: ClassVar[Op] = "create-replacement"

    def __init__(self, *, pending_delete: bool, **kwargs: object) -> None:
        super().__init__(**kwargs)  # type: ignore[arg-type]
        self.pending_delete = pending_delete

    @property
    def logical(self) -> bool:
        return False

    def apply(self, context: Context) -> Callable[[], None]:
        complete = super().apply(context)
        if self.pending_delete and self.old is not None:
            self.old.delete = True
        return complete


class ReplaceStep(BaseStep):
    """Stands for a replacement as a whole; does nothing itself."""

    _op: ClassVar[Op] = "replace"
    remote = False

    def apply(self, context: Context) -> Callable[[], None]:
        return lambda: None


class UpdateStep(BaseStep):
    _op: ClassVar[Op] = "update"

    def apply(self, context: Context) -> Callable[[], None]:
        old, new = self._both()
        new.id = old.id
        if new.is_provider:
            new.outputs = context.registry.update(new, new.id)
        elif new.custom:
            new.outputs = self._provider(context).update(old, new, preview=context.preview)
        return lambda: self.reply(Outcome(new))


class DeleteStep(BaseStep):
    """Deletes `old`. `replaced`: as a part of a replacement; then `pending_replacement` tells whether the successor is
    still to come (the state stays, marked) or is there already."""

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

    def apply(self, context: Context) -> Callable[[], None]:
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
    """Forgets a resource that was deleted for a replacement that never came."""

    _op: ClassVar[Op] = "remove-pending-replace"
    remote = False

    @property
    def logical(self) -> bool:
        return False

    def apply(self, context: Context) -> Callable[[], None]:
        return lambda: None


class ReadStep(BaseStep):
    """Reads a resource that the program only looks at (``Resource.get``). `replacing`: it takes the place of `old`."""

    def __init__(self, *, old: ResourceState | None, new: ResourceState, reply: Reply, replacing: bool = False) -> None:
        super().__init__(old=old, new=new, reply=reply)
        self.replacing = replacing

    @property
    def op(self) -> Op:
        return "read-replacement" if self.replacing else "read"

    @property
    def logical(self) -> bool:
        """A read counts as a change only if it brought something new."""
        if self.replacing or self.old is None or self.new is None:
            return False
        return bool(input_diff(self.old.outputs, self.new.outputs)[1])

    def apply(self, context: Context) -> Callable[[], None]:
        new = self.new
        assert new is not None
        if new.id == UNKNOWN_STRING:
            new.outputs = {}
        else:
            ident, _, outputs = self._provider(context).read(new, new.id, new.inputs, new.inputs)
            if outputs is None:
                raise StepError(f"resource '{new.id}' does not exist")
            new.outputs = outputs
            new.id = ident or new.id
        if self.replacing and self.old is not None:
            self.old.delete = True
        return lambda: self.reply(Outcome(new))


class RefreshStep(BaseStep):
    """Reads a resource of the state and takes over what it has become."""

    _op: ClassVar[Op] = "refresh"

    def __init__(self, old: ResourceState) -> None:
        super().__init__(old=old, new=old)
        self.deleted = False
        self._diff = Diff(changes=False)

    @property
    def logical(self) -> bool:
        return False

    @property
    def result(self) -> Op:
        if self.deleted:
            return "delete"
        old, new = self._both()
        if old.external:
            changed = new is not old and not equal(old.outputs, new.outputs)
        else:
            changed = new is not old and self._diff.changes is not False
        return "update" if changed else "same"

    def apply(self, context: Context) -> Callable[[], None]:
        old, _ = self._both()
        if not old.custom or old.is_provider or old.pending_replacement:
            return lambda: None
        provider = self._provider(context)
        ident, inputs, outputs = provider.read(old, old.id, old.inputs, old.outputs)
        if not ident or outputs is None:
            self.deleted = True
            self.new = None
            return lambda: None
        new = old.copy(id=ident, outputs=outputs)
        if inputs is not None:
            new.inputs = inputs
        if not old.external:
            # What the next `up` would have to do, seen from the other side: hence old and new change places.
            self._diff = diff_resource(
                context, provider, new, new.inputs, new.outputs, old.inputs, ignore=old.ignore_changes
            ).inverted()
            self.diffs = self._diff.changed_keys
            self.detailed = self._diff.detailed
        self.new = new
        return lambda: None

    @property
    def state(self) -> ResourceState:
        assert self.old is not None
        return self.new or self.old


class ImportStep(BaseStep):
    """Takes a resource into the state. With outputs given, nothing is read: the inputs are checked and all is kept.

    `planned`: by an import file, and not by the option ``import_`` (which dynamic providers cannot serve: their
    ``read`` fails because the request holds nothing that names the provider class).
    """

    _op: ClassVar[Op] = "import"

    def __init__(self, *, new: ResourceState, reply: Reply = no_reply, planned: bool = True) -> None:
        super().__init__(new=new, reply=reply)
        self.planned = planned

    def apply(self, context: Context) -> Callable[[], None]:
        new = self.new
        assert new is not None
        if not new.custom:
            return lambda: self.reply(Outcome(new))
        provider = self._provider(context)
        if new.outputs:
            new.id = new.import_id
        else:
            ident, inputs, outputs = provider.read(new, new.import_id, None, {})
            if outputs is None:
                raise StepError(f"resource '{new.import_id}' does not exist")
            if inputs is None:
                raise StepError("provider does not support importing resources")
            new.id, new.outputs = ident or new.import_id, outputs
            new.inputs = {**inputs, **new.inputs}
        if not self.planned:
            raise StepError("the option `import_` is not supported by this test kit; use an import file")
        new.import_id = ""
        _, failures = provider.check(new, new.inputs, new.inputs, preview=context.preview)
        for failure in failures:
            context.note("warning", new.urn, f"imported input {failure.property} failed to validate: {failure.reason}")
        return lambda: self.reply(Outcome(new))


def diff_resource(
    context: Context,
    provider: Provider,
    state: ResourceState,
    old_inputs: Properties,
    old_outputs: Properties,
    new_inputs: Properties,
    *,
    ignore: list[str],
    preview: bool | None = None,
) -> Diff:
    """The provider's diff; where it answers "unknown", the inputs are compared and every changed leaf is named."""
    diff = provider.diff(
        state,
        old_inputs,
        old_outputs,
        new_inputs,
        preview=context.preview if preview is None else preview,
        ignore_changes=ignore,
    )
    if diff.changes is None:
        news = copy(new_inputs)
        ignored_badly(context, state.urn, ignore_changes(news, old_inputs, ignore))
        keys, leaves = input_diff(old_inputs, news)
        diff.changes = bool(leaves)
        if leaves:
            diff.changed_keys, diff.detailed = keys, leaves
    return diff


def ignored_badly(context: Context, urn: str, paths: list[str]) -> None:
    """Say which paths of ``ignore_changes`` could not be ignored."""
    if paths:
        listed = ", ".join(paths)
        context.note("info", urn, f'cannot ignore changes in added or removed elements of the path: "{listed}"')

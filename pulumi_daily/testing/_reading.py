"""The steps that read a resource (read, refresh, import), and the diff of a resource."""

from __future__ import annotations

from typing import ClassVar

from ._diff import Diff, ignore_changes, input_diff
from ._provider import Provider
from ._state import ResourceState
from ._steps import BaseStep, Complete, Context, Op, Outcome, Reply, StepError, no_reply
from ._wire import UNKNOWN_STRING, Properties, copy, equal


class ReadStep(BaseStep):
    """A step that reads a resource for the program (``Resource.get``).

    `replacing`: it replaces the managed resource `old`.
    """

    def __init__(self, *, old: ResourceState | None, new: ResourceState, reply: Reply, replacing: bool = False) -> None:
        super().__init__(old=old, new=new, reply=reply)
        self.replacing = replacing

    @property
    def op(self) -> Op:
        return "read-replacement" if self.replacing else "read"

    @property
    def logical(self) -> bool:
        """Return whether the read counts as a change: only if the outputs differ."""
        if self.replacing or self.old is None or self.new is None:
            return False
        return bool(input_diff(self.old.outputs, self.new.outputs)[1])

    def apply(self, context: Context) -> Complete:
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
    """A step that reads a resource of the state and stores the result in the state."""

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

    def apply(self, context: Context) -> Complete:
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
            # The next `up` in the opposite direction: hence old and new are exchanged.
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
    """A step that adds a resource to the state.

    With outputs given, nothing is read: the inputs are checked and all is kept. `planned`: the import comes from an
    import file, not from the option ``import_`` (which dynamic providers cannot serve: their ``read`` fails because the
    request does not contain the provider class).
    """

    _op: ClassVar[Op] = "import"

    def __init__(self, *, new: ResourceState, reply: Reply = no_reply, planned: bool = True) -> None:
        super().__init__(new=new, reply=reply)
        self.planned = planned

    def apply(self, context: Context) -> Complete:
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
    """Return the provider's diff of `state`; for ``changes=None``, a comparison of the inputs leaf by leaf.

    `ignore` are the paths of ``ignore_changes``; `preview` replaces the context's. Raises the errors of
    :meth:`Provider.diff`.
    """
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
    """Write a note about the paths of ``ignore_changes`` that could not be ignored, if there are any."""
    if paths:
        listed = ", ".join(paths)
        context.note("info", urn, f'cannot ignore changes in added or removed elements of the path: "{listed}"')

"""One operation on a stack, from its first step to its last (Pulumi: ``deploy/deployment_executor.go``)."""

from __future__ import annotations

import queue
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from . import _monitor as events
from ._diagnostics import Diagnostics
from ._diff import PathError
from ._executor import Executor
from ._format import relink
from ._generator import GenerationError, StepGenerator
from ._provider import ProviderError
from ._reading import RefreshStep
from ._registry import Registry
from ._runner import Runner
from ._state import STACK_TYPE, Record, ResourceState, is_default_provider, make_urn
from ._steps import BaseStep, CreateReplacementStep, CreateStep, DeleteStep, SameStep, Severity
from ._wire import Properties, copy


class OperationFailed(Exception):
    """Error: the operation failed. The reasons are in the deployment's diagnostics."""


@dataclass
class Options:
    """The options of an operation."""

    project: str
    stack: str
    preview: bool
    parallel: int
    continue_on_error: bool
    timeout: float
    turn: int
    """The number of the operation in this process. Successive operations use processes with different hash seeds."""


@dataclass
class Deployment:
    """One running operation: its options, states and results so far. It is the ``Context`` of its steps."""

    options: Options
    states: list[ResourceState]
    """Copies of the states before the operation, which are changed during the operation."""
    record: Record
    registry: Registry
    diagnostics: Diagnostics
    steps: list[BaseStep] = field(default_factory=list)
    changes: Counter[str] = field(default_factory=Counter)
    deletes: set[str] = field(default_factory=set)
    stack_outputs: Properties = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._pending: dict[str, ResourceState] = {}
        self._providers: dict[tuple[str, str], ResourceState] | None = None
        self._stack_event: events.OutputsEvent | None = None
        self._failed = False

    # --- the context for steps and generator ------------------------------------------------------------------------

    @property
    def preview(self) -> bool:
        return self.options.preview

    @property
    def project(self) -> str:
        return self.options.project

    @property
    def stack(self) -> str:
        return self.options.stack

    def note(self, severity: Severity, urn: str, message: str) -> None:
        self.diagnostics.add(severity, message, urn)

    def ensure_provider(self, ref: str) -> None:
        if not ref or self.registry.has(ref):
            return
        if self._providers is None:
            self._providers = {(s.urn, s.id): s for s in self.states if s.is_provider}
        self.registry.ensure(ref, lambda urn, ident: (self._providers or {}).get((urn, ident)))

    # --- the operations -----------------------------------------------------------------------------------------

    def refresh(self, *, only: bool) -> None:
        """Read all resources and store the results in the state. `only`: a refresh is the whole operation.

        Raises :class:`OperationFailed` if a read failed (the results of the other reads are stored anyway), or if a
        provider could not be prepared (nothing is read then).
        """
        refreshes: dict[int, RefreshStep] = {}
        executor = self._executor(lambda: None, keep_going=True, count_result=only)
        try:
            for state in self.states:
                try:
                    self.ensure_provider(state.provider)
                except ProviderError as e:
                    raise self._give_up(e, state.urn) from None
                refreshes[id(state)] = RefreshStep(state)
            for step in refreshes.values():
                executor.run([step])
            executor.drain()
        finally:
            executor.close()
        kept = [s for old in self.states if (s := refreshes[id(old)].new) is not None]
        self.states = relink(kept)
        self._providers = None
        if not self.preview:
            self.record.rebase(self.states)
        if executor.failed:
            raise OperationFailed

    def destroy(self) -> None:
        """Delete all resources. Raises :class:`OperationFailed` if a deletion or a provider failed."""
        executor = self._executor(lambda: None, keep_going=self.options.continue_on_error)
        try:
            self._delete(StepGenerator(self, self.states), executor)
        finally:
            executor.close()
        if executor.failed or self._failed:
            raise OperationFailed

    def update(self, monitor: events.Monitor, start: Callable[[], Runner]) -> None:
        """Run the program and carry out its steps.

        Raises :class:`OperationFailed` if the program or a step failed, a resource was refused, or the program did not
        end.
        """
        generator = StepGenerator(self, self.states)
        executor = self._executor(
            lambda: monitor.events.put(events.StopEvent()), keep_going=self.options.continue_on_error
        )
        runner = start()
        ok = False
        try:
            self._run(monitor, generator, executor)
            executor.drain()
            if not executor.stopped:
                self._delete(generator, executor)
            ok = not (executor.failed or generator.failed or self._failed)
        finally:
            monitor.cancel()
            if not runner.stop(patience=5.0 if ok else 0.0):
                self.note("error", "", "the program did not end; its thread is still running")
                ok = False
            try:
                executor.close()
            finally:
                self._finish_outputs(errored=not ok)
        if not ok:
            raise OperationFailed

    def run_chain(self, steps: Sequence[BaseStep]) -> None:
        """Carry out `steps` one after another, without a program. Raises :class:`OperationFailed` if one fails."""
        executor = self._executor(lambda: None, keep_going=False)
        try:
            executor.run(steps)
            executor.drain()
        finally:
            executor.close()
        if executor.failed:
            raise OperationFailed

    # --- the program's events -----------------------------------------------------------------------------------

    def _run(self, monitor: events.Monitor, generator: StepGenerator, executor: Executor) -> None:
        skipped: set[str] = set()
        while not executor.stopped:
            event = self._next(monitor, executor)
            try:
                match event:
                    case events.StopEvent():
                        return
                    case events.DoneEvent() | events.ExitEvent(error=None):
                        return
                    case events.ExitEvent(error=error):
                        executor.stop()
                        self._failed = True
                        if error:
                            self.note("error", "", error)
                        return
                    case events.RegisterEvent(goal=goal, reply=reply):
                        self._dispatch(generator.register(goal, reply), executor, skipped)
                    case events.ReadEvent(goal=read, reply=reply):
                        self._dispatch(generator.read(read, reply), executor, skipped)
                    case events.OutputsEvent():
                        self._outputs(event)
            except (GenerationError, ProviderError, PathError) as e:
                executor.stop()
                raise self._give_up(e, _urn_of(self, event)) from None

    def _next(self, monitor: events.Monitor, executor: Executor) -> events.Event:
        while True:
            try:
                return monitor.events.get(timeout=self.options.timeout)
            except queue.Empty:
                if not executor.busy:
                    executor.stop()
                    message = f"the program has asked for nothing and not ended for {self.options.timeout:g} s"
                    self.note("error", "", message)
                    raise OperationFailed from None

    def _dispatch(self, steps: Iterable[BaseStep], executor: Executor, skipped: set[str]) -> None:
        skipped |= {step.urn for step in executor.errored}
        chain = []
        for step in steps:
            needs = {*step.state.all_dependencies(), step.state.parent}
            if needs & skipped:
                step.skip()
                skipped.add(step.urn)
            else:
                chain.append(step)
        if _is_second_half(chain):
            executor.drain()  # else the new one could be created before the deletion is recorded
        if chain:
            executor.run(chain)

    def _outputs(self, event: events.OutputsEvent) -> None:
        if _is_stack(event.urn):
            self._stack_event = event  # the stack's outputs are written last
            event.done(None)
            return
        with self._lock:
            state = self._pending.get(event.urn)
        if state is None:
            event.done(f"cannot complete a resource '{event.urn}' whose registration isn't pending")
            return
        state.outputs = event.outputs
        self.record.touch(state)
        event.done(None)

    def _finish_outputs(self, *, errored: bool) -> None:
        event = self._stack_event
        state = self._pending.get(event.urn) if event else None
        before = next((s.outputs for s in self.states if s.type == STACK_TYPE and not s.parent), {})
        if event is None or state is None:
            self.stack_outputs = copy(before)
            return
        state.outputs = {**copy(before), **event.outputs} if errored else event.outputs
        self.stack_outputs = copy(state.outputs)
        self.record.touch(state)

    # --- steps --------------------------------------------------------------------------------------------------

    def _delete(self, generator: StepGenerator, executor: Executor) -> None:
        try:
            groups = generator.deletions()
        except (GenerationError, ProviderError) as e:
            raise self._give_up(e, "") from None
        spared: set[int] = set()
        seen: set[int] = set()
        for group in groups:
            for failed in executor.errored:
                if id(failed) not in seen:
                    seen.add(id(failed))
                    spared |= {id(s) for s in generator.needed_by(failed.old or failed.state)}
            for step in group:
                if id(step.state) not in spared:
                    executor.run([step])
            executor.drain()

    def _executor(self, on_stop: Callable[[], None], *, keep_going: bool, count_result: bool = False) -> Executor:
        def done(step: BaseStep) -> None:
            with self._lock:
                op, counts = step.op, step.logical
                if count_result and isinstance(step, RefreshStep):
                    op, counts = step.result, True
                if counts and not is_internal(step):
                    self.changes[op] += 1
                if step.new is not None and not isinstance(step, RefreshStep):
                    self._pending[step.urn] = step.new

        def begin(step: BaseStep) -> None:
            with self._lock:
                self.steps.append(step)

        def failure(step: BaseStep, message: str) -> None:
            self.note("error", "" if is_internal(step) else step.urn, message)

        return Executor(
            self,
            self.record,
            parallel=self.options.parallel,
            keep_going=keep_going,
            on_begin=begin,
            on_done=done,
            on_failure=failure,
            on_stop=on_stop,
        )

    def _give_up(self, error: Exception, urn: str) -> OperationFailed:
        if not getattr(error, "reported", False):
            self.note("error", getattr(error, "urn", "") or urn, str(error))
        self._failed = True
        return OperationFailed()


def is_internal(step: BaseStep) -> bool:
    """Return whether the CLI hides a step in its summary."""
    return step.op == "remove-pending-replace" or is_default_provider(step.urn)


def _is_second_half(chain: Sequence[BaseStep]) -> bool:
    """Return whether `chain` creates a replacement whose old object another resource's chain deletes."""
    creates = any(isinstance(step, CreateReplacementStep) and not step.pending_delete for step in chain)
    return creates and not any(isinstance(step, DeleteStep) for step in chain)


def _is_stack(urn: str) -> bool:
    return urn.split("::", 3)[2] == STACK_TYPE


def _urn_of(deployment: Deployment, event: events.Event) -> str:
    if isinstance(event, (events.RegisterEvent, events.ReadEvent)):
        goal = event.goal
        return make_urn(deployment.project, deployment.stack, goal.parent, goal.type, goal.name)
    return ""


def existing(states: Sequence[ResourceState]) -> list[BaseStep]:
    """Return the steps that keep `states` unchanged during an import; replaced objects (``delete``) get none."""
    return [SameStep(old=s, new=s.copy()) for s in states if not s.delete]


def stack_step(project: str, stack: str) -> CreateStep:
    """Return the step that creates the stack resource, for operations without a program."""
    urn = make_urn(project, stack, "", STACK_TYPE, f"{project}-{stack}")
    return CreateStep(new=ResourceState(urn=urn, type=STACK_TYPE, custom=False))

"""Carries out steps, several at once (Pulumi: ``deploy/step_executor.go``)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait

from ._provider import ProviderError
from ._reading import ImportStep, ReadStep, RefreshStep
from ._state import Record, ResourceState
from ._steps import (
    BaseStep,
    Context,
    CreateReplacementStep,
    CreateStep,
    DeleteStep,
    ProtectedError,
    RemovePendingReplaceStep,
    SameStep,
    StepError,
    UpdateStep,
)
from ._wire import Secret


class Executor:
    """An executor of chains of steps: a chain in order, several chains in parallel, at most `parallel` at once.

    After a failure no new step begins (running ones are finished), unless `keep_going`. A protected resource that
    should be deleted is a failure that stops nothing.
    """

    def __init__(
        self,
        context: Context,
        record: Record,
        *,
        parallel: int,
        keep_going: bool,
        on_begin: Callable[[BaseStep], None],
        on_done: Callable[[BaseStep], None],
        on_failure: Callable[[BaseStep, str], None],
        on_stop: Callable[[], None],
    ) -> None:
        self._context, self._record = context, record
        self._keep_going = keep_going
        self._on_begin, self._on_done = on_begin, on_done
        self._on_failure, self._on_stop = on_failure, on_stop
        self._pool = ThreadPoolExecutor(max_workers=max(1, parallel), thread_name_prefix="pulumi-daily-step")
        self._running: set[Future[None]] = set()
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._crash: Exception | None = None
        self.errored: list[BaseStep] = []
        """Failed steps after which the operation continued."""
        self.failed = False

    @property
    def stopped(self) -> bool:
        return self._stopped.is_set()

    def stop(self) -> None:
        """Prevent all further steps from beginning."""
        self._stopped.set()

    def run(self, chain: Sequence[BaseStep]) -> None:
        """Carry out `chain`: in another thread, without waiting for it, if one of its steps may take time."""
        if self._context.preview and not any(isinstance(s, (ReadStep, RefreshStep)) for s in chain):
            self._chain(chain)  # in a preview only reads take time
        elif any(step.remote for step in chain):
            future = self._pool.submit(self._chain, chain)
            with self._lock:
                self._running.add(future)
        else:
            self._chain(chain)

    def drain(self) -> None:
        """Wait until all steps that have begun are finished."""
        while True:
            with self._lock:
                running = set(self._running)
            if not running:
                return
            wait(running)
            with self._lock:
                self._running -= running

    @property
    def busy(self) -> bool:
        """Return whether a step is being carried out."""
        with self._lock:
            self._running = {f for f in self._running if not f.done()}
            return bool(self._running)

    def close(self) -> None:
        """Prevent further steps and wait for running ones. Raises a step's unexpected exception (a bug), if any."""
        self.stop()
        self._pool.shutdown(wait=True)
        if self._crash is not None:
            raise self._crash

    def _chain(self, chain: Sequence[BaseStep]) -> None:
        try:
            for step in chain:
                if self.stopped or not self._step(step):
                    return
        except Exception as e:  # noqa: BLE001 - kept for close(): a thread cannot raise it to a caller
            self._crash = e
            self._stopped.set()
            self._on_stop()

    def _step(self, step: BaseStep) -> bool:
        self._on_begin(step)
        try:
            complete = step.apply(self._context)
        except (StepError, ProviderError) as e:
            self._fail(step, e)
            return False
        mark_outputs(step)
        self._write(step)
        self._on_done(step)
        complete()
        return True

    def _fail(self, step: BaseStep, error: Exception) -> None:
        self.failed = True
        step.error = str(error)
        self._on_failure(step, str(error))
        if self._keep_going or isinstance(error, ProtectedError):
            with self._lock:
                self.errored.append(step)
            step.fail()
        else:
            self._stopped.set()
            self._on_stop()

    def _write(self, step: BaseStep) -> None:
        """Update the record after a step (Pulumi: ``backend/snapshot.go``)."""
        record, old, new = self._record, step.old, step.new
        if isinstance(step, (SameStep, UpdateStep, ReadStep, ImportStep)):
            if old is not None and not (isinstance(step, ReadStep) and step.replacing):
                record.done(old)
            elif old is not None:
                record.touch(old)
            record.add(_present(new))
        elif isinstance(step, CreateStep):
            record.add(_present(new))
            if isinstance(step, CreateReplacementStep) and old is not None:
                if old.pending_replacement:
                    record.done(old)
                elif step.pending_delete:
                    record.touch(old)
        elif isinstance(step, DeleteStep):
            if step.pending_replacement:
                record.touch(step.state)
            else:
                record.done(step.state)
        elif isinstance(step, RemovePendingReplaceStep):
            record.done(step.state)


def _present(state: ResourceState | None) -> ResourceState:
    assert state is not None
    return state


def mark_outputs(step: BaseStep) -> None:
    """Mark outputs as secret that ``additional_secret_outputs`` lists, or that have the name of a secret input."""
    new = step.new
    if new is None or step.op == "replace":
        return
    secret = {k for k, v in new.inputs.items() if isinstance(v, Secret)}
    for key in secret | set(new.additional_secret_outputs):
        if key in new.outputs and not isinstance(new.outputs[key], Secret):
            new.outputs[key] = Secret(new.outputs[key])

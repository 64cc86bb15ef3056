"""The public face: :class:`Stack`, what its operations return, and what they raise."""

from __future__ import annotations

import os
import sys
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from ._deployment import (
    Deployment,
    Diagnostic,
    OperationFailed,
    Options,
    existing,
    is_internal,
    stack_step,
)
from ._diff import DetailedDiff
from ._file import Hidden, Shown, StateFile, deployment, states_of
from ._import import import_steps
from ._monitor import ExitEvent, Monitor
from ._process import ProcessError, Start
from ._provider import ProviderLauncher
from ._registry import Registry
from ._runner import ChildProgram, InlineProgram, Project, RunInfo, Runner
from ._state import PROVIDER_PREFIX, PYTHON_PACKAGE, Record, ResourceState
from ._steps import BaseStep, Op, Severity
from ._wire import Properties, Secret, plain

Program = Callable[[], Any] | str | os.PathLike[str]
ConfigValue = str | int | float | bool | Secret


@dataclass(frozen=True)
class Step:
    """One step of an operation, in the engine's words.

    `op` is one of same, create, update, delete, replace, create-replacement, delete-replaced, read, read-replacement,
    discard, discard-replaced, refresh, import. A replacement is three steps: ``replace`` for the whole, and the two
    that do it, in the order in which they are done. `result` is what a refresh found (``same``, ``update``,
    ``delete``), else `op`.

    `old` and `new` are the resource's states before and after (None where there is none); in a preview, values that
    only ``up`` can know are :data:`~pulumi_daily.testing.UNKNOWN` or missing. `replaces` are the keys that force a
    replacement, `diffs` the changed top-level keys, `detailed_diff` the changed leaves; the last two are there only
    where the engine computed the difference itself (the provider answered ``changes=None``). `error` is why the step
    failed, if it did.
    """

    op: Op
    result: Op
    urn: str
    type: str
    name: str
    id: str
    old: ResourceState | None
    new: ResourceState | None
    replaces: tuple[str, ...]
    diffs: tuple[str, ...]
    detailed_diff: DetailedDiff | None
    error: str | None = None


@dataclass(frozen=True)
class Result:
    """What an operation did, or (a preview) would do.

    `changes` counts as the CLI's summary does: a replacement once, the stack itself too, the engine's own provider
    not. `outputs` are the stack's outputs; secret ones are :class:`~pulumi_daily.testing.Secret`.
    """

    steps: list[Step]
    changes: dict[str, int]
    outputs: dict[str, Any]
    diagnostics: list[Diagnostic]
    error: StackError | None = field(default=None, compare=False)

    @property
    def ok(self) -> bool:
        return self.error is None

    @property
    def has_changes(self) -> bool:
        """Whether anything but reading and leaving alone was (or would be) done."""
        return any(op not in ("same", "read", "refresh") for op in self.changes)

    def ops(self, name: str) -> list[str]:
        """The steps on the resources called `name` in the program, as a list of their `op`."""
        return [step.op for step in self.steps if step.name == name]

    def step(self, name: str) -> Step:
        """The one step (of a replacement, the ``replace``) on the resource `name`. Raises :class:`LookupError`."""
        found = [s for s in self.steps if s.name == name]
        found = [s for s in found if s.op == "replace"] or found
        if len(found) != 1:
            raise LookupError(f"{len(found)} steps on {name!r}, not 1: {[s.op for s in found]}")
        return found[0]

    def messages(self, severity: Severity | None = None) -> list[str]:
        """The messages of all diagnostics (of one severity)."""
        return [d.message for d in self.diagnostics if severity in (None, d.severity)]


class StackError(Exception):
    """An operation failed. The message has every error, with the resource it is about.

    ``.result`` is what was done all the same, ``.errors`` the errors by themselves.
    """

    def __init__(self, operation: str, stack: str, diagnostics: list[Diagnostic]) -> None:
        self.errors = [d for d in diagnostics if d.severity == "error"]
        lines = [f"{operation} of {stack} failed"]
        for error in self.errors:
            where = error.urn.split("::", 2)[-1]
            text = f"{where}: {error.message}" if where else error.message
            lines.append("\n    ".join(text.rstrip().splitlines()))
        if not self.errors:
            lines.append("no error was reported")
        super().__init__("\n  ".join(lines))
        self.result: Result | None = None


class Stack:
    """A Pulumi stack without the CLI: runs a program and its dynamic providers, and keeps the state.

    ::

        with Stack("infra/", config={"daily:apiKey": Secret(key)}) as stack:
            assert stack.preview().changes == {"create": 2}
            stack.up()
            assert not stack.preview().has_changes

    `program` is a project directory, a Python file, or a callable without arguments. A project is run unmodified in a
    process of its own, its directory being the working directory. A callable runs in a thread of this process, so it
    may use what surrounds it; what it prints stays here, what it logs is in the diagnostics.

    :param project: name of the project; default: that in ``Pulumi.yaml``, or ``"test"``.
    :param config: the stack's configuration, ``"namespace:key"`` (or ``"key"`` of the project's own namespace) to
        value. Wrap a secret in :class:`Secret`. ``Pulumi.<stack>.yaml`` is not read.
    :param env: environment variables of the program and the providers; default: those of this process. For a callable
        only the providers get them, and ``PYTHONPATH`` is set so that what can be imported here can be imported there.
    :param state: a deployment to start from, as :meth:`export` or ``pulumi stack export --show-secrets`` give it.
    :param state_file: keep the state in this file (secrets sealed, see :mod:`._file`); default: in memory alone.
    :param passphrase: seal secrets in `state_file` with this, and not with a key file beside it.
    :param parallel: steps carried out at once. A provider process serves four calls at once, whatever this is.
    :param timeout: seconds a provider call may take, and a program may be silent, before the operation fails.
    :param start: how processes are started: ``"fork"``, ``"spawn"``, or ``"auto"`` (see :mod:`._process`).
    :param python: the interpreter of the program and the providers; default: this one.

    Operations raise :class:`StackError`, unless ``expect_failure=True`` is given: then they return a result with
    ``ok`` false, and raise :class:`AssertionError` if nothing failed. After every operation, failed or not, the state
    is what is really there, and all processes have ended. A stack runs one operation at a time.
    """

    def __init__(
        self,
        program: Program,
        *,
        project: str | None = None,
        stack: str = "dev",
        config: Mapping[str, ConfigValue] | None = None,
        env: Mapping[str, str] | None = None,
        state: Mapping[str, Any] | None = None,
        state_file: str | os.PathLike[str] | None = None,
        passphrase: str | None = None,
        parallel: int = 16,
        timeout: float = 120.0,
        start: Start = "auto",
        python: str = sys.executable,
        new_id: Callable[[], str] = lambda: str(uuid.uuid4()),
    ) -> None:
        self.program: Callable[[], Any] | Project
        self.program = program if callable(program) else Project.of(Path(program))
        own_name = None if callable(self.program) else self.program.name
        self.project = project or own_name or "test"
        self.name = stack
        self.config: dict[str, ConfigValue] = dict(config or {})
        self.env = env
        self.parallel, self.timeout = parallel, timeout
        self._start: Start = start
        self._python, self._new_id = python, new_id
        self._file = StateFile(Path(state_file), passphrase) if state_file is not None else None
        self._states = states_of(state, Hidden()) if state is not None else []
        if self._file is not None and state is None:
            self._states = self._file.load()

    def __enter__(self) -> Stack:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Nothing runs between operations; this closes the state file."""
        if self._file is not None:
            self._file.close()

    # --- looking ------------------------------------------------------------------------------------------------

    @property
    def state(self) -> list[ResourceState]:
        """The resources of the stack, dependencies first (copies)."""
        return [s.copy() for s in self._states]

    def resource(self, name: str) -> ResourceState:
        """The one resource called `name` in the program. Raises :class:`LookupError`."""
        found = [s for s in self._states if s.name == name and not s.delete]
        if len(found) != 1:
            raise LookupError(f"{len(found)} resources called {name!r}, not 1: {[s.urn for s in found]}")
        return found[0].copy()

    @property
    def outputs(self) -> dict[str, Any]:
        """The stack's outputs after the last operation, as in :attr:`Result.outputs`."""
        return next((s.copy().outputs for s in self._states if s.type == "pulumi:pulumi:Stack"), {})

    def export(self, *, show_secrets: bool = False) -> dict[str, Any]:
        """The state in the form of ``pulumi stack export``. Secrets are marked, and hidden unless asked for."""
        return deployment(self._states, Shown() if show_secrets else Hidden())

    # --- operations ---------------------------------------------------------------------------------------------

    def preview(self, *, refresh: bool = False, expect_failure: bool = False) -> Result:
        """What :meth:`up` would do. Reads, checks and compares; changes nothing."""
        return self._operate("preview", refresh=refresh, preview=True, expect_failure=expect_failure)

    def up(self, *, refresh: bool = False, continue_on_error: bool = False, expect_failure: bool = False) -> Result:
        """Make it so."""
        return self._operate("up", refresh=refresh, continue_on_error=continue_on_error, expect_failure=expect_failure)

    def refresh(self, *, preview: bool = False, expect_failure: bool = False) -> Result:
        """Take over into the state what has become of the resources. The program is not run."""
        return self._operate("refresh", refresh=True, preview=preview, expect_failure=expect_failure)

    def destroy(
        self,
        *,
        refresh: bool = False,
        preview: bool = False,
        continue_on_error: bool = False,
        expect_failure: bool = False,
    ) -> Result:
        """Delete everything. The program is not run; providers get the configuration recorded in the state."""
        return self._operate(
            "destroy",
            refresh=refresh,
            preview=preview,
            continue_on_error=continue_on_error,
            expect_failure=expect_failure,
        )

    def import_file(
        self, file: Mapping[str, Any], *, protect: bool = True, preview: bool = False, expect_failure: bool = False
    ) -> Result:
        """Take the resources of an import file into the state, as ``pulumi import --file`` does.

        `file` is the file's content: ``{"resources": [{"type", "name", "id", "inputs", "outputs"}, …]}``, optionally
        with ``nameTable``, and ``parent`` and ``provider`` of entries. With ``outputs`` nothing is read; without, the
        provider is asked, which a dynamic provider cannot answer.
        """
        return self._operate("import", preview=preview, expect_failure=expect_failure, entries=file, protect=protect)

    def _operate(
        self,
        operation: str,
        *,
        refresh: bool = False,
        preview: bool = False,
        continue_on_error: bool = False,
        expect_failure: bool = False,
        entries: Mapping[str, Any] | None = None,
        protect: bool = False,
    ) -> Result:
        options = Options(self.project, self.name, preview, self.parallel, continue_on_error, self.timeout)
        error: StackError | None = None
        with self._deployment(options) as (run, monitor):
            try:
                if refresh:
                    run.refresh(only=operation == "refresh")
                if operation == "destroy":
                    run.destroy()
                elif operation in ("preview", "up"):
                    run.update(monitor, lambda: self._run_program(run, monitor))
                elif entries is not None:
                    chain = [*existing(run.states), *import_steps(run, self._inputs(), entries, protect)]
                    if not any(s.type == "pulumi:pulumi:Stack" for s in run.states):
                        chain.insert(0, stack_step(self.project, self.name))
                    run.run_chain(chain)
            except (OperationFailed, ProcessError) as e:
                if isinstance(e, ProcessError):
                    run.note("error", "", str(e))
                error = StackError(operation, f"stack {self.project}/{self.name}", run.diagnostics)
        result = Result(
            steps=[_public(step) for step in run.steps if not is_internal(step)],
            changes=dict(run.changes),
            outputs=run.stack_outputs if operation in ("preview", "up") else self.outputs,
            diagnostics=list(run.diagnostics),
            error=error,
        )
        if error is not None:
            error.result = result
            if not expect_failure:
                raise error
        elif expect_failure:
            raise AssertionError(f"{operation} of stack {self.project}/{self.name} was expected to fail")
        return result

    @contextmanager
    def _deployment(self, options: Options) -> Iterator[tuple[Deployment, Monitor]]:
        diagnostics: list[Diagnostic] = []
        monitor = Monitor(
            self._inputs(), lambda sev, urn, text: diagnostics.append(Diagnostic(sev, text, urn, "program"))
        )
        launcher = ProviderLauncher(
            engine_address=monitor.address,
            env={**self._environment(), "PULUMI_PROJECT": self.project},
            cwd=Path.cwd() if callable(self.program) else self.program.root,
            python=self._python,
            start=self._start,
            timeout=self.timeout,
            on_line=lambda _, line: diagnostics.append(Diagnostic("info", line, "", "provider")),
        )
        registry = Registry(launcher, self._new_id)
        states = [s.copy() for s in self._states]
        record = Record(states, live=not options.preview, journal=self._file)
        run = Deployment(options, states, record, registry, diagnostics)
        try:
            python = PROVIDER_PREFIX + PYTHON_PACKAGE
            registry.prestart(max(1, sum(s.type == python for s in states)))
            yield run, monitor
        finally:
            if not options.preview:
                self._states = record.states()
                if self._file is not None:
                    self._file.save(self._states)
            registry.close()
            monitor.close()

    def _run_program(self, run: Deployment, monitor: Monitor) -> Runner:
        info = RunInfo(
            address=monitor.address,
            project=self.project,
            stack=self.name,
            config={self._key(k): _text(v) for k, v in self.config.items()},
            secret_keys=[self._key(k) for k, v in self.config.items() if isinstance(v, Secret)],
            dry_run=run.preview,
            parallel=self.parallel,
        )

        def ended(error: str | None) -> None:
            monitor.events.put(ExitEvent(error))

        if not isinstance(self.program, Project):
            return InlineProgram(self.program, info, ended=ended)
        return ChildProgram(
            self.program,
            info,
            env=self._environment(),
            start=self._start,
            python=self._python,
            log=lambda sev, text: run.diagnostics.append(Diagnostic(sev, text, "", "program")),
            ended=ended,
        )

    def _environment(self) -> dict[str, str]:
        env = dict(os.environ if self.env is None else self.env)
        if callable(self.program) and "PYTHONPATH" not in (self.env or {}):
            env["PYTHONPATH"] = os.pathsep.join(os.path.abspath(p) for p in sys.path)
        return env

    def _key(self, key: str) -> str:
        return key if ":" in key else f"{self.project}:{key}"

    def _inputs(self) -> Properties:
        """The configuration as the inputs of the default provider: all namespaces, values as text."""
        inputs: Properties = {}
        for key, value in self.config.items():
            text = _text(value)
            inputs[self._key(key)] = Secret(text) if isinstance(value, Secret) else text
        return inputs


def _text(value: ConfigValue) -> str:
    value = plain(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _public(step: BaseStep) -> Step:
    state = step.state
    return Step(
        op=step.op,
        result=step.result,
        urn=state.urn,
        type=state.type,
        name=state.name,
        id=state.id,
        old=step.old.copy() if step.old is not None else None,
        new=step.new.copy() if step.new is not None else None,
        replaces=tuple(step.keys),
        diffs=tuple(step.diffs),
        detailed_diff=step.detailed,
        error=step.error,
    )

"""The public interface: :class:`Stack` and its operations."""

from __future__ import annotations

import itertools
import os
import sys
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any

from ._configuration import Configuration, ConfigurationError, ConfigValue, configuration, hider
from ._deployment import Deployment, OperationFailed, Options, existing, is_internal, stack_step
from ._diagnostics import Diagnostics
from ._file import StateFile
from ._format import Hidden, Shown, deployment, secrets_provider, states_of
from ._import import import_steps
from ._monitor import ExitEvent, Monitor
from ._process import ProcessError, Start
from ._project import Project, project_name_problem, stack_name_problem
from ._provider import ProviderLauncher
from ._registry import Registry
from ._results import Result, StackError, step_of
from ._runner import ChildProgram, InlineProgram, RunInfo, Runner
from ._state import PROVIDER_PREFIX, PYTHON_PACKAGE, Record, ResourceState

Program = Callable[[], Any] | str | os.PathLike[str]
_TURNS = itertools.count()
"""The numbers of the operations; see :class:`._process.Zygote`."""


class Stack:
    """A Pulumi stack without the CLI: it runs a program and its dynamic providers, and keeps the state.

    ::

        with Stack("infra/", config={"daily:apiKey": Secret(key)}) as stack:
            assert stack.preview().changes == {"create": 2}
            stack.up()
            assert not stack.preview().has_changes

    `program` is a project directory, a Python file, or a callable without arguments. A project is run unmodified in its
    own process; the working directory, also of the providers, is that of the program. A callable runs in a thread of
    this process, so it can use local objects; its output is written here, its log messages are in the diagnostics.

    :param project: name of the project; default: that in ``Pulumi.yaml``, or ``"test"``. Names of projects and stacks
        consist of 1 to 100 letters, digits, hyphens, underscores and periods.
    :param config: the stack's configuration: ``"namespace:key"`` (or ``"key"`` in the project's own namespace) to
        value. A value is text, a number, a boolean, or lists and dictionaries of these. Wrap a secret in
        :class:`Secret`, as a whole or inside. Declarations in ``Pulumi.yaml`` add defaults and are checked;
        ``Pulumi.<stack>.yaml`` is not read.
    :param env: environment variables of the program and the providers; default: those of this process. For a callable
        only the providers get them, with ``PYTHONPATH`` set so that they can import the same modules as this process.
    :param state: a deployment to start from, as returned by :meth:`export` or ``pulumi stack export --show-secrets``.
    :param state_file: a file for the state, with secrets in clear, readable by its owner alone; default: in memory.
    :param references: outputs of other stacks, by ``"organization/project/stack"``, which the program reads with a
        ``pulumi.StackReference`` of this name. ``other.outputs`` of another :class:`Stack` can be used.
    :param parallel: the number of steps carried out at once. A provider process always serves four calls at once.
    :param timeout: the longest time in seconds for a provider call, and without a request from the program.
    :param start: how processes are started: ``"fork"``, ``"spawn"``, or ``"auto"`` (see :mod:`._process`).
    :param python: the interpreter of the program and the providers; default: this one.

    Raises :class:`ProgramError` for a project that does not exist or that Pulumi would not run, and :class:`ValueError`
    for a name of a project or stack that Pulumi refuses.

    Operations raise :class:`StackError` when they fail. With ``expect_failure=True`` they return a result with ``ok``
    false instead, and raise :class:`AssertionError` if nothing failed. ``refresh=True`` reads all resources first; the
    default is False, or True for a project with ``refresh: always``. ``preview=True`` changes nothing;
    ``continue_on_error=True`` carries out the steps that do not depend on a failed one. After every operation, failed
    or not, the state contains the resources that the providers reported as existing, and all processes have ended. A
    stack runs one operation at a time.
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
        references: Mapping[str, Mapping[str, Any]] | None = None,
        parallel: int = 16,
        timeout: float = 120.0,
        start: Start = "auto",
        python: str = sys.executable,
        new_id: Callable[[], str] = lambda: str(uuid.uuid4()),
    ) -> None:
        self.program: Callable[[], Any] | Project
        self.program = program if callable(program) else Project.of(Path(program))
        own_name = None if callable(self.program) else self.program.name
        self.project = project if project is not None else own_name or "test"
        self.name = stack
        for problem in (project_name_problem(self.project), stack_name_problem(stack)):
            if problem:
                raise ValueError(problem)
        self.config: dict[str, ConfigValue] = dict(config or {})
        self.env = env
        self.references = dict(references or {})
        self.parallel, self.timeout = parallel, timeout
        self._start: Start = start
        self._python, self._new_id = python, new_id
        self._file = StateFile(Path(state_file)) if state_file is not None else None
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
        """Close the state file. Nothing else is open between operations."""
        if self._file is not None:
            self._file.close()

    # --- state and outputs --------------------------------------------------------------------------------------

    @property
    def state(self) -> list[ResourceState]:
        """Return copies of the resources of the stack, dependencies first."""
        return [s.copy() for s in self._states]

    def resource(self, name: str) -> ResourceState:
        """Return a copy of the resource called `name` in the program.

        Raises :class:`LookupError` if there is none, or more than one.
        """
        found = [s for s in self._states if s.name == name and not s.delete]
        if len(found) != 1:
            raise LookupError(f"{len(found)} resources called {name!r}, not 1: {[s.urn for s in found]}")
        return found[0].copy()

    @property
    def outputs(self) -> dict[str, Any]:
        """Return the stack's outputs after the last operation, as in :attr:`Result.outputs`."""
        return next((s.copy().outputs for s in self._states if s.type == "pulumi:pulumi:Stack"), {})

    def export(self, *, show_secrets: bool = False) -> dict[str, Any]:
        """Return the state in the form of ``pulumi stack export``. Secrets are marked, and masked by default.

        With `show_secrets`, ``pulumi stack import`` accepts the result: the CLI encrypts the secrets with the
        passphrase of the project's ``Pulumi.<stack>.yaml``, or, without such a file, with an empty
        ``PULUMI_CONFIG_PASSPHRASE``.
        """
        data = deployment(self._states, Shown() if show_secrets else Hidden())
        if show_secrets:
            root = self.program.root if isinstance(self.program, Project) else None
            data["deployment"]["secrets_providers"] = secrets_provider(root, self.name)
        return data

    # --- operations ---------------------------------------------------------------------------------------------

    def preview(self, *, refresh: bool | None = None, expect_failure: bool = False) -> Result:
        """Return the result that :meth:`up` would have. Reads, checks and compares; changes nothing."""
        return self._operate("preview", refresh=refresh, preview=True, expect_failure=expect_failure)

    def up(
        self, *, refresh: bool | None = None, continue_on_error: bool = False, expect_failure: bool = False
    ) -> Result:
        """Run the program and carry out its changes."""
        return self._operate("up", refresh=refresh, continue_on_error=continue_on_error, expect_failure=expect_failure)

    def refresh(self, *, preview: bool = False, expect_failure: bool = False) -> Result:
        """Read all resources and store the results in the state. The program is not run."""
        return self._operate("refresh", refresh=True, preview=preview, expect_failure=expect_failure)

    def destroy(
        self,
        *,
        refresh: bool | None = None,
        preview: bool = False,
        continue_on_error: bool = False,
        expect_failure: bool = False,
    ) -> Result:
        """Delete all resources. The program is not run; providers get the configuration in the state."""
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
        """Add the resources of an import file to the state, as ``pulumi import --file`` does.

        `file` is the file's content: ``{"resources": [{"type", "name", "id", "inputs", "outputs"}, …]}``, optionally
        with ``nameTable``, and ``parent`` and ``provider`` of entries. `protect` is set on the imported resources.
        Entries with ``outputs`` are not read; those without are read by the provider, which fails for a dynamic one.
        A resource that is in the state with the same id is skipped. An entry of a provider needs no id if the provider
        is in the state. Raises :class:`ValueError` for an entry that is incomplete, has an unknown parent or provider,
        or whose URN is taken.
        """
        return self._operate("import", preview=preview, expect_failure=expect_failure, entries=file, protect=protect)

    def _operate(
        self,
        operation: str,
        *,
        refresh: bool | None = False,
        preview: bool = False,
        continue_on_error: bool = False,
        expect_failure: bool = False,
        entries: Mapping[str, Any] | None = None,
        protect: bool = False,
    ) -> Result:
        turn = next(_TURNS)
        options = Options(self.project, self.name, preview, self.parallel, continue_on_error, self.timeout, turn)
        try:
            settings = self._configuration(validate=operation not in ("refresh", "destroy"))
        except ConfigurationError as e:
            diagnostics = Diagnostics(str)
            diagnostics.add("error", f"validating stack config: {e}")
            return self._end(operation, Result([], {}, self.outputs, diagnostics.all), True, expect_failure)
        if refresh is None:
            refresh = isinstance(self.program, Project) and self.program.always_refresh
        failed = False
        with self._deployment(options, settings) as (run, monitor):
            try:
                if refresh:
                    run.refresh(only=operation == "refresh")
                if operation == "destroy":
                    run.destroy()
                elif operation in ("preview", "up"):
                    run.update(monitor, lambda: self._run_program(run, monitor, settings))
                elif entries is not None:
                    chain = [*existing(run.states), *import_steps(run, settings.inputs(), entries, protect)]
                    if not any(s.type == "pulumi:pulumi:Stack" for s in run.states):
                        chain.insert(0, stack_step(self.project, self.name))
                    run.run_chain(chain)
            except (OperationFailed, ProcessError) as e:
                if isinstance(e, ProcessError):
                    run.note("error", "", str(e))
                failed = True
        result = Result(
            steps=[step_of(step, run.diagnostics.hide) for step in run.steps if not is_internal(step)],
            changes=dict(run.changes),
            outputs=run.stack_outputs if operation in ("preview", "up") else self.outputs,
            diagnostics=list(run.diagnostics.all),
        )
        return self._end(operation, result, failed, expect_failure)

    def _end(self, operation: str, result: Result, failed: bool, expect_failure: bool) -> Result:
        """Return `result` if the operation ended as expected.

        Raises :class:`StackError` for an unexpected failure, :class:`AssertionError` if an expected one is missing.
        """
        what = f"stack {self.project}/{self.name}"
        if not failed:
            if expect_failure:
                raise AssertionError(f"{operation} of {what} was expected to fail")
            return result
        error = StackError(operation, what, result.diagnostics)
        error.result = replace(result, error=error)
        if not expect_failure:
            raise error
        return error.result

    @contextmanager
    def _deployment(self, options: Options, settings: Configuration) -> Iterator[tuple[Deployment, Monitor]]:
        diagnostics = Diagnostics(hider(settings.secrets))
        folder = self.program.folder if isinstance(self.program, Project) else Path.cwd()
        monitor = Monitor(settings.inputs(), folder, lambda sev, urn, text: diagnostics.add(sev, text, urn, "program"))
        launcher = ProviderLauncher(
            engine_address=monitor.address,
            env={**self._environment(), "PULUMI_PROJECT": self.project, "PULUMI_CONFIG": "{}"},
            cwd=folder,
            python=self._python,
            start=self._start,
            turn=options.turn,
            timeout=self.timeout,
            on_line=lambda _, line: diagnostics.add("info", line, "", "provider"),
        )
        registry = Registry(launcher, self._new_id, self.references)
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

    def _run_program(self, run: Deployment, monitor: Monitor, settings: Configuration) -> Runner:
        info = RunInfo(
            address=monitor.address,
            project=self.project,
            stack=self.name,
            config=settings.texts,
            secret_keys=settings.secret_keys,
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
            turn=run.options.turn,
            python=self._python,
            log=lambda sev, text: run.diagnostics.add(sev, text, "", "program"),
            ended=ended,
        )

    def _environment(self) -> dict[str, str]:
        env = dict(os.environ if self.env is None else self.env)
        if callable(self.program) and "PYTHONPATH" not in (self.env or {}):
            env["PYTHONPATH"] = os.pathsep.join(os.path.abspath(p) for p in sys.path)
        return env

    def _configuration(self, *, validate: bool) -> Configuration:
        declared = self.program.config if isinstance(self.program, Project) else {}
        return configuration(self.config, declared, project=self.project, stack=self.name, validate=validate)

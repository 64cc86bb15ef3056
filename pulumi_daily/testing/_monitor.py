"""The engine's services for the program: ``ResourceMonitor`` and ``Engine``, with the SDK's own gRPC stubs.

A request of the program becomes an event in a queue (see :mod:`._deployment`), and is answered when its steps are done.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import queue
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import grpc
from google.protobuf import empty_pb2  # type: ignore[import-untyped]
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, resource_pb2, resource_pb2_grpc

from ._assets import AssetError, hashed
from ._goals import GoalError, goal_of, read_goal_of
from ._provider import CHANNEL_OPTIONS
from ._references import PACKAGE as REFERENCES_PACKAGE
from ._registry import reference
from ._state import PROVIDER_PREFIX, Goal, ReadGoal, is_provider_type, urn_type
from ._steps import Outcome, Reply, Severity
from ._wire import Properties, marshal, unmarshal

SERVED = frozenset({"secrets", "resourceReferences", "aliasSpecs", "deletedWith", "replaceWith", "replacementTrigger"})
"""The features that are supported."""
REFUSED = frozenset({"transforms", "invokeTransforms", "resourceHooks", "errorHooks", "stateMigrations"})
"""Features that are reported as supported and then refused with this kit's message: the SDK's would be to update the
CLI.
"""
FEATURES = SERVED | REFUSED
_USE_THE_CLI = "test what needs them with the Pulumi CLI"
_REFUSED_OPTIONS = {"state_migrations": "state_migrations", "env_var_mappings": "envVarMappings"}
"""The fields of requests for resource options that are refused, by option."""
_REFUSED_OPTIONS_OF_PLUGINS = {"version": "version", "plugin_download_url": "pluginDownloadURL"}
"""The same for options that select a provider's plugin; the engine ignores them for components."""

_SEVERITIES: Mapping[int, Severity] = {0: "debug", 1: "info", 2: "warning", 3: "error"}
_RESULTS = {"success": 0, "failed": 1, "skipped": 2}  # the SDK's stubs have no name for the last one
_THREADS = 64


class Down(Exception):
    """Error: the operation has ended, so that a request of the program ends with the status ``UNAVAILABLE``."""


@dataclass(frozen=True)
class RegisterEvent:
    goal: Goal
    reply: Reply


@dataclass(frozen=True)
class ReadEvent:
    goal: ReadGoal
    reply: Reply


@dataclass(frozen=True)
class OutputsEvent:
    urn: str
    outputs: Properties
    done: Callable[[str | None], None]
    """Called with None, or with an error message."""


@dataclass(frozen=True)
class DoneEvent:
    """The event that the program has declared all resources."""


@dataclass(frozen=True)
class ExitEvent:
    """The event that the program has ended, or that one of its requests was refused.

    `error`: None after a success, ``""`` for a failure that the program has reported itself, else the reason.
    """

    error: str | None


@dataclass(frozen=True)
class StopEvent:
    """The event that a failed step has stopped the operation."""


Event = RegisterEvent | ReadEvent | OutputsEvent | DoneEvent | ExitEvent | StopEvent
Log = Callable[[Severity, str, str], None]
"""Arguments: severity, URN or ``""``, message."""


class _Waiting:
    """A request of the program that is waiting for its answer."""

    def __init__(self) -> None:
        self.future: concurrent.futures.Future[Any] = concurrent.futures.Future()

    def answer(self, value: Any) -> None:
        with contextlib.suppress(concurrent.futures.InvalidStateError):
            self.future.set_result(value)

    def cancel(self) -> None:
        with contextlib.suppress(concurrent.futures.InvalidStateError):
            self.future.set_exception(Down())


class Monitor(resource_pb2_grpc.ResourceMonitorServicer, engine_pb2_grpc.EngineServicer):
    """The gRPC server with the engine's services for one operation. :meth:`close` ends it, even with open requests."""

    def __init__(self, config: Properties, folder: Path, log: Log) -> None:
        self.events: queue.Queue[Event] = queue.Queue()
        self._config = config
        self._folder = folder
        self._log = log
        self._lock = threading.Lock()
        self._default_lock = threading.Lock()
        self._defaults: dict[str, str] = {}
        self._waiting: set[_Waiting] = set()
        self._down = False
        self._goals: dict[str, Goal] = {}
        self._component_providers: dict[str, dict[str, str]] = {}
        self._root = ""
        pool = concurrent.futures.ThreadPoolExecutor(_THREADS, thread_name_prefix="pulumi-daily-monitor")
        self._pool = pool
        self._server = grpc.server(pool, options=CHANNEL_OPTIONS)
        resource_pb2_grpc.add_ResourceMonitorServicer_to_server(self, self._server)
        engine_pb2_grpc.add_EngineServicer_to_server(self, self._server)
        self.address = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"
        self._server.start()

    def cancel(self) -> None:
        """End all open and all further requests for resources with the status ``UNAVAILABLE``."""
        with self._lock:
            self._down = True
            waiting, self._waiting = self._waiting, set()
        for one in waiting:
            one.cancel()

    def close(self) -> None:
        self.cancel()
        self._server.stop(None).wait(5)  # with a grace period, gRPC would leave a thread running
        self._pool.shutdown(wait=True)

    def _ask(self, make: Callable[[Callable[[Any], None]], Event]) -> Any:
        """Put an event into the queue and return its answer. `make` makes it from the function that answers it.

        Raises :class:`Down` after :meth:`cancel`.
        """
        waiting = _Waiting()
        with self._lock:
            if self._down:
                raise Down
            self._waiting.add(waiting)
        self.events.put(make(waiting.answer))
        try:
            return waiting.future.result()
        finally:
            with self._lock:
                self._waiting.discard(waiting)

    # --- ResourceMonitor ----------------------------------------------------------------------------------------

    def SupportsFeature(self, request: Any, context: Any) -> Any:
        return resource_pb2.SupportsFeatureResponse(hasSupport=request.id in FEATURES)

    def GetDeploymentInfo(self, request: Any, context: Any) -> Any:
        # Only an SDK with this call makes it, and such an SDK has these messages.
        prefix = "RESOURCE_MONITOR_FEATURE_"
        numbers = [getattr(resource_pb2, prefix + f, None) for f in map(_enum_name, sorted(FEATURES))]
        return resource_pb2.DeploymentInfo(supportedFeatures=[n for n in numbers if n is not None])

    def RegisterResource(self, request: Any, context: Any) -> Any:
        if request.remote:
            self._refuse(context, f"{request.type}: components of another package are not served by this test kit")
        if request.transforms:
            self._refuse_transforms(context, f"the option `transforms` of {request.name}")
        self._refuse_options(context, request, custom=request.custom)
        try:
            goal = self._goal(request)
            outcome: Outcome = self._ask(lambda answer: RegisterEvent(goal, answer))
        except AssetError as e:
            context.abort(grpc.StatusCode.UNKNOWN, f"unmarshal properties: {e}")
        except GoalError as e:
            context.abort(grpc.StatusCode.UNKNOWN, str(e))
        except Down:
            _down(context)
        state = outcome.state
        with self._lock:
            self._goals[state.urn] = goal
            if not request.custom:
                self._component_providers[state.urn] = dict(request.providers)
        outputs = state.outputs if request.custom else {}
        return resource_pb2.RegisterResourceResponse(
            urn=state.urn,
            id=state.id,
            object=marshal(outputs, secrets=request.acceptSecrets, resources=request.acceptResources),
            result=_RESULTS[outcome.result],  # type: ignore[arg-type]
        )

    def ReadResource(self, request: Any, context: Any) -> Any:
        self._refuse_options(context, request, custom=True)
        try:
            provider = request.provider
            if not provider and not is_provider_type(request.type):
                provider = self._default_provider(request.type)
            goal = read_goal_of(request, provider, self._folder)
            outcome: Outcome = self._ask(lambda answer: ReadEvent(goal, answer))
        except AssetError as e:
            context.abort(grpc.StatusCode.UNKNOWN, f"unmarshal properties: {e}")
        except Down:
            _down(context)
        state = outcome.state
        return resource_pb2.ReadResourceResponse(
            urn=state.urn,
            properties=marshal(state.outputs, secrets=request.acceptSecrets, resources=request.acceptResources),
        )

    def RegisterResourceOutputs(self, request: Any, context: Any) -> Any:
        try:
            outputs = hashed(unmarshal(request.outputs), self._folder)
            problem: str | None = self._ask(lambda answer: OutputsEvent(request.urn, outputs, answer))
        except AssetError as e:
            problem = f"cannot unmarshal output properties: {e}"
        except Down:
            _down(context)
        if problem is not None:
            context.abort(grpc.StatusCode.UNKNOWN, problem)
        return empty_pb2.Empty()

    def SignalAndWaitForShutdown(self, request: Any, context: Any) -> Any:
        self.events.put(DoneEvent())
        return empty_pb2.Empty()

    def Invoke(self, request: Any, context: Any) -> Any:
        self._refuse(context, f"function {request.tok} is not served by this test kit: dynamic providers have none")

    def Call(self, request: Any, context: Any) -> Any:
        self._refuse(context, f"method {request.tok} is not served by this test kit: dynamic providers have none")

    def RegisterStackTransform(self, request: Any, context: Any) -> Any:
        self._refuse_transforms(context, "pulumi.runtime.register_resource_transform")

    def RegisterStackInvokeTransform(self, request: Any, context: Any) -> Any:
        self._refuse_transforms(context, "pulumi.runtime.register_invoke_transform")

    def RegisterResourceHook(self, request: Any, context: Any) -> Any:
        self._refuse(context, f"the hook {request.name}: hooks are not served by this test kit; {_USE_THE_CLI}")

    def RegisterErrorHook(self, request: Any, context: Any) -> Any:
        self._refuse(context, f"the hook {request.name}: hooks are not served by this test kit; {_USE_THE_CLI}")

    def _refuse_options(self, context: Any, request: Any, *, custom: bool) -> None:
        """Refuse a request with an option that is not supported. `custom`: it is not about a component."""
        fields = {**_REFUSED_OPTIONS, **(_REFUSED_OPTIONS_OF_PLUGINS if custom else {})}
        for option, name in fields.items():
            if getattr(request, name, None):  # an old SDK does not have all fields
                said = f"the option `{option}` of {request.name} is not served by this test kit"
                self._refuse(context, f"{said}; {_USE_THE_CLI}")

    def _refuse_transforms(self, context: Any, what: str) -> NoReturn:
        said = "transforms are not served by this test kit; the older `transformations` are, which do the same"
        self._refuse(context, f"{what}: {said} within the program; or {_USE_THE_CLI}")

    def _refuse(self, context: Any, message: str) -> NoReturn:
        """End the operation with `message`; the program's further messages are ignored."""
        self.events.put(ExitEvent(message))
        self.cancel()
        _down(context)

    # --- Engine -------------------------------------------------------------------------------------------------

    def Log(self, request: Any, context: Any) -> Any:
        with self._lock:
            down = self._down  # messages of a program that was cut off are irrelevant
        if not down:
            self._log(_SEVERITIES.get(request.severity, "info"), request.urn, request.message)
        return empty_pb2.Empty()

    def GetRootResource(self, request: Any, context: Any) -> Any:
        return engine_pb2.GetRootResourceResponse(urn=self._root)

    def SetRootResource(self, request: Any, context: Any) -> Any:
        self._root = request.urn
        return engine_pb2.SetRootResourceResponse()

    # --- reading a request --------------------------------------------------------------------------------------

    def _goal(self, request: Any) -> Goal:
        goal = goal_of(request, self._folder)
        with self._lock:
            parent = self._goals.get(request.parent)
            inherited = self._component_providers.get(request.parent, {})
        if parent is not None:
            goal.deleted_with = goal.deleted_with or parent.deleted_with
            if goal.protect is None:
                goal.protect = parent.protect
            if goal.retain_on_delete is None:
                goal.retain_on_delete = parent.retain_on_delete
        if goal.custom and not is_provider_type(goal.type):
            package = goal.type.split(":", 1)[0]
            provider = request.provider or request.providers.get(package) or inherited.get(package, "")
            if not provider and parent is not None and _package_of(parent.provider) == package:
                provider = parent.provider
            goal.provider = provider or self._default_provider(goal.type)
        return goal

    def _default_provider(self, type_: str) -> str:
        """Return the reference of the default provider for a type, which is made at its first use."""
        package = type_.split(":", 1)[0]
        with self._default_lock:
            if package not in self._defaults:  # a package that is not supported is refused when its provider is made
                self._defaults[package] = self._register_default(package)
            return self._defaults[package]

    def _register_default(self, package: str) -> str:
        inputs = {} if package == REFERENCES_PACKAGE else dict(self._config)
        goal = Goal(type=PROVIDER_PREFIX + package, name="default", custom=True, properties=inputs)
        outcome: Outcome = self._ask(lambda answer: RegisterEvent(goal, answer))
        return reference(outcome.state.urn, outcome.state.id)


def _enum_name(feature: str) -> str:
    return re.sub("([A-Z])", r"_\1", feature).upper()


def _package_of(provider: str) -> str:
    if not provider:
        return ""
    return urn_type(provider.rsplit("::", 1)[0]).removeprefix(PROVIDER_PREFIX)


def _down(context: Any) -> NoReturn:
    context.abort(grpc.StatusCode.UNAVAILABLE, "resource monitor shut down")
    raise AssertionError("abort returned")

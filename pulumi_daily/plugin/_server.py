"""The native plugin: Pulumi's provider protocol over gRPC, on the same operations as the dynamic providers.

Each call runs in a thread of its own. Errors are one readable line; lines for the user go to the engine with the URN of
their resource.
"""

from __future__ import annotations

import functools
import json
import math
import threading
import traceback
from collections.abc import Callable, Mapping
from importlib import metadata, resources
from typing import Any

import grpc
from google.protobuf import empty_pb2  # type: ignore[import-untyped]
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, plugin_pb2, provider_pb2, provider_pb2_grpc

from .._wire import TooDeep
from ..connection import STOP, Connection
from ..lifecycle.kinds.table import KINDS
from ..objects.notes import HIDDEN
from ..objects.plugin_names import Shape, is_secret, path_to_daily, path_to_program, shape_of, to_daily, to_program
from ..objects.values import Path, format_path, parse_path
from ..operations import DailyError, Operations, failure_text
from ._account import MOVES, SECRET_OPTIONS, open_connection, problems, provider_name, texts
from ._differences import Difference, differences
from ._existing import read_existing
from ._foreseen import foreseen_create, foreseen_update
from ._functions import FUNCTIONS, call
from ._texts import in_other_words
from ._urns import Urn, parse
from ._values import Props, read, write

VERSION = metadata.version("pulumi-daily")

Handler = Callable[[Any, Any, grpc.ServicerContext], Any]


class EngineLog:
    """Writes lines to Pulumi's console, each with the URN of the resource whose call the thread serves."""

    def __init__(self, engine: engine_pb2_grpc.EngineStub) -> None:
        self._engine = engine
        self._of = threading.local()

    def about(self, urn: str) -> None:
        """Set the resource of the lines that this thread writes from now on."""
        self._of.urn = urn

    def info(self, line: str) -> None:
        self._write(engine_pb2.INFO, line)

    def warn(self, line: str) -> None:
        self._write(engine_pb2.WARNING, line)

    def _write(self, severity: Any, line: str) -> None:
        urn = getattr(self._of, "urn", "")
        self._engine.Log(engine_pb2.LogRequest(severity=severity, message=in_other_words(line), urn=urn))


def _readable(handler: Handler) -> Handler:
    """Return a handler whose errors reach the engine as one line. Other exceptions show no value, only their place."""

    @functools.wraps(handler)
    def handle(self: DailyPlugin, request: Any, context: grpc.ServicerContext) -> Any:
        self.log.about(getattr(request, "urn", ""))
        seconds = getattr(request, "timeout", 0) or math.inf
        try:
            with STOP.deadline(seconds):
                return handler(self, request, context)
        except (DailyError, TooDeep) as error:
            return context.abort(grpc.StatusCode.UNKNOWN, f"DailyError: {in_other_words(str(error))}")
        except Exception as error:  # noqa: BLE001 - every failure must reach the engine without values
            frames = traceback.extract_tb(error.__traceback__)
            place = f"{frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else "?"
            text = f"{type(error).__name__} at {place}: an error of pulumi_daily; please report it"
            return context.abort(grpc.StatusCode.INTERNAL, text)

    return handle


class Resource:
    """The kind of a resource in a request, with the conversions of its values."""

    def __init__(self, urn: str, connection: Connection) -> None:
        self.urn: Urn = parse(urn)
        kind = KINDS.get(self.urn.kind)
        if kind is None:
            raise DailyError(f"pulumi_daily has no resource {self.urn.kind}")
        self.operations = Operations(kind, connection, notes=False)
        self.shape: Shape = shape_of(kind.spec)

    def props(self, struct: Any) -> Props:
        """Return the property values of a request under Daily's names."""
        found = read(struct)
        secrets = [path_to_daily(self.shape, path) for path in found.secrets]
        return Props(to_daily(self.shape, found.values), found.hidden, secrets)

    def struct(self, values: Mapping[str, Any], secrets: tuple[Path, ...] = ()) -> Any:
        """Return values for an answer; the given paths, and settings that are secret by nature, are marked."""
        visible = {key: value for key, value in values.items() if not key.startswith("__")}
        hidden = {key: value for key, value in values.items() if key.startswith("__")}
        marked = {path_to_program(self.shape, path) for path in secrets}
        return write(
            {**to_program(self.shape, visible), **hidden}, lambda path: path in marked or is_secret(self.shape, path)
        )


class DailyPlugin(provider_pb2_grpc.ResourceProviderServicer):
    """The provider for one configuration."""

    def __init__(self, log: EngineLog) -> None:
        self.log = log
        self._connection = open_connection({}, "", log)

    # -- the plugin and its configuration

    def GetPluginInfo(self, request: Any, context: grpc.ServicerContext) -> Any:
        return plugin_pb2.PluginInfo(version=VERSION)

    def GetSchema(self, request: Any, context: grpc.ServicerContext) -> Any:
        schema = json.loads(resources.files(__package__).joinpath("schema.json").read_text(encoding="utf-8"))
        return provider_pb2.GetSchemaResponse(schema=json.dumps({**schema, "version": VERSION}))

    @_readable
    def CheckConfig(self, request: Any, context: grpc.ServicerContext) -> Any:
        news = read(request.news)
        failed, lines = problems(news.values, provider_name(request.urn))
        for line in lines:
            self.log.warn(line)
        failures = [provider_pb2.CheckFailure(property="", reason=failed)] if failed else []
        inputs = write({**news.values, **news.hidden}, lambda path: path in news.secrets or path[0] in SECRET_OPTIONS)
        return provider_pb2.CheckResponse(inputs=inputs, failures=failures)

    @_readable
    def DiffConfig(self, request: Any, context: grpc.ServicerContext) -> Any:
        olds, news = texts(read(request.olds).values), texts(read(request.news).values)
        diffs = sorted(key for key in {*olds, *news} if olds.get(key) != news.get(key))
        changes = provider_pb2.DiffResponse.DIFF_SOME if diffs else provider_pb2.DiffResponse.DIFF_NONE
        replaces = [key for key in diffs if key == MOVES and key in olds and key in news]
        return provider_pb2.DiffResponse(changes=changes, diffs=diffs, replaces=replaces)

    @_readable
    def Configure(self, request: Any, context: grpc.ServicerContext) -> Any:
        given, name = read(request.args), provider_name(request.urn)
        self._connection = open_connection(given.values, name, self.log)
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    @_readable
    def Invoke(self, request: Any, context: grpc.ServicerContext) -> Any:
        function = FUNCTIONS.get(request.tok)
        if function is None:
            raise DailyError(f"pulumi_daily has no function {request.tok}")
        answer, secrets = call(function, read(request.args).values, self._connection)
        return provider_pb2.InvokeResponse(**{"return": write(answer, lambda path: path in secrets)})

    def Cancel(self, request: Any, context: grpc.ServicerContext) -> Any:
        STOP.set("Pulumi was cancelled")
        return empty_pb2.Empty()

    # -- resources

    @_readable
    def Check(self, request: Any, context: grpc.ServicerContext) -> Any:
        one = Resource(request.urn, self._connection)
        olds, news = one.props(request.olds), one.props(request.news)
        own: dict[str, Any] = {"owner": one.urn.owner}
        if news.secrets:
            own["secrets"] = [format_path(path) for path in news.secrets]
        spec = one.operations.spec
        if spec.auto_name and spec.id_input and news.values.get(spec.id_input) is None:
            name = spec.auto_name(one.urn.project, one.urn.stack, one.urn.name, one.urn.parents)
            own["auto_name"] = news.values[spec.id_input] = name
        checked = one.operations.check(olds.values, olds.hidden, news.values, {HIDDEN: own})
        failures = [
            provider_pb2.CheckFailure(reason=in_other_words(failure_text(path_to_program(one.shape, path), reason)))
            for path, reason in checked.failures
        ]
        inputs = one.struct(checked.inputs, tuple(news.secrets))
        return provider_pb2.CheckResponse(inputs=inputs, failures=failures)

    @_readable
    def Diff(self, request: Any, context: grpc.ServicerContext) -> Any:
        one = Resource(request.urn, self._connection)
        olds, news = one.props(request.olds), one.props(request.news)
        hidden = _with_ignored(one.shape, news.hidden, request.ignoreChanges)
        # With replaceOnChanges, of which a provider is not told, Pulumi replaces where an update would do.
        own = {**hidden, HIDDEN: {**hidden.get(HIDDEN, {}), "replace_on_changes": True}}
        state = one.operations.state(olds.values, olds.hidden)
        plan = one.operations.plan(request.id, state, news.values, own)
        found = differences(one.operations.spec, state.inputs, news.values, plan)
        changes = provider_pb2.DiffResponse.DIFF_SOME
        if plan.changes is False:
            changes = provider_pb2.DiffResponse.DIFF_NONE
        return provider_pb2.DiffResponse(
            changes=changes,
            replaces=[str(one.shape.to_program(key)) for key in plan.replaces],
            deleteBeforeReplace=plan.delete_before_replace,
            detailedDiff={format_path(path_to_program(one.shape, item.path)): _leaf(item) for item in found},
            hasDetailedDiff=bool(found),
        )

    @_readable
    def Create(self, request: Any, context: grpc.ServicerContext) -> Any:
        one = Resource(request.urn, self._connection)
        news = one.props(request.properties)
        if request.preview:
            # Without an id: functions that get one of the outputs wait for the `up`.
            identity, outputs = "", foreseen_create(one.operations, news.values, news.hidden)
        else:
            identity, outputs = one.operations.create(news.values, news.hidden)
        return provider_pb2.CreateResponse(id=identity, properties=one.struct(outputs, tuple(news.secrets)))

    @_readable
    def Read(self, request: Any, context: grpc.ServicerContext) -> Any:
        one = Resource(request.urn, self._connection)
        state, inputs = one.props(request.properties), one.props(request.inputs)
        if HIDDEN in state.hidden:
            found = one.operations.read(request.id, state.values, state.hidden)
        else:
            found = read_existing(one.operations, one.urn, request.id)
        if found is None:
            return provider_pb2.ReadResponse()
        outputs, now = found
        secrets = (*state.secrets, *inputs.secrets)
        return provider_pb2.ReadResponse(
            id=request.id,
            properties=one.struct(outputs, secrets),
            inputs=request.inputs if now is None else one.struct(now, secrets),
        )

    @_readable
    def Update(self, request: Any, context: grpc.ServicerContext) -> Any:
        one = Resource(request.urn, self._connection)
        olds, news = one.props(request.olds), one.props(request.news)
        hidden = _with_ignored(one.shape, news.hidden, request.ignoreChanges)
        if request.preview:
            outputs = foreseen_update(one.operations, olds, news.values, hidden)
        else:
            outputs = one.operations.update(request.id, olds.values, olds.hidden, news.values, hidden)
        return provider_pb2.UpdateResponse(properties=one.struct(outputs, (*olds.secrets, *news.secrets)))

    @_readable
    def Delete(self, request: Any, context: grpc.ServicerContext) -> Any:
        one = Resource(request.urn, self._connection)
        state = one.props(request.properties)
        one.operations.delete(request.id, state.values, state.hidden)
        return empty_pb2.Empty()


def _with_ignored(shape: Shape, hidden: dict[str, Any], ignored: Any) -> dict[str, Any]:
    """Return the hidden inputs with the paths that the engine ignores."""
    paths = [format_path(path_to_daily(shape, parse_path(text))) for text in ignored]
    return {**hidden, HIDDEN: {**hidden.get(HIDDEN, {}), "ignore_changes": paths}} if paths else hidden


def _leaf(item: Difference) -> Any:
    kind = getattr(provider_pb2.PropertyDiff, f"{item.change}_REPLACE" if item.replaces else item.change)
    return provider_pb2.PropertyDiff(kind=kind, inputDiff=item.of_program)

"""The provider process of dynamic resources, and the engine's calls to it.

One :class:`Provider` is one ``python -m pulumi.dynamic`` process, configured for one provider resource, as in the
engine (``pkg/resource/plugin/provider_plugin.go``). The process does not accept secrets: marks are removed before a
call and restored in the answer, by key. Creates and updates in a preview are not sent: their outputs are the inputs.
"""

from __future__ import annotations

import concurrent.futures
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import grpc
from google.protobuf import struct_pb2  # type: ignore[import-untyped]
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from ._assets import without_contents
from ._diff import Diff
from ._process import Child, ProcessError, Start, start_child
from ._state import ResourceState, urn_name, urn_type
from ._wire import (
    Properties,
    WireError,
    contains_unknown,
    copy,
    mark_secrets,
    marshal,
    plain,
    unmarshal,
)

CHANNEL_OPTIONS = [*_GRPC_CHANNEL_OPTIONS, ("grpc.enable_http_proxy", 0)]
_MEASURED_GRACE = 5.0
_CHANGES = {0: None, 1: False, 2: True}


class ProviderError(Exception):
    """Error: a provider is missing, its process did not start or has ended, or a call to it failed."""


class DiffUnavailable(ProviderError):
    """Error: the provider's own configuration is not known yet (in a preview), so no diff can be requested."""


@dataclass(frozen=True)
class CheckFailure:
    property: str
    reason: str


@dataclass(frozen=True)
class ProviderLauncher:
    """A launcher of provider processes for one operation."""

    engine_address: str
    env: Mapping[str, str]
    cwd: Path
    python: str
    start: Start
    turn: int
    timeout: float
    """The longest time in seconds for the start of a process, and for one call."""
    on_line: Callable[[str, str], None]

    def launch(self) -> ProviderProcess:
        return ProviderProcess(self)


class ProviderProcess:
    """A ``python -m pulumi.dynamic`` process. The first line of its stdout is its port."""

    def __init__(self, launcher: ProviderLauncher) -> None:
        self.timeout = launcher.timeout
        self._port: concurrent.futures.Future[str] = concurrent.futures.Future()
        self._tail: list[str] = []
        self._on_line = launcher.on_line
        self._measured = any(name.startswith("COVERAGE_PROCESS") for name in launcher.env)
        self._channel: grpc.Channel | None = None
        self._child: Child = start_child(
            ["-m", "pulumi.dynamic", launcher.engine_address],
            env=launcher.env,
            cwd=launcher.cwd,
            on_line=self._line,
            first_line=self._port.set_result,
            start=launcher.start,
            turn=launcher.turn,
            python=launcher.python,
        )

    def _line(self, stream: str, line: str) -> None:
        self._tail = [*self._tail[-9:], line]
        self._on_line(stream, line)

    def stub(self) -> provider_pb2_grpc.ResourceProviderStub:
        """Return the gRPC client, after waiting for the port.

        Raises :class:`ProviderError` if the process does not start.
        """
        try:
            port = self._port.result(self.timeout)
        except concurrent.futures.TimeoutError:
            raise ProviderError(f"the provider process did not start within {self.timeout:g} s") from None
        if not port.strip().isdigit():
            said = f" ({port})" if port else ""
            raise ProviderError(f"the provider process did not start{said}{self.last_words()}")
        self._channel = grpc.insecure_channel(f"127.0.0.1:{port.strip()}", options=CHANNEL_OPTIONS)
        return provider_pb2_grpc.ResourceProviderStub(self._channel)

    def last_words(self) -> str:
        """Return the exit status and the last ten lines of output, if the process ends within a second; else ``""``."""
        status = self._child.wait(1.0)
        if status is None:
            return ""
        return "\n  ".join([f"; it ended with status {status}", *self._tail])

    def end(self) -> None:
        """Kill the process, as the engine does with a plugin.

        With coverage measurement, it gets time to write its results.
        """
        if self._channel is not None:
            self._channel.close()
        self._child.end(grace=_MEASURED_GRACE if self._measured and self._channel is not None else 0.0)

    def kill(self) -> None:
        """Kill a process that no longer answers."""
        self._child.kill()


class Process(Protocol):
    """The interface of a provider's process."""

    timeout: float

    def stub(self) -> Any: ...
    def last_words(self) -> str: ...
    def end(self) -> None: ...
    def kill(self) -> None: ...


class Provider:
    """A provider resource's process and the calls to it. Thread-safe; the process serves four calls at once.

    Every call raises :class:`ProviderError` if it fails.
    """

    def __init__(self, process: Process) -> None:
        self._process = process
        self._stub: Any = None
        self.known = True
        """False in a preview while the provider's own inputs are unknown; then no call is sent."""

    def configure(self, urn: str, ident: str, inputs: Properties) -> None:
        """Configure the process with the `inputs` of the provider resource; not if one of them is unknown (preview).

        For the default provider, they are the stack's configuration.
        """
        config = {k: v for k, v in inputs.items() if k != "__internal"}
        if any(map(contains_unknown, config.values())):
            self.known = False
            return
        prefix = f"{urn_type(urn).rsplit(':', 1)[-1]}:config:"
        variables = {}
        for key, value in config.items():
            if key == "version":
                continue
            bare = plain(value)
            variables[prefix + key] = bare if isinstance(bare, str) else json.dumps(bare)
        request = provider_pb2.ConfigureRequest(
            variables=variables,
            args=marshal(config, secrets=True, resources=True),
            acceptSecrets=True,
            acceptResources=True,
            sends_old_inputs=True,
            sends_old_inputs_to_delete=True,
        )
        self._call("Configure", request)

    def check(
        self, state: ResourceState, olds: Properties, news: Properties, *, preview: bool
    ) -> tuple[Properties, list[CheckFailure]]:
        """Return the checked inputs for `news`, and the failures. `olds` are the last inputs, or empty.

        In a preview, unknown values are sent and accepted.
        """
        if not self.known:
            return copy(news), []
        request = provider_pb2.CheckRequest(
            **_names(state),
            olds=marshal(olds, secrets=False, unknowns=preview),
            news=marshal(news, secrets=False, unknowns=preview),
        )
        answer = self._call("Check", request)
        inputs = self._read(answer.inputs, unknowns=preview)
        mark_secrets(inputs, news)
        return inputs, [CheckFailure(f.property, f.reason) for f in answer.failures]

    def diff(
        self,
        state: ResourceState,
        old_inputs: Properties,
        old_outputs: Properties,
        new_inputs: Properties,
        *,
        preview: bool,
        ignore_changes: list[str],
    ) -> Diff:
        """Return the provider's diff unchanged: ``changes`` may be None. In a preview, unknown values are sent.

        Raises :class:`DiffUnavailable` while the provider's own inputs are unknown.
        """
        if not self.known:
            raise DiffUnavailable(
                "The provider for this resource has inputs that are not known during preview.\n"
                "This preview may not correctly represent the changes that will be applied during an update."
            )
        request = provider_pb2.DiffRequest(
            **_names(state),
            id=state.id,
            old_inputs=_known(old_inputs, unknowns=preview),
            olds=_known(old_outputs, unknowns=preview),
            news=_known(new_inputs, unknowns=preview),
            ignoreChanges=ignore_changes,
        )
        answer = self._call("Diff", request)
        return Diff(
            changes=_CHANGES[answer.changes],
            replace_keys=list(answer.replaces),
            changed_keys=list(answer.diffs),
            delete_before_replace=answer.deleteBeforeReplace,
        )

    def create(self, state: ResourceState, *, preview: bool) -> tuple[str, Properties]:
        """Create a resource with the inputs of `state`, and return its id and outputs.

        In a preview: no id, and the inputs (nothing while the provider's own inputs are unknown).
        """
        if preview:
            return "", copy(state.inputs) if self.known else {}
        request = provider_pb2.CreateRequest(
            **_names(state),
            properties=marshal(state.inputs, secrets=False, unknowns=False),
            timeout=state.custom_timeouts.get("create", 0.0),
        )
        answer = self._call("Create", request)
        if not answer.id:
            raise ProviderError(f"plugin returned empty resource.ID from create '{state.urn}'")
        outputs = self._read(answer.properties, unknowns=False)
        mark_secrets(outputs, state.inputs)
        return answer.id, outputs

    def update(self, old: ResourceState, new: ResourceState, *, preview: bool) -> Properties:
        """Change `old` to the inputs of `new`, and return all outputs. In a preview: as with :meth:`create`."""
        if preview:
            return copy(new.inputs) if self.known else {}
        request = provider_pb2.UpdateRequest(
            **_names(new),
            id=old.id,
            olds=_known(old.outputs),
            news=marshal(new.inputs, secrets=False, unknowns=False),
            old_inputs=_known(old.inputs),
            timeout=new.custom_timeouts.get("update", 0.0),
            ignoreChanges=new.ignore_changes,
        )
        outputs = self._read(self._call("Update", request).properties, unknowns=False)
        mark_secrets(outputs, new.inputs)
        return outputs

    def delete(self, state: ResourceState) -> None:
        request = provider_pb2.DeleteRequest(
            **_names(state),
            id=state.id,
            properties=_known(state.outputs),
            old_inputs=_known(state.inputs),
            timeout=state.custom_timeouts.get("delete", 0.0),
        )
        self._call("Delete", request)

    def read(
        self, state: ResourceState, ident: str, inputs: Properties | None, outputs: Properties
    ) -> tuple[str, Properties | None, Properties | None]:
        """Return id, inputs (None: the provider returned none) and outputs (None: the resource does not exist).

        All three are empty while the provider's own inputs are unknown.
        """
        if not self.known:
            return "", {}, {}
        request = provider_pb2.ReadRequest(
            **_names(state),
            id=ident,
            properties=_known(outputs),
            inputs=None if inputs is None else _known(inputs),
        )
        answer = self._call("Read", request)
        new_outputs = self._read(answer.properties, unknowns=False) if answer.HasField("properties") else None
        new_inputs = self._read(answer.inputs, unknowns=False) if answer.HasField("inputs") else None
        mark_secrets(new_inputs, inputs)
        mark_secrets(new_outputs, outputs)
        return answer.id, new_inputs, new_outputs

    def end(self) -> None:
        self._process.end()

    def _read(self, props: struct_pb2.Struct, *, unknowns: bool) -> Properties:
        try:
            return unmarshal(props, allow_unknowns=unknowns)
        except WireError as e:
            raise ProviderError(str(e)) from None

    def _call(self, method: str, request: Any) -> Any:
        try:
            if self._stub is None:
                self._stub = self._process.stub()
            return getattr(self._stub, method)(request, timeout=self._process.timeout)
        except grpc.RpcError as e:
            if e.code() is grpc.StatusCode.DEADLINE_EXCEEDED:
                self._process.kill()
                seconds = self._process.timeout
                raise ProviderError(f"the provider did not answer {method} within {seconds:g} s") from None
            if e.code() is grpc.StatusCode.UNAVAILABLE:
                words = self._process.last_words()
                raise ProviderError(f"the provider process is gone (during {method}){words}") from None
            raise ProviderError(e.details() or str(e.code())) from None
        except ValueError as e:  # the channel was closed during the call: the operation is ending
            raise ProviderError(f"the provider was stopped during {method}: {e}") from None


def _known(props: Properties, *, unknowns: bool = False) -> struct_pb2.Struct:
    """Return `props` as a message without secret marks and contents of assets; `unknowns` keeps unknown values."""
    return marshal(without_contents(props), secrets=False, unknowns=unknowns)


def _names(state: ResourceState) -> dict[str, Any]:
    return {"urn": state.urn, "name": urn_name(state.urn), "type": state.type}


__all__ = [
    "CHANNEL_OPTIONS",
    "CheckFailure",
    "DiffUnavailable",
    "ProcessError",
    "Provider",
    "ProviderError",
    "ProviderLauncher",
]

"""The process of the native plugin, driven over gRPC as the engine drives it, with an engine that keeps its lines."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2_grpc, provider_pb2_grpc
from pulumi.runtime.proto import provider_pb2 as pb

from pulumi_daily.testing._wire import marshal, unmarshal

CALL_SECONDS = 60.0


def urn(kind: str, name: str, parents: str = "") -> str:
    return f"urn:pulumi:dev::shop::{parents}daily:index:{kind}::{name}"


class Refused(Exception):
    """The plugin answered with an error; the text is what Pulumi prints."""


class Engine(engine_pb2_grpc.EngineServicer):
    """Keeps ``(urn, line)`` of all that the plugin says."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []

    def Log(self, request: Any, context: grpc.ServicerContext) -> Any:
        self.lines.append((request.urn, request.message))
        return empty_pb2.Empty()


def struct(values: Mapping[str, Any]) -> Any:
    return marshal(dict(values), secrets=True)


class Plugin:
    """One plugin process and its engine."""

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        keep = {k: v for k, v in os.environ.items() if not k.upper().startswith(("DAILY_", "PULUMI_"))}
        self._pool = ThreadPoolExecutor(4)
        self._server = grpc.server(self._pool)
        self.engine = Engine()
        engine_pb2_grpc.add_EngineServicer_to_server(self.engine, self._server)
        port = self._server.add_insecure_port("127.0.0.1:0")
        self._server.start()
        self.process = subprocess.Popen(
            [sys.executable, "-c", "from pulumi_daily.plugin import main; main()", f"127.0.0.1:{port}"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            env={**keep, **(environment or {})},
        )
        self._watch = threading.Timer(CALL_SECONDS, self.process.kill)
        self._watch.start()
        assert self.process.stdout
        line = self.process.stdout.readline().strip()
        assert line.isdigit(), self.process.communicate()[1].decode()
        self._channel = grpc.insecure_channel(f"127.0.0.1:{int(line)}", options=[("grpc.enable_http_proxy", 0)])
        self.stub = provider_pb2_grpc.ResourceProviderStub(self._channel)

    def call(self, method: str, request: Any) -> Any:
        try:
            return getattr(self.stub, method)(request, timeout=CALL_SECONDS, wait_for_ready=True)
        except grpc.RpcError as error:
            raise Refused(error.details()) from None

    def configure(self, name: str = "default", **options: Any) -> None:
        provider = f"urn:pulumi:dev::shop::pulumi:providers:daily::{name}"
        self.call("Configure", pb.ConfigureRequest(args=struct(options), urn=provider, name=name))

    def check(self, of: str, news: Mapping[str, Any], olds: Mapping[str, Any] | None = None) -> Any:
        """Inputs and failures by property."""
        answer = self.call("Check", pb.CheckRequest(urn=of, olds=struct(olds or {}), news=struct(news)))
        return unmarshal(answer.inputs), dict(f.reason.split(": ", 1) for f in answer.failures)

    def diff(self, of: str, identity: str, olds: Mapping[str, Any], news: Mapping[str, Any], *ignored: str) -> Any:
        request = pb.DiffRequest(urn=of, id=identity, olds=struct(olds), news=struct(news), ignoreChanges=ignored)
        return self.call("Diff", request)

    def create(self, of: str, inputs: Mapping[str, Any], *, preview: bool = False, timeout: float = 0.0) -> Any:
        request = pb.CreateRequest(urn=of, properties=struct(inputs), preview=preview, timeout=timeout)
        answer = self.call("Create", request)
        return answer.id, unmarshal(answer.properties)

    def update(
        self, of: str, identity: str, olds: Mapping[str, Any], news: Mapping[str, Any], *, preview: bool = False
    ) -> Any:
        request = pb.UpdateRequest(urn=of, id=identity, olds=struct(olds), news=struct(news), preview=preview)
        return unmarshal(self.call("Update", request).properties)

    def read(self, of: str, identity: str, outputs: Mapping[str, Any], inputs: Mapping[str, Any]) -> Any:
        request = pb.ReadRequest(urn=of, id=identity, properties=struct(outputs), inputs=struct(inputs))
        answer = self.call("Read", request)
        return answer.id, unmarshal(answer.properties), unmarshal(answer.inputs)

    def delete(self, of: str, identity: str, outputs: Mapping[str, Any]) -> None:
        self.call("Delete", pb.DeleteRequest(urn=of, id=identity, properties=struct(outputs)))

    def invoke(self, function: str, **args: Any) -> Any:
        answer = self.call("Invoke", pb.InvokeRequest(tok=f"daily:index:{function}", args=struct(args)))
        return unmarshal(getattr(answer, "return"))

    def end(self) -> str:
        """End the process and the engine, and return what it wrote to its stderr."""
        self._watch.cancel()
        self._channel.close()
        self.process.terminate()
        try:
            errors = self.process.communicate(timeout=20)[1]
        except subprocess.TimeoutExpired:
            self.process.kill()
            errors = self.process.communicate(timeout=20)[1]
        self._server.stop(None).wait(20)
        self._pool.shutdown()
        return errors.decode()


@contextlib.contextmanager
def plugin_process(**options: Any) -> Iterator[Plugin]:
    """A configured plugin that always ends, and writes nothing to its stderr."""
    plugin = Plugin()
    try:
        plugin.configure(**options)
        yield plugin
    finally:
        errors = plugin.end()
    assert errors == ""

"""The real `python -m pulumi.dynamic` process, driven over gRPC as the engine drives it.

Values cross as protobuf structs without Pulumi's own helpers, so that what is tested is the wire.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from typing import Any

import grpc
from google.protobuf import json_format, struct_pb2
from pulumi.runtime.proto import provider_pb2 as pb
from pulumi.runtime.proto import provider_pb2_grpc

from pulumi_daily.providers import RoomProvider, serialized

START_SECONDS = 60.0
CALL_SECONDS = 60.0
URN = "urn:pulumi:dev::shop::pulumi-python:dynamic/daily:Room::standup"
PROVIDER = serialized(RoomProvider)


class Refused(Exception):
    """The process answered with an error; the text is what Pulumi prints."""


def struct(values: Mapping[str, Any]) -> struct_pb2.Struct:
    """Values as the engine sends them, the provider among them."""
    made = struct_pb2.Struct()
    made.update({**values, "__provider": PROVIDER})
    return made


def plain(values: struct_pb2.Struct) -> dict[str, Any]:
    """Values as they came, without the provider."""
    found: dict[str, Any] = json_format.MessageToDict(values)
    assert found.pop("__provider") == PROVIDER
    return found


class ProviderProcess:
    """One provider process. `stdout` and `stderr` are complete after `end`."""

    def __init__(self, config: Mapping[str, str], environment: Mapping[str, str] | None = None) -> None:
        keep = {k: v for k, v in os.environ.items() if not k.upper().startswith(("DAILY_", "PULUMI_"))}
        self.process = subprocess.Popen(
            [sys.executable, "-u", "-m", "pulumi.dynamic", "127.0.0.1:1"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            env={**keep, "PULUMI_PROJECT": "shop", **(environment or {})},
        )
        self.stdout, self.stderr = b"", b""
        # Whatever goes wrong below, the process ends, and with it the wait for its first line.
        self._watch = threading.Timer(START_SECONDS, self.process.kill)
        self._watch.start()
        assert self.process.stdout
        port = self.process.stdout.readline().strip()
        self._watch.cancel()
        if not port.isdigit():
            self.end()
            raise AssertionError(f"the provider process did not start: {self.stderr.decode()}")
        self._channel = grpc.insecure_channel(f"127.0.0.1:{int(port)}", options=[("grpc.enable_http_proxy", 0)])
        self.stub = provider_pb2_grpc.ResourceProviderStub(self._channel)
        self.call("Configure", pb.ConfigureRequest(args=_arguments(config)))

    def call(self, method: str, request: Any) -> Any:
        """One call; `Refused` with the text of an error."""
        try:
            return getattr(self.stub, method)(request, timeout=CALL_SECONDS, wait_for_ready=True)
        except grpc.RpcError as error:
            raise Refused(error.details()) from None

    def check(self, olds: Mapping[str, Any], news: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
        answer = self.call("Check", pb.CheckRequest(urn=URN, olds=struct(olds), news=struct(news)))
        return plain(answer.inputs), dict(f.reason.split(": ", 1) for f in answer.failures)

    def diff(self, identity: str, olds: Mapping[str, Any], news: Mapping[str, Any]) -> Any:
        return self.call("Diff", pb.DiffRequest(id=identity, urn=URN, olds=struct(olds), news=struct(news)))

    def create(self, inputs: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        answer = self.call("Create", pb.CreateRequest(urn=URN, properties=struct(inputs)))
        return answer.id, plain(answer.properties)

    def read(self, identity: str, outs: Mapping[str, Any]) -> tuple[str, dict[str, Any], dict[str, Any]]:
        answer = self.call("Read", pb.ReadRequest(id=identity, urn=URN, properties=struct(outs)))
        return answer.id, plain(answer.properties), plain(answer.inputs) if answer.inputs.fields else {}

    def update(self, identity: str, olds: Mapping[str, Any], news: Mapping[str, Any]) -> dict[str, Any]:
        answer = self.call("Update", pb.UpdateRequest(id=identity, urn=URN, olds=struct(olds), news=struct(news)))
        return plain(answer.properties)

    def delete(self, identity: str, outs: Mapping[str, Any]) -> None:
        self.call("Delete", pb.DeleteRequest(id=identity, urn=URN, properties=struct(outs)))

    def end(self) -> None:
        """End the process, whatever it is doing, and take its output."""
        self._watch.cancel()
        if hasattr(self, "_channel"):
            self._channel.close()
        self.process.terminate()
        try:
            rest, self.stderr = self.process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            rest, self.stderr = self.process.communicate(timeout=20)
        self.stdout += rest


def _arguments(config: Mapping[str, str]) -> struct_pb2.Struct:
    made = struct_pb2.Struct()
    made.update(dict(config))
    return made


@contextlib.contextmanager
def provider_process(**config: str) -> Iterator[ProviderProcess]:
    """A configured provider process that always ends; `config` without the `daily:`."""
    process = ProviderProcess({f"daily:{key}": value for key, value in config.items()})
    try:
        yield process
    finally:
        process.end()

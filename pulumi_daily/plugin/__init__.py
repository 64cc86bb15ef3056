"""The native plugin: the same resources for programs in every language of Pulumi.

Pulumi starts the console script ``pulumi-resource-daily`` with the address of its engine, and reads the port from its
standard output.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

WORKERS = 64
"""The largest number of calls at the same time. Calls wait for rate limits, so there are many more than processors."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve the plugin until Pulumi ends the process."""
    from concurrent.futures import ThreadPoolExecutor

    import grpc
    from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS
    from pulumi.runtime.proto import engine_pb2_grpc, provider_pb2_grpc

    from .._parent import pulumi_gone, stop_without_pulumi
    from ..connection import STOP
    from ._server import DailyPlugin, EngineLog

    given = [item for item in (sys.argv[1:] if arguments is None else arguments) if not item.startswith("-")]
    if not given:
        sys.exit("pulumi-resource-daily is started by Pulumi, with the address of its engine")
    engine = engine_pb2_grpc.EngineStub(grpc.insecure_channel(given[0], options=_GRPC_CHANNEL_OPTIONS))
    server = grpc.server(ThreadPoolExecutor(WORKERS, "pulumi-daily"), options=_GRPC_CHANNEL_OPTIONS)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(DailyPlugin(EngineLog(engine)), server)
    port = server.add_insecure_port("127.0.0.1:0")
    try:
        server.start()
        stop_without_pulumi(STOP, pulumi_gone(given))
        sys.stdout.write(f"{port}\n")
        sys.stdout.flush()
        server.wait_for_termination()
    except KeyboardInterrupt:
        server.stop(grace=None)

"""References to other stacks: the resource ``pulumi:pulumi:StackReference``, which the engine serves itself.

Its provider is not a process: :class:`ReferenceProcess` replaces one, and returns the outputs of stacks that the test
has given.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from google.protobuf import empty_pb2  # type: ignore[import-untyped]
from pulumi.runtime.proto import provider_pb2

from ._provider import ProviderError
from ._wire import Properties, contains_secret, marshal

PACKAGE = "pulumi"


class ReferenceProcess:
    """An implementation of :class:`~._provider.Process` without a process, which serves reads of stack references.

    `outputs` are the outputs of each stack, by ``organization/project/stack``.
    """

    timeout = 0.0

    def __init__(self, outputs: Mapping[str, Mapping[str, Any]]) -> None:
        self._outputs = outputs

    def stub(self) -> ReferenceProcess:
        """Return the client of this process: the process itself."""
        return self

    def Configure(self, request: Any, timeout: float) -> Any:
        return empty_pb2.Empty()

    def Read(self, request: Any, timeout: float) -> Any:
        """Return the outputs of the requested stack. Raises :class:`ProviderError` for an unknown stack."""
        name = request.id
        if name not in self._outputs:
            how = f'give its outputs to the test kit: Stack(…, references={{"{name}": {{…}}}})'
            raise ProviderError(f'unknown stack "{name}"; {how}')
        outputs = dict(self._outputs[name])
        found: Properties = {
            "name": name,
            "outputs": outputs,
            "secretOutputNames": sorted(key for key, value in outputs.items() if contains_secret(value)),
        }
        return provider_pb2.ReadResponse(
            id=name, inputs=request.inputs, properties=marshal(found, secrets=True, resources=True)
        )

    def last_words(self) -> str:
        return ""

    def end(self) -> None:
        """Do nothing: there is no process."""

    def kill(self) -> None:
        """Do nothing: there is no process."""

"""The real provider process serves what releases have left in states: references to providers, inputs and outputs.

The process is new and knows nothing but the installed package, as after an upgrade. The references are used as they are
in the state.
"""

from __future__ import annotations

import base64
import dataclasses
import importlib.metadata
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import released
from google.protobuf import struct_pb2
from wire_driver import ProviderProcess, Refused, pb, provider_process

from pulumi_daily.emulator import Emulator
from pulumi_daily.lifecycle.state import OUTPUT_ONLY
from pulumi_daily.objects.notes import HIDDEN
from pulumi_daily.ownership import Hints
from pulumi_daily.providers import PROVIDERS

VERSION = importlib.metadata.version("pulumi-daily")
SECRET = "4dabf18193072939515e22adb298388d"
HINTS = {
    "owner": "owner",
    "formerly": "formerly",
    "ignored": "ignore_changes",
    "secret": "secrets",
    "took": "took",
    "retain": "retain",
    "since": "since",
    "may_replace": "replace_on_changes",
}
"""The hidden key of each hint."""
HIDDEN_KEYS = {*HINTS.values(), *OUTPUT_ONLY, "auto_name"}
SOAK = bool(os.environ.get("PULUMI_DAILY_SOAK"))
"""Whether each output gets every odd value, instead of one."""
ODD = {"nothing": "", "deep": {"a": [1, {"b": None}]}, "many": [True, "x"]}
LAWS = Path(__file__).resolve().parents[1] / "laws" / "released_states.json"


def plain(value: Any) -> Any:
    """Return a value of an export without the marks of secrets, as the engine sends it to a dynamic provider."""
    if isinstance(value, dict):
        return json.loads(value["plaintext"]) if SECRET in value else {key: plain(one) for key, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, list) else value


def struct(values: Mapping[str, Any]) -> struct_pb2.Struct:
    made = struct_pb2.Struct()
    made.update(dict(values))
    return made


def variants(outputs: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the outputs without each key, and with values of other shapes for it; hidden keys and rooms included."""
    for number, name in enumerate(sorted({*outputs} - {"__provider"})):
        rest = {key: value for key, value in outputs.items() if key != name}
        yield rest
        shapes = list(ODD.values())
        yield from ({**rest, name: odd} for odd in (shapes if SOAK else [shapes[number % len(shapes)]]))
        if name in (HIDDEN, "room_ids", "urls") or name.endswith("properties"):
            yield from ({**rest, name: inner} for inner in variants(outputs[name]))


class Stored:
    """A resource of a state, and the engine's calls for it."""

    def __init__(self, process: ProviderProcess, resource: Mapping[str, Any]) -> None:
        self.process = process
        self.id, self.urn = resource["id"], resource["urn"]
        self.external = bool(resource.get("external"))
        self.inputs, self.outputs = plain(resource.get("inputs", {})), plain(resource["outputs"])

    def diff(self, outputs: Mapping[str, Any]) -> Any:
        """Check the inputs of the state as the program's, and compare."""
        olds, news = struct(self.inputs), struct(self.inputs)
        checked = self.process.call("Check", pb.CheckRequest(urn=self.urn, olds=olds, news=news))
        assert [(one.property, one.reason) for one in checked.failures] == []
        request = pb.DiffRequest(
            id=self.id, urn=self.urn, olds=struct(outputs), news=checked.inputs, old_inputs=struct(self.inputs)
        )
        return self.process.call("Diff", request)

    def read(self, outputs: Mapping[str, Any]) -> Any:
        return self.process.call("Read", pb.ReadRequest(id=self.id, urn=self.urn, properties=struct(outputs)))

    def delete(self) -> None:
        self.process.call("Delete", pb.DeleteRequest(id=self.id, urn=self.urn, properties=struct(self.outputs)))


@pytest.fixture(scope="module", params=released.releases())
def left(request: pytest.FixtureRequest) -> Iterator[tuple[Emulator, list[Stored]]]:
    """What one release has left on Daily and in the state; nothing here changes it."""
    with released.left_by(request.param) as (emulator, data):
        with provider_process(apiKey=released.KEY, apiUrl=emulator.url, maxRetrySeconds="1") as process:
            yield emulator, [Stored(process, one) for one in released.resources(data["deployment"])]


def test_a_released_state_differs_in_nothing(left: tuple[Emulator, list[Stored]]) -> None:
    emulator, stored = left
    emulator.clear_log()
    for one in stored:
        if not one.external:
            assert one.diff(one.outputs).changes == pb.DiffResponse.DIFF_NONE, one.urn
        found = one.read(one.outputs)
        assert found.id == one.id
        assert found.properties["__provider"] == one.outputs["__provider"]
    assert {request.method for request in emulator.requests} == {"GET"}


def test_keys_of_a_newer_release_are_no_difference(left: tuple[Emulator, list[Stored]]) -> None:
    """A state that a newer version wrote, after going back to this one."""
    for one in left[1]:
        outputs = {**one.outputs, "of_a_newer_release": ODD, HIDDEN: {**one.outputs.get(HIDDEN, {}), "newer": ODD}}
        if not one.external:
            assert one.diff(outputs).changes == pb.DiffResponse.DIFF_NONE, one.urn
        assert one.read(outputs).id == one.id


@pytest.mark.parametrize("left", [VERSION], indirect=True)
def test_missing_and_odd_values_never_end_in_a_traceback(left: tuple[Emulator, list[Stored]]) -> None:
    """Each output is left out, and each has a value of another shape: a result, or one readable error."""
    cases, failures = 0, []
    for one in left[1]:
        for outputs in variants(one.outputs):
            for call in (one.read, one.diff)[: 1 if one.external else 2]:
                cases += 1
                try:
                    call(outputs)
                except Refused as refused:
                    if "DailyError: " not in str(refused) or "Traceback" in str(refused):
                        failures.append(f"{one.urn} {outputs}: {refused}")
    assert failures == []
    assert cases > 400


@pytest.mark.parametrize("version", released.releases())
def test_a_released_stack_can_be_deleted(version: str) -> None:
    with released.left_by(version) as (emulator, data):
        emulator.clock.advance(released.DAYS * 86400)
        with provider_process(apiKey=released.KEY, apiUrl=emulator.url, maxRetrySeconds="1") as process:
            for one in reversed([Stored(process, each) for each in released.resources(data["deployment"])]):
                if not one.external:
                    one.delete()
        assert set(emulator.rooms()) == {"theirs"}
        kinds = ("webhooks", "dialin_configs", "phone_numbers", "sip_trunks", "sip_clients")
        assert not any(emulator.objects(kind) for kind in kinds)


# -- the files are complete


def test_this_version_has_its_states() -> None:
    """Record them with the CLI: docs/releasing.md."""
    assert VERSION in released.releases()
    assert VERSION in json.loads(LAWS.read_text(encoding="utf-8"))


def test_the_states_of_this_version_have_every_kind_with_all_its_inputs_and_outputs() -> None:
    """What depends on the clock may be in released_states.json instead."""
    found: dict[str, tuple[set[str], set[str]]] = {}
    here = [(one["type"].removeprefix(released.TYPE), one) for one in released.resources(_deployment())]
    by_law = json.loads(LAWS.read_text(encoding="utf-8"))[VERSION].values()
    for kind, one in [*here, *((one.get("kind", "Room"), one) for one in by_law)]:
        inputs, outputs = found.setdefault(kind, (set(), set()))
        inputs |= set(one.get("inputs", {}))
        outputs |= set(one["outputs"])
    assert {kind for kind, _ in here} == {provider.spec.kind for provider in PROVIDERS}
    for provider in PROVIDERS:
        spec = provider.spec
        inputs, outputs = found[spec.kind]
        assert set(spec.inputs.model_fields) - inputs == set(), f"inputs of {spec.kind} without a recorded state"
        wanted = {*spec.outputs, *(field.name for field in spec.output_fields)}
        assert wanted - outputs == set(), f"outputs of {spec.kind} without a recorded state"


def test_the_states_of_this_version_have_every_hidden_key_and_reference() -> None:
    assert {field.name for field in dataclasses.fields(Hints)} == set(HINTS)
    outputs = [plain(one["outputs"]) for one in released.resources(_deployment())]
    assert {key for one in outputs for key in one.get(HIDDEN, {})} == HIDDEN_KEYS
    references = {base64.b64decode(one["__provider"]) for one in outputs}
    for provider in PROVIDERS:
        name = provider.__name__.encode()
        assert any(b"pulumi_daily.providers" in one and name in one for one in references)


def _deployment() -> Mapping[str, Any]:
    found: Mapping[str, Any] = released.loaded(VERSION)["deployment"]
    return found

"""The generated resource classes: their arguments are the inputs of the model, their outputs those of the spec."""

from __future__ import annotations

import inspect
import sys
import typing
from pathlib import Path
from typing import Any

import pulumi
import pytest

import pulumi_daily
from pulumi_daily.objects.fields import entries
from pulumi_daily.objects.spec import DOMAIN, DOMAIN_ID
from pulumi_daily.objects.validation import nested_model

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))

from targets import TARGETS, Target

every_kind = pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.spec.kind)
NOT_READ = {"RoomSet", "MeetingToken"}
"""What Daily does not have under one id."""


def class_of(target: Target) -> Any:
    return getattr(pulumi_daily, target.spec.kind)


@every_kind
def test_arguments_are_the_inputs(target: Target) -> None:
    known = entries(target.spec.inputs)
    name, *given = [p for key, p in inspect.signature(class_of(target)).parameters.items()]
    assert name.name == "resource_name"
    assert name.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
    assert {p.name for p in given} == {*known, "opts"}
    assert {p.kind for p in given} == {inspect.Parameter.KEYWORD_ONLY}
    required = {p.name for p in given if p.default is inspect.Parameter.empty}
    assert required == {name for name, entry in known.items() if entry.meta.required}
    assert {p.default for p in given} <= {inspect.Parameter.empty, None}


@every_kind
def test_outputs_are_those_of_the_description(target: Target) -> None:
    spec = target.spec
    annotated = {
        name: kind for name, kind in class_of(target).__annotations__.items() if kind.startswith("pulumi.Output[")
    }
    own = [name for name in spec.inputs.model_fields if name not in spec.local]
    assert set(annotated) == {*own, *spec.outputs, DOMAIN, DOMAIN_ID}
    names = vars(sys.modules[class_of(target).__module__])
    for kind in annotated.values():
        assert typing.get_origin(eval(kind, dict(names))) is pulumi.Output


@every_kind
def test_a_typed_argument_takes_the_typed_inputs_of_its_model(target: Target) -> None:
    parameters = inspect.signature(class_of(target)).parameters
    for name, entry in entries(target.spec.inputs).items():
        inner = nested_model(entry.annotation)
        if inner is not None:
            assert f"{inner.__name__}Args |" in str(parameters[name].annotation)
            assert f"{inner.__name__}ArgsDict" in str(parameters[name].annotation)


@every_kind
def test_every_argument_and_output_is_described(target: Target) -> None:
    made = class_of(target)
    told = " ".join((made.__init__.__doc__ or "").split())
    for name, entry in entries(target.spec.inputs).items():
        assert f":param {name}: {entry.meta.doc.split()[0]}" in told
    source = inspect.getsource(made)
    for item in target.spec.shown:
        assert item.doc.split()[0] in source
    assert (made.__doc__ or "").split()[0] == target.spec.doc.split()[0]


@every_kind
def test_what_has_an_id_on_daily_can_be_read(target: Target) -> None:
    made = class_of(target)
    assert ("get" in vars(made)) == (target.spec.kind not in NOT_READ)
    if "get" in vars(made):
        assert list(inspect.signature(made.get).parameters) == ["resource_name", "id", "opts"]

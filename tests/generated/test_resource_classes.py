"""The generated resource classes: their arguments are the inputs of the model, their outputs those of the spec."""

from __future__ import annotations

import ast
import inspect
import sys
import typing
from typing import Any

import pulumi
import pytest
from targets import TARGETS, Target

import pulumi_daily
from pulumi_daily.objects.fields import entries
from pulumi_daily.objects.spec import DOMAIN, DOMAIN_ID
from pulumi_daily.objects.validation import nested_model

every_kind = pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.spec.kind)
NOT_READ = {"RoomSet", "MeetingToken"}
"""What Daily does not have under one id."""


def class_of(target: Target) -> Any:
    return getattr(pulumi_daily, target.spec.kind)


def keywords_of(target: Target) -> ast.FunctionDef:
    """The constructor with keywords, as it is for type checkers: the first overload."""
    [made] = [node for node in ast.parse(inspect.getsource(class_of(target))).body if isinstance(node, ast.ClassDef)]
    forms = [node for node in made.body if isinstance(node, ast.FunctionDef) and node.name == "__init__"]
    assert [[ast.unparse(one) for one in form.decorator_list] for form in forms] == [["overload"], ["overload"], []]
    assert ast.unparse(forms[1].args) == (
        f"self, resource_name: str, args: {target.spec.kind}Args, opts: pulumi.ResourceOptions | None=None"
    )
    return forms[0]


@every_kind
def test_arguments_are_the_inputs(target: Target) -> None:
    arguments, known = keywords_of(target).args, entries(target.spec.inputs)
    assert [one.arg for one in arguments.args] == ["self", "resource_name", "opts"]
    assert {one.arg for one in arguments.kwonlyargs} == set(known)
    defaults = {one.arg: value for one, value in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)}
    assert {name for name, value in defaults.items() if value is None} == {
        name for name, entry in known.items() if entry.meta.required
    }
    args = getattr(pulumi_daily, f"{target.spec.kind}Args")
    assert class_of(target)._args_class is args
    written = {one.arg: ast.unparse(one.annotation) for one in arguments.kwonlyargs if one.annotation is not None}
    assert {name: kind.replace('"', "'") for name, kind in args.__annotations__.items()} == written


@every_kind
def test_outputs_are_those_of_the_description(target: Target) -> None:
    spec, made = target.spec, class_of(target)
    found = {name: value for name, value in vars(made).items() if isinstance(value, property) and name[0] != "_"}
    own = [name for name in spec.inputs.model_fields if name not in spec.provider_only_inputs]
    assert set(found) == {*own, *spec.outputs, DOMAIN, DOMAIN_ID}
    names = {**vars(sys.modules[made.__module__]), "pulumi": pulumi}
    for name, value in found.items():
        kind = eval(value.fget.__annotations__["return"], dict(names))
        assert typing.get_origin(kind) is pulumi.Output
        assert "dict[str, typing.Any]" not in str(kind) or name == "extra_properties"
        assert value.__doc__


@every_kind
def test_a_typed_argument_takes_the_typed_inputs_of_its_model(target: Target) -> None:
    written = {one.arg: ast.unparse(one.annotation or one) for one in keywords_of(target).args.kwonlyargs}
    for name, entry in entries(target.spec.inputs).items():
        inner = nested_model(entry.annotation)
        if inner is not None:
            assert f"{inner.__name__}Args | {inner.__name__}ArgsDict" in written[name]


@every_kind
def test_every_argument_and_output_is_described(target: Target) -> None:
    made = class_of(target)
    told = " ".join((made.__init__.__doc__ or "").split())
    for name, entry in entries(target.spec.inputs).items():
        assert f":param {name}: {entry.meta.doc.split()[0]}" in told
    source = inspect.getsource(made)
    for item in target.spec.output_fields:
        assert item.doc.split()[0] in source
    assert (made.__doc__ or "").split()[0] == target.spec.doc.split()[0]


@every_kind
def test_what_has_an_id_on_daily_can_be_read(target: Target) -> None:
    made = class_of(target)
    assert ("get" in vars(made)) == (target.spec.kind not in NOT_READ)
    if "get" in vars(made):
        assert list(inspect.signature(made.get).parameters) == ["resource_name", "id", "opts"]

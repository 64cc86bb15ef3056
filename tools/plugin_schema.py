"""The schema of the native plugin (``pulumi_daily/plugin/schema.json``), from the field models and the lookups."""

from __future__ import annotations

import collections.abc
import dataclasses
import inspect
import json
import re
import typing
from collections.abc import Iterator
from datetime import datetime
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from models import camel, is_model, options
from reference_pages import meaning
from targets import TARGETS, Target

from pulumi_daily._output_object import OutputObject
from pulumi_daily.lookups._results import Result, Wire
from pulumi_daily.objects.fields import Entry, Fields, entries
from pulumi_daily.objects.kinds import PLUGIN_TYPE
from pulumi_daily.objects.spec import OutputField
from pulumi_daily.objects.values import camel_case as property_name
from pulumi_daily.plugin._functions import FUNCTIONS, Function
from pulumi_daily.settings import OPTIONS

Schema = dict[str, Any]

PATH = "pulumi_daily/plugin/schema.json"
CALLABLE = collections.abc.Callable
ANY = {"$ref": "pulumi.json#/Any"}
FREE = {"type": "object", "additionalProperties": ANY}
SCALARS = {bool: "boolean", int: "integer", float: "number", str: "string"}
REPOSITORY = "https://github.com/pulumi-daily/pulumi-daily"


class Types:
    """The object and enumeration types of the schema, collected while properties are written."""

    def __init__(self) -> None:
        self.found: dict[str, Schema] = {}

    def of(self, annotation: Any, enum: str, *, closed: bool = False, doc: str = "") -> Schema:
        """Return the type of a value. ``enum`` is the name of its enumeration, if it has choices."""
        members = [one for one in options(annotation) if one is not datetime and get_origin(one) is not CALLABLE]
        members = [one for one in members if not (one is int and float in members)]
        kinds = list(dict.fromkeys(json.dumps(self._option(one, enum, doc)) for one in members))
        found: list[Schema] = [json.loads(kind) for kind in kinds]
        if (
            {"$ref": f"#/types/{PLUGIN_TYPE}{enum}"} in found
            and "enum" in self.found[PLUGIN_TYPE + enum]
            and not closed
        ):
            # Daily adds values to its enumerations: others than those of the enumeration are allowed, too.
            found = [{"type": "string"}, *(one for one in found if one != {"type": "string"})]
        if len(found) > 1 and any(one.get("type") == "array" for one in found):
            return ANY  # Pulumi's Python SDK fails with a list whose type is a union (measured with 3.272)
        return found[0] if len(found) == 1 else {"oneOf": found}

    def _option(self, option: Any, enum: str, doc: str) -> Schema:
        origin, args = get_origin(option), get_args(option)
        if is_model(option):
            return self.model(option)
        if origin is Literal:
            return self._enum(enum, args, doc) if all(isinstance(one, str) for one in args) else {"type": "integer"}
        if origin in (list, collections.abc.Sequence, tuple):
            return {"type": "array", "items": self.of(args[0], enum, doc=doc)}
        if origin in (dict, collections.abc.Mapping):
            return FREE if args[1] is Any else {"type": "object", "additionalProperties": self.of(args[1], enum)}
        if isinstance(option, type) and issubclass(option, Result):
            return self.result(option)
        if isinstance(option, type) and issubclass(option, OutputObject):
            return {"$ref": f"#/types/{PLUGIN_TYPE}{option.__name__}"}
        return {"type": SCALARS[option]} if option in SCALARS else ANY

    def _enum(self, name: str, choices: tuple[str, ...], doc: str) -> Schema:
        values = [{"name": camel(re.sub(r"\W+", "_", one)) or "Empty", "value": one} for one in choices]
        self.found.setdefault(PLUGIN_TYPE + name, {"type": "string", "description": doc, "enum": values})
        return {"$ref": f"#/types/{PLUGIN_TYPE}{name}"}

    def model(self, model: type[Fields]) -> Schema:
        """Return a reference to the type of a field model, which is added with its first use."""
        token = PLUGIN_TYPE + model.__name__
        if token not in self.found:
            self.found[token] = {}
            self.found[token] = {
                "type": "object",
                "description": " ".join((model.__doc__ or "").split()),
                "properties": {property_name(name): self.setting(model, one) for name, one in entries(model).items()},
                **_required(property_name(name) for name, one in entries(model).items() if one.meta.required),
            }
        return {"$ref": f"#/types/{token}"}

    def setting(self, model: type[Fields], entry: Entry) -> Schema:
        """Return the property of a setting."""
        meta = entry.meta
        enum = model.__name__ + camel(entry.name)
        kind = self.of(entry.annotation, enum, closed=meta.closed, doc=meta.doc)
        values = f" A list has values of `{enum}`." if kind == ANY and PLUGIN_TYPE + enum in self.found else ""
        return {
            **kind,
            "description": meaning(entry) + values,
            **({"secret": True} if meta.secret else {}),
            **({"deprecationMessage": f"Use {meta.deprecated}."} if meta.deprecated else {}),
        }

    def output(self, item: OutputField) -> Schema:
        """Return the property of an output that is no input."""
        plain = item.type.removesuffix(" | None")
        kinds = {"str": str, "int": int, "bool": bool, "dict[str, str]": dict[str, str]}
        kind = self.model(item.model) if item.model else self.of(kinds[plain], "") if plain in kinds else FREE
        return {**kind, "description": item.doc, **({"secret": True} if item.secret else {})}

    def result(self, cls: type[Result]) -> Schema:
        """Return a reference to the type of a lookup's result within a list.

        Its name differs from those of results that Pulumi's generators make of functions (``GetRoomResult``).
        """
        token = f"{PLUGIN_TYPE}Found{cls.__name__.removeprefix('Get').removesuffix('Result')}"
        if token not in self.found:
            self.found[token] = {}
            self.found[token] = {"type": "object", **self.fields(cls)}
        return {"$ref": f"#/types/{token}"}

    def fields(self, cls: type[Result]) -> Schema:
        """Return properties and required properties of a lookup's result."""
        hints = typing.get_type_hints(cls, include_extras=True)
        docs = _attribute_docs(cls)
        found: dict[str, Schema] = {}
        for one in dataclasses.fields(cls):
            if one.name == "_raw":
                continue
            secret = any(isinstance(part, Wire) and part.secret for part in get_args(hints[one.name]))
            kind = self.of(hints[one.name], cls.__name__ + camel(one.name))
            found[one.name] = {
                **kind,
                **({"description": docs[one.name]} if one.name in docs else {}),
                **({"secret": True} if secret else {}),
            }
        always = (name for name in found if type(None) not in _members(hints[name]))
        return {
            "description": " ".join((cls.__doc__ or "").split()),
            "properties": {property_name(name): item for name, item in found.items()},
            **_required(map(property_name, always)),
        }


def _members(annotation: Any) -> tuple[Any, ...]:
    """Return the members of a union, also inside Annotated."""
    inner = get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation
    return get_args(inner) if get_origin(inner) in (Union, UnionType) else (inner,)


def _required(names: Iterator[str]) -> Schema:
    found = sorted(names)
    return {"required": found} if found else {}


def _attribute_docs(cls: type[Any]) -> dict[str, str]:
    """Return the text below each attribute of a class, by the attribute's name."""
    source = inspect.getsource(cls)
    pairs = re.findall(r'^    (\w+): [^\n]*\n(?:        [^\n]*\n)*?    """(.*?)"""', source, re.M | re.S)
    return {name: " ".join(text.split()).replace("``", "`") for name, text in pairs}


def schema() -> str:
    """Return the text of the schema file."""
    types = Types()
    resources = {f"{PLUGIN_TYPE}{target.spec.kind}": _resource(target, types) for target in TARGETS}
    functions = {one.token: _function(one, types) for one in FUNCTIONS.values()}
    document: Schema = {
        "name": "daily",
        "displayName": "Daily",
        "description": "Daily (daily.co) rooms and every other object of its REST API.",
        "keywords": ["pulumi", "daily.co", "video", "webrtc", "category/utility", "kind/native"],
        "homepage": REPOSITORY,
        "repository": REPOSITORY,
        "license": "MIT",
        "publisher": "pulumi-daily",
        "pluginDownloadURL": "github://api.github.com/pulumi-daily/pulumi-daily",
        "meta": {"moduleFormat": "(.*)"},
        "config": {"variables": _options()},
        "provider": {
            "description": "A Daily account.",
            "inputProperties": _options(),
            "properties": {},
        },
        "types": dict(sorted(types.found.items())),
        "resources": resources,
        "functions": functions,
        "language": {
            # NuGet keeps the prefix Pulumi for packages of Pulumi's own.
            "csharp": {
                "rootNamespace": "PulumiDaily",
                "namespaces": {"daily": "Daily"},
                "respectSchemaVersion": True,
            },
            "go": {
                "importBasePath": "github.com/pulumi-daily/pulumi-daily/sdk/go/daily",
                "generateResourceContainerTypes": True,
                "respectSchemaVersion": True,
            },
            "nodejs": {"packageName": "@pulumi-daily/daily", "respectSchemaVersion": True},
            # This package is called pulumi_daily; both may be installed in one environment.
            "python": {
                "packageName": "pulumi_daily_native",
                "pyproject": {"enabled": True},
                "respectSchemaVersion": True,
            },
        },
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _options() -> dict[str, Schema]:
    found: dict[str, Schema] = {}
    for option in OPTIONS:
        found[option.name] = {"type": option.type, "description": option.doc}
        if option.secret:
            found[option.name]["secret"] = True
    return found


def _resource(target: Target, types: Types) -> Schema:
    spec = target.spec
    inputs = {property_name(name): types.setting(spec.inputs, one) for name, one in entries(spec.inputs).items()}
    for name in spec.replaces:
        inputs[property_name(name)]["willReplaceOnChanges"] = True
    shown = dict(inputs)
    needed = {property_name(name) for name, one in entries(spec.inputs).items() if one.meta.required}
    always = set(needed) | {"domain", "domainId"}
    for item in spec.output_fields:
        shown[property_name(item.name)] = types.output(item)
        if not item.type.endswith("| None"):
            always.add(property_name(item.name))
    if spec.config:
        shown[property_name(spec.config)] = {
            **types.model(target.answers[spec.config]),
            "description": target.outputs[spec.config],
        }
        always.add(property_name(spec.config))
    shown["domain"] = {"type": "string", "description": target.outputs["domain"]}
    shown["domainId"] = {"type": "string", "description": "Daily's id of that domain."}
    return {
        "description": spec.doc.replace("\n\n", "\n\n"),
        "inputProperties": inputs,
        "requiredInputs": sorted(needed),
        "properties": shown,
        "required": sorted(always),
    }


def _function(one: Function, types: Types) -> Schema:
    properties: dict[str, Schema] = {}
    needed = []
    docs = dict(re.findall(r":param (\w+): (.*?)(?=\n\s*:|\Z)", inspect.getdoc(one.plain) or "", re.S))
    for name, parameter in one.parameters.items():
        kind = types.of(one.hints[name], camel(one.name) + camel(name))
        doc = " ".join(docs.get(name, "").split()).replace("``", "`")
        properties[property_name(name)] = {**kind, **({"description": doc} if doc else {})}
        if parameter.default is inspect.Parameter.empty:
            needed.append(property_name(name))
    result = types.of(one.result, "")
    whole = one.result if isinstance(one.result, type) and issubclass(one.result, Result) else None
    answer = types.fields(whole) if whole else {"properties": {"result": result}, "required": ["result"]}
    text = (inspect.getdoc(one.plain) or "").split("\n:param")[0]
    return {
        "description": text.replace("``", "`").strip(),
        **({"inputs": {"type": "object", "properties": properties, **_required(iter(needed))}} if properties else {}),
        "outputs": {"type": "object", **answer},
    }

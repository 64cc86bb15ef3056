"""Generates the reference pages: a handwritten frame, with tables from the field models."""

from __future__ import annotations

import re
import typing
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

import annotated_types
from models import below, is_model, options, summary
from pydantic.fields import FieldInfo
from targets import Target

from pulumi_daily.objects.fields import (
    Base64,
    Entry,
    Fields,
    HttpsUrl,
    HttpUrl,
    Ipv4Range,
    PhoneNumberText,
    SipPassword,
    UnixSeconds,
    entries,
)
from pulumi_daily.objects.kinds import DYNAMIC_TYPE
from pulumi_daily.objects.validation import nested_model
from pulumi_daily.objects.values import ABSENT

ROOT = Path(__file__).resolve().parent.parent


SPECIAL = {
    get_args(HttpUrl)[1]: "an http(s) address",
    get_args(HttpsUrl)[1]: "an https address",
    get_args(Base64)[1]: "base64",
    get_args(PhoneNumberText)[1]: "E.164",
    get_args(SipPassword)[1]: "12 to 64 characters, a letter and a digit among them",
    get_args(Ipv4Range)[1]: "IPv4 addresses and ranges",
}
"""The validators of this package's own types, in words."""


def _parts(annotation: Any) -> list[Any]:
    """Return the parts of an annotation, at any depth."""
    found = []
    for part in get_args(annotation):
        found += [part, *_parts(part)]
    return found


def shown(value: Any) -> str:
    return f"`{str(value).lower()}`" if isinstance(value, bool) else f"`{value}`"


def _moment(annotation: Any) -> bool:
    return any(part == UnixSeconds for part in (annotation, *get_args(annotation)))


def kind_of(annotation: Any, top: type[Fields] | None) -> str:
    """Return the type of a setting in words. ``top`` is the model whose table is under the heading Settings."""
    names = {bool: "true/false", int: "whole number", float: "number", str: "text"}
    found = []
    for option in options(annotation):
        origin, args = get_origin(option), get_args(option)
        if is_model(option):
            found.append(f"[{option.__name__}](#{'settings' if option is top else option.__name__.lower()})")
        elif origin is Literal:
            found.append("text")
        elif origin is list:
            found.append(f"list of {kind_of(args[0], top)}")
        elif origin is dict:
            found.append("object" if args[1] is Any else f"object by name of {kind_of(args[1], top)}")
        else:
            found.append(names[option])
    if _moment(annotation):
        return "unix seconds"
    return " or ".join(dict.fromkeys(found))


def allowed(entry: Entry) -> str:
    """Return choices and limits of a setting in words; empty when every value of the type is allowed."""
    choices = [choice for option in options(entry.annotation) for choice in _choices(option)]
    found = []
    if choices:
        found.append(", ".join(f"`{choice}`" if choice else '`""`' for choice in dict.fromkeys(choices)))
    for special, words in SPECIAL.items():
        if any(special in get_args(part) for part in (entry.annotation, *_parts(entry.annotation))):
            found.append(words)
    constraints = list(entry.constraints)
    if not _moment(entry.annotation):
        constraints += _inner_constraints(entry.annotation)
    for constraint in constraints:
        match constraint:
            case annotated_types.Ge(ge):
                found.append(f"at least {ge}")
            case annotated_types.Le(le):
                found.append(f"at most {le}")
            case annotated_types.Lt(lt):
                found.append(f"less than {lt}")
            case annotated_types.MinLen(1):
                found.append("not empty")
            case annotated_types.MaxLen(limit):
                many = any(get_origin(option) is list for option in options(entry.annotation))
                found.append(f"at most {limit} {'entries' if many else 'characters'}")
            case _:
                pattern = getattr(constraint, "pattern", None)
                if pattern:
                    found.append(f"matches `{pattern}`".replace("|", "\\|"))
    return ", ".join(dict.fromkeys(found))


def _inner_constraints(annotation: Any) -> list[Any]:
    found: list[Any] = []
    for part in (annotation, *get_args(annotation)):
        if get_origin(part) is Annotated:
            for extra in get_args(part)[1:]:
                found += extra.metadata if isinstance(extra, FieldInfo) else [extra]
    return found


def _choices(option: Any) -> tuple[Any, ...]:
    if get_origin(option) is typing.Literal:
        return get_args(option)
    if get_origin(option) is list:
        return tuple(choice for inner in options(get_args(option)[0]) for choice in _choices(inner))
    return ()


def meaning(entry: Entry) -> str:
    text = entry.meta.doc
    if entry.meta.deprecated:
        text += f" **Deprecated**: use {entry.meta.deprecated}."
    if entry.meta.unordered:
        text += " The order does not matter."
    if entry.meta.secret:
        text += " Secret: never shown."
    return text


def settings_of(target: Target) -> type[Fields] | None:
    """Return the model of the settings, if one input contains them all; else None."""
    name = target.spec.settings
    return nested_model(entries(target.spec.inputs)[name].annotation) if name else None


def table(rows: list[list[str]]) -> str:
    head, *body = rows
    lines = ["| " + " | ".join(head) + " |", "|" + "|".join("---" for _ in head) + "|"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in body])


def settings_table(model: type[Fields], top: type[Fields] | None) -> str:
    found = list(entries(model).values())
    plans = any(entry.meta.plan for entry in found)
    rows = [["setting", "type", "default", "allowed", *(["plan"] if plans else []), "meaning"]]
    for entry in found:
        default = "" if entry.meta.default is ABSENT else shown(entry.meta.default)
        name = f"`{entry.name}`" + (" (required)" if entry.meta.required else "")
        plan = [entry.meta.plan or ""] if plans else []
        rows.append([name, kind_of(entry.annotation, top), default, allowed(entry), *plan, meaning(entry)])
    return table(rows)


def parts(target: Target) -> dict[str, str]:
    """Return the generated parts of a reference page, by their names, which the frame contains as ``{{name}}``."""
    spec = target.spec
    top = settings_of(target)
    inner = [model for start in target.models for model in (*([] if start is top else [start]), *below(start))]
    documented, named = set(target.outputs), {"id", "domain", *spec.outputs}
    if documented != named:
        raise SystemExit(f"{spec.kind}: outputs without, or only with, a sentence: {sorted(documented ^ named)}")
    nested = [
        f"### {model.__name__}\n\n{summary(model)}\n\n{settings_table(model, top)}" for model in dict.fromkeys(inner)
    ]
    return {
        "generated": "<!-- Generated by tools/generate.py; the text around the tables is tools/reference/"
        f"{Path(target.page).name}. -->",
        "token": f"`{DYNAMIC_TYPE}{spec.kind}`",
        "count": str(len(entries(top)) if top else 0),
        "inputs": settings_table(spec.inputs, top),
        "settings": settings_table(top, top) if top else "",
        "nested": "\n\n".join(nested),
        "outputs": table([["output", "meaning"], *([f"`{name}`", text] for name, text in target.outputs.items())]),
    }


def page(target: Target) -> str:
    frame = (ROOT / "tools" / "reference" / Path(target.page).name).read_text(encoding="utf-8")
    found = parts(target)
    optional = {name for name, text in found.items() if not text} | {"count"}
    missing = set(found) - optional - set(re.findall(r"\{\{(\w+)\}\}", frame))
    if missing:
        raise SystemExit(f"the frame of {target.page} has no place for {sorted(missing)}")
    return re.sub(r"\{\{(\w+)\}\}", lambda match: found[match[1]], frame)

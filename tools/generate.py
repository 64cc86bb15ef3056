"""Write what is generated from the field models: typed inputs and reference pages.

    python tools/generate.py           write the files
    python tools/generate.py --check   exit 1 when one of them is stale, naming it

Each object of Daily is one entry in ``TARGETS``. A nested type that two objects share is written into the module of
the first and imported by the next.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import textwrap
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import annotated_types
from pydantic.fields import FieldInfo

ROOT = Path(__file__).resolve().parent.parent
WIDTH = 100

if "pulumi_daily" not in sys.modules:
    # The package imports what is generated here; without this, a missing or broken file could not be made again.
    bare = types.ModuleType("pulumi_daily")
    bare.__path__ = [str(ROOT / "pulumi_daily")]
    sys.modules["pulumi_daily"] = bare

from pulumi_daily.objects.fields import Entry, Fields, HttpUrl, UnixSeconds, entries  # noqa: E402
from pulumi_daily.objects.room import ROOM, RoomProperties  # noqa: E402
from pulumi_daily.objects.spec import ObjectSpec  # noqa: E402
from pulumi_daily.objects.validation import nested_model  # noqa: E402
from pulumi_daily.objects.values import ABSENT  # noqa: E402


@dataclass(frozen=True)
class Target:
    """What is generated for one kind of object."""

    spec: ObjectSpec
    models: tuple[type[Fields], ...]
    """The field models that users fill in; what is nested in them follows."""
    module: str
    """The name of the generated module in ``pulumi_daily.resources``."""
    page: str
    """The reference page; its frame is ``tools/reference/<name of the page>``."""
    outputs: Mapping[str, str]
    """A sentence for each output that is not an input."""


TARGETS = (
    Target(
        spec=ROOM,
        models=(RoomProperties,),
        module="_room_types",
        page="docs/reference/room.md",
        outputs={
            "id": "The name of the room; what `pulumi stack export` and `Room.get` know it by.",
            "url": "The address that people join, `https://<domain>.daily.co/<name>`.",
            "room_id": "Daily's own id of the room, a UUID.",
            "created_at": "When the room was made, as ISO 8601 text.",
            "api_created": "Whether it was made through the API, not in the dashboard.",
            "sip_uri": "The SIP addresses that Daily provisioned when `properties.sip` asks for them.",
            "config": "All settings that differ from Daily's defaults, whoever set them; stream keys are masked.",
            "domain": "The name of the Daily domain that the room belongs to.",
        },
    ),
)


# -- types -----------------------------------------------------------------------------------------------------


def options(annotation: Any) -> list[Any]:
    """The members of a union without None, looking through Annotated."""
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    if get_origin(annotation) in (Union, types.UnionType):
        return [found for part in get_args(annotation) if part is not type(None) for found in options(part)]
    return [annotation]


def is_model(option: Any) -> bool:
    return isinstance(option, type) and issubclass(option, Fields)


def nested_models(model: type[Fields]) -> list[type[Fields]]:
    """``model`` and every field model below it, the deepest first, each once."""
    found: list[type[Fields]] = []
    for entry in entries(model).values():
        for option in options(entry.annotation):
            inner = nested_model(option)
            if inner is not None:
                found += nested_models(inner)
    return list(dict.fromkeys([*found, model]))


def below(model: type[Fields]) -> Iterator[type[Fields]]:
    """Every field model below ``model`` in reading order; some of them twice."""
    for entry in entries(model).values():
        for option in options(entry.annotation):
            inner = nested_model(option)
            if inner is not None:
                yield inner
                yield from below(inner)


def camel(name: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


class Module:
    """The source of one generated module."""

    def __init__(self, target: Target, elsewhere: Mapping[str, str]) -> None:
        self.target = target
        self.elsewhere = elsewhere
        self.aliases: dict[tuple[Any, ...], str] = {}
        wanted = [model for top in target.models for model in nested_models(top)]
        self.all = list(dict.fromkeys(wanted))
        self.models = [model for model in self.all if model.__name__ not in elsewhere]

    def source(self) -> str:
        bodies = "\n\n".join(self._dict(model) + "\n\n" + self._args(model) for model in reversed(self.models))
        names = sorted(f"{model.__name__}{end}" for model in self.models for end in ("Args", "ArgsDict"))
        lines = [
            f'"""Typed inputs of `{self.target.spec.kind}`.',
            "",
            "Generated by tools/generate.py: change the field models instead.",
            "",
            "The names are those of Daily's JSON: a dynamic resource stores and sends what the program says.",
            '"""',
            '# mypy: disable-error-code="no-any-return"',
            "from __future__ import annotations",
            "import builtins",
            "import sys",
            "from collections.abc import Mapping, Sequence",
            "from typing import Any, Literal, TypeAlias",
            "import pulumi",
            "if sys.version_info >= (3, 11):",
            "    from typing import NotRequired, TypedDict",
            "else:",
            "    from typing_extensions import NotRequired, TypedDict",
            *self._imports(),
            "",
            f"__all__ = {names!r}",
            "",
            *(f"{name}: TypeAlias = Literal[{_quoted(choices)}] | str" for choices, name in self.aliases.items()),
            "",
            bodies,
        ]
        return formatted("\n".join(lines), f"{self.target.module}.py")

    def _imports(self) -> Iterator[str]:
        for model in self.all:
            module = self.elsewhere.get(model.__name__)
            if module:
                yield f"from .{module} import {model.__name__}Args, {model.__name__}ArgsDict"

    def _type(self, option: Any, owner: type[Fields], entry: Entry, dicts: bool) -> str:
        origin, args = get_origin(option), get_args(option)
        if is_model(option):
            return f"{option.__name__}Args" + (f" | {option.__name__}ArgsDict" if dicts else "")
        if origin is Literal:
            return self.aliases.setdefault(args, f"{owner.__name__}{camel(entry.name)}")
        if origin is list:
            return f"Sequence[pulumi.Input[{self._union(args[0], owner, entry, dicts)}]]"
        if origin is dict:
            if args[1] is Any:
                return "Mapping[str, Any]"
            return f"Mapping[str, pulumi.Input[{self._union(args[1], owner, entry, dicts)}]]"
        return {bool: "bool", int: "int", float: "float", str: "str"}[option]

    def _union(self, annotation: Any, owner: type[Fields], entry: Entry, dicts: bool) -> str:
        return " | ".join(dict.fromkeys(self._type(option, owner, entry, dicts) for option in options(annotation)))

    def _input(self, owner: type[Fields], entry: Entry) -> str:
        return f"pulumi.Input[{self._union(entry.annotation, owner, entry, dicts=True)}]"

    def _getter(self, owner: type[Fields], entry: Entry) -> str:
        """The type of a getter, which the SDK reads when it serialises a value: it can follow neither a list under a
        union nor a TypedDict of typing_extensions (Python 3.10)."""
        choices = options(entry.annotation)
        if len(choices) > 1 and any(get_origin(option) is list for option in choices):
            return "Any"
        kind = f"pulumi.Input[{self._union(entry.annotation, owner, entry, dicts=False)}]"
        return kind if entry.meta.required else f"{kind} | None"

    def _dict(self, model: type[Fields]) -> str:
        lines = [f"class {model.__name__}ArgsDict(TypedDict):", *_docstring([summary(model)])]
        for entry in entries(model).values():
            kind = self._input(model, entry)
            lines.append(f"    {entry.name}: {kind if entry.meta.required else f'NotRequired[{kind} | None]'}")
            lines += _docstring(described(entry))
        return "\n".join(lines)

    def _args(self, model: type[Fields]) -> str:
        fields = sorted(entries(model).values(), key=lambda entry: not entry.meta.required)
        lines = ["@pulumi.input_type", f"class {model.__name__}Args:", *_docstring([summary(model)]), ""]
        lines += ["    def __init__(", "        self,", "        *,"]
        for entry in fields:
            kind = self._input(model, entry)
            lines.append(f"        {entry.name}: {kind if entry.meta.required else f'{kind} | None = None'},")
        lines.append("    ) -> None:")
        for entry in fields:
            assign = f'pulumi.set(self, "{entry.name}", {entry.name})'
            if entry.meta.required:
                lines.append(f"        {assign}")
            else:
                lines += [f"        if {entry.name} is not None:", f"            {assign}"]
        for entry in fields:
            kind = self._input(model, entry)
            kind = kind if entry.meta.required else f"{kind} | None"
            lines += [
                "",
                "    @builtins.property",
                "    @pulumi.getter",
                f"    def {entry.name}(self) -> {self._getter(model, entry)}:",
                *_docstring(described(entry), 8),
                f'        return pulumi.get(self, "{entry.name}")',
                "",
                f"    @{entry.name}.setter",
                f"    def {entry.name}(self, value: {kind}) -> None:",
                f'        pulumi.set(self, "{entry.name}", value)',
            ]
        return "\n".join(lines)


def summary(model: type[Fields]) -> str:
    return " ".join((model.__doc__ or model.__name__).split())


def described(entry: Entry) -> list[str]:
    """The paragraphs on one setting, for a docstring."""
    parts = [entry.meta.doc]
    facts = [f"Allowed: {text}." for text in [allowed(entry)] if text]
    if entry.meta.default is not ABSENT:
        facts.append(f"Default: {shown(entry.meta.default)}.")
    if entry.meta.plan:
        facts.append(f"Needs: {entry.meta.plan} plan.")
    if facts:
        parts.append(" ".join(facts))
    if entry.meta.deprecated:
        parts.append(f"Deprecated: use {entry.meta.deprecated} instead.")
    return parts


def _docstring(paragraphs: list[str], indent: int = 4) -> list[str]:
    space = " " * indent
    body = "\n\n".join(textwrap.fill(text, WIDTH, break_on_hyphens=False) for text in paragraphs).replace("\\", "\\\\")
    if "\n" not in body and not body.endswith('"'):
        return [f'{space}"""{body}"""']
    return [f'{space}"""{body}'.replace("\n", f"\n{space}").replace(f"\n{space}\n", "\n\n"), f'{space}"""']


def _quoted(choices: tuple[Any, ...]) -> str:
    return ", ".join(f'"{choice}"' for choice in choices)


def formatted(source: str, name: str) -> str:
    for command in (["check", "--quiet", "--select", "I,F401", "--fix"], ["format", "--quiet"]):
        source = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--stdin-filename", f"pulumi_daily/resources/{name}", "-"],
            input=source,
            capture_output=True,
            check=True,
            text=True,
            cwd=ROOT,
        ).stdout
    return source


# -- reference pages -------------------------------------------------------------------------------------------


def shown(value: Any) -> str:
    return f"`{str(value).lower()}`" if isinstance(value, bool) else f"`{value}`"


def _moment(annotation: Any) -> bool:
    return any(part == UnixSeconds for part in (annotation, *get_args(annotation)))


def kind_of(annotation: Any) -> str:
    """The type of a setting in words."""
    names = {bool: "true/false", int: "whole number", float: "number", str: "text"}
    found = []
    for option in options(annotation):
        origin, args = get_origin(option), get_args(option)
        if is_model(option):
            top = any(option in target.models for target in TARGETS)
            found.append(f"[{option.__name__}](#{'settings' if top else option.__name__.lower()})")
        elif origin is Literal:
            found.append("text")
        elif origin is list:
            found.append(f"list of {kind_of(args[0])}")
        elif origin is dict:
            found.append("object" if args[1] is Any else f"object by name of {kind_of(args[1])}")
        else:
            found.append(names[option])
    if _moment(annotation):
        return "unix seconds"
    return " or ".join(dict.fromkeys(found))


def allowed(entry: Entry) -> str:
    """Choices and bounds of a setting in words; empty when every value of the type will do."""
    choices = [choice for option in options(entry.annotation) for choice in _choices(option)]
    found = []
    if choices:
        found.append(", ".join(f"`{choice}`" if choice else '`""`' for choice in dict.fromkeys(choices)))
    if any(get_args(HttpUrl)[1] in get_args(part) for part in (entry.annotation, *get_args(entry.annotation))):
        found.append("an http(s) address")
    constraints = list(entry.constraints)
    if not _moment(entry.annotation):
        constraints += _inner_constraints(entry.annotation)
    for constraint in constraints:
        match constraint:
            case annotated_types.Ge(ge):
                found.append(f"at least {ge}")
            case annotated_types.Le(le):
                found.append(f"at most {le}")
            case annotated_types.MinLen(1):
                found.append("not empty")
            case annotated_types.MaxLen(limit):
                found.append(f"at most {limit} characters")
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


def table(rows: list[list[str]]) -> str:
    head, *body = rows
    lines = ["| " + " | ".join(head) + " |", "|" + "|".join("---" for _ in head) + "|"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in body])


def settings_table(model: type[Fields]) -> str:
    found = list(entries(model).values())
    plans = any(entry.meta.plan for entry in found)
    rows = [["setting", "type", "default", "allowed", *(["plan"] if plans else []), "meaning"]]
    for entry in found:
        default = "" if entry.meta.default is ABSENT else shown(entry.meta.default)
        name = f"`{entry.name}`" + (" (required)" if entry.meta.required else "")
        plan = [entry.meta.plan or ""] if plans else []
        rows.append([name, kind_of(entry.annotation), default, allowed(entry), *plan, meaning(entry)])
    return table(rows)


def parts(target: Target) -> dict[str, str]:
    """The generated parts of a reference page, by the name that stands in its frame as ``{{name}}``."""
    spec = target.spec
    inner = [model for start in target.models for model in below(start)]
    documented, named = set(target.outputs), {"id", "domain", *spec.outputs}
    if documented != named:
        raise SystemExit(f"{spec.kind}: outputs without, or only with, a sentence: {sorted(documented ^ named)}")
    return {
        "generated": "<!-- Generated by tools/generate.py; the text around the tables is tools/reference/"
        f"{Path(target.page).name}. -->",
        "token": f"`pulumi-python:dynamic/daily:{spec.kind}`",
        "count": str(sum(len(entries(model)) for model in target.models)),
        "inputs": settings_table(spec.inputs),
        "settings": "\n\n".join(settings_table(model) for model in target.models),
        "nested": "\n\n".join(f"### {m.__name__}\n\n{summary(m)}\n\n{settings_table(m)}" for m in dict.fromkeys(inner)),
        "outputs": table([["output", "meaning"], *([f"`{name}`", text] for name, text in target.outputs.items())]),
    }


def page(target: Target) -> str:
    frame = (ROOT / "tools" / "reference" / Path(target.page).name).read_text(encoding="utf-8")
    found = parts(target)
    missing = set(found) - set(re.findall(r"\{\{(\w+)\}\}", frame))
    if missing:
        raise SystemExit(f"the frame of {target.page} has no place for {sorted(missing)}")
    return re.sub(r"\{\{(\w+)\}\}", lambda match: found[match[1]], frame)


# -- the command -----------------------------------------------------------------------------------------------


def generated(targets: tuple[Target, ...] = TARGETS) -> dict[str, str]:
    """The text of every generated file, by its path in the project."""
    files: dict[str, str] = {}
    elsewhere: dict[str, str] = {}
    for target in targets:
        module = Module(target, elsewhere)
        # Twice: the first pass finds the aliases that stand above the classes.
        module.source()
        files[f"pulumi_daily/resources/{target.module}.py"] = module.source()
        files[target.page] = page(target)
        elsewhere |= {model.__name__: target.module for model in module.models}
    return files


def stale(root: Path = ROOT) -> list[str]:
    """The generated files under ``root`` that are missing or not what would be written now."""
    found = []
    for name, text in generated().items():
        path = root / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            found.append(name)
    return found


def main(argv: list[str] | None = None, root: Path = ROOT) -> int:
    parser = argparse.ArgumentParser(description="Write what is generated from the field models.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a file is stale")
    if parser.parse_args(argv).check:
        old = stale(root)
        for name in old:
            print(f"{name} is stale: run python tools/generate.py")
        return 1 if old else 0
    for name, text in generated().items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Generates the Python program that declares imported objects."""

from __future__ import annotations

import builtins
import keyword
import re
import textwrap
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..api import printable
from ..importing import SECRET, LeftOut, Profile, profiles
from ..objects.fields import Fields
from ..objects.room import ROOM, RoomProperties
from ..objects.spec import ObjectSpec
from ..objects.validation import UNLISTED, validate
from ..objects.values import Path, camel_case, get_at
from ._source import WIDTH, Code, Remark, call, identifier, literal, text

RESERVED = frozenset(
    {"config", "daily", "name", "own", "pulumi", "pulumi_daily", "rooms", *keyword.kwlist, *dir(builtins)}
)
"""Names that no variable gets: the program uses them, or the program that the code is pasted into probably does."""

MODULES = {
    "DomainConfig": "daily_domain",
    "Room": "daily_rooms",
    "RoomSet": "daily_rooms",
    "Webhook": "daily_webhooks",
    "PhoneNumber": "daily_phone",
    "DialinConfig": "daily_phone",
    "SipTrunk": "daily_sip",
    "SipClient": "daily_sip",
}
"""The modules of a divided program, by kind. Dial-in configurations are in that of the numbers that they refer to."""

ACCOUNT = "daily_account"
"""The module with the account in a divided program."""

FEW = 3
"""The most rooms of a table that have a comment each about the same omitted setting."""

_SETTINGS = "daily.RoomPropertiesArgsDict"


@dataclass(frozen=True)
class Declared:
    """One resource to declare in a generated program."""

    spec: ObjectSpec
    name: str
    inputs: Mapping[str, Any]
    left_out: tuple[LeftOut, ...] = ()
    """Omitted settings, which are listed in comments."""


@dataclass(frozen=True)
class SecondAccount:
    """The account of all resources, as a provider of the program."""

    name: str
    domain: str
    api_url: str | None = None
    """None for Daily's own."""

    @property
    def secret(self) -> str:
        """Return the configuration key of the account's API key."""
        return config_key(self.name, "api_key")


@dataclass(frozen=True)
class Program:
    """The files of a generated program."""

    modules: Mapping[str, str]
    """The source by the name of the module; ``""`` is the program itself."""
    secrets: tuple[str, ...]
    """The configuration keys in its comments, with which the omitted secrets can be managed."""


def config_key(name: str, setting: str) -> str:
    """Return the configuration key for a secret of an object."""
    return camel_case(identifier(f"{name}_{setting}", "daily").lower())


def program(
    resources: Iterable[Declared],
    not_taken: Iterable[str] = (),
    *,
    account: SecondAccount | None = None,
    split: bool = False,
) -> Program:
    """Return a program with these resources, and a comment for each line of text in ``not_taken``.

    Rooms that share settings are written as tables. References to a phone number of the program become a variable, so
    that Pulumi knows the dependency. ``split`` divides the program into modules by kind.
    """
    writer = _Writer(account)
    found = list(resources)
    rooms = [one for one in found if one.spec is ROOM]
    parts: dict[str, list[str]] = {} if split else {"": []}
    for one in found:
        blocks = parts.setdefault(MODULES[one.spec.kind] if split else "", [])
        if one is (rooms[0] if rooms else None):
            blocks += writer.rooms(rooms)
        elif one.spec is not ROOM:
            blocks.append(writer.resource(one))
    if account is not None:
        place = ACCOUNT if split else ""
        parts = {place: [*writer.account(), *parts.pop(place, [])], **parts}
    comments = "".join(f"# not imported: {printable(line)}\n" for line in not_taken)
    modules = {name: writer.module(name, blocks) for name, blocks in parts.items()}
    if split:
        loaded = "".join(f"import {name}  # noqa: F401\n" for name in modules if name != ACCOUNT or len(modules) == 1)
        modules = {"": loaded, **modules}
    modules[""] += f"\n{comments}" if comments else ""
    return Program(modules, tuple(writer.keys))


@dataclass
class _Writer:
    """Writes the parts of one program; names of variables and configuration keys are unique."""

    second: SecondAccount | None
    keys: dict[str, None] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    numbers: dict[str, Code] = field(default_factory=dict)
    opts: str = ""
    """The variable with the options of all resources; empty without a second account."""
    prefix: str = ""
    """The prefix of all names of resources: the name of the second account and a hyphen, or empty."""
    rooms_of_tables: str = "rooms"
    """The variable with the rooms of all tables."""

    def __post_init__(self) -> None:
        if self.second is not None:
            self.prefix = f"{self.second.name}-"
            self.provider = self.variable(self.second.name, "Provider")
            self.opts = self.variable(f"in_{self.second.name}", "Provider")
            self.rooms_of_tables = self.variable(f"{self.second.name}_rooms", "Provider")

    def account(self) -> list[str]:
        """Return the blocks that declare the second account."""
        assert self.second is not None
        options = {"api_key": Code(f"config.require_secret({text(self.second.secret)})"), "domain": self.second.domain}
        if self.second.api_url is not None:
            options["api_url"] = self.second.api_url
        return [
            _call(f"{self.provider} = daily.Provider", self.second.name, options),
            f"{self.opts} = pulumi.ResourceOptions(provider={self.provider})\n",
        ]

    def module(self, name: str, blocks: Sequence[str]) -> str:
        """Return the source of a module: what its blocks need, and the blocks."""
        body = "\n".join(blocks)
        config = "config = pulumi.Config()\n\n" if "config.require_secret" in body else ""
        head = "import pulumi\n" if config or "pulumi.ResourceOptions" in body else ""
        head += "import pulumi_daily as daily\n"
        if self.opts and name not in ("", ACCOUNT):
            head += f"from {ACCOUNT} import {self.opts}\n"
        return f"{head}\n{config}{body}"

    def resource(self, one: Declared) -> str:
        """Return the declaration of one resource."""
        kind = one.spec.kind
        variable = self.variable(one.name, kind)
        inputs = _typed(one.spec.inputs, one.inputs)
        if kind == "PhoneNumber":
            self.numbers[repr(inputs.get("number"))] = Code(f"{variable}.number")
        elif "phone_number" in inputs:
            inputs["phone_number"] = self.numbers.get(repr(inputs["phone_number"]), inputs["phone_number"])
        is_set = kind == "RoomSet"
        left_out = [(str(item.path[1]) if is_set else one.name, item) for item in one.left_out]
        single, remarks = _grouped(left_out)
        for name, item in single:
            inputs = self.with_remark(inputs, item, item.path, self.prefix + name if is_set else name, is_call=True)
        return _call(f"{variable} = daily.{kind}", one.name, {**dict.fromkeys(remarks), **inputs}, self.opts)

    def rooms(self, found: Sequence[Declared]) -> list[str]:
        """Return the declarations of rooms: tables of those that can share a loop, and the others one by one."""
        by_name = {one.name.removeprefix(self.prefix): one for one in found}
        tables, single = profiles({name: one.inputs for name, one in by_name.items()})
        blocks = [f"{self.rooms_of_tables}: dict[str, daily.Room] = {{}}\n"] if tables else []
        blocks += [self.table(table, by_name) for table in tables]
        return blocks + [self.resource(by_name[name]) for name in single]

    def table(self, table: Profile, by_name: Mapping[str, Declared]) -> str:
        """Return the settings that rooms share, a table of their own ones, and the loop that declares them."""
        stem = self.constant(list(table.own), table.privacy)
        rows = {name: _typed(RoomProperties, own) for name, own in table.own.items()}
        single, remarks = _grouped([(name, item) for name in table.own for item in by_name[name].left_out])
        for name, item in single:
            if item.path[:1] == ("properties",):
                rows[name] = self.with_remark(rows[name], item, item.path[1:], self.prefix + name)
            else:
                remarks.append(_remark(f"left out of {name}: {item.setting} ({item.why})"))
        bare = not any(rows.values())
        resource = f"{text(self.prefix)} + name" if self.prefix else "name"
        arguments = [resource, *([self.opts] if self.opts else []), "name=name", f"privacy={text(table.privacy)}"]
        lines = [f"# {line}" for remark in remarks for line in remark.lines]
        if table.shared:
            lines.append(_assign(f"{stem}_SETTINGS: {_SETTINGS}", _typed(RoomProperties, table.shared)))
            arguments.append(f"properties={stem}_SETTINGS" if bare else f"properties={{**{stem}_SETTINGS, **own}}")
        elif not bare:
            arguments.append("properties=own")
        if table.extra_properties:
            arguments.append(f"extra_properties={literal(table.extra_properties, 8, 18)}")
        if bare:
            lines += [_assign(f"{stem}_ROOMS", list(rows)), f"for name in {stem}_ROOMS:"]
        else:
            lines += [_assign(f"{stem}_ROOMS: dict[str, {_SETTINGS}]", rows)]
            lines += [f"for name, own in {stem}_ROOMS.items():"]
        return "\n".join([*lines, call(f"{self.rooms_of_tables}[name] = daily.Room", arguments, 4), ""])

    def with_remark(
        self, inputs: Mapping[Any, Any], item: LeftOut, path: Path, name: str, *, is_call: bool = False
    ) -> dict[Any, Any]:
        """Return inputs with a comment about an omitted setting, which for a secret contains the code that manages it.

        ``path`` is that of the secret in ``inputs``, and ``name`` that of the object; ``is_call``: the inputs are the
        arguments of a call.
        """
        if item.why != SECRET or not path:
            return {**inputs, _remark(f"left out: {item.setting} ({item.why})"): None}
        deepest = (n for n in range(len(path) - 1, 0, -1) if isinstance(get_at(inputs, path[:n]), Mapping))
        below = next(deepest, 0)
        key = self._new(config_key(name, str(path[-1])), self.keys)
        self.keys[key] = None
        value: Any = Code(f"config.require_secret{'' if item.is_text else '_object'}({text(key)})")
        for part in reversed(path[below + 1 :]):
            value = {str(part): value}
        setting = f"{path[below]}=" if is_call and not below else f"{text(str(path[below]))}: "
        code = f"{setting}{literal(value, 0, -(10**6))},"
        remark = _remark(f"left out (secret): pulumi config set --secret {key}", code)
        found: dict[Any, Any] = _placed(inputs, path[:below], remark)
        return found

    def variable(self, name: str, kind: str) -> str:
        """Return a new variable for a resource."""
        noun = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind).lower()
        stem = identifier(name.lower(), noun)
        found = self._new(f"{noun}_{stem}" if stem in RESERVED else stem, self.taken)
        self.taken.add(found)
        return found

    def constant(self, names: Sequence[str], privacy: str) -> str:
        """Return a new name for a table: what the names of its rooms begin with, or their privacy."""
        first, last = min(names), max(names)
        alike = next((n for n, both in enumerate(zip(first, last)) if len(set(both)) > 1), len(first))  # noqa: B905
        common = re.sub(r"[A-Za-z0-9]*$", "", first[:alike])
        stem = identifier(common, privacy).upper()
        stem = privacy.upper() if stem == "ROOM" else stem
        found = self._new(identifier(f"{self.prefix}{stem}", privacy).upper() if self.prefix else stem, self.taken)
        self.taken.add(found)
        return found

    @staticmethod
    def _new(stem: str, taken: Container[str]) -> str:
        """Return a name that is not taken: ``stem``, or with a number."""
        found, number = stem, 2
        while found in taken:
            found, number = f"{stem}_{number}", number + 1
        return found


def _grouped(left_out: Sequence[tuple[str, LeftOut]]) -> tuple[list[tuple[str, LeftOut]], list[Remark]]:
    """Return omitted settings by the names of objects, and a comment for each one that more than ``FEW`` objects lack.

    The others are returned as they are.
    """
    objects: defaultdict[tuple[str, str], list[tuple[str, LeftOut]]] = defaultdict(list)
    for name, item in left_out:
        objects[item.setting.removesuffix(f" of {name}"), item.why].append((name, item))
    single: list[tuple[str, LeftOut]] = []
    remarks = []
    for (setting, why), found in objects.items():
        if len(found) <= FEW:
            single += found
            continue
        lines = [f"left out ({why}): {setting} of {', '.join(name for name, _ in found)}"]
        if why == SECRET:
            secret = Code(f'config.require_secret{"" if found[0][1].is_text else "_object"}("NAME")')
            lines += [
                "to manage it in one of them: pulumi config set --secret NAME, and in its own settings",
                _setting_of(found[0][1], secret),
            ]
        remarks.append(Remark(tuple(part for line in lines for part in _wrapped(printable(line)))))
    return single, remarks


def _setting_of(item: LeftOut, secret: Code) -> str:
    """Return the code that manages a secret, in the settings of one object of a table or of a set."""
    below = item.path[2:] if item.path[:1] == ("rooms",) else item.path[-1:]
    value: Any = secret
    for part in reversed(below[1:]):
        value = {str(part): value}
    return f"{text(str(below[0]))}: {literal(value, 0, -(10**6))},"


def _wrapped(line: str) -> list[str]:
    return textwrap.wrap(line, WIDTH - 6, break_long_words=False, break_on_hyphens=False)


def _typed(model: type[Fields], inputs: Mapping[str, Any]) -> dict[Any, Any]:
    """Return inputs in which values that the types of this package do not contain are hidden from type checkers."""
    found = dict(inputs)
    for failure in validate(model, inputs)[1]:
        if failure.kind == UNLISTED:
            value = get_at(inputs, failure.path)
            found = _placed(found, failure.path[:-1], failure.path[-1], Code(f"daily.untyped({literal(value, 0)})"))
    return found


def _placed(inputs: Any, path: Path, key: Any, value: Any = None) -> Any:
    """Return inputs with another value for a key of the object or list at ``path``."""
    if path:
        key, value = path[0], _placed(inputs[path[0]], path[1:], key, value)
    if isinstance(inputs, Mapping):
        return {**inputs, key: value}
    return [value if number == key else item for number, item in enumerate(inputs)]


def _remark(*lines: str) -> Remark:
    return Remark(tuple(printable(line).rstrip() for line in lines))


def _assign(target: str, value: Any) -> str:
    return f"{target} = {literal(value, 0, len(target) + 3)}"


def _call(head: str, name: str, inputs: Mapping[Any, Any], opts: str = "") -> str:
    """Return a call with the name of a resource, its options and its inputs, each on a line of its own."""
    lines = [f"{head}(", f"    {text(name)},", *([f"    {opts},"] if opts else [])]
    for key, value in inputs.items():
        if isinstance(key, Remark):
            lines += [f"    # {line}" for line in key.lines]
        else:
            lines.append(f"    {key}={literal(value, 4, len(key) + 2)},")
    return "\n".join([*lines, ")\n"])

"""Daily's own API description (OpenAPI), where a copy of it is at hand: its operations, and what departs from it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

SPEC = Path(__file__).parents[3] / "shared" / "reference" / "daily-openapi.json"
NO_COPY = "no copy of Daily's API description at hand: the emulator is NOT compared with it"
METHODS = ("get", "post", "put", "delete", "patch")


@dataclass(frozen=True)
class Defect:
    """A place where the description is wrong: an answer that departs from it there is right all the same."""

    operation: str
    """`METHOD /path` as in the description."""
    where: str
    """Place in the answer, `data[].userId`; empty is the answer itself. It covers what is below it too."""
    how: str
    """What jsonschema says of it, as a regular expression."""
    reason: str


NULL = r"^None is not of type"
DIALIN = (
    "typed as the body of the request: it asks for `type`, which stands beside `config`, and for a phone number, "
    "without which the samples have entries, and it knows no null for `sip_uri`, which the samples show"
)
DEFECTS = (
    Defect("GET /", "config", NULL, "typed as not null; Daily's own sample of this answer has nulls in it"),
    *(
        Defect("GET /rooms/{room_name}/presence", f"data[].{key}", NULL, "typed as not null; `GET /presence` has null")
        for key in ("userId", "userName")
    ),
    Defect("GET /webhooks/{id}", "", "is not of type 'array'", "typed as a list; its sample is one webhook"),
    Defect("GET /webhooks", "[].basicAuth", NULL, "typed as not null; Daily's sample of a webhook has null"),
    Defect("POST /webhooks/{id}", "basicAuth", NULL, "typed as not null; Daily's sample of a webhook has null"),
    *(
        Defect(operation, where, rf"^'(type|phone_number)' is a required property|{NULL}", DIALIN)
        for operation, where in (
            ("GET /domain-dialin-config", "data[].config"),
            ("POST /domain-dialin-config", "config"),
            ("GET /domain-dialin-config/{id}", "config"),
            ("PUT /domain-dialin-config/{id}", "config"),
        )
    ),
)
"""All that the emulator answers otherwise than the description says."""


@cache
def spec() -> Any:
    """The description."""
    return json.loads(SPEC.read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Operation:
    """One operation of the description."""

    method: str
    path: str
    definition: dict[str, Any] = field(compare=False, repr=False)

    @property
    def name(self) -> str:
        """As in `Defect.operation`."""
        return f"{self.method} {self.path}"

    def matches(self, method: str, path: str) -> bool:
        """Whether a request is about this operation. A path without parameters is to be asked first."""
        pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(self.path))
        return method == self.method and re.fullmatch(pattern, path) is not None


@cache
def operations() -> tuple[Operation, ...]:
    """All operations; those with fewer parameters first."""
    found = [
        Operation(method.upper(), path, definition)
        for path, methods in spec()["paths"].items()
        for method, definition in methods.items()
        if method in METHODS
    ]
    return tuple(sorted(found, key=lambda one: (one.path.count("{"), one.name)))


def operation_of(method: str, path: str) -> Operation | None:
    """The operation that a request is about; None for those that the description does not have."""
    return next((one for one in operations() if one.matches(method, path or "/")), None)


def plain(node: Any) -> Any:
    """A schema as JSON Schema has it: OpenAPI 3.0 writes `nullable` beside a type."""
    if isinstance(node, list):
        return [plain(item) for item in node]
    if not isinstance(node, dict):
        return node
    found = {key: plain(value) for key, value in node.items()}
    if found.pop("nullable", False) is True and isinstance(found.get("type"), str):
        found["type"] = [found["type"], "null"]
    return found


@cache
def _components() -> Any:
    return plain(spec().get("components", {}))


@cache
def _validator(operation: Operation, status: int) -> Draft202012Validator | None:
    answer = operation.definition["responses"].get(str(status), {})
    schema = answer.get("content", {}).get("application/json", {}).get("schema")
    return None if schema is None else Draft202012Validator({**plain(schema), "components": _components()})


def _sample(operation: Operation, status: int) -> Any:
    content = operation.definition["responses"].get(str(status), {}).get("content", {}).get("application/json", {})
    for example in content.get("examples", {}).values():
        return example.get("value")
    return None


def _kind(value: Any) -> str:
    names = {bool: "boolean", int: "number", float: "number", str: "text", list: "list", dict: "object"}
    return names.get(type(value), "null")


def _unlike(answer: Any, sample: Any, where: str) -> Iterator[tuple[str, str]]:
    """Where an answer has other keys or types than a sample; a `config` and free-form data hold what they hold."""
    if _kind(answer) != _kind(sample):
        yield where, f"is {_kind(answer)}, the sample has {_kind(sample)}"
    elif isinstance(answer, dict) and not where.endswith(("config", "data")):
        if set(answer) != set(sample):
            yield where, f"has the keys {sorted(answer)}, the sample {sorted(sample)}"
        for key in set(answer) & set(sample):
            yield from _unlike(answer[key], sample[key], f"{where}.{key}".lstrip("."))
    elif isinstance(answer, list) and sample:
        for item in answer:
            yield from _unlike(item, sample[0], f"{where}[]")


def _place(path: Any) -> str:
    text = ""
    for part in path:
        text += "[]" if isinstance(part, int) else f".{part}"
    return text.lstrip(".")


def departures(operation: Operation, status: int, answer: Any) -> list[tuple[str, str]]:
    """Where an answer departs from the description, and how; defects of the description included."""
    validator = _validator(operation, status)
    if validator is not None:
        return [(_place(error.absolute_path), error.message) for error in validator.iter_errors(answer)]
    sample = _sample(operation, status)
    return [] if sample is None else list(_unlike(answer, sample, ""))


def defect_at(operation: Operation, where: str, how: str) -> Defect | None:
    """The defect of the description that explains a departure."""
    for defect in DEFECTS:
        below = where == defect.where or where.startswith((f"{defect.where}.", f"{defect.where}["))
        if defect.operation == operation.name and below and re.search(defect.how, how):
            return defect
    return None


def unexplained(operation: Operation, status: int, answer: Any) -> list[str]:
    """The departures that no defect explains, for a message."""
    return [
        f"{operation.name} {status}: {where or 'the answer'}: {how}"
        for where, how in departures(operation, status, answer)
        if defect_at(operation, where, how) is None
    ]

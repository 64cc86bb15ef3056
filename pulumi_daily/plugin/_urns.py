"""The parts of a URN: ``urn:pulumi:<stack>::<project>::<types of the parents>$<type>::<name>``."""

from __future__ import annotations

from typing import NamedTuple

from ..objects.kinds import PLUGIN_TYPE

_STACK = "pulumi:pulumi:Stack"


class Urn(NamedTuple):
    """The parts of a URN."""

    stack: str
    project: str
    parents: tuple[str, ...]
    """The types of the parents, outermost first, without the stack."""
    kind: str
    """The kind of the resource, as in ``Room``."""
    name: str

    @property
    def owner(self) -> str:
        """Return the permanent name of the resource, in the form of the dynamic providers' hidden input."""
        return "::".join([f"{self.project}/{self.stack}", *self.parents, f"{self.kind} {self.name}"])


def parse(urn: str) -> Urn:
    """Return the parts of a URN."""
    _, _, rest = urn.partition("urn:pulumi:")
    stack, project, types, name = rest.split("::", 3)
    *parents, own = types.split("$")
    return Urn(stack, project, tuple(kind for kind in parents if kind != _STACK), own.removeprefix(PLUGIN_TYPE), name)

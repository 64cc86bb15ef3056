"""Aliases: former names by which the state of a resource is found (Pulumi: ``generateAliases``)."""

from __future__ import annotations

from ._state import STACK_TYPE, Alias, Goal, make_urn, urn_name, urn_qualified_type, urn_type


class AliasBook:
    """The mapping from old URNs to new ones in one run of a program."""

    def __init__(self, project: str, stack: str) -> None:
        self._project, self._stack = project, stack
        self._old_name: dict[str, str] = {}
        self._new_name: dict[str, str] = {}

    def use(self, urn: str, alias: str) -> None:
        """Record that the resource `urn` continues the state of the old URN `alias`."""
        self._old_name[urn] = alias
        self._new_name[alias] = urn

    def new_name(self, urn: str) -> str:
        """Return the URN of the resource that continues the state of the old `urn`, or ``""`` if none does."""
        return self._new_name.get(urn, "")

    def renames(self) -> dict[str, str]:
        """Return, by old URN, the URNs of the resources that continue the old ones' states."""
        return self._new_name

    def names(self, goal: Goal) -> list[str]:
        """Return a resource's former URNs in the order of search: its own aliases, then those by its parent's alias."""
        own = [self._urn(goal, alias) for alias in goal.aliases]
        found = list(own)
        old_parent = self._old_name.get(goal.parent)
        if goal.parent and old_parent:
            parent_name = urn_name(goal.parent)
            found.append(self._inherited(goal.type, goal.name, parent_name, old_parent))
            for urn in own:
                found.append(self._inherited(urn_type(urn), urn_name(urn), parent_name, old_parent))
        return list(dict.fromkeys(found))

    def _urn(self, goal: Goal, alias: Alias) -> str:
        if alias.urn:
            return alias.urn
        parent = self._old_name.get(alias.parent, alias.parent) if alias.parent else goal.parent
        if alias.no_parent or (parent and urn_qualified_type(parent) == STACK_TYPE):
            parent = ""
        return make_urn(
            alias.project or self._project,
            alias.stack or self._stack,
            parent,
            alias.type or goal.type,
            alias.name or goal.name,
        )

    def _inherited(self, type_: str, name: str, parent_name: str, old_parent: str) -> str:
        """Return the old URN of a child whose parent was renamed.

        A child's name that begins with the parent's new name begins with the parent's old name there.
        """
        if name.startswith(parent_name):
            name = urn_name(old_parent) + name[len(parent_name) :]
        return make_urn(self._project, self._stack, old_parent, type_, name)

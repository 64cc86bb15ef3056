"""The errors above the API, with their texts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ..objects.fields import entries
from ..objects.spec import Advice, ObjectSpec, Values
from ..objects.values import show
from .decide.adoption import Found


def import_command(kind: str, identity: str) -> str:
    """Return the command that writes an import file for one object."""
    if kind == "Room":
        return f"pulumi-daily import --room {identity}"
    if kind == "RoomSet":  # a set has no id on Daily: the command imports its rooms
        return "pulumi-daily import --all --include GLOB --room-set NAME"
    return f"pulumi-daily import --kind {kind} --id {identity}"


class LifecycleError(Exception):
    """Base of the errors of an operation that was refused.

    Nothing was changed on Daily unless the text reports a change.
    """


class AccountNames(NamedTuple):
    """Names an account's API key and its options in messages: those with the key, and the one with the domain."""

    key: str = "the API key in use"
    key_options: str = "daily:apiKey, DAILY_API_KEY, or api_key of its daily.Provider"
    domain_option: str = "daily:domain"


class DomainMismatch(LifecycleError):
    """Error: the key belongs to another Daily domain than the object or the configuration."""

    @classmethod
    def of_object(cls, what: str, recorded: str, actual: str, names: AccountNames) -> DomainMismatch:
        """Return the error for an object whose state is of another domain (``recorded``) than the key (``actual``)."""
        return cls(
            f"{what} belongs to the Daily domain {recorded}, but {names.key} is for {actual}; nothing was read or "
            f"changed. Use a key of that domain ({names.key_options}), or, if the stack is to move, destroy it with "
            "the old key first"
        )

    @classmethod
    def of_config(cls, expected: str, actual: str, names: AccountNames) -> DomainMismatch:
        """Return the error for a configured domain (``expected``) that is not the key's (``actual``)."""
        return cls(
            f'{names.domain_option} is "{expected}", but the API key in use is for "{actual}"; nothing was read or '
            f"changed. Correct the domain or the key ({names.key_options})"
        )


class Missing(LifecycleError):
    """Error: a program reads an object that does not exist."""

    @classmethod
    def of(cls, spec: ObjectSpec, identity: str) -> Missing:
        """Return the error for the object with the id ``identity``."""
        return cls(
            f'there is no {spec.noun} "{identity}" in the Daily domain of this API key, which {spec.kind}.get reads. '
            f"Correct its id, or declare it with {spec.kind}(…) to create it"
        )


class AlreadyExists(LifecycleError):
    """Error: a create found an existing object without proof that it belongs to the resource. Nothing was changed."""

    @classmethod
    def of(cls, what: str, found: Found, spec: ObjectSpec, identity: str, *, own: bool, others: str) -> AlreadyExists:
        """Return the error for an existing object, with the possible next steps.

        ``own``: by the state of this run, the object belongs to this very resource, which is to be replaced. ``others``
        is a text with further objects that the program would create and that exist as well.
        """
        if own:
            return cls(
                f"{what} is there, and this resource has it: its replacement cannot be created first. Give "
                "opts=pulumi.ResourceOptions(delete_before_replace=True)"
            )
        imported = f" or `{import_command(spec.kind, identity)}`" if identity else ""
        renamed = ", or choose another name" if spec.id_input else ""
        interrupted = "After an interrupted run: `DAILY_ADOPT_EXISTING=as-asked pulumi up`, once. "
        return cls(
            f"{what} exists on Daily already, {found}. Nothing was changed{others}. Take it over with "
            f"adopt_existing=True (it is then updated, and deleted with the resource){imported}{renamed}. "
            f"{interrupted if found.as_asked else ''}After a rename of the resource: opts=pulumi.ResourceOptions("
            'aliases=[pulumi.Alias(name="OLD")]). For a replacement: delete_before_replace=True there'
        )


class Shared(LifecycleError):
    """Error: two resources of the program manage one object, by Daily's id of it."""

    @classmethod
    def of(cls, what: str, other: str) -> Shared:
        """Return the error; ``other`` is the name of the other resource in messages."""
        return cls(
            f"{what} is managed by {other} already: on Daily, both are one object. Remove one of the two resources "
            "from the program; the object stays"
        )


class Wanted(LifecycleError):
    """Error: another resource of the program declares the object that would be deleted, but does not have it yet."""

    @classmethod
    def of(cls, what: str, other: str) -> Wanted:
        """Return the error; ``other`` is the name of the other resource in messages."""
        return cls(
            f"{what} was not deleted: {other} declares it but does not have it yet. Run `pulumi up` again when it "
            "does; or, if both are one renamed resource, give opts=pulumi.ResourceOptions(aliases=[pulumi.Alias("
            'name="OLD")])'
        )


class NameHeld(LifecycleError):
    """Error: Daily refuses a name as taken, but returns no object that has it."""

    @classmethod
    def of(cls, what: str, error: Exception) -> NameHeld:
        """Return the error with the possible reasons."""
        return cls(
            f"{error}, but it does not show {what}: it was created a moment ago, or it expired and Daily has yet to "
            "remove it. Nothing was removed to free the name. Run this again in a minute, or choose another name"
        )


class NotAdoptable(LifecycleError):
    """Error: an existing object differs in an input that cannot be changed in place."""

    @classmethod
    def of(cls, what: str, key: str, live: Any, wanted: Any) -> NotAdoptable:
        """Return the error; ``key`` is the input that differs."""
        return cls(
            f"{what} exists on Daily already and cannot be taken over: its {key} is {show(live)}, the program says "
            f"{show(wanted)}, and no {key} can be changed in place. Delete it first, or use its {key} in the program"
        )


class Occupied(LifecycleError):
    """Error: Daily refused a second object of a kind of which it allows one in a domain."""

    @classmethod
    def of(cls, spec: ObjectSpec, identity: str, live: Mapping[str, Any], error: Exception) -> Occupied:
        """Return the error with the existing object and the possible next steps."""
        first = spec.natural_keys[0][0]
        shown = f" ({first} {live[first]})" if isinstance(live.get(first), str) else ""
        return cls(
            f"{error}. Daily allows one {spec.noun} in a domain, and this one has {identity}{shown} already. Import it "
            f"with `{import_command(spec.kind, identity)}` and change it in the program, or delete it first"
        )


class Gone(LifecycleError):
    """Error: an object with an id from Daily was removed between the preview and the update."""

    @classmethod
    def of(cls, what: str) -> Gone:
        """Return the error, with the advice that the next ``pulumi up`` creates the object again."""
        return cls(f"{what} was removed from Daily while this ran; run `pulumi up` again to create it again")


class ForeignSettings(LifecycleError):
    """Error: domain settings that were set outside Pulumi would be overwritten."""

    @classmethod
    def of(cls, what: str, lines: list[str]) -> ForeignSettings:
        """Return the error; ``lines`` contain one setting each, with both values."""
        listed = "; ".join(lines)
        return cls(
            f"{what} has settings already that the program would overwrite: {listed}. Nothing was changed. Take them "
            "into the program as they are, leave them out, or set adopt_existing=True to overwrite them"
        )


class PartlyDone(LifecycleError):
    """Error: an operation on many objects failed after it was done in part."""


class Refused(LifecycleError):
    """Error: Daily refused a request for a known reason."""

    @classmethod
    def of(cls, error: Exception, advice: Advice, spec: ObjectSpec, inputs: Values) -> Refused:
        """Return the error with Daily's text and the advice, filled in with inputs that are not secret."""
        known = entries(spec.inputs)
        shown = {
            name: str(inputs.get(name) if inputs.get(name) is not None else f"the {name}")
            for name, entry in known.items()
            if not entry.meta.secret
        }
        return cls(f"{error}. {advice.text.format_map(shown)}")

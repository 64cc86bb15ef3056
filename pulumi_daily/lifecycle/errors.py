"""What can go wrong above the API: each text says what happened and what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..objects.fields import entries
from ..objects.spec import Advice, ObjectSpec, Values
from ..objects.values import show
from .decide.adoption import Found


def import_command(kind: str, identity: str) -> str:
    """Return the command that writes an import file for one object."""
    if kind == "Room":
        return f"pulumi-daily import --room {identity}"
    if kind == "RoomSet":  # it has no id on Daily: its rooms are meant
        return "pulumi-daily import --all --match GLOB --room-set NAME"
    return f"pulumi-daily import --kind {kind} --id {identity}"


class LifecycleError(Exception):
    """Base: an operation was refused. Nothing was changed on Daily unless the text says so."""


class DomainMismatch(LifecycleError):
    """The key belongs to another Daily domain than the object or the configuration."""

    @classmethod
    def of_object(cls, what: str, recorded: str, actual: str) -> DomainMismatch:
        """Say that an object of the state was made in another domain; both are named so that they differ."""
        return cls(
            f"{what} belongs to the Daily domain {recorded}, but the API key in use is for {actual}; nothing was read "
            "or changed. Use a key of that domain (daily:apiKey, DAILY_API_KEY, or the api_key of the resource's "
            "daily.Provider), or, if the stack is to move, destroy it with the old key first"
        )

    @classmethod
    def of_config(cls, expected: str, actual: str) -> DomainMismatch:
        """Say that the configuration names another domain than the key's."""
        return cls(
            f'daily:domain is "{expected}", but the API key in use is for "{actual}"; nothing was read or changed. '
            "Correct the key or the domain (daily:apiKey and daily:domain, or those of the resource's daily.Provider)"
        )


class Missing(LifecycleError):
    """A program reads an object that does not exist."""

    @classmethod
    def of(cls, spec: ObjectSpec, identity: str) -> Missing:
        """Name the object."""
        return cls(
            f'there is no {spec.noun} "{identity}" in the Daily domain of this API key, which {spec.kind}.get reads. '
            f"Correct its id, or declare it with {spec.kind}(…) to have it made"
        )


class AlreadyExists(LifecycleError):
    """A create met an object that is not ours by any proof. Nothing was changed."""

    @classmethod
    def of(cls, what: str, found: Found, spec: ObjectSpec, identity: str, *, own: bool, others: str) -> AlreadyExists:
        """Say what is there and name the ways on, none of which can lose the object.

        ``own``: by the state of this run it is the resource's own, which is to be replaced. ``others`` names objects
        that the program is to make and that exist as well.
        """
        if own:
            return cls(
                f"{what} is there, and this resource has it: a replacement cannot make the new one before the old one "
                "is removed. Give the resource opts=pulumi.ResourceOptions(delete_before_replace=True)"
            )
        options = "opts=pulumi.ResourceOptions"
        ways = [
            f"If this stack has it in a {spec.kind} of another logical name, give "
            f'{options}(aliases=[pulumi.Alias(name="OLD")])',
            f"if it is this resource's own and is to be replaced, give {options}(delete_before_replace=True)",
            "if an interrupted run made it, run `DAILY_ADOPT_EXISTING=as-asked pulumi up` once, which takes over "
            "whatever is exactly as the program says",
            "to take it over, from a resource of another kind too, give adopt_existing=True (it is then updated to the "
            "program, and deleted with the resource)"
            + (f", or import it with `{import_command(spec.kind, identity)}`" if identity else ""),
        ]
        if not found.as_asked:
            del ways[2]
        end = ". Else choose another name" if spec.id_input else ""
        return cls(f"{what} exists on Daily already, {found}. Nothing was changed{others}. {'; '.join(ways)}{end}")


class Wanted(LifecycleError):
    """Another resource asks for what would be deleted, and does not have it."""

    @classmethod
    def of(cls, what: str, other: str) -> Wanted:
        """``other`` is what the other resource is called."""
        return cls(
            f"{what} was not deleted: {other} asks for it and does not have it. "
            "Run `pulumi up` again once that one has it, or when it asks for it no more"
        )


class NameHeld(LifecycleError):
    """Daily refuses a name and does not show who has it."""

    @classmethod
    def of(cls, what: str, error: Exception) -> NameHeld:
        """Say what can be the reason."""
        return cls(
            f"{error}, but it does not show {what}: it was made a moment ago, or it expired and Daily has yet to "
            "collect it. Nothing was removed to free the name. Run this again in a minute, or choose another name"
        )


class NotAdoptable(LifecycleError):
    """An object that exists differs in what cannot be changed in place."""

    @classmethod
    def of(cls, what: str, key: str, live: Any, wanted: Any) -> NotAdoptable:
        """``key`` is the input that differs."""
        return cls(
            f"{what} exists on Daily already and cannot be taken over: its {key} is {show(live)}, the program says "
            f"{show(wanted)}, and no {key} can be changed in place. Remove it first, or declare it as it is"
        )


class Occupied(LifecycleError):
    """Daily refused a second object of a kind of which a domain has one."""

    @classmethod
    def of(cls, spec: ObjectSpec, identity: str, live: Mapping[str, Any], error: Exception) -> Occupied:
        """The text names the object that is there and the ways on."""
        first = spec.natural_keys[0][0]
        shown = f" ({first} {live[first]})" if isinstance(live.get(first), str) else ""
        return cls(
            f"{error}. Daily allows one {spec.noun} in a domain, and this one has {identity}{shown} already. Import it "
            f"with `{import_command(spec.kind, identity)}` and change it in the program, or remove it first"
        )


class Gone(LifecycleError):
    """An object that Daily numbers was removed between the preview and the up."""

    @classmethod
    def of(cls, what: str) -> Gone:
        """The text says that the next up makes it again."""
        return cls(f"{what} was removed from Daily while this ran; run `pulumi up` again, which makes it anew")


class ForeignSettings(LifecycleError):
    """Settings of the domain that somebody else set would be overwritten."""

    @classmethod
    def of(cls, what: str, lines: list[str]) -> ForeignSettings:
        """``lines`` name each setting with both values."""
        listed = "; ".join(lines)
        return cls(
            f"{what} has settings already that the program would overwrite: {listed}. Nothing was changed. Take them "
            "into the program as they are, leave them out, or say adopt_existing=True to overwrite them"
        )


class PartlyDone(LifecycleError):
    """An operation on many objects failed in the middle."""


class Refused(LifecycleError):
    """Daily refused something, and it is known what to do about it."""

    @classmethod
    def of(cls, error: Exception, advice: Advice, spec: ObjectSpec, inputs: Values) -> Refused:
        """Return Daily's text and the advice, filled in with inputs that are no secrets."""
        known = entries(spec.inputs)
        shown = {
            name: str(inputs.get(name) if inputs.get(name) is not None else f"the {name}")
            for name, entry in known.items()
            if not entry.meta.secret
        }
        return cls(f"{error}. {advice.text.format_map(shown)}")

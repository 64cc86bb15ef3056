"""What can go wrong above the API: each text says what happened and what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..objects.fields import entries
from ..objects.spec import Advice, ObjectSpec, import_command
from ..objects.values import show


class LifecycleError(Exception):
    """Base: an operation was refused. Nothing was changed on Daily unless the text says so."""


class DomainMismatch(LifecycleError):
    """The key belongs to another Daily domain than the object or the configuration."""

    @classmethod
    def of_object(cls, what: str, recorded: str, actual: str) -> DomainMismatch:
        """An object of the state was made in another domain."""
        return cls(
            f'{what} belongs to the Daily domain "{recorded}", but the API key in use is for "{actual}"; nothing was '
            f"read or changed. Set daily:apiKey (or DAILY_API_KEY) to a key of {recorded!r}, or, if the stack is to "
            "move, destroy it with the old key first"
        )

    @classmethod
    def of_config(cls, expected: str, actual: str) -> DomainMismatch:
        """The configuration names another domain than the key's."""
        return cls(
            f'daily:domain is "{expected}", but the API key in use is for "{actual}"; nothing was read or changed. '
            "Correct daily:apiKey or daily:domain"
        )


class AlreadyExists(LifecycleError):
    """A create met an object of the same name that is not ours."""

    @classmethod
    def of(cls, noun: str, name: str, kind: str = "Room", identity: str | None = None) -> AlreadyExists:
        """The text names the two ways on."""
        return cls(
            f'a {noun} named "{name}" exists on Daily already and is not in this stack. Either take it over with '
            f"adopt_existing=True (it is then updated to the program, and deleted with the stack), or import it with "
            f"`{import_command(kind, identity or name)}`; or choose another name"
        )


class NotAdoptable(LifecycleError):
    """An object that exists differs in what cannot be changed in place."""

    @classmethod
    def of(cls, noun: str, name: str, key: str, live: Any, wanted: Any) -> NotAdoptable:
        """``key`` is the input that differs."""
        return cls(
            f'a {noun} named "{name}" exists on Daily already and cannot be taken over: its {key} is {show(live)}, the '
            f"program says {show(wanted)}, and no {key} can be changed in place. Remove it first, or declare it as is"
        )


class Occupied(LifecycleError):
    """Daily refused a second object of a kind of which a domain has one."""

    @classmethod
    def of(cls, spec: ObjectSpec, identity: str, live: Mapping[str, Any], error: Exception) -> Occupied:
        """The text names the object that is there and the ways on."""
        first = spec.distinct[0][0]
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
    def of(cls, error: Exception, advice: Advice, spec: ObjectSpec, inputs: Mapping[str, Any]) -> Refused:
        """Daily's text and the advice, filled in with inputs that are no secrets."""
        known = entries(spec.inputs)
        shown = {
            name: str(inputs.get(name) if inputs.get(name) is not None else f"the {name}")
            for name, entry in known.items()
            if not entry.meta.secret
        }
        return cls(f"{error}. {advice.text.format_map(shown)}")

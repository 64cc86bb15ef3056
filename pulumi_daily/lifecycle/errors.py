"""What can go wrong above the API: each text says what happened and what to do next."""

from __future__ import annotations


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
    def of(cls, noun: str, name: str) -> AlreadyExists:
        """The text names the two ways on."""
        return cls(
            f'a {noun} named "{name}" exists on Daily already and is not in this stack. Either take it over with '
            f"adopt_existing=True (it is then updated to the program, and deleted with the stack), or import it with "
            f"`pulumi-daily import --{noun} {name}`; or choose another name"
        )

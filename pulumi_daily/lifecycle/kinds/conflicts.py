"""Failures of check for objects that two resources of one program declare."""

from __future__ import annotations

from ...objects.room import ROOM
from ...objects.spec import Claim, ObjectSpec
from ...objects.validation import Failure
from ...objects.values import Path
from ...ownership import Claims, Hints, called
from .kind import Inputs


def conflicts(spec: ObjectSpec, claims: Claims, hints: Hints, before: Inputs, inputs: Inputs) -> list[Failure]:
    """Declare a resource's claims, and return a failure for each object that another resource claims as well.

    ``before`` are the inputs of the last run.
    """
    if not hints.owner:
        return []
    found = claims.declare(hints, spec.claims_of(before), spec.claims_of(inputs), renames=bool(spec.replaces))
    return [
        Failure(_path(spec, claim), "rule", _conflict(spec, claim, hints, other, passing))
        for claim, other, passing in found
    ]


def _path(spec: ObjectSpec, claim: Claim) -> Path:
    return (spec.parts.input, claim[1]) if spec.parts else (str(spec.unique_input),)


def _conflict(spec: ObjectSpec, claim: Claim, hints: Hints, other: str, passing: bool) -> str:
    noun = ROOM.noun if claim[0] == ROOM.kind else spec.parts.noun if spec.parts else spec.noun
    mine, theirs = called(hints.owner, claim[0]), called(other, claim[0])
    if passing:
        return (
            f'{noun} "{claim[1]}" passes between {mine} and {theirs}: one resource cannot take in this run what the '
            "other one gives up in it. Run `pulumi up` once with another name for each, then with the new names; or "
            "keep the names and exchange the settings"
        )
    return f'{noun} "{claim[1]}" is declared twice: by {theirs} and by {mine}'

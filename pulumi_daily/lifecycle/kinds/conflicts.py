"""Failures of check for objects that two resources of one program declare."""

from __future__ import annotations

from ...objects.room import ROOM
from ...objects.spec import Claim, ObjectSpec
from ...objects.validation import Failure
from ...objects.values import Path
from ...ownership import Claims, Hints, called
from .kind import Inputs, listed


def conflicts(spec: ObjectSpec, claims: Claims, hints: Hints, before: Inputs, inputs: Inputs) -> list[Failure]:
    """Declare a resource's claims, and return a failure for each object that another resource claims as well.

    ``before`` are the inputs of the last run.
    """
    if not hints.owner:
        return []
    # The domain's settings move without a permission.
    adopts = bool(inputs.get("adopt_existing") or (spec.parts and not spec.parts.objects))
    old, new = spec.claims_of(before), spec.claims_of(inputs)
    found = claims.declare(hints, old, new, renames=bool(spec.replaces), adopts=adopts)
    return [
        Failure(_path(spec, claim), "rule", _conflict(spec, claim, hints, other, passing))
        for claim, other, passing in found
    ]


def moves(spec: ObjectSpec, claims: Claims, hints: Hints, *, adopting: bool) -> list[str]:
    """Return a line for each pair of declared resources between which objects move in this run.

    ``adopting``: the run takes over existing objects. Objects whose ids Daily generates do not move.
    """
    lines = []
    for move in claims.moves(hints) if hints.owner and (spec.parts or spec.id_input) else ():
        noun = _noun(spec, move.kind)
        one, names = len(move.names) == 1, listed(move.names)
        what = f'{noun} "{names}" moves' if one else f"{len(move.names)} {noun}s move"
        line = f"{what} from {called(move.giver, move.kind)} to {called(move.taker, move.kind)}"
        needs = "" if adopting or move.adopts else ", which needs adopt_existing=True for it"
        lines.append(line + needs + ("" if one else f": {names}"))
    return lines


def _path(spec: ObjectSpec, claim: Claim) -> Path:
    return (spec.parts.input, claim[1]) if spec.parts else (str(spec.unique_input),)


def _noun(spec: ObjectSpec, kind: str) -> str:
    """Return the noun for what a resource of ``spec`` claims under a kind: an object, or a part of it."""
    return ROOM.noun if kind == ROOM.kind else spec.parts.noun if spec.parts else spec.noun


def _conflict(spec: ObjectSpec, claim: Claim, hints: Hints, other: str, passing: bool) -> str:
    noun = _noun(spec, claim[0])
    mine, theirs = called(hints.owner, claim[0]), called(other, claim[0])
    if passing:
        return (
            f'{noun} "{claim[1]}" passes between {mine} and {theirs}: one resource cannot take in this run what the '
            "other one gives up in it. Run `pulumi up` once with another name for each, then with the new names; or "
            "keep the names and exchange the settings"
        )
    return f'{noun} "{claim[1]}" is declared twice: by {theirs} and by {mine}'

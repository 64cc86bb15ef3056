"""Ownership of Daily objects: the claims of the resources of a run, and the takeovers shared between processes."""

from .claims import Claims
from .owners import Adoption, Hints, Holder, Move, Takeovers, called
from .takeovers import FileTakeovers

__all__ = ["Adoption", "Claims", "FileTakeovers", "Hints", "Holder", "Move", "Takeovers", "called"]

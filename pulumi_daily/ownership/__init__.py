"""Ownership of Daily objects: the claims of the resources of a run, and the takeovers shared between processes."""

from .claims import Adoption, Claims, Hints, Holder, Takeovers, called
from .takeovers import FileTakeovers

__all__ = ["Adoption", "Claims", "FileTakeovers", "Hints", "Holder", "Takeovers", "called"]

"""Whose an object is: what the resources of a run stand for, and what processes tell each other of it."""

from .claims import Claims, Hints, Holder, Takeovers, called
from .takeovers import FileTakeovers

__all__ = ["Claims", "FileTakeovers", "Hints", "Holder", "Takeovers", "called"]

"""Carries out Pulumi's operations on Daily's objects. Neither Pulumi nor an HTTP library is imported here.

``state`` contains the types for Pulumi's state of a resource and for a live object, ``decide`` the pure decisions,
``kinds`` one module for each behaviour, ``live`` the reads and writes.
"""

from .errors import AlreadyExists, DomainMismatch, LifecycleError
from .live.account import Account, Signer
from .state import Domain, LiveView, ResourceState

__all__ = [
    "Account",
    "AlreadyExists",
    "Domain",
    "DomainMismatch",
    "LifecycleError",
    "LiveView",
    "ResourceState",
    "Signer",
]

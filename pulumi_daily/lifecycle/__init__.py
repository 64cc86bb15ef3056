"""Carries out Pulumi's operations on Daily's objects. Neither Pulumi nor an HTTP library is imported here.

``state`` has the types of what Pulumi keeps and of what Daily shows, ``decide`` the pure decisions, ``kinds`` one
module for each behaviour, ``live`` what is read and written.
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

"""What Pulumi's operations mean for a Daily object, written once over the object descriptions.

Pure decisions (``check``, ``diff``, ``outputs``) and one applier; neither Pulumi nor HTTP is imported here.
"""

from .account import Account, Domain, Signer
from .apply import Applier
from .check import check
from .diff import Drift, Plan, diff, update_body
from .errors import AlreadyExists, DomainMismatch, LifecycleError
from .outputs import outputs, projected_inputs, recorded_inputs
from .reader import Reader

__all__ = [
    "Account",
    "AlreadyExists",
    "Applier",
    "Domain",
    "DomainMismatch",
    "Drift",
    "LifecycleError",
    "Plan",
    "Reader",
    "Signer",
    "check",
    "diff",
    "outputs",
    "projected_inputs",
    "recorded_inputs",
    "update_body",
]

"""What Pulumi's operations mean for a Daily object, written once over the object descriptions.

Pure decisions (``check``, ``diff``, ``outputs``) and one applier; neither Pulumi nor HTTP is imported here.
"""

from .account import Account, Domain, Signer
from .apply import Applier
from .check import Checked, check
from .diff import Drift, Plan, diff, update_body
from .errors import AlreadyExists, DomainMismatch, LifecycleError
from .outputs import live_inputs, outputs, projected_inputs, recorded_inputs
from .reader import Reader
from .snapshot import Snapshot

__all__ = [
    "Account",
    "AlreadyExists",
    "Applier",
    "Checked",
    "Domain",
    "DomainMismatch",
    "Drift",
    "LifecycleError",
    "Plan",
    "Reader",
    "Signer",
    "Snapshot",
    "check",
    "diff",
    "live_inputs",
    "outputs",
    "projected_inputs",
    "recorded_inputs",
    "update_body",
]

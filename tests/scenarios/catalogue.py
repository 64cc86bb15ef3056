"""All scenarios."""

from __future__ import annotations

from .model import Scenario
from .scenarios_claims import SCENARIOS as CLAIMS
from .scenarios_import import SCENARIOS as IMPORT
from .scenarios_leaving import SCENARIOS as LEAVING
from .scenarios_lifecycle import SCENARIOS as LIFECYCLE
from .scenarios_objects import SCENARIOS as OBJECTS
from .scenarios_options import SCENARIOS as OPTIONS
from .scenarios_ownership import SCENARIOS as OWNERSHIP
from .scenarios_proof import SCENARIOS as PROOF
from .scenarios_refusals import SCENARIOS as REFUSALS

SCENARIOS: tuple[Scenario, ...] = (
    *LIFECYCLE,
    *OBJECTS,
    *OPTIONS,
    *OWNERSHIP,
    *CLAIMS,
    *PROOF,
    *REFUSALS,
    *IMPORT,
    *LEAVING,
)

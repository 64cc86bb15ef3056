"""Converts existing Daily objects into entries of an import file and into program inputs."""

from .existing import SECRET, Existing, LeftOut, NotImportable, existing, existing_set, imported, undisclosed_inputs
from .profiles import Profile, profiles

__all__ = [
    "SECRET",
    "Existing",
    "LeftOut",
    "NotImportable",
    "Profile",
    "existing",
    "existing_set",
    "imported",
    "profiles",
    "undisclosed_inputs",
]

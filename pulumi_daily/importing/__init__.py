"""Converts existing Daily objects into entries of an import file and into program inputs."""

from .existing import SECRET, Existing, LeftOut, NotImportable, existing, existing_set, imported, undisclosed_inputs

__all__ = [
    "SECRET",
    "Existing",
    "LeftOut",
    "NotImportable",
    "existing",
    "existing_set",
    "imported",
    "undisclosed_inputs",
]

"""What exists already, as an import file and a program have it."""

from .existing import SECRET, Existing, LeftOut, NotImportable, existing, existing_set, imported

__all__ = ["SECRET", "Existing", "LeftOut", "NotImportable", "existing", "existing_set", "imported"]

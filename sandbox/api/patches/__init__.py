"""Amendments to the emulator, one concern of one service per file, where it differs from AWS.

Each module has ``apply(settings) -> None``. Amendments replace methods of the emulator's classes, so objects
restored from a saved state have them too.
"""

from __future__ import annotations

import importlib
import pkgutil

from sandbox.api.memory import load_only
from sandbox.settings import Settings


def apply_all(settings: Settings) -> list[str]:
    """Apply every amendment in alphabetical order, once per process.

    :returns: names of the modules applied
    """
    load_only(settings.region)
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    for name in names:
        module = importlib.import_module(f"{__name__}.{name}")
        if not getattr(module, "_applied", False):
            module.apply(settings)
            module._applied = True
    return names

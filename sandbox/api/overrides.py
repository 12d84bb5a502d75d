"""Where the emulator differs from AWS: each service's package ``overrides``, one concern per module.

Each module has ``apply(settings) -> None``. Overrides replace methods of the emulator's classes, so objects restored
from a saved state have them too.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

from sandbox import services
from sandbox.api.latency import latency
from sandbox.api.memory import load_only
from sandbox.core.settings import Settings


def modules() -> Iterator[str]:
    """Full names of all overrides, by service, as ``MODULES`` of its package ``overrides`` lists them."""
    for service in sorted(module.name for module in pkgutil.iter_modules(services.__path__) if module.ispkg):
        if any((Path(root) / service / "overrides").is_dir() for root in services.__path__):
            package = importlib.import_module(f"{services.__name__}.{service}.overrides")
            yield from (f"{package.__name__}.{name}" for name in package.MODULES)


def apply_all(settings: Settings) -> list[str]:
    """Apply every override, once per process.

    :returns: full names of the modules applied
    """
    load_only(settings.region)
    latency.factor = settings.latency
    names = list(modules())
    for name in names:
        module = importlib.import_module(name)
        if not getattr(module, "_applied", False):
            module.apply(settings)
            vars(module)["_applied"] = True
    return names

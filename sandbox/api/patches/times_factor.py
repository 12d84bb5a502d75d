"""How long resources are on their way, as ``RAILYARD_SANDBOX_TIMES`` has it."""

from __future__ import annotations

from sandbox.api.times import times
from sandbox.settings import Settings


def apply(settings: Settings) -> None:
    times.factor = settings.times

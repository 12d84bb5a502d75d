# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What of a stack is still pending, and how that is told to people who wait."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._inventory.kinds import KINDS

#: kind -> name -> entry, as ``stack_info`` returns them.
Stack = dict[str, dict[str, dict[str, Any]]]


@dataclass(frozen=True)
class Waiting:
    """One thing that is pending, or that AWS has given up."""

    label: str
    name: str
    state: str
    usual_seconds: int

    def __str__(self) -> str:
        usually = f", usually {duration(self.usual_seconds)}" if self.usual_seconds else ""
        return f"{self.label} {self.name} ({self.state}{usually})"


def duration(seconds: float) -> str:
    """Seconds as people say them: ``40 s``, ``3:05 min``."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d} min" if minutes else f"{rest} s"


def _in_states(stack: Stack, kinds: list[str], which: str) -> list[Waiting]:
    found = []
    for kind in kinds:
        of = KINDS[kind]
        for name, entry in sorted(stack.get(kind, {}).items()):
            if entry.get("state") in getattr(of, which):
                found.append(Waiting(of.label, entry.get("name", name), entry["state"], of.usual_seconds))
    return found


def pending(stack: Stack, kinds: list[str]) -> list[Waiting]:
    """Things that become usable by themselves and are not yet, the slowest kind first."""
    return sorted(_in_states(stack, kinds, "pending"), key=lambda one: -one.usual_seconds)


def failed(stack: Stack, kinds: list[str]) -> list[Waiting]:
    """Things that AWS has given up: waiting longer does not help."""
    return _in_states(stack, kinds, "failed")

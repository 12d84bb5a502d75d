# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a check of an application finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._doctor.application import Line

BREAKS, WARNS = "breaks", "warns"


@dataclass(frozen=True)
class Finding:
    """One illness: an id, whether it ``breaks`` or ``warns``, what it is, where it was seen, and what mends it.

    ``loses`` says that the next release loses people's data, for certain.
    """

    id: str
    weight: str
    what: str
    mend: str
    where: str = ""
    loses: bool = False


#: Inputs: those of app_doctor, but the path.
Stack = dict[str, Any]


def at(lines: list[Line]) -> str:
    """Where something was seen first."""
    return ", ".join(map(str, lines[:3]))

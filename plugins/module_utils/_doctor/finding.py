# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a check of an application finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ansible_collections.railyard.aws.plugins.module_utils._doctor.line import Line

if TYPE_CHECKING:
    from ansible_collections.railyard.aws.plugins.module_utils._doctor.application import Application

BREAKS, WARNS = "breaks", "warns"


@dataclass(frozen=True)
class Finding:
    """One illness: an id, whether it ``breaks`` or ``warns``, what it is, where it was seen, and what mends it.

    ``loses`` says that the next release loses people's data, for certain. ``variables`` are those of the stack that mend it,
    or do so together with what ``mend`` says.
    """

    id: str
    weight: str
    what: str
    mend: str
    where: str = ""
    loses: bool = False
    variables: dict[str, Any] = field(default_factory=dict)


#: Inputs: those of app_doctor, but the path.
Stack = dict[str, Any]
#: Looks for one kind of illness.
Check = Callable[["Application", Stack], Iterator[Finding]]


def at(lines: list[Line]) -> str:
    """Where something was seen first."""
    return ", ".join(list(dict.fromkeys(map(str, lines)))[:3])

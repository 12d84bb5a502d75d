# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reading the API's answers, whatever the service. Pure."""

from __future__ import annotations

from typing import Any


def first(answer: dict[str, Any], key: str) -> Any:
    """The first item of the list ``key`` of an answer, or None where it is empty or missing.

    Asked for a thing by name, AWS mostly refuses one that is not there with an error. While its stores disagree, just after
    a creation or a deletion, it may answer with an empty list instead, which means the same.
    """
    return next(iter(answer.get(key) or []), None)

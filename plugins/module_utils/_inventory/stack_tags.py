# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The tags by which a stack finds what is its own, and which nobody else may set. Pure."""

from __future__ import annotations

from typing import Any

MANAGED_BY = "railyard.aws"
#: Tags that the roles set themselves: Hostname on servers, Region and Adopted on zones.
OWN = ("Stack", "ManagedBy", "Role", "Name", "Hostname", "Region", "Adopted")


def own_tags(tags: dict[str, Any] | None, stack: str, role: str) -> dict[str, str]:
    """``tags`` of a person with the stack's own, which win. Values become text, as AWS keeps them."""
    others = {str(key): str(value) for key, value in (tags or {}).items() if key not in OWN}
    return {**others, "Stack": stack, "ManagedBy": MANAGED_BY, "Role": role}


def tags_problems(inputs: dict[str, Any]) -> list[str]:
    """What is wrong with railyard_tags: a tag in it that is the stack's own and would not hold."""
    tags, stack = inputs.get("railyard_tags"), inputs.get("railyard_stack")
    if tags is None:
        return []
    if not isinstance(tags, dict):
        return [f"railyard_tags is {tags!r}; write tags by key, such as {{CostCenter: '4711'}}, or {{}} for none."]
    # Written as the stack sets them they do no harm.
    kept = {"Stack": stack, "ManagedBy": MANAGED_BY}
    return [
        f"railyard_tags has {key}: '{tags[key]}', but the stack finds its resources by the tag {key}, which it sets itself on "
        f"every one; take {key} out of railyard_tags."
        for key in OWN
        if key in tags and (key not in kept or tags[key] != kept[key])
    ]

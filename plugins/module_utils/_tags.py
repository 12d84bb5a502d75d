# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is to be done about a resource's tags, whatever the service that keeps them. Pure."""

from __future__ import annotations

from typing import Any, NamedTuple

from ansible_collections.amazon.aws.plugins.module_utils.tagging import compare_aws_tags


class TagChange(NamedTuple):
    """Tags to set, keys to remove, and the touched tags before and after for a diff."""

    to_set: dict[str, str]
    to_remove: list[str]
    before: dict[str, str]
    after: dict[str, str]


def tag_change(current: dict[str, str], wanted: dict[str, Any] | None, purge: bool = True) -> TagChange:
    """What turns ``current`` tags into ``wanted`` ones; nothing when ``wanted`` is None."""
    if wanted is None:
        return TagChange({}, [], {}, {})
    to_set, to_remove = compare_aws_tags(current, wanted, purge)
    to_set = {key: str(to_set[key]) for key in sorted(to_set)}
    touched = [*to_set, *to_remove]
    return TagChange(to_set, to_remove, {key: current[key] for key in touched if key in current}, to_set)

# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the entries of all kinds have in common. Pure."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.common.dict_transformations import camel_dict_to_snake_dict
from ansible_collections.amazon.aws.plugins.module_utils.tagging import boto3_tag_list_to_ansible_dict
from ansible_collections.railyard.aws.plugins.module_utils._inventory.kind import Entry, Raw


def tags_of(raw: Raw) -> dict[str, str]:
    """Tags by key, of a resource that has them as AWS mostly gives them."""
    tags: dict[str, str] = boto3_tag_list_to_ansible_dict(raw.get("Tags") or [])
    return tags


def entry_of(entry_id: str, name: str, tags: dict[str, str], /, **attributes: Any) -> Entry:
    """A resource that exists, as ``stack_info`` returns it."""
    return {"id": entry_id, "name": name, "exists": True, "tags": tags, **attributes}


def tagged_entry(raw: Raw, id_key: str, /, **attributes: Any) -> Entry:
    """An entry of what has no name of its own: its tag Name is it."""
    tags = tags_of(raw)
    return entry_of(raw[id_key], tags.get("Name") or raw[id_key], tags, **attributes)


def arn_entry(raw: Raw, arn_key: str, name_key: str, /, **attributes: Any) -> Entry:
    """An entry of what is known by its ARN."""
    return entry_of(raw[arn_key], raw[name_key], tags_of(raw), arn=raw[arn_key], **attributes)


def snake_list(items: list[Raw] | None) -> list[dict[str, Any]]:
    """Parts of a resource, with their keys in snake case."""
    return [camel_dict_to_snake_dict(item) for item in items or []]


def moment(value: Any) -> str | None:
    """A moment as text, to the second, as AWS gives it."""
    return value.strftime("%Y-%m-%dT%H:%M:%SZ") if value else None

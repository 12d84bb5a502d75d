# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Parameters of a stack in the Parameter Store: their names, never their values."""

from __future__ import annotations

from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry
from ansible_collections.amazon.aws.plugins.module_utils.tagging import boto3_tag_list_to_ansible_dict
from ansible_collections.railyard.aws.plugins.module_utils._stack.kind import Entry, Kind, Raw, Service


@AWSRetry.jittered_backoff(retries=8)
def read_parameters(client: Any, kind: str, stack: str, region: str) -> list[Raw]:
    """Parameters with the tag ``Stack=<stack>``, each with its ``Tags``, which the list does not give."""
    filters = [{"Key": "tag:Stack", "Values": [stack]}]
    pages = client.get_paginator("describe_parameters").paginate(ParameterFilters=filters)
    found = [parameter for page in pages for parameter in page["Parameters"]]
    return [{**parameter, "Tags": client.list_tags_for_resource(ResourceType="Parameter", ResourceId=parameter["Name"])["TagList"]} for parameter in found]


def parameter(raw: Raw) -> Entry:
    return {
        "id": raw["Name"],
        "name": raw["Name"],
        "exists": True,
        "tags": boto3_tag_list_to_ansible_dict(raw["Tags"]),
        "type": raw.get("Type"),
        "description": raw.get("Description", ""),
    }


SERVICE = Service(
    client="ssm",
    kinds={"parameters": Kind("app", "Parameter", "parameter", {"type": None, "description": ""}, listed=False, planned_id="{name}")},
    read=read_parameters,
    entry_of={"parameters": parameter},
)

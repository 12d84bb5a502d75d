# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Parameters of a stack in Systems Manager: all below ``/<stack>/``. Values of plain ones only, never of secrets."""

from __future__ import annotations

from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry
from ansible_collections.amazon.aws.plugins.module_utils.tagging import boto3_tag_list_to_ansible_dict
from ansible_collections.railyard.aws.plugins.module_utils._stack.kind import Entry, Kind, Raw, Service
from ansible_collections.railyard.aws.plugins.module_utils._stack.vanishing import still_there

SECRET = "SecureString"


@AWSRetry.jittered_backoff(retries=8)
def _listed(ssm: Any, path: str) -> list[Raw]:
    pages = ssm.get_paginator("get_parameters_by_path").paginate(Path=path, Recursive=True, WithDecryption=False)
    return [parameter for page in pages for parameter in page["Parameters"]]


@AWSRetry.jittered_backoff(retries=8)
def _tags(ssm: Any, name: str) -> list[Raw]:
    return ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId=name)["TagList"]


def read_parameters(ssm: Any, kind: str, stack: str, region: str) -> list[Raw]:
    return still_there(lambda one: {**one, "Tags": _tags(ssm, one["Name"])}, _listed(ssm, f"/{stack}"))


def parameter(raw: Raw) -> Entry:
    return {
        "id": raw["ARN"],
        "name": raw["Name"],
        "exists": True,
        "tags": boto3_tag_list_to_ansible_dict(raw["Tags"]),
        "arn": raw["ARN"],
        "type": raw["Type"],
        "version": raw["Version"],
        "value": None if raw["Type"] == SECRET else raw["Value"],
    }


SERVICE = Service(
    client="ssm",
    kinds={
        "parameters": Kind(
            "cloudwatch",
            "Parameter",
            "parameter",
            {"arn": None, "type": None, "version": 0, "value": None},
            planned_id="arn:aws:ssm:{region}:{account}:parameter{name}",
        )
    },
    read=read_parameters,
    entry_of={"parameters": parameter},
)
